/* history.c - limits history and limits restore: which loads were in force, and one of them again; and what was raised for a time.

   Who loaded what, and how it ended, is the journal's; the file and its words are those that control holds (history.h).
   What is restored is read, linted, compared and agreed to as a file that is loaded now: it is one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/scalar.h"
#include "control/command/commands.h"
#include "control/command/loading.h"
#include "control/journal/lease_json.h"
#include "control/journal/loads.h"
#include "control/limits/leasing.h"

enum { LOADS_PER_STEP = 2000, LOADS_PATIENCE_MS = 1000 };

/* The journal of each gate is read: loads are common to all and told of the first, what is raised for a time may be one's. */
struct telling {
	struct loads *first, *other; /* other NULL: the first is read */
	uint32_t gate;               /* whose journal other is */
	uint32_t
		epoch; /* that shall be restored and is none that is held; 0: the history is told */
};

/* ---- history ---- */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "-";
}

/* What is held of a load of the journal; NULL: nothing, or of another journal that lay here. */
static const struct held_load *held_of(const struct call *call, const struct load *load)
{
	return history_find_load(
		&call->control->history, load->epoch.epoch, load->last_epoch, load->epoch.hash);
}

static void persons_tell(struct call *call, const struct limit_epoch_record *epoch)
{
	const struct site_config *site = &call->control->site;
	struct person first = person_find(site, epoch->uid);
	struct person second = person_find(site, epoch->second_uid);
	if (epoch->persons == 0)
		answer_word(&call->answer, "by", "-");
	else if (epoch->persons == 1)
		answer_word(&call->answer, "by", first.name);
	else
		answer_format(&call->answer, "by", "%s, %s", first.name, second.name);
}

static void term_tell(struct call *call, const struct load *load)
{
	uint64_t length_s = load->epoch.within_ns / 1000000000u;
	if (load->epoch.term == LIMITS_STAY)
		answer_word(&call->answer, "term", "stays");
	else if (load->is_confirmed)
		answer_format(&call->answer, "term", "confirmed by %s",
			person_find(&call->control->site, load->word_uid).name);
	else
		answer_format(&call->answer, "term", "trial of %" PRIu64 " s", length_s);
}

static void end_tell(struct call *call, const struct load *load)
{
	const char *name = load_end_name(load->end);
	if (load->end == LOAD_REPLACED)
		answer_format(&call->answer, "end", "%s by %u", name, load->replaced_by);
	else if (load->end == LOAD_UNDONE)
		answer_format(&call->answer, "end", "%s by %s", name,
			person_find(&call->control->site, load->ended_uid).name);
	else
		answer_word(&call->answer, "end", name);
	answer_time(&call->answer, "ended", load->ended_wall_ns);
}

static void load_tell(struct call *call, const struct load *load)
{
	char hash[HASH_TEXT_BYTES];
	const struct held_load *held = held_of(call, load);
	const json_t *words = held != NULL ? held->words : NULL;
	json_t *waivers = json_object_get(words, "waivers");
	hash_format(load->epoch.hash, hash);
	answer_row(&call->answer);
	answer_number(&call->answer, "epoch", load->epoch.epoch);
	answer_number(&call->answer, "last_epoch", load->last_epoch);
	answer_word(&call->answer, "hash", hash);
	answer_time(&call->answer, "since", load->wall_ns);
	persons_tell(call, &load->epoch);
	answer_word(&call->answer, "how", string_of(words, "how"));
	term_tell(call, load);
	end_tell(call, load);
	answer_flag(&call->answer, "held", held != NULL);
	answer_count(&call->answer, "waived", json_array_size(waivers));
	answer_word(&call->answer, "because", string_of(words, "because"));
	answer_word(&call->answer, "first_because", string_of(words, "first_because"));
	if (call->answer.is_json && waivers != NULL)
		json_object_set(call->answer.row, "waivers", waivers);
}

static void waivers_tell(struct call *call, const struct load *load)
{
	size_t i;
	const json_t *one;
	const struct held_load *held = held_of(call, load);
	json_array_foreach(held != NULL ? json_object_get(held->words, "waivers") : NULL, i, one)
		answer_line(&call->answer, "epoch %u waives %s of %s: %s", load->epoch.epoch,
			string_of(one, "limit"), string_of(one, "scope"), string_of(one, "reason"));
}

static void raise_end_tell(struct call *call, const struct raise *raise)
{
	const char *name = raise->why != 0 ? limits_end_name(raise->why) : "in force";
	if (raise->why == LIMITS_UNDONE)
		answer_format(&call->answer, "end", "%s by %s", name,
			person_find(&call->control->site, raise->ended_uid).name);
	else if (raise->why == LIMITS_REPLACED)
		answer_format(&call->answer, "end", "%s by a load", name);
	else
		answer_format(&call->answer, "end", "%s%s", name,
			raise->is_found_over ? " while its gate was down" : "");
	answer_time(&call->answer, "ended", raise->ended_wall_ns);
}

static void raise_tell(struct call *call, const struct raise *raise)
{
	const struct site_config *site = &call->control->site;
	const struct lease_record *lease = &raise->lease;
	enum limit limit = (enum limit)(lease->limit < LIMIT_COUNT ? lease->limit : 0);
	char name[LEASING_NAME_BYTES], value[80], reason[sizeof lease->reason + 1] = {0};
	memcpy(reason, lease->reason, sizeof lease->reason);
	limit_format(site, limit, &lease->whole, value, sizeof value);
	answer_row(&call->answer);
	answer_number(&call->answer, "lease", lease->number);
	answer_word(&call->answer, "limit", leasing_name(site, lease, name));
	answer_word(&call->answer, "value", value);
	answer_time(&call->answer, "since", raise->wall_ns);
	answer_time(&call->answer, "until", raise->wall_ns + lease->within_ns);
	answer_format(&call->answer, "by", "%s, %s", person_find(site, lease->uid).name,
		person_find(site, lease->second_uid).name);
	raise_end_tell(call, raise);
	answer_word(&call->answer, "because", reason);
}

static void history_tell(struct call *call)
{
	const struct telling *telling = call->own;
	const struct loads *loads = telling->first;
	const struct raises *raises = &loads->raises;
	char held[HISTORY_LIST_BYTES];
	for (uint32_t i = 0; i < loads->count; i++)
		load_tell(call, &loads->rows[i]);
	for (uint32_t i = 0; i < loads->count && !call->answer.is_json; i++)
		waivers_tell(call, &loads->rows[i]);
	for (uint32_t i = 0; i < raises->count; i++)
		raise_tell(call, &raises->rows[i]);
	history_list(&call->control->history, held);
	answer_code(&call->answer, CODE_ROWS,
		"%u loads were in force and %u limits raised for a time, %" PRIu64
		" before them are left out; limits restore takes: %s",
		loads->count, raises->count, loads->left_out + raises->left_out, held);
}

/* The next gate's journal; false: that was the last, or the answer is coded. */
static bool journal_next(struct call *call)
{
	struct telling *telling = call->own;
	struct config_error error;
	if (telling->other != NULL)
		raises_add(&telling->first->raises, &telling->other->raises, telling->gate);
	loads_close(telling->other);
	telling->other = NULL;
	if (++telling->gate >= site_gate_count(&call->control->site))
		return false;
	telling->other =
		loads_open(control_view(call->control, telling->gate)->journal_directory, &error);
	if (telling->other == NULL)
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
	return telling->other != NULL;
}

static void missing_tell(struct call *call);

/* What the gate has in force already may not be on the disk yet. */
static enum call_progress telling_step(struct call *call, uint64_t now_ns)
{
	struct telling *telling = call->own;
	const struct loads *first = telling->first;
	bool is_end = loads_step(
		telling->other != NULL ? telling->other : telling->first, LOADS_PER_STEP);
	bool is_behind = telling->other == NULL && call->control->plane.is_attached &&
			 first->wall_ns != 0 &&
			 first->now != call->control->publishing.now.now.epoch &&
			 now_ns - call->begun_ns < LOADS_PATIENCE_MS * UINT64_C(1000000);
	if (!is_end)
		return CALL_WORKING;
	if (is_behind)
		return CALL_WAITING;
	if (journal_next(call))
		return CALL_WORKING;
	if (call->answer.is_coded)
		return CALL_DONE;
	if (telling->epoch != 0)
		missing_tell(call);
	else
		history_tell(call);
	return CALL_DONE;
}

static void telling_end(struct call *call, void *own)
{
	struct telling *telling = own;
	(void)call;
	if (telling == NULL)
		return;
	loads_close(telling->first);
	loads_close(telling->other);
	free(telling);
}

static void telling_begin(struct call *call, uint32_t epoch)
{
	struct config_error error = {.text = "out of memory"};
	struct telling *telling = calloc(1, sizeof *telling);
	call_hold(call, telling, telling_end);
	if (telling != NULL) {
		telling->epoch = epoch;
		telling->first =
			loads_open(control_view(call->control, 0)->journal_directory, &error);
	}
	if (telling == NULL || telling->first == NULL)
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
	else
		call->step = telling_step;
}

void command_limits_history(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	telling_begin(call, 0);
}

/* ---- restore ---- */

/* No file of it is held: what that number is, and what would do instead. */
static void missing_tell(struct call *call)
{
	const struct telling *telling = call->own;
	const struct history *history = &call->control->history;
	const struct load *load = loads_find(telling->first, telling->epoch);
	char held[HISTORY_LIST_BYTES];
	history_list(history, held);
	if (load != NULL && load->epoch.epoch != telling->epoch)
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found epoch %u, which is load %u cut anew between gates, expected a load: "
			"limits restore %u has the same limits",
			telling->epoch, load->epoch.epoch, load->epoch.epoch);
	else if (load == NULL && raises_find(&telling->first->raises, telling->epoch) != NULL)
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found lease %u, which is no load: limits raise states it again; held are: "
			"%s (limits history)",
			telling->epoch, held);
	else
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no file of epoch %u, held are: %s (the newest %u; limits history); "
			"an older one is loaded as a file",
			telling->epoch, held, HISTORY_COUNT_MAX);
}

/* The load that was asked for; NULL: the answer is coded, or the journal is asked what that number is. */
static const struct held_load *restored_find(struct call *call)
{
	uint64_t epoch = 0;
	const char *word = call_argument(call, 0), *expected = scalar_count(word, &epoch);
	if (expected != NULL || epoch == 0 || epoch > UINT32_MAX) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.60s\", expected the number of an epoch: limits history", word);
		return NULL;
	}
	const struct held_load *load = history_find(&call->control->history, (uint32_t)epoch);
	if (load == NULL)
		telling_begin(call, (uint32_t)epoch);
	return load;
}

void command_limits_restore(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	char path[HISTORY_PATH_BYTES];
	struct control *control = call->control;
	const struct held_load *load = restored_find(call);
	if (load == NULL)
		return;
	struct loading *loading = loading_make(call);
	if (loading == NULL)
		return;
	loading->restored_epoch = load->epoch;
	memcpy(loading->restored_hash, load->hash, sizeof loading->restored_hash);
	history_path(&control->history, load->epoch, path);
	if (loading_options(call, 1))
		loading_begin(call, reading_begin(&control->site, path, NULL, 0,
					    publishing_set(&control->publishing),
					    publishing_former(&control->publishing)));
}
