/* usage_test.c - every limit of limits.def shows what is used of it and tells of 50, 80 and 100 %.

   The list of limits is limits.def itself: each has a function here that uses it up to a percentage, so a
   limit that nobody can use does not compile, and one that nobody shows fails. */
#include <stdio.h>

#include "dataplane/risk/usage.h"
#include "tests/unit/dataplane/risk/desk.h"

enum {
	F = 1 << SCOPE_FIRM,
	S = 1 << SCOPE_SESSION,
	A = 1 << SCOPE_ACCOUNT,
	T = 1 << SCOPE_STRATEGY,
	Y = 1 << SCOPE_SYMBOL,
	AY = 1 << SCOPE_ACCOUNT_SYMBOL,
	C = 1 << SCOPE_SECTOR,
};

/* What the limit under test is, by its unit: tighter than the desk's, whole at each tenth. */
static const struct limit_value tight[] = {
	[SHARES] = {1000, 0, 0, 0},
	[MONEY] = {100000000, 0, 0, 0},
	[BPS] = {100, 0, 0, 0},
	[TICKS] = {10, 0, 0, 0},
	[AGE] = {1000, 0, 0, 0},
	[RATE] = {10, DESK_SECOND, 10, 0},
	[COUNT] = {10, 500, 0, 0},
	[WALK] = {100, 10 * DESK_SECOND, 0, 0},
	[FLAG] = {1, 0, 0, 0},
	[RATIO] = {10, 0, 10, 0},
};

/* Sends an order; it may be refused. */
static void send(struct desk *desk)
{
	if (desk_judge(desk) == LANE_NONE)
		desk_commit(desk);
}

/* Sends an order that is no duplicate of those before. */
static void send_later(struct desk *desk)
{
	desk->turn.now_ns += 1000;
	desk->top.top.last_ns += 1000;
	send(desk);
}

/* Each use_x brings usage of x to so many percent of its tight limit; it stands at `from`. */
static void use_max_order_quantity(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk_size(desk, 10 * to);
	send_later(desk);
}

static void use_max_order_value(struct desk *desk, unsigned from, unsigned to)
{
	use_max_order_quantity(desk, from, to);
}

/* The desk's market says no phase. */
#define use_max_order_quantity_extended use_max_order_quantity
#define use_max_order_value_extended    use_max_order_quantity

static void use_collar(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk->order.price_e4 = 100000 + 10 * to;
	/* One past the limit stands on the tick as well. */
	if (to > 100)
		desk->order.price_e4 = 101100;
	send_later(desk);
}

static void use_collar_ticks(struct desk *desk, unsigned from, unsigned to)
{
	use_collar(desk, from, to);
}

static void use_collar_window(struct desk *desk, unsigned from, unsigned to)
{
	use_collar(desk, from, to);
}

static void use_exit_collar(struct desk *desk, unsigned from, unsigned to)
{
	if (from == 0)
		desk_hold(desk, desk->order.symbol, 3000);
	desk->top.top.bid_e4 = 99900;
	desk->top.top.ask_e4 = 100000;
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = to > 100 ? 98900 : 100000 - 10 * to;
	send_later(desk);
}

static void use_max_bbo_age(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk->top.channel_age_ns = 10 * to;
	send_later(desk);
}

static void use_max_market_data_age(struct desk *desk, unsigned from, unsigned to)
{
	use_max_bbo_age(desk, from, to);
}

static void use_max_trade_age(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk->top.top.bid_e4 = desk->top.top.ask_e4 = 0;
	desk->top.top.last_ns = desk->turn.now_ns - 10 * to;
	send_later(desk);
}

static void use_max_close_age(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk->top.top.bid_e4 = desk->top.top.ask_e4 = desk->top.top.last_e4 = 0;
	struct instrument *instrument = &desk->risk->symbols[desk->order.symbol].instrument;
	instrument->close_e4 = (uint32_t)desk->symbols[0].previous_close_e4;
	instrument->close_wall_ns = desk->symbols[0].previous_close_wall_ns;
	desk->turn.wall_ns = instrument->close_wall_ns + 10 * to;
	desk->order.price_e4 = instrument->close_e4;
	send_later(desk);
}

static void use_max_adv_share(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	desk_size(desk, to);
	send_later(desk);
}

static void use_max_outstanding_share(struct desk *desk, unsigned from, unsigned to)
{
	use_max_order_quantity(desk, from, to);
}

/* What is allowed or not has no usage. */
static void use_allow_buy(struct desk *desk, unsigned from, unsigned to)
{
	(void)from;
	(void)to;
	send_later(desk);
}

static void use_allow_sell(struct desk *desk, unsigned from, unsigned to)
{
	desk->order.side = SIDE_SELL;
	use_allow_buy(desk, from, to);
}

static void use_allow_short(struct desk *desk, unsigned from, unsigned to)
{
	desk->order.mark = SALE_SHORT;
	use_allow_sell(desk, from, to);
}

static void use_allow_exempt(struct desk *desk, unsigned from, unsigned to)
{
	desk->order.mark = SALE_EXEMPT;
	use_allow_sell(desk, from, to);
}

static void use_allow_unmarked_short(struct desk *desk, unsigned from, unsigned to)
{
	use_allow_sell(desk, from, to);
}

static void use_easy_to_borrow(struct desk *desk, unsigned from, unsigned to)
{
	desk->order.locate_qty = desk->order.open_qty;
	use_allow_short(desk, from, to);
}

static void use_max_duplicates(struct desk *desk, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i += 10)
		send(desk);
}

static void use_max_long_position(struct desk *desk, unsigned from, unsigned to)
{
	desk_size(desk, 10 * (to - from));
	send_later(desk);
}

static void use_max_short_position(struct desk *desk, unsigned from, unsigned to)
{
	desk->order.side = SIDE_SELL;
	use_max_long_position(desk, from, to);
}

static void use_locates(struct desk *desk, unsigned from, unsigned to)
{
	if (from == 0)
		desk_limit(desk, LIMIT_easy_to_borrow, 0);
	desk->order.mark = SALE_SHORT;
	desk->order.locate_qty = 10 * (to - from);
	use_max_short_position(desk, from, to);
}

static void use_max_open_buy_value(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

static void use_max_open_sell_value(struct desk *desk, unsigned from, unsigned to)
{
	use_max_short_position(desk, from, to);
}

/* Every symbol's rates are the whole of its value. */
static void use_max_gross_exposure(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

static void use_max_net_exposure(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

static void use_credit(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

static void use_collateral(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

static void use_max_stress(struct desk *desk, unsigned from, unsigned to)
{
	use_max_long_position(desk, from, to);
}

/* A loss is no order's: it comes with the marks. */
static void use_max_loss(struct desk *desk, unsigned from, unsigned to)
{
	const struct risk_trade trade = {.account = 7,
		.strategy = 70,
		.side = SIDE_BUY,
		.symbol = desk->order.symbol,
		.qty = 10000,
		.price_e4 = 100000};
	if (from == 0)
		risk_traded(desk->risk, &trade);
	if (from == 0)
		risk_fill(desk->risk, 7, trade.symbol, SIDE_BUY, 10000, 0, 100000);
	if (to <= 100)
		risk_mark(desk->risk, 7, trade.symbol, 100000 - 100 * (int64_t)to);
}

static void use_max_drawdown(struct desk *desk, unsigned from, unsigned to)
{
	use_max_loss(desk, from, to);
}

/* At one moment, so that no token comes back. */
static void use_order_rate(struct desk *desk, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i += 10) {
		desk_size(desk, 10 + i);
		send(desk);
	}
}

/* Pieces of an order of 10,000 shares, a basis point each. */
static void use_max_slicing(struct desk *desk, unsigned from, unsigned to)
{
	if (from == 0) {
		desk_size(desk, 10000);
		desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
		risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 1);
	}
	desk_size(desk, to - from);
	send(desk);
}

static void use_order_to_trade(struct desk *desk, unsigned from, unsigned to)
{
	use_order_rate(desk, from, to);
}

/* What is used of these three is told as gross exposure, or as stress. */
static void use_capital(struct desk *desk, unsigned from, unsigned to)
{
	use_max_gross_exposure(desk, from, to);
}

static void use_max_leverage(struct desk *desk, unsigned from, unsigned to)
{
	use_capital(desk, from, to);
}

static void use_max_stress_share(struct desk *desk, unsigned from, unsigned to)
{
	use_capital(desk, from, to);
}

static void use_margin_rate(struct desk *desk, unsigned from, unsigned to)
{
	use_capital(desk, from, to);
}

static void use_stress_rate(struct desk *desk, unsigned from, unsigned to)
{
	use_capital(desk, from, to);
}

/* 100 shares at 10.0000 are ten basis points of the capital. */
static void use_max_symbol_share(struct desk *desk, unsigned from, unsigned to)
{
	(void)to;
	if (from == 0)
		desk_limit(desk, LIMIT_capital, 10000000000);
	send_later(desk);
}

static void use_max_sector_share(struct desk *desk, unsigned from, unsigned to)
{
	use_max_symbol_share(desk, from, to);
}

static void use_exit_rate(struct desk *desk, unsigned from, unsigned to)
{
	if (from == 0)
		desk_hold(desk, desk->order.symbol, 3000);
	desk->order.side = SIDE_SELL;
	use_order_rate(desk, from, to);
}

static void use_cancel_rate(struct desk *desk, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i += 10)
		risk_cancel_take(desk->risk, &desk->turn, 1);
}

/* An execution too many happened all the same: what trips is no usage of an order. */
static void use_max_fills(struct desk *desk, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to && i < 100; i += 10)
		assert_int_equal(risk_executed(desk->risk, &desk->turn, 7, 70), 0);
}

static void use_max_fill_rate(struct desk *desk, unsigned from, unsigned to)
{
	use_max_fills(desk, from, to);
}

/* An execution that is so far above the reference of its order, 10.0000. */
static void use_max_slippage(struct desk *desk, unsigned from, unsigned to)
{
	const struct risk_execution execution = {.account = 7,
		.side = SIDE_BUY,
		.symbol = desk->order.symbol,
		.price_e4 = 100000 + 10 * (int64_t)(to <= 100 ? to : 100),
		.reference_e4 = 100000};
	if (from == 0)
		send(desk);
	desk->turn.now_ns += 1000;
	assert_int_equal(risk_slipped(desk->risk, &desk->turn, &execution), 0);
}

static void use_max_slips(struct desk *desk, unsigned from, unsigned to)
{
	const struct risk_execution execution = {
		.account = 7, .side = SIDE_BUY, .symbol = desk->order.symbol, .price_e4 = 100000};
	for (unsigned i = from; i < to && i < 100; i += 10)
		assert_int_equal(risk_slipped(desk->risk, &desk->turn, &execution), 0);
}

static const struct use {
	enum limit limit;
	enum limit_unit unit;
	unsigned scopes;
	void (*use)(struct desk *desk, unsigned from, unsigned to);
} uses[LIMIT_COUNT] = {
#define LIMIT(key, unit, scopes, sentence) {LIMIT_##key, unit, scopes, use_##key},
#include "config/limits.def"
#undef LIMIT
};

/* Where the usage of a limit is kept when a scope states it. */
static enum scope kept_at(enum limit limit, enum scope stated)
{
	bool is_narrow = stated == SCOPE_SYMBOL || stated == SCOPE_ACCOUNT_SYMBOL;
	switch (limit) {
	case LIMIT_max_long_position:
	case LIMIT_max_short_position:
	case LIMIT_max_symbol_share:
		return stated == SCOPE_FIRM || stated == SCOPE_SYMBOL ? SCOPE_SYMBOL
								      : SCOPE_ACCOUNT_SYMBOL;
	case LIMIT_max_open_buy_value:
	case LIMIT_max_open_sell_value:
	case LIMIT_max_gross_exposure:
	case LIMIT_max_net_exposure:
	case LIMIT_credit:
	case LIMIT_max_loss:
	case LIMIT_max_drawdown:
	case LIMIT_collateral:
	case LIMIT_max_stress:
	case LIMIT_max_sector_share:
		return stated;
	case LIMIT_order_rate:
		return stated == SCOPE_FIRM ? SCOPE_SYMBOL : stated;
	case LIMIT_max_fills:
		return SCOPE_STRATEGY;
	case LIMIT_max_fill_rate:
	case LIMIT_max_slips:
	case LIMIT_order_to_trade:
	case LIMIT_locates:
	case LIMIT_exit_rate:
	case LIMIT_cancel_rate:
		return stated;
	default:
		return is_narrow ? SCOPE_ACCOUNT_SYMBOL : SCOPE_ACCOUNT;
	}
}

/* States the tight limit at one scope, of the symbol that the desk trades, beside what the desk states. */
static void state_at(struct desk *desk, const struct use *use, enum scope scope)
{
	const struct limit_value *value = &tight[use->unit];
	struct limit_row *row = &desk->rows[desk->row_count];
	if (scope == SCOPE_FIRM)
		row = &desk->rows[DESK_FIRM];
	else if (scope == SCOPE_SESSION)
		row = &desk->rows[DESK_SESSION_1];
	else if (scope == SCOPE_ACCOUNT)
		row = &desk->rows[DESK_ACCOUNT_7];
	else if (scope == SCOPE_STRATEGY)
		limit_row_init(row, scope, 70, SYMBOL_NONE);
	else
		limit_row_init(row, scope, scope == SCOPE_SYMBOL ? 0 : 7, desk->order.symbol);
	if (row == &desk->rows[desk->row_count])
		desk->row_count++;
	desk_state(row, use->limit, value->value, value->window_ns, value->burst);
}

/* What adds up, or is tighter than the tight one, binds last. */
static void make_room(struct desk *desk)
{
	const enum limit wide[] = {LIMIT_max_order_value, LIMIT_max_duplicates,
		LIMIT_max_long_position, LIMIT_max_short_position, LIMIT_max_open_buy_value,
		LIMIT_max_open_sell_value, LIMIT_max_gross_exposure, LIMIT_max_net_exposure,
		LIMIT_credit, LIMIT_max_loss, LIMIT_max_drawdown, LIMIT_collateral,
		LIMIT_max_stress};
	for (uint32_t row = 0; row < desk->row_count; row++) {
		desk->rows[row].limits[LIMIT_exit_rate].burst = 100;
		for (unsigned i = 0; i < ARRAY_COUNT(wide); i++)
			if (desk->rows[row].stated >> wide[i] & 1)
				desk->rows[row].limits[wide[i]].value =
					wide[i] == LIMIT_max_duplicates ? DUPLICATE_TIMES_MAX
									: INT64_MAX - 1;
	}
}

/* Whose usage at a scope it is: account 7's, whose session is 1 and whose strategy is 70, in the symbol that it trades. */
static void is_whose(const struct desk *desk, const struct usage_row *row, uint32_t symbol)
{
	static const uint32_t ids[SCOPE_COUNT] = {[SCOPE_SESSION] = 1,
		[SCOPE_ACCOUNT] = 7,
		[SCOPE_STRATEGY] = 70,
		[SCOPE_ACCOUNT_SYMBOL] = 7};
	bool is_of_symbol = row->scope == SCOPE_SYMBOL || row->scope == SCOPE_ACCOUNT_SYMBOL;
	assert_int_equal(row->id, ids[row->scope]);
	assert_int_equal(row->symbol, is_of_symbol ? desk->order.symbol : symbol);
}

/* A sector is told by the symbol that moved it. */
static uint32_t events_of(struct desk *desk, const struct use *use, enum scope scope, int64_t usage)
{
	static struct usage_row rows[EVENT_COUNT_MAX];
	uint32_t count = risk_events(desk->risk, rows, EVENT_COUNT_MAX), found = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (rows[i].key != use->limit || rows[i].scope != scope)
			continue;
		is_whose(desk, &rows[i],
			use->limit == LIMIT_max_sector_share ? desk->order.symbol : SYMBOL_NONE);
		assert_int_equal(rows[i].limit, tight[use->unit].value);
		assert_int_equal(rows[i].usage, usage);
		assert_int_equal(rows[i].peak, usage);
		found++;
	}
	return found;
}

/* The lanes of a rate are its bucket and its window. */
static uint32_t lanes_of(const struct use *use)
{
	return use->limit == LIMIT_order_rate ? 2 : 1;
}

static void check_shown(struct desk *desk, const struct use *use, enum scope scope)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count, found = 0;
	uint64_t cursor = 0;
	bool is_of_account =
		scope == SCOPE_ACCOUNT || scope == SCOPE_ACCOUNT_SYMBOL || scope == SCOPE_STRATEGY;
	do {
		cursor = risk_usage(desk->risk, is_of_account ? 7 : 0, desk->turn.now_ns, cursor,
			rows, MAILBOX_ROW_COUNT, &count);
		int64_t usage = use->unit == FLAG ? 0 : tight[use->unit].value;
		for (uint32_t i = 0; i < count; i++) {
			bool is_other = (scope == SCOPE_SESSION && rows[i].id != 1) ||
					(scope == SCOPE_STRATEGY && rows[i].id != 70);
			if (rows[i].key != use->limit || rows[i].scope != scope || is_other)
				continue;
			is_whose(desk, &rows[i], SYMBOL_NONE);
			assert_int_equal(rows[i].usage, usage);
			assert_int_equal(rows[i].peak, usage);
			assert_int_equal(rows[i].limit, tight[use->unit].value);
			found++;
		}
	} while (cursor != 0);
	assert_int_equal(found, lanes_of(use));
}

/* Up to the limit in steps of a tenth, and one past it: what is refused uses nothing. */
static void check_limit(struct desk *desk, const struct use *use, enum scope stated)
{
	enum scope scope = kept_at(use->limit, stated);
	make_room(desk);
	state_at(desk, use, stated);
	desk_adopt(desk);
	for (unsigned percent = 10; percent <= 100; percent += 10) {
		bool is_mark =
			use->unit != FLAG && (percent == 50 || percent == 80 || percent == 100);
		use->use(desk, percent - 10, percent);
		assert_int_equal(
			events_of(desk, use, scope, tight[use->unit].value * percent / 100),
			is_mark ? lanes_of(use) : 0);
	}
	check_shown(desk, use, scope);
	use->use(desk, 100, 110);
	assert_int_equal(events_of(desk, use, scope, 0), 0);
	check_shown(desk, use, scope);
}

static void every_limit_at_every_scope_is_shown_and_told_at_each_mark(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		for (unsigned scope = 0; scope < SCOPE_COUNT; scope++) {
			static struct desk desk;
			if ((uses[i].scopes >> scope & 1) == 0 || i == LIMIT_capital ||
				i == LIMIT_max_leverage || i == LIMIT_max_stress_share ||
				limit_is_floor((enum limit)i))
				continue;
			print_message("             %s stated for the %s\n", limit_keys[i].key,
				scope_name((enum scope)scope));
			desk_open(&desk);
			/* Not the first, which whoever looks for none finds. */
			desk.order.symbol = 2;
			check_limit(&desk, &uses[i], (enum scope)scope);
			desk_close(&desk);
		}
}

static const struct usage_row *row_of(
	struct desk *desk, uint32_t account, enum limit limit, enum scope scope)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	risk_usage(desk->risk, account, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].key == limit && rows[i].scope == scope)
			return &rows[i];
	fail_msg("no row of %s", limit_keys[limit].key);
	return NULL;
}

/* A limit of gross exposure or of stress, of 2,000.0000: 100 shares at 10.0000 are half of it.  The desk's stress is the whole. */
struct of_capital {
	uint8_t row, scope, lane, limit;
	uint32_t account;
};

static void expect_told_of_capital(struct desk *desk, const struct of_capital *of)
{
	static struct usage_row events[EVENT_COUNT_MAX];
	unsigned found = 0;
	desk_state(&desk->rows[of->row], LIMIT_capital, 10000000, 0, 0);
	desk_state(&desk->rows[of->row], LIMIT_max_leverage, 30000, 0, 0);
	desk_state(&desk->rows[of->row], (enum limit)of->limit, 20000, 0, 0);
	desk_adopt(desk);
	for (unsigned percent = 10; percent <= 110; percent += 10) {
		desk_size(desk, 20);
		send_later(desk);
		uint32_t count = risk_events(desk->risk, events, EVENT_COUNT_MAX);
		for (uint32_t e = 0; e < count; e++) {
			if (events[e].lane != of->lane)
				continue;
			assert_int_equal(events[e].key, of->limit);
			assert_int_equal(events[e].scope, of->scope);
			assert_int_equal(events[e].usage, percent * 200000);
			assert_int_equal(events[e].limit, 20000000);
			found += percent == 50 || percent == 80 || percent == 100;
		}
	}
	assert_int_equal(found, 3);
	const struct usage_row *row =
		row_of(desk, of->account, (enum limit)of->limit, (enum scope)of->scope);
	assert_int_equal(row->usage, 20000);
	assert_int_equal(row->peak, 20000);
	assert_int_equal(row->limit, 20000);
}

static void a_part_of_the_capital_is_shown_and_told_where_it_is_what_binds(void **state)
{
	static const struct of_capital cases[] = {
		{DESK_ACCOUNT_7, SCOPE_ACCOUNT, LANE_GROSS_EXPOSURE, LIMIT_max_leverage, 7},
		{DESK_FIRM, SCOPE_FIRM, LANE_GROSS_EXPOSURE, LIMIT_max_leverage, 0},
		{DESK_ACCOUNT_7, SCOPE_ACCOUNT, LANE_PORTFOLIO_RISK, LIMIT_max_stress_share, 7},
		{DESK_FIRM, SCOPE_FIRM, LANE_PORTFOLIO_RISK, LIMIT_max_stress_share, 0},
	};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		static struct desk desk;
		desk_open(&desk);
		expect_told_of_capital(&desk, &cases[i]);
		desk_close(&desk);
	}
}

/* Where it is not what binds, the exposure's own limit is named; of no capital, nothing is any part. */
static void exposure_is_told_by_its_own_limit_where_leverage_does_not_bind(void **state)
{
	struct desk *desk = *state;
	static struct usage_row events[EVENT_COUNT_MAX];
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_gross_exposure, 20000000, 0, 0);
	desk_adopt(desk);
	send_later(desk);
	uint32_t count = risk_events(desk->risk, events, EVENT_COUNT_MAX), found = 0;
	for (uint32_t i = 0; i < count; i++) {
		assert_int_not_equal(events[i].key, LIMIT_max_leverage);
		found += events[i].key == LIMIT_max_gross_exposure;
	}
	assert_int_equal(found, 1);
	assert_int_equal(row_of(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT)->usage, 1);
	desk_limit(desk, LIMIT_capital, 0);
	assert_true(row_of(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT)->usage == INT64_MAX);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 100, 10000000);
	assert_int_equal(row_of(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT)->usage, 0);
	desk_unstate(desk, LIMIT_max_leverage);
	assert_true(row_of(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT)->limit == INT64_MIN);
}

static void a_symbol_with_limits_of_its_own_has_a_meter_of_its_own(void **state)
{
	struct desk *desk = *state;
	const struct meter *account = &desk->risk->accounts[7].meter;
	state_at(desk, &uses[LIMIT_max_order_quantity], SCOPE_SYMBOL);
	desk_adopt(desk);
	desk_size(desk, 600);
	desk_pass(desk);
	assert_int_equal(account->peak[LIMIT_max_order_quantity], 0);
	desk->order.symbol = 2;
	desk_size(desk, 400);
	desk_pass(desk);
	assert_int_equal(account->peak[LIMIT_max_order_quantity], 400);
	const struct row *row = rows_find(&desk->risk->rows, row_key(7, 0));
	assert_int_equal(usage_meter(desk->risk, row)->peak[LIMIT_max_order_quantity], 600);
}

/* What the symbol states adds up: its orders alone are the account's as any others. */
static void a_symbol_that_states_nothing_of_single_orders_has_no_meter(void **state)
{
	struct desk *desk = *state;
	state_at(desk, &uses[LIMIT_max_long_position], SCOPE_SYMBOL);
	desk_adopt(desk);
	desk_size(desk, 600);
	desk_pass(desk);
	assert_int_equal(desk->risk->accounts[7].meter.peak[LIMIT_max_order_quantity], 600);
	assert_false(rows_find(&desk->risk->rows, row_key(7, 0))->has_meter);
}

static void peaks_stay_when_another_epoch_comes(void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 600);
	desk_pass(desk);
	desk_limit(desk, LIMIT_max_order_quantity, 800);
	assert_int_equal(desk->risk->accounts[7].meter.peak[LIMIT_max_order_quantity], 600);
	assert_int_equal(desk->risk->accounts[7].meter.now[LIMIT_max_order_quantity], 600);
}

static void add_bytes(void *context, const void *bytes, size_t size)
{
	uint64_t *sum = context;
	for (size_t i = 0; i < size; i++)
		*sum = (*sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001B3);
}

/* usage (1): whatever the meters hold, the same orders pass and the same state is hashed. */
static void no_decision_and_no_hash_reads_a_meter(void **state)
{
	struct desk *desk = *state;
	struct verdict before;
	uint64_t sums[2] = {0};
	desk_pass(desk);
	desk_judge(desk);
	before = desk->verdict;
	risk_state_write(desk->risk, add_bytes, &sums[0]);
	memset(&desk->risk->accounts[7].meter, 0x5A, sizeof(struct meter));
	memset(desk->risk->rows.meters, 0x5A, sizeof(struct meter));
	desk_judge(desk);
	risk_state_write(desk->risk, add_bytes, &sums[1]);
	assert_memory_equal(&before, &desk->verdict, sizeof before);
	assert_int_equal(sums[0], sums[1]);
}

static void a_page_holds_a_whole_account(void **state)
{
	struct desk *desk = *state;
	struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	assert_int_equal(
		risk_usage(desk->risk, 7, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count),
		0);
	/* its meters, five gauges, those of money, of parts of its capital and of its sectors, of its two strategies, of its slips and of its messages */
	assert_int_equal(count, METER_COUNT + 5 + MONEY_KIND_COUNT + 7);
}

/* Tokens come back although no order comes. */
static void now_is_when_the_question_is_asked(void **state)
{
	struct desk *desk = *state;
	struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	desk_pass(desk);
	for (unsigned later = 0; later < 2; later++) {
		risk_usage(desk->risk, 7, desk->turn.now_ns + later * DESK_SECOND, 0, rows,
			MAILBOX_ROW_COUNT, &count);
		for (uint32_t i = 0; i < count; i++)
			if (rows[i].key == LIMIT_order_rate)
				assert_int_equal(rows[i].usage, later == 0);
	}
}

/* A sale that is taken back leaves the account long again: two thirds of its limit are used, as before it. */
static void a_broken_sale_is_used_of_what_may_be_held_long(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 2000, 0, 100000);
	const struct row *row = rows_find(&desk->risk->rows, row_key(7, 0));
	const struct gauge *gauge =
		&desk->risk->rows.gauges[row - desk->risk->rows.rows].positions[SIDE_BUY];
	int64_t mark = gauge->mark;
	assert_true(mark > 0);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 2000, 0, 100000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 100000);
	assert_int_equal(gauge->mark, 0);
	risk_unfill(desk->risk, 7, 0, SIDE_SELL, 2000, 100000);
	assert_int_equal(gauge->mark, mark);
}

/* Half of what an account may hold long, and of what another may hold short. */
static void what_a_journal_begins_with_is_used_of_its_limits(void **state)
{
	struct desk *desk = *state;
	struct usage_row events[16];
	unsigned found = 0;
	risk_start(desk->risk, 7, 0, 1500, 90000, 100000);
	risk_start(desk->risk, 8, 1, -1000, 90000, 100000);
	uint32_t count = risk_events(desk->risk, events, ARRAY_COUNT(events));
	for (uint32_t i = 0; i < count; i++) {
		bool is_long = events[i].lane == LANE_POSITION_LONG;
		if (!is_long && events[i].lane != LANE_POSITION_SHORT)
			continue;
		found++;
		assert_int_equal(events[i].id, is_long ? 7 : 8);
		assert_int_equal(events[i].usage, is_long ? 1500 : 1000);
	}
	assert_int_equal(found, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_at_every_scope_is_shown_and_told_at_each_mark),
		cmocka_unit_test(a_part_of_the_capital_is_shown_and_told_where_it_is_what_binds),
		desk_test(exposure_is_told_by_its_own_limit_where_leverage_does_not_bind),
		desk_test(a_symbol_with_limits_of_its_own_has_a_meter_of_its_own),
		desk_test(a_symbol_that_states_nothing_of_single_orders_has_no_meter),
		desk_test(peaks_stay_when_another_epoch_comes),
		desk_test(no_decision_and_no_hash_reads_a_meter),
		desk_test(a_page_holds_a_whole_account),
		desk_test(now_is_when_the_question_is_asked),
		desk_test(a_broken_sale_is_used_of_what_may_be_held_long),
		desk_test(what_a_journal_begins_with_is_used_of_its_limits),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.usage", tests, NULL, NULL);
}
