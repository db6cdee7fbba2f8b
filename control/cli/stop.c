/* stop.c - a stop goes through two doors: the dataplane's own first, then control.

   Either alone is enough; both are told, so that what each knows agrees.  With control stopped, dead or
   flooded the door has already stopped trading when control is asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/cli/hand.h"
#include "control/socket/answer.h"

static void text_print(const char *who, const struct reply *reply)
{
	const char *bytes = reply->bytes != NULL ? reply->bytes : "890 out of memory\n";
	while (*bytes != '\0' && *bytes != '\n') {
		size_t size = strcspn(bytes, "\n");
		printf("%-8s %.*s\n", who, (int)size, bytes);
		bytes += size;
		bytes += *bytes == '\n';
	}
}

/* A text answer's sentence: what follows its code. */
static json_t *reply_json(const struct reply *reply)
{
	if (reply->is_json)
		return json_loads(reply->bytes != NULL ? reply->bytes : "{}", 0, NULL);
	json_t *object = json_object();
	const char *bytes = reply->bytes != NULL ? reply->bytes : "";
	const char *text = strlen(bytes) > 4 ? bytes + 4 : "";
	json_object_set_new(object, "code", json_integer((json_int_t)reply->code));
	json_object_set_new(object, "text", json_stringn(text, strcspn(text, "\n")));
	return object;
}

static void both_print(
	const struct hand *hand, const struct reply *door, const struct reply *control, int status)
{
	if (!hand->is_json) {
		text_print("door", door);
		text_print("control", control);
		return;
	}
	json_t *object = json_object();
	json_object_set_new(
		object, "code", json_integer(status == 0 ? CODE_DONE : (json_int_t)control->code));
	json_object_set_new(object, "door", reply_json(door));
	json_object_set_new(object, "control", reply_json(control));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

int stop_run(struct hand *hand, const struct request *request)
{
	size_t line_size, size;
	char *line = request_render(request, false, &line_size);
	char *bytes = request_render(request, hand->is_json, &size);
	if (line == NULL || bytes == NULL) {
		free(line);
		free(bytes);
		fputs("890 out of memory\n", stdout);
		return 8;
	}
	/* The door speaks lines only. */
	struct reply door = client_exchange(&hand->door, line, line_size, false, HAND_DOOR_MS);
	bool has_stopped = code_exit_status(door.code) == 0;
	struct reply control = client_exchange(&hand->control, bytes, size, hand->is_json,
		has_stopped ? HAND_BESIDE_MS : HAND_DOOR_MS);
	/* Refused words are refused by both; then the clearer class counts. */
	int status = has_stopped ? 0 : code_exit_status(control.code);
	if (status == 8 && door.code / 100 != 8)
		status = code_exit_status(door.code);
	both_print(hand, &door, &control, status);
	fflush(stdout);
	reply_free(&door);
	reply_free(&control);
	free(line);
	free(bytes);
	return status;
}
