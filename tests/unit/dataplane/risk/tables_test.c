/* tables_test.c - what has an entry of its own and what falls on nobody's, and whose rate a symbol has. */
#include "dataplane/risk/tables.h"

#include "drivers/machine/memory.h"
#include "tests/unit/dataplane/risk/desk.h"

static void expect_symbols_rate(const struct desk *desk, int64_t own, int64_t others)
{
	assert_int_equal(desk->risk->symbols[0].orders.bucket.rate, others);
	assert_int_equal(desk->risk->symbols[1].orders.bucket.rate, own);
	assert_int_equal(desk->risk->symbols[2].orders.bucket.rate, others);
}

/* A symbol's own rate comes, changes and goes while the firm's stays, and the firm's changes while the symbol's stays. */
/* A row becomes a symbol's, with one rate and then another. */
static void expect_own_rates(struct desk *desk, struct limit_row *row)
{
	limit_row_init(row, SCOPE_SYMBOL, 0, 1);
	desk_state(row, LIMIT_order_rate, 20, DESK_SECOND, 20);
	desk_adopt(desk);
	expect_symbols_rate(desk, 20, 900);
	desk_state(row, LIMIT_order_rate, 30, DESK_SECOND, 20);
	desk_adopt(desk);
	expect_symbols_rate(desk, 30, 900);
}

static void a_symbols_rate_is_the_tighter_of_its_own_and_the_firms(void **state)
{
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[desk->row_count++];
	expect_own_rates(desk, row);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_order_rate, 10, DESK_SECOND, 10);
	desk_adopt(desk);
	expect_symbols_rate(desk, 10, 10);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_order_rate, 900, DESK_SECOND, 900);
	desk_adopt(desk);
	expect_symbols_rate(desk, 30, 900);
	desk->row_count--;
	desk_adopt(desk);
	expect_symbols_rate(desk, 900, 900);
}

/* Where the firm states no rate a symbol's own binds, put or adopted. */
static void a_symbols_rate_stands_alone_where_the_firm_states_none(void **state)
{
	static const struct limit_place own = {
		.scope = SCOPE_SYMBOL, .limit = LIMIT_order_rate, .symbol = 1};
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[desk->row_count++];
	desk->rows[DESK_FIRM].stated &= ~(UINT64_C(1) << LIMIT_order_rate);
	limit_row_init(row, SCOPE_SYMBOL, 0, 1);
	desk_state(row, LIMIT_order_rate, 20, DESK_SECOND, 20);
	desk_adopt(desk);
	assert_int_equal(desk->risk->symbols[1].orders.bucket.rate, 20);
	assert_true(desk->risk->symbols[0].orders.bucket.capacity == INT64_MIN);
	assert_true(risk_limits_put(
		desk->risk, RISK_IN_FORCE, &own, &(struct limit_value){30, DESK_SECOND, 25, 0}));
	assert_int_equal(desk->risk->symbols[1].orders.bucket.rate, 30);
	assert_int_equal(desk->risk->symbols[1].orders.bucket.capacity, 25 * DESK_SECOND);
	assert_true(desk->risk->symbols[0].orders.bucket.capacity == INT64_MIN);
}

/* What is beyond a table falls on an entry that is nobody's and lets nothing go. */
static void what_is_beyond_a_table_is_nobodys_and_nothing_is_stated_for_it(void **state)
{
	const struct risk *risk = ((struct desk *)*state)->risk;
	const struct session_entry *session = tables_session(risk, SESSION_COUNT_MAX);
	const struct account_entry *account = tables_account(risk, ACCOUNT_COUNT_MAX);
	const struct symbol_entry *symbol = tables_symbol(risk, risk->symbol_count);
	assert_ptr_equal(session, &risk->sessions[0]);
	assert_ptr_equal(account, &risk->accounts[0]);
	assert_ptr_equal(symbol, &risk->symbols[risk->symbol_count]);
	assert_ptr_equal(tables_session(risk, SESSION_COUNT_MAX - 1),
		&risk->sessions[SESSION_COUNT_MAX - 1]);
	assert_ptr_equal(tables_account(risk, ACCOUNT_COUNT_MAX - 1),
		&risk->accounts[ACCOUNT_COUNT_MAX - 1]);
	assert_true(session->orders.bucket.capacity == INT64_MIN);
	assert_true(session->cancels.capacity == INT64_MIN);
	assert_true(account->orders.bucket.capacity == INT64_MIN);
	assert_true(account->exits.capacity == INT64_MIN);
	assert_true(account->ratio.allowed == INT64_MIN);
	assert_true(symbol->orders.bucket.capacity == INT64_MIN);
	assert_true(risk->paces.strategies[STRATEGY_COUNT_MAX - 1].bucket.capacity == INT64_MIN);
	assert_false(symbol->instrument.is_known);
}

/* Also after the firm's rate, which is every symbol's, became another. */
static void nobodys_symbol_gets_no_rate(void **state)
{
	static const struct limit_place firm = {
		.scope = SCOPE_FIRM, .limit = LIMIT_order_rate, .symbol = SYMBOL_NONE};
	const struct risk *risk = ((struct desk *)*state)->risk;
	const struct bucket *nobodys = &risk->symbols[risk->symbol_count].orders.bucket;
	assert_true(risk_limits_put(((struct desk *)*state)->risk, RISK_IN_FORCE, &firm,
		&(struct limit_value){20, DESK_SECOND, 20, 0}));
	assert_int_equal(risk->symbols[risk->symbol_count - 1].orders.bucket.rate, 20);
	assert_true(nobodys->capacity == INT64_MIN);
}

/* Index 1 is a row as any. */
static void a_symbols_rate_may_stand_in_the_first_row_of_all(void **state)
{
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[0];
	desk->rows[desk->row_count++] = *row;
	expect_own_rates(desk, row);
}

static void a_strategys_rate_may_stand_in_the_first_row_of_all(void **state)
{
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[0];
	desk->rows[desk->row_count++] = *row;
	limit_row_init(row, SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(row, LIMIT_order_rate, 1, DESK_SECOND, 1);
	desk_adopt(desk);
	desk_pass(desk);
	desk_expect(desk, LANE_ACCOUNT_RATE);
}

/* limits (2), of the site's own too; nothing is remembered of orders while nobody states for how long. */
static void what_a_site_does_not_bound_is_bound_all_the_same(void **state)
{
	static const struct {
		uint64_t stated;
		int64_t limit;
	} rows[] = {{0, 0}, {INT64_MAX - 1, INT64_MAX - 1}, {INT64_MAX, INT64_MAX - 1},
		{UINT64_MAX, INT64_MAX - 1}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		desk->site.control_max_silence_ns = desk->site.clock_max_offset_ns = rows[i].stated;
		struct risk *risk = risk_open(&desk->site);
		assert_true(risk->profiles.site.control_silence_ns == rows[i].limit);
		assert_true(risk->profiles.site.clock_off_ns == rows[i].limit);
		assert_int_equal(risk->duplicate.keep_ns, 0);
		risk_close(risk);
	}
}

/* Each that has orders has a ring of its own, and there is one more, so that a site without any takes memory too. */
static void rings_have_room_for_everyone_who_has_one(void **state)
{
	const struct risk *risk = ((struct desk *)*state)->risk;
	const size_t sessions = 2, accounts = 2, symbols = 3, strategies = 3;
	assert_int_equal(risk->rings.session_bytes, 8 * SESSION_RATE_MAX * (sessions + 1));
	assert_int_equal(risk->rings.account_bytes, 8 * ACCOUNT_RATE_MAX * (accounts + 1));
	assert_int_equal(risk->rings.symbol_bytes, 8 * SYMBOL_RATE_MAX * (symbols + 1));
	assert_int_equal(risk->paces.times_bytes, 8 * STRATEGY_RATE_MAX * (strategies + 1));
	assert_int_equal(
		risk->tempos.times_bytes, 8 * (STRATEGY_FILL_RING * strategies + GATE_FILL_RING));
}

/* One behind the other, from the first of the site on. */
static void each_has_its_ring_behind_the_one_before_it(void **state)
{
	const struct risk *risk = ((struct desk *)*state)->risk;
	for (uint32_t i = 0; i < 3; i++)
		assert_ptr_equal(risk->symbols[i].orders.times,
			risk->rings.symbol_times + (size_t)i * SYMBOL_RATE_MAX);
	for (uint32_t i = 0; i < 2; i++) {
		assert_ptr_equal(risk->sessions[1 + i].orders.times,
			risk->rings.session_times + (size_t)i * SESSION_RATE_MAX);
		assert_ptr_equal(risk->accounts[7 + i].orders.times,
			risk->rings.account_times + (size_t)i * ACCOUNT_RATE_MAX);
		assert_ptr_equal(
			risk->slips.accounts[7 + i].times, risk->slips.times + SLIP_RING * (i + 1));
	}
	assert_ptr_equal(risk->slips.firm.times, risk->slips.times);
	assert_int_equal(risk->slips.times_bytes, 8 * SLIP_RING * 3);
}

static void each_strategy_has_its_rings_behind_those_of_the_one_before_it(void **state)
{
	static const uint32_t strategies[] = {70, 71, 80};
	const struct risk *risk = ((struct desk *)*state)->risk;
	assert_ptr_equal(risk->tempos.gate.times, risk->tempos.times);
	for (uint32_t i = 0; i < ARRAY_COUNT(strategies); i++) {
		assert_ptr_equal(risk->tempos.strategies[strategies[i]].times,
			risk->tempos.times + GATE_FILL_RING + (size_t)i * STRATEGY_FILL_RING);
		assert_ptr_equal(risk->paces.strategies[strategies[i]].times,
			risk->paces.times + (size_t)i * STRATEGY_RATE_MAX);
	}
}

static size_t pages_of(size_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

/* What a site of so many symbols takes for them, with one more that is nobody's. */
static size_t symbols_take(size_t count)
{
	return pages_of(sizeof(struct symbol_entry) * (count + 1)) +
	       pages_of(sizeof(struct symbol_rest) * (count + 1)) +
	       pages_of(sizeof(uint64_t) * SYMBOL_RATE_MAX * (count + 1));
}

static size_t site_takes(struct site_config *site, uint32_t symbol_count)
{
	size_t before = memory_taken_bytes();
	site->symbol_count = symbol_count;
	struct risk *risk = risk_open(site);
	size_t taken = memory_taken_bytes() - before;
	risk_close(risk);
	assert_int_equal(memory_taken_bytes(), before);
	return taken;
}

/* 64 entries of symbols end with a page, and 128 of what lies apart. */
static void a_site_takes_memory_for_each_symbol_and_one_more(void **state)
{
	static struct symbol_config symbols[128];
	static const uint32_t counts[] = {63, 64, 127, 128};
	struct site_config site = ((struct desk *)*state)->site;
	assert_int_equal(sizeof(struct symbol_entry) * 64 % 4096, 0);
	assert_int_equal(sizeof(struct symbol_rest) * 128 % 4096, 0);
	site.symbols = symbols;
	size_t of_one = site_takes(&site, 1) - symbols_take(1);
	for (unsigned i = 0; i < ARRAY_COUNT(counts); i++)
		assert_int_equal(site_takes(&site, counts[i]), of_one + symbols_take(counts[i]));
}

/* Behind a site's tables stands whatever memory holds: here one more of each that would be good. */
static void what_stands_behind_the_sites_own_is_not_read(void **state)
{
	struct site_config site = ((struct desk *)*state)->site;
	site.symbol_count = 2;
	site.session_count = site.account_count = 1;
	struct risk *risk = risk_open(&site);
	assert_true(risk->symbols[1].instrument.is_known);
	assert_false(risk->symbols[2].instrument.is_known);
	assert_null(risk->symbols[2].orders.times);
	assert_non_null(risk->sessions[1].orders.times);
	assert_null(risk->sessions[2].orders.times);
	assert_int_equal(risk->known_count, 1);
	assert_true(risk->accounts[7].is_known && !risk->accounts[8].is_known);
	assert_null(risk->accounts[8].orders.times);
	assert_null(risk->slips.accounts[8].times);
	assert_non_null(risk->tempos.strategies[71].times);
	assert_null(risk->tempos.strategies[80].times);
	assert_non_null(risk->paces.strategies[71].times);
	assert_null(risk->paces.strategies[80].times);
	risk_close(risk);
}

/* Behind the last strategy stands what is no strategy's: the place of a sector, which is no row's number for it. */
static void a_strategy_behind_the_last_has_no_pace(void **state)
{
	const struct risk *risk = ((struct desk *)*state)->risk;
	risk->limits->sectors[0] = 1;
	assert_null(tables_pace(risk, STRATEGY_COUNT_MAX));
	assert_null(tables_pace(risk, STRATEGY_COUNT_MAX - 1));
}

/* Known or not, before limits come: nothing goes. */
static void nobody_has_a_rate_before_one_is_stated(void **state)
{
	static const uint32_t accounts[] = {0, 1, 7, 8, ACCOUNT_COUNT_MAX - 1};
	struct risk *risk = risk_open(&((struct desk *)*state)->site);
	for (unsigned i = 0; i < ARRAY_COUNT(accounts); i++) {
		const struct account_entry *account = &risk->accounts[accounts[i]];
		assert_true(account->orders.bucket.capacity == INT64_MIN);
		assert_true(account->exits.capacity == INT64_MIN);
		assert_true(account->ratio.allowed == INT64_MIN);
	}
	assert_true(risk->ratio.allowed == INT64_MIN);
	for (uint32_t id = 0; id < SESSION_COUNT_MAX; id++) {
		assert_true(risk->sessions[id].orders.bucket.capacity == INT64_MIN);
		assert_true(risk->sessions[id].cancels.capacity == INT64_MIN);
	}
	risk_close(risk);
}

/* As many as an account may have, the last of them too. */
static void an_account_has_all_its_strategies(void **state)
{
	struct desk *desk = *state;
	desk->accounts[0].strategy_count = ACCOUNT_STRATEGY_MAX;
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
		desk->accounts[0].strategies[i].id = 90 + i;
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_adopt(desk);
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++) {
		desk->order.strategy = (uint16_t)(90 + i);
		desk_expect(desk, LANE_NONE);
	}
}

/* Those beside the ends of words of 64, and the last. */
static void every_session_speaks_for_its_account_by_its_own_bit(void **state)
{
	static const uint32_t sessions[] = {1, 63, 64, 65, 127, 128, 130, SESSION_COUNT_MAX - 1};
	struct desk *desk = *state;
	desk->accounts[0].session_count = ARRAY_COUNT(sessions);
	memcpy(desk->accounts[0].sessions, sessions, sizeof sessions);
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	for (uint32_t id = 0; id < SESSION_COUNT_MAX; id++) {
		bool speaks = false;
		for (unsigned i = 0; i < ARRAY_COUNT(sessions); i++)
			speaks |= sessions[i] == id;
		desk->order.session = (uint16_t)id;
		desk_judge(desk);
		assert_int_equal(desk->verdict.mask >> LANE_UNKNOWN_ACCOUNT & 1, !speaks);
	}
}

/* Totals, gauges and what the limits in force gave them lie apart from what an order touches of a symbol. */
static void what_lies_apart_of_a_symbol_is_its_own(void **state)
{
	struct desk *desk = *state;
	for (uint32_t symbol = 0; symbol < 3; symbol++) {
		const struct symbol_rest *rests = desk->risk->rests;
		uint32_t generation = desk->risk->profiles.generation;
		risk_start(desk->risk, 7, symbol, 500, 0, 100000);
		desk_hold(desk, symbol, 40);
		risk_charge(desk->risk, 7, symbol, 5);
		risk_unfill(desk->risk, 7, symbol, SIDE_BUY, 10, 100000);
		for (uint32_t other = 0; other < 3; other++) {
			bool is_it = other == symbol;
			assert_true(rests[other].totals.fees_e4 == (is_it ? 5 : 0));
			assert_true(rests[other].totals.qty[SIDE_BUY] == (is_it ? 530 : 0));
			assert_true(rests[other].start.qty[SIDE_BUY] == (is_it ? 500 : 0));
			assert_int_equal(rests[other].generation, is_it ? generation : 0);
			assert_int_equal(
				rests[other].position_gauges[SIDE_BUY].peak, is_it ? 540 : 0);
		}
		desk_teardown(state);
		desk_setup(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_symbols_rate_is_the_tighter_of_its_own_and_the_firms),
		desk_test(a_symbols_rate_stands_alone_where_the_firm_states_none),
		desk_test(rings_have_room_for_everyone_who_has_one),
		desk_test(each_has_its_ring_behind_the_one_before_it),
		desk_test(each_strategy_has_its_rings_behind_those_of_the_one_before_it),
		desk_test(a_site_takes_memory_for_each_symbol_and_one_more),
		desk_test(what_stands_behind_the_sites_own_is_not_read),
		desk_test(a_strategy_behind_the_last_has_no_pace),
		desk_test(nobody_has_a_rate_before_one_is_stated),
		desk_test(an_account_has_all_its_strategies),
		desk_test(every_session_speaks_for_its_account_by_its_own_bit),
		desk_test(nobodys_symbol_gets_no_rate),
		desk_test(a_symbols_rate_may_stand_in_the_first_row_of_all),
		desk_test(a_strategys_rate_may_stand_in_the_first_row_of_all),
		desk_test(what_lies_apart_of_a_symbol_is_its_own),
		desk_test(what_a_site_does_not_bound_is_bound_all_the_same),
		desk_test(what_is_beyond_a_table_is_nobodys_and_nothing_is_stated_for_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.tables", tests, NULL, NULL);
}
