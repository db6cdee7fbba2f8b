/* agree.c - what a load must have before it acts: it comes in time, its limits mean something, and whoever must agree has. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/loading.h"

/* What the second person does. */
static const char *same_of(const struct loading *loading)
{
	if (loading->is_lease)
		return "asks for the same";
	if (loading->restored_epoch != 0)
		return loading->within_ns > 0
			       ? "restores the same epoch with the same --confirm-within"
			       : "restores the same epoch";
	return loading->within_ns > 0 ? "loads the same file with the same --confirm-within"
				      : "loads the same file";
}

/* Each of those who loosen says why, as who raises one limit does.  true: it may go on. */
static bool load_agreed(struct call *call, const struct limitset *set, uint64_t now_ns)
{
	struct loading *loading = loading_of(call);
	char text[240], why[80];
	bool is_by_one =
		loading->within_ns > 0 && call->control->site.raise_policy == RAISE_CONFIRMED;
	if (loading->loosened > 0 && !call_reasoned(call))
		return false;
	if (loading->loosened == 0 || is_by_one)
		return true;
	/* Bound to what it would be, what it waives, for how long, and what it was judged against. */
	snprintf(text, sizeof text,
		"limits load %016" PRIx64 "%016" PRIx64 " waiving %016" PRIx64 " for %" PRIu64
		" ns against epoch %u",
		set->hash[1], set->hash[0], limitset_waivers_hash(set), loading->within_ns,
		call->control->publishing.epoch);
	snprintf(why, sizeof why, "%u of %u changes loosen; ", loading->loosened, loading->changed);
	if (!call_agreed(call, text, why, same_of(loading), now_ns))
		return false;
	loading_first_tell(call);
	return true;
}

/* While limits are on trial only what tightens against them and against what they return to may take their place: what
   else was loaded would be confirmed by nobody. */
bool loading_is_timely(struct call *call)
{
	struct control *control = call->control;
	struct reading_diff diff = reading_diff_of(loading_of(call)->reading);
	char term[PUBLISHING_TEXT_BYTES];
	if (!publishing_has_term(&control->publishing) ||
		(diff.loosened == 0 && diff.loosened_former == 0))
		return true;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"limits are in force for a time (%s): found %u limits looser than these and %u "
		"looser than "
		"what they return to, expected none until then; first: limits confirm, or limits "
		"undo",
		publishing_tell(&control->publishing, &control->plane, term), diff.loosened,
		diff.loosened_former);
	return false;
}

bool loading_is_cut(struct call *call)
{
	if (publishing_is_cut(&call->control->publishing))
		return true;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"found slices on their way between gates, expected each gate to have its own "
		"before limits "
		"are tried or raised: show slices; again when they have, or slices settle");
	return false;
}

/* Nobody raises anything by a file whose limits do nothing.  What only tightens is not held up: it says so when it is in
   force.  true: the answer is coded. */
static bool is_meaningless(struct call *call)
{
	struct loading *loading = loading_of(call);
	struct reading_lint lint = reading_lint_of(loading->reading);
	loading->lint = lint.counts;
	if (lint.counts.found == 0 || loading->loosened == 0)
		return false;
	answer_lines(&call->answer, lint.text);
	answer_code(&call->answer, CODE_LIMITS_REFUSED,
		"found %u limits so high that they do nothing, expected none where anything is "
		"raised: state less, or a waiver with its reason (limits lint)",
		lint.counts.found);
	return true;
}

/* Only limits raise makes a lease, and of one limit; false: the answer is coded. */
static bool is_lease_or_none(struct call *call, const struct limitset *set)
{
	const struct loading *loading = loading_of(call);
	if (!loading->is_lease && set->lease_count > 0)
		answer_code(&call->answer, CODE_LIMITS_REFUSED,
			"found %u leases, expected none in a file that is loaded: limits raise",
			set->lease_count);
	else if (loading->is_lease && (loading->changed != 1 || loading->loosened != 1))
		answer_code(&call->answer, CODE_LIMITS_REFUSED,
			"found %u limits changed and %u looser, expected one that is raised; what "
			"tightens is loaded by a file",
			loading->changed, loading->loosened);
	return !call->answer.is_coded;
}

bool loading_is_agreed(struct call *call, const struct limitset *set, uint64_t now_ns)
{
	return is_lease_or_none(call, set) && !is_meaningless(call) &&
	       load_agreed(call, set, now_ns);
}
