/* checks_test.c - what only a bug of ours says stops the gate at once, and what is just within its bounds does not. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/dataplane/risk/desk.h"

/* Whether a CHECK ends what is done with a desk, which goes on here as if it had not been. */
static bool stops(struct desk *desk, void (*what)(struct desk *desk))
{
	int status = 0;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		what(desk);
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* Nothing is given back: that would see for itself what was written beyond a table. */
static void boot(struct desk *desk)
{
	risk_open(&desk->site);
}

/* Each number a site has, at either end of its table and one past it. */
static void a_site_beyond_the_tables_does_not_boot(void **state)
{
	struct desk *desk = *state;
	const struct {
		uint32_t *number, least, most;
	} numbers[] = {{&desk->site.sessions[1].id, 1, SESSION_COUNT_MAX - 1},
		{&desk->accounts[0].sessions[1], 1, SESSION_COUNT_MAX - 1},
		{&desk->accounts[1].id, 1, ACCOUNT_COUNT_MAX - 1},
		{&desk->accounts[0].strategies[1].id, 0, STRATEGY_COUNT_MAX - 1},
		{&desk->site.currency_count, 0, CURRENCY_COUNT_MAX},
		{&desk->symbols[1].currency, 0, 0}};
	for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
		uint32_t kept = *numbers[i].number;
		*numbers[i].number = numbers[i].least;
		assert_false(stops(desk, boot));
		*numbers[i].number = numbers[i].most;
		assert_false(stops(desk, boot));
		*numbers[i].number = numbers[i].most + 1;
		assert_true(stops(desk, boot));
		if (numbers[i].least > 0) {
			*numbers[i].number = numbers[i].least - 1;
			assert_true(stops(desk, boot));
		}
		*numbers[i].number = kept;
	}
	desk->site.symbol_count = SYMBOL_COUNT_MAX + 1;
	assert_true(stops(desk, boot));
	desk->site.symbol_count = 3;
}

static void only_an_order_that_passed_is_committed(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_expect(desk, LANE_NONE);
	assert_false(stops(desk, desk_commit));
	desk->verdict.mask = 2;
	assert_true(stops(desk, desk_commit));
	desk->verdict.mask = 0;
	desk->order.symbol = 3;
	assert_true(stops(desk, desk_commit));
	desk->order.symbol = 0;
	desk->order.account = 9;
	assert_true(stops(desk, desk_commit));
	desk->order.account = 7;
	desk->order.side = SIDE_SELL + 1;
	assert_true(stops(desk, desk_commit));
	desk->order.side = SIDE_SELL;
	assert_false(stops(desk, desk_commit));
	desk->order.account = 8;
	desk->risk->rows.count = ROW_COUNT_MAX;
	assert_true(stops(desk, desk_commit));
	desk->risk->rows.count = 1;
}

static void fill_order(struct desk *desk)
{
	risk_fill(desk->risk, desk->order.account, desk->order.symbol, SIDE_BUY, 1, 0, 100000);
}

static void nothing_happens_to_an_account_or_symbol_beyond_the_tables(void **state)
{
	struct desk *desk = *state;
	fill_order(desk);
	desk->order.symbol = 2;
	assert_false(stops(desk, fill_order));
	desk->order.symbol = 3;
	assert_true(stops(desk, fill_order));
	desk->order.symbol = 2;
	desk->order.account = ACCOUNT_COUNT_MAX;
	assert_true(stops(desk, fill_order));
	desk->order.account = ACCOUNT_COUNT_MAX - 1;
	assert_false(stops(desk, fill_order));
}

static void adopt_second(struct desk *desk)
{
	risk_limits_adopt(desk->risk, 2);
}

static void adopt_none(struct desk *desk)
{
	risk_limits_adopt(desk->risk, 0);
}

static void hold(struct desk *desk)
{
	risk_limits_hold(desk->risk);
}

static void go_back(struct desk *desk)
{
	risk_limits_return(desk->risk);
}

static void only_limits_that_were_collected_and_held_come_in_force(void **state)
{
	struct desk *desk = *state;
	assert_true(stops(desk, adopt_second));
	risk_limits_begin(desk->risk);
	assert_false(stops(desk, adopt_second));
	assert_true(stops(desk, adopt_none));
	assert_true(risk_limits_row(desk->risk, &desk->rows[0]));
	assert_false(stops(desk, adopt_second));
	assert_false(risk_limits_row(desk->risk, &desk->rows[0]));
	assert_true(stops(desk, adopt_second));
	assert_true(stops(desk, go_back));
	assert_false(stops(desk, hold));
	risk_limits_hold(desk->risk);
	desk_adopt(desk);
	assert_true(stops(desk, hold));
	go_back(desk);
	assert_true(stops(desk, go_back));
}

static uint64_t times[64];
static uint64_t ring;
static int64_t rate;

static void limit_throttle(struct desk *desk)
{
	const struct limit_value limit = {rate, DESK_SECOND, 1, 0};
	struct throttle throttle = {0};
	(void)desk;
	throttle_init(&throttle, times, ring);
	throttle_limit(&throttle, &limit);
}

static void a_ring_is_a_power_of_two_of_a_line_at_least_and_holds_a_window(void **state)
{
	struct desk *desk = *state;
	rate = 0;
	for (ring = 0; ring <= ARRAY_COUNT(times); ring++)
		assert_int_equal(stops(desk, limit_throttle), ring < 8 || (ring & (ring - 1)) != 0);
	for (ring = 8; ring <= ARRAY_COUNT(times); ring *= 2)
		for (rate = (int64_t)ring - 1; rate <= (int64_t)ring + 1; rate++)
			assert_int_equal(stops(desk, limit_throttle), rate > (int64_t)ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_site_beyond_the_tables_does_not_boot),
		desk_test(only_an_order_that_passed_is_committed),
		desk_test(nothing_happens_to_an_account_or_symbol_beyond_the_tables),
		desk_test(only_limits_that_were_collected_and_held_come_in_force),
		desk_test(a_ring_is_a_power_of_two_of_a_line_at_least_and_holds_a_window),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.checks", tests, NULL, NULL);
}
