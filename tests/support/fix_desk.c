/* fix_desk.c - see fix_desk.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fix_desk.h"
#include "tests/support/fix_text.h"

static const uint64_t second_ns = 1000000000;

void fix_desk_open(struct fix_desk *desk, enum fix_version version, bool is_initiator)
{
	memset(desk, 0, sizeof *desk);
	desk->config = (struct fix_session_config){
		.version = (uint8_t)version,
		.is_initiator = is_initiator,
		.precision = FIX_MILLIS,
		.heartbeat_s = 30,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.store_count = FIX_DESK_STORE,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 10 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 5 * second_ns,
		.sender = "US",
		.target = "PEER",
	};
	desk->at = (struct fix_moment){1000 * second_ns, 1735828200 * second_ns};
	fix_session_init(&desk->session, &desk->config, desk->store);
	fix_line_begin(&desk->line, &desk->session);
}

/* desk_said gives what we say next, without what is the same in every message; "" if nothing. */
static const char *desk_said(struct fix_desk *desk)
{
	static char text[FIX_MESSAGE_BYTES_MAX];
	static const struct fix_credentials credentials = {"user", "secret"};
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	struct fix_frame frame;
	struct fix_field field;
	text[0] = '\0';
	if (desk->is_full)
		return "";
	enum fix_line_verdict verdict = fix_line_next(
		&desk->line, &desk->session, &credentials, desk->at.wall_ns, out, &step);
	if (verdict == FIX_LINE_LOST)
		return "lost";
	if (verdict == FIX_LINE_EMPTY)
		return "";
	fix_line_sent(&desk->line, &step);
	if (fix_cut(out, step.size_bytes, &frame) != FIX_WHOLE)
		return "garbled";
	struct fix_walk walk = {.at = out, .end = out + step.size_bytes - FIX_TAIL_BYTES};
	size_t size = 0;
	while (fix_next(&walk, &field) == FIX_NO_REASON && field.tag != 0) {
		bool is_same = field.tag == 8 || field.tag == 9 || field.tag == 49 ||
			       field.tag == 56 || field.tag == 52 || field.tag == 122;
		if (!is_same)
			size += (size_t)snprintf(text + size, sizeof text - size, "%u=%.*s|",
				field.tag, (int)field.size_bytes, (const char *)field.value);
	}
	return text;
}

/* desk_hear parses what the peer says, its header filled in. */
static void desk_hear(struct fix_desk *desk, const char *words)
{
	static uint8_t wire[FIX_MESSAGE_BYTES_MAX];
	char fields[2048], time[32] = {0};
	struct fix_message message;
	const char *version = fix_version_text((enum fix_version)desk->config.version);
	const char *number = strstr(words, "|34="), *rest = words;
	int head = 0;
	if (number != NULL) {
		rest = strchr(number + 1, '|') + 1;
		head = (int)(rest - words);
	}
	fix_write_time((uint8_t *)time, desk->at.wall_ns, FIX_MILLIS);
	bool has_names = strstr(words, "|49=") != NULL, has_time = strstr(words, "|52=") != NULL;
	snprintf(fields, sizeof fields, "%.*s%s%s%s%s%s", head, words,
		has_names ? "" : "49=PEER|56=US|", has_time ? "" : "52=", has_time ? "" : time,
		has_time ? "" : "|", rest);
	if (strncmp(fields, "FIX", 3) == 0) { /* another version: FIX.4.3|35=... */
		static char other[16];
		snprintf(other, sizeof other, "%.*s", (int)strcspn(fields, "|"), fields);
		version = other;
		memmove(fields, strchr(fields, '|') + 1, strlen(strchr(fields, '|')));
	}
	uint32_t size = fix_text_frame(wire, sizeof wire, version, fields);
	fix_parse(wire, size, &message);
	if (fix_session_receive(&desk->session, &message, desk->at) == FIX_TAKE_MESSAGE)
		desk->taken = (char)message.type_text.bytes[0];
}

static uint64_t desk_send(struct fix_desk *desk, const char *words)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)desk->config.version, fix_type_of((uint8_t)words[0]));
	fix_set_text(&m, FIX_CL_ORD_ID, "A", 1);
	fix_set_text(&m, FIX_ORDER_ID, "B", 1);
	bool is_once = strcmp(words + 2, "once") == 0;
	return fix_session_send(&desk->session, &m, is_once ? KEPT_ONCE : KEPT_AGAIN, 7, desk->at);
}

static bool desk_state_is(const struct fix_desk *desk, const char *what, const char *name)
{
	static const char *const states[] = {"idle", "waiting", "up", "leaving", "over"};
	static const char *const ends[FIX_END_COUNT] = {"none", "logout", "refused", "too-low",
		"header", "silent", "not-kept", "not-logged"};
	const char *found =
		strcmp(what, "state") == 0 ? states[desk->session.state] : ends[desk->session.end];
	return strcmp(found, name) == 0;
}

static bool desk_fail(struct fix_desk *desk, unsigned line, const char *words, const char *found)
{
	snprintf(desk->failure, sizeof desk->failure, "line %u: expected %.300s, found %.300s",
		line, words, found[0] == '\0' ? "nothing" : found);
	return false;
}

static void desk_wait(struct fix_desk *desk, const char *seconds)
{
	uint64_t ns = (uint64_t)(atof(seconds) * 1e9);
	desk->at.now_ns += ns;
	desk->at.wall_ns += ns;
}

/* desk_step does one line that is not an expectation of ours. */
static bool desk_step(struct fix_desk *desk, unsigned line, const char *word, const char *rest)
{
	unsigned long long out, in;
	if (strcmp(word, ">") == 0) {
		desk_hear(desk, rest);
	} else if (strcmp(word, "connect") == 0) {
		fix_line_begin(&desk->line, &desk->session);
		fix_session_connect(&desk->session, desk->at);
	} else if (strcmp(word, "disconnect") == 0) {
		fix_session_disconnect(&desk->session);
	} else if (strcmp(word, "wait") == 0) {
		desk_wait(desk, rest);
		fix_session_tick(&desk->session, desk->at);
	} else if (strcmp(word, "late") == 0) {
		desk_wait(desk, rest);
	} else if (strcmp(word, "full") == 0 || strcmp(word, "roomy") == 0) {
		desk->is_full = word[0] == 'f';
	} else if (strcmp(word, "logout") == 0) {
		fix_session_logout(&desk->session, rest, desk->at);
	} else if (strcmp(word, "send") == 0) {
		if (desk_send(desk, rest) == 0)
			return desk_fail(desk, line, rest, "a message that cannot be kept");
	} else if (strcmp(word, "state") == 0 || strcmp(word, "end") == 0) {
		if (!desk_state_is(desk, word, rest))
			return desk_fail(desk, line, rest, "another");
	} else if (strcmp(word, "next") == 0 && sscanf(rest, "%llu %llu", &out, &in) == 2) {
		char found[64];
		snprintf(found, sizeof found, "%llu %llu",
			(unsigned long long)desk->session.next_out,
			(unsigned long long)desk->session.next_in);
		if (desk->session.next_out != out || desk->session.next_in != in)
			return desk_fail(desk, line, rest, found);
	} else {
		return desk_fail(desk, line, word, "no such word");
	}
	return true;
}

static bool desk_line(struct fix_desk *desk, unsigned line, char *words)
{
	char *rest = strchr(words, ' ');
	if (rest != NULL)
		*rest++ = '\0';
	else
		rest = words + strlen(words);
	if (strcmp(words, "take") == 0) {
		bool is_taken = desk->taken == rest[0];
		desk->taken = '\0';
		return is_taken || desk_fail(desk, line, rest, "another message or none");
	}
	if (desk->taken != '\0')
		return desk_fail(desk, line, "no message for the application", "one");
	if (strcmp(words, "<") == 0) {
		const char *said = desk_said(desk);
		return strcmp(said, rest) == 0 || desk_fail(desk, line, rest, said);
	}
	bool is_question = strcmp(words, "state") == 0 || strcmp(words, "end") == 0 ||
			   strcmp(words, "next") == 0 || strcmp(words, "send") == 0 ||
			   strcmp(words, "connect") == 0;
	if (!is_question && strcmp(words, "disconnect") != 0) {
		const char *said = desk_said(desk);
		if (said[0] != '\0')
			return desk_fail(desk, line, "nothing more from us", said);
	}
	return desk_step(desk, line, words, rest);
}

bool fix_desk_play(struct fix_desk *desk, const char *script)
{
	char words[1024];
	unsigned line = 0;
	while (*script != '\0') {
		size_t size = strcspn(script, "\n");
		snprintf(words, sizeof words, "%.*s", (int)size, script);
		script += size + (script[size] == '\n');
		line++;
		if (words[0] != '\0' && !desk_line(desk, line, words))
			return false;
	}
	return true;
}

bool fix_desk_is_quiet(struct fix_desk *desk)
{
	const char *said = desk_said(desk);
	if (said[0] != '\0' || desk->taken != '\0')
		return desk_fail(desk, 0, "the end", said);
	return true;
}
