#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/throttle.h"

#define SECOND UINT64_C(1000000000)

enum { RING = 64 };

static uint64_t times[RING];

static struct throttle throttle_with(int64_t value, uint64_t window_ns, uint32_t burst)
{
	const struct limit_value limit = {value, window_ns, burst, 0};
	struct throttle throttle = {0};
	throttle_init(&throttle, times, RING);
	throttle_limit(&throttle, &limit);
	return throttle;
}

static bool bucket_has(const struct bucket *bucket, uint64_t now_ns)
{
	return bucket_measure(bucket, now_ns) <= bucket->capacity;
}

static bool window_has(const struct throttle *throttle, uint64_t now_ns)
{
	return throttle_window_measure(throttle, now_ns) <= (int64_t)throttle->bucket.rate;
}

static void nobody_states_it_and_everything_breaches(void **state)
{
	(void)state;
	struct throttle throttle = {0};
	throttle_init(&throttle, times, RING);
	assert_false(bucket_has(&throttle.bucket, 0));
	assert_false(bucket_has(&throttle.bucket, UINT64_MAX));
	assert_false(window_has(&throttle, 5 * SECOND));
}

static void the_first_nanosecond_of_a_clock_is_one_like_any_other(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(2, SECOND, 2);
	assert_int_equal(throttle.blocked_until_ns, 0);
	throttle_take(&throttle, 0);
	assert_true(throttle.blocked_until_ns == 0 && window_has(&throttle, 0));
	throttle_take(&throttle, 0);
	assert_false(window_has(&throttle, 0));
	assert_int_equal(throttle.blocked_until_ns, SECOND);
}

static void the_shortest_window_is_rescaled_like_any_other(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(1, 1, 2);
	bucket_take(&throttle.bucket, 1000);
	assert_int_equal(throttle.bucket.used, 1);
	bucket_limit(&throttle.bucket, &(struct limit_value){1, 10, 2, 0});
	assert_int_equal(throttle.bucket.used, 10);
	assert_int_equal(bucket_orders(&throttle.bucket, throttle.bucket.used), 1);
	const struct bucket shortest = {.window_ns = 1}, none = {.window_ns = 0};
	assert_int_equal(bucket_orders(&shortest, 5), 5);
	assert_int_equal(bucket_orders(&none, 5), 0);
}

static void a_token_comes_back_on_the_nanosecond(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(4, SECOND, 2);
	struct bucket *bucket = &throttle.bucket;
	bucket_take(bucket, 1000);
	assert_true(bucket_has(bucket, 1000));
	bucket_take(bucket, 1000);
	assert_false(bucket_has(bucket, 1000));
	assert_false(bucket_has(bucket, 1000 + SECOND / 4 - 1));
	assert_true(bucket_has(bucket, 1000 + SECOND / 4));
	bucket_take(bucket, 1000 + SECOND / 4);
	assert_false(bucket_has(bucket, 1000 + SECOND / 2 - 1));
	assert_true(bucket_has(bucket, 1000 + SECOND / 2));
}

static void a_rate_that_divides_no_nanosecond_is_exact(void **state)
{
	(void)state;
	/* 3 per second: a third of a second is 333,333,333.33 ns, so the token is there at ...334. */
	struct throttle throttle = throttle_with(3, SECOND, 2);
	struct bucket *bucket = &throttle.bucket;
	bucket_take(bucket, 0);
	bucket_take(bucket, 0);
	assert_false(bucket_has(bucket, 333333333));
	assert_true(bucket_has(bucket, 333333334));
	bucket_take(bucket, 333333334);
	/* Two thirds of a nanosecond were left over and are not lost. */
	assert_false(bucket_has(bucket, 666666666));
	assert_true(bucket_has(bucket, 666666667));
	bucket_take(bucket, 666666667);
	assert_false(bucket_has(bucket, 999999999));
	assert_true(bucket_has(bucket, 1000000000));
}

static void a_year_of_silence_fills_but_never_overflows(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(60, LIMIT_WINDOW_NS_MAX, 65536);
	const uint64_t year_ns = 365 * 86400 * SECOND;
	for (unsigned i = 0; i < 60; i++)
		throttle_take(&throttle, 1);
	assert_false(window_has(&throttle, 1));
	assert_int_equal(bucket_used(&throttle.bucket, year_ns), 0);
	assert_true(window_has(&throttle, year_ns));
	assert_int_equal(throttle_window_count(&throttle, year_ns), 0);
	assert_int_equal(bucket_used(&throttle.bucket, UINT64_MAX), 0);
	throttle_take(&throttle, year_ns);
	assert_int_equal(bucket_orders(&throttle.bucket, throttle.bucket.used), 1);
	assert_int_equal(throttle_window_count(&throttle, year_ns), 1);
}

static void time_that_stands_still_gives_nothing_back(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(60, 60, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(bucket_has(&throttle.bucket, 7));
		bucket_take(&throttle.bucket, 7);
	}
	assert_false(bucket_has(&throttle.bucket, 7));
	assert_false(bucket_has(&throttle.bucket, 6));
	assert_true(bucket_has(&throttle.bucket, 8));
}

static void the_window_slides_on_the_nanosecond(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(3, 1000, 100);
	throttle_take(&throttle, 100);
	throttle_take(&throttle, 150);
	assert_true(window_has(&throttle, 150));
	throttle_take(&throttle, 200);
	assert_false(window_has(&throttle, 200));
	assert_false(window_has(&throttle, 1099));
	assert_true(window_has(&throttle, 1100));
	assert_int_equal(throttle_window_count(&throttle, 1099), 3);
	assert_int_equal(throttle_window_count(&throttle, 1100), 2);
	throttle_take(&throttle, 1100);
	/* A bucket of fixed windows would let three more go here; the window still holds 150 and 200. */
	assert_false(window_has(&throttle, 1149));
	assert_true(window_has(&throttle, 1150));
}

static void the_ring_comes_round(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(RING, 1000, 100);
	for (uint64_t now_ns = 1; now_ns <= 10 * RING; now_ns++) {
		bool may = window_has(&throttle, now_ns * 10);
		assert_int_equal(may, throttle_window_count(&throttle, now_ns * 10) < RING);
		if (may)
			throttle_take(&throttle, now_ns * 10);
	}
	assert_int_equal(throttle_window_count(&throttle, 10 * RING * 10), RING);
}

static void the_end_of_time_is_not_passed(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(1, LIMIT_WINDOW_NS_MAX, 65536);
	const struct limit_value least = {1, 1, 1, 0}, most = {1, LIMIT_WINDOW_NS_MAX, 1, 0};
	throttle_take(&throttle, UINT64_MAX - 5);
	assert_false(window_has(&throttle, UINT64_MAX - 1));
	/* Units that no longer fit saturate: the bucket stays empty. */
	throttle_limit(&throttle, &least);
	throttle.bucket.used = INT64_MAX;
	throttle_limit(&throttle, &most);
	assert_true(throttle.bucket.used == INT64_MAX);
	assert_false(bucket_has(&throttle.bucket, UINT64_MAX));
	assert_int_equal(bucket_orders(&throttle.bucket, 0), 0);
}

static void a_limit_of_nothing_lets_nothing_go(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(0, 1000, 1);
	assert_false(window_has(&throttle, 5));
	assert_true(bucket_has(&throttle.bucket, 5));
	throttle = throttle_with(1, 1000, 0);
	assert_false(bucket_has(&throttle.bucket, 5));
	assert_true(window_has(&throttle, 5));
}

static void a_new_limit_keeps_what_was_used(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(3, 1000, 3);
	const struct limit_value longer = {2, 2000, 2, 0}, shorter = {3, 7, 3, 0};
	throttle_take(&throttle, 100);
	throttle_take(&throttle, 100);
	throttle_limit(&throttle, &longer);
	assert_int_equal(bucket_orders(&throttle.bucket, bucket_used(&throttle.bucket, 100)), 2);
	assert_false(bucket_has(&throttle.bucket, 100));
	assert_false(window_has(&throttle, 2099));
	assert_true(window_has(&throttle, 2100));
	throttle_limit(&throttle, &shorter);
	assert_int_equal(bucket_orders(&throttle.bucket, bucket_used(&throttle.bucket, 100)), 2);
	assert_true(window_has(&throttle, 107));
	/* Without a limit nothing goes; with one again the past still counts. */
	throttle_limit(&throttle, NULL);
	assert_false(window_has(&throttle, 2100));
	assert_false(bucket_has(&throttle.bucket, 2100));
	throttle_limit(&throttle, &longer);
	assert_false(window_has(&throttle, 2099));
	assert_false(bucket_has(&throttle.bucket, 100));
}

static void a_longer_window_sees_again_what_a_shorter_one_let_go(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(3, 7, 9);
	const struct limit_value longer = {9, 2000, 9, 0};
	throttle_take(&throttle, 100);
	throttle_take(&throttle, 1000);
	assert_int_equal(throttle.within, 1);
	throttle_limit(&throttle, &(struct limit_value){4, 7, 9, 0}); /* as long as it was */
	assert_int_equal(throttle.within, 1);
	throttle_limit(&throttle, &longer);
	assert_int_equal(throttle_window_count(&throttle, 1001), 2);
	throttle_take(&throttle, 1001);
	assert_int_equal(throttle.within, 3);
	/* But what a longer one has let go too is gone. */
	const struct limit_value less = {9, 950, 9, 0};
	throttle = throttle_with(3, 7, 9);
	throttle_take(&throttle, 100);
	throttle_take(&throttle, 1000);
	throttle_limit(&throttle, &less);
	throttle_take(&throttle, 1050);
	assert_int_equal(throttle.within, 2);
}

/* Against a plain list of all times, over limits that come and go. */
static void what_lies_within_the_window_is_counted_whatever_the_limits_become(void **state)
{
	(void)state;
	enum { TAKES = 20000 };
	static uint64_t list[TAKES];
	static const struct limit_value limits[] = {
		{RING, 100, 9, 0}, {9, 1000, 9, 0}, {3, 20, 9, 0}, {0, 400, 9, 0}};
	struct throttle throttle = throttle_with(9, 1000, 9);
	uint64_t now_ns = 1, draw = 1;
	for (uint32_t i = 0; i < TAKES; i++) {
		draw = draw * UINT64_C(6364136223846793005) + 1442695040888963407;
		now_ns += (draw >> 60) == 0 ? draw >> 32 & 2047 : draw >> 40 & 15;
		list[i] = now_ns;
		if ((draw >> 20 & 127) < 8)
			throttle_limit(&throttle,
				(draw >> 20 & 127) == 0 ? NULL : &limits[draw >> 20 & 3]);
		throttle_take(&throttle, now_ns);
		uint64_t rate = throttle.bucket.rate, window_ns = throttle.bucket.window_ns;
		uint32_t within = 1;
		while (within < RING && within <= i && now_ns - list[i - within] < window_ns)
			within++;
		assert_int_equal(throttle.within, within);
		assert_int_equal(throttle_window_count(&throttle, now_ns), within);
		assert_int_equal(window_has(&throttle, now_ns), within < rate);
	}
}

static void a_part_of_a_token_is_rounded_against_us(void **state)
{
	(void)state;
	struct throttle throttle = throttle_with(1, 3, 1);
	const struct limit_value odd = {1, 2, 1, 0};
	bucket_take(&throttle.bucket, 10);
	assert_int_equal(bucket_used(&throttle.bucket, 12), 1);
	assert_int_equal(bucket_orders(&throttle.bucket, 1), 1);
	throttle.bucket.used = 1;
	bucket_limit(&throttle.bucket, &odd);
	assert_int_equal(throttle.bucket.used, 1); /* two thirds of a unit become one */
}

/* throttle (3) */
static void from_when_it_is_ready_one_order_more_fits(void **state)
{
	(void)state;
	static const struct limit_value limits[] = {{1, SECOND, 1, 0}, {3, SECOND, 1, 0},
		{2, SECOND, 5, 0}, {7, 100, 3, 0}, {60, SECOND, 20, 0}};
	for (unsigned i = 0; i < ARRAY_COUNT(limits); i++) {
		struct throttle throttle =
			throttle_with(limits[i].value, limits[i].window_ns, limits[i].burst);
		uint64_t now_ns = SECOND, waited = 0;
		assert_int_equal(throttle.ready_ns, 0);
		for (unsigned order = 0; order < 200; order++) {
			bool is_ready = now_ns >= throttle.ready_ns;
			assert_true(!is_ready || (bucket_has(&throttle.bucket, now_ns) &&
							 window_has(&throttle, now_ns)));
			waited += !is_ready;
			if (bucket_has(&throttle.bucket, now_ns) && window_has(&throttle, now_ns))
				throttle_take(&throttle, now_ns);
			else
				now_ns += order % 3 * (limits[i].window_ns / 9) + 1;
		}
		assert_true(waited > 0 && throttle.ready_ns != UINT64_MAX);
	}
}

static void without_a_limit_or_with_a_smaller_one_it_is_not_ready(void **state)
{
	(void)state;
	const struct limit_value less = {5, SECOND, 1, 0}, none = {5, SECOND, 0, 0};
	struct throttle throttle = throttle_with(5, SECOND, 4);
	throttle_take(&throttle, SECOND);
	throttle_take(&throttle, SECOND);
	assert_int_equal(throttle.ready_ns, 0);
	throttle_limit(&throttle, &less);
	assert_int_equal(throttle.ready_ns, UINT64_MAX);
	throttle_limit(&throttle, &none);
	assert_int_equal(throttle.ready_ns, UINT64_MAX);
	throttle = throttle_with(5, SECOND, 0);
	assert_int_equal(throttle.ready_ns, UINT64_MAX);
	throttle_limit(&throttle, NULL);
	assert_int_equal(throttle.ready_ns, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_states_it_and_everything_breaches),
		cmocka_unit_test(the_first_nanosecond_of_a_clock_is_one_like_any_other),
		cmocka_unit_test(the_shortest_window_is_rescaled_like_any_other),
		cmocka_unit_test(a_token_comes_back_on_the_nanosecond),
		cmocka_unit_test(a_rate_that_divides_no_nanosecond_is_exact),
		cmocka_unit_test(a_year_of_silence_fills_but_never_overflows),
		cmocka_unit_test(time_that_stands_still_gives_nothing_back),
		cmocka_unit_test(the_window_slides_on_the_nanosecond),
		cmocka_unit_test(the_ring_comes_round),
		cmocka_unit_test(the_end_of_time_is_not_passed),
		cmocka_unit_test(a_limit_of_nothing_lets_nothing_go),
		cmocka_unit_test(a_new_limit_keeps_what_was_used),
		cmocka_unit_test(a_longer_window_sees_again_what_a_shorter_one_let_go),
		cmocka_unit_test(what_lies_within_the_window_is_counted_whatever_the_limits_become),
		cmocka_unit_test(a_part_of_a_token_is_rounded_against_us),
		cmocka_unit_test(from_when_it_is_ready_one_order_more_fits),
		cmocka_unit_test(without_a_limit_or_with_a_smaller_one_it_is_not_ready),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.throttle", tests, NULL, NULL);
}
