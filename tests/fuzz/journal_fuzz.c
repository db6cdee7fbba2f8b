/* journal_fuzz.c - arbitrary bytes as a segment: the reader never crashes and never invents.

   The input is a segment's file as it is (even first byte), or, so that the fuzzer gets past the
   checksums, a script: records are written right, then the input's bytes are laid over the file
   (odd).  Every record that comes back must fit its length and number; of a script, it must be one
   that was written.

   rooms: dataplane_journal */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/journal/reader.h"
#include "dataplane/journal/segment.h"

enum { RECORDS = 40 };
static char directory[64], path[128];
static uint8_t image[SEGMENT_BLOCK_BYTES + 8192];
static uint64_t record_at[RECORDS + 1];
static uint8_t right[sizeof image];

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void forget(void)
{
	unlink(path);
	rmdir(directory);
}

/* A right segment, that scripts then spoil. */
static void write_right(void)
{
	segment_header_fill(right, (struct segment_header){.first_sequence = 1, .wall_ns = 1});
	uint64_t at = SEGMENT_BLOCK_BYTES;
	uint32_t crc = 0;
	for (uint32_t i = 1; i <= RECORDS; i++) {
		uint32_t body = (i * 37) % 300;
		struct record *record = (struct record *)(right + at);
		*record = (struct record){.size_bytes = record_size_of(body),
			.body_bytes = (uint16_t)body,
			.type = (uint8_t)(1 + i % 36),
			.sequence = i};
		memset(record + 1, (int)i, body);
		record->crc = crc = record_crc(crc, record);
		record_at[i] = at;
		at += record->size_bytes;
	}
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(directory, sizeof directory, "%s/sluice-fuzz-XXXXXX", place);
	CHECK(mkdtemp(directory) != NULL);
	snprintf(path, sizeof path, "%s/00000000000000000001.sj", directory);
	atexit(forget);
	write_right();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct config_error error = {""};
	struct reader_end end;
	uint64_t count = 0, sequence = 0;
	if (size < 5)
		return 0;
	bool is_script = bytes[0] & 1;
	size_t used = size - 1 < sizeof image ? size - 1 : sizeof image;
	memset(image, 0, sizeof image);
	if (is_script) {
		uint32_t at = (uint32_t)load_be32(bytes + 1) % 12288;
		used = size - 5 < sizeof image - at ? size - 5 : sizeof image - at;
		memcpy(image, right, sizeof image);
		for (size_t i = 0; i < used; i++)
			image[at + i] ^= bytes[5 + i];
		used = sizeof image;
	} else {
		memcpy(image, bytes + 1, used);
	}
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(file >= 0 && write(file, image, used) == (ssize_t)used);
	close(file);
	struct reader *reader = reader_open(directory, &error);
	CHECK(reader != NULL);
	for (const struct record *r; (r = reader_next(reader, &sequence));) {
		CHECK(sequence == ++count && r->sequence == (uint32_t)sequence);
		CHECK(r->size_bytes == record_size_of(r->body_bytes));
		CHECK(r->size_bytes <= RECORD_BYTES_MAX);
		if (is_script) {
			CHECK(sequence <= RECORDS);
			CHECK(memcmp(r, right + record_at[sequence], r->size_bytes) == 0);
		}
	}
	reader_end_of(reader, &end);
	CHECK(end.last_sequence == count);
	reader_close(reader);
	return 0;
}
