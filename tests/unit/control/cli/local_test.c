/* local_test.c - a journal read without control, while its dataplane writes it and when it is dead. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>

#include "control/cli/hand.h"
#include "dataplane/journal/journal.h"
#include "tests/unit/control/journal/telling.h"

static struct journal_lock lock;
static struct hand hand;
static char printed[65536];
static uint8_t torn[16];
static off_t torn_at;
static pthread_t writer;

static int begin_local(void **state)
{
	lock.file = -1;
	if (begin(state) != 0)
		return -1;
	memset(&hand, 0, sizeof hand);
	hand.site = site;
	snprintf(hand.site.journal_directory, sizeof hand.site.journal_directory, "%s", directory);
	return 0;
}

static int end_local(void **state)
{
	char path[96];
	journal_unlock(&lock, directory, false);
	snprintf(path, sizeof path, "%s/journal.lock", directory);
	unlink(path);
	return end(state);
}

/* Five turns and a passed order, the last record without its end. */
static void torn_journal(void)
{
	struct receipt receipt = receipt_of(1, LANE_NONE);
	for (uint64_t i = 0; i < 5; i++)
		turn_write(i);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	turn_write(5);
	fflush(journal.file);
	torn_at = ftell(journal.file) - (off_t)sizeof torn;
	int file = fileno(journal.file);
	assert_int_equal(pread(file, torn, sizeof torn, torn_at), sizeof torn);
	assert_int_equal(ftruncate(file, torn_at), 0);
}

static void somebody_holds(void)
{
	struct config_error error;
	assert_true(journal_lock(&lock, directory, &error));
}

/* What was torn is whole a moment later, and something else is torn. */
static void *write_on(void *context)
{
	static const uint8_t half[20] = {64, 0, 0, 0, 40};
	(void)context;
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	assert_int_equal(pwrite(fileno(journal.file), half, sizeof half, torn_at + 16), 20);
	assert_int_equal(pwrite(fileno(journal.file), torn, sizeof torn, torn_at), sizeof torn);
	return NULL;
}

/* Runs words, with what they print caught on both. */
static int says(const char *first, const char *second)
{
	struct request request = {.word_count = 2, .words = {first, second}};
	char path[] = "/tmp/sluice-printed-XXXXXX";
	int file = mkstemp(path), outs[2];
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		outs[i] = dup(i + 1);
		dup2(file, i + 1);
	}
	int status = local_run(&hand, &request);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(outs[i], i + 1);
		close(outs[i]);
	}
	ssize_t size = pread(file, printed, sizeof printed - 1, 0);
	printed[size > 0 ? size : 0] = '\0';
	close(file);
	unlink(path);
	return status;
}

static void has(const char *part, bool is_there)
{
	if ((strstr(printed, part) != NULL) != is_there)
		fail_msg("expected %s\"%s\" in: %s", is_there ? "" : "no ", part, printed);
}

static void a_journal_that_is_being_written_is_no_torn_one(void **state)
{
	static const char *const words[][2] = {
		{"journal", "verify"}, {"why", "1"}, {"journal", "export"}};
	char expected[128];
	(void)state;
	snprintf(expected, sizeof expected,
		"the journal is being written by process %d: read up to record 7", (int)getpid());
	torn_journal();
	somebody_holds();
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		assert_int_equal(ftruncate(fileno(journal.file), torn_at), 0);
		assert_int_equal(pthread_create(&writer, NULL, write_on, NULL), 0);
		assert_int_equal(says(words[i][0], words[i][1]), 0);
		pthread_join(writer, NULL);
		has(expected, true);
		has("damaged", false);
		has("ends at", false);
	}
}

static void a_torn_journal_of_a_dead_dataplane_is_called_torn(void **state)
{
	(void)state;
	torn_journal();
	assert_int_equal(says("journal", "verify"), code_exit_status(CODE_JOURNAL_DAMAGED));
	has("valid up to record 6, then damaged", true);
	has("being written", false);
	says("why", "1");
	has("the journal ends at a damaged record", true);
	assert_int_equal(says("journal", "export"), code_exit_status(CODE_JOURNAL_DAMAGED));
	has("ends at", true);
}

/* Whoever holds it: a record in its midst that nobody goes on from is damaged. */
static void what_stays_torn_is_called_torn_though_somebody_holds_it(void **state)
{
	(void)state;
	torn_journal();
	somebody_holds();
	assert_int_equal(says("journal", "verify"), code_exit_status(CODE_JOURNAL_DAMAGED));
	has("valid up to record 6, then damaged", true);
	has("holds it and wrote nothing more there", true);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_local, end_local)
	const struct CMUnitTest tests[] = {
		ONE(a_journal_that_is_being_written_is_no_torn_one),
		ONE(a_torn_journal_of_a_dead_dataplane_is_called_torn),
		ONE(what_stays_torn_is_called_torn_though_somebody_holds_it),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.local", tests, NULL, NULL);
}
