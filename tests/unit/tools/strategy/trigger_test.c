/* trigger_test.c - a condition fires when it becomes true, and never on a price that nobody may believe.
   rooms: tools_strategy */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/strategy/trigger.h"

static struct trigger trigger;

static bool parse(const char *text)
{
	struct config_error error = {""};
	bool good = trigger_parse(&trigger, text, &error);
	if (!good && strstr(error.text, "expected SYMBOL") == NULL)
		fail_msg("found \"%s\", expected it to say what is expected", error.text);
	return good;
}

static struct sluice_top top_at(int64_t bid_e4, int64_t ask_e4)
{
	return (struct sluice_top){
		.bid_e4 = bid_e4, .ask_e4 = ask_e4, .last_e4 = 1630100, .state = 'T'};
}

static void a_condition_is_three_words_and_a_price(void **state)
{
	(void)state;
	assert_true(parse("AAPL ask <= 163.02"));
	assert_string_equal(trigger.symbol, "AAPL");
	assert_int_equal(trigger.price, TRIGGER_ASK);
	assert_true(trigger.is_below);
	assert_int_equal(trigger.limit_e4, 1630200);
	assert_true(parse("ABCDEFGH last >= 0.0001"));
	assert_false(trigger.is_below);
	assert_false(parse("AAPL mid <= 1.00"));
	assert_false(parse("AAPL ask < 1.00"));
	assert_false(parse("AAPL ask <= 1e3"));
	assert_false(parse("AAPL ask <= 0.00"));
	assert_false(parse("AAPL ask <= 1.00 now"));
	assert_false(parse("AAPL ask"));
	assert_false(parse(""));
}

static void it_fires_when_it_becomes_true_and_again_after_it_was_false(void **state)
{
	(void)state;
	struct sluice_top top = top_at(1630000, 1630300);
	parse("AAPL ask <= 163.02");
	assert_false(trigger_fires(&trigger, &top, 0));
	top.ask_e4 = 1630200;
	assert_true(trigger_fires(&trigger, &top, 0));
	top.ask_e4 = 1630100;
	assert_false(trigger_fires(&trigger, &top, 0));
	top.ask_e4 = 1630300;
	assert_false(trigger_fires(&trigger, &top, 0));
	top.ask_e4 = 1630200;
	assert_true(trigger_fires(&trigger, &top, 0));
	parse("AAPL bid >= 163.00");
	assert_true(trigger_fires(&trigger, &top, 0));
	parse("AAPL last >= 163.02");
	assert_false(trigger_fires(&trigger, &top, 0));
}

static void a_price_that_nobody_may_believe_fires_nothing(void **state)
{
	(void)state;
	const struct sluice_top good = top_at(1630000, 1630200);
	struct sluice_top rows[5] = {good, good, good, good, good};
	rows[0].stale = 1;
	rows[1].operational = 1;
	rows[2].state = 'H';
	rows[3].state = 'P';
	rows[4].ask_e4 = 0; /* that side is empty */
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		parse("AAPL ask <= 163.02");
		assert_false(trigger_fires(&trigger, &rows[i], 0));
	}
	assert_false(trigger_fires(&trigger, &good, TRIGGER_AGE_NS_MAX + 1));
	assert_false(trigger_fires(&trigger, &good, UINT64_MAX));
	assert_true(trigger_fires(&trigger, &good, TRIGGER_AGE_NS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_condition_is_three_words_and_a_price),
		cmocka_unit_test(it_fires_when_it_becomes_true_and_again_after_it_was_false),
		cmocka_unit_test(a_price_that_nobody_may_believe_fires_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.tools.strategy.trigger", tests, NULL, NULL);
}
