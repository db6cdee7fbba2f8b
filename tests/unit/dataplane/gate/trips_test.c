/* A loss beyond its limit latches, once, and stays when the market comes back.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/trips.h"
#include "tests/support/rig.h"

#define TICK_NS UINT64_C(1000000)

/* The account may lose 100.0000, the firm 150.0000. */
static void tight(struct limit_row *row, uint32_t account)
{
	if (row->scope == SCOPE_FIRM)
		row->limits[LIMIT_max_loss].value = 1500000;
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_loss].value = 1000000;
}

/* 100 AAPL are bought at 163.00. */
static int open_held(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	rig_limits(rig, tight);
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

static int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

static void market_at(struct rig *rig, int64_t bid_e4)
{
	rig_market(rig, RIG_AAPL, bid_e4, bid_e4 + 200);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
}

static enum trading_state state_of(struct rig *rig, uint32_t account)
{
	return latches_state(&rig->gate->fold->latches, 0, 0, account, 0, SYMBOL_NONE);
}

static void a_loss_at_its_limit_trips_nothing_and_a_cent_more_latches(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1620000);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	market_at(rig, 1619900);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	assert_int_equal(state_of(rig, RIG_OTHER_ACCOUNT), STATE_ACTIVE);
	const struct latch *latch =
		&rig->gate->fold->latches.rows[stop_index(SCOPE_ACCOUNT, RIG_ACCOUNT)];
	assert_int_equal(latch->writer, STOP_BY_GATE);
	assert_string_equal(latch->reason, "loss 101.00 above 100.00");
}

static void it_stays_when_the_market_comes_back(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1619900);
	market_at(rig, 1640000);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	rig_restart(rig, false);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

static void the_firms_own_limit_latches_the_firm(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1614900);
	assert_int_equal(state_of(rig, RIG_OTHER_ACCOUNT), STATE_REDUCE_ONLY);
}

static void one_loss_trips_once(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1619900);
	uint64_t last = rig->gate->fold->latches.last_number;
	uint64_t turn = rig->gate->fold->turn.turn;
	market_at(rig, 1619900);
	assert_int_equal(rig->gate->fold->turn.turn, turn); /* nothing was written */
	market_at(rig, 1619800);
	assert_int_equal(rig->gate->fold->latches.last_number, last);
}

static void a_trip_is_told_once_and_stands_until_a_person_releases_it(void **state)
{
	struct rig *rig = *state;
	struct gate_page *page = &rig->region->gate;
	uint64_t before = page->trip_count, latch;
	uint32_t standing = page->trips_standing;
	market_at(rig, 1619900);
	assert_int_equal(page->trip_count, before + 1);
	assert_int_equal(page->trips_standing, standing + 1);
	const struct latch_row *row = &page->trips[before % TRIP_EVENT_COUNT];
	assert_int_equal(row->id, RIG_ACCOUNT);
	assert_int_equal(row->state, STATE_REDUCE_ONLY);
	assert_string_equal(row->reason, "loss 101.00 above 100.00");
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_trips), page->trip_count);
	latch = row->latch;
	gate_trip(rig->gate, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY, "again");
	assert_int_equal(page->trip_count, before + 1);
	rig_restart(rig, false);
	assert_int_equal(rig->region->gate.trips_standing, standing + 1);
	struct release_record *release = gate_input(rig->gate, RECORD_RELEASE, sizeof *release);
	release->scope = SCOPE_ACCOUNT;
	release->id = RIG_ACCOUNT;
	release->latch = latch;
	gate_commit(rig->gate, release);
	assert_int_equal(rig->region->gate.trips_standing, standing);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_held, close_rig)
	const struct CMUnitTest tests[] = {
		ONE(a_loss_at_its_limit_trips_nothing_and_a_cent_more_latches),
		ONE(it_stays_when_the_market_comes_back),
		ONE(the_firms_own_limit_latches_the_firm),
		ONE(one_loss_trips_once),
		ONE(a_trip_is_told_once_and_stands_until_a_person_releases_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.trips", tests, NULL, NULL);
}
