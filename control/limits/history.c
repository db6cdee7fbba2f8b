#include "control/limits/history.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/socket/answer.h"
#include "drivers/machine/log.h"

/* Of 64 waivers and a reason, with room. */
enum { HEAD_BYTES_MAX = 64 * 1024 };

void hash_format(const uint64_t hash[2], char text[HASH_TEXT_BYTES])
{
	snprintf(text, HASH_TEXT_BYTES, "%016" PRIx64 "%016" PRIx64, hash[1], hash[0]);
}

void history_path(const struct history *history, uint32_t epoch, char path[HISTORY_PATH_BYTES])
{
	snprintf(path, HISTORY_PATH_BYTES, "%s/epoch-%u.yaml", history->directory, epoch);
}

static uint32_t place_of(const struct history *history, uint32_t epoch)
{
	uint32_t at = 0;
	while (at < history->held_count && history->held[at].epoch < epoch)
		at++;
	return at;
}

const struct held_load *history_find(const struct history *history, uint32_t epoch)
{
	uint32_t at = place_of(history, epoch);
	bool is_there = at < history->held_count && history->held[at].epoch == epoch;
	return is_there ? &history->held[at] : NULL;
}

const struct held_load *history_find_load(
	const struct history *history, uint32_t first, uint32_t last, const uint64_t hash[2])
{
	for (uint32_t i = history->held_count; i > 0; i--) {
		const struct held_load *held = &history->held[i - 1];
		if (held->epoch >= first && held->epoch <= last &&
			memcmp(held->hash, hash, sizeof held->hash) == 0)
			return held;
	}
	return NULL;
}

static void held_remove(struct history *history, uint32_t at)
{
	json_decref(history->held[at].words);
	history->held_count--;
	memmove(&history->held[at], &history->held[at + 1],
		(history->held_count - at) * sizeof history->held[0]);
}

/* Takes the words over. */
static void held_add(struct history *history, const struct held_load *load)
{
	uint32_t at = place_of(history, load->epoch);
	if (at < history->held_count && history->held[at].epoch == load->epoch)
		held_remove(history, at);
	if (history->held_count == HISTORY_COUNT_MAX) {
		json_decref(load->words); /* of a directory that others filled */
		return;
	}
	memmove(&history->held[at + 1], &history->held[at],
		(history->held_count - at) * sizeof history->held[0]);
	history->held[at] = *load;
	history->held_count++;
}

/* ---- what lies there ---- */

static json_t *head_read(const char *path)
{
	json_t *words = NULL;
	char *line = malloc(HEAD_BYTES_MAX);
	FILE *file = fopen(path, "re");
	if (line != NULL && file != NULL && fgets(line, HEAD_BYTES_MAX, file) != NULL &&
		line[0] == '#')
		words = json_loads(line + 1, JSON_REJECT_DUPLICATES, NULL);
	if (file != NULL)
		fclose(file);
	free(line);
	return words;
}

/* Strictly as hash_format writes it. */
static bool hash_read(const json_t *words, uint64_t hash[2])
{
	char half[17] = "", again[HASH_TEXT_BYTES];
	const char *text = json_string_value(json_object_get(words, "hash"));
	if (text == NULL || strlen(text) != HASH_TEXT_BYTES - 1)
		return false;
	memcpy(half, text, 16);
	hash[1] = strtoull(half, NULL, 16);
	hash[0] = strtoull(text + 16, NULL, 16);
	hash_format(hash, again);
	return strcmp(again, text) == 0;
}

static void file_find(struct history *history, const char *name)
{
	static const char front[] = "epoch-";
	struct held_load load = {0};
	struct stat facts;
	char path[HISTORY_PATH_BYTES];
	if (strncmp(name, front, sizeof front - 1) != 0)
		return;
	load.epoch = (uint32_t)strtoul(name + sizeof front - 1, NULL, 10);
	history_path(history, load.epoch, path);
	if (load.epoch == 0 || stat(path, &facts) != 0)
		return; /* a file that was never whole has another name */
	load.size_bytes = (uint64_t)facts.st_size;
	load.words = head_read(path);
	if (hash_read(load.words, load.hash)) {
		held_add(history, &load);
		return;
	}
	json_decref(load.words);
	log_write(LOG_LEVEL_WARNING, "limits",
		"%s: found no line of what it is, expected one first", path);
}

void history_open(struct history *history, const char *journal_directory)
{
	memset(history, 0, sizeof *history);
	history->bytes_max = HISTORY_BYTES_MAX;
	snprintf(history->directory, sizeof history->directory, "%s/limits.history",
		journal_directory);
	mkdir(history->directory, 0750);
	DIR *directory = opendir(history->directory);
	if (directory == NULL) {
		log_write(LOG_LEVEL_WARNING, "limits",
			"%s cannot be read: no load is held to be restored", history->directory);
		return;
	}
	for (const struct dirent *entry = readdir(directory); entry != NULL;
		entry = readdir(directory))
		file_find(history, entry->d_name);
	closedir(directory);
}

static void offer_end(struct history_offer *offer)
{
	reading_end(offer->text);
	json_decref(offer->words);
	*offer = (struct history_offer){0};
}

void history_close(struct history *history)
{
	while (history->held_count > 0)
		held_remove(history, history->held_count - 1);
	for (uint32_t i = 0; i < HISTORY_OFFER_COUNT; i++)
		offer_end(&history->offers[i]);
	json_decref(history->coming.words);
	reading_end(history->working);
	history->working = NULL;
	history->coming.words = NULL;
}

json_t *history_words(const struct site_config *site, const struct limitset *set, const char *how,
	const char *because)
{
	json_t *words = json_object(), *waivers = json_array();
	json_object_set_new(words, "how", json_string(how));
	if (because != NULL)
		json_object_set_new(words, "because", text_json(because));
	for (uint32_t i = 0; i < set->waiver_count; i++) {
		const struct limit_waiver *waiver = &set->waivers[i];
		const struct limit_row row = {
			.scope = waiver->scope, .id = waiver->id, .symbol = waiver->symbol};
		char scope[64];
		limit_scope_format(site, &row, scope, sizeof scope);
		json_t *one = json_object();
		json_object_set_new(one, "scope", json_string(scope));
		json_object_set_new(one, "limit", json_string(limit_keys[waiver->limit].key));
		json_object_set_new(one, "reason", text_json(waiver->reason));
		json_array_append_new(waivers, one);
	}
	json_object_set_new(words, "waivers", waivers);
	return words;
}

void history_offer(struct history *history, const struct reading *reading,
	const struct limitset *set, json_t *words)
{
	struct history_offer *offer = &history->offers[history->offer_next];
	char hash[HASH_TEXT_BYTES];
	offer_end(offer);
	hash_format(set->hash, hash);
	offer->text = reading_copy(reading, "");
	offer->words = words;
	if (offer->text == NULL || json_object_set_new(words, "hash", json_string(hash)) != 0) {
		offer_end(offer); /* out of memory: it will not be held */
		return;
	}
	memcpy(offer->hash, set->hash, sizeof offer->hash);
	history->offer_next = (history->offer_next + 1) % HISTORY_OFFER_COUNT;
}

/* ---- as time goes on ---- */

/* The newest of a hash: it may have been loaded twice, with other words. */
static const struct history_offer *offer_find(const struct history *history, const uint64_t hash[2])
{
	for (uint32_t i = 1; i <= HISTORY_OFFER_COUNT; i++) {
		const struct history_offer *offer =
			&history->offers[(history->offer_next + HISTORY_OFFER_COUNT - i) %
					 HISTORY_OFFER_COUNT];
		if (offer->text != NULL && memcmp(offer->hash, hash, sizeof offer->hash) == 0)
			return offer;
	}
	return NULL;
}

static void work_end(struct history *history)
{
	const char *why;
	struct held_load *coming = &history->coming;
	if (coming->epoch != 0 && reading_is_kept(history->working, &why)) {
		held_add(history, coming);
	} else if (coming->epoch != 0) {
		history->failed_epoch = coming->epoch;
		json_decref(coming->words);
		log_write(LOG_LEVEL_WARNING, "limits", "epoch %u is not held to be restored: %s",
			coming->epoch, why);
	}
	reading_end(history->working);
	history->working = NULL;
	*coming = (struct held_load){0};
}

static void file_remove(struct history *history, uint32_t at)
{
	char path[HISTORY_PATH_BYTES];
	history_path(history, history->held[at].epoch, path);
	held_remove(history, at);
	history->working = reading_copy(NULL, "");
	if (history->working != NULL && !reading_forget_begin(history->working, path))
		work_end(history); /* the file stays, and is found at the next start */
}

/* Out of memory or threads: it is not tried again. */
static void write_give_up(struct history *history)
{
	log_write(LOG_LEVEL_WARNING, "limits", "epoch %u is not held: out of memory or threads",
		history->coming.epoch);
	history->failed_epoch = history->coming.epoch;
	json_decref(history->coming.words);
	history->coming = (struct held_load){0};
	reading_end(history->working);
	history->working = NULL;
}

static void file_write(struct history *history, const struct limit_epoch_record *now,
	const struct history_offer *offer)
{
	char path[HISTORY_PATH_BYTES], *words = json_dumps(offer->words, JSON_COMPACT),
				       *head = NULL;
	history_path(history, now->epoch, path);
	if (words == NULL || asprintf(&head, "# %s\n", words) < 0)
		head = NULL;
	history->coming = (struct held_load){.epoch = now->epoch,
		.hash = {now->hash[0], now->hash[1]},
		.words = json_incref(offer->words)};
	history->working = head != NULL ? reading_copy(offer->text, head) : NULL;
	if (history->working != NULL)
		history->coming.size_bytes = reading_size(history->working);
	if (history->working == NULL || !reading_keep_begin(history->working, path, NULL))
		write_give_up(history);
	free(words);
	free(head);
}

static bool is_full(const struct history *history, uint64_t coming_bytes)
{
	uint64_t bytes = coming_bytes;
	for (uint32_t i = 0; i < history->held_count; i++)
		bytes += history->held[i].size_bytes;
	return history->held_count == HISTORY_COUNT_MAX ||
	       (history->held_count > 0 && bytes > history->bytes_max);
}

/* Whether what is in force is a load that is held, perhaps cut anew since.  A trial that is over is not cut anew: what comes
   after it from the same file is another load. */
static bool is_held(const struct history *history, const struct limits_page *page)
{
	const struct limit_epoch_record *now = &page->now;
	uint32_t i = history->held_count;
	while (i > 0 && history->held[i - 1].epoch > now->epoch)
		i--;
	if (i == 0 || memcmp(history->held[i - 1].hash, now->hash, sizeof now->hash) != 0)
		return false;
	uint32_t held = history->held[i - 1].epoch;
	bool is_over = page->ended.epoch == held && page->ended.why != LIMITS_CONFIRMED;
	return held == now->epoch || !is_over;
}

void history_turn(struct history *history, const struct limits_page *now)
{
	const struct limit_epoch_record *epoch = &now->now;
	if (history->working != NULL && !reading_is_done(history->working))
		return;
	if (history->working != NULL)
		work_end(history);
	if (epoch->epoch == 0)
		return;
	/* Above all that the gate ever had: of another journal, which lay here before. */
	uint32_t last = history->held_count - 1;
	if (history->held_count > 0 && history->held[last].epoch > now->taken) {
		file_remove(history, last);
		return;
	}
	const struct held_load *held = history_find(history, epoch->epoch);
	if (is_held(history, now))
		return;
	const struct history_offer *offer = offer_find(history, epoch->hash);
	if (offer == NULL || history->failed_epoch == epoch->epoch)
		return;
	if (held == NULL && is_full(history, reading_size(offer->text)))
		file_remove(history, 0);
	else
		file_write(history, epoch, offer);
}

void history_list(const struct history *history, char text[HISTORY_LIST_BYTES])
{
	const size_t size = HISTORY_LIST_BYTES;
	size_t used = 0;
	snprintf(text, size, "none");
	/* Two epochs and what stands between and before them take 26 bytes at most, one 12. */
	for (uint32_t i = 0; i < history->held_count;) {
		uint32_t first = history->held[i].epoch, last = first;
		while (++i < history->held_count && history->held[i].epoch == last + 1)
			last++;
		used += (size_t)snprintf(
			text + used, size - used, "%s%u", used > 0 ? ", " : "", first);
		if (last > first)
			used += (size_t)snprintf(text + used, size - used, " to %u", last);
	}
}
