/* The venue's drop copy against the order session.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/support/copy_rig.h"

static const uint64_t second_ns = 1000000000ull;
static const uint64_t limit_ns = 5000000000ull;

static int open_alerting(void **state)
{
	*state = copy_rig_open(DROP_ALERTS);
	return 0;
}

static int open_reducing(void **state)
{
	*state = copy_rig_open(DROP_REDUCES);
	return 0;
}

static int close_copy(void **state)
{
	copy_rig_close(*state);
	return 0;
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static int64_t position(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position;
}

static struct ouch_out executed(uint32_t ref, uint32_t qty, uint64_t match)
{
	return (struct ouch_out){.type = 'E',
		.code = 'A',
		.ref = ref,
		.qty = qty,
		.match = match,
		.price_e4 = 1630000};
}

static struct ouch_out cancelled(uint32_t ref, uint32_t qty)
{
	return (struct ouch_out){.type = 'C', .code = 'U', .ref = ref, .qty = qty};
}

/* Both tell that an order was accepted. */
static struct ouch_in both_accept(struct copy_rig *copy, uint32_t client_ref)
{
	struct ouch_in order = rig_order(client_ref);
	struct ouch_in sent = rig_pass_and_accept(copy->rig, 0, &order);
	struct ouch_out word = copy->rig->told[copy->rig->venue.sequence - 1];
	copy_rig_say(copy, &word);
	assert_int_equal(copy->rig->gate->fold->breaks.count, 0);
	return sent;
}

static uint8_t told(struct rig *rig)
{
	struct ouch_out out;
	return rig_client_got(rig, 0, &out) ? out.type : 0;
}

static struct mismatch_row only_break(struct rig *rig)
{
	struct mailbox_request request = {.kind = REQUEST_BREAKS};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	struct mismatch_row row;
	assert_int_equal(answer->row_count, 1);
	memcpy(&row, answer->rows[0], sizeof row);
	return row;
}

static void pass(struct copy_rig *copy, uint64_t ns)
{
	for (; ns > second_ns; ns -= second_ns)
		rig_poll(copy->rig, second_ns);
	rig_poll(copy->rig, ns);
}

static void what_both_tell_leaves_nothing(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), rest = cancelled(sent.ref, 60);
	/* Either may be first. */
	rig_answer(rig, &fill);
	copy_rig_say(copy, &fill);
	copy_rig_say(copy, &rest);
	assert_int_equal(rig->gate->fold->breaks.count, 1);
	rig_answer(rig, &rest);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 3);
	assert_int_equal(metric(rig, METRIC_gate_copy_applied), 0);
	assert_int_equal(position(rig), 40);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(told(rig), 'C');
	assert_int_equal(told(rig), 0);
}

static void an_operator_sees_the_session_and_its_number(void **state)
{
	struct copy_rig *copy = *state;
	struct ouch_in order = rig_order(7);
	struct ouch_in sent = rig_pass_and_accept(copy->rig, 0, &order);
	const struct ouch_out told = {.type = 'C', .ref = sent.ref, .qty = 100, .code = 'U'};
	copy_rig_say(copy, &told);
	struct session_row row = rig_session(copy->rig, COPY_RIG_SESSION);
	assert_int_equal(row.peer, SESSION_PEER_COPY);
	assert_string_equal(row.name, copy->rig->site.venues[0].name);
	assert_int_equal(row.is_up, 1);
	assert_int_equal(row.sequence_in, 1);
	assert_int_equal(row.messages_in, 1);
	copy_rig_cut(copy);
	assert_int_equal(rig_session(copy->rig, COPY_RIG_SESSION).is_up, 0);
}

static void ours_alone_is_a_break_at_the_limit_and_not_before(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501);
	rig_answer(rig, &fill);
	pass(copy, 4 * second_ns);
	const struct break_row *row =
		&rig->gate->fold->breaks.rows[rig->gate->fold->breaks.heads[0]];
	uint64_t due_ns = row->first_ns + limit_ns - rig->gate->time_offset_ns;
	rig_poll(rig, due_ns - 1 - rig->now_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_waiting), 1);
	rig_poll(rig, 1);
	rig_poll(rig, 1000000); /* timers are looked at each millisecond */
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	struct mismatch_row shown = only_break(rig);
	assert_int_equal(shown.is_alarmed, 1);
	assert_int_equal(shown.account, RIG_ACCOUNT);
	assert_int_equal(shown.session, 1);
	assert_int_equal(shown.match, 501);
	assert_int_equal(shown.count[0], 1);
	assert_int_equal(shown.count[1], 0);
	assert_true(shown.age_ns >= limit_ns);
	copy_rig_say(copy, &fill);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_alarms), 1);
}

static void a_fill_that_only_the_copy_tells_counts_at_the_limit_and_once(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501);
	copy_rig_say(copy, &fill);
	pass(copy, 4 * second_ns);
	assert_int_equal(position(rig), 0); /* the order's reservation holds for it */
	assert_int_equal(told(rig), 0);
	pass(copy, 2 * second_ns);
	assert_int_equal(position(rig), 40);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(metric(rig, METRIC_gate_copy_applied), 1);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	rig_answer(rig, &fill);
	assert_int_equal(position(rig), 40);
	assert_int_equal(told(rig), 0);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 0);
	/* And a third time it is the venue that repeats itself. */
	rig_answer(rig, &fill);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 1);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(position(rig), 40);
}

static void another_quantity_price_or_side_is_a_break_that_stays(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), other = executed(sent.ref, 30, 501);
	rig_answer(rig, &fill);
	copy_rig_say(copy, &other);
	pass(copy, 6 * second_ns);
	struct mismatch_row row = only_break(rig);
	assert_int_equal(row.is_alarmed, 1);
	assert_int_equal(row.qty[0], 40);
	assert_int_equal(row.qty[1], 30);
	assert_int_equal(position(rig), 40); /* what counted first stays */
	struct ouch_out dearer = executed(sent.ref, 10, 502);
	rig_answer(rig, &dearer);
	dearer.price_e4 = 1640000;
	copy_rig_say(copy, &dearer);
	struct ouch_in order = rig_order(2);
	struct ouch_in second = rig_pass(rig, 0, &order);
	rig_accept(rig, &second);
	struct ouch_out word = rig->told[rig->venue.sequence - 1];
	word.side = 'S';
	copy_rig_say(copy, &word);
	pass(copy, 6 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 3);
	assert_int_equal(metric(rig, METRIC_gate_copy_applied), 0);
	assert_int_equal(position(rig), 50);
}

static int32_t acknowledge(struct rig *rig, uint64_t number)
{
	struct mailbox_request request = {.kind = REQUEST_ACKNOWLEDGE,
		.release = {.latch = number, .uid = 1000, .reason = "their error"}};
	return rig_ask(rig, &request)->code;
}

static void a_break_that_a_person_has_seen_is_no_alarm_and_stays_in_sight(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), more = executed(sent.ref, 40, 501);
	rig_answer(rig, &fill);
	uint64_t number = rig->gate->fold->breaks.rows[rig->gate->fold->breaks.heads[0]].number;
	assert_int_equal(acknowledge(rig, number), ESTALE);
	pass(copy, 6 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	assert_int_equal(acknowledge(rig, number + 1), ENOENT);
	assert_int_equal(acknowledge(rig, number), 0);
	assert_int_equal(acknowledge(rig, number), EALREADY);
	rig_poll(rig, 2000000);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_waiting), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_acknowledged), 1);
	assert_int_equal(atomic_load(&rig->region->gate.venue_breaks[0]), 0);
	struct mismatch_row shown = only_break(rig);
	assert_int_equal(shown.number, number);
	assert_int_equal(shown.is_acknowledged, 1);
	assert_int_equal(shown.acknowledged_uid, 1000);
	assert_string_equal(shown.seen_reason, "their error");
	/* Another word of it, and still not the same: an alarm again. */
	more.qty = 30;
	copy_rig_say(copy, &more);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	assert_int_equal(metric(rig, METRIC_gate_copy_acknowledged), 0);
	rig_restart(rig, true);
	assert_int_equal(only_break(rig).is_acknowledged, 0);
}

static void an_uncertain_order_is_resolved_by_the_copy(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass(rig, 0, &order);
	rig_venue_cut(rig);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 1);
	struct ouch_out accepted = rig_accepted(&sent), fill = executed(sent.ref, 40, 501),
			rest = cancelled(sent.ref, 60);
	copy_rig_say(copy, &accepted);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(told(rig), 'A');
	copy_rig_say(copy, &fill);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(position(rig), 40);
	copy_rig_say(copy, &rest);
	assert_int_equal(told(rig), 'C');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_applied), 3);
	/* The order session tells it all again, once it is back: nobody is told twice, nothing counts twice. */
	rig_answer(rig, &accepted);
	rig_answer(rig, &fill);
	rig_answer(rig, &rest);
	rig_venue_up(rig);
	assert_int_equal(told(rig), 0);
	assert_int_equal(position(rig), 40);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(metric(rig, METRIC_gate_venue_unknown), 0);
}

static void what_waited_counts_when_the_order_session_is_lost(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), some = cancelled(sent.ref, 10),
			more = cancelled(sent.ref, 20);
	copy_rig_say(copy, &fill);
	copy_rig_say(copy, &some);
	copy_rig_say(copy, &more);
	assert_int_equal(position(rig), 0);
	rig_venue_cut(rig);
	assert_int_equal(position(rig), 40);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(told(rig), 'C');
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 30);
	rig_answer(rig, &fill);
	rig_answer(rig, &some);
	rig_answer(rig, &more);
	rig_venue_up(rig);
	assert_int_equal(told(rig), 0);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 30);
}

/* The copy forgot the Accepted and ended the order: its session tells both once it is back. */
static void what_the_copy_ended_is_not_brought_back_by_a_late_accepted(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass(rig, 0, &order);
	struct ouch_out accepted = rig_accepted(&sent), fill = executed(sent.ref, 100, 501);
	rig_venue_cut(rig);
	copy_rig_say(copy, &fill);
	assert_int_equal(position(rig), 100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	rig_answer(rig, &accepted);
	rig_answer(rig, &fill);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(position(rig), 100);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 0);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(told(rig), 0);
	/* What the copy forgot is all that is left. */
	assert_int_equal(rig->gate->fold->breaks.count, 1);
	assert_int_equal(only_break(rig).type, 'A');
}

static void what_the_copy_ended_is_not_brought_back_by_a_late_replaced(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	both_accept(copy, 1);
	struct ouch_in more = rig_replace(1, 2, 150, 1630000);
	struct ouch_in sent = rig_pass(rig, 0, &more);
	struct ouch_out replaced = rig_accepted(&sent), fill = executed(sent.ref, 150, 501);
	rig_venue_cut(rig);
	copy_rig_say(copy, &fill);
	assert_int_equal(told(rig), 'E');
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	rig_answer(rig, &replaced);
	rig_answer(rig, &fill);
	rig_venue_up(rig);
	/* The client hears that what it replaced is gone. */
	struct ouch_out gone;
	assert_true(rig_client_got(rig, 0, &gone));
	assert_int_equal(gone.type, 'C');
	assert_int_equal(gone.ref, 1);
	assert_int_equal(gone.qty, 100);
	assert_int_equal(told(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(position(rig), 150);
}

/* Of two cancels the copy told one: together they take off no more than the session says. */
static void cancels_of_which_the_copy_forgot_one_take_off_what_the_session_says(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out some = cancelled(sent.ref, 10), more = cancelled(sent.ref, 20), out;
	rig_venue_cut(rig);
	copy_rig_say(copy, &more);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 80);
	rig_answer(rig, &some);
	rig_answer(rig, &more);
	rig_venue_up(rig);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.qty, 20);
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.qty, 10);
	assert_int_equal(told(rig), 0);
	/* The copy remembers: both have told the same. */
	copy_rig_say(copy, &some);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
}

/* A row that is a break is not looked at again: what the copy adds to it counts at once. */
static void a_second_cancel_counts_at_once_where_the_first_is_a_break(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out some = cancelled(sent.ref, 10), more = cancelled(sent.ref, 20);
	copy_rig_say(copy, &some);
	pass(copy, 6 * second_ns);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 90);
	copy_rig_say(copy, &more);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
	assert_int_equal(told(rig), 'C');
	assert_int_equal(told(rig), 'C');
	rig_answer(rig, &some);
	rig_answer(rig, &more);
	assert_int_equal(told(rig), 0);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
}

static void a_cancel_that_only_the_session_told_is_part_of_what_the_copy_tells(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out some = cancelled(sent.ref, 10), more = cancelled(sent.ref, 20),
			last = cancelled(sent.ref, 5);
	rig_answer(rig, &some);
	rig_venue_cut(rig);
	copy_rig_say(copy, &more);
	copy_rig_say(copy, &last);
	/* Perhaps these 25 are the ten and more: what both bear out is gone. */
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 75);
	rig_answer(rig, &more);
	rig_answer(rig, &last);
	rig_venue_up(rig);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 65);
	assert_int_equal(only_break(rig).qty[0], 35);
	assert_int_equal(only_break(rig).qty[1], 25);
}

static void a_late_fill_of_a_finished_order_counts_at_once(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out gone = cancelled(sent.ref, 100), fill = executed(sent.ref, 40, 501);
	rig_answer(rig, &gone);
	copy_rig_say(copy, &gone);
	copy_rig_say(copy, &fill);
	assert_int_equal(position(rig), 40);
	rig_answer(rig, &fill);
	assert_int_equal(position(rig), 40);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
}

static void a_fill_of_nobody_halts_the_venue_at_the_limit(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_out fill = executed(77777, 40, 501);
	copy_rig_say(copy, &fill);
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 0);
	pass(copy, 6 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 1);
	struct mismatch_row row = only_break(rig);
	assert_int_equal(row.order_id, 0);
	assert_int_equal(row.account, 0);
	assert_int_equal(rig->gate->fold->latches.stopped_count, 1);
}

static void while_the_copy_is_away_nothing_is_a_break(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501);
	copy_rig_cut(copy);
	rig_poll(rig, second_ns);
	assert_int_equal(atomic_load(&rig->region->gate.venue_copy_up_mask), 0);
	rig_answer(rig, &fill);
	pass(copy, 10 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	copy_rig_up(copy);
	pass(copy, second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	pass(copy, 5 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	copy_rig_say(copy, &fill);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
}

static void a_restart_goes_on_at_the_next_number(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), more = executed(sent.ref, 10, 502);
	rig_answer(rig, &fill);
	copy_rig_say(copy, &fill);
	rig_answer(rig, &more);
	copy->connection = CONNECTION_NONE;
	copy->is_up = false;
	rig_restart(rig, false);
	copy_rig_say(copy, &more); /* told while nobody listened */
	rig_venue_up(rig);
	copy_rig_up(copy);
	rig_poll(rig, second_ns);
	assert_int_equal(copy->asked, 3);
	assert_int_equal(rig->gate->fold->breaks.count, 0);
	assert_int_equal(position(rig), 50);
	/* Another day of the copy begins at 1. */
	copy_rig_cut(copy);
	copy->session = "COPY2";
	copy->count = 0;
	copy_rig_up(copy);
	assert_int_equal(copy->asked, 1);
}

static void a_break_may_leave_the_venue_to_reducing_orders(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	struct ouch_in sent = both_accept(copy, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501);
	rig_answer(rig, &fill);
	assert_int_equal(told(rig), 'E');
	pass(copy, 6 * second_ns);
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in more = rig_order(2);
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_REDUCE_ONLY);
}

static void a_word_beyond_the_tables_room_is_counted_as_lost(void **state)
{
	struct copy_rig *copy = *state;
	for (uint32_t match = 1; match <= BREAK_COUNT_MAX; match++) {
		struct ouch_out word = executed(900000, 1, match);
		copy_rig_say(copy, &word);
	}
	assert_int_equal(metric(copy->rig, METRIC_gate_copy_waiting), BREAK_COUNT_MAX);
	assert_int_equal(metric(copy->rig, METRIC_gate_copy_lost), 0);
	struct ouch_out beyond = executed(900000, 1, BREAK_COUNT_MAX + 1);
	copy_rig_say(copy, &beyond);
	assert_int_equal(metric(copy->rig, METRIC_gate_copy_waiting), BREAK_COUNT_MAX);
	assert_int_equal(metric(copy->rig, METRIC_gate_copy_lost), 1);
}

int main(void)
{
#define ALERTING(test) cmocka_unit_test_setup_teardown(test, open_alerting, close_copy)
	const struct CMUnitTest tests[] = {
		ALERTING(what_both_tell_leaves_nothing),
		ALERTING(an_operator_sees_the_session_and_its_number),
		ALERTING(ours_alone_is_a_break_at_the_limit_and_not_before),
		ALERTING(a_fill_that_only_the_copy_tells_counts_at_the_limit_and_once),
		ALERTING(another_quantity_price_or_side_is_a_break_that_stays),
		ALERTING(an_uncertain_order_is_resolved_by_the_copy),
		ALERTING(a_break_that_a_person_has_seen_is_no_alarm_and_stays_in_sight),
		ALERTING(what_waited_counts_when_the_order_session_is_lost),
		ALERTING(what_the_copy_ended_is_not_brought_back_by_a_late_accepted),
		ALERTING(what_the_copy_ended_is_not_brought_back_by_a_late_replaced),
		ALERTING(cancels_of_which_the_copy_forgot_one_take_off_what_the_session_says),
		ALERTING(a_second_cancel_counts_at_once_where_the_first_is_a_break),
		ALERTING(a_cancel_that_only_the_session_told_is_part_of_what_the_copy_tells),
		ALERTING(a_late_fill_of_a_finished_order_counts_at_once),
		ALERTING(a_fill_of_nobody_halts_the_venue_at_the_limit),
		ALERTING(while_the_copy_is_away_nothing_is_a_break),
		ALERTING(a_restart_goes_on_at_the_next_number),
		ALERTING(a_word_beyond_the_tables_room_is_counted_as_lost),
		cmocka_unit_test_setup_teardown(
			a_break_may_leave_the_venue_to_reducing_orders, open_reducing, close_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
