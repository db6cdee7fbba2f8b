/* money_bounds_test.c - what is used of every kind of money, where numbers are as large as they get: against 128 bits.

   Positions, marks and rates stand on either side of every power of two behind which a shorter way of reckoning ends.
   An order uses what the slow sum says once it is in, to the unit: at that limit it passes, at one less it does not. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/money.h"

enum {
	ACCOUNT_COUNT = 2,
	SYMBOL_COUNT = 3,
	KIND_COUNT = LANE_PORTFOLIO_RISK - LANE_GROSS_EXPOSURE + 1
};

static const uint16_t ids[] = {7, 8};

/* What is known of a row, in the order of things that happened to it. */
struct held {
	int128_t shares, working[2], cash_e4, mark_e4;
};

struct slow {
	struct held held[ACCOUNT_COUNT][SYMBOL_COUNT];
	int128_t executed_e4[ACCOUNT_COUNT], open_e4[ACCOUNT_COUNT], peak_e4[ACCOUNT_COUNT + 1];
	uint32_t margin_bps[SYMBOL_COUNT], stress_bps[SYMBOL_COUNT];
	uint64_t chance;
};

static struct slow slow;

static uint64_t any(uint64_t below)
{
	slow.chance = slow.chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (slow.chance >> 33) % below;
}

static int128_t most(int128_t a, int128_t b)
{
	return a > b ? a : b;
}

/* As far as 64 bits hold it; is_over is set where they do not. */
static int64_t fitted(int128_t wide, bool *is_over)
{
	*is_over |= wide > INT64_MAX || wide < -INT64_MAX;
	return wide > INT64_MAX ? INT64_MAX : wide < -INT64_MAX ? -INT64_MAX : (int64_t)wide;
}

/* Where it does not fit it is as large as can be said, which no limit is. */
static int64_t part(int64_t gross_e4, uint32_t rate_bps)
{
	bool is_over = false;
	if (rate_bps == 0)
		return gross_e4 == 0 ? 0 : INT64_MAX;
	return fitted(((int128_t)gross_e4 * rate_bps + 9999) / 10000, &is_over);
}

/* What an owner (ACCOUNT_COUNT: the firm) uses of each kind. */
static bool used_of(unsigned owner, int64_t used[KIND_COUNT])
{
	int128_t sums[6] = {0}, credit_e4 = 0;
	bool is_over = false, is_far = false;
	for (unsigned a = 0; a < ACCOUNT_COUNT; a++) {
		if (owner != ACCOUNT_COUNT && owner != a)
			continue;
		credit_e4 += slow.executed_e4[a] + slow.open_e4[a];
		for (unsigned s = 0; s < SYMBOL_COUNT; s++) {
			const struct held *held = &slow.held[a][s];
			int64_t up_e4 = fitted(
				(held->shares + held->working[SIDE_BUY]) * held->mark_e4, &is_over);
			int64_t down_e4 =
				fitted((held->working[SIDE_SELL] - held->shares) * held->mark_e4,
					&is_over);
			int64_t gross_e4 = (int64_t)most(0, most(up_e4, down_e4));
			sums[0] += gross_e4;
			sums[1] += up_e4;
			sums[2] += down_e4;
			sums[3] += fitted(held->cash_e4 + held->shares * held->mark_e4, &is_over);
			sums[4] += part(gross_e4, slow.margin_bps[s]);
			sums[5] += part(gross_e4, slow.stress_bps[s]);
		}
	}
	int64_t pnl_e4 = fitted(sums[3], &is_over);
	slow.peak_e4[owner] = most(slow.peak_e4[owner], pnl_e4);
	used[0] = fitted(sums[0], &is_over);
	used[1] = fitted(most(sums[1], sums[2]), &is_over);
	used[2] = fitted(credit_e4, &is_far);
	used[3] = fitted(-(int128_t)pnl_e4, &is_far);
	used[4] = fitted(slow.peak_e4[owner] - pnl_e4, &is_far);
	used[5] = fitted(sums[4], &is_far);
	used[6] = fitted(sums[5], &is_far);
	return is_over;
}

static const struct usage_row *shown(struct desk *desk, unsigned owner, unsigned kind)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	risk_usage(desk->risk, owner == ACCOUNT_COUNT ? 0 : ids[owner], desk->turn.now_ns, 0, rows,
		MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].lane == LANE_GROSS_EXPOSURE + kind &&
			rows[i].scope == (owner == ACCOUNT_COUNT ? SCOPE_FIRM : SCOPE_ACCOUNT))
			return &rows[i];
	fail_msg("found no row of kind %u", kind);
	return NULL;
}

static void expect_used(struct desk *desk)
{
	for (unsigned owner = 0; owner <= ACCOUNT_COUNT; owner++) {
		int64_t used[KIND_COUNT];
		used_of(owner, used);
		for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
			int64_t found = shown(desk, owner, kind)->usage;
			if (found != used[kind])
				fail_msg("owner %u, %s: found %lld, expected %lld", owner,
					lane_name(LANE_GROSS_EXPOSURE + kind), (long long)found,
					(long long)used[kind]);
		}
	}
}

static int open_wide(void **state)
{
	static const enum limit wide[] = {LIMIT_max_order_quantity, LIMIT_max_order_value,
		LIMIT_max_long_position, LIMIT_max_short_position, LIMIT_max_open_buy_value,
		LIMIT_max_open_sell_value};
	static struct desk desk;
	desk_open(&desk);
	for (unsigned i = 0; i < ARRAY_COUNT(wide); i++)
		desk_limit(&desk, wide[i], INT64_MAX - 1);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_limit(&desk, (enum limit)i, INT64_MAX - 1);
	desk_limit(&desk, LIMIT_max_adv_share, SHARE_BPS_MAX);
	desk_limit(&desk, LIMIT_max_outstanding_share, SHARE_BPS_MAX);
	memset(&slow, 0, sizeof slow);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static void rates(struct desk *desk, unsigned symbol, uint32_t margin_bps, uint32_t stress_bps)
{
	slow.margin_bps[symbol] = margin_bps;
	slow.stress_bps[symbol] = stress_bps;
	desk->risk->rests[symbol].listed =
		(struct haircuts){.margin_bps = margin_bps, .stress_bps = stress_bps};
	instrument_rate(&desk->risk->symbols[symbol].instrument, margin_bps, stress_bps);
}

/* A power of two, one below, or one above; or a small number. */
static uint64_t edge(unsigned bits)
{
	uint64_t power = UINT64_C(1) << (any(4) == 0 ? any(bits + 1) : bits - any(3) % bits);
	return any(3) == 0 ? any(3) : power + any(3) - 1;
}

static void traded(
	struct desk *desk, unsigned a, unsigned s, enum side side, uint32_t qty, int64_t price_e4)
{
	struct held *held = &slow.held[a][s];
	int128_t value_e4 = (int128_t)qty * price_e4;
	risk_fill(desk->risk, ids[a], s, side, qty, 0, price_e4);
	held->shares += side == SIDE_BUY ? (int128_t)qty : -(int128_t)qty;
	held->cash_e4 -= side == SIDE_BUY ? value_e4 : -value_e4;
	held->working[side] = most(0, held->working[side] - qty); /* what is filled works no more */
	held->mark_e4 = held->mark_e4 == 0 ? price_e4 : held->mark_e4;
	slow.executed_e4[a] += value_e4;
}

static void broken(
	struct desk *desk, unsigned a, unsigned s, enum side side, uint32_t qty, int64_t price_e4)
{
	struct held *held = &slow.held[a][s];
	int128_t value_e4 = (int128_t)qty * price_e4;
	risk_unfill(desk->risk, ids[a], s, side, qty, price_e4);
	held->shares -= side == SIDE_BUY ? (int128_t)qty : -(int128_t)qty;
	held->cash_e4 += side == SIDE_BUY ? value_e4 : -value_e4;
	slow.executed_e4[a] -= value_e4;
}

static void works(
	struct desk *desk, unsigned a, unsigned s, enum side side, uint32_t qty, bool is_begun)
{
	struct held *held = &slow.held[a][s];
	if (is_begun)
		risk_reserve(desk->risk, ids[a], s, side, qty, qty);
	else
		risk_release(desk->risk, ids[a], s, side, qty, qty);
	held->working[side] =
		is_begun ? held->working[side] + qty : most(0, held->working[side] - qty);
	held->mark_e4 = held->mark_e4 == 0 && qty > 0 ? 1 : held->mark_e4;
	slow.open_e4[a] += is_begun ? (int64_t)qty : -(int64_t)qty;
}

static void valued(struct desk *desk, unsigned a, unsigned s, int64_t mark_e4)
{
	risk_mark(desk->risk, ids[a], s, mark_e4);
	slow.held[a][s].mark_e4 = mark_e4;
}

static int64_t edge_price(void)
{
	int64_t price_e4 = (int64_t)edge(31);
	return price_e4 < 1 ? 1 : price_e4 >= PRICE_E4_MAX ? PRICE_E4_MAX - 1 : price_e4;
}

/* Everything happens and is taken back again: in between the sums are far, and at the end they are nothing. */
static void what_is_used_is_the_slow_sum_at_every_edge(void **state)
{
	static const uint32_t edges_bps[] = {
		0, 1, 9999, 10000, 10001, (1 << 15) - 1, 1 << 15, (1 << 16) - 1, UINT16_MAX + 1};
	struct desk *desk = *state;
	struct {
		unsigned a, s;
		enum side side;
		uint32_t qty;
		int64_t price_e4;
		bool is_trade;
	} done[24];
	slow.chance = 5;
	for (unsigned round = 0; round < 150; round++) {
		/* Nothing is held now, so another rate changes nothing that is. */
		for (unsigned s = 0; s < SYMBOL_COUNT; s++)
			rates(desk, s, edges_bps[any(ARRAY_COUNT(edges_bps))],
				edges_bps[any(ARRAY_COUNT(edges_bps))]);
		for (unsigned i = 0; i < ARRAY_COUNT(done); i++) {
			unsigned a = (unsigned)any(ACCOUNT_COUNT), s = (unsigned)any(SYMBOL_COUNT);
			done[i].a = a;
			done[i].s = s;
			done[i].side = (enum side)any(2);
			done[i].qty = (uint32_t)edge(32);
			done[i].price_e4 = edge_price();
			done[i].is_trade = any(2) == 0;
			if (done[i].is_trade)
				traded(desk, a, s, done[i].side, done[i].qty, done[i].price_e4);
			else
				works(desk, a, s, done[i].side, done[i].qty, true);
			expect_used(desk);
			if (slow.held[a][s].mark_e4 == 0)
				continue;
			valued(desk, a, s, edge_price());
			expect_used(desk);
		}
		for (unsigned i = 0; i < ARRAY_COUNT(done); i++) {
			if (done[i].is_trade)
				broken(desk, done[i].a, done[i].s, done[i].side, done[i].qty,
					done[i].price_e4);
			else
				works(desk, done[i].a, done[i].s, done[i].side, done[i].qty, false);
			expect_used(desk);
		}
	}
}

/* What is used of a kind once an order is in is its limit: it passes there, and at one less it is refused by that lane. */
static void measure_orders(struct desk *desk)
{
	for (unsigned round = 0; round < 24; round++) {
		unsigned kind = round % KIND_COUNT,
			 owner = round / KIND_COUNT % 2 == 0 ? 0 : ACCOUNT_COUNT;
		enum limit limit = (enum limit)(LIMIT_max_gross_exposure + kind);
		struct limit_row *row = &desk->rows[owner == 0 ? DESK_ACCOUNT_7 : DESK_FIRM];
		int64_t used[KIND_COUNT];
		traded(desk, 0, 0, (enum side)any(2), (uint32_t)edge(32) | 1,
			99999 + (int64_t)any(1000));
		traded(desk, 1, 0, (enum side)any(2), (uint32_t)edge(31) | 1, 99999);
		expect_used(desk);
		struct slow before = slow;
		desk->order.side = (uint8_t)(slow.held[0][0].shares < 0);
		desk->order.price_e4 = desk->order.side == SIDE_BUY ? 100000 : 100200;
		desk_size(desk, 100 + round);
		slow.held[0][0].working[desk->order.side] += desk->order.qty;
		slow.held[0][0].mark_e4 = desk->order.price_e4;
		slow.open_e4[0] += desk->order.qty * desk->order.price_e4;
		used_of(owner, used);
		/* The best that was is not what an order would make it. */
		int64_t peak_e4 = (int64_t)before.peak_e4[owner];
		if (kind == 4)
			used[4] += peak_e4 - (int64_t)slow.peak_e4[owner];
		slow = before;
		if (used[kind] < 1)
			continue;
		desk_state(row, limit, used[kind], 0, 0);
		desk_adopt(desk);
		desk_judge(desk);
		assert_false(desk->verdict.mask >> (LANE_GROSS_EXPOSURE + kind) & 1);
		desk_state(row, limit, used[kind] - 1, 0, 0);
		desk_adopt(desk);
		desk_judge(desk);
		assert_true(desk->verdict.mask >> (LANE_GROSS_EXPOSURE + kind) & 1);
		assert_true(desk->verdict.lane != LANE_GROSS_EXPOSURE + kind ||
			    desk->verdict.usage == used[kind]);
		desk_state(row, limit, INT64_MAX - 1, 0, 0);
		desk_adopt(desk);
	}
}

static void an_order_is_measured_by_what_it_comes_to(void **state)
{
	struct desk *desk = *state;
	slow.chance = 77;
	for (unsigned s = 0; s < SYMBOL_COUNT; s++)
		rates(desk, s, 3333, (1 << 15) + 1);
	measure_orders(desk);
}

/* So large a row of another symbol, bought here and sold short there, that no sum but those of profit is near. */
static void so_it_is_where_sums_are_far(void **state)
{
	struct desk *desk = *state;
	slow.chance = 78;
	for (unsigned s = 0; s < SYMBOL_COUNT; s++)
		rates(desk, s, 7777, 8888);
	traded(desk, 0, 1, SIDE_BUY, UINT32_MAX, 1500000000);
	assert_true(desk->risk->accounts[7].money.is_wide);
	measure_orders(desk);
}

/* A profit that no number holds is no loss, though one share more would take it round to the other end. */
static void a_profit_beyond_numbers_is_no_loss(void **state)
{
	struct desk *desk = *state;
	traded(desk, 0, 0, SIDE_BUY, 100, 99000);
	for (unsigned s = 1; s < SYMBOL_COUNT; s++) {
		traded(desk, 0, s, SIDE_BUY, UINT32_MAX, 1);
		valued(desk, 0, s, PRICE_E4_MAX - 1);
	}
	expect_used(desk);
	desk_limit(desk, LIMIT_max_loss, 1000);
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	assert_false(desk->verdict.mask >> LANE_LOSS & 1);
	assert_false(desk->verdict.mask >> LANE_DRAWDOWN & 1);
}

/* Cash is kept beside a stake as long as it and as much again are near. */
static void cash_is_kept_up_to_the_last_number_that_is_near(void **state)
{
	struct desk *desk = *state;
	const int128_t one = 1, most_e4 = (one << 61) - 1, least_e4 = -(one << 61);
	const int128_t beyond_e4[] = {1, 2, one << 60, one << 61, one << 62, one << 63, one << 64,
		(one << 64) + 5, one << 65, one << 100};
	desk_hold(desk, 0, 1);
	struct row *row = &desk->risk->rows.rows[0];
	struct position_totals *totals = &desk->risk->rows.totals[0];
	const int64_t *kept_e4 = &desk->risk->rows.rows[0].stake.cash_e4;
	*totals = (struct position_totals){.value_e4[SIDE_SELL] = most_e4};
	money_cash(desk->risk, row);
	assert_true(*kept_e4 == most_e4);
	*totals = (struct position_totals){.value_e4[SIDE_BUY] = 1, .fees_e4 = -least_e4 - 1};
	money_cash(desk->risk, row);
	assert_true(*kept_e4 == least_e4);
	for (unsigned i = 0; i < ARRAY_COUNT(beyond_e4); i++) {
		totals->value_e4[SIDE_BUY] = 0;
		totals->fees_e4 = 0;
		totals->value_e4[SIDE_SELL] = most_e4 + beyond_e4[i];
		money_cash(desk->risk, row);
		assert_true(*kept_e4 == STAKE_CASH_FAR);
		totals->value_e4[SIDE_SELL] = least_e4 - beyond_e4[i];
		money_cash(desk->risk, row);
		assert_true(*kept_e4 == STAKE_CASH_FAR);
	}
}

/* An order takes its row's stake out of the sums of its account and of the firm, and puts another in. */
static void expect_wide(struct desk *desk, bool is_own, bool is_all)
{
	assert_int_equal(desk->risk->accounts[7].money.is_wide, is_own);
	assert_int_equal(desk->risk->money.is_wide, is_all);
	expect_used(desk);
}

static void passes(struct desk *desk)
{
	struct held *held = &slow.held[0][0];
	desk_pass(desk);
	held->working[SIDE_BUY] += desk->order.qty;
	held->mark_e4 = 100000;
	slow.open_e4[0] += desk->order.qty * desk->order.price_e4;
}

/* Short of 2^62 by what an order of 100 shares at 10.0000 adds. */
static void an_order_that_makes_a_sum_far_makes_it_wide(void **state)
{
	struct desk *desk = *state;
	for (unsigned s = 0; s < SYMBOL_COUNT; s++)
		rates(desk, s, 9000, 9000);
	traded(desk, 0, 1, SIDE_BUY, UINT32_MAX, 1 << 30);
	traded(desk, 0, 2, SIDE_BUY, 1, (1 << 30) - 10000000);
	expect_wide(desk, false, false);
	passes(desk);
	expect_wide(desk, true, true);
	desk_limit(desk, LIMIT_max_duplicates, 9);
	works(desk, 0, 0, SIDE_BUY, 100, false);
	expect_wide(desk, false, false);
}

/* What is held of the order's symbol is worth less at the price that the order is judged by: 5.0000 of 100 shares. */
static void an_order_that_brings_the_firms_sum_near_leaves_it_wide_no_more(void **state)
{
	struct desk *desk = *state;
	for (unsigned s = 0; s < SYMBOL_COUNT; s++)
		rates(desk, s, 9000, 9000);
	traded(desk, 0, 0, SIDE_BUY, 1000, 150000);
	traded(desk, 0, 1, SIDE_BUY, UINT32_MAX, (1 << 30) - 1);
	traded(desk, 1, 1, SIDE_BUY, UINT32_MAX, 1);
	traded(desk, 1, 2, SIDE_BUY, 1, (1 << 30) - 140000000);
	expect_wide(desk, false, true);
	passes(desk);
	expect_wide(desk, false, false);
}

/* The account won 2^62 and a little, which another lost. */
static void an_order_that_brings_its_accounts_sum_near_leaves_it_wide_no_more(void **state)
{
	struct desk *desk = *state;
	for (unsigned s = 0; s < SYMBOL_COUNT; s++)
		rates(desk, s, 9000, 9000);
	static const struct {
		unsigned a, s;
		enum side side;
		uint32_t qty;
		int64_t price_e4;
	} trades[] = {{0, 0, SIDE_BUY, 1000, 150000}, {0, 1, SIDE_BUY, UINT32_MAX, 1},
		{0, 1, SIDE_SELL, UINT32_MAX, (1 << 30) + 1}, {0, 2, SIDE_BUY, 1, 1},
		{0, 2, SIDE_SELL, 1, (1 << 30) + 10000001}, {1, 1, SIDE_SELL, UINT32_MAX, 1},
		{1, 1, SIDE_BUY, UINT32_MAX, 1 << 29}};
	for (unsigned i = 0; i < ARRAY_COUNT(trades); i++) {
		traded(desk, trades[i].a, trades[i].s, trades[i].side, trades[i].qty,
			trades[i].price_e4);
		expect_used(desk); /* the best of the day is of each moment */
	}
	expect_wide(desk, true, false);
	passes(desk);
	expect_wide(desk, false, false);
}

/* Each alone refuses: the order's stake, its account's sums, the firm's. */
static void what_does_not_fit_refuses_wherever_it_is(void **state)
{
	struct desk *desk = *state;
	struct money *const owners[] = {&desk->risk->accounts[7].money, &desk->risk->money};
	traded(desk, 0, 0, SIDE_BUY, 100, 100000);
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_OVERFLOW & 1);
	for (unsigned i = 0; i < ARRAY_COUNT(owners); i++) {
		owners[i]->over = owners[i]->is_wide = 1;
		desk_judge(desk);
		assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
		owners[i]->over = owners[i]->is_wide = 0;
	}
	desk->risk->rows.rows[0].position.shares = INT64_C(1) << 50;
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	desk->risk->rows.rows[0].position.shares = 100;
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_wide, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(what_is_used_is_the_slow_sum_at_every_edge),
		ONE(an_order_is_measured_by_what_it_comes_to),
		ONE(so_it_is_where_sums_are_far),
		ONE(a_profit_beyond_numbers_is_no_loss),
		ONE(an_order_that_makes_a_sum_far_makes_it_wide),
		ONE(an_order_that_brings_the_firms_sum_near_leaves_it_wide_no_more),
		ONE(an_order_that_brings_its_accounts_sum_near_leaves_it_wide_no_more),
		ONE(what_does_not_fit_refuses_wherever_it_is),
		ONE(cash_is_kept_up_to_the_last_number_that_is_near),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.money_bounds", tests, NULL, NULL);
}
