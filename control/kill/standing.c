#include "control/kill/standing.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

bool standing_is_waiting(const struct plane *plane)
{
	uint64_t epoch = atomic_load_explicit(&plane->own->stops.epoch, memory_order_relaxed);
	bool is_waiting = epoch != 0 && !plane->is_attached;
	for (uint32_t i = 0; i < plane_gate_count(plane) && !is_waiting; i++)
		is_waiting =
			atomic_load_explicit(
				&region_gate(plane->region, i)->stop_epoch_seen[STOP_BY_CONTROL],
				memory_order_acquire) < epoch;
	return is_waiting;
}

static void word_write(
	void *context, uint32_t index, uint64_t word, const struct stop_change *change)
{
	uint32_t id;
	enum scope scope = stop_scope(index, &id);
	if (stop_word_state(word) != STATE_ACTIVE)
		json_array_append_new(
			context, json_pack("{s:i, s:i, s:i, s:I, s:s}", "scope", (int)scope, "id",
					 (int)id, "state", (int)stop_word_state(word), "uid",
					 (json_int_t)change->uid, "because", change->reason));
}

static void file_begin(struct standing *standing, const struct plane *plane, bool is_waiting)
{
	json_t *words = json_array();
	if (words == NULL)
		return;
	if (is_waiting)
		stop_scan(&plane->own->stops, 0, word_write, words);
	standing->count = (uint32_t)json_array_size(words);
	standing->written = atomic_load_explicit(&plane->own->stops.epoch, memory_order_relaxed);
	char *text = json_dumps(words, JSON_INDENT(1));
	json_decref(words);
	if (text != NULL)
		standing->file = durable_file_begin(standing->path, text, standing->written);
}

/* A word that a disk did not take is tried again, and the log says so once. */
static bool file_is_idle(struct standing *standing, uint64_t now_ns)
{
	int why = 0;
	if (standing->file == NULL)
		return true;
	if (!durable_file_is_done(standing->file, &why))
		return false;
	durable_file_end(standing->file);
	standing->file = NULL;
	if (why != 0) {
		standing->written = UINT64_MAX;
		standing->again_ns = now_ns + STANDING_AGAIN_NS;
		if (!standing->has_failed)
			log_write(LOG_LEVEL_ERROR, "stops",
				"%s: found \"%s\", expected to keep the stops that wait for a "
				"dataplane: they stand as long as this control runs",
				standing->path, strerror(why));
	}
	standing->has_failed = why != 0;
	return true;
}

void standing_turn(struct standing *standing, const struct plane *plane, uint64_t now_ns)
{
	bool is_waiting = standing_is_waiting(plane);
	if (!is_waiting && standing->count == 0 && standing->file == NULL)
		return;
	if (!file_is_idle(standing, now_ns) || now_ns < standing->again_ns)
		return;
	uint64_t epoch = atomic_load_explicit(&plane->own->stops.epoch, memory_order_relaxed);
	if (is_waiting ? standing->written != epoch : standing->count != 0)
		file_begin(standing, plane, is_waiting);
}

static bool word_is(const json_t *word, const char *key, json_int_t most, json_int_t *value)
{
	const json_t *found = json_object_get(word, key);
	*value = json_integer_value(found);
	return json_is_integer(found) && *value >= 0 && *value <= most;
}

static bool word_set(struct stop_board *board, const json_t *word)
{
	json_int_t scope, id, state, uid;
	const char *because = json_string_value(json_object_get(word, "because"));
	if (!word_is(word, "scope", SCOPE_COUNT - 1, &scope) ||
		!word_is(word, "id", UINT32_MAX, &id) ||
		!word_is(word, "state", STATE_KILLED, &state) ||
		!word_is(word, "uid", UINT32_MAX, &uid) || because == NULL ||
		stop_index((enum scope)scope, (uint32_t)id) == UINT32_MAX)
		return false;
	if (board != NULL)
		stop_set(board, (enum scope)scope, (uint32_t)id, (enum trading_state)state,
			clock_wall_ns(), (uint32_t)uid, because);
	return true;
}

/* All of them or none. */
static bool words_set(struct stop_board *board, const json_t *words)
{
	size_t i;
	const json_t *word;
	bool is_good = json_is_array(words);
	json_array_foreach(words, i, word) is_good = is_good && word_set(NULL, word);
	json_array_foreach(words, i, word) if (is_good) word_set(board, word);
	return is_good;
}

bool standing_open(struct standing *standing, struct plane *plane, const char *directory,
	struct config_error *error)
{
	size_t size;
	json_error_t why = {.text = ""};
	*standing = (struct standing){.written = UINT64_MAX};
	snprintf(standing->path, sizeof standing->path, "%s/stops.waiting.json", directory);
	if (access(standing->path, F_OK) != 0 && errno == ENOENT)
		return true;
	char *text = durable_file_read(standing->path, &size);
	json_t *words = text != NULL ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &why) : NULL;
	free(text);
	bool is_good = words_set(&plane->own->stops, words);
	standing->count = (uint32_t)json_array_size(words);
	json_decref(words);
	if (is_good && standing->count > 0)
		log_write(LOG_LEVEL_WARNING, "stops",
			"%u stops that no dataplane had taken stand again: the next one latches "
			"them",
			standing->count);
	if (!is_good)
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected the stops that waited for a dataplane when "
			"control "
			"ended: bring the file back, or take it away and say them again",
			standing->path,
			why.text[0] != '\0' ? why.text : "what is no list of stops");
	return is_good;
}

void standing_close(struct standing *standing)
{
	if (standing->file != NULL)
		durable_file_end(standing->file);
	standing->file = NULL;
}
