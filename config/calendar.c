/* calendar.c - see calendar.h. */
#include "config/calendar.h"

#include "config/eastern.h"

#define HOUR_NS UINT64_C(3600000000000)
#define DAY_NS  (24 * HOUR_NS)

/* The zone's date that holds a moment: its midnight and the next. */
static struct eastern_day calendar_date_at(const struct calendar *calendar, uint64_t wall_ns)
{
	if (calendar->zone == CALENDAR_NEW_YORK)
		return eastern_day_of(wall_ns);
	uint64_t midnight_ns = wall_ns - wall_ns % DAY_NS;
	return (struct eastern_day){midnight_ns, midnight_ns + DAY_NS};
}

/* Counted from the first of March 0000, so that the leap day is a year's last. */
struct calendar_date calendar_date_of(uint32_t date)
{
	uint32_t days = date + 719468, era = days / 146097, of_era = days % 146097;
	uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint32_t from_march = (5 * of_year + 2) / 153;
	uint32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
	return (struct calendar_date){.year = era * 400 + year + (month <= 2),
		.month = month,
		.day = of_year - (153 * from_march + 2) / 5 + 1};
}

/* calendar_time gives the moment of a time of a date; clocks change at two. */
static uint64_t calendar_time(const struct eastern_day *date, uint64_t time_ns)
{
	return time_ns < 2 * HOUR_NS ? date->begin_ns + time_ns : date->end_ns - (DAY_NS - time_ns);
}

bool calendar_is_held(const struct calendar *calendar, uint32_t date)
{
	if ((calendar->weekdays >> (date + 4) % 7 & 1) == 0) /* 1 January 1970 was a Thursday */
		return false;
	for (uint32_t i = 0; i < calendar->holiday_count; i++) {
		if (calendar->holidays[i] == date)
			return false;
	}
	return true;
}

static struct calendar_day calendar_day_of(
	const struct calendar *calendar, const struct eastern_day *date)
{
	struct calendar_day day = {.begin_ns = calendar_time(date, calendar->begins_ns),
		.end_ns = calendar_time(date, calendar->ends_ns),
		.date = (uint32_t)(date->begin_ns / DAY_NS)};
	for (uint32_t i = 0; i < calendar->half_count; i++) {
		if (calendar->halves[i].date != day.date)
			continue;
		day.end_ns = calendar_time(date, calendar->halves[i].ends_ns);
		day.is_half = true;
	}
	return day;
}

/* Times that no calendar reaches: the first and the last weeks of 64 bits. */
static bool calendar_is_in_reach(uint64_t wall_ns)
{
	const uint64_t margin_ns = (CALENDAR_REACH_DAYS + 3) * DAY_NS;
	return wall_ns > margin_ns && wall_ns < UINT64_MAX - margin_ns;
}

struct calendar_day calendar_last(const struct calendar *calendar, uint64_t wall_ns)
{
	const struct calendar_day none = {0};
	if (!calendar_is_in_reach(wall_ns))
		return none;
	struct eastern_day date = calendar_date_at(calendar, wall_ns);
	for (unsigned i = 0; i < CALENDAR_REACH_DAYS; i++) {
		struct calendar_day day = calendar_day_of(calendar, &date);
		if (day.begin_ns <= wall_ns && calendar_is_held(calendar, day.date))
			return day;
		date = calendar_date_at(calendar, date.begin_ns - 1);
	}
	return none;
}

struct calendar_day calendar_next(const struct calendar *calendar, uint64_t wall_ns)
{
	const struct calendar_day none = {0};
	if (!calendar_is_in_reach(wall_ns))
		return none;
	struct eastern_day date = calendar_date_at(calendar, wall_ns);
	for (unsigned i = 0; i < CALENDAR_REACH_DAYS; i++) {
		struct calendar_day day = calendar_day_of(calendar, &date);
		if (day.begin_ns > wall_ns && calendar_is_held(calendar, day.date))
			return day;
		date = calendar_date_at(calendar, date.end_ns);
	}
	return none;
}

bool calendar_is_open(const struct calendar *calendar, uint64_t wall_ns)
{
	return wall_ns < calendar_last(calendar, wall_ns).end_ns;
}

struct calendar_day calendar_ended(const struct calendar *calendar, uint64_t wall_ns)
{
	struct calendar_day last = calendar_last(calendar, wall_ns);
	if (wall_ns < last.end_ns)
		last = calendar_last(calendar, last.begin_ns - 1);
	return last;
}

uint64_t calendar_last_end(const struct calendar *calendar, uint64_t wall_ns)
{
	return calendar_ended(calendar, wall_ns).end_ns;
}
