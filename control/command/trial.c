/* trial.c - limits confirm and limits undo (of a lease: lease.h).

     confirm:  written down --> the gate's word --> kept in place of what was kept (kept.h)
     undo:     the gate's word --> written down */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/commands.h"
#include "control/command/lease.h"

#define SETTLE_KEEP_NS 2000000000u

/* A word on limits on trial. */
struct settling {
	uint64_t hash[2];      /* of the set that is on trial */
	uint32_t former_epoch; /* what it returns to */
	uint64_t until_ns;
	uint32_t taken_mask; /* bit per gate that took the word */
};

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
	struct settling *settling = call_own(call, sizeof *settling);
	if (settling == NULL)
		return false;
	memcpy(settling->hash, now->now.hash, sizeof settling->hash);
	settling->former_epoch = now->former.epoch;
	return true;
}

static void settle_ask(struct call *call, enum limits_end word, uint64_t now_ns)
{
	struct limit_word_record *record = &call->question.limits;
	*record = (struct limit_word_record){.epoch = call->control->publishing.now.now.epoch,
		.word = (uint8_t)word,
		.uid = call->person.uid};
	call_reason_copy(call, record->reason, sizeof record->reason);
	call_gate_ask(call, 0, REQUEST_LIMITS, now_ns);
}

/* Of several gates not all took the word. */
static void taken_tell(struct call *call)
{
	const struct settling *settling = call->own;
	const struct site_config *site = &call->control->site;
	for (uint32_t i = 0; i < site->gate_count; i++)
		answer_line(&call->answer, "%s %s", gate_name(site, i),
			(settling->taken_mask >> i & 1) != 0 ? "took it" : "did not");
}

/* WAITING, or DONE with true: every gate took the word; false: the answer is coded.  To give up tightens: a gate that is
   silent, or was first, holds up no other. */
static enum call_progress settle_look(struct call *call, uint64_t now_ns, bool *is_taken)
{
	const struct mailbox_answer *page;
	struct settling *settling = call->own;
	*is_taken = false;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page != NULL && page->code == 0)
		settling->taken_mask |= 1u << (stage_gate_index(call->question.stage) & 31);
	else if (page != NULL && !call->answer.is_coded)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"epoch %u is no longer on trial: its time was over, or somebody was first; "
			"see status",
			call->question.limits.epoch);
	bool goes_on = !call->answer.is_coded || call->question.limits.word == LIMITS_UNDONE;
	if (goes_on && call_gate_next(call, now_ns))
		return CALL_WAITING;
	*is_taken = !call->answer.is_coded;
	if (!*is_taken)
		taken_tell(call);
	return CALL_DONE;
}

static enum call_progress confirmed_step(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct settling *settling = call->own;
	bool is_kept = memcmp(control->kept_hash, settling->hash, sizeof settling->hash) == 0;
	if (!is_kept && now_ns < settling->until_ns)
		return CALL_WAITING;
	answer_code(&call->answer, CODE_DONE, "epoch %u stays, confirmed by %s%s",
		call->question.limits.epoch, call->person.name,
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
	struct settling *settling = call->own;
	settling->until_ns = now_ns + SETTLE_KEEP_NS;
	call->step = confirmed_step;
	return CALL_WAITING;
}

static enum call_progress confirm_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	/* Somebody may have been first meanwhile, and others loaded anew. */
	const struct settling *settling = call->own;
	const struct limits_page *now = &call->control->publishing.now;
	if (memcmp(settling->hash, now->now.hash, sizeof now->now.hash) != 0) {
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
	const struct settling *settling = call->own;
	bool is_taken;
	if (settle_look(call, now_ns, &is_taken) == CALL_WAITING)
		return CALL_WAITING;
	if (is_taken)
		answer_code(&call->answer, CODE_DONE,
			"epoch %u is given up, epoch %u is in force again",
			call->question.limits.epoch, settling->former_epoch);
	return CALL_DONE;
}

void command_limits_undo(struct call *call, uint64_t now_ns)
{
	bool has_term = call->control->publishing.now.now.term != LIMITS_STAY;
	if (call_argument(call, 0) != NULL || !has_term) {
		lease_undo(call, now_ns);
		return;
	}
	if (!settle_begin(call, now_ns))
		return;
	settle_ask(call, LIMITS_UNDONE, now_ns);
	call->step = undo_step;
}
