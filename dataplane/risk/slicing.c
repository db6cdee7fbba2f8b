#include "dataplane/risk/slicing.h"

#include "dataplane/risk/tables.h"

/* The largest part of a refused size that a limit may let come back is below the whole. */
_Static_assert(
	(int)SLICING_BPS_MAX < (int)SHARE_BPS_WHOLE, "an order that came back whole is a breach");

/* Few orders come while a window is open, so this one may divide. */
static int64_t part_bps(int64_t passed, int64_t add, int64_t refused)
{
	if (refused == 0 || add == 0)
		return 0;
	uint128_t bps =
		((uint128_t)saturating_add(passed, add) * SHARE_BPS_WHOLE + (uint64_t)refused - 1) /
		(uint64_t)refused;
	return bps > INT64_MAX ? INT64_MAX : (int64_t)bps;
}

int64_t slicing_measure(const struct slicing *slicing, uint32_t add_qty, int64_t add_value_e4)
{
	int64_t qty = part_bps(slicing->passed_qty, add_qty, slicing->refused_qty);
	int64_t value = part_bps(slicing->passed_value_e4, add_value_e4, slicing->refused_value_e4);
	return qty > value ? qty : value;
}

/* The smaller of two sizes, of which 0 is none. */
static int64_t smaller(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

void slicing_refuse(struct slicing *slicing, uint64_t order_id, int64_t qty, int64_t value_e4,
	uint64_t window_ns, uint64_t now_ns)
{
	if (!slicing_is_open(slicing, window_ns, now_ns))
		*slicing = (struct slicing){0};
	slicing->began_ns = now_ns;
	slicing->order_id = order_id;
	slicing->refused_qty = smaller(slicing->refused_qty, qty);
	slicing->refused_value_e4 = smaller(slicing->refused_value_e4, value_e4);
}

void slicing_take(struct slicing *slicing, uint32_t add_qty, int64_t add_value_e4,
	uint64_t window_ns, uint64_t now_ns)
{
	if (!slicing_is_open(slicing, window_ns, now_ns)) {
		slicing->order_id = 0;
		return;
	}
	slicing->passed_qty = saturating_add(slicing->passed_qty, add_qty);
	slicing->passed_value_e4 = saturating_add(slicing->passed_value_e4, add_value_e4);
}

void slicing_commit(struct risk *risk, struct row *row, unsigned side,
	const struct verdict *verdict, uint64_t now_ns)
{
	struct slicing *slicing = rows_slicing(&risk->rows, row, side);
	slicing_take(slicing, verdict->add_qty, verdict->add_value_e4,
		tables_profile(risk, row->key)->slicing_window_ns, now_ns);
	if (slicing->order_id == 0)
		row->is_sliced &= (uint8_t) ~(1u << side);
}

void risk_refuse(struct risk *risk, const struct turn_inputs *inputs,
	const struct risk_order *order, const struct verdict *verdict, uint64_t order_id)
{
	const uint64_t size =
		UINT64_C(1) << LANE_MAX_ORDER_QUANTITY | UINT64_C(1) << LANE_MAX_ORDER_VALUE;
	const uint64_t nobodys =
		UINT64_C(1) << LANE_UNKNOWN_ACCOUNT | UINT64_C(1) << LANE_UNKNOWN_SYMBOL;
	if (LIKELY((verdict->mask & size) == 0) || (verdict->mask & nobodys) != 0 ||
		order->side > SIDE_SELL)
		return;
	struct row *row = rows_make(&risk->rows, row_key(order->account, order->symbol));
	if (row == NULL) /* and so nothing of it can come back */
		return;
	const struct profile *profile = tables_profile(risk, row->key);
	uint32_t currency = risk->symbols[order->symbol].instrument.currency;
	int64_t value_e4 = 0, qty = 0;
	/* Where no limit is stated, it was not refused for its size. */
	if ((verdict->mask >> LANE_MAX_ORDER_QUANTITY & 1) != 0 &&
		profile->limits[LANE_MAX_ORDER_QUANTITY] != INT64_MIN)
		qty = order->qty;
	if ((verdict->mask >> LANE_MAX_ORDER_VALUE & 1) != 0 &&
		profile->limits[LANE_MAX_ORDER_VALUE] != INT64_MIN &&
		!price_is_absurd(order->price_e4) &&
		rates_are_stated(&risk->rates, currency, order->venue_index))
		value_e4 = order->price_e4 * (int64_t)order->qty;
	if (qty == 0 && value_e4 == 0)
		return;
	slicing_refuse(rows_slicing(&risk->rows, row, order->side), order_id, qty, value_e4,
		profile->slicing_window_ns, inputs->now_ns);
	row->is_sliced |= (uint8_t)(1u << order->side);
}
