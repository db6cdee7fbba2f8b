/* history.c - limits history and limits restore: which loads were in force, and one of them again.

   Who loaded what, and how it ended, is the journal's; the file and its words are those that control holds (history.h).
   What is restored is read, linted, compared and agreed to as a file that is loaded now: it is one. */
#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/commands.h"
#include "control/command/loading.h"
#include "control/journal/loads.h"

enum { LOADS_PER_STEP = 2000, LOADS_PATIENCE_MS = 1000 };

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

static void history_tell(struct call *call)
{
	const struct loads *loads = call->own;
	char held[200];
	for (uint32_t i = 0; i < loads->count; i++)
		load_tell(call, &loads->rows[i]);
	for (uint32_t i = 0; i < loads->count && !call->answer.is_json; i++)
		waivers_tell(call, &loads->rows[i]);
	history_list(&call->control->history, held, sizeof held);
	answer_code(&call->answer, CODE_ROWS,
		"%u loads were in force, %" PRIu64
		" before them are left out; limits restore takes: %s",
		loads->count, loads->left_out, held);
}

/* What the gate has in force already may not be on the disk yet. */
static enum call_progress history_step(struct call *call, uint64_t now_ns)
{
	struct loads *loads = call->own;
	bool is_end = loads_step(loads, LOADS_PER_STEP);
	bool is_behind = call->control->plane.is_attached && loads->wall_ns != 0 &&
			 loads->now != call->control->publishing.now.now.epoch &&
			 now_ns - call->begun_ns < LOADS_PATIENCE_MS * UINT64_C(1000000);
	if (!is_end)
		return CALL_WORKING;
	if (is_behind)
		return CALL_WAITING;
	history_tell(call);
	return CALL_DONE;
}

static void history_end(struct call *call, void *loads)
{
	(void)call;
	loads_close(loads);
}

void command_limits_history(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	struct config_error error;
	/* Epochs are common to all gates: the first one's journal has them. */
	struct loads *loads = loads_open(control_view(call->control, 0)->journal_directory, &error);
	call_hold(call, loads, history_end);
	if (loads == NULL)
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
	else
		call->step = history_step;
}

/* ---- restore ---- */

/* The load that was asked for; NULL: the answer is coded. */
static const struct held_load *restored_find(struct call *call)
{
	uint64_t epoch = 0;
	char held[200];
	const struct history *history = &call->control->history;
	const char *word = call_argument(call, 0), *expected = scalar_count(word, &epoch);
	if (expected != NULL || epoch == 0 || epoch > UINT32_MAX) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.60s\", expected the number of an epoch: limits history", word);
		return NULL;
	}
	const struct held_load *load = history_find(history, (uint32_t)epoch);
	history_list(history, held, sizeof held);
	if (load == NULL)
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no file of epoch %" PRIu64 ", held are: %s (the newest %u; limits "
			"history); an older one is loaded as a file",
			epoch, held, HISTORY_COUNT_MAX);
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
