/* A script says what it means, or is refused with its place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/client/script.h"

static struct script script;

static void parse(const char *text)
{
	struct config_error error = {{0}};
	bool is_read = script_parse(&script, "day", text, &error);
	if (!is_read)
		print_error("%s\n", error.text);
	assert_true(is_read);
}

static void refuse(const char *text, const char *sentence)
{
	struct config_error error = {{0}};
	assert_false(script_parse(&script, "day", text, &error));
	assert_string_equal(error.text, sentence);
	assert_null(script.steps);
}

static void an_order_is_read_with_all_its_words(void **state)
{
	(void)state;
	parse("short 100 AAPL at 163.05 as LIME strategy 7 tif ioc hidden ref 9");
	const struct step *s = script.steps;
	assert_int_equal(script.count, 1);
	assert_int_equal(s->kind, STEP_ENTER);
	assert_int_equal(s->side, 'T');
	assert_int_equal(s->qty, 100);
	assert_int_equal(s->symbol, symbol_pack("AAPL"));
	assert_int_equal(s->price_e4, 1630500);
	assert_string_equal(s->mpid, "LIME");
	assert_int_equal(s->strategy, 7);
	assert_int_equal(s->time_in_force, '3');
	assert_int_equal(s->display, 'N');
	assert_int_equal(s->ref, 9);
	assert_int_equal(s->times, 1);
	script_free(&script);
}

static void prices_are_exact_to_four_decimals(void **state)
{
	(void)state;
	parse("buy 1 A at 0.0001; buy 1 A at 5; buy 1 A at 199999.9900");
	assert_int_equal(script.steps[0].price_e4, 1);
	assert_int_equal(script.steps[1].price_e4, 50000);
	assert_int_equal(script.steps[2].price_e4, 1999999900);
	script_free(&script);
	refuse("buy 1 A at 0.00001",
		"day:1: found '0.00001', expected a price with up to four decimals");
	refuse("buy 1 A at 1x", "day:1: found '1x', expected a price with up to four decimals");
	refuse("buy 1 A at", "day:1: found 'the end of the line', expected a price");
}

static void steps_follow_each_other_with_their_lines(void **state)
{
	(void)state;
	parse("# a comment ; { }\n\nreplace 1 with 50 at 163.10; cancel last to 20\n  wait answers "
	      "within 2 s # yes\n"
	      "wait rejected 3\nexpect code 0x0031 3\npause 10ms\nflood sell 5 A at 1 times 1000 "
	      "rate 50\n");
	assert_int_equal(script.count, 7);
	assert_int_equal(script.steps[0].kind, STEP_REPLACE);
	assert_int_equal(script.steps[0].line, 3);
	assert_int_equal(script.steps[1].kind, STEP_CANCEL);
	assert_int_equal(script.steps[1].ref, SCRIPT_LAST);
	assert_int_equal(script.steps[1].qty, 20);
	assert_int_equal(script.steps[2].outcome, OUTCOME_ANSWERS);
	assert_int_equal(script.steps[2].time_ns, 2000000000);
	assert_int_equal(script.steps[3].time_ns, 1000000000);
	assert_int_equal(script.steps[3].line, 5);
	assert_int_equal(script.steps[4].code, 0x31);
	assert_int_equal(script.steps[4].ref, 3);
	assert_int_equal(script.steps[5].time_ns, 10000000);
	assert_int_equal(script.steps[6].times, 1000);
	assert_int_equal(script.steps[6].rate_per_s, 50);
	script_free(&script);
}

static void repeats_hold_what_stands_between_their_braces(void **state)
{
	(void)state;
	parse("repeat 2 {\n buy 1 A at 1\n repeat 3 { cancel last; pause 1 us }\n}\nwait answers");
	assert_int_equal(script.count, 6);
	assert_int_equal(script.steps[0].times, 2);
	assert_int_equal(script.steps[0].end, 5);
	assert_int_equal(script.steps[2].times, 3);
	assert_int_equal(script.steps[2].end, 5);
	script_free(&script);
	refuse("repeat 2 {\nbuy 1 A at 1",
		"day:2: found 'the end of the line', expected } for the repeat that is open");
	refuse("}", "day:1: found '}', expected buy, sell or short");
	refuse("repeat 2", "day:1: found 'the end of the line', expected {");
}

static void mistakes_are_refused_with_their_place(void **state)
{
	(void)state;
	refuse("buy 1 A at 1\nbuy x A at 1", "day:2: found 'x', expected a number");
	refuse("buy 1 TOOLONGNAME at 1",
		"day:1: found 'TOOLONGNAME', expected a symbol of up to eight characters");
	refuse("buy 1 A at 1 as TOOBIG",
		"day:1: found 'TOOBIG', expected an MPID of up to four characters");
	refuse("cancel 0", "day:1: found '0', expected an order from 1 on");
	refuse("wait nothing",
		"day:1: found 'nothing', expected an outcome such as accepted or rejected");
	refuse("pause 10 days", "day:1: found 'days', expected us, ms or s");
	refuse("cancel 1 now", "day:1: found 'now', expected the end of the step");
	refuse("expect code 65536", "day:1: found '65536', expected a smaller whole number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_read_with_all_its_words),
		cmocka_unit_test(prices_are_exact_to_four_decimals),
		cmocka_unit_test(steps_follow_each_other_with_their_lines),
		cmocka_unit_test(repeats_hold_what_stands_between_their_braces),
		cmocka_unit_test(mistakes_are_refused_with_their_place),
	};
	return !!cmocka_run_group_tests_name("unit.tools.client.script", tests, NULL, NULL);
}
