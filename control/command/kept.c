#include "control/command/kept.h"

#include "drivers/machine/log.h"

bool kept_begin(struct control *control, struct reading *reading)
{
	if (control->keeping != NULL || !reading_keep_begin(reading, control->kept_path, NULL))
		return false;
	control->keeping = reading;
	return true;
}

static void keeping_turn(struct control *control)
{
	const char *error;
	if (control->keeping == NULL || !reading_is_done(control->keeping))
		return;
	if (reading_is_kept(control->keeping, &error)) {
		const struct limitset *set = reading_set(control->keeping, &error);
		memcpy(control->kept_hash, set->hash, sizeof control->kept_hash);
		control->limits_note[0] = '\0';
	} else {
		log_write(LOG_LEVEL_ERROR, "limits",
			"what is in force is not kept for a restart: %s", error);
	}
	reading_end(control->keeping);
	control->keeping = NULL;
}

bool kept_trial_begin(struct control *control, struct reading *reading)
{
	if (control->trial != NULL || !reading_keep_begin(reading, control->trial_path, NULL))
		return false;
	control->trial = reading;
	return true;
}

void kept_trial_drop(struct control *control)
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
		"?", "confirmed", "undone", "not confirmed", "replaced"};
	return words[why < ARRAY_COUNT(words) ? why : 0];
}

static void end_tell(struct control *control, uint64_t now_ns)
{
	const struct limits_page *now = &control->publishing.now;
	const struct limit_end_record *end = &control->publishing.ended;
	bool is_over = end->why == LIMITS_UNCONFIRMED;
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
	const uint64_t end_count = control->publishing.end_count;
	if (control->ends_attach_count != control->plane.attach_count) {
		bool is_first = control->ends_attach_count == 0;
		bool is_untold = control->trial != NULL && now->now.term == LIMITS_STAY;
		control->ends_attach_count = control->plane.attach_count;
		if (end_count < control->ends_seen || is_first)
			control->ends_seen = end_count - (is_untold && end_count > 0);
	}
	if (end_count == control->ends_seen)
		return;
	control->ends_seen = end_count;
	end_tell(control, now_ns);
}

static void trial_turn(struct control *control, uint64_t now_ns)
{
	struct publishing *publishing = &control->publishing;
	if (!plane_is_recovered(&control->plane))
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
		kept_trial_drop(control);
	}
}

void kept_turn(struct control *control, uint64_t now_ns)
{
	trial_turn(control, now_ns);
	keeping_turn(control);
}
