/* plain_test.c - which orders are plain.  That whatever is judged comes to what all lanes come to, every test of a desk demands. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/plain.h"

static bool is_plain(struct desk *desk)
{
	static const struct row nothing;
	struct risk *risk = desk->risk;
	const struct risk_order *order = &desk->order;
	uint16_t account = order->account < ACCOUNT_COUNT_MAX ? order->account : 0;
	const struct row *row = rows_find(&risk->rows, row_key(account, order->symbol));
	struct verdict verdict;
	const struct measure_inputs in = {.risk = risk,
		.turn = &desk->turn,
		.top = &desk->top,
		.order = order,
		.session = tables_session(risk, order->session),
		.account = tables_account(risk, order->account),
		.symbol = tables_symbol(risk, order->symbol),
		.row = row != NULL ? row : &nothing,
		.profile = tables_profile(risk, row_key(account, order->symbol)),
		.has_row = row != NULL};
	return plain_judge(&in, &verdict);
}

static void the_first_order_of_a_row_is_not_plain_and_the_second_is(void **state)
{
	struct desk *desk = *state;
	assert_false(is_plain(desk));
	desk_pass(desk);
	desk->order.qty = desk->order.open_qty = 200;
	assert_true(is_plain(desk));
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	assert_true(is_plain(desk));
	desk->top.top.phase = 'Q';
	assert_true(is_plain(desk));
}

/* One thing at a time makes an order doubtful: in the order, the turn or the market. */
#define doubtful(desk, what, value)                                                                \
	do {                                                                                       \
		__typeof__((desk)->what) before = (desk)->what;                                    \
		(desk)->what = (__typeof__(before))(value);                                        \
		assert_false(is_plain(desk));                                                      \
		desk_judge(desk);                                                                  \
		(desk)->what = before;                                                             \
		assert_true(is_plain(desk));                                                       \
	} while (0)

static void whatever_is_said_against_an_order_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, order.is_supported, 0);
	doubtful(desk, order.has_trader, 0);
	doubtful(desk, order.is_duplicate_id, 1);
	doubtful(desk, order.is_disabled, 1);
	doubtful(desk, order.is_table_full, 1);
	doubtful(desk, order.is_unrouted, 1);
	doubtful(desk, order.is_self_trade, 1);
	for (unsigned stop = STATE_WARN; stop < TRADING_STATE_COUNT; stop++)
		doubtful(desk, order.stop_state, stop);
	desk->order.parent_qty = 1000; /* room for it, were it the right one */
	doubtful(desk, order.parent_word, PARENT_WRONG);
	desk->order.parent_word = PARENT_NAMED;
	doubtful(desk, order.parent_used, 900);
	doubtful(desk, order.parent_used, INT64_MAX);
	desk->order.parent_word = PARENT_NONE;
	doubtful(desk, order.side, 2);
	doubtful(desk, order.side, 255);
	doubtful(desk, order.mark, SALE_MARK_COUNT);
	doubtful(desk, order.mark, 255);
}

static void whoever_nobody_knows_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, order.session, 0);
	doubtful(desk, order.session, 3);
	doubtful(desk, order.session, SESSION_COUNT_MAX + 1);
	doubtful(desk, order.account, 8);
	doubtful(desk, order.account, 9);
	doubtful(desk, order.account, ACCOUNT_COUNT_MAX + 7);
	doubtful(desk, order.strategy, 0);
	doubtful(desk, order.strategy, 80);
	doubtful(desk, order.venue_index, 1);
	doubtful(desk, order.venue_index, 32);
	doubtful(desk, order.venue_index, 255);
	doubtful(desk, turn.venue_slow_mask, 1);
	doubtful(desk, turn.wall_ns, 2000 * DESK_SECOND);
	doubtful(desk, turn.control_silent_ns, 1000001);
	doubtful(desk, turn.control_silent_ns, UINT64_MAX);
	doubtful(desk, turn.journal_behind, 51);
	doubtful(desk, turn.clock_off_ns, UINT64_MAX);
}

static void whatever_the_market_does_not_say_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, top.top.state, 0);
	doubtful(desk, top.top.state, 'H');
	doubtful(desk, top.top.operational, 1);
	doubtful(desk, top.top.stale, 1);
	doubtful(desk, top.top.phase, 'O');
	doubtful(desk, top.top.phase, 'E');
	doubtful(desk, top.top.phase, 'C');
	doubtful(desk, top.top.bid_e4, 100200);
	doubtful(desk, top.top.bid_e4, 0);
	doubtful(desk, top.top.bid_e4, -100);
	doubtful(desk, top.top.band_lower_e4, 100001);
	doubtful(desk, top.top.band_upper_e4, 99999);
	doubtful(desk, top.channel_age_ns, UINT64_MAX);
	doubtful(desk, top.channel_age_ns, INT64_MAX);
	doubtful(desk, order.price_e4, 0);
	doubtful(desk, order.price_e4, -100);
	doubtful(desk, order.price_e4, 100001);
	doubtful(desk, order.price_e4, PRICE_E4_MAX);
	doubtful(desk, order.price_e4, INT64_MIN);
	doubtful(desk, order.price_e4, (INT64_C(1) << 32) + 100000);
	doubtful(desk, order.qty, 0);
	doubtful(desk, order.qty, UINT32_MAX);
}

/* Numbers so far that their sums might not fit are no plain ones. */
static void what_is_far_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	struct account_entry *account = &desk->risk->accounts[7];
	desk_pass(desk);
	desk_size(desk, 101);
	struct row *row = rows_find(&desk->risk->rows, row_key(7, 0));
	struct position *firm = &desk->risk->symbols[0].firm;
	const int64_t far = INT64_C(1) << 60;
	int64_t *const words[] = {&row->position.shares, &row->position.working_qty[0],
		&row->position.working_qty[1], &firm->shares, &firm->working_qty[0],
		&account->open_value_e4[0], &account->open_value_e4[1],
		&desk->risk->open_value_e4[0], &desk->risk->open_value_e4[1]};
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		int64_t before = *words[i];
		assert_true(is_plain(desk));
		*words[i] = far;
		assert_false(is_plain(desk));
		*words[i] = INT64_MAX;
		assert_false(is_plain(desk));
		*words[i] = before;
	}
	doubtful(desk, order.reserved_value_e4, far);
	account->money.executed_e4 = INT64_C(1) << 62;
	assert_false(is_plain(desk));
	account->money.executed_e4 = 0;
	desk->risk->money.executed_e4 = -(INT64_C(1) << 62) - 1;
	assert_false(is_plain(desk));
	desk->risk->money.executed_e4 = 0;
	desk->risk->is_torn = true;
	assert_false(is_plain(desk));
}

/* What nobody states refuses every order; what only a way out is held to, no other. */
static void a_limit_that_is_missing_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	desk_unstate(desk, LIMIT_exit_rate);
	desk_unstate(desk, LIMIT_exit_collar);
	assert_true(is_plain(desk));
	desk_unstate(desk, LIMIT_max_open_sell_value);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_OPEN_SELL_VALUE);
}

/* The one limit that an order exceeds by the least there is refuses it, whoever states it; at the limit it is plain. */
static void each_limit_binds_a_plain_order_to_the_last_unit(void **state)
{
	struct desk *desk = *state;
	static const struct {
		unsigned row, limit;
		int64_t used;
		unsigned lane;
		uint8_t side;
	} bounds[] = {
		{DESK_FIRM, LIMIT_max_order_quantity, 101, LANE_MAX_ORDER_QUANTITY, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_value, 10100000, LANE_MAX_ORDER_VALUE, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_quantity_extended, 101, LANE_MAX_ORDER_QUANTITY,
			SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_value_extended, 10100000, LANE_MAX_ORDER_VALUE,
			SIDE_BUY},
		{DESK_FIRM, LIMIT_max_market_data_age, 100, LANE_STALE_MARKET_DATA, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_duplicates, 1, LANE_DUPLICATE_ORDER, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_long_position, 201, LANE_POSITION_LONG, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_long_position, 201, LANE_FIRM_POSITION_LONG, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_short_position, 201, LANE_POSITION_SHORT, SIDE_SELL},
		{DESK_FIRM, LIMIT_max_short_position, 201, LANE_FIRM_POSITION_SHORT, SIDE_SELL},
		{DESK_ACCOUNT_7, LIMIT_max_open_buy_value, 20100000, LANE_OPEN_BUY_VALUE, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_open_buy_value, 20100000, LANE_FIRM_OPEN_BUY_VALUE, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_open_sell_value, 20140200, LANE_OPEN_SELL_VALUE,
			SIDE_SELL},
		{DESK_FIRM, LIMIT_max_open_sell_value, 20140200, LANE_FIRM_OPEN_SELL_VALUE,
			SIDE_SELL},
		{DESK_ACCOUNT_7, LIMIT_credit, 30140200, LANE_CREDIT, SIDE_SELL},
		{DESK_FIRM, LIMIT_credit, 30140200, LANE_CREDIT, SIDE_SELL},
	};
	/* 100 shares of either side work, at the best price of it. */
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_pass(desk);
	desk_size(desk, 101);
	for (unsigned i = 0; i < ARRAY_COUNT(bounds); i++) {
		struct limit_row *row = &desk->rows[bounds[i].row];
		const struct limit_row before = *row;
		struct limit_value *value = &row->limits[bounds[i].limit];
		desk->order.side = bounds[i].side;
		desk->order.price_e4 = bounds[i].side == SIDE_BUY ? 100000 : 100200;
		row->stated |= UINT64_C(1) << bounds[i].limit;
		value->value = bounds[i].used;
		desk_adopt(desk);
		desk_expect(desk, LANE_NONE);
		assert_true(is_plain(desk));
		value->value = bounds[i].used - 1;
		desk_adopt(desk);
		desk_expect(desk, bounds[i].lane);
		*row = before;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(the_first_order_of_a_row_is_not_plain_and_the_second_is),
		desk_test(whatever_is_said_against_an_order_makes_it_doubtful),
		desk_test(whoever_nobody_knows_makes_it_doubtful),
		desk_test(whatever_the_market_does_not_say_makes_it_doubtful),
		desk_test(what_is_far_makes_it_doubtful),
		desk_test(a_limit_that_is_missing_makes_it_doubtful),
		desk_test(each_limit_binds_a_plain_order_to_the_last_unit),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.plain", tests, NULL, NULL);
}
