#include "drivers/machine/memory.h"
#include "tests/unit/dataplane/risk/told.h"

enum { WINDOW_NS = 500 };

static int open_paced(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	desk_state(&desk.rows[DESK_FIRM], LIMIT_max_fill_rate, 5, WINDOW_NS, 0);
	desk_state(&desk.rows[DESK_FIRM], LIMIT_max_fills, 900, WINDOW_NS, 0);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_max_fills, 3, WINDOW_NS, 0);
	desk_adopt(&desk);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static unsigned executed(struct desk *desk, uint16_t account, uint16_t strategy)
{
	return risk_executed(desk->risk, &desk->turn, account, strategy);
}

static void a_strategy_trips_one_past_its_limit_and_another_does_not(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(executed(desk, 7, 70), 0);
	assert_int_equal(executed(desk, 7, 71), 0);
	assert_int_equal(executed(desk, 7, 70), RISK_TRIP_STRATEGY_FILLS);
}

static void the_first_accounts_strategies_trip_like_any_others(void **state)
{
	struct desk *desk = *state;
	desk->accounts[1].id = 1;
	desk->rows[DESK_ACCOUNT_8].id = 1;
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_state(&desk->rows[DESK_ACCOUNT_8], LIMIT_max_fills, 2, WINDOW_NS, 0);
	desk_adopt(desk);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(executed(desk, 1, 80), 0);
	assert_int_equal(executed(desk, 1, 80), RISK_TRIP_STRATEGY_FILLS);
}

static void the_gate_trips_one_past_its_limit_whoever_is_executed(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(executed(desk, 7, 70), 0);
	assert_int_equal(executed(desk, 7, 71), 0);
	assert_int_equal(executed(desk, 8, 80), 0);
	assert_int_equal(executed(desk, 8, 80), RISK_TRIP_GATE_FILLS);
	/* Of nobody that the site knows: the gate counts it. */
	assert_int_equal(executed(desk, 0, 0), RISK_TRIP_GATE_FILLS);
}

static void a_window_ends_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 7, 70);
	desk->turn.now_ns += WINDOW_NS - 1;
	assert_int_equal(executed(desk, 7, 70), RISK_TRIP_STRATEGY_FILLS);
	desk->turn.now_ns += 1; /* the first three are out, the fourth counts */
	assert_int_equal(executed(desk, 7, 70), 0);
	assert_int_equal(executed(desk, 7, 70), 0);
	assert_int_equal(executed(desk, 7, 70), RISK_TRIP_STRATEGY_FILLS);
}

static void the_tighter_of_the_firms_and_the_accounts_limit_counts(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fills, 1, WINDOW_NS, 0);
	desk_adopt(desk);
	assert_int_equal(executed(desk, 7, 70), 0);
	assert_int_equal(executed(desk, 7, 70), RISK_TRIP_STRATEGY_FILLS);
}

static void a_new_epoch_forgets_no_execution(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 7, 70);
	desk->turn.now_ns += 2 * WINDOW_NS;
	assert_int_equal(executed(desk, 7, 70), 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_fills, 3, 3 * WINDOW_NS, 0);
	desk_adopt(desk);
	assert_int_equal(executed(desk, 7, 70), RISK_TRIP_STRATEGY_FILLS);
}

/* What others executed long after is no part of it, and overwrites nothing of it. */
/* Half of four of the account's, of whichever account. */
static void every_strategys_executions_are_told_by_its_accounts_limit(void **state)
{
	static const struct {
		uint16_t account, strategy;
	} rows[] = {{7, 70}, {7, 71}, {8, 80}};
	struct desk *desk = *state;
	struct usage_row row = {0};
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fill_rate, 900, WINDOW_NS, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_fills, 4, WINDOW_NS, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_8], LIMIT_max_fills, 4, WINDOW_NS, 0);
	desk_adopt(desk);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		executed(desk, rows[i].account, rows[i].strategy);
		assert_int_equal(told(desk, LIMIT_max_fills, SCOPE_STRATEGY, &row), 0);
		executed(desk, rows[i].account, rows[i].strategy);
		assert_int_equal(told(desk, LIMIT_max_fills, SCOPE_STRATEGY, &row), 1);
		assert_int_equal(row.id, rows[i].strategy);
		assert_int_equal(row.usage, 2);
	}
}

/* Nine of twenty, and all of them of sixty, are no mark; they are more than the limits that come next. */
static void what_was_executed_before_a_tighter_limit_is_not_told_as_new(void **state)
{
	static const struct {
		uint16_t account, strategy;
	} rows[] = {{7, 70}, {7, 71}, {8, 80}};
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned time = 0; time < 2; time++) {
		for (unsigned row = DESK_ACCOUNT_7; row <= DESK_ACCOUNT_8; row++)
			desk_state(&desk->rows[row], LIMIT_max_fills, time == 0 ? 20 : 8, WINDOW_NS,
				0);
		desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fill_rate, time == 0 ? 60 : 20,
			WINDOW_NS, 0);
		desk_adopt(desk);
		for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
			for (unsigned fill = 0; fill < (time == 0 ? 9 : 1); fill++)
				executed(desk, rows[i].account, rows[i].strategy);
		assert_int_equal(told(desk, LIMIT_max_fills, SCOPE_STRATEGY, &last), 0);
		assert_int_equal(told(desk, LIMIT_max_fill_rate, SCOPE_FIRM, &last), 0);
	}
}

static void a_strategys_ring_is_its_own(void **state)
{
	static const struct {
		uint16_t account, strategy;
	} others[] = {{7, 71}, {8, 80}};
	struct desk *desk = *state;
	const struct tempo *tempo = &desk->risk->tempos.strategies[70];
	uint64_t first_ns = desk->turn.now_ns;
	for (unsigned i = 0; i < STRATEGY_FILL_RING; i++)
		executed(desk, 7, 70);
	desk->turn.now_ns += 2 * WINDOW_NS;
	for (unsigned j = 0; j < ARRAY_COUNT(others); j++)
		for (unsigned i = 0; i < STRATEGY_FILL_RING; i++)
			executed(desk, others[j].account, others[j].strategy);
	for (unsigned i = 0; i < STRATEGY_FILL_RING; i++)
		assert_true(tempo->times[i] == first_ns);
	assert_int_equal(tempo_count(tempo, WINDOW_NS, desk->turn.now_ns), 0);
	assert_int_equal(executed(desk, 7, 70) & RISK_TRIP_STRATEGY_FILLS, 0);
	tempo = &desk->risk->tempos.strategies[71];
	assert_int_equal(tempo_count(tempo, WINDOW_NS, desk->turn.now_ns), STRATEGY_FILL_RING);
}

static void a_ring_counts_no_more_than_it_holds(void **state)
{
	struct desk *desk = *state;
	const struct tempo *tempo = &desk->risk->tempos.strategies[70];
	for (unsigned i = 0; i < STRATEGY_FILL_RING + 3; i++) {
		executed(desk, 7, 70);
		assert_int_equal(tempo_count(tempo, WINDOW_NS, desk->turn.now_ns),
			i < STRATEGY_FILL_RING ? i + 1 : STRATEGY_FILL_RING);
	}
}

/* Of a table with one more behind its last; nor is it the first. */
static void what_stands_behind_the_strategies_is_nobodys(void **state)
{
	struct desk *desk = *state;
	struct tempos *tempos = &desk->risk->tempos;
	struct tempo *kept = tempos->strategies;
	size_t bytes = (STRATEGY_COUNT_MAX + (size_t)1) * sizeof *kept;
	tempos->strategies = memory_take("tempos and one more", bytes);
	tempos->strategies[1] = tempos->strategies[STRATEGY_COUNT_MAX] = kept[70];
	executed(desk, 7, STRATEGY_COUNT_MAX);
	uint64_t recorded =
		tempos->strategies[1].recorded | tempos->strategies[STRATEGY_COUNT_MAX].recorded;
	memory_return(tempos->strategies, bytes);
	tempos->strategies = kept;
	assert_int_equal(recorded, 0);
	assert_int_equal(tempos->gate.recorded, 1);
}

/* Against counting them all, over random gaps, and windows longer than the ring. */
static void a_count_is_the_slow_one(void **state)
{
	struct desk *desk = *state;
	static uint64_t all[3000];
	const struct tempo *tempo = &desk->risk->tempos.strategies[70];
	uint64_t seed = 7, now_ns = desk->turn.now_ns;
	for (unsigned i = 0; i < ARRAY_COUNT(all); i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		now_ns += seed >> 60 == 0 ? 400 : seed >> 62;
		desk->turn.now_ns = all[i] = now_ns;
		executed(desk, 7, 70);
		for (uint64_t window_ns = 1; window_ns < 100000; window_ns *= 7) {
			int64_t slow = 0;
			for (unsigned j = 0; j <= i; j++)
				slow += now_ns - all[j] < window_ns;
			/* the ring holds no more */
			slow = slow < STRATEGY_FILL_RING ? slow : STRATEGY_FILL_RING;
			assert_int_equal(tempo_count(tempo, window_ns, now_ns), slow);
		}
	}
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_paced, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(a_strategy_trips_one_past_its_limit_and_another_does_not),
		ONE(the_first_accounts_strategies_trip_like_any_others),
		ONE(the_gate_trips_one_past_its_limit_whoever_is_executed),
		ONE(a_window_ends_on_the_nanosecond),
		ONE(the_tighter_of_the_firms_and_the_accounts_limit_counts),
		ONE(a_new_epoch_forgets_no_execution),
		ONE(what_was_executed_before_a_tighter_limit_is_not_told_as_new),
		ONE(what_stands_behind_the_strategies_is_nobodys),
		ONE(a_ring_counts_no_more_than_it_holds),
		ONE(every_strategys_executions_are_told_by_its_accounts_limit),
		ONE(a_strategys_ring_is_its_own),
		ONE(a_count_is_the_slow_one),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.tempo", tests, NULL, NULL);
}
