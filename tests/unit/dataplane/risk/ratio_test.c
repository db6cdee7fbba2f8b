#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/usage.h"

enum { SECOND = 1000000000 };

/* Account 7 may send four messages, then two for each execution; the firm six, then three. */
static int open_counted(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	desk_state(&desk.rows[DESK_FIRM], LIMIT_order_to_trade, 3, 0, 6);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 2, 0, 4);
	desk_adopt(&desk);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

/* No duplicate of the one before. */
static void pass(struct desk *desk)
{
	desk->order.qty = ++desk->order.open_qty;
	desk_pass(desk);
}

static void as_account_8(struct desk *desk)
{
	desk->order.session = 2;
	desk->order.account = 8;
	desk->order.strategy = 80;
}

static void refused(struct desk *desk, int64_t usage, int64_t limit, enum scope owner)
{
	desk->order.qty = ++desk->order.open_qty;
	desk_expect(desk, LANE_ORDER_TO_TRADE);
	assert_int_equal(desk->verdict.usage, usage);
	assert_int_equal(desk->verdict.limit, limit);
	assert_int_equal(desk->verdict.owner_scope, owner);
}

static void executed(struct desk *desk, uint16_t account, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		risk_executed(desk->risk, &desk->turn, account, 0);
}

static void an_account_sends_as_many_as_are_free_and_not_one_more(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
	refused(desk, 5, 4, SCOPE_ACCOUNT);
	as_account_8(desk);
	pass(desk);
}

static void the_firm_sends_as_many_as_are_free_whoever_sends(void **state)
{
	struct desk *desk = *state;
	pass(desk);
	as_account_8(desk);
	for (unsigned i = 0; i < 5; i++)
		pass(desk);
	refused(desk, 7, 6, SCOPE_FIRM);
}

static void executions_earn_messages_once_they_are_more_than_are_free(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, 2); /* 4 for the account: as many as are free */
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
	refused(desk, 5, 4, SCOPE_ACCOUNT);
	executed(desk, 7, 1);
	pass(desk);
	pass(desk);
	refused(desk, 7, 6, SCOPE_ACCOUNT);
}

static void what_others_execute_earns_for_the_firm_alone(void **state)
{
	struct desk *desk = *state;
	executed(desk, 8, 100);
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
	refused(desk, 5, 4, SCOPE_ACCOUNT);
}

/* Three executions are nine messages of the firm's, whoever sends them. */
static void what_anybody_executes_earns_for_the_firm(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, 3);
	for (unsigned i = 0; i < 3; i++)
		pass(desk);
	as_account_8(desk);
	for (unsigned i = 0; i < 6; i++)
		pass(desk);
	refused(desk, 10, 9, SCOPE_FIRM);
}

static void a_cancel_counts_and_passes(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 10; i++) {
		assert_true(i >= 5 || risk_cancel_take(desk->risk, &desk->turn, 1));
		risk_cancelled(desk->risk, &desk->turn, 7);
	}
	refused(desk, 11, 4, SCOPE_ACCOUNT);
}

static void a_way_out_passes_and_counts(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 1000);
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
	refused(desk, 5, 4, SCOPE_ACCOUNT);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	pass(desk);
	assert_true(desk->verdict.is_way_out);
	desk->order.side = SIDE_BUY;
	desk->order.price_e4 = 100000;
	refused(desk, 6, 4, SCOPE_ACCOUNT);
}

static void a_refused_order_is_no_message(void **state)
{
	struct desk *desk = *state;
	desk->order.has_trader = 0;
	for (unsigned i = 0; i < 10; i++)
		desk_expect(desk, LANE_UNKNOWN_TRADER);
	desk->order.has_trader = 1;
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
}

static void what_nobody_states_is_refused_by_name_whatever_was_executed(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, 100);
	desk_unstate(desk, LIMIT_order_to_trade);
	refused(desk, 1, INT64_MIN, SCOPE_COUNT);
	executed(desk, 7, 1);
	refused(desk, 1, INT64_MIN, SCOPE_COUNT);
}

static void a_new_epoch_forgets_no_message_and_no_execution(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, 3);
	pass(desk);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 1, 0, 1);
	desk_adopt(desk);
	pass(desk);
	pass(desk);
	refused(desk, 4, 3, SCOPE_ACCOUNT);
}

static void a_product_too_large_is_the_largest_there_is(void **state)
{
	struct desk *desk = *state;
	struct ratio *ratio = &desk->risk->accounts[7].ratio;
	ratio->trades = INT64_MAX - 10;
	executed(desk, 7, 1);
	assert_true(ratio->allowed == INT64_MAX);
	pass(desk);
}

static uint32_t events_of(struct desk *desk, struct usage_row *last)
{
	static struct usage_row rows[EVENT_COUNT_MAX];
	uint32_t count = risk_events(desk->risk, rows, EVENT_COUNT_MAX), found = 0;
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].lane == LANE_ORDER_TO_TRADE && rows[i].scope == SCOPE_ACCOUNT) {
			*last = rows[i];
			found++;
		}
	return found;
}

/* Executions lower the usage: a mark speaks again only after usage fell below the one under it. */
static void a_mark_that_executions_took_back_is_told_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	pass(desk);
	assert_int_equal(events_of(desk, &row), 0);
	pass(desk); /* 2 of 4 */
	assert_int_equal(events_of(desk, &row), 1);
	executed(desk, 7, 3); /* 2 of 6: not below 25 % */
	pass(desk);
	assert_int_equal(events_of(desk, &row), 0);
	executed(desk, 7, 10); /* 3 of 26 */
	for (unsigned i = 0; i < 10; i++)
		risk_cancelled(desk->risk, &desk->turn, 7);
	assert_int_equal(events_of(desk, &row), 1);
	assert_int_equal(row.usage, 13);
	assert_int_equal(row.limit, 26);
}

/* A day begins with no message, so its first half is told as the day's before was. */
static void a_mark_is_told_again_of_the_next_day(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	pass(desk);
	pass(desk);
	assert_int_equal(events_of(desk, &row), 1);
	risk_day(desk->risk);
	pass(desk);
	assert_int_equal(events_of(desk, &row), 0);
	pass(desk);
	assert_int_equal(events_of(desk, &row), 1);
	assert_int_equal(row.usage, 2);
}

/* All of four are used up; at a hundred, marks are as far away as they would be from nothing. */
static void marks_come_again_where_executions_earn_many_messages(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	for (unsigned i = 0; i < 4; i++)
		pass(desk);
	assert_int_equal(events_of(desk, &row), 2);
	executed(desk, 7, 50);
	for (unsigned i = 0; i < 45; i++)
		risk_cancelled(desk->risk, &desk->turn, 7);
	assert_int_equal(events_of(desk, &row), 0);
	risk_cancelled(desk->risk, &desk->turn, 7);
	assert_int_equal(events_of(desk, &row), 1);
	assert_int_equal(row.usage, 50);
	assert_int_equal(row.limit, 100);
}

static const struct usage_row *shown(struct desk *desk, uint32_t account)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	risk_usage(desk->risk, account, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].lane == LANE_ORDER_TO_TRADE)
			return &rows[i];
	return NULL;
}

/* One message a second of 100 that are free. */
static void the_forecast_is_when_what_is_free_is_used_up(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 2, 0, 100);
	desk_adopt(desk);
	assert_int_equal(shown(desk, 7)->forecast_ns, FORECAST_NEVER);
	for (unsigned i = 0; i < 50; i++) {
		risk_cancelled(desk->risk, &desk->turn, 7);
		desk->turn.now_ns += SECOND;
	}
	assert_int_equal(shown(desk, 7)->flags, USAGE_HAS_FORECAST);
	assert_int_equal(shown(desk, 7)->forecast_ns, UINT64_C(50) * SECOND);
	/* The firm's six were used up long ago. */
	assert_int_equal(shown(desk, 0)->forecast_ns, 0);
	/* An execution every second earns two: the slab is never reached. */
	executed(desk, 7, 50);
	assert_int_equal(shown(desk, 7)->forecast_ns, FORECAST_NEVER);
}

/* Three messages and one execution a second, beyond what is free: the slab of two is below. */
static void the_forecast_follows_the_slab_where_executions_earn_more(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, 100); /* 200 are earned */
	for (unsigned i = 0; i < 50; i++) {
		for (unsigned j = 0; j < 3; j++)
			risk_cancelled(desk->risk, &desk->turn, 7);
		executed(desk, 7, 1);
		desk->turn.now_ns += SECOND;
	}
	/* 150 of 300; one a second nearer */
	assert_int_equal(shown(desk, 7)->usage, 150);
	assert_int_equal(shown(desk, 7)->limit, 300);
	assert_int_equal(shown(desk, 7)->forecast_ns, UINT64_C(150) * SECOND);
}

/* What was two minutes ago is forgotten. */
static void the_forecast_knows_the_last_two_minutes(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 1, 0, 10000);
	desk_adopt(desk);
	for (unsigned i = 0; i < 5000; i++)
		risk_cancelled(desk->risk, &desk->turn, 7);
	for (unsigned i = 0; i < 180; i++) {
		desk->turn.now_ns += SECOND;
		risk_cancelled(desk->risk, &desk->turn, 7);
	}
	/* 4,820 are left; the message that begins a minute counts in it */
	uint64_t forecast_ns = shown(desk, 7)->forecast_ns;
	assert_in_range(forecast_ns, UINT64_C(4700) * SECOND, UINT64_C(4820) * SECOND);
}

static void a_day_begins_without_messages_and_executions(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 10, 0, 3);
	desk_adopt(desk);
	executed(desk, 7, 1);
	for (unsigned i = 0; i < 10; i++)
		risk_cancelled(desk->risk, &desk->turn, 7);
	refused(desk, 11, 10, SCOPE_ACCOUNT);
	risk_day(desk->risk);
	pass(desk);
	risk_cancelled(desk->risk, &desk->turn, 7);
	risk_cancelled(desk->risk, &desk->turn, 7);
	refused(desk, 4, 3, SCOPE_ACCOUNT);
}

/* Nothing of the day before is left: neither its pace, nor which marks were told, nor what an account with the least id
   sent. */
static void a_day_begins_without_pace_and_marks(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 2, 0, 2);
	desk_adopt(desk);
	for (unsigned i = 0; i < 2; i++) {
		risk_cancelled(desk->risk, &desk->turn, 7);
		desk->turn.now_ns += PACE_NS;
	}
	events_of(desk, &row);
	desk->risk->accounts[1].ratio.messages = 5;
	risk_day(desk->risk);
	assert_int_equal(desk->risk->accounts[1].ratio.messages, 0);
	assert_int_equal(shown(desk, 7)->forecast_ns, FORECAST_NEVER);
	risk_cancelled(desk->risk, &desk->turn, 7); /* 1 of 2 */
	assert_int_equal(events_of(desk, &row), 1);
	assert_int_equal(row.usage, 1);
	desk->turn.now_ns += SECOND;
	assert_int_equal(shown(desk, 7)->forecast_ns, SECOND);
}

/* Six in the minute before, one in this: seven within the minute and the second. */
static void a_minute_begins_on_its_nanosecond(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_to_trade, 1, 0, 14);
	desk_adopt(desk);
	for (unsigned i = 0; i < 6; i++)
		risk_cancelled(desk->risk, &desk->turn, 7);
	desk->turn.now_ns += PACE_NS;
	risk_cancelled(desk->risk, &desk->turn, 7);
	desk->turn.now_ns += PACE_NS;
	risk_cancelled(desk->risk, &desk->turn, 7);
	/* two minutes: what was first is forgotten; 6 are left, one a minute came */
	assert_int_equal(shown(desk, 7)->forecast_ns, PACE_NS * 3);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_counted, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(an_account_sends_as_many_as_are_free_and_not_one_more),
		ONE(the_firm_sends_as_many_as_are_free_whoever_sends),
		ONE(executions_earn_messages_once_they_are_more_than_are_free),
		ONE(what_others_execute_earns_for_the_firm_alone),
		ONE(what_anybody_executes_earns_for_the_firm),
		ONE(a_cancel_counts_and_passes),
		ONE(a_way_out_passes_and_counts),
		ONE(a_refused_order_is_no_message),
		ONE(what_nobody_states_is_refused_by_name_whatever_was_executed),
		ONE(a_new_epoch_forgets_no_message_and_no_execution),
		ONE(a_product_too_large_is_the_largest_there_is),
		ONE(a_mark_that_executions_took_back_is_told_again),
		ONE(the_forecast_is_when_what_is_free_is_used_up),
		ONE(the_forecast_follows_the_slab_where_executions_earn_more),
		ONE(the_forecast_knows_the_last_two_minutes),
		ONE(a_day_begins_without_messages_and_executions),
		ONE(a_day_begins_without_pace_and_marks),
		ONE(a_mark_is_told_again_of_the_next_day),
		ONE(marks_come_again_where_executions_earn_many_messages),
		ONE(a_minute_begins_on_its_nanosecond),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.ratio", tests, NULL, NULL);
}
