/* The disk that fails by a seed: a completed write is sure, nothing else is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/disk/disk_sim.h"

enum { FILE_BYTES = 16 * DISK_BLOCK_BYTES };

static struct disk *disk;
static int file;
static _Alignas(DISK_BLOCK_BYTES) uint8_t block[DISK_BLOCK_BYTES];

static int disk_begin(void **state)
{
	(void)state;
	disk = disk_sim_open(11, 4 * FILE_BYTES);
	file = disk_create(disk, "/day/a", FILE_BYTES);
	assert_true(file >= 0);
	memset(block, 0xA5, sizeof block);
	return 0;
}

static int disk_end(void **state)
{
	(void)state;
	disk_close(disk);
	return 0;
}

static int32_t write_and_wait(uint64_t offset)
{
	struct disk_done done;
	assert_int_equal(disk_write(disk, file, block, sizeof block, offset, 5), 0);
	while (disk_poll(disk, &done, 1) == 0)
		;
	assert_int_equal(done.tag, 5);
	return done.result;
}

/* written counts the sectors of a block that hold what was written; others must be zero. */
static uint32_t written(uint64_t offset, uint32_t *first)
{
	uint64_t size;
	const uint8_t *bytes = disk_sim_bytes(disk, "/day/a", &size);
	uint32_t count = 0;
	*first = 0;
	for (uint32_t s = 0; s < DISK_BLOCK_BYTES / DISK_SIM_SECTOR_BYTES; s++) {
		const uint8_t *sector = bytes + offset + (size_t)s * DISK_SIM_SECTOR_BYTES;
		bool is_written = sector[0] == 0xA5;
		for (uint32_t i = 0; i < DISK_SIM_SECTOR_BYTES; i++)
			assert_int_equal(sector[i], is_written ? 0xA5 : 0);
		if (is_written && count == s)
			*first += 1;
		count += is_written;
	}
	return count;
}

static void a_completed_write_survives_a_power_cut(void **state)
{
	uint32_t first;
	(void)state;
	assert_int_equal(write_and_wait(0), 0);
	disk_sim_power_cut(disk);
	assert_int_equal(written(0, &first), 8);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 0), -EINVAL);
	assert_true(disk_create(disk, "/day/b", FILE_BYTES) >= 0);
}

static void a_power_cut_keeps_some_sectors_of_what_was_in_flight(void **state)
{
	uint32_t counts = 0, first;
	struct disk_done done;
	(void)state;
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(
			disk_write(disk, file, block, sizeof block, i * DISK_BLOCK_BYTES, i), 0);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 9), -EAGAIN);
	disk_sim_power_cut(disk);
	assert_int_equal(disk_poll(disk, &done, 1), 0);
	for (uint64_t i = 0; i < 8; i++)
		counts += written(i * DISK_BLOCK_BYTES, &first);
	assert_in_range(counts, 1, 63);
}

static void a_torn_write_says_so_and_leaves_a_part(void **state)
{
	struct disk_sim_faults faults = {.torn_ppm = 1000000};
	uint32_t first;
	(void)state;
	disk_sim_set(disk, &faults);
	assert_int_equal(write_and_wait(0), -EIO);
	assert_in_range(written(0, &first), 1, 7);
}

static void a_short_write_says_so_and_leaves_the_beginning(void **state)
{
	struct disk_sim_faults faults = {.short_ppm = 1000000};
	uint32_t first;
	(void)state;
	disk_sim_set(disk, &faults);
	for (uint64_t i = 0; i < 16; i++) {
		assert_int_equal(write_and_wait(i * DISK_BLOCK_BYTES), -EIO);
		uint32_t count = written(i * DISK_BLOCK_BYTES, &first);
		assert_int_equal(count, first);
		assert_true(count < 8);
	}
}

static void a_write_that_goes_astray_is_called_done_and_lies_elsewhere(void **state)
{
	struct disk_sim_faults faults = {.stray_ppm = 1000000};
	uint32_t first;
	(void)state;
	disk_sim_set(disk, &faults);
	assert_int_equal(write_and_wait(0), 0);
	assert_int_equal(written(0, &first), 0);
}

static void an_error_comes_once_or_for_ever(void **state)
{
	struct disk_sim_faults faults = {.eio_at = 2};
	uint32_t first;
	(void)state;
	disk_sim_set(disk, &faults);
	assert_int_equal(write_and_wait(0), 0);
	assert_int_equal(write_and_wait(DISK_BLOCK_BYTES), -EIO);
	assert_int_equal(written(DISK_BLOCK_BYTES, &first), 0);
	assert_int_equal(write_and_wait(DISK_BLOCK_BYTES), 0);
	faults.is_eio_sticky = true;
	disk_sim_set(disk, &faults);
	assert_int_equal(write_and_wait(0), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(write_and_wait(0), -EIO);
}

static void an_operation_is_refused_once_or_for_ever_and_does_nothing(void **state)
{
	struct disk_sim_faults faults = {.refusal = EROFS};
	char names[4][64];
	uint64_t got = 1, bytes;
	uint32_t first;
	(void)state;
	for (faults.refuse_at = 1; faults.refuse_at <= 9; faults.refuse_at++) {
		disk_sim_set(disk, &faults);
		int results[] = {disk_create(disk, "/day/b", DISK_BLOCK_BYTES),
			disk_write(disk, file, block, sizeof block, 0, 0),
			disk_read(disk, "/day/a", 0, block, 1, &got),
			disk_list(disk, "/day", names, 4), disk_allocated(disk, "/day/a", &bytes),
			disk_adopt(disk, "/day/b", "/day/c"), disk_remove(disk, "/day/b")};
		for (unsigned i = 0; i < ARRAY_COUNT(results); i++)
			assert_true((results[i] == -EROFS) == (faults.refuse_at == i + 1));
		assert_int_equal(disk_sim_asked(disk), ARRAY_COUNT(results));
		disk_sim_power_cut(disk);
		disk_end(state);
		disk_begin(state);
	}
	faults = (struct disk_sim_faults){
		.refusal = EROFS, .refuse_at = 2, .is_refused_for_ever = true};
	disk_sim_set(disk, &faults);
	assert_int_equal(disk_allocated(disk, "/day/a", &bytes), 0);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 0), -EROFS);
	assert_int_equal(disk_remove(disk, "/day/a"), -EROFS);
	assert_int_equal(written(0, &first), 0);
	assert_int_equal(disk_shut(disk, file), -EROFS); /* and the number is given back */
	assert_int_equal(disk_shut(disk, file), -EINVAL);
}

static void a_full_disk_refuses_the_next_file(void **state)
{
	(void)state;
	assert_true(disk_create(disk, "/day/b", 3 * FILE_BYTES) >= 0);
	assert_int_equal(disk_create(disk, "/day/c", DISK_BLOCK_BYTES), -ENOSPC);
	assert_int_equal(disk_create(disk, "/day/b", DISK_BLOCK_BYTES), -EEXIST);
}

static void delayed_writes_complete_in_another_order(void **state)
{
	struct disk_sim_faults faults = {.delay_polls = 20};
	struct disk_done done[8];
	uint64_t order = 0, count = 0;
	(void)state;
	disk_sim_set(disk, &faults);
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(
			disk_write(disk, file, block, sizeof block, i * DISK_BLOCK_BYTES, i), 0);
	assert_int_equal(disk_shut(disk, file), -EBUSY);
	for (int polls = 0; polls < 21; polls++) {
		uint32_t got = disk_poll(disk, done, 8);
		for (uint32_t i = 0; i < got; i++, count++)
			order = order * 8 + done[i].tag;
	}
	assert_int_equal(count, 8);
	assert_int_not_equal(order, 01234567);
	assert_int_equal(disk_shut(disk, file), 0);
}

static void a_directory_lists_its_own_files(void **state)
{
	char names[4][64];
	(void)state;
	disk_create(disk, "/day/0", DISK_BLOCK_BYTES);
	disk_create(disk, "/days/x", DISK_BLOCK_BYTES);
	disk_create(disk, "/day/deep/x", DISK_BLOCK_BYTES);
	assert_int_equal(disk_list(disk, "/day/", names, 4), 2);
	assert_string_equal(names[0], "0");
	assert_string_equal(names[1], "a");
	assert_int_equal(disk_list(disk, "/day", names, 1), -E2BIG);
}

/* "/day/a" is the file that each test begins with. */
static void a_removed_file_is_gone_and_its_name_free(void **state)
{
	char names[4][64];
	uint64_t got;
	uint8_t byte;
	(void)state;
	int other = disk_create(disk, "/day/b", DISK_BLOCK_BYTES);
	assert_int_equal(disk_remove(disk, "/day/b"), -EBUSY);
	assert_int_equal(disk_shut(disk, other), 0);
	assert_int_equal(disk_remove(disk, "/day/b"), 0);
	assert_int_equal(disk_remove(disk, "/day/b"), -ENOENT);
	assert_int_equal(disk_remove(disk, ""), -ENOENT);
	assert_int_equal(disk_read(disk, "/day/b", 0, &byte, 1, &got), -ENOENT);
	assert_int_equal(disk_list(disk, "/day", names, 4), 1);
	assert_string_equal(names[0], "a");
	assert_true(disk_create(disk, "/day/b", DISK_BLOCK_BYTES) >= 0);
}

static void a_file_becomes_another_on_a_full_disk_and_is_zero(void **state)
{
	struct disk_sim_faults faults = {.is_full = true};
	uint64_t bytes;
	uint32_t first;
	(void)state;
	disk_sim_set(disk, &faults);
	assert_int_equal(disk_create(disk, "/day/b", DISK_BLOCK_BYTES), -ENOSPC);
	assert_int_equal(write_and_wait(0), 0);
	assert_int_equal(disk_adopt(disk, "/day/a", "/day/b"), -EBUSY);
	assert_int_equal(disk_shut(disk, file), 0);
	assert_int_equal(disk_adopt(disk, "/day/a", "/day/a"), -EEXIST);
	assert_int_equal(disk_adopt(disk, "/day/c", "/day/b"), -ENOENT);
	file = disk_adopt(disk, "/day/a", "/day/b");
	assert_true(file >= 0);
	assert_int_equal(disk_allocated(disk, "/day/a", &bytes), -ENOENT);
	assert_int_equal(disk_allocated(disk, "/day/b", &bytes), 0);
	assert_int_equal(bytes, FILE_BYTES);
	assert_int_equal(disk_shut(disk, file), 0);
	assert_true(disk_adopt(disk, "/day/b", "/day/a") >= 0);
	assert_int_equal(written(0, &first), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, disk_begin, disk_end)
	const struct CMUnitTest tests[] = {
		EACH(a_completed_write_survives_a_power_cut),
		EACH(a_power_cut_keeps_some_sectors_of_what_was_in_flight),
		EACH(a_torn_write_says_so_and_leaves_a_part),
		EACH(a_short_write_says_so_and_leaves_the_beginning),
		EACH(a_write_that_goes_astray_is_called_done_and_lies_elsewhere),
		EACH(an_error_comes_once_or_for_ever),
		EACH(an_operation_is_refused_once_or_for_ever_and_does_nothing),
		EACH(a_full_disk_refuses_the_next_file),
		EACH(delayed_writes_complete_in_another_order),
		EACH(a_directory_lists_its_own_files),
		EACH(a_removed_file_is_gone_and_its_name_free),
		EACH(a_file_becomes_another_on_a_full_disk_and_is_zero),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.disk.disk_sim", tests, NULL, NULL);
}
