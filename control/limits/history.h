/* history.h - the files of loads that were in force, kept so that one may be brought back.

   The journal keeps the rows of each epoch, but not the file that they came from: its waivers and what people said.  So
   the file itself is kept, beside the journal, one for each epoch, with a first line of what is known of the load; it
   survives control and the gate, and is read and judged again as any file is.  Epochs that only cut a load anew between gates
   are of that load, and not kept beside it.

     offered --its hash is in force, as epoch e--> epoch-e.yaml written by a thread --> held
                                                     the oldest removed, where there is no room <-'

   Owner      control's thread; a disk that hangs holds up nobody.
   Invariant  (1) what is held was in force under that epoch, and lies on the disk whole;
              (2) at most HISTORY_COUNT_MAX files and, but for the newest alone, HISTORY_BYTES_MAX bytes. */
#ifndef SLUICE_CONTROL_LIMITS_HISTORY_H
#define SLUICE_CONTROL_LIMITS_HISTORY_H

#include <jansson.h>

#include "control/limits/publishing.h"
#include "control/limits/reading.h"

enum { HISTORY_COUNT_MAX = 64, HISTORY_OFFER_COUNT = 2, HISTORY_PATH_BYTES = PATH_BYTES + 64 };
#define HISTORY_BYTES_MAX (256ull << 20)

/* A load whose file is held.  words: how, because, waivers [{scope, limit, reason}]; hash as people write it. */
struct held_load {
	uint32_t epoch;
	uint64_t hash[2];
	uint64_t size_bytes;
	json_t *words;
};

/* A file that was given to the gate, or was in force when control began: by its hash it is found when it is. */
struct history_offer {
	struct reading *text; /* NULL: none */
	uint64_t hash[2];
	json_t *words;
};

struct history {
	char directory[PATH_BYTES + 32];
	uint64_t bytes_max; /* HISTORY_BYTES_MAX; a test takes less */
	uint32_t held_count;
	struct held_load held[HISTORY_COUNT_MAX]; /* by rising epoch */
	struct history_offer offers[HISTORY_OFFER_COUNT];
	uint32_t offer_next;
	struct reading *working; /* its thread writes or removes a file; NULL: none */
	struct held_load coming; /* what it writes; epoch 0: it removes */
	uint32_t failed_epoch;   /* that could not be written: not tried again */
};

/* history_open finds what is held in a journal's directory.  For boot: it reads files. */
void history_open(struct history *history, const char *journal_directory);
void history_close(struct history *history);

/* history_words makes the words of a load: how it came ("load", "start", "restore of epoch 3"), why (NULL: nobody
   said), and the waivers of its file. */
json_t *history_words(const struct site_config *site, const struct limitset *set, const char *how,
	const char *because);

/* history_offer takes a copy of the text that a set was read from, and the words (taken over) to keep with it. */
void history_offer(struct history *history, const struct reading *reading,
	const struct limitset *set, json_t *words);

/* history_turn writes what is in force and not held yet, and removes what there is no room for. */
void history_turn(struct history *history, const struct limits_page *now);

/* history_find gives a load that is held, or NULL. */
const struct held_load *history_find(const struct history *history, uint32_t epoch);

/* history_find_load gives the newest of a load's epochs that is held: they are of one hash.  NULL: none is. */
const struct held_load *history_find_load(
	const struct history *history, uint32_t first, uint32_t last, const uint64_t hash[2]);

/* history_path writes the file of an epoch. */
void history_path(const struct history *history, uint32_t epoch, char path[HISTORY_PATH_BYTES]);

/* history_list writes which epochs are held, all of them: "3, 5 to 9", or "none". */
enum { HISTORY_LIST_BYTES = HISTORY_COUNT_MAX * 13 + 32 };
void history_list(const struct history *history, char text[HISTORY_LIST_BYTES]);

/* hash_format writes a set's hash as people read it; text holds HASH_TEXT_BYTES. */
enum { HASH_TEXT_BYTES = 33 };
void hash_format(const uint64_t hash[2], char text[HASH_TEXT_BYTES]);

#endif
