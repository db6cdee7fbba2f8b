/* cut_test.c - which limits are cut between gates, and how people read them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/cut.h"

static void what_adds_up_over_gates_is_cut_and_nothing_else(void **state)
{
	(void)state;
	unsigned firm = 0, symbol = 0, bursts = 0;
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		firm += cut_adds_up(SCOPE_FIRM, (enum limit)i, SLICE_VALUE);
		symbol += cut_adds_up(SCOPE_SYMBOL, (enum limit)i, SLICE_VALUE);
		bursts += cut_adds_up(SCOPE_FIRM, (enum limit)i, SLICE_BURST);
		assert_false(cut_adds_up(SCOPE_ACCOUNT, (enum limit)i, SLICE_VALUE));
		assert_false(cut_adds_up(SCOPE_SESSION, (enum limit)i, SLICE_VALUE));
		assert_false(cut_adds_up(SCOPE_ACCOUNT_SYMBOL, (enum limit)i, SLICE_VALUE));
	}
	assert_int_equal(firm, 15);
	/* Both positions, the loss, the drawdown and the rate: LIMIT_CUT_COUNT_MAX counts on it. */
	assert_int_equal(symbol, 5);
	assert_int_equal(bursts, 2); /* one of them is the rate's, whose value is counted above */
	assert_true(firm + bursts - 1 <= CUT_WHOLE_COUNT_MAX);
	assert_false(cut_adds_up(SCOPE_FIRM, LIMIT_max_order_value, SLICE_VALUE));
	assert_false(cut_adds_up(SCOPE_FIRM, LIMIT_max_leverage, SLICE_VALUE));
	assert_false(cut_adds_up(SCOPE_FIRM, LIMIT_max_stress_share, SLICE_VALUE));
	assert_false(cut_adds_up(SCOPE_FIRM, LIMIT_exit_rate, SLICE_VALUE));
}

static void an_amount_has_its_unit_and_a_rate_two_names(void **state)
{
	(void)state;
	struct symbol_config symbol = {.name = symbol_pack("AAPL")};
	struct site_config site = {.symbols = &symbol, .symbol_count = 1};
	char name[CUT_NAME_BYTES], amount[CUT_AMOUNT_BYTES];
	struct slice_key key = {.scope = SCOPE_FIRM, .limit = LIMIT_max_long_position};
	assert_string_equal(cut_name(&site, key, name), "firm max_long_position");
	assert_string_equal(cut_amount(&site, key, 300, amount), "300 shares");
	key = (struct slice_key){
		.scope = SCOPE_SYMBOL, .limit = LIMIT_order_rate, .part = SLICE_BURST};
	assert_string_equal(cut_name(&site, key, name), "symbol AAPL order_rate burst");
	assert_string_equal(cut_amount(&site, key, 20, amount), "20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_adds_up_over_gates_is_cut_and_nothing_else),
		cmocka_unit_test(an_amount_has_its_unit_and_a_rate_two_names),
	};
	return !!cmocka_run_group_tests_name("unit.config.cut", tests, NULL, NULL);
}
