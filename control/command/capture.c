/* capture.c - `capture start | stop | status`: what the ports bring, into pcapng files. */
#include "control/capture/recorder.h"

#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/commands.h"

/* Reads the words of a duration; none: until it is stopped.  false: the answer is coded. */
static bool until_take(struct call *call, uint64_t now_ns, uint64_t *until_ns)
{
	char text[64] = "";
	uint64_t duration_ns;
	uint32_t at = 0;
	*until_ns = UINT64_MAX;
	for (uint32_t i = 0; i < call->command.argument_count; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
			call->command.arguments[i]);
	}
	if (text[0] == '\0')
		return true;
	const char *expected = call_duration_take(call, &at, &duration_ns);
	if (expected == NULL && call_argument(call, at) != NULL)
		expected = "nothing behind the duration";
	if (expected == NULL && duration_ns == 0)
		expected = "some time such as \"60 s\"";
	if (expected != NULL) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%s\", expected %s, or nothing: until `capture stop`", text,
			expected);
		return false;
	}
	*until_ns = now_ns + duration_ns;
	return true;
}

/* A capture that is under way is not ended by asking for another; true: there is one, and the answer is coded. */
static bool is_under_way(struct call *call, uint64_t now_ns)
{
	struct recorder_facts facts;
	char left[64] = "until `capture stop`";
	recorder_look(call->control->recorder, &facts);
	if (!facts.is_on)
		return false;
	if (facts.until_ns != UINT64_MAX)
		snprintf(left, sizeof left, "for another %" PRIu64 " s",
			facts.until_ns > now_ns ? (facts.until_ns - now_ns) / 1000000000u : 0);
	answer_code(&call->answer, CODE_ALREADY,
		"a capture is under way, %s, and goes on so: `capture stop` ends it, then start "
		"another",
		left);
	return true;
}

void command_capture_start(struct call *call, uint64_t now_ns)
{
	uint64_t until_ns;
	const struct site_config *site = &call->control->site;
	if (!until_take(call, now_ns, &until_ns) || is_under_way(call, now_ns))
		return;
	recorder_start(call->control->recorder, until_ns);
	answer_code(&call->answer, CODE_DONE,
		"capturing into %s: files of at most %" PRIu64 " bytes, the newest %u are kept%s",
		site->capture_directory, site->capture_file_bytes, site->capture_file_count,
		call->control->plane.is_attached ? "" : "; no dataplane is attached yet");
}

void command_capture_stop(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	struct recorder_facts facts;
	recorder_look(call->control->recorder, &facts);
	recorder_stop(call->control->recorder);
	answer_code(&call->answer, facts.is_on ? CODE_DONE : CODE_ALREADY, "%s",
		facts.is_on ? "capture ends; `capture status` tells what is there"
			    : "no capture was under way");
}

void command_capture_status(struct call *call, uint64_t now_ns)
{
	struct recorder_facts facts;
	struct answer *answer = &call->answer;
	recorder_look(call->control->recorder, &facts);
	bool has_end = facts.is_on && facts.until_ns != UINT64_MAX && facts.until_ns > now_ns;
	answer_row(answer);
	answer_word(answer, "capture", facts.is_on ? "on" : "off");
	answer_time(answer, "since", facts.since_wall_ns);
	answer_number(answer, "seconds_left",
		has_end ? (int64_t)((facts.until_ns - now_ns) / 1000000000u) : -1);
	answer_count(answer, "frames", facts.frames);
	answer_count(answer, "bytes", facts.bytes);
	answer_count(answer, "lost", facts.lost);
	answer_count(answer, "files", facts.files);
	answer_word(answer, "file", facts.path);
	answer_code(answer, facts.trouble[0] == '\0' ? CODE_ROWS : CODE_CAPTURE_FAILED, "%s",
		facts.trouble[0] != '\0' ? facts.trouble
		: facts.is_on            ? "a capture is under way"
					 : "no capture is under way");
}
