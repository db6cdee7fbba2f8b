/* wall_steps_test.c - the wall clock is stepped while orders come: by a second to a year, ahead and back, as for a leap second, and over
   a restart.  What was judged and what the gate holds is what it would be without: rates, windows and terms are measured by a
   clock that nobody sets.  Each run ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/support/calendar_rig.h"

enum { ORDERS = 120, STEP_AT = 40, RESTART_AT = 80 };
#define SECOND_NS INT64_C(1000000000)
#define DAY_NS    (24 * 3600 * SECOND_NS)

static const struct rig_hooks by_hand = {.wall_ns = read_wall_ns};

/* What became of one order. */
struct verdict_of {
	uint64_t mask;
	int64_t usage, limit;
	uint8_t lane, flags;
};

static void tight(struct limit_row *row, uint32_t account)
{
	/* the longest window of all binds: the firm's is no longer */
	row->limits[LIMIT_max_duplicates].window_ns = (uint64_t)SECOND_NS / 2;
	if (account != RIG_ACCOUNT)
		return;
	row->limits[LIMIT_max_duplicates].value = 2;
	row->limits[LIMIT_order_rate] =
		(struct limit_value){.value = 20, .window_ns = (uint64_t)SECOND_NS, .burst = 5};
}

/* The same orders at the same moments of the clock that nobody sets. */
static void play(uint64_t since_ten_ns, int64_t step_ns, bool is_restarted,
	struct verdict_of verdicts[ORDERS])
{
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS + since_ten_ns;
	memset(verdicts, 0, ORDERS * sizeof verdicts[0]);
	struct rig *rig = rig_open_with(&by_hand, NULL);
	uint64_t random = 7;
	rig_ready(rig);
	rig_limits(rig, tight);
	for (uint32_t i = 0; i < ORDERS; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		uint64_t passes_ns = (random >> 33) % 80 * 1000000;
		struct ouch_in order = rig_order(i + 1);
		struct ouch_in sent;
		struct receipt receipt;
		order.qty = 1 + (uint32_t)(random >> 50) % 3;
		if (i == STEP_AT)
			now_wall_ns += (uint64_t)step_ns;
		if (is_restarted && i == RESTART_AT) {
			rig_restart(rig, true);
			rig_ready(rig);
			rig_limits(rig, tight);
		}
		now_wall_ns += passes_ns;
		rig_poll(rig, passes_ns);
		rig_market(rig, RIG_AAPL, 1630000, 1630200);
		rig_send(rig, 0, &order);
		assert_true(rig_receipt(rig, &receipt) && receipt.client_ref == i + 1);
		verdicts[i].mask = receipt.mask;
		verdicts[i].usage = receipt.usage;
		verdicts[i].limit = receipt.limit;
		verdicts[i].lane = receipt.lane;
		verdicts[i].flags = receipt.flags;
		if (rig_venue_got(rig, &sent))
			rig_accept(rig, &sent);
	}
	rig_close(rig);
}

static void no_step_of_the_wall_clock_changes_a_verdict(void **state)
{
	static const int64_t steps[] = {
		SECOND_NS, 60 * SECOND_NS, 3600 * SECOND_NS, DAY_NS, 365 * DAY_NS};
	static struct verdict_of still[2][ORDERS], stepped[ORDERS];
	uint32_t passed = 0, refused = 0;
	(void)state;
	for (unsigned restarted = 0; restarted < 2; restarted++) {
		play(0, 0, restarted == 1, still[restarted]);
		for (unsigned i = 0; i < 2 * ARRAY_COUNT(steps); i++) {
			int64_t step = steps[i / 2] * (i % 2 == 0 ? 1 : -1);
			play(0, step, restarted == 1, stepped);
			for (uint32_t n = 0; n < ORDERS; n++)
				if (memcmp(&stepped[n], &still[restarted][n], sizeof stepped[n]) !=
					0)
					fail_msg("step %ld ns, order %u: lane %u, expected %u",
						step, n + 1, stepped[n].lane,
						still[restarted][n].lane);
		}
	}
	for (uint32_t n = 0; n < ORDERS; n++) {
		passed += still[0][n].lane == LANE_NONE;
		refused += still[0][n].lane != LANE_NONE;
	}
	assert_true(passed > ORDERS / 4 && refused > ORDERS / 8); /* or nothing is proved */
}

/* The kernel says the last second of the day twice; some slow the clock down instead, which is less. */
static void a_leap_second_changes_no_verdict(void **state)
{
	static struct verdict_of still[ORDERS], stepped[ORDERS];
	const uint64_t before_midnight_ns = 14 * HOUR_NS - (uint64_t)SECOND_NS / 2;
	(void)state;
	play(before_midnight_ns, 0, false, still);
	play(before_midnight_ns, -SECOND_NS, false, stepped);
	assert_memory_equal(still, stepped, sizeof still);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_step_of_the_wall_clock_changes_a_verdict),
		cmocka_unit_test(a_leap_second_changes_no_verdict),
	};
	return !!cmocka_run_group_tests_name("property.wall_steps", tests, NULL, NULL);
}
