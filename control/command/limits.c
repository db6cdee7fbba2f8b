/* limits.c - limits check, diff and load.

     read --differs--> agree (two persons if anything loosens) --> write down --> publish --> adopted, kept
                        a set that only tightens: publish --> write down --> adopted, kept

   Kept last, because a disk must not hold a tightening up; a loosening that dies before it is kept
   comes back tight. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/call.h"

#define LIMITS_ADOPT_NS 2000000000u

static struct loading *loading_of(struct call *call)
{
	return &call->loading;
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

/* Begins to read the request's body, a file of the site's directory, or the site's own limits file. */
static bool read_begin(struct call *call, call_step *step)
{
	const struct control *control = call->control;
	const char *name = call_argument(call, 0);
	char path[PATH_BYTES * 2];
	if (call->request.body != NULL)
		snprintf(path, sizeof path, "%s", name != NULL ? name : "limits");
	else if (!call_limits_path(call, name, path, sizeof path))
		return false;
	loading_of(call)->reading = reading_begin(&control->site, path, call->request.body,
		call->request.body_bytes, publishing_set(&control->publishing));
	if (loading_of(call)->reading == NULL) {
		answer_code(
			&call->answer, CODE_NO_MEMORY, "out of memory or threads to read limits");
		return false;
	}
	call->step = step;
	return true;
}

/* WAITING, or DONE with *set; set NULL: the answer is coded. */
static enum call_progress read_look(struct call *call, const struct limitset **set)
{
	const char *error;
	*set = NULL;
	if (!reading_is_done(loading_of(call)->reading))
		return CALL_WAITING;
	*set = reading_set(loading_of(call)->reading, &error);
	if (*set == NULL)
		answer_code(&call->answer, CODE_LIMITS_REFUSED, "%s", error);
	return CALL_DONE;
}

static bool sets_equal(const struct limitset *a, const struct limitset *b)
{
	return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1] && a->row_count == b->row_count;
}

/* Other limits came into force while this file was read or written down: what was judged is not so any
   more.  true: the answer is coded. */
static bool is_overtaken(struct call *call)
{
	const struct limitset *now = publishing_set(&call->control->publishing);
	struct reading_diff diff = reading_diff_of(loading_of(call)->reading);
	if (now == NULL || memcmp(now->hash, diff.old_hash, sizeof diff.old_hash) == 0)
		return false;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"other limits came into force meanwhile; nothing was changed: look at limits diff "
		"again");
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

static enum call_progress check_step(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set != NULL)
		answer_code(&call->answer, CODE_DONE, "good: %u rows, %016" PRIx64 "%016" PRIx64,
			set->row_count, set->hash[1], set->hash[0]);
	return CALL_DONE;
}

void command_limits_check(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	read_begin(call, check_step);
}

static enum call_progress diff_step(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct limitset *set;
	if (read_look(call, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set == NULL || is_overtaken(call))
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
	read_begin(call, diff_step);
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
		control_keep(control, loading->reading))
		loading->reading = NULL;
	return memcmp(control->kept_hash, loading->hash, sizeof loading->hash) == 0;
}

static enum call_progress adopt_step(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	bool is_adopted = publishing_is_adopted(&control->publishing, &control->plane);
	bool is_kept = keep_look(call);
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
	answer_code(&call->answer, CODE_DONE,
		"epoch %u in force after %" PRIu64 " ms: %u limits changed, %u looser%s%s%s",
		control->publishing.epoch, (now_ns - call->begun_ns) / 1000000, loading->changed,
		loading->loosened, loading->has_second ? ", asked by " : "",
		loading->has_second ? loading->first.name : "",
		is_kept ? "" : "; NOT kept for a restart: see the journal directory's disk");
	return CALL_DONE;
}

static void publish(struct call *call, uint64_t now_ns)
{
	const char *error;
	const struct limitset *set = reading_set(loading_of(call)->reading, &error);
	memcpy(loading_of(call)->hash, set->hash, sizeof set->hash);
	publishing_want(&call->control->publishing, set);
	publishing_turn(&call->control->publishing, &call->control->plane);
	call->audit_until_ns = now_ns + LIMITS_ADOPT_NS;
	call->step = adopt_step;
}

static enum call_progress write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	if (is_overtaken(call))
		return CALL_DONE;
	publish(call, now_ns);
	return CALL_WAITING;
}

/* true: it may go on. */
static bool load_agreed(struct call *call, const struct limitset *set, uint64_t now_ns)
{
	struct loading *loading = loading_of(call);
	char text[200];
	if (loading->loosened == 0)
		return true;
	/* Bound to what it would be and what it was judged against. */
	snprintf(text, sizeof text, "limits load %016" PRIx64 "%016" PRIx64 " against epoch %u",
		set->hash[1], set->hash[0], call->control->publishing.epoch);
	switch (approval_ask(
		&call->control->approvals, text, &call->person, now_ns, &loading->first)) {
	case APPROVAL_GRANTED:
		loading->has_second = true;
		return true;
	case APPROVAL_SAME_PERSON:
		answer_code(&call->answer, CODE_SAME_PERSON,
			"%s asked for it already; awaited: a second person with role risk who "
			"loads the same file",
			call->person.name);
		return false;
	default:
		answer_code(&call->answer, CODE_SECOND_PERSON,
			"%u of %u changes loosen; noted for %s; awaited within 5 minutes: a "
			"second person with role risk who loads the same file",
			loading->loosened, loading->changed, call->person.name);
		call_audit(call, "asked", AUDIT_MAJOR, now_ns);
		return false;
	}
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
	const struct limitset *old = publishing_set(&control->publishing);
	if (old != NULL && sets_equal(old, set)) {
		answer_code(&call->answer, CODE_ALREADY, "epoch %u has exactly these limits",
			control->publishing.epoch);
		return CALL_DONE;
	}
	if (is_overtaken(call))
		return CALL_DONE;
	diff_tell(call);
	/* No set to compare with is as loose as can be. */
	if (old == NULL)
		loading->loosened = 1;
	if (!load_agreed(call, set, now_ns))
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

void command_limits_load(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	read_begin(call, load_step);
}
