#include "dataplane/risk/meter.h"

/* Keeps what a gauge says of a place.  meter (2) */
static void meter_keep(struct meter *meter, enum limit limit, const struct gauge *gauge)
{
	meter->peak[limit] = gauge->peak;
	meter->marks[limit] = (uint8_t)gauge->mark;
	meter->above[limit] = gauge_above(gauge);
	meter->below[limit] = gauge->down;
}

void meter_set(struct meter *meter, enum limit limit, int64_t value)
{
	int64_t above = meter->above[limit], up = gauge_first(value);
	/* It was at most the peak, which is far away; meter (2) */
	meter->above[limit] = above < up ? above : up - 1;
	meter->below[limit] = INT64_MIN;
	meter->marks[limit] = meter->told[limit] = 0;
}

bool meter_move(
	struct meter *meter, enum limit limit, int64_t value, int64_t usage, uint64_t now_ns)
{
	struct gauge gauge = {.peak = meter->peak[limit], .mark = meter->marks[limit]};
	gauge_place(&gauge, value);
	bool is_higher = gauge_feed(&gauge, usage) && gauge_move(&gauge, value, usage);
	meter_keep(meter, limit, &gauge);
	if (!is_higher || (meter->marks[limit] <= meter->told[limit] &&
				  now_ns - meter->told_ns[limit] < METER_QUIET_NS))
		return false;
	meter->told[limit] = meter->marks[limit];
	meter->told_ns[limit] = now_ns;
	return true;
}
