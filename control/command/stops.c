/* stops.c - kill, halt, reduce-only: the word first, everything else after. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/commands.h"
#include "control/socket/scope.h"

/* A plain word of the result, for people; the row has the same for programs. */
static void result_row(struct call *call, const char *name)
{
	const struct stopping *s = &call->stopping;
	const struct stop_result *r = &s->result;
	struct answer *answer = &call->answer;
	char latches[CALL_LATCHES_BYTES];
	answer_row(answer);
	answer_word(answer, "scope", name);
	answer_word(answer, "state", trading_state_name(s->wanted));
	if (call->control->site.gate_count > 0)
		answer_word(answer, "latches", call_latches(call, s->latches, latches));
	else
		answer_count(answer, "latch", r->latch);
	answer_count(
		answer, "latched_us", s->seen_ns > s->set_ns ? (s->seen_ns - s->set_ns) / 1000 : 0);
	answer_number(answer, "open", r->open_count);
	answer_number(answer, "cancels_sent", r->cancels_sent);
	answer_number(answer, "confirmed", r->cancels_confirmed);
	answer_count(answer, "last_sent_us",
		r->sent_ns > r->seen_ns ? (r->sent_ns - r->seen_ns) / 1000 : 0);
	answer_count(answer, "last_confirmed_us",
		r->done_ns > r->seen_ns ? (r->done_ns - r->seen_ns) / 1000 : 0);
}

static void latched_tell(struct call *call, const char *name)
{
	const struct stopping *s = &call->stopping;
	const struct stop_result *r = &s->result;
	bool is_done = s->state == STOPPING_DONE;
	char orders[200] = "", latches[CALL_LATCHES_BYTES];
	if (s->wanted == STATE_KILLED && r->open_count > 0 && is_done)
		snprintf(orders, sizeof orders,
			"; %u cancels sent, %u confirmed, the last %" PRIu64 " us after the latch",
			r->cancels_sent, r->cancels_confirmed, (r->done_ns - r->seen_ns) / 1000);
	else if (s->wanted == STATE_KILLED && r->open_count > 0)
		snprintf(orders, sizeof orders,
			"; %u cancels sent, %u confirmed; silent: the venue, on %u orders: show "
			"orders",
			r->cancels_sent, r->cancels_confirmed,
			r->open_count - r->cancels_confirmed);
	answer_code(&call->answer, is_done ? CODE_DONE : CODE_UNCONFIRMED,
		"%s is %s: latched within %" PRIu64 " us as latch %s, %u open orders covered%s",
		name, trading_state_name(s->wanted), (s->seen_ns - s->set_ns) / 1000,
		call_latches(call, s->latches, latches), r->open_count, orders);
	result_row(call, name);
}

static void silent_tell(struct call *call, const char *name, uint64_t now_ns)
{
	const struct plane *plane = &call->control->plane;
	uint32_t gate = stopping_silent(&call->stopping, plane);
	enum stage_id stage = stage_of_gate(gate != UINT32_MAX ? gate : 0);
	bool is_alive = plane_stage_is_alive(plane, stage, now_ns);
	answer_code(&call->answer, CODE_NOT_LATCHED,
		"the word for %s stands at %s, but silent for %u ms: %s; its loop %s", name,
		trading_state_name(call->stopping.wanted), (unsigned)(STOPPING_WAIT_NS / 1000000),
		call_stage(call, stage), is_alive ? "moves" : "stands, so it sends nothing");
	answer_row(&call->answer);
	answer_word(&call->answer, "silent", call_stage(call, stage));
	answer_number(&call->answer, "pid", (int64_t)plane->region->header.pid);
	answer_count(&call->answer, "loops", plane->loops[stage]);
	answer_format(&call->answer, "escalate",
		"kill -9 %" PRIu64 " ends its sessions; the venue then cancels on disconnect",
		plane->region->header.pid);
}

static enum call_progress stop_step(struct call *call, uint64_t now_ns)
{
	const struct stopping *s = &call->stopping;
	char name[80];
	if (!stopping_look(&call->stopping, &call->control->plane, now_ns))
		return CALL_WAITING;
	scope_id_name(&call->control->site, s->scope, s->id, name, sizeof name);
	switch (s->state) {
	case STOPPING_DONE:
	case STOPPING_UNCONFIRMED:
		latched_tell(call, name);
		break;
	case STOPPING_ALREADY:
		answer_code(&call->answer, CODE_ALREADY,
			"%s: the gate saw the word within %" PRIu64 " us; a latch at least as "
			"strict as %s was in force before",
			name, (s->seen_ns - s->set_ns) / 1000, trading_state_name(s->wanted));
		break;
	case STOPPING_AWAY:
		answer_code(&call->answer, CODE_PLANE_ABSENT,
			"the word for %s stands at %s, but no dataplane is attached: the "
			"next one latches it when it comes, also if control is started again "
			"meanwhile (%.300s)",
			name, trading_state_name(s->wanted), call->control->plane.trouble);
		break;
	default:
		silent_tell(call, name, now_ns);
		break;
	}
	return CALL_DONE;
}

static void stop_begin(struct call *call, enum trading_state state)
{
	enum scope scope;
	uint32_t id;
	if (!call_name_find(call, call_argument(call, 0), call_argument(call, 1), &scope, &id))
		return;
	/* Act, then write it down. */
	stopping_set(&call->stopping, &call->control->plane, scope, id, state, call->person.uid,
		call->request.reason);
	call_audit(call, "acted", AUDIT_MAJOR, call->begun_ns);
	call->step = stop_step;
}

void command_kill(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	stop_begin(call, STATE_KILLED);
}

void command_halt(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	stop_begin(call, STATE_HALTED);
}

void command_reduce_only(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	stop_begin(call, STATE_REDUCE_ONLY);
}
