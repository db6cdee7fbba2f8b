/* bench.h - a journal on the workbench: a link, a disk, a directory, and records that tell their number.

   The body of record n has a size and bytes that follow from n, so a reader that invents, drops or
   swaps a record is caught. */
#ifndef SLUICE_TESTS_JOURNAL_BENCH_H
#define SLUICE_TESTS_JOURNAL_BENCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/journal/journal.h"
#include "drivers/disk/disk_sim.h"

struct bench {
	struct disk *disk;
	struct journal *journal;
	struct link *link;
	struct metrics *metrics;
	struct link_writer writer;
	uint64_t now_ns;
	_Atomic bool is_over;
	char refusal[1024]; /* why there is no journal */
};

static char bench_path[64];
static uint64_t bench_reserve_bytes;                  /* 0: the journal keeps none */
static const struct journal_patience *bench_patience; /* NULL: ten seconds */

/* bench_directory is this program's own, removed at the end of every test. */
static inline const char *bench_directory(void)
{
	if (bench_path[0] == '\0') {
		snprintf(bench_path, sizeof bench_path, "/tmp/sluice-journal-XXXXXX");
		assert_non_null(mkdtemp(bench_path));
	}
	return bench_path;
}

static inline void bench_clear(void)
{
	char path[512];
	DIR *directory = opendir(bench_directory());
	for (struct dirent *e = readdir(directory); e; e = readdir(directory)) {
		snprintf(path, sizeof path, "%s/%s", bench_path, e->d_name);
		if (e->d_name[0] == '.' || unlink(path) == 0)
			continue;
		char inner[600]; /* a directory that a test had made: with its lock at most */
		snprintf(inner, sizeof inner, "%s/journal.lock", path);
		unlink(inner);
		rmdir(path);
	}
	closedir(directory);
}

static inline int bench_setup(void **state)
{
	(void)state;
	bench_clear();
	return 0;
}

static inline int bench_teardown(void **state)
{
	(void)state;
	bench_clear();
	rmdir(bench_path);
	bench_path[0] = '\0';
	return 0;
}

#define bench_test(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

static inline struct bench *bench_open_on(
	struct disk *disk, uint64_t segment_bytes, uint64_t last, uint32_t last_crc)
{
	static const uint64_t config_hash[2] = {11, 22};
	struct config_error error = {""};
	struct bench *b = calloc(1, sizeof *b);
	b->disk = disk;
	/* Fresh pages: a link that is hardly used costs next to nothing. */
	b->link = mmap(
		NULL, sizeof *b->link, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(b->link, MAP_FAILED);
	b->metrics = aligned_alloc(SHARED_ALIGN_BYTES, sizeof *b->metrics);
	memset(b->metrics, 0, sizeof *b->metrics);
	link_join(&b->writer, b->link, last);
	b->journal = journal_open(disk, bench_directory(), segment_bytes, bench_reserve_bytes,
		config_hash, b->link, b->metrics, last, last_crc, 1900000000ull * 1000000000ull,
		bench_patience, &error);
	snprintf(b->refusal, sizeof b->refusal, "%s", error.text);
	return b;
}

static inline struct bench *bench_open(uint64_t segment_bytes, uint64_t last, uint32_t last_crc)
{
	struct bench *b = bench_open_on(disk_plain_open(), segment_bytes, last, last_crc);
	if (!b->journal)
		fail_msg("%s", b->refusal);
	return b;
}

/* bench_drop leaves the disk open: the process that owned the journal has died. */
static inline void bench_drop(struct bench *b)
{
	journal_close(b->journal);
	munmap(b->link, sizeof *b->link);
	free(b->metrics);
	free(b);
}

static inline void bench_close(struct bench *b)
{
	struct disk *disk = b->disk;
	bench_drop(b);
	disk_close(disk);
}

static inline uint32_t bench_size(uint64_t number)
{
	return 8 + (uint32_t)((number * 0x9E3779B97F4A7C15ull >> 40) % 300);
}

static inline void bench_fill(void *body, uint64_t number, uint32_t size)
{
	uint8_t *bytes = body;
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number * 31 + i);
	memcpy(bytes, &number, sizeof number);
}

static inline void bench_append_bytes(struct bench *b, uint64_t number, uint32_t size)
{
	void *body = link_claim(&b->writer, RECORD_RECEIPT, size);
	assert_non_null(body);
	bench_fill(body, number, size);
	link_publish(&b->writer);
}

static inline void bench_append(struct bench *b, uint64_t number)
{
	bench_append_bytes(b, number, bench_size(number));
}

static inline bool bench_poll(struct bench *b)
{
	return journal_poll(b->journal, b->now_ns += 1000, 1900000000ull * 1000000000ull);
}

/* bench_check fails the test unless the record is the one with that number. */
static inline void bench_check(const struct record *record, uint64_t number)
{
	uint8_t expected[RECORD_BYTES_MAX];
	assert_int_equal(record->sequence, (uint32_t)number);
	assert_int_equal(record->type, RECORD_RECEIPT);
	bench_fill(expected, number, record->body_bytes);
	assert_memory_equal(record_body(record), expected, record->body_bytes);
}

/* bench_read reads the directory, checks every record, and returns how many there are. */
static inline uint64_t bench_read(struct reader_end *end)
{
	struct config_error error = {""};
	struct reader *reader = reader_open(bench_directory(), &error);
	assert_non_null(reader);
	uint64_t count = 0, sequence = 0;
	for (const struct record *r; (r = reader_next(reader, &sequence));) {
		assert_int_equal(sequence, ++count);
		bench_check(r, count);
	}
	reader_end_of(reader, end);
	reader_close(reader);
	return count;
}

/* bench_read_back does it with the files of a simulated disk, written out for the reader. */
static inline uint64_t bench_read_back(struct disk *disk, struct reader_end *end)
{
	static char names[DISK_SIM_FILE_MAX][64];
	char path[640];
	uint64_t size;
	bench_clear();
	int count = disk_list(disk, bench_directory(), names, DISK_SIM_FILE_MAX);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%.100s/%.63s", bench_directory(), names[i]);
		const uint8_t *bytes = disk_sim_bytes(disk, path, &size);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(bytes, 1, size, file), size);
		fclose(file);
	}
	return bench_read(end);
}

#endif
