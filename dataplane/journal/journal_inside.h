/* journal_inside.h - what journal.c and journal_room.c share: the journal's state.

   journal_room.c makes its files and tells how much room there is; journal.c fills them.

   Owner      journal.h's. */
#ifndef SLUICE_JOURNAL_JOURNAL_INSIDE_H
#define SLUICE_JOURNAL_JOURNAL_INSIDE_H

#include "dataplane/journal/blank.h"
#include "dataplane/journal/journal.h"
#include "dataplane/journal/reserve.h"
#include "dataplane/journal/segment.h"

enum {
	GROUP_COUNT = DISK_IN_FLIGHT_MAX,
	BLOCK = DISK_BLOCK_BYTES,
	PREPARE_SHARE = 8, /* the next segment is made when so much is left as 1/8 of it */
};

/* One write.  The numbers are of the last record that is whole on the disk when it is done. */
struct group {
	int file;
	bool is_done;
	bool is_last_of_file; /* nothing more is written to the file: shut it */
	bool has_news;        /* holds bytes that no earlier write had */
	uint64_t offset;      /* of its first byte in the file */
	uint32_t size_bytes;  /* filled so far */
	uint64_t sequence, position, bytes;
	/* the same at the last block boundary: where a full group is cut */
	uint64_t block_sequence, block_position, block_bytes;
	uint64_t started_ns;
};

/*    NONE ──poll──▶ WANTED ──any thread, while is_making──▶ READY ──rotation──▶ NONE
                                                        └──▶ FAILED ──rotation──▶ WANTED (once more) */
enum prepare { PREPARE_NONE, PREPARE_WANTED, PREPARE_READY, PREPARE_FAILED };

struct journal {
	struct disk *disk;
	struct link *link;
	struct metrics *metrics;
	char directory[PATH_BYTES];
	uint64_t segment_bytes; /* as configured: the most that one has */
	uint64_t
		file_bytes; /* of the segment being filled; the next one has up to PREPARE_SHARE times more */
	uint64_t config_hash[2];
	int failed; /* errno; 0: none */

	uint64_t position; /* in the link, of the next record to take */
	uint64_t sequence; /* of the last record stamped */
	uint32_t crc;      /* its checksum */
	uint64_t bytes;    /* stamped so far */
	uint64_t durable, durable_bytes;
	uint64_t now_ns, wall_ns; /* of the last poll */
	uint64_t wait_ns;         /* how long the disk is waited for where nobody says otherwise */

	int file;
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	uint64_t first;        /* sequence of the file's first record */
	uint64_t offset;       /* in the file, of the next record */
	uint64_t end_sequence; /* last record of this segment; UINT64_MAX: not fixed yet */

	_Atomic bool is_making; /* a thread makes files: journal (6) */
	struct reserve reserve;
	struct blanks blanks; /* of earlier processes: room that comes back */
	uint64_t build_ns;    /* when the next piece may be made */

	_Atomic int
		prepare; /* enum prepare; WANTED, the words below belong to whoever set is_making */
	int next_file;
	uint64_t next_bytes;
	char next_path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	_Atomic bool has_preparer; /* another thread makes segments */

	uint64_t oldest,
		filling;    /* groups [oldest, filling) were issued and are not acknowledged */
	uint32_t in_flight; /* of those, not done */
	bool is_filling;    /* groups[filling] has been begun */
	uint64_t partial;   /* number + 1 of the group whose last block the next one writes again */
	uint32_t carry_bytes;
	struct group groups[GROUP_COUNT];
	uint8_t carry[BLOCK]; /* the beginning of the next group's first block */
	_Alignas(BLOCK) uint8_t buffers[GROUP_COUNT][JOURNAL_GROUP_BYTES];
};

/* journal_create makes the file of a segment at next_path, a piece of the reserve where there is no room; *size_bytes becomes its size. */
int journal_create(struct journal *j, uint64_t first_sequence, uint64_t *size_bytes);

/* journal_want_next wants the next segment once little is left of this one; journal_make_next makes one that is wanted, unless another
   thread makes files. */
void journal_want_next(struct journal *j);
bool journal_make_next(struct journal *j);

/* journal_make makes the next segment if one is wanted, else takes back a slice of what an earlier process made ahead and never began,
   else makes a piece that the reserve lacks.  false: none of it, or another thread is at it. */
bool journal_make(struct journal *j, uint64_t now_ns);

/* journal_tell_room publishes what can be written if the disk gives no more. */
void journal_tell_room(struct journal *j);

/* journal_forget shuts a segment without a record and takes it away. */
void journal_forget(struct journal *j, int file, const char *path, uint64_t size_bytes);

#endif
