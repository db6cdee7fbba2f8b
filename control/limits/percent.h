/* percent.h - how much of a limit is used, in whole percents: one rule for whoever shows it.

   Rounded up, against us: 100 is full, or less than one percent from it; 999 is as much as is shown. */
#ifndef SLUICE_CONTROL_PERCENT_H
#define SLUICE_CONTROL_PERCENT_H

#include <stdint.h>

__extension__ typedef __int128 percent_wide;

enum { PERCENT_MOST = 999 };

/* percent_of gives it of usage and limit in one unit, whatever that is; both below 2^120.  A limit of nothing is
   over-full as soon as anything is used. */
static inline int64_t percent_of(percent_wide usage, percent_wide limit)
{
	if (usage <= 0)
		return 0;
	if (limit <= 0)
		return PERCENT_MOST;
	percent_wide percent =
		usage / limit >= PERCENT_MOST ? PERCENT_MOST : (usage * 100 + limit - 1) / limit;
	return percent > PERCENT_MOST ? PERCENT_MOST : (int64_t)percent;
}

#endif
