/* disk_refused_test.c - every thing that the journal asks of its disk is refused in turn, once and for ever.

   A life begins where another was killed: with a segment made ahead and a reserve.  It boots, fills segments, finds its disk
   full where there is little room, and ends.  Whatever was refused meanwhile: nothing acknowledged is lost, nothing that was
   read is read otherwise, the refusal is named or was borne, no file and no memory stays taken, and the next boot on the same disk,
   sound again, goes on behind the last record. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/journal/journal_inside.h"
#include "dataplane/journal/reserve.h"
#include "dataplane/journal/segment.h"
#include "drivers/disk/disk_sim.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "drivers/machine/memory.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { SEGMENT = 16384, PIECES = 2, ROOMY = 4 << 20, TIGHT = 14 * SEGMENT, STEPS = 12 };

/* What is refused: an operation, or the completion of a write.  Most of what a journal asks is whether a name is there. */
static const struct disk_sim_faults faults[] = {
	{.refusal = EIO, .is_look_spared = true},
	{.refusal = EIO, .is_look_spared = true, .is_refused_for_ever = true},
	{.is_eio_sticky = true, .delay_polls = 3},
	{.is_eio_sticky = false},
	{.refusal = EDQUOT, .is_look_spared = true},
	{.refusal = EIO},
	{.refusal = EIO, .is_refused_for_ever = true},
};

enum { TIGHT_FAULTS = 3, WRITES = 30, STRIDE = 17 };

static const struct disk_sim_faults sound = {.refuse_at = 0};

struct life {
	uint64_t published, durable;
	bool is_refused; /* the boot */
	int failed, full;
	uint64_t asked; /* of the disk before it was closed */
};

static void idle(struct bench *b)
{
	for (unsigned turn = 0; turn < 40; turn++)
		bench_poll(b);
	b->now_ns += 300 * 1000 * 1000;
}

/* Lives on behind `before`; killed: the power goes when it is idle, else it closes. */
static struct life live(
	struct disk *disk, uint64_t pieces, const struct reader_end *before, bool is_killed)
{
	bench_reserve_bytes = pieces * SEGMENT;
	struct bench *b = bench_open_on(disk, SEGMENT, before->last_sequence, before->last_crc);
	bench_reserve_bytes = 0;
	struct life life = {.published = before->last_sequence,
		.durable = before->last_sequence,
		.is_refused = b->journal == NULL};
	if (life.is_refused && strstr(b->refusal, "Input/output error") == NULL &&
		strstr(b->refusal, "No space left") == NULL &&
		strstr(b->refusal, "Disk quota exceeded") == NULL)
		fail_msg("%s", b->refusal);
	for (unsigned step = 0; step < STEPS && !life.is_refused; step++) {
		for (unsigned i = 0; i < 8; i++)
			bench_append(b, ++life.published);
		idle(b);
	}
	if (!life.is_refused) {
		life.durable = atomic_load(&b->link->durable);
		life.failed = journal_failed(b->journal);
		life.full = (int)atomic_load(&b->link->full);
		assert_true(life.failed == 0 || metrics_get(b->metrics, METRIC_journal_errors) > 0);
		assert_int_equal(atomic_load(&b->link->failed), life.failed);
	}
	life.asked = disk_sim_asked(disk);
	if (is_killed)
		disk_sim_power_cut(disk);
	bench_drop(b);
	return life;
}

/* A refused life, and a sound one behind it.  false: nothing was left to refuse. */
static bool outlive(
	const struct disk_sim_faults *kind, uint64_t at, uint64_t capacity, bool is_killed)
{
	struct disk_sim_faults now = *kind;
	struct disk *disk = disk_sim_open(at, capacity);
	struct reader_end end = {.last_sequence = 0};
	live(disk, PIECES - 1, &end, true);
	bench_read_back(disk, &end);
	if (kind->refusal != 0)
		now.refuse_at = at;
	else
		now.eio_at = at;
	disk_sim_set(disk, &now);
	size_t taken = memory_taken_bytes();
	struct life life = live(disk, PIECES, &end, is_killed);
	bool is_met = disk_sim_asked(disk) >= at;
	bool is_for_ever = kind->is_refused_for_ever || kind->is_eio_sticky;
	disk_sim_set(disk, &sound);
	if (taken != memory_taken_bytes())
		fail_msg("at %lu: memory", at);
	for (int file = 0; file < DISK_SIM_FILE_MAX; file++)
		assert_int_equal(disk_shut(disk, file), -EINVAL);
	if (life.failed != 0 && life.failed != (kind->refusal != 0 ? kind->refusal : EIO) &&
		(capacity != TIGHT || life.failed != ENOSPC))
		fail_msg("at %lu: failed by %s", at, strerror(life.failed));
	/* what goes on failing is never borne */
	if (kind->refusal != 0 && is_for_ever &&
		life.asked > at + (kind->is_look_spared ? 30 : 150))
		assert_true(life.is_refused || life.failed != 0 || life.full != 0);
	uint64_t read = bench_read_back(disk, &end);
	/* a write that failed may leave a hole before what was begun behind it */
	if (read < life.durable || read > life.published || (end.is_damaged && kind->refusal != 0))
		fail_msg("at %lu: durable %lu, published %lu, read %lu: %s", at, life.durable,
			life.published, read, end.reason);
	life = live(disk, PIECES, &end, false);
	if (life.is_refused || life.failed != 0)
		assert_int_equal(capacity, TIGHT);
	else
		assert_int_equal(life.durable, life.published);
	assert_true(bench_read_back(disk, &end) >= life.durable);
	assert_false(end.is_damaged);
	disk_close(disk);
	return is_met;
}

/* A name is asked for 1,024 times for the reserve and 100 times for a segment: of the same question some are enough. */
static void walk(uint64_t capacity, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		bool is_look = faults[i].refusal != 0 && !faults[i].is_look_spared;
		uint64_t at = 1, last = faults[i].refusal != 0 ? UINT64_MAX : WRITES;
		while (outlive(&faults[i], at, capacity, at % 2 == 0) && at < last)
			at += is_look ? STRIDE : 1;
		assert_true(at >= (is_look ? RESERVE_PIECE_MAX + 2 * SEGMENT_TRY_COUNT : 20));
	}
}

static void every_operation_refused_is_outlived(void **state)
{
	(void)state;
	walk(ROOMY, ARRAY_COUNT(faults));
}

static void every_operation_refused_is_outlived_on_a_full_disk(void **state)
{
	(void)state;
	walk(TIGHT, TIGHT_FAULTS);
}

/* A journal on a sound disk that is asked everything from now on as the faults say. */
static struct bench *begin(struct disk *disk, const struct disk_sim_faults *now)
{
	struct bench *b = bench_open_on(disk, SEGMENT, 0, 0);
	assert_non_null(b->journal);
	bench_append(b, 1);
	assert_true(journal_flush(b->journal));
	idle(b);
	disk_sim_set(disk, now);
	return b;
}

static void a_busy_disk_is_asked_again_and_waited_for_no_longer_than_told(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, ROOMY);
	struct bench *b = begin(
		disk, &(struct disk_sim_faults){
			      .refuse_at = 1, .is_refused_for_ever = true, .refusal = EAGAIN});
	bench_append(b, 2);
	b->journal->wait_ns = 0;
	assert_false(journal_flush(b->journal));
	assert_int_equal(journal_failed(b->journal), 0);
	assert_int_equal(atomic_load(&b->link->durable), 1);
	disk_sim_set(disk, &sound);
	b->journal->wait_ns = UINT64_MAX;
	assert_true(journal_flush(b->journal));
	assert_int_equal(atomic_load(&b->link->durable), 2);
	bench_close(b);
}

/* The write may still read the buffers: neither they nor the file are given to anybody else. */
static void a_journal_that_is_closed_over_a_write_that_never_ends_keeps_its_memory(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, ROOMY);
	struct bench *b = begin(disk, &(struct disk_sim_faults){.delay_polls = UINT32_MAX});
	size_t taken = memory_taken_bytes();
	bench_append(b, 2);
	bench_poll(b);
	b->journal->wait_ns = 0;
	struct link *link = b->link;
	journal_close(b->journal);
	b->journal = NULL;
	assert_int_equal(memory_taken_bytes(), taken);
	assert_int_equal(atomic_load(&link->failed), EBUSY); /* told, whoever looks */
	assert_int_equal(disk_shut(disk, 0), -EBUSY);
	bench_close(b); /* without a journal there is nothing to close */
}

static uint32_t answers;

static bool goes_on(void *context, uint64_t waited_ns)
{
	(void)context;
	(void)waited_ns;
	return answers-- > 0;
}

static void a_boot_waits_for_its_disk_as_long_as_it_is_told(void **state)
{
	(void)state;
	static const struct journal_patience patience = {.goes_on = goes_on};
	/* one that answers late, one that never does, one that is always busy */
	static const struct disk_sim_faults slow[] = {
		{.delay_polls = 100}, {.delay_polls = UINT32_MAX}, {.refusal = EAGAIN}};
	for (unsigned i = 0; i < ARRAY_COUNT(slow); i++) {
		struct disk *disk = disk_sim_open(1, ROOMY);
		struct disk_sim_faults now = slow[i];
		if (now.refusal != 0) { /* all from the write of the header on */
			struct bench *first = bench_open_on(disk, SEGMENT, 0, 0);
			now.refuse_at = disk_sim_asked(disk);
			now.is_refused_for_ever = true;
			bench_drop(first);
		}
		disk_sim_set(disk, &now);
		answers = 500;
		bench_patience = &patience;
		struct bench *b = bench_open_on(disk, SEGMENT, 0, 0);
		bench_patience = NULL;
		if (i == 0)
			assert_non_null(b->journal);
		else
			assert_non_null(
				strstr(b->refusal, "a disk that had not written the first block"));
		bench_close(b);
	}
}

/* A group to the brim and a small one behind it: the small one may be there first, and is called durable only behind the other. */
static void writes_that_end_in_another_order_are_durable_in_theirs(void **state)
{
	(void)state;
	enum { LONG_BYTES = 984, LONG_RECORDS = 300, SHORT_RECORDS = 40 };
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct disk *disk = disk_sim_open(seed, ROOMY);
		struct bench *b = bench_open_on(disk, 1 << 20, 0, 0);
		uint64_t last = 0, durable = 0;
		struct reader_end end;
		disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = 6});
		while (last < LONG_RECORDS)
			bench_append_bytes(b, ++last, LONG_BYTES);
		while (durable < LONG_RECORDS + SHORT_RECORDS) {
			bench_poll(b);
			uint64_t now = atomic_load(&b->link->durable);
			assert_true(now >= durable && now <= last);
			durable = now;
			if (last < LONG_RECORDS + SHORT_RECORDS)
				bench_append(b, ++last);
		}
		bench_drop(b);
		assert_int_equal(bench_read_back(disk, &end), last);
		assert_false(end.is_damaged);
		disk_close(disk);
	}
}

/* A thread that zeroes a file is not waited for, and nothing is made beside it. */
static void files_are_made_by_one_thread_at_a_time(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, ROOMY);
	struct bench *b = begin(disk, &sound);
	uint64_t last = 1;
	atomic_store(&b->journal->is_making, true);
	while (metrics_get(b->metrics, METRIC_journal_behind) == 0 && last < 500) {
		bench_append(b, ++last);
		idle(b);
	}
	assert_true(last < 500); /* it waits for the next segment */
	assert_false(journal_prepare(b->journal, 0));
	assert_int_equal(disk_sim_asked(disk), metrics_get(b->metrics, METRIC_journal_commits) - 2);
	assert_int_equal(journal_failed(b->journal), 0);
	atomic_store(&b->journal->is_making, false);
	assert_true(journal_flush(b->journal));
	assert_int_equal(atomic_load(&b->link->durable), last);
	bench_close(b);
}

/* Without a reserve, or with one that is whole, nothing is left to build that would end it. */
static void where_room_comes_back_before_the_segment_ends_orders_pass_again(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, ROOMY);
	struct bench *b = begin(disk, &(struct disk_sim_faults){.is_full = true});
	uint64_t last = 1;
	while (atomic_load(&b->link->full) == 0 && last < 500) {
		bench_append(b, ++last);
		idle(b);
	}
	assert_int_equal(atomic_load(&b->link->full), ENOSPC);
	idle(b);
	assert_int_equal(
		atomic_load(&b->link->full), ENOSPC); /* it stays as long as there is none */
	disk_sim_set(disk, &sound);
	while (metrics_get(b->metrics, METRIC_journal_segments) == 1 && last < 500) {
		bench_append(b, ++last);
		idle(b);
	}
	idle(b);
	assert_int_equal(journal_failed(b->journal), 0);
	assert_int_equal(atomic_load(&b->link->full), 0);
	bench_close(b);
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		bench_test(every_operation_refused_is_outlived),
		bench_test(every_operation_refused_is_outlived_on_a_full_disk),
		bench_test(a_busy_disk_is_asked_again_and_waited_for_no_longer_than_told),
		bench_test(a_journal_that_is_closed_over_a_write_that_never_ends_keeps_its_memory),
		bench_test(a_boot_waits_for_its_disk_as_long_as_it_is_told),
		bench_test(writes_that_end_in_another_order_are_durable_in_theirs),
		bench_test(files_are_made_by_one_thread_at_a_time),
		bench_test(where_room_comes_back_before_the_segment_ends_orders_pass_again),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.journal.disk_refused", tests, NULL, NULL);
}
