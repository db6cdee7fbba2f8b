/* journal.h - the truth in order: what the journal stage writes and what boot reads.

   The journal stage drains the gate's link, stamps each record's checksum (seeded with the one before,
   so the file is a chain), and writes groups of records with one durable write, a few in flight, off
   the hot path.  Segments are preallocated files (segment.h), the next one made before it is needed,
   their directory synced; a boot begins with a small one, and each next one is up to eight times larger
   until they are as large as configured, so that nobody waits for the first.  A failed write closes the gate: durable stops moving, link->failed says so and
   JOURNAL_BEHIND refuses the next order.

   A disk that gives no room for the next segment fails nothing yet: the reserve (reserve.h) becomes it, piece by piece, and
   link->full refuses orders from that moment on, so that what is left is for stops, cancels and what venues say.  Once there is room
   the reserve is built again; whole, it ends that.

   A record's life:

      link_publish      journal_poll          disk_poll
     published ──────▶ stamped in a group ──▶ durable ──▶ its bytes in the link are released

   Boot goes: journal_lock, reader_open .. reader_close, journal_salvage, link_join, journal_open.

   Owner      the journal stage; boot (recovery, salvage) runs before it starts.
   Units      bytes; DISK_BLOCK_BYTES blocks; the last block of a group is written again with more in
              it by the next group: its earlier bytes do not change, so a torn write loses nothing.
   Invariant  (1) durable <= published; (2) records of a segment have rising sequence without holes;
              (3) no write begins that overlaps one in flight; (4) durable moves in order: when it
              stands at n, every record up to n is on the disk; (5) the link keeps every record that is
              not durable, so the death of this process loses none;
              (6) files are made by one thread at a time, and link->full changes with them. */
#ifndef SLUICE_JOURNAL_JOURNAL_H
#define SLUICE_JOURNAL_JOURNAL_H

#include "dataplane/journal/reader.h"
#include "dataplane/shm/region.h"
#include "drivers/disk/disk.h"

struct journal;

enum {
	JOURNAL_GROUP_BYTES = 256 * 1024, /* the largest single write */
	JOURNAL_SEGMENT_BYTES_MIN = 2 * DISK_BLOCK_BYTES,
	JOURNAL_FIRST_BYTES = 4 << 20, /* the most that the first segment of a boot has */
};

/* What a start made and a refused start takes away again. */
struct journal_lock {
	int file; /* holds the lock until it is closed or the process dies; -1: it does not */
	bool made_file, made_directory;
};

/* journal_lock creates the directory, takes it for this process alone, and makes durable what an
   earlier process left there, so that what is read next cannot vanish later.  false: error has who
   holds it, or what the disk refused; nothing was made, but that a file which the system would not lock, or would not
   tell of, stays: another may hold it by now. */
bool journal_lock(struct journal_lock *lock, const char *directory, struct config_error *error);

/* journal_unlock gives the lock back.  is_refused: the start came to nothing, so what journal_lock made is
   taken away, unless something else lies in the directory by now. */
void journal_unlock(struct journal_lock *lock, const char *directory, bool is_refused);

/* How long a boot waits for its disk: it is asked again and again while nothing comes of the first write. */
struct journal_patience {
	bool (*goes_on)(void *context, uint64_t waited_ns); /* false: enough */
	void *context;
};

/* journal_open prepares writing after sequence `last` with checksum `last_crc` (both 0 in an empty
   directory); creates a new segment in the directory, which is there and locked, of the reserve where there is no room;
   reserve_bytes 0: none is kept.  A disk that takes long is waited for as long as patience goes on, ten seconds where it is
   NULL.  NULL: error has why; no record that was there is touched. */
struct journal *journal_open(struct disk *disk, const char *directory, uint64_t segment_bytes,
	uint64_t reserve_bytes, const uint64_t config_hash[2], struct link *link,
	struct metrics *metrics, uint64_t last, uint32_t last_crc, uint64_t wall_ns,
	const struct journal_patience *patience, struct config_error *error);

/* journal_poll does one turn: takes what is in the link, starts and finishes writes, moves
   link->durable.  Returns true if it did anything. */
bool journal_poll(struct journal *journal, uint64_t now_ns, uint64_t wall_ns);

/* journal_prepare makes the next segment when one will be needed soon (allocating and zeroing takes
   tens of milliseconds), else takes back what an earlier process made ahead and never began (blank.h), else makes
   a piece that the reserve lacks: once a second where that fails.  Any one other
   thread may call it now and then, such as main's; a journal that nobody prepares makes them in journal_poll.
   Returns true if it did any of that. */
bool journal_prepare(struct journal *journal, uint64_t now_ns);

/* journal_flush polls until everything published is durable, or a write failed or ten seconds passed
   (false). */
bool journal_flush(struct journal *journal);

/* journal_failed tells the errno of the write that closed the journal; 0: none. */
int journal_failed(const struct journal *journal);

/* journal_close waits for writes in flight, closes the segment, and leaves the disk open.  A segment in which
   no record stood is taken away; of a journal without any the reserve is, too. */
void journal_close(struct journal *journal);

/* journal_salvage hands over the whole records that an earlier process published in `old` with a
   sequence above `durable`, in order, beginning with durable + 1, until one is torn or `record`
   returns false.  Returns how many it took. */
uint64_t journal_salvage(const struct link *old, uint64_t durable,
	bool (*record)(void *context, const struct record *record), void *context);

#endif
