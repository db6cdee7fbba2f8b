/* eastern_test.c - New York's midnights against dates that are known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "config/eastern.h"

#define SECOND_NS UINT64_C(1000000000)
#define DAY_S     86400

static void is_day(uint64_t utc_s, uint64_t begin_s, uint64_t end_s)
{
	struct eastern_day day = eastern_day_of(utc_s * SECOND_NS);
	assert_int_equal(day.begin_ns, begin_s * SECOND_NS);
	assert_int_equal(day.end_ns, end_s * SECOND_NS);
}

static void a_winter_day_begins_at_five_utc(void **state)
{
	(void)state;
	is_day(1611692981, 1611637200, 1611637200 + DAY_S); /* 26 January 2021, 15:29:41 */
}

static void a_summer_day_begins_at_four_utc(void **state)
{
	(void)state;
	is_day(1692711000, 1692676800, 1692676800 + DAY_S); /* 22 August 2023, 09:30:00 */
}

static void a_day_holds_its_first_and_last_nanosecond(void **state)
{
	(void)state;
	uint64_t begin_ns = 1692676800 * SECOND_NS, end_ns = begin_ns + DAY_S * SECOND_NS;
	assert_int_equal(eastern_day_of(begin_ns).begin_ns, begin_ns);
	assert_int_equal(eastern_day_of(end_ns - 1).begin_ns, begin_ns);
	assert_int_equal(eastern_day_of(end_ns).begin_ns, end_ns);
	assert_int_equal(eastern_day_of(begin_ns - 1).end_ns, begin_ns);
}

static void the_sundays_of_the_change_have_23_and_25_hours(void **state)
{
	(void)state;
	is_day(1678615200, 1678597200, 1678597200 + 23 * 3600); /* 12 March 2023 */
	is_day(1699167600, 1699156800, 1699156800 + 25 * 3600); /* 5 November 2023 */
}

/* The C library knows the same rule from its own tables: every day of 2007 to 2037, at odd times. */
static void every_day_of_thirty_years_is_the_librarys(void **state)
{
	(void)state;
	setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
	tzset();
	for (uint64_t day = 13514; day < 13514 + 31 * 365; day++) {
		time_t utc = (time_t)(day * DAY_S + day * 7919 % DAY_S);
		struct tm local;
		localtime_r(&utc, &local);
		local.tm_hour = local.tm_min = local.tm_sec = 0;
		local.tm_isdst = -1;
		uint64_t begin = (uint64_t)mktime(&local);
		assert_int_equal(
			eastern_day_of((uint64_t)utc * SECOND_NS).begin_ns, begin * SECOND_NS);
	}
}

static void times_without_a_day_before_or_behind_them_are_days_of_no_length(void **state)
{
	(void)state;
	static const uint64_t edges[] = {0, 1, DAY_S * SECOND_NS - 1, UINT64_MAX, UINT64_MAX - 1};
	for (uint32_t i = 0; i < ARRAY_COUNT(edges); i++) {
		assert_int_equal(eastern_day_of(edges[i]).begin_ns, edges[i]);
		assert_int_equal(eastern_day_of(edges[i]).end_ns, edges[i]);
	}
	uint64_t last = UINT64_MAX - 2 * DAY_S * SECOND_NS;
	assert_true(eastern_day_of(last).begin_ns <= last && eastern_day_of(last).end_ns > last);
	assert_true(eastern_day_of(DAY_S * SECOND_NS).end_ns > DAY_S * SECOND_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_winter_day_begins_at_five_utc),
		cmocka_unit_test(a_summer_day_begins_at_four_utc),
		cmocka_unit_test(a_day_holds_its_first_and_last_nanosecond),
		cmocka_unit_test(the_sundays_of_the_change_have_23_and_25_hours),
		cmocka_unit_test(every_day_of_thirty_years_is_the_librarys),
		cmocka_unit_test(times_without_a_day_before_or_behind_them_are_days_of_no_length),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.eastern", tests, NULL, NULL);
}
