/* gauges_test.c - usage of limits as metrics: every unit, every page, and what is missing said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "config/rejects.h"
#include "control/metrics/gauges.h"

static struct account_config accounts[] = {{.id = 17}, {.id = 18}};
static struct symbol_config symbols[1];
static struct site_config site = {
	.account_count = 2, .accounts = accounts, .symbol_count = 1, .symbols = symbols};
static struct plane plane;
static struct dataplane_region *other;
static int other_fd;
static struct gauges *gauges;
static char *text;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	symbols[0].name = symbol_pack("AAPL");
	if (!plane_open(&plane, &site, &error))
		return 1;
	other = region_create_dataplane(&other_fd, &site, &error);
	plane.region = other;
	plane.region_fd = other_fd;
	plane.is_attached = true;
	gauges = gauges_begin(&site, &plane, 1);
	return other == NULL || gauges == NULL;
}

static int end(void **state)
{
	(void)state;
	gauges_end(gauges, &plane);
	plane_close(&plane); /* leaves `other` too */
	free(text);
	text = NULL;
	return 0;
}

static const struct mailbox_request *asked(void)
{
	return &plane.own->requests[STAGE_GATE];
}

/* The gate, played by the test: `count` rows alike, and where to go on. */
static void answer(const struct usage_row *row, uint32_t count, uint64_t next)
{
	struct mailbox_answer *page = &other->answers[STAGE_GATE];
	page->code = 0;
	page->row_count = count;
	page->next = next;
	for (uint32_t i = 0; i < count; i++)
		memcpy(page->rows[i], row, sizeof *row);
	atomic_store(&page->number, atomic_load(&asked()->number));
}

static void write_all(void)
{
	struct answer out;
	size_t size;
	answer_init(&out, false);
	gauges_write(gauges, &out);
	answer_code(&out, CODE_ROWS, "metrics");
	free(text);
	text = answer_render(&out, &size);
	answer_free(&out);
}

static void has(const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("expected \"%s\" in %s", part, text);
}

static void the_firm_is_asked_first_then_each_account_page_by_page(void **state)
{
	const struct usage_row row = {.lane = LANE_MAX_ORDER_QUANTITY};
	(void)state;
	assert_int_equal(asked()->kind, REQUEST_USAGE);
	assert_int_equal(asked()->id, 0);
	assert_false(gauges_look(gauges, &plane, 2));
	answer(&row, 3, 64);
	assert_false(gauges_look(gauges, &plane, 3));
	assert_int_equal(asked()->id, 0);
	assert_int_equal(asked()->cursor, 64);
	answer(&row, 2, 0);
	assert_false(gauges_look(gauges, &plane, 4));
	assert_int_equal(asked()->id, 17);
	assert_int_equal(asked()->cursor, 0);
	answer(&row, 1, 0);
	assert_false(gauges_look(gauges, &plane, 5));
	assert_int_equal(asked()->id, 18);
	answer(&row, 1, 0);
	assert_true(gauges_look(gauges, &plane, 6));
	assert_int_equal(gauges->count, 7);
	write_all();
	has("\nsluice_limits_cut 0\n");
}

/* No sample is of one order: the fullest stands for all of an account and symbol. */
static void of_parents_the_fullest_is_told(void **state)
{
	(void)state;
	struct usage_row row = {.scope = SCOPE_ACCOUNT_SYMBOL,
		.lane = LANE_PARENT,
		.key = LIMIT_COUNT,
		.id = 17,
		.usage = 40,
		.peak = 60,
		.limit = 100,
		.parent = 417};
	const struct usage_row none = {.lane = LANE_MAX_ORDER_QUANTITY};
	answer(&none, 1, 0);
	assert_false(gauges_look(gauges, &plane, 3));
	answer(&row, 1, 64);
	assert_false(gauges_look(gauges, &plane, 4));
	row.parent = 418;
	row.usage = row.peak = 9;
	row.limit = 10;
	answer(&row, 1, 65);
	assert_false(gauges_look(gauges, &plane, 5));
	row.parent = 419;
	row.usage = 8;
	answer(&row, 1, 66);
	assert_false(gauges_look(gauges, &plane, 6));
	/* Of another symbol, and of another account. */
	row.symbol = SYMBOL_NONE;
	answer(&row, 1, 0);
	assert_false(gauges_look(gauges, &plane, 7));
	row.symbol = 0;
	row.id = 18;
	answer(&row, 1, 0);
	assert_true(gauges_look(gauges, &plane, 8));
	assert_int_equal(gauges->count, 4);
	write_all();
	has("sluice_limit_usage{scope=\"account-symbol\",id=\"17\",symbol=\"AAPL\",limit="
	    "\"PARENT\",key=\"\",unit=\"shares\"} 9\n");
	has("sluice_limit_peak{scope=\"account-symbol\",id=\"17\",symbol=\"AAPL\",limit="
	    "\"PARENT\",key=\"\",unit=\"shares\"} 9\n");
	has("sluice_limit{scope=\"account-symbol\",id=\"17\",symbol=\"AAPL\",limit=\"PARENT\",key="
	    "\"\",unit=\"shares\"} 10\n");
	has("id=\"18\",symbol=\"AAPL\",limit=\"PARENT\"");
}

static void the_age_of_a_rate_names_its_currency(void **state)
{
	(void)state;
	const struct usage_row row = {.scope = SCOPE_FIRM,
		.lane = LANE_NONE,
		.key = LIMIT_COUNT,
		.id = 1,
		.symbol = SYMBOL_NONE,
		.usage = 1500000000,
		.limit = 3600000000000};
	site.currency_count = 2;
	snprintf(site.currencies[1].name, sizeof site.currencies[1].name, "EUR");
	gauges->rows[gauges->count++] = row;
	write_all();
	has("sluice_limit_usage{scope=\"firm\",id=\"1\",symbol=\"\",limit=\"RATE_AGE "
	    "EUR\",key=\"\",unit=\"seconds\"} 1.500000000\n");
	site.currency_count = 0;
}

/* Generated from limits.def: whatever limit stands there has its samples, in a unit. */
static void every_limit_has_its_samples(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		const struct usage_row row = {.scope = SCOPE_FIRM,
			.lane = LANE_NONE,
			.key = (uint8_t)i,
			.symbol = SYMBOL_NONE,
			.usage = 10000,
			.peak = 20000,
			.limit = 30000};
		static const char *const names[] = {
			"sluice_limit_usage", "sluice_limit_peak", "sluice_limit"};
		char part[160];
		gauges->count = 0;
		gauges->rows[gauges->count++] = row;
		write_all();
		for (unsigned n = 0; n < ARRAY_COUNT(names); n++) {
			snprintf(part, sizeof part,
				"\n%s{scope=\"firm\",id=\"0\",symbol=\"\",limit=\"", names[n]);
			has(part);
		}
		snprintf(part, sizeof part, "key=\"%s\",unit=\"", limit_keys[i].key);
		has(part);
		assert_null(strstr(text, "unit=\"\""));
		assert_null(strstr(text, "(null)"));
	}
}

static void a_sample_names_scope_symbol_limit_and_unit(void **state)
{
	(void)state;
	const struct usage_row rows[] = {
		{SCOPE_ACCOUNT, LANE_NONE, LIMIT_max_bbo_age, 0, 17, SYMBOL_NONE, 0, 1500000,
			2000000, 500000000, 0},
		{SCOPE_ACCOUNT_SYMBOL, LANE_MAX_ORDER_VALUE, LIMIT_max_order_value, 0, 17, 0, 0, 5,
			12345678, 250000000, 0},
		{SCOPE_SESSION, LANE_NONE, LIMIT_cancel_rate, 0, 1, SYMBOL_NONE, 0, 2, 3, INT64_MIN,
			0},
		{SCOPE_FIRM, LANE_CONTROL_SILENT, LIMIT_COUNT, 0, 0, SYMBOL_NONE, 0, 1, 250000000,
			500000000, 0},
		{SCOPE_FIRM, LANE_JOURNAL_BEHIND, LIMIT_COUNT, 0, 0, SYMBOL_NONE, 0, 7, 9, 65536,
			0},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		gauges->rows[gauges->count++] = rows[i];
	write_all();
	has("\nsluice_limit_usage{scope=\"account\",id=\"17\",symbol=\"\",limit=\"MAX_BBO_AGE\","
	    "key=\"max_bbo_age\",unit=\"seconds\"} 0.001500000\n");
	has("\nsluice_limit_peak{scope=\"account-symbol\",id=\"17\",symbol=\"AAPL\","
	    "limit=\"MAX_ORDER_VALUE\",key=\"max_order_value\",unit=\"USD\"} 1234.5678\n");
	has("\nsluice_limit_peak{scope=\"session\",id=\"1\",symbol=\"\",limit=\"CANCEL_RATE\","
	    "key=\"cancel_rate\",unit=\"orders\"} 3\n");
	has("\nsluice_limit_peak{scope=\"firm\",id=\"0\",symbol=\"\",limit=\"CONTROL_SILENT\",key="
	    "\"\","
	    "unit=\"seconds\"} 0.250000000\n");
	has("\nsluice_limit{scope=\"firm\",id=\"0\",symbol=\"\",limit=\"JOURNAL_BEHIND\",key=\"\","
	    "unit=\"records\"} 65536\n");
	/* what nobody states has no limit */
	assert_null(strstr(text, "sluice_limit{scope=\"session\""));
}

static void a_family_stands_together(void **state)
{
	static const char *const names[] = {
		"sluice_limit_usage", "sluice_limit_peak", "sluice_limit", "sluice_limits_cut"};
	unsigned at = 0;
	(void)state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		gauges->rows[gauges->count++] = (struct usage_row){
			.lane = LANE_NONE, .key = (uint8_t)i, .symbol = SYMBOL_NONE};
	write_all();
	char *line = strtok(text, "\n");
	for (line = strtok(NULL, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		const char *name = line[0] == '#' ? line + strlen("# HELP ") : line;
		size_t size = strcspn(name, "{ ");
		if (at < ARRAY_COUNT(names) - 1 && strncmp(name, names[at + 1], size) == 0 &&
			strlen(names[at + 1]) == size)
			at++;
		assert_int_equal(size, strlen(names[at]));
		assert_int_equal(strncmp(name, names[at], size), 0);
	}
	assert_int_equal(at, ARRAY_COUNT(names) - 1);
}

static void a_gate_that_is_silent_or_slow_is_waited_for_so_long_and_no_longer(void **state)
{
	const struct usage_row row = {.lane = LANE_MAX_ORDER_QUANTITY};
	(void)state;
	answer(&row, 1, 64);
	assert_false(gauges_look(gauges, &plane, 2));
	assert_true(gauges_look(gauges, &plane, 2 + QUESTION_WAIT_NS));
	write_all();
	has("\nsluice_limits_cut 1\n");
	assert_int_equal(gauges->count, 1); /* what came is told */
	gauges_end(gauges, &plane);
	plane.mail[STAGE_GATE] = (struct plane_mail){0};
	gauges = gauges_begin(&site, &plane, 10);
	for (uint64_t now_ns = 10; !gauges_look(gauges, &plane, now_ns); now_ns += 400000000) {
		assert_true(now_ns < 3 * GAUGES_WAIT_NS);
		answer(&row, 1, 64);
	}
	assert_true(gauges->is_cut);
}

static void more_rows_than_fit_are_cut_and_told(void **state)
{
	const struct usage_row row = {.lane = LANE_MAX_ORDER_QUANTITY};
	(void)state;
	for (uint64_t now_ns = 2; !gauges_look(gauges, &plane, now_ns); now_ns++)
		answer(&row, MAILBOX_ROW_COUNT, 64);
	assert_int_equal(gauges->count, GAUGES_ROW_MAX);
	assert_true(gauges->is_cut);
}

static void a_dataplane_that_goes_away_ends_the_asking(void **state)
{
	(void)state;
	plane.is_attached = false;
	assert_true(gauges_look(gauges, &plane, 2));
	assert_true(gauges->is_cut);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(the_firm_is_asked_first_then_each_account_page_by_page),
		ONE(of_parents_the_fullest_is_told),
		ONE(the_age_of_a_rate_names_its_currency),
		ONE(every_limit_has_its_samples),
		ONE(a_sample_names_scope_symbol_limit_and_unit),
		ONE(a_family_stands_together),
		ONE(a_gate_that_is_silent_or_slow_is_waited_for_so_long_and_no_longer),
		ONE(more_rows_than_fit_are_cut_and_told),
		ONE(a_dataplane_that_goes_away_ends_the_asking),
	};
	return !!cmocka_run_group_tests_name("unit.control.metrics.gauges", tests, NULL, NULL);
}
