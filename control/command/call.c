#include "control/command/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/socket/scope.h"
#include "drivers/machine/clock.h"

enum { CALL_WRITE_MS = 2000 };

static call_function *const functions[COMMAND_COUNT] = {
#define COMMAND(words, role, persons, socket, function, sentence) function,
#include "config/commands.def"
#undef COMMAND
};

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

void call_silent(struct call *call, enum stage_id stage, uint64_t now_ns)
{
	const struct plane *plane = &call->control->plane;
	if (!plane->is_attached) {
		answer_code(&call->answer, CODE_PLANE_ABSENT,
			"no dataplane is attached: %.500s; start sluice-dataplane", plane->trouble);
		return;
	}
	answer_code(&call->answer, CODE_STAGE_SILENT,
		"%s silent: no answer within %u ms; its loop %s", stage_name(stage),
		(unsigned)(QUESTION_WAIT_NS / 1000000),
		plane_stage_is_alive(plane, stage, now_ns)
			? "moves, so it is busy: ask again"
			: "stands: see health, kill works through kill.sock");
}

/* ---- the server's hooks ---- */

static bool uid_is_known(void *context, uint32_t uid)
{
	const struct control *control = context;
	return uid == control->own_uid || person_find(&control->site, uid).role != ROLE_NONE;
}

/* Whether this call may leave marks: its audit line must not be left out. */
static enum audit_weight call_weight(const struct call *call)
{
	bool is_view = command_rows[call->command.id].socket == SOCKET_VIEW;
	return call->is_refused_early || is_view ? AUDIT_MINOR : AUDIT_MAJOR;
}

static void call_refuse(struct call *call, enum code code, const char *why)
{
	call->is_refused_early = true;
	answer_code(&call->answer, code, "%s", why);
}

/* Finds the command and asks whether this person may; true: it may run. */
static bool call_admit(struct call *call)
{
	char error[256];
	enum code code = grammar_find(&call->request, &call->command, error);
	if (code != CODE_DONE) {
		call_refuse(call, code, error);
		return false;
	}
	enum role role = call->person.role;
	if (grammar_is_stop(call->request.words[0]))
		role = person_role_to_stop(&call->person, call->control->own_uid);
	code = grammar_allows(call->command.id, role, call->peer.socket);
	if (code == CODE_DONE)
		return true;
	const struct command_row *row = &command_rows[call->command.id];
	if (code == CODE_VIEW_ONLY)
		snprintf(error, sizeof error,
			"\"%s\" changes something, this socket only answers: use control.sock",
			row->words);
	else
		snprintf(error, sizeof error,
			"%s has role %s, \"%s\" takes %s: see people in site.yaml",
			call->person.name, role_name(role), row->words,
			role_name((enum role)row->role));
	call_refuse(call, code, error);
	return false;
}

static void call_conclude(struct call *call, uint64_t now_ns)
{
	if (!call->answer.is_coded)
		answer_code(&call->answer, CODE_DONE, "%s", code_sentence(CODE_DONE));
	call_audit(call, call->is_refused_early ? "denied" : "ended", call_weight(call), now_ns);
}

static struct call *call_start(void *context, const struct peer *peer, struct request *request,
	enum code code, const char *error)
{
	struct control *control = context;
	struct call *call = calloc(1, sizeof *call);
	uint64_t now_ns = clock_now_ns();
	if (call == NULL) {
		request_free(request);
		return NULL;
	}
	call->control = control;
	call->peer = *peer;
	call->begun_ns = now_ns;
	call->person = person_find(&control->site, peer->uid);
	answer_init(&call->answer, request->is_json);
	if (code != CODE_DONE)
		call_refuse(call, code, error);
	else
		request_move(&call->request, request);
	if (code == CODE_DONE && call_admit(call))
		functions[call->command.id](call, now_ns);
	if (call->step == NULL)
		call_conclude(call, now_ns);
	return call;
}

static enum call_progress call_go_on(void *context, struct call *call, uint64_t now_ns)
{
	(void)context;
	if (call->step == NULL)
		return CALL_DONE;
	enum call_progress progress = call->step(call, now_ns);
	if (progress == CALL_DONE) {
		call->step = NULL;
		call_conclude(call, now_ns);
	}
	return progress;
}

static const struct answer *call_answer(const struct call *call)
{
	return &call->answer;
}

static void call_end(void *context, struct call *call)
{
	struct control *control = context;
	bool is_limits = call->command.id == COMMAND_command_limits_check ||
			 call->command.id == COMMAND_command_limits_lint ||
			 call->command.id == COMMAND_command_limits_diff ||
			 call->command.id == COMMAND_command_limits_load ||
			 call->command.id == COMMAND_command_limits_raise;
	/* Only a call that ended before its answer still holds something of others. */
	if (call->command.id == COMMAND_command_resume || call->command.id == COMMAND_command_rearm)
		question_drop(&call->releasing.question, &control->plane);
	if (call->command.id == COMMAND_command_orders_resolve ||
		call->command.id == COMMAND_command_breaks_ack)
		question_drop(&call->resolving.question, &control->plane);
	if (call->command.id == COMMAND_command_day_show ||
		call->command.id == COMMAND_command_day_end ||
		call->command.id == COMMAND_command_day_begin)
		question_drop(&call->day, &control->plane);
	if (call->command.id == COMMAND_command_rates_set ||
		call->command.id == COMMAND_command_rates_load)
		question_drop(&call->rating.question, &control->plane);
	if (is_limits)
		loading_end(call);
	if (call->command.id == COMMAND_command_limits_confirm ||
		call->command.id == COMMAND_command_limits_undo)
		question_drop(&call->settling.question, &control->plane);
	child_end(call);
	gauges_end(call->gauges, &control->plane);
	page_end(call->page);
	story_close(call->story);
	inspect_close(call->inspect);
	booking_close(call->booking, &control->plane);
	answer_free(&call->answer);
	request_free(&call->request);
	free(call);
}

struct server_hooks call_hooks(struct control *control)
{
	return (struct server_hooks){.context = control,
		.start = call_start,
		.step = call_go_on,
		.answer = call_answer,
		.end = call_end,
		.is_known = uid_is_known};
}
