/* bars.h - open, high, low, close and volume of an interval, exactly.

   A bar is made of prints in the order in which they came.  Bars of shorter intervals join to those of
   longer ones, so a broken trade is mended from below: its second from the prints that are left, its
   minute from its seconds, its day from its minutes; every number stays exact.

   Pure.
   Units      price_e4, shares; notional is price_e4 times shares: high * BAR_NOTIONAL_UNIT + low, low
              below the unit.
   Invariant  (1) a bar with trades has low <= open, close <= high and volume > 0;
              (2) joining bars of parts, in order, gives the bar of the whole. */
#ifndef SLUICE_CONTROL_BARS_H
#define SLUICE_CONTROL_BARS_H

#include "config/base.h"

#define BAR_NOTIONAL_UNIT UINT64_C(1000000000000000000)

/* Intervals by their seconds. */
enum bar_interval { BAR_SECOND = 1, BAR_MINUTE = 60, BAR_DAY = 86400 };

struct bar {
	int64_t open_e4, high_e4, low_e4, close_e4;
	uint64_t volume;
	uint64_t trades; /* 0: nothing was traded, and all else is 0 */
	uint64_t notional_high, notional_low;
};

/* bar_add takes the next print.  qty 0 or no price is no print: nothing changes. */
void bar_add(struct bar *bar, int64_t price_e4, uint64_t qty);

/* bar_join takes a bar that came after it. */
void bar_join(struct bar *bar, const struct bar *later);

/* bar_vwap_e4 gives notional over volume, rounded down; 0 for no trades. */
int64_t bar_vwap_e4(const struct bar *bar);

/* bar_notional_format writes the exact notional in price units times shares, e.g. 1630200.0000; text
   holds 48 bytes. */
void bar_notional_format(const struct bar *bar, char text[48]);

/* bar_begin_s gives the begin of the interval that holds a time; day_s is the begin of the time's day. */
int64_t bar_begin_s(uint64_t time_ns, enum bar_interval interval, int64_t day_s);

#endif
