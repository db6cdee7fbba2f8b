/* The whole gate: client to venue and back, stops, restarts.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "tests/support/rig.h"

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

static void an_order_goes_to_the_venue_under_our_number_and_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(7);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	struct receipt receipt;
	assert_int_equal(at_venue.type, 'O');
	assert_int_equal(at_venue.qty, 100);
	assert_int_equal(at_venue.price_e4, 1630000);
	assert_int_equal(at_venue.symbol, symbol_pack("AAPL"));
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.flags & RECEIPT_PASSED, RECEIPT_PASSED);
	assert_int_equal(receipt.lane, LANE_NONE);
	assert_int_equal(receipt.account, RIG_ACCOUNT);
	assert_int_equal(receipt.venue_ref, at_venue.ref);
	assert_memory_equal(at_venue.clordid, "01100000000001", 14);
	assert_int_equal(at_venue.options.value[2], 'F' << 24 | 'I' << 16 | 'R' << 8 | 'M');
}

static void the_answer_comes_back_under_the_clients_number_and_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(7);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	rig_accept(rig, &at_venue);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'A');
	assert_int_equal(told.ref, 7);
	assert_memory_equal(told.clordid, order.clordid, 14);
	assert_false(rig_client_got(rig, 1, &told));
}

static void a_fill_turns_working_into_position(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.working_buy_qty, 100);
	assert_int_equal(row.working_buy_value_e4, 163000000);
	rig_execute(rig, &at_venue, 30, 1629900);
	row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 30);
	assert_int_equal(row.working_buy_qty, 70);
	rig_execute(rig, &at_venue, 70, 1630000);
	row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 100);
	assert_int_equal(row.working_buy_qty, 0);
	assert_int_equal(row.working_buy_value_e4, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void a_fill_above_what_was_open_still_counts(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &at_venue, 130, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 130);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 1);
}

static void a_cancel_reaches_the_venue_once_and_its_answer_releases(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 0), again;
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in cancelling = rig_pass(rig, 0, &cancel);
	assert_int_equal(cancelling.type, 'X');
	assert_int_equal(cancelling.ref, at_venue.ref);
	rig_send(rig, 0, &cancel);
	assert_false(rig_venue_got(rig, &again));
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.ref, 1);
	assert_int_equal(told.qty, 100);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

static void a_client_sees_and_cancels_only_its_own(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 0), at_venue;
	rig_pass_and_accept(rig, 0, &order);
	rig_send(rig, 1, &cancel);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_false(rig_client_got(rig, 1, &told));
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void a_replace_holds_the_larger_of_both_until_it_is_answered(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_replace(1, 2, 150, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &more);
	assert_int_equal(at_venue.type, 'U');
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	rig_accept(rig, &at_venue);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	rig->clients[0].count = 0;
	struct ouch_in less = rig_replace(2, 3, 40, 1629900);
	at_venue = rig_pass(rig, 0, &less);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	rig_accept(rig, &at_venue);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 40);
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 40ll * 1629900);
}

static void a_fill_that_crosses_a_replace_leaves_no_share_unaccounted(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), dearer = rig_replace(1, 2, 120, 1630100);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in second = rig_pass(rig, 0, &dearer);
	rig_execute(rig, &first, 60, 1630000);
	second.qty = 60; /* the venue says what is open: 120 of the chain less 60 executed */
	rig_accept(rig, &second);
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 60);
	assert_int_equal(row.working_buy_qty, 60);
	assert_int_equal(row.working_buy_value_e4, 60ll * 1630100);
	rig_execute(rig, &second, 60, 1630100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 0);
}

static void a_replace_of_an_order_that_filled_first_dies_with_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1630000);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_pass(rig, 0, &replace);
	rig_execute(rig, &first, 100, 1630000);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_unanswered), 0);
}

static void a_rejected_replace_leaves_the_original_as_it_was(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &replace);
	struct ouch_out reject = {.type = 'J', .ref = at_venue.ref, .reject_code = 0x15};
	rig_answer(rig, &reject);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	struct ouch_in again = rig_replace(1, 3, 50, 1630000);
	rig->clients[0].count = 0;
	rig_pass(rig, 0, &again);
}

static void a_number_not_above_the_last_is_ignored_without_a_word(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(5), same = rig_order(5), lower = rig_order(4), at_venue;
	struct ouch_out told;
	rig_pass_and_accept(rig, 0, &order);
	rig_send(rig, 0, &same);
	rig_send(rig, 0, &lower);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_false(rig_client_got(rig, 0, &told));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_ignored), 2);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_conservation_residue), 0);
}

static void an_account_is_named_by_firm_or_by_the_session(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in order = rig_order(1);
	order.options.present = 1u << 2 | 1u << 24;
	order.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | '8';
	order.options.value[24] = RIG_OTHER_STRATEGY;
	rig_pass(rig, 0, &order);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.account, RIG_OTHER_ACCOUNT);
	assert_int_equal(receipt.strategy, RIG_OTHER_STRATEGY);
	order = rig_order(2);
	order.options.present = 1u << 2;
	order.options.value[2] = 'N' << 24 | 'O' << 16 | 'N' << 8 | 'E';
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_UNKNOWN_ACCOUNT);
}

static void what_the_gate_cannot_judge_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in pegged = rig_order(1), cross = rig_order(2), iso = rig_order(3),
		       unknown = rig_order(4);
	pegged.options.present = 1u << 6;
	pegged.options.value[6] = 'M';
	assert_int_equal(rig_refuse(rig, 0, &pegged), LANE_NOT_SUPPORTED);
	cross.cross_type = 'O';
	assert_int_equal(rig_refuse(rig, 0, &cross), LANE_NOT_SUPPORTED);
	iso.iso = 'Y';
	assert_int_equal(rig_refuse(rig, 0, &iso), LANE_NOT_SUPPORTED);
	unknown.symbol = symbol_pack("NOPE");
	assert_int_equal(rig_refuse(rig, 0, &unknown), LANE_UNKNOWN_SYMBOL);
}

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
	stream_sim_hold(rig->gate_stream, rig->gate->venue.number, true);
	rig_send(rig, 0, &first);
	assert_int_equal(rig_refuse(rig, 0, &second), LANE_VENUE_SLOW);
	stream_sim_hold(rig->gate_stream, rig->gate->venue.number, false);
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

static void an_order_lost_with_its_connection_is_exposure_until_the_venue_speaks(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	rig->next_reference = at_venue.ref; /* the venue never read it */
	stream_shut(rig->peer_stream, rig->venue.connection, true);
	rig->venue.connection = CONNECTION_NONE;
	gate_poll(rig->gate, rig->now_ns += 1000);
	gate_poll(rig->gate, rig->now_ns += 1000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	rig_venue_up(rig);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(told.ref, 1);
}

static void an_order_the_venue_saw_before_the_loss_lives_on(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	rig_venue_cut(rig);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	rig_accept(rig, &at_venue);
	rig_execute(rig, &at_venue, 100, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 100);
}

static void a_restart_finds_everything_again_and_sends_nothing_twice(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in one = rig_order(1), two = rig_order(2), three = rig_order(3), again;
	two.price_e4 = 1629900;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &one);
	rig_execute(rig, &first, 40, 1630000);
	rig->clients[0].count = 0;
	rig_pass_and_accept(rig, 0, &two);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, STATE_HALTED);
	rig->clients[0].count = 0;
	uint32_t last_ref = first.ref;
	rig_restart(rig, true);
	assert_false(rig_venue_got(rig, &again));
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 40);
	assert_int_equal(row.working_buy_qty, 160);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_client_up(rig, 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_false(rig_venue_got(rig, &again));
	assert_false(rig_client_got(rig, 0, &told)); /* it had seen everything */
	assert_int_equal(rig_refuse(rig, 1, &one), LANE_HALTED);
	/* A retransmission of a number decided before is ignored; new numbers go on above all old ones. */
	rig_send(rig, 0, &two);
	assert_false(rig_venue_got(rig, &again));
	three.price_e4 = 1629800;
	assert_true(rig_pass(rig, 0, &three).ref > last_ref + 1);
}

static void a_client_that_comes_back_gets_what_it_missed(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	stream_shut(rig->peer_stream, rig->clients[0].connection, true);
	rig->clients[0].connection = CONNECTION_NONE;
	rig_poll(rig, 1000);
	rig_execute(rig, &at_venue, 100, 1630000);
	assert_false(rig_client_got(rig, 0, &told));
	rig_client_up(rig, 0);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'E');
	assert_int_equal(told.qty, 100);
	assert_false(rig_client_got(rig, 0, &told));
}

static void a_kill_survives_a_restart_and_goes_on_cancelling(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), cancel;
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_true(rig_venue_got(rig, &cancel));
	rig_restart(rig, true); /* the cancel may have been lost with the connection */
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, at_venue.ref);
	assert_false(rig_venue_got(rig, &cancel));
}

static void an_order_our_journal_lost_is_adopted_from_its_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_out orphan = {.type = 'A',
		.ref = 999,
		.side = 'B',
		.qty = 70,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.order_state = 'L',
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	memcpy(orphan.clordid, "0110000000BEEF", 14);
	rig_answer(rig, &orphan);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	assert_true(at_venue.ref > 999);
	assert_memory_equal(at_venue.clordid, "0110000000BEF0", 14);
}

static void tighten(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 99;
}

static void an_absurd_word_of_the_venue_stops_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_out orphan = {.type = 'A',
		.ref = 0,
		.side = 'B',
		.qty = 70,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.order_state = 'L'};
	memcpy(orphan.clordid, "0110000000BEEF", 14);
	rig_answer(rig, &orphan);
	orphan.ref = 7000;
	orphan.qty = UINT32_MAX;
	orphan.price_e4 = UINT64_MAX;
	rig_answer(rig, &orphan);
	assert_true(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4 > 0);
	struct ouch_out fill = {
		.type = 'E', .ref = 7000, .qty = UINT32_MAX, .price_e4 = UINT64_MAX};
	rig_answer(rig, &fill);
	rig_answer(rig, &fill);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, UINT32_MAX);
}

static void an_epoch_half_taken_from_a_control_that_died_does_not_block_the_next(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = &rig->control->banks[0];
	memcpy(bank, &rig->control->banks[1], sizeof *bank);
	bank->epoch = 2;
	bank->row_count = 200;
	for (uint32_t i = 5; i < 200; i++)
		bank->rows[i] = bank->rows[0];
	atomic_store(&rig->control->limits_epoch, 2);
	gate_poll(rig->gate, rig->now_ns += 1000); /* takes the first rows only */
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 1);
	struct config_error error = {{0}};
	int fd;
	struct control_region *next = region_create_control(&fd, &rig->site, &error);
	assert_non_null(next);
	memcpy(&next->banks[1], &rig->control->banks[1], sizeof next->banks[1]);
	next->banks[1].epoch = 3;
	next->banks[1].hash[0] = 99;
	atomic_store(&next->limits_epoch, 3);
	gate_attach(rig->gate, next);
	rig_poll(rig, 1000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 3);
	gate_attach(rig->gate, rig->control);
	atomic_store(&rig->control->limits_epoch, 0);
	rig_poll(rig, 1000);
	region_leave(next);
	close(fd);
}

static void limits_come_in_force_whole_and_are_named_in_the_receipt(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in order = rig_order(1);
	rig_limits(rig, tighten);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_MAX_ORDER_QUANTITY);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.epoch, 2);
	assert_int_equal(receipt.usage, 100);
	assert_int_equal(receipt.limit, 99);
	assert_int_equal(receipt.owner_scope, SCOPE_ACCOUNT);
	order.ref = 2;
	order.qty = 99;
	rig_pass(rig, 0, &order);
}

static void before_limits_are_loaded_nothing_may_trade(void **state)
{
	struct rig *rig = rig_open();
	struct ouch_in order = rig_order(1);
	(void)state;
	rig->next_reference = 1;
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_NOT_CONFIGURED);
	rig_limits(rig, NULL);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order.ref = 2;
	rig_pass(rig, 0, &order);
	rig_close(rig);
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

static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_long_position].value = 200;
}

static void a_limit_that_fills_is_told_at_each_mark(void **state)
{
	struct rig *rig = *state;
	struct gate_page *page = &rig->region->gate;
	rig_limits(rig, tight);
	rig_poll(rig, 2000000);
	uint64_t before = atomic_load(&page->usage_count);
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
	rig_poll(rig, 2000000);
	assert_true(atomic_load(&page->usage_count) > before);
	const struct usage_row *row = &page->usage[before % USAGE_EVENT_COUNT];
	assert_int_equal(row->lane, LANE_POSITION_LONG);
	assert_int_equal(row->usage, 100);
	assert_int_equal(row->limit, 200);
}

static void questions_are_answered_in_pages(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {.kind = REQUEST_ORDERS};
	for (uint32_t i = 1; i <= 70; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 -= 100 * i;
		rig_pass_and_accept(rig, 0, &order);
	}
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, MAILBOX_ROW_COUNT);
	assert_int_equal(((const struct order_row *)answer->rows[0])->order_id, 1);
	request.cursor = answer->next;
	assert_int_not_equal(request.cursor, 0);
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 6);
	assert_int_equal(answer->next, 0);
	assert_string_equal(((const struct order_row *)answer->rows[5])->state_name, "live");
	request = (struct mailbox_request){.kind = REQUEST_SESSIONS};
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 3);
	request.kind = 77;
	assert_int_equal(rig_ask(rig, &request)->code, EINVAL);
}

static void a_wrong_password_or_a_second_login_is_refused(void **state)
{
	struct rig *rig = *state;
	struct soup_login login = {.sequence = 1};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	memcpy(login.username, "USER1", 6);
	memcpy(login.password, "WRONG", 6);
	for (int i = 0; i < 2; i++) {
		uint32_t connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
		rig_poll(rig, 1000);
		stream_send(rig->peer_stream, connection, packet,
			soup_build_login_request(packet, &login));
		rig_poll(rig, 1000);
		memcpy(login.password, "PASS1", 6); /* right, but the session is up already */
	}
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_logins_refused), 2);
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
}

static void messages_cut_anywhere_mean_the_same(void **state)
{
	struct rig *rig = *state;
	stream_sim_chunk(rig->net, 1, 7);
	for (uint32_t i = 1; i <= 20; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 -= 100 * i;
		rig_pass_and_accept(rig, 0, &order);
	}
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_acked), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define GATE_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, close_rig)
		GATE_TEST(an_order_goes_to_the_venue_under_our_number_and_name),
		GATE_TEST(the_answer_comes_back_under_the_clients_number_and_name),
		GATE_TEST(a_fill_turns_working_into_position),
		GATE_TEST(a_fill_above_what_was_open_still_counts),
		GATE_TEST(a_cancel_reaches_the_venue_once_and_its_answer_releases),
		GATE_TEST(a_client_sees_and_cancels_only_its_own),
		GATE_TEST(a_replace_holds_the_larger_of_both_until_it_is_answered),
		GATE_TEST(a_fill_that_crosses_a_replace_leaves_no_share_unaccounted),
		GATE_TEST(a_replace_of_an_order_that_filled_first_dies_with_it),
		GATE_TEST(a_rejected_replace_leaves_the_original_as_it_was),
		GATE_TEST(a_number_not_above_the_last_is_ignored_without_a_word),
		GATE_TEST(an_account_is_named_by_firm_or_by_the_session),
		GATE_TEST(what_the_gate_cannot_judge_is_refused),
		GATE_TEST(without_a_heartbeat_of_control_orders_are_refused_and_cancels_pass),
		GATE_TEST(a_journal_that_does_not_keep_up_refuses),
		GATE_TEST(a_kill_cancels_what_is_open_and_refuses_what_comes),
		GATE_TEST(a_killed_orders_client_is_told_who_cancelled),
		GATE_TEST(a_stop_between_judgement_and_the_wire_withholds),
		GATE_TEST(the_doors_board_stops_like_controls),
		GATE_TEST(a_latch_is_released_only_by_its_number),
		GATE_TEST(an_order_is_not_handed_to_a_venue_that_is_behind),
		GATE_TEST(without_a_venue_orders_are_refused),
		GATE_TEST(an_order_lost_with_its_connection_is_exposure_until_the_venue_speaks),
		GATE_TEST(an_order_the_venue_saw_before_the_loss_lives_on),
		GATE_TEST(a_restart_finds_everything_again_and_sends_nothing_twice),
		GATE_TEST(a_client_that_comes_back_gets_what_it_missed),
		GATE_TEST(a_kill_survives_a_restart_and_goes_on_cancelling),
		GATE_TEST(an_order_our_journal_lost_is_adopted_from_its_name),
		GATE_TEST(an_absurd_word_of_the_venue_stops_nothing),
		GATE_TEST(an_epoch_half_taken_from_a_control_that_died_does_not_block_the_next),
		GATE_TEST(limits_come_in_force_whole_and_are_named_in_the_receipt),
		cmocka_unit_test(before_limits_are_loaded_nothing_may_trade),
		GATE_TEST(a_kill_works_while_the_disk_hangs),
		GATE_TEST(a_limit_that_fills_is_told_at_each_mark),
		GATE_TEST(questions_are_answered_in_pages),
		GATE_TEST(a_wrong_password_or_a_second_login_is_refused),
		GATE_TEST(messages_cut_anywhere_mean_the_same),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.gate", tests, NULL, NULL);
}
