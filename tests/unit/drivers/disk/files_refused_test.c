/* files_refused_test.c - every call to the system that a real disk makes is refused in turn: it says so, and what was there stays. */
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
#include "tests/support/refuse.h"

enum { FILE_BYTES = 4 * DISK_BLOCK_BYTES };

static struct disk *disk;
static char directory[64];
static _Alignas(DISK_BLOCK_BYTES) uint8_t block[DISK_BLOCK_BYTES];

static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % ARRAY_COUNT(paths)];
	snprintf(path, sizeof paths[0], "%s/%s", directory, name);
	return path;
}

/* In memory, where a sync costs nothing. */
static int disk_begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/dev/shm/sluice-files-XXXXXX");
	assert_non_null(mkdtemp(directory));
	disk = disk_plain_open();
	return 0;
}

static int disk_end(void **state)
{
	static const char *names[] = {"a", "b", "c"};
	(void)state;
	disk_close(disk);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		unlink(path_of(names[i]));
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

static bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

/* A file that is shut, with something in it. */
static void put(const char *name, uint8_t fill)
{
	struct disk_done done;
	unlink(path_of(name));
	int file = disk_create(disk, path_of(name), FILE_BYTES);
	assert_true(file >= 0);
	memset(block, fill, sizeof block);
	assert_int_equal(disk_write(disk, file, block, sizeof block, 0, 1), 0);
	assert_int_equal(disk_poll(disk, &done, 1), 1);
	assert_int_equal(done.result, 0);
	assert_int_equal(disk_shut(disk, file), 0);
}

static uint8_t first_byte(const char *name)
{
	uint64_t got;
	assert_int_equal(disk_read(disk, path_of(name), 0, block, sizeof block, &got), 0);
	return block[0];
}

/* Each tries one thing under a refusal; what comes back is a file number, 0 or a negative errno. */
struct attempt {
	void (*before)(void);
	int (*at_it)(void);
	void (*check)(int result); /* once all goes through again */
	bool is_file;              /* it gives a file number */
};

static void nothing_is_there(void)
{
	unlink(path_of("a"));
}

static int create(void)
{
	return disk_create(disk, path_of("a"), FILE_BYTES);
}

static void check_created(int result)
{
	struct stat status;
	if (result >= 0 || strcmp(refuse_name(), "unlink") == 0)
		assert_int_equal(stat(path_of("a"), &status), 0);
	assert_true(result < 0 || status.st_size == FILE_BYTES);
}

static void one_is_there(void)
{
	put("a", 7);
	unlink(path_of("b"));
}

static int adopt(void)
{
	return disk_adopt(disk, path_of("a"), path_of("b"));
}

static void check_adopted(int result)
{
	assert_true(is_there("a") != is_there("b"));
	assert_true(result < 0 || (is_there("b") && first_byte("b") == 0));
}

static void both_are_there(void)
{
	put("a", 7);
	put("b", 9);
}

static void check_kept(int result)
{
	assert_true(result == -EEXIST || result == -EIO);
	assert_int_equal(first_byte("b"), 9);
	assert_int_equal(first_byte("a"), 7);
}

static int take_away(void)
{
	return disk_remove(disk, path_of("a"));
}

static void check_removed(int result)
{
	assert_true(result < 0 || !is_there("a"));
	assert_true(is_there("b"));
}

static int read_it(void)
{
	uint64_t got = 99;
	int result = disk_read(disk, path_of("a"), 0, block, sizeof block, &got);
	assert_true(result < 0 ? got == 0 : got == sizeof block);
	return result;
}

static int list(void)
{
	char names[4][64];
	int count = disk_list(disk, directory, names, 4);
	assert_true(count < 0 || count == 2);
	return count < 0 ? count : 0;
}

static int tell(void)
{
	uint64_t bytes;
	int result = disk_allocated(disk, path_of("a"), &bytes);
	assert_true(result < 0 || bytes == FILE_BYTES);
	return result;
}

static void check_unchanged(int result)
{
	assert_true(result == 0 || result == -EIO);
	assert_int_equal(first_byte("a"), 7);
	assert_int_equal(first_byte("b"), 9);
}

static int written_to;

static void one_is_open(void)
{
	nothing_is_there();
	written_to = create();
	assert_true(written_to >= 0);
}

static int write_it(void)
{
	struct disk_done done;
	memset(block, 5, sizeof block);
	int result = disk_write(disk, written_to, block, sizeof block, 0, 1);
	assert_int_equal(result, 0); /* it was begun: how it ends comes by the poll */
	assert_int_equal(disk_poll(disk, &done, 1), 1);
	return done.result;
}

static void check_written(int result)
{
	assert_int_equal(disk_shut(disk, written_to), 0);
	assert_true(result < 0 || first_byte("a") == 5);
}

static int shut(void)
{
	return disk_shut(disk, written_to);
}

static void check_shut(int result)
{
	(void)result;
	assert_int_equal(disk_shut(disk, written_to), -EINVAL); /* the number is given back */
}

static void every_call_refused_is_told_and_leaves_no_file_open(void **state)
{
	(void)state;
	static const struct attempt attempts[] = {
		{nothing_is_there, create, check_created, true},
		{one_is_there, adopt, check_adopted, true},
		{both_are_there, adopt, check_kept, true},
		{both_are_there, take_away, check_removed, false},
		{both_are_there, read_it, check_unchanged, false},
		{both_are_there, list, check_unchanged, false},
		{both_are_there, tell, check_unchanged, false},
		{one_is_open, write_it, check_written, false},
		{one_is_open, shut, check_shut, false},
	};
	for (unsigned i = 0; i < 2 * ARRAY_COUNT(attempts); i++) {
		const struct attempt *a = &attempts[i / 2];
		bool is_refused = true;
		unsigned open_files = refuse_open_files();
		for (uint64_t at = 1; is_refused; at++) {
			a->before();
			refuse(&(struct refusal){.at = at, .is_for_ever = i % 2, .code = EIO});
			int result = a->at_it();
			is_refused = refuse_end();
			/* a file that was read or made is not known by how it is shut */
			bool is_told = a->at_it == shut ? is_refused : refuse_hurt();
			if ((result < 0) != is_told && result != -EEXIST)
				fail_msg("%u, call %lu, %s: %d", i, at, refuse_name(), result);
			if (a->is_file && result >= 0)
				assert_int_equal(disk_shut(disk, result), 0);
			a->check(result);
			assert_int_equal(refuse_open_files(), open_files);
			assert_true(at < 100);
		}
	}
}

/* A file system without RWF_DSYNC: the write and its sync are two. */
static void a_write_without_its_own_sync_is_synced_and_the_sync_is_heard(void **state)
{
	(void)state;
	static const struct refusal rows[] = {{.call = "pwritev2", .at = 1, .code = EOPNOTSUPP}};
	one_is_open();
	refuse(&rows[0]);
	assert_int_equal(write_it(), 0);
	assert_true(refuse_end());
	assert_int_equal(first_byte("a"), 5);
	/* all of it refused: the write itself, and then the sync alone */
	refuse(&(struct refusal){.at = 1, .is_for_ever = true, .code = EOPNOTSUPP});
	assert_int_equal(write_it(), -EOPNOTSUPP);
	assert_true(refuse_end());
	assert_int_equal(disk_shut(disk, written_to), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, disk_begin, disk_end)
	const struct CMUnitTest tests[] = {
		EACH(every_call_refused_is_told_and_leaves_no_file_open),
		EACH(a_write_without_its_own_sync_is_synced_and_the_sync_is_heard),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.disk.files_refused", tests, NULL, NULL);
}
