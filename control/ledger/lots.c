#include "control/ledger/lots.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t size_of(int64_t shares)
{
	return shares < 0 ? -shares : shares;
}

void lots_init(struct lots *lots, struct lot *space, int64_t start_shares, int64_t start_cost_e4)
{
	*lots = (struct lots){.lots = space, .shares = start_shares};
	lots->cost_e4 = lots->average_cost_e4 = (money_wide)start_shares * start_cost_e4;
	if (start_shares != 0)
		lots->lots[lots->tail++] =
			(struct lot){.shares = start_shares, .price_e4 = start_cost_e4};
}

/* Closes what it can of the oldest lots; returns what is left of the trade, signed. */
static int64_t lots_close(struct lots *lots, int64_t shares, int64_t price_e4)
{
	while (shares != 0 && lots->head < lots->tail &&
		(lots->lots[lots->head].shares < 0) != (shares < 0)) {
		struct lot *lot = &lots->lots[lots->head];
		int64_t qty = least(size_of(shares), size_of(lot->shares));
		int64_t part = lot->shares < 0 ? -qty : qty;
		money_wide cost_e4 = (money_wide)part * lot->price_e4;
		lots->realised_e4 += (money_wide)part * price_e4 - cost_e4;
		lots->cost_e4 -= cost_e4;
		lot->shares -= part;
		shares += part;
		lots->head += lot->shares == 0;
	}
	return shares;
}

/* A part of the open cost, rounded up: a long one costs more, a short one brought less. */
static money_wide part_of(money_wide cost_e4, int64_t part, int64_t whole)
{
	money_wide product = cost_e4 * part;
	return product / whole + (product > 0 && product % whole != 0);
}

static void average_take(struct lots *lots, int64_t shares, int64_t price_e4)
{
	int64_t held = lots->shares;
	if (held != 0 && (held < 0) != (shares < 0)) {
		int64_t qty = least(size_of(shares), size_of(held));
		money_wide cost_e4 = part_of(lots->average_cost_e4, qty, size_of(held));
		int64_t part = held < 0 ? -qty : qty;
		lots->average_realised_e4 += (money_wide)part * price_e4 - cost_e4;
		lots->average_cost_e4 -= cost_e4;
		shares += part;
	}
	lots->average_cost_e4 += (money_wide)shares * price_e4;
}

void lots_take(struct lots *lots, const struct lots_trade *trade)
{
	bool is_buy = trade->side == SIDE_BUY;
	int64_t shares = is_buy ? (int64_t)trade->qty : -(int64_t)trade->qty;
	average_take(lots, shares, trade->price_e4);
	lots->shares += shares;
	int64_t left = lots_close(lots, shares, trade->price_e4);
	if (left == 0)
		return;
	lots->lots[lots->tail++] = (struct lot){
		.shares = left, .price_e4 = trade->price_e4, .order_id = trade->order_id};
	lots->cost_e4 += (money_wide)left * trade->price_e4;
}
