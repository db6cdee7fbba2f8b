/* rates_test.c - show rates, rates set and rates load: what is asked of the gate, by whom, and what is said of its answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/command/call.h"
#include "drivers/machine/log.h"
#include "tests/unit/control/standin.h"

enum { OPERATOR_UID = 1000, WATCHER_UID = 65534, PATIENT_TURNS = 5000 };

static struct control control;
static struct standin standin;
static char directory[64];
static char answer_text[1 << 20];

static void shell(const char *format, const char *a, const char *b)
{
	char command[512];
	snprintf(command, sizeof command, format, a, b);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	struct config_error error;
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/tmp/sluice-rates-XXXXXX");
	assert_non_null(mkdtemp(directory));
	shell("cp %s/* %s/", SLUICE_SOURCE_DIRECTORY "/config/examples/simulation", directory);
	shell("sed -i 's/^people:/currencies: [{currency: EUR, max_age: 1 h}, {currency: JPY, "
	      "max_age: 2 h}]\\npeople:/' %s/site.yaml%s",
		directory, "");
	if (!control_open(&control, directory, NULL, &error))
		fail_msg("%s", error.text);
	assert_true(standin_start(&standin, &control.site, 0));
	for (unsigned i = 0; i < PATIENT_TURNS && !control.plane.is_attached; i++)
		control_turn(&control, 1);
	assert_true(control.plane.is_attached);
	return 0;
}

static int end(void **state)
{
	(void)state;
	standin_kill(&standin);
	control_close(&control);
	shell("rm -rf %s%s", directory, "");
	return 0;
}

static unsigned ask_with(uint32_t uid, enum command_socket door, const char *line, const char *body)
{
	struct server_hooks hooks = call_hooks(&control);
	struct peer peer = {.uid = uid, .socket = door};
	static struct request request;
	char error[160];
	size_t used, size;
	enum code code = request_line(&request, line, strlen(line), &used, error);
	request.body = body;
	request.body_bytes = body != NULL ? strlen(body) : 0;
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	assert_non_null(call);
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		control_turn(&control, 1);
	char *text = answer_render(hooks.answer(call), &size);
	unsigned number = hooks.answer(call)->code;
	snprintf(answer_text, sizeof answer_text, "%s", text);
	free(text);
	hooks.end(hooks.context, call);
	return number;
}

static unsigned ask(const char *line)
{
	return ask_with(OPERATOR_UID, SOCKET_CONTROL, line, NULL);
}

static void says(const char *part)
{
	if (strstr(answer_text, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, answer_text);
}

static void a_viewer_sees_rates_and_may_not_set_them(void **state)
{
	(void)state;
	assert_int_equal(ask_with(WATCHER_UID, SOCKET_VIEW, "show rates", NULL), CODE_ROWS);
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
	assert_int_equal(ask("rates set EUR 1.0850 because morning"), CODE_DONE);
	says("1 rate is in force: show rates");
	assert_int_equal(standin.rate_count, 1);
	assert_int_equal(standin.rates[0].currency, 1);
	assert_int_equal(standin.rates[0].rate_e8, 108500000);
	assert_int_equal(standin.rates[0].uid, OPERATOR_UID);
	assert_int_equal(standin.rates[0].as_of_wall_ns, 0);
}

static void what_is_no_currency_or_no_rate_goes_nowhere(void **state)
{
	(void)state;
	assert_int_equal(ask("rates set GBP 1.1"), CODE_NOT_FOUND);
	says("found currency \"GBP\", expected one of site.yaml's currencies");
	assert_int_equal(ask("rates set USD 1.1"), CODE_NOT_FOUND);
	assert_int_equal(ask("rates set EUR 0"), CODE_ARGUMENT_BAD);
	says("found \"0\", expected a rate above 0 and at most 100000");
	assert_int_equal(ask("rates set EUR 1.123456789"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask("rates load rates.yaml"), CODE_ARGUMENT_BAD);
	says("expected a file of rates where sluicectl runs");
	assert_int_equal(standin.rate_count, 0);
}

static void a_file_goes_rate_by_rate_as_of_its_time(void **state)
{
	(void)state;
	assert_int_equal(
		ask_with(OPERATOR_UID, SOCKET_CONTROL, "rates load rates.yaml because morning",
			"version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n  - {currency: JPY, "
			"rate: 0.00671}\n  - {currency: EUR, rate: 1.0850}\n"),
		CODE_DONE);
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
	assert_int_equal(ask("rates set EUR 1.1"), CODE_STATE_WRONG);
	says("the gate refused the rate of EUR");
	says("0 of 1 rates are in force");
	atomic_store(&standin.rate_code, EBUSY);
	assert_int_equal(ask("rates set EUR 1.1"), CODE_STATE_WRONG);
	says("the gate did not take the rate of EUR");
	atomic_store(&standin.is_silent, true);
	assert_int_equal(ask("rates set EUR 1.1"), CODE_STAGE_SILENT);
	standin_kill(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.plane.is_attached; i++)
		control_turn(&control, 1);
	assert_int_equal(ask("rates set EUR 1.1"), CODE_PLANE_ABSENT);
	assert_true(standin_start(&standin, &control.site, 0));
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_viewer_sees_rates_and_may_not_set_them),
		ONE(a_rate_goes_to_the_gate_with_its_person),
		ONE(what_is_no_currency_or_no_rate_goes_nowhere),
		ONE(a_file_goes_rate_by_rate_as_of_its_time),
		ONE(what_the_gate_does_not_do_is_said_with_what_mends_it),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.rates", tests, NULL, NULL);
}
