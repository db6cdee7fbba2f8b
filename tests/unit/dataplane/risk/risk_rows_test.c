/* risk_rows_test.c - what operators see: positions, usage, effective limits, events. */
#include "dataplane/risk/event.h"
#include "tests/unit/dataplane/risk/told.h"

static void positions_are_shown_by_account_and_for_the_firm(void **state)
{
	struct desk *desk = *state;
	struct position_row rows[8];
	uint32_t count;
	desk_pass(desk);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 40, 4000000, 99900);
	risk_fill(desk->risk, 8, 0, SIDE_SELL, 10, 0, 100000);
	risk_charge(desk->risk, 7, 0, 500);
	risk_charge(desk->risk, 8, 0, -20);
	assert_int_equal(risk_positions(desk->risk, 7, 0, rows, 8, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].account, 7);
	assert_int_equal(rows[0].position, 40);
	assert_int_equal(rows[0].working_buy_qty, 60);
	assert_int_equal(rows[0].working_buy_value_e4, 6000000);
	assert_int_equal(rows[0].bought_qty, 40);
	assert_int_equal(rows[0].bought_value_e4, 3996000);
	assert_int_equal(rows[0].fees_e4, 500);
	assert_int_equal(risk_positions(desk->risk, 0, 0, rows, 8, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(rows[2].account, 0);
	assert_int_equal(rows[2].position, 30);
	assert_int_equal(rows[2].sold_qty, 10);
	assert_int_equal(rows[2].working_buy_qty, 60);
	assert_int_equal(rows[2].fees_e4, 480);
}

/* A share that was held counts for nothing that was bought or sold since. */
static void expect_begun(
	const struct position_row *row, int64_t shares, int64_t bought, int64_t sold)
{
	assert_int_equal(row->start_shares, shares);
	assert_int_equal(row->position, shares + bought - sold);
	assert_true(row->bought_qty == bought && row->sold_qty == sold);
	assert_true(row->bought_value_e4 == bought * 100000 && row->sold_value_e4 == sold * 100000);
}

static void what_was_held_when_the_day_began_is_shown_apart(void **state)
{
	static const int64_t held[] = {500, -300};
	struct position_row rows[8];
	uint32_t count;
	for (unsigned i = 0; i < ARRAY_COUNT(held); i++) {
		struct desk *desk = *state;
		risk_start(desk->risk, 7, 0, held[i], 99000, 99500);
		risk_fill(desk->risk, 7, 0, SIDE_BUY, 40, 0, 100000);
		risk_fill(desk->risk, 7, 0, SIDE_SELL, 30, 0, 100000);
		risk_mark(desk->risk, 7, 0, 100100);
		risk_positions(desk->risk, 0, 0, rows, 8, &count);
		assert_int_equal(count, 2);
		for (unsigned row = 0; row < count; row++)
			expect_begun(&rows[row], held[i], 40, 30);
		assert_int_equal(rows[0].start_cost_e4, 99000);
		assert_int_equal(rows[0].start_price_e4, 99500);
		assert_int_equal(rows[0].mark_e4, 100100);
		assert_int_equal(rows[0].pnl_e4, held[i] * 600 + 10 * 100);
		desk_close(desk);
		desk_open(desk);
	}
}

static void a_day_begins_with_nothing_gained_or_lost(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	static const uint32_t whose[] = {7, 0};
	risk_start(desk->risk, 7, 0, -500, 99000, 100000);
	for (unsigned i = 0; i < ARRAY_COUNT(whose); i++) {
		enum scope scope = whose[i] == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT;
		assert_true(shown(desk, whose[i], LIMIT_max_loss, scope, SYMBOL_NONE, &row));
		assert_int_equal(row.usage, 0);
		assert_true(shown(desk, whose[i], LIMIT_max_drawdown, scope, SYMBOL_NONE, &row));
		assert_int_equal(row.usage, 0);
	}
}

/* Six tenths of a thousand, and then more than eight of seven hundred: marks begin anew with the limit. */
static void marks_of_a_symbols_orders_follow_its_limit(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk->row_count = 6;
	limit_row_init(&desk->rows[5], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[5], LIMIT_max_order_quantity, 1000, 0, 0);
	desk_adopt(desk);
	desk_size(desk, 600);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	assert_int_equal(row.limit, 1000);
	desk_state(&desk->rows[5], LIMIT_max_order_quantity, 700, 0, 0);
	desk_adopt(desk);
	desk->turn.now_ns += 1000;
	desk->top.top.last_ns += 1000;
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	assert_int_equal(row.limit, 700);
}

static void a_cursor_goes_on_where_the_page_ended(void **state)
{
	struct desk *desk = *state;
	struct position_row row;
	uint64_t cursor = 0;
	uint32_t count, pages = 0, seen = 0;
	for (uint32_t symbol = 0; symbol < 3; symbol++)
		desk_hold(desk, symbol, 10 + symbol);
	do {
		cursor = risk_positions(desk->risk, 0, cursor, &row, 1, &count);
		seen += count;
		assert_true(++pages < 20);
	} while (cursor != 0);
	assert_int_equal(seen, 6);
}

/* No symbol is walked for it, however many there are. */
static void what_accounts_hold_is_told_without_the_firm(void **state)
{
	struct desk *desk = *state;
	struct position_row rows[4];
	uint32_t count;
	for (uint32_t symbol = 0; symbol < 3; symbol++)
		desk_hold(desk, symbol, 10 + symbol);
	uint64_t cursor = risk_holdings(desk->risk, 0, rows, 2, &count);
	assert_int_equal(cursor, 2);
	assert_int_equal(count, 2);
	assert_int_equal(risk_holdings(desk->risk, cursor, &rows[2], 2, &count), 0);
	assert_int_equal(count, 1);
	for (uint32_t symbol = 0; symbol < 3; symbol++) {
		assert_int_equal(rows[symbol].account, 7);
		assert_int_equal(rows[symbol].symbol, symbol);
		assert_int_equal(rows[symbol].position, 10 + symbol);
	}
	assert_int_equal(risk_holdings(desk->risk, 0, rows, 3, &count), 0);
	assert_int_equal(count, 3);
}

static const struct usage_row *usage_of(
	struct desk *desk, uint32_t account, unsigned lane, uint32_t symbol)
{
	static struct usage_row rows[64];
	uint64_t cursor = 0;
	do {
		uint32_t count;
		cursor = risk_usage(
			desk->risk, account, desk->turn.now_ns, cursor, rows, 64, &count);
		for (uint32_t i = 0; i < count; i++)
			if (rows[i].lane == lane && rows[i].symbol == symbol)
				return &rows[i];
	} while (cursor != 0);
	fail_msg("no usage of %s", lane_name(lane));
	return NULL;
}

static void usage_is_shown_now_and_at_its_peak(void **state)
{
	struct desk *desk = *state;
	const struct usage_row *row;
	desk_size(desk, 900);
	desk_pass(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 800, 80000000);
	row = usage_of(desk, 7, LANE_POSITION_LONG, 0);
	assert_int_equal(row->usage, 100);
	assert_int_equal(row->peak, 900);
	assert_int_equal(row->limit, 3000);
	row = usage_of(desk, 7, LANE_OPEN_BUY_VALUE, SYMBOL_NONE);
	assert_int_equal(row->usage, 10000000);
	assert_int_equal(row->peak, 90000000);
	assert_int_equal(row->limit, 300000000);
	row = usage_of(desk, 7, LANE_MAX_ORDER_QUANTITY, SYMBOL_NONE);
	assert_int_equal(row->peak, 900);
	assert_int_equal(row->limit, 1000);
	row = usage_of(desk, 7, LANE_ACCOUNT_WINDOW, SYMBOL_NONE);
	assert_int_equal(row->usage, 1);
	assert_int_equal(row->limit, 900);
	row = usage_of(desk, 0, LANE_FIRM_POSITION_LONG, 0);
	assert_int_equal(row->peak, 900);
	assert_int_equal(row->limit, 6000);
	row = usage_of(desk, 0, LANE_FIRM_POSITION_SHORT, 0);
	assert_int_equal(row->usage, 0);
	assert_int_equal(row->limit, 4000);
	row = usage_of(desk, 0, LANE_FIRM_OPEN_BUY_VALUE, SYMBOL_NONE);
	assert_int_equal(row->usage, 10000000);
	row = usage_of(desk, 0, LANE_SESSION_RATE, SYMBOL_NONE);
	assert_int_equal(row->usage, 1);
	assert_int_equal(row->limit, 900);
	row = usage_of(desk, 0, LANE_SYMBOL_RATE, 0);
	assert_int_equal(row->peak, 1);
}

static void a_page_of_any_size_goes_on_and_ends(void **state)
{
	struct desk *desk = *state;
	struct usage_row rows[56];
	uint64_t cursor = 0;
	uint32_t count, pages = 0, seen = 0;
	desk_pass(desk);
	desk->order.symbol = 2;
	desk_pass(desk);
	do {
		cursor = risk_usage(desk->risk, 7, 0, cursor, rows,
			METER_COUNT + 12 + MONEY_KIND_COUNT, &count);
		seen += count;
		assert_true(++pages < 50);
	} while (cursor != 0);
	/* the account's meters, five gauges, those of money, of leverage and of sectors, of two strategies, of slips and of messages, and three for each of two rows */
	assert_int_equal(seen, METER_COUNT + 5 + MONEY_KIND_COUNT + 7 + 6);
	assert_int_equal(risk_usage(desk->risk, 7, 0, 0, rows, 1, &count), 1);
	assert_int_equal(count, 1);
	/* What it just holds is all, and what is behind it stays what it was. */
	rows[seen].limit = 4711;
	assert_int_equal(risk_usage(desk->risk, 7, 0, 0, rows, seen, &count), 0);
	assert_true(count == seen && rows[seen].limit == 4711);
	rows[seen - 1].limit = 4711;
	assert_true(risk_usage(desk->risk, 7, 0, 0, rows, seen - 1, &count) != 0);
	assert_true(count == seen - 3 && rows[seen - 1].limit == 4711);
	assert_int_equal(risk_usage(desk->risk, 9, 0, 0, rows, 16, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(risk_usage(desk->risk, 5000, 0, 0, rows, 16, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(risk_usage(desk->risk, ACCOUNT_COUNT_MAX, 0, 0, rows, 16, &count), 0);
	assert_int_equal(count, 0);
}

static void an_unstated_limit_is_shown_as_none(void **state)
{
	struct desk *desk = *state;
	const struct usage_row *row;
	desk_pass(desk);
	desk_unstate(desk, LIMIT_order_rate);
	row = usage_of(desk, 7, LANE_ACCOUNT_RATE, SYMBOL_NONE);
	assert_true(row->limit == INT64_MIN);
	row = usage_of(desk, 7, LANE_ACCOUNT_WINDOW, SYMBOL_NONE);
	assert_true(row->limit == INT64_MIN);
}

static void the_effective_limit_is_the_tightest_with_its_owner(void **state)
{
	struct desk *desk = *state;
	const struct effective_named seven = {.account = 7},
				     nobody = {.account = 5000, .symbol = SYMBOL_NONE};
	struct effective_row row;
	desk->rows[DESK_ACCOUNT_7].limits[LIMIT_collar].value = 50;
	desk_adopt(desk);
	row = desk_effective(desk, seven, LIMIT_collar, SCOPE_FIRM);
	assert_int_equal(row.value.value, 50);
	assert_int_equal(row.owner_scope, SCOPE_ACCOUNT);
	row = desk_effective(desk, seven, LIMIT_max_order_quantity, SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
	row = desk_effective(desk, nobody, LIMIT_collar, SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
}

/* What adds up is told for each whose sum it is, also where one of them has no limit and refuses. */
static void limits_of_different_sums_are_told_apart(void **state)
{
	struct desk *desk = *state;
	const struct effective_named seven = {.account = 7};
	struct effective_row row;
	desk_adopt(desk);
	row = desk_effective(desk, seven, LIMIT_credit, SCOPE_FIRM);
	assert_int_equal(row.scopes, 1u << SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
	desk->rows[DESK_ACCOUNT_7].stated &= ~(UINT64_C(1) << LIMIT_credit);
	desk_adopt(desk);
	row = desk_effective(desk, seven, LIMIT_credit, SCOPE_ACCOUNT);
	assert_int_equal(row.limit, LIMIT_credit);
	assert_int_equal(row.owner_scope, SCOPE_COUNT);
	assert_int_equal(row.absence, ABSENCE_REFUSES);
	assert_true(row.value.value == INT64_MIN && row.in_force == INT64_MIN);
	row = desk_effective(desk, seven, LIMIT_credit, SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
}

/* Nothing is said of a session or a strategy that nobody asked for. */
static void what_binds_a_session_or_a_strategy_is_told_of_the_one_that_is_named(void **state)
{
	struct desk *desk = *state;
	struct effective_named named = {.account = 7};
	struct effective_row row;
	desk_adopt(desk);
	row = desk_effective(desk, named, LIMIT_cancel_rate, SCOPE_SESSION);
	assert_int_equal(row.limit, LIMIT_COUNT);
	row = desk_effective(desk, named, LIMIT_order_rate, SCOPE_STRATEGY);
	assert_int_equal(row.limit, LIMIT_COUNT);
	named.session = 1;
	row = desk_effective(desk, named, LIMIT_order_rate, SCOPE_SESSION);
	assert_int_equal(row.owner_scope, SCOPE_SESSION);
	assert_int_equal(row.in_force, row.value.value);
	assert_int_equal(row.absence, ABSENCE_REFUSES);
	named.session = 3;
	named.strategy = 1;
	row = desk_effective(desk, named, LIMIT_cancel_rate, SCOPE_SESSION);
	assert_int_equal(row.limit, LIMIT_cancel_rate);
	assert_int_equal(row.owner_scope, SCOPE_COUNT);
	assert_int_equal(row.absence, ABSENCE_PASSES);
	row = desk_effective(desk, named, LIMIT_order_rate, SCOPE_STRATEGY);
	assert_int_equal(row.limit, LIMIT_order_rate);
	assert_int_equal(row.absence, ABSENCE_PASSES);
}

static void each_limit_that_may_bind_is_told_once_and_in_its_place(void **state)
{
	struct desk *desk = *state;
	struct effective_row rows[LIMIT_BIND_COUNT];
	const struct effective_named named = {.account = 7, .session = 1, .strategy = 1};
	desk_adopt(desk);
	assert_int_equal(risk_effective(desk->risk, &named, rows), LIMIT_BIND_COUNT);
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		assert_int_equal(rows[i].limit, limit_binds[i].limit);
		assert_int_equal(rows[i].scopes, limit_binds[i].scopes);
	}
	const struct effective_named nobody = {
		.account = 7, .session = 1, .strategy = STRATEGY_COUNT_MAX};
	uint32_t count = risk_effective(desk->risk, &nobody, rows);
	assert_true(count < LIMIT_BIND_COUNT);
	for (uint32_t i = 0; i < count; i++)
		assert_int_not_equal(rows[i].scopes, 1 << SCOPE_STRATEGY);
}

/* Account 1 is one as any: what it states is not the firm's, nor that of who is none. */
static void what_the_first_account_states_is_its_own(void **state)
{
	struct desk *desk = *state;
	const enum limit limit = LIMIT_max_order_quantity;
	desk->accounts[0].id = 1;
	desk->rows[DESK_ACCOUNT_7].id = 1;
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_limit(desk, LIMIT_max_order_quantity, 1000);
	desk->rows[DESK_ACCOUNT_7].limits[LIMIT_max_order_quantity].value = 50;
	desk_adopt(desk);
	assert_int_equal(
		desk_effective(desk, (struct effective_named){1, 0, 0, 0}, limit, SCOPE_FIRM)
			.in_force,
		50);
	assert_int_equal(
		desk_effective(desk, (struct effective_named){5000, 0, 0, 0}, limit, SCOPE_FIRM)
			.in_force,
		1000);
	assert_int_equal(desk_effective(desk, (struct effective_named){ACCOUNT_COUNT_MAX, 3, 0, 0},
				 limit, SCOPE_FIRM)
				 .in_force,
		1000);
	risk_reserve(desk->risk, 1, 0, SIDE_BUY, 5, 0);
	assert_int_equal(usage_of(desk, 0, LANE_GROSS_EXPOSURE, SYMBOL_NONE)->limit, 2000000000);
	assert_int_equal(usage_of(desk, 0, LANE_FIRM_POSITION_LONG, 0)->limit, 6000);
	assert_int_equal(usage_of(desk, 1, LANE_GROSS_EXPOSURE, SYMBOL_NONE)->limit, 1000000000);
}

static uint32_t events_of(struct desk *desk, unsigned lane, struct usage_row *last)
{
	struct usage_row rows[256];
	uint32_t count = risk_events(desk->risk, rows, 256), found = 0;
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].lane == lane) {
			*last = rows[i];
			found++;
		}
	return found;
}

static void what_one_order_uses_is_told_of_its_account(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_size(desk, 500);
	desk_pass(desk);
	assert_int_equal(events_of(desk, LANE_MAX_ORDER_QUANTITY, &last), 1);
	assert_true(last.scope == SCOPE_ACCOUNT && last.id == 7 && last.symbol == SYMBOL_NONE);
	assert_true(last.usage == 500 && last.limit == 1000);
}

/* Also where more was used already: marks are those of the limit in force. */
static void a_mark_of_a_symbols_new_limit_is_told(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_size(desk, 500);
	desk_pass(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 400, 40000000);
	desk->rows[DESK_FIRM].limits[LIMIT_max_long_position].value = 400;
	desk_adopt(desk);
	desk_size(desk, 100);
	assert_int_equal(events_of(desk, LANE_FIRM_POSITION_LONG, &last), 0);
	desk_pass(desk);
	assert_int_equal(events_of(desk, LANE_FIRM_POSITION_LONG, &last), 1);
	assert_true(last.usage == 200 && last.limit == 400);
}

static void marks_of_a_limit_are_told_once(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1499, 0);
	assert_int_equal(events_of(desk, LANE_POSITION_LONG, &last), 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 0);
	assert_int_equal(events_of(desk, LANE_POSITION_LONG, &last), 1);
	assert_int_equal(last.usage, 1500);
	assert_int_equal(last.limit, 3000);
	assert_int_equal(last.scope, SCOPE_ACCOUNT_SYMBOL);
	assert_int_equal(last.id, 7);
	assert_int_equal(last.symbol, 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 900, 0);
	assert_int_equal(events_of(desk, LANE_POSITION_LONG, &last), 1);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 600, 0);
	assert_int_equal(events_of(desk, LANE_POSITION_LONG, &last), 1);
	assert_int_equal(last.usage, 3000);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 3000, 0, 100000);
	assert_int_equal(events_of(desk, LANE_POSITION_LONG, &last), 0);
}

/* Half of what may be held long, and of what may be held short, again once all of it was given back. */
static void a_mark_of_either_side_is_told_again_once_it_was_given_back(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned side = 0; side < 2; side++) {
		unsigned lane = LANE_POSITION_LONG + side;
		uint32_t half = side == SIDE_BUY ? 1500 : 1000;
		for (unsigned time = 0; time < 2; time++) {
			risk_reserve(desk->risk, 7, 1, (enum side)side, half, 0);
			assert_int_equal(events_of(desk, lane, &last), 1);
			assert_true(last.usage == half && last.symbol == 1);
			risk_release(desk->risk, 7, 1, (enum side)side, half, 0);
			assert_int_equal(events_of(desk, lane, &last), 0);
		}
	}
}

/* Three thousand of six, which two accounts have together, and neither half of its own. */
static void a_mark_of_a_symbol_is_told_again_once_all_accounts_gave_it_back(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk->rows[DESK_ACCOUNT_7].limits[LIMIT_max_long_position].value = 6000;
	desk->rows[DESK_ACCOUNT_8].limits[LIMIT_max_long_position].value = 6000;
	desk_adopt(desk);
	for (unsigned time = 0; time < 2; time++) {
		risk_reserve(desk->risk, 7, 1, SIDE_BUY, 1400, 0);
		assert_int_equal(events_of(desk, LANE_FIRM_POSITION_LONG, &last), 0);
		risk_reserve(desk->risk, 8, 1, SIDE_BUY, 1600, 0);
		assert_int_equal(events_of(desk, LANE_FIRM_POSITION_LONG, &last), 1);
		assert_true(last.usage == 3000 && last.symbol == 1);
		risk_release(desk->risk, 7, 1, SIDE_BUY, 1400, 0);
		risk_release(desk->risk, 8, 1, SIDE_BUY, 1600, 0);
	}
}

/* Five of ten at once, told of the bucket and of the window, and five again when those are long over. */
static void a_rate_is_told_again_once_its_orders_are_over(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_rate, 10, DESK_SECOND, 10);
	desk_adopt(desk);
	for (unsigned time = 0; time < 2; time++) {
		for (uint32_t i = 1; i <= 5; i++) {
			desk_size(desk, 10 * i);
			desk_pass(desk);
			assert_int_equal(
				told(desk, LIMIT_order_rate, SCOPE_ACCOUNT, &last), i == 5 ? 2 : 0);
		}
		assert_true(last.usage == 5 && last.limit == 10);
		desk->turn.now_ns += 10 * DESK_SECOND;
		desk->top.top.last_ns = desk->turn.now_ns;
	}
}

static void tokens_are_told_in_orders(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned i = 0; i < 3; i++)
		assert_true(risk_cancel_take(desk->risk, &desk->turn, 1));
	assert_int_equal(events_of(desk, LANE_NONE, &last), 1);
	assert_int_equal(last.scope, SCOPE_SESSION);
	assert_int_equal(last.usage, 3);
	assert_int_equal(last.limit, 5);
}

static void unread_events_give_way_to_new_ones(void **state)
{
	struct desk *desk = *state;
	struct usage_row rows[EVENT_COUNT_MAX + 1];
	for (unsigned i = 0; i < 2 * EVENT_COUNT_MAX; i++) {
		risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1500, 0);
		risk_release(desk->risk, 7, 0, SIDE_BUY, 1500, 0);
	}
	assert_int_equal(risk_events(desk->risk, rows, 1), 1);
	assert_int_equal(risk_events(desk->risk, rows, EVENT_COUNT_MAX + 1), EVENT_COUNT_MAX - 1);
	assert_int_equal(risk_events(desk->risk, rows, 1), 0);
}

/* However many were told before. */
static void what_was_read_of_events_is_not_told_again(void **state)
{
	struct desk *desk = *state;
	static struct usage_row rows[EVENT_COUNT_MAX];
	const uint32_t most = EVENT_COUNT_MAX / 4 * 3;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < most; i++)
			event_keep(desk->risk, (struct usage_row){.id = round * most + i});
		assert_int_equal(risk_events(desk->risk, rows, EVENT_COUNT_MAX), most);
		for (uint32_t i = 0; i < most; i++)
			assert_int_equal(rows[i].id, round * most + i);
	}
}

/* Nothing of it was bought, nothing works. */
static void what_was_only_sold_is_shown_of_the_firm(void **state)
{
	struct desk *desk = *state;
	struct position_row rows[8];
	uint32_t count;
	desk_hold(desk, 1, -10);
	assert_int_equal(risk_positions(desk->risk, 0, 0, rows, 8, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].account, 7);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].position, -10);
		assert_int_equal(rows[i].sold_qty, 10);
		assert_int_equal(rows[i].working_sell_qty, 0);
	}
	assert_int_equal(rows[1].account, 0);
	assert_int_equal(rows[1].symbol, 1);
}

static void the_firms_open_values_are_shown_by_the_lanes_that_they_breach(void **state)
{
	struct desk *desk = *state;
	static const struct {
		enum limit limit;
		enum lane lane;
	} sides[] = {{LIMIT_max_open_buy_value, LANE_FIRM_OPEN_BUY_VALUE},
		{LIMIT_max_open_sell_value, LANE_FIRM_OPEN_SELL_VALUE}};
	struct usage_row row = {.flags = 0};
	for (unsigned i = 0; i < ARRAY_COUNT(sides); i++) {
		assert_true(shown(desk, 0, sides[i].limit, SCOPE_FIRM, SYMBOL_NONE, &row));
		assert_int_equal(row.lane, sides[i].lane);
	}
}

static void what_one_order_uses_of_a_symbols_limit_is_told_of_that_symbol(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {.flags = 0};
	desk->row_count = 6;
	limit_row_init(&desk->rows[5], SCOPE_SYMBOL, 0, 2);
	desk_state(&desk->rows[5], LIMIT_max_order_quantity, 1000, 0, 0);
	desk_adopt(desk);
	desk->order.symbol = 2;
	desk_size(desk, 500);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	assert_true(row.id == 7 && row.symbol == 2 && row.lane == LANE_MAX_ORDER_QUANTITY);
	assert_true(row.usage == 500 && row.peak == 500 && row.limit == 1000);
}

static void half_is_margin(struct desk *desk, uint32_t symbol)
{
	desk->risk->symbols[symbol].instrument.margin_bps = 5000;
	desk->risk->symbols[symbol].instrument.stress_bps = 5000;
}

static void works(struct desk *desk, uint32_t symbol, enum side side, uint32_t qty, bool is_order)
{
	desk->order.symbol = symbol;
	desk->order.side = (uint8_t)side;
	desk->order.price_e4 = 100000;
	desk->turn.now_ns += 1000;
	desk->top.top.last_ns += 1000;
	desk->top.top.bid_e4 = side == SIDE_BUY ? 100000 : 99900;
	desk->top.top.ask_e4 = side == SIDE_BUY ? 100200 : 100000;
	desk_size(desk, qty);
	if (is_order)
		desk_pass(desk);
	else
		risk_reserve(desk->risk, 7, symbol, side, qty, 100000 * (int64_t)qty);
}

/* A thousand shares worked both ways in one symbol, which is their whole margin.  Then 800 one way and 800 the other, in symbols
   of which half is: of all kinds of money only the gross exposure was never so large. */
static void a_peak_of_the_gross_exposure_alone_is_shown_of_both_owners(void **state)
{
	(void)state;
	for (unsigned is_order = 0; is_order < 2; is_order++) {
		static struct desk desk;
		struct usage_row row = {.flags = 0};
		desk_open(&desk);
		half_is_margin(&desk, 1);
		half_is_margin(&desk, 2);
		for (unsigned side = 0; side < 2; side++)
			works(&desk, 0, (enum side)side, 1000, is_order);
		for (unsigned side = 0; side < 2; side++)
			risk_release(desk.risk, 7, 0, (enum side)side, 1000, 100000000);
		works(&desk, 1, SIDE_BUY, 800, is_order);
		works(&desk, 2, SIDE_SELL, 800, is_order);
		for (unsigned firm = 0; firm < 2; firm++) {
			assert_true(shown(&desk, firm ? 0 : 7, LIMIT_max_gross_exposure,
				firm ? SCOPE_FIRM : SCOPE_ACCOUNT, SYMBOL_NONE, &row));
			assert_true(row.usage == 160000000 && row.peak == 160000000);
			assert_true(shown(&desk, firm ? 0 : 7, LIMIT_credit,
				firm ? SCOPE_FIRM : SCOPE_ACCOUNT, SYMBOL_NONE, &row));
			assert_true(row.usage == 160000000 && row.peak == 200000000);
		}
		desk_close(&desk);
	}
}

/* By a single order, by what was bought and sold again, or only bought or sold: each is looked at again. */
static void a_symbol_in_which_anything_was_done_is_shown(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {.flags = 0};
	for (uint32_t symbol = 0; symbol < 3; symbol++)
		assert_false(shown(desk, 0, LIMIT_max_long_position, SCOPE_SYMBOL, symbol, &row));
	desk_pass(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 100, 10000000);
	desk_hold(desk, 1, 1);
	desk_hold(desk, 1, -1);
	desk_hold(desk, 2, -1);
	for (uint32_t symbol = 0; symbol < 3; symbol++) {
		assert_true(shown(desk, 0, LIMIT_max_long_position, SCOPE_SYMBOL, symbol, &row));
		assert_int_equal(row.usage, symbol == 2 ? -1 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(positions_are_shown_by_account_and_for_the_firm),
		desk_test(what_was_held_when_the_day_began_is_shown_apart),
		desk_test(a_day_begins_with_nothing_gained_or_lost),
		desk_test(marks_of_a_symbols_orders_follow_its_limit),
		desk_test(a_cursor_goes_on_where_the_page_ended),
		desk_test(what_accounts_hold_is_told_without_the_firm),
		desk_test(usage_is_shown_now_and_at_its_peak),
		desk_test(a_page_of_any_size_goes_on_and_ends),
		desk_test(an_unstated_limit_is_shown_as_none),
		desk_test(the_effective_limit_is_the_tightest_with_its_owner),
		desk_test(limits_of_different_sums_are_told_apart),
		desk_test(what_binds_a_session_or_a_strategy_is_told_of_the_one_that_is_named),
		desk_test(each_limit_that_may_bind_is_told_once_and_in_its_place),
		desk_test(what_the_first_account_states_is_its_own),
		desk_test(what_one_order_uses_is_told_of_its_account),
		desk_test(a_mark_of_a_symbols_new_limit_is_told),
		desk_test(marks_of_a_limit_are_told_once),
		desk_test(a_mark_of_either_side_is_told_again_once_it_was_given_back),
		desk_test(a_mark_of_a_symbol_is_told_again_once_all_accounts_gave_it_back),
		desk_test(a_rate_is_told_again_once_its_orders_are_over),
		desk_test(tokens_are_told_in_orders),
		desk_test(unread_events_give_way_to_new_ones),
		desk_test(what_was_read_of_events_is_not_told_again),
		desk_test(what_was_only_sold_is_shown_of_the_firm),
		desk_test(what_one_order_uses_of_a_symbols_limit_is_told_of_that_symbol),
		cmocka_unit_test(a_peak_of_the_gross_exposure_alone_is_shown_of_both_owners),
		desk_test(a_symbol_in_which_anything_was_done_is_shown),
		desk_test(the_firms_open_values_are_shown_by_the_lanes_that_they_breach),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk_rows", tests, NULL, NULL);
}
