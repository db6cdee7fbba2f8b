#include "dataplane/risk/measure.h"

#include "dataplane/risk/exposure.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/permission.h"
#include "dataplane/risk/trail.h"

_Static_assert(LANE_POSITION_SHORT == LANE_POSITION_LONG + 1, "lane + side");
_Static_assert(LANE_FIRM_POSITION_SHORT == LANE_FIRM_POSITION_LONG + 1, "lane + side");
_Static_assert(LANE_OPEN_SELL_VALUE == LANE_OPEN_BUY_VALUE + 1, "lane + side");
_Static_assert(LANE_FIRM_OPEN_SELL_VALUE == LANE_FIRM_OPEN_BUY_VALUE + 1, "lane + side");

struct duplicate_key measure_duplicate_key(const struct risk_order *order)
{
	return (struct duplicate_key){
		.symbol = order->symbol,
		.price_e4 = price_is_absurd(order->price_e4) ? 0 : (uint32_t)order->price_e4,
		.qty = order->qty,
		.session = order->session,
		.side = order->side,
	};
}

/* States, integrity, and who asks. */
static void measure_identity(const struct measure_inputs *in, int64_t *m)
{
	const struct turn_inputs *turn = in->turn;
	const struct risk_order *order = in->order;
	unsigned session = order->session & (SESSION_COUNT_MAX - 1);
	uint64_t speaks = in->account->sessions[session / 64] >> (session % 64) & 1;
	unsigned strategies = 0, venue_bit = order->venue_index & 31;
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
		strategies |= (unsigned)(in->account->strategies[i] == order->strategy);
	strategies &= (unsigned)(order->strategy != 0);
	m[LANE_KILLED] = order->stop_state >= STATE_KILLED;
	m[LANE_NOT_CONFIGURED] = 1;
	m[LANE_HALTED] = order->stop_state == STATE_HALTED;
	m[LANE_REDUCE_ONLY] = order->stop_state == STATE_REDUCE_ONLY;
	m[LANE_CONTROL_SILENT] = age_saturated(turn->control_silent_ns);
	m[LANE_JOURNAL_BEHIND] = age_saturated(turn->journal_behind);
	m[LANE_UNKNOWN_ACCOUNT] = (speaks == 0) | (order->session >= SESSION_COUNT_MAX);
	m[LANE_UNKNOWN_STRATEGY] = strategies == 0;
	m[LANE_UNKNOWN_TRADER] = order->has_trader == 0;
	m[LANE_UNKNOWN_SYMBOL] = in->symbol->instrument.is_known == 0;
	m[LANE_NOT_SUPPORTED] = (order->is_supported == 0) | (order->side > SIDE_SELL) |
				(order->mark >= SALE_MARK_COUNT);
	m[LANE_DUPLICATE_ID] = order->is_duplicate_id != 0;
	m[LANE_SELF_TRADE] = order->is_self_trade != 0;
	m[LANE_NO_ROUTE] = order->is_unrouted != 0;
	m[LANE_DISABLED] = order->is_disabled != 0;
	m[LANE_VENUE_DOWN] = (turn->venue_up_mask >> venue_bit & 1) == 0 || order->venue_index > 31;
	m[LANE_VENUE_SLOW] = turn->venue_slow_mask >> venue_bit & 1;
}

/* The market, and the order's own numbers. */
static void measure_market(const struct measure_inputs *in, int64_t *m)
{
	const struct top_prices *prices = &in->top->top;
	const struct instrument *instrument = &in->symbol->instrument;
	const struct risk_order *order = in->order;
	bool is_absurd = price_is_absurd(order->price_e4);
	bool is_unknown = instrument->is_known == 0;
	uint32_t price = (uint32_t)order->price_e4;
	/* An unknown phase shuts nothing: a symbol's own state came after whatever phase it is. */
	bool is_shut = (prices->phase == 'O') | (prices->phase == 'E') | (prices->phase == 'C');
	bool is_trading = (prices->state == 'T') & (prices->operational == 0) & !is_shut;
	bool is_crossed =
		(prices->bid_e4 > 0) & (prices->ask_e4 > 0) & (prices->bid_e4 >= prices->ask_e4);
	m[LANE_MARKET_STATE] = missing_if(prices->state == 0, !is_trading);
	/* What a crossed book shows is no market: it is as if there were none. */
	m[LANE_STALE_MARKET_DATA] = missing_if(
		(prices->stale != 0) | is_crossed, age_saturated(in->top->channel_age_ns));
	m[LANE_TICK_SIZE] = missing_if(is_absurd | is_unknown,
		instrument_remainder(price, instrument->tick_e4, instrument->tick_magic));
	m[LANE_LOT_SIZE] = missing_if((order->qty == 0) | is_unknown,
		instrument_remainder(order->qty, instrument->lot, instrument->lot_magic));
	m[LANE_MAX_ORDER_QUANTITY] = order->qty;
	/* A good price is below 2^31, so the product fits. */
	int64_t value_e4 = (int64_t)((uint64_t)price * order->qty);
	if (UNLIKELY(in->risk->rates.count > 1))
		value_e4 = rates_value(
			&in->risk->rates, instrument->currency, order->venue_index, value_e4);
	m[LANE_MAX_ORDER_VALUE] = missing_if(is_absurd, value_e4);
}

/* The price against its reference, and those of the window. */
static void measure_collars(const struct measure_inputs *in, int64_t *m, struct verdict *verdict)
{
	const struct instrument *instrument = &in->symbol->instrument;
	int64_t price_e4 = in->order->price_e4;
	int64_t reference_e4, distance_e4;
	bool has_none;
	struct reference reference;
	reference_choose(
		&reference, in->turn, in->top, instrument, &in->profile->ages, in->order->side & 1);
	reference_e4 = reference.price_e4;
	verdict->reference_e4 = reference_e4;
	verdict->reference_age_ns = reference.age_ns;
	verdict->reference_source = (uint8_t)reference.source;
	has_none = (reference_e4 == 0) | price_is_absurd(price_e4);
	distance_e4 = price_e4 > reference_e4 ? saturating_subtract(price_e4, reference_e4)
					      : saturating_subtract(reference_e4, price_e4);
	verdict->collar_bps = reference_distance_bps(price_e4, reference_e4);
	const struct trail_extremes extremes = trail_find(&in->risk->rows, in->row,
		in->profile->walk_window_ns, in->turn->now_ns, (uint32_t)reference_e4);
	m[LANE_NO_REFERENCE] = missing_if(reference_e4 == 0, 0);
	m[LANE_PRICE_COLLAR] = verdict->collar_bps;
	m[LANE_PRICE_COLLAR_TICKS] = missing_if(has_none | (instrument->is_known == 0),
		instrument_quotient(
			(uint32_t)distance_e4, instrument->tick_e4, instrument->tick_magic));
	m[LANE_EXIT_COLLAR] = verdict->collar_bps;
	int64_t walk_bps =
		reference_distance_bps(price_e4, trail_furthest(extremes, (uint64_t)price_e4));
	m[LANE_COLLAR_WINDOW] = walk_bps > verdict->collar_bps ? walk_bps : verdict->collar_bps;
}

/* Positions and open values. */
static void measure_exposure(const struct measure_inputs *in, int64_t *m, struct verdict *verdict)
{
	const struct risk_order *order = in->order;
	const struct exposure exposure = exposure_of(in, false, verdict);
	unsigned side = order->side & 1;
	bool is_over = (exposure.worst == INT64_MAX) | (exposure.firm_worst == INT64_MAX) |
		       (exposure.open_e4 == INT64_MAX) | (exposure.firm_open_e4 == INT64_MAX);
	m[LANE_POSITION_LONG] = m[LANE_POSITION_SHORT] = MEASURE_NOT_THIS_SIDE;
	m[LANE_FIRM_POSITION_LONG] = m[LANE_FIRM_POSITION_SHORT] = MEASURE_NOT_THIS_SIDE;
	m[LANE_OPEN_BUY_VALUE] = m[LANE_OPEN_SELL_VALUE] = MEASURE_NOT_THIS_SIDE;
	m[LANE_FIRM_OPEN_BUY_VALUE] = m[LANE_FIRM_OPEN_SELL_VALUE] = MEASURE_NOT_THIS_SIDE;
	m[LANE_POSITION_LONG + side] = exposure.worst;
	m[LANE_FIRM_POSITION_LONG + side] = exposure.firm_worst;
	m[LANE_OPEN_BUY_VALUE + side] = exposure.open_e4;
	m[LANE_FIRM_OPEN_BUY_VALUE + side] = exposure.firm_open_e4;
	m[LANE_OVERFLOW] = missing_if(is_over, 0);
	m[LANE_SHORT_SALE] = permission_short_sale(in, exposure.worst);
	/* Excess over what the order itself says: its session's, which no profile covers.  measure (1) */
	int64_t child = saturating_subtract(
		saturating_add(order->parent_used, verdict->add_qty), order->parent_qty);
	m[LANE_PARENT] = missing_if(order->parent_word == PARENT_WRONG,
		order->parent_word == PARENT_NONE || verdict->add_qty == 0 ? 0 : child);
}

/* What an order brings back of one that was refused; most rows have none. */
static void measure_slicing(
	const struct measure_inputs *in, int64_t *m, const struct verdict *verdict)
{
	unsigned side = in->order->side & 1;
	m[LANE_SLICING] = 0;
	if (LIKELY((in->row->is_sliced >> side & 1) == 0))
		return;
	const struct slicing *slicing = rows_slicing(&in->risk->rows, in->row, side);
	if (slicing_is_open(slicing, in->profile->slicing_window_ns, in->turn->now_ns))
		m[LANE_SLICING] = slicing_measure(slicing, verdict->add_qty, verdict->add_value_e4);
}

/* Tokens, windows, duplicates. */
static void measure_rates(const struct measure_inputs *in, int64_t *m, struct verdict *verdict)
{
	uint64_t now_ns = in->turn->now_ns;
	const struct throttle *session = &in->session->orders;
	const struct throttle *account = &in->account->orders;
	const struct throttle *symbol = &in->symbol->orders;
	struct duplicate_key key = measure_duplicate_key(in->order);
	bool is_full = (in->order->is_table_full != 0) | in->risk->is_torn |
		       (!in->has_row & (in->risk->rows.count == ROW_COUNT_MAX)) |
		       duplicate_is_full(&in->risk->duplicate, now_ns);
	/* measure (1) */
	m[LANE_SESSION_RATE] = saturating_subtract(
		bucket_measure(&session->bucket, now_ns), session->bucket.capacity);
	m[LANE_SESSION_WINDOW] = now_ns < session->blocked_until_ns;
	m[LANE_ACCOUNT_RATE] = bucket_measure(&account->bucket, now_ns);
	m[LANE_ACCOUNT_WINDOW] = throttle_window_measure(account, now_ns);
	const struct throttle *pace = tables_pace(in->risk, in->order->strategy);
	if (UNLIKELY(pace != NULL))
		pace_measure(in, pace, m);
	m[LANE_SYMBOL_RATE] = bucket_measure(&symbol->bucket, now_ns);
	m[LANE_SYMBOL_WINDOW] = throttle_window_measure(symbol, now_ns);
	m[LANE_ORDER_TO_TRADE] =
		(int64_t)ratio_is_reached(&in->account->ratio) | ratio_is_reached(&in->risk->ratio);
	m[LANE_EXIT_RATE] = bucket_measure(&in->account->exits, now_ns);
	uint32_t bucket = duplicate_bucket(&key);
	m[LANE_DUPLICATE_ORDER] = duplicate_measure(
		&in->risk->duplicate, &key, bucket, in->profile->duplicate_window_ns, now_ns);
	verdict->duplicate_bucket = bucket;
	m[LANE_TABLE_FULL] = is_full;
}

_Static_assert((int)LANE_COUNT == (int)LANE_WIDTH, "every place of the measures is a lane's");

void measure_order(const struct measure_inputs *in, int64_t *measures, struct verdict *verdict)
{
	/* First, because the hash of the duplicates takes long and nothing of the others waits for it. */
	measure_rates(in, measures, verdict);
	measure_identity(in, measures);
	measure_market(in, measures);
	permission_measure(in, measures);
	measure_collars(in, measures, verdict);
	measure_exposure(in, measures, verdict);
	measure_slicing(in, measures, verdict);
	money_measure(in, measures, verdict);
}
