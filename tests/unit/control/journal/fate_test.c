/* fate_test.c - why, of an order whose venue's session was lost before it answered.
   rooms: control_journal */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/journal/why.h"

static const char *const uncertain = "UNCERTAIN where the journal ends";

static void session_write(uint32_t session, enum session_change change)
{
	struct session_record record = {.session = session, .change = (uint8_t)change};
	record_write(RECORD_SESSION, &record, sizeof record);
}

/* The venue's answer to the question which number it takes next. */
static void next_write(uint32_t ref)
{
	uint8_t query[13] = {'Q'};
	store_be32(query + 9, ref);
	venue_write(query, sizeof query);
}

/* Order 42, 501 at the venue, is handed over on a session that was asked once. */
static void sent_write(void)
{
	struct receipt receipt = receipt_of(42, LANE_NONE);
	struct sent_record sent = {.order_id = 42, .venue_ref = 501, .kind = DECISION_ENTER};
	turn_write(1);
	session_write(200, SESSION_VENUE_UP);
	next_write(501);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_SENT, &sent, sizeof sent);
}

static void accepted_write(void)
{
	uint8_t accepted[64] = {'A'};
	store_be32(accepted + 9, 501);
	store_be32(accepted + 14, 100);
	venue_write(accepted, sizeof accepted);
}

static void lacks(const char *part)
{
	if (strstr(told, part) != NULL)
		fail_msg("expected no \"%s\" in: %s", part, told);
}

static void one_that_the_venue_never_saw_is_followed_to_its_end(void **state)
{
	(void)state;
	sent_write();
	session_write(200, SESSION_VENUE_DOWN);
	assert_int_equal(tell(42), CODE_ROWS);
	says("the session of venue exchange was lost before it had answered: the order is "
	     "UNCERTAIN");
	says(uncertain);
	session_write(200, SESSION_VENUE_UP);
	assert_int_equal(tell(42), CODE_ROWS);
	says("the session of venue exchange is back");
	says(uncertain);
	next_write(501);
	assert_int_equal(tell(42), CODE_ROWS);
	says("venue exchange said that it takes UserRefNum 501 next: it NEVER SAW 501");
	says("its client was told J, VENUE_DOWN");
	lacks(uncertain);
	says("order 42, 5 events");
}

static void one_that_the_venue_has_is_told_by_its_words(void **state)
{
	(void)state;
	sent_write();
	session_write(200, SESSION_VENUE_DOWN);
	session_write(200, SESSION_VENUE_UP);
	next_write(502);
	assert_int_equal(tell(42), CODE_ROWS);
	says("takes UserRefNum 502 next: it has seen 501");
	lacks("NEVER SAW");
	says(uncertain);
	accepted_write();
	assert_int_equal(tell(42), CODE_ROWS);
	says("venue exchange ACCEPTED 100");
	lacks(uncertain);
}

/* One that was under way when the session was lost may be older than the order. */
static void an_answer_to_a_question_of_before_says_nothing(void **state)
{
	(void)state;
	sent_write();
	session_write(200, SESSION_VENUE_DOWN);
	session_write(200, SESSION_VENUE_UP);
	session_write(200, SESSION_VENUE_DOWN);
	session_write(200, SESSION_VENUE_UP);
	next_write(501);
	assert_int_equal(tell(42), CODE_ROWS);
	lacks("NEVER SAW");
	says(uncertain);
	next_write(501);
	assert_int_equal(tell(42), CODE_ROWS);
	says("NEVER SAW");
}

static void a_start_of_the_gate_is_a_loss_too(void **state)
{
	const struct boot_record boot = {.wall_ns = WALL_NS};
	const struct resolve_record word = {
		.order_id = 42, .as = RESOLVE_CANCELLED, .reason = "their desk"};
	(void)state;
	sent_write();
	record_write(RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(tell(42), CODE_ROWS);
	says("the gate was started anew before its venue had answered: the order is UNCERTAIN");
	says(uncertain);
	record_write(RECORD_RESOLVE, &word, sizeof word);
	assert_int_equal(tell(42), CODE_ROWS);
	says("uid 0 said that at exchange it is cancelled");
	lacks(uncertain);
}

static void what_was_answered_or_is_of_another_venue_is_not_uncertain(void **state)
{
	const struct boot_record boot = {.wall_ns = WALL_NS};
	(void)state;
	sent_write();
	session_write(201, SESSION_VENUE_DOWN);
	accepted_write();
	session_write(200, SESSION_VENUE_DOWN);
	session_write(200, SESSION_VENUE_UP);
	record_write(RECORD_BOOT, &boot, sizeof boot);
	next_write(501);
	assert_int_equal(tell(42), CODE_ROWS);
	lacks("UNCERTAIN");
	lacks("is back");
	says("order 42, 3 events");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(one_that_the_venue_never_saw_is_followed_to_its_end),
		ONE(one_that_the_venue_has_is_told_by_its_words),
		ONE(an_answer_to_a_question_of_before_says_nothing),
		ONE(a_start_of_the_gate_is_a_loss_too),
		ONE(what_was_answered_or_is_of_another_venue_is_not_uncertain),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.fate", tests, NULL, NULL);
}
