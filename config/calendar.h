/* calendar.h - when a venue's day begins and ends.

   A day is named by its date in the calendar's zone, begins and ends at set times of it, and is held on the set days
   of the week but for holidays; on half days it ends earlier.  What matters to whoever rolls a day are its edges: the last beginning and the last end
   that lie behind a moment.  Between them the day is open; compared with when something was last rolled they
   tell what is due, however long nobody looked.

   Where clocks change, times from two o'clock on are counted back from the next midnight: a time that a spring
   morning leaves out is an hour earlier on the wall, and one that an autumn morning has twice is its first.

   Pure.
   Units      nanoseconds since 1970 UTC, or since the zone's midnight; dates are days since 1970.
   Invariant  (1) begins_ns < ends_ns <= 24 hours: no day reaches into the next date;
              (2) a half day ends after begins_ns and before ends_ns. */
#ifndef SLUICE_CONFIG_CALENDAR_H
#define SLUICE_CONFIG_CALENDAR_H

#include "config/base.h"

enum {
	CALENDAR_HOLIDAY_MAX = 64,
	CALENDAR_HALF_MAX = 64,
	CALENDAR_REACH_DAYS = 15, /* how far back and ahead an edge is looked for */
};

enum calendar_zone { CALENDAR_UTC = 0, CALENDAR_NEW_YORK = 1 };

/* A date whose day ends before the others do. */
struct calendar_half {
	uint64_t ends_ns; /* of the date, since its midnight */
	uint32_t date;
};

struct calendar {
	uint64_t begins_ns, ends_ns; /* of a date, since its midnight       */
	uint8_t zone;                /* enum calendar_zone                  */
	uint8_t weekdays;            /* bit per day of the week, 0 Sunday   */
	uint32_t holiday_count, half_count;
	uint32_t holidays[CALENDAR_HOLIDAY_MAX]; /* in any order */
	struct calendar_half halves[CALENDAR_HALF_MAX];
};

/* A day that is held. */
struct calendar_day {
	uint64_t begin_ns, end_ns; /* 0 and 0: none within reach */
	uint32_t date;
	bool is_half;
};

/* calendar_is_held tells whether a date has a day. */
bool calendar_is_held(const struct calendar *calendar, uint32_t date);

/* calendar_last gives the newest day that had begun at wall_ns; it is open while wall_ns is below its end.
   calendar_next gives the first that begins after wall_ns. */
struct calendar_day calendar_last(const struct calendar *calendar, uint64_t wall_ns);
struct calendar_day calendar_next(const struct calendar *calendar, uint64_t wall_ns);

/* calendar_ended gives the last day whose end lies behind wall_ns, calendar_last_end that end; 0: none within reach. */
struct calendar_day calendar_ended(const struct calendar *calendar, uint64_t wall_ns);
uint64_t calendar_last_end(const struct calendar *calendar, uint64_t wall_ns);

/* A date by its parts. */
struct calendar_date {
	uint32_t year, month, day; /* month and day from 1 */
};
struct calendar_date calendar_date_of(uint32_t date);

/* calendar_is_open tells whether a day is open at wall_ns: its beginning is, its end is not. */
bool calendar_is_open(const struct calendar *calendar, uint64_t wall_ns);

#endif
