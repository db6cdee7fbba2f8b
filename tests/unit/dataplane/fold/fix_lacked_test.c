/* What a FIX venue lacks while its session goes on is never sent twice, and settled at once.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include "dataplane/gate/session_fix.h"
#include "tests/support/fix_peer_table.h"

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static void asks(struct rig *rig, uint64_t from, uint64_t to)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)venue.config.version, FIX_MSG_RESEND_REQUEST);
	fix_set_number(&m, FIX_BEGIN_SEQ_NO, from);
	fix_set_number(&m, FIX_END_SEQ_NO, to);
	assert_true(fix_session_send(&venue.session, &m, KEPT_ADMIN, 0, now(rig)) > 0);
}

static void asks_again(struct rig *rig, uint64_t from, uint64_t to)
{
	asks(rig, from, to);
	rig_poll(rig, 1000);
}

/* It asks for all from what it expects next, and answers nothing yet. */
static void asks_and_holds_its_tongue(struct rig *rig)
{
	asks(rig, venue.session.next_in, 0);
	venue_poll(rig);
	venue.is_mute = true;
	rig_poll(rig, 1000);
}

/* A message that is lost on the way. */
static void is_lost(struct rig *rig, const struct ouch_in *message)
{
	venue.is_deaf = true;
	rig_send(rig, 0, message);
	venue.is_deaf = false;
	assert_int_equal(venue.got_count, 0);
}

static void an_order_that_the_venue_lacks_never_arrived(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(2), more = rig_order(3), later = rig_order(4);
	const struct fold *fold = rig->gate->fold;
	accepted(rig);
	is_lost(rig, &order);
	rig_send(rig, 0, &more); /* shows the gap, and goes with it */
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(told(rig, 'J').ref, 3);
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(venue.session.next_in, fix_venue_of(fold, 0)->session.next_out);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(metric(rig, METRIC_gate_venue_lacked), 2);
	assert_int_equal(fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	/* The session goes on. */
	assert_true(fold->venues[0].is_ready);
	rig_send(rig, 0, &later);
	assert_int_equal(taken().qty, 100);
	assert_int_equal(fold->orders.open_count, 2);
}

static void what_is_sent_behind_the_request_is_not_what_the_venue_lacked(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(2), later = rig_order(3);
	accepted(rig);
	is_lost(rig, &order);
	asks_and_holds_its_tongue(rig);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	rig_send(rig, 0, &later);
	struct got got = taken();
	assert_int_equal(rig->gate->fold->orders.open_count, 3);
	venue.is_mute = false;
	rig_poll(rig, 1000);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(told(rig, 'A').ref, 3);
}

/* What the venue has spoken of it has, whatever it asks for. */
static void an_order_that_the_venue_answered_stays_though_it_asks_for_it_again(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	struct ouch_in order = rig_order(2);
	rig_send(rig, 0, &order);
	struct got second = taken();
	asks_again(rig, got.sequence, 0);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	/* It had the other after all: exposure again. */
	says(rig, &(struct saying){.id = second.id, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 200);
}

/* So it is with what it says between its request and its answer. */
static void an_order_that_the_venue_speaks_of_before_it_answers_stays(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got got = taken();
	asks(rig, got.sequence, 0);
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(told(rig, 'A').ref, 1);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void a_part_that_the_venue_lacks_is_asked_for(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_order(2);
	rig_send(rig, 0, &order);
	struct got first = taken();
	rig_send(rig, 0, &more);
	taken();
	asks_again(rig, first.sequence, first.sequence);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	for (uint32_t ms = 0; ms < 22; ms++)
		rig_poll(rig, 1000000);
	struct got got = taken();
	assert_int_equal(got.type, 'H');
	assert_string_equal(got.id, first.id);
	assert_int_equal(venue.got_count, 0);
	says(rig, &(struct saying){.id = got.id,
			  .type = protocol == ORDERS_FIX42 ? '8' : 'I',
			  .transaction = '3',
			  .status = '8'});
	assert_int_equal(told(rig, 'J').ref, 1);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void a_replace_that_the_venue_lacks_leaves_its_original(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct ouch_in replace = rig_replace(1, 2, 180, 1629000), cancel = rig_cancel(1, 0);
	is_lost(rig, &replace);
	asks_again(rig, venue.session.next_in, 0);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	rig_send(rig, 0, &cancel);
	assert_int_equal(taken().type, 'F');
}

static void a_cancel_that_the_venue_lacks_goes_again(void **state)
{
	struct rig *rig = *state;
	struct got first = accepted(rig);
	struct ouch_in cancel = rig_cancel(1, 0);
	is_lost(rig, &cancel);
	uint64_t number = venue.session.next_in;
	asks_again(rig, number, number);
	struct got got = taken();
	assert_int_equal(got.type, 'F');
	assert_false(got.is_dup);
	assert_true(got.sequence > number);
	assert_string_equal(got.of, first.id);
	assert_int_equal(venue.got_count, 0);
	says(rig, &(struct saying){.id = got.id, .of = got.of, .type = '4', .status = '4'});
	told(rig, 'C');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void an_order_and_its_cancel_that_the_venue_lacks_go_together(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 0);
	is_lost(rig, &order);
	is_lost(rig, &cancel);
	asks_again(rig, venue.session.next_in, 0);
	assert_int_equal(told(rig, 'J').ref, 1);
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

static void a_kill_whose_cancels_the_venue_lacks_is_done_all_the_same(void **state)
{
	struct rig *rig = *state;
	const struct fold *fold = rig->gate->fold;
	accepted(rig);
	venue.is_deaf = true;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	rig_poll(rig, 1000);
	venue.is_deaf = false;
	assert_int_equal(venue.got_count, 0);
	asks_again(rig, venue.session.next_in, 0);
	struct got got = taken();
	assert_int_equal(got.type, 'F');
	says(rig, &(struct saying){.id = got.id, .of = got.of, .type = '4', .status = '4'});
	assert_int_equal(fold->orders.open_count, 0);
	assert_int_not_equal(fold->results[0].done_ns, 0);
	assert_int_equal(fold->results[0].cancels_confirmed, 1);
}

/* Its connection breaks before it has answered whether that is all. */
static void what_the_venue_lacked_is_known_over_a_break(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(2), later = rig_order(3);
	accepted(rig);
	is_lost(rig, &order);
	asks_and_holds_its_tongue(rig);
	rig_send(rig, 0, &later);
	taken();
	venue.is_mute = false;
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	rig_poll(rig, 1000);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 2);
	rig_venue_up(rig);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
}

/* Behind our Logout nothing is asked: the next connection settles it. */
static void what_is_asked_for_behind_our_logout_waits(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	const struct fix_session *ours = &fix_venue_of(rig->gate->fold, 0)->session;
	is_lost(rig, &order);
	venue.is_deaf = true;
	session_fix_venue_end(rig->gate, &rig->gate->venues[0]);
	asks_again(rig, venue.session.next_in, 0);
	assert_int_equal(ours->state, FIX_STATE_LEAVING);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(fix_session_kept(ours, ours->next_out - 1)->type, FIX_MSG_LOGOUT);
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	venue.is_deaf = false;
	rig_poll(rig, 1000);
	rig_venue_up(rig);
	assert_int_equal(told(rig, 'J').ref, 1);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, rig_teardown),                              \
		cmocka_unit_test_setup_teardown(test, open_44, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(an_order_that_the_venue_lacks_never_arrived),
		OF_BOTH(what_is_sent_behind_the_request_is_not_what_the_venue_lacked),
		OF_BOTH(an_order_that_the_venue_answered_stays_though_it_asks_for_it_again),
		OF_BOTH(an_order_that_the_venue_speaks_of_before_it_answers_stays),
		OF_BOTH(a_part_that_the_venue_lacks_is_asked_for),
		OF_BOTH(a_replace_that_the_venue_lacks_leaves_its_original),
		OF_BOTH(a_cancel_that_the_venue_lacks_goes_again),
		OF_BOTH(an_order_and_its_cancel_that_the_venue_lacks_go_together),
		OF_BOTH(a_kill_whose_cancels_the_venue_lacks_is_done_all_the_same),
		OF_BOTH(what_the_venue_lacked_is_known_over_a_break),
		OF_BOTH(what_is_asked_for_behind_our_logout_waits),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
