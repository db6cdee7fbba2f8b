/* journal_test.c - the journal under power cuts, torn sectors, failing writes and rotten bits, by seed.

   A life of a journal runs on the simulated disk with small segments: records are published, polled,
   sometimes waited for; then the power goes.  What was acknowledged (link->durable) must be read back,
   what is read back must be a prefix of what was published, and the next boot goes on behind it.
   SLUICE_CRASH_SEEDS sets how many seeds are run.

   rooms: dataplane_journal */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "dataplane/journal/journal.h"
#include "dataplane/journal/segment.h"
#include "drivers/disk/disk_sim.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { CAPACITY = 2 << 20, CAPACITY_LARGE = 16 << 20 };

static uint64_t seed_count(void)
{
	const char *count = getenv("SLUICE_CRASH_SEEDS");
	return count ? strtoull(count, NULL, 10) : 60;
}

static uint64_t next_random(uint64_t *random)
{
	uint64_t z = *random += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	return z ^ z >> 27;
}

static bool
	flip_is_in_use; /* the bit turned over last lies before a segment's last byte that is not 0 */

/* Copies the disk's files into the directory that the reader reads; flip < 0: as they are, else with
   one bit of one byte of all of them turned over. */
static uint64_t disk_to_directory(struct disk *disk, int64_t flip)
{
	char names[DISK_SIM_FILE_MAX][64], path[256];
	uint64_t total = 0, size;
	bench_clear();
	int count = disk_list(disk, bench_directory(), names, DISK_SIM_FILE_MAX);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%.63s", bench_directory(), names[i]);
		uint8_t *bytes = disk_sim_bytes(disk, path, &size);
		uint64_t at = (uint64_t)flip - total;
		bool is_here = flip >= 0 && (uint64_t)flip >= total && at < size;
		if (is_here) {
			uint64_t used = size;
			while (used > 0 && bytes[used - 1] == 0)
				used--;
			flip_is_in_use = at < used;
			bytes[at] ^= (uint8_t)(1 << (at % 8));
		}
		int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_true(file >= 0);
		assert_int_equal(write(file, bytes, size), (ssize_t)size);
		close(file);
		if (is_here)
			bytes[at] ^= (uint8_t)(1 << (at % 8));
		total += size;
	}
	return total;
}

/* A cable between journal and disk.  When it is cut the disk has lost its power, and whoever still waits
   for a write hears of an error, so that a test can take the dead journal's memory back. */
struct cable {
	struct disk disk;
	struct disk *end;
	uint64_t tags[DISK_IN_FLIGHT_MAX];
	uint32_t count;
	bool is_cut;
	int refusal; /* writes are not even begun */
};

static int cable_create(struct disk *d, const char *path, uint64_t size_bytes)
{
	return disk_create(((struct cable *)d)->end, path, size_bytes);
}

static int cable_write(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
	uint64_t offset, uint64_t tag)
{
	struct cable *c = (struct cable *)d;
	if (c->refusal != 0)
		return c->refusal;
	int code = disk_write(c->end, file, bytes, size_bytes, offset, tag);
	if (code == 0)
		c->tags[c->count++] = tag;
	return code;
}

static uint32_t cable_poll(struct disk *d, struct disk_done *done, uint32_t max)
{
	struct cable *c = (struct cable *)d;
	if (c->is_cut) {
		uint32_t count = c->count;
		for (c->count = 0; c->count < count; c->count++)
			done[c->count] =
				(struct disk_done){.tag = c->tags[c->count], .result = -EIO};
		c->count = 0;
		return count;
	}
	uint32_t count = disk_poll(c->end, done, max);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = 0;
		while (c->tags[at] != done[i].tag)
			at++;
		c->tags[at] = c->tags[--c->count];
	}
	return count;
}

static int cable_read(struct disk *d, const char *path, uint64_t offset, void *bytes,
	uint64_t size_bytes, uint64_t *got)
{
	return disk_read(((struct cable *)d)->end, path, offset, bytes, size_bytes, got);
}

static int cable_list(struct disk *d, const char *directory, char (*names)[64], uint32_t max)
{
	return disk_list(((struct cable *)d)->end, directory, names, max);
}

static int cable_shut(struct disk *d, int file)
{
	struct cable *c = (struct cable *)d;
	return c->is_cut ? 0 : disk_shut(c->end, file);
}

static int cable_remove(struct disk *d, const char *path)
{
	struct cable *c = (struct cable *)d;
	return c->is_cut ? 0 : disk_remove(c->end, path);
}

static int cable_adopt(struct disk *d, const char *from, const char *to)
{
	struct cable *c = (struct cable *)d;
	return c->is_cut ? -EIO : disk_adopt(c->end, from, to);
}

static int cable_allocated(struct disk *d, const char *path, uint64_t *bytes)
{
	return disk_allocated(((struct cable *)d)->end, path, bytes);
}

static const struct disk_ops cable_ops = {.create = cable_create,
	.write = cable_write,
	.poll = cable_poll,
	.read = cable_read,
	.list = cable_list,
	.shut = cable_shut,
	.remove = cable_remove,
	.adopt = cable_adopt,
	.allocated = cable_allocated};

static struct bench *cable_open(
	struct cable *c, struct disk *end, uint64_t segment_bytes, const struct reader_end *before)
{
	*c = (struct cable){.disk = {.ops = &cable_ops}, .end = end};
	return bench_open_on(&c->disk, segment_bytes, before->last_sequence, before->last_crc);
}

static void cable_cut(struct cable *c)
{
	disk_sim_power_cut(c->end);
	c->is_cut = true;
}

/* One life: from `last` on, publishes some records and lives for some polls.  Returns the number of
   the last record published; *durable what was acknowledged. */
static uint64_t live(struct disk *disk, uint64_t *random, uint64_t segment_bytes,
	const struct reader_end *before, uint64_t *durable)
{
	struct cable cable;
	struct bench *b = cable_open(&cable, disk, segment_bytes, before);
	uint64_t last = before->last_sequence;
	*durable = last;
	if (!b->journal) { /* the disk failed at boot */
		bench_drop(b);
		return last;
	}
	/* Large segments get bursts that fill several groups to the brim. */
	unsigned scale = segment_bytes > JOURNAL_GROUP_BYTES ? 100 : 1;
	unsigned steps = (5 + (unsigned)(next_random(random) % 60)) / (scale > 1 ? 4 : 1);
	for (unsigned step = 0; step < steps; step++) {
		uint64_t burst = next_random(random) % (step % 10 == 0 ? 60 : 6) * scale;
		while (burst-- > 0)
			bench_append(b, ++last);
		for (uint64_t polls = next_random(random) % 4; polls > 0; polls--) {
			bench_poll(b);
			uint64_t now = atomic_load(&b->link->durable);
			assert_true(now >= *durable && now <= last); /* journal (1), (4) */
			*durable = now;
			/* journal (5): what is not durable is still in the link */
			uint64_t position = atomic_load(&b->link->tail);
			const struct record *oldest = link_peek(b->link, &position);
			assert_true(now == last || oldest->sequence <= now + 1);
		}
	}
	cable_cut(&cable);
	bench_drop(b);
	return last;
}

static void run_lives(uint64_t seed, const struct disk_sim_faults *faults)
{
	uint64_t random = seed, durable;
	bool is_large = seed % 4 == 0; /* segments that hold several full groups */
	struct disk *disk = disk_sim_open(seed, is_large ? CAPACITY_LARGE : CAPACITY);
	struct reader_end end = {.last_sequence = 0};
	struct disk_sim_faults now = *faults;
	for (unsigned boot = 0; boot < 4; boot++) {
		uint64_t segment_bytes = 4096 * (2 + next_random(&random) % 5);
		if (is_large)
			segment_bytes = 512 * 1024;
		now.delay_polls = (uint32_t)(next_random(&random) % 6);
		if (faults->eio_at > 0)
			now.eio_at = 2 + next_random(&random) % 40;
		disk_sim_set(disk, &now);
		uint64_t last = live(disk, &random, segment_bytes, &end, &durable);
		disk_to_directory(disk, -1);
		uint64_t read = bench_read(&end); /* checks every record it reads */
		if (read < durable || read > last)
			fail_msg("seed %lu boot %u: durable %lu, published %lu, read %lu (%s at %s "
				 "%lu: %s)",
				seed, boot, durable, last, read,
				end.is_damaged ? "damaged" : "clean", end.segment, end.offset,
				end.reason);
	}
	disk_close(disk);
}

static void after_a_power_cut_everything_acknowledged_is_there(void **state)
{
	(void)state;
	const struct disk_sim_faults none = {.delay_polls = 0};
	for (uint64_t seed = 1; seed <= seed_count(); seed++)
		run_lives(seed, &none);
}

static void after_torn_and_short_writes_everything_acknowledged_is_there(void **state)
{
	(void)state;
	const struct disk_sim_faults torn = {.torn_ppm = 30000, .short_ppm = 30000};
	for (uint64_t seed = 1; seed <= seed_count(); seed++)
		run_lives(seed + 1000000, &torn);
}

static void after_failed_writes_everything_acknowledged_is_there(void **state)
{
	(void)state;
	const struct disk_sim_faults once = {.eio_at = 1};
	const struct disk_sim_faults for_ever = {.eio_at = 1, .is_eio_sticky = true};
	for (uint64_t seed = 1; seed <= seed_count(); seed++) {
		run_lives(seed + 2000000, &once);
		run_lives(seed + 3000000, &for_ever);
	}
}

/* A disk that writes elsewhere and says done: what is read is a prefix all the same, every record of it the one that was published.  Where
   more of the journal lies behind the hole it is told; a hole at the very end is only known to who remembers what was
   durable. */
static void a_write_that_went_astray_is_never_read_as_another_record(void **state)
{
	(void)state;
	uint64_t holes = 0, told = 0;
	for (uint64_t seed = 1; seed <= 4 * seed_count(); seed++) {
		uint64_t random = seed, durable, most = 0;
		struct disk *disk = disk_sim_open(seed + 4000000, CAPACITY);
		struct reader_end end = {.last_sequence = 0};
		disk_sim_set(disk, &(struct disk_sim_faults){.stray_ppm = 20000});
		for (unsigned boot = 0; boot < 3; boot++) {
			uint64_t last = live(disk, &random, 16384, &end, &durable);
			disk_to_directory(disk, -1);
			uint64_t read = bench_read(&end); /* checks every record it reads */
			most = last > most ? last
					   : most; /* what lies behind a hole may fit again */
			assert_true(read <= most);
			holes += read < durable;
			told += read < durable && end.is_damaged;
		}
		disk_close(disk);
	}
	assert_true(told > 0 && 2 * told > holes);
}

/* The power goes after the n-th poll, for every n of one fixed life. */
static void the_power_may_go_at_every_write(void **state)
{
	(void)state;
	for (unsigned cut = 0; cut < 120; cut++) {
		struct disk *disk = disk_sim_open(cut, CAPACITY);
		struct reader_end end;
		disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = 3});
		struct cable cable;
		struct bench *b =
			cable_open(&cable, disk, 12288, &(struct reader_end){.last_sequence = 0});
		uint64_t last = 0;
		for (unsigned poll = 0; poll < cut; poll++) {
			for (unsigned i = 0; i < poll % 7; i++)
				bench_append(b, ++last);
			bench_poll(b);
		}
		uint64_t durable = atomic_load(&b->link->durable);
		cable_cut(&cable);
		disk_to_directory(disk, -1);
		uint64_t read = bench_read(&end);
		assert_true(read >= durable && read <= last);
		bench_drop(b);
		disk_close(disk);
	}
}

/* Segments whose first block is all zeros. */
static unsigned blank_count(struct disk *disk)
{
	char names[DISK_SIM_FILE_MAX][64], path[256];
	uint8_t block[4096];
	uint64_t got, first;
	uint32_t attempt;
	unsigned blank = 0;
	int count = disk_list(disk, bench_directory(), names, DISK_SIM_FILE_MAX);
	for (int i = 0; i < count; i++) {
		if (!segment_name_read(names[i], &first, &attempt))
			continue;
		snprintf(path, sizeof path, "%s/%.63s", bench_directory(), names[i]);
		assert_int_equal(disk_read(disk, path, 0, block, sizeof block, &got), 0);
		blank += block[0] == 0 && memcmp(block, block + 1, sizeof block - 1) == 0;
	}
	return blank;
}

/* A process died with a segment made ahead.  The power goes after the n-th thing that the next one does, for every n, while it takes
   that back, or finds the disk full: nothing acknowledged is lost, and the boot behind it leaves no more than it makes itself. */
static void the_power_may_go_wherever_a_blank_segment_is_taken_back(void **state)
{
	(void)state;
	struct cable cable;
	struct reader_end end;
	for (unsigned cut = 0; cut < 80; cut++) {
		struct disk *disk = disk_sim_open(cut, CAPACITY_LARGE);
		uint64_t last = 0, durable = 0;
		bench_reserve_bytes = 2 * 16384;
		for (unsigned boot = 0; boot < 5; boot++) {
			disk_to_directory(disk, -1);
			uint64_t read = bench_read(&end);
			assert_true(read >= durable && read <= last);
			last = read;
			disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = 2,
						   .is_full = boot == 2 && cut % 2 == 1});
			struct bench *b = cable_open(&cable, disk, 16384, &end);
			assert_non_null(b->journal);
			/* the first and the last live until nothing is left to do */
			for (unsigned poll = 0; poll < (boot % 4 == 0 ? 400 : cut); poll++) {
				if (poll % 5 == boot && boot != 4)
					bench_append(b, ++last);
				bench_poll(b);
			}
			durable = atomic_load(&b->link->durable);
			cable_cut(&cable);
			bench_drop(b);
		}
		assert_true(blank_count(disk) <= 1);
		disk_close(disk);
	}
	bench_reserve_bytes = 0;
}

/* Every byte of a journal of three segments, and then every byte of its unused tail. */
static void a_flipped_bit_is_found_and_what_is_before_it_survives(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(1, CAPACITY);
	struct bench *b = bench_open_on(disk, 8192, 0, 0);
	struct reader_end end;
	uint64_t last = 0, found = 0;
	while (metrics_get(b->metrics, METRIC_journal_segments) < 3) {
		bench_append(b, ++last);
		assert_true(journal_flush(b->journal));
	}
	bench_drop(b);
	uint64_t total = disk_to_directory(disk, -1);
	assert_int_equal(bench_read(&end), last);
	assert_false(end.is_damaged);
	uint64_t step = getenv("SLUICE_CRASH_SEEDS") ? 1 : 3;
	for (uint64_t at = 0; at < total; at += step) {
		disk_to_directory(disk, (int64_t)at);
		uint64_t read = bench_read(&end); /* fails if a record is not the one published */
		assert_true(read <= last);
		/* A bit in the unused end of a segment that is followed by another hurts nobody. */
		assert_true(end.is_damaged || (read == last && !flip_is_in_use));
		found += end.is_damaged;
	}
	assert_true(found > 0);
	disk_close(disk);
}

static void one_failed_write_closes_the_journal_for_ever(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 12; at++) {
		struct disk *disk = disk_sim_open(at, CAPACITY);
		struct bench *b = bench_open_on(disk, 65536, 0, 0);
		disk_sim_set(disk, &(struct disk_sim_faults){.eio_at = at});
		uint64_t last = 0;
		while (journal_failed(b->journal) == 0) {
			assert_true(last < 1000);
			bench_append(b, ++last);
			bench_poll(b);
		}
		uint64_t durable = atomic_load(&b->link->durable);
		assert_int_equal(journal_failed(b->journal), EIO);
		assert_int_equal(atomic_load(&b->link->failed), EIO); /* the gate sees it */
		assert_int_equal(metrics_get(b->metrics, METRIC_journal_errors), 1);
		assert_true(durable < last);
		for (unsigned i = 0; i < 50; i++) { /* the next write would succeed: never tried */
			bench_append(b, ++last);
			bench_poll(b);
		}
		assert_false(journal_flush(b->journal));
		assert_int_equal(atomic_load(&b->link->durable), durable);
		assert_true(metrics_get(b->metrics, METRIC_journal_behind) >= 50);
		bench_close(b);
	}
}

static void a_busy_disk_is_asked_again(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(5, CAPACITY);
	struct reader_end end = {.last_sequence = 0};
	struct cable cable;
	struct bench *b = cable_open(&cable, disk, 12288, &end);
	uint64_t last = 0;
	for (unsigned round = 0; round < 50; round++) {
		cable.refusal = -EAGAIN;
		uint64_t durable = atomic_load(&b->link->durable);
		for (unsigned i = 0; i < 5; i++) {
			bench_append(b, ++last);
			bench_poll(b);
		}
		assert_int_equal(atomic_load(&b->link->durable), durable);
		assert_int_equal(journal_failed(b->journal), 0);
		cable.refusal = 0;
		assert_true(journal_flush(b->journal));
		assert_int_equal(atomic_load(&b->link->durable), last);
	}
	disk_to_directory(disk, -1);
	assert_int_equal(bench_read(&end), last);
	bench_drop(b);
	disk_close(disk);
}

static void a_disk_that_refuses_a_write_closes_the_journal(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(6, CAPACITY);
	struct reader_end end = {.last_sequence = 0};
	struct cable cable;
	struct bench *b = cable_open(&cable, disk, 12288, &end);
	bench_append(b, 1);
	assert_true(journal_flush(b->journal));
	cable.refusal = -ENOMEM;
	bench_append(b, 2);
	assert_false(journal_flush(b->journal));
	cable.refusal = 0;
	assert_false(journal_flush(b->journal));
	assert_int_equal(journal_failed(b->journal), ENOMEM);
	assert_int_equal(atomic_load(&b->link->durable), 1);
	bench_drop(b);
	disk_close(disk);
}

static void a_disk_that_takes_no_header_refuses_the_boot(void **state)
{
	(void)state;
	static const struct {
		int refusal;
		uint64_t eio_at;
		const char *reason;
	} faults[] = {{-ENOMEM, 0, "Cannot allocate memory"}, {0, 1, "Input/output error"}};
	for (unsigned i = 0; i < ARRAY_COUNT(faults); i++) {
		struct disk *disk = disk_sim_open(i, CAPACITY);
		struct cable cable = {
			.disk = {.ops = &cable_ops}, .end = disk, .refusal = faults[i].refusal};
		disk_sim_set(disk, &(struct disk_sim_faults){.eio_at = faults[i].eio_at});
		struct bench *b = bench_open_on(&cable.disk, 8192, 0, 0);
		assert_null(b->journal);
		assert_non_null(strstr(b->refusal, faults[i].reason));
		assert_int_equal(disk_shut(disk, 0), -EINVAL); /* its file is shut */
		bench_drop(b);
		disk_close(disk);
	}
}

/* Waits for so many answers; the wait can be told to be longer than any disk takes. */
struct waiting {
	uint64_t asked, most;
};

static bool waiting_goes_on(void *context, uint64_t waited_ns)
{
	struct waiting *waiting = context;
	(void)waited_ns;
	return waiting->asked++ < waiting->most;
}

static void a_boot_waits_for_a_disk_that_is_slow(void **state)
{
	(void)state;
	uint64_t longest = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct disk *disk = disk_sim_open(seed, CAPACITY);
		struct waiting waiting = {.most = UINT64_MAX};
		disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = 10000});
		bench_patience = &(struct journal_patience){waiting_goes_on, &waiting};
		struct bench *b = bench_open_on(disk, 8192, 0, 0);
		bench_patience = NULL;
		assert_non_null(b->journal);
		longest = waiting.asked > longest ? waiting.asked : longest;
		disk_sim_set(disk, &(struct disk_sim_faults){0});
		bench_append(b, 1);
		assert_true(journal_flush(b->journal));
		bench_close(b);
	}
	assert_true(longest > 5000);
}

/* Whether it does not answer or takes no write at all. */
static void a_boot_ends_its_wait_for_the_disk_when_told_to(void **state)
{
	(void)state;
	for (unsigned is_busy = 0; is_busy < 2; is_busy++) {
		struct disk *disk = disk_sim_open(3, CAPACITY);
		struct cable cable = {
			.disk = {.ops = &cable_ops}, .end = disk, .refusal = is_busy ? -EAGAIN : 0};
		struct waiting waiting = {.most = 5};
		disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = UINT32_MAX});
		bench_patience = &(struct journal_patience){waiting_goes_on, &waiting};
		struct bench *b = bench_open_on(&cable.disk, 8192, 0, 0);
		bench_patience = NULL;
		assert_null(b->journal);
		assert_int_equal(waiting.asked, 6);
		assert_non_null(strstr(b->refusal, "a disk that had not written the first block"));
		/* a file that is still being written stays open, and stays */
		assert_int_equal(disk_shut(disk, 0), is_busy ? -EINVAL : -EBUSY);
		disk_close(disk);
		bench_drop(b);
	}
}

static void a_full_disk_closes_the_journal_when_the_segment_ends(void **state)
{
	(void)state;
	struct disk *disk = disk_sim_open(7, 3 * 8192);
	struct bench *b = bench_open_on(disk, 8192, 0, 0);
	uint64_t last = 0;
	while (journal_failed(b->journal) == 0) {
		assert_true(last < 1000);
		bench_append(b, ++last);
		journal_flush(b->journal);
	}
	assert_int_equal(journal_failed(b->journal), ENOSPC);
	assert_int_equal(atomic_load(&b->link->durable), last - 1);
	bench_drop(b);
	struct config_error error = {""};
	struct reader_end end;
	disk_to_directory(disk, -1);
	assert_int_equal(bench_read(&end), last - 1);
	/* and a boot on it is refused with a sentence */
	static struct metrics metrics;
	struct link *link = calloc(1, sizeof *link);
	assert_null(journal_open(disk, bench_directory(), 8192, 0, (uint64_t[]){0, 0}, link,
		&metrics, end.last_sequence, end.last_crc, 0, NULL, &error));
	assert_non_null(strstr(error.text, "No space left"));
	free(link);
	disk_close(disk);
}

struct taken {
	struct bench *bench;
	uint64_t count;
};

static bool append_again(void *context, const struct record *record)
{
	struct taken *taken = context;
	void *body = link_claim(
		&taken->bench->writer, (enum record_type)record->type, record->body_bytes);
	memcpy(body, record_body(record), record->body_bytes);
	link_publish(&taken->bench->writer);
	taken->count++;
	return true;
}

/* The process dies, the machine lives: what it had published is in the link and joins the journal. */
static void after_the_death_of_the_process_nothing_published_is_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seed_count(); seed++) {
		uint64_t random = seed, last = 0;
		struct disk *disk = disk_sim_open(seed, CAPACITY);
		struct reader_end end;
		disk_sim_set(disk, &(struct disk_sim_faults){.delay_polls = 4});
		struct cable cable;
		struct bench *old =
			cable_open(&cable, disk, 12288, &(struct reader_end){.last_sequence = 0});
		for (unsigned step = 0; step < 40; step++) {
			for (uint64_t i = next_random(&random) % 8; i > 0; i--)
				bench_append(old, ++last);
			if (next_random(&random) % 2)
				bench_poll(old);
		}
		cable_cut(&cable); /* its writes in flight land in part, as on a kill */
		disk_to_directory(disk, -1);
		bench_read(&end);
		struct bench *new = bench_open_on(disk, 16384, end.last_sequence, end.last_crc);
		struct taken taken = {.bench = new};
		assert_int_equal(
			journal_salvage(old->link, end.last_sequence, append_again, &taken),
			last - end.last_sequence);
		assert_true(journal_flush(new->journal));
		disk_to_directory(disk, -1);
		assert_int_equal(bench_read(&end), last);
		bench_drop(new);
		bench_drop(old);
		disk_close(disk);
	}
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		bench_test(after_a_power_cut_everything_acknowledged_is_there),
		bench_test(after_torn_and_short_writes_everything_acknowledged_is_there),
		bench_test(after_failed_writes_everything_acknowledged_is_there),
		bench_test(a_write_that_went_astray_is_never_read_as_another_record),
		bench_test(the_power_may_go_at_every_write),
		bench_test(the_power_may_go_wherever_a_blank_segment_is_taken_back),
		bench_test(a_flipped_bit_is_found_and_what_is_before_it_survives),
		bench_test(one_failed_write_closes_the_journal_for_ever),
		bench_test(a_busy_disk_is_asked_again),
		bench_test(a_disk_that_refuses_a_write_closes_the_journal),
		bench_test(a_disk_that_takes_no_header_refuses_the_boot),
		bench_test(a_boot_waits_for_a_disk_that_is_slow),
		bench_test(a_boot_ends_its_wait_for_the_disk_when_told_to),
		bench_test(a_full_disk_closes_the_journal_when_the_segment_ends),
		bench_test(after_the_death_of_the_process_nothing_published_is_lost),
	};
	return !!cmocka_run_group_tests_name("crash.journal", tests, NULL, NULL);
}
