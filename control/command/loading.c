#include "control/command/loading.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/command/kept.h"

#define CONFIRM_WITHIN_MIN 1000000000u
#define CONFIRM_WITHIN_MAX (3600ull * 1000000000u)

/* Frees what was read, and forgets limits that it did not come to publish. */
static void loading_end(struct call *call, void *own)
{
	struct loading *loading = own;
	reading_end(loading->reading);
	call->control->look_count -= loading->is_look;
	if (loading->is_on_trial && !loading->is_published)
		kept_trial_drop(call->control);
	json_decref(loading->words);
	free(loading);
}

struct loading *loading_make(struct call *call)
{
	struct loading *loading = call_own(call, sizeof *loading);
	call->end = loading_end;
	return loading;
}

struct reading *loading_read(struct call *call, const char *name, const struct limitset *old,
	const struct limitset *former)
{
	const struct request *request = &call->request;
	char path[PATH_BYTES * 2];
	if (request->body != NULL)
		snprintf(path, sizeof path, "%s", name != NULL ? name : "limits");
	else if (!call_limits_path(call, name, path, sizeof path))
		return NULL;
	struct reading *reading = reading_begin(
		&call->control->site, path, request->body, request->body_bytes, old, former);
	if (reading == NULL)
		answer_code(
			&call->answer, CODE_NO_MEMORY, "out of memory or threads to read limits");
	return reading;
}

/* Adds a field to every audit line to come. */
static void told_add(struct call *call, const char *key, json_t *value)
{
	if (call->told == NULL)
		call->told = json_object();
	json_object_set_new(call->told, key, value);
}

/* What a lease asks for stands in no file that anybody wrote: where it was read is left out. */
static const char *lease_error(const struct control *control, const char *error)
{
	size_t size = strlen(control->kept_path);
	bool has_place = strncmp(error, control->kept_path, size) == 0 && error[size] == ':';
	return has_place ? error + size + strspn(error + size, ":0123456789 ") : error;
}

enum call_progress loading_look(
	struct call *call, const struct reading *reading, const struct limitset **set)
{
	const char *error;
	*set = NULL;
	if (!reading_is_done(reading))
		return CALL_WAITING;
	*set = reading_set(reading, &error);
	if (*set == NULL)
		answer_code(&call->answer, CODE_LIMITS_REFUSED, "%s",
			lease_error(call->control, error));
	return CALL_DONE;
}

void loading_hash_tell(struct call *call, const struct limitset *set)
{
	char hash[HASH_TEXT_BYTES];
	hash_format(set->hash, hash);
	told_add(call, "limits", json_string(hash));
}

bool loading_options(struct call *call, uint32_t at)
{
	const char *word = call_argument(call, at);
	uint64_t *within_ns = &loading_of(call)->within_ns;
	if (word == NULL)
		return true;
	const char *found = word;
	bool is_good = strcmp(word, "--confirm-within") == 0;
	const char *expected = loading_of(call)->restored_epoch != 0
				       ? "--confirm-within and a duration behind the epoch"
				       : "--confirm-within and a duration behind the file's name";
	if (is_good) {
		found = call_argument(call, ++at) != NULL ? call_argument(call, at) : word;
		expected = call_duration_take(call, &at, within_ns);
		is_good = expected == NULL && call_argument(call, at) == NULL;
	}
	if (is_good && (*within_ns < CONFIRM_WITHIN_MIN || *within_ns > CONFIRM_WITHIN_MAX)) {
		expected = "from 1 s to 1 h to confirm within";
		is_good = false;
	}
	if (!is_good)
		answer_code(&call->answer, CODE_ARGUMENT_BAD, "found \"%.60s\", expected %s",
			call_argument(call, at) != NULL ? call_argument(call, at) : found,
			expected != NULL ? expected : "nothing behind the duration");
	return is_good;
}

bool loading_is_restored(struct call *call, const struct limitset *set)
{
	const struct loading *loading = loading_of(call);
	char found[HASH_TEXT_BYTES], expected[HASH_TEXT_BYTES], path[HISTORY_PATH_BYTES];
	if (loading->restored_epoch == 0 ||
		memcmp(set->hash, loading->restored_hash, sizeof loading->restored_hash) == 0)
		return true;
	hash_format(set->hash, found);
	hash_format(loading->restored_hash, expected);
	history_path(&call->control->history, loading->restored_epoch, path);
	answer_code(&call->answer, CODE_LIMITS_REFUSED,
		"found limits %s, expected %s as epoch %u had them: its file was altered, or this "
		"is another build or has other symbols; limits load takes %s as a file",
		found, expected, loading->restored_epoch, path);
	return false;
}

void loading_first_tell(struct call *call)
{
	json_t *because = text_json(call->first_reason);
	told_add(call, "first_because", because);
	json_object_set(loading_of(call)->words, "first_because", because);
}

void loading_words_take(struct call *call, const struct limitset *set)
{
	char how[48];
	struct loading *loading = loading_of(call);
	snprintf(how, sizeof how, "%s", loading->is_lease ? "raise" : "load");
	if (loading->restored_epoch != 0)
		snprintf(how, sizeof how, "restore of epoch %u", loading->restored_epoch);
	loading->words = history_words(&call->control->site, set, how, call->request.reason);
	json_t *waivers = json_object_get(loading->words, "waivers");
	if (json_array_size(waivers) > 0)
		told_add(call, "waivers", json_incref(waivers));
}
