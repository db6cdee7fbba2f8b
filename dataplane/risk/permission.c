#include "dataplane/risk/permission.h"

/* The excess of an order over its part of a number of shares, in hundredths of a percent of a share.  Products are
   below 2^60: quantities of 32 bits times 10^4, 10^12 shares times 10^6. */
static int64_t share_excess(uint32_t qty, int64_t bps, uint64_t whole)
{
	return missing_if(
		whole == 0, (int64_t)((uint64_t)qty * SHARE_BPS_WHOLE) - bps * (int64_t)whole);
}

/* What comes outside of market hours may be held to smaller sizes; what the others of every phase refuse stays refused. */
static void extended_measure(const struct measure_inputs *in, int64_t *m)
{
	const struct size_limits *most = &in->profile->extended;
	if (in->order->qty > most->qty)
		m[LANE_MAX_ORDER_QUANTITY] = MEASURE_MISSING;
	if (m[LANE_MAX_ORDER_VALUE] > most->value_e4)
		m[LANE_MAX_ORDER_VALUE] = MEASURE_MISSING;
}

void permission_measure(const struct measure_inputs *in, int64_t *m)
{
	const struct top_prices *prices = &in->top->top;
	const struct instrument *instrument = &in->symbol->instrument;
	const struct profile *profile = in->profile;
	const struct risk_order *order = in->order;
	unsigned asks = permission_asks(order);
	int64_t price_e4 = order->price_e4;
	bool is_below = (prices->band_lower_e4 != 0) & (price_e4 < prices->band_lower_e4);
	bool is_above = (prices->band_upper_e4 != 0) & (price_e4 > prices->band_upper_e4);
	int64_t adv = share_excess(order->qty, profile->adv_bps, instrument->adv_qty);
	int64_t outstanding =
		share_excess(order->qty, profile->outstanding_bps, instrument->outstanding_qty);
	m[LANE_RESTRICTED] = profile->allows[asks] != 1;
	/* A band the venue has not said does not bind. */
	m[LANE_PRICE_BAND] = is_below | is_above;
	m[LANE_VOLUME_SHARE] = adv > outstanding ? adv : outstanding;
	/* Few orders are short, and what is easy to borrow needs no look. */
	m[LANE_NO_LOCATE] = 0;
	if (UNLIKELY((order->locate_qty != 0) & (profile->allows[ALLOW_EASY_TO_BORROW] != 1)))
		m[LANE_NO_LOCATE] = locate_excess(in);
	m[LANE_ACCOUNT_NOT_APPROVED] = (in->account->approved_until_wall_ns == 0) |
				       (in->turn->wall_ns > in->account->approved_until_wall_ns);
	m[LANE_CLOCK_IN_DOUBT] = age_saturated(in->turn->clock_off_ns);
	if (UNLIKELY(permission_is_extended(in)))
		extended_measure(in, m);
}

int64_t permission_short_sale(const struct measure_inputs *in, int64_t worst)
{
	const struct top_prices *prices = &in->top->top;
	const struct risk_order *order = in->order;
	bool is_sale = (order->side & 1) == SIDE_SELL;
	bool is_short = is_sale & (order->mark == SALE_SHORT);
	bool is_unmarked = is_sale & (order->mark == SALE_LONG) & (worst > 0) &
			   (in->profile->allows[ALLOW_UNMARKED_SHORT] != 1);
	bool is_tested = (prices->short_sale == '1') | (prices->short_sale == '2');
	bool is_unknown = (prices->short_sale == 0) | (is_tested & (prices->bid_e4 <= 0));
	bool is_too_low = is_tested & (order->price_e4 <= prices->bid_e4);
	return is_unmarked | missing_if(is_short & is_unknown, is_short & is_too_low);
}

/* Which share of a number of shares an order is, rounded up; INT64_MAX: the number is not known. */
static int64_t share_bps(uint32_t qty, uint64_t whole)
{
	return whole == 0 ? INT64_MAX
			  : (int64_t)(((uint64_t)qty * SHARE_BPS_WHOLE + whole - 1) / whole);
}

/* There is a price: without one TICK_SIZE comes first. */
static int64_t value_of(const struct measure_inputs *in)
{
	int64_t value_e4 = in->order->price_e4 * (int64_t)in->order->qty;
	return rates_value(&in->risk->rates, in->symbol->instrument.currency,
		in->order->venue_index, value_e4);
}

/* The size of every phase is named first; where it is kept, the one outside of market hours. */
static void size_name(struct verdict *verdict, const struct measure_inputs *in)
{
	const struct size_limits *most = &in->profile->extended;
	bool is_qty = verdict->lane == LANE_MAX_ORDER_QUANTITY;
	verdict->usage = is_qty ? in->order->qty : value_of(in);
	if (verdict->usage > verdict->limit)
		return;
	struct limit_value room;
	limits_tightest(in->risk->limits, &in->profile->coverage,
		is_qty ? LIMIT_max_order_quantity_extended : LIMIT_max_order_value_extended,
		UINT32_MAX, &room, &verdict->owner_scope);
	verdict->limit = is_qty ? most->qty : most->value_e4;
	verdict->is_second = 1;
}

void permission_name(struct verdict *verdict, const struct measure_inputs *in)
{
	if (verdict->lane == LANE_MAX_ORDER_QUANTITY || verdict->lane == LANE_MAX_ORDER_VALUE) {
		size_name(verdict, in);
		return;
	}
	if (verdict->lane == LANE_SHORT_SALE && in->order->mark != SALE_LONG)
		return; /* Rule 201 is nobody's limit */
	const struct instrument *instrument = &in->symbol->instrument;
	const struct profile *profile = in->profile;
	uint32_t qty = in->order->qty;
	int64_t adv_bps = share_bps(qty, instrument->adv_qty);
	enum limit limit = LIMIT_allow_buy + (unsigned)permission_asks(in->order);
	if (verdict->lane == LANE_SHORT_SALE)
		limit = LIMIT_allow_unmarked_short;
	if (verdict->lane == LANE_VOLUME_SHARE) {
		bool is_adv = profile->adv_bps < 0 || adv_bps > profile->adv_bps;
		limit = is_adv ? LIMIT_max_adv_share : LIMIT_max_outstanding_share;
		verdict->is_second = !is_adv;
		verdict->usage = is_adv ? adv_bps : share_bps(qty, instrument->outstanding_qty);
	}
	struct limit_value room;
	const struct limit_value *value = limits_tightest(in->risk->limits, &profile->coverage,
		limit, UINT32_MAX, &room, &verdict->owner_scope);
	verdict->limit = value != NULL ? value->value : INT64_MIN;
}
