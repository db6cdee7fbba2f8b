#include "control/command/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/command/commands.h"
#include "drivers/machine/clock.h"

static call_function *const functions[COMMAND_COUNT] = {
#define COMMAND(words, role, persons, socket, function, sentence) function,
#include "config/commands.def"
#undef COMMAND
};

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
	char error[GRAMMAR_ERROR_BYTES];
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

static void dispatch_end(void *context, struct call *call)
{
	struct control *control = context;
	/* Only a call that ended before its answer still holds something of others. */
	question_drop(&call->question, &control->plane);
	call_let_go(call);
	json_decref(call->told);
	answer_free(&call->answer);
	request_free(&call->request);
	free(call);
}

struct server_hooks dispatch_hooks(struct control *control)
{
	return (struct server_hooks){.context = control,
		.start = call_start,
		.step = call_go_on,
		.answer = call_answer,
		.end = dispatch_end,
		.is_known = uid_is_known};
}
