/* eastern.h - when New York's day began, for venues that stamp in UTC.

   Books, bars and the gate speak of nanoseconds since the venue's midnight.  The United States change
   between standard and daylight time by a rule that has not moved since 2007: daylight time begins on the second
   Sunday of March and ends on the first Sunday of November, at two in the morning.  Neither happens
   at midnight, so a day's beginning follows from its date alone.

   Pure.
   Units      nanoseconds since 1970 UTC. */
#ifndef SLUICE_CONFIG_EASTERN_H
#define SLUICE_CONFIG_EASTERN_H

#include "config/base.h"

/* A day of New York: from its midnight to the next. */
struct eastern_day {
	uint64_t begin_ns, end_ns;
};

/* eastern_day_of finds the day that holds utc_ns; times before 1970-01-02 UTC and within a day of the end of 64 bits are
   put into a day of no length that begins at utc_ns. */
struct eastern_day eastern_day_of(uint64_t utc_ns);

#endif
