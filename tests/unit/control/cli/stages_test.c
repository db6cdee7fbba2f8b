/* stages_test.c - the live screen of a site of one gate, and of one of several. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "control/cli/stages.h"

static json_t *rows;

static void sample(const char *metric, const char *labels, const char *value)
{
	json_array_append_new(rows,
		json_pack("{s:s,s:s,s:s}", "metric", metric, "labels", labels, "value", value));
}

/* The whole of it. */
static char *drawn(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *metrics = json_pack("{s:o}", "rows", rows);
	json_t *health = json_pack(
		"{s:[{s:s,s:s,s:b}]}", "rows", "part", "alive", "check", "gate", "good", 1);
	stages_draw(out, metrics, health);
	latency_draw(out, metrics);
	fclose(out);
	json_decref(metrics);
	json_decref(health);
	return text;
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, text);
}

static void a_site_that_names_no_gate_has_one(void **state)
{
	(void)state;
	rows = json_array();
	sample("sluice_gate_orders_in_total", "", "7");
	sample("sluice_gate_fills_total", "", "3");
	sample("sluice_journal_behind_records", "", "5");
	sample("sluice_judge_seconds", "quantile=\"0.5\"", "0.000001500");
	char *text = drawn();
	has(text, "STAGES     gate ok \nQUEUES     journal behind 5  unanswered -");
	has(text, "GATE       in 7  passed -  refused -  sent -  withheld -  fills 3");
	has(text, "  judge             1.5            -            -\n");
	has(text, "  commit              -            -            -\n");
	free(text);
}

static void each_of_several_gates_has_its_lines(void **state)
{
	(void)state;
	rows = json_array();
	sample("sluice_gate_orders_in_total", "gate=\"east\"", "7");
	sample("sluice_gate_orders_in_total", "gate=\"west\"", "8");
	sample("sluice_gate_open_orders", "gate=\"west\"", "2");
	sample("sluice_gate_seconds", "gate=\"east\",quantile=\"0.5\"", "0.000002500");
	sample("sluice_gate_seconds", "gate=\"west\",quantile=\"0.5\"", "0.000003500");
	sample("sluice_gate_seconds", "gate=\"west\",quantile=\"0.99\"", "0.000004500");
	sample("sluice_packet_seconds", "stage=\"north\",quantile=\"0.5\"", "0.000001000");
	char *text = drawn();
	has(text, "GATE   east  in 7  passed -");
	has(text, "GATE   west  in 8  passed -");
	has(text, "QUEUES west  journal behind -  unanswered -  open orders 2\n");
	has(text, "  gate east          2.5            -");
	has(text, "  gate west          3.5          4.5            -");
	has(text, "  packet north          1.0");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_that_names_no_gate_has_one),
		cmocka_unit_test(each_of_several_gates_has_its_lines),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.stages", tests, NULL, NULL);
}
