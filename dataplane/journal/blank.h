/* blank.h - segments that a process made ahead and never began, because it was killed first.

   Such a file is as large as a segment, holds nothing but zeros, and no reader takes anything from it; left alone it would lie on the
   disk for ever.  A boot lists them before it makes a file of its own; later, a slice at a time, each is read whole, and
   what is proved to be blank is the journal's room again.

       blank_open ──▶ listed ──blank_look, slice by slice──▶ all zeros: its owner gives it back
                                                      └────▶ anything else: evidence, stays as it is

   Owner      whoever makes the journal's files, one thread at a time.
   Units      bytes.
   Invariant  (1) listed is only what is named as a segment and was there before this boot made a file: what was read up to the last
                  valid record was read from others, and what this process writes goes to others;
              (2) nothing is listed while a segment that is not blank begins further behind the last valid record than the
                  next: then the journal has a hole, and a blank file is evidence of it;
              (3) a file of which one byte is not zero, or cannot be read, is never given back. */
#ifndef SLUICE_JOURNAL_BLANK_H
#define SLUICE_JOURNAL_BLANK_H

#include "dataplane/journal/segment.h"
#include "drivers/disk/disk.h"

enum {
	BLANK_COUNT_MAX = 64,        /* of a boot; what is left is the next one's       */
	BLANK_SLICE_BYTES = 1 << 18, /* read by one look                               */
	BLANK_LIST_MAX = 1 << 16,    /* files in the directory; of more none is listed */
};

struct blanks {
	struct disk *disk;
	const char *directory; /* the owner's */
	uint32_t count;        /* of those still to be looked at; the last of them is read */
	uint64_t offset;       /* up to which that one is all zeros */
	char names[BLANK_COUNT_MAX][SEGMENT_NAME_BYTES];
	uint8_t slice[BLANK_SLICE_BYTES];
};

/* blank_open lists what may be blank; last: number of the last valid record.  Where the directory cannot be listed whole, none is. */
void blank_open(struct blanks *blanks, struct disk *disk, const char *directory, uint64_t last);

/* blank_look reads the next slice.  true: a file was read to its end and is all zeros; path and size_bytes name it, it is listed no
   longer and nothing was taken away.  false: not yet, or none is left. */
bool blank_look(struct blanks *blanks, char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1],
	uint64_t *size_bytes);

#endif
