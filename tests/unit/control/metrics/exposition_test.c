/* exposition_test.c - Prometheus' text: every line has its head, names once, values exact. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/metrics/channels.h"
#include "control/metrics/exposition.h"

static struct site_config site;
static struct plane plane;
static struct rates rates;
static struct dataplane_region *other;
static struct market_region *market;
static int market_fd;
static char *text;

static uint8_t gate_count;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	site = (struct site_config){.channel_count = 2, .gate_count = gate_count};
	memcpy(site.channels[0].name, "itch", 5);
	memcpy(site.channels[1].name, "second", 7);
	site.channels[0].line_count = 2;
	site.channels[1].line_count = 1;
	plane.site = &site;
	plane.region_fd = plane.market_fd = -1;
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	plane.region = other;
	market = market_create(&market_fd, &site, &error);
	plane.market = market;
	plane.is_attached = true;
	return other == NULL || market == NULL;
}

static int begin_gates(void **state)
{
	gate_count = 2;
	return begin(state);
}

static int end(void **state)
{
	(void)state;
	gate_count = 0;
	region_leave(other);
	region_leave(market);
	close(market_fd);
	close(plane.region_fd);
	free(text);
	text = NULL;
	return 0;
}

static void write_all(void)
{
	static const struct server_counts counts = {.requests = 5};
	struct answer answer;
	size_t size;
	answer_init(&answer, false);
	exposition_write(&answer, &site, &plane, &counts);
	if (plane.market != NULL)
		channels_write(&answer, &plane, &rates, 5000000099);
	answer_code(&answer, CODE_ROWS, "metrics");
	free(text);
	text = answer_render(&answer, &size);
	answer_free(&answer);
}

static void has(const char *line)
{
	char whole[256];
	snprintf(whole, sizeof whole, "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("expected the line \"%s\"", line);
}

static void values_stand_under_their_names(void **state)
{
	(void)state;
	metrics_set(&other->metrics, METRIC_gate_orders_in, UINT64_MAX);
	metrics_set(&other->metrics, METRIC_gate_conservation_residue, (uint64_t)-3);
	atomic_store(&other->metrics.refused[LANE_PRICE_COLLAR], 12);
	atomic_store(&market->channels[0].stale_since_ns, 99);
	atomic_store(&market->channels[0].recovery, RECOVERY_ASKING);
	atomic_store(&market->channels[1].lost, 7);
	atomic_store(&market->channels[0].lines[1].packets, 8);
	atomic_store(&market->channels[0].stale_reasons, STALE_SILENT | STALE_BEHIND);
	atomic_store(&market->channels[0].heard_ns, 1);
	atomic_store(&market->channels[0].lines[1].heard_ns, 3500000099);
	atomic_store(&market->channels[0].lines[1].malformed, 3);
	atomic_store(&market->channels[0].lines[1].other_session, 4);
	atomic_store(&market->channels[0].lines[1].unbelieved, 5);
	site.channels[0].max_silence_ns = 1000000000;
	rates.lines[0][1].missing = 6;
	rates.lines[0][1].late_ns = 7000;
	write_all();
	has("sluice_up 1");
	has("sluice_gate_orders_in_total 18446744073709551615");
	has("sluice_gate_conservation_residue -3");
	has("sluice_gate_refused_total{reason=\"PRICE_COLLAR\"} 12");
	has("sluice_gate_refused_total{reason=\"KILLED\"} 0");
	has("sluice_channel_stale{channel=\"itch\"} 1");
	has("sluice_channel_stale{channel=\"second\"} 0");
	has("sluice_channel_recovery_state{channel=\"itch\"} 2");
	has("sluice_channel_lost_messages_total{channel=\"second\"} 7");
	has("sluice_line_packets_total{channel=\"itch\",line=\"B\"} 8");
	has("sluice_channel_stale_seconds{channel=\"itch\"} 5.000000000");
	has("sluice_channel_stale_seconds{channel=\"second\"} 0.000000000");
	has("sluice_channel_stale_reason{channel=\"itch\",reason=\"gap\"} 0");
	has("sluice_channel_stale_reason{channel=\"itch\",reason=\"silent\"} 1");
	has("sluice_channel_stale_reason{channel=\"itch\",reason=\"lines speak of old numbers\"} "
	    "1");
	has("sluice_line_silence_seconds{channel=\"itch\",line=\"B\"} 1.500000000");
	has("sluice_line_silent{channel=\"itch\",line=\"B\"} 1");
	has("sluice_line_missing_messages{channel=\"itch\",line=\"B\"} 6");
	has("sluice_line_late_seconds{channel=\"itch\",line=\"B\"} 0.000007000");
	has("sluice_line_malformed_total{channel=\"itch\",line=\"B\"} 3");
	has("sluice_line_other_session_total{channel=\"itch\",line=\"B\"} 4");
	has("sluice_line_unbelieved_total{channel=\"itch\",line=\"B\"} 5");
	has("# TYPE sluice_gate_orders_in_total counter");
	has("# TYPE sluice_gate_open_orders gauge");
}

static void a_histogram_is_a_summary_in_seconds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 99; i++)
		histogram_add(&other->metrics.judge_ns, 10);
	histogram_add(&other->metrics.judge_ns, 3000000001u);
	write_all();
	has("# TYPE sluice_judge_seconds summary");
	has("sluice_judge_seconds{quantile=\"0.5\"} 0.000000010");
	has("sluice_judge_seconds_count 100");
	has("sluice_judge_seconds_sum 3.000000991");
	has("sluice_judge_max_seconds 3.000000001");
}

static void every_sample_has_one_head_and_stands_behind_it(void **state)
{
	(void)state;
	char family[128] = "";
	unsigned samples = 0;
	write_all();
	char *line = strtok(text, "\n");
	for (line = strtok(NULL, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strncmp(line, "# HELP ", 7) == 0)
			continue;
		if (strncmp(line, "# TYPE ", 7) == 0) {
			snprintf(family, sizeof family, "%.*s", (int)strcspn(line + 7, " "),
				line + 7);
			continue;
		}
		samples++;
		assert_int_equal(strncmp(line, family, strlen(family)), 0);
		assert_int_equal(strncmp(line, "sluice_", 7), 0);
	}
	assert_true(samples > METRIC_COUNT);
}

static void without_any_dataplane_only_control_speaks(void **state)
{
	(void)state;
	plane.region = NULL;
	plane.market = NULL;
	plane.is_attached = false;
	write_all();
	has("sluice_up 0");
	has("sluice_control_requests_total 5");
	assert_null(strstr(text, "sluice_gate_"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(values_stand_under_their_names),
		ONE(a_histogram_is_a_summary_in_seconds),
		ONE(every_sample_has_one_head_and_stands_behind_it),
		cmocka_unit_test_setup_teardown(
			every_sample_has_one_head_and_stands_behind_it, begin_gates, end),
		ONE(without_any_dataplane_only_control_speaks),
	};
	return !!cmocka_run_group_tests_name("unit.control.metrics.exposition", tests, NULL, NULL);
}
