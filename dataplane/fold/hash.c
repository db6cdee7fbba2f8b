/* hash.c - the canonical hash of a fold's state.

   Everything that can change a later decision is written in an order that does not depend on where it
   lies in memory: accounts and symbols by id, orders by id, latches by word.  Counters, pages and results
   are told to people and left out. */
#include <xxhash.h>

#include "dataplane/fold/copyin.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/epochs.h"
#include "dataplane/fold/fold.h"
#include "dataplane/fold/settle.h"

static void hash_add(void *context, const void *bytes, size_t size)
{
	CHECK(XXH3_128bits_update(context, bytes, size) == XXH_OK);
}

/* An order without its place in memory. */
struct order_image {
	uint64_t id;
	int64_t price_e4, reserved_value_e4;
	uint32_t qty, open_qty, executed_qty, reserved_qty, client_ref, venue_ref, symbol;
	uint16_t session, account, strategy;
	uint8_t state, flags, side, venue;
	uint8_t cancel_cause, wire_side;
	uint64_t original_id, replacement_id;
	char clordid[14];
	uint8_t client_index, resolved;
	uint32_t reference_e4, located_qty;
};

static uint64_t hash_id_of(const struct fold *fold, uint32_t slot)
{
	return slot == ORDER_NONE ? 0 : fold->orders.slots[slot].id;
}

/* What stands of an order and the chain that it is of, which tell the next total; and what the next cancel or "no" is of.  Only
   where there is something, so that it stands beside what builds before hashed. */
static void hash_more(const struct own_order *order, void *state)
{
	const uint64_t more[] = {order->standing_qty ^ order->executed_qty,
		order->least_qty ^ order->executed_qty, (uint64_t)order->executed_value_e4,
		order->first_ref, order->cancel_qty,
		(uint64_t)order->cancel_type << 16 | (uint64_t)order->is_size_lost << 8 |
			order->is_no_vague};
	uint64_t any = 0;
	for (uint32_t i = 0; i < ARRAY_COUNT(more); i++)
		any |= more[i];
	if (any != 0)
		hash_add(state, more, sizeof more);
}

static void hash_before(const struct own_order *order, void *state)
{
	const uint64_t standing[] = {order->standing_qty, (uint64_t)order->executed_value_e4};
	if (order->standing_qty != order->executed_qty)
		hash_add(state, standing, sizeof standing);
}

static void hash_orders(const struct fold *fold, bool is_whole, void *state)
{
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		const struct own_order *order = &fold->orders.slots[slot];
		struct order_image image;
		memset(&image, 0, sizeof image);
		image.id = order->id;
		image.price_e4 = order->price_e4;
		image.reserved_value_e4 = order->reserved_value_e4;
		image.qty = order->qty;
		image.open_qty = order->open_qty;
		image.executed_qty = order->executed_qty;
		image.reserved_qty = order->reserved_qty;
		image.client_ref = order->client_ref;
		image.venue_ref = order->venue_ref;
		image.symbol = order->symbol;
		image.session = order->session;
		image.account = order->account;
		image.strategy = order->strategy;
		image.state = order->state;
		image.flags = order->flags;
		image.side = order->side;
		image.venue = order->venue;
		image.cancel_cause = order->cancel_cause;
		image.wire_side = order->wire_side;
		image.client_index = order->client_index;
		image.resolved = order->resolved;
		image.located_qty = order->located_qty;
		image.reference_e4 = order->reference_e4;
		image.original_id = hash_id_of(fold, order->original);
		image.replacement_id = hash_id_of(fold, order->replacement);
		memcpy(image.clordid, order->clordid, sizeof image.clordid);
		hash_add(state, &image, sizeof image);
		if (is_whole)
			hash_more(order, state);
		else
			hash_before(order, state);
	}
	hash_add(state, &fold->orders.last_id, sizeof fold->orders.last_id);
	/* How far a sweep has come decides which cancels follow. */
	uint64_t sweep[3] = {
		(uint64_t)fold->is_sweep_again << 1 | fold->is_sweeping, fold->sweep_due_mask, 0};
	if (fold->is_sweeping)
		sweep[2] = hash_id_of(fold, fold->sweep_slot);
	hash_add(state, sweep, sizeof sweep);
	const uint64_t again[2] = {fold->sweep_again_ns, fold->sweep_refusals};
	if ((again[0] | again[1]) != 0)
		hash_add(state, again, sizeof again);
	hash_add(state, &fold->masses_open, sizeof fold->masses_open);
	for (uint64_t left = fold->masses_open; left != 0; left &= left - 1)
		hash_add(state, &fold->masses[__builtin_ctzll(left)], sizeof fold->masses[0]);
}

static void hash_latches(const struct fold *fold, void *state)
{
	for (uint32_t i = 0; i < STOP_WORD_COUNT; i++) {
		const struct latch *latch = &fold->latches.rows[i];
		if (latch->state == STATE_ACTIVE)
			continue;
		uint64_t image[3] = {
			i, latch->number, latch->state | (uint64_t)latch->is_while << 8};
		hash_add(state, image, sizeof image);
		if (latch->under_state != STATE_ACTIVE)
			hash_add(state, &latch->under_state, sizeof latch->under_state);
	}
	hash_add(state, &fold->latches.last_number, sizeof fold->latches.last_number);
}

static void hash_sessions(const struct fold *fold, void *state)
{
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		const struct fold_client *client = &fold->clients[i];
		if (client->config == NULL)
			continue;
		uint64_t image[6] = {i, client->is_up, client->last_refs[0], client->last_sequence,
			client->cancel_up_to, client->cancel_cause};
		hash_add(state, image, sizeof image);
		hash_add(state, client->last_refs, sizeof client->last_refs);
		hash_add(state, client->disabled, sizeof client->disabled);
		uint64_t kept = client->last_sequence < client->store_count ? client->last_sequence
									    : client->store_count;
		for (uint64_t n = client->last_sequence - kept; n < client->last_sequence; n++) {
			const struct fold_stored *stored = fold_stored(client, n + 1);
			hash_add(state, stored->bytes, stored->size_bytes);
		}
		if (client->protocol->write != NULL)
			client->protocol->write(fold, i, hash_add, state);
	}
	uint64_t ids[3] = {fold->ids.count, fold->ids.digest[0], fold->ids.digest[1]};
	hash_add(state, ids, sizeof ids);
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		const struct fold_venue *venue = &fold->venues[i];
		uint64_t image[] = {i, venue->is_connected, venue->is_ready, venue->last_sequence,
			venue->next_ref, venue->reserved_ref, venue->durable_ref,
			venue->session_first_ref, venue->queries_asked, venue->queries_open,
			venue->queries_stale, venue->over_ref, venue->over_day, venue->hours,
			venue->hours_count, venue->hours_ns, venue->hours_wall_ns};
		hash_add(state, image, sizeof image);
		hash_add(state, venue->soup_session, sizeof venue->soup_session);
		if (venue->protocol->venue_write != NULL)
			venue->protocol->venue_write(fold, i, hash_add, state);
	}
}

static void hash_all(struct fold *fold, bool is_whole, uint64_t hash[2])
{
	fold_settle(fold);
	XXH3_state_t *state = XXH3_createState();
	CHECK(state != NULL && XXH3_128bits_reset(state) == XXH_OK);
	risk_state_write(fold->risk, hash_add, state);
	hash_orders(fold, is_whole, state);
	fills_write(&fold->fills, is_whole, hash_add, state);
	/* They stand in the order in which their first children passed. */
	hash_add(state, fold->parents.rows, fold->parents.count * sizeof fold->parents.rows[0]);
	hash_latches(fold, state);
	hash_sessions(fold, state);
	copyin_write(fold, hash_add, state);
	epochs_write(&fold->epochs, hash_add, state);
	day_write(fold, hash_add, state);
	hash_add(state, &fold->midnight_wall_ns, sizeof fold->midnight_wall_ns);
	hash_add(state, &fold->turn.turn, sizeof fold->turn.turn);
	hash_add(state, &fold->positions_taken, sizeof fold->positions_taken);
	XXH128_hash_t digest = XXH3_128bits_digest(state);
	hash[0] = digest.low64;
	hash[1] = digest.high64;
	XXH3_freeState(state);
}

void fold_hash(struct fold *fold, uint64_t hash[2])
{
	hash_all(fold, true, hash);
}

void fold_hash_before(struct fold *fold, uint64_t hash[2])
{
	hash_all(fold, false, hash);
}
