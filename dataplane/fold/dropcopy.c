#include "dataplane/fold/dropcopy.h"

static bool dropcopy_hears(const struct copy_config *copy, uint32_t account)
{
	for (uint32_t i = 0; i < copy->account_count; i++) {
		if (copy->accounts[i] == account)
			return true;
	}
	return copy->account_count == 0;
}

/* dropcopy_tell tells every session that may hear of the account. */
static void dropcopy_tell(struct fold *fold, const struct copy_told *told)
{
	for (uint32_t i = 0; i < fold->site->copy_count; i++) {
		const struct copy_config *copy = &fold->site->copies[i];
		uint32_t session = copy->session.id;
		if (dropcopy_hears(copy, told->head.account))
			fold->clients[session].protocol->copy_out(fold, session, told);
	}
}

void dropcopy_ouch50(struct fold *fold, uint32_t session, const struct copy_told *told)
{
	enum { MESSAGE_BYTES = FOLD_STORE_BYTES - sizeof(struct fold_stored) - COPY_HEAD_BYTES };
	struct fold_stored *stored = fold_claim_stored(fold, session);
	uint8_t *message = stored->bytes + COPY_HEAD_BYTES;
	copy_write_head(stored->bytes, &told->head);
	uint32_t size_bytes = told->in != NULL
				      ? ouch50_build_in(message, MESSAGE_BYTES, told->in)
				      : ouch50_build_out(message, MESSAGE_BYTES, told->out);
	stored->size_bytes = (uint16_t)(COPY_HEAD_BYTES + size_bytes);
	fold_publish_stored(fold, session);
}

void dropcopy_decision(struct fold *fold, const struct copy_head *head,
	const struct own_order *order, const struct ouch_in *in)
{
	if (LIKELY(fold->site->copy_count == 0))
		return;
	struct copy_told told = {.head = *head, .order = order, .in = in};
	told.head.type = COPY_DECISION;
	told.head.time_ns = fold_time_ns(fold);
	dropcopy_tell(fold, &told);
}

static void dropcopy_told(struct fold *fold, const struct own_order *order, uint64_t order_id,
	uint32_t venue_ref, const struct ouch_out *out)
{
	const struct copy_told told = {
		.head = {.type = COPY_ANSWER,
			.verdict = COPY_NO_VERDICT,
			.session = order->session,
			.account = order->account,
			.strategy = order->strategy,
			.order_id = order_id,
			.time_ns = fold_time_ns(fold),
			.venue_ref = venue_ref,
			.venue = out->type == 'J' ? 0 : dropcopy_venue(fold, order->venue),
			.lane = COPY_LANE_NONE},
		.order = order,
		.out = out};
	dropcopy_tell(fold, &told);
}

void dropcopy_answer(struct fold *fold, const struct own_order *order, const struct ouch_out *out)
{
	if (LIKELY(fold->site->copy_count == 0))
		return;
	dropcopy_told(fold, order, order->id, order->venue_ref, out);
}

void dropcopy_trade(struct fold *fold, const struct fill *execution, const struct own_order *order,
	const struct ouch_out *out)
{
	if (fold->site->copy_count != 0)
		dropcopy_told(fold, order, execution->order_id, execution->venue_ref, out);
}
