/* ratio_forecast_test.c - when messages reach what is allowed, reckoned by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/ratio.h"

#define SECOND UINT64_C(1000000000)

/* Ten seconds ago there were so many fewer messages and trades. */
static uint64_t forecast(const struct ratio *ratio, int64_t messages, int64_t trades)
{
	struct ratio_shown shown = {.last = {.began_ns = 100 * SECOND,
					    .messages = ratio->messages - messages,
					    .trades = ratio->trades - trades}};
	return ratio_forecast(ratio, &shown, 110 * SECOND);
}

static void what_has_no_pace_has_no_forecast(void **state)
{
	struct ratio ratio = {.messages = 5, .allowed = 100, .slab = 2, .after = 100};
	struct ratio_shown shown = {.last = {.began_ns = 0}};
	(void)state;
	assert_true(ratio_forecast(&ratio, &shown, SECOND) == FORECAST_NEVER);
	shown.last.began_ns = SECOND;
	assert_true(ratio_forecast(&ratio, &shown, SECOND) == FORECAST_NEVER);
	assert_true(ratio_forecast(&ratio, &shown, 2 * SECOND) != FORECAST_NEVER);
	ratio.messages = 100;
	assert_int_equal(ratio_forecast(&ratio, &shown, SECOND), 0);
	ratio.messages = 99;
	assert_true(ratio_forecast(&ratio, &shown, SECOND) == FORECAST_NEVER);
	ratio = (struct ratio){.allowed = INT64_MIN};
	assert_int_equal(ratio_forecast(&ratio, &shown, 2 * SECOND), 0);
}

static void the_minute_before_counts_where_there_was_one(void **state)
{
	struct ratio ratio = {.messages = 30, .allowed = 60, .slab = 1, .after = 60};
	struct ratio_shown shown = {.last = {.began_ns = 20 * SECOND, .messages = 30},
		.before = {.began_ns = 10 * SECOND, .messages = 10}};
	(void)state;
	/* 20 in 20 seconds, 30 are left */
	assert_int_equal(ratio_forecast(&ratio, &shown, 30 * SECOND), 30 * SECOND);
	shown.before.began_ns = 0;
	assert_true(ratio_forecast(&ratio, &shown, 30 * SECOND) == FORECAST_NEVER);
}

static void both_lines_must_be_passed(void **state)
{
	struct ratio ratio = {.messages = 40, .slab = 2, .after = 50, .trades = 10};
	(void)state;
	/* free in 10 s at one a second; the slab of 20 is behind */
	assert_int_equal(forecast(&ratio, 10, 0), 10 * SECOND);
	/* the slab, 60 away, comes nearer by 5 in 10 s; what is free ends in 10 s */
	ratio.trades = 50;
	ratio.slab = 2;
	assert_int_equal(forecast(&ratio, 10, 2), 100 * SECOND);
	/* on the slab and keeping to it: what is free is all that ends */
	ratio = (struct ratio){.messages = 40, .slab = 2, .after = 50, .trades = 20};
	assert_int_equal(forecast(&ratio, 10, 5), 10 * SECOND);
	/* what is reached is reached now */
	ratio = (struct ratio){.messages = 50, .slab = 2, .after = 50, .trades = 25};
	assert_int_equal(forecast(&ratio, 10, 0), 0);
	ratio.messages = 49;
	assert_int_equal(forecast(&ratio, 10, 0), 1 * SECOND);
}

/* Beyond the slab, and executions earn more than is sent: the slab comes back before what is free is used up, or it does not. */
static void what_falls_back_in_time_is_never_reached(void **state)
{
	struct ratio ratio = {.messages = 40, .slab = 2, .after = 60, .trades = 10};
	(void)state;
	/* 20 beyond it, 10 nearer in 10 s: back in 20 s, and free for as long */
	assert_true(forecast(&ratio, 10, 10) == FORECAST_NEVER);
	ratio.after = 59;
	assert_int_equal(forecast(&ratio, 10, 10), 19 * SECOND);
	/* as many earned as sent: it does not come nearer */
	ratio.after = 1000;
	assert_int_equal(forecast(&ratio, 20, 10), 480 * SECOND);
	/* on the slab, which goes away faster than messages come */
	ratio.trades = 20;
	assert_true(forecast(&ratio, 10, 10) == FORECAST_NEVER);
	ratio.after = 40;
	assert_int_equal(forecast(&ratio, 10, 5), 0);
	/* what is free was used up long ago */
	ratio.trades = 10;
	assert_int_equal(forecast(&ratio, 10, 10), 0);
}

static void nothing_free_and_back_within_a_nanosecond_is_reached(void **state)
{
	const struct ratio ratio = {.messages = 41, .slab = 2, .after = 41, .trades = 20};
	const struct ratio_shown shown = {
		.last = {.began_ns = SECOND, .messages = 31, .trades = 10}};
	(void)state;
	assert_int_equal(ratio_forecast(&ratio, &shown, SECOND + 1), 0);
}

static void what_takes_longer_than_can_be_said_is_never(void **state)
{
	const struct ratio ratio = {.messages = 1, .slab = 1, .after = INT64_MAX, .trades = 0};
	(void)state;
	assert_true(forecast(&ratio, 1, 0) == FORECAST_NEVER);
	const struct ratio near = {.messages = 1, .slab = 1, .after = 1000000001, .trades = 0};
	assert_int_equal(forecast(&near, 1, 0), UINT64_C(1000000000) * 10 * SECOND);
	const struct ratio beyond = {.messages = 1, .slab = 1, .after = 2000000001, .trades = 0};
	assert_true(forecast(&beyond, 1, 0) == FORECAST_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_pace_has_no_forecast),
		cmocka_unit_test(the_minute_before_counts_where_there_was_one),
		cmocka_unit_test(both_lines_must_be_passed),
		cmocka_unit_test(what_falls_back_in_time_is_never_reached),
		cmocka_unit_test(nothing_free_and_back_within_a_nanosecond_is_reached),
		cmocka_unit_test(what_takes_longer_than_can_be_said_is_never),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.ratio_forecast", tests, NULL, NULL);
}
