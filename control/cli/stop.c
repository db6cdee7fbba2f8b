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

static void both_print(const struct hand *hand, const struct reply *door,
	const struct reply *control, unsigned code)
{
	if (!hand->is_json) {
		text_print("door", door);
		text_print("control", control);
		return;
	}
	json_t *object = json_object();
	json_object_set_new(object, "code", json_integer((json_int_t)code));
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
	/* 822: trading has stopped, the venue still owes answers. */
	bool has_stopped = code_exit_status(door.code) == 0 || door.code == CODE_UNCONFIRMED;
	struct reply control = client_exchange(&hand->control, bytes, size, hand->is_json,
		has_stopped ? HAND_BESIDE_MS : HAND_DOOR_MS);
	/* The door that stopped knows best; if it did not, control's word counts, if it has one. */
	bool is_doors = has_stopped || control.code == CODE_SOCKET_FAILED;
	int status = code_exit_status(is_doors ? door.code : control.code);
	both_print(hand, &door, &control, is_doors ? door.code : control.code);
	fflush(stdout);
	reply_free(&door);
	reply_free(&control);
	free(line);
	free(bytes);
	return status;
}
