/* reserve.h - room that the journal keeps on its disk for the day when there is none.

   A reserve is some files of one size beside the segments, allocated and zeroed ahead.  When a segment cannot be made for lack of
   room, one of them becomes it: renamed, so that nobody else can take the room in between.  There are several, so that each
   boot on a full disk finds one for its first segment.

       lacking ──reserve_build──▶ held ──reserve_give──▶ a segment
          ▲                        ▲ └── another size, or holes: taken away by reserve_open
          └────────────────────────┴──reserve_return── a segment in which nothing was written

   Owner      one thread at a time; held_count may be read by any.
   Units      bytes.
   Errors     negative errno, of the disk. */
#ifndef SLUICE_JOURNAL_RESERVE_H
#define SLUICE_JOURNAL_RESERVE_H

#include <stdatomic.h>

#include "drivers/disk/disk.h"

enum { RESERVE_PIECE_MAX = 1024 };

struct reserve {
	struct disk *disk;
	const char *directory; /* the owner's */
	uint64_t piece_bytes;
	uint32_t piece_count;
	_Atomic uint32_t held_count;
	bool is_held[RESERVE_PIECE_MAX];
};

/* reserve_open takes what lies in the directory of a reserve of at least reserve_bytes (0: none is kept) in files of piece_bytes,
   and takes away what is of another, wherever it has gaps.  0; else a negative errno: what lies there is not known, or would not go. */
int reserve_open(struct reserve *reserve, struct disk *disk, const char *directory,
	uint64_t reserve_bytes, uint64_t piece_bytes);

/* reserve_is_whole tells whether no piece lacks. */
bool reserve_is_whole(const struct reserve *reserve);

/* reserve_build makes one piece that lacks.  1: made; 0: none lacks; else a negative errno, and it lacks. */
int reserve_build(struct reserve *reserve);

/* reserve_give makes a piece the file at path: all zeros, of piece_bytes.  Returns its number on the disk; -ENOSPC: no piece is
   held; else why the last one that was held could not be given: those that could not be are held no longer.  -EEXIST: path is there, and
   every piece stays. */
int reserve_give(struct reserve *reserve, const char *path);

/* reserve_return makes a file of piece_bytes that is shut a piece again.  false: none lacks, or the disk would not, and no piece is
   held for it. */
bool reserve_return(struct reserve *reserve, const char *path);

/* reserve_clear takes all of it away; what the disk will not take away is the next reserve_open's. */
void reserve_clear(struct reserve *reserve);

#endif
