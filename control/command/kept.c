#include "control/command/kept.h"

#include <stdio.h>

#include "drivers/machine/log.h"

static bool keep_begin(struct control *control, struct reading *reading, bool is_trial)
{
	const char *error;
	const struct limitset *set = reading_set(reading, &error);
	if (control->keeping != NULL || !reading_keep_begin(reading, control->kept_path,
						is_trial ? control->trial_path : NULL))
		return false;
	control->keeping = reading;
	control->keeping_is_trial = is_trial;
	memcpy(control->keeping_hash, set->hash, sizeof control->keeping_hash);
	return true;
}

static void owed_end(struct control *control)
{
	reading_end(control->owed);
	control->owed = NULL;
	control->owed_why[0] = '\0';
}

bool kept_begin(struct control *control, struct reading *reading)
{
	if (!keep_begin(control, reading, false))
		return false;
	owed_end(control);
	return true;
}

const char *kept_owed(const struct control *control)
{
	return control->owed_why[0] != '\0' ? control->owed_why : NULL;
}

/* Whether the limits of a hash are those that a restart should begin with. */
static bool is_wanted(const struct control *control, const uint64_t hash[2])
{
	const struct publishing *publishing = &control->publishing;
	const struct limitset *stays = publishing_former(publishing) != NULL
					       ? publishing_former(publishing)
					       : publishing_set(publishing);
	return stays != NULL && memcmp(stays->hash, hash, sizeof stays->hash) == 0;
}

static void owed_turn(struct control *control, uint64_t now_ns)
{
	if (control->owed == NULL || control->keeping != NULL || now_ns < control->owed_ns)
		return;
	if (!is_wanted(control, control->keeping_hash)) {
		owed_end(control); /* others are in force: they are kept by who loaded them */
		return;
	}
	control->owed_ns = now_ns + KEPT_AGAIN_NS;
	if (!reading_keep_begin(control->owed, control->kept_path,
		    control->keeping_is_trial ? control->trial_path : NULL))
		return;
	control->keeping = control->owed;
	control->owed = NULL;
}

static void keeping_turn(struct control *control, uint64_t now_ns)
{
	const char *error;
	owed_turn(control, now_ns);
	if (control->keeping == NULL || !reading_is_done(control->keeping))
		return;
	struct reading *reading = control->keeping;
	control->keeping = NULL;
	if (!reading_is_kept(reading, &error)) {
		if (control->owed_why[0] == '\0')
			log_write(LOG_LEVEL_ERROR, "limits",
				"what is in force is not kept for a restart: %s; tried again every "
				"%u s",
				error, (unsigned)(KEPT_AGAIN_NS / 1000000000u));
		snprintf(control->owed_why, sizeof control->owed_why, "%s", error);
		control->owed = reading;
		control->owed_ns = now_ns + KEPT_AGAIN_NS;
		return;
	}
	if (control->owed_why[0] != '\0')
		log_write(LOG_LEVEL_INFO, "limits", "what is in force is kept for a restart now");
	control->owed_why[0] = '\0';
	memcpy(control->kept_hash, control->keeping_hash, sizeof control->kept_hash);
	control->limits_note[0] = '\0';
	reading_end(reading);
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
		if (!keep_begin(control, control->trial, true))
			return; /* next turn */
		owed_end(control);
		control->trial = NULL;
		control->is_trial_offered = publishing->is_settled = false;
	} else if (control->is_trial_offered && !publishing->has_former && !publishing->has_known) {
		kept_trial_drop(control);
	}
}

void kept_turn(struct control *control, uint64_t now_ns)
{
	trial_turn(control, now_ns);
	keeping_turn(control, now_ns);
}
