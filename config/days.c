#include "config/scalar.h"
#include "config/site_file.h"

#define MINUTE_NS UINT64_C(60000000000)
#define DAY_NS    (24 * 60 * MINUTE_NS)

/* Without a calendar, for days that people end. */
#define CLOSE_AFTER_DEFAULT_NS (MINUTE_NS / 2)

static bool read_digits(const char *text, uint64_t *number)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*number = (uint64_t)(text[0] - '0') * 10 + (uint64_t)(text[1] - '0');
	return true;
}

static bool read_clock(const char *text, uint64_t *time_ns)
{
	uint64_t hours, minutes;
	if (strlen(text) != 5 || text[2] != ':' || !read_digits(text, &hours) ||
		!read_digits(text + 3, &minutes) || minutes > 59 || hours * 60 + minutes > 24 * 60)
		return false;
	*time_ns = (hours * 60 + minutes) * MINUTE_NS;
	return true;
}

static bool read_time(const struct document *d, const char *text, uint64_t *time_ns)
{
	return read_clock(text, time_ns) ||
	       document_refuse(d, text,
		       "found \"%.64s\", expected a time from 00:00 to 24:00 such as 04:00", text);
}

static bool read_weekday(const char *text, size_t size, unsigned *weekday)
{
	static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
	for (*weekday = 0; *weekday < ARRAY_COUNT(names); ++*weekday) {
		if (size == 3 && memcmp(text, names[*weekday], 3) == 0)
			return true;
	}
	return false;
}

/* One day, or the first and the last of some within a week that begins on Sunday. */
static bool read_weekdays(const struct document *d, const char *text, struct calendar *calendar)
{
	unsigned first, last;
	const char *dots = strstr(text, "..");
	size_t size = dots != NULL ? (size_t)(dots - text) : strlen(text);
	bool is_good = read_weekday(text, size, &first);
	if (is_good && dots != NULL)
		is_good = read_weekday(dots + 2, strlen(dots + 2), &last) && first <= last;
	else
		last = first;
	if (!is_good)
		return document_refuse(d, text,
			"found \"%.64s\", expected sun, mon, tue, wed, thu, fri or sat, or some in "
			"a row such as mon..fri",
			text);
	for (unsigned weekday = first; weekday <= last; weekday++) {
		if ((calendar->weekdays >> weekday & 1) != 0)
			return document_refuse(
				d, text, "found \"%.64s\" again, expected each day once", text);
		calendar->weekdays |= (uint8_t)(1u << weekday);
	}
	return true;
}

/* Takes the ten letters of a date. */
static bool read_date(const char *text, uint32_t *date)
{
	char time[] = "0000-00-00T00:00:00Z";
	uint64_t wall_ns = 0;
	if (strlen(text) < 10)
		return false;
	memcpy(time, text, 10);
	bool is_good = scalar_time(time, &wall_ns) == NULL;
	*date = (uint32_t)(wall_ns / DAY_NS);
	return is_good;
}

static bool read_holiday(const struct document *d, const char *text, struct calendar *calendar)
{
	uint32_t date;
	if (strlen(text) != 10 || !read_date(text, &date))
		return document_refuse(
			d, text, "found \"%.64s\", expected a date such as 2026-12-25", text);
	for (uint32_t i = 0; i < calendar->holiday_count; i++) {
		if (calendar->holidays[i] == date)
			return document_refuse(
				d, text, "found %s again, expected each holiday once", text);
	}
	calendar->holidays[calendar->holiday_count++] = date;
	return true;
}

/* A half day is one that the calendar holds, and ends within its hours: whoever states another meant something else. */
static bool read_half(const struct document *d, const char *text, struct calendar *calendar)
{
	struct calendar_half half = {0};
	if (strlen(text) != 16 || text[10] != ' ' || !read_date(text, &half.date) ||
		!read_clock(text + 11, &half.ends_ns))
		return document_refuse(d, text,
			"found \"%.64s\", expected a date and when its day ends, such as "
			"2026-11-27 "
			"13:00",
			text);
	if (!calendar_is_held(calendar, half.date))
		return document_refuse(d, text,
			"found %s, a date without a day by days and holidays, expected one that "
			"has one",
			text);
	if (half.ends_ns <= calendar->begins_ns || half.ends_ns >= calendar->ends_ns)
		return document_refuse(d, text,
			"found %s, expected an end within the hours of the other days", text);
	for (uint32_t i = 0; i < calendar->half_count; i++) {
		if (calendar->halves[i].date == half.date)
			return document_refuse(
				d, text, "found %s again, expected each date once", text);
	}
	calendar->halves[calendar->half_count++] = half;
	return true;
}

bool calendar_read(
	const struct document *d, const struct raw_calendar *raw, struct calendar *calendar)
{
	static const char *const zones[] = {
		[CALENDAR_UTC] = "utc", [CALENDAR_NEW_YORK] = "new-york"};
	unsigned zone;
	if (raw == NULL)
		return true;
	if (!field_choice(d, raw->zone, zones, ARRAY_COUNT(zones), &zone) ||
		!read_time(d, raw->begins, &calendar->begins_ns) ||
		!read_time(d, raw->ends, &calendar->ends_ns))
		return false;
	calendar->zone = (uint8_t)zone;
	if (calendar->begins_ns >= calendar->ends_ns)
		return document_refuse(d, raw->ends,
			"found an end at %s, expected one after the beginning at %s", raw->ends,
			raw->begins);
	for (unsigned i = 0; i < raw->days_count; i++) {
		if (!read_weekdays(d, raw->days[i], calendar))
			return false;
	}
	for (unsigned i = 0; i < raw->holidays_count; i++) {
		if (!read_holiday(d, raw->holidays[i], calendar))
			return false;
	}
	for (unsigned i = 0; i < raw->half_days_count; i++) {
		if (!read_half(d, raw->half_days[i], calendar))
			return false;
	}
	return true;
}

bool days_read(const struct document *d, struct site_config *site)
{
	const struct raw_calendar *raw = ((const struct raw_site *)d->root)->calendar;
	site->close_after_ns = CLOSE_AFTER_DEFAULT_NS;
	if (raw == NULL)
		return true;
	if (!calendar_read(d, raw, &site->calendar))
		return false;
	if (!field_duration(d, raw->close_after, &site->close_after_ns))
		return false;
	if (site->close_after_ns > 60 * MINUTE_NS)
		return document_refuse(d, raw->close_after,
			"found \"%s\", expected at most an hour", raw->close_after);
	return true;
}
