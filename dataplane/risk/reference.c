#include "dataplane/risk/reference.h"

/* Age of something stamped time_ns; UINT64_MAX when it lies further ahead than clocks explain. */
static uint64_t age_of(uint64_t now_ns, uint64_t time_ns, uint64_t ahead_ns_max)
{
	if (now_ns >= time_ns)
		return now_ns - time_ns;
	return time_ns - now_ns <= ahead_ns_max ? 0 : UINT64_MAX;
}

void reference_choose(struct reference *reference, const struct turn_inputs *inputs,
	const struct top_used *top, const struct instrument *instrument,
	const struct reference_ages *ages, unsigned side)
{
	const struct top_prices *prices = &top->top;
	bool is_live = prices->stale == 0 && top->channel_age_ns != UINT64_MAX;
	bool bbo_is_fresh = is_live & (age_saturated(top->channel_age_ns) <= ages->bbo_ns);
	int64_t own_e4 = side == SIDE_BUY ? prices->bid_e4 : prices->ask_e4;
	/* The first of the waterfall is mostly there: the others need not be looked at. */
	if (LIKELY(bbo_is_fresh & !price_is_absurd(own_e4))) {
		*reference = (struct reference){.price_e4 = own_e4,
			.age_ns = top->channel_age_ns,
			.source = REFERENCE_OWN_SIDE};
		return;
	}
	uint64_t trade_age_ns = age_of(inputs->now_ns, prices->last_ns, REFERENCE_AHEAD_NS_MAX);
	bool is_closed = is_live & (prices->close_e4 != 0) & (top->close_age_s != UINT32_MAX);
	int64_t close_e4 = is_closed ? prices->close_e4 : instrument->close_e4;
	uint64_t close_age_ns = is_closed ? top->close_age_s * UINT64_C(1000000000)
					  : age_of(inputs->wall_ns, instrument->close_wall_ns, 0);
	int64_t other_e4 = side == SIDE_BUY ? prices->ask_e4 : prices->bid_e4;
	bool trade_is_fresh = is_live & (age_saturated(trade_age_ns) <= ages->trade_ns);
	bool close_is_fresh = age_saturated(close_age_ns) <= ages->close_ns;
	const int64_t prices_e4[] = {0, 0, other_e4, prices->last_e4, close_e4};
	const uint64_t ages_ns[] = {0, 0, top->channel_age_ns, trade_age_ns, close_age_ns};
	unsigned good =
		(unsigned)(bbo_is_fresh & !price_is_absurd(other_e4)) << REFERENCE_OTHER_SIDE |
		(unsigned)(trade_is_fresh & !price_is_absurd(prices->last_e4))
			<< REFERENCE_LAST_TRADE |
		(unsigned)(close_is_fresh & !price_is_absurd(close_e4)) << REFERENCE_PREVIOUS_CLOSE;
	/* The lowest bit is the best source; the bit past the last is none. */
	unsigned source = (unsigned)__builtin_ctz(good | 1u << 5) % 5;
	reference->source = source;
	reference->price_e4 = prices_e4[source];
	reference->age_ns = ages_ns[source];
}

int64_t reference_distance_bps(int64_t price_e4, int64_t reference_e4)
{
	if (UNLIKELY(reference_e4 <= 0 || price_is_absurd(price_e4)))
		return INT64_MAX;
	return reference_bps((uint32_t)price_e4, (uint32_t)reference_e4);
}
