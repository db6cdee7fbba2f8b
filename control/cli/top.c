/* top.c - the live screen: stages, queues, drops, gaps, latency, verdicts by reason, limits nearest to full.

   A frame is made of the same answers that scripts read; on a terminal it is drawn again each second, into
   a file or a pipe it goes once. */
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/cli/fullest.h"
#include "control/cli/hand.h"
#include "control/socket/answer.h"

enum { TOP_REASON_COUNT = 12 };

static json_t *ask(struct hand *hand, const char *line)
{
	struct reply reply = client_ask(&hand->control, line);
	json_t *object = reply.bytes != NULL ? json_loads(reply.bytes, 0, NULL) : NULL;
	reply_free(&reply);
	return object;
}

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

/* Decimal seconds as microseconds with one decimal. */
static void latency_cell(FILE *out, const json_t *metrics, const char *name, const char *quantile)
{
	char labels[40];
	snprintf(labels, sizeof labels, "quantile=\"%s\"", quantile);
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

static void stages_draw(FILE *out, const json_t *metrics, const json_t *health)
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
	fprintf(out, "\nQUEUES     journal behind %s  unanswered %s  open orders %s\n",
		metric(metrics, "sluice_journal_behind_records", ""),
		metric(metrics, "sluice_gate_unanswered", ""),
		metric(metrics, "sluice_gate_open_orders", ""));
	feeds_draw(out, metrics, health);
	fprintf(out,
		"GATE       in %s  passed %s  refused %s  sent %s  withheld %s  fills %s  residue "
		"%s\n",
		metric(metrics, "sluice_gate_orders_in_total", ""),
		metric(metrics, "sluice_gate_orders_passed_total", ""),
		metric(metrics, "sluice_gate_orders_refused_total", ""),
		metric(metrics, "sluice_gate_sent_total", ""),
		metric(metrics, "sluice_gate_withheld_total", ""),
		metric(metrics, "sluice_gate_fills_total", ""),
		metric(metrics, "sluice_gate_conservation_residue", ""));
}

static void latency_draw(FILE *out, const json_t *metrics)
{
	static const char *const names[] = {"sluice_packet_seconds", "sluice_judge_seconds",
		"sluice_gate_seconds", "sluice_commit_seconds"};
	static const char *const what[] = {"packet", "judge", "gate", "commit"};
	fputs("LATENCY us          p50          p99        p99.9\n", out);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		fprintf(out, "  %-8s", what[i]);
		latency_cell(out, metrics, names[i], "0.5");
		latency_cell(out, metrics, names[i], "0.99");
		latency_cell(out, metrics, names[i], "0.999");
		fputc('\n', out);
	}
}

static void rejects_draw(FILE *out, const json_t *rejects)
{
	size_t i, shown = 0;
	json_t *row;
	fputs("REFUSED BY REASON\n", out);
	json_array_foreach(json_object_get(rejects, "rows"), i, row)
	{
		json_int_t count = json_integer_value(json_object_get(row, "refused"));
		if (count > 0 && shown++ < TOP_REASON_COUNT)
			fprintf(out, "  %-22s %12" JSON_INTEGER_FORMAT "\n", text_of(row, "reason"),
				count);
	}
	if (shown == 0)
		fputs("  none\n", out);
}

/* One frame as text; to be freed. */
static char *frame_make(struct hand *hand)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);
	if (out == NULL)
		return NULL;
	json_t *status = ask(hand, "status"), *health = ask(hand, "health"),
	       *metrics = ask(hand, "metrics");
	json_t *rejects = ask(hand, "show rejects");
	fprintf(out, "SLUICE     %s   %s\n", text_of(status, "text"), text_of(health, "text"));
	stages_draw(out, metrics, health);
	latency_draw(out, metrics);
	rejects_draw(out, rejects);
	fullest_draw(out, metrics);
	json_decref(status);
	json_decref(health);
	json_decref(metrics);
	json_decref(rejects);
	fclose(out);
	return bytes;
}

static void screen_run(struct hand *hand)
{
	initscr();
	cbreak();
	noecho();
	curs_set(0);
	timeout(1000);
	for (int key = 0; key != 'q' && key != 'Q' && key != 3;) {
		char *frame = frame_make(hand);
		erase();
		mvaddstr(0, 0, frame != NULL ? frame : "out of memory");
		mvaddstr(LINES - 1, 0, "q leaves");
		refresh();
		free(frame);
		key = getch();
	}
	endwin();
}

int top_run(struct hand *hand)
{
	struct reply reply = client_ask(&hand->control, "status");
	unsigned code = reply.code;
	if (code == CODE_SOCKET_FAILED)
		fprintf(stderr, "%s", reply.bytes != NULL ? reply.bytes : "");
	reply_free(&reply);
	if (code == CODE_SOCKET_FAILED)
		return code_exit_status(code);
	if (isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
		screen_run(hand);
		return 0;
	}
	char *frame = frame_make(hand);
	if (frame == NULL)
		return code_exit_status(CODE_NO_MEMORY);
	fputs(frame, stdout);
	free(frame);
	return 0;
}
