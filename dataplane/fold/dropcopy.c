#include "dataplane/fold/dropcopy.h"

#include "drivers/machine/memory.h"

void dropcopy_open(struct fold *fold)
{
	for (uint32_t i = 0; i < fold->site->copy_count; i++) {
		const struct copy_config *copy = &fold->site->copies[i];
		struct fold_client *client = &fold->clients[copy->session.id];
		client->config = &copy->session;
		client->copy = copy;
		client->protocol = protocol_orders_of(ORDERS_OUCH50);
		client->store_count = copy->session.replay_count;
		client->store = memory_take("drop copy store",
			(size_t)client->store_count * client->protocol->store_bytes);
	}
}

static bool dropcopy_hears(const struct copy_config *copy, uint32_t account)
{
	for (uint32_t i = 0; i < copy->account_count; i++) {
		if (copy->accounts[i] == account)
			return true;
	}
	return copy->account_count == 0;
}

/* dropcopy_tell gives head and message to every session that may hear of the account. */
static void dropcopy_tell(struct fold *fold, const struct copy_head *head, const uint8_t *message,
	uint32_t message_bytes)
{
	for (uint32_t i = 0; i < fold->site->copy_count; i++) {
		const struct copy_config *copy = &fold->site->copies[i];
		if (!dropcopy_hears(copy, head->account))
			continue;
		struct fold_stored *stored = fold_claim_stored(fold, copy->session.id);
		copy_write_head(stored->bytes, head);
		memcpy(stored->bytes + COPY_HEAD_BYTES, message, message_bytes);
		stored->size_bytes = (uint16_t)(COPY_HEAD_BYTES + message_bytes);
		fold_publish_stored(fold, copy->session.id);
	}
}

enum { DROPCOPY_MESSAGE_BYTES = FOLD_STORE_BYTES - sizeof(struct fold_stored) - COPY_HEAD_BYTES };

void dropcopy_decision(struct fold *fold, struct copy_head *head, const struct ouch_in *in)
{
	uint8_t message[DROPCOPY_MESSAGE_BYTES];
	if (LIKELY(fold->site->copy_count == 0))
		return;
	head->type = COPY_DECISION;
	head->time_ns = fold_time_ns(fold);
	dropcopy_tell(fold, head, message, ouch50_build_in(message, sizeof message, in));
}

void dropcopy_answer(struct fold *fold, const struct own_order *order, const struct ouch_out *out)
{
	uint8_t message[DROPCOPY_MESSAGE_BYTES];
	if (LIKELY(fold->site->copy_count == 0))
		return;
	const struct copy_head head = {.type = COPY_ANSWER,
		.verdict = COPY_NO_VERDICT,
		.session = order->session,
		.account = order->account,
		.strategy = order->strategy,
		.order_id = order->id,
		.time_ns = fold_time_ns(fold),
		.venue_ref = order->venue_ref,
		.lane = COPY_LANE_NONE};
	dropcopy_tell(fold, &head, message, ouch50_build_out(message, sizeof message, out));
}
