#include "dataplane/gate/truth.h"

#include "dataplane/gate/names.h"

/* CustomerType, PostOnly, TradeNow: a character each. */
static const uint8_t passing_tags[] = {4, 12, 16};

enum { PASSING_BITS = 9, PASSING_PRESENT = 1 << 8 };

uint32_t truth_options(const struct ouch_options *options)
{
	uint32_t passing = 0;
	for (uint32_t i = 0; i < ARRAY_COUNT(passing_tags); i++) {
		uint8_t tag = passing_tags[i];
		if ((options->present & 1u << tag) != 0)
			passing |= (PASSING_PRESENT | ((uint32_t)options->value[tag] & 0xFF))
				   << i * PASSING_BITS;
	}
	return passing;
}

static void truth_passing(uint32_t passing, struct ouch_options *options)
{
	for (uint32_t i = 0; i < ARRAY_COUNT(passing_tags); i++) {
		uint32_t word = passing >> i * PASSING_BITS;
		if ((word & PASSING_PRESENT) == 0)
			continue;
		options->present |= 1u << passing_tags[i];
		options->value[passing_tags[i]] = word & 0xFF;
	}
}

static void truth_enter(const struct fold *fold, const struct own_order *order, struct ouch_in *in)
{
	const char *firm = fold->venues[order->venue].config->firm;
	in->type = 'O';
	in->capacity = order->capacity;
	in->cross_type = order->cross_type;
	if (firm[0] != '\0') {
		in->options.present |= 1u << 2;
		in->options.value[2] = (int64_t)names_mpid(firm);
	}
}

static bool truth_replace(
	const struct fold *fold, const struct own_order *order, struct ouch_in *in)
{
	if (order->original == ORDER_NONE)
		return false;
	const struct own_order *original = &fold->orders.slots[order->original];
	in->type = 'U';
	in->original_ref = original->venue_ref;
	names_clordid(in->original_clordid, original->account, original->id);
	return true;
}

/* Everything a message of this order can say. */
static bool truth_order(
	const struct fold *fold, const struct own_order *order, uint8_t kind, struct ouch_in *in)
{
	in->ref = order->venue_ref;
	in->side = order->wire_side;
	in->qty = order->qty;
	in->price_e4 = (uint64_t)order->price_e4;
	in->symbol = fold->site->symbols[order->symbol].name;
	in->time_in_force = order->time_in_force;
	in->display = order->display;
	in->iso = order->iso;
	names_clordid(in->clordid, order->account, order->id);
	truth_passing(order->passing, &in->options);
	if (kind == DECISION_REPLACE)
		return truth_replace(fold, order, in);
	truth_enter(fold, order, in);
	return kind == DECISION_ENTER;
}

bool truth_holds(const struct fold *fold, const struct fold_egress *egress, const uint8_t *bytes,
	uint32_t size_bytes)
{
	struct fold_egress again = {.order_id = egress->order_id,
		.slot = egress->slot,
		.venue_ref = egress->venue_ref,
		.kind = egress->kind,
		.venue = egress->venue};
	uint8_t rebuilt[MESSAGE_BYTES_MAX];
	uint32_t slot = order_table_find_venue(&fold->orders, egress->venue, egress->venue_ref);
	const struct own_order *order = slot == ORDER_NONE ? NULL : &fold->orders.slots[slot];
	if (order != NULL && (order->id != egress->order_id || slot != egress->slot))
		return false;
	if (egress->kind == DECISION_CANCEL) {
		again.message.type = 'X';
		again.message.ref = egress->venue_ref;
		again.message.qty = order == NULL ? egress->message.qty : order->cancel_qty;
	} else if (order == NULL || !truth_order(fold, order, egress->kind, &again.message)) {
		return false;
	}
	uint32_t size = fold->venues[egress->venue].protocol->venue_out(
		fold, &again, rebuilt, sizeof rebuilt);
	return size == size_bytes && memcmp(rebuilt, bytes, size) == 0;
}
