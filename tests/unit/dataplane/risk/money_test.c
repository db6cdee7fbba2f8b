/* money_test.c - what is at stake, reckoned by hand, at each limit and one past it.

   The desk's symbols have margin and stress rates of their whole value; accounts may have 100,000.0000 of
   each kind, the firm twice that. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/measure.h"

#define LIMIT_E4 INT64_C(1000000000)

/* Every limit that is not money's gives way. */
static void make_room(struct desk *desk)
{
	static const enum limit wide[] = {LIMIT_max_order_quantity, LIMIT_max_order_value,
		LIMIT_max_long_position, LIMIT_max_short_position, LIMIT_max_open_buy_value,
		LIMIT_max_open_sell_value};
	for (unsigned i = 0; i < ARRAY_COUNT(wide); i++)
		desk_limit(desk, wide[i], INT64_MAX - 1);
	desk_limit(desk, LIMIT_max_adv_share, SHARE_BPS_MAX);
	desk_limit(desk, LIMIT_max_outstanding_share, SHARE_BPS_MAX);
}

/* Only one kind of money binds. */
static void only(struct desk *desk, enum limit limit)
{
	make_room(desk);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		if (i != (unsigned)limit)
			desk_limit(desk, (enum limit)i, INT64_MAX - 1);
}

static const struct stake *stake(const struct desk *desk, uint32_t at)
{
	return &desk->risk->rows.rows[at].stake;
}

static void a_stake_is_reckoned_from_position_and_mark(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 300, 0, 100000);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 100, 0, 101000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 50, 5000000);
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 450, 45000000);
	risk_mark(desk->risk, 7, 0, 99000);
	const int64_t *parts = stake(desk, 0)->parts;
	assert_int_equal(parts[STAKE_LONG], 250 * 99000);
	assert_int_equal(parts[STAKE_SHORT], 250 * 99000);
	assert_int_equal(parts[STAKE_GROSS], 250 * 99000);
	assert_int_equal(parts[STAKE_PNL], 100 * 101000 - 300 * 100000 + 200 * 99000);
	assert_int_equal(parts[STAKE_MARGIN], 250 * 99000);
	assert_int_equal(desk->risk->accounts[7].money.executed_e4, 300 * 100000 + 100 * 101000);
	assert_int_equal(desk->risk->money.executed_e4, 300 * 100000 + 100 * 101000);
}

/* A fee is lost with its fill, a rebate gained; both come back with it, and the peak is never that of a moment between. */
static void fees_are_part_of_profit_and_loss(void **state)
{
	struct desk *desk = *state;
	risk_charge(desk->risk, 7, 0, 31);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 300, 0, 100000);
	assert_int_equal(stake(desk, 0)->parts[STAKE_PNL], -31);
	assert_int_equal(desk->risk->accounts[7].money.sums[STAKE_PNL], -31);
	assert_int_equal(desk->risk->money.sums[STAKE_PNL], -31);
	assert_int_equal(desk->risk->money.peak_e4, 0);
	risk_charge(desk->risk, 7, 0, -50);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 100, 0, 99999);
	assert_int_equal(stake(desk, 0)->parts[STAKE_PNL], -31 + 50 - 100);
	assert_int_equal(desk->risk->money.peak_e4, 0);
	risk_charge(desk->risk, 7, 0, 50);
	risk_unfill(desk->risk, 7, 0, SIDE_SELL, 100, 99999);
	assert_int_equal(stake(desk, 0)->parts[STAKE_PNL], -31);
	/* Far beyond 64 bits of cash they are still exact. */
	risk_fill(desk->risk, 7, 0, SIDE_BUY, UINT32_MAX, 0, INT64_C(1) << 31);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, UINT32_MAX, 0, INT64_C(1) << 31);
	assert_int_equal(stake(desk, 0)->parts[STAKE_PNL], -31);
	risk_charge(desk->risk, 7, 0, INT64_MAX / 2);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 0, 0, 100000);
	assert_int_equal(stake(desk, 0)->cash_e4, STAKE_CASH_FAR);
	assert_int_equal(stake(desk, 0)->parts[STAKE_PNL], -31 - INT64_MAX / 2);
}

static void rates_are_rounded_against_us(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument_rate(instrument, 1, 3333);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, 100001);
	assert_int_equal(stake(desk, 0)->parts[STAKE_MARGIN], 11);
	assert_int_equal(stake(desk, 0)->parts[STAKE_STRESS], 33331);
}

/* 10,000 shares at 10.0000 are the account's limit of every kind but the losses. */
static void each_kind_binds_at_its_limit_and_one_share_past_it(void **state)
{
	struct desk *desk = *state;
	static const struct {
		enum limit limit;
		uint8_t lane;
	} rows[] = {{LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE},
		{LIMIT_max_net_exposure, LANE_NET_EXPOSURE}, {LIMIT_credit, LANE_CREDIT},
		{LIMIT_collateral, LANE_MARGIN}, {LIMIT_max_stress, LANE_PORTFOLIO_RISK}};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		desk_state_all(desk);
		only(desk, rows[i].limit);
		desk_size(desk, 10000);
		desk_expect(desk, LANE_NONE);
		desk_size(desk, 10001);
		desk_expect(desk, rows[i].lane);
		assert_int_equal(desk->verdict.usage, LIMIT_E4 + 100000);
		assert_int_equal(desk->verdict.limit, LIMIT_E4);
		assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
		/* What another account has binds the firm. */
		desk_limit(desk, rows[i].limit, LIMIT_E4);
		risk_reserve(desk->risk, 8, 2, SIDE_BUY, 1, 100000);
		desk_size(desk, 10000);
		desk_expect(desk, rows[i].lane);
		assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
		risk_release(desk->risk, 8, 2, SIDE_BUY, 1, 100000);
		desk_expect(desk, LANE_NONE);
	}
}

static void gross_adds_what_net_sets_off(void **state)
{
	struct desk *desk = *state;
	make_room(desk);
	desk_limit(desk, LIMIT_credit, INT64_MAX - 1);
	risk_fill(desk->risk, 7, 2, SIDE_SELL, 6000, 0, 100000);
	risk_mark(desk->risk, 7, 2, 100000);
	desk_size(desk, 4000);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 4001);
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	assert_false(desk->verdict.mask >> LANE_NET_EXPOSURE & 1);
}

static void a_loss_binds_past_its_limit_and_a_way_out_passes(void **state)
{
	struct desk *desk = *state;
	only(desk, LIMIT_max_loss);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 100000, 0, 100000);
	risk_mark(desk->risk, 7, 2, 90000); /* 100,000.0000 lost */
	desk_expect(desk, LANE_NONE);
	risk_mark(desk->risk, 7, 2, 89999);
	desk_expect(desk, LANE_LOSS);
	assert_int_equal(desk->verdict.usage, LIMIT_E4 + 100000);
	desk->order.symbol = 2;
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_expect(desk, LANE_NONE);
	assert_true(desk->verdict.is_way_out);
}

static void a_drawdown_falls_from_the_best_that_was(void **state)
{
	struct desk *desk = *state;
	only(desk, LIMIT_max_drawdown);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 100000, 0, 100000);
	risk_mark(desk->risk, 7, 2, 105000);
	risk_mark(desk->risk, 7, 2, 95000);
	desk_expect(desk, LANE_NONE);
	risk_mark(desk->risk, 7, 2, 94999);
	desk_expect(desk, LANE_DRAWDOWN);
	assert_int_equal(desk->verdict.usage, LIMIT_E4 + 100000);
	risk_mark(desk->risk, 7, 2, 95000);
	desk_expect(desk, LANE_NONE);
}

static void a_broken_trade_gives_everything_back(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 500, 0, 100000);
	risk_mark(desk->risk, 7, 2, 90000);
	risk_unfill(desk->risk, 7, 2, SIDE_BUY, 500, 100000);
	for (unsigned part = 0; part < STAKE_PART_COUNT; part++) {
		assert_int_equal(desk->risk->accounts[7].money.sums[part], 0);
		assert_int_equal(desk->risk->money.sums[part], 0);
	}
	assert_int_equal(desk->risk->money.executed_e4, 0);
}

static void a_symbol_without_a_rate_is_refused_by_its_lane(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument_rate(instrument, 0, 10000);
	desk_expect(desk, LANE_MARGIN);
	assert_true(desk->verdict.usage == INT64_MAX);
	instrument_rate(instrument, 1, 0);
	desk_expect(desk, LANE_PORTFOLIO_RISK);
	assert_true(desk->verdict.usage == INT64_MAX);
}

static void a_stake_that_does_not_fit_refuses(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_limit(desk, (enum limit)i, INT64_MAX - 1);
	risk_fill(desk->risk, 7, 2, SIDE_SELL, UINT32_MAX, 0, 1);
	for (unsigned i = 0; i < 3000000; i++)
		position_reserve(&desk->risk->rows.rows[0].position, SIDE_SELL, UINT32_MAX, 0);
	risk_mark(desk->risk, 7, 2, PRICE_E4_MAX - 1);
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	desk->risk->rows.rows[0].position.working_qty[SIDE_SELL] = 0;
	risk_mark(desk->risk, 7, 2, 1);
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_OVERFLOW & 1);
}

/* 2^34 shares at 2^30 are 2^64, of which 64 bits see nothing: held long or short, or at work. */
static void a_value_that_wraps_to_nothing_does_not_fit(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 4; i++) {
		enum side side = i % 2 == 0 ? SIDE_BUY : SIDE_SELL;
		const int64_t *parts = stake(desk, i / 2)->parts;
		for (unsigned j = 0; j < 5; j++) {
			uint32_t qty = j < 4 ? UINT32_MAX : 4;
			if (i < 2)
				risk_reserve(desk->risk, 7, 0, side, qty, 0);
			else
				risk_fill(desk->risk, 7, 1, side, qty, 0, 1);
		}
		risk_mark(desk->risk, 7, i / 2, 1 << 30);
		assert_true(parts[STAKE_GROSS] == INT64_MAX);
		assert_int_equal(stake(desk, i / 2)->is_saturated, 1);
		for (unsigned j = 0; j < 5; j++) {
			uint32_t qty = j < 4 ? UINT32_MAX : 4;
			if (i < 2)
				risk_release(desk->risk, 7, 0, side, qty, 0);
			else
				risk_unfill(desk->risk, 7, 1, side, qty, 1);
		}
		assert_int_equal(parts[STAKE_GROSS], 0);
	}
}

static int64_t narrowed(int128_t wide)
{
	return wide > INT64_MAX ? INT64_MAX : wide < -INT64_MAX ? -INT64_MAX : (int64_t)wide;
}

/* The sums are those of the rows' stakes, and profit that of the totals, reckoned in 128 bits. */
static void expect_sums(const struct desk *desk, bool *was_far, bool *was_near)
{
	const struct rows *rows = &desk->risk->rows;
	const struct money *own = &desk->risk->accounts[7].money, *all = &desk->risk->money;
	for (unsigned part = 0; part < STAKE_PART_COUNT; part++) {
		int128_t sum = 0;
		for (uint32_t at = 0; at < rows->count; at++)
			sum += rows->rows[at].stake.parts[part];
		assert_true(own->sums[part] == narrowed(sum) && all->sums[part] == narrowed(sum));
	}
	for (uint32_t at = 0; at < rows->count; at++) {
		const struct position_totals *totals = &rows->totals[at];
		int128_t pnl_e4 = totals->value_e4[SIDE_SELL] - totals->value_e4[SIDE_BUY] +
				  (totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]) *
					  rows->rows[at].stake.mark_e4;
		assert_true(rows->rows[at].stake.parts[STAKE_PNL] == narrowed(pnl_e4));
	}
	*was_far |= all->is_wide != 0;
	*was_near |= all->is_wide == 0;
}

/* Sums go beyond 2^62, where 64 bits are not trusted, beyond 64 bits, and come back. */
static void sums_stay_exact_far_and_near(void **state)
{
	struct desk *desk = *state;
	bool was_far = false, was_near = false;
	uint64_t chance = 7;
	struct {
		uint32_t symbol, qty;
		enum side side;
		int64_t price_e4;
	} fills[64];
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < ARRAY_COUNT(fills); i++) {
			chance = chance * 6364136223846793005u + 1442695040888963407u;
			fills[i].symbol = chance >> 40 & 2;
			fills[i].side = (enum side)(chance >> 42 & 1);
			fills[i].qty = chance >> 43 & 1 ? UINT32_MAX >> (chance >> 44 & 31) : 100;
			fills[i].price_e4 = 1 + (int64_t)(chance >> 33) % (PRICE_E4_MAX - 1);
			risk_fill(desk->risk, 7, fills[i].symbol, fills[i].side, fills[i].qty, 0,
				fills[i].price_e4);
			expect_sums(desk, &was_far, &was_near);
			risk_mark(desk->risk, 7, fills[i].symbol, PRICE_E4_MAX - fills[i].price_e4);
			expect_sums(desk, &was_far, &was_near);
		}
		for (unsigned i = 0; i < ARRAY_COUNT(fills); i++) {
			risk_unfill(desk->risk, 7, fills[i].symbol, fills[i].side, fills[i].qty,
				fills[i].price_e4);
			expect_sums(desk, &was_far, &was_near);
		}
		assert_true(desk->risk->money.is_wide == 0 && desk->risk->money.over == 0);
	}
	assert_true(was_far && was_near);
}

/* A product beyond 64 bits: 10^9 shares at 500.0000, and half of it. */
static void a_part_of_a_large_value_is_exact(void **state)
{
	struct desk *desk = *state;
	instrument_rate(&desk->risk->symbols[2].instrument, 5000, 9999);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 1000000000, 0, 5000000);
	assert_int_equal(stake(desk, 0)->parts[STAKE_GROSS], INT64_C(5000000000000000));
	assert_int_equal(stake(desk, 0)->parts[STAKE_MARGIN], INT64_C(2500000000000000));
	assert_int_equal(stake(desk, 0)->parts[STAKE_STRESS], INT64_C(4999500000000000));
}

/* Few shares and all that was ever made with many. */
static void profit_beyond_64_bits_is_the_largest_there_is(void **state)
{
	struct desk *desk = *state;
	bool was_far = false, was_near = false;
	risk_fill(desk->risk, 7, 2, SIDE_SELL, UINT32_MAX, 0, PRICE_E4_MAX - 1);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, UINT32_MAX, 0, 1);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 1000000000, 0, 1);
	risk_mark(desk->risk, 7, 2, PRICE_E4_MAX - 1);
	expect_sums(desk, &was_far, &was_near);
	assert_true(stake(desk, 0)->parts[STAKE_PNL] == INT64_MAX && was_far);
}

static void make_room_for_money(struct desk *desk)
{
	make_room(desk);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_limit(desk, (enum limit)i, INT64_MAX - 1);
}

/* Gives a row without shares a profit, by what it bought and sold. */
static void row_won(struct desk *desk, uint32_t at, int128_t pnl_e4)
{
	struct row *row = &desk->risk->rows.rows[at];
	desk->risk->rows.totals[at].value_e4[SIDE_BUY] = 0;
	desk->risk->rows.totals[at].value_e4[SIDE_SELL] = pnl_e4;
	money_cash(desk->risk, row);
	money_row(desk->risk, row, 0);
}

/* A profit that no number holds is too large, whatever the losses beside it leave of the sum. */
static void a_profit_beyond_64_bits_counts_behind_losses_too(void **state)
{
	struct desk *desk = *state;
	const int64_t far = INT64_C(1) << 62;
	bool was_far = false, was_near = false;
	for (uint32_t symbol = 0; symbol < 3; symbol++) {
		risk_fill(desk->risk, 7, symbol, SIDE_BUY, 1, 0, 100000);
		risk_fill(desk->risk, 7, symbol, SIDE_SELL, 1, 0, 100000);
	}
	row_won(desk, 0, far - 1);
	row_won(desk, 1, -far / 2 - 500);
	row_won(desk, 2, -far / 2 - 500);
	assert_true(desk->risk->money.is_wide == 0);
	row_won(desk, 0, (int128_t)4 * far);
	expect_sums(desk, &was_far, &was_near);
	assert_true(desk->risk->money.over != 0 && desk->risk->accounts[7].money.over != 0);
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	row_won(desk, 0, far - 1);
	expect_sums(desk, &was_far, &was_near);
	assert_true(desk->risk->money.over == 0 && desk->risk->accounts[7].money.over == 0);
	assert_true(desk->risk->money.is_wide == 0);
}

/* An order whose sums are taken the long way is a best of the day like any other. */
static void a_best_that_an_order_brings_is_kept_where_sums_are_far(void **state)
{
	struct desk *desk = *state;
	make_room_for_money(desk);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, UINT32_MAX, 0, 1200000000);
	desk_hold(desk, 0, 100);
	desk->top.top.bid_e4 = desk->order.price_e4 = 101000;
	desk->top.top.ask_e4 = 101200;
	desk_pass(desk);
	assert_true(desk->verdict.money.is_far != 0);
	assert_int_equal(desk->risk->accounts[7].money.peak_e4, 100000);
	assert_int_equal(desk->risk->money.peak_e4, 100000);
	bool was_far = false, was_near = false;
	risk_mark(desk->risk, 7, 0, 100500);
	expect_sums(desk, &was_far, &was_near);
	assert_true(was_far);
}

/* Either stake fits; their sum does not, and the limit is the largest that can be stated. */
static void a_sum_that_does_not_fit_refuses(void **state)
{
	struct desk *desk = *state;
	make_room_for_money(desk);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, UINT32_MAX, 0, PRICE_E4_MAX - 1);
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_OVERFLOW & 1);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, UINT32_MAX, 0, PRICE_E4_MAX - 1);
	assert_true(stake(desk, 0)->is_saturated == 0 && stake(desk, 1)->is_saturated == 0);
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	risk_unfill(desk->risk, 7, 2, SIDE_BUY, UINT32_MAX, PRICE_E4_MAX - 1);
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_OVERFLOW & 1);
}

/* What is held leaves less room below 2^63 than the order needs: it does not come out below 0. */
static void an_order_that_takes_a_sum_beyond_64_bits_is_above_every_limit(void **state)
{
	struct desk *desk = *state;
	uint32_t rest = (uint32_t)(INT64_MAX / (PRICE_E4_MAX - 1) - UINT32_MAX);
	make_room_for_money(desk);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, UINT32_MAX, 0, PRICE_E4_MAX - 1);
	risk_fill(desk->risk, 7, 2, SIDE_BUY, rest, 0, PRICE_E4_MAX - 1);
	assert_true(desk->risk->money.over == 0);
	desk->order.qty = desk->order.open_qty = 1000000;
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_GROSS_EXPOSURE & 1);
	assert_true(desk->verdict.mask >> LANE_NET_EXPOSURE & 1);
	assert_true(desk->verdict.mask >> LANE_MARGIN & 1);
	assert_false(desk->verdict.mask >> LANE_LOSS & 1);
}

/* INT64_MIN is what nobody states: nothing that is used is ever as low. */
static void what_is_used_is_always_above_what_nobody_states(void **state)
{
	struct desk *desk = *state;
	money_execute(desk->risk, 7, INT64_MIN);
	assert_true(desk->risk->accounts[7].money.executed_e4 == -INT64_MAX);
	assert_true(desk->risk->money.executed_e4 == -INT64_MAX);
}

/* A row that was never valued takes the first price there is. */
static void an_adopted_order_is_valued_at_its_own_price(void **state)
{
	struct desk *desk = *state;
	risk_reserve(desk->risk, 7, 2, SIDE_BUY, 10, 990000);
	assert_int_equal(stake(desk, 0)->mark_e4, 99000);
	assert_int_equal(stake(desk, 0)->parts[STAKE_GROSS], 990000);
	risk_mark(desk->risk, 7, 2, 0);
	risk_mark(desk->risk, 7, 2, -1);
	assert_int_equal(stake(desk, 0)->mark_e4, 99000);
	risk_mark(desk->risk, 8, 2, 5); /* nobody's row */
	assert_int_equal(desk->risk->rows.count, 1);
}

static void a_day_begins_at_the_last_marks_and_takes_back_what_was_won_by_a_trade_that_breaks(
	void **state)
{
	struct desk *desk = *state;
	struct money *money = &desk->risk->accounts[7].money;
	struct position_row rows[4];
	uint32_t count;
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 300, 0, 100000);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 100, 0, 101000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 50, 5000000);
	risk_mark(desk->risk, 7, 0, 103000);
	risk_mark(desk->risk, 7, 0, 99000);
	assert_true(money->peak_e4 > 0);
	risk_day(desk->risk);
	assert_int_equal(money->sums[STAKE_PNL], 0);
	assert_int_equal(money->peak_e4, 0);
	assert_int_equal(money->executed_e4, 0);
	assert_int_equal(desk->risk->money.executed_e4, 0);
	assert_int_equal(money->sums[STAKE_LONG], 250 * 99000); /* what works goes on */
	risk_positions(desk->risk, 7, 0, rows, 4, &count);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].position, 200);
	assert_int_equal(rows[0].start_shares, 200);
	assert_int_equal(rows[0].start_price_e4, 99000);
	assert_int_equal(rows[0].bought_qty | rows[0].sold_qty, 0);
	assert_int_equal(rows[0].bought_value_e4 | rows[0].sold_value_e4, 0);
	risk_mark(desk->risk, 7, 0, 98000);
	assert_int_equal(money->sums[STAKE_PNL], -200 * 1000);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 200, 0, 97000);
	assert_int_equal(money->sums[STAKE_PNL], -200 * 2000);
	assert_int_equal(money->executed_e4, 200 * 97000);
	/* 300 were bought yesterday, and are not: whoever sold them since is short at what they brought. */
	risk_unfill(desk->risk, 7, 0, SIDE_BUY, 300, 100000);
	assert_int_equal(
		money->sums[STAKE_PNL], 200 * 97000 + 300 * 100000 - 200 * 99000 - 300 * 98000);
	risk_positions(desk->risk, 7, 0, rows, 4, &count);
	assert_int_equal(rows[0].position, -300);
	assert_int_equal(rows[0].bought_qty, -300);
	assert_int_equal(rows[0].bought_value_e4, -300 * 100000);
}

static void chance_trade(struct risk *one, struct risk *other, uint64_t *chance)
{
	*chance = *chance * 6364136223846793005u + 1442695040888963407u;
	uint16_t account = 7 + (*chance >> 39 & 1);
	uint32_t symbol = *chance >> 40 & 1;
	enum side side = (enum side)(*chance >> 42 & 1);
	uint32_t qty = *chance >> 43 & 1 ? UINT32_MAX >> (*chance >> 44 & 31) : 100;
	int64_t price_e4 = 1 + (int64_t)(*chance >> 33) % (PRICE_E4_MAX - 1);
	struct risk *both[] = {one, other};
	for (unsigned i = 0; i < 2 && both[i] != NULL; i++) {
		risk_fill(both[i], account, symbol, side, qty, 0, price_e4);
		risk_mark(both[i], account, symbol, PRICE_E4_MAX - price_e4);
	}
}

static void expect_alike(const struct risk *one, const struct risk *other)
{
	struct position_row rows[2][16];
	uint32_t count[2];
	risk_positions(one, 0, 0, rows[0], 16, &count[0]);
	risk_positions(other, 0, 0, rows[1], 16, &count[1]);
	assert_int_equal(count[0], count[1]);
	assert_memory_equal(rows[0], rows[1], count[0] * sizeof rows[0][0]);
	for (unsigned account = 7; account <= 8; account++) {
		const struct money *a = &one->accounts[account].money;
		const struct money *b = &other->accounts[account].money;
		assert_memory_equal(a->sums, b->sums, sizeof a->sums);
		assert_true(a->peak_e4 == b->peak_e4 && a->executed_wide == b->executed_wide);
	}
	assert_memory_equal(one->money.sums, other->money.sums, sizeof one->money.sums);
	assert_true(one->money.peak_e4 == other->money.peak_e4);
}

/* Sums within 64 bits and beyond. */
static void a_day_that_begins_is_that_of_a_gate_that_was_given_the_closing_positions(void **state)
{
	struct desk *desk = *state;
	static struct desk fresh;
	uint64_t chance = 11;
	for (unsigned day = 0; day < 40; day++) {
		for (unsigned i = 0; i < day; i++)
			chance_trade(desk->risk, NULL, &chance);
		desk_open(&fresh);
		struct risk_held held;
		for (uint32_t at = 0; risk_held(desk->risk, at, &held); at++)
			risk_start(fresh.risk, held.account, held.symbol, held.shares, 0,
				held.mark_e4);
		risk_day(desk->risk);
		expect_alike(desk->risk, fresh.risk);
		for (unsigned i = 0; i < 20; i++) {
			chance_trade(desk->risk, fresh.risk, &chance);
			expect_alike(desk->risk, fresh.risk);
		}
		desk_close(&fresh);
	}
}

/* 201 shares at 10.0000 are one past twice 1,000.0000 of the account, and of the firm; the desk's stress is the whole. */
static void a_part_of_the_capital_binds_account_and_firm_at_its_limit_and_one_share_past_it(
	void **state)
{
	static const struct {
		uint8_t row, share, own, lane;
	} cases[] = {
		{DESK_ACCOUNT_7, LIMIT_max_leverage, LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE},
		{DESK_FIRM, LIMIT_max_leverage, LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE},
		{DESK_ACCOUNT_7, LIMIT_max_stress_share, LIMIT_max_stress, LANE_PORTFOLIO_RISK},
		{DESK_FIRM, LIMIT_max_stress_share, LIMIT_max_stress, LANE_PORTFOLIO_RISK}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		struct limit_row *row = &desk->rows[cases[i].row];
		desk_state_all(desk);
		desk_state(row, LIMIT_capital, 10000000, 0, 0);
		desk_state(row, (enum limit)cases[i].share, 20000, 0, 0);
		desk_adopt(desk);
		desk_size(desk, 200);
		desk_expect(desk, LANE_NONE);
		desk_size(desk, 201);
		desk_expect(desk, cases[i].lane);
		assert_int_equal(desk->verdict.usage, 20100000);
		assert_int_equal(desk->verdict.limit, 20000000);
		assert_int_equal(desk->verdict.owner_scope, row->scope);
		assert_int_equal(desk->verdict.is_second, 1);
		/* Its own limit, as tight, is named first. */
		desk_state(row, (enum limit)cases[i].own, 20000000, 0, 0);
		desk_adopt(desk);
		desk_expect(desk, cases[i].lane);
		assert_int_equal(desk->verdict.is_second, 0);
	}
}

static void a_way_out_passes_whatever_the_capital(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 300);
	desk_limit(desk, LIMIT_capital, 0);
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	assert_int_equal(desk->verdict.mask >> LANE_PORTFOLIO_RISK & 1, 1);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_pass(desk);
}

static void without_capital_or_its_parts_nothing_passes_by_name(void **state)
{
	struct desk *desk = *state;
	static const struct {
		uint8_t limit, lane, is_second;
	} cases[] = {{LIMIT_capital, LANE_GROSS_EXPOSURE, 1},
		{LIMIT_max_leverage, LANE_GROSS_EXPOSURE, 1},
		{LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE, 0},
		{LIMIT_max_stress_share, LANE_PORTFOLIO_RISK, 1},
		{LIMIT_max_stress, LANE_PORTFOLIO_RISK, 0}};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		desk_state_all(desk);
		desk_unstate(desk, (enum limit)cases[i].limit);
		desk_expect(desk, cases[i].lane);
		assert_true(desk->verdict.limit == INT64_MIN);
		assert_int_equal(desk->verdict.is_second, cases[i].is_second);
	}
}

/* Three quarters of 1 are nothing, and the largest product is the largest limit: limits (2). */
static void a_part_of_a_capital_is_rounded_down_and_never_wraps(void **state)
{
	struct desk *desk = *state;
	const struct profile *profile =
		profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7);
	static const enum money_kind kinds[] = {MONEY_GROSS, MONEY_STRESS};
	for (unsigned i = 0; i < ARRAY_COUNT(kinds); i++) {
		enum limit share = limits_share(kinds[i]);
		const int64_t *bound = &profile->money.limits[MONEY_OF_FIRM][kinds[i]];
		desk_state_all(desk);
		desk_limit(desk, (enum limit)(LIMIT_max_gross_exposure + kinds[i]), INT64_MAX);
		profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7);
		assert_true(*bound == INT64_MAX - 1);
		desk_limit(desk, LIMIT_capital, 1);
		desk_limit(desk, share, 7500);
		profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7);
		assert_int_equal(*bound, 0);
		desk_limit(desk, share, 10000);
		profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7);
		assert_int_equal(*bound, 1);
		for (int64_t below = 1; below <= 3; below++) {
			desk_limit(desk, LIMIT_capital, INT64_MAX - below);
			profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7);
			assert_true(*bound == INT64_MAX - below);
		}
	}
	assert_int_equal(limits_share(MONEY_NET), LIMIT_COUNT);
}

/* What a symbol has no rate of is refused by that lane alone, also of an order that adds nothing where nothing is. */
static void an_order_of_nothing_needs_its_rates_too(void **state)
{
	struct desk *desk = *state;
	static const struct {
		uint32_t margin_bps, stress_bps;
		enum lane lane;
	} lacks[] = {{0, 9000, LANE_MARGIN}, {9000, 0, LANE_PORTFOLIO_RISK}, {1, 1, LANE_NONE}};
	for (unsigned i = 0; i < ARRAY_COUNT(lacks); i++) {
		const bool is_margin = lacks[i].lane == LANE_MARGIN;
		instrument_rate(&desk->risk->symbols[0].instrument, lacks[i].margin_bps,
			lacks[i].stress_bps);
		for (desk->order.open_qty = 0; desk->order.open_qty <= 1; desk->order.open_qty++) {
			desk_expect(desk, lacks[i].lane);
			assert_int_equal(desk->verdict.mask >> LANE_MARGIN & 1, is_margin);
			assert_int_equal(desk->verdict.mask >> LANE_PORTFOLIO_RISK & 1,
				lacks[i].lane == LANE_PORTFOLIO_RISK);
			assert_true(lacks[i].lane == LANE_NONE ||
				    desk->verdict.usage == MEASURE_MISSING);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(
			a_part_of_the_capital_binds_account_and_firm_at_its_limit_and_one_share_past_it),
		desk_test(a_way_out_passes_whatever_the_capital),
		desk_test(without_capital_or_its_parts_nothing_passes_by_name),
		desk_test(a_part_of_a_capital_is_rounded_down_and_never_wraps),
		desk_test(a_stake_is_reckoned_from_position_and_mark),
		desk_test(fees_are_part_of_profit_and_loss),
		desk_test(rates_are_rounded_against_us),
		desk_test(each_kind_binds_at_its_limit_and_one_share_past_it),
		desk_test(gross_adds_what_net_sets_off),
		desk_test(a_loss_binds_past_its_limit_and_a_way_out_passes),
		desk_test(a_drawdown_falls_from_the_best_that_was),
		desk_test(a_broken_trade_gives_everything_back),
		desk_test(a_symbol_without_a_rate_is_refused_by_its_lane),
		desk_test(a_stake_that_does_not_fit_refuses),
		desk_test(a_value_that_wraps_to_nothing_does_not_fit),
		desk_test(sums_stay_exact_far_and_near),
		desk_test(a_part_of_a_large_value_is_exact),
		desk_test(profit_beyond_64_bits_is_the_largest_there_is),
		desk_test(a_profit_beyond_64_bits_counts_behind_losses_too),
		desk_test(a_best_that_an_order_brings_is_kept_where_sums_are_far),
		desk_test(a_sum_that_does_not_fit_refuses),
		desk_test(an_order_that_takes_a_sum_beyond_64_bits_is_above_every_limit),
		desk_test(what_is_used_is_always_above_what_nobody_states),
		desk_test(an_adopted_order_is_valued_at_its_own_price),
		desk_test(
			a_day_begins_at_the_last_marks_and_takes_back_what_was_won_by_a_trade_that_breaks),
		desk_test(a_day_that_begins_is_that_of_a_gate_that_was_given_the_closing_positions),
		desk_test(an_order_of_nothing_needs_its_rates_too),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.money", tests, NULL, NULL);
}
