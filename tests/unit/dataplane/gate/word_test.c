/* What persons say is looked at first, and written down only where it can be applied.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/gate/word.h"
#include "tests/support/rig.h"

/* A resting order, and one that was lost with the venue. */
static struct ouch_in one_of_each(struct rig *rig)
{
	struct ouch_in order = rig_order(1), lost = rig_order(2);
	rig_pass_and_accept(rig, 0, &order);
	lost.price_e4 -= 100;
	struct ouch_in at_venue = rig_pass(rig, 0, &lost);
	rig_venue_cut(rig);
	return at_venue;
}

static void only_what_is_uncertain_is_told_with_the_name_that_the_venue_knows(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = one_of_each(rig);
	struct mailbox_request request = {.kind = REQUEST_UNCERTAIN};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	struct order_row row;
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 1);
	memcpy(&row, answer->rows[0], sizeof row);
	assert_int_equal(row.venue_ref, at_venue.ref);
	assert_memory_equal(row.venue_name, at_venue.clordid, sizeof row.venue_name);
	assert_int_equal(row.open_qty, 100);
	request.id = RIG_OTHER_ACCOUNT;
	assert_int_equal(rig_ask(rig, &request)->row_count, 0);
	request.kind = REQUEST_ORDERS;
	request.id = 0;
	assert_int_equal(rig_ask(rig, &request)->row_count, 2);
}

static void a_full_journal_takes_no_word(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = one_of_each(rig);
	struct resolve_record word = {
		.order_id = 2, .venue_ref = at_venue.ref, .as = RESOLVE_CANCELLED, .uid = 1};
	rig->gate->is_journal_full = true;
	assert_int_equal(word_resolve(rig->gate, &word), EBUSY);
	assert_int_equal(rig->gate->fold->venues[0].orders_uncertain, 1);
	rig->gate->is_journal_full = false;
	word.order_id = 3;
	assert_int_equal(word_resolve(rig->gate, &word), ENOENT);
	word.order_id = 2;
	assert_int_equal(word_resolve(rig->gate, &word), 0);
	assert_int_equal(rig->gate->fold->venues[0].orders_uncertain, 0);
}

static void nobody_acknowledges_a_break_that_is_not_or_that_cannot_be_written(void **state)
{
	struct rig *rig = *state;
	const struct release_record seen = {.latch = 7, .uid = 1};
	uint64_t records = rig->gate->writer.sequence;
	rig->gate->is_journal_full = true;
	assert_int_equal(word_acknowledge(rig->gate, &seen), EBUSY);
	rig->gate->is_journal_full = false;
	assert_int_equal(rig->gate->writer.sequence, records);
	assert_int_equal(word_acknowledge(rig->gate, &seen), ENOENT);
}

#define WORD_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORD_TEST(only_what_is_uncertain_is_told_with_the_name_that_the_venue_knows),
		WORD_TEST(a_full_journal_takes_no_word),
		WORD_TEST(nobody_acknowledges_a_break_that_is_not_or_that_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
