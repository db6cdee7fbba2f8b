#include "dataplane/journal/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/journal/segment.h"

enum {
	READER_BUFFER_BYTES = 1 << 20,
	TAIL_BYTES = 64 * 1024,
	READER_OPEN = O_RDONLY | O_NONBLOCK | O_CLOEXEC, /* a pipe of that name is not waited for */
};

struct reader {
	char directory[PATH_BYTES];
	int file; /* the segment being read; -1: none yet */
	uint32_t attempt;
	char name[SEGMENT_NAME_BYTES];
	struct segment_header header;
	uint64_t offset; /* of the next record in the segment */
	uint64_t buffer_offset, buffer_size;
	struct reader_end end; /* last_sequence and last_crc are kept current */
	uint64_t until;        /* 0: the end */
	_Alignas(RECORD_ALIGN_BYTES) uint8_t buffer[READER_BUFFER_BYTES];
};

struct reader *reader_open(const char *directory, struct config_error *error)
{
	DIR *d = opendir(directory);
	if (!d || strlen(directory) >= PATH_BYTES) {
		snprintf(error->text, sizeof error->text,
			"journal %s: found \"%s\", expected a directory that can be read",
			directory, d ? "a path that is too long" : strerror(errno));
		if (d)
			closedir(d);
		return NULL;
	}
	closedir(d);
	struct reader *reader = calloc(1, sizeof *reader);
	CHECK(reader);
	snprintf(reader->directory, sizeof reader->directory, "%s", directory);
	reader->file = -1;
	return reader;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	if (reader->file >= 0)
		close(reader->file);
	free(reader);
}

static const struct record *reader_stop(struct reader *reader, bool is_damaged, const char *reason)
{
	reader->end.is_damaged = is_damaged;
	reader->end.code = 0;
	reader->end.offset = reader->offset;
	memcpy(reader->end.segment, reader->name, sizeof reader->end.segment);
	snprintf(reader->end.reason, sizeof reader->end.reason, "%s", reason);
	return NULL;
}

/* The disk refused what was asked of `name`: errno has why. */
static const struct record *reader_refuse(struct reader *reader, const char *name, uint64_t offset)
{
	int code = errno;
	reader_stop(reader, true, strerror(code));
	reader->end.code = code;
	reader->end.offset = offset;
	snprintf(reader->end.segment, sizeof reader->end.segment, "%s", name);
	return NULL;
}

/* Gives up to `need` bytes of the segment from the current offset on; *got tells how many there are.
   Read again at every end, so a reader can follow a journal that is being written.  NULL: the disk refuses, errno has why. */
static const uint8_t *reader_bytes(struct reader *reader, size_t need, size_t *got)
{
	uint64_t behind = reader->offset - reader->buffer_offset;
	if (behind + need > reader->buffer_size) {
		ssize_t size = pread(
			reader->file, reader->buffer, sizeof reader->buffer, (off_t)reader->offset);
		reader->buffer_offset = reader->offset;
		reader->buffer_size = size > 0 ? (uint64_t)size : 0;
		behind = 0;
		if (size < 0)
			return NULL;
	}
	uint64_t left = reader->buffer_size - behind;
	*got = left < need ? (size_t)left : need;
	return reader->buffer + behind;
}

/* What is wrong with a record's header; NULL: nothing. */
static const char *reader_fault(const struct record *record, uint64_t expected)
{
	if (record->size_bytes < sizeof *record || record->size_bytes > RECORD_BYTES_MAX ||
		record->body_bytes > RECORD_BYTES_MAX - sizeof *record ||
		record->size_bytes != record_size_of(record->body_bytes))
		return "length";
	if (record->sequence != (uint32_t)expected)
		return "number";
	if (record->type == RECORD_PAD)
		return "type";
	return NULL;
}

static const struct record *reader_stop_at_fault(
	struct reader *reader, const struct record *record, const char *fault)
{
	char reason[128];
	snprintf(reason, sizeof reason,
		"%s: found size %u body %u type %u number %u, expected number %u", fault,
		record->size_bytes, record->body_bytes, record->type, record->sequence,
		(uint32_t)(reader->end.last_sequence + 1));
	return reader_stop(reader, true, reason);
}

/* Takes the next record of the open segment.  NULL: it ends here, and end tells how. */
static const struct record *reader_take(struct reader *reader)
{
	static const struct record zero;
	size_t got;
	const uint8_t *bytes = reader_bytes(reader, sizeof(struct record), &got);
	if (bytes == NULL)
		return reader_refuse(reader, reader->name, reader->offset);
	if (got == 0)
		return reader_stop(reader, false, "end of file");
	if (got < sizeof(struct record))
		return reader_stop(
			reader, true, "length: found part of a header, expected all of it");
	const struct record *record = (const struct record *)bytes;
	if (memcmp(record, &zero, sizeof zero) == 0)
		return reader_stop(reader, false, "zeros");
	const char *fault = reader_fault(record, reader->end.last_sequence + 1);
	if (fault)
		return reader_stop_at_fault(reader, record, fault);
	size_t size = record->size_bytes;
	record = (const struct record *)reader_bytes(reader, size, &got);
	if (record == NULL)
		return reader_refuse(reader, reader->name, reader->offset);
	if (got < size)
		return reader_stop_at_fault(reader, record, "length: found the end of the file");
	/* The next one's seed is what this one states: equal to what was computed, and known before that is, so that the sums of
	   several records are under way at once.  Volatile, or the compiler takes the sum for it. */
	uint32_t stated = *(const volatile uint32_t *)&record->crc;
	if (UNLIKELY(record_crc(reader->end.last_crc, record) != stated))
		return reader_stop_at_fault(reader, record, "checksum");
	reader->end.last_sequence++;
	reader->end.last_crc = stated;
	reader->offset += size;
	return record;
}

/* One look through the directory for what may follow. */
struct reader_search {
	uint64_t first;  /* the number wanted; 0: the lowest there is */
	bool is_chained; /* previous_crc must be crc */
	uint32_t crc;
	uint32_t above_attempt; /* of segments with this number, only later tries count */
	bool has_found;
	uint32_t attempt; /* of the best one found */
	struct segment_header header;
	char name[SEGMENT_NAME_BYTES];
	bool has_trouble; /* something is there that does not fit */
	char trouble_name[SEGMENT_NAME_BYTES];
	char trouble[128];
	int trouble_code; /* errno, where the disk would not be read */
	uint32_t
		unread_tries; /* of the number wanted: one behind the highest that would not be read */
};

/* The first trouble is told; before all others, that the disk would not be read. */
static void reader_trouble(
	struct reader_search *search, const char *name, const char *reason, int code)
{
	if (search->has_trouble && (code == 0 || search->trouble_code != 0))
		return;
	search->has_trouble = true;
	search->trouble_code = code;
	snprintf(search->trouble_name, sizeof search->trouble_name, "%.60s", name);
	snprintf(search->trouble, sizeof search->trouble, "%.127s", reason);
}

/* Reads the first block of a file that may be there in part.  Returns 0, or errno. */
static int reader_block(
	const struct reader *reader, const char *name, uint8_t block[SEGMENT_BLOCK_BYTES])
{
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	snprintf(path, sizeof path, "%s/%.60s", reader->directory, name);
	int file = open(path, READER_OPEN);
	if (file < 0)
		return errno;
	int code = pread(file, block, SEGMENT_BLOCK_BYTES, 0) < 0 ? errno : 0;
	close(file);
	return code;
}

/* Judges the header of a file whose number and try may be the ones that are wanted. */
static void reader_compare(struct reader_search *search, const char *name, uint64_t first,
	uint32_t attempt, const struct segment_header *header)
{
	char reason[128];
	if (first != search->first) {
		snprintf(reason, sizeof reason,
			"number: found a segment from record %" PRIu64
			", expected one from %" PRIu64,
			first, search->first);
		reader_trouble(search, name, reason, 0);
	} else if (search->is_chained && header->previous_crc != search->crc) {
		snprintf(reason, sizeof reason,
			"chain: found previous checksum %08x, expected %08x", header->previous_crc,
			search->crc);
		reader_trouble(search, name, reason, 0);
	} else if (!search->has_found || attempt > search->attempt) {
		search->has_found = true;
		search->attempt = attempt;
		search->header = *header;
		snprintf(search->name, sizeof search->name, "%.60s", name);
	}
}

/* Judges one file for the search. */
static void reader_consider(
	const struct reader *reader, struct reader_search *search, const char *name)
{
	uint64_t first;
	uint32_t attempt;
	uint8_t block[SEGMENT_BLOCK_BYTES] = {0};
	char reason[128] = "";
	if (!segment_name_read(name, &first, &attempt) || first < search->first)
		return;
	if (first == search->first && attempt < search->above_attempt)
		return;
	int code = reader_block(reader, name, block);
	if (code != 0) {
		reader_trouble(search, name, strerror(code), code);
		if (first == search->first && attempt >= search->unread_tries)
			search->unread_tries = attempt + 1;
		return;
	}
	enum segment_verdict verdict = segment_header_check(block, first, reason, sizeof reason);
	if (verdict == SEGMENT_BROKEN)
		reader_trouble(search, name, reason, 0);
	if (verdict != SEGMENT_VALID)
		return;
	struct segment_header header;
	memcpy(&header, block, sizeof header);
	reader_compare(search, name, first, attempt, &header);
}

/* Finds the lowest number of any segment's name; 0: there is none.  false: the directory could not be read to its end. */
static bool reader_lowest(DIR *directory, uint64_t *lowest)
{
	uint64_t first;
	uint32_t attempt;
	*lowest = 0;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (entry == NULL)
			break;
		if (segment_name_read(entry->d_name, &first, &attempt) &&
			(*lowest == 0 || first < *lowest))
			*lowest = first;
	}
	bool is_read = errno == 0;
	rewinddir(directory);
	return is_read;
}

/* Judges every file of the directory for the search.  false: it could not be read to its end. */
static bool reader_consider_all(
	const struct reader *reader, struct reader_search *search, DIR *directory)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (entry == NULL)
			return errno == 0;
		reader_consider(reader, search, entry->d_name);
	}
}

/* Makes an open file the segment that is read. */
static void reader_enter(struct reader *reader, const struct reader_search *search, int file)
{
	if (reader->file >= 0)
		close(reader->file);
	reader->file = file;
	reader->attempt = search->attempt;
	reader->header = search->header;
	memcpy(reader->name, search->name, sizeof reader->name);
	reader->offset = search->header.header_bytes;
	reader->buffer_size = 0;
	reader->buffer_offset = 0;
	reader->end.last_sequence = search->first - 1;
	reader->end.last_crc = search->header.previous_crc;
}

/* Fills the search for the segment that continues after the last record.  false: the directory would not be read. */
static bool reader_look(const struct reader *reader, struct reader_search *search)
{
	*search = (struct reader_search){.first = reader->end.last_sequence + 1,
		.is_chained = true,
		.crc = reader->end.last_crc};
	DIR *directory = opendir(reader->directory);
	if (!directory)
		return false;
	bool is_read = true;
	if (reader->file < 0) {
		is_read = reader_lowest(directory, &search->first);
		search->is_chained = search->first == 1;
	} else if (reader->header.first_sequence == search->first) {
		search->above_attempt = reader->attempt + 1;
	}
	is_read = is_read && (search->first == 0 || reader_consider_all(reader, search, directory));
	int code = errno;
	closedir(directory);
	errno = code;
	return is_read;
}

/* Looks for the segment that continues after the last record and opens it.  false: there is none;
   trouble found on the way is damage unless there was damage before.  Of several tries the highest counts, so none is taken
   while a higher one would not be read; and what would not be read is told even behind damage, as it may be what follows. */
static bool reader_advance(struct reader *reader)
{
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	struct reader_search search;
	if (!reader_look(reader, &search)) {
		reader_refuse(reader, ".", 0);
		return false;
	}
	if (search.has_found && search.attempt >= search.unread_tries) {
		snprintf(path, sizeof path, "%s/%s", reader->directory, search.name);
		int file = open(path, READER_OPEN);
		if (file >= 0) {
			reader_enter(reader, &search, file);
			return true;
		}
		reader_refuse(reader, search.name, 0);
	} else if (search.trouble_code != 0 || (search.has_trouble && !reader->end.is_damaged)) {
		reader_stop(reader, true, search.trouble);
		reader->end.code = search.trouble_code;
		reader->end.offset = 0;
		memcpy(reader->end.segment, search.trouble_name, sizeof reader->end.segment);
	}
	return false;
}

void reader_until(struct reader *reader, uint64_t last)
{
	reader->until = last;
}

static bool reader_is_there(const struct reader *reader)
{
	return reader->until != 0 && reader->end.last_sequence >= reader->until;
}

const struct record *reader_next(struct reader *reader, uint64_t *sequence)
{
	if (reader_is_there(reader))
		return reader_stop(reader, false, "as far as was asked");
	const struct record *record = reader->file >= 0 ? reader_take(reader) : NULL;
	while (!record) {
		if (reader->file < 0)
			reader_stop(reader, false, "no segment");
		if (!reader_advance(reader)) {
			reader->buffer_size = 0; /* look again next time */
			return NULL;
		}
		record = reader_take(reader);
	}
	if (sequence)
		*sequence = reader->end.last_sequence;
	return record;
}

const struct segment_header *reader_segment(const struct reader *reader)
{
	return &reader->header;
}

/* Behind zeros there must be zeros: whatever else is there was never acknowledged, or rotted. */
static void reader_scan_tail(const struct reader *reader, struct reader_end *end)
{
	uint8_t bytes[TAIL_BYTES];
	uint64_t offset = end->offset;
	ssize_t got;
	while ((got = pread(reader->file, bytes, sizeof bytes, (off_t)offset)) > 0) {
		/* Each like the one before it: a boot passes over most of a segment here. */
		if (bytes[0] == 0 && memcmp(bytes, bytes + 1, (size_t)got - 1) == 0) {
			offset += (uint64_t)got;
			continue;
		}
		size_t at = 0;
		while (bytes[at] == 0)
			at++;
		end->is_damaged = true;
		snprintf(end->reason, sizeof end->reason,
			"tail: found %02x at byte %" PRIu64 ", expected zeros to the end",
			bytes[at], offset + at);
		return;
	}
	if (got < 0) {
		end->is_damaged = true;
		end->code = errno;
		end->offset = offset;
		snprintf(end->reason, sizeof end->reason, "%s", strerror(errno));
	}
}

void reader_end_of(const struct reader *reader, struct reader_end *end)
{
	*end = reader->end;
	if (reader_is_there(reader) || end->is_damaged)
		return;
	if (reader->file >= 0)
		reader_scan_tail(reader, end);
	if (reader->until == 0 || end->is_damaged)
		return;
	end->is_damaged = true;
	snprintf(end->reason, sizeof end->reason,
		"number: found %" PRIu64 " the last, expected %" PRIu64, end->last_sequence,
		reader->until);
}
