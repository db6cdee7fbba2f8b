/* trial.c - limits confirm and limits undo, and what control does when a term ends by whatever way.

     confirm:  written down --> the gate's word --> kept in place of what was kept
     undo:     the gate's word --> written down

   The gate ends a term by itself; control only learns of it.  So nothing here decides by control's clock. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "control/command/call.h"
#include "drivers/machine/log.h"

#define SETTLE_KEEP_NS 2000000000u

/* ---- what is on the disk ---- */

bool control_trial_begin(struct control *control, struct reading *reading)
{
	if (control->trial != NULL || !reading_keep_begin(reading, control->trial_path, NULL))
		return false;
	control->trial = reading;
	return true;
}

void control_trial_drop(struct control *control)
{
	/* While it is being written its thread has it; a file that stays names limits that were never in force. */
	if (control->trial != NULL && reading_is_done(control->trial) &&
		!reading_forget_begin(control->trial, control->trial_path))
		log_write(LOG_LEVEL_WARNING, "limits", "%s stays: out of threads",
			control->trial_path);
	reading_end(control->trial);
	control->trial = NULL;
	control->is_trial_offered = false;
}

static const char *end_word(uint8_t why)
{
	static const char *const words[] = {
		"?", "confirmed", "undone", "not confirmed", "replaced", "expired"};
	return words[why < ARRAY_COUNT(words) ? why : 0];
}

static void end_tell(struct control *control, uint64_t now_ns)
{
	const struct limits_page *now = &control->publishing.now;
	const struct limit_end_record *end = &now->ended;
	bool is_over = end->why == LIMITS_UNCONFIRMED || end->why == LIMITS_EXPIRED;
	bool has_returned = end->why == LIMITS_UNDONE || is_over;
	bool is_by_somebody = !is_over;
	json_t *line = json_pack("{s:s, s:I, s:s, s:I, s:s}", "event", "limits", "epoch",
		(json_int_t)end->epoch, "ended", end_word(end->why), "in_force",
		(json_int_t)now->now.epoch, "person",
		is_by_somebody ? person_find(&control->site, end->uid).name : "nobody");
	if (line != NULL)
		audit_append(control->audit, line, AUDIT_MAJOR, now_ns);
	if (!has_returned)
		return;
	snprintf(control->limits_note, sizeof control->limits_note,
		"epoch %u was %s: epoch %u is in force again", end->epoch, end_word(end->why),
		end->again);
	log_write(LOG_LEVEL_WARNING, "limits", "%s", control->limits_note);
}

/* A control that finds a trial's file and no trial tells how it ended: its predecessor could not. */
static void ends_tell(struct control *control, uint64_t now_ns)
{
	const struct limits_page *now = &control->publishing.now;
	if (control->ends_attach_count != control->plane.attach_count) {
		bool is_first = control->ends_attach_count == 0;
		bool is_untold = control->trial != NULL && now->now.term == LIMITS_STAY;
		control->ends_attach_count = control->plane.attach_count;
		if (now->end_count < control->ends_seen || is_first)
			control->ends_seen = now->end_count - (is_untold && now->end_count > 0);
	}
	if (now->end_count == control->ends_seen)
		return;
	control->ends_seen = now->end_count;
	end_tell(control, now_ns);
}

void control_trial_turn(struct control *control, uint64_t now_ns)
{
	struct publishing *publishing = &control->publishing;
	bool is_recovered = control->plane.is_attached &&
			    atomic_load_explicit(&control->plane.region->gate.is_recovered,
				    memory_order_acquire) != 0;
	if (!is_recovered)
		return;
	ends_tell(control, now_ns);
	if (control->trial == NULL || !reading_is_done(control->trial))
		return;
	if (publishing->is_settled) {
		if (control->keeping != NULL || !reading_keep_begin(control->trial,
							control->kept_path, control->trial_path))
			return; /* next turn */
		control->keeping = control->trial;
		control->trial = NULL;
		control->is_trial_offered = publishing->is_settled = false;
	} else if (control->is_trial_offered && !publishing->has_former && !publishing->has_known) {
		control_trial_drop(control);
	}
}

/* ---- confirm and undo ---- */

/* Whether there is something to confirm or undo; false: the answer is coded. */
static bool settle_begin(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct limits_page *now = &control->publishing.now;
	if (!control->plane.is_attached) {
		call_silent(call, STAGE_GATE, now_ns);
		return false;
	}
	if (now->now.term == LIMITS_STAY) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"nothing is on trial: epoch %u stays%s%s", now->now.epoch,
			control->limits_note[0] != '\0' ? "; " : "", control->limits_note);
		return false;
	}
	memcpy(call->settling.hash, now->now.hash, sizeof call->settling.hash);
	call->settling.former_epoch = now->former.epoch;
	return true;
}

static void settle_ask(struct call *call, enum limits_end word, uint64_t now_ns)
{
	struct question *question = &call->settling.question;
	const char *reason = call->request.reason;
	question->stage = STAGE_GATE;
	question->kind = REQUEST_LIMITS;
	question->limits =
		(struct limit_word_record){.epoch = call->control->publishing.now.now.epoch,
			.word = (uint8_t)word,
			.uid = call->person.uid};
	if (reason != NULL)
		memcpy(question->limits.reason, reason,
			strnlen(reason, sizeof question->limits.reason - 1));
	question_ask(question, &call->control->plane, now_ns);
}

/* WAITING, or DONE with true: the gate took the word; false: the answer is coded. */
static enum call_progress settle_look(struct call *call, uint64_t now_ns, bool *is_taken)
{
	struct question *question = &call->settling.question;
	struct plane *plane = &call->control->plane;
	enum question_state state = question_look(question, plane, now_ns);
	*is_taken = false;
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return CALL_WAITING;
	if (state != QUESTION_ANSWERED) {
		call_silent(call, STAGE_GATE, now_ns);
		return CALL_DONE;
	}
	*is_taken = question_answer(question, plane)->code == 0;
	if (!*is_taken)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"epoch %u is no longer on trial: its time was over, or somebody was first; "
			"see status",
			question->limits.epoch);
	return CALL_DONE;
}

static enum call_progress confirmed_step(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct settling *settling = &call->settling;
	bool is_kept = memcmp(control->kept_hash, settling->hash, sizeof settling->hash) == 0;
	if (!is_kept && now_ns < settling->until_ns)
		return CALL_WAITING;
	answer_code(&call->answer, CODE_DONE, "epoch %u stays, confirmed by %s%s",
		settling->question.limits.epoch, call->person.name,
		is_kept ? "" : "; NOT kept for a restart: see the journal directory's disk");
	return CALL_DONE;
}

static enum call_progress confirm_step(struct call *call, uint64_t now_ns)
{
	bool is_taken;
	if (settle_look(call, now_ns, &is_taken) == CALL_WAITING)
		return CALL_WAITING;
	if (!is_taken)
		return CALL_DONE;
	call->settling.until_ns = now_ns + SETTLE_KEEP_NS;
	call->step = confirmed_step;
	return CALL_WAITING;
}

static enum call_progress confirm_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	/* Somebody may have been first meanwhile, and others loaded anew. */
	const struct limits_page *now = &call->control->publishing.now;
	if (memcmp(call->settling.hash, now->now.hash, sizeof now->now.hash) != 0) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"other limits came into force meanwhile; nothing was confirmed: see "
			"status");
		return CALL_DONE;
	}
	settle_ask(call, LIMITS_CONFIRMED, now_ns);
	call->step = confirm_step;
	return CALL_WAITING;
}

/* One person's load is not confirmed by that person; false: the answer is coded. */
static bool is_another_person(struct call *call)
{
	const struct control *control = call->control;
	const struct limit_epoch_record *now = &control->publishing.now.now;
	struct person loader = person_find(&control->site, now->uid);
	bool is_same =
		loader.uid == call->person.uid || strcmp(loader.name, call->person.name) == 0;
	if (now->persons >= 2 || !is_same)
		return true;
	answer_code(&call->answer, CODE_SAME_PERSON,
		"%s loaded them; awaited within %" PRIu64
		" s: another person with role risk who says: limits confirm",
		loader.name,
		publishing_left_ns(&control->publishing, &control->plane) / 1000000000u);
	return false;
}

void command_limits_confirm(struct call *call, uint64_t now_ns)
{
	if (!settle_begin(call, now_ns) || !is_another_person(call))
		return;
	if (call->control->publishing.now.now.term == LIMITS_LEASE) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"a lease ends by itself and is not confirmed: limits load takes what is to "
			"stay");
		return;
	}
	/* What cannot be kept would be gone with the next restart. */
	if (!publishing_is_adopted(&call->control->publishing, &call->control->plane)) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"control does not have the limits of epoch %u, found no good %s, so it "
			"could "
			"not keep them: limits undo, or load them anew",
			call->control->publishing.now.now.epoch, call->control->trial_path);
		return;
	}
	call_write(call, now_ns);
	call->step = confirm_write_step;
}

static enum call_progress undo_step(struct call *call, uint64_t now_ns)
{
	bool is_taken;
	if (settle_look(call, now_ns, &is_taken) == CALL_WAITING)
		return CALL_WAITING;
	if (is_taken)
		answer_code(&call->answer, CODE_DONE,
			"epoch %u is given up, epoch %u is in force again",
			call->settling.question.limits.epoch, call->settling.former_epoch);
	return CALL_DONE;
}

void command_limits_undo(struct call *call, uint64_t now_ns)
{
	if (!settle_begin(call, now_ns))
		return;
	settle_ask(call, LIMITS_UNDONE, now_ns);
	call->step = undo_step;
}
