/* A day of the gate ends, is closed, and another begins.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/roll.h"
#include "tests/support/rig.h"

static bool day(struct rig *rig, enum day_change change)
{
	uint64_t midnight_ns = rig->gate->fold->midnight_wall_ns;
	rig->gate->is_turn_open = false;
	bool is_written = roll_write(rig->gate, change, 1000, "by hand",
		midnight_ns + (change == DAY_BEGINS ? UINT64_C(86400000000000) : 0));
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000); /* the tick after the sweep */
	return is_written;
}

/* The client of yesterday knows nothing of today's session. */
static void client_comes_back(struct rig *rig, uint32_t client)
{
	rig->clients[client].sequence = 0;
	rig->clients[client].count = 0;
	rig_client_up(rig, client);
	rig_poll(rig, 1000);
	assert_true(rig->clients[client].is_up);
}

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

static void a_day_that_ends_refuses_what_is_new_and_cancels_what_works(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), other = rig_order(2), cancel;
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	assert_true(day(rig, DAY_ENDS));
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, at_venue.ref);
	assert_int_equal(rig_refuse(rig, 0, &other), LANE_HALTED);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(working(rig), 0);
}

static void what_does_not_follow_is_not_written(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order); /* without it the day closes by itself */
	assert_false(day(rig, DAY_CLOSES));
	assert_false(day(rig, DAY_BEGINS));
	assert_true(day(rig, DAY_ENDS));
	assert_false(day(rig, DAY_ENDS));
	assert_false(day(rig, DAY_BEGINS));
	assert_true(day(rig, DAY_CLOSES));
	assert_false(day(rig, DAY_CLOSES));
	assert_true(day(rig, DAY_BEGINS));
}

/* No gate writes such a record; who made it up changes nothing. */
static void a_record_that_does_not_follow_changes_nothing(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct {
		struct record record;
		struct day_record day;
	} space = {.record = {.type = RECORD_DAY, .body_bytes = sizeof space.day}};
	uint64_t before[2], after[2];
	fold_hash(fold, before);
	for (unsigned change = 0; change <= UINT8_MAX; change++) {
		space.day.change = (uint8_t)change;
		if (change != DAY_ENDS)
			fold_apply(fold, &space.record);
	}
	fold_hash(fold, after);
	assert_memory_equal(before, after, sizeof before);
}

static void the_next_day_has_another_session_and_numbers_from_one(void **state)
{
	struct rig *rig = *state;
	char before[10];
	struct ouch_in order = rig_order(7), first = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &at_venue, 100, 1630000);
	memcpy(before, rig->gate->soup_session, sizeof before);
	day(rig, DAY_ENDS);
	day(rig, DAY_CLOSES);
	assert_false(rig->gate->fold->clients[1].is_up);
	day(rig, DAY_BEGINS);
	assert_memory_not_equal(rig->gate->soup_session, before, sizeof before);
	client_comes_back(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in again = rig_pass(rig, 0, &first);
	assert_true(again.ref > at_venue.ref); /* to the venue numbers go on */
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 100);
}

static void an_order_dies_with_its_venues_session_and_its_client_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), message;
	struct ouch_out told;
	rig_pass_and_accept(rig, 0, &order);
	day(rig, DAY_ENDS);
	assert_true(rig_venue_got(rig, &message));
	rig_venue_day(rig, "DAY2");
	rig_poll(rig, 3000000000);
	assert_int_equal(working(rig), 100); /* not before the day is closed */
	rig->clients[0].count = 0;
	day(rig, DAY_CLOSES);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.code, 'E');
	assert_int_equal(told.qty, 100);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void an_order_at_a_venue_that_stays_on_the_old_session_goes_on_as_exposure(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), first = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	day(rig, DAY_ENDS);
	day(rig, DAY_CLOSES);
	day(rig, DAY_BEGINS);
	assert_int_equal(working(rig), 100);
	assert_int_equal(rig->gate->fold->day.kept_count, 1);
	client_comes_back(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	first.price_e4 -= 100;
	rig->venue.count = 0;
	rig_pass(rig, 0, &first); /* the same number, another order */
	assert_int_equal(working(rig), 200);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(working(rig), 100);
}

static void a_restart_in_every_phase_comes_to_the_same_day(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		assert_true(day(rig, change));
		uint32_t phase = rig->gate->fold->day.phase;
		rig_restart(rig, true);
		assert_int_equal(rig->gate->fold->day.phase, phase);
		assert_int_equal(working(rig), 100);
	}
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static int64_t pnl_e4(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).pnl_e4;
}

/* What an account, or the firm, uses of its credit. */
static int64_t credit_e4(const struct rig *rig, uint32_t account)
{
	struct usage_row rows[64];
	uint32_t count;
	uint64_t cursor = 0;
	do {
		cursor = risk_usage(
			rig->gate->fold->risk, account, rig->now_ns, cursor, rows, 64, &count);
		for (uint32_t i = 0; i < count; i++)
			if (rows[i].lane == LANE_CREDIT)
				return rows[i].usage;
	} while (cursor != 0);
	return INT64_MIN;
}

/* Credit counts what was executed since the day began: what was bought yesterday is not in it, and takes nothing out of it. */
static void a_trade_of_yesterday_that_breaks_or_is_corrected_frees_no_credit_of_today(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_order(1);
	struct ouch_out again = {.type = 'E', .code = 'R', .match = 501, .qty = 60};
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	again.ref = at_venue.ref;
	again.price_e4 = 1630000;
	rig_answer(rig, &again);
	again.match = 502;
	again.qty = 40;
	rig_answer(rig, &again);
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 100ll * 1630000);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		day(rig, change);
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 0);
	client_comes_back(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in today = rig_pass_and_accept(rig, 0, &more);
	rig_answer(rig, &(struct ouch_out){.type = 'E',
				.code = 'R',
				.match = 503,
				.qty = 30,
				.price_e4 = 1630000,
				.ref = today.ref});
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 100ll * 1630000);
	rig_answer(rig, &(struct ouch_out){.type = 'B', .ref = at_venue.ref, .match = 501});
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 100ll * 1630000);
	assert_int_equal(credit_e4(rig, 0), 100ll * 1630000);
	rig_answer(rig, &(struct ouch_out){.type = 'F',
				.ref = at_venue.ref,
				.match = 502,
				.qty = 40,
				.price_e4 = 1600000});
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 100ll * 1630000);
	rig_answer(rig, &(struct ouch_out){.type = 'B', .ref = today.ref, .match = 503});
	assert_int_equal(credit_e4(rig, RIG_ACCOUNT), 70ll * 1630000);
	assert_int_equal(credit_e4(rig, 0), 70ll * 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 40);
}

static void what_was_won_counts_from_the_day_on_and_a_trade_that_breaks_takes_it_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &at_venue, 100, 1630000);
	rig_market(rig, RIG_AAPL, 1640000, 1640200);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
	int64_t won_e4 = pnl_e4(rig);
	assert_int_equal(won_e4, 100 * 10000);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		day(rig, change);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(pnl_e4(rig), 0);
	rig_restart(rig, false);
	rig_venue_up(rig);
	assert_int_equal(pnl_e4(rig), 0);
	struct ouch_out broken = {.type = 'B', .ref = at_venue.ref, .match = 1, .code = 'E'};
	struct trade_record trade = {.match = 0};
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		if (record->type == RECORD_TRADE)
			memcpy(&trade, record_body(record), sizeof trade);
		at += record->size_bytes;
	}
	broken.match = trade.match;
	rig_answer(rig, &broken);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).bought_qty, -100);
	assert_int_equal(pnl_e4(rig), -won_e4);
}

static void a_latch_outlives_the_day(void **state)
{
	struct rig *rig = *state;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		day(rig, change);
	client_comes_back(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in first = rig_order(1);
	assert_int_equal(rig_refuse(rig, 0, &first), LANE_REDUCE_ONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_day_that_ends_refuses_what_is_new_and_cancels_what_works, rig_setup,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			what_does_not_follow_is_not_written, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_record_that_does_not_follow_changes_nothing, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			the_next_day_has_another_session_and_numbers_from_one, rig_setup,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			an_order_dies_with_its_venues_session_and_its_client_is_told, rig_setup,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			an_order_at_a_venue_that_stays_on_the_old_session_goes_on_as_exposure,
			rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_restart_in_every_phase_comes_to_the_same_day, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_trade_of_yesterday_that_breaks_or_is_corrected_frees_no_credit_of_today,
			rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
			what_was_won_counts_from_the_day_on_and_a_trade_that_breaks_takes_it_back,
			rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_latch_outlives_the_day, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
