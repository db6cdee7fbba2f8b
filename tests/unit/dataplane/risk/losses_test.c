/* losses_test.c - the loss and the fall of a strategy and of a symbol: by hand, at its limit and one past it, from the day's beginning, and
   nobody else's. */
#include "dataplane/risk/losses.h"

#include "dataplane/risk/usage.h"
#include "tests/unit/dataplane/risk/desk.h"

/* Strategy 70 may lose 10.0000, symbol 0 may lose 15.0000 over all accounts. */
enum { OF_STRATEGY = 100000, OF_SYMBOL = 150000 };

static void state_own(struct desk *desk, enum scope scope, uint32_t id, uint32_t symbol,
	enum limit limit, int64_t most)
{
	struct limit_row *row = &desk->rows[desk->row_count++];
	limit_row_init(row, scope, id, symbol);
	desk_state(row, limit, most, 0, 0);
	desk_adopt(desk);
}

static void state_loss(
	struct desk *desk, enum scope scope, uint32_t id, uint32_t symbol, int64_t most)
{
	state_own(desk, scope, id, symbol, LIMIT_max_loss, most);
}

static void state_fall(
	struct desk *desk, enum scope scope, uint32_t id, uint32_t symbol, int64_t most)
{
	state_own(desk, scope, id, symbol, LIMIT_max_drawdown, most);
}

/* A fill of a strategy as the gate tells it, fees apart. */
static void traded(
	struct desk *desk, uint16_t account, uint16_t strategy, int64_t qty, int64_t price_e4)
{
	const struct risk_trade trade = {.account = account,
		.strategy = strategy,
		.side = qty > 0 ? SIDE_BUY : SIDE_SELL,
		.symbol = desk->order.symbol,
		.qty = qty > 0 ? qty : -qty,
		.price_e4 = price_e4};
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, account, desk->order.symbol, (enum side)trade.side,
		(uint32_t)trade.qty, 0, price_e4);
}

/* The market moves, and with it the reference of buys. */
static void bid_at(struct desk *desk, int64_t bid_e4)
{
	desk->top.top.bid_e4 = bid_e4;
	desk->top.top.ask_e4 = bid_e4 + 200;
	desk->order.price_e4 = bid_e4 / 100 * 100;
}

static void expect_own(
	struct desk *desk, unsigned lane, enum scope owner, int64_t usage, int64_t limit)
{
	desk_expect(desk, lane);
	assert_int_equal(desk->verdict.owner_scope, owner);
	assert_true(desk->verdict.usage == usage && desk->verdict.limit == limit);
}

static void expect_loss(struct desk *desk, enum scope owner, int64_t usage, int64_t limit)
{
	expect_own(desk, LANE_LOSS, owner, usage, limit);
}

static void expect_fall(struct desk *desk, enum scope owner, int64_t usage, int64_t limit)
{
	expect_own(desk, LANE_DRAWDOWN, owner, usage, limit);
}

static void a_strategy_may_lose_its_limit_and_not_one_more(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	traded(desk, 7, 70, 100, 101000);
	bid_at(desk, 100000);
	desk_expect(desk, LANE_NONE);
	bid_at(desk, 99999);
	expect_loss(desk, SCOPE_STRATEGY, OF_STRATEGY + 100, OF_STRATEGY);
	desk->order.strategy = 71; /* of the same account: it lost nothing */
	desk_expect(desk, LANE_NONE);
}

static void what_another_strategy_lost_is_not_its_own(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	traded(desk, 7, 71, 200, 101000);
	traded(desk, 7, 0, 200, 101000);
	traded(desk, 7, 99, 200, 101000);
	desk_hold(desk, 0, 100);
	bid_at(desk, 100000);
	desk_expect(desk, LANE_NONE);
	struct risk_loss loss;
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
}

/* Strategy 0 is nobody's, also where an account has room for more; 1 is somebody's. */
static void nobodys_strategy_has_no_place(void **state)
{
	struct desk *desk = *state;
	struct account_entry *account = &desk->risk->accounts[7];
	assert_int_equal(losses_place(account, 70), 0);
	assert_int_equal(losses_place(account, 71), 1);
	assert_int_equal(losses_place(account, 0), ACCOUNT_STRATEGY_MAX);
	assert_int_equal(losses_place(account, 1), ACCOUNT_STRATEGY_MAX);
	account->strategies[ACCOUNT_STRATEGY_MAX - 1] = 1;
	assert_int_equal(losses_place(account, 1), ACCOUNT_STRATEGY_MAX - 1);
}

/* In every symbol that it trades, each at the mark of its row; an order moves the mark of its own. */
static void a_strategys_loss_is_that_of_all_its_symbols(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	desk->order.symbol = 1;
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 1, 99400); /* lost 60,000 */
	desk->order.symbol = 0;
	traded(desk, 7, 70, -100, 100000);
	risk_mark(desk->risk, 7, 0, 100400); /* lost 40,000 */
	desk_size(desk, 200);                /* no way out */
	bid_at(desk, 100400);
	desk_expect(desk, LANE_NONE);
	bid_at(desk, 100401);
	expect_loss(desk, SCOPE_STRATEGY, OF_STRATEGY + 100, OF_STRATEGY);
	risk_mark(desk->risk, 7, 1, 99401);
	desk_expect(desk, LANE_NONE);
}

static void a_symbol_may_lose_its_limit_over_all_accounts(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_SYMBOL, 0, 0, OF_SYMBOL);
	traded(desk, 7, 70, 100, 100000);
	traded(desk, 8, 80, 50, 100000);
	risk_mark(desk->risk, 7, 0, 99000);
	risk_mark(desk->risk, 8, 0, 99000);
	bid_at(desk, 99000);
	desk_expect(desk, LANE_NONE);
	bid_at(desk, 98999);
	expect_loss(desk, SCOPE_SYMBOL, OF_SYMBOL + 100, OF_SYMBOL);
	desk->order.account = 8;
	desk->order.strategy = 80;
	desk->order.session = 2;
	expect_loss(desk, SCOPE_SYMBOL, OF_SYMBOL + 50, OF_SYMBOL);
	desk->order.symbol = 2; /* nothing was lost in it */
	desk_expect(desk, LANE_NONE);
}

/* Who has nothing in it yet is held to what others lost, and its order adds nothing to that. */
static void a_first_order_in_a_symbol_is_judged_by_what_others_lost_in_it(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_loss(desk, SCOPE_SYMBOL, 0, 0, OF_SYMBOL);
	assert_false(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_false(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 2, &loss));
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	traded(desk, 7, 70, 100, 100000);
	bid_at(desk, 98500);
	desk->order.account = 8;
	desk->order.strategy = 80;
	desk->order.session = 2;
	risk_mark(desk->risk, 7, 0, 98500);
	assert_false(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	desk_expect(desk, LANE_NONE);
	risk_mark(desk->risk, 7, 0, 98499);
	assert_true(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_int_equal(loss.limit_e4, OF_SYMBOL);
	expect_loss(desk, SCOPE_SYMBOL, OF_SYMBOL + 100, OF_SYMBOL);
}

/* The account's and the firm's loss bind whatever else is stated, and are named first. */
static void the_wider_loss_is_named_first(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 5);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, 6);
	desk_limit(desk, LIMIT_max_loss, 7);
	traded(desk, 7, 70, 100, 100000);
	bid_at(desk, 99999);
	expect_loss(desk, SCOPE_ACCOUNT, 100, 7);
	desk->rows[DESK_ACCOUNT_7].limits[LIMIT_max_loss].value = 1000;
	desk_adopt(desk);
	expect_loss(desk, SCOPE_FIRM, 100, 7);
	desk->rows[DESK_FIRM].limits[LIMIT_max_loss].value = 1000;
	desk_adopt(desk);
	expect_loss(desk, SCOPE_SYMBOL, 100, 7);
	desk_unstate(desk, LIMIT_max_loss);
	desk_expect(desk, LANE_LOSS);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
}

/* What is missing refuses: no price, nobody's limit.  Of a strategy that the site does not know there is no row. */
static void what_is_missing_refuses(void **state)
{
	struct desk *desk = *state;
	struct limit_row row;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	desk->symbols[0].previous_close_e4 = 0;
	desk->top.top = (struct top_prices){.state = 'T', .short_sale = '0'};
	desk->turn.wall_ns += DESK_SECOND;
	desk_expect(desk, LANE_NO_REFERENCE);
	assert_true(desk->verdict.mask >> LANE_LOSS & 1);
	assert_true(desk->verdict.mask >> LANE_DRAWDOWN & 1);
	limit_row_init(&row, SCOPE_STRATEGY, 72, SYMBOL_NONE);
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &row));
	limit_row_init(&row, SCOPE_STRATEGY, STRATEGY_COUNT_MAX, SYMBOL_NONE);
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &row));
	limit_row_init(&row, SCOPE_STRATEGY, 70, 0);
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &row));
	limit_row_init(&row, SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(&row, LIMIT_credit, 1, 0, 0); /* not at that scope */
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &row));
}

static void what_only_reduces_passes(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, 0);
	traded(desk, 7, 70, 200, 101000);
	bid_at(desk, 99000);
	desk_expect(desk, LANE_LOSS);
	desk->order.side = SIDE_SELL;
	desk_expect(desk, LANE_NONE);
	assert_true(desk->verdict.is_way_out);
}

static void a_fill_taken_back_is_as_if_it_had_never_been_but_for_its_fee(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 0);
	struct risk_trade trade = {.account = 7,
		.strategy = 70,
		.side = SIDE_BUY,
		.qty = 100,
		.price_e4 = 101000,
		.fee_e4 = 40};
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 100, 0, 101000);
	risk_mark(desk->risk, 7, 0, 100000);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_int_equal(loss.used_e4, 100040);
	assert_int_equal(loss.lane, LANE_LOSS);
	trade.qty = -100;
	trade.fee_e4 = -30;
	risk_traded(desk->risk, &trade);
	risk_unfill(desk->risk, 7, 0, SIDE_BUY, 100, 101000);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_int_equal(loss.used_e4, 10);
	assert_int_equal(loss.limit_e4, 0);
}

/* What is held goes on at its mark: the day's loss begins at nothing, and so does the symbol's. */
static void a_day_begins_with_nothing_lost(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	state_loss(desk, SCOPE_STRATEGY, 71, SYMBOL_NONE, 0);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, OF_SYMBOL);
	traded(desk, 7, 70, 100, 103000);
	traded(desk, 7, 71, 100, 103000);
	traded(desk, 7, 71, -100, 102000);
	risk_mark(desk->risk, 7, 0, 100000);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 71, &loss));
	assert_true(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_int_equal(loss.used_e4, 400000);
	assert_int_equal(desk->risk->rows.rows[0].portions, 3);
	risk_day(desk->risk);
	assert_int_equal(
		desk->risk->rows.rows[0].portions, 1); /* losses (2): 71 sold what it had */
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 71, &loss));
	risk_mark(desk->risk, 7, 0, 99000);
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	risk_mark(desk->risk, 7, 0, 98999);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_int_equal(loss.used_e4, OF_STRATEGY + 100);
	assert_false(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 71, &loss));
}

/* A loss that no number holds is the largest there is, and not a gain. */
static void a_loss_beyond_64_bits_is_the_largest(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, INT64_MAX - 1);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, INT64_MAX - 2);
	struct risk_trade trade = {
		.account = 7, .strategy = 70, .side = SIDE_SELL, .qty = INT64_MAX, .price_e4 = 1};
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 1, 0, 1);
	risk_mark(desk->risk, 7, 0, 1999999999);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_true(loss.used_e4 == INT64_MAX);
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_LOSS & 1);
}

/* Behind an account's strategies stands none that states a loss for its rows. */
static void a_number_beside_the_strategies_states_no_loss(void **state)
{
	struct desk *desk = *state;
	struct account_entry *account = &desk->risk->accounts[7];
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
		account->strategies[i] = 71;
	account->approved_until_wall_ns =
		UINT64_C(0x0050005000500050); /* strategy 80, four times */
	state_loss(desk, SCOPE_STRATEGY, 80, SYMBOL_NONE, OF_STRATEGY);
	desk_hold(desk, 0, 100);
	assert_int_equal(desk->risk->rows.rows[0].has_losses, 0);
	account->strategies[ACCOUNT_STRATEGY_MAX - 1] = 80;
	desk_adopt(desk);
	desk_hold(desk, 0, 100);
	assert_int_equal(desk->risk->rows.rows[0].has_losses, 1);
}

/* A trade that finds no room leaves nothing with its strategy; the fill that follows tears the table. */
static void a_trade_without_a_row_is_nobodys(void **state)
{
	struct desk *desk = *state;
	desk->risk->rows.count = ROW_COUNT_MAX;
	traded(desk, 7, 70, 100, 101000);
	desk->risk->rows.count = 0;
	assert_true(desk->risk->is_torn);
	assert_int_equal(desk->risk->rows.rows[0].portions, 0);
	assert_int_equal(desk->risk->rows.portions[0].shares, 0);
}

/* It is refused as none of the account's, and by what the strategy lost elsewhere; the account's row is none of it. */
static void a_strategy_of_another_account_is_judged_by_what_it_lost_there(void **state)
{
	struct desk *desk = *state;
	const uint64_t loss = UINT64_C(1) << LANE_LOSS;
	state_loss(desk, SCOPE_STRATEGY, 80, SYMBOL_NONE, OF_STRATEGY);
	traded(desk, 7, 70, 100, 200000);
	traded(desk, 8, 80, 100, 101000);
	risk_mark(desk->risk, 8, 0, 100000);
	desk->order.strategy = 80;
	desk_expect(desk, LANE_UNKNOWN_STRATEGY);
	assert_true((desk->verdict.mask & loss) == 0);
	risk_mark(desk->risk, 8, 0, 99999);
	desk_expect(desk, LANE_UNKNOWN_STRATEGY);
	assert_true((desk->verdict.mask & loss) != 0);
}

/* At the limit of the symbol it is the strategy's that is broken, and is named. */
static void a_symbol_at_its_limit_is_not_named_for_its_strategy(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 99);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, 100);
	traded(desk, 7, 70, 100, 100000);
	bid_at(desk, 99999);
	expect_loss(desk, SCOPE_STRATEGY, 100, 99);
}

static void a_firm_at_its_limit_is_not_named_for_its_strategy(void **state)
{
	struct desk *desk = *state;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 99);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_loss, 100, 0, 0);
	desk_adopt(desk);
	traded(desk, 7, 70, 100, 100000);
	bid_at(desk, 99999);
	expect_loss(desk, SCOPE_STRATEGY, 100, 99);
}

/* 50,000 were won: from there it may fall its limit, which is still above nothing lost. */
static void a_strategy_may_fall_its_limit_from_its_best_and_not_one_more(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_fall(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 40000);
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 100500);
	bid_at(desk, 100100);
	desk_expect(desk, LANE_NONE);
	bid_at(desk, 100099);
	expect_fall(desk, SCOPE_STRATEGY, 40100, 40000);
	desk->order.strategy = 71; /* of the same account: it never won */
	desk_expect(desk, LANE_NONE);
	risk_mark(desk->risk, 7, 0, 100100);
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	risk_mark(desk->risk, 7, 0, 100099);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_int_equal(loss.lane, LANE_DRAWDOWN);
	assert_true(loss.used_e4 == 40100 && loss.limit_e4 == 40000);
	risk_mark(desk->risk, 7, 0, 100500); /* it is back: nothing has fallen */
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
}

/* What one account won and another lost is nothing: the best is of the symbol, not the sum of everyone's. */
static void a_symbol_may_fall_its_limit_from_the_best_of_all_accounts(void **state)
{
	struct desk *desk = *state;
	state_fall(desk, SCOPE_SYMBOL, 0, 0, 60000);
	traded(desk, 7, 70, 100, 100000);
	traded(desk, 8, 80, 50, 100000);
	risk_mark(desk->risk, 7, 0, 100400); /* won 40,000 */
	risk_mark(desk->risk, 8, 0, 100400); /* and 20,000: the best is 60,000 */
	risk_mark(desk->risk, 8, 0, 100000);
	bid_at(desk, 100000);
	desk_expect(desk, LANE_NONE);
	bid_at(desk, 99999);
	expect_fall(desk, SCOPE_SYMBOL, 60100, 60000);
	desk->order.symbol = 2; /* nobody ever won in it */
	desk_expect(desk, LANE_NONE);
}

/* A loss is named before a fall, an account's fall before its own, and the limits of both are apart. */
static void the_wider_fall_is_named_first(void **state)
{
	struct desk *desk = *state;
	state_fall(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 5);
	state_fall(desk, SCOPE_SYMBOL, 0, 0, 6);
	desk_limit(desk, LIMIT_max_drawdown, 7);
	traded(desk, 7, 70, 100, 100000);
	bid_at(desk, 99999);
	expect_fall(desk, SCOPE_ACCOUNT, 100, 7);
	desk->rows[DESK_ACCOUNT_7].limits[LIMIT_max_drawdown].value = 1000;
	desk_adopt(desk);
	expect_fall(desk, SCOPE_FIRM, 100, 7);
	desk->rows[DESK_FIRM].limits[LIMIT_max_drawdown].value = 1000;
	desk_adopt(desk);
	expect_fall(desk, SCOPE_SYMBOL, 100, 7);
	desk->rows[desk->row_count - 1].limits[LIMIT_max_drawdown].value = 100;
	desk_adopt(desk);
	expect_fall(desk, SCOPE_STRATEGY, 100, 7);
	state_loss(desk, SCOPE_SYMBOL, 0, 1, 0); /* another's */
	expect_fall(desk, SCOPE_STRATEGY, 100, 7);
	desk_unstate(desk, LIMIT_max_drawdown);
	desk_expect(desk, LANE_DRAWDOWN);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
}

/* A limit that is loaded in the middle of the day finds what was won before it. */
static void the_best_is_known_before_anybody_limits_the_fall(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 100500);
	risk_mark(desk->risk, 7, 0, 100200);
	state_fall(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 29999);
	state_fall(desk, SCOPE_SYMBOL, 0, 0, 29998);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_true(loss.used_e4 == 30000 && loss.limit_e4 == 29999);
	assert_true(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_true(loss.used_e4 == 30000 && loss.limit_e4 == 29998);
}

/* A commit values its row: where that is better than ever, it is the best, of sums that fit and of those that do not. */
static void an_order_that_is_taken_may_be_the_best(void **state)
{
	struct desk *desk = *state;
	for (unsigned is_far = 0; is_far < 2; is_far++) {
		traded(desk, 7, 70, 100, 100000);
		desk->risk->rows.rows[0].stake.is_far = (uint16_t)is_far;
		bid_at(desk, 100300 + 100 * (int64_t)is_far);
		desk->turn.now_ns += 10 * DESK_SECOND;
		desk_pass(desk);
		assert_true(desk->risk->symbols[0].best_e4 > 0);
		assert_true(desk->risk->symbols[0].best_e4 == desk->risk->symbols[0].pnl_e4);
		assert_true(desk->risk->losses.strategies[70].best_e4 ==
			    desk->risk->losses.strategies[70].pnl_e4);
		risk_mark(desk->risk, 7, 0, 100000);
		assert_true(desk->risk->symbols[0].best_e4 > desk->risk->symbols[0].pnl_e4);
	}
}

/* What was won yesterday is not fallen from today. */
static void a_day_begins_with_no_fall(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	state_fall(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 0);
	state_fall(desk, SCOPE_SYMBOL, 0, 0, 0);
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 100500);
	risk_mark(desk->risk, 7, 0, 100400);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_true(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	risk_day(desk->risk);
	assert_false(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_false(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	risk_mark(desk->risk, 7, 0, 100399);
	assert_true(risk_stop_loss(desk->risk, SCOPE_STRATEGY, 70, &loss));
	assert_int_equal(loss.used_e4, 100);
	assert_true(risk_stop_loss(desk->risk, SCOPE_SYMBOL, 0, &loss));
	assert_int_equal(loss.used_e4, 100);
}

/* Marks and holdings are the same and the best is another: so is the state. */
static void the_best_is_part_of_the_state(void **state)
{
	struct desk *desk = *state;
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 100000);
	uint64_t before = desk_hash(desk);
	desk->risk->symbols[2].best_e4 = 3;
	uint64_t of_symbol = desk_hash(desk);
	assert_true(of_symbol != before);
	desk->risk->symbols[2].best_e4 = 0;
	desk->risk->losses.strategies[2].best_e4 = 3;
	assert_true(desk_hash(desk) != before && desk_hash(desk) != of_symbol);
	desk->risk->losses.strategies[2].best_e4 = 0;
	assert_true(desk_hash(desk) == before);
}

static void a_fall_is_shown_and_told_for_each(void **state)
{
	struct desk *desk = *state;
	static struct usage_row rows[MAILBOX_ROW_COUNT], told[8];
	uint32_t count, found = 0;
	state_fall(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	state_fall(desk, SCOPE_SYMBOL, 0, 0, OF_SYMBOL);
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 100200);
	risk_events(desk->risk, told, ARRAY_COUNT(told));
	risk_mark(desk->risk, 7, 0, 99700); /* fallen 50,000 */
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 1);
	assert_int_equal(told[0].scope, SCOPE_STRATEGY);
	assert_int_equal(told[0].lane, LANE_DRAWDOWN);
	assert_int_equal(told[0].usage, OF_STRATEGY / 2);
	risk_mark(desk->risk, 7, 0, 99450); /* 75,000 */
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 1);
	assert_int_equal(told[0].scope, SCOPE_SYMBOL);
	assert_int_equal(told[0].limit, OF_SYMBOL);
	for (uint32_t account = 0; account <= 7; account += 7) {
		risk_usage(
			desk->risk, account, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
		for (uint32_t i = 0; i < count; i++)
			found += (rows[i].scope == SCOPE_STRATEGY ||
					 rows[i].scope == SCOPE_SYMBOL) &&
				 rows[i].key == LIMIT_max_drawdown && rows[i].usage == 75000 &&
				 rows[i].peak == 75000;
	}
	assert_int_equal(found, 2);
}

static void usage_is_shown_and_told_for_each(void **state)
{
	struct desk *desk = *state;
	static struct usage_row rows[MAILBOX_ROW_COUNT], told[8];
	uint32_t count, found = 0;
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, OF_STRATEGY);
	traded(desk, 7, 70, 100, 101000);
	risk_events(desk->risk, told, ARRAY_COUNT(told));
	risk_mark(desk->risk, 7, 0, 100500);
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 1);
	assert_int_equal(told[0].scope, SCOPE_STRATEGY);
	assert_int_equal(told[0].id, 70);
	assert_int_equal(told[0].usage, OF_STRATEGY / 2);
	risk_usage(desk->risk, 7, desk->turn.now_ns, 0, rows, MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		found += rows[i].scope == SCOPE_STRATEGY && rows[i].key == LIMIT_max_loss &&
			 rows[i].usage == OF_STRATEGY / 2 && rows[i].limit == OF_STRATEGY;
	assert_int_equal(found, 1);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, OF_SYMBOL);
	risk_events(desk->risk, told, ARRAY_COUNT(told));
	risk_mark(desk->risk, 7, 0, 100250); /* lost 75,000 */
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 1);
	assert_int_equal(told[0].scope, SCOPE_SYMBOL);
	assert_int_equal(told[0].id, 0);
	assert_int_equal(told[0].symbol, 0);
	assert_int_equal(told[0].usage, OF_SYMBOL / 2);
	assert_int_equal(told[0].peak, OF_SYMBOL / 2);
	assert_int_equal(told[0].limit, OF_SYMBOL);
}

/* Half of a limit that is new was lost before it: more of it is told at the next mark. */
static void what_was_lost_before_a_limit_is_not_told_as_new(void **state)
{
	struct desk *desk = *state;
	static struct usage_row told[8];
	traded(desk, 7, 70, 100, 100000);
	risk_mark(desk->risk, 7, 0, 99000); /* lost 100,000 */
	state_loss(desk, SCOPE_STRATEGY, 70, SYMBOL_NONE, 2 * OF_STRATEGY);
	state_loss(desk, SCOPE_SYMBOL, 0, 0, 2 * OF_STRATEGY);
	risk_mark(desk->risk, 7, 0, 98999);
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 0);
	risk_mark(desk->risk, 7, 0, 98400);
	assert_int_equal(risk_events(desk->risk, told, ARRAY_COUNT(told)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_strategy_may_lose_its_limit_and_not_one_more),
		desk_test(what_another_strategy_lost_is_not_its_own),
		desk_test(nobodys_strategy_has_no_place),
		desk_test(a_strategys_loss_is_that_of_all_its_symbols),
		desk_test(a_symbol_may_lose_its_limit_over_all_accounts),
		desk_test(a_first_order_in_a_symbol_is_judged_by_what_others_lost_in_it),
		desk_test(the_wider_loss_is_named_first),
		desk_test(what_is_missing_refuses),
		desk_test(what_only_reduces_passes),
		desk_test(a_fill_taken_back_is_as_if_it_had_never_been_but_for_its_fee),
		desk_test(a_day_begins_with_nothing_lost),
		desk_test(a_loss_beyond_64_bits_is_the_largest),
		desk_test(a_number_beside_the_strategies_states_no_loss),
		desk_test(a_trade_without_a_row_is_nobodys),
		desk_test(a_strategy_of_another_account_is_judged_by_what_it_lost_there),
		desk_test(a_symbol_at_its_limit_is_not_named_for_its_strategy),
		desk_test(a_firm_at_its_limit_is_not_named_for_its_strategy),
		desk_test(usage_is_shown_and_told_for_each),
		desk_test(what_was_lost_before_a_limit_is_not_told_as_new),
		desk_test(a_strategy_may_fall_its_limit_from_its_best_and_not_one_more),
		desk_test(a_symbol_may_fall_its_limit_from_the_best_of_all_accounts),
		desk_test(the_wider_fall_is_named_first),
		desk_test(the_best_is_known_before_anybody_limits_the_fall),
		desk_test(an_order_that_is_taken_may_be_the_best),
		desk_test(a_day_begins_with_no_fall),
		desk_test(the_best_is_part_of_the_state),
		desk_test(a_fall_is_shown_and_told_for_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
