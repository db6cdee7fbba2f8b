/* progress_test.c - a person who waits hears how far it came, and nobody else hears anything. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/cli/progress.h"

static char *text;
static size_t size;
static FILE *file;

static int file_open(void **state)
{
	(void)state;
	file = open_memstream(&text, &size);
	assert_non_null(file);
	return 0;
}

static int file_close(void **state)
{
	(void)state;
	fclose(file);
	free(text);
	return 0;
}

static void what_is_quickly_done_says_nothing(void **state)
{
	struct progress progress;
	(void)state;
	progress_begin(&progress, file, true, 5);
	progress_tell(&progress, 100000, 0, 5 + PROGRESS_NS - 1);
	progress_end(&progress);
	assert_int_equal(size, 0);
}

static void a_line_every_two_seconds_tells_how_far_it_came(void **state)
{
	struct progress progress;
	(void)state;
	progress_begin(&progress, file, false, 5);
	progress_tell(&progress, 100000, 0, 5 + PROGRESS_NS);
	progress_tell(&progress, 200000, 0, 6 + PROGRESS_NS);
	progress_tell(&progress, 300000, UINT64_C(1548860400000000000), 5 + 2 * PROGRESS_NS);
	progress_end(&progress);
	assert_non_null(
		strstr(text, "(reading: 100000 records, the journal up to its beginning)\n"));
	assert_null(strstr(text, "200000"));
	assert_non_null(strstr(text, "(reading: 300000 records, the journal up to 2019-01-30"));
	assert_null(strchr(text, '\r'));
}

static void on_a_terminal_a_line_takes_the_place_of_the_last_and_goes(void **state)
{
	struct progress progress;
	(void)state;
	progress_begin(&progress, file, true, 5);
	progress_tell(&progress, 100000, 0, 5 + PROGRESS_NS);
	progress_end(&progress);
	assert_int_equal(text[0], '\r');
	assert_null(strchr(text, '\n'));
	assert_string_equal(text + size - 4, "\r\x1b[K");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, file_open, file_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(what_is_quickly_done_says_nothing),
		FILE_TEST(a_line_every_two_seconds_tells_how_far_it_came),
		FILE_TEST(on_a_terminal_a_line_takes_the_place_of_the_last_and_goes),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.progress", tests, NULL, NULL);
}
