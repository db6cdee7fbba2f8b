/* calendar_test.c - a venue's days: their edges, weekends, holidays and the mornings on which clocks change. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "config/calendar.h"

#define SECOND_NS UINT64_C(1000000000)
#define HOUR_NS   (3600 * SECOND_NS)
#define DAY_NS    (24 * HOUR_NS)

enum { MONDAY_TO_FRIDAY = 0x3E };

/* 27 November 2026, a Friday, is day 20784. */
enum { FRIDAY = 20784 };

static struct calendar calendar_make(enum calendar_zone zone, uint64_t begins_ns, uint64_t ends_ns)
{
	return (struct calendar){.begins_ns = begins_ns,
		.ends_ns = ends_ns,
		.zone = (uint8_t)zone,
		.weekdays = MONDAY_TO_FRIDAY};
}

static void a_day_is_open_from_its_first_nanosecond_until_its_end(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 4 * HOUR_NS, 20 * HOUR_NS);
	uint64_t begin_ns = FRIDAY * DAY_NS + 4 * HOUR_NS, end_ns = begin_ns + 16 * HOUR_NS;
	assert_false(calendar_is_open(&utc, begin_ns - 1));
	assert_true(calendar_is_open(&utc, begin_ns));
	assert_true(calendar_is_open(&utc, end_ns - 1));
	assert_false(calendar_is_open(&utc, end_ns));
	struct calendar_day day = calendar_last(&utc, end_ns);
	assert_int_equal(day.begin_ns, begin_ns);
	assert_int_equal(day.end_ns, end_ns);
	assert_int_equal(day.date, FRIDAY);
	assert_int_equal(calendar_last(&utc, begin_ns - 1).date, FRIDAY - 1);
}

static void a_weekend_is_passed_over_both_ways(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 4 * HOUR_NS, 20 * HOUR_NS);
	for (uint64_t hour = 20; hour < 20 + 56; hour++) {
		uint64_t wall_ns = FRIDAY * DAY_NS + hour * HOUR_NS;
		assert_false(calendar_is_open(&utc, wall_ns));
		assert_int_equal(calendar_last(&utc, wall_ns).date, FRIDAY);
		assert_int_equal(calendar_next(&utc, wall_ns).date, FRIDAY + 3);
	}
	assert_true(calendar_is_open(&utc, (FRIDAY + 3) * DAY_NS + 4 * HOUR_NS));
}

static void a_holiday_has_no_day(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 0, 24 * HOUR_NS);
	utc.holidays[utc.holiday_count++] = FRIDAY - 1; /* Thanksgiving */
	assert_false(calendar_is_open(&utc, (FRIDAY - 1) * DAY_NS + 12 * HOUR_NS));
	assert_int_equal(calendar_last(&utc, FRIDAY * DAY_NS - 1).date, FRIDAY - 2);
	assert_int_equal(calendar_next(&utc, (FRIDAY - 2) * DAY_NS).date, FRIDAY);
}

static void a_half_day_ends_early_and_the_days_around_it_do_not(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 4 * HOUR_NS, 20 * HOUR_NS);
	utc.halves[utc.half_count++] = (struct calendar_half){
		.date = FRIDAY + 27, .ends_ns = 12 * HOUR_NS}; /* Christmas Eve */
	utc.halves[utc.half_count++] =
		(struct calendar_half){.date = FRIDAY, .ends_ns = 13 * HOUR_NS};
	uint64_t midnight_ns = FRIDAY * DAY_NS, end_ns = midnight_ns + 13 * HOUR_NS;
	assert_true(calendar_is_open(&utc, end_ns - 1));
	assert_false(calendar_is_open(&utc, end_ns));
	assert_false(calendar_is_open(&utc, midnight_ns + 20 * HOUR_NS - 1));
	assert_int_equal(calendar_last_end(&utc, end_ns), end_ns);
	assert_int_equal(calendar_last_end(&utc, end_ns - 1), midnight_ns - 4 * HOUR_NS);
	assert_true(calendar_ended(&utc, end_ns).is_half);
	assert_false(calendar_ended(&utc, end_ns - 1).is_half);
	assert_true(calendar_last(&utc, end_ns - 1).is_half);
	assert_true(calendar_next(&utc, midnight_ns).is_half);
	struct calendar_day next = calendar_next(&utc, end_ns);
	assert_int_equal(next.date, FRIDAY + 3);
	assert_int_equal(next.end_ns, (FRIDAY + 3) * DAY_NS + 20 * HOUR_NS);
	assert_false(next.is_half);
	assert_int_equal(calendar_last(&utc, (FRIDAY + 27) * DAY_NS + 15 * HOUR_NS).end_ns,
		(FRIDAY + 27) * DAY_NS + 12 * HOUR_NS);
	utc.zone = CALENDAR_NEW_YORK; /* five hours behind */
	assert_int_equal(calendar_last(&utc, end_ns).end_ns, end_ns + 5 * HOUR_NS);
}

static void days_of_24_hours_touch_and_each_is_its_own(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 0, 24 * HOUR_NS);
	assert_int_equal(calendar_last(&utc, FRIDAY * DAY_NS - 1).date, FRIDAY - 1);
	assert_int_equal(calendar_last(&utc, FRIDAY * DAY_NS).date, FRIDAY);
	assert_true(calendar_is_open(&utc, FRIDAY * DAY_NS - 1));
	assert_true(calendar_is_open(&utc, FRIDAY * DAY_NS));
}

static void a_calendar_without_a_day_is_never_open(void **state)
{
	(void)state;
	struct calendar utc = calendar_make(CALENDAR_UTC, 0, 24 * HOUR_NS);
	utc.weekdays = 0;
	assert_false(calendar_is_open(&utc, FRIDAY * DAY_NS));
	assert_int_equal(calendar_last(&utc, FRIDAY * DAY_NS).end_ns, 0);
	assert_int_equal(calendar_next(&utc, FRIDAY * DAY_NS).begin_ns, 0);
	utc.weekdays = 0x7F;
	assert_false(calendar_is_open(&utc, 0));
	assert_false(calendar_is_open(&utc, UINT64_MAX));
	assert_int_equal(calendar_next(&utc, UINT64_MAX).begin_ns, 0);
}

static uint64_t library_ns(uint64_t date, int hour, int minute)
{
	time_t noon = (time_t)(date * 86400 + 17 * 3600ull);
	struct tm local;
	assert_non_null(localtime_r(&noon, &local));
	local.tm_hour = hour;
	local.tm_min = minute;
	local.tm_sec = 0;
	local.tm_isdst = -1;
	return (uint64_t)mktime(&local) * SECOND_NS;
}

/* The C library knows New York's clocks from its own rule: every date of 2007 to 2037, both changes of each year. */
static void new_yorks_edges_are_the_librarys_also_where_clocks_change(void **state)
{
	(void)state;
	setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
	tzset();
	struct calendar early = calendar_make(CALENDAR_NEW_YORK, 30 * 60 * SECOND_NS, 20 * HOUR_NS);
	early.weekdays = 0x7F;
	for (uint64_t date = 13514; date < 13514 + 31 * 365; date++) {
		uint64_t begin_ns = library_ns(date, 0, 30), end_ns = library_ns(date, 20, 0);
		struct calendar_day day = calendar_last(&early, begin_ns);
		assert_int_equal(day.date, date);
		assert_int_equal(day.begin_ns, begin_ns);
		assert_int_equal(day.end_ns, end_ns);
		assert_true(calendar_is_open(&early, end_ns - 1));
		assert_false(calendar_is_open(&early, end_ns));
		assert_int_equal(
			calendar_next(&early, begin_ns).begin_ns, library_ns(date + 1, 0, 30));
	}
}

static void every_date_is_the_librarys(void **state)
{
	(void)state;
	for (uint32_t day = 0; day < 60000; day++) {
		time_t utc = (time_t)day * 86400;
		struct tm parts;
		assert_non_null(gmtime_r(&utc, &parts));
		struct calendar_date date = calendar_date_of(day);
		assert_int_equal(date.year, parts.tm_year + 1900);
		assert_int_equal(date.month, parts.tm_mon + 1);
		assert_int_equal(date.day, parts.tm_mday);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_open_from_its_first_nanosecond_until_its_end),
		cmocka_unit_test(a_weekend_is_passed_over_both_ways),
		cmocka_unit_test(a_holiday_has_no_day),
		cmocka_unit_test(a_half_day_ends_early_and_the_days_around_it_do_not),
		cmocka_unit_test(days_of_24_hours_touch_and_each_is_its_own),
		cmocka_unit_test(a_calendar_without_a_day_is_never_open),
		cmocka_unit_test(new_yorks_edges_are_the_librarys_also_where_clocks_change),
		cmocka_unit_test(every_date_is_the_librarys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
