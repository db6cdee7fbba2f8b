/* limits_put_test.c - one limit that becomes another while the rest stand: whose it is, what it binds, and what it leaves alone. */
#include "tests/unit/dataplane/risk/told.h"

enum { ROW_STRATEGY = 5, ROW_SYMBOL, ROW_PAIR };

#define PLACE(of, what, number, instrument)                                                        \
	{                                                                                          \
		.scope = (of), .limit = (what), .id = (number), .symbol = (instrument)             \
	}

static const struct limit_place places[] = {
	PLACE(SCOPE_FIRM, LIMIT_max_order_quantity, 0, SYMBOL_NONE),
	PLACE(SCOPE_SESSION, LIMIT_cancel_rate, 1, SYMBOL_NONE),
	PLACE(SCOPE_SESSION, LIMIT_cancel_rate, 2, SYMBOL_NONE),
	PLACE(SCOPE_ACCOUNT, LIMIT_max_order_quantity, 7, SYMBOL_NONE),
	PLACE(SCOPE_ACCOUNT, LIMIT_order_to_trade, 8, SYMBOL_NONE),
	PLACE(SCOPE_STRATEGY, LIMIT_max_loss, 70, SYMBOL_NONE),
	PLACE(SCOPE_SYMBOL, LIMIT_max_order_quantity, 0, 1),
	PLACE(SCOPE_ACCOUNT_SYMBOL, LIMIT_max_order_quantity, 7, 1),
};

/* Every scope has a row: beside the desk's, strategy 70, symbol 1, and symbol 1 within account 7. */
static int open_all(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	limit_row_init(&desk.rows[ROW_STRATEGY], SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(&desk.rows[ROW_STRATEGY], LIMIT_max_loss, 500, 0, 0);
	desk_state(&desk.rows[ROW_STRATEGY], LIMIT_order_rate, 100, DESK_SECOND, 100);
	limit_row_init(&desk.rows[ROW_SYMBOL], SCOPE_SYMBOL, 0, 1);
	desk_state(&desk.rows[ROW_SYMBOL], LIMIT_max_order_quantity, 500, 0, 0);
	desk_state(&desk.rows[ROW_SYMBOL], LIMIT_order_rate, 100, DESK_SECOND, 100);
	limit_row_init(&desk.rows[ROW_PAIR], SCOPE_ACCOUNT_SYMBOL, 7, 1);
	desk_state(&desk.rows[ROW_PAIR], LIMIT_max_order_quantity, 500, 0, 0);
	desk.row_count = 8;
	desk_adopt(&desk);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static const struct limit_value *stated(struct desk *desk, enum risk_limits which, unsigned i)
{
	return risk_limits_stated(desk->risk, which, &places[i]);
}

static bool put(struct desk *desk, enum risk_limits which, struct limit_place place,
	struct limit_value value)
{
	return risk_limits_put(desk->risk, which, &place, &value);
}

static void a_value_is_put_at_its_own_scope_alone(void **state)
{
	struct desk *desk = *state;
	int64_t expected[ARRAY_COUNT(places)];
	for (unsigned i = 0; i < ARRAY_COUNT(places); i++)
		expected[i] = stated(desk, RISK_IN_FORCE, i)->value;
	for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
		expected[i] = 10 + i;
		assert_true(put(desk, RISK_IN_FORCE, places[i],
			(struct limit_value){10 + i, DESK_SECOND, 20 + i, 0}));
		for (unsigned j = 0; j < ARRAY_COUNT(places); j++)
			assert_int_equal(stated(desk, RISK_IN_FORCE, j)->value, expected[j]);
	}
	/* Of window and burst a limit keeps what its unit has. */
	assert_int_equal(stated(desk, RISK_IN_FORCE, 0)->window_ns, 0);
	assert_int_equal(stated(desk, RISK_IN_FORCE, 0)->burst, 0);
	assert_int_equal(stated(desk, RISK_IN_FORCE, 1)->window_ns, DESK_SECOND);
	assert_int_equal(stated(desk, RISK_IN_FORCE, 1)->burst, 21);
	assert_int_equal(stated(desk, RISK_IN_FORCE, 4)->window_ns, 0);
	assert_int_equal(stated(desk, RISK_IN_FORCE, 4)->burst, 24);
}

static void expect_size(struct desk *desk, uint32_t symbol, uint32_t most)
{
	desk->order.symbol = symbol;
	desk_size(desk, most);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, most + (symbol == 1 ? 100 : 1));
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
}

static void the_next_order_is_judged_by_what_was_put(void **state)
{
	struct desk *desk = *state;
	expect_size(desk, 0, 1000);
	expect_size(desk, 1, 500);
	assert_true(put(desk, RISK_IN_FORCE, places[7], (struct limit_value){300, 0, 0, 0}));
	expect_size(desk, 1, 300);
	expect_size(desk, 0, 1000);
	assert_true(put(desk, RISK_IN_FORCE, places[6], (struct limit_value){200, 0, 0, 0}));
	expect_size(desk, 1, 200);
	assert_true(put(desk, RISK_IN_FORCE, places[3], (struct limit_value){900, 0, 0, 0}));
	expect_size(desk, 0, 900);
	assert_true(put(desk, RISK_IN_FORCE, places[0], (struct limit_value){100, 0, 0, 0}));
	expect_size(desk, 0, 100);
	expect_size(desk, 1, 100);
}

/* What is told of usage is told of the limit that was put. */
static void marks_are_those_of_what_was_put(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_size(desk, 300);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT, &row), 0);
	assert_true(put(desk, RISK_IN_FORCE, places[3], (struct limit_value){600, 0, 0, 0}));
	desk->turn.now_ns += DESK_SECOND;
	desk->top.top.last_ns += DESK_SECOND;
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT, &row), 1);
	assert_int_equal(row.limit, 600);
}

/* Nothing stands there, or it may not stand so: nothing changes. */
static void what_is_not_stated_or_may_not_be_is_not_put(void **state)
{
	static const struct limit_place nothing[] = {
		PLACE(SCOPE_FIRM, LIMIT_exit_rate, 0, SYMBOL_NONE),
		PLACE(SCOPE_FIRM, LIMIT_COUNT, 0, SYMBOL_NONE),
		PLACE(SCOPE_FIRM, UINT8_MAX, 0, SYMBOL_NONE),
		PLACE(SCOPE_FIRM, LIMIT_max_order_quantity, 1, SYMBOL_NONE),
		PLACE(SCOPE_VENUE, LIMIT_max_order_quantity, 0, SYMBOL_NONE),
		PLACE(SCOPE_SESSION, LIMIT_cancel_rate, 3, SYMBOL_NONE),
		PLACE(SCOPE_ACCOUNT, LIMIT_max_order_quantity, 9, SYMBOL_NONE),
		PLACE(SCOPE_ACCOUNT, LIMIT_max_fill_rate, 7, SYMBOL_NONE),
		PLACE(SCOPE_STRATEGY, LIMIT_max_loss, 71, SYMBOL_NONE),
		PLACE(SCOPE_STRATEGY, LIMIT_max_loss, 72, SYMBOL_NONE),
		PLACE(SCOPE_SYMBOL, LIMIT_max_order_quantity, 0, 2),
		PLACE(SCOPE_SYMBOL, LIMIT_max_order_quantity, 0, 3),
		PLACE(SCOPE_SYMBOL, LIMIT_max_long_position, 0, 1),
		PLACE(SCOPE_ACCOUNT_SYMBOL, LIMIT_max_order_quantity, 7, 2),
		PLACE(SCOPE_ACCOUNT_SYMBOL, LIMIT_max_order_quantity, 8, 1),
	};
	static const struct {
		unsigned place;
		struct limit_value value;
	} wrong[] = {{0, {-1, 0, 0, 0}}, {1, {1, 0, 1, 0}}, {1, {1, LIMIT_WINDOW_NS_MAX + 1, 1, 0}},
		{1, {1, 1, BURST_MAX + 1, 0}}, {4, {ORDER_TO_TRADE_MAX + 1, 0, 0, 0}}};
	struct desk *desk = *state;
	const struct limit_value good = {1, DESK_SECOND, 1, 0};
	for (unsigned i = 0; i < ARRAY_COUNT(nothing); i++) {
		assert_null(risk_limits_stated(desk->risk, RISK_IN_FORCE, &nothing[i]));
		assert_false(put(desk, RISK_IN_FORCE, nothing[i], good));
	}
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++) {
		struct limit_value before = *stated(desk, RISK_IN_FORCE, wrong[i].place);
		assert_false(put(desk, RISK_IN_FORCE, places[wrong[i].place], wrong[i].value));
		assert_memory_equal(
			stated(desk, RISK_IN_FORCE, wrong[i].place), &before, sizeof before);
	}
}

/* Limits to come and limits that may return are put apart: an order sees them when they are in force. */
static void what_is_put_elsewhere_binds_once_that_is_in_force(void **state)
{
	struct desk *desk = *state;
	const struct bucket *cancels = &desk->risk->sessions[1].cancels;
	const struct limit_value size = {400, 0, 0, 0}, rate = {7, DESK_SECOND, 3, 0};
	risk_limits_hold(desk->risk);
	desk_adopt(desk);
	risk_limits_begin(desk->risk);
	for (uint32_t i = 0; i < desk->row_count; i++)
		assert_true(risk_limits_row(desk->risk, &desk->rows[i]));
	for (unsigned which = RISK_COMING; which <= RISK_FORMER; which++) {
		int64_t capacity = cancels->capacity;
		assert_true(put(desk, (enum risk_limits)which, places[3], size));
		assert_true(put(desk, (enum risk_limits)which, places[1], rate));
		assert_int_equal(stated(desk, (enum risk_limits)which, 3)->value, 400);
		assert_int_equal(stated(desk, RISK_IN_FORCE, 3)->value, 1000);
		assert_int_equal(stated(desk, RISK_IN_FORCE, 1)->burst, 5);
		assert_true(cancels->capacity == capacity);
		expect_size(desk, 0, 1000);
		if (which == RISK_COMING) {
			risk_limits_adopt(desk->risk, ++desk->epoch);
			expect_size(desk, 0, 400);
			assert_true(cancels->capacity == (int64_t)(3 * DESK_SECOND));
			desk_adopt(desk);
		}
	}
	risk_limits_return(desk->risk);
	expect_size(desk, 0, 400);
	assert_true(cancels->capacity == (int64_t)(3 * DESK_SECOND));
}

/* Everything that has tokens, and how many orders it takes at once. */
enum {
	SESSION_1,
	SESSION_2,
	CANCELS_1,
	CANCELS_2,
	ACCOUNT_7,
	ACCOUNT_8,
	EXITS_7,
	EXITS_8,
	SYMBOL_0,
	SYMBOL_1,
	SYMBOL_2,
	STRATEGY_70,
	BUCKET_COUNT
};

static void bursts_of(const struct desk *desk, int64_t bursts[BUCKET_COUNT])
{
	const struct risk *risk = desk->risk;
	const struct bucket *buckets[BUCKET_COUNT] = {&risk->sessions[1].orders.bucket,
		&risk->sessions[2].orders.bucket, &risk->sessions[1].cancels,
		&risk->sessions[2].cancels, &risk->accounts[7].orders.bucket,
		&risk->accounts[8].orders.bucket, &risk->accounts[7].exits,
		&risk->accounts[8].exits, &risk->symbols[0].orders.bucket,
		&risk->symbols[1].orders.bucket, &risk->symbols[2].orders.bucket,
		&risk->paces.strategies[70].bucket};
	for (unsigned i = 0; i < BUCKET_COUNT; i++)
		bursts[i] = bucket_orders(buckets[i], buckets[i]->capacity);
}

/* Puts a rate and expects it in these buckets, others as they were. */
static void expect_put(struct desk *desk, struct limit_place place, struct limit_value rate,
	unsigned mask, int64_t burst)
{
	int64_t before[BUCKET_COUNT], after[BUCKET_COUNT];
	bursts_of(desk, before);
	assert_true(put(desk, RISK_IN_FORCE, place, rate));
	bursts_of(desk, after);
	for (unsigned i = 0; i < BUCKET_COUNT; i++)
		assert_int_equal(after[i], mask >> i & 1 ? burst : before[i]);
}

static void a_rate_that_is_put_is_its_own_scopes(void **state)
{
	static const struct {
		struct limit_place place;
		unsigned bucket;
	} rates[] = {{PLACE(SCOPE_SESSION, LIMIT_order_rate, 1, SYMBOL_NONE), SESSION_1},
		{PLACE(SCOPE_SESSION, LIMIT_order_rate, 2, SYMBOL_NONE), SESSION_2},
		{PLACE(SCOPE_SESSION, LIMIT_cancel_rate, 1, SYMBOL_NONE), CANCELS_1},
		{PLACE(SCOPE_SESSION, LIMIT_cancel_rate, 2, SYMBOL_NONE), CANCELS_2},
		{PLACE(SCOPE_ACCOUNT, LIMIT_order_rate, 7, SYMBOL_NONE), ACCOUNT_7},
		{PLACE(SCOPE_ACCOUNT, LIMIT_order_rate, 8, SYMBOL_NONE), ACCOUNT_8},
		{PLACE(SCOPE_ACCOUNT, LIMIT_exit_rate, 7, SYMBOL_NONE), EXITS_7},
		{PLACE(SCOPE_ACCOUNT, LIMIT_exit_rate, 8, SYMBOL_NONE), EXITS_8},
		{PLACE(SCOPE_SYMBOL, LIMIT_order_rate, 0, 1), SYMBOL_1},
		{PLACE(SCOPE_STRATEGY, LIMIT_order_rate, 70, SYMBOL_NONE), STRATEGY_70}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(rates); i++)
		expect_put(desk, rates[i].place,
			(struct limit_value){20 + i, DESK_SECOND, 30 + i, 0}, 1u << rates[i].bucket,
			30 + i);
	/* What is no rate moves no tokens. */
	expect_put(desk, places[0], (struct limit_value){5, 0, 0, 0}, 0, 0);
	expect_put(desk, places[6], (struct limit_value){5, 0, 0, 0}, 0, 0);
}

/* Of a symbol's rate and the firm's the tighter binds, whichever was put, and a symbol without one has the firm's. */
static void a_symbol_goes_by_the_smaller_burst_of_its_own_rate_and_the_firms(void **state)
{
	static const struct limit_place firm = PLACE(SCOPE_FIRM, LIMIT_order_rate, 0, SYMBOL_NONE);
	static const struct limit_place own = PLACE(SCOPE_SYMBOL, LIMIT_order_rate, 0, 1);
	const unsigned others = 1u << SYMBOL_0 | 1u << SYMBOL_2, all = others | 1u << SYMBOL_1;
	struct desk *desk = *state;
	expect_put(desk, firm, (struct limit_value){800, DESK_SECOND, 80, 0}, all, 80);
	expect_put(desk, firm, (struct limit_value){50, DESK_SECOND, 60, 0}, all, 60);
	expect_put(desk, own, (struct limit_value){90, DESK_SECOND, 9, 0}, 1u << SYMBOL_1, 9);
	expect_put(desk, own, (struct limit_value){40, DESK_SECOND, 70, 0}, 1u << SYMBOL_1, 60);
	expect_put(desk, firm, (struct limit_value){45, DESK_SECOND, 65, 0}, all, 65);
	expect_put(desk, own, (struct limit_value){46, DESK_SECOND, 9, 0}, 1u << SYMBOL_1, 9);
}

/* A duplicate is looked for as far back as any limit in force, or that may return, asks. */
static void duplicates_are_remembered_for_the_longest_window(void **state)
{
	static const struct limit_place place =
		PLACE(SCOPE_ACCOUNT, LIMIT_max_duplicates, 7, SYMBOL_NONE);
	struct desk *desk = *state;
	assert_int_equal(desk->risk->duplicate.keep_ns, 500);
	assert_true(put(desk, RISK_IN_FORCE, place, (struct limit_value){2, 501, 0, 0}));
	assert_int_equal(desk->risk->duplicate.keep_ns, 501);
	assert_true(put(desk, RISK_IN_FORCE, place, (struct limit_value){2, 400, 0, 0}));
	assert_int_equal(desk->risk->duplicate.keep_ns, 501);
	risk_limits_hold(desk->risk);
	desk_adopt(desk);
	assert_int_equal(desk->risk->duplicate.keep_ns, 501);
	assert_true(put(desk, RISK_IN_FORCE, place, (struct limit_value){2, 700, 0, 0}));
	assert_int_equal(desk->risk->duplicate.keep_ns, 700);
	desk_adopt(desk);
	assert_int_equal(desk->risk->duplicate.keep_ns, 501);
	risk_limits_forget(desk->risk);
	assert_int_equal(desk->risk->duplicate.keep_ns, 500);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_all, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(a_value_is_put_at_its_own_scope_alone),
		ONE(the_next_order_is_judged_by_what_was_put),
		ONE(marks_are_those_of_what_was_put),
		ONE(what_is_not_stated_or_may_not_be_is_not_put),
		ONE(what_is_put_elsewhere_binds_once_that_is_in_force),
		ONE(a_rate_that_is_put_is_its_own_scopes),
		ONE(a_symbol_goes_by_the_smaller_burst_of_its_own_rate_and_the_firms),
		ONE(duplicates_are_remembered_for_the_longest_window),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.limits_put", tests, NULL, NULL);
}
