#include "control/metrics/exposition.h"

#include <inttypes.h>
#include <stdio.h>

static const uint32_t permilles[] = {500, 990, 999};
static const char *const quantiles[] = {"0.5", "0.99", "0.999"};

void exposition_head(struct answer *answer, const char *name, const char *kind, const char *help)
{
	if (answer->is_json)
		return;
	answer_line(answer, "# HELP %s %s", name, help);
	answer_line(answer, "# TYPE %s %s", name, kind);
}

void exposition_value(
	struct answer *answer, const char *name, const char *labels, const char *value)
{
	if (answer->is_json) {
		answer_row(answer);
		answer_word(answer, "metric", name);
		answer_word(answer, "labels", labels);
		answer_word(answer, "value", value);
	} else if (labels[0] == '\0') {
		answer_line(answer, "%s %s", name, value);
	} else {
		answer_line(answer, "%s{%s} %s", name, labels, value);
	}
}

void exposition_count(struct answer *answer, const char *name, const char *labels, uint64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%" PRIu64, value);
	exposition_value(answer, name, labels, text);
}

void exposition_seconds(struct answer *answer, const char *name, const char *labels, uint64_t ns)
{
	char text[40];
	snprintf(text, sizeof text, "%" PRIu64 ".%09" PRIu64, ns / 1000000000u, ns % 1000000000u);
	exposition_value(answer, name, labels, text);
}

const char *exposition_gate(
	const struct site_config *site, uint32_t gate, char text[NAME_BYTES + 16])
{
	text[0] = '\0';
	if (site->gate_count > 0)
		snprintf(text, NAME_BYTES + 16, "gate=\"%s\"", gate_name(site, gate));
	return text;
}

static uint32_t gates_told(const struct site_config *site, const struct dataplane_region *region)
{
	uint32_t count = region_gate_count(region);
	return count < site_gate_count(site) ? count : site_gate_count(site);
}

static void row_write(
	struct answer *answer, const struct metric_row *row, const char *labels, uint64_t value)
{
	char text[32];
	/* A gauge goes both ways and may stand below zero. */
	if (row->kind == METRIC_GAUGE)
		snprintf(text, sizeof text, "%" PRId64, (int64_t)value);
	else
		snprintf(text, sizeof text, "%" PRIu64, value);
	exposition_value(answer, row->name, labels, text);
}

/* One stage writes all journals, so its own turns are nobody's part. */
static bool row_is_of_gates(enum metric metric)
{
	const struct metric_row *row = &metric_rows[metric];
	return row->stage == STAGE_GATE ||
	       (row->stage == STAGE_JOURNAL && metric != METRIC_journal_loops);
}

static void clocks_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	static const char name[] = "sluice_clock_strayed_seconds";
	exposition_head(answer, name, "gauge",
		"how far a stage's TSC strayed from the kernel's clock since the start");
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		char label[64];
		if (!stage_is_there(site, (enum stage_id)i))
			continue;
		snprintf(label, sizeof label, "stage=\"%s\"", stage_name((enum stage_id)i));
		exposition_seconds(answer, name, label,
			atomic_load_explicit(&region->clocks[i].strayed_ns, memory_order_relaxed));
	}
}

static void rows_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &metric_rows[i];
		enum metric metric = (enum metric)i;
		char label[NAME_BYTES + 16];
		exposition_head(answer, row->name,
			row->kind == METRIC_COUNTER ? "counter" : "gauge", row->sentence);
		if (site->gate_count == 0 || !row_is_of_gates(metric)) {
			row_write(answer, row, "", region_sum(region, metric));
			continue;
		}
		for (uint32_t gate = 0; gate < gates_told(site, region); gate++)
			row_write(answer, row, exposition_gate(site, gate, label),
				metrics_get(region_gate_metrics(region, gate), metric));
	}
}

static void lanes_write(
	struct answer *answer, const char *name, const char *gate, const _Atomic uint64_t *counts)
{
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		char labels[NAME_BYTES + 64];
		snprintf(labels, sizeof labels, "%s%sreason=\"%s\"", gate,
			gate[0] != '\0' ? "," : "", lane_rows[i].name);
		exposition_count(answer, name, labels,
			atomic_load_explicit(&counts[i], memory_order_relaxed));
	}
}

/* A histogram of one gate or feed stage; labels is empty or a="b". */
struct summary_part {
	char labels[NAME_BYTES + 16];
	const struct histogram *histogram;
};

static void summary_write(struct answer *answer, const char *name, const struct summary_part *part)
{
	char text[128];
	const struct histogram *h = part->histogram;
	const char *comma = part->labels[0] != '\0' ? "," : "";
	for (unsigned i = 0; i < ARRAY_COUNT(permilles); i++) {
		snprintf(text, sizeof text, "%s%squantile=\"%s\"", part->labels, comma,
			quantiles[i]);
		exposition_seconds(answer, name, text, histogram_percentile(h, permilles[i]));
	}
	snprintf(text, sizeof text, "%s_sum", name);
	exposition_seconds(
		answer, text, part->labels, atomic_load_explicit(&h->sum, memory_order_relaxed));
	snprintf(text, sizeof text, "%s_count", name);
	exposition_count(
		answer, text, part->labels, atomic_load_explicit(&h->count, memory_order_relaxed));
}

/* sluice_judge_seconds -> sluice_judge_max_seconds: the unit stands last.  Two families, and all samples of one stand
   together. */
static void summaries_write(struct answer *answer, const char *name, const char *help,
	const struct summary_part *parts, uint32_t count)
{
	char most[80];
	snprintf(most, sizeof most, "%.*s_max_seconds", (int)(strlen(name) - strlen("_seconds")),
		name);
	if (count == 0)
		return;
	exposition_head(answer, name, "summary", help);
	for (uint32_t i = 0; i < count; i++)
		summary_write(answer, name, &parts[i]);
	exposition_head(answer, most, "gauge", "the longest so far");
	for (uint32_t i = 0; i < count; i++)
		exposition_seconds(answer, most, parts[i].labels,
			atomic_load_explicit(&parts[i].histogram->max, memory_order_relaxed));
}

static const struct histogram *histogram_at(const struct metrics *page, size_t offset)
{
	return (const struct histogram *)(const void *)((const uint8_t *)page + offset);
}

static void gates_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region, const char *name, const char *help, size_t offset)
{
	struct summary_part parts[GATE_COUNT_MAX];
	uint32_t count = gates_told(site, region);
	for (uint32_t i = 0; i < count; i++) {
		exposition_gate(site, i, parts[i].labels);
		parts[i].histogram = histogram_at(region_gate_metrics(region, i), offset);
	}
	summaries_write(answer, name, help, parts, count);
}

/* One histogram of each feed stage; where there is one stage, without a label. */
static void feeds_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region, const char *name, const char *help, size_t offset)
{
	struct summary_part parts[FEED_STAGE_COUNT_MAX];
	uint32_t count = site_feed_count(site);
	for (uint32_t i = 0; i < count; i++) {
		parts[i].labels[0] = '\0';
		if (count > 1)
			snprintf(parts[i].labels, sizeof parts[i].labels, "stage=\"%s\"",
				site->feeds[i].name);
		parts[i].histogram = histogram_at(region_feed_metrics(region, i), offset);
	}
	summaries_write(answer, name, help, parts, count);
}

static void ports_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	for (unsigned word = 0; word < PORT_WORD_COUNT && site->port_count > 0; word++) {
		const struct port_word_row *row = &port_word_rows[word];
		exposition_head(
			answer, row->name, row->is_gauge ? "gauge" : "counter", row->sentence);
		for (uint32_t i = 0; i < site->port_count; i++) {
			char labels[NAME_BYTES + 16];
			snprintf(labels, sizeof labels, "port=\"%s\"", site->ports[i].name);
			exposition_count(answer, row->name, labels,
				port_page_get(&region->ports[i], (enum port_word)word));
		}
	}
}

static void control_write(
	struct answer *answer, const struct plane *plane, const struct server_counts *counts)
{
	exposition_head(answer, "sluice_up", "gauge",
		"1: a dataplane is attached; 0: what follows are its last counters");
	exposition_count(answer, "sluice_up", "", plane->is_attached ? 1 : 0);
	exposition_head(answer, "sluice_control_attaches_total", "counter",
		"dataplane processes attached to");
	exposition_count(answer, "sluice_control_attaches_total", "", plane->attach_count);
	exposition_head(answer, "sluice_control_connections", "gauge",
		"peers connected to the control and view sockets");
	exposition_count(answer, "sluice_control_connections", "", counts->open);
	exposition_head(answer, "sluice_control_requests_total", "counter", "requests read");
	exposition_count(answer, "sluice_control_requests_total", "", counts->requests);
	exposition_head(answer, "sluice_control_rejected_total", "counter",
		"requests that were not understood");
	exposition_count(answer, "sluice_control_rejected_total", "", counts->rejected);
	exposition_head(answer, "sluice_control_turned_away_total", "counter",
		"peers turned away: no place free");
	exposition_count(
		answer, "sluice_control_turned_away_total", "", counts->refused + counts->evicted);
}

static void states_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	char label[NAME_BYTES + 16];
	exposition_head(answer, "sluice_gate_trading_state", "gauge",
		"the firm's latched state: 0 active .. 4 killed");
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		exposition_count(answer, "sluice_gate_trading_state",
			exposition_gate(site, i, label),
			atomic_load_explicit(
				&region_gate(region, i)->latched_state, memory_order_relaxed));
	exposition_head(answer, "sluice_gate_latches", "gauge",
		"scopes latched at reduce-only or stricter");
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		exposition_count(answer, "sluice_gate_latches", exposition_gate(site, i, label),
			atomic_load_explicit(
				&region_gate(region, i)->latch_count, memory_order_relaxed));
}

static void verdicts_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	char label[NAME_BYTES + 16];
	exposition_head(answer, "sluice_gate_refused_total", "counter",
		"refused orders by the reason that won");
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		lanes_write(answer, "sluice_gate_refused_total", exposition_gate(site, i, label),
			region_gate_metrics(region, i)->refused);
	exposition_head(answer, "sluice_gate_breached_total", "counter",
		"refused orders by every reason that breached");
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		lanes_write(answer, "sluice_gate_breached_total", exposition_gate(site, i, label),
			region_gate_metrics(region, i)->breached);
}

void exposition_write(struct answer *answer, const struct site_config *site,
	const struct plane *plane, const struct server_counts *counts)
{
	control_write(answer, plane, counts);
	if (plane->region == NULL)
		return;
	const struct dataplane_region *region = plane->region;
	exposition_head(answer, "sluice_start_time_seconds", "gauge",
		"when the dataplane started, since 1970");
	exposition_seconds(answer, "sluice_start_time_seconds", "", region->header.started_wall_ns);
	clocks_write(answer, site, region);
	states_write(answer, site, region);
	rows_write(answer, site, region);
	verdicts_write(answer, site, region);
	gates_write(answer, site, region, "sluice_judge_seconds",
		"an order's bytes in to its receipt published, of one turn in 17",
		offsetof(struct metrics, judge_ns));
	gates_write(answer, site, region, "sluice_gate_seconds",
		"an order's bytes in to bytes out, of one turn in 17",
		offsetof(struct metrics, gate_ns));
	feeds_write(answer, site, region, "sluice_packet_seconds",
		"burst in to books applied, per message", offsetof(struct metrics, packet_ns));
	feeds_write(answer, site, region, "sluice_wire_seconds",
		"a frame on the wire to books applied; from the device's clock where it has one, "
		"else "
		"from when its burst was taken",
		offsetof(struct metrics, wire_ns));
	gates_write(answer, site, region, "sluice_commit_seconds",
		"one group commit of the journal", offsetof(struct metrics, commit_ns));
	ports_write(answer, site, region);
}
