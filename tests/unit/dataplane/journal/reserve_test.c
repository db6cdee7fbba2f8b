/* reserve_test.c - a disk without room: what was kept for it becomes segments, and is kept again once there is room. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/journal/reserve.h"
#include "drivers/disk/disk_sim.h"
#include "drivers/machine/clock.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { SEGMENT = 32768, PIECES = 3 };
#define SECOND_NS UINT64_C(1000000000)

static const struct disk_sim_faults full = {.is_full = true}, roomy = {.is_full = false};

static struct bench *reserve_bench(struct disk *disk, const struct reader_end *before)
{
	bench_reserve_bytes = PIECES * SEGMENT;
	struct bench *b = bench_open_on(disk, SEGMENT, before->last_sequence, before->last_crc);
	bench_reserve_bytes = 0;
	b->now_ns = clock_now_ns() + 1000 * SECOND_NS; /* ahead of journal_flush's */
	return b;
}

/* A process that died closes nothing: it is kept as it was. */
static void leave(struct bench *b)
{
	static struct bench *dead[8];
	static unsigned count;
	assert_true(count < ARRAY_COUNT(dead));
	dead[count++] = b;
}

static void settle(struct bench *b)
{
	assert_true(journal_flush(b->journal));
	while (bench_poll(b))
		;
}

static uint64_t room(const struct bench *b)
{
	return metrics_get(b->metrics, METRIC_journal_room_records);
}

static void a_reserve_is_built_when_nothing_else_is_to_be_done(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, 1 << 20);
	struct bench *b = reserve_bench(disk, &(struct reader_end){.last_sequence = 0});
	assert_non_null(b->journal);
	bench_append(b, 1);
	settle(b);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_reserve_bytes), PIECES * SEGMENT);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_no_room), 0);
	assert_int_equal(atomic_load(&b->link->full), 0);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_room_records),
		(SEGMENT - 4096 - record_size_of(bench_size(1))) / RECORD_BYTES_MAX +
			PIECES * ((SEGMENT - 4096) / RECORD_BYTES_MAX));
	bench_drop(b);
	disk_close(disk);
}

static void a_journal_without_a_record_leaves_no_reserve(void **state)
{
	(void)state;
	char names[8][64];
	struct disk *disk = disk_sim_open(1, 1 << 20);
	struct bench *b = reserve_bench(disk, &(struct reader_end){.last_sequence = 0});
	while (bench_poll(b))
		;
	assert_int_equal(disk_list(disk, bench_directory(), names, 8), 1 + PIECES);
	bench_drop(b);
	assert_int_equal(disk_list(disk, bench_directory(), names, 8), 0);
	disk_close(disk);
}

/* Appends until the disk is found full; then at least `room` more of the longest records are durable, and no segment fails before. */
static void on_a_full_disk_as_much_is_written_as_was_told(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(2, 1 << 20);
	struct bench *b = reserve_bench(disk, &(struct reader_end){.last_sequence = 0});
	uint64_t last = 0;
	bench_append(b, ++last);
	settle(b);
	disk_sim_set(disk, &full);
	while (atomic_load(&b->link->full) == 0) {
		bench_append(b, ++last);
		settle(b);
		assert_true(last < 1000);
	}
	assert_int_equal(atomic_load(&b->link->full), ENOSPC);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_no_room), 1);
	uint64_t told = room(b);
	assert_true(told > 2 * (SEGMENT / RECORD_BYTES_MAX));
	for (uint64_t i = 0; i < told; i++) {
		bench_append_bytes(b, ++last, RECORD_BYTES_MAX - 16);
		assert_true(journal_flush(b->journal));
		bench_poll(b);
		assert_true(room(b) + i + 1 >= told); /* never less than was told before */
	}
	assert_int_equal(journal_failed(b->journal), 0);
	while (journal_failed(b->journal) == 0) {
		bench_append(b, ++last);
		journal_flush(b->journal);
		assert_true(last < 2000);
	}
	assert_int_equal(journal_failed(b->journal), ENOSPC);
	bench_poll(b);
	assert_int_equal(metrics_get(b->metrics, METRIC_journal_room_bytes), 0);
	bench_drop(b);
	struct reader_end end;
	assert_int_equal(bench_read_back(disk, &end), last - 1);
	assert_false(end.is_damaged);
	disk_close(disk);
}

static void where_room_comes_back_the_reserve_is_built_again_and_orders_pass(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(3, 2 << 20);
	struct bench *b = reserve_bench(disk, &(struct reader_end){.last_sequence = 0});
	uint64_t last = 0;
	for (unsigned episode = 0; episode < 2; episode++) {
		bench_append(b, ++last);
		settle(b);
		disk_sim_set(disk, &full);
		while (metrics_get(b->metrics, METRIC_journal_reserve_bytes) == PIECES * SEGMENT) {
			bench_append(b, ++last);
			settle(b);
		}
		b->now_ns += SECOND_NS;
		settle(b);
		assert_int_equal(atomic_load(&b->link->full), ENOSPC);
		disk_sim_set(disk, &roomy);
		settle(b);
		assert_int_equal(atomic_load(&b->link->full), ENOSPC); /* asked once a second */
		b->now_ns += SECOND_NS;
		settle(b);
		assert_int_equal(atomic_load(&b->link->full), 0);
		assert_int_equal(
			metrics_get(b->metrics, METRIC_journal_reserve_bytes), PIECES * SEGMENT);
	}
	bench_drop(b);
	struct reader_end end;
	assert_int_equal(bench_read_back(disk, &end), last);
	disk_close(disk);
}

/* Each process on the full disk dies; the next one finds a piece for its first segment, until there is none. */
static void a_boot_on_a_full_disk_begins_in_the_reserve(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(4, 2 << 20);
	struct reader_end end = {.last_sequence = 0};
	struct bench *b = reserve_bench(disk, &end);
	uint64_t last = 0;
	bench_append(b, ++last);
	settle(b);
	disk_sim_set(disk, &full);
	for (unsigned boot = 0; boot < PIECES; boot++) {
		leave(b);
		disk_sim_power_cut(disk);
		assert_int_equal(bench_read_back(disk, &end), last);
		b = reserve_bench(disk, &end);
		assert_non_null(b->journal);
		assert_int_equal(atomic_load(&b->link->full), ENOSPC);
		bench_append(b, ++last);
		settle(b);
	}
	leave(b);
	disk_sim_power_cut(disk);
	assert_int_equal(bench_read_back(disk, &end), last);
	b = reserve_bench(disk, &end);
	assert_null(b->journal);
	assert_non_null(strstr(b->refusal, "No space left"));
	bench_drop(b);
	disk_sim_set(disk, &roomy);
	b = reserve_bench(disk, &end);
	assert_non_null(b->journal);
	settle(b);
	assert_int_equal(atomic_load(&b->link->full), 0);
	bench_drop(b);
	disk_close(disk);
}

static void a_segment_in_which_nothing_was_written_is_a_piece_again(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(5, 2 << 20);
	struct reader_end end = {.last_sequence = 0};
	struct bench *b = reserve_bench(disk, &end);
	bench_append(b, 1);
	settle(b);
	bench_drop(b);
	disk_sim_set(disk, &full);
	assert_int_equal(bench_read_back(disk, &end), 1);
	for (unsigned start = 0; start < 2 * PIECES; start++) {
		b = reserve_bench(disk, &end);
		assert_non_null(b->journal);
		bench_drop(b);
	}
	disk_close(disk);
}

/* A copy that left out zeros, a size that was another: such a piece would not be there when it is needed. */
static void what_is_no_whole_piece_is_taken_away(void **state)
{
	(void)state;
	struct disk *disk = disk_plain_open();
	char path[640];
	uint64_t bytes;
	static struct reserve reserve;
	reserve_open(&reserve, disk, bench_directory(), 3 * SEGMENT, SEGMENT);
	assert_false(reserve_is_whole(&reserve));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(reserve_build(&reserve), 1);
	assert_int_equal(reserve_build(&reserve), 0);
	snprintf(path, sizeof path, "%s/reserve.0001", bench_directory());
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(
		truncate(path, SEGMENT), 0); /* of its size, and nothing of it is on the disk */
	reserve_open(&reserve, disk, bench_directory(), 2 * SEGMENT, SEGMENT);
	assert_int_equal(atomic_load(&reserve.held_count), 1);
	assert_int_equal(disk_allocated(disk, path, &bytes), -ENOENT);
	assert_int_equal(reserve_build(&reserve), 1);
	assert_true(reserve_is_whole(&reserve));
	snprintf(path, sizeof path, "%s/reserve.0002", bench_directory());
	assert_int_equal(disk_allocated(disk, path, &bytes), -ENOENT); /* of a larger one before */
	reserve_clear(&reserve);
	assert_int_equal(atomic_load(&reserve.held_count), 0);
	disk_close(disk);
}

static struct reserve reserve;

/* A reserve of three pieces, all held, on a disk where the at-th thing asked from here on is refused. */
static struct disk *hold_three(uint64_t at, bool is_for_ever)
{
	struct disk *disk = disk_sim_open(1, 1 << 20);
	assert_int_equal(
		reserve_open(&reserve, disk, bench_directory(), PIECES * SEGMENT, SEGMENT), 0);
	for (unsigned i = 0; i < PIECES; i++)
		assert_int_equal(reserve_build(&reserve), 1);
	disk_sim_set(
		disk, &(struct disk_sim_faults){
			      .refuse_at = at, .is_refused_for_ever = is_for_ever, .refusal = EIO});
	return disk;
}

static const char *at(const char *name)
{
	static char path[640];
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	return path;
}

static void a_piece_that_cannot_be_given_is_passed_over_and_the_refusal_is_named(void **state)
{
	(void)state;
	struct disk *disk = hold_three(1, false);
	assert_true(reserve_give(&reserve, at("a")) >= 0);
	assert_int_equal(atomic_load(&reserve.held_count), 1);
	assert_int_equal(reserve_give(&reserve, at("a")), -EEXIST); /* nothing is given for it */
	assert_int_equal(atomic_load(&reserve.held_count), 1);
	/* the one that was passed over lies there: it is made anew */
	assert_int_equal(reserve_build(&reserve), 1);
	disk_close(disk);
	disk = hold_three(1, true);
	assert_int_equal(reserve_give(&reserve, at("a")), -EIO);
	assert_int_equal(atomic_load(&reserve.held_count), 0);
	assert_int_equal(reserve_give(&reserve, at("a")), -ENOSPC);
	disk_sim_set(disk, &(struct disk_sim_faults){.refuse_at = 2, .refusal = EIO});
	assert_int_equal(reserve_build(&reserve), -EIO); /* it would not go */
	assert_int_equal(atomic_load(&reserve.held_count), 0);
	disk_close(disk);
}

static void a_piece_whose_file_would_not_be_shut_is_not_held(void **state)
{
	(void)state;
	struct disk *disk = hold_three(1, true);
	assert_false(reserve_return(&reserve, at("a"))); /* none lacks */
	assert_int_equal(disk_sim_asked(disk), 0);
	disk_sim_set(disk, &roomy);
	int file = reserve_give(&reserve, at("a"));
	assert_true(file >= 0);
	assert_int_equal(disk_shut(disk, file), 0);
	for (uint64_t refused = 1; refused <= 2; refused++) { /* the adoption, the shut */
		disk_sim_set(disk, &(struct disk_sim_faults){.refuse_at = refused, .refusal = EIO});
		assert_false(reserve_return(&reserve, at("a")));
		assert_int_equal(atomic_load(&reserve.held_count), PIECES - 1);
	}
	/* remove, create, shut */
	disk_sim_set(disk, &(struct disk_sim_faults){.refuse_at = 4, .refusal = EIO});
	assert_int_equal(reserve_build(&reserve), -EIO);
	assert_int_equal(atomic_load(&reserve.held_count), PIECES - 1);
	assert_int_equal(reserve_build(&reserve), 1);
	assert_int_equal(reserve_build(&reserve), 0);
	disk_close(disk);
}

/* The first pieces were given; those behind the gap would lie on the disk for ever. */
static void of_a_larger_reserve_that_begins_behind_a_gap_nothing_stays(void **state)
{
	(void)state;
	char names[8][64];
	struct disk *disk = hold_three(0, false);
	assert_int_equal(disk_remove(disk, at("reserve.0000")), 0);
	assert_int_equal(disk_remove(disk, at("reserve.0001")), 0);
	assert_int_equal(reserve_open(&reserve, disk, bench_directory(), SEGMENT, SEGMENT), 0);
	assert_int_equal(atomic_load(&reserve.held_count), 0);
	assert_int_equal(disk_list(disk, bench_directory(), names, 8), 0);
	disk_close(disk);
}

static void a_reserve_of_which_the_disk_does_not_tell_is_refused(void **state)
{
	(void)state;
	struct disk *disk = hold_three(2, false);
	assert_int_equal(
		reserve_open(&reserve, disk, bench_directory(), PIECES * SEGMENT, SEGMENT), -EIO);
	/* one that is too many is found, and would not go */
	disk_sim_set(disk, &(struct disk_sim_faults){.refuse_at = 4, .refusal = EIO});
	assert_int_equal(
		reserve_open(&reserve, disk, bench_directory(), 2 * SEGMENT, SEGMENT), -EIO);
	disk_sim_set(disk, &roomy);
	struct bench *b = bench_open_on(disk, SEGMENT, 0, 0);
	assert_non_null(b->journal);
	bench_drop(b);
	disk_sim_set(disk, &(struct disk_sim_faults){.refuse_at = 1, .refusal = EIO});
	b = bench_open_on(disk, SEGMENT, 0, 0);
	assert_null(b->journal);
	assert_non_null(strstr(b->refusal, "Input/output error"));
	bench_close(b);
}

static void a_reserve_has_no_more_pieces_than_names(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, 1 << 20);
	assert_int_equal(reserve_open(&reserve, disk, bench_directory(),
				 (RESERVE_PIECE_MAX + 1ull) * SEGMENT, SEGMENT),
		0);
	assert_int_equal(reserve.piece_count, RESERVE_PIECE_MAX);
	disk_close(disk);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		bench_test(a_reserve_is_built_when_nothing_else_is_to_be_done),
		bench_test(a_journal_without_a_record_leaves_no_reserve),
		bench_test(on_a_full_disk_as_much_is_written_as_was_told),
		bench_test(where_room_comes_back_the_reserve_is_built_again_and_orders_pass),
		bench_test(a_boot_on_a_full_disk_begins_in_the_reserve),
		bench_test(a_segment_in_which_nothing_was_written_is_a_piece_again),
		bench_test(what_is_no_whole_piece_is_taken_away),
		bench_test(a_piece_that_cannot_be_given_is_passed_over_and_the_refusal_is_named),
		bench_test(a_piece_whose_file_would_not_be_shut_is_not_held),
		bench_test(of_a_larger_reserve_that_begins_behind_a_gap_nothing_stays),
		bench_test(a_reserve_of_which_the_disk_does_not_tell_is_refused),
		bench_test(a_reserve_has_no_more_pieces_than_names),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.reserve", tests, NULL, NULL);
}
