/* tightest_test.c - "the tightest limit wins": of two limits that bind together neither is given up for the other.  Whatever
   either of a random pair alone would refuse, after the same past, both together refuse. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dataplane/risk/limits.h"
#include "dataplane/risk/slicing.h"
#include "dataplane/risk/tempo.h"
#include "dataplane/risk/throttle.h"

enum { RING = 64, STEPS = 300, PAIRS = 2000 };

static struct limits limits;
static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

static struct limit_value rate_by_chance(void)
{
	return (struct limit_value){.value = 1 + (int64_t)chance(RING),
		.window_ns = 1 + chance(chance(2) == 0 ? 1000 : 50),
		.burst = 1 + (uint32_t)chance(20)};
}

/* What a firm's and a symbol's statement come to. */
static struct limit_value both_of(
	enum limit limit, struct limit_value firms, struct limit_value symbols)
{
	const struct limit_value values[] = {firms, symbols};
	struct limit_value tightest = {0};
	struct limit_row row;
	uint8_t owner;
	limits_clear(&limits);
	for (unsigned i = 0; i < 2; i++) {
		limit_row_init(
			&row, i == 0 ? SCOPE_FIRM : SCOPE_SYMBOL, 0, i == 0 ? SYMBOL_NONE : 3);
		row.stated = UINT64_C(1) << limit;
		row.limits[limit] = values[i];
		assert_true(limits_add(&limits, &row));
	}
	struct coverage coverage = limits_coverage(&limits, 0, 3);
	assert_non_null(limits_tightest(&limits, &coverage, limit, UINT32_MAX, &tightest, &owner));
	return tightest;
}

enum { FIRMS, SYMBOLS, BOTH, KINDS };

static bool throttle_refuses(const struct throttle *throttle, uint64_t now_ns)
{
	return bucket_measure(&throttle->bucket, now_ns) > throttle->bucket.capacity ||
	       throttle_window_measure(throttle, now_ns) > (int64_t)throttle->bucket.rate;
}

static void what_either_rate_refuses_both_refuse(void **state)
{
	(void)state;
	static uint64_t times[KINDS][RING];
	uint64_t refused[KINDS] = {0}, passed = 0;
	seed = 1;
	for (unsigned pair = 0; pair < PAIRS; pair++) {
		struct throttle throttles[KINDS] = {0};
		struct limit_value rates[KINDS] = {rate_by_chance(), rate_by_chance()};
		rates[BOTH] = both_of(LIMIT_order_rate, rates[FIRMS], rates[SYMBOLS]);
		for (unsigned i = 0; i < KINDS; i++) {
			throttle_init(&throttles[i], times[i], RING);
			throttle_limit(&throttles[i], &rates[i]);
		}
		uint64_t now_ns = 1000000;
		for (unsigned step = 0; step < STEPS; step++) {
			bool refuses[KINDS];
			now_ns += chance(3) == 0 ? chance(rates[BOTH].window_ns + 1) : chance(3);
			for (unsigned i = 0; i < KINDS; i++) {
				refuses[i] = throttle_refuses(&throttles[i], now_ns);
				refused[i] += refuses[i];
			}
			assert_true(refuses[BOTH] || !(refuses[FIRMS] || refuses[SYMBOLS]));
			passed += !refuses[BOTH];
			for (unsigned i = 0; i < KINDS && !refuses[BOTH]; i++)
				throttle_take(&throttles[i], now_ns);
		}
	}
	assert_true(refused[FIRMS] > 10000 && refused[SYMBOLS] > 10000 && passed > 10000);
}

static void what_either_count_trips_both_trip(void **state)
{
	(void)state;
	static uint64_t times[RING];
	uint64_t tripped = 0;
	seed = 2;
	for (unsigned pair = 0; pair < PAIRS; pair++) {
		struct tempo tempo = {.times = times, .ring_mask = RING - 1};
		struct limit_value counts[KINDS] = {rate_by_chance(), rate_by_chance()};
		counts[FIRMS].value = 1 + counts[FIRMS].value % (RING - 1);
		counts[SYMBOLS].value = 1 + counts[SYMBOLS].value % (RING - 1);
		counts[FIRMS].burst = counts[SYMBOLS].burst = 0;
		uint8_t owner;
		struct limit_row rows[2];
		limits_clear(&limits);
		for (unsigned i = 0; i < 2; i++) {
			limit_row_init(&rows[i], i == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
				i == 0 ? 0 : 7, SYMBOL_NONE);
			rows[i].stated = UINT64_C(1) << LIMIT_max_fills;
			rows[i].limits[LIMIT_max_fills] = counts[i];
			assert_true(limits_add(&limits, &rows[i]));
		}
		struct coverage coverage = limits_coverage(&limits, 7, SYMBOL_NONE);
		limits_tightest(
			&limits, &coverage, LIMIT_max_fills, UINT32_MAX, &counts[BOTH], &owner);
		uint64_t now_ns = 1000000;
		for (unsigned step = 0; step < STEPS; step++) {
			bool trips[KINDS];
			now_ns += chance(40);
			tempo_take(&tempo, now_ns);
			for (unsigned i = 0; i < KINDS; i++)
				trips[i] = tempo_count(&tempo, counts[i].window_ns, now_ns) >
					   counts[i].value;
			assert_true(trips[BOTH] || !(trips[FIRMS] || trips[SYMBOLS]));
			tripped += trips[FIRMS] || trips[SYMBOLS];
		}
	}
	assert_true(tripped > 10000);
}

static bool slicing_refuses(const struct slicing *slicing, const struct limit_value *limit,
	uint32_t qty, uint64_t now_ns)
{
	return slicing_is_open(slicing, limit->window_ns, now_ns) &&
	       slicing_measure(slicing, qty, 0) > limit->value;
}

static void what_either_limit_of_pieces_refuses_both_refuse(void **state)
{
	(void)state;
	uint64_t refused = 0, passed = 0;
	seed = 3;
	for (unsigned pair = 0; pair < PAIRS; pair++) {
		struct slicing slicings[KINDS] = {0};
		struct limit_value walks[KINDS] = {rate_by_chance(), rate_by_chance()};
		for (unsigned i = 0; i < 2; i++) {
			walks[i].value = (int64_t)chance(SLICING_BPS_MAX + 1);
			walks[i].burst = 0;
		}
		walks[BOTH] = both_of(LIMIT_max_slicing, walks[FIRMS], walks[SYMBOLS]);
		uint64_t now_ns = 1000000;
		for (unsigned step = 0; step < STEPS; step++) {
			bool refuses[KINDS];
			uint32_t qty = 1 + (uint32_t)chance(100);
			now_ns += chance(walks[BOTH].window_ns / 4 + 2);
			if (chance(8) == 0)
				for (unsigned i = 0; i < KINDS; i++)
					slicing_refuse(&slicings[i], step + 1, 100 + qty * 3, 0,
						walks[i].window_ns, now_ns);
			for (unsigned i = 0; i < KINDS; i++)
				refuses[i] = slicing_refuses(&slicings[i], &walks[i], qty, now_ns);
			assert_true(refuses[BOTH] || !(refuses[FIRMS] || refuses[SYMBOLS]));
			refused += refuses[FIRMS] || refuses[SYMBOLS];
			passed += !refuses[BOTH];
			for (unsigned i = 0; i < KINDS && !refuses[BOTH]; i++)
				slicing_take(&slicings[i], qty, 0, walks[i].window_ns, now_ns);
		}
	}
	assert_true(refused > 10000 && passed > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_either_rate_refuses_both_refuse),
		cmocka_unit_test(what_either_count_trips_both_trip),
		cmocka_unit_test(what_either_limit_of_pieces_refuses_both_refuse),
	};
	return !!cmocka_run_group_tests_name("property.tightest", tests, NULL, NULL);
}
