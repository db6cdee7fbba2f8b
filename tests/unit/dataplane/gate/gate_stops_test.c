/* gate_stops_test.c - what stops the whole gate: silence, kills, latches, a venue that is slow or away.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/dataplane/gate/ready.h"

static void without_a_heartbeat_of_control_orders_are_refused_and_cancels_pass(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), late = rig_order(2), cancel = rig_cancel(1, 0);
	rig_pass_and_accept(rig, 0, &order);
	rig->is_control_silent = true;
	rig_poll(rig, rig->site.control_max_silence_ns + 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &late), LANE_CONTROL_SILENT);
	assert_int_equal(rig_pass(rig, 0, &cancel).type, 'X');
}

static void a_journal_that_does_not_keep_up_refuses(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), late = rig_order(2);
	rig->is_journal_stuck = true;
	while (rig->gate->writer.sequence - atomic_load(&rig->region->journal.durable) <=
		rig->site.journal_max_behind)
		rig_send(rig, 0, &order), order.ref++, order.price_e4 -= 100 * (order.ref % 2);
	rig->clients[0].count = rig->venue.count = 0;
	late.ref = order.ref;
	assert_int_equal(rig_refuse(rig, 0, &late), LANE_JOURNAL_BEHIND);
}

/* The last event of a lane; a mark of the site's own limits is told once on the way up. */
static uint32_t marks_of(const struct rig *rig, unsigned lane, int64_t *usage)
{
	const struct gate_page *page = &rig->region->gate;
	uint32_t count = 0;
	for (uint64_t i = 0; i < atomic_load(&page->usage_count); i++)
		if (page->usage[i].lane == lane) {
			assert_int_equal(page->usage[i].scope, SCOPE_FIRM);
			*usage = page->usage[i].usage;
			count++;
		}
	return count;
}

static const struct usage_row *site_usage(struct rig *rig, unsigned lane)
{
	struct mailbox_request request = {.kind = REQUEST_USAGE};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	for (uint32_t i = 0; i < answer->row_count; i++) {
		const struct usage_row *row = (const struct usage_row *)answer->rows[i];
		if (row->lane == lane)
			return row;
	}
	fail_msg("no usage of %s", lane_name(lane));
	return NULL;
}

static void a_control_that_falls_silent_is_told_before_it_stops_trading(void **state)
{
	struct rig *rig = *state;
	uint64_t limit_ns = rig->site.control_max_silence_ns;
	int64_t usage = 0;
	assert_int_equal(marks_of(rig, LANE_CONTROL_SILENT, &usage), 0);
	rig->is_control_silent = true;
	rig_poll(rig, limit_ns * 4 / 10);
	assert_int_equal(marks_of(rig, LANE_CONTROL_SILENT, &usage), 0);
	rig_poll(rig, limit_ns * 2 / 10);
	assert_int_equal(marks_of(rig, LANE_CONTROL_SILENT, &usage), 1);
	assert_in_range(usage, limit_ns / 2, limit_ns * 7 / 10);
	rig_poll(rig, limit_ns / 2);
	assert_in_range(marks_of(rig, LANE_CONTROL_SILENT, &usage), 2, 3);
	assert_true(site_usage(rig, LANE_CONTROL_SILENT)->peak >= usage);
	assert_int_equal(site_usage(rig, LANE_CONTROL_SILENT)->limit, limit_ns);
}

static void a_journal_that_falls_behind_is_told_before_it_stops_trading(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	int64_t usage = 0, limit = (int64_t)rig->site.journal_max_behind;
	rig->is_journal_stuck = true;
	while ((int64_t)(rig->gate->writer.sequence - atomic_load(&rig->region->journal.durable)) <
		limit * 9 / 10) {
		rig_send(rig, 0, &order);
		order.ref++;
		order.price_e4 -= 100 * (order.ref % 2);
		rig_poll(rig, 1000000);
	}
	assert_int_equal(marks_of(rig, LANE_JOURNAL_BEHIND, &usage), 2);
	assert_in_range(usage, limit * 8 / 10, limit);
	assert_int_equal(site_usage(rig, LANE_JOURNAL_BEHIND)->limit, limit);
	rig->is_journal_stuck = false;
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000);
	assert_true(site_usage(rig, LANE_JOURNAL_BEHIND)->usage < limit / 2);
	assert_true(site_usage(rig, LANE_JOURNAL_BEHIND)->peak >= limit * 8 / 10);
}

/* No record after the one that failed will ever be durable, however few they are (TSE, 2020). */
static void a_journal_that_cannot_write_refuses_the_next_order_and_cancels_pass(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), late = rig_order(2), cancel = rig_cancel(1, 0);
	struct receipt receipt;
	rig_pass_and_accept(rig, 0, &order);
	atomic_store(&rig->region->journal.failed, EFBIG);
	late.price_e4 -= 100;
	assert_int_equal(rig_refuse(rig, 0, &late), LANE_JOURNAL_BEHIND);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.usage, INT64_MAX);
	rig_poll(rig, 2000000);
	assert_int_equal(site_usage(rig, LANE_JOURNAL_BEHIND)->usage, INT64_MAX);
	assert_int_equal(rig_pass(rig, 0, &cancel).type, 'X');
}

/* The journal writes on, into its reserve: that is for the way out. */
static void a_journal_without_room_refuses_orders_trips_once_and_lets_cancels_pass(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), late = rig_order(2), cancel = rig_cancel(1, 0);
	struct ouch_in after = rig_order(3);
	rig_pass_and_accept(rig, 0, &order);
	atomic_store(&rig->region->journal.full, ENOSPC);
	late.price_e4 -= 100;
	after.price_e4 -= 200;
	assert_int_equal(rig_refuse(rig, 0, &late), LANE_JOURNAL_BEHIND);
	rig_poll(rig, 2000000);
	uint64_t written = rig->gate->writer.sequence;
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000);
	assert_int_equal(rig->gate->writer.sequence, written); /* once, not at every tick */
	assert_int_equal(atomic_load(&rig->region->gate.trip_count), 1);
	assert_int_equal(rig->region->gate.trips[0].state, STATE_REDUCE_ONLY);
	assert_string_equal(
		rig->region->gate.trips[0].reason, "disk full, the journal uses its reserve");
	assert_int_equal(rig_pass(rig, 0, &cancel).type, 'X');
	/* There is room: what a person has not released stands. */
	atomic_store(&rig->region->journal.full, 0);
	rig_poll(rig, 2000000);
	assert_int_equal(rig_refuse(rig, 0, &after), LANE_REDUCE_ONLY);
	assert_int_equal(atomic_load(&rig->region->gate.trip_count), 1);
}

static void a_kill_cancels_what_is_open_and_refuses_what_comes(void **state)
{
	struct rig *rig = *state;
	struct ouch_in orders[6], at_venue[6], cancel, late;
	for (uint32_t i = 0; i < 6; i++) {
		orders[i] = rig_order(i + 1);
		orders[i].price_e4 -= 100 * i;
		at_venue[i] = rig_pass_and_accept(rig, 0, &orders[i]);
	}
	uint64_t stamp = rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(rig_venue_got(rig, &cancel));
		assert_int_equal(cancel.type, 'X');
		assert_int_equal(cancel.ref, at_venue[i].ref);
	}
	const struct stop_result *result = &rig->region->gate.results[0];
	assert_int_equal(result->stamp, stamp);
	assert_int_equal(result->open_count, 6);
	assert_int_equal(result->cancels_sent, 6);
	assert_int_equal(result->cancels_confirmed, 0);
	assert_int_equal(result->done_ns, 0);
	for (uint32_t i = 0; i < 6; i++)
		rig_cancelled(rig, at_venue[i].ref, 100, 'U');
	assert_int_equal(result->cancels_confirmed, 6);
	assert_true(result->done_ns != 0);
	rig->clients[0].count = 0;
	late = rig_order(20);
	assert_int_equal(rig_refuse(rig, 0, &late), LANE_KILLED);
	/* The other account trades on. */
	late = rig_order(1);
	rig_pass(rig, 1, &late);
}

static void a_killed_orders_client_is_told_who_cancelled(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.code, 'S');
}

static void a_stop_between_judgement_and_the_wire_withholds(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	struct ouch_out told;
	uint8_t bytes[256];
	/* The turn begins, the order is judged, and only then the word falls: gate_commit judges, gate_flush
	   hands over. */
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &order);
	struct gate *gate = rig->gate;
	gate->is_turn_open = false;
	gate_turn(gate);
	struct top_used *top = gate_input(gate, RECORD_TOP, sizeof *top);
	top->symbol = RIG_AAPL;
	top_read(&rig->market->tops[RIG_AAPL], &top->top);
	gate_commit(gate, top);
	struct message_record *message =
		gate_input(gate, RECORD_CLIENT_IN, (uint32_t)sizeof *message + size);
	message->session = 1;
	message->size_bytes = size;
	memcpy(message + 1, bytes, size);
	gate_commit(gate, message);
	assert_non_null(fold_egress_front(gate->fold));
	stop_set(&rig->control->stops, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED, 99999, 0, "now");
	gate_flush(gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_withheld), 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

static void the_doors_board_stops_like_controls(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	stop_set(&rig->region->door_stops, SCOPE_FIRM, 0, STATE_HALTED, 5, 0, "door");
	rig_poll(rig, 1000);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_HALTED);
}

static int32_t release(struct rig *rig, enum scope scope, uint32_t id, uint64_t latch)
{
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	request.release = (struct release_record){
		.scope = (uint8_t)scope, .id = id, .latch = latch, .uid = 1, .second_uid = 2};
	return rig_ask(rig, &request)->code;
}

static void a_latch_is_released_only_by_its_number(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct mailbox_request request = {.kind = REQUEST_STOPS};
	rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED);
	rig_stop(rig, SCOPE_FIRM, 0, STATE_ACTIVE);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_KILLED);
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 1);
	uint64_t latch = ((const struct latch_row *)answer->rows[0])->latch;
	assert_int_equal(release(rig, SCOPE_FIRM, 0, latch + 1), ESTALE);
	order.ref = 2;
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_KILLED);
	assert_int_equal(release(rig, SCOPE_FIRM, 0, latch), 0);
	order.ref = 3;
	rig_pass(rig, 0, &order);
}

static void an_order_is_not_handed_to_a_venue_that_is_behind(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = rig_order(1), second = rig_order(2);
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, true);
	rig_send(rig, 0, &first);
	assert_int_equal(rig_refuse(rig, 0, &second), LANE_VENUE_SLOW);
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, false);
	rig_poll(rig, 1000);
	rig->venue.count = 0;
	struct ouch_in third = rig_order(3);
	rig_pass(rig, 0, &third);
}

static void without_a_venue_orders_are_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_venue_cut(rig);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_VENUE_DOWN);
	rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order.ref = 2;
	rig_pass(rig, 0, &order);
}

static void a_kill_works_while_the_disk_hangs(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), cancel, query = {.type = 'Q'};
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig->is_link_stuck = true;
	/* A client that talks on fills the link up to the reserve, and is let go. */
	for (uint32_t i = 0; i < 400000 && rig->clients[0].is_up; i++) {
		rig->clients[0].count = 0;
		rig_send(rig, 0, &query);
	}
	assert_false(rig->clients[0].is_up);
	assert_false(rig->clients[1].is_up);
	assert_true(metrics_get(&rig->region->metrics, METRIC_gate_journal_full) > 0);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, at_venue.ref);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(rig->region->gate.results[0].cancels_confirmed, 1);
	rig->is_link_stuck = false;
	rig_poll(rig, 1000);
	rig_client_up(rig, 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order = rig_order(1);
	rig_pass(rig, 1, &order);
}

/* Nobody can cancel any more: the gate does, for all of them, and says so last. */
static void a_journal_that_failed_and_is_full_closes_the_gate_and_cancels_what_is_open(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), other = rig_order(1), cancel, query = {.type = 'Q'};
	other.price_e4 -= 100;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in second = rig_pass_and_accept(rig, 1, &other);
	atomic_store(&rig->region->journal.failed, EIO);
	rig->is_link_stuck = true;
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &cancel)); /* while there is room it is theirs to cancel */
	for (uint32_t i = 0; i < 400000 && rig->clients[0].is_up; i++) {
		rig->clients[0].count = 0;
		rig_send(rig, 0, &query);
	}
	assert_false(rig->clients[1].is_up);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.ref, first.ref);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, second.ref);
	const struct latch_row *trip = &rig->region->gate.trips[0];
	assert_int_equal(atomic_load(&rig->region->gate.trip_count), 1);
	assert_int_equal(trip->state, STATE_KILLED);
	assert_string_equal(trip->reason, "journal full, gate closed");
	rig_cancelled(rig, first.ref, 100, 'U');
	rig_cancelled(rig, second.ref, 100, 'U');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	/* A person's kill is taken all the same. */
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_int_equal(rig->region->gate.latch_count, 2);
	rig->is_link_stuck = false;
	rig_poll(rig, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(without_a_heartbeat_of_control_orders_are_refused_and_cancels_pass),
		GATE_TEST(a_journal_that_does_not_keep_up_refuses),
		GATE_TEST(a_control_that_falls_silent_is_told_before_it_stops_trading),
		GATE_TEST(a_journal_that_falls_behind_is_told_before_it_stops_trading),
		GATE_TEST(a_journal_that_cannot_write_refuses_the_next_order_and_cancels_pass),
		GATE_TEST(a_journal_without_room_refuses_orders_trips_once_and_lets_cancels_pass),
		GATE_TEST(a_kill_cancels_what_is_open_and_refuses_what_comes),
		GATE_TEST(a_killed_orders_client_is_told_who_cancelled),
		GATE_TEST(a_stop_between_judgement_and_the_wire_withholds),
		GATE_TEST(the_doors_board_stops_like_controls),
		GATE_TEST(a_latch_is_released_only_by_its_number),
		GATE_TEST(an_order_is_not_handed_to_a_venue_that_is_behind),
		GATE_TEST(without_a_venue_orders_are_refused),
		GATE_TEST(a_kill_works_while_the_disk_hangs),
		GATE_TEST(
			a_journal_that_failed_and_is_full_closes_the_gate_and_cancels_what_is_open),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.gate_stops", tests, NULL, NULL);
}
