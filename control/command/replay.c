/* replay.c - journal replay: the day judged again, and what it came to. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "control/command/child.h"
#include "control/command/commands.h"

/* The program's JSON object becomes rows; anything else becomes lines. */
static void output_tell(struct call *call)
{
	const struct child *child = call->own;
	json_error_t where;
	const char *key, *begin = strchr(child->bytes, '{');
	json_t *value,
		*object = begin != NULL ? json_loads(begin, JSON_DISABLE_EOF_CHECK, &where) : NULL;
	if (!json_is_object(object)) {
		json_decref(object);
		answer_lines(&call->answer, child->bytes);
		return;
	}
	json_object_foreach(object, key, value)
	{
		char *text = json_is_string(value)
				     ? NULL
				     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		answer_row(&call->answer);
		answer_word(&call->answer, "what", key);
		answer_word(&call->answer, "value",
			text != NULL            ? text
			: json_is_string(value) ? json_string_value(value)
						: "?");
		free(text);
	}
	json_decref(object);
}

static enum call_progress replay_step(struct call *call, uint64_t now_ns)
{
	if (child_is_waited_for(call, now_ns))
		return CALL_WAITING;
	struct child *child = call->own;
	if (child == NULL)
		return CALL_DONE;
	output_tell(call);
	uint64_t took_ms = (now_ns - call->begun_ns) / 1000000;
	if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0)
		answer_code(&call->answer, CODE_ROWS,
			"the replay came to the same decisions, in %" PRIu64 " ms", took_ms);
	else if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 1)
		answer_code(&call->answer, CODE_REPLAY_DIFFERS,
			"the replay did not come to the same decisions");
	else
		answer_code(&call->answer, CODE_CHILD_FAILED, "the replay failed: status %d",
			child->status);
	call_let_go(call);
	return CALL_DONE;
}

void command_journal_replay(struct call *call, uint64_t now_ns)
{
	char *const none[] = {NULL};
	uint32_t gate;
	if (call_gate_only(call, &gate) && child_open(call, sizeof(struct child)) != NULL &&
		child_start(call, gate, none, -1, now_ns))
		call->step = replay_step;
}
