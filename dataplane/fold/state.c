#include "dataplane/fold/state.h"

struct fold_stored *fold_claim_stored(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	return (struct fold_stored *)(client->store +
				      (uint64_t)client->store_at * client->protocol->store_bytes);
}

void fold_publish_stored(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	client->last_sequence++;
	client->store_at = client->store_at + 1 == client->store_count ? 0 : client->store_at + 1;
	/* The ring is larger than any cache: a message written where nothing is near is read again at once, and waited for. */
	const uint8_t *next =
		client->store + (uint64_t)client->store_at * client->protocol->store_bytes;
	base_ask(next);
	base_ask(next + CACHE_LINE_BYTES);
	fold->out.client(fold->out.context, session);
}

void fold_send_client(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message)
{
	struct fold_client *client = &fold->clients[session];
	if (client->config == NULL || client->store_count == 0)
		return;
	struct fold_stored *stored = fold_claim_stored(fold, session);
	uint32_t size_bytes = client->protocol->client_out(fold, session, order, message,
		stored->bytes, client->protocol->store_bytes - (uint32_t)sizeof *stored);
	if (size_bytes == 0)
		return;
	stored->size_bytes = (uint16_t)size_bytes;
	fold_publish_stored(fold, session);
}

struct fold_egress *fold_queue_egress(struct fold *fold, uint32_t slot, enum decision_kind kind)
{
	CHECK(fold_egress_room(fold) > 0);
	struct fold_egress *egress = &fold->egress[fold->egress_tail++ % FOLD_EGRESS_COUNT];
	egress->order_id = fold->orders.slots[slot].id;
	egress->slot = slot;
	egress->venue_ref = fold->orders.slots[slot].venue_ref;
	egress->venue = fold->orders.slots[slot].venue;
	egress->session = fold->orders.slots[slot].session;
	egress->kind = (uint8_t)kind;
	return egress;
}

const struct fold_egress *fold_egress_front(const struct fold *fold)
{
	return fold->egress_head == fold->egress_tail
		       ? NULL
		       : &fold->egress[fold->egress_head % FOLD_EGRESS_COUNT];
}

const struct top_used *fold_top(const struct fold *fold, uint32_t symbol)
{
	for (uint32_t i = 0; i < fold->top_count; i++) {
		if (fold->tops[i].symbol == symbol)
			return &fold->tops[i];
	}
	return NULL;
}

uint32_t fold_symbol_of_order(const struct fold *fold, uint32_t session, uint32_t client_ref)
{
	uint32_t slot = order_table_find_client(&fold->orders, (uint16_t)session, client_ref);
	return slot == ORDER_NONE ? SYMBOL_NONE : fold->orders.slots[slot].symbol;
}

uint32_t fold_ref_of(const struct fold *fold, uint32_t venue, uint64_t order_id)
{
	if (fold->site->venues[venue].protocol != ORDERS_OUCH50)
		return order_id > UINT32_MAX ? 0 : (uint32_t)order_id;
	uint32_t slot = order_id == 0 ? ORDER_NONE : order_table_find_id(&fold->orders, order_id);
	if (slot != ORDER_NONE && fold->orders.slots[slot].venue == venue)
		return fold->orders.slots[slot].venue_ref;
	const struct fill *past = order_id == 0 ? NULL : fills_past_of(&fold->fills, order_id);
	return past != NULL && past->venue == venue ? past->venue_ref : 0;
}

uint16_t fold_account_named(const struct fold *fold, uint32_t session, uint32_t mpid)
{
	uint32_t account = refs_find(&fold->grants, (uint64_t)session << 32 | mpid);
	return account == REFS_NONE ? 0 : (uint16_t)account;
}
