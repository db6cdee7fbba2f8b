/* risk_edges_test.c - what is named beyond every table, what finds its table full, and what nobody stated. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/sums.h"
#include "dataplane/risk/usage.h"
#include "drivers/machine/cpu.h"

static const struct usage_row *shown(
	struct desk *desk, uint32_t account, enum scope scope, unsigned lane, uint32_t key)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	risk_usage(desk->risk, account, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].scope == scope && rows[i].lane == lane &&
			(lane != LANE_NONE || rows[i].key == key))
			return &rows[i];
	return NULL;
}

static void an_order_of_an_account_beyond_the_table_is_nobodys(void **state)
{
	static const uint16_t accounts[] = {ACCOUNT_COUNT_MAX, ACCOUNT_COUNT_MAX + 7, UINT16_MAX};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(accounts); i++) {
		desk->order.account = accounts[i]; /* the low bits of one are account 7's */
		risk_prefetch(desk->risk, &desk->order);
		desk_expect(desk, LANE_UNKNOWN_ACCOUNT);
		risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 5);
	}
	assert_int_equal(desk->risk->rows.count, 0);
}

/* The low bits of a symbol beyond the table are those of one that is held. */
static void an_order_of_a_symbol_beyond_the_table_finds_nobodys_row(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.row, 1);
	desk->order.symbol = UINT32_C(1) << 16; /* account 7 has this bit already */
	desk_expect(desk, LANE_UNKNOWN_SYMBOL);
	assert_int_equal(desk->verdict.row, 0);
}

/* Each session by its own number, wherever its bit stands; beyond the last there is none. */
static void a_session_speaks_for_an_account_by_its_own_number(void **state)
{
	static const uint16_t speaks[] = {63, 64, 127, 128, SESSION_COUNT_MAX - 1};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(speaks); i++) {
		uint64_t *bits = desk->risk->accounts[7].sessions;
		memset(bits, 0, sizeof desk->risk->accounts[7].sessions);
		bits[speaks[i] / 64] = UINT64_C(1) << speaks[i] % 64;
		for (uint32_t session = 1; session < 2 * SESSION_COUNT_MAX; session++) {
			desk->order.session = (uint16_t)session;
			desk_judge(desk);
			assert_int_equal(desk->verdict.mask >> LANE_UNKNOWN_ACCOUNT & 1,
				session != speaks[i]);
		}
	}
}

/* What stands behind an account's strategies is none of them. */
static void a_number_beside_the_strategies_is_none(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
		desk->risk->accounts[7].strategies[i] = (uint16_t)(100 + i);
	desk->risk->accounts[7].approved_until_wall_ns = UINT64_C(0x0FFF00C800C800C8);
	for (uint16_t strategy = 99; strategy <= 201; strategy++) {
		desk->order.strategy = strategy;
		desk_judge(desk);
		assert_int_equal(desk->verdict.mask >> LANE_UNKNOWN_STRATEGY & 1,
			strategy < 100 || strategy >= 100 + ACCOUNT_STRATEGY_MAX);
	}
	static const uint16_t beyond[] = {STRATEGY_COUNT_MAX, UINT16_MAX};
	for (unsigned i = 0; i < ARRAY_COUNT(beyond); i++) {
		desk->order.strategy = beyond[i];
		desk_expect(desk, LANE_UNKNOWN_STRATEGY);
	}
}

/* What comes nearer for a symbol that is none may be where another's row lies: it stays what it was. */
static void a_symbol_that_is_none_may_fall_on_anothers_row(void **state)
{
	struct desk *desk = *state;
	const uint32_t other = row_key(7, 0) + UINT32_C(2971215073); /* one slot, one mark */
	desk_hold(desk, 0, 100);
	assert_int_equal(rows_guess(&desk->risk->rows, other), 1);
	risk_approach(desk->risk, (uint16_t)(other >> 16), other & 0xFFFF);
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->risk->rows.count, 1);
}

/* Who judged may have another's row at that place, or none: what is committed goes to the row of the order. */
static void a_row_that_stands_elsewhere_with_who_judged_is_looked_for(void **state)
{
	struct desk *desk = *state;
	struct risk *judge = desk->risk, *other = risk_open(&desk->site);
	desk_hold(desk, 1, 100);
	desk_hold(desk, 0, 100);
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.row, 2);
	desk->risk = other;
	desk_adopt(desk);
	desk_hold(desk, 0, 100);
	desk_hold(desk, 2, 100);
	desk_commit(desk);
	assert_int_equal(other->rows.rows[0].position.working_qty[SIDE_BUY], 100);
	assert_int_equal(other->rows.rows[1].position.working_qty[SIDE_BUY], 0);
	assert_int_equal(other->rows.count, 2);
	desk->risk = judge;
	risk_close(other);
}

/* Each of the four sums by itself. */
static void a_sum_that_is_the_largest_there_is_overflows(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	int64_t *const sums[] = {&risk->rows.rows[0].position.working_qty[SIDE_BUY],
		&risk->symbols[0].firm.working_qty[SIDE_BUY],
		&risk->accounts[7].open_value_e4[SIDE_BUY], &risk->open_value_e4[SIDE_BUY]};
	desk_hold(desk, 0, 100);
	for (unsigned i = 0; i < ARRAY_COUNT(sums); i++) {
		desk_judge(desk);
		assert_false(desk->verdict.mask >> LANE_OVERFLOW & 1);
		*sums[i] = INT64_MAX - 10;
		desk_judge(desk);
		assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
		*sums[i] = 0;
	}
}

static void what_does_not_exist_has_no_mark(void **state)
{
	struct desk *desk = *state;
	struct risk_held held;
	desk_hold(desk, 0, 100);
	risk_mark(desk->risk, 7, UINT32_C(1) << 16, 123400);
	risk_mark(desk->risk, 7, 3, 123400);
	risk_mark(desk->risk, 8, 0, 123400);
	risk_prefetch(desk->risk, &(struct risk_order){.symbol = SYMBOL_NONE, .account = 999});
	assert_true(risk_held(desk->risk, 0, &held));
	assert_int_equal(held.mark_e4, 100000);
	assert_false(risk_held(desk->risk, 1, &held));
}

static void what_happened_without_room_for_it_is_counted_for_the_firm(void **state)
{
	struct desk *desk = *state;
	struct position_row rows[8];
	uint32_t count;
	desk->risk->rows.count = ROW_COUNT_MAX;
	risk_start(desk->risk, 7, 2, 500, 100000, 100000);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 40, 0, 100000);
	risk_charge(desk->risk, 7, 2, 3);
	desk->risk->rows.count = 0;
	assert_true(desk->risk->is_torn);
	risk_positions(desk->risk, 0, 0, rows, 8, &count);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].account, 0);
	assert_int_equal(rows[0].position, 540);
	desk_expect(desk, LANE_TABLE_FULL);
}

/* What finds no row is not remembered, and nothing of it can come back: a new row is refused as well. */
static void a_refusal_that_finds_the_table_full_is_remembered_by_nobody(void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 1001);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	desk->risk->rows.count = ROW_COUNT_MAX;
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 5);
	assert_int_equal(desk->risk->rows.count, ROW_COUNT_MAX);
	desk->risk->rows.count = 0;
	desk_size(desk, 1000);
	desk_expect(desk, LANE_NONE);
}

static void a_market_order_without_a_grid_has_no_price(void **state)
{
	struct desk *desk = *state;
	assert_true(risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order) > 0);
	desk->risk->symbols[0].instrument.is_known = 0;
	assert_int_equal(risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 0);
}

/* Where the walk's window has ended, the price goes from the market of now. */
static void a_market_order_forgets_the_walk_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk_pass(desk); /* the walk begins at 100,000 */
	desk->top.top.bid_e4 = 102000;
	desk->top.top.ask_e4 = 102200;
	desk->turn.now_ns += 10 * DESK_SECOND - 1;
	desk->top.top.last_ns = desk->turn.now_ns;
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 102000);
	desk->turn.now_ns += 1;
	/* 100 bps of 102,000, down to the tick */
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 103000);
}

/* A limit of nothing is a limit: the price is the reference. */
static void a_market_order_that_may_not_move_is_at_the_reference(void **state)
{
	static const enum limit limits[] = {LIMIT_collar, LIMIT_collar_ticks, LIMIT_collar_window};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(limits); i++) {
		desk_state_all(desk);
		desk_adopt(desk);
		desk_limit(desk, limits[i], 0);
		assert_int_equal(
			risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order),
			100000);
	}
}

static void executions_of_nobody_trip_nobody(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fills, 0, DESK_SECOND, 0);
	desk_adopt(desk);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, 7, 70), RISK_TRIP_STRATEGY_FILLS);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, 7, 72), 0);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, 0, 70), 0);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, ACCOUNT_COUNT_MAX, 70), 0);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, 7, STRATEGY_COUNT_MAX + 70), 0);
}

/* The loss is named before the drawdown, by its lane, and only beyond its limit. */
static void a_loss_is_told_with_its_lane(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	desk_limit(desk, LIMIT_max_drawdown, 50000);
	desk_hold(desk, 0, 100);
	risk_mark(desk->risk, 7, 0, 100500); /* won 50,000 */
	risk_mark(desk->risk, 7, 0, 100000);
	assert_false(risk_loss(desk->risk, 7, &loss) || risk_loss(desk->risk, 0, &loss));
	for (uint32_t account = 0; account <= 7; account += 7) {
		risk_mark(desk->risk, 7, 0, 99999);
		assert_true(risk_loss(desk->risk, account, &loss));
		assert_int_equal(loss.lane, LANE_DRAWDOWN);
		assert_int_equal(loss.used_e4, 50100);
		assert_int_equal(loss.limit_e4, 50000);
	}
	desk_limit(desk, LIMIT_max_loss, 99);
	assert_true(risk_loss(desk->risk, 7, &loss));
	assert_int_equal(loss.lane, LANE_LOSS);
	assert_int_equal(loss.used_e4, 100);
	desk_limit(desk, LIMIT_max_loss, 100);
	assert_true(risk_loss(desk->risk, 7, &loss) && loss.lane == LANE_DRAWDOWN);
	desk_unstate(desk, LIMIT_max_drawdown);
	assert_false(risk_loss(desk->risk, 7, &loss));
	assert_false(risk_loss(desk->risk, 8, &loss));
}

/* What is not stated trips nothing, because nothing passes without it; it is shown as none. */
static void what_trips_and_is_not_stated_is_shown_as_none(void **state)
{
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_fills);
	desk_unstate(desk, LIMIT_max_fill_rate);
	desk_unstate(desk, LIMIT_max_slips);
	desk_unstate(desk, LIMIT_order_rate);
	assert_int_equal(risk_executed(desk->risk, &desk->turn, 7, 70), 0);
	const struct usage_row *fills = shown(desk, 7, SCOPE_STRATEGY, LANE_NONE, LIMIT_max_fills);
	assert_true(fills != NULL && fills->usage == 0 && fills->limit == INT64_MIN);
	const struct usage_row *rate = shown(desk, 0, SCOPE_FIRM, LANE_NONE, LIMIT_max_fill_rate);
	assert_true(rate != NULL && rate->usage == 0 && rate->limit == INT64_MIN);
	const struct usage_row *slips = shown(desk, 0, SCOPE_FIRM, LANE_NONE, LIMIT_max_slips);
	assert_true(slips != NULL && slips->usage == 0 && slips->limit == INT64_MIN);
	desk_expect(desk, LANE_NOT_CONFIGURED);
	assert_true(desk->verdict.mask >> LANE_SESSION_RATE & 1);
	assert_true(desk->verdict.mask >> LANE_SESSION_WINDOW & 1);
	assert_true(desk->verdict.mask >> LANE_SYMBOL_RATE & 1);
}

static void an_account_that_is_none_slips_nowhere(void **state)
{
	static const uint16_t accounts[] = {0, 9, ACCOUNT_COUNT_MAX, UINT16_MAX};
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_slips, 3, DESK_SECOND, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_slips, 0, DESK_SECOND, 0);
	desk_adopt(desk);
	for (unsigned i = 0; i < ARRAY_COUNT(accounts); i++) {
		const struct risk_execution execution = {
			.account = accounts[i], .price_e4 = 100000, .reference_e4 = 0};
		assert_int_equal(risk_slipped(desk->risk, &desk->turn, &execution),
			i < 3 ? 0 : RISK_TRIP_FIRM_SLIPS);
	}
	assert_true(shown(desk, 9, SCOPE_ACCOUNT, LANE_NONE, LIMIT_max_slips) == NULL);
}

/* A symbol whose rate is not known takes everything; whose account states no limit is refused as not stated. */
static void a_rate_that_nobody_knows_is_everything_of_the_limit_that_is_stated(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument_rate(instrument, 0, 10000);
	desk_expect(desk, LANE_MARGIN);
	assert_true(desk->verdict.usage == INT64_MAX && desk->verdict.limit == 1000000000);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	instrument_rate(instrument, 10000, 0);
	desk_expect(desk, LANE_PORTFOLIO_RISK);
	assert_true(desk->verdict.usage == INT64_MAX && desk->verdict.limit == 1000000000);
	instrument_rate(instrument, 0, 0);
	desk->rows[DESK_ACCOUNT_7].stated &= ~(UINT64_C(1) << LIMIT_collateral);
	desk_adopt(desk);
	desk_expect(desk, LANE_MARGIN);
	assert_true(desk->verdict.limit == INT64_MIN);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
}

static void easy_to_borrow(struct desk *desk, int64_t value)
{
	for (uint32_t i = 0; i < desk->row_count; i++)
		if ((desk->rows[i].stated >> LIMIT_easy_to_borrow & 1) != 0)
			desk->rows[i].limits[LIMIT_easy_to_borrow].value = value;
	desk_adopt(desk);
}

/* Nothing located and nothing stated is nothing to show; either is, but for what needs no locate. */
static void located_shares_are_shown_where_there_are_any_or_may_be(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	assert_true(shown(desk, 7, SCOPE_ACCOUNT_SYMBOL, LANE_NO_LOCATE, 0) == NULL);
	risk_located(desk->risk, 7, 0, 5, 3);
	easy_to_borrow(desk, 1);
	assert_true(shown(desk, 7, SCOPE_ACCOUNT_SYMBOL, LANE_NO_LOCATE, 0) == NULL);
	easy_to_borrow(desk, 0);
	const struct usage_row *row = shown(desk, 7, SCOPE_ACCOUNT_SYMBOL, LANE_NO_LOCATE, 0);
	assert_true(row != NULL && row->usage == 8 && row->limit == INT64_MIN);
	risk_located(desk->risk, 7, 0, -5, -3);
	risk_located(desk->risk, 7, 2, 5, 3); /* no row */
	limit_row_init(&desk->rows[5], SCOPE_ACCOUNT_SYMBOL, 7, 0);
	desk_state(&desk->rows[5], LIMIT_locates, 300, 0, 0);
	desk->row_count = 6;
	desk_adopt(desk);
	row = shown(desk, 7, SCOPE_ACCOUNT_SYMBOL, LANE_NO_LOCATE, 0);
	assert_true(row != NULL && row->usage == 0 && row->limit == 300 && row->peak == 8);
}

/* A symbol that was only asked for has tokens in use and no position. */
static void a_symbol_is_shown_once_something_happened_in_it(void **state)
{
	struct desk *desk = *state;
	assert_true(shown(desk, 0, SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0) == NULL);
	desk_pass(desk);
	const struct usage_row *row = shown(desk, 0, SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0);
	assert_true(row != NULL && row->usage == 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 100, 10000000);
	assert_true(shown(desk, 0, SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0) != NULL);
}

/* Whose a row is: its scope says which of account, session, strategy and symbol it names. */
static void expect_whose(const struct usage_row *row, uint32_t account)
{
	bool has_symbol = row->scope == SCOPE_SYMBOL || row->scope == SCOPE_ACCOUNT_SYMBOL;
	assert_int_equal(row->symbol, has_symbol ? 0 : SYMBOL_NONE);
	switch (row->scope) {
	case SCOPE_ACCOUNT:
	case SCOPE_ACCOUNT_SYMBOL:
		assert_int_equal(row->id, account);
		break;
	case SCOPE_SESSION:
		assert_in_range(row->id, 1, 2);
		break;
	case SCOPE_STRATEGY:
		assert_in_range(row->id, 70, 71);
		break;
	default:
		assert_int_equal(row->id, 0);
	}
}

static void rows_of_usage_say_whose_they_are(void **state)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	struct desk *desk = *state;
	uint32_t count, scopes = 0;
	desk_pass(desk);
	for (uint32_t account = 0; account <= 7; account += 7) {
		risk_usage(
			desk->risk, account, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
		for (uint32_t i = 0; i < count; i++) {
			expect_whose(&rows[i], account);
			scopes |= 1u << rows[i].scope;
		}
	}
	assert_int_equal(scopes, 1u << SCOPE_FIRM | 1u << SCOPE_SESSION | 1u << SCOPE_ACCOUNT |
					 1u << SCOPE_SYMBOL | 1u << SCOPE_ACCOUNT_SYMBOL |
					 1u << SCOPE_STRATEGY);
}

static void adopt_size(struct desk *desk, int64_t most)
{
	desk_limit(desk, LIMIT_max_order_quantity, most);
}

static void expect_size(struct desk *desk, uint32_t most)
{
	desk_size(desk, most);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, most + 1);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
}

/* Limits that are held come back once, whole, and those that ended are not held: again and again. */
static void limits_that_are_held_come_back_or_are_forgotten(void **state)
{
	struct desk *desk = *state;
	for (unsigned round = 0; round < 3; round++) {
		adopt_size(desk, 1000);
		uint32_t epoch = risk_limits_epoch(desk->risk);
		risk_limits_hold(desk->risk);
		adopt_size(desk, 500);
		expect_size(desk, 500);
		adopt_size(desk, 600); /* a later epoch holds nothing more */
		expect_size(desk, 600);
		risk_limits_return(desk->risk);
		expect_size(desk, 1000);
		assert_int_equal(risk_limits_epoch(desk->risk), epoch);
		risk_limits_hold(desk->risk);
		adopt_size(desk, 400);
		risk_limits_forget(desk->risk);
		expect_size(desk, 400);
	}
}

/* A load touches only what it changes: each part of a rate is such a change by itself, and so is that it goes or comes. */
static void each_part_of_a_rate_that_a_load_changes_is_in_force(void **state)
{
	static const struct limit_value rates[] = {{900, DESK_SECOND, 900, 0},
		{800, DESK_SECOND, 900, 0}, {800, 2 * DESK_SECOND, 900, 0},
		{800, 2 * DESK_SECOND, 700, 0}};
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[DESK_ACCOUNT_7];
	const struct bucket *bucket = &desk->risk->accounts[7].orders.bucket;
	for (unsigned i = 0; i < ARRAY_COUNT(rates); i++) {
		row->limits[LIMIT_order_rate] = rates[i];
		desk_adopt(desk);
		assert_int_equal(bucket->rate, rates[i].value);
		assert_int_equal(bucket->window_ns, rates[i].window_ns);
		assert_int_equal(bucket->capacity, (int64_t)(rates[i].burst * rates[i].window_ns));
	}
	row->stated &= ~(UINT64_C(1) << LIMIT_order_rate);
	desk_adopt(desk);
	assert_true(bucket->capacity == INT64_MIN);
	row->stated |= UINT64_C(1) << LIMIT_order_rate;
	desk_adopt(desk);
	assert_int_equal(bucket->rate, 800);
}

/* How far an execution may slip: whoever covers the order may state it, and one is enough. */
static void a_slippage_is_stated_by_anyone_who_covers_the_order(void **state)
{
	static const struct {
		enum scope scope;
		uint32_t id, symbol;
	} rows[] = {{SCOPE_FIRM, 0, SYMBOL_NONE}, {SCOPE_ACCOUNT, 7, SYMBOL_NONE},
		{SCOPE_SYMBOL, 0, 0}, {SCOPE_ACCOUNT_SYMBOL, 7, 0}};
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_slippage);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct limit_row *row = rows[i].scope == SCOPE_FIRM ? &desk->rows[DESK_FIRM]
					: rows[i].scope == SCOPE_ACCOUNT
						? &desk->rows[DESK_ACCOUNT_7]
						: &desk->rows[5];
		if (row == &desk->rows[5]) {
			limit_row_init(row, rows[i].scope, rows[i].id, rows[i].symbol);
			desk_state(row, LIMIT_collar, 100, 0, 0);
			desk->row_count = 6;
			desk_adopt(desk);
		}
		desk_expect(desk, LANE_NOT_CONFIGURED);
		desk_state(row, LIMIT_max_slippage, 500, 0, 0);
		desk_adopt(desk);
		desk_expect(desk, LANE_NONE);
		desk_unstate(desk, LIMIT_max_slippage);
	}
}

/* The first number that is none, of everything a row may name. */
static void a_row_that_names_what_is_beyond_a_table_is_refused(void **state)
{
	static const struct {
		enum scope scope;
		uint32_t id, symbol;
		bool is_there;
	} rows[] = {{SCOPE_FIRM, 0, SYMBOL_NONE, true}, {SCOPE_FIRM, 1, SYMBOL_NONE, false},
		{SCOPE_FIRM, 0, 0, false}, {SCOPE_SESSION, 2, SYMBOL_NONE, true},
		{SCOPE_SESSION, 3, SYMBOL_NONE, false}, {SCOPE_SESSION, 2, 0, false},
		{SCOPE_SESSION, SESSION_COUNT_MAX, SYMBOL_NONE, false},
		{SCOPE_SESSION, UINT32_MAX, SYMBOL_NONE, false},
		{SCOPE_ACCOUNT, 7, SYMBOL_NONE, true}, {SCOPE_ACCOUNT, 7, 0, false},
		{SCOPE_ACCOUNT, 0, SYMBOL_NONE, false},
		{SCOPE_ACCOUNT, ACCOUNT_COUNT_MAX, SYMBOL_NONE, false},
		{SCOPE_ACCOUNT, UINT32_MAX, SYMBOL_NONE, false}, {SCOPE_SYMBOL, 0, 2, true},
		{SCOPE_SYMBOL, 0, 3, false}, {SCOPE_SYMBOL, 1, 2, false},
		{SCOPE_SYMBOL, 0, SYMBOL_NONE, false}, {SCOPE_ACCOUNT_SYMBOL, 7, 2, true},
		{SCOPE_ACCOUNT_SYMBOL, 7, 3, false}, {SCOPE_ACCOUNT_SYMBOL, 9, 2, false},
		{SCOPE_STRATEGY, 71, SYMBOL_NONE, true}, {SCOPE_STRATEGY, 72, SYMBOL_NONE, false},
		{SCOPE_STRATEGY, 70, 0, false},
		{SCOPE_STRATEGY, STRATEGY_COUNT_MAX, SYMBOL_NONE, false}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct limit_row row;
		risk_limits_begin(desk->risk);
		limit_row_init(&row, rows[i].scope, rows[i].id, rows[i].symbol);
		assert_int_equal(risk_limits_row(desk->risk, &row), rows[i].is_there);
	}
}

/* What is looked at is taken anew with every limit. */
static void a_throttle_that_gets_a_limit_forgets_up_to_where_it_was_still(void **state)
{
	struct desk *desk = *state;
	struct throttle *throttle = &desk->risk->accounts[7].orders;
	throttle->tokens_still = throttle->window_still = INT64_MAX;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_order_rate, 10, DESK_SECOND, 10);
	desk_adopt(desk);
	assert_int_equal(throttle->tokens_still, gauge_still(&throttle->tokens));
	assert_int_equal(throttle->window_still, gauge_still(&throttle->window));
	assert_true(throttle->tokens_still < INT64_MAX && throttle->window_still < INT64_MAX);
}

/* Account 1, strategy 70 and symbol 0 state what would refuse an order that is judged by theirs; who is none has no number. */
static void who_is_none_is_judged_alike_whatever_its_number(void **state)
{
	static const uint16_t accounts[] = {0, ACCOUNT_COUNT_MAX, UINT16_MAX};
	static const uint16_t strategies[] = {0, STRATEGY_COUNT_MAX, UINT16_MAX};
	static const uint32_t symbols[] = {SYMBOL_NONE, 3, 4};
	struct desk *desk = *state;
	desk->accounts[1].id = 1;
	desk->rows[DESK_ACCOUNT_8].id = 1;
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	limit_row_init(&desk->rows[5], SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(&desk->rows[5], LIMIT_max_loss, 0, 0, 0);
	limit_row_init(&desk->rows[6], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[6], LIMIT_max_loss, 1000000000, 0, 0);
	desk->row_count = 7;
	desk_adopt(desk);
	risk_traded(desk->risk, &(struct risk_trade){.account = 7,
					.strategy = 70,
					.side = SIDE_BUY,
					.symbol = 2,
					.qty = 10,
					.price_e4 = 100000});
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 10, 0, 100000);
	risk_mark(desk->risk, 7, 2, 90000);
	for (unsigned which = 0; which < 3; which++) {
		struct risk_order order = desk->order;
		struct verdict first = {.mask = 0};
		for (unsigned i = 0; i < 3; i++) {
			desk->order.account = which == 0 ? accounts[i] : order.account;
			desk->order.strategy = which == 1 ? strategies[i] : order.strategy;
			desk->order.symbol = which == 2 ? symbols[i] : order.symbol;
			assert_int_not_equal(desk_judge(desk), LANE_NONE);
			desk->verdict.duplicate_bucket = 0; /* of whatever symbol it says */
			if (i == 0)
				first = desk->verdict;
			assert_memory_equal(&desk->verdict, &first, sizeof first);
		}
		desk->order = order;
	}
}

/* On the fastest kernels that the machine has. */
static void whoever_opens_it_judges_as_fast_as_the_machine_can(void **state)
{
	(void)state;
	assert_ptr_equal(lanes_compare, lanes_kernel_of((int)cpu_isa()));
	assert_memory_equal(&sums_best, sums_kernels_of((int)cpu_isa()), sizeof sums_best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(an_order_of_an_account_beyond_the_table_is_nobodys),
		desk_test(an_order_of_a_symbol_beyond_the_table_finds_nobodys_row),
		desk_test(a_session_speaks_for_an_account_by_its_own_number),
		desk_test(a_number_beside_the_strategies_is_none),
		desk_test(a_symbol_that_is_none_may_fall_on_anothers_row),
		desk_test(a_row_that_stands_elsewhere_with_who_judged_is_looked_for),
		desk_test(a_sum_that_is_the_largest_there_is_overflows),
		desk_test(what_does_not_exist_has_no_mark),
		desk_test(what_happened_without_room_for_it_is_counted_for_the_firm),
		desk_test(a_refusal_that_finds_the_table_full_is_remembered_by_nobody),
		desk_test(a_market_order_without_a_grid_has_no_price),
		desk_test(a_market_order_forgets_the_walk_on_the_nanosecond),
		desk_test(a_market_order_that_may_not_move_is_at_the_reference),
		desk_test(executions_of_nobody_trip_nobody),
		desk_test(a_loss_is_told_with_its_lane),
		desk_test(what_trips_and_is_not_stated_is_shown_as_none),
		desk_test(an_account_that_is_none_slips_nowhere),
		desk_test(a_rate_that_nobody_knows_is_everything_of_the_limit_that_is_stated),
		desk_test(rows_of_usage_say_whose_they_are),
		desk_test(limits_that_are_held_come_back_or_are_forgotten),
		desk_test(each_part_of_a_rate_that_a_load_changes_is_in_force),
		desk_test(a_slippage_is_stated_by_anyone_who_covers_the_order),
		desk_test(a_row_that_names_what_is_beyond_a_table_is_refused),
		desk_test(located_shares_are_shown_where_there_are_any_or_may_be),
		desk_test(a_symbol_is_shown_once_something_happened_in_it),
		desk_test(a_throttle_that_gets_a_limit_forgets_up_to_where_it_was_still),
		desk_test(who_is_none_is_judged_alike_whatever_its_number),
		desk_test(whoever_opens_it_judges_as_fast_as_the_machine_can),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk_edges", tests, NULL, NULL);
}
