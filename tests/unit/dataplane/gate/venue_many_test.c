/* Two venues: each has its own orders, numbers and silence.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static const uint64_t second_ns = 1000000000ull;

static int open_two(void **state)
{
	struct rig *rig = rig_open();
	rig_two_venues(rig);
	rig_ready(rig);
	rig_second_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_market(rig, RIG_ZVZZT, 100000, 100200);
	*state = rig;
	return 0;
}

static struct ouch_in second_order(uint32_t ref)
{
	struct ouch_in order = rig_order(ref);
	order.symbol = symbol_pack("ZVZZT");
	order.price_e4 = 100000;
	return order;
}

static struct ouch_in pass_second(struct rig *rig, const struct ouch_in *order)
{
	struct ouch_in at_venue;
	rig_send(rig, 0, order);
	assert_true(rig_second_got(rig, &at_venue));
	return at_venue;
}

static void an_order_goes_where_the_first_route_says(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = rig_order(1), second = second_order(2), at_venue;
	uint32_t number = rig_pass(rig, 0, &first).ref;
	assert_false(rig_second_got(rig, &at_venue));
	at_venue = pass_second(rig, &second);
	assert_int_equal(at_venue.ref, number); /* its numbers are its own */
	assert_int_equal(at_venue.options.value[2], 'F' << 24 | 'T' << 16 | 'W' << 8 | 'O');
	assert_false(rig_venue_got(rig, &at_venue));
}

static void the_same_number_of_two_venues_is_two_orders(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = rig_order(1), second = second_order(2);
	struct ouch_out told;
	struct ouch_in one = rig_pass(rig, 0, &first), two = pass_second(rig, &second);
	assert_int_equal(one.ref, two.ref);
	struct ouch_out out = rig_accepted(&two);
	rig_second_answer(rig, &out);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.ref, 2);
	rig_accept(rig, &one);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.ref, 1);
	out = (struct ouch_out){
		.type = 'E', .ref = two.ref, .qty = 60, .price_e4 = 100000, .code = 'A'};
	rig_second_answer(rig, &out);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_ZVZZT).position, 60);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 0);
}

static void a_replace_and_a_cancel_stay_at_their_orders_venue(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = second_order(1), replace = rig_replace(1, 2, 200, 100000),
		       cancel = rig_cancel(2, 0), at_venue;
	struct ouch_in two = pass_second(rig, &order);
	struct ouch_out out = rig_accepted(&two);
	rig_second_answer(rig, &out);
	two = pass_second(rig, &replace);
	assert_int_equal(two.type, 'U');
	out = rig_accepted(&two);
	rig_second_answer(rig, &out);
	two = pass_second(rig, &cancel);
	assert_int_equal(two.type, 'X');
	assert_false(rig_venue_got(rig, &at_venue));
}

static void an_order_without_a_route_is_refused_by_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue, second = second_order(2);
	rig->site.route_count = 1; /* what goes to the second venue, and nothing else */
	rig_restart(rig, false);
	rig_ready(rig);
	rig_second_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_market(rig, RIG_ZVZZT, 100000, 100200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_NO_ROUTE);
	assert_false(rig_second_got(rig, &at_venue));
	pass_second(rig, &second);
}

static void a_lost_venue_refuses_its_own_orders_and_no_others(void **state)
{
	struct rig *rig = *state;
	struct ouch_in second = second_order(1), first = rig_order(2);
	rig_second_cut(rig);
	assert_int_equal(rig_refuse(rig, 0, &second), LANE_VENUE_DOWN);
	rig_pass(rig, 0, &first);
	rig_poll(rig, 1000000); /* control is told every millisecond */
	assert_int_equal(atomic_load(&rig->region->gate.venue_up_mask), 1);
}

/* What it has at the venue that is gone nobody sees or cancels: it may get out elsewhere, not further in. */
static void an_account_with_orders_at_a_lost_venue_may_only_reduce_elsewhere(void **state)
{
	struct rig *rig = *state;
	struct ouch_in bought = rig_order(1), second = second_order(2), more = rig_order(3),
		       out = rig_order(4), others = rig_order(1), again = rig_order(5);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &bought);
	struct ouch_out told;
	rig_execute(rig, &at_venue, 100, 1630000);
	assert_true(rig_client_got(rig, 0, &told));
	struct ouch_in unanswered = pass_second(rig, &second);
	rig_second_cut(rig);
	assert_int_equal(rig->gate->fold->venues[1].orders_uncertain, 1);
	assert_int_equal(atomic_load(&rig->region->gate.venue_uncertain[1]), 1);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_uncertain), 1);
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_REDUCE_ONLY);
	out.side = 'S';
	rig_pass(rig, 0, &out);
	rig_pass(rig, 1, &others); /* another account has nothing there */
	struct ouch_out accepted = rig_accepted(&unanswered);
	rig->second.told[rig->second.peer.sequence++] = accepted;
	rig_second_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	if (!rig->clients[0].is_up)
		rig_client_up(rig, 0);
	rig->clients[0].count = 0;
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_uncertain), 0);
	again.price_e4 -= 100;
	rig_pass(rig, 0, &again);
}

/* What was executed there, or cancelled, is no order any more. */
static void an_account_whose_orders_at_a_lost_venue_are_done_is_held_to_nothing_elsewhere(
	void **state)
{
	struct rig *rig = *state;
	struct ouch_in filled = second_order(1), ended = second_order(2), more = rig_order(3);
	ended.price_e4 -= 100;
	struct ouch_in at_venue = pass_second(rig, &filled);
	struct ouch_out out = rig_accepted(&at_venue);
	rig_second_answer(rig, &out);
	out = (struct ouch_out){.type = 'E',
		.ref = at_venue.ref,
		.qty = at_venue.qty,
		.price_e4 = 100000,
		.code = 'A'};
	rig_second_answer(rig, &out);
	at_venue = pass_second(rig, &ended);
	out = rig_accepted(&at_venue);
	rig_second_answer(rig, &out);
	out = (struct ouch_out){.type = 'C', .ref = at_venue.ref, .qty = at_venue.qty, .code = 'U'};
	rig_second_answer(rig, &out);
	rig_second_cut(rig);
	assert_int_equal(rig->gate->fold->venues[1].orders_uncertain, 0);
	rig_pass(rig, 0, &more);
}

static void what_a_lost_venue_never_got_is_told_when_it_is_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in second = second_order(1), first = rig_order(2);
	pass_second(rig, &second);
	rig_pass(rig, 0, &first);
	rig->second.next_reference = 1; /* the bytes never reached it */
	rig_second_cut(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	rig_second_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_ZVZZT).working_buy_qty, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
}

static void a_kill_cancels_at_both_venues_and_waits_for_the_one_that_is_gone(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = rig_order(2), second = second_order(1), at_venue;
	struct ouch_in two = pass_second(rig, &second);
	struct ouch_out out = rig_accepted(&two);
	rig_second_answer(rig, &out);
	rig->clients[0].count = 0;
	rig_pass_and_accept(rig, 0, &first);
	rig_second_cut(rig);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'X');
	assert_false(rig_second_got(rig, &at_venue));
	rig_second_up(rig);
	assert_true(rig_second_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'X');
	assert_int_equal(at_venue.ref, two.ref);
}

static void numbers_of_each_venue_wait_for_their_own_reservation(void **state)
{
	struct rig *rig = *state;
	struct ouch_in second = second_order(1), first = rig_order(2);
	rig_pass(rig, 0, &first);
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_second_up(rig);
	rig_market(rig, RIG_ZVZZT, 100000, 100200);
	rig_client_up(rig, 0);
	second.ref = 3;
	struct ouch_in at_venue = pass_second(rig, &second);
	/* What was reserved before may have been used and lost. */
	assert_true(at_venue.ref > RESERVE_STEP);
	assert_true(rig->gate->fold->venues[0].next_ref > RESERVE_STEP);
}

static void a_question_tells_of_each_venue_apart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in second = second_order(1);
	struct mailbox_request request = {.kind = REQUEST_SESSIONS, .cursor = SESSION_COUNT_MAX};
	struct session_row rows[2];
	pass_second(rig, &second);
	rig_second_cut(rig);
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 2);
	memcpy(rows, answer->rows[0], sizeof rows[0]);
	memcpy(rows + 1, answer->rows[1], sizeof rows[1]);
	assert_int_equal(rows[0].state, SESSION_READY);
	assert_int_equal(rows[0].orders_open, 0);
	assert_int_equal(rows[1].state, SESSION_AWAY);
	assert_int_equal(rows[1].id, 201);
	assert_int_equal(rows[1].orders_open, 1);
	assert_int_equal(rows[1].orders_uncertain, 1);
	rig_poll(rig, second_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define MANY_TEST(name) cmocka_unit_test_setup_teardown(name, open_two, rig_teardown)
		MANY_TEST(an_order_goes_where_the_first_route_says),
		MANY_TEST(the_same_number_of_two_venues_is_two_orders),
		MANY_TEST(a_replace_and_a_cancel_stay_at_their_orders_venue),
		MANY_TEST(an_order_without_a_route_is_refused_by_name),
		MANY_TEST(a_lost_venue_refuses_its_own_orders_and_no_others),
		MANY_TEST(an_account_with_orders_at_a_lost_venue_may_only_reduce_elsewhere),
		MANY_TEST(
			an_account_whose_orders_at_a_lost_venue_are_done_is_held_to_nothing_elsewhere),
		MANY_TEST(what_a_lost_venue_never_got_is_told_when_it_is_back),
		MANY_TEST(a_kill_cancels_at_both_venues_and_waits_for_the_one_that_is_gone),
		MANY_TEST(numbers_of_each_venue_wait_for_their_own_reservation),
		MANY_TEST(a_question_tells_of_each_venue_apart),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.venue_many", tests, NULL, NULL);
}
