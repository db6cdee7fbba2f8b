/* lock_test.c - one dataplane at a time has the journal, and whatever is in its way is told. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "dataplane/journal/segment.h"
#include "tests/unit/dataplane/journal/bench.h"

enum { NOBODY = 65534 };

static const char *path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", bench_directory(), name);
	return path;
}

static void put_file(const char *name, mode_t mode)
{
	int file = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(file >= 0);
	close(file);
}

/* The descriptor of a lock; -1: refused. */
static int lock_of(const char *directory, struct config_error *error)
{
	struct journal_lock lock;
	bool is_held = journal_lock(&lock, directory, error);
	assert_int_equal(is_held, lock.file >= 0);
	return lock.file;
}

/* The lock as a user to whom only the mode bits of the directory speak. */
static int lock_as_nobody(mode_t mode, struct config_error *error)
{
	const char *directory = bench_directory();
	bool is_root = geteuid() == 0;
	if (is_root)
		assert_int_equal(chown(directory, NOBODY, (gid_t)-1), 0);
	assert_int_equal(chmod(directory, mode), 0);
	if (is_root)
		assert_int_equal(seteuid(NOBODY), 0);
	int lock = lock_of(directory, error);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(directory, 0700), 0);
	return lock;
}

/* The way is free: nothing holds the lock and nothing is wrong with it. */
static void expect_lock(void)
{
	struct config_error error = {""};
	int lock = lock_of(bench_directory(), &error);
	if (lock < 0)
		fail_msg("%s", error.text);
	close(lock);
}

static void expect_refusal(const char *reason)
{
	struct config_error error = {""};
	assert_int_equal(lock_of(bench_directory(), &error), -1);
	assert_non_null(strstr(error.text, reason));
}

static void a_second_dataplane_is_refused_by_name(void **state)
{
	(void)state;
	struct config_error error = {""};
	int lock = lock_of(bench_directory(), &error), status;
	assert_true(lock >= 0);
	pid_t child = fork();
	if (child == 0) {
		close(lock);
		int second = lock_of(bench_directory(), &error);
		char expected[64];
		snprintf(expected, sizeof expected, "locked by process %d,", (int)getppid());
		_exit(second < 0 && strstr(error.text, expected) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(lock);
	lock = lock_of(bench_directory(), &error);
	assert_true(lock >= 0);
	close(lock);
}

/* Without a touch of the lock, so that no dataplane is refused because somebody looked. */
static void who_only_reads_is_told_who_holds_it(void **state)
{
	(void)state;
	struct config_error error = {""};
	char other[PATH_BYTES];
	assert_int_equal(reader_holder(bench_directory()), 0);
	int lock = lock_of(bench_directory(), &error);
	assert_true(lock >= 0);
	assert_int_equal(reader_holder(bench_directory()), getpid());
	snprintf(other, sizeof other, "%s/other", bench_directory());
	int second = lock_of(other, &error);
	close(lock);
	/* The file stays, and says who held it; another journal is none of its affair. */
	assert_int_equal(reader_holder(bench_directory()), 0);
	assert_int_equal(reader_holder(other), getpid());
	close(second);
	assert_int_equal(reader_holder(other), 0);
	assert_int_equal(reader_holder("/proc/there/is/none"), 0);
}

static void the_lock_makes_the_directory_and_says_why_it_cannot(void **state)
{
	(void)state;
	struct config_error error = {""};
	char path[PATH_BYTES + 8];
	snprintf(path, sizeof path, "%s/new", bench_directory());
	int lock = lock_of(path, &error);
	assert_true(lock >= 0);
	close(lock);
	assert_int_equal(lock_of("/proc/there/is/none", &error), -1);
	assert_non_null(strstr(error.text, "expected a directory that can be written"));
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(lock_of(path, &error), -1);
}

static void the_lock_holds_against_its_own_process_too(void **state)
{
	(void)state;
	struct config_error error = {""};
	char expected[64];
	int lock = lock_of(bench_directory(), &error);
	assert_true(lock >= 0);
	snprintf(expected, sizeof expected, "locked by process %d,", (int)getpid());
	expect_refusal(expected);
	close(lock);
	expect_lock();
}

static void a_lock_that_names_nobody_is_held_all_the_same(void **state)
{
	(void)state;
	int lock = open(path_of("journal.lock"), O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
	expect_refusal("locked by process ?,");
	close(lock);
	expect_lock();
}

static void a_file_in_the_place_of_the_directory_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	put_file("file", 0600);
	assert_int_equal(lock_of(path_of("file"), &error), -1);
	assert_non_null(strstr(error.text, "\"Not a directory\""));
}

static void what_is_no_file_in_the_place_of_the_lock_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("journal.lock"), 0700), 0);
	expect_refusal("\"Is a directory\"");
	assert_int_equal(rmdir(path_of("journal.lock")), 0);
	assert_int_equal(mkfifo(path_of("journal.lock"), 0600), 0);
	expect_refusal("\"Invalid argument\"");
	assert_int_equal(unlink(path_of("journal.lock")), 0);
	expect_lock();
}

static void a_directory_of_somebody_else_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	assert_int_equal(lock_as_nobody(0500, &error), -1);
	assert_non_null(strstr(error.text, "\"Permission denied\", expected a directory that"));
	assert_int_equal(lock_as_nobody(0300, &error), -1); /* it may write, but not list */
	assert_non_null(strstr(error.text, "/.: found \"Permission denied\" when syncing it"));
	int lock = lock_as_nobody(0700, &error);
	assert_true(lock >= 0);
	close(lock);
}

/* A limit on file sizes stands for a full disk: the write of the holder's number fails. */
static void a_disk_without_room_for_the_holders_number_is_refused(void **state)
{
	(void)state;
	struct rlimit before, none;
	struct config_error error = {""};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int lock = lock_of(bench_directory(), &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	assert_int_equal(lock, -1);
	assert_non_null(strstr(error.text, "\"File too large\""));
	expect_lock();
}

static void the_segments_of_an_earlier_process_are_made_durable_first(void **state)
{
	(void)state;
	struct config_error error = {""};
	put_file("00000000000000000001.sj", 0600);
	put_file("00000000000000000009.1.sj", 0600);
	put_file("notes.txt", 0);
	expect_lock();
	/* one that cannot be opened has a state that nobody knows */
	put_file("00000000000000000017.sj", 0);
	assert_int_equal(chmod(path_of("00000000000000000001.sj"), 0644), 0);
	assert_int_equal(chmod(path_of("00000000000000000009.1.sj"), 0644), 0);
	assert_int_equal(chmod(path_of("journal.lock"), 0666), 0);
	assert_int_equal(lock_as_nobody(0700, &error), -1);
	assert_non_null(strstr(error.text,
		"/00000000000000000017.sj: found \"Permission denied\" when syncing it"));
	assert_int_equal(unlink(path_of("00000000000000000017.sj")), 0);
	expect_lock(); /* and the refusal holds nothing */
}

static void a_pipe_under_a_segments_name_is_refused_and_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path_of("00000000000000000001.sj"), 0600), 0);
	expect_refusal("/00000000000000000001.sj: found \"Invalid argument\" when syncing it");
}

static void what_a_refused_start_made_is_taken_away(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	char path[PATH_BYTES + 8];
	snprintf(path, sizeof path, "%s/new", bench_directory());
	assert_true(journal_lock(&lock, path, &error));
	journal_unlock(&lock, path, true);
	assert_int_equal(access(path, F_OK), -1);
	/* a good one leaves both to the next */
	assert_true(journal_lock(&lock, path, &error));
	journal_unlock(&lock, path, false);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(journal_lock(&lock, path, &error));
	assert_false(lock.made_file || lock.made_directory);
	journal_unlock(&lock, path, true);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(lock.file, -1);
}

static void what_a_refused_start_found_stays(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct journal_lock lock;
	assert_true(journal_lock(&lock, bench_directory(), &error));
	assert_true(lock.made_file);
	assert_false(lock.made_directory);
	put_file("audit.jsonl", 0600);
	journal_unlock(&lock, bench_directory(), true);
	assert_int_equal(access(path_of("audit.jsonl"), F_OK), 0);
	assert_int_equal(access(path_of("journal.lock"), F_OK), 0);
	assert_int_equal(unlink(path_of("audit.jsonl")), 0);
	assert_int_equal(unlink(path_of("journal.lock")), 0);
	assert_true(journal_lock(&lock, bench_directory(), &error));
	journal_unlock(&lock, bench_directory(), true);
	assert_int_equal(access(path_of("journal.lock"), F_OK), -1);
	assert_int_equal(access(bench_directory(), F_OK), 0);
}

/* Processes that start and give up at once: never do two hold the lock at the same time. */
static void two_never_hold_it_although_its_name_comes_and_goes(void **state)
{
	(void)state;
	enum { PROCESSES = 4, STARTS = 80 };
	const char *mark = path_of("held");
	char held[PATH_BYTES + 64];
	snprintf(held, sizeof held, "%s", mark);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		for (unsigned start = 0; start < STARTS; start++) {
			struct config_error error;
			struct journal_lock lock;
			if (!journal_lock(&lock, bench_directory(), &error))
				continue;
			int alone = open(held, O_CREAT | O_EXCL | O_RDWR, 0600);
			if (alone < 0)
				_exit(1);
			close(alone);
			unlink(held);
			journal_unlock(&lock, bench_directory(), true);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	expect_lock();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(what_a_refused_start_made_is_taken_away),
		bench_test(what_a_refused_start_found_stays),
		bench_test(two_never_hold_it_although_its_name_comes_and_goes),
		bench_test(a_second_dataplane_is_refused_by_name),
		bench_test(who_only_reads_is_told_who_holds_it),
		bench_test(the_lock_makes_the_directory_and_says_why_it_cannot),
		bench_test(the_lock_holds_against_its_own_process_too),
		bench_test(a_lock_that_names_nobody_is_held_all_the_same),
		bench_test(a_file_in_the_place_of_the_directory_is_refused),
		bench_test(what_is_no_file_in_the_place_of_the_lock_is_refused),
		bench_test(a_directory_of_somebody_else_is_refused),
		bench_test(a_disk_without_room_for_the_holders_number_is_refused),
		bench_test(the_segments_of_an_earlier_process_are_made_durable_first),
		bench_test(a_pipe_under_a_segments_name_is_refused_and_not_waited_for),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.lock", tests, NULL, NULL);
}
