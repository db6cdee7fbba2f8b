/* eastern.c - see eastern.h. */
#include "config/eastern.h"

#define HOUR_NS (UINT64_C(3600) * 1000000000)
#define DAY_NS  (24 * HOUR_NS)

enum { STANDARD_HOURS = 5, DAYLIGHT_HOURS = 4 }; /* behind UTC */

/* A date by the calendar. */
struct date {
	uint32_t month, day, weekday; /* 1 .. 12, 1 .. 31, 0 Sunday */
};

/* date_of counts from the first of March 0000, so that the leap day is a year's last. */
static struct date date_of(uint64_t days_since_1970)
{
	uint64_t days = days_since_1970 + 719468;
	uint64_t of_era = days % 146097;
	uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t from_march = (5 * of_year + 2) / 153;
	return (struct date){
		.month = (uint32_t)(from_march < 10 ? from_march + 3 : from_march - 9),
		.day = (uint32_t)(of_year - (153 * from_march + 2) / 5 + 1),
		.weekday = (uint32_t)((days_since_1970 + 4) % 7),
	};
}

/* sunday_before counts the Sundays of the month that lie before a day. */
static uint32_t sundays_before(struct date date)
{
	/* The last Sunday before it, then one for each week of the month before that. */
	uint32_t back = date.weekday == 0 ? 7 : date.weekday;
	return date.day <= back ? 0 : (date.day - back - 1) / 7 + 1;
}

/* midnight_ns gives the beginning of a local date. */
static uint64_t midnight_ns(uint64_t days_since_1970)
{
	struct date date = date_of(days_since_1970);
	bool is_daylight = date.month > 3 && date.month < 11;
	if (date.month == 3)
		is_daylight = sundays_before(date) >= 2;
	else if (date.month == 11)
		is_daylight = sundays_before(date) == 0;
	return days_since_1970 * DAY_NS + (is_daylight ? DAYLIGHT_HOURS : STANDARD_HOURS) * HOUR_NS;
}

struct eastern_day eastern_day_of(uint64_t utc_ns)
{
	if (utc_ns < DAY_NS || utc_ns > UINT64_MAX - 2 * DAY_NS)
		return (struct eastern_day){utc_ns, utc_ns};
	uint64_t day = (utc_ns - DAYLIGHT_HOURS * HOUR_NS) / DAY_NS;
	if (utc_ns < midnight_ns(day))
		day--;
	return (struct eastern_day){midnight_ns(day), midnight_ns(day + 1)};
}
