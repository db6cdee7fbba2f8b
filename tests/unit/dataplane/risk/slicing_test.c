/* slicing_test.c - an order refused for its size does not come back in pieces: exact at the limit and one past it. */
#include "tests/unit/dataplane/risk/desk.h"

/* Judges an order, demands that its size is refused, and remembers it as the gate does. */
static void refuse(struct desk *desk, uint32_t qty, uint64_t order_id)
{
	desk_size(desk, qty);
	desk_judge(desk);
	assert_true((desk->verdict.mask >> LANE_MAX_ORDER_QUANTITY & 1) != 0 ||
		    (desk->verdict.mask >> LANE_MAX_ORDER_VALUE & 1) != 0);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, order_id);
}

static void pass(struct desk *desk, uint32_t qty)
{
	desk_size(desk, qty);
	desk_pass(desk);
}

static void expect(struct desk *desk, uint32_t qty, unsigned lane)
{
	desk_size(desk, qty);
	desk_expect(desk, lane);
}

/* 1,200 shares at 10.0000: above the 1,000 shares and the 10,000.00 of the desk; half may come back. */
static void half_of_a_refused_order_comes_back_and_not_a_share_more(void **state)
{
	struct desk *desk = *state;
	refuse(desk, 1200, 41);
	pass(desk, 300);
	expect(desk, 301, LANE_SLICING);
	assert_int_equal(desk->verdict.usage, 5009); /* rounded up */
	assert_int_equal(desk->verdict.limit, 5000);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	assert_int_equal(desk->verdict.sliced_id, 41);
	assert_int_equal(desk->verdict.mask, UINT64_C(1) << LANE_SLICING);
	pass(desk, 299);
	pass(desk, 1);
	assert_int_equal(desk->verdict.slicing_bps, 5000);
	assert_int_equal(desk->verdict.sliced_id, 0);
	expect(desk, 1, LANE_SLICING);
}

static void the_window_ends_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	refuse(desk, 1200, 41);
	desk->turn.now_ns += 10 * DESK_SECOND - 1;
	expect(desk, 601, LANE_SLICING);
	desk->turn.now_ns += 1;
	pass(desk, 601);
	pass(desk, 602);
	assert_int_equal(desk->risk->rows.rows[0].is_sliced, 0);
	/* A refusal after that begins with nothing passed. */
	refuse(desk, 1200, 42);
	pass(desk, 600);
}

static void another_account_symbol_or_side_is_another_order(void **state)
{
	struct desk *desk = *state;
	refuse(desk, 1200, 41);
	expect(desk, 700, LANE_SLICING);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	expect(desk, 700, LANE_NONE);
	desk_market(desk);
	desk->order.symbol = 1;
	expect(desk, 700, LANE_NONE);
	desk_market(desk);
	desk->order.account = 8;
	desk->order.strategy = 80;
	desk->order.session = 2;
	expect(desk, 700, LANE_NONE);
	desk_market(desk);
	desk->order.strategy = 71; /* the same account's */
	expect(desk, 700, LANE_SLICING);
}

/* Refused for its value alone, by a price that was wrong: the right price is no slice of it. */
static void a_value_comes_back_as_value(void **state)
{
	struct desk *desk = *state;
	desk->order.price_e4 = 1000000;
	refuse(desk, 900, 41); /* 90,000.00 */
	desk->order.price_e4 = 100000;
	pass(desk, 900); /* 9,000.00: a tenth */
	desk->turn.now_ns += 10 * DESK_SECOND;
	desk->order.price_e4 = 101000;
	desk_limit(desk, LIMIT_max_order_value, 50000000);
	refuse(desk, 1000, 42); /* 10,100.00: of 5,000.00 */
	desk->order.price_e4 = 100000;
	expect(desk, 500, LANE_NONE);
	desk->order.price_e4 = 101000;
	pass(desk, 400);
	pass(desk, 100); /* 5,050.00 in all */
	expect(desk, 1, LANE_SLICING);
	assert_int_equal(desk->verdict.usage, 5010);
}

/* A price that is none has no value: nothing else was wrong with the size. */
static void what_has_no_price_has_no_value(void **state)
{
	struct desk *desk = *state;
	desk->order.price_e4 = 0;
	refuse(desk, 900, 41);
	assert_int_equal(desk->risk->rows.rows[0].is_sliced, 0);
	desk->order.price_e4 = 100000;
	pass(desk, 900);
}

static void what_was_refused_for_both_is_measured_by_both(void **state)
{
	struct desk *desk = *state;
	desk->order.price_e4 = 1000000;
	refuse(desk, 1200, 41); /* by value a piece at 10.0000 would be a tenth of its shares */
	desk->order.price_e4 = 100000;
	expect(desk, 601, LANE_SLICING);
	expect(desk, 600, LANE_NONE);
}

static void another_refusal_keeps_the_pieces_and_the_smaller_size(void **state)
{
	struct desk *desk = *state;
	refuse(desk, 2000, 41);
	pass(desk, 500);
	desk->turn.now_ns += 9 * DESK_SECOND;
	refuse(desk, 1200, 42);
	refuse(desk, 3000, 43);
	desk->turn.now_ns += 9 * DESK_SECOND;
	expect(desk, 101, LANE_SLICING);
	assert_int_equal(desk->verdict.sliced_id, 43);
	pass(desk, 100);
	expect(desk, 1, LANE_SLICING);
}

/* A position larger than an order may be is left in pieces, or not at all. */
/* And where the next was too large in the other way alone, what the one before it was is kept; a share is a size too. */
static void another_refusal_forgets_no_size_that_it_does_not_have(void **state)
{
	(void)state;
	static const int64_t sizes[][4] = {{100, 0, 100, 0}, {0, 5000, 100, 5000},
		{200, 0, 100, 5000}, {1, 1, 1, 1}, {100, 100, 1, 1}, {0, 0, 1, 1}};
	struct slicing slicing = {0};
	for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++) {
		slicing_refuse(&slicing, 41 + i, sizes[i][0], sizes[i][1], DESK_SECOND, 1000);
		assert_int_equal(slicing.refused_qty, sizes[i][2]);
		assert_int_equal(slicing.refused_value_e4, sizes[i][3]);
	}
}

static void the_window_of_a_sale_is_forgotten_when_it_ended(void **state)
{
	struct desk *desk = *state;
	desk->order.side = SIDE_SELL;
	desk->order.mark = SALE_SHORT;
	desk->order.price_e4 = 100200;
	refuse(desk, 1200, 41);
	assert_int_equal(desk->risk->rows.rows[0].is_sliced, 1u << SIDE_SELL);
	desk->turn.now_ns += 10 * DESK_SECOND;
	pass(desk, 100);
	assert_int_equal(desk->risk->rows.rows[0].is_sliced, 0);
}

static void a_way_out_is_not_held_back_but_counts(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 2400);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	refuse(desk, 2400, 41);
	for (unsigned i = 0; i < 3; i++) {
		pass(desk, 800 - i);
		assert_true(desk->verdict.is_way_out);
	}
	/* What is left of the position is three shares; the fourth sells short. */
	expect(desk, 4, LANE_SLICING);
	assert_int_equal(desk->verdict.usage, 10005);
}

static void a_replace_is_a_piece_by_what_it_adds(void **state)
{
	struct desk *desk = *state;
	pass(desk, 500);
	refuse(desk, 1200, 41);
	desk->order.kind = DECISION_REPLACE;
	desk->order.reserved_qty = 500;
	desk->order.reserved_value_e4 = 50000000;
	expect(desk, 1000, LANE_NONE); /* 500 more */
	desk->order.price_e4 = 99000;
	desk->order.qty = desk->order.open_qty = 500;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.slicing_bps, 0);
	/* A replace that was refused opens a window as well. */
	desk->order.price_e4 = 100000;
	refuse(desk, 1001, 42);
	expect(desk, 1000, LANE_NONE);
	expect(desk, 500, LANE_NONE);
	desk->order.kind = DECISION_ENTER;
	desk->order.reserved_qty = 0;
	desk->order.reserved_value_e4 = 0;
	expect(desk, 500, LANE_NONE);
	expect(desk, 501, LANE_SLICING);
}

/* Whoever may not speak for an account cannot shut its side of a symbol. */
static void what_is_nobodys_leaves_no_trace(void **state)
{
	struct desk *desk = *state;
	desk->order.account = 8;
	desk->order.strategy = 80;
	refuse(desk, 1200, 41);
	desk_market(desk);
	desk->order.symbol = SYMBOL_NONE;
	refuse(desk, 1200, 42);
	desk_market(desk);
	desk->order.side = 2;
	refuse(desk, 1200, 43);
	desk_market(desk);
	desk->order.price_e4 = 150000; /* refused for another reason */
	desk_size(desk, 100);
	desk_expect(desk, LANE_PRICE_COLLAR);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 44);
	assert_int_equal(desk->risk->rows.count, 0);
}

/* An unstated limit refuses everything: that says nothing of a size. */
static void what_no_limit_was_stated_for_was_not_too_large(void **state)
{
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_order_quantity);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 41);
	desk_state_all(desk);
	desk_unstate(desk, LIMIT_max_order_value);
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 42);
	desk_state_all(desk);
	desk_adopt(desk);
	pass(desk, 900);
}

static void without_the_limit_nothing_passes(void **state)
{
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_slicing);
	refuse(desk, 1200, 41);
	desk_size(desk, 100);
	desk_expect(desk, LANE_SLICING);
	assert_true(desk->verdict.limit == INT64_MIN);
	assert_int_equal(desk->verdict.usage, 0);
	/* Where nothing at all may come back, other orders pass. */
	desk_state_all(desk);
	desk_limit(desk, LIMIT_max_slicing, 0);
	desk_expect(desk, LANE_SLICING);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_expect(desk, LANE_NONE);
}

static void a_longer_window_holds_what_is_not_yet_forgotten(void **state)
{
	struct desk *desk = *state;
	refuse(desk, 1200, 41);
	pass(desk, 500);
	desk->turn.now_ns += 15 * DESK_SECOND;
	for (uint32_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].stated >> LIMIT_max_slicing & 1)
			desk->rows[i].limits[LIMIT_max_slicing].window_ns = 20 * DESK_SECOND;
	desk_adopt(desk);
	expect(desk, 101, LANE_SLICING);
	expect(desk, 100, LANE_NONE);
}

static void every_sum_saturates(void **state)
{
	(void)state;
	struct slicing slicing = {0};
	slicing_refuse(&slicing, 1, 1, 1, 10, 100);
	for (unsigned i = 0; i < 3; i++)
		slicing_take(&slicing, UINT32_MAX, INT64_MAX - 1, 10, 100);
	assert_true(slicing.passed_value_e4 == INT64_MAX);
	assert_true(slicing_measure(&slicing, 1, INT64_MAX) == INT64_MAX);
	assert_int_equal(slicing_measure(&slicing, 1, 0), (3 * (int64_t)UINT32_MAX + 1) * 10000);
	assert_int_equal(slicing_measure(&slicing, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(half_of_a_refused_order_comes_back_and_not_a_share_more),
		desk_test(the_window_ends_on_the_nanosecond),
		desk_test(another_account_symbol_or_side_is_another_order),
		desk_test(a_value_comes_back_as_value),
		desk_test(what_has_no_price_has_no_value),
		desk_test(what_was_refused_for_both_is_measured_by_both),
		desk_test(another_refusal_keeps_the_pieces_and_the_smaller_size),
		cmocka_unit_test(another_refusal_forgets_no_size_that_it_does_not_have),
		desk_test(the_window_of_a_sale_is_forgotten_when_it_ended),
		desk_test(a_way_out_is_not_held_back_but_counts),
		desk_test(a_replace_is_a_piece_by_what_it_adds),
		desk_test(what_is_nobodys_leaves_no_trace),
		desk_test(what_no_limit_was_stated_for_was_not_too_large),
		desk_test(without_the_limit_nothing_passes),
		desk_test(a_longer_window_holds_what_is_not_yet_forgotten),
		cmocka_unit_test(every_sum_saturates),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.slicing", tests, NULL, NULL);
}
