/* haircuts_test.c - margin_rate and stress_rate of the limits in force: the largest binds, from the moment that it is stated. */
#include "config/binds.h"
#include "dataplane/risk/measure.h"
#include "tests/unit/dataplane/risk/desk.h"

/* The two, and what each of them uses up. */
static const struct haircut_case {
	enum limit limit, bound;
	enum lane lane;
	unsigned part;
} cases[] = {{LIMIT_margin_rate, LIMIT_collateral, LANE_MARGIN, STAKE_MARGIN},
	{LIMIT_stress_rate, LIMIT_max_stress, LANE_PORTFOLIO_RISK, STAKE_STRESS}};

/* A gate whose symbols.yaml states so many basis points of either for each symbol. */
static void open_listed(struct desk *desk, uint32_t bps)
{
	risk_close(desk->risk);
	for (unsigned i = 0; i < 3; i++)
		desk->symbols[i].margin_bps = desk->symbols[i].stress_bps = bps;
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_state_all(desk);
	desk_adopt(desk);
}

/* The row of a scope of symbol 0, which is in sector 1; it stays among the desk's rows. */
static struct limit_row *row_of(struct desk *desk, enum scope scope)
{
	if (scope == SCOPE_FIRM)
		return &desk->rows[DESK_FIRM];
	uint32_t id = scope == SCOPE_SECTOR, symbol = scope == SCOPE_SYMBOL ? 0 : SYMBOL_NONE;
	for (uint32_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].scope == scope && desk->rows[i].id == id)
			return &desk->rows[i];
	limit_row_init(&desk->rows[desk->row_count], scope, id, symbol);
	return &desk->rows[desk->row_count++];
}

static void state(struct desk *desk, enum scope scope, enum limit limit, int64_t bps)
{
	desk_state(row_of(desk, scope), limit, bps, 0, 0);
}

static int64_t used(const struct desk *desk, unsigned part)
{
	assert_true(desk->risk->accounts[7].money.sums[part] == desk->risk->money.sums[part]);
	return desk->risk->money.sums[part];
}

/* 300 shares at 10.0000 and half of it: 1,500.0000. */
static void one_that_the_limits_alone_state_binds_at_its_limit_and_one_share_past_it(void **of)
{
	struct desk *desk = *of;
	static const enum scope scopes[] = {SCOPE_FIRM, SCOPE_SECTOR, SCOPE_SYMBOL};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++)
		for (unsigned at = 0; at < ARRAY_COUNT(scopes); at++) {
			const struct haircut_case *one = &cases[i], *other = &cases[1 - i];
			open_listed(desk, 0);
			state(desk, SCOPE_FIRM, other->limit, 1);
			state(desk, scopes[at], one->limit, 5000);
			desk_limit(desk, one->bound, 15000000);
			desk->rows[DESK_FIRM].limits[one->bound].value = 1000000000;
			desk_adopt(desk);
			desk_size(desk, 301);
			desk_expect(desk, one->lane);
			assert_int_equal(desk->verdict.usage, 15050000);
			assert_int_equal(desk->verdict.limit, 15000000);
			assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
			desk_size(desk, 300);
			desk_pass(desk);
			assert_int_equal(used(desk, one->part), 15000000);
		}
}

static void where_nobody_states_one_what_adds_is_refused_by_name_and_a_way_out_passes(void **of)
{
	struct desk *desk = *of;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct haircut_case *one = &cases[i], *other = &cases[1 - i];
		open_listed(desk, 0);
		state(desk, SCOPE_FIRM, other->limit, 1);
		/* That of another sector is none. */
		limit_row_init(&desk->rows[desk->row_count], SCOPE_SECTOR, 2, SYMBOL_NONE);
		desk_state(&desk->rows[desk->row_count++], one->limit, 5000, 0, 0);
		desk_adopt(desk);
		desk_size(desk, 100);
		desk_expect(desk, one->lane);
		assert_true(desk->verdict.usage == MEASURE_MISSING);
		desk_hold(desk, 0, 100);
		desk->order.side = SIDE_SELL;
		desk->order.price_e4 = 100200;
		desk_expect(desk, LANE_NONE);
		desk->order.side = SIDE_BUY;
		desk->order.price_e4 = 100000;
	}
}

/* What is held of it needs everything, and what is held of others is beyond that; sums fit all the same, so no way out is shut. */
static void one_that_is_taken_from_what_is_held_refuses_by_name_and_every_way_out_passes(void **of)
{
	struct desk *desk = *of;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct haircut_case *one = &cases[i], *other = &cases[1 - i];
		open_listed(desk, 0);
		state(desk, SCOPE_FIRM, other->limit, 1);
		state(desk, SCOPE_FIRM, one->limit, 5000);
		desk_adopt(desk);
		for (uint32_t symbol = 1; symbol < 3; symbol++)
			desk_hold(desk, symbol, 100);
		/* At a mark that the order's reference is below: what it takes from a sum that does not fit leaves one. */
		risk_fill(desk->risk, 7, 0, SIDE_BUY, 100, 0, 150000);
		row_of(desk, SCOPE_FIRM)->stated &= ~(UINT64_C(1) << one->limit);
		state(desk, SCOPE_SYMBOL, one->limit, 5000);
		desk_adopt(desk);
		desk_size(desk, 10);
		desk_judge(desk);
		assert_true(desk->verdict.mask == UINT64_C(1) << one->lane);
		assert_int_equal(desk->verdict.usage, INT64_MAX);
		desk_size(desk, 100);
		desk->order.side = SIDE_SELL;
		desk->order.price_e4 = 100200;
		desk_expect(desk, LANE_NONE);
		desk->order.symbol = 1;
		desk_expect(desk, LANE_NONE);
		desk->order.symbol = 0;
		desk->order.side = SIDE_BUY;
		desk->order.price_e4 = 100000;
	}
}

static void the_largest_of_all_that_is_stated_binds(void **of)
{
	struct desk *desk = *of;
	static const enum scope scopes[] = {SCOPE_FIRM, SCOPE_SECTOR, SCOPE_SYMBOL};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++)
		for (unsigned largest = 0; largest <= ARRAY_COUNT(scopes); largest++) {
			const struct effective_named named = {.account = 7, .symbol = 0};
			struct effective_row row;
			open_listed(desk, 2000);
			for (unsigned at = 0; at < ARRAY_COUNT(scopes); at++)
				state(desk, scopes[at], cases[i].limit,
					at == largest ? 3000 : 1000 + (int64_t)at);
			desk_adopt(desk);
			desk_size(desk, 100);
			desk_pass(desk);
			bool is_listed = largest == ARRAY_COUNT(scopes);
			assert_int_equal(used(desk, cases[i].part), is_listed ? 2000000 : 3000000);
			assert_int_equal(used(desk, cases[1 - i].part), 2000000);
			row = desk_effective(desk, named, cases[i].limit, SCOPE_FIRM);
			assert_int_equal(row.in_force, is_listed ? 2000 : 3000);
			assert_int_equal(row.value.value, row.in_force);
			assert_int_equal(
				row.owner_scope, is_listed ? OWNER_SYMBOLS : (int)scopes[largest]);
		}
}

static void who_states_one_is_told(void **of)
{
	struct desk *desk = *of;
	struct effective_named named = {.account = 7, .symbol = SYMBOL_NONE};
	struct effective_row row;
	open_listed(desk, 0);
	row = desk_effective(desk, named, LIMIT_margin_rate, SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_COUNT);
	assert_int_equal(row.absence, ABSENCE_SYMBOLS);
	assert_true(row.value.value == INT64_MIN && row.in_force == INT64_MIN);
	named.symbol = desk->site.symbol_count;
	row = desk_effective(desk, named, LIMIT_margin_rate, SCOPE_FIRM);
	assert_int_equal(row.absence, ABSENCE_SYMBOLS);
	named.symbol = 0;
	row = desk_effective(desk, named, LIMIT_margin_rate, SCOPE_SECTOR);
	assert_int_equal(row.owner_scope, SCOPE_COUNT);
	assert_int_equal(row.absence, ABSENCE_REFUSES);
	assert_true(row.value.value == INT64_MIN && row.in_force == INT64_MIN);
	state(desk, SCOPE_FIRM, LIMIT_margin_rate, 700);
	desk_adopt(desk);
	named.symbol = SYMBOL_NONE;
	row = desk_effective(desk, named, LIMIT_margin_rate, SCOPE_SYMBOL);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
	assert_int_equal(row.in_force, 700);
}

/* The file's order says nothing: a symbol's row may come first. */
static void of_no_symbol_it_is_the_firms(void **of)
{
	struct desk *desk = *of;
	const struct effective_named named = {.account = 7, .symbol = SYMBOL_NONE};
	open_listed(desk, 100);
	state(desk, SCOPE_FIRM, LIMIT_margin_rate, 700);
	state(desk, SCOPE_SYMBOL, LIMIT_margin_rate, 900);
	struct limit_row *first = &desk->rows[0], *symbols = row_of(desk, SCOPE_SYMBOL);
	const struct limit_row kept = *first;
	*first = *symbols;
	*symbols = kept;
	desk_adopt(desk);
	struct effective_row row = desk_effective(desk, named, LIMIT_margin_rate, SCOPE_FIRM);
	assert_int_equal(row.in_force, 700);
	assert_int_equal(row.owner_scope, SCOPE_FIRM);
}

static void of_two_that_state_the_same_the_wider_is_named(void **of)
{
	struct desk *desk = *of;
	const struct effective_named named = {.account = 7, .symbol = 0};
	open_listed(desk, 2000);
	state(desk, SCOPE_FIRM, LIMIT_margin_rate, 2000);
	state(desk, SCOPE_SYMBOL, LIMIT_margin_rate, 2000);
	desk_adopt(desk);
	assert_int_equal(desk_effective(desk, named, LIMIT_margin_rate, SCOPE_FIRM).owner_scope,
		OWNER_SYMBOLS);
	state(desk, SCOPE_FIRM, LIMIT_margin_rate, 3000);
	state(desk, SCOPE_SYMBOL, LIMIT_margin_rate, 3000);
	desk_adopt(desk);
	assert_int_equal(
		desk_effective(desk, named, LIMIT_margin_rate, SCOPE_FIRM).owner_scope, SCOPE_FIRM);
}

/* What is held and what works, of two accounts, in both ways; another symbol's stays as it is. */
static void what_is_held_is_reckoned_anew_as_limits_come(void **of)
{
	struct desk *desk = *of;
	open_listed(desk, 1000);
	desk_hold(desk, 0, 200);
	desk_size(desk, 100);
	desk_pass(desk);
	risk_fill(desk->risk, 8, 0, SIDE_SELL, 50, 0, 100000);
	risk_fill(desk->risk, 8, 2, SIDE_BUY, 70, 0, 100000);
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		const int64_t *own = &desk->risk->accounts[7].money.sums[cases[i].part];
		const int64_t *all = &desk->risk->money.sums[cases[i].part];
		static const int64_t stated[] = {5000, 3000, 999, 1001};
		assert_int_equal(*own, 3000000);
		assert_int_equal(*all, 3000000 + 500000 + 700000);
		for (unsigned at = 0; at < ARRAY_COUNT(stated); at++) {
			int64_t bps = stated[at] > 1000 ? stated[at] : 1000;
			state(desk, SCOPE_SYMBOL, cases[i].limit, stated[at]);
			desk_adopt(desk);
			assert_int_equal(*own, 3000 * bps);
			assert_int_equal(*all, 3500 * bps + 700000);
			assert_int_equal(desk->risk->money.sums[STAKE_GROSS], 42000000);
		}
		desk_unstate(desk, cases[i].limit);
	}
}

/* Limits on trial that are given up, and a lease: each puts back what was. */
static void what_ends_gives_back_what_was(void **of)
{
	struct desk *desk = *of;
	const struct limit_place place = {
		.scope = SCOPE_SECTOR, .limit = LIMIT_margin_rate, .id = 1, .symbol = SYMBOL_NONE};
	open_listed(desk, 100);
	state(desk, SCOPE_SECTOR, LIMIT_margin_rate, 4000);
	desk_adopt(desk);
	desk_hold(desk, 0, 100);
	assert_int_equal(used(desk, STAKE_MARGIN), 4000000);
	risk_limits_hold(desk->risk);
	state(desk, SCOPE_SECTOR, LIMIT_margin_rate, 6000);
	desk_adopt(desk);
	assert_int_equal(used(desk, STAKE_MARGIN), 6000000);
	risk_limits_return(desk->risk);
	assert_int_equal(used(desk, STAKE_MARGIN), 4000000);
	assert_true(risk_limits_put(
		desk->risk, RISK_IN_FORCE, &place, &(struct limit_value){.value = 3000}));
	assert_int_equal(used(desk, STAKE_MARGIN), 3000000);
	assert_false(risk_limits_put(
		desk->risk, RISK_IN_FORCE, &place, &(struct limit_value){.value = 0}));
	assert_true(risk_limits_put(
		desk->risk, RISK_IN_FORCE, &place, &(struct limit_value){.value = 4000}));
	assert_int_equal(used(desk, STAKE_MARGIN), 4000000);
}

/* Whoever takes the same limits and orders in another order stands where the other does: a replay does. */
static void sums_are_the_same_whenever_it_was_stated(void **of)
{
	struct desk *desk = *of;
	int64_t sums[2][STAKE_PART_COUNT];
	for (unsigned is_late = 0; is_late < 2; is_late++) {
		open_listed(desk, 2000);
		if (is_late == 0)
			state(desk, SCOPE_FIRM, LIMIT_margin_rate, 3333);
		desk_adopt(desk);
		desk->order.side = SIDE_BUY;
		desk_size(desk, 77);
		desk_pass(desk);
		desk_hold(desk, 1, -300);
		state(desk, SCOPE_FIRM, LIMIT_margin_rate, 3333);
		desk_adopt(desk);
		memcpy(sums[is_late], desk->risk->money.sums, sizeof sums[0]);
	}
	assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
}

/* A haircut above what one product holds goes the long way. */
static void ten_times_the_value_is_exact(void **of)
{
	struct desk *desk = *of;
	open_listed(desk, 1);
	desk_hold(desk, 0, 7);
	state(desk, SCOPE_SYMBOL, LIMIT_stress_rate, SYMBOL_RATE_BPS_MAX);
	desk_adopt(desk);
	assert_int_equal(used(desk, STAKE_STRESS), 7000000);
	assert_int_equal(used(desk, STAKE_MARGIN), 70);
}

static void a_sector_that_is_none_has_no_row(void **of)
{
	struct desk *desk = *of;
	static const uint32_t ids[] = {0, SECTOR_COUNT_MAX, UINT32_MAX};
	for (unsigned i = 0; i < ARRAY_COUNT(ids); i++) {
		struct limit_row row;
		risk_limits_begin(desk->risk);
		limit_row_init(&row, SCOPE_SECTOR, ids[i], SYMBOL_NONE);
		assert_false(risk_limits_row(desk->risk, &row));
	}
	struct limit_row row;
	limit_row_init(&row, SCOPE_SECTOR, 1, 0);
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(one_that_the_limits_alone_state_binds_at_its_limit_and_one_share_past_it),
		desk_test(
			where_nobody_states_one_what_adds_is_refused_by_name_and_a_way_out_passes),
		desk_test(
			one_that_is_taken_from_what_is_held_refuses_by_name_and_every_way_out_passes),
		desk_test(the_largest_of_all_that_is_stated_binds),
		desk_test(who_states_one_is_told),
		desk_test(of_no_symbol_it_is_the_firms),
		desk_test(of_two_that_state_the_same_the_wider_is_named),
		desk_test(what_is_held_is_reckoned_anew_as_limits_come),
		desk_test(what_ends_gives_back_what_was),
		desk_test(sums_are_the_same_whenever_it_was_stated),
		desk_test(ten_times_the_value_is_exact),
		desk_test(a_sector_that_is_none_has_no_row),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.haircuts", tests, NULL, NULL);
}
