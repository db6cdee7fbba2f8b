/* marks_test.c - how often limits rose to their marks, as samples and in a sentence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "control/metrics/marks.h"

static struct site_config site;
static struct watching watching;
static char *text;

static int begin(void **state)
{
	(void)state;
	site = (struct site_config){.account_count = 0};
	memset(&watching, 0, sizeof watching);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static void write_all(void)
{
	struct answer answer;
	size_t size;
	answer_init(&answer, false);
	answer_code(&answer, CODE_ROWS, "metrics");
	marks_write(&answer, &site, &watching);
	text = answer_render(&answer, &size);
	answer_free(&answer);
}

static void says(const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, text);
}

static void each_limit_has_a_sample_of_each_mark_that_it_rose_to(void **state)
{
	(void)state;
	watching.marks[0].told[LANE_CREDIT][2] = 3;
	watching.marks[0].told[LANE_COUNT + LIMIT_max_bbo_age][0] = 1;
	watching.marks[0].told[LANE_COUNT + LIMIT_COUNT][1] = 2;
	watching.marks[0].lost = 7;
	write_all();
	says("# TYPE sluice_limit_usage_events_total counter\n"
	     "sluice_limit_usage_events_total{limit=\"CREDIT\",mark=\"100\"} 3\n"
	     "sluice_limit_usage_events_total{limit=\"MAX_BBO_AGE\",mark=\"50\"} 1\n"
	     "sluice_limit_usage_events_total{limit=\"RATE_AGE\",mark=\"80\"} 2\n");
	says("\nsluice_limit_usage_events_lost_total 7\n");
}

static void each_gate_has_its_own(void **state)
{
	(void)state;
	site.gate_count = 2;
	snprintf(site.gates[0].name, sizeof site.gates[0].name, "east");
	snprintf(site.gates[1].name, sizeof site.gates[1].name, "west");
	watching.marks[1].told[LANE_CREDIT][2] = 3;
	watching.marks[1].lost = 7;
	write_all();
	says("total{gate=\"west\",limit=\"CREDIT\",mark=\"100\"} 3\n");
	says("lost_total{gate=\"east\"} 0\n");
	says("lost_total{gate=\"west\"} 7\n");
}

static void a_sentence_says_how_many_there_were_of_each_mark(void **state)
{
	char words[MARKS_TEXT_BYTES];
	(void)state;
	assert_string_equal(marks_tell(&watching, words), "");
	watching.marks[0].told[LANE_CREDIT][2] = 3;
	assert_string_equal(marks_tell(&watching, words), "3 rose to 100 %");
	watching.marks[1].told[LANE_COUNT + LIMIT_COUNT][0] = 1;
	watching.marks[0].told[LANE_CREDIT][0] = 4;
	assert_string_equal(marks_tell(&watching, words), "5 rose to 50 %, 3 to 100 %");
	for (unsigned i = 0; i < WATCHING_MARK_COUNT; i++)
		watching.marks[3].told[0][i] = UINT64_C(1) << 62;
	marks_tell(&watching, words);
	assert_true(strlen(words) < sizeof words - 1);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(each_limit_has_a_sample_of_each_mark_that_it_rose_to),
		ONE(each_gate_has_its_own),
		ONE(a_sentence_says_how_many_there_were_of_each_mark),
	};
	return !!cmocka_run_group_tests_name("unit.control.metrics.marks", tests, NULL, NULL);
}
