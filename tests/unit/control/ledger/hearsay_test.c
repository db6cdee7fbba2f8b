/* hearsay_test.c - what was said at the door becomes a line of the audit, once, whoever was control meanwhile.
   rooms: control_ledger */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control/ledger/hearsay.h"
#include "drivers/machine/log.h"
#include "tests/unit/control/written.h"

#define SAID_WALL_NS UINT64_C(1764496800000000000) /* 2025-11-30, 10:00 */

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;
static struct audit *audit;
static struct bookkeeping *books[GATE_COUNT_MAX];
static struct hearsay hearsay;
static struct written journal;
static char directory[64], text[65536];
static uint64_t now_ns;

/* started_wall_ns: when control says that it began. */
static void control_starts(uint64_t started_wall_ns)
{
	struct config_error error;
	assert_true(plane_open(&plane, &site, &error));
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	audit = audit_open(directory, &error);
	books[0] = bookkeeping_open(&site);
	assert_true(other != NULL && audit != NULL && books[0] != NULL);
	plane.region = other;
	plane.is_attached = true;
	plane.attach_count = 1;
	atomic_store(&other->gate.is_recovered, 1);
	hearsay_open(&hearsay, &site, started_wall_ns);
}

static void control_ends(void)
{
	bookkeeping_close(books[0]);
	audit_close(audit);
	hearsay_close(&hearsay);
	plane_close(&plane);
}

static int begin(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/dev/shm/sluice-hearsay-XXXXXX");
	assert_non_null(mkdtemp(directory));
	site = (struct site_config){0};
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	assert_true(written_begin(&journal, directory, 1));
	now_ns = 1000000000;
	control_starts(0);
	return 0;
}

static int end(void **state)
{
	char command[128];
	(void)state;
	control_ends();
	fclose(journal.file);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static void said(enum stop_writer writer, uint32_t account, const char *because, uint64_t wall_ns)
{
	const struct turn_inputs turn = {.wall_ns = wall_ns};
	struct stop_record stop = {.scope = SCOPE_ACCOUNT,
		.id = account,
		.state = STATE_KILLED,
		.writer = (uint8_t)writer,
		.uid = 1234};
	snprintf(stop.reason, sizeof stop.reason, "%s", because);
	assert_true(written_record(&journal, RECORD_TURN, &turn, sizeof turn));
	assert_true(written_record(&journal, RECORD_STOP, &stop, sizeof stop));
	assert_int_equal(fflush(journal.file), 0);
}

/* Until all of the journal is read, told, durable and kept. */
static void settle(void)
{
	struct clerk_facts facts = {0};
	struct clerk_stop stop;
	bool is_settled = false;
	atomic_store(&other->journal.sequence, journal.sequence);
	while (!is_settled) {
		now_ns += 1000000;
		bookkeeping_turn(books[0], &plane, audit, now_ns);
		hearsay_turn(&hearsay, books, audit, now_ns);
		bookkeeping_look(books[0], &facts);
		is_settled = facts.sequence == journal.sequence &&
			     !bookkeeping_stop(books[0], &stop) && hearsay.line == 0 &&
			     hearsay.file == NULL;
		sched_yield();
	}
}

/* How many lines of the audit have a part. */
static unsigned lines_with(const char *part)
{
	char path[128];
	unsigned count = 0;
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(text, sizeof text, file) != NULL)
		count += strstr(text, part) != NULL;
	fclose(file);
	return count;
}

static void a_stop_said_at_the_door_is_a_line_of_the_audit_once(void **state)
{
	(void)state;
	said(STOP_BY_CONTROL, 16, "by control", SAID_WALL_NS);
	said(STOP_BY_DOOR, 17, "runaway", SAID_WALL_NS);
	settle();
	assert_int_equal(lines_with("by control"), 0);
	assert_int_equal(lines_with("\"event\":\"stop\",\"from\":\"door\",\"socket\":\"kill.sock\","
				    "\"scope\":\"account 17"),
		1);
	assert_int_equal(lines_with("\"state\":\"killed\",\"uid\":1234,\"because\":\"runaway\","
				    "\"said\":\"2025-11-30T10:00:00"),
		1);
	assert_int_equal(lines_with("\"record\":4"), 1);
	/* The next control reads the same journal; what was said while nobody was there is told then. */
	control_ends();
	said(STOP_BY_DOOR, 18, "while away", SAID_WALL_NS + 1);
	control_starts(SAID_WALL_NS + 2);
	settle();
	assert_int_equal(lines_with("runaway"), 1);
	assert_int_equal(lines_with("while away"), 1);
	assert_int_equal(lines_with("\"before_control\":true"), 1);
	said(STOP_BY_DOOR, 18, "while there", SAID_WALL_NS + 3);
	settle();
	assert_int_equal(lines_with("while there"), 1);
	assert_int_equal(lines_with("\"before_control\":true"), 1);
}

static void more_stops_than_are_held_at_once_are_all_told(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5 * CLERK_STOP_COUNT; i++)
		said(STOP_BY_DOOR, i, "many", SAID_WALL_NS + i);
	settle();
	assert_int_equal(lines_with("many"), 5 * CLERK_STOP_COUNT);
}

/* Its records count from 1 again, and are younger than what was told. */
static void stops_of_another_journal_are_told(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		said(STOP_BY_DOOR, i, "first journal", SAID_WALL_NS + i);
	settle();
	control_ends();
	fclose(journal.file);
	assert_int_equal(unlink(journal.path), 0);
	assert_true(written_begin(&journal, directory, 2));
	said(STOP_BY_DOOR, 17, "second journal", SAID_WALL_NS + 10);
	control_starts(SAID_WALL_NS + 20);
	settle();
	assert_int_equal(lines_with("second journal"), 1);
	assert_int_equal(lines_with("first journal"), 3);
}

static void a_file_that_means_nothing_has_all_told_again(void **state)
{
	(void)state;
	char path[128];
	said(STOP_BY_DOOR, 17, "runaway", SAID_WALL_NS);
	settle();
	control_ends();
	snprintf(path, sizeof path, "%s/stops.told.json", directory);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs("{\"gate\": 7}", file);
	fclose(file);
	control_starts(SAID_WALL_NS);
	settle();
	assert_int_equal(lines_with("runaway"), 2);
}

/* An audit of 24 KiB before control starts. */
static void audit_outgrow(void)
{
	char path[128];
	control_ends();
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	FILE *file = fopen(path, "ae");
	assert_non_null(file);
	for (unsigned i = 0; i < 8192; i++)
		fputs("{}\n", file);
	fclose(file);
	control_starts(0);
}

/* The line is taken and cannot be written; the file that would say it is told could be. */
static void what_the_audits_disk_did_not_take_is_not_kept_as_told(void **state)
{
	(void)state;
	char path[128];
	struct clerk_stop stop;
	struct rlimit before, less;
	audit_outgrow();
	said(STOP_BY_DOOR, 17, "runaway", SAID_WALL_NS);
	atomic_store(&other->journal.sequence, journal.sequence);
	while (!bookkeeping_stop(books[0], &stop)) {
		now_ns += 1000000;
		bookkeeping_turn(books[0], &plane, audit, now_ns);
		sched_yield();
	}
	uint64_t last = audit_append(audit, json_object(), AUDIT_MAJOR, now_ns);
	while (audit_durable(audit) < last)
		sched_yield(); /* what others had to say */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	less = (struct rlimit){.rlim_cur = 12288, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	for (unsigned after = 0; after < 1000; after += audit_failed(audit) != 0) {
		now_ns += 1000000;
		hearsay_turn(&hearsay, books, audit, now_ns);
		sched_yield();
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(hearsay.line != 0);
	snprintf(path, sizeof path, "%s/stops.told.json", directory);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_stop_said_at_the_door_is_a_line_of_the_audit_once),
		ONE(more_stops_than_are_held_at_once_are_all_told),
		ONE(stops_of_another_journal_are_told),
		ONE(a_file_that_means_nothing_has_all_told_again),
		ONE(what_the_audits_disk_did_not_take_is_not_kept_as_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.ledger.hearsay", tests, NULL, NULL);
}
