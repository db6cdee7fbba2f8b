/* journal.h - the truth in order: what the journal stage writes and what boot reads.

   The journal stage drains the gate's link, stamps each record's checksum (seeded with the one before,
   so the file is a chain), and writes groups of records with one durable write, a few in flight, off
   the hot path.  Segments are preallocated files <first sequence, 20 digits>.sj, rotated when full, their
   directory synced.  A failed write closes the gate: durable stops moving and JOURNAL_BEHIND refuses.

   Owner      the journal stage; boot (recovery, salvage) runs before it starts.
   Units      bytes; DISK_BLOCK_BYTES blocks; the last block of a group is written again with more in
              it by the next group: its earlier bytes do not change, so a torn write loses nothing.
   Invariant  (1) durable <= published; (2) records of a segment have rising sequence without holes. */
#ifndef SLUICE_JOURNAL_JOURNAL_H
#define SLUICE_JOURNAL_JOURNAL_H

#include "dataplane/journal/reader.h"
#include "dataplane/shm/region.h"
#include "drivers/disk/disk.h"

struct journal;

/* journal_build_id is the commit this binary was built from. */
uint64_t journal_build_id(void);

/* journal_open prepares writing after sequence `last` with checksum `last_crc` (both 0 in an empty
   directory); creates the directory and a new segment. */
struct journal *journal_open(struct disk *disk, const char *directory, uint64_t segment_bytes,
	const uint64_t config_hash[2], struct link *link, struct metrics *metrics, uint64_t last,
	uint32_t last_crc, uint64_t wall_ns, struct config_error *error);

/* journal_poll does one turn: takes what is in the link, starts and finishes writes, moves
   link->durable.  Returns true if it did anything. */
bool journal_poll(struct journal *journal, uint64_t now_ns, uint64_t wall_ns);

/* journal_flush polls until everything published is durable, or a write failed (false). */
bool journal_flush(struct journal *journal);

/* journal_failed tells the errno of the write that closed the journal; 0: none. */
int journal_failed(const struct journal *journal);

void journal_close(struct journal *journal);

/* journal_salvage appends to writer's link the whole records that an earlier process published in
   `old` with a sequence above `durable`.  Returns how many. */
uint64_t journal_salvage(const struct link *old, uint64_t durable,
	bool (*record)(void *context, const struct record *record), void *context);

#endif
