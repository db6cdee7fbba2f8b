/* What becomes of orders whose client is gone or silent, and what a session may not see or do of another's.  Each test
   ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static const uint64_t second_ns = 1000000000ull;

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig->site.sessions[0].cancel_on_disconnect = 1;
	rig->site.sessions[1].dead_man_ns = 5 * second_ns;
	rig->site.sessions[1].strategy_count = 1;
	rig->site.sessions[1].strategies[0] = RIG_OTHER_STRATEGY;
	rig_restart(rig, false);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static void leave(struct rig *rig, uint32_t client, bool reset)
{
	stream_shut(rig->peer_stream, rig->clients[client].connection, reset);
	rig->clients[client].is_up = false;
	rig_poll(rig, 1000);
}

static void beat(struct rig *rig, uint32_t client)
{
	rig_put(rig, &rig->clients[client], SOUP_CLIENT_HEARTBEAT, NULL, 0);
	rig_poll(rig, 1000);
}

static uint32_t cancels_at_venue(struct rig *rig)
{
	struct ouch_in at_venue;
	uint32_t count = 0;
	while (rig_venue_got(rig, &at_venue))
		count += at_venue.type == 'X' && at_venue.qty == 0;
	return count;
}

static uint32_t cancels_by(const struct rig *rig, enum cancel_cause cause)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		const struct cancel_record *cancel = record_body(record);
		count += record->type == RECORD_CANCEL && cancel->cause == cause;
		at += record->size_bytes;
	}
	return count;
}

static void rest(struct rig *rig, uint32_t client, uint32_t first, uint32_t count)
{
	for (uint32_t ref = first; ref < first + count; ref++) {
		struct ouch_in order = rig_order(ref);
		order.price_e4 -= 100 * ref;
		rig_pass_and_accept(rig, client, &order);
	}
}

static void a_client_that_is_gone_leaves_nothing_open(void **state)
{
	struct rig *rig = *state;
	rest(rig, 0, 1, 10);
	rest(rig, 1, 1, 2);
	leave(rig, 0, true);
	rig_poll(rig, second_ns / 1000);
	assert_int_equal(
		cancels_at_venue(rig), 10); /* more than a turn may, and none of the other's */
	assert_int_equal(cancels_by(rig, CANCEL_BY_DISCONNECT), 10);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_left), 10);
}

static void a_logout_is_leaving_too(void **state)
{
	struct rig *rig = *state;
	rest(rig, 0, 1, 1);
	rig_put(rig, &rig->clients[0], SOUP_LOGOUT, NULL, 0);
	rig_poll(rig, 1000);
	assert_int_equal(cancels_at_venue(rig), 1);
}

static void silence_to_the_end_of_the_session_is_leaving_too(void **state)
{
	struct rig *rig = *state;
	rest(rig, 0, 1, 1);
	for (uint32_t i = 0; i < 16; i++) {
		rig_put(rig, &rig->venue, SOUP_SERVER_HEARTBEAT, NULL, 0);
		rig_poll(rig, second_ns);
	}
	assert_null(rig->gate->by_session[1]);
	assert_int_equal(cancels_at_venue(rig), 1);
}

static void coming_back_stops_no_cancel_and_what_comes_then_stays(void **state)
{
	struct rig *rig = *state;
	struct ouch_in again = rig_order(11);
	rest(rig, 0, 1, 10);
	rig_venue_cut(rig); /* so that no cancel can go yet */
	leave(rig, 0, true);
	rig_client_up(rig, 0);
	assert_int_equal(cancels_at_venue(rig), 0);
	rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(cancels_at_venue(rig), 10);
	again.price_e4 -= 5000;
	rig_pass(rig, 0, &again);
	rig_poll(rig, second_ns);
	assert_int_equal(cancels_at_venue(rig), 0);
}

static void a_session_that_does_not_ask_for_it_keeps_its_orders(void **state)
{
	struct rig *rig = *state;
	rest(rig, 1, 1, 3);
	leave(rig, 1, false);
	rig_poll(rig, second_ns);
	assert_int_equal(cancels_at_venue(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 3);
}

static void a_gate_that_died_with_its_clients_has_lost_them(void **state)
{
	struct rig *rig = *state;
	rest(rig, 0, 1, 2);
	rest(rig, 1, 1, 2);
	rig_restart(rig, true);
	assert_int_equal(cancels_at_venue(rig), 0);
	rig_venue_up(rig);
	assert_int_equal(cancels_at_venue(rig), 2);
}

static void a_silent_client_loses_its_orders_before_its_session(void **state)
{
	struct rig *rig = *state;
	rest(rig, 1, 1, 3);
	rig_poll(rig, 4 * second_ns);
	assert_int_equal(cancels_at_venue(rig), 0);
	rig_poll(rig, second_ns);
	rig_poll(rig, second_ns);
	assert_int_equal(cancels_at_venue(rig), 3);
	assert_int_equal(cancels_by(rig, CANCEL_BY_DEAD_MAN), 3);
	assert_non_null(rig->gate->by_session[2]);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_dead_man), 3);
}

static void a_heartbeat_keeps_the_dead_man_away_and_arms_it_again(void **state)
{
	struct rig *rig = *state;
	rest(rig, 1, 1, 1);
	for (uint32_t i = 0; i < 4; i++) {
		rig_poll(rig, 2 * second_ns);
		beat(rig, 1);
	}
	assert_int_equal(cancels_at_venue(rig), 0);
	rig_poll(rig, 6 * second_ns);
	rig_poll(rig, 1000);
	assert_int_equal(cancels_at_venue(rig), 1);
	beat(rig, 1);
	if (!rig->gate->fold->venues[0].is_ready)
		rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig->clients[1].count = 0;
	cancels_at_venue(rig);
	rest(rig, 1, 2, 1);
	rig_poll(rig, 4 * second_ns);
	assert_int_equal(cancels_at_venue(rig), 0); /* what came after is not concerned */
	rig_poll(rig, 2 * second_ns);
	rig_poll(rig, 1000);
	assert_int_equal(cancels_at_venue(rig), 1);
}

static void a_strategy_that_the_session_may_not_use_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	order.options.present = 1u << 2 | 1u << 24;
	order.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | '7';
	order.options.value[24] = RIG_STRATEGY; /* of account 17, for which it may speak */
	assert_int_equal(rig_refuse(rig, 1, &order), LANE_UNKNOWN_STRATEGY);
	rig_pass(rig, 0, &order);
}

/* Every word of the venue about the first client's orders, and the second hears none. */
static void no_word_about_anothers_order_is_told(void **state)
{
	struct rig *rig = *state;
	static const uint8_t types[] = {'A', 'E', 'C', 'D', 'J', 'I', 'P', 'T', 'M', 'R', 'B'};
	struct ouch_out told;
	for (uint32_t i = 0; i < ARRAY_COUNT(types); i++) {
		struct ouch_in order = rig_order(i + 1);
		order.price_e4 -= 100 * i;
		struct ouch_in at_venue = rig_pass(rig, 0, &order);
		struct ouch_out out = rig_accepted(&at_venue);
		rig_answer(rig, &out);
		out.type = types[i];
		out.qty = 10;
		out.match = 900 + i;
		rig_answer(rig, &out);
		assert_false(rig_client_got(rig, 1, &told));
	}
	struct ouch_in replace = rig_replace(1, 50, 120, 1629900);
	rig_send(rig, 0, &replace);
	assert_false(rig_client_got(rig, 1, &told));
}

/* Guessed numbers: what it is answered says nothing of the other's orders, and they stay. */
static void guessed_numbers_of_another_reach_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	struct ouch_out told;
	rest(rig, 0, 1, 5);
	for (uint32_t ref = 1; ref <= 5; ref++) {
		struct ouch_in cancel = rig_cancel(ref, 0), modify = rig_cancel(ref, 10),
			       replace = rig_replace(ref, 100 + ref, 10, 1620000);
		modify.type = 'M';
		modify.side = 'S';
		rig_send(rig, 1, &cancel);
		rig_send(rig, 1, &modify);
		rig_send(rig, 1, &replace);
	}
	while (rig_client_got(rig, 1, &told)) {
		assert_true(told.type == 'I' || told.type == 'J');
		assert_int_equal(told.order_reference, 0);
		assert_int_equal(told.symbol, 0);
	}
	assert_false(rig_venue_got(rig, &at_venue));
	assert_int_equal(rig->gate->fold->orders.open_count, 5);
}

static void a_replay_from_a_guessed_number_is_ones_own(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	rest(rig, 0, 1, 5);
	rest(rig, 1, 1, 1);
	leave(rig, 1, true);
	rig->clients[1].sequence = 0;
	rig->clients[1].count = 0;
	rig_client_up(rig, 1);
	assert_true(rig_client_got(rig, 1, &told));
	assert_int_equal(told.type, 'A');
	assert_int_equal(told.ref, 1);
	assert_false(rig_client_got(rig, 1, &told)); /* five were the other's */
}

static void the_days_events_are_everybodys(void **state)
{
	struct rig *rig = *state;
	struct ouch_out event = {.type = 'S', .code = 'S'}, told;
	rig_answer(rig, &event);
	for (uint32_t client = 0; client < 2; client++) {
		assert_true(rig_client_got(rig, client, &told));
		assert_int_equal(told.type, 'S');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define LEFT_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		LEFT_TEST(a_client_that_is_gone_leaves_nothing_open),
		LEFT_TEST(a_logout_is_leaving_too),
		LEFT_TEST(silence_to_the_end_of_the_session_is_leaving_too),
		LEFT_TEST(coming_back_stops_no_cancel_and_what_comes_then_stays),
		LEFT_TEST(a_session_that_does_not_ask_for_it_keeps_its_orders),
		LEFT_TEST(a_gate_that_died_with_its_clients_has_lost_them),
		LEFT_TEST(a_silent_client_loses_its_orders_before_its_session),
		LEFT_TEST(a_heartbeat_keeps_the_dead_man_away_and_arms_it_again),
		LEFT_TEST(a_strategy_that_the_session_may_not_use_is_refused),
		LEFT_TEST(no_word_about_anothers_order_is_told),
		LEFT_TEST(guessed_numbers_of_another_reach_nothing),
		LEFT_TEST(a_replay_from_a_guessed_number_is_ones_own),
		LEFT_TEST(the_days_events_are_everybodys),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.client_left", tests, NULL, NULL);
}
