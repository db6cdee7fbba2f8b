/* Both real disks, on a real file system: the same promises, one test each for both. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/disk/disk.h"

enum { FILE_BYTES = 64 * DISK_BLOCK_BYTES };

static struct disk *disk;
static char directory[64];
static _Alignas(DISK_BLOCK_BYTES) uint8_t block[16 * DISK_BLOCK_BYTES];
static _Alignas(DISK_BLOCK_BYTES) uint8_t back[FILE_BYTES + 1];

static int disk_begin(void)
{
	snprintf(directory, sizeof directory, "disk-test-XXXXXX");
	assert_non_null(mkdtemp(directory));
	return 0;
}

static int uring_begin(void **state)
{
	struct config_error error;
	(void)state;
	disk = disk_uring_open(&error);
	return disk_begin();
}

static int plain_begin(void **state)
{
	(void)state;
	disk = disk_plain_open();
	return disk_begin();
}

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int disk_end(void **state)
{
	static const char *names[] = {"a", "b", "c", "00000000000000000001.sj"};
	(void)state;
	disk_close(disk);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		unlink(path_of(names[i]));
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

/* finish polls until count writes are done; all must have the result. */
static void finish(uint32_t count, int32_t result)
{
	struct disk_done done[DISK_IN_FLIGHT_MAX];
	uint64_t turns = 0;
	while (count > 0) {
		uint32_t got = disk_poll(disk, done, DISK_IN_FLIGHT_MAX);
		for (uint32_t i = 0; i < got; i++)
			assert_int_equal(done[i].result, result);
		count -= got;
		assert_true(++turns < 1000000000ull);
	}
}

static void a_new_file_has_its_size_and_is_zero(void **state)
{
	uint64_t got;
	struct stat status;
	(void)state;
	assert_true(disk_create(disk, path_of("a"), FILE_BYTES) >= 0);
	assert_int_equal(disk_read(disk, path_of("a"), 0, back, sizeof back, &got), 0);
	assert_int_equal(got, FILE_BYTES);
	for (uint32_t i = 0; i < FILE_BYTES; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(stat(path_of("a"), &status), 0);
	assert_true((uint64_t)status.st_blocks * 512 >= FILE_BYTES);
}

static void what_was_written_is_there_for_another_disk(void **state)
{
	uint64_t got;
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	for (uint32_t i = 0; i < sizeof block; i++)
		block[i] = (uint8_t)(i * 31 + i / 256);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 4 * DISK_BLOCK_BYTES, 7), 0);
	finish(1, 0);
	assert_int_equal(disk_shut(disk, file), 0);
	assert_int_equal(disk_shut(disk, file), -EINVAL);
	struct disk *other = disk_plain_open();
	assert_int_equal(
		disk_read(other, path_of("a"), 4 * DISK_BLOCK_BYTES, back, sizeof block, &got), 0);
	assert_int_equal(got, sizeof block);
	assert_memory_equal(back, block, sizeof block);
	disk_close(other);
}

static void a_name_in_use_is_refused(void **state)
{
	(void)state;
	assert_true(disk_create(disk, path_of("a"), DISK_BLOCK_BYTES) >= 0);
	assert_int_equal(disk_create(disk, path_of("a"), DISK_BLOCK_BYTES), -EEXIST);
	assert_int_equal(disk_create(disk, path_of("none/b"), DISK_BLOCK_BYTES), -ENOENT);
	assert_int_equal(disk_create(disk, path_of("b"), DISK_BLOCK_BYTES + 1), -EINVAL);
	assert_int_equal(disk_create(disk, path_of("b"), 0), -EINVAL);
	assert_int_equal(access(path_of("b"), F_OK), -1);
}

static void one_more_than_may_be_in_flight_is_put_off(void **state)
{
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	for (uint64_t i = 0; i < DISK_IN_FLIGHT_MAX; i++)
		assert_int_equal(
			disk_write(disk, file, block, DISK_BLOCK_BYTES, i * DISK_BLOCK_BYTES, i),
			0);
	assert_int_equal(disk_write(disk, file, block, DISK_BLOCK_BYTES, 0, 99), -EAGAIN);
	finish(DISK_IN_FLIGHT_MAX, 0);
	assert_int_equal(disk_write(disk, file, block, DISK_BLOCK_BYTES, 0, 99), 0);
	finish(1, 0);
}

static void tags_come_back_once_each(void **state)
{
	struct disk_done done;
	uint32_t seen = 0, count = 0;
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	for (uint64_t i = 0; i < DISK_IN_FLIGHT_MAX; i++)
		assert_int_equal(
			disk_write(disk, file, block, DISK_BLOCK_BYTES, i * DISK_BLOCK_BYTES, i),
			0);
	while (count < DISK_IN_FLIGHT_MAX) {
		if (disk_poll(disk, &done, 1) == 0)
			continue;
		seen ^= 1u << done.tag;
		count++;
	}
	assert_int_equal(seen, (1u << DISK_IN_FLIGHT_MAX) - 1);
	assert_int_equal(disk_poll(disk, &done, 1), 0);
}

static void a_write_must_fit_blocks_and_the_file(void **state)
{
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	uint64_t last = FILE_BYTES - DISK_BLOCK_BYTES;
	assert_int_equal(disk_write(disk, file, block + 1, DISK_BLOCK_BYTES, 0, 0), -EINVAL);
	assert_int_equal(disk_write(disk, file, block, 512, 0, 0), -EINVAL);
	assert_int_equal(disk_write(disk, file, block, DISK_BLOCK_BYTES, 512, 0), -EINVAL);
	assert_int_equal(disk_write(disk, file + 1, block, DISK_BLOCK_BYTES, 0, 0), -EINVAL);
	assert_int_equal(disk_write(disk, -1, block, DISK_BLOCK_BYTES, 0, 0), -EINVAL);
	assert_int_equal(disk_write(disk, file, block, 2 * DISK_BLOCK_BYTES, last, 0), -EFBIG);
	assert_int_equal(disk_write(disk, file, block, DISK_BLOCK_BYTES, FILE_BYTES, 0), -EFBIG);
	assert_int_equal(disk_write(disk, file, block, DISK_BLOCK_BYTES, last, 0), 0);
	finish(1, 0);
}

static void reading_past_the_end_gets_less(void **state)
{
	uint64_t got;
	(void)state;
	disk_create(disk, path_of("a"), DISK_BLOCK_BYTES);
	assert_int_equal(disk_read(disk, path_of("a"), DISK_BLOCK_BYTES - 10, back, 100, &got), 0);
	assert_int_equal(got, 10);
	assert_int_equal(disk_read(disk, path_of("a"), DISK_BLOCK_BYTES, back, 100, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(disk_read(disk, path_of("b"), 0, back, 100, &got), -ENOENT);
}

static void names_are_listed_sorted_or_not_at_all(void **state)
{
	char names[4][64];
	(void)state;
	assert_int_equal(disk_list(disk, directory, names, 4), 0);
	disk_create(disk, path_of("c"), DISK_BLOCK_BYTES);
	disk_create(disk, path_of("00000000000000000001.sj"), DISK_BLOCK_BYTES);
	disk_create(disk, path_of("b"), DISK_BLOCK_BYTES);
	assert_int_equal(disk_list(disk, directory, names, 3), 3);
	assert_string_equal(names[0], "00000000000000000001.sj");
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "c");
	assert_int_equal(disk_list(disk, directory, names, 2), -E2BIG);
	assert_int_equal(disk_list(disk, path_of("none"), names, 4), -ENOENT);
}

static void a_removed_file_is_gone_and_its_name_free(void **state)
{
	char names[4][64];
	(void)state;
	int file = disk_create(disk, path_of("a"), DISK_BLOCK_BYTES);
	assert_int_equal(disk_remove(disk, path_of("a")), -EBUSY);
	assert_int_equal(disk_shut(disk, file), 0);
	assert_int_equal(disk_remove(disk, path_of("a")), 0);
	assert_int_equal(disk_remove(disk, path_of("a")), -ENOENT);
	assert_int_equal(disk_list(disk, directory, names, 4), 0);
	assert_true(disk_create(disk, path_of("a"), DISK_BLOCK_BYTES) >= 0);
}

static void a_file_becomes_another_without_room_and_is_zero(void **state)
{
	uint64_t got, bytes;
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	memset(block, 0x5A, sizeof block);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 0), 0);
	finish(1, 0);
	assert_int_equal(disk_shut(disk, file), 0);
	char from[128];
	snprintf(from, sizeof from, "%s", path_of("a"));
	assert_int_equal(disk_allocated(disk, from, &bytes), 0);
	assert_int_equal(bytes, FILE_BYTES);
	file = disk_adopt(disk, from, path_of("b"));
	assert_true(file >= 0);
	assert_int_equal(disk_allocated(disk, from, &bytes), -ENOENT);
	assert_int_equal(disk_adopt(disk, from, path_of("c")), -ENOENT);
	assert_int_equal(disk_read(disk, path_of("b"), 0, back, sizeof back, &got), 0);
	assert_int_equal(got, FILE_BYTES);
	for (uint32_t i = 0; i < FILE_BYTES; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(disk_write(disk, file, block, sizeof block, FILE_BYTES, 0), -EFBIG);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 0), 0);
	finish(1, 0);
	/* What is there stays; what has a hole says so. */
	assert_true(disk_create(disk, from, DISK_BLOCK_BYTES) >= 0);
	assert_int_equal(disk_adopt(disk, from, path_of("b")), -EEXIST);
	assert_int_equal(truncate(from, 2 * DISK_BLOCK_BYTES), 0);
	assert_int_equal(disk_allocated(disk, from, &bytes), 0);
	assert_int_equal(bytes, DISK_BLOCK_BYTES);
	assert_int_equal(truncate(from, 100), 0);
	assert_int_equal(disk_adopt(disk, from, path_of("c")), -EINVAL);
}

static void closing_waits_for_what_is_in_flight(void **state)
{
	uint64_t got;
	struct config_error error;
	(void)state;
	int file = disk_create(disk, path_of("a"), FILE_BYTES);
	memset(block, 0x5A, sizeof block);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 0), 0);
	disk_close(disk);
	memset(block, 0, sizeof block);
	disk = disk_uring_open(&error);
	assert_int_equal(disk_read(disk, path_of("a"), 0, back, sizeof block, &got), 0);
	for (uint32_t i = 0; i < sizeof block; i++)
		assert_int_equal(back[i], 0x5A);
}

int main(void)
{
	/* clang-format off */
#define BOTH(test) \
	{"uring: " #test, test, uring_begin, disk_end, NULL}, \
	{"plain: " #test, test, plain_begin, disk_end, NULL}
	const struct CMUnitTest tests[] = {
		BOTH(a_new_file_has_its_size_and_is_zero),
		BOTH(what_was_written_is_there_for_another_disk),
		BOTH(a_name_in_use_is_refused),
		BOTH(one_more_than_may_be_in_flight_is_put_off),
		BOTH(tags_come_back_once_each),
		BOTH(a_write_must_fit_blocks_and_the_file),
		BOTH(reading_past_the_end_gets_less),
		BOTH(names_are_listed_sorted_or_not_at_all),
		BOTH(a_removed_file_is_gone_and_its_name_free),
		BOTH(a_file_becomes_another_without_room_and_is_zero),
		BOTH(closing_waits_for_what_is_in_flight),
	};
	/* clang-format on */
	return !!cmocka_run_group_tests_name("unit.drivers.disk.disk_uring", tests, NULL, NULL);
}
