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

const char *exposition_begin(struct answer *answer, enum told told)
{
	static const struct {
		const char *kind, *name, *sentence;
	} rows[TOLD_COUNT] = {
#define COUNTER                        "counter"
#define GAUGE                          "gauge"
#define SUMMARY                        "summary"
#define TOLD(id, kind, name, sentence) {kind, name, sentence},
#include "config/told.def"
#undef TOLD
#undef COUNTER
#undef GAUGE
#undef SUMMARY
	};
	exposition_head(answer, rows[told].name, rows[told].kind, rows[told].sentence);
	return rows[told].name;
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
	const char *name = exposition_begin(answer, TOLD_clock_strayed);
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

/* Two families, and all samples of one stand together. */
static void summaries_write(struct answer *answer, enum told told, enum told most,
	const struct summary_part *parts, uint32_t count)
{
	if (count == 0)
		return;
	const char *name = exposition_begin(answer, told);
	for (uint32_t i = 0; i < count; i++)
		summary_write(answer, name, &parts[i]);
	name = exposition_begin(answer, most);
	for (uint32_t i = 0; i < count; i++)
		exposition_seconds(answer, name, parts[i].labels,
			atomic_load_explicit(&parts[i].histogram->max, memory_order_relaxed));
}

static const struct histogram *histogram_at(const struct metrics *page, size_t offset)
{
	return (const struct histogram *)(const void *)((const uint8_t *)page + offset);
}

static void gates_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region, enum told told, enum told most, size_t offset)
{
	struct summary_part parts[GATE_COUNT_MAX];
	uint32_t count = gates_told(site, region);
	for (uint32_t i = 0; i < count; i++) {
		exposition_gate(site, i, parts[i].labels);
		parts[i].histogram = histogram_at(region_gate_metrics(region, i), offset);
	}
	summaries_write(answer, told, most, parts, count);
}

/* One histogram of each feed stage; where there is one stage, without a label. */
static void feeds_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region, enum told told, enum told most, size_t offset)
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
	summaries_write(answer, told, most, parts, count);
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
	const struct {
		enum told told;
		uint64_t value;
	} rows[] = {
		{TOLD_up, plane->is_attached},
		{TOLD_attaches, plane->attach_count},
		{TOLD_connections, counts->open},
		{TOLD_requests, counts->requests},
		{TOLD_rejected, counts->rejected},
		{TOLD_turned_away, counts->refused + counts->evicted},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		exposition_count(answer, exposition_begin(answer, rows[i].told), "", rows[i].value);
}

static void states_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	char label[NAME_BYTES + 16];
	const char *name = exposition_begin(answer, TOLD_trading_state);
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		exposition_count(answer, name, exposition_gate(site, i, label),
			atomic_load_explicit(
				&region_gate(region, i)->latched_state, memory_order_relaxed));
	name = exposition_begin(answer, TOLD_latches);
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		exposition_count(answer, name, exposition_gate(site, i, label),
			atomic_load_explicit(
				&region_gate(region, i)->latch_count, memory_order_relaxed));
}

static void verdicts_write(struct answer *answer, const struct site_config *site,
	const struct dataplane_region *region)
{
	char label[NAME_BYTES + 16];
	const char *name = exposition_begin(answer, TOLD_refused);
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		lanes_write(answer, name, exposition_gate(site, i, label),
			region_gate_metrics(region, i)->refused);
	name = exposition_begin(answer, TOLD_breached);
	for (uint32_t i = 0; i < gates_told(site, region); i++)
		lanes_write(answer, name, exposition_gate(site, i, label),
			region_gate_metrics(region, i)->breached);
}

void exposition_write(struct answer *answer, const struct site_config *site,
	const struct plane *plane, const struct server_counts *counts)
{
	control_write(answer, plane, counts);
	if (plane->region == NULL)
		return;
	const struct dataplane_region *region = plane->region;
	exposition_seconds(answer, exposition_begin(answer, TOLD_start_time), "",
		region->header.started_wall_ns);
	clocks_write(answer, site, region);
	states_write(answer, site, region);
	rows_write(answer, site, region);
	verdicts_write(answer, site, region);
	gates_write(answer, site, region, TOLD_judge, TOLD_judge_max,
		offsetof(struct metrics, judge_ns));
	gates_write(
		answer, site, region, TOLD_gate, TOLD_gate_max, offsetof(struct metrics, gate_ns));
	feeds_write(answer, site, region, TOLD_packet, TOLD_packet_max,
		offsetof(struct metrics, packet_ns));
	feeds_write(
		answer, site, region, TOLD_wire, TOLD_wire_max, offsetof(struct metrics, wire_ns));
	gates_write(answer, site, region, TOLD_commit, TOLD_commit_max,
		offsetof(struct metrics, commit_ns));
	ports_write(answer, site, region);
}
