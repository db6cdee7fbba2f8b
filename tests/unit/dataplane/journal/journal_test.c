/* journal_test.c - what is published becomes durable in order, and is read back as it was. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/journal/journal.h"
#include "drivers/machine/build.h"
#include "dataplane/journal/segment.h"
#include "drivers/machine/clock.h"
#include "drivers/disk/disk_sim.h"
#include "tests/unit/dataplane/journal/bench.h"

static void an_empty_directory_is_an_empty_journal(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct reader_end end;
	struct reader *reader = reader_open(bench_directory(), &error);
	assert_non_null(reader);
	assert_null(reader_next(reader, NULL));
	reader_end_of(reader, &end);
	assert_int_equal(end.last_sequence, 0);
	assert_false(end.is_damaged);
	reader_close(reader);
	assert_null(reader_open("/tmp/there-is-no-such-journal", &error));
	assert_non_null(strstr(error.text, "expected a directory"));
}

static void the_checksum_is_castagnolis(void **state)
{
	(void)state;
	uint8_t bytes[64];
	assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283);
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(crc32c(0, bytes, 32), 0x8A9136AA); /* RFC 3720, B.4 */
	memset(bytes, 0xFF, sizeof bytes);
	assert_int_equal(crc32c(0, bytes, 32), 0x62A8AB43);
}

static void what_was_published_is_read_back(void **state)
{
	(void)state;
	struct bench *b = bench_open(1 << 20, 0, 0);
	for (uint64_t i = 1; i <= 1000; i++) {
		bench_append(b, i);
		if (i % 7 == 0)
			bench_poll(b);
	}
	assert_true(journal_flush(b->journal));
	assert_int_equal(atomic_load(&b->link->durable), 1000);
	assert_int_equal(atomic_load(&b->link->tail), atomic_load(&b->link->head));
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_records), 1000);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_behind), 0);
	bench_close(b);
	struct reader_end end;
	assert_int_equal(bench_read(&end), 1000);
	assert_false(end.is_damaged);
	assert_int_equal(end.last_sequence, 1000);
}

static void a_segment_header_names_build_and_config(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct bench *dead = bench_open(8192, 0, 0);
	struct bench *b = bench_open(8192, 0, 0); /* a second try at record 1 */
	bench_append(b, 1);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	struct reader *reader = reader_open(bench_directory(), &error);
	assert_non_null(reader_next(reader, NULL));
	const struct segment_header *header = reader_segment(reader);
	assert_int_equal(header->build_id, build_id());
	assert_int_equal(header->config_hash[1], 22);
	assert_int_equal(header->first_sequence, 1);
	assert_int_equal(header->previous_crc, 0);
	struct reader_end end;
	assert_null(reader_next(reader, NULL));
	reader_end_of(reader, &end);
	assert_string_equal(end.segment, "00000000000000000001.1.sj");
	reader_close(reader);
	bench_close(dead);
}

static uint32_t segments_left(void)
{
	char names[8][64];
	struct disk *disk = disk_plain_open();
	int count = disk_list(disk, bench_directory(), names, ARRAY_COUNT(names));
	disk_close(disk);
	assert_true(count >= 0);
	return (uint32_t)count;
}

/* So that starts which come to nothing use up no names and no room. */
static void a_segment_without_a_record_is_taken_away(void **state)
{
	(void)state;
	for (unsigned start = 0; start < SEGMENT_TRY_COUNT + 1; start++) {
		struct bench *b = bench_open(65536, 0, 0);
		assert_false(bench_poll(b));
		assert_int_equal(segments_left(), 1);
		bench_close(b);
		assert_int_equal(segments_left(), 0);
	}
	struct bench *b = bench_open(65536, 0, 0);
	bench_append(b, 1);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	assert_int_equal(segments_left(), 1);
}

static void a_segment_made_ahead_and_never_entered_is_taken_away(void **state)
{
	(void)state;
	struct bench *b = bench_open(65536, 0, 0);
	for (uint64_t number = 1; !journal_prepare(b->journal, 0); number++) {
		bench_append(b, number);
		assert_true(journal_flush(b->journal));
	}
	assert_int_equal(segments_left(), 2);
	bench_close(b);
	assert_int_equal(segments_left(), 1);
}

static void segments_of_every_small_size_follow_each_other(void **state)
{
	(void)state;
	for (uint64_t blocks = 2; blocks <= 6; blocks++) {
		bench_clear();
		struct bench *b = bench_open(blocks * 4096, 0, 0);
		for (uint64_t i = 1; i <= 500; i++) {
			bench_append(b, i);
			if (i % 3 == 0)
				bench_poll(b);
		}
		assert_true(journal_flush(b->journal));
		assert_true(metrics_get(b->metrics, METRIC_journal_segments) >= 5);
		bench_close(b);
		struct reader_end end;
		assert_int_equal(bench_read(&end), 500);
		assert_false(end.is_damaged);
	}
}

static void the_longest_records_fill_a_segment_to_its_last_byte(void **state)
{
	(void)state;
	/* a block of header, then room for eight of the longest */
	struct bench *b = bench_open(4096 + 8 * RECORD_BYTES_MAX, 0, 0);
	for (uint64_t i = 1; i <= 17; i++)
		bench_append_bytes(b, i, RECORD_BYTES_MAX - 16);
	assert_true(journal_flush(b->journal));
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_segments), 3);
	bench_close(b);
	struct reader_end end;
	assert_int_equal(bench_read(&end), 17);
	assert_false(end.is_damaged);
	assert_string_equal(end.segment, "00000000000000000017.sj");
}

/* Nobody waits at boot until 40 MiB are zeroed; the next one is wanted as soon as there is no more left than an eighth of it. */
static void a_boot_begins_with_a_small_segment_and_the_next_are_larger(void **state)
{
	static const uint64_t sizes[] = {4 << 20, 32 << 20, 40 << 20};
	(void)state;
	struct disk *disk = disk_sim_open(1, 128 << 20);
	struct bench *b = bench_open_on(disk, 40 << 20, 0, 0);
	assert_non_null(b->journal);
	uint64_t number = 0, size = 0;
	while (metrics_get(b->metrics, METRIC_journal_segments) < ARRAY_COUNT(sizes)) {
		bench_append_bytes(b, ++number, RECORD_BYTES_MAX - 16);
		if (number % 64 == 0)
			assert_true(journal_flush(b->journal));
		assert_true(number < 30000);
	}
	assert_true(journal_flush(b->journal));
	char names[8][64];
	assert_int_equal(disk_list(disk, bench_directory(), names, 8), ARRAY_COUNT(sizes));
	for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++) {
		char path[640];
		snprintf(path, sizeof path, "%s/%s", bench_directory(), names[i]);
		assert_non_null(disk_sim_bytes(disk, path, &size));
		assert_int_equal(size, sizes[i]);
	}
	/* The second was wanted at once, 4 MiB being an eighth of it: as many records as fit, all of the longest kind. */
	assert_string_equal(names[1], "00000000000000002729.sj");
	bench_close(b);
}

static void a_site_with_small_segments_begins_with_one_of_their_size(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, 16 << 20);
	struct bench *b = bench_open_on(disk, 1 << 20, 0, 0);
	char names[2][64], path[640];
	uint64_t size = 0;
	assert_int_equal(disk_list(disk, bench_directory(), names, 2), 1);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), names[0]);
	assert_non_null(disk_sim_bytes(disk, path, &size));
	assert_int_equal(size, 1 << 20);
	bench_close(b);
}

static void every_boot_goes_on_in_a_segment_of_its_own(void **state)
{
	(void)state;
	uint64_t last = 0;
	struct reader_end end = {.last_sequence = 0};
	for (unsigned boot = 0; boot < 5; boot++) {
		struct bench *b = bench_open(1 << 16, last, end.last_crc);
		for (unsigned i = 0; i < boot * 3; i++) /* the first one writes nothing */
			bench_append(b, ++last);
		assert_true(journal_flush(b->journal));
		bench_close(b);
		assert_int_equal(bench_read(&end), last);
		assert_int_equal(end.last_sequence, last);
		assert_false(end.is_damaged);
	}
}

static void a_segment_of_another_chain_is_not_followed(void **state)
{
	(void)state;
	struct bench *b = bench_open(8192, 0, 0);
	for (uint64_t i = 1; i <= 30; i++)
		bench_append_bytes(b, i, 200);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	struct reader_end end;
	assert_int_equal(bench_read(&end), 30);
	/* the last segment's header, right in itself, follows a record that never was */
	char path[640];
	uint8_t block[SEGMENT_BLOCK_BYTES];
	struct segment_header header;
	snprintf(path, sizeof path, "%s/%.63s", bench_directory(), end.segment);
	int file = open(path, O_RDWR);
	assert_int_equal(pread(file, block, sizeof block, 0), sizeof block);
	memcpy(&header, block, sizeof header);
	header.previous_crc ^= 1;
	segment_header_fill(block, header);
	assert_int_equal(pwrite(file, block, sizeof block, 0), sizeof block);
	close(file);
	assert_int_equal(bench_read(&end), header.first_sequence - 1);
	assert_true(end.is_damaged);
	assert_non_null(strstr(end.reason, "chain: found previous checksum"));
	/* as the first segment of all, record 1 follows nothing but zero */
	bench_clear();
	segment_header_fill(block, (struct segment_header){.first_sequence = 1, .previous_crc = 1});
	snprintf(path, sizeof path, "%s/00000000000000000001.sj", bench_directory());
	file = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(pwrite(file, block, sizeof block, 0), sizeof block);
	close(file);
	assert_int_equal(bench_read(&end), 0);
	assert_true(end.is_damaged);
}

static void a_segment_under_another_name_is_not_taken(void **state)
{
	(void)state;
	struct reader_end end;
	char from[256], to[256];
	struct bench *b = bench_open(8192, 0, 0);
	for (uint64_t i = 1; i <= 30; i++)
		bench_append_bytes(b, i, 200);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	assert_int_equal(bench_read(&end), 30);
	snprintf(from, sizeof from, "%s/%.63s", bench_directory(), end.segment);
	snprintf(to, sizeof to, "%s/00000000000000000031.sj", bench_directory());
	assert_int_equal(rename(from, to), 0);
	assert_true(bench_read(&end) < 30);
	assert_true(end.is_damaged);
	assert_string_equal(end.segment, "00000000000000000031.sj");
	assert_non_null(strstr(end.reason, "expected 31 by its name"));
}

static void bytes_behind_the_end_are_told(void **state)
{
	(void)state;
	long places[] = {65535, 65536, 100000, 3 * 65536 + 5, 4 * 65536 - 1, 0};
	struct reader_end end;
	char path[640], expected[128];
	struct bench *b = bench_open(4 * 65536, 0, 0);
	for (uint64_t i = 1; i <= 10; i++)
		bench_append(b, i);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	assert_int_equal(bench_read(&end), 10);
	assert_false(end.is_damaged);
	snprintf(path, sizeof path, "%s/%.63s", bench_directory(), end.segment);
	places[ARRAY_COUNT(places) - 1] =
		(long)end.offset + 65536; /* the first of what is read at once */
	int file = open(path, O_RDWR);
	for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
		assert_int_equal(pwrite(file, "x", 1, places[i]), 1);
		assert_int_equal(bench_read(&end), 10);
		assert_true(end.is_damaged);
		snprintf(expected, sizeof expected,
			"tail: found 78 at byte %ld, expected zeros to the end", places[i]);
		assert_string_equal(end.reason, expected);
		assert_int_equal(pwrite(file, "", 1, places[i]), 1);
		assert_int_equal(bench_read(&end), 10);
		assert_false(end.is_damaged);
	}
	close(file);
}

static void of_two_tries_the_later_one_counts(void **state)
{
	(void)state;
	struct reader_end end;
	struct bench *first = bench_open(8192, 0, 0);
	bench_append(first, 1);
	assert_true(journal_flush(first->journal));
	bench_close(first);
	struct bench *second = bench_open(8192, 0, 0); /* a boot that could not read the first */
	bench_append(second, 1);
	bench_append(second, 2);
	assert_true(journal_flush(second->journal));
	bench_close(second);
	assert_int_equal(bench_read(&end), 2);
	assert_string_equal(end.segment, "00000000000000000001.1.sj");
	struct bench *third = bench_open(8192, 2, end.last_crc);
	bench_append(third, 3);
	assert_true(journal_flush(third->journal));
	bench_close(third);
	assert_int_equal(bench_read(&end), 3);
}

static void a_reader_follows_a_journal_that_is_being_written(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct bench *b = bench_open(8192, 0, 0);
	struct reader *reader = reader_open(bench_directory(), &error);
	for (uint64_t i = 1; i <= 300; i++) {
		uint64_t sequence = 0;
		assert_null(reader_next(reader, NULL));
		bench_append(b, i);
		assert_true(journal_flush(b->journal));
		const struct record *record = reader_next(reader, &sequence);
		assert_non_null(record);
		assert_int_equal(sequence, i);
		bench_check(record, i);
	}
	reader_close(reader);
	bench_close(b);
}

static void a_bad_segment_size_or_a_missing_directory_is_refused(void **state)
{
	(void)state;
	struct config_error error;
	struct disk *disk = disk_plain_open();
	static struct metrics metrics;
	struct link *link = calloc(1, sizeof *link);
	const uint64_t hash[2] = {0};
	static const uint64_t sizes[] = {0, 4096, 8192 + 512};
	for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++) {
		error.text[0] = '\0';
		assert_null(journal_open(disk, bench_directory(), sizes[i], 0, hash, link, &metrics,
			0, 0, 0, NULL, &error));
		assert_non_null(strstr(error.text, "expected a multiple"));
	}
	assert_null(journal_open(disk, "/tmp/there-is-no-such-journal", 8192, 0, hash, link,
		&metrics, 0, 0, 0, NULL, &error));
	assert_non_null(strstr(error.text, "No such file"));
	free(link);
	disk_close(disk);
}

static void of_a_hundred_tries_at_one_number_none_is_written_over(void **state)
{
	(void)state;
	char path[256], name[SEGMENT_NAME_BYTES];
	struct stat stat_before;
	for (uint32_t attempt = 0; attempt < SEGMENT_TRY_COUNT - 1; attempt++) {
		segment_name(1, attempt, name);
		snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
		int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_true(file >= 0);
		close(file);
	}
	struct bench *last = bench_open(8192, 0, 0); /* takes the last name there is */
	struct bench *b = bench_open_on(disk_plain_open(), 8192, 0, 0);
	assert_null(b->journal);
	assert_non_null(strstr(b->refusal, "File exists"));
	bench_close(b);
	assert_int_equal(stat(path, &stat_before), 0);
	assert_int_equal(stat_before.st_size, 0);
	bench_close(last);
}

static void *prepare_segments(void *argument)
{
	struct bench *b = argument;
	while (!atomic_load(&b->is_over))
		if (!journal_prepare(b->journal, 0))
			sched_yield();
	return NULL;
}

static void another_thread_may_make_the_segments(void **state)
{
	(void)state;
	struct bench *b = bench_open(16384, 0, 0);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, prepare_segments, b), 0);
	for (uint64_t i = 1; i <= 2000; i++) {
		bench_append(b, i);
		if (i % 16 == 0)
			assert_true(journal_flush(b->journal));
	}
	atomic_store(&b->is_over, true);
	pthread_join(thread, NULL);
	assert_true(journal_flush(b->journal));
	bench_close(b);
	struct reader_end end;
	assert_int_equal(bench_read(&end), 2000);
}

static uint64_t read_all_ns(void)
{
	struct config_error error = {""};
	struct reader *reader = reader_open(bench_directory(), &error);
	uint64_t begin_ns = clock_now_ns(), count = 0;
	while (reader_next(reader, NULL))
		count++;
	uint64_t ns = clock_now_ns() - begin_ns;
	reader_close(reader);
	assert_int_equal(count, 400000);
	return ns;
}

/* Measured on the reference machine, gcc -O3, records of 128 bytes, O_DIRECT by io_uring to a prezeroed
   file: 18 M records/s, 2.3 GB/s, which is what the disk streams; read back and checked 5.8 M records/s
   from a cold disk (0.74 GB/s, all of it waiting), 45 M from memory. */
static void group_commit_keeps_up(void **state)
{
	(void)state;
	enum { MANY = 400000 };
	struct config_error error = {""};
	struct bench *b = bench_open_on(disk_uring_open(&error), 64 << 20, 0, 0);
	uint64_t begin_ns = clock_now_ns();
	for (uint64_t i = 1; i <= MANY; i++) {
		void *body = link_claim(&b->writer, RECORD_RECEIPT, 112);
		for (; !body; body = link_claim(&b->writer, RECORD_RECEIPT, 112))
			journal_poll(b->journal, clock_now_ns(), 0);
		bench_fill(body, i, 8);
		link_publish(&b->writer);
		if (i % 256 == 0)
			journal_poll(b->journal, clock_now_ns(), 0);
	}
	assert_true(journal_flush(b->journal));
	uint64_t ns = clock_now_ns() - begin_ns;
	print_message("group commit: %.1f M records/s, %.0f MB/s, %lu commits, p50 %lu us\n",
		MANY * 1e3 / (double)ns, MANY * 128e3 / (double)ns,
		metrics_get(b->metrics, METRIC_journal_commits),
		histogram_percentile(&b->metrics->commit_ns, 500) / 1000);
	bench_close(b);
	double cold = (double)read_all_ns(), warm = (double)read_all_ns();
	print_message("read back: %.1f M records/s from the disk, %.1f M from memory\n",
		MANY * 1e3 / cold, MANY * 1e3 / warm);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		bench_test(an_empty_directory_is_an_empty_journal),
		bench_test(the_checksum_is_castagnolis),
		bench_test(what_was_published_is_read_back),
		bench_test(a_segment_header_names_build_and_config),
		bench_test(a_segment_without_a_record_is_taken_away),
		bench_test(a_segment_made_ahead_and_never_entered_is_taken_away),
		bench_test(segments_of_every_small_size_follow_each_other),
		bench_test(the_longest_records_fill_a_segment_to_its_last_byte),
		bench_test(a_boot_begins_with_a_small_segment_and_the_next_are_larger),
		bench_test(a_site_with_small_segments_begins_with_one_of_their_size),
		bench_test(every_boot_goes_on_in_a_segment_of_its_own),
		bench_test(a_segment_of_another_chain_is_not_followed),
		bench_test(a_segment_under_another_name_is_not_taken),
		bench_test(bytes_behind_the_end_are_told),
		bench_test(of_two_tries_the_later_one_counts),
		bench_test(a_reader_follows_a_journal_that_is_being_written),
		bench_test(a_bad_segment_size_or_a_missing_directory_is_refused),
		bench_test(of_a_hundred_tries_at_one_number_none_is_written_over),
		bench_test(another_thread_may_make_the_segments),
		bench_test(group_commit_keeps_up),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.journal", tests, NULL, NULL);
}
