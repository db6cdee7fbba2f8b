/* bookkeeping_test.c - control, the clerk's thread and a gate of the test's own: what differs is a reason within 5 s of given
   time, and no longer when it is equal.
   rooms: control_ledger */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>

#include "control/ledger/bookkeeping.h"
#include "drivers/machine/log.h"
#include "tests/unit/control/written.h"

enum { MS = 1000000, ROW_COUNT = 130 /* three pages */ };

static struct site_config site;
static struct symbol_config aapl;
static struct plane plane;
static struct dataplane_region *other;
static struct audit *audit;
static struct bookkeeping *books;
static struct written journal;
static struct position_row held[ROW_COUNT];
static char directory[64], text[8192];
static uint64_t now_ns;
static bool is_silent;

static int begin(void **state)
{
	struct config_error error;
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/tmp/sluice-books-XXXXXX");
	assert_non_null(mkdtemp(directory));
	site = (struct site_config){.symbol_count = 1, .symbols = &aapl};
	aapl.name = symbol_pack("AAPL");
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	assert_true(plane_open(&plane, &site, &error));
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	audit = audit_open(directory, &error);
	assert_true(other != NULL && audit != NULL && written_begin(&journal, directory, 1));
	plane.region = other;
	plane.is_attached = true;
	plane.attach_count = 1;
	atomic_store(&other->gate.is_recovered, 1);
	for (uint32_t i = 0; i < ROW_COUNT; i++)
		held[i] = (struct position_row){.account = 17, .symbol = i};
	books = bookkeeping_open(&site);
	assert_non_null(books);
	now_ns = 1000 * (uint64_t)MS;
	is_silent = false;
	return 0;
}

static int end(void **state)
{
	char command[128];
	(void)state;
	if (books != NULL)
		bookkeeping_close(books);
	audit_close(audit);
	plane_close(&plane);
	fclose(journal.file);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

/* The gate buys, and publishes; the disk has it too, or not yet. */
static void gate_buys(uint32_t symbol, uint32_t qty, bool is_durable)
{
	const struct trade_record row = {.match = journal.sequence + 1,
		.price_e4 = 100,
		.qty = qty,
		.account = 17,
		.symbol = (uint16_t)symbol,
		.kind = TRADE_EXECUTED};
	assert_true(written_record(&journal, RECORD_TRADE, &row, sizeof row));
	held[symbol].position += qty;
	held[symbol].bought_qty += qty;
	held[symbol].bought_value_e4 += 100 * (int64_t)qty;
	if (is_durable)
		assert_int_equal(fflush(journal.file), 0);
	atomic_store(&other->journal.sequence, journal.sequence);
}

static void gate_answers(void)
{
	const struct mailbox_request *request = &plane.own->requests[STAGE_GATE];
	struct mailbox_answer *answer = &other->answers[STAGE_GATE];
	uint64_t number = atomic_load(&request->number), at = request->cursor;
	if (is_silent || number == atomic_load(&answer->number))
		return;
	assert_int_equal(request->kind, REQUEST_HOLDINGS);
	now_ns += BOOKKEEPING_PAGE_NS;
	answer->code = 0;
	for (answer->row_count = 0; at < ROW_COUNT && answer->row_count < MAILBOX_ROW_COUNT; at++)
		memcpy(answer->rows[answer->row_count++], &held[at], sizeof held[at]);
	answer->next = at < ROW_COUNT ? at : 0;
	answer->sequence = journal.sequence;
	atomic_store(&answer->number, number);
}

/* A round from its begin to its end; the thread takes what time it needs. */
static void a_round(void)
{
	struct clerk_facts facts;
	bookkeeping_look(books, &facts);
	uint64_t wanted = facts.rounds + 1;
	now_ns += BOOKKEEPING_ROUND_NS;
	while (facts.rounds < wanted) {
		bookkeeping_turn(books, &plane, audit, now_ns);
		gate_answers();
		bookkeeping_look(books, &facts);
		sched_yield();
	}
	bookkeeping_turn(books, &plane, audit, now_ns);
}

/* Time passes and nobody waits for anybody. */
static void pass(uint64_t ms)
{
	for (uint64_t until_ns = now_ns + ms * MS; now_ns < until_ns; now_ns += 20 * MS) {
		bookkeeping_turn(books, &plane, audit, now_ns);
		gate_answers();
	}
}

static enum bookkeeping_state says(const char *part)
{
	struct bookkeeping_verdict verdict;
	bookkeeping_judge(books, now_ns, &verdict);
	if (strstr(verdict.reason, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, verdict.reason);
	if (verdict.state != BOOKKEEPING_EQUAL)
		assert_non_null(strstr(verdict.reason, "expected"));
	return verdict.state;
}

/* How often the audit has it, once all is written. */
static unsigned audited(const char *part)
{
	char path[96];
	unsigned count = 0;
	struct config_error error;
	audit_close(audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		count++;
	audit = audit_open(directory, &error);
	assert_non_null(audit);
	return count;
}

static void all_rows_that_are_equal_are_ready(void **state)
{
	(void)state;
	gate_buys(0, 10, true);
	gate_buys(129, 20, true);
	assert_int_equal(says("not compared with this gate yet"), BOOKKEEPING_NOT_YET);
	a_round();
	assert_int_equal(
		says("130 rows of the gate are those of the journal at record 2, 2 trades"),
		BOOKKEEPING_EQUAL);
	gate_buys(70, 5, true);
	a_round();
	assert_int_equal(says("at record 3, 3 trades"), BOOKKEEPING_EQUAL);
	assert_int_equal(audited("\"ledger\""), 0);
}

static void a_number_that_is_wrong_is_a_reason_within_five_seconds(void **state)
{
	(void)state;
	gate_buys(0, 10, true);
	a_round();
	held[0].position++;
	uint64_t since_ns = now_ns;
	a_round();
	assert_int_equal(
		says("account 17 AAPL: position 10 in the journal, 11 at the gate, both at "
		     "record 1; 1 rows differ since"),
		BOOKKEEPING_WRONG);
	assert_true(now_ns - since_ns <= BOOKKEEPING_AGE_NS);
	held[129].sold_qty = 7;
	a_round();
	assert_int_equal(says("2 rows differ"), BOOKKEEPING_WRONG);
	held[0].position--;
	a_round();
	assert_int_equal(says("account 17 -: shares sold 0 in the journal, 7"), BOOKKEEPING_WRONG);
	held[129].sold_qty = 0;
	a_round();
	assert_int_equal(says("at record 1"), BOOKKEEPING_EQUAL);
	assert_int_equal(audited("\"state\":\"wrong\""), 1);
	assert_int_equal(audited("\"state\":\"equal\""), 1);
	assert_int_equal(audited("11 at the gate"), 1);
}

static void a_gate_that_does_not_answer_is_a_reason_after_five_seconds(void **state)
{
	(void)state;
	a_round();
	is_silent = true;
	pass(4900);
	assert_int_equal(says("130 rows"), BOOKKEEPING_EQUAL);
	pass(200);
	assert_int_equal(says("not compared with the gate for 5"), BOOKKEEPING_WRONG);
	says("the gate does not answer, expected within 5000 ms");
	is_silent = false;
	a_round();
	assert_int_equal(says("130 rows"), BOOKKEEPING_EQUAL);
}

static void a_journal_that_stays_behind_the_gate_is_a_reason_too(void **state)
{
	(void)state;
	gate_buys(0, 10, true);
	a_round();
	gate_buys(0, 10, false);
	pass(6100);
	assert_int_equal(says("read up to record 1, the gate is further"), BOOKKEEPING_WRONG);
	assert_int_equal(fflush(journal.file), 0);
	a_round();
	assert_int_equal(says("at record 2"), BOOKKEEPING_EQUAL);
}

static void a_break_of_what_never_was_is_a_reason(void **state)
{
	(void)state;
	const struct trade_record row = {.match = 9, .account = 17, .kind = TRADE_BROKEN};
	assert_true(written_record(&journal, RECORD_TRADE, &row, sizeof row));
	gate_buys(1, 5, true);
	a_round();
	assert_int_equal(
		says("1 breaks or corrections in the journal of trades that are not in it"),
		BOOKKEEPING_WRONG);
}

/* What the last gate was asked counts no more, and one that recovers cannot be asked. */
static void another_dataplane_is_compared_anew(void **state)
{
	(void)state;
	gate_buys(0, 10, true);
	a_round();
	gate_buys(0, 10, false); /* a page is under way when it dies */
	pass(1100);
	plane.is_attached = false;
	pass(10000);
	plane.attach_count++;
	plane.is_attached = true;
	atomic_store(&other->gate.is_recovered, 0);
	pass(10000);
	assert_int_equal(says("not compared with this gate yet"), BOOKKEEPING_NOT_YET);
	atomic_store(&other->gate.is_recovered, 1);
	assert_int_equal(fflush(journal.file), 0);
	a_round();
	assert_int_equal(says("at record 2"), BOOKKEEPING_EQUAL);
}

static void a_control_that_begins_again_reads_the_journal_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * CLERK_PER_STEP; i++)
		gate_buys(i % ROW_COUNT, 1 + i % 7, i == 3 * CLERK_PER_STEP - 1);
	a_round();
	assert_int_equal(says("at record 12000, 12000 trades"), BOOKKEEPING_EQUAL);
	bookkeeping_close(books);
	books = bookkeeping_open(&site);
	assert_non_null(books);
	a_round();
	assert_int_equal(says("at record 12000, 12000 trades"), BOOKKEEPING_EQUAL);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(all_rows_that_are_equal_are_ready),
		ONE(a_number_that_is_wrong_is_a_reason_within_five_seconds),
		ONE(a_gate_that_does_not_answer_is_a_reason_after_five_seconds),
		ONE(a_journal_that_stays_behind_the_gate_is_a_reason_too),
		ONE(a_break_of_what_never_was_is_a_reason),
		ONE(another_dataplane_is_compared_anew),
		ONE(a_control_that_begins_again_reads_the_journal_again),
	};
	return !!cmocka_run_group_tests_name("ledger.bookkeeping", tests, NULL, NULL);
}
