/* top.c - the live screen: stages, queues, drops, gaps, latency, verdicts by reason, limits nearest to full.

   A frame is made of the same answers that scripts read; on a terminal it is drawn again each second, into
   a file or a pipe it goes once. */
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/cli/fullest.h"
#include "control/cli/hand.h"
#include "control/cli/stages.h"
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
