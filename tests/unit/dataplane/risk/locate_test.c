#include "tests/unit/dataplane/risk/told.h"

/* Nothing is easy to borrow; account 7 has located 300 shares of symbol 0. */
static int open_hard(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	limit_row_init(&desk.rows[5], SCOPE_ACCOUNT_SYMBOL, 7, 0);
	desk_state(&desk.rows[5], LIMIT_locates, 300, 0, 0);
	desk.row_count = 6;
	desk_limit(&desk, LIMIT_easy_to_borrow, 0);
	desk.order.side = SIDE_SELL;
	desk.order.price_e4 = 100200;
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static void sells_short(struct desk *desk, uint32_t qty)
{
	desk_size(desk, qty);
	desk->order.mark = SALE_SHORT;
	desk->order.locate_qty = qty;
	desk->turn.now_ns += 1000;
	desk->top.top.last_ns += 1000;
}

static void refused(struct desk *desk, int64_t usage, int64_t limit, enum scope owner)
{
	desk_expect(desk, LANE_NO_LOCATE);
	assert_int_equal(desk->verdict.usage, usage);
	assert_int_equal(desk->verdict.limit, limit);
	assert_int_equal(desk->verdict.owner_scope, owner);
}

static void short_sales_use_what_was_located_and_not_one_share_more(void **state)
{
	struct desk *desk = *state;
	sells_short(desk, 200);
	desk_pass(desk);
	sells_short(desk, 101);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
	desk->order.mark = SALE_EXEMPT;
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
	sells_short(desk, 100);
	desk_pass(desk);
	sells_short(desk, 1);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
}

static void what_is_cancelled_is_given_back_and_what_is_executed_is_not(void **state)
{
	struct desk *desk = *state;
	sells_short(desk, 300);
	desk_pass(desk);
	risk_located(desk->risk, 7, 0, -100, 0);
	sells_short(desk, 100);
	desk_pass(desk);
	risk_located(desk->risk, 7, 0, -300, 300);
	sells_short(desk, 1);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
	/* Bought back, it was short all the same. */
	desk_hold(desk, 0, 300);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
}

static void where_nothing_was_located_short_sales_are_refused_by_name(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 2;
	sells_short(desk, 1);
	refused(desk, 1, INT64_MIN, SCOPE_COUNT);
	desk->order.symbol = 0;
	desk_unstate(desk, LIMIT_locates);
	refused(desk, 1, INT64_MIN, SCOPE_COUNT);
}

static void another_account_has_its_own(void **state)
{
	struct desk *desk = *state;
	desk->order.session = 2;
	desk->order.account = 8;
	desk->order.strategy = 80;
	sells_short(desk, 1);
	refused(desk, 1, INT64_MIN, SCOPE_COUNT);
}

static void what_is_easy_to_borrow_at_every_scope_that_says_so_needs_none(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_easy_to_borrow, 1);
	sells_short(desk, 400);
	desk_pass(desk);
	/* One scope that says no is enough. */
	limit_row_init(&desk->rows[6], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[6], LIMIT_easy_to_borrow, 0, 0, 0);
	desk->row_count = 7;
	desk_adopt(desk);
	sells_short(desk, 1);
	refused(desk, 401, 300, SCOPE_ACCOUNT_SYMBOL);
	desk_unstate(desk, LIMIT_easy_to_borrow);
	refused(desk, 401, 300, SCOPE_ACCOUNT_SYMBOL);
}

/* Nobody located any, and nobody need: a limit that refuses nothing is no row. */
static void what_is_easy_to_borrow_and_not_located_is_not_shown(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_unstate(desk, LIMIT_locates);
	desk_limit(desk, LIMIT_easy_to_borrow, 1);
	sells_short(desk, 400);
	desk_pass(desk);
	assert_false(shown(desk, 7, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	/* What works is beyond what was located when it no longer is easy. */
	desk_limit(desk, LIMIT_easy_to_borrow, 0);
	assert_true(shown(desk, 7, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	assert_int_equal(row.usage, 400);
	assert_true(row.limit == INT64_MIN);
}

static void an_order_that_needs_no_locate_passes(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 1000);
	desk_size(desk, 400);
	desk_pass(desk);
	desk->order.side = SIDE_BUY;
	desk->order.price_e4 = 100000;
	desk_pass(desk);
	assert_int_equal(desk->risk->rows.locates[0].working, 0);
}

/* A replacement that grows needs the difference; one that shrinks needs nothing, however few there are. */
static void a_replacement_needs_what_its_original_does_not_hold(void **state)
{
	struct desk *desk = *state;
	sells_short(desk, 300);
	desk_pass(desk);
	sells_short(desk, 301);
	desk->order.kind = DECISION_REPLACE;
	desk->order.reserved_qty = 300;
	desk->order.reserved_value_e4 = 300 * INT64_C(100200);
	desk->order.locate_qty = 1;
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
	desk_state(&desk->rows[5], LIMIT_locates, 10, 0, 0);
	desk_adopt(desk);
	desk_size(desk, 200);
	desk->order.locate_qty = 0;
	desk_pass(desk);
}

/* What still works from the day before holds what it did. */
static void another_day_uses_up_its_own(void **state)
{
	struct desk *desk = *state;
	sells_short(desk, 300);
	desk_pass(desk);
	risk_located(desk->risk, 7, 0, -299, 299);
	sells_short(desk, 1);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
	risk_day(desk->risk);
	sells_short(desk, 299);
	desk_pass(desk);
	sells_short(desk, 1);
	refused(desk, 301, 300, SCOPE_ACCOUNT_SYMBOL);
}

static void locates_beyond_any_count_are_the_most_that_are_kept(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[5], LIMIT_locates, INT64_MAX - 1, 0, 0);
	desk_adopt(desk);
	risk_located(desk->risk, 7, 0, 0, 1);
	sells_short(desk, 300);
	desk_pass(desk);
	risk_located(desk->risk, 7, 0, INT64_MAX, INT64_MAX);
	refused(desk, INT64_MAX, INT32_MAX, SCOPE_ACCOUNT_SYMBOL);
}

static void none_located_is_a_limit_too(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[5], LIMIT_locates, 0, 0, 0);
	desk_adopt(desk);
	sells_short(desk, 1);
	refused(desk, 1, 0, SCOPE_ACCOUNT_SYMBOL);
}

/* Of 300 shares of symbol 1, half is 150 and a quarter 75. */
static void a_mark_is_told_of_its_account_and_symbol_whoever_moves_it(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk->rows[5].symbol = 1;
	desk_adopt(desk);
	desk->order.symbol = 1;
	sells_short(desk, 200);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.id, 7);
	assert_int_equal(last.symbol, 1);
	assert_int_equal(last.usage, 200);
	assert_int_equal(last.peak, 200);
	assert_int_equal(last.limit, 300);
	risk_located(desk->risk, 7, 1, -126, 0);
	risk_located(desk->risk, 7, 1, 0, 76);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, 150);
	assert_int_equal(last.peak, 200);
	/* Half of what is located from now on, told by what is executed first under it. */
	desk_state(&desk->rows[5], LIMIT_locates, 302, 0, 0);
	desk_adopt(desk);
	risk_located(desk->risk, 7, 1, 0, 1);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, 151);
	assert_int_equal(last.limit, 302);
}

static void another_day_tells_its_marks_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	sells_short(desk, 150);
	desk_pass(desk);
	risk_located(desk->risk, 7, 0, -150, 150);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	risk_day(desk->risk);
	sells_short(desk, 150);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, 150);
}

static void what_is_stated_or_used_is_shown_and_nothing_else_is(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_hold(desk, 0, 1);
	desk_hold(desk, 1, 1);
	assert_true(shown(desk, 7, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	assert_int_equal(row.id, 7);
	assert_int_equal(row.usage, 0);
	assert_int_equal(row.limit, 300);
	assert_false(shown(desk, 7, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, 1, &row));
	risk_located(desk->risk, 7, 1, 0, 1);
	assert_true(shown(desk, 7, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, 1, &row));
	assert_int_equal(row.usage, 1);
	assert_int_equal(row.peak, 1);
	assert_true(row.limit == INT64_MIN);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_hard, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(short_sales_use_what_was_located_and_not_one_share_more),
		ONE(what_is_cancelled_is_given_back_and_what_is_executed_is_not),
		ONE(where_nothing_was_located_short_sales_are_refused_by_name),
		ONE(another_account_has_its_own),
		ONE(what_is_easy_to_borrow_at_every_scope_that_says_so_needs_none),
		ONE(what_is_easy_to_borrow_and_not_located_is_not_shown),
		ONE(an_order_that_needs_no_locate_passes),
		ONE(a_replacement_needs_what_its_original_does_not_hold),
		ONE(another_day_uses_up_its_own),
		ONE(locates_beyond_any_count_are_the_most_that_are_kept),
		ONE(none_located_is_a_limit_too),
		ONE(a_mark_is_told_of_its_account_and_symbol_whoever_moves_it),
		ONE(another_day_tells_its_marks_again),
		ONE(what_is_stated_or_used_is_shown_and_nothing_else_is),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.locate", tests, NULL, NULL);
}
