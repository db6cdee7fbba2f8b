/* release.c - resume and rearm: find the latch, ask who must agree, write it down, then release it.

     find --the latch is there--> agree --durable in the audit--> lower the word --> release --> done
                                    '--first of two persons--> awaited

   A release names the latch it saw, so a stop that came in between stands. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "control/command/commands.h"
#include "control/socket/scope.h"
#include "drivers/machine/clock.h"

/* The latch that is to be released. */
struct releasing {
	enum scope scope;
	uint32_t id;
	uint64_t word;          /* control's, before any gate was asked */
	struct latch_row latch; /* the strictest of the gates'; latch 0: not found */
	uint64_t latches[GATE_COUNT_MAX], released[GATE_COUNT_MAX]; /* by gate; 0: none */
	struct latch_row under; /* the strictest that is in force now; latch 0: none */
};

static void release_name(const struct call *call, char *name, size_t size)
{
	const struct releasing *releasing = call->own;
	scope_id_name(&call->control->site, releasing->scope, releasing->id, name, size);
}

/* Tells the next gate that has a latch, from `gate` on; false: none has. */
static bool release_ask(struct call *call, uint32_t gate, uint64_t now_ns)
{
	const struct releasing *releasing = call->own;
	while (gate < GATE_COUNT_MAX && releasing->latches[gate] == 0)
		gate++;
	if (gate == GATE_COUNT_MAX)
		return false;
	call->question.release.latch = releasing->latches[gate];
	call_gate_ask(call, gate, REQUEST_RELEASE, now_ns);
	return true;
}

/* Why a gate did not release its latch. */
static void refused_tell(struct call *call, int32_t code)
{
	char name[80], at[NAME_BYTES + 8] = "";
	uint32_t gate = stage_gate_index(call->question.stage);
	uint64_t latch = call->question.release.latch;
	release_name(call, name, sizeof name);
	if (call->control->site.gate_count > 0)
		snprintf(at, sizeof at, " at %s", gate_name(&call->control->site, gate));
	if (code == ESTALE || code == -ESTALE)
		answer_code(&call->answer, CODE_LATCH_STALE,
			"latch %" PRIu64 " of %s%s is no longer the one in force: a newer stop "
			"came in between and stands; see show stops",
			latch, name, at);
	else
		answer_code(&call->answer, CODE_LATCH_STALE,
			"the gate did not release latch %" PRIu64 " of %s%s: %s", latch, name, at,
			strerror(code < 0 ? -code : code));
}

/* A gate that does not release, or is silent, ends the walk: those before it are released. */
static void released_already_tell(struct call *call)
{
	const struct releasing *releasing = call->own;
	char latches[CALL_LATCHES_BYTES];
	if (call_latches(call, releasing->released, latches)[0] != '\0')
		answer_line(&call->answer, "released already: latch %s", latches);
}

/* A trip of the gate's stood under the stop that was lifted. */
static void under_tell(struct call *call, const char *name, const char *latches)
{
	const struct releasing *releasing = call->own;
	const struct latch_row *under = &releasing->under;
	bool is_kill = under->state == STATE_KILLED;
	char reason[sizeof under->reason + 1] = {0};
	memcpy(reason, under->reason, sizeof under->reason);
	answer_code(&call->answer, CODE_DONE,
		"%s is %s still: latch %s (%s) released by %s%s%s; under it stood latch %" PRIu64
		", the gate's own because of \"%s\": show stops, then %s",
		name, trading_state_name((enum trading_state)under->state), latches,
		trading_state_name((enum trading_state)releasing->latch.state),
		call->has_second ? call->first.name : call->person.name,
		call->has_second ? " and " : "", call->has_second ? call->person.name : "",
		under->latch, reason, is_kill ? "rearm" : "resume");
}

static void released_tell(struct call *call)
{
	const struct releasing *releasing = call->own;
	char name[80], latches[CALL_LATCHES_BYTES];
	release_name(call, name, sizeof name);
	if (releasing->under.latch != 0) {
		under_tell(call, name, call_latches(call, releasing->released, latches));
		return;
	}
	answer_code(&call->answer, CODE_DONE,
		"%s is active again: latch %s (%s) released by %s%s%s", name,
		call_latches(call, releasing->released, latches),
		trading_state_name((enum trading_state)releasing->latch.state),
		call->has_second ? call->first.name : call->person.name,
		call->has_second ? " and " : "", call->has_second ? call->person.name : "");
}

static enum call_progress released_step(struct call *call, uint64_t now_ns)
{
	struct releasing *releasing = call->own;
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	uint32_t gate = stage_gate_index(call->question.stage);
	if (page == NULL || page->code != 0) {
		if (page != NULL)
			refused_tell(call, page->code);
		released_already_tell(call);
		return CALL_DONE;
	}
	releasing->released[gate] = releasing->latches[gate];
	if (page->row_count > 0) {
		struct latch_row row;
		memcpy(&row, page->rows[0], sizeof row);
		if (row.state > releasing->under.state)
			releasing->under = row;
	}
	if (release_ask(call, gate + 1, now_ns))
		return CALL_WAITING;
	released_tell(call);
	return CALL_DONE;
}

static uint64_t word_now(const struct call *call)
{
	const struct releasing *releasing = call->own;
	return atomic_load_explicit(
		&call->control->plane.own->stops.words[stop_index(releasing->scope, releasing->id)],
		memory_order_relaxed);
}

/* The word falls first: while it stood, a gate that starts again would latch it anew.  false: somebody stopped it since the
   gates were asked.  His word may be seen by no gate yet, so it must not fall. */
static bool word_lower(struct call *call)
{
	const struct releasing *releasing = call->own;
	char name[80];
	if (word_now(call) != releasing->word) {
		release_name(call, name, sizeof name);
		answer_code(&call->answer, CODE_LATCH_STALE,
			"%s was stopped again meanwhile, and that stop stands; nothing was "
			"released: see "
			"show stops",
			name);
		return false;
	}
	if (stop_word_state(releasing->word) > STATE_ACTIVE)
		stop_set(&call->control->plane.own->stops, releasing->scope, releasing->id,
			STATE_ACTIVE, clock_wall_ns(), call->person.uid, call->request.reason);
	return true;
}

static enum call_progress write_step(struct call *call, uint64_t now_ns)
{
	struct releasing *releasing = call->own;
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	if (!word_lower(call))
		return CALL_DONE;
	if (releasing->latch.latch == 0) {
		answer_code(&call->answer, CODE_DONE,
			"control's word is lowered; the gate had latched nothing");
		return CALL_DONE;
	}
	struct release_record *release = &call->question.release;
	*release = (struct release_record){.scope = (uint8_t)releasing->scope,
		.id = releasing->id,
		.uid = call->has_second ? call->first.uid : call->person.uid,
		.second_uid = call->has_second ? call->person.uid : 0};
	call_reason_copy(call, release->reason, sizeof release->reason);
	call->question.id = releasing->id;
	call->question.cursor = 0;
	release_ask(call, 0, now_ns);
	call->step = released_step;
	return CALL_WAITING;
}

/* Whether a second person agreed; false: the answer is coded. */
static bool release_agreed(struct call *call, const char *name, uint64_t now_ns)
{
	const struct releasing *releasing = call->own;
	char text[256], does[128], latches[CALL_LATCHES_BYTES];
	if (command_rows[call->command.id].persons != PERSONS_TWO)
		return true;
	snprintf(text, sizeof text, "rearm %s latch %s", name,
		call_latches(call, releasing->latches, latches));
	snprintf(does, sizeof does, "repeats: rearm %s", name);
	return call_agreed(call, text, "", does, now_ns);
}

/* What the latch found lets this command do; true: it goes on. */
static bool latch_judge(struct call *call, uint64_t now_ns)
{
	struct releasing *releasing = call->own;
	bool is_rearm = call->command.id == COMMAND_command_rearm;
	char name[80];
	release_name(call, name, sizeof name);
	uint8_t state = releasing->latch.latch != 0 ? releasing->latch.state
						    : (uint8_t)stop_word_state(releasing->word);
	if (state == STATE_ACTIVE) {
		answer_code(&call->answer, CODE_ALREADY,
			"%s has no latch: see show stops for scopes that have", name);
		return false;
	}
	if ((state == STATE_KILLED) != is_rearm) {
		answer_code(&call->answer, CODE_STATE_WRONG, "%s is %s, which is undone by: %s",
			name, trading_state_name((enum trading_state)state),
			is_rearm ? "resume" : "rearm (two persons)");
		return false;
	}
	return release_agreed(call, name, now_ns);
}

static void latches_take(
	struct releasing *releasing, uint32_t gate, const struct mailbox_answer *page)
{
	uint32_t count = page->row_count < MAILBOX_ROW_COUNT ? page->row_count : MAILBOX_ROW_COUNT;
	for (uint32_t i = 0; i < count; i++) {
		struct latch_row row;
		memcpy(&row, page->rows[i], sizeof row);
		if (row.scope != (uint8_t)releasing->scope || row.id != releasing->id ||
			row.state == STATE_ACTIVE)
			continue;
		releasing->latches[gate] = row.latch;
		if (releasing->latch.latch == 0 || row.state > releasing->latch.state)
			releasing->latch = row;
	}
}

static enum call_progress find_step(struct call *call, uint64_t now_ns)
{
	struct releasing *releasing = call->own;
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page == NULL)
		return CALL_DONE;
	uint32_t gate = stage_gate_index(call->question.stage);
	latches_take(releasing, gate, page);
	if (page->next != 0 && releasing->latches[gate] == 0) {
		call->question.cursor = page->next;
		question_ask(&call->question, &call->control->plane, now_ns);
		return CALL_WAITING;
	}
	if (call_gate_next(call, now_ns))
		return CALL_WAITING;
	if (!latch_judge(call, now_ns))
		return CALL_DONE;
	call_write(call, now_ns);
	call->step = write_step;
	return CALL_WAITING;
}

static void release_begin(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	uint32_t id;
	if (!call_reasoned(call) ||
		!call_name_find(call, call_argument(call, 0), call_argument(call, 1), &scope, &id))
		return;
	struct releasing *releasing = call_own(call, sizeof *releasing);
	if (releasing == NULL)
		return;
	releasing->scope = scope;
	releasing->id = id;
	releasing->word = word_now(call);
	call_gate_ask(call, 0, REQUEST_STOPS, now_ns);
	call->step = find_step;
}

void command_resume(struct call *call, uint64_t now_ns)
{
	release_begin(call, now_ns);
}

void command_rearm(struct call *call, uint64_t now_ns)
{
	release_begin(call, now_ns);
}
