/* file_text_test.c - a file that somebody is writing is taken whole or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/file_text.h"

static char directory[64], path[128];
static struct file_text text;
static struct config_error error;

static int begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-text-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/file", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	file_text_free(&text);
	unlink(path);
	return rmdir(directory);
}

static int file_make(const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	return fd;
}

static void *rest_write(void *fd)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	assert_int_equal(write(*(int *)fd, " and the rest", 13), 13);
	return NULL;
}

static void what_is_written_in_place_is_read_when_it_is_whole(void **state)
{
	(void)state;
	pthread_t writer;
	int fd = file_make("the first half");
	assert_int_equal(pthread_create(&writer, NULL, rest_write, &fd), 0);
	bool is_read = file_text_read_rested(&text, path, 200, &error);
	pthread_join(writer, NULL);
	close(fd);
	assert_true(is_read);
	assert_int_equal(text.size, strlen("the first half and the rest"));
	assert_memory_equal(text.bytes, "the first half and the rest", text.size);
}

static void what_never_rests_is_refused(void **state)
{
	(void)state;
	close(file_make("x"));
	assert_false(file_text_read_rested(&text, path, 3600 * 1000, &error));
	assert_non_null(strstr(error.text, ":1:1: found a file that is being written, expected "));
	assert_null(text.bytes);
}

static void what_was_written_before_is_read_at_once(void **state)
{
	(void)state;
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	close(file_make("x"));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_true(file_text_read(&text, path, &error));
	assert_int_equal(text.size, 1);
	file_text_free(&text);
	/* Of a clock that is ahead too. */
	old[1].tv_sec = INT32_MAX;
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_true(file_text_read_rested(&text, path, 3600 * 1000, &error));
}

static void what_is_no_file_is_refused_and_holds_nobody_up(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(file_text_read(&text, path, &error));
	assert_non_null(strstr(error.text, "found a directory, pipe or device, expected a file"));
	assert_false(file_text_read(&text, directory, &error));
	assert_non_null(strstr(error.text, "found a directory, pipe or device, expected a file"));
	assert_false(file_text_read(&text, "/dev/zero", &error));
	assert_false(file_text_read(&text, "/nowhere/file", &error));
	assert_string_equal(error.text, "/nowhere/file:1:1: found no readable file (No such file "
					"or directory), expected one");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(what_is_written_in_place_is_read_when_it_is_whole),
		ONE(what_never_rests_is_refused),
		ONE(what_was_written_before_is_read_at_once),
		ONE(what_is_no_file_is_refused_and_holds_nobody_up),
	};
	return !!cmocka_run_group_tests_name("unit.config.file_text", tests, NULL, NULL);
}
