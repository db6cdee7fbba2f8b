/* timekeeping_test.c - each way in which a clock is not good enough, and the one in which it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/health/timekeeping.h"

static struct site_config site;
static struct timekeeping keeping;
static char reason[512];

static int begin(void **state)
{
	(void)state;
	site = (struct site_config){.clock_source = CLOCK_SIM, .clock_max_offset_ns = 1000};
	timekeeping_open(&keeping, &site);
	return 0;
}

static int end(void **state)
{
	(void)state;
	timekeeping_close(&keeping);
	return 0;
}

static enum timekeeping_verdict judge(uint64_t now_ns)
{
	timekeeping_turn(&keeping, now_ns);
	enum timekeeping_verdict verdict =
		timekeeping_judge(&keeping, now_ns, reason, sizeof reason);
	if (verdict > TIME_NOT_DEMANDED)
		assert_non_null(strstr(reason, "expected"));
	return verdict;
}

static void say(int64_t offset_ns, bool is_synchronised)
{
	struct time_reading reading = {.is_known = true,
		.is_synchronised = is_synchronised,
		.offset_ns = offset_ns,
		.read_ns = 10,
		.reference = "GPS",
		.reason = "nobody keeps it"};
	timesource_set(&keeping.source, &reading);
}

static void an_offset_within_the_limit_is_kept(void **state)
{
	(void)state;
	say(1000, true);
	assert_int_equal(judge(10), TIME_IS_KEPT);
	say(-1000, true);
	assert_int_equal(judge(10), TIME_IS_KEPT);
	assert_string_equal(reason, "sim: off by -1000 ns, at most 1000 ns allowed, kept by GPS");
}

static void one_nanosecond_more_is_too_far(void **state)
{
	(void)state;
	say(1001, true);
	assert_int_equal(judge(10), TIME_TOO_FAR);
	say(-1001, true);
	assert_int_equal(judge(10), TIME_TOO_FAR);
	say(INT64_MIN, true);
	assert_int_equal(judge(10), TIME_TOO_FAR);
}

/* What the stages found of their clocks. */
static void hear(enum stage_id stage, uint64_t strayed_ns)
{
	static struct dataplane_region region;
	memset(region.clocks, 0, sizeof region.clocks);
	atomic_store(&region.clocks[STAGE_DOOR].strayed_ns, strayed_ns / 2);
	atomic_store(&region.clocks[stage].strayed_ns, strayed_ns);
	timekeeping_hear(&keeping, &region);
}

static void a_stage_whose_clock_strayed_is_named_and_counts_as_an_offset(void **state)
{
	(void)state;
	say(-400, true);
	hear(STAGE_GATE, 600);
	assert_int_equal(judge(10), TIME_IS_KEPT);
	assert_int_equal(timekeeping_off_ns(&keeping, 10), 1000);
	hear(STAGE_GATE, 601);
	assert_int_equal(judge(10), TIME_TOO_FAR);
	assert_non_null(strstr(reason, "off by -400 ns, and the TSC strayed by 601 ns"));
	assert_int_equal(timekeeping_off_ns(&keeping, 10), 1001);
	hear(STAGE_FEED, 1001);
	assert_int_equal(judge(10), TIME_STRAYED);
	assert_non_null(strstr(reason, "the TSC of the stage feed strayed by 1001 ns"));
	assert_int_equal(timekeeping_off_ns(&keeping, 10), 1001);
	timekeeping_hear(&keeping, NULL);
	assert_int_equal(judge(10), TIME_IS_KEPT);
}

static void a_clock_that_strayed_is_in_doubt_where_no_source_is_demanded(void **state)
{
	(void)state;
	struct timekeeping own;
	site.clock_source = CLOCK_NONE;
	site.clock_max_offset_ns = 0;
	timekeeping_open(&own, &site);
	static struct dataplane_region region;
	atomic_store(&region.clocks[STAGE_GATE].strayed_ns, 1);
	assert_int_equal(timekeeping_off_ns(&own, 10), 0);
	timekeeping_hear(&own, &region);
	assert_int_equal(timekeeping_judge(&own, 10, reason, sizeof reason), TIME_STRAYED);
	assert_int_equal(timekeeping_off_ns(&own, 10), 1);
	timekeeping_close(&own);
}

static void a_source_that_never_answered_or_no_longer_does_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(judge(10), TIME_UNKNOWN);
	say(0, true);
	assert_int_equal(judge(10 + TIMEKEEPING_AGE_NS), TIME_IS_KEPT);
	assert_int_equal(judge(11 + TIMEKEEPING_AGE_NS), TIME_UNKNOWN);
	assert_int_equal(judge(5), TIME_IS_KEPT);
}

static void a_clock_that_nobody_keeps_is_said(void **state)
{
	(void)state;
	say(0, false);
	assert_int_equal(judge(10), TIME_NOT_SYNCHRONISED);
	assert_non_null(strstr(reason, "nobody keeps it"));
}

static void a_site_may_demand_nothing(void **state)
{
	(void)state;
	site.clock_source = CLOCK_NONE;
	timekeeping_open(&keeping, &site);
	assert_int_equal(judge(10), TIME_NOT_DEMANDED);
	assert_string_equal(timekeeping_source(&keeping), "none");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(an_offset_within_the_limit_is_kept),
		ONE(one_nanosecond_more_is_too_far),
		ONE(a_stage_whose_clock_strayed_is_named_and_counts_as_an_offset),
		ONE(a_clock_that_strayed_is_in_doubt_where_no_source_is_demanded),
		ONE(a_source_that_never_answered_or_no_longer_does_is_unknown),
		ONE(a_clock_that_nobody_keeps_is_said),
		ONE(a_site_may_demand_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.control.health.timekeeping", tests, NULL, NULL);
}
