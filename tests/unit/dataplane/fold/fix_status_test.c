/* What is uncertain at a FIX venue that is ready is asked for, one by one, and settled by the answer.  Each test ends by
   replaying itself.
   rooms: dataplane_gate */
#include "dataplane/gate/session_fix.h"
#include "tests/support/fix_peer_table.h"

static void cut(struct rig *rig)
{
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	rig_poll(rig, 1000);
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static struct position_row held(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
}

static void pass(struct rig *rig, uint64_t ms)
{
	for (; ms > 0; ms--)
		rig_poll(rig, 1000000);
}

/* An order that the venue took and did not answer, and the question about it. */
static struct got asked(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got sent = taken();
	cut(rig);
	rig_venue_up(rig);
	pass(rig, 22);
	struct got got = taken();
	assert_int_equal(got.type, 'H');
	assert_string_equal(got.id, sent.id);
	assert_int_equal(got.side, '1');
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(held(rig).working_buy_qty, 100);
	return got;
}

/* A replacement of order 1 that the venue took and did not answer, and the question about it. */
static struct got replacement_asked(struct rig *rig, struct got *sent)
{
	struct ouch_in replace = rig_replace(1, 2, 200, 1629000);
	rig_send(rig, 0, &replace);
	*sent = taken();
	cut(rig);
	rig_venue_up(rig);
	pass(rig, 22);
	struct got got = taken();
	assert_string_equal(got.id, sent->id);
	return got;
}

/* status 8 has reason 5 of itself; qty at price: CumQty and AvgPx. */
static void answers(
	struct rig *rig, const struct got *got, uint8_t status, uint32_t qty, int64_t e8)
{
	bool is_42 = protocol == ORDERS_FIX42;
	says(rig, &(struct saying){.id = got->id,
			  .type = is_42 ? status : 'I',
			  .transaction = '3',
			  .status = status,
			  .leaves = 100 - qty,
			  .last = qty,
			  .last_e8 = e8});
}

static void an_order_that_the_venue_does_not_know_never_arrived(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, '8', 0, 0);
	assert_int_equal(told(rig, 'J').ref, 1);
	assert_int_equal(held(rig).working_buy_qty, 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(metric(rig, METRIC_gate_status_asked), 1);
	assert_int_equal(metric(rig, METRIC_gate_status_settled), 1);
	/* Said again it says nothing new. */
	answers(rig, &got, '8', 0, 0);
	assert_int_equal(metric(rig, METRIC_gate_status_settled), 1);
}

static void an_order_that_works_is_live_with_the_venues_name(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, 'A', 0, 0); /* pending: nothing is settled */
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	answers(rig, &got, '0', 0, 0);
	told(rig, 'A');
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(held(rig).working_buy_qty, 100);
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_head].order_reference, 77);
}

static void what_was_executed_meanwhile_counts_at_the_worse_price_until_it_is_told_whole(
	void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, '1', 30, 16300005000);
	told(rig, 'A');
	struct ouch_out fill = told(rig, 'E');
	assert_int_equal(fill.qty, 30);
	assert_int_equal(fill.price_e4, 1630001);
	assert_int_equal(held(rig).position, 30);
	assert_int_equal(held(rig).working_buy_qty, 70);
	/* Its executions under their own names: in place of it, at whatever price. */
	says(rig, &(struct saying){.id = got.id,
			  .type = protocol == ORDERS_FIX44 ? 'F' : '1',
			  .status = '1',
			  .leaves = 70,
			  .last = 30,
			  .last_e8 = 16300000000});
	told(rig, 'B');
	assert_int_equal(told(rig, 'E').price_e4, 1630000);
	assert_int_equal(held(rig).position, 30);
	assert_int_equal(metric(rig, METRIC_gate_resolved_denied), 0);
	assert_int_equal(rig->gate->fold->said_fills, 0);
}

static void an_order_that_is_over_ends_with_what_it_executed(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, '4', 60, 16300000000);
	assert_int_equal(told(rig, 'E').qty, 60);
	assert_int_equal(told(rig, 'C').qty, 40);
	assert_int_equal(held(rig).position, 60);
	assert_int_equal(held(rig).working_buy_qty, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void an_order_that_is_filled_is_done(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, '2', 100, 16290000000);
	assert_int_equal(told(rig, 'E').price_e4, 1629000);
	assert_int_equal(held(rig).position, 100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void ends_by(struct rig *rig, uint8_t status)
{
	struct got got = asked(rig);
	answers(rig, &got, status, 10, 16300000000);
	assert_int_equal(told(rig, 'E').qty, 10);
	assert_int_equal(told(rig, 'C').qty, 90);
	assert_int_equal(held(rig).working_buy_qty, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void an_order_that_is_done_for_the_day_is_over(void **state)
{
	ends_by(*state, '3');
}

static void an_order_that_expired_is_over(void **state)
{
	ends_by(*state, 'C');
}

/* Another has its place, and is asked for by its own name. */
static void an_order_that_was_replaced_stays_uncertain(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, '5', 0, 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(metric(rig, METRIC_gate_status_settled), 0);
	assert_int_equal(held(rig).working_buy_qty, 100);
}

static void a_replacement_that_is_there_has_its_originals_place(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct got sent, got = replacement_asked(rig, &sent);
	answers(rig, &got, '0', 0, 0);
	assert_int_equal(told(rig, 'U').original_ref, 1);
	assert_int_equal(held(rig).working_buy_qty, 200);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

/* 40 at 163.00 are known, and now 60 on average at avg_e8: the other 20 cost what is left. */
static void what_was_executed_since_costs(struct rig *rig, int64_t avg_e8, uint64_t price_e4)
{
	struct got order = accepted(rig);
	says(rig, &(struct saying){.id = order.id,
			  .type = protocol == ORDERS_FIX44 ? 'F' : '1',
			  .status = '1',
			  .leaves = 60,
			  .last = 40,
			  .last_e8 = 16300000000});
	told(rig, 'E');
	struct got sent, got = replacement_asked(rig, &sent);
	answers(rig, &got, '1', 60, avg_e8);
	assert_int_equal(told(rig, 'U').ref, 2);
	struct ouch_out fill = told(rig, 'E');
	assert_int_equal(fill.qty, 20);
	assert_int_equal(fill.price_e4, price_e4);
	assert_int_equal(held(rig).position, 60);
}

static void what_a_replacement_executed_costs_what_its_original_did_not(void **state)
{
	what_was_executed_since_costs(*state, 16333333333, 1640000);
}

/* Venues differ in whether a bust lowers CumQty: 40 may be what broke, or 40 more.  Persons find out; nothing is booked. */
static void what_was_executed_of_an_order_that_a_bust_met_is_for_persons(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	bool is_42 = protocol == ORDERS_FIX42;
	struct saying saying = {.id = order.id,
		.type = is_42 ? '1' : 'F',
		.status = '1',
		.leaves = 60,
		.last = 40,
		.last_e8 = 16300000000};
	uint64_t exec = says(rig, &saying);
	told(rig, 'E');
	saying.type = is_42 ? '0' : 'H';
	saying.transaction = '1';
	saying.status = '0';
	saying.exec_ref = exec;
	says(rig, &saying);
	told(rig, 'B');
	assert_int_equal(held(rig).position, 0);
	struct got sent, got = replacement_asked(rig, &sent);
	answers(rig, &got, '1', 40, 16300000000);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(held(rig).position, 0);
	answers(rig, &got, '0', 0, 0);
	assert_int_equal(told(rig, 'U').ref, 2);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(held(rig).position, 0);
}

/* All of it can not have cost less than a part: then the average is all that is known. */
static void an_average_below_what_is_known_is_taken_as_it_is(void **state)
{
	what_was_executed_since_costs(*state, 10000005000, 1000000);
}

static void a_replacement_that_executed_nothing_of_its_own_only_works(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct got sent, got = replacement_asked(rig, &sent);
	says(rig, &(struct saying){.id = got.id,
			  .type = protocol == ORDERS_FIX42 ? '0' : 'I',
			  .transaction = '3',
			  .status = '0',
			  .leaves = 200,
			  .order_id = "no number"});
	told(rig, 'U');
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_head].order_reference, 0);
	assert_int_equal(held(rig).position, 0);
}

static void a_sale_is_taken_at_the_lower_price(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	order.side = 'S';
	order.price_e4 = 1640000;
	rig_send(rig, 0, &order);
	taken();
	cut(rig);
	rig_venue_up(rig);
	pass(rig, 22);
	struct got got = taken();
	assert_int_equal(got.side, '2');
	const struct got nobody = {.id = "01100000000FFF"};
	answers(rig, &nobody, '2', 100, 16400005000);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	answers(rig, &got, '1', 30, 16400005000);
	told(rig, 'A');
	assert_int_equal(told(rig, 'E').price_e4, 1640000);
	assert_int_equal(held(rig).position, -30);
}

/* A session that says goodbye asks nothing more. */
static void whoever_says_goodbye_asks_nothing_more(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	taken();
	cut(rig);
	rig_venue_up(rig);
	venue.is_deaf = true;
	session_fix_venue_end(rig->gate, &rig->gate->venues[0]);
	pass(rig, 40);
	assert_int_equal(metric(rig, METRIC_gate_status_asked), 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
}

static void a_replacement_that_is_not_leaves_its_original(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct got sent, got = replacement_asked(rig, &sent);
	answers(rig, &got, '8', 0, 0);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(held(rig).working_buy_qty, 100);
}

/* The venue has not decided: what it would replace is still the order. */
static void a_replacement_that_is_pending_stays_uncertain(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct got sent, got = replacement_asked(rig, &sent);
	answers(rig, &got, 'E', 0, 0);
	assert_int_equal(rig->clients[0].count, 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	refuses(rig, &sent, true, 2);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(held(rig).working_buy_qty, 100);
}

static void an_order_whose_replacement_is_pending_works(void **state)
{
	struct rig *rig = *state;
	struct got got = asked(rig);
	answers(rig, &got, 'E', 0, 0);
	told(rig, 'A');
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
}

static void a_venue_that_does_not_know_the_question_settles_nothing_and_is_asked_again_later(
	void **state)
{
	struct rig *rig = *state;
	asked(rig);
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)venue.config.version, FIX_MSG_BUSINESS_REJECT);
	fix_set_number(&m, FIX_REF_SEQ_NUM, venue.session.next_in - 1);
	fix_set_text(&m, FIX_REF_MSG_TYPE, "H", 1);
	fix_set_number(&m, FIX_BUSINESS_REJECT_REASON, 3);
	assert_true(fix_session_send(&venue.session, &m, KEPT_AGAIN, 0, now(rig)) > 0);
	rig_poll(rig, 1000);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	assert_int_equal(held(rig).working_buy_qty, 100);
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 0);
	pass(rig, 1000);
	assert_int_equal(venue.got_count, 0);
	for (unsigned s = 0; s < 28; s++)
		rig_poll(rig, second_ns);
	assert_int_equal(venue.got_count, 0);
	for (unsigned s = 0; s < 3; s++)
		rig_poll(rig, second_ns);
	assert_int_equal(taken().type, 'H');
}

static void many_are_asked_for_a_few_at_a_time(void **state)
{
	struct rig *rig = *state;
	for (uint32_t i = 1; i <= 25; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 -= 100 * i;
		rig_send(rig, 0, &order);
		taken();
	}
	cut(rig);
	rig_venue_up(rig);
	uint32_t most = 0, sum = 0;
	for (unsigned ms = 0; ms < 80; ms++) {
		pass(rig, 1);
		most = venue.got_count > most ? venue.got_count : most;
		sum += venue.got_count;
		venue.got_count = 0;
	}
	assert_int_equal(most, 10);
	assert_int_equal(sum, 25);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, rig_teardown),                              \
		cmocka_unit_test_setup_teardown(test, open_44, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(an_order_that_the_venue_does_not_know_never_arrived),
		OF_BOTH(an_order_that_works_is_live_with_the_venues_name),
		OF_BOTH(what_was_executed_meanwhile_counts_at_the_worse_price_until_it_is_told_whole),
		OF_BOTH(an_order_that_is_over_ends_with_what_it_executed),
		OF_BOTH(an_order_that_is_filled_is_done),
		OF_BOTH(an_order_that_is_done_for_the_day_is_over),
		OF_BOTH(an_order_that_expired_is_over),
		OF_BOTH(an_order_that_was_replaced_stays_uncertain),
		OF_BOTH(a_replacement_that_is_there_has_its_originals_place),
		OF_BOTH(what_was_executed_of_an_order_that_a_bust_met_is_for_persons),
		OF_BOTH(what_a_replacement_executed_costs_what_its_original_did_not),
		OF_BOTH(an_average_below_what_is_known_is_taken_as_it_is),
		OF_BOTH(a_replacement_that_executed_nothing_of_its_own_only_works),
		OF_BOTH(a_sale_is_taken_at_the_lower_price),
		OF_BOTH(whoever_says_goodbye_asks_nothing_more),
		OF_BOTH(a_replacement_that_is_not_leaves_its_original),
		OF_BOTH(a_replacement_that_is_pending_stays_uncertain),
		OF_BOTH(an_order_whose_replacement_is_pending_works),
		OF_BOTH(a_venue_that_does_not_know_the_question_settles_nothing_and_is_asked_again_later),
		OF_BOTH(many_are_asked_for_a_few_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
