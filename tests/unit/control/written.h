/* written.h - a journal of one segment, written record by record as a gate's journal stage would.

   Owner      the test begins and ends it; what is written is to be flushed before it is read. */
#ifndef SLUICE_TESTS_WRITTEN_H
#define SLUICE_TESTS_WRITTEN_H

#include <stdio.h>
#include <string.h>

#include "dataplane/journal/reader.h"

enum { WRITTEN_HEADER_BYTES = 4096 };

struct written {
	FILE *file;
	char path[320];
	uint32_t last_crc;
	uint64_t sequence;
};

static inline bool written_begin(struct written *w, const char *directory, uint64_t wall_ns)
{
	static uint8_t block[WRITTEN_HEADER_BYTES];
	struct segment_header header = {.magic = SEGMENT_MAGIC,
		.version = RECORD_VERSION,
		.header_bytes = WRITTEN_HEADER_BYTES,
		.first_sequence = 1,
		.wall_ns = wall_ns};
	header.crc = crc32c(0, &header, sizeof header);
	memcpy(block, &header, sizeof header);
	*w = (struct written){0};
	snprintf(w->path, sizeof w->path, "%s/%020d.sj", directory, 1);
	w->file = fopen(w->path, "w+");
	return w->file != NULL && fwrite(block, sizeof block, 1, w->file) == 1;
}

static inline bool written_record(struct written *w, uint8_t type, const void *body, size_t size)
{
	union record_space space;
	memset(&space, 0, sizeof space);
	space.record.size_bytes = record_size_of((uint32_t)size);
	space.record.body_bytes = (uint16_t)size;
	space.record.type = type;
	space.record.sequence = (uint32_t)++w->sequence;
	memcpy(&space.record + 1, body, size);
	space.record.crc = w->last_crc = record_crc(w->last_crc, &space.record);
	return fwrite(&space, space.record.size_bytes, 1, w->file) == 1;
}

#endif
