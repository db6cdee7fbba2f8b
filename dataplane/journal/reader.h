/* reader.h - reads a journal directory from its first record to its last valid one.

   Recovery takes the longest valid prefix: a record whose length, number or checksum is wrong ends it.
   What lies behind is left as evidence and told; nothing is rewritten.  A segment ends at its first
   zeros or its first bad record, and the journal goes on in the segment whose header says that it
   follows the last valid record (number and checksum); if there is none, the journal ends.  Control,
   sluicectl and tools read with this too: it opens files read-only and needs nobody's leave.

   After a power cut, and while the journal is being written, the end may look damaged: what was not
   yet acknowledged is torn.  It is a loss only if the last record lies below an acknowledged one.

   Errors     reader_next returns NULL at the end; reader_end says whether it was a clean end (zeros or
              end of file) or damage, and where.  A disk that would not be read, a directory that could not be listed to its
              end among them, is never an end: it is damage that has a code. */
#ifndef SLUICE_JOURNAL_READER_H
#define SLUICE_JOURNAL_READER_H

#include "config/config.h"
#include "dataplane/shm/record.h"

#define SEGMENT_MAGIC 0x31474d5445534a53ull

/* The first block of a segment. */
struct segment_header {
	uint64_t magic;
	uint32_t version;      /* RECORD_VERSION */
	uint32_t header_bytes; /* where records begin: DISK_BLOCK_BYTES */
	uint64_t first_sequence;
	uint64_t wall_ns;
	uint64_t build_id;
	uint64_t config_hash[2];
	uint32_t previous_crc; /* of the record before the first: the chain's seed */
	uint32_t crc;          /* CRC32C of this struct with this field zero */
};

struct reader;

struct reader_end {
	uint64_t last_sequence; /* of the last valid record; 0: none */
	uint32_t last_crc;
	bool is_damaged; /* the prefix ended at a bad record, not at zeros or the end */
	int code; /* errno of a disk that would not be read: what lies there is not known; 0: it was */
	char segment[64]; /* file name where it ended */
	uint64_t offset;  /* byte offset of the first record not taken */
	char reason[128]; /* found ..., expected ... */
};

/* reader_open opens a journal directory, to be read from its lowest segment (its first record has
   number 1 unless older ones were taken away).  NULL: error says why; an empty directory is not an
   error, a missing one is. */
struct reader *reader_open(const char *directory, struct config_error *error);

/* reader_next returns the next valid record, or NULL at the end.  *sequence (may be NULL) gets its
   64-bit number.  The record stays readable until the next call.  Called again after the end it looks
   again: so a journal that is being written is followed. */
const struct record *reader_next(struct reader *reader, uint64_t *sequence);

/* reader_until ends it behind the record of that number: of a journal that is being written, the last that was acknowledged, as
   what follows may be torn and is nobody's loss.  An end before it is damage.  0: it is read to its end. */
void reader_until(struct reader *reader, uint64_t last);

/* reader_segment gives the header of the segment the last record came from. */
const struct segment_header *reader_segment(const struct reader *reader);

/* reader_end_of tells how it ended; only after reader_next returned NULL. */
void reader_end_of(const struct reader *reader, struct reader_end *end);

void reader_close(struct reader *reader);

/* reader_holder gives the process that holds a directory for writing; 0: none is known.  The lock (journal.h) is the kernel's and dies
   with its process, so who holds it lives.  It is not taken for that, not for an instant: a dataplane that boots just then
   would be refused. */
uint32_t reader_holder(const char *directory);

/* crc32c continues a CRC32C (Castagnoli) over bytes; begin with seed 0. */
uint32_t crc32c(uint32_t seed, const void *bytes, size_t size);

/* record_crc is the checksum a record must carry after one with checksum `previous`. */
uint32_t record_crc(uint32_t previous, const struct record *record);

#endif
