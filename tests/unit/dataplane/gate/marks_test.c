/* What is held is valued at the market as it moves.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/marks.h"
#include "tests/support/rig.h"

#define TICK_NS UINT64_C(1000000)

static int open_held(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	struct ouch_out fill = {.type = 'E',
		.ref = sent.ref,
		.qty = order.qty,
		.match = 501,
		.code = 'A',
		.price_e4 = 1630000};
	rig_answer(rig, &fill);
	*state = rig;
	return 0;
}

static int64_t mark_of(struct rig *rig)
{
	struct risk_held held;
	assert_true(risk_held(rig->gate->fold->risk, 0, &held));
	assert_int_equal(held.symbol, RIG_AAPL);
	return held.mark_e4;
}

static void a_long_position_is_worth_the_bid(void **state)
{
	struct rig *rig = *state;
	rig_market(rig, RIG_AAPL, 1600000, 1610000);
	rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(mark_of(rig), 1600000);
	rig_market(rig, RIG_AAPL, 1700000, 1710000);
	rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(mark_of(rig), 1700000);
}

static void a_price_that_stands_writes_nothing(void **state)
{
	struct rig *rig = *state;
	rig_market(rig, RIG_AAPL, 1600000, 1610000);
	rig_poll(rig, 2 * TICK_NS);
	uint64_t turn = rig->gate->fold->turn.turn;
	for (unsigned i = 0; i < 10; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(rig->gate->fold->turn.turn, turn);
}

static void an_empty_side_and_a_stale_market_leave_the_mark(void **state)
{
	struct rig *rig = *state;
	rig_market(rig, RIG_AAPL, 1600000, 1610000);
	rig_poll(rig, 2 * TICK_NS);
	rig_market(rig, RIG_AAPL, 0, 1500000);
	rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(mark_of(rig), 1600000);
	struct top_prices prices = {.bid_e4 = 1500000, .ask_e4 = 1510000, .state = 'T', .stale = 1};
	top_publish(&rig->market->tops[RIG_AAPL], &prices);
	rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(mark_of(rig), 1600000);
	prices = (struct top_prices){.last_e4 = 1550000, .state = 'T'};
	top_publish(&rig->market->tops[RIG_AAPL], &prices);
	rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(mark_of(rig), 1550000);
}

static void a_full_journal_takes_no_mark(void **state)
{
	struct rig *rig = *state;
	int64_t before = mark_of(rig);
	rig_market(rig, RIG_AAPL, 1600000, 1610000);
	rig->gate->is_journal_full = true;
	marks_tick(rig->gate);
	assert_int_equal(mark_of(rig), before);
	rig_poll(rig, 2 * TICK_NS); /* there is room again */
	assert_int_equal(mark_of(rig), 1600000);
}

static void losses_are_the_same_after_a_restart(void **state)
{
	struct rig *rig = *state;
	rig_market(rig, RIG_AAPL, 1600000, 1610000);
	rig_poll(rig, 2 * TICK_NS);
	rig_restart(rig, false);
	assert_int_equal(mark_of(rig), 1600000);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_held, rig_teardown)
	const struct CMUnitTest tests[] = {
		ONE(a_long_position_is_worth_the_bid),
		ONE(a_price_that_stands_writes_nothing),
		ONE(an_empty_side_and_a_stale_market_leave_the_mark),
		ONE(a_full_journal_takes_no_mark),
		ONE(losses_are_the_same_after_a_restart),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.marks", tests, NULL, NULL);
}
