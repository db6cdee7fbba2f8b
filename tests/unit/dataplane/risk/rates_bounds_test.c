/* rates_bounds_test.c - what a stake comes to in the base currency, where numbers are as large as they get: against 128 bits.

   A row in euros is held, works and is valued at either side of every power of two, and the euro is worth as much and as little as
   it may be.  What no 64 bits hold is saturated, and whoever is 2^62 or further from zero is far. */
#include "tests/unit/dataplane/risk/abroad.h"

#include "config/currency.h"

static uint64_t chance;

static uint64_t any(uint64_t below)
{
	chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (chance >> 33) % below;
}

/* A power of two, one below, or one above. */
static int64_t edge(unsigned bits, int64_t most)
{
	int64_t near = (INT64_C(1) << any(bits + 1)) + (int64_t)any(3) - 1;
	return near < 1 ? 1 : near > most ? most : near;
}

static int64_t fitted(int128_t wide, bool *is_over)
{
	*is_over |= wide >= INT64_MAX || wide <= -INT64_MAX;
	return wide >= INT64_MAX ? INT64_MAX : wide <= -INT64_MAX ? -INT64_MAX : (int64_t)wide;
}

/* Towards more, or towards less. */
static int128_t converted(int128_t value_e4, int64_t rate_e8, bool is_up)
{
	int128_t product = value_e4 * rate_e8, whole = product / RATE_E8_ONE;
	if (is_up)
		return whole + (whole * RATE_E8_ONE < product);
	return whole - (whole * RATE_E8_ONE > product);
}

static int64_t part(int64_t gross_e4, uint32_t rate_bps)
{
	bool is_over = false;
	return fitted(((int128_t)gross_e4 * rate_bps + 9999) / 10000, &is_over);
}

/* What happened to the one row there is. */
struct held {
	int128_t shares, works[2], cash_e4;
	int64_t mark_e4, rate_e8;
};

static void expect_stake(const struct desk *desk, const struct held *held)
{
	const struct instrument *instrument = &desk->risk->symbols[1].instrument;
	const struct stake *stake = &desk->risk->rows.rows[0].stake;
	bool is_over = false, is_far = false;
	int64_t parts[STAKE_PART_COUNT];
	int128_t up_e4 = (held->shares + held->works[SIDE_BUY]) * held->mark_e4;
	int128_t down_e4 = (held->works[SIDE_SELL] - held->shares) * held->mark_e4;
	int128_t pnl_e4 = held->cash_e4 + held->shares * held->mark_e4;
	parts[STAKE_LONG] = fitted(converted(up_e4, held->rate_e8, true), &is_over);
	parts[STAKE_SHORT] = fitted(converted(down_e4, held->rate_e8, true), &is_over);
	parts[STAKE_PNL] = fitted(converted(pnl_e4, held->rate_e8, false), &is_over);
	parts[STAKE_GROSS] =
		parts[STAKE_LONG] > parts[STAKE_SHORT] ? parts[STAKE_LONG] : parts[STAKE_SHORT];
	parts[STAKE_GROSS] = parts[STAKE_GROSS] > 0 ? parts[STAKE_GROSS] : 0;
	parts[STAKE_MARGIN] = part(parts[STAKE_GROSS], instrument->margin_bps);
	parts[STAKE_STRESS] = part(parts[STAKE_GROSS], instrument->stress_bps);
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		assert_int_equal(stake->parts[i], parts[i]);
		is_far |= parts[i] >= INT64_C(1) << 62 || parts[i] < -(INT64_C(1) << 62);
		assert_int_equal(desk->risk->money.sums[i], parts[i]);
	}
	assert_int_equal(stake->is_saturated, is_over);
	assert_int_equal(stake->is_far, is_far);
	assert_int_equal(desk->risk->money.over != 0, is_over);
	assert_int_equal(desk->risk->money.is_wide, is_far);
}

/* Whatever is far or saturated in euros before it is converted stays so, so only what is near in euros is looked at. */
static bool is_near_in_euros(const struct held *held)
{
	const int128_t most = (int128_t)1 << 62;
	int128_t up_e4 = (held->shares + held->works[SIDE_BUY]) * held->mark_e4;
	int128_t down_e4 = (held->works[SIDE_SELL] - held->shares) * held->mark_e4;
	int128_t pnl_e4 = held->cash_e4 + held->shares * held->mark_e4;
	return up_e4 < most && up_e4 > -most && down_e4 < most && down_e4 > -most &&
	       pnl_e4 < most && pnl_e4 > -most;
}

static void a_stake_is_in_the_base_currency_at_every_edge(void **state)
{
	struct desk *desk = *state;
	struct held held = {.mark_e4 = 1, .rate_e8 = DOLLARS};
	unsigned far = 0, over = 0;
	chance = 3;
	for (unsigned round = 0; round < 4000; round++) {
		enum side side = (enum side)any(2);
		uint32_t qty = (uint32_t)edge(31, UINT32_MAX),
			 works = (uint32_t)edge(31, UINT32_MAX);
		int64_t price_e4 = edge(30, PRICE_E4_MAX - 1);
		int128_t value_e4 = (int128_t)qty * price_e4;
		risk_fill(desk->risk, 7, 1, side, qty, 0, price_e4);
		risk_reserve(desk->risk, 7, 1, (enum side)(1 - side), works, 0);
		held.shares = side == SIDE_BUY ? qty : -(int128_t)qty;
		held.cash_e4 = side == SIDE_BUY ? -value_e4 : value_e4;
		held.works[side] = 0;
		held.works[1 - side] = works;
		held.mark_e4 = any(4) == 0 ? 1 : edge(30, PRICE_E4_MAX - 1);
		held.rate_e8 = any(4) == 0 ? RATE_E8_ONE : edge(43, RATE_E8_MAX);
		assert_true(risk_rate(desk->risk, EUR, held.rate_e8, BEGUN_NS + round));
		risk_mark(desk->risk, 7, 1, held.mark_e4);
		if (is_near_in_euros(&held)) {
			expect_stake(desk, &held);
			far += desk->risk->rows.rows[0].stake.is_far;
			over += desk->risk->rows.rows[0].stake.is_saturated;
		}
		risk_release(desk->risk, 7, 1, (enum side)(1 - side), works, 0);
		risk_unfill(desk->risk, 7, 1, side, qty, price_e4);
	}
	assert_true(far > 100 && over > 100);
	assert_int_equal(desk->risk->money.over, 0);
}

/* The least that there is, worth as much in the base. */
static void a_share_of_the_least_price_is_worth_something(void **state)
{
	struct desk *desk = *state;
	struct held held = {.shares = 1, .cash_e4 = -1, .mark_e4 = 1, .rate_e8 = RATE_E8_ONE};
	assert_true(risk_rate(desk->risk, EUR, RATE_E8_ONE, BEGUN_NS));
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 1, 0, 1);
	assert_int_equal(desk->risk->rows.rows[0].stake.parts[STAKE_GROSS], 1);
	expect_stake(desk, &held);
}

/* 100 shares, each 0.1000 euros above what was paid; then a euro is worth twice as much. */
static void a_better_rate_is_the_best_of_the_day_of_account_and_firm(void **state)
{
	struct desk *desk = *state;
	const struct risk *risk = desk->risk;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	risk_mark(desk->risk, 7, 1, 101000);
	assert_true(risk->money.peak_e4 == 108500 && risk->accounts[7].money.peak_e4 == 108500);
	assert_true(risk_rate(desk->risk, EUR, 2 * DOLLARS, BEGUN_NS));
	assert_true(risk->money.peak_e4 == 217000 && risk->accounts[7].money.peak_e4 == 217000);
}

static void a_better_rate_is_the_best_of_the_first_account_of_all(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 1, 1, SIDE_BUY, 100, 0, 100000);
	risk_mark(desk->risk, 1, 1, 101000);
	assert_int_equal(desk->risk->accounts[1].money.peak_e4, 108500);
	assert_true(risk_rate(desk->risk, EUR, 2 * DOLLARS, BEGUN_NS));
	assert_int_equal(desk->risk->accounts[1].money.peak_e4, 217000);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, abroad_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		ONE(a_stake_is_in_the_base_currency_at_every_edge),
		ONE(a_share_of_the_least_price_is_worth_something),
		ONE(a_better_rate_is_the_best_of_the_day_of_account_and_firm),
		ONE(a_better_rate_is_the_best_of_the_first_account_of_all),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.rates_bounds", tests, NULL, NULL);
}
