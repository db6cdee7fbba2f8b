/* A journal begins with the positions of a file, once; what was traded since and the day's loss outlive a restart.
   Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/roll.h"
#include "dataplane/gate/start.h"
#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

#define TICK_NS UINT64_C(1000000)

static struct position_config held[2];

/* At 163.00 one account has 500 AAPL bought at 150.00, the other is 70 short at 164.00. */
static void site_holds(struct site_config *site)
{
	held[0] = (struct position_config){.account = RIG_ACCOUNT,
		.symbol = RIG_AAPL,
		.shares = 500,
		.cost_e4 = 1500000,
		.price_e4 = 1630000};
	held[1] = (struct position_config){.account = RIG_OTHER_ACCOUNT,
		.symbol = RIG_AAPL,
		.shares = -70,
		.cost_e4 = 1640000,
		.price_e4 = 1630000};
	site->positions = held;
	site->position_count = 2;
}

static int open_held(void **state)
{
	static const struct rig_hooks hooks = {.site = site_holds};
	struct rig *rig = rig_open_with(&hooks, NULL);
	*state = rig;
	return 0;
}

static int close_rig(void **state)
{
	struct rig *rig = *state;
	rig_close(rig);
	return 0;
}

static uint32_t position_records(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		count += record->type == RECORD_POSITION;
		at += record->size_bytes;
	}
	return count;
}

/* The account may lose 100.0000. */
static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_loss].value = 1000000;
}

static void market_at(struct rig *rig, int64_t bid_e4)
{
	rig_market(rig, RIG_AAPL, bid_e4, bid_e4 + 200);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
}

static void the_day_begins_with_what_is_held_and_nothing_lost(void **state)
{
	struct rig *rig = *state;
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 500);
	assert_int_equal(row.start_shares, 500);
	assert_int_equal(row.start_cost_e4, 1500000);
	assert_int_equal(row.start_price_e4, 1630000);
	assert_int_equal(row.mark_e4, 1630000);
	assert_int_equal(row.bought_qty, 0);
	assert_int_equal(row.bought_value_e4, 0);
	assert_int_equal(row.pnl_e4, 0);
	row = rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, -70);
	assert_int_equal(row.sold_qty, 0);
	assert_int_equal(row.sold_value_e4, 0);
	row = rig_position(rig, 0, RIG_AAPL);
	assert_int_equal(row.position, 430);
	assert_int_equal(row.start_shares, 430);
	assert_int_equal(row.bought_qty, 0);
	assert_int_equal(row.sold_qty, 0);
	assert_int_equal(position_records(rig), 2);
}

static void what_is_held_may_be_sold_and_counts_as_exposure(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	struct risk_held row;
	assert_true(risk_held(rig->gate->fold->risk, 0, &row));
	assert_int_equal(row.shares, 500);
	struct ouch_in order = rig_order(1);
	order.side = 'S';
	order.qty = 500;
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 500, 1630000);
	struct position_row after = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(after.position, 0);
	assert_int_equal(after.sold_qty, 500);
	assert_int_equal(after.sold_value_e4, 500 * INT64_C(1630000));
	assert_int_equal(after.start_shares, 500);
	assert_int_equal(after.pnl_e4, 0);
}

static void a_restart_does_not_read_the_file_twice(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 100, 1630000);
	for (unsigned i = 0; i < 3; i++) {
		held[0].shares = 9999; /* whatever stands there now */
		rig_restart(rig, i == 1);
		struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
		assert_int_equal(row.position, 600);
		assert_int_equal(row.start_shares, 500);
		assert_int_equal(row.bought_qty, 100);
		assert_int_equal(position_records(rig), 2);
	}
}

/* A boot that died between two rows left the first; the next writes the second. */
static void a_start_that_died_between_two_rows_is_gone_on_with(void **state)
{
	struct rig *rig = *state;
	uint64_t at = 0;
	for (uint32_t seen = 0; seen < 1;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		seen += record->type == RECORD_POSITION;
	}
	rig->record_bytes = at;
	rig_restart(rig, false);
	assert_int_equal(position_records(rig), 2);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 500);
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, -70);
	assert_int_equal(rig->gate->fold->positions_taken, 2);
}

static void a_row_that_is_out_of_turn_or_of_nobody_is_not_taken(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct {
		struct record record;
		struct position_record position;
	} space = {.record = {.type = RECORD_POSITION, .body_bytes = sizeof space.position},
		.position = {.account = RIG_ACCOUNT, .symbol = RIG_AAPL, .place = 1, .shares = 1}};
	uint64_t before[2], after[2];
	fold_hash(fold, before);
	fold_apply(fold, &space.record);
	space.position.place = 2;
	space.position.account = ACCOUNT_COUNT_MAX;
	fold_apply(fold, &space.record);
	space.position.account = RIG_ACCOUNT;
	space.position.symbol = rig->site.symbol_count;
	fold_apply(fold, &space.record);
	fold_hash(fold, after);
	assert_memory_equal(before, after, sizeof before);
}

/* Lost overnight or yesterday is not lost today; what is lost since the day began is, whatever restarts. */
static void the_days_loss_is_counted_from_the_price_of_the_file_across_restarts(void **state)
{
	struct rig *rig = *state;
	struct risk_loss loss;
	rig_ready(rig);
	rig_limits(rig, tight);
	market_at(rig, 1628100);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).pnl_e4, -500 * 1900);
	assert_false(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
	rig_restart(rig, false);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).pnl_e4, -500 * 1900);
	rig_client_up(rig, 0);
	market_at(rig, 1627900);
	assert_true(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
	assert_int_equal(loss.used_e4, 500 * 2100);
	rig_restart(rig, false);
	assert_true(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
	assert_int_equal(loss.used_e4, 500 * 2100);
	assert_int_equal(
		latches_state(&rig->gate->fold->latches, 0, 0, RIG_ACCOUNT, 0, SYMBOL_NONE),
		STATE_REDUCE_ONLY);
}

/* The best of the day is an anchor too: what a drawdown falls from. */
static void the_best_of_the_day_survives_a_restart(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	market_at(rig, 1640000);
	int64_t best_e4 = rig->gate->fold->risk->accounts[RIG_ACCOUNT].money.peak_e4;
	assert_int_equal(best_e4, 500 * 10000);
	market_at(rig, 1635000);
	rig_restart(rig, false);
	assert_int_equal(rig->gate->fold->risk->accounts[RIG_ACCOUNT].money.peak_e4, best_e4);
}

static void another_day(struct rig *rig)
{
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		rig->gate->is_turn_open = false;
		roll_write(rig->gate, change, 1000, "by hand", rig->gate->fold->midnight_wall_ns);
		rig_poll(rig, 2 * TICK_NS);
		rig_poll(rig, 2 * TICK_NS);
	}
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
}

static void the_next_day_counts_from_its_closing_marks_whatever_the_file_said(void **state)
{
	struct rig *rig = *state;
	struct risk_loss loss;
	rig_ready(rig);
	rig_limits(rig, tight);
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 100, 1630000);
	market_at(rig, 1628000);
	assert_true(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
	another_day(rig);
	for (unsigned i = 0; i < 3; i++) {
		struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
		assert_int_equal(row.start_shares, 600);
		assert_int_equal(row.start_price_e4, row.mark_e4);
		assert_int_equal(row.start_cost_e4, 0);
		assert_int_equal(row.bought_qty, 0);
		assert_int_equal(row.pnl_e4, 0);
		assert_int_equal(position_records(rig), 2);
		row = rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL);
		assert_int_equal(row.start_shares, -70);
		assert_int_equal(row.pnl_e4, 0);
		assert_false(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
		rig_restart(rig, i == 1);
	}
	/* Released, it is halved again when the new day has lost as much by itself. */
	struct release_record release = {.scope = SCOPE_ACCOUNT, .id = RIG_ACCOUNT, .uid = 1000};
	release.latch =
		rig->gate->fold->latches.rows[stop_index(SCOPE_ACCOUNT, RIG_ACCOUNT)].number;
	rig_ask(rig, &(struct mailbox_request){.kind = REQUEST_RELEASE, .release = release});
	assert_int_equal(
		latches_state(&rig->gate->fold->latches, 0, 0, RIG_ACCOUNT, 0, SYMBOL_NONE),
		STATE_ACTIVE);
	market_at(rig, 1626000);
	assert_true(risk_loss(rig->gate->fold->risk, RIG_ACCOUNT, &loss));
	assert_int_equal(loss.used_e4, 600 * 2000);
	assert_int_equal(
		latches_state(&rig->gate->fold->latches, 0, 0, RIG_ACCOUNT, 0, SYMBOL_NONE),
		STATE_REDUCE_ONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_day_begins_with_what_is_held_and_nothing_lost, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			what_is_held_may_be_sold_and_counts_as_exposure, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			a_restart_does_not_read_the_file_twice, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			a_start_that_died_between_two_rows_is_gone_on_with, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			a_row_that_is_out_of_turn_or_of_nobody_is_not_taken, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			the_days_loss_is_counted_from_the_price_of_the_file_across_restarts,
			open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			the_best_of_the_day_survives_a_restart, open_held, close_rig),
		cmocka_unit_test_setup_teardown(
			the_next_day_counts_from_its_closing_marks_whatever_the_file_said,
			open_held, close_rig),
	};
	return !!cmocka_run_group_tests_name("gate.start", tests, NULL, NULL);
}
