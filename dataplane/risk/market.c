#include "dataplane/risk/market.h"

#include "dataplane/risk/trail.h"

bool risk_converts_market(const struct account_config *account, const struct top_used *top)
{
	return account != NULL && top != NULL && account->converts_market[top->top.phase == 'Q'];
}

/* Prices are below 2^31 and limits are whole, so this is the last distance that reference_distance_bps lets through. */
static int64_t distance_of(int64_t price_e4, int64_t bps)
{
	return saturate_128((int128_t)price_e4 * bps / 10000);
}

/* The keener of two bounds: the lower for a buy, the higher for a sale. */
static int64_t tighter(unsigned side, int64_t a, int64_t b)
{
	return (side == SIDE_BUY) == (a < b) ? a : b;
}

static int64_t bound(unsigned side, int64_t price_e4, int64_t distance_e4)
{
	return side == SIDE_BUY ? saturating_add(price_e4, distance_e4)
				: saturating_subtract(price_e4, distance_e4);
}

int64_t market_price(const struct measure_inputs *in)
{
	const struct instrument *instrument = &in->symbol->instrument;
	const struct profile *profile = in->profile;
	const int64_t *limits = profile->limits;
	unsigned side = in->order->side & 1;
	struct reference reference;
	reference_choose(&reference, in->turn, in->top, instrument, &profile->ages, side);
	int64_t from_e4 = reference.price_e4, tick_e4 = instrument->tick_e4;
	if (from_e4 == 0 || instrument->is_known == 0 || limits[LANE_PRICE_COLLAR] < 0 ||
		limits[LANE_PRICE_COLLAR_TICKS] < 0 || limits[LANE_COLLAR_WINDOW] < 0)
		return 0;
	const struct trail_extremes extremes = trail_find(&in->risk->rows, in->row,
		profile->walk_window_ns, in->turn->now_ns, (uint32_t)from_e4);
	int64_t walk_e4 =
		tighter(side, from_e4, side == SIDE_BUY ? extremes.low_e4 : extremes.high_e4);
	uint32_t band_e4 =
		side == SIDE_BUY ? in->top->top.band_upper_e4 : in->top->top.band_lower_e4;
	int64_t price_e4 = bound(side, from_e4, distance_of(from_e4, limits[LANE_PRICE_COLLAR]));
	price_e4 = tighter(side, price_e4,
		bound(side, from_e4,
			saturating_multiply(limits[LANE_PRICE_COLLAR_TICKS], tick_e4)));
	price_e4 = tighter(side, price_e4,
		bound(side, walk_e4, distance_of(walk_e4, limits[LANE_COLLAR_WINDOW])));
	if (band_e4 != 0)
		price_e4 = tighter(side, price_e4, band_e4);
	if (price_e4 < 1 || price_is_absurd(price_e4))
		price_e4 = side == SIDE_BUY ? from_e4 : tick_e4;
	int64_t over_e4 = price_e4 % tick_e4;
	if (over_e4 == 0)
		return price_e4;
	return side == SIDE_BUY ? price_e4 - over_e4 : price_e4 + tick_e4 - over_e4;
}
