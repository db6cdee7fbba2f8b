/* console_test.c - every line at the console has one answer, also one without a command.
   rooms: tools_exchange_play */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/tools/exchange/venue.h"
#include "tools/exchange/play/console.h"

/* says puts text on the console's standard input and gives what it wrote to its output. */
static void says(const char *text, char out[512])
{
	static struct console console;
	int in[2], written[2], old_in = dup(STDIN_FILENO), old_out = dup(STDOUT_FILENO);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(written), 0);
	assert_int_equal(write(in[1], text, strlen(text)), (ssize_t)strlen(text));
	close(in[1]);
	fflush(stdout);
	dup2(in[0], STDIN_FILENO);
	dup2(written[1], STDOUT_FILENO);
	console_init(&console, x);
	bool goes_on = console_poll(&console, 1);
	fflush(stdout);
	dup2(old_in, STDIN_FILENO);
	dup2(old_out, STDOUT_FILENO);
	close(written[1]);
	ssize_t size = read(written[0], out, 511);
	out[size > 0 ? size : 0] = '\0';
	close(in[0]);
	close(written[0]);
	close(old_in);
	close(old_out);
	assert_true(goes_on);
}

static int begin(void **state)
{
	static struct options options;
	(void)state;
	options = venue_options();
	venue_open(&options);
	return 0;
}

static void each_line_has_one_answer_whatever_stands_in_it(void **state)
{
	char out[512];
	(void)state;
	says("\n   \t\n# a comment\nand\nnonsense\npatience 1 s\n", out);
	assert_ptr_equal(strstr(out, "ok\nok\nok\nerror"), out);
	uint32_t lines = 0;
	for (const char *c = out; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 6);
	assert_non_null(strstr(out, "ok patience 1 s\n"));
	says("", out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_line_has_one_answer_whatever_stands_in_it, begin, finish),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.play.console", tests, NULL, NULL);
}
