/* reader_test.c - a reader takes the longest valid prefix and tells what ended it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "dataplane/journal/segment.h"
#include "tests/unit/dataplane/journal/bench.h"

static const char first_name[] = "00000000000000000001.sj";

static const char *path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	return path;
}

/* Writes a journal of `count` records with bodies of body_bytes in segments of a header and eight of the longest. */
static void write_journal(uint64_t count, uint32_t body_bytes)
{
	struct bench *b = bench_open(4096 + 8 * RECORD_BYTES_MAX, 0, 0);
	for (uint64_t i = 1; i <= count; i++)
		bench_append_bytes(b, i, body_bytes);
	assert_true(journal_flush(b->journal));
	bench_close(b);
}

static void change_first_segment(uint64_t offset, const void *bytes, size_t size)
{
	int file = open(path_of(first_name), O_WRONLY);
	assert_int_equal(pwrite(file, bytes, size, (off_t)offset), (ssize_t)size);
	close(file);
}

static void a_directory_that_cannot_be_read_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	char path[PATH_BYTES + 8];
	memset(path, '/', sizeof path);
	memcpy(path + sizeof path - 5, "/tmp", 5);
	struct reader *reader = reader_open(path, &error); /* it is there; it is one too long */
	assert_null(reader);
	assert_non_null(strstr(error.text, "\"a path that is too long\""));
	reader_close(reader); /* no reader, nothing to close */
	reader = reader_open(path + sizeof path - PATH_BYTES, &error);
	assert_non_null(reader);
	reader_close(reader);
	close(open(path_of("file"), O_WRONLY | O_CREAT, 0600));
	assert_null(reader_open(path_of("file"), &error));
	assert_non_null(strstr(error.text, "\"Not a directory\""));
}

static void a_directory_that_is_gone_is_told(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct reader_end end;
	struct reader *reader = reader_open(bench_directory(), &error);
	assert_int_equal(rmdir(bench_directory()), 0);
	assert_null(reader_next(reader, NULL));
	reader_end_of(reader, &end);
	assert_true(end.is_damaged);
	assert_string_equal(end.reason, "No such file or directory");
	assert_int_equal(mkdir(bench_directory(), 0700), 0);
	assert_null(reader_next(reader, NULL)); /* it looks again */
	reader_end_of(reader, &end);
	assert_false(end.is_damaged);
	reader_close(reader);
}

/* Three records of 128 bytes, the file cut at every byte. */
static void a_file_cut_anywhere_gives_its_whole_records(void **state)
{
	(void)state;
	struct reader_end end;
	write_journal(3, 112);
	for (uint64_t size = 4096 + 3ull * 128; size >= 4096; size--) {
		assert_int_equal(truncate(path_of(first_name), (off_t)size), 0);
		assert_int_equal(bench_read(&end), (size - 4096) / 128);
		assert_int_equal(end.is_damaged, size % 128 != 0);
		assert_int_equal(end.offset, size / 128 * 128);
		if (size % 128 == 0)
			assert_string_equal(end.reason, "end of file");
		else if (size % 128 < sizeof(struct record))
			assert_non_null(strstr(end.reason, "found part of a header"));
		else
			assert_non_null(strstr(end.reason, "found the end of the file"));
	}
	/* cut in its own header it is not a journal of nothing */
	assert_int_equal(truncate(path_of(first_name), sizeof(struct segment_header) - 1), 0);
	assert_int_equal(bench_read(&end), 0);
	assert_true(end.is_damaged);
	assert_non_null(strstr(end.reason, "header: found checksum"));
}

static uint64_t read_until(uint64_t last, struct reader_end *end)
{
	struct config_error error;
	uint64_t sequence = 0;
	struct reader *reader = reader_open(bench_directory(), &error);
	assert_non_null(reader);
	reader_until(reader, last);
	while (reader_next(reader, &sequence) != NULL)
		;
	assert_null(reader_next(reader, NULL)); /* and stays there */
	reader_end_of(reader, end);
	reader_close(reader);
	return sequence;
}

/* Ten records, of which the eighth is there in part. */
static void what_is_torn_behind_the_last_that_is_asked_for_is_no_damage(void **state)
{
	(void)state;
	struct reader_end end;
	write_journal(10, 1000);
	assert_int_equal(read_until(0, &end), 10);
	assert_false(end.is_damaged);
	for (uint64_t last = 1; last <= 10; last++) {
		assert_int_equal(read_until(last, &end), last);
		assert_false(end.is_damaged);
		assert_int_equal(end.last_sequence, last);
	}
	change_first_segment(4096 + 7ull * record_size_of(1000) + 100, "torn", 4);
	assert_int_equal(read_until(7, &end), 7);
	assert_false(end.is_damaged);
	assert_int_equal(read_until(8, &end), 7);
	assert_true(end.is_damaged);
}

static void a_journal_that_ends_before_the_last_that_is_asked_for_is_damaged(void **state)
{
	(void)state;
	struct reader_end end;
	write_journal(3, 112);
	assert_int_equal(read_until(3, &end), 3);
	assert_false(end.is_damaged);
	assert_int_equal(read_until(4, &end), 3);
	assert_true(end.is_damaged);
	assert_string_equal(end.reason, "number: found 3 the last, expected 4");
}

static void a_record_with_a_header_that_cannot_be_ends_the_journal(void **state)
{
	(void)state;
	const struct record good = {
		.size_bytes = 128, .body_bytes = 112, .type = RECORD_RECEIPT, .sequence = 2};
	static const struct {
		uint16_t size_bytes, body_bytes;
		uint8_t type;
		uint32_t sequence;
		const char *reason;
	} faults[] = {
		{15, 0, RECORD_RECEIPT, 2, "length: found size 15 body 0"},
		{0, 112, RECORD_RECEIPT, 2, "length: found size 0 body 112"},
		{144, 112, RECORD_RECEIPT, 2, "length: found size 144 body 112"},
		{128, 113, RECORD_RECEIPT, 2, "length: found size 128 body 113"},
		{RECORD_BYTES_MAX + 16, RECORD_BYTES_MAX, RECORD_RECEIPT, 2, "length: found"},
		{16, 65535, RECORD_RECEIPT, 2, "length: found size 16 body 65535"},
		{128, 112, RECORD_RECEIPT, 3, "number: found size 128 body 112 type 32 number 3"},
		{128, 112, RECORD_PAD, 2, "type: found size 128 body 112 type 0 number 2"},
		{128, 112, RECORD_CANCEL, 2, "checksum: found size 128 body 112 type 33"},
	};
	struct reader_end end;
	write_journal(3, 112);
	for (unsigned i = 0; i < ARRAY_COUNT(faults); i++) {
		struct record bad = good;
		bad.size_bytes = faults[i].size_bytes;
		bad.body_bytes = faults[i].body_bytes;
		bad.type = faults[i].type;
		bad.sequence = faults[i].sequence;
		change_first_segment(4096 + 128, &bad, sizeof bad);
		assert_int_equal(bench_read(&end), 1);
		assert_true(end.is_damaged);
		assert_int_equal(end.offset, 4096 + 128);
		assert_string_equal(end.segment, first_name);
		if (!strstr(end.reason, faults[i].reason))
			fail_msg("%s: %s", faults[i].reason, end.reason);
	}
}

static void what_cannot_be_read_under_a_segments_name_is_told(void **state)
{
	(void)state;
	static const char *const reasons[] = {
		"Is a directory", "Illegal seek", "No such file or directory"};
	struct reader_end end;
	char name[] = "00000000000000000004.sj";
	write_journal(3, 112);
	for (unsigned i = 0; i < ARRAY_COUNT(reasons); i++) {
		int code = i == 0   ? mkdir(path_of(name), 0700)
			   : i == 1 ? mkfifo(path_of(name), 0600)
				    : symlink("nowhere", path_of(name));
		assert_int_equal(code, 0);
		assert_int_equal(bench_read(&end), 3);
		assert_true(end.is_damaged);
		assert_string_equal(end.segment, name);
		assert_string_equal(end.reason, reasons[i]);
		assert_int_equal(i == 0 ? rmdir(path_of(name)) : unlink(path_of(name)), 0);
	}
	assert_int_equal(bench_read(&end), 3);
	assert_false(end.is_damaged);
}

static void a_journal_without_its_oldest_segment_begins_at_the_next(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct reader_end end;
	uint64_t sequence = 0, next;
	write_journal(100, 200);
	assert_int_equal(unlink(path_of(first_name)), 0);
	struct reader *reader = reader_open(bench_directory(), &error);
	const struct record *record = reader_next(reader, &sequence);
	assert_non_null(record);
	assert_int_equal(sequence, reader_segment(reader)->first_sequence);
	assert_true(sequence > 1);
	for (next = sequence; record; record = reader_next(reader, &sequence), next++) {
		assert_int_equal(sequence, next);
		bench_check(record, next);
	}
	assert_int_equal(next, 101);
	reader_end_of(reader, &end);
	assert_false(end.is_damaged);
	reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_directory_that_cannot_be_read_is_refused),
		bench_test(a_directory_that_is_gone_is_told),
		bench_test(a_file_cut_anywhere_gives_its_whole_records),
		bench_test(what_is_torn_behind_the_last_that_is_asked_for_is_no_damage),
		bench_test(a_journal_that_ends_before_the_last_that_is_asked_for_is_damaged),
		bench_test(a_record_with_a_header_that_cannot_be_ends_the_journal),
		bench_test(what_cannot_be_read_under_a_segments_name_is_told),
		bench_test(a_journal_without_its_oldest_segment_begins_at_the_next),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.reader", tests, NULL, NULL);
}
