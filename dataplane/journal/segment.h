/* segment.h - the files of a journal: their names, their first block, which one comes next.

   A segment is named after the number of its first record, twenty digits and ".sj".  When a file of
   that name is there already (a boot that died before its first record was durable, a rotation that
   was cut), it stays as evidence and the new one is called <digits>.<try>.sj; of several that fit, the
   reader takes the highest try, because whoever made it knew the lower ones.

   Invariant  (1) a segment's name, its header's first_sequence and its first record agree;
              (2) its header's previous_crc is the checksum of the record before its first. */
#ifndef SLUICE_JOURNAL_SEGMENT_H
#define SLUICE_JOURNAL_SEGMENT_H

#include "dataplane/journal/reader.h"

enum { SEGMENT_BLOCK_BYTES = 4096, SEGMENT_TRY_COUNT = 100, SEGMENT_NAME_BYTES = 64 };

/* segment_name writes a segment's file name. */
void segment_name(uint64_t first_sequence, uint32_t attempt, char name[SEGMENT_NAME_BYTES]);

/* segment_name_read reads one.  false: the file is no segment. */
bool segment_name_read(const char *name, uint64_t *first_sequence, uint32_t *attempt);

/* segment_header_fill makes a whole first block: the header, its checksum, zeros. */
void segment_header_fill(uint8_t block[SEGMENT_BLOCK_BYTES], struct segment_header header);

enum segment_verdict {
	SEGMENT_VALID = 0,
	SEGMENT_BLANK = 1, /* all zero: prepared and never begun */
	SEGMENT_BROKEN = 2,
};

/* segment_header_check judges a first block against the number in the file's name; reason gets what
   was found and expected of a broken one. */
enum segment_verdict segment_header_check(const uint8_t block[SEGMENT_BLOCK_BYTES],
	uint64_t first_sequence, char *reason, size_t reason_size);

#endif
