/* rates_test.c - show rates, rates set and rates load: what is asked of the gate, by whom, and what is said of its answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

static int begin_mixed(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	site_make();
	shell("sed -i 's/^people:/currencies: [{currency: EUR, max_age: 1 h}, {currency: JPY, "
	      "max_age: 2 h}]\\npeople:/' %s/site.yaml%s",
		directory, "");
	control_start();
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	return 0;
}

static void a_viewer_sees_rates_and_may_not_set_them(void **state)
{
	(void)state;
	assert_int_equal(look_as(WATCHER_UID, "show rates"), CODE_ROWS);
	says("3 currencies, what one is worth in the base currency");
	says("USD");
	says("base");
	says("1.00000001");
	says("2019-01-29T20:00:00.000000Z");
	says("2019-01-29T21:00:00.000000Z");
	says("none");
	assert_int_equal(ask_with(WATCHER_UID, SOCKET_CONTROL, "rates set EUR 1.1", NULL),
		CODE_ROLE_TOO_LOW);
	assert_int_equal(
		ask_with(OPERATOR_UID, SOCKET_VIEW, "rates set EUR 1.1", NULL), CODE_VIEW_ONLY);
	assert_int_equal(standin.rate_count, 0);
}

static void a_rate_goes_to_the_gate_with_its_person(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.0850 because morning"), CODE_DONE);
	says("1 rate is in force: show rates");
	assert_int_equal(standin.rate_count, 1);
	assert_int_equal(standin.rates[0].currency, 1);
	assert_int_equal(standin.rates[0].rate_e8, 108500000);
	assert_int_equal(standin.rates[0].uid, OPERATOR_UID);
	assert_int_equal(standin.rates[0].as_of_wall_ns, 0);
}

/* A point in the wrong place, or a rate upside down, is another limit for all that is held to it. */
static void a_rate_far_from_the_one_before_takes_two_persons(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.10000001"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 0.90000001"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.10000002"), CODE_REASON_MISSING);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 0.9 because no"), CODE_SECOND_PERSON);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 10.85 because x"), CODE_SECOND_PERSON);
	says("EUR is 1.00000001 and would be 10.85000000, which is more than 10 % away; noted for "
	     "operator");
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 10.85 because y"), CODE_SAME_PERSON);
	assert_int_equal(ask(SECOND_UID, "rates set EUR 10.80 because x"), CODE_SECOND_PERSON);
	assert_int_equal(standin.rate_count, 2);
	assert_int_equal(ask(SECOND_UID, "rates set EUR 10.85 because so"), CODE_DONE);
	assert_int_equal(standin.rate_count, 3);
	assert_int_equal(standin.rates[2].rate_e8, 1085000000);
}

/* It opens a currency, and nothing is there that would show a point in the wrong place. */
static void the_first_rate_of_a_currency_takes_two_persons(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "rates set JPY 110"), CODE_REASON_MISSING);
	assert_int_equal(ask(OPERATOR_UID, "rates set JPY 110 because new"), CODE_SECOND_PERSON);
	says("JPY has no rate to hold 110.00000000 against: it is the first; noted for operator");
	assert_int_equal(standin.rate_count, 0);
	assert_int_equal(ask(SECOND_UID, "rates set JPY 110 because new"), CODE_DONE);
	assert_int_equal(standin.rate_count, 1);
}

static void a_file_with_one_rate_far_off_is_agreed_to_as_a_whole(void **state)
{
	(void)state;
	static const char good[] = "version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n  - "
				   "{currency: JPY, rate: 0.00671}\n  - {currency: EUR, rate: 2}\n";
	static const char other[] =
		"version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n  - "
		"{currency: JPY, rate: 0.00672}\n  - {currency: EUR, rate: 2}\n";
	assert_int_equal(ask_with(OPERATOR_UID, SOCKET_CONTROL, "rates load r because x", good),
		CODE_SECOND_PERSON);
	assert_int_equal(ask_with(SECOND_UID, SOCKET_CONTROL, "rates load r because x", other),
		CODE_SECOND_PERSON);
	assert_int_equal(standin.rate_count, 0);
	assert_int_equal(
		ask_with(SECOND_UID, SOCKET_CONTROL, "rates load r because x", good), CODE_DONE);
	assert_int_equal(standin.rate_count, 2);
}

static void what_is_no_currency_or_no_rate_goes_nowhere(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "rates set GBP 1.1"), CODE_NOT_FOUND);
	says("found currency \"GBP\", expected one of site.yaml's currencies");
	assert_int_equal(ask(OPERATOR_UID, "rates set USD 1.1"), CODE_NOT_FOUND);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 0"), CODE_ARGUMENT_BAD);
	says("found \"0\", expected a rate above 0 and at most 100000");
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.123456789"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "rates load rates.yaml"), CODE_ARGUMENT_BAD);
	says("expected a file of rates where sluicectl runs");
	assert_int_equal(standin.rate_count, 0);
}

static void a_file_goes_rate_by_rate_as_of_its_time(void **state)
{
	(void)state;
	static const char both[] =
		"version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n  - {currency: JPY, "
		"rate: 0.00671}\n  - {currency: EUR, rate: 1.0850}\n";
	static const char load[] = "rates load rates.yaml because morning";
	assert_int_equal(ask_with(SECOND_UID, SOCKET_CONTROL, load, both), CODE_SECOND_PERSON);
	assert_int_equal(ask_with(OPERATOR_UID, SOCKET_CONTROL, load, both), CODE_DONE);
	says("2 rates are in force: show rates");
	assert_int_equal(standin.rate_count, 2);
	assert_int_equal(standin.rates[0].currency, 2);
	assert_int_equal(standin.rates[0].rate_e8, 671000);
	assert_int_equal(standin.rates[1].currency, 1);
	assert_int_equal(standin.rates[1].as_of_wall_ns, UINT64_C(1548849600000000000));
	assert_int_equal(standin.rates[1].uid, OPERATOR_UID);
	assert_int_equal(ask_with(OPERATOR_UID, SOCKET_CONTROL, "rates load rates.yaml",
				 "version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n  - "
				 "{currency: EUR, rate: 1}\n  - {currency: GBP, rate: 1}\n"),
		CODE_RATES_REFUSED);
	says("rates.yaml:5:16: found the currency \"GBP\"");
	assert_int_equal(standin.rate_count, 2);
}

static void what_the_gate_does_not_do_is_said_with_what_mends_it(void **state)
{
	(void)state;
	atomic_store(&standin.rate_code, EINVAL);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.1"), CODE_STATE_WRONG);
	says("the gate refused the rate of EUR");
	says("0 of 1 rates are in force");
	atomic_store(&standin.rate_code, EBUSY);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.1"), CODE_STATE_WRONG);
	says("the gate did not take the rate of EUR");
	standin_hush(&standin);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.1"), CODE_STAGE_SILENT);
	standin_kill(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.plane.is_attached; i++)
		control_turn(&control, 1);
	assert_int_equal(ask(OPERATOR_UID, "rates set EUR 1.1"), CODE_PLANE_ABSENT);
	assert_true(standin_start(&standin, &control.site, 0));
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_mixed, end)
	const struct CMUnitTest tests[] = {
		ONE(a_viewer_sees_rates_and_may_not_set_them),
		ONE(a_rate_goes_to_the_gate_with_its_person),
		ONE(a_rate_far_from_the_one_before_takes_two_persons),
		ONE(the_first_rate_of_a_currency_takes_two_persons),
		ONE(a_file_with_one_rate_far_off_is_agreed_to_as_a_whole),
		ONE(what_is_no_currency_or_no_rate_goes_nowhere),
		ONE(a_file_goes_rate_by_rate_as_of_its_time),
		ONE(what_the_gate_does_not_do_is_said_with_what_mends_it),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.rates", tests, NULL, NULL);
}
