/* life_refused_test.c - a whole life of a journal on a real disk, and every call to the system that it makes is refused in turn.

   Locked, read, opened, filled over several segments, closed and unlocked, as a start and an end do it.  Whatever was refused:
   what was called durable is read back, and the next life goes on behind it.

   The directory lies in memory, where a sync costs nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/journal/reserve.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "drivers/machine/memory.h"
#include "tests/support/refuse.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { SEGMENT = 16384, STEPS = 4, RECORDS = 8 };

static int life_begin(void **state)
{
	snprintf(bench_path, sizeof bench_path, "/dev/shm/sluice-journal-XXXXXX");
	assert_non_null(mkdtemp(bench_path));
	return bench_setup(state);
}

#define life_test(name) cmocka_unit_test_setup_teardown(name, life_begin, bench_teardown)

struct life {
	uint64_t before, published, durable; /* before: the last record that was read */
	bool is_refused;                     /* the start */
	int failed, full;
};

static bool is_named(const char *text)
{
	return strstr(text, "Input/output error") != NULL;
}

/* Reads as a boot does.  false: what lies there is not known. */
static bool read_all(struct reader_end *end, struct config_error *error)
{
	*end = (struct reader_end){.code = 0};
	struct reader *reader = reader_open(bench_directory(), error);
	if (reader == NULL)
		return false;
	uint64_t sequence = 0, last = 0;
	for (const struct record *r; (r = reader_next(reader, &sequence)) != NULL;) {
		assert_int_equal(sequence, ++last);
		bench_check(r, last);
	}
	reader_end_of(reader, end);
	reader_close(reader);
	snprintf(error->text, sizeof error->text, "%s", end->reason);
	return end->code == 0;
}

static void fill(struct bench *b, struct life *life)
{
	for (unsigned step = 0; step < STEPS; step++) {
		for (unsigned i = 0; i < RECORDS; i++)
			bench_append(b, ++life->published);
		for (unsigned turn = 0; turn < 10; turn++)
			bench_poll(b);
	}
	life->durable = atomic_load(&b->link->durable);
	life->failed = journal_failed(b->journal);
	life->full = (int)atomic_load(&b->link->full);
}

static struct life live(void)
{
	struct config_error error = {""};
	struct journal_lock lock;
	struct life life = {.is_refused = true};
	struct reader_end end;
	if (!journal_lock(&lock, bench_directory(), &error)) {
		assert_true(is_named(error.text));
		return life;
	}
	if (read_all(&end, &error)) {
		bench_reserve_bytes = SEGMENT;
		struct bench *b =
			bench_open_on(disk_plain_open(), SEGMENT, end.last_sequence, end.last_crc);
		bench_reserve_bytes = 0;
		life = (struct life){.before = end.last_sequence,
			.published = end.last_sequence,
			.durable = end.last_sequence,
			.is_refused = b->journal == NULL};
		if (life.is_refused)
			assert_true(is_named(b->refusal));
		else
			fill(b, &life);
		bench_close(b);
	} else {
		assert_true(is_named(error.text));
	}
	journal_unlock(&lock, bench_directory(), false);
	return life;
}

/* A boot asks for every piece that a reserve may have: one and the same thing, of which some are enough. */
static uint64_t after(uint64_t at)
{
	return strcmp(refuse_name(), "stat") == 0 && at % 1024 > 100 ? at + 61 : at + 1;
}

static void walk(bool is_for_ever)
{
	bool is_refused = true;
	uint64_t durable = 0;
	for (uint64_t at = 1; is_refused; at = after(at)) {
		struct config_error error = {""};
		struct reader_end end;
		bench_clear();
		struct life first = live();
		assert_int_equal(first.durable, STEPS * RECORDS);
		unsigned open_files = refuse_open_files();
		size_t taken = memory_taken_bytes();
		refuse(&(struct refusal){.at = at, .is_for_ever = is_for_ever, .code = EIO});
		struct life life = live();
		is_refused = refuse_end();
		durable = life.is_refused ? first.durable : life.durable;
		assert_int_equal(refuse_open_files(), open_files);
		assert_int_equal(memory_taken_bytes(), taken);
		if (!life.is_refused && life.before != first.durable)
			fail_msg("call %lu, %s: began behind %lu", at, refuse_name(), life.before);
		assert_true(life.failed == 0 || life.failed == EIO);
		if (!read_all(&end, &error) || end.last_sequence < durable)
			fail_msg("call %lu, %s: durable %lu, read %lu: %s", at, refuse_name(),
				durable, end.last_sequence, error.text);
		life = live();
		if (life.is_refused || life.failed != 0 || life.durable != life.published)
			fail_msg("call %lu, %s: the next life failed", at, refuse_name());
		assert_true(at < 10000);
	}
	assert_int_equal(durable, 2 * STEPS * RECORDS); /* the last one met no refusal */
}

static void every_call_refused_is_outlived(void **state)
{
	(void)state;
	walk(false);
	walk(true);
}

/* Renamed, and then its name would not be synced: that is the trouble, not that the name is there for the next piece. */
static void a_piece_that_took_the_name_and_failed_is_named(void **state)
{
	(void)state;
	static struct reserve reserve;
	struct disk *disk = disk_plain_open();
	char path[256];
	snprintf(path, sizeof path, "%s/a", bench_directory());
	assert_int_equal(reserve_open(&reserve, disk, bench_directory(), 2 * SEGMENT, SEGMENT), 0);
	assert_int_equal(reserve_build(&reserve), 1);
	assert_int_equal(reserve_build(&reserve), 1);
	refuse(&(struct refusal){.call = "fsync", .at = 2, .code = EIO});
	assert_int_equal(reserve_give(&reserve, path), -EIO);
	assert_true(refuse_end());
	assert_int_equal(atomic_load(&reserve.held_count), 1);
	disk_close(disk);
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		life_test(every_call_refused_is_outlived),
		life_test(a_piece_that_took_the_name_and_failed_is_named),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.journal.life_refused", tests, NULL, NULL);
}
