#include "control/archive/bars.h"

#include <inttypes.h>
#include <stdio.h>

__extension__ typedef unsigned __int128 wide;

static wide notional_of(const struct bar *bar)
{
	return (wide)bar->notional_high * BAR_NOTIONAL_UNIT + bar->notional_low;
}

static void notional_set(struct bar *bar, wide notional)
{
	bar->notional_high = (uint64_t)(notional / BAR_NOTIONAL_UNIT);
	bar->notional_low = (uint64_t)(notional % BAR_NOTIONAL_UNIT);
}

void bar_add(struct bar *bar, int64_t price_e4, uint64_t qty)
{
	struct bar print = {.open_e4 = price_e4,
		.high_e4 = price_e4,
		.low_e4 = price_e4,
		.close_e4 = price_e4,
		.volume = qty,
		.trades = 1};
	if (qty == 0 || price_e4 <= 0)
		return;
	notional_set(&print, (wide)price_e4 * qty);
	bar_join(bar, &print);
}

void bar_join(struct bar *bar, const struct bar *later)
{
	if (later->trades == 0)
		return;
	if (bar->trades == 0) {
		*bar = *later;
		return;
	}
	if (later->high_e4 > bar->high_e4)
		bar->high_e4 = later->high_e4;
	if (later->low_e4 < bar->low_e4)
		bar->low_e4 = later->low_e4;
	bar->close_e4 = later->close_e4;
	bar->volume += later->volume;
	bar->trades += later->trades;
	notional_set(bar, notional_of(bar) + notional_of(later));
}

int64_t bar_vwap_e4(const struct bar *bar)
{
	return bar->volume == 0 ? 0 : (int64_t)(notional_of(bar) / bar->volume);
}

void bar_notional_format(const struct bar *bar, char text[48])
{
	wide notional = notional_of(bar);
	uint64_t tail = (uint64_t)(notional % 10000);
	wide whole = notional / 10000;
	uint64_t upper = (uint64_t)(whole / BAR_NOTIONAL_UNIT);
	uint64_t lower = (uint64_t)(whole % BAR_NOTIONAL_UNIT);
	if (upper != 0)
		snprintf(text, 48, "%" PRIu64 "%018" PRIu64 ".%04" PRIu64, upper, lower, tail);
	else
		snprintf(text, 48, "%" PRIu64 ".%04" PRIu64, lower, tail);
}

int64_t bar_begin_s(uint64_t time_ns, enum bar_interval interval, int64_t day_s)
{
	int64_t time_s = (int64_t)(time_ns / 1000000000);
	/* A day with a change of the clock is not of 86,400 seconds, but it begins where it begins. */
	return interval == BAR_DAY ? day_s : time_s - time_s % interval;
}
