/* breaks_test.c - show breaks: which side lacks what, and in which words it is said.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/command/call.h"
#include "drivers/machine/log.h"
#include "tests/unit/control/standin.h"

static struct control control;
static struct standin standin;
static char directory[64];
static char answer_text[1 << 16];

static void shell(const char *format, const char *a, const char *b)
{
	char command[512];
	snprintf(command, sizeof command, format, a, b);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/tmp/sluice-breaks-XXXXXX");
	assert_non_null(mkdtemp(directory));
	shell("cp %s/* %s/", SLUICE_SOURCE_DIRECTORY "/config/examples/simulation", directory);
	if (!control_open(&control, directory, NULL, &error))
		fail_msg("%s", error.text);
	assert_true(standin_start(&standin, &control.site, 0));
	for (unsigned i = 0; i < 5000 && !control.plane.is_attached; i++)
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

/* What both tell of an execution, but for what a test changes. */
static struct mismatch_row told(void)
{
	return (struct mismatch_row){.order_id = 11,
		.match = 501,
		.age_ns = 6001999999,
		.qty = {40, 40},
		.price_sum = {1630000, 1630000},
		.count = {1, 1},
		.venue_ref = 7,
		.account = 17,
		.session = 2,
		.type = 'E',
		.is_alarmed = 1};
}

static void says(const struct mismatch_row *row, const char *expected)
{
	struct server_hooks hooks = call_hooks(&control);
	struct peer peer = {.uid = 0, .socket = SOCKET_VIEW};
	static struct request request;
	static const char line[] = "show breaks";
	char error[160];
	size_t used, size;
	standin.breaks[0] = *row;
	standin.break_count = 1;
	enum code code = request_line(&request, line, sizeof line - 1, &used, error);
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	assert_non_null(call);
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		control_turn(&control, 1);
	char *text = answer_render(hooks.answer(call), &size);
	assert_int_equal(hooks.answer(call)->code, CODE_ROWS);
	snprintf(answer_text, sizeof answer_text, "%s", text);
	free(text);
	hooks.end(hooks.context, call);
	if (strstr(answer_text, expected) == NULL)
		fail_msg("expected \"%s\" in: %s", expected, answer_text);
}

static void a_row_names_its_order_and_what_both_told(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.qty[1] = 30;
	row.price_sum[1] = 1625000;
	says(&row, "exchange  break  quantity  executed     11       17        2          7    501 "
		   "   6001"
		   "       40        30  163.0000   162.5000    yes");
}

static void each_kind_has_its_word(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.count[0] = 0;
	says(&row, "  copy-only  ");
	row = told();
	row.count[1] = 0;
	says(&row, "  ours-only  ");
	row = told();
	row.count[1] = 2;
	row.qty[1] = 50;
	says(&row, "  copy-more  ");
	row.count[0] = 3;
	says(&row, "  ours-more  ");
	row = told();
	row.qty[0] = 41;
	says(&row, "  quantity  ");
	row = told();
	row.side[1] = 'S';
	says(&row, "  side  ");
	row = told();
	row.price_sum[0]++;
	says(&row, "  price  ");
}

static void each_word_of_the_venue_has_a_name(void **state)
{
	(void)state;
	static const struct {
		uint8_t type;
		const char *what;
	} words[] = {{'A', "  accepted  "}, {'U', "  replaced  "}, {'C', "  cancelled  "},
		{'M', "  modified  "}, {'E', "  executed  "}, {'B', "  trade-broken  "},
		{'F', "  trade-corrected  "}, {'x', "  ?  "}};
	for (uint32_t i = 0; i < ARRAY_COUNT(words); i++) {
		struct mismatch_row row = told();
		row.type = words[i].type;
		says(&row, words[i].what);
	}
}

static void what_only_the_copy_told_counts_once_it_was_applied(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.is_alarmed = 0;
	says(&row, "  waiting  ");
	says(&row, "  yes ");
	row.count[0] = 0;
	says(&row, "  no ");
	row.applied = 1;
	row.is_alarmed = 1;
	says(&row, "  yes ");
	says(&row, "  break  ");
}

static unsigned ask(const char *line)
{
	struct server_hooks hooks = call_hooks(&control);
	struct peer peer = {.uid = 1000, .socket = SOCKET_CONTROL};
	static struct request request;
	char error[160];
	size_t used, size;
	enum code code = request_line(&request, line, strlen(line), &used, error);
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

static void a_person_says_that_a_break_was_seen_and_why(void **state)
{
	(void)state;
	assert_int_equal(ask("breaks ack 7"), CODE_REASON_MISSING);
	assert_int_equal(ask("breaks ack x because y"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask("breaks ack 0 because y"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask("breaks ack 7 because \"their error\""), CODE_DONE);
	assert_non_null(strstr(answer_text, "break 7 was seen by operator"));
	assert_int_equal(standin.seen_asked.latch, 7);
	assert_int_equal(standin.seen_asked.uid, 1000);
	assert_string_equal(standin.seen_asked.reason, "their error");
	atomic_store(&standin.resolve_code, EALREADY);
	assert_int_equal(ask("breaks ack 7 because x"), CODE_ALREADY);
	atomic_store(&standin.resolve_code, ESTALE);
	assert_int_equal(ask("breaks ack 7 because x"), CODE_STATE_WRONG);
	assert_non_null(strstr(answer_text, "it is none yet"));
	atomic_store(&standin.resolve_code, ENOENT);
	assert_int_equal(ask("breaks ack 7 because x"), CODE_NOT_FOUND);
	atomic_store(&standin.resolve_code, EBUSY);
	assert_int_equal(ask("breaks ack 7 because x"), CODE_STATE_WRONG);
	struct mismatch_row row = told();
	row.is_acknowledged = 1;
	row.number = 7;
	row.acknowledged_uid = 1000;
	memcpy(row.seen_reason, "their error", sizeof "their error");
	says(&row, "acknowledged");
	says(&row, "operator");
	says(&row, "their error");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_row_names_its_order_and_what_both_told),
		ONE(each_kind_has_its_word),
		ONE(each_word_of_the_venue_has_a_name),
		ONE(what_only_the_copy_told_counts_once_it_was_applied),
		ONE(a_person_says_that_a_break_was_seen_and_why),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.breaks", tests, NULL, NULL);
}
