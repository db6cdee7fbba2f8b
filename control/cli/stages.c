#include "control/cli/stages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_BYTES = 96 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

/* The value of a metric, or "-". */
static const char *metric(const json_t *metrics, const char *name, const char *labels)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(metrics, "rows"), i, row)
	{
		if (strcmp(text_of(row, "metric"), name) == 0 &&
			strcmp(text_of(row, "labels"), labels) == 0)
			return text_of(row, "value");
	}
	return "-";
}

/* The name in gate="east" or stage="west"; empty: there is one gate, which has none. */
static void label_name(const char *labels, char name[LABELS_BYTES])
{
	const char *begin = strchr(labels, '"');
	snprintf(name, LABELS_BYTES, "%.*s", begin != NULL ? (int)strcspn(begin + 1, "\"") : 0,
		begin != NULL ? begin + 1 : "");
}

/* Decimal seconds as microseconds with one decimal. */
static void latency_cell(
	FILE *out, const json_t *metrics, const char *name, const char *whose, const char *quantile)
{
	char labels[LABELS_BYTES + 40];
	snprintf(labels, sizeof labels, "%squantile=\"%s\"", whose, quantile);
	const char *value = metric(metrics, name, labels);
	char *point, *end = NULL;
	unsigned long seconds = strtoul(value, &point, 10), ns = 0;
	if (*point == '.')
		ns = strtoul(point + 1, &end, 10);
	if (end != NULL && end == point + 10)
		fprintf(out, " %10lu.%lu", seconds * 1000000 + ns / 1000, ns % 1000 / 100);
	else
		fprintf(out, " %12s", "-");
}

/* A no of health about a feed: what it says is the feed's, or that nobody is there to hear it. */
static bool is_of_feeds(const json_t *row)
{
	const char *check = text_of(row, "check");
	bool is_gone =
		strcmp(text_of(row, "part"), "alive") == 0 && strcmp(check, "dataplane") == 0;
	return !json_is_true(json_object_get(row, "good")) &&
	       (is_gone || strncmp(check, "feed", 4) == 0);
}

static bool is_warned(const json_t *row)
{
	return json_is_true(json_object_get(row, "warning"));
}

/* Counters of a feed look healthy whatever it is, so why its prices are not to be trusted stands below them. */
static void feeds_draw(FILE *out, const json_t *metrics, const json_t *health)
{
	size_t i;
	json_t *row;
	bool is_good = true;
	json_array_foreach(json_object_get(health, "rows"), i, row) is_good &= !is_of_feeds(row);
	fprintf(out, "FEED %-5s packets %s  messages %s  lost %s  gaps %s  missed %s  bad %s\n",
		is_good ? "" : "STALE", metric(metrics, "sluice_feed_packets_total", ""),
		metric(metrics, "sluice_feed_messages_total", ""),
		metric(metrics, "sluice_feed_lost_messages_total", ""),
		metric(metrics, "sluice_feed_gaps_total", ""),
		metric(metrics, "sluice_feed_port_missed_total", ""),
		metric(metrics, "sluice_feed_bad_frames_total", ""));
	json_array_foreach(json_object_get(health, "rows"), i, row)
	{
		if (is_of_feeds(row) || is_warned(row))
			fprintf(out, "           %s: %s\n", text_of(row, "check"),
				text_of(row, "found"));
	}
}

/* What waits at each gate; a site that names none has one. */
static void queues_draw(FILE *out, const json_t *metrics, const char *labels, const char *gate)
{
	fprintf(out, "QUEUES %-4sjournal behind %s  unanswered %s  open orders %s\n", gate,
		metric(metrics, "sluice_journal_behind_records", labels),
		metric(metrics, "sluice_gate_unanswered", labels),
		metric(metrics, "sluice_gate_open_orders", labels));
}

static void gate_draw(FILE *out, const json_t *metrics, const char *labels, const char *gate)
{
	fprintf(out,
		"GATE   %-4sin %s  passed %s  refused %s  sent %s  withheld %s  fills %s  residue "
		"%s\n",
		gate, metric(metrics, "sluice_gate_orders_in_total", labels),
		metric(metrics, "sluice_gate_orders_passed_total", labels),
		metric(metrics, "sluice_gate_orders_refused_total", labels),
		metric(metrics, "sluice_gate_sent_total", labels),
		metric(metrics, "sluice_gate_withheld_total", labels),
		metric(metrics, "sluice_gate_fills_total", labels),
		metric(metrics, "sluice_gate_conservation_residue", labels));
}

typedef void gate_line(FILE *out, const json_t *metrics, const char *labels, const char *gate);

/* A line of each gate that the metrics have a sample of. */
static void gates_draw(FILE *out, const json_t *metrics, gate_line *line)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(metrics, "rows"), i, row)
	{
		char name[LABELS_BYTES], gate[LABELS_BYTES + 2];
		if (strcmp(text_of(row, "metric"), "sluice_gate_orders_in_total") != 0)
			continue;
		label_name(text_of(row, "labels"), name);
		snprintf(gate, sizeof gate, "%s  ", name);
		line(out, metrics, text_of(row, "labels"), name[0] != '\0' ? gate : "");
	}
}

void stages_draw(FILE *out, const json_t *metrics, const json_t *health)
{
	size_t i;
	json_t *row;
	fputs("STAGES    ", out);
	json_array_foreach(json_object_get(health, "rows"), i, row)
	{
		if (strcmp(text_of(row, "part"), "alive") == 0)
			fprintf(out, " %s %s ", text_of(row, "check"),
				json_is_true(json_object_get(row, "good")) ? "ok" : "STANDS");
	}
	fputc('\n', out);
	gates_draw(out, metrics, queues_draw);
	feeds_draw(out, metrics, health);
	gates_draw(out, metrics, gate_draw);
}

/* A line of each gate or feed that has the latency; none has: a line that says so. */
static void latencies_draw(FILE *out, const json_t *metrics, const char *name, const char *what)
{
	static const char median[] = "quantile=\"0.5\"";
	size_t i, drawn = 0;
	json_t *row;
	json_array_foreach(json_object_get(metrics, "rows"), i, row)
	{
		char whose[LABELS_BYTES], of[LABELS_BYTES], title[2 * LABELS_BYTES];
		const char *labels = text_of(row, "labels"), *at = strstr(labels, median);
		if (strcmp(text_of(row, "metric"), name) != 0 || at == NULL)
			continue;
		snprintf(whose, sizeof whose, "%.*s", (int)(at - labels), labels);
		label_name(whose, of);
		snprintf(title, sizeof title, "%s%s%s", what, of[0] != '\0' ? " " : "", of);
		fprintf(out, "  %-8s", title);
		latency_cell(out, metrics, name, whose, "0.5");
		latency_cell(out, metrics, name, whose, "0.99");
		latency_cell(out, metrics, name, whose, "0.999");
		fputc('\n', out);
		drawn++;
	}
	if (drawn == 0)
		fprintf(out, "  %-8s %12s %12s %12s\n", what, "-", "-", "-");
}

void latency_draw(FILE *out, const json_t *metrics)
{
	static const char *const names[] = {"sluice_packet_seconds", "sluice_judge_seconds",
		"sluice_gate_seconds", "sluice_commit_seconds"};
	static const char *const what[] = {"packet", "judge", "gate", "commit"};
	fputs("LATENCY us          p50          p99        p99.9\n", out);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		latencies_draw(out, metrics, names[i], what[i]);
}
