/* ladder_test.c - a book drawn for a person: best at the top, bars by depth, a side that is shorter. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/cli/ladder.h"

static char drawn[8192];

static void draw_as(const char *state, const char *rows_json, bool is_utf8)
{
	json_t *rows = json_loads(rows_json, 0, NULL);
	assert_non_null(rows);
	FILE *out = fmemopen(drawn, sizeof drawn, "w");
	assert_non_null(out);
	ladder_draw(out, "AAPL", state, rows, is_utf8);
	fclose(out);
	json_decref(rows);
}

static void draw(const char *rows_json, bool is_utf8)
{
	draw_as("sequenced", rows_json, is_utf8);
}

static void bids_stand_left_asks_right_the_best_at_the_top(void **state)
{
	(void)state;
	draw("[{\"side\":\"bid\",\"price\":\"163.0000\",\"qty\":1234567,\"orders\":3},"
	     "{\"side\":\"bid\",\"price\":\"162.9900\",\"qty\":1,\"orders\":1},"
	     "{\"side\":\"ask\",\"price\":\"163.0200\",\"qty\":617284,\"orders\":2}]",
		false);
	assert_string_equal(drawn,
		"AAPL: 2 bids, 1 asks\n"
		"  orders          qty                            bid | ask        "
		"                            qty   orders\n"
		"       3    1,234,567  ################     163.0000 | 163.0200     "
		"########              617,284        2\n"
		"       1            1                 #     162.9900 |\n");
}

static void an_empty_side_leaves_its_place_empty(void **state)
{
	(void)state;
	draw("[{\"side\":\"ask\",\"price\":\"1.0000\",\"qty\":0,\"orders\":0}]", false);
	assert_non_null(strstr(drawn, "AAPL: 0 bids, 1 asks\n"));
	assert_non_null(strstr(drawn, " | 1.0000 "));
	assert_null(strchr(drawn, '#')); /* nothing there: no bar */
}

static void a_book_that_is_not_to_be_trusted_says_so_above_it(void **state)
{
	(void)state;
	draw_as("STALE", "[{\"side\":\"ask\",\"price\":\"1.0000\",\"qty\":5,\"orders\":1}]", false);
	assert_non_null(strstr(drawn, "AAPL: 0 bids, 1 asks, STALE\n"));
}

static void blocks_are_drawn_where_the_terminal_knows_them(void **state)
{
	(void)state;
	draw("[{\"side\":\"bid\",\"price\":\"1.0000\",\"qty\":5,\"orders\":1}]", true);
	assert_non_null(strstr(drawn, "\xe2\x96\x88"));
	setenv("LC_ALL", "C.UTF-8", 1);
	assert_true(ladder_is_utf8());
	setenv("LC_ALL", "C", 1);
	assert_false(ladder_is_utf8());
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	setenv("LANG", "de_DE.utf8", 1);
	assert_true(ladder_is_utf8());
	unsetenv("LANG");
	assert_false(ladder_is_utf8());
}

static void a_depth_that_fills_its_word_has_a_bar_like_another(void **state)
{
	(void)state;
	draw("[{\"side\":\"bid\",\"price\":\"2.0000\",\"qty\":9223372036854775807,\"orders\":1},"
	     "{\"side\":\"bid\",\"price\":\"1.0000\",\"qty\":4611686018427387904,\"orders\":1}]",
		false);
	assert_non_null(strstr(drawn, " ################       2.0000 |"));
	assert_non_null(strstr(drawn, "          ########       1.0000 |"));
}

static void rows_that_are_no_levels_are_left_out(void **state)
{
	(void)state;
	draw("[{\"line\":\"x\"},{\"side\":\"bid\"},{\"price\":\"1\"},5]", false);
	assert_non_null(strstr(drawn, "AAPL: 0 bids, 0 asks\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bids_stand_left_asks_right_the_best_at_the_top),
		cmocka_unit_test(an_empty_side_leaves_its_place_empty),
		cmocka_unit_test(a_book_that_is_not_to_be_trusted_says_so_above_it),
		cmocka_unit_test(blocks_are_drawn_where_the_terminal_knows_them),
		cmocka_unit_test(a_depth_that_fills_its_word_has_a_bar_like_another),
		cmocka_unit_test(rows_that_are_no_levels_are_left_out),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.ladder", tests, NULL, NULL);
}
