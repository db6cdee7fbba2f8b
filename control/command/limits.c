/* limits.c - limits check, lint, diff and load.

     read --differs--> agree (two persons if anything loosens) --> write down --> publish --> adopted, kept
                        a set that only tightens: publish --> write down --> adopted, kept
                        one that loosens, --confirm-within: ... write down, and the file on trial --> publish for a term

   Kept last, because a disk must not hold a tightening up; a loosening that dies before it is kept
   comes back tight.  What is on trial is not what is kept until it was confirmed (trial.c). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/command/commands.h"
#include "control/command/kept.h"
#include "control/command/loading.h"

#define LIMITS_ADOPT_NS 2000000000u

/* Begins to read a file for somebody who only looks: the request's body, a file of the site's directory, or the site's own
   limits file. */
static void look_begin(struct call *call, const struct limitset *old, call_step *step)
{
	struct control *control = call->control;
	if (control->look_count >= CONTROL_LOOK_COUNT_MAX) {
		answer_code(&call->answer, CODE_BUSY,
			"%u limits files are being looked at, expected at most as many at once: "
			"again in a moment; limits load has no such bound",
			control->look_count);
		return;
	}
	struct loading *loading = loading_make(call);
	if (loading == NULL)
		return;
	loading->is_look = true;
	control->look_count++;
	loading->reading = loading_read(call, call_argument(call, 0), old, NULL);
	if (loading->reading != NULL)
		call->step = step;
}

/* WAITING, or DONE with *set; set NULL: the answer is coded. */
static enum call_progress read_look(struct call *call, const struct limitset **set)
{
	const struct loading *loading = loading_of(call);
	if (loading_look(call, loading->reading, set) == CALL_WAITING)
		return CALL_WAITING;
	/* A lease's are never in force as a whole. */
	if (*set != NULL && !loading->is_lease)
		loading_hash_tell(call, *set);
	return CALL_DONE;
}

static bool sets_equal(const struct limitset *a, const struct limitset *b)
{
	return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1] && a->row_count == b->row_count;
}

/* What is to be done once more, by everybody who agreed to it. */
static const char *again_of(const struct call *call)
{
	const struct loading *loading = loading_of(call);
	if (call->command.id == COMMAND_command_limits_diff)
		return "ask again";
	if (loading->is_lease)
		return call->has_second ? "raise it again, both persons" : "raise it again";
	if (loading->restored_epoch != 0)
		return call->has_second ? "restore it again, both persons" : "restore it again";
	return call->has_second ? "load it again, both persons" : "load it again";
}

/* Other limits came into force while this file was read or written down: what was judged is not so any
   more.  true: the answer is coded. */
static bool is_overtaken(struct call *call, const struct reading *reading)
{
	const struct limitset *now = publishing_set(&call->control->publishing);
	struct reading_diff diff = reading_diff_of(reading);
	if (now == NULL || memcmp(now->hash, diff.old_hash, sizeof diff.old_hash) == 0)
		return false;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"other limits came into force meanwhile; nothing was changed: look at limits "
		"history and limits diff, then %s",
		again_of(call));
	return true;
}

/* Adds the differences to the answer and remembers how many there are. */
static void diff_tell(struct call *call)
{
	struct loading *loading = loading_of(call);
	struct reading_diff diff = reading_diff_of(loading->reading);
	loading->changed = diff.changed;
	loading->loosened = diff.loosened;
	answer_lines(&call->answer, diff.text);
}

/* A file may be good and let nothing pass: what nobody states is listed. */
static void good_tell(struct call *call, const struct limitset *set)
{
	struct reading_unstated unstated = reading_unstated_of(loading_of(call)->reading);
	answer_lines(&call->answer, unstated.text);
	if (unstated.count > 0)
		answer_code(&call->answer, CODE_ROWS,
			"good: %u rows, %016" PRIx64 "%016" PRIx64
			"; %u limits are not stated for every order, and refuse where they are not",
			set->row_count, set->hash[1], set->hash[0], unstated.count);
	else
		answer_code(&call->answer, CODE_DONE, "good: %u rows, %016" PRIx64 "%016" PRIx64,
			set->row_count, set->hash[1], set->hash[0]);
}

static enum call_progress check_step(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set != NULL && set->lease_count > 0)
		answer_code(&call->answer, CODE_LIMITS_REFUSED,
			"found %u limits for a time in a file, expected none, for a load refuses "
			"them: limits raise",
			set->lease_count);
	else if (set != NULL)
		good_tell(call, set);
	return CALL_DONE;
}

void command_limits_check(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	look_begin(call, NULL, check_step);
}

/* A row for each limit that never binds, as far as they are kept. */
static void shadows_tell(struct call *call, const struct reading_lint *lint)
{
	const struct site_config *site = &call->control->site;
	char text[64];
	for (uint32_t i = 0; i < lint->shadow_count && i < READING_SHADOW_COUNT_MAX; i++) {
		const struct limit_shadow *shadow = &lint->shadows[i];
		enum limit limit = (enum limit)shadow->limit;
		answer_row(&call->answer);
		answer_word(&call->answer, "warning", "never binds");
		limit_scope_format(site, shadow->row, text, sizeof text);
		answer_word(&call->answer, "scope", text);
		answer_word(&call->answer, "limit", limit_keys[limit].key);
		limit_format(site, limit, &shadow->row->limits[limit], text, sizeof text);
		answer_word(&call->answer, "states", text);
		limit_scope_format(site, shadow->by, text, sizeof text);
		answer_word(&call->answer, "tighter", text);
		limit_format(site, limit, &shadow->by->limits[limit], text, sizeof text);
		answer_word(&call->answer, "which_states", text);
		answer_word(&call->answer, "being", shadow_by_name((enum shadow_by)shadow->kind));
	}
	if (lint->shadow_count > READING_SHADOW_COUNT_MAX)
		answer_line(&call->answer, "and %u more that never bind",
			lint->shadow_count - READING_SHADOW_COUNT_MAX);
}

static enum call_progress lint_step(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set == NULL)
		return CALL_DONE;
	struct reading_lint lint = reading_lint_of(loading_of(call)->reading);
	char never[80] = "";
	if (lint.shadow_count > 0)
		snprintf(never, sizeof never,
			"; %u never bind, because others are always tighter: no fault, a warning",
			lint.shadow_count);
	answer_lines(&call->answer, lint.text);
	shadows_tell(call, &lint);
	if (lint.counts.found > 0)
		answer_code(&call->answer, CODE_LIMITS_REFUSED,
			"found %u limits so high that they do nothing, expected none: state less, "
			"or a waiver with its reason (%u are waived)%s",
			lint.counts.found, lint.counts.waived, never);
	else
		answer_code(&call->answer,
			lint.counts.waived > 0 || lint.shadow_count > 0 ? CODE_ROWS : CODE_DONE,
			"every limit means something, %u by a waiver%s", lint.counts.waived, never);
	return CALL_DONE;
}

void command_limits_lint(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	look_begin(call, NULL, lint_step);
}

static enum call_progress diff_step(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set == NULL || is_overtaken(call, loading_of(call)->reading))
		return CALL_DONE;
	diff_tell(call);
	answer_code(&call->answer, CODE_ROWS, "%u limits differ, %u of them looser%s",
		loading_of(call)->changed, loading_of(call)->loosened,
		loading_of(call)->loosened > 0 ? ": loading takes two persons" : "");
	return CALL_DONE;
}

void command_limits_diff(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	look_begin(call, publishing_set(&call->control->publishing), diff_step);
}

/* ---- load ---- */

/* Whether what this call loaded is kept for a restart; begins to keep it when nothing else is being
   kept.  A set that was overtaken meanwhile is not: the one that overtook keeps itself. */
static bool keep_look(struct call *call)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	const struct limitset *now = publishing_set(&control->publishing);
	if (loading->reading != NULL &&
		memcmp(now->hash, loading->hash, sizeof loading->hash) == 0 &&
		kept_begin(control, loading->reading))
		loading->reading = NULL;
	return memcmp(control->kept_hash, loading->hash, sizeof loading->hash) == 0;
}

enum { LINT_TEXT_BYTES = 120 };

static void lint_tell(const struct call *call, char text[LINT_TEXT_BYTES])
{
	const struct lint_counts *lint = &loading_of(call)->lint;
	text[0] = '\0';
	if (lint->found > 0)
		snprintf(text, LINT_TEXT_BYTES,
			"; %u limits are so high that they do nothing: see limits lint",
			lint->found);
	else if (lint->waived > 0)
		snprintf(text, LINT_TEXT_BYTES, "; %u limits do nothing, by waivers of the file",
			lint->waived);
}

/* What the gate says of what this call loaded, where it is on trial. */
static void term_tell(const struct call *call, char text[PUBLISHING_TEXT_BYTES + 4])
{
	char term[PUBLISHING_TEXT_BYTES];
	const struct control *control = call->control;
	text[0] = '\0';
	if (loading_of(call)->is_on_trial)
		snprintf(text, PUBLISHING_TEXT_BYTES + 4, "; %s",
			publishing_tell(&control->publishing, &control->plane, term));
}

static enum call_progress adopt_step(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	bool is_adopted = publishing_is_adopted(&control->publishing, &control->plane);
	bool is_kept = loading->is_on_trial || keep_look(call);
	char term[PUBLISHING_TEXT_BYTES + 4], lint[LINT_TEXT_BYTES];
	if (now_ns < call->audit_until_ns && !(is_adopted && is_kept))
		return CALL_WAITING;
	if (!is_adopted) {
		answer_code(&call->answer, CODE_NOT_ADOPTED,
			"the gate has not adopted it within 2 s; it will be published as soon as "
			"the gate %s",
			control->plane.is_attached ? "takes epochs again: see health"
						   : "is attached");
		return CALL_DONE;
	}
	term_tell(call, term);
	lint_tell(call, lint);
	answer_code(&call->answer, CODE_DONE,
		"epoch %u in force after %" PRIu64 " ms: %u limits changed, %u looser%s%s%s%s%s%s",
		control->publishing.epoch, (now_ns - call->begun_ns) / 1000000, loading->changed,
		loading->loosened, call->has_second ? ", asked by " : "",
		call->has_second ? call->first.name : "",
		is_kept ? ""
			: "; NOT kept for a restart yet: see the journal directory's disk, and "
			  "let control run until health is ready",
		term,
		loading->within_ns > 0 && !loading->is_on_trial
			? "; what only tightens stays, nothing is to be confirmed"
			: "",
		lint);
	return CALL_DONE;
}

static void published(struct call *call, const struct limitset *set, uint64_t now_ns)
{
	memcpy(loading_of(call)->hash, set->hash, sizeof set->hash);
	publishing_turn(&call->control->publishing, &call->control->plane);
	call->audit_until_ns = now_ns + LIMITS_ADOPT_NS;
	call->step = adopt_step;
}

/* By whom, and for how long where it is for a term. */
static struct publishing_term term_of(const struct call *call)
{
	const struct loading *loading = loading_of(call);
	return (struct publishing_term){.within_ns = loading->within_ns,
		.uid = call->has_second ? call->first.uid : call->person.uid,
		.second_uid = call->has_second ? call->person.uid : 0,
		.persons = call->has_second ? 2 : 1,
		.term = LIMITS_TRIAL};
}

static void publish(struct call *call, uint64_t now_ns)
{
	const char *error;
	const struct loading *loading = loading_of(call);
	const struct limitset *set = reading_set(loading->reading, &error);
	struct publishing_term term = term_of(call);
	history_offer(&call->control->history, loading->reading, set, json_incref(loading->words));
	publishing_want(&call->control->publishing, set);
	publishing_sign(&call->control->publishing, &term);
	published(call, set, now_ns);
}

/* What is on trial lies on the disk before it acts, so that control may die meanwhile. */
static enum call_progress trial_step(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	const char *error;
	if (!reading_is_done(control->trial))
		return CALL_WAITING;
	if (!reading_is_kept(control->trial, &error)) {
		answer_code(&call->answer, CODE_NOT_KEPT, "%s: nothing was loosened", error);
		return CALL_DONE;
	}
	if (is_overtaken(call, control->trial) || !loading_is_cut(call))
		return CALL_DONE;
	const struct limitset *set = reading_set(control->trial, &error);
	struct publishing_term term = term_of(call);
	history_offer(&control->history, control->trial, set, json_incref(loading->words));
	publishing_try(&control->publishing, set, &term);
	loading->is_published = control->is_trial_offered = true;
	published(call, set, now_ns);
	return CALL_WAITING;
}

static void trial_begin(struct call *call)
{
	struct loading *loading = loading_of(call);
	if (!loading_is_cut(call))
		return;
	if (!kept_trial_begin(call->control, loading->reading)) {
		answer_code(&call->answer, CODE_BUSY,
			"other limits are being tried or forgotten just now: again in a moment");
		return;
	}
	loading->is_on_trial = true;
	loading->reading = NULL;
	call->step = trial_step;
}

static enum call_progress write_step(struct call *call, uint64_t now_ns)
{
	const char *error;
	const struct loading *loading = loading_of(call);
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	if (is_overtaken(call, loading_of(call)->reading))
		return CALL_DONE;
	if (loading->is_lease)
		loading->lease_written(call, reading_set(loading->reading, &error), now_ns);
	else if (loading->within_ns > 0)
		trial_begin(call);
	else
		publish(call, now_ns);
	return call->answer.is_coded ? CALL_DONE : CALL_WAITING;
}

static enum call_progress load_step(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set == NULL)
		return CALL_DONE;
	if (!loading_is_restored(call, set))
		return CALL_DONE;
	loading_words_take(call, set);
	const struct limitset *old = publishing_set(&control->publishing);
	bool is_strange = publishing_is_strange(&control->publishing);
	if (old != NULL && sets_equal(old, set) && !is_strange) {
		answer_code(&call->answer, CODE_ALREADY, "epoch %u has exactly these limits",
			control->publishing.epoch);
		return CALL_DONE;
	}
	if (is_overtaken(call, loading_of(call)->reading) || !loading_is_timely(call))
		return CALL_DONE;
	diff_tell(call);
	/* No set to compare with is as loose as can be, and so is one that the gate does not have. */
	if ((old == NULL || is_strange) && loading->loosened == 0)
		loading->loosened = 1;
	if (!loading_is_agreed(call, set, now_ns))
		return CALL_DONE;
	if (loading->loosened > 0) {
		call_write(call, now_ns);
		call->step = write_step;
		return CALL_WAITING;
	}
	/* Tightening acts first. */
	publish(call, now_ns);
	call_audit(call, "acted", AUDIT_MAJOR, now_ns);
	return CALL_WAITING;
}

void loading_begin(struct call *call, struct reading *reading)
{
	if (reading == NULL) {
		answer_code(
			&call->answer, CODE_NO_MEMORY, "out of memory or threads to read limits");
		return;
	}
	loading_of(call)->reading = reading;
	call->step = load_step;
}

void loading_begin_lease(
	struct call *call, struct reading *reading, uint64_t length_ns, loading_written *written)
{
	struct loading *loading = loading_make(call);
	if (loading == NULL) {
		reading_end(reading);
		return;
	}
	loading->is_lease = true;
	loading->within_ns = length_ns;
	loading->lease_written = written;
	loading_begin(call, reading);
}

void command_limits_load(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const char *word = call_argument(call, 0);
	const char *name = word != NULL && word[0] != '-' ? word : NULL;
	const struct publishing *publishing = &call->control->publishing;
	if (loading_make(call) == NULL || !loading_options(call, name != NULL ? 1 : 0))
		return;
	struct reading *reading =
		loading_read(call, name, publishing_set(publishing), publishing_former(publishing));
	if (reading != NULL)
		loading_begin(call, reading);
}
