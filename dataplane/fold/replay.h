/* replay.h - the fold run again over a journal, and whether it decides the same.

   Inputs are applied; the outputs that come out are compared, byte for byte, with the ones that follow in
   the journal.  Boot uses it to rebuild the state, `sluice-dataplane --replay` to prove the day.

   Owner      boot's thread, or the replay program.
   Errors     a difference is counted and the first one kept in words; the fold goes on with its own view. */
#ifndef SLUICE_FOLD_REPLAY_H
#define SLUICE_FOLD_REPLAY_H

#include "dataplane/fold/fold.h"
#include "dataplane/journal/reader.h"

enum { REPLAY_PENDING_BYTES = 1 << 20 };

struct replay_result {
	uint64_t records, inputs, outputs, receipts, passed, refused, turns, hashes;
	uint64_t differences;
	char first_difference[256];
	uint64_t last_sequence;
	uint64_t last_now_ns; /* of the last turn */
	bool is_clean;        /* the last record is a state hash: the process ended in order */
	uint64_t elapsed_ns;
	uint64_t state_hash[2];
	struct reader_end end;
};

struct replay {
	struct fold *fold;
	struct metrics *metrics;
	struct gate_page *page;
	uint8_t *pending; /* outputs the fold produced that the journal has not shown yet */
	uint32_t pending_head, pending_tail;
	struct replay_result result;
	/* Who is told of each input when it was applied; NULL: nobody. */
	void (*applied)(void *context, const struct record *record);
	void *context;
};

/* replay_open makes a fold for a site, with pages of its own. */
struct replay *replay_open(const struct site_config *site);

/* replay_record applies or compares one record. */
void replay_record(struct replay *replay, const struct record *record, uint64_t sequence);

/* replay_journal reads a directory into it up to a record (reader_until).  false: error has why (another configuration, an
   unreadable directory); a damaged tail is not an error, result.end tells. */
bool replay_journal(
	struct replay *replay, const char *directory, uint64_t until, struct config_error *error);

/* replay_pending gives the next output that the journal lacks, or NULL; *position starts at 0. */
const struct record *replay_pending(const struct replay *replay, uint32_t *position);

/* replay_close frees it; the fold too unless it was taken (replay->fold = NULL). */
void replay_close(struct replay *replay);

#endif
