/* Executions: counted once, taken back, corrected, and those of nobody.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static struct position_row position(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static void say(struct rig *rig, uint8_t type, uint32_t ref, uint32_t qty, uint64_t match)
{
	struct ouch_out out = {
		.type = type, .ref = ref, .qty = qty, .match = match, .price_e4 = 1630000};
	out.code = type == 'E' ? 'A' : 'E';
	rig_answer(rig, &out);
}

static void nothing_told(struct rig *rig)
{
	struct ouch_out told;
	assert_false(rig_client_got(rig, 0, &told));
}

static struct ouch_out told(struct rig *rig, uint8_t type)
{
	struct ouch_out out;
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.type, type);
	return out;
}

static void an_execution_told_twice_counts_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', first.ref, 40, 501);
	told(rig, 'E');
	say(rig, 'E', first.ref, 40, 501);
	nothing_told(rig);
	assert_int_equal(position(rig).position, 40);
	assert_int_equal(position(rig).working_buy_qty, 60);
	/* Also after the order is gone, and after a restart. */
	say(rig, 'E', first.ref, 60, 502);
	told(rig, 'E');
	say(rig, 'E', first.ref, 60, 502);
	rig_restart(rig, false);
	rig_venue_up(rig);
	say(rig, 'E', first.ref, 40, 501);
	rig_client_up(rig, 0);
	nothing_told(rig);
	assert_int_equal(position(rig).position, 100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 3); /* before the restart, too */
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 0);
}

static void both_sides_of_one_trade_may_be_ours(void **state)
{
	struct rig *rig = *state;
	struct ouch_in buy = rig_order(1), sell = rig_order(2);
	sell.side = 'S';
	sell.price_e4 += 100; /* where they do not meet, so that the gate lets both pass */
	struct ouch_in bought = rig_pass_and_accept(rig, 0, &buy);
	struct ouch_in sold = rig_pass_and_accept(rig, 0, &sell);
	say(rig, 'E', bought.ref, 100, 501);
	say(rig, 'E', sold.ref, 100, 501);
	assert_int_equal(position(rig).bought_qty, 100);
	assert_int_equal(position(rig).sold_qty, 100);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 0);
}

static void executions_without_a_match_number_all_count(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', first.ref, 10, 0);
	say(rig, 'E', first.ref, 10, 0);
	assert_int_equal(position(rig).position, 20);
}

static void a_broken_trade_gives_position_and_cash_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', first.ref, 40, 501);
	say(rig, 'E', first.ref, 10, 502);
	told(rig, 'E');
	told(rig, 'E');
	say(rig, 'B', first.ref, 0, 501);
	struct ouch_out out = told(rig, 'B');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.match, 501);
	assert_int_equal(out.code, 'E');
	assert_memory_equal(out.clordid, order.clordid, sizeof out.clordid);
	assert_int_equal(position(rig).position, 10);
	assert_int_equal(position(rig).bought_qty, 10);
	assert_int_equal(position(rig).bought_value_e4, 10 * 1630000);
	/* Its shares do not come back to the order. */
	assert_int_equal(position(rig).working_buy_qty, 50);
	/* Told again it changes nothing. */
	say(rig, 'B', first.ref, 0, 501);
	nothing_told(rig);
	assert_int_equal(position(rig).position, 10);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 1);
	assert_int_equal(metric(rig, METRIC_gate_fills_broken), 1);
	/* Nor is it an execution again, or corrected. */
	say(rig, 'E', first.ref, 40, 501);
	say(rig, 'F', first.ref, 40, 501);
	nothing_told(rig);
	assert_int_equal(position(rig).position, 10);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 2);
	assert_int_equal(metric(rig, METRIC_gate_venue_unknown), 1);
}

static void a_trade_of_a_finished_order_is_broken_the_same(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	order.side = 'S';
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', first.ref, 100, 501);
	told(rig, 'E');
	assert_int_equal(position(rig).position, -100);
	rig_restart(rig, true);
	rig_venue_up(rig);
	say(rig, 'B', first.ref, 0, 501);
	assert_int_equal(position(rig).position, 0);
	assert_int_equal(position(rig).sold_value_e4, 0);
	rig_client_up(rig, 0);
	struct ouch_out out = told(rig, 'B');
	assert_int_equal(out.ref, 1);
}

static void a_corrected_trade_counts_at_its_new_price(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', first.ref, 40, 501);
	told(rig, 'E');
	struct ouch_out fix = {.type = 'F', .ref = first.ref, .qty = 40, .match = 501, .code = 'N'};
	fix.price_e4 = 1625000;
	rig_answer(rig, &fix);
	struct ouch_out out = told(rig, 'F');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.price_e4, 1625000);
	assert_int_equal(position(rig).position, 40);
	assert_int_equal(position(rig).bought_value_e4, 40 * 1625000);
	assert_int_equal(position(rig).working_buy_qty, 60);
	assert_int_equal(position(rig).working_buy_value_e4, 60 * 1630000);
	assert_int_equal(metric(rig, METRIC_gate_fills_corrected), 1);
	/* What is broken now is what was corrected. */
	say(rig, 'B', first.ref, 0, 501);
	assert_int_equal(position(rig).bought_value_e4, 0);
	assert_int_equal(position(rig).position, 0);
}

static void a_fill_after_the_last_word_of_its_order_is_counted_and_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), stop = rig_cancel(1, 0);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_pass(rig, 0, &stop);
	rig_cancelled(rig, first.ref, 100, 'U');
	told(rig, 'C');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	say(rig, 'E', first.ref, 30, 501);
	struct ouch_out out = told(rig, 'E');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.qty, 30);
	assert_int_equal(position(rig).position, 30);
	assert_int_equal(position(rig).working_buy_qty, 0);
	assert_int_equal(position(rig).working_buy_value_e4, 0);
	assert_int_equal(metric(rig, METRIC_gate_fills_late), 1);
	say(rig, 'E', first.ref, 30, 501);
	nothing_told(rig);
	say(rig, 'B', first.ref, 0, 501);
	told(rig, 'B');
	assert_int_equal(position(rig).position, 0);
}

static void a_fill_crossing_a_cancel_leaves_what_both_left(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), stop = rig_cancel(1, 0);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_pass(rig, 0, &stop);
	say(rig, 'E', first.ref, 30, 501);
	assert_int_equal(position(rig).working_buy_qty, 70);
	rig_cancelled(rig, first.ref, 70, 'U');
	assert_int_equal(position(rig).position, 30);
	assert_int_equal(position(rig).working_buy_qty, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(metric(rig, METRIC_gate_venue_unknown), 0);
}

static void nobody_halts(struct rig *rig, uint8_t type)
{
	struct ouch_in order = rig_order(1), more = rig_order(2), stop = rig_cancel(1, 0);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	say(rig, type, 4000, 30, 900);
	nothing_told(rig);
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 1);
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_HALTED);
	/* The way out stays open. */
	assert_int_equal(rig_pass(rig, 0, &stop).type, 'X');
	rig_cancelled(rig, first.ref, 100, 'U');
	/* It survives a restart, and a person releases it. */
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig->clients[0].count = 0;
	more = rig_order(3);
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_HALTED);
	struct mailbox_request request = {.kind = REQUEST_STOPS};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	const struct latch_row *row = (const struct latch_row *)answer->rows[0];
	assert_int_equal(answer->row_count, 1);
	assert_int_equal(row->scope, SCOPE_VENUE);
	assert_int_equal(row->writer, STOP_BY_GATE);
	assert_non_null(strstr(row->reason, "do not have"));
	request = (struct mailbox_request){.kind = REQUEST_RELEASE};
	request.release = (struct release_record){.scope = SCOPE_VENUE, .latch = row->latch};
	assert_int_equal(rig_ask(rig, &request)->code, 0);
	more = rig_order(4);
	rig_pass(rig, 0, &more);
}

static void an_execution_of_nobody_halts_the_venue(void **state)
{
	nobody_halts(*state, 'E');
}

static void a_break_of_nobody_halts_the_venue(void **state)
{
	nobody_halts(*state, 'B');
}

static void a_correction_of_nobody_halts_the_venue(void **state)
{
	nobody_halts(*state, 'F');
}

/* Three executions of a strategy, and eight of the gate, in a second. */
static void paced(struct limit_row *row, uint32_t account)
{
	(void)account;
	row->limits[LIMIT_max_fills].value = 3;
	row->limits[LIMIT_max_fill_rate].value = 8;
}

/* The number of an order that is executed under these. */
static uint32_t pass_paced(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	rig_limits(rig, paced);
	return rig_pass_and_accept(rig, 0, &order).ref;
}

static void fills(struct rig *rig, uint32_t ref, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		say(rig, 'E', ref, 1, first + i);
}

static enum trading_state strategy_state(const struct rig *rig, uint32_t strategy)
{
	return (enum trading_state)
		rig->gate->fold->latches.states[stop_index(SCOPE_STRATEGY, strategy)];
}

static void a_strategy_executed_once_too_often_is_halted_until_a_person_has_looked(void **state)
{
	struct rig *rig = *state;
	uint32_t ref = pass_paced(rig);
	fills(rig, ref, 501, 3);
	assert_int_equal(strategy_state(rig, RIG_STRATEGY), STATE_ACTIVE);
	say(rig, 'E', ref, 1, 503); /* told again: it counts once */
	assert_int_equal(strategy_state(rig, RIG_STRATEGY), STATE_ACTIVE);
	fills(rig, ref, 504, 1);
	assert_int_equal(strategy_state(rig, RIG_STRATEGY), STATE_HALTED);
	const struct latch *latch =
		&rig->gate->fold->latches.rows[stop_index(SCOPE_STRATEGY, RIG_STRATEGY)];
	assert_int_equal(latch->writer, STOP_BY_GATE);
	assert_string_equal(latch->reason, "executed more often than max_fills");
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
	/* Neither time nor a restart releases it. */
	rig_poll(rig, 10 * UINT64_C(1000000000));
	rig_restart(rig, false);
	assert_int_equal(strategy_state(rig, RIG_STRATEGY), STATE_HALTED);
}

/* The newest TRIP of the journal; false: there is none. */
static bool trip_of(const struct rig *rig, struct stop_record *trip, unsigned *count)
{
	*count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		if (record->type == RECORD_TRIP) {
			memcpy(trip, record_body(record), sizeof *trip);
			++*count;
		}
		at += record->size_bytes;
	}
	return *count > 0;
}

/* Who reads the journal learns of it, once, whatever comes after. */
static void a_trip_of_the_fold_is_in_the_journal_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct stop_record trip = {0};
	unsigned count;
	rig_limits(rig, paced);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	fills(rig, sent.ref, 501, 3);
	assert_false(trip_of(rig, &trip, &count));
	fills(rig, sent.ref, 504, 3);
	assert_true(trip_of(rig, &trip, &count));
	assert_int_equal(count, 1);
	assert_int_equal(trip.scope, SCOPE_STRATEGY);
	assert_int_equal(trip.id, RIG_STRATEGY);
	assert_int_equal(trip.state, STATE_HALTED);
	assert_int_equal(trip.writer, STOP_BY_GATE);
	assert_string_equal(trip.reason, "executed more often than max_fills");
	fills(rig, sent.ref, 507, 3);
	assert_true(trip_of(rig, &trip, &count));
	assert_int_equal(count, 2);
	assert_int_equal(trip.scope, SCOPE_FIRM);
}

static void a_window_later_as_many_executions_trip_nothing(void **state)
{
	struct rig *rig = *state;
	uint32_t ref = pass_paced(rig);
	fills(rig, ref, 501, 3);
	rig_poll(rig, UINT64_C(1000000000));
	fills(rig, ref, 504, 3);
	assert_int_equal(strategy_state(rig, RIG_STRATEGY), STATE_ACTIVE);
}

static void the_gate_executed_once_too_often_halts_the_firm(void **state)
{
	struct rig *rig = *state;
	uint32_t ref = pass_paced(rig);
	fills(rig, ref, 501, 8);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
	fills(rig, ref, 509, 1);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
	assert_string_equal(
		rig->gate->fold->latches.rows[0].reason, "executed more often than max_fill_rate");
}

/* Two executions of the account worse than by 50 bps in a second, and three of the firm. */
static void guarded(struct limit_row *row, uint32_t account)
{
	row->limits[LIMIT_max_slippage].value = 50;
	row->limits[LIMIT_max_slips].value = account != 0 ? 2 : 3;
}

static uint32_t pass_guarded(struct rig *rig, unsigned client)
{
	struct ouch_in order = rig_order(1);
	return rig_pass_and_accept(rig, client, &order).ref;
}

static void executed_at(struct rig *rig, uint32_t ref, uint64_t price_e4, uint64_t match)
{
	struct ouch_out out = {.type = 'E', .ref = ref, .qty = 1, .match = match, .code = 'A'};
	out.price_e4 = price_e4;
	rig_answer(rig, &out);
}

static enum trading_state account_state(const struct rig *rig, uint32_t account)
{
	return (enum trading_state)
		rig->gate->fold->latches.states[stop_index(SCOPE_ACCOUNT, account)];
}

/* The order was judged by the bid of 163.00, whatever the market is when it is executed. */
static void an_account_that_slips_once_too_often_may_only_reduce(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, guarded);
	uint32_t ref = pass_guarded(rig, 0);
	rig_market(rig, RIG_AAPL, 1700000, 1700200);
	executed_at(rig, ref, 1638150, 501); /* 50 bps exactly */
	executed_at(rig, ref, 1638151, 502);
	executed_at(rig, ref, 1638151, 503);
	executed_at(rig, ref, 1638151, 503); /* told again: it counts once */
	assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_ACTIVE);
	executed_at(rig, ref, 1638151, 504);
	assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	const struct latch *latch =
		&rig->gate->fold->latches.rows[stop_index(SCOPE_ACCOUNT, RIG_ACCOUNT)];
	assert_int_equal(latch->writer, STOP_BY_GATE);
	assert_string_equal(latch->reason, "executed worse than max_slippage too often");
	assert_int_equal(account_state(rig, RIG_OTHER_ACCOUNT), STATE_ACTIVE);
	struct stop_record trip = {0};
	unsigned count;
	assert_true(trip_of(rig, &trip, &count));
	assert_int_equal(count, 1);
	assert_int_equal(trip.state, STATE_REDUCE_ONLY);
	/* Neither time nor a restart releases it. */
	rig_poll(rig, 10 * UINT64_C(1000000000));
	rig_restart(rig, false);
	assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

static void the_firm_whose_accounts_slip_once_too_often_may_only_reduce(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, guarded);
	uint32_t own = pass_guarded(rig, 0), other = pass_guarded(rig, 1);
	for (unsigned i = 0; i < 2; i++) {
		executed_at(rig, own, 1638151, 501 + i);
		assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
		executed_at(rig, other, 1638151, 503 + i);
	}
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_REDUCE_ONLY);
	assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_ACTIVE);
	assert_int_equal(account_state(rig, RIG_OTHER_ACCOUNT), STATE_ACTIVE);
}

/* After the last word of its order nobody knows what it was judged by. */
static void a_fill_of_a_finished_order_slips(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, guarded);
	uint32_t ref = pass_guarded(rig, 0);
	say(rig, 'C', ref, 100, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_ACTIVE);
		say(rig, 'E', ref, 1, 501 + i);
	}
	assert_int_equal(account_state(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TRADE_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		TRADE_TEST(an_execution_told_twice_counts_once),
		TRADE_TEST(both_sides_of_one_trade_may_be_ours),
		TRADE_TEST(executions_without_a_match_number_all_count),
		TRADE_TEST(a_broken_trade_gives_position_and_cash_back),
		TRADE_TEST(a_trade_of_a_finished_order_is_broken_the_same),
		TRADE_TEST(a_corrected_trade_counts_at_its_new_price),
		TRADE_TEST(a_fill_after_the_last_word_of_its_order_is_counted_and_told),
		TRADE_TEST(a_fill_crossing_a_cancel_leaves_what_both_left),
		TRADE_TEST(an_execution_of_nobody_halts_the_venue),
		TRADE_TEST(a_break_of_nobody_halts_the_venue),
		TRADE_TEST(a_correction_of_nobody_halts_the_venue),
		TRADE_TEST(a_strategy_executed_once_too_often_is_halted_until_a_person_has_looked),
		TRADE_TEST(a_trip_of_the_fold_is_in_the_journal_once),
		TRADE_TEST(a_window_later_as_many_executions_trip_nothing),
		TRADE_TEST(the_gate_executed_once_too_often_halts_the_firm),
		TRADE_TEST(an_account_that_slips_once_too_often_may_only_reduce),
		TRADE_TEST(the_firm_whose_accounts_slip_once_too_often_may_only_reduce),
		TRADE_TEST(a_fill_of_a_finished_order_slips),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.trade", tests, NULL, NULL);
}
