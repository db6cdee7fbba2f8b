/* blank_test.c - what a killed process made ahead and never began comes back, and nothing else is taken away. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "dataplane/journal/blank.h"
#include "drivers/disk/disk_sim.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { SEGMENT = 8192, PIECES = 2, NAMES = 64, LARGE = 3 * BLANK_SLICE_BYTES };

static const struct disk_sim_faults full = {.is_full = true};

/* A process that is killed closes nothing: it is kept as it was. */
static void kill_it(struct bench *b)
{
	static struct bench *dead[128];
	static unsigned count;
	assert_true(count < ARRAY_COUNT(dead));
	disk_sim_power_cut(b->disk); /* shuts its files; all that it wrote was durable */
	dead[count++] = b;
}

static void settle(struct bench *b)
{
	assert_true(journal_flush(b->journal));
	while (bench_poll(b))
		;
}

static bool is_there(struct disk *disk, uint64_t first, uint32_t attempt)
{
	char name[SEGMENT_NAME_BYTES], path[256];
	uint64_t bytes;
	segment_name(first, attempt, name);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	return disk_allocated(disk, path, &bytes) == 0;
}

/* A file as somebody else may have left it. */
static uint8_t *put(struct disk *disk, uint64_t first, uint32_t attempt, uint64_t size)
{
	char name[SEGMENT_NAME_BYTES], path[256];
	segment_name(first, attempt, name);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	int file = disk_create(disk, path, size);
	assert_true(file >= 0);
	assert_int_equal(disk_shut(disk, file), 0);
	return disk_sim_bytes(disk, path, &size);
}

/* One life: a record, and time enough for the next segment to be made.  Returns the number it is made for. */
static uint64_t live(struct disk *disk, uint64_t number)
{
	struct reader_end end = {.last_sequence = 0};
	assert_int_equal(bench_read_back(disk, &end), number - 1);
	struct bench *b = bench_open_on(disk, SEGMENT, end.last_sequence, end.last_crc);
	assert_non_null(b->journal);
	bench_append(b, number);
	settle(b);
	kill_it(b);
	uint64_t next = number + 1;
	while (next < number + 64 && !is_there(disk, next, 0))
		next++;
	return next;
}

static void what_was_made_ahead_and_never_begun_comes_back(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, 4 << 20);
	char names[NAMES][64];
	struct reader_end end;
	for (uint64_t number = 1; number <= 12; number++) {
		uint64_t next = live(disk, number);
		assert_true(next < number + 64); /* or nothing is proved */
		/* one segment a life, and what the last one made ahead */
		assert_int_equal(disk_list(disk, bench_directory(), names, NAMES), number + 1);
	}
	assert_int_equal(bench_read_back(disk, &end), 12);
	assert_false(end.is_damaged);
	disk_close(disk);
}

static void a_file_with_one_byte_that_is_not_zero_stays(void **state)
{
	(void)state;
	static const uint64_t places[] = {SEGMENT_BLOCK_BYTES, BLANK_SLICE_BYTES - 1,
		BLANK_SLICE_BYTES, LARGE / 2, LARGE - 1, UINT64_MAX};
	for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
		struct disk *disk = disk_sim_open(2, 4 << 20);
		live(disk, 1);
		uint8_t *bytes = put(disk, 500, 0, LARGE);
		if (places[i] < LARGE)
			bytes[places[i]] = 1;
		live(disk, 2);
		assert_true(is_there(disk, 500, 0) == (places[i] < LARGE));
		disk_close(disk);
	}
}

static void behind_a_hole_a_blank_file_is_evidence(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(3, 4 << 20);
	live(disk, 1);
	put(disk, 500, 0, SEGMENT);
	uint8_t *begun = put(disk, 900, 0, SEGMENT);
	begun[0] = 1; /* a header, of whatever kind */
	live(disk, 2);
	assert_true(is_there(disk, 500, 0));
	assert_true(is_there(disk, 900, 0));
	disk_close(disk);
}

/* It was passed by: its records were read from another file. */
static void a_blank_file_before_the_last_record_goes_too(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(4, 4 << 20);
	struct reader_end end;
	for (uint64_t number = 1; number <= 4; number++)
		live(disk, number);
	put(disk, 1, 1, SEGMENT);
	put(disk, 2, 7, SEGMENT);
	live(disk, 5);
	assert_false(is_there(disk, 1, 1));
	assert_false(is_there(disk, 2, 7));
	assert_int_equal(bench_read_back(disk, &end), 5);
	disk_close(disk);
}

/* Of several files that fit a reader takes the highest try: what is written behind them must be higher. */
static void a_name_that_came_free_is_not_taken_below_another_try(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(5, 4 << 20);
	struct reader_end end;
	live(disk, 1);
	put(disk, 2, 0, SEGMENT); /* made ahead; then a boot that died before its first record */
	assert_int_equal(bench_read_back(disk, &end), 1);
	struct bench *b = bench_open_on(disk, SEGMENT, end.last_sequence, end.last_crc);
	settle(b);
	assert_true(is_there(disk, 2, 1));
	assert_false(is_there(disk, 2, 0)); /* taken back */
	kill_it(b);
	live(disk, 2);
	assert_true(is_there(disk, 2, 2));
	assert_int_equal(bench_read_back(disk, &end), 2);
	disk_close(disk);
}

static void on_a_full_disk_its_room_becomes_the_reserves(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(6, 4 << 20);
	struct reader_end end;
	live(disk, 1);
	put(disk, 500, 0, SEGMENT);
	put(disk, 600, 0, LARGE);
	bench_reserve_bytes = PIECES * SEGMENT;
	live(disk, 2); /* keeps a reserve */
	put(disk, 500, 0, SEGMENT);
	put(disk, 600, 0, LARGE);
	disk_sim_set(disk, &full);
	assert_int_equal(bench_read_back(disk, &end), 2);
	struct bench *b = bench_open_on(disk, SEGMENT, end.last_sequence, end.last_crc);
	assert_int_equal(atomic_load(&b->link->full), ENOSPC); /* it began in a piece */
	while (bench_poll(b))
		;
	assert_false(is_there(disk, 500, 0));
	assert_false(is_there(disk, 600, 0));
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_reserve_bytes), PIECES * SEGMENT);
	kill_it(b);
	bench_reserve_bytes = 0;
	disk_close(disk);
}

/* Looked at, adopted into the reserve, taken away: whichever the disk will not do. */
static void whatever_is_refused_while_room_comes_back_the_journal_goes_on(void **state)
{
	(void)state;
	for (uint64_t at = 1; at <= 20; at++) {
		struct disk *disk = disk_sim_open(6, 4 << 20);
		struct reader_end end;
		bench_reserve_bytes = PIECES * SEGMENT;
		live(disk, 1);
		put(disk, 500, 0, SEGMENT);
		disk_sim_set(disk, &full);
		assert_int_equal(bench_read_back(disk, &end), 1);
		struct bench *b = bench_open_on(disk, SEGMENT, end.last_sequence, end.last_crc);
		disk_sim_set(disk, &(struct disk_sim_faults){
					   .is_full = true, .refuse_at = at, .refusal = EIO});
		for (unsigned turn = 0; turn < 200; turn++)
			bench_poll(b);
		disk_sim_set(disk, &full);
		bench_append(b, 2);
		settle(b);
		assert_int_equal(bench_read_back(disk, &end), 2);
		assert_false(end.is_damaged);
		kill_it(b);
		bench_reserve_bytes = 0;
		disk_close(disk);
	}
}

static void a_disk_that_failed_gives_nothing_back(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(7, 4 << 20);
	struct reader_end end;
	live(disk, 1);
	put(disk, 500, 0, SEGMENT);
	assert_int_equal(bench_read_back(disk, &end), 1);
	struct bench *b = bench_open_on(disk, SEGMENT, end.last_sequence, end.last_crc);
	disk_sim_set(disk, &(struct disk_sim_faults){.eio_at = 1});
	bench_append(b, 2);
	assert_false(journal_flush(b->journal));
	for (unsigned i = 0; i < 100; i++)
		journal_prepare(b->journal, b->now_ns);
	assert_true(is_there(disk, 500, 0));
	kill_it(b);
	disk_close(disk);
}

/* A directory in the place of a file cannot be read: what it is nobody knows, so what lies before it stays too. */
static void what_cannot_be_read_is_left_with_all_before_it(void **state)
{
	(void)state;
	static struct blanks blanks;
	char path[256], name[SEGMENT_NAME_BYTES];
	struct disk *disk = disk_plain_open();
	segment_name(5, 0, name);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	int file = disk_create(disk, path, SEGMENT);
	assert_true(file >= 0 && disk_shut(disk, file) == 0);
	blank_open(&blanks, disk, bench_directory(), 1);
	assert_int_equal(blanks.count, 1);
	segment_name(9, 0, name);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	assert_int_equal(mkdir(path, 0700), 0);
	blank_open(&blanks, disk, bench_directory(), 1);
	assert_int_equal(blanks.count, 0);
	assert_int_equal(rmdir(path), 0);
	blank_open(&blanks, disk, "/tmp/there-is-no-such-journal", 1);
	assert_int_equal(blanks.count, 0);
	disk_close(disk);
}

static void a_file_that_vanished_is_passed_over(void **state)
{
	(void)state;
	static struct blanks blanks;
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	uint64_t size;
	struct disk *disk = disk_sim_open(8, 1 << 20);
	put(disk, 5, 0, SEGMENT);
	put(disk, 9, 0, SEGMENT);
	blank_open(&blanks, disk, bench_directory(), 1);
	assert_int_equal(blanks.count, 2);
	snprintf(path, sizeof path, "%s/%s", bench_directory(), blanks.names[1]);
	assert_int_equal(disk_remove(disk, path), 0);
	assert_false(blank_look(&blanks, path, &size));
	assert_true(blank_look(&blanks, path, &size));
	assert_int_equal(size, SEGMENT);
	assert_false(blank_look(&blanks, path, &size));
	disk_close(disk);
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		bench_test(what_was_made_ahead_and_never_begun_comes_back),
		bench_test(a_file_with_one_byte_that_is_not_zero_stays),
		bench_test(behind_a_hole_a_blank_file_is_evidence),
		bench_test(a_blank_file_before_the_last_record_goes_too),
		bench_test(a_name_that_came_free_is_not_taken_below_another_try),
		bench_test(on_a_full_disk_its_room_becomes_the_reserves),
		bench_test(whatever_is_refused_while_room_comes_back_the_journal_goes_on),
		bench_test(a_disk_that_failed_gives_nothing_back),
		bench_test(what_cannot_be_read_is_left_with_all_before_it),
		bench_test(a_file_that_vanished_is_passed_over),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.blank", tests, NULL, NULL);
}
