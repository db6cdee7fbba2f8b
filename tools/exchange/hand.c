#include "tools/exchange/hand.h"

struct desk_order *hand_order(const struct desk_user *user, uint32_t place)
{
	if (place == UINT32_MAX)
		place = (uint32_t)user->order_count;
	return place >= 1 && place <= user->order_count ? &user->orders[place - 1] : NULL;
}

static bool is_live(const struct desk_order *order)
{
	return order != NULL && order->state == DESK_LIVE;
}

bool hand_fill(struct desk *desk, struct desk_order *order, uint32_t qty, uint64_t price_e4,
	uint8_t liquidity)
{
	if (!is_live(order) || qty == 0 || qty > order->open)
		return false;
	desk->liquidity = liquidity;
	match_fill(desk->match, order->reference, qty,
		(int64_t)(price_e4 != 0 ? price_e4 : order->price_e4));
	desk->liquidity = 0;
	return true;
}

bool hand_cancel(struct desk *desk, struct desk_user *user, struct desk_order *order, uint32_t qty,
	uint8_t reason)
{
	if (!is_live(order) || qty > order->open)
		return false;
	qty = match_reduce(desk->match, order->reference, qty != 0 ? qty : order->open);
	desk_canceled(desk, user, order, qty, reason);
	return true;
}

bool hand_prevent(struct desk *desk, struct desk_user *user, struct desk_order *order, uint32_t qty,
	uint8_t strategy)
{
	if (!is_live(order) || qty > order->open)
		return false;
	qty = match_reduce(desk->match, order->reference, qty != 0 ? qty : order->open);
	const struct match_prevented prevented = {.owner = (uint32_t)(user - desk->users) + 1,
		.owner_index = (uint32_t)(order - user->orders),
		.qty = qty,
		.prevented = qty,
		.price_e4 = (int64_t)order->price_e4};
	desk_prevented(desk, &prevented, strategy);
	return true;
}

/* hand_chain changes what a chain of an order executed, from that number on. */
static void hand_chain(
	struct desk_user *user, struct desk_order *order, uint32_t busted, int64_t notional_e4)
{
	while (order != NULL) {
		order->busted += busted;
		order->gone += order->state == DESK_LIVE ? busted : 0;
		order->notional_e4 += (uint64_t)notional_e4;
		order = order->replaced_by != 0 ? desk_order_find(user, order->replaced_by) : NULL;
	}
}

bool hand_bust(struct desk *desk, struct ledger_row *row, uint8_t reason)
{
	struct event event = {.kind = EVENT_BREAK};
	if (row == NULL || row->is_broken)
		return false;
	row->is_broken = true;
	for (uint32_t i = 0; i < row->side_count; i++) {
		struct desk_user *user = &desk->users[row->sides[i].user];
		struct desk_order *order = &user->orders[row->sides[i].order];
		struct ouch_out message = {
			.type = 'B', .ref = order->ref, .match = row->match, .code = reason};
		memcpy(message.clordid, order->clordid, sizeof message.clordid);
		hand_chain(user, order, row->qty, -row->price_e4 * (int64_t)row->qty);
		user->counts.broken++;
		desk_say(desk, user, &message);
	}
	event.match = row->match;
	match_say(desk->match, &event, row->locate);
	return true;
}

bool hand_correct(struct desk *desk, struct ledger_row *row, uint64_t price_e4)
{
	if (row == NULL || row->is_broken || price_e4 == 0)
		return false;
	int64_t more_e4 = ((int64_t)price_e4 - row->price_e4) * (int64_t)row->qty;
	row->price_e4 = (int64_t)price_e4;
	for (uint32_t i = 0; i < row->side_count; i++) {
		struct desk_user *user = &desk->users[row->sides[i].user];
		struct desk_order *order = &user->orders[row->sides[i].order];
		struct ouch_out message = {.type = 'F',
			.ref = order->ref,
			.qty = row->qty,
			.price_e4 = price_e4,
			.liquidity = row->sides[i].is_maker ? 'A' : 'R',
			.match = row->match,
			.code = 'N'};
		hand_chain(user, order, 0, more_e4);
		memcpy(message.clordid, order->clordid, sizeof message.clordid);
		desk_say(desk, user, &message);
	}
	return true;
}

/* hand_renumber puts an order at the end of a price under a new public number.  false: it would trade there. */
static bool hand_renumber(
	struct desk *desk, struct desk_user *user, struct desk_order *order, uint64_t price_e4)
{
	struct desk_order moved = *order;
	moved.price_e4 = price_e4 != 0 ? price_e4 : order->price_e4;
	struct match_order out = desk_take(desk, user, order);
	out.price_e4 = (int64_t)moved.price_e4;
	if (match_crosses(desk->match, &out))
		return false;
	out.reference = moved.reference = match_reference(desk->match);
	match_replace(desk->match, order->reference, &out);
	*order = moved;
	return true;
}

bool hand_restate(struct desk *desk, struct desk_user *user, struct desk_order *order,
	uint8_t reason, uint32_t display_qty, uint64_t price_e4)
{
	if (!is_live(order) || display_qty > order->open ||
		!hand_renumber(desk, user, order, price_e4))
		return false;
	struct ouch_out message = {.type = 'R', .ref = order->ref, .code = reason};
	message.options.present = 1u << 1 | 1u << 22 | 1u << 23;
	message.options.value[1] = (int64_t)order->reference;
	message.options.value[22] = display_qty != 0 ? display_qty : order->open;
	message.options.value[23] = (int64_t)order->price_e4;
	desk_say(desk, user, &message);
	return true;
}

bool hand_move(
	struct desk *desk, struct desk_user *user, struct desk_order *order, uint64_t price_e4)
{
	if (!is_live(order) || order->display == 'N' || !hand_renumber(desk, user, order, price_e4))
		return false;
	struct ouch_out message = {.type = 'T',
		.ref = order->ref,
		.price_e4 = order->price_e4,
		.display = 'Y',
		.order_reference = order->reference};
	desk_say(desk, user, &message);
	return true;
}

bool hand_repeat(struct desk_user *user)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	uint32_t size;
	if (user->said.count == 0)
		return false;
	const uint8_t *last = sequence_message(&user->said, user->said.count, &size);
	memcpy(bytes, last, size);
	sequence_append(&user->said, bytes, size);
	return true;
}
