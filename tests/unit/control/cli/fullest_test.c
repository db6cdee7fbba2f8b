/* fullest_test.c - the limits nearest to full are those of everybody, accounts too. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "control/cli/fullest.h"

static void sample(
	json_t *rows, const char *metric, const char *scope, unsigned id, const char *value)
{
	char labels[200];
	snprintf(labels, sizeof labels,
		"scope=\"%s\",id=\"%u\",symbol=\"%s\",limit=\"POSITION_LONG\","
		"key=\"max_long_position\",unit=\"shares\"",
		scope, id, strcmp(scope, "account-symbol") == 0 ? "AAPL" : "");
	json_array_append_new(rows,
		json_pack("{s:s,s:s,s:s}", "metric", metric, "labels", labels, "value", value));
}

static char *drawn(json_t *rows)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *metrics = json_pack("{s:o}", "rows", rows);
	fullest_draw(out, metrics);
	fclose(out);
	json_decref(metrics);
	return text;
}

static void the_fullest_comes_first_whoever_it_is_of(void **state)
{
	(void)state;
	json_t *rows = json_array();
	sample(rows, "sluice_limit_usage", "firm", 0, "10");
	sample(rows, "sluice_limit_usage", "account", 17, "100");
	sample(rows, "sluice_limit_usage", "account", 18, "1000"); /* nobody limits it */
	sample(rows, "sluice_limit_usage", "account-symbol", 17, "5000");
	sample(rows, "sluice_limit_peak", "firm", 0, "10");
	sample(rows, "sluice_limit", "firm", 0, "1000");
	sample(rows, "sluice_limit", "account", 17, "200");
	sample(rows, "sluice_limit", "account-symbol", 17, "5000");
	char *text = drawn(rows);
	assert_string_equal(text,
		"LIMITS NEAREST TO FULL\n"
		"  100 %  account 17 AAPL              POSITION_LONG        5000 of 5000 shares\n"
		"   50 %  account 17                   POSITION_LONG        100 of 200 shares\n"
		"    1 %  firm                         POSITION_LONG        10 of 1000 shares\n");
	free(text);
}

static void as_many_are_drawn_as_there_is_room_for(void **state)
{
	(void)state;
	json_t *rows = json_array();
	char value[20];
	for (unsigned i = 0; i < 20; i++) {
		snprintf(value, sizeof value, "%u", i * 7 % 20);
		sample(rows, "sluice_limit_usage", "account", i + 1, value);
	}
	for (unsigned i = 0; i < 20; i++)
		sample(rows, "sluice_limit", "account", i + 1, i == 0 ? "0" : "20");
	char *text = drawn(rows);
	const char *at = text;
	for (unsigned i = 0; i < FULLEST_COUNT; i++) {
		snprintf(value, sizeof value, "  %3u %%", (19 - i) * 5);
		at = strstr(at, value);
		assert_non_null(at);
	}
	assert_null(strstr(text, "  55 %"));
	free(text);
}

/* As `show limits` does: rounded up, so that 100 is never reached too late. */
static void a_part_of_a_percent_is_one(void **state)
{
	static const struct {
		const char *usage, *limit, *shown;
	} rows[] = {{"162640.0000", "250000.0000", "   66 %"}, {"0.0001", "250000.0000", "    1 %"},
		{"0.242000000", "0.250000000", "   97 %"}, {"7", "100", "    7 %"},
		{"0.07", "0.1", "   70 %"}, {"1", "0", "  999 %"}, {"-5", "10", "    0 %"},
		{"+Inf", "0.250000000", "  999 %"}, {"9223372036854775807", "1", "  999 %"}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *list = json_array();
		sample(list, "sluice_limit_usage", "firm", 0, rows[i].usage);
		sample(list, "sluice_limit", "firm", 0, rows[i].limit);
		char *text = drawn(list);
		if (strstr(text, rows[i].shown) == NULL)
			fail_msg("%s of %s: %s", rows[i].usage, rows[i].limit, text);
		free(text);
	}
}

static void what_each_gate_has_of_its_own_names_the_gate(void **state)
{
	static const char *const gates[] = {"east", "west"};
	static const char *const names[] = {"sluice_limit_usage", "sluice_limit"};
	(void)state;
	json_t *rows = json_array();
	for (unsigned i = 0; i < 4; i++) {
		char labels[200];
		snprintf(labels, sizeof labels,
			"gate=\"%s\",scope=\"firm\",id=\"0\",symbol=\"\",limit=\"CONTROL_SILENT\"",
			gates[i % 2]);
		json_array_append_new(
			rows, json_pack("{s:s,s:s,s:s}", "metric", names[i / 2], "labels", labels,
				      "value", i / 2 == 0 ? "1" : "2"));
	}
	char *text = drawn(rows);
	assert_non_null(strstr(text, "   50 %  firm at east "));
	assert_non_null(strstr(text, "   50 %  firm at west "));
	free(text);
}

static void nothing_in_use_is_said_so(void **state)
{
	(void)state;
	char *text = drawn(json_array());
	assert_string_equal(text, "LIMITS NEAREST TO FULL\n  none in use\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fullest_comes_first_whoever_it_is_of),
		cmocka_unit_test(as_many_are_drawn_as_there_is_room_for),
		cmocka_unit_test(a_part_of_a_percent_is_one),
		cmocka_unit_test(what_each_gate_has_of_its_own_names_the_gate),
		cmocka_unit_test(nothing_in_use_is_said_so),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.fullest", tests, NULL, NULL);
}
