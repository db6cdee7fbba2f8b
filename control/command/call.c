#include "control/command/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/scalar.h"
#include "control/socket/scope.h"

enum { CALL_WRITE_MS = 2000 };

const char *call_argument(const struct call *call, uint32_t index)
{
	return index < call->command.argument_count ? call->command.arguments[index] : NULL;
}

/* The words as asked, in one text. */
static void words_join(const struct request *request, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (uint32_t i = 0; i < request->word_count && used + 1 < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i > 0 ? " " : "", request->words[i]);
}

uint64_t call_audit(
	struct call *call, const char *outcome, enum audit_weight weight, uint64_t now_ns)
{
	char words[REQUEST_LINE_BYTES_MAX + REQUEST_WORD_COUNT_MAX];
	json_t *line = json_object();
	words_join(&call->request, words, sizeof words);
	json_object_set_new(line, "uid", json_integer(call->person.uid));
	json_object_set_new(line, "person", text_json(call->person.name));
	json_object_set_new(line, "role", json_string(role_name(call->person.role)));
	json_object_set_new(
		line, "socket", json_string(call->peer.socket == SOCKET_VIEW ? "view" : "control"));
	json_object_set_new(line, "command", text_json(words));
	if (call->request.reason != NULL)
		json_object_set_new(line, "because", text_json(call->request.reason));
	json_object_set_new(line, "outcome", text_json(outcome));
	json_object_update(line, call->told);
	if (call->answer.is_coded) {
		json_object_set_new(line, "code", json_integer((json_int_t)call->answer.code));
		json_object_set_new(line, "text", text_json(call->answer.text));
	}
	return audit_append(call->control->audit, line, weight, now_ns);
}

void call_write(struct call *call, uint64_t now_ns)
{
	call->audit_number = call_audit(call, "about to act", AUDIT_MAJOR, now_ns);
	call->audit_until_ns = now_ns + CALL_WRITE_MS * 1000000ull;
}

enum call_written call_written(struct call *call, uint64_t now_ns)
{
	const struct audit *audit = call->control->audit;
	if (call->audit_number != 0 && audit_durable(audit) >= call->audit_number)
		return CALL_WRITE_DURABLE;
	int failed = audit_failed(audit);
	if (call->audit_number != 0 && failed == 0 && now_ns < call->audit_until_ns)
		return CALL_WRITE_PENDING;
	answer_code(&call->answer, CODE_AUDIT_FAILED,
		"the audit record is not durable (%s), so nothing was loosened: see "
		"audit.jsonl's disk",
		failed != 0 ? strerror(failed) : "the disk takes too long");
	return CALL_WRITE_FAILED;
}

bool call_name_find(struct call *call, const char *scope_word, const char *id_word,
	enum scope *scope, uint32_t *id)
{
	if (!scope_find(scope_word, scope)) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found scope \"%.60s\", expected firm, venue, session, account, "
			"strategy or symbol",
			scope_word);
		return false;
	}
	if (!scope_id_find(&call->control->site, *scope, id_word, id)) {
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found %s \"%.60s\", expected a number or name of the site's files",
			scope_name(*scope), id_word);
		return false;
	}
	return true;
}

void call_roomless(struct call *call)
{
	answer_code(&call->answer, CODE_STATE_WRONG,
		"found no room in the gate's journal, expected room for it: see health, and repeat "
		"in a "
		"moment; nothing was changed");
}

const char *call_latches(const struct call *call, const uint64_t latches[GATE_COUNT_MAX],
	char text[CALL_LATCHES_BYTES])
{
	const struct site_config *site = &call->control->site;
	size_t used = 0;
	text[0] = '\0';
	for (uint32_t i = 0; i < GATE_COUNT_MAX; i++) {
		const char *between = used == 0 ? "" : ", ";
		if (latches[i] == 0)
			continue;
		used += (size_t)snprintf(
			text + used, CALL_LATCHES_BYTES - used, "%s%" PRIu64, between, latches[i]);
		if (site->gate_count > 0)
			used += (size_t)snprintf(text + used, CALL_LATCHES_BYTES - used, " of %s",
				gate_name(site, i));
	}
	return text;
}

void call_silent(struct call *call, enum stage_id stage, uint64_t now_ns)
{
	const struct plane *plane = &call->control->plane;
	if (!plane->is_attached) {
		answer_code(&call->answer, CODE_PLANE_ABSENT,
			"no dataplane is attached: %.500s; start sluice-dataplane", plane->trouble);
		return;
	}
	answer_code(&call->answer, CODE_STAGE_SILENT,
		"%s silent: no answer within %u ms; its loop %s", call_stage(call, stage),
		(unsigned)(QUESTION_WAIT_NS / 1000000),
		plane_stage_is_alive(plane, stage, now_ns)
			? "moves, so it is busy: ask again"
			: "stands: see health, kill works through kill.sock");
}

void *call_own(struct call *call, size_t size)
{
	void *own = calloc(1, size);
	if (own == NULL)
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for %s",
			command_rows[call->command.id].words);
	call_hold(call, own, NULL);
	return own;
}

void call_hold(struct call *call, void *own, call_end *end)
{
	CHECK(call->own == NULL);
	call->own = own;
	call->end = end;
}

void call_let_go(struct call *call)
{
	if (call->own != NULL && call->end != NULL)
		call->end(call, call->own);
	else
		free(call->own);
	call->own = NULL;
	call->end = NULL;
}

void call_gate_ask(struct call *call, uint32_t gate, uint32_t kind, uint64_t now_ns)
{
	call->question.stage = stage_of_gate(gate);
	call->question.kind = kind;
	question_ask(&call->question, &call->control->plane, now_ns);
}

bool call_gate_next(struct call *call, uint64_t now_ns)
{
	struct plane *plane = &call->control->plane;
	if (!question_next_gate(&call->question, plane))
		return false;
	question_ask(&call->question, plane, now_ns);
	return true;
}

bool call_gate_option(struct call *call, uint32_t *i, const char **name)
{
	const char *word = call_argument(call, *i);
	if (word == NULL || strcmp(word, "--gate") != 0)
		return true;
	*name = call_argument(call, *i + 1);
	*i += 2;
	if (*name != NULL)
		return true;
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found --gate at the end, expected a gate's name behind it");
	return false;
}

bool call_gate_choose(struct call *call, const char *name, uint32_t *gate)
{
	struct config_error error;
	if (site_gate_choose(&call->control->site, name, gate, &error))
		return true;
	answer_code(&call->answer, CODE_ARGUMENT_BAD, "%s", error.text);
	return false;
}

bool call_gate_only(struct call *call, uint32_t *gate)
{
	const char *name = NULL;
	uint32_t i = 0;
	if (!call_gate_option(call, &i, &name))
		return false;
	if (call_argument(call, i) == NULL)
		return call_gate_choose(call, name, gate);
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found \"%.60s\", expected nothing or --gate and a gate's name",
		call_argument(call, i));
	return false;
}

const char *call_stage(const struct call *call, enum stage_id stage)
{
	const struct site_config *site = &call->control->site;
	uint32_t gate = stage_gate_index(stage);
	return gate < site->gate_count ? gate_name(site, gate) : stage_name(stage);
}

void call_gate_tell(struct call *call)
{
	enum stage_id stage = call->question.stage;
	if (stage_gate_index(stage) < call->control->site.gate_count)
		answer_word(&call->answer, "gate", call_stage(call, stage));
}

enum call_progress call_look(struct call *call, uint64_t now_ns, const struct mailbox_answer **page)
{
	struct plane *plane = &call->control->plane;
	enum question_state state = question_look(&call->question, plane, now_ns);
	*page = state == QUESTION_ANSWERED ? question_answer(&call->question, plane) : NULL;
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return CALL_WAITING;
	if (*page == NULL)
		call_silent(call, call->question.stage, now_ns);
	return CALL_DONE;
}

bool call_agreed(
	struct call *call, const char *text, const char *why, const char *does, uint64_t now_ns)
{
	const struct approval_asker asker = {
		.person = &call->person, .reason = call->request.reason};
	const char *role = role_name((enum role)command_rows[call->command.id].role);
	switch (approval_ask(&call->control->approvals, text, &asker, now_ns, &call->first,
		call->first_reason)) {
	case APPROVAL_GRANTED:
		return call->has_second = true;
	case APPROVAL_SAME_PERSON:
		answer_code(&call->answer, CODE_SAME_PERSON,
			"%s asked for it already; awaited: a second person with role %s who %s",
			call->person.name, role, does);
		return false;
	default:
		answer_code(&call->answer, CODE_SECOND_PERSON,
			"%snoted for %s; awaited within 5 minutes: a second person with role %s "
			"who %s",
			why, call->person.name, role, does);
		call_audit(call, "asked", AUDIT_MAJOR, now_ns);
		return false;
	}
}

bool call_reasoned(struct call *call)
{
	if (call->request.reason != NULL && call->request.reason[0] != '\0')
		return true;
	answer_code(&call->answer, CODE_REASON_MISSING, "found no reason, expected: %s",
		command_rows[call->command.id].words);
	return false;
}

void call_reason_copy(const struct call *call, char *reason, size_t size)
{
	const char *text = call->request.reason;
	memset(reason, 0, size);
	for (size_t i = 0; text != NULL && text[i] != '\0' && i + 1 < size; i++)
		reason[i] = text[i];
}

const char *call_duration_take(const struct call *call, uint32_t *at, uint64_t *duration_ns)
{
	const char *word = call_argument(call, *at), *unit;
	char text[48] = "";
	if (word != NULL) {
		size_t digits = strspn(word, "0123456789");
		bool is_split = word[digits] == '\0';
		unit = is_split ? call_argument(call, ++*at)
				: word + digits + strspn(word + digits, " ");
		++*at;
		snprintf(text, sizeof text, "%.*s %s", (int)(digits < 20 ? digits : 20), word,
			unit != NULL ? unit : "");
	}
	return scalar_duration(text, duration_ns);
}

void call_day_pnl(struct call *call, int64_t pnl_e4)
{
	answer_e4(&call->answer, "day_pnl", pnl_e4);
	answer_word(&call->answer, "day_pnl_currency", site_currency(&call->control->site));
}

bool call_limits_path(struct call *call, const char *name, char *path, size_t size)
{
	const struct control *control = call->control;
	if (name == NULL) {
		snprintf(path, size, "%s", control->limits_path);
		return true;
	}
	if (strchr(name, '/') != NULL || name[0] == '.') {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.100s\", expected the name of a file in %s: sluicectl sends any "
			"other file's contents",
			name, control->site.directory);
		return false;
	}
	snprintf(path, size, "%s/%.200s", control->site.directory, name);
	return true;
}

void call_channels_tell(struct call *call, uint32_t doubtful)
{
	char text[64] = "";
	const struct control *control = call->control;
	if (doubtful > 0)
		snprintf(text, sizeof text, ", %u not to be trusted", doubtful);
	answer_code(&call->answer, CODE_ROWS, "%u channels%s%s", control->site.channel_count, text,
		control->plane.is_attached ? "" : ", of a dataplane that is gone");
}
