/* growth_test.c - whether a journal that ends torn is being written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/journal/growth.h"
#include "dataplane/journal/journal.h"

static const uint64_t second_ns = 1000000000;
static char directory[64];
static struct journal_lock lock;

static int begin(void **state)
{
	(void)state;
	lock.file = -1;
	snprintf(directory, sizeof directory, "/tmp/sluice-growth-XXXXXX");
	return mkdtemp(directory) == NULL;
}

static int end(void **state)
{
	char path[96];
	(void)state;
	journal_unlock(&lock, directory, false);
	snprintf(path, sizeof path, "%s/journal.lock", directory);
	unlink(path);
	return rmdir(directory);
}

static void somebody_writes(void)
{
	struct config_error error;
	assert_true(journal_lock(&lock, directory, &error));
}

static void a_torn_end_that_nobody_writes_is_torn(void **state)
{
	const struct reader_end torn = {.last_sequence = 7, .is_damaged = true};
	struct growth growth = {0};
	(void)state;
	assert_true(growth_is_settled(&growth, directory, &torn, 1 * second_ns));
	assert_false(growth.is_growing);
	assert_int_equal(growth.holder, 0);
}

static void a_torn_end_that_is_written_on_is_none(void **state)
{
	struct reader_end torn = {.last_sequence = 7, .is_damaged = true};
	struct growth growth = {0};
	(void)state;
	somebody_writes();
	assert_false(growth_is_settled(&growth, directory, &torn, 1 * second_ns));
	assert_false(growth_is_settled(&growth, directory, &torn, 2 * second_ns));
	torn.last_sequence = 8;
	assert_true(growth_is_settled(&growth, directory, &torn, 2 * second_ns + 1));
	assert_true(growth.is_growing);
	assert_int_equal(growth.holder, getpid());
}

/* So it is where what was torn is whole now, and nothing came behind it. */
static void an_end_that_became_whole_was_being_written(void **state)
{
	struct reader_end whole = {.last_sequence = 7, .is_damaged = true};
	struct growth growth = {0};
	(void)state;
	somebody_writes();
	assert_false(growth_is_settled(&growth, directory, &whole, 1 * second_ns));
	whole.is_damaged = false;
	assert_true(growth_is_settled(&growth, directory, &whole, 2 * second_ns));
	assert_true(growth.is_growing);
}

static void a_torn_end_that_stays_is_torn_whoever_holds_it(void **state)
{
	const struct reader_end torn = {.last_sequence = 7, .is_damaged = true};
	struct growth growth = {0};
	(void)state;
	somebody_writes();
	assert_false(growth_is_settled(&growth, directory, &torn, 1 * second_ns));
	assert_false(growth_is_settled(&growth, directory, &torn, 3 * second_ns - 1));
	assert_true(growth_is_settled(&growth, directory, &torn, 3 * second_ns));
	assert_false(growth.is_growing);
	assert_int_equal(growth.holder, getpid());
}

static void a_whole_end_is_waited_for_by_nobody(void **state)
{
	const struct reader_end whole = {.last_sequence = 7};
	struct growth growth = {0};
	(void)state;
	assert_true(growth_is_settled(&growth, directory, &whole, 1 * second_ns));
	assert_int_equal(growth.holder, 0);
	assert_false(growth.is_growing);
	growth = (struct growth){0};
	somebody_writes();
	assert_true(growth_is_settled(&growth, directory, &whole, 1 * second_ns));
	assert_int_equal(growth.holder, getpid());
	assert_true(growth.is_growing);
}

/* A disk that refuses is not read better by waiting. */
static void what_the_disk_refused_is_no_write_under_way(void **state)
{
	const struct reader_end refused = {.last_sequence = 7, .is_damaged = true, .code = 5};
	struct growth growth = {0};
	(void)state;
	somebody_writes();
	assert_true(growth_is_settled(&growth, directory, &refused, 1 * second_ns));
	assert_false(growth.is_growing);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_torn_end_that_nobody_writes_is_torn),
		ONE(a_torn_end_that_is_written_on_is_none),
		ONE(an_end_that_became_whole_was_being_written),
		ONE(a_torn_end_that_stays_is_torn_whoever_holds_it),
		ONE(a_whole_end_is_waited_for_by_nobody),
		ONE(what_the_disk_refused_is_no_write_under_way),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.growth", tests, NULL, NULL);
}
