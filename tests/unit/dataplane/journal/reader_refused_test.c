/* reader_refused_test.c - a disk that will not be read is never taken for the end of a journal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "dataplane/journal/segment.h"
#include "tests/support/refuse.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { RECORDS = 120 };

/* A journal of several segments, and what of its directory is no segment. */
static void write_journal(void)
{
	struct bench *b = bench_open(16384, 0, 0);
	for (uint64_t i = 1; i <= RECORDS; i++)
		bench_append_bytes(b, i, 200);
	assert_true(journal_flush(b->journal));
	assert_true(metrics_get(b->metrics, METRIC_journal_segments) >= 3);
	bench_close(b);
}

/* Reads on to the end, as far as it goes. */
static uint64_t read_on(struct reader *reader, uint64_t last)
{
	uint64_t sequence = 0;
	for (const struct record *r; (r = reader_next(reader, &sequence)) != NULL;) {
		assert_int_equal(sequence, ++last);
		bench_check(r, last);
	}
	return last;
}

/* Reads under a refusal.  What comes of it is told by its errno, or it is what comes without: never less that is called all. */
static void read_refused(uint64_t at, bool is_for_ever, const struct reader_end *whole)
{
	struct config_error error = {""};
	struct reader_end end;
	struct reader *reader = reader_open(bench_directory(), &error);
	if (reader == NULL) {
		refuse_end();
		assert_string_equal(refuse_name(), "opendir");
		assert_non_null(strstr(error.text, "Input/output error"));
		return;
	}
	uint64_t last = read_on(reader, 0);
	reader_end_of(reader, &end);
	bool is_refused = refuse_end();
	assert_int_equal(end.last_sequence, last);
	if (end.code != 0) {
		assert_true(is_refused && end.is_damaged && last <= whole->last_sequence);
		assert_int_equal(end.code, EIO);
		assert_string_equal(end.reason, "Input/output error");
		/* it looks again, and nothing was passed over */
		assert_int_equal(read_on(reader, last), whole->last_sequence);
		reader_end_of(reader, &end);
		assert_int_equal(end.code, 0);
	} else if (last != whole->last_sequence || end.is_damaged != whole->is_damaged ||
		   (is_for_ever && refuse_hurt())) {
		fail_msg("call %lu, %s: %lu records, damaged %d: %s", at, refuse_name(), last,
			end.is_damaged, end.reason);
	}
	reader_close(reader);
}

static void walk(void)
{
	struct reader_end whole;
	bench_read(&whole);
	unsigned open_files = refuse_open_files();
	for (unsigned is_for_ever = 0; is_for_ever < 2; is_for_ever++) {
		bool is_refused = true;
		for (uint64_t at = 1; is_refused; at++) {
			refuse(&(struct refusal){
				.at = at, .is_for_ever = is_for_ever, .code = EIO});
			read_refused(at, is_for_ever, &whole);
			is_refused = refuse_count() >= at;
			assert_int_equal(refuse_open_files(), open_files);
			assert_true(at < 10000);
		}
	}
}

static void every_call_refused_is_told_and_never_the_end(void **state)
{
	(void)state;
	write_journal();
	walk();
}

static void append_from(uint64_t from, uint64_t to, uint32_t last_crc)
{
	struct bench *b = bench_open(1 << 16, from - 1, last_crc);
	for (uint64_t i = from; i <= to; i++)
		bench_append(b, i);
	assert_true(journal_flush(b->journal));
	bench_close(b);
}

static void of_two_tries_the_lower_is_not_taken_because_the_higher_would_not_be_read(void **state)
{
	(void)state;
	struct reader_end end;
	append_from(1, 3, 0);
	append_from(1, 1, 0);
	append_from(1, 2, 0);
	assert_int_equal(bench_read(&end), 2);
	walk();
}

/* A power cut tore what was never acknowledged, and the next boot went on behind the last whole record. */
static void what_follows_a_torn_tail_is_not_lost_because_it_would_not_be_read(void **state)
{
	(void)state;
	struct reader_end end;
	char path[256];
	append_from(1, 3, 0);
	assert_int_equal(bench_read(&end), 3);
	snprintf(path, sizeof path, "%s/00000000000000000001.sj", bench_directory());
	int file = open(path, O_WRONLY);
	assert_int_equal(pwrite(file, "torn", 4, (off_t)end.offset), 4);
	close(file);
	append_from(4, 9, end.last_crc);
	assert_int_equal(bench_read(&end), 9);
	assert_false(end.is_damaged);
	walk();
}

/* What is no segment lies there too, and a header that is broken: neither is told in the place of a disk that fails. */
static void a_disk_that_fails_is_told_before_all_other_trouble(void **state)
{
	(void)state;
	struct reader_end end;
	static const char *const names[] = {"00000000000000000007.sj", "00000000000000000004.9.sj",
		"00000000000000000002.sj", "notes.txt"};
	append_from(1, 3, 0);
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		char path[256];
		snprintf(path, sizeof path, "%s/%s", bench_directory(), names[i]);
		int file = open(path, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(pwrite(file, "no header", 9, 0), 9);
		close(file);
	}
	assert_int_equal(bench_read(&end), 3);
	assert_true(end.is_damaged);
	assert_int_equal(end.code, 0);
	walk();
}

/* The first megabyte ends in the middle of a record: its header is there, its body would not come. */
static void a_record_of_which_only_the_beginning_is_read_is_not_the_end(void **state)
{
	(void)state;
	enum { LONG_RECORDS = 1500 };
	struct reader_end end;
	struct bench *b = bench_open(4 << 20, 0, 0);
	for (uint64_t i = 1; i <= LONG_RECORDS; i++)
		bench_append_bytes(b, i, 984);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	refuse(&(struct refusal){.call = "pread"});
	assert_int_equal(bench_read(&end), LONG_RECORDS);
	uint64_t count = refuse_count();
	bool is_cut = false;
	for (uint64_t at = 1; at <= count; at++) {
		refuse(&(struct refusal){.call = "pread", .at = at, .code = EIO});
		uint64_t read = bench_read(&end);
		assert_true(refuse_end());
		assert_int_equal(end.code, EIO);
		is_cut |= read > 0 && read < LONG_RECORDS;
	}
	assert_true(is_cut);
}

/* Several tries at the number wanted, in whatever order the directory has them, and others further on. */
static void of_many_files_that_would_not_be_read_one_is_told(void **state)
{
	(void)state;
	struct reader_end end;
	append_from(1, 3, 0);
	for (unsigned i = 0; i < 40; i++) {
		char path[256], name[SEGMENT_NAME_BYTES];
		segment_name(i < 20 ? 4 : 500 + i, i % 20, name);
		snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(bench_read(&end), 3);
	assert_int_equal(end.code, EISDIR);
	assert_non_null(strstr(end.segment, ".sj"));
}

/* Its first segment's name is what tells a journal from an empty directory. */
static void a_directory_that_cannot_be_listed_is_no_empty_journal(void **state)
{
	(void)state;
	struct reader_end end;
	write_journal();
	refuse(&(struct refusal){.call = "readdir", .at = 1, .code = EIO});
	assert_int_equal(bench_read(&end), 0);
	assert_true(refuse_end());
	assert_int_equal(end.code, EIO);
	assert_string_equal(end.segment, ".");
}

static void a_segment_that_goes_before_it_is_opened_is_told(void **state)
{
	(void)state;
	struct reader_end end;
	struct bench *b = bench_open(1 << 16, 0, 0);
	bench_append(b, 1);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	/* the file is opened to be judged, and once more to be read */
	refuse(&(struct refusal){.call = "open", .at = 2, .code = ENOENT});
	assert_int_equal(bench_read(&end), 0);
	assert_true(refuse_end());
	assert_true(end.is_damaged);
	assert_string_equal(end.reason, "No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(every_call_refused_is_told_and_never_the_end),
		bench_test(
			of_two_tries_the_lower_is_not_taken_because_the_higher_would_not_be_read),
		bench_test(what_follows_a_torn_tail_is_not_lost_because_it_would_not_be_read),
		bench_test(a_disk_that_fails_is_told_before_all_other_trouble),
		bench_test(a_record_of_which_only_the_beginning_is_read_is_not_the_end),
		bench_test(of_many_files_that_would_not_be_read_one_is_told),
		bench_test(a_directory_that_cannot_be_listed_is_no_empty_journal),
		bench_test(a_segment_that_goes_before_it_is_opened_is_told),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.journal.reader_refused", tests, NULL, NULL);
}
