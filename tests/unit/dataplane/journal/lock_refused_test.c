/* lock_refused_test.c - whatever the system refuses while the journal is locked, nobody has it twice and nothing is left behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "tests/support/refuse.h"
#include "tests/unit/dataplane/journal/bench.h"

static char directory[128], lock_name[160];
static int other; /* another process's descriptor of the lock; -1: none */

static int lock_begin(void **state)
{
	bench_setup(state);
	snprintf(directory, sizeof directory, "%s", bench_directory());
	snprintf(lock_name, sizeof lock_name, "%s/journal.lock", directory);
	other = -1;
	return 0;
}

static int lock_end(void **state)
{
	if (other >= 0)
		close(other);
	return bench_teardown(state);
}

static void put(const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(file >= 0);
	close(file);
}

static void other_takes_it(void)
{
	other = open(lock_name, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
}

static void name_goes(void)
{
	assert_int_equal(unlink(lock_name), 0);
}

static void name_is_anothers(void)
{
	name_goes();
	put("journal.lock");
}

/* A file elsewhere, on another file system than the one that was opened. */
static void name_leads_elsewhere(void)
{
	name_goes();
	assert_int_equal(symlink("/dev/shm/sluice-lock-test", lock_name), 0);
}

static bool is_named(int file)
{
	struct stat held, named;
	return fstat(file, &held) == 0 && stat(lock_name, &named) == 0 &&
	       held.st_ino == named.st_ino;
}

static void expect_free(void)
{
	struct config_error error = {""};
	struct journal_lock lock;
	if (!journal_lock(&lock, directory, &error))
		fail_msg("%s", error.text);
	journal_unlock(&lock, directory, false);
}

/* Takes the lock while the n-th call is refused, for every n; true: it made the directory, which goes again. */
static void walk(const char *path, bool is_for_ever)
{
	struct config_error error = {""};
	struct journal_lock lock;
	bool is_refused = true;
	unsigned open_files = refuse_open_files();
	for (uint64_t at = 1; is_refused; at++) {
		refuse(&(struct refusal){.at = at, .is_for_ever = is_for_ever, .code = EIO});
		bool is_held = journal_lock(&lock, path, &error);
		is_refused = refuse_end();
		if (is_held == refuse_hurt())
			fail_msg("call %lu, %s: held %d, expected %d", at, refuse_name(), is_held,
				!is_held);
		if (!is_held && strstr(error.text, "Input/output error") == NULL)
			fail_msg("call %lu, %s: %s", at, refuse_name(), error.text);
		if (is_held)
			journal_unlock(&lock, path, true);
		assert_int_equal(lock.file, -1);
		assert_int_equal(refuse_open_files(), open_files);
		assert_true(at < 100);
		expect_free();
	}
}

static void every_call_refused_refuses_the_lock_by_name(void **state)
{
	(void)state;
	char path[160];
	snprintf(path, sizeof path, "%s/new", directory);
	for (unsigned is_for_ever = 0; is_for_ever < 2; is_for_ever++) {
		walk(path, is_for_ever);
		walk(directory, is_for_ever);
	}
	put("00000000000000000001.sj");
	put("00000000000000000007.sj");
	walk(directory, false);
	walk(directory, true);
}

static void a_directory_that_was_made_is_durable_before_anything_lies_in_it(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	char path[160];
	snprintf(path, sizeof path, "%s/new", directory);
	for (unsigned is_there = 0; is_there < 2; is_there++) {
		refuse(&(struct refusal){.call = "fsync"});
		assert_true(journal_lock(&lock, path, &error));
		refuse_end();
		assert_int_equal(
			refuse_count(), is_there ? 1 : 2); /* its own, and that of its name */
		journal_unlock(&lock, path, false);
	}
}

static void what_the_end_of_a_directory_cannot_be_told_from_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	put("00000000000000000001.sj");
	refuse(&(struct refusal){.call = "readdir", .at = 1, .is_for_ever = true, .code = EIO});
	assert_false(journal_lock(&lock, directory, &error));
	assert_true(refuse_end());
	assert_non_null(strstr(error.text, "/.: found \"Input/output error\" when syncing it"));
}

static void of_a_directory_that_cannot_be_synced_no_segment_is_blamed(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	put("00000000000000000001.sj");
	refuse(&(struct refusal){.call = "fsync", .at = 2, .code = EIO});
	assert_false(journal_lock(&lock, directory, &error));
	assert_true(refuse_end());
	assert_non_null(strstr(error.text, "/.: found \"Input/output error\" when syncing it"));
}

static void half_a_holders_number_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	refuse(&(struct refusal){.call = "pwrite", .at = 1, .is_short = true, .code = 0});
	assert_false(journal_lock(&lock, directory, &error));
	assert_true(refuse_end());
	assert_non_null(strstr(error.text, "\"No space left on device\""));
	expect_free();
}

/* It made the file, another locked it, and then the system would not tell which of the two has it. */
static void a_lock_that_another_took_meanwhile_stays_his(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	refuse(&(struct refusal){
		.call = "flock", .at = 1, .code = ENOLCK, .meanwhile = other_takes_it});
	assert_false(journal_lock(&lock, directory, &error));
	assert_true(refuse_end());
	assert_non_null(strstr(error.text, "\"No locks available\""));
	assert_true(is_named(other));
	assert_false(journal_lock(&lock, directory, &error));
	assert_non_null(strstr(error.text, "locked by process"));
}

static void a_name_that_goes_between_two_calls_is_tried_anew(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	static const struct refusal rows[] = {
		{.call = "open", .at = 2, .meanwhile = name_goes},
		{.call = "stat", .at = 1, .meanwhile = name_goes},
		{.call = "stat", .at = 1, .meanwhile = name_is_anothers},
		{.call = "stat", .at = 1, .meanwhile = name_leads_elsewhere},
	};
	unsigned open_files = refuse_open_files();
	int elsewhere = open("/dev/shm/sluice-lock-test", O_RDWR | O_CREAT, 0600);
	assert_true(elsewhere >= 0);
	close(elsewhere);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		bench_clear();
		put("journal.lock");
		refuse(&rows[i]);
		assert_true(journal_lock(&lock, directory, &error));
		assert_true(refuse_end());
		assert_true(is_named(lock.file));
		journal_unlock(&lock, directory, false);
		assert_int_equal(refuse_open_files(), open_files);
	}
	unlink("/dev/shm/sluice-lock-test");
}

/* The last time it is not only gone: another has it. */
static unsigned goings;

static void name_goes_for_ever(void)
{
	name_goes();
	if (++goings == 100)
		other_takes_it();
}

static void a_name_that_goes_for_ever_is_given_up_and_is_not_taken_from_another(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	unsigned open_files = refuse_open_files();
	goings = 0;
	refuse(&(struct refusal){
		.call = "stat", .at = 1, .is_for_ever = true, .meanwhile = name_goes_for_ever});
	assert_false(journal_lock(&lock, directory, &error));
	assert_true(refuse_end());
	assert_int_equal(goings, 100);
	assert_non_null(strstr(error.text, "\"Device or resource busy\""));
	assert_true(is_named(other));
	assert_int_equal(refuse_open_files(), open_files + 1);
}

static void a_lock_whose_name_was_taken_away_leaves_the_next_ones_alone(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	assert_true(journal_lock(&lock, directory, &error));
	name_goes();
	other_takes_it();
	journal_unlock(&lock, directory, true);
	assert_true(is_named(other));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, lock_begin, lock_end)
	const struct CMUnitTest tests[] = {
		EACH(every_call_refused_refuses_the_lock_by_name),
		EACH(a_directory_that_was_made_is_durable_before_anything_lies_in_it),
		EACH(what_the_end_of_a_directory_cannot_be_told_from_is_refused),
		EACH(of_a_directory_that_cannot_be_synced_no_segment_is_blamed),
		EACH(half_a_holders_number_is_refused),
		EACH(a_lock_that_another_took_meanwhile_stays_his),
		EACH(a_name_that_goes_between_two_calls_is_tried_anew),
		EACH(a_name_that_goes_for_ever_is_given_up_and_is_not_taken_from_another),
		EACH(a_lock_whose_name_was_taken_away_leaves_the_next_ones_alone),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.journal.lock_refused", tests, NULL, NULL);
}
