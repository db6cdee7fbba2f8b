/* whatif.c - limits dry-run and what-if: the recorded day judged again by other limits, in a child (child.h).

   The limits are read once; their text goes to the child as a file of memory.  So the day of several gates, which is judged gate
   by gate, each by its own journal, and answered as one, is judged by one text, whoever writes to the file meanwhile.  The rule
   of judging again is told in dataplane/fold/whatif.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/cut.h"
#include "config/scalar.h"
#include "control/command/child.h"
#include "control/command/commands.h"
#include "control/command/loading.h"
#include "control/journal/story.h"

#define BODY_PATH "/proc/self/fd/3"
_Static_assert(CHILD_FILE == 3, "the path of a body names the descriptor");

struct whatif {
	struct child child;      /* the judge of `gate` */
	struct reading *reading; /* NULL: done, its text is in file */
	int file;                /* -1: not read yet */
	const char *order;       /* an argument of the call; NULL: the day */
	uint32_t gate, last_gate;
	int64_t orders, refused, passed, renamed, by_wholes;
	bool has_changes, has_slices, is_cut;
	const char *
		differs; /* a gate whose replay did not come to the day's own decisions; NULL: none */
	char unjudged[200]; /* which gate could not be judged and why; empty: none */
};

static void whatif_end(struct call *call, void *own)
{
	const struct whatif *whatif = own;
	reading_end(whatif->reading);
	if (whatif->file >= 0)
		close(whatif->file);
	child_end(call, own);
}

/* Puts what was read where every child finds it; false: the answer is coded. */
static bool text_keep(struct call *call)
{
	struct whatif *whatif = call->own;
	size_t size;
	const char *text = reading_text(whatif->reading, &size);
	whatif->file = memfd_create("limits", MFD_CLOEXEC);
	bool is_kept = whatif->file >= 0 && write(whatif->file, text, size) == (ssize_t)size;
	reading_end(whatif->reading);
	whatif->reading = NULL;
	if (!is_kept)
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for the limits");
	return is_kept;
}

/* A row of several gates ends with whose it is. */
static void gate_tell(struct call *call)
{
	const struct whatif *whatif = call->own;
	const struct site_config *site = &call->control->site;
	if (site->gate_count > 0)
		answer_word(&call->answer, "gate", gate_name(site, whatif->gate));
}

static void change_tell(struct call *call, const json_t *change)
{
	char usage[64] = "-", limit[64] = "-";
	json_int_t lane = json_integer_value(json_object_get(change, "lane"));
	if (lane >= 0 && lane < LANE_COUNT) {
		lane_measure_format((uint8_t)lane,
			json_integer_value(json_object_get(change, "usage")), usage, sizeof usage);
		lane_measure_format((uint8_t)lane,
			json_integer_value(json_object_get(change, "limit")), limit, sizeof limit);
	}
	static const char *const words[] = {"symbol", "side", "old", "new", "owner"};
	const char *text[ARRAY_COUNT(words)];
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		text[i] = json_string_value(json_object_get(change, words[i]));
		text[i] = text[i] != NULL ? text[i] : "?";
	}
	answer_row(&call->answer);
	answer_count(&call->answer, "order",
		(uint64_t)json_integer_value(json_object_get(change, "order")));
	answer_number(
		&call->answer, "account", json_integer_value(json_object_get(change, "account")));
	answer_word(&call->answer, "symbol", text[0]);
	answer_word(&call->answer, "side", text[1]);
	answer_number(&call->answer, "qty", json_integer_value(json_object_get(change, "qty")));
	answer_e4(&call->answer, "price", json_integer_value(json_object_get(change, "price_e4")));
	answer_word(&call->answer, "old", text[2]);
	answer_word(&call->answer, "new", text[3]);
	answer_word(&call->answer, "usage", usage);
	answer_word(&call->answer, "limit", limit);
	answer_word(&call->answer, "owner", text[4]);
	gate_tell(call);
}

static int64_t count_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The limit of a name, as what formats it takes it. */
static struct slice_key key_named(const char *name)
{
	struct slice_key key = {.limit = 0};
	while (key.limit < LIMIT_COUNT - 1 && name != NULL &&
		strcmp(limit_keys[key.limit].key, name) != 0)
		key.limit++;
	return key;
}

/* What the gate had of a limit that spans gates, and would have had. */
static void slice_tell(struct call *call, const json_t *slice)
{
	static const char *const words[] = {"whole", "slice", "new_whole", "new_slice"};
	const char *of = json_string_value(json_object_get(slice, "of"));
	struct slice_key key = key_named(json_string_value(json_object_get(slice, "limit")));
	char text[CUT_AMOUNT_BYTES];
	answer_row(&call->answer);
	answer_word(&call->answer, "of", of != NULL ? of : "?");
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		const json_t *amount = json_object_get(slice, words[i]);
		answer_word(&call->answer, words[i],
			json_is_integer(amount) ? cut_amount(&call->control->site, key,
							  json_integer_value(amount), text)
						: "none");
	}
	answer_flag(&call->answer, "had_more", json_is_true(json_object_get(slice, "had_more")));
	gate_tell(call);
}

/* Tells what one gate's judge says, and adds it to what all do. */
static void judged_add(struct call *call, const json_t *object, int status)
{
	struct whatif *whatif = call->own;
	size_t i, at;
	json_t *change, *slice;
	json_array_foreach(json_object_get(object, "changes"), i, change)
	{
		change_tell(call, change);
	}
	json_array_foreach(json_object_get(object, "slices"), at, slice)
	{
		slice_tell(call, slice);
	}
	whatif->has_changes |= i > 0;
	whatif->has_slices |= at > 0;
	whatif->is_cut |= count_of(object, "dropped") > 0;
	whatif->orders += count_of(object, "orders");
	whatif->refused += count_of(object, "refused");
	whatif->passed += count_of(object, "passed");
	whatif->renamed += count_of(object, "renamed");
	whatif->by_wholes += count_of(object, "by_wholes");
	const struct site_config *site = &call->control->site;
	const char *gate = site->gate_count > 0 ? gate_name(site, whatif->gate) : "the gate";
	const char *verdict = json_string_value(json_object_get(object, "verdict"));
	if (status == 1)
		whatif->differs = gate;
	if (status == 2)
		snprintf(whatif->unjudged, sizeof whatif->unjudged, "%s%s%s",
			site->gate_count > 0 ? gate : "", site->gate_count > 0 ? ": " : "",
			verdict != NULL ? verdict : "?");
}

/* An older build's journal has a gate's slices and not what they were of. */
static const char *wholes_text(const struct whatif *whatif, char text[120])
{
	text[0] = '\0';
	if (whatif->by_wholes > 0)
		snprintf(text, 120,
			"; %" PRId64 " by whole limits: the journal does not say what the gate's "
			"slices were of",
			whatif->by_wholes);
	return text;
}

/* What all gates together come to.  One that could not be judged is no gate where nothing differs. */
static void judged_tell(struct call *call)
{
	const struct whatif *whatif = call->own;
	char text[120];
	if (whatif->unjudged[0] != '\0')
		answer_code(
			&call->answer, CODE_NOT_FOUND, "nothing to judge: %s", whatif->unjudged);
	else if (whatif->differs != NULL)
		answer_code(&call->answer, CODE_REPLAY_DIFFERS,
			"the replay of %s did not come to the day's own decisions: what is shown "
			"was judged on another state",
			whatif->differs);
	else if (!whatif->has_changes)
		answer_code(&call->answer, whatif->has_slices ? CODE_ROWS : CODE_DONE,
			"no verdict differs, of %" PRId64 " orders%s", whatif->orders,
			wholes_text(whatif, text));
	else
		answer_code(&call->answer, whatif->is_cut ? CODE_MORE : CODE_ROWS,
			"of %" PRId64 " orders %" PRId64 " that passed are refused, %" PRId64
			" that were refused pass, %" PRId64
			" are refused for another reason; each judged on the state the day had%s%s",
			whatif->orders, whatif->refused, whatif->passed, whatif->renamed,
			wholes_text(whatif, text), whatif->is_cut ? "; not all are shown" : "");
}

/* The file's own sentence, without the path that only the child knows. */
static void failed_tell(struct call *call, int status)
{
	const struct child *child = call->own;
	const char *text = child->bytes;
	bool is_body = strncmp(text, BODY_PATH ":", sizeof BODY_PATH) == 0;
	int size = (int)strcspn(text, "\n");
	if (is_body)
		answer_code(&call->answer, CODE_LIMITS_REFUSED, "limits%.*s",
			size - (int)sizeof BODY_PATH + 1, text + sizeof BODY_PATH - 1);
	else
		answer_code(&call->answer, status == 2 ? CODE_LIMITS_REFUSED : CODE_CHILD_FAILED,
			"%.*s", size, text);
}

/* Sets a judge on the journal of the gate that is next; false: the answer is coded. */
static bool gate_judge(struct call *call, uint64_t now_ns)
{
	const struct whatif *whatif = call->own;
	char *const more[] = {(char *)"--limits", (char *)BODY_PATH,
		whatif->order != NULL ? (char *)"--order" : NULL, (char *)(uintptr_t)whatif->order,
		NULL};
	return child_start(call, whatif->gate, more, whatif->file, now_ns);
}

/* Takes what the judge of one gate said; false: it failed, the answer is coded. */
static bool gate_judged(struct call *call)
{
	struct whatif *whatif = call->own;
	const struct child *child = &whatif->child;
	json_error_t where;
	int status = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
	json_t *object = child->bytes[0] == '{' && status >= 0
				 ? json_loads(child->bytes, JSON_DISABLE_EOF_CHECK, &where)
				 : NULL;
	if (object == NULL)
		failed_tell(call, status);
	else
		judged_add(call, object, status);
	json_decref(object);
	return object != NULL;
}

static enum call_progress whatif_step(struct call *call, uint64_t now_ns)
{
	if (child_is_waited_for(call, now_ns))
		return CALL_WAITING;
	struct whatif *whatif = call->own;
	if (whatif == NULL)
		return CALL_DONE;
	bool is_told = gate_judged(call);
	if (is_told && whatif->gate < whatif->last_gate) {
		whatif->gate++;
		return gate_judge(call, now_ns) ? CALL_WAITING : CALL_DONE;
	}
	if (is_told)
		judged_tell(call);
	call_let_go(call);
	return CALL_DONE;
}

static enum call_progress read_step(struct call *call, uint64_t now_ns)
{
	const struct limitset *set;
	const struct whatif *whatif = call->own;
	if (loading_look(call, whatif->reading, &set) == CALL_WAITING)
		return CALL_WAITING;
	if (set != NULL)
		loading_hash_tell(call, set); /* before it ends with what was read */
	if (set == NULL || !text_keep(call)) {
		call_let_go(call);
		return CALL_DONE;
	}
	call->step = whatif_step;
	return gate_judge(call, now_ns) ? CALL_WAITING : CALL_DONE;
}

/* Judges the day, or one order, of the gates first .. last. */
static void whatif_begin(
	struct call *call, uint32_t first, uint32_t last, const char *name, const char *order)
{
	struct child *child = child_open(call, sizeof(struct whatif));
	if (child == NULL)
		return;
	call->end = whatif_end;
	struct whatif *whatif = call->own;
	whatif->file = -1;
	whatif->order = order;
	whatif->gate = first;
	whatif->last_gate = last;
	whatif->reading = loading_read(call, name, NULL, NULL);
	if (whatif->reading == NULL)
		call_let_go(call);
	else
		call->step = read_step;
}

static void whatif_day(struct call *call, const char *name)
{
	uint32_t count = call->control->site.gate_count;
	whatif_begin(call, 0, count > 0 ? count - 1 : 0, name, NULL);
}

void command_limits_dry_run(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	whatif_day(call, call_argument(call, 0));
}

/* what-if --limits FILE <order|day>, in any order, dashes or not. */
void command_what_if(struct call *call, uint64_t now_ns)
{
	const char *word, *name = NULL, *what = NULL, *gate_named = NULL;
	const struct site_config *site = &call->control->site;
	uint32_t gate = 0;
	bool is_bad = false;
	uint64_t order_id = 0;
	(void)now_ns;
	for (uint32_t i = 0; (word = call_argument(call, i)) != NULL; i++) {
		if (strcmp(word + strspn(word, "-"), "limits") == 0 && name == NULL)
			is_bad |= (name = call_argument(call, ++i)) == NULL;
		else if (strcmp(word, "--gate") == 0 && gate_named == NULL)
			is_bad |= (gate_named = call_argument(call, ++i)) == NULL;
		else if (what == NULL)
			what = word;
		else
			is_bad = true;
	}
	bool is_day = what != NULL && strcmp(what, "day") == 0;
	is_bad |= name == NULL || what == NULL;
	is_bad |=
		!is_day && what != NULL && (scalar_count(what, &order_id) != NULL || order_id == 0);
	if (is_bad)
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found %s%.40s, expected what-if --limits FILE and an order's number or "
			"day",
			what != NULL ? "" : "no order", what != NULL ? what : "");
	else if (is_day && gate_named == NULL)
		whatif_day(call, name);
	else if (gate_named == NULL)
		whatif_begin(call, site_gate_of_order(site, order_id),
			site_gate_of_order(site, order_id), name, what);
	else if (call_gate_choose(call, gate_named, &gate))
		whatif_begin(call, gate, gate, name, is_day ? NULL : what);
}
