/* Two persons say what became of an uncertain order, and the venue is heard later.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/fold/resolve.h"
#include "dataplane/gate/roll.h"
#include "tests/support/rig.h"

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static int64_t position(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position;
}

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

static struct ouch_out told(struct rig *rig, uint8_t type)
{
	struct ouch_out out = {.type = 0};
	rig_client_got(rig, 0, &out);
	assert_int_equal(out.type, type);
	return out;
}

/* An order of 100 that the venue is lost with. */
static struct ouch_in lost(struct rig *rig, uint32_t client_ref)
{
	struct ouch_in order = rig_order(client_ref);
	order.price_e4 -= 100 * client_ref;
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	rig_venue_cut(rig);
	return at_venue;
}

/* As control asks it: of the order that it found uncertain. */
static int32_t resolve(
	struct rig *rig, uint32_t venue_ref, enum resolve_as as, uint32_t qty, int64_t price_e4)
{
	uint32_t slot = order_table_find_venue(&rig->gate->fold->orders, 0, venue_ref);
	struct mailbox_request request = {.kind = REQUEST_RESOLVE,
		.resolve = {
			.order_id = slot == ORDER_NONE ? 1 : rig->gate->fold->orders.slots[slot].id,
			.venue_ref = venue_ref,
			.as = (uint8_t)as,
			.qty = qty,
			.price_e4 = price_e4,
			.uid = 1000,
			.second_uid = 1001,
			.reason = "by telephone"}};
	return rig_ask(rig, &request)->code;
}

static struct ouch_out executed(const struct ouch_in *order, uint32_t qty, int64_t price_e4)
{
	return (struct ouch_out){.type = 'E',
		.code = 'A',
		.ref = order->ref,
		.qty = qty,
		.match = 500 + qty,
		.price_e4 = (uint64_t)price_e4};
}

static enum trading_state venue_state(const struct rig *rig)
{
	return (enum trading_state)rig->gate->fold->latches.states[stop_index(SCOPE_VENUE, 0)];
}

static void nobody_denies(const struct rig *rig)
{
	assert_int_equal(metric(rig, METRIC_gate_resolved_denied), 0);
	assert_int_equal(venue_state(rig), STATE_ACTIVE);
}

static void denied(const struct rig *rig, uint64_t count)
{
	assert_int_equal(metric(rig, METRIC_gate_resolved_denied), count);
	assert_int_equal(venue_state(rig), STATE_REDUCE_ONLY);
}

static void an_order_said_to_be_cancelled_gives_back_what_it_held(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	assert_int_equal(working(rig), 100);
	assert_int_equal(resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(working(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(metric(rig, METRIC_gate_resolved), 1);
	struct ouch_out out = told(rig, 'C');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.qty, 100);
	assert_int_equal(out.code, 'S');
	/* The venue never saw it: that is what they said. */
	rig->venue_is_mute = true;
	rig_venue_up(rig);
	nobody_denies(rig);
	assert_int_equal(working(rig), 0);
}

static void what_the_venue_tells_the_same_is_silent(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0);
	rig_accept(rig, &order);
	rig_cancelled(rig, order.ref, 100, 'U');
	rig_venue_up(rig);
	nobody_denies(rig);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	told(rig, 'C');
	told(rig, 'A');
	told(rig, 'C');
}

static void an_order_that_lives_all_the_same_is_exposure_again_and_cancelled(void **state)
{
	struct rig *rig = *state;
	struct ouch_out out;
	struct ouch_in order = lost(rig, 1), cancel;
	resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0);
	told(rig, 'C');
	rig_accept(rig, &order);
	rig_venue_up(rig);
	assert_int_equal(working(rig), 100);
	assert_int_equal(told(rig, 'A').ref, 1); /* its client's again */
	denied(rig, 1);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, order.ref);
	assert_int_equal(rig->gate->fold->clients[1].orders_open, 1);
	assert_int_equal(rig->gate->fold->clients[0].orders_open, 0);
	rig_execute(rig, &order, 30, order.price_e4);
	rig_cancelled(rig, order.ref, 70, 'U');
	assert_int_equal(rig->gate->fold->clients[1].orders_open, 0);
	assert_int_equal(position(rig), 30);
	assert_int_equal(working(rig), 0);
	assert_int_equal(told(rig, 'E').qty, 30);
	told(rig, 'C');
	assert_false(rig_client_got(rig, 0, &out));
	denied(rig, 1);
}

static void a_trip_names_the_order_that_the_venue_denies(void **state)
{
	struct rig *rig = *state;
	for (uint32_t ref = 1; ref < 10; ref++) {
		struct ouch_in before = rig_order(ref);
		before.price_e4 -= 100 * ref;
		struct ouch_in sent = rig_pass_and_accept(rig, 0, &before);
		rig_cancelled(rig, sent.ref, 100, 'U');
		told(rig, 'C');
	}
	struct ouch_in order = lost(rig, 10);
	resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0);
	rig_accept(rig, &order);
	rig_venue_up(rig);
	const struct latch_row *trip = &rig->region->gate.trips[0];
	assert_string_equal(trip->reason, "venue denies persons on order 10");
	assert_int_equal(trip->scope, SCOPE_VENUE);
}

/* What FIX tells of an order that is over. */
static void stands(const struct rig *rig, uint32_t venue_ref, uint32_t qty, int64_t value_e4)
{
	const struct fill *past = fills_past(&rig->gate->fold->fills, 0, venue_ref);
	assert_non_null(past);
	assert_int_equal(past->qty, qty);
	assert_int_equal(past->value_e4, value_e4);
}

static void what_was_said_to_be_filled_is_held_and_the_rest_given_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	assert_int_equal(resolve(rig, order.ref, RESOLVE_FILLED, 60, 1625000), 0);
	assert_int_equal(position(rig), 60);
	assert_int_equal(working(rig), 0);
	struct ouch_out out = told(rig, 'E');
	assert_int_equal(out.qty, 60);
	assert_int_equal(out.price_e4, 1625000);
	assert_int_equal(told(rig, 'C').qty, 40);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	stands(rig, order.ref, 60, 60 * 1625000);
}

/* resolve (1) */
static void each_share_that_the_venue_tells_takes_the_place_of_one_that_was_said(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 100, 1625000);
	told(rig, 'E');
	struct ouch_out first = executed(&order, 60, 1625000), rest = executed(&order, 40, 1625000);
	rig_accept(rig, &order);
	rig_answer(rig, &first);
	rig_answer(rig, &rest);
	rig_venue_up(rig);
	assert_int_equal(position(rig), 100);
	assert_int_equal(working(rig), 0);
	told(rig, 'A');
	struct ouch_out less = told(rig, 'F');
	assert_int_equal(less.match, SAID_MATCH);
	assert_int_equal(less.qty, 40);
	assert_int_equal(told(rig, 'E').match, first.match);
	assert_int_equal(told(rig, 'B').match, SAID_MATCH);
	assert_int_equal(told(rig, 'E').match, rest.match);
	nobody_denies(rig);
	stands(rig, order.ref, 100, 100 * 1625000);
	/* Told once more it is repeated, as ever. */
	rig_answer(rig, &rest);
	assert_int_equal(position(rig), 100);
}

static void another_price_or_more_shares_deny_and_the_venues_count(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 60, 1625000);
	struct ouch_out price = executed(&order, 50, 1624900), more = executed(&order, 20, 1625000);
	rig_accept(rig, &order);
	rig_answer(rig, &price);
	rig_answer(rig, &more);
	rig_cancelled(rig, order.ref, 30, 'U');
	rig_venue_up(rig);
	assert_int_equal(position(rig), 70);
	assert_int_equal(working(rig), 0);
	denied(rig, 2);
	stands(rig, order.ref, 70, 50 * 1624900 + 20 * 1625000);
}

static void fills_that_the_venue_ends_without_are_taken_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 100, 1625000);
	struct ouch_out some = executed(&order, 30, 1625000);
	rig_accept(rig, &order);
	rig_answer(rig, &some);
	rig_cancelled(rig, order.ref, 70, 'U');
	rig_venue_up(rig);
	assert_int_equal(position(rig), 30);
	assert_int_equal(rig->gate->fold->said_fills, 0);
	denied(rig, 1);
}

static void fills_of_an_order_that_still_works_are_taken_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 100, 1625000);
	rig_accept(rig, &order);
	rig_venue_up(rig);
	assert_int_equal(position(rig), 0);
	assert_int_equal(working(rig), 100);
	denied(rig, 1);
}

static void fills_of_an_order_that_the_venue_never_saw_are_taken_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 100, 1625000);
	rig->venue_is_mute = true;
	rig_venue_up(rig);
	assert_int_equal(position(rig), 0);
	assert_int_equal(working(rig), 0);
	denied(rig, 1);
}

/* It had told all it has, without this one: what comes now is not so any more. */
static void an_order_that_is_back_at_a_ready_venue_denies_at_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1), cancel;
	resolve(rig, order.ref, RESOLVE_FILLED, 60, 1625000);
	rig_venue_up(rig);
	rig_accept(rig, &order);
	denied(rig, 1);
	assert_int_equal(position(rig), 0);
	assert_int_equal(working(rig), 100);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	rig_cancelled(rig, order.ref, 100, 'U');
	assert_int_equal(working(rig), 0);
	denied(rig, 1);
}

/* Only what was said: an execution that the venue told before stands. */
static void a_trade_beside_what_was_only_said_stays(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = rig_order(1);
	struct ouch_in traded = rig_pass_and_accept(rig, 0, &first);
	rig_execute(rig, &traded, 100, traded.price_e4);
	told(rig, 'E');
	struct ouch_in order = lost(rig, 2);
	resolve(rig, order.ref, RESOLVE_FILLED, 60, 1625000);
	assert_int_equal(position(rig), 160);
	rig->venue_is_mute = true;
	rig_venue_up(rig);
	assert_int_equal(position(rig), 100);
	denied(rig, 1);
}

static void a_trade_of_an_order_said_to_be_cancelled_counts_and_denies(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0);
	rig_venue_up(rig);
	struct ouch_out fill = executed(&order, 30, 1625000);
	rig_answer(rig, &fill);
	assert_int_equal(position(rig), 30);
	assert_int_equal(metric(rig, METRIC_gate_fills_late), 1);
	denied(rig, 1);
}

static void an_order_said_to_work_is_held_as_accepted_and_confirmed_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_out out;
	struct ouch_in order = lost(rig, 1);
	assert_int_equal(resolve(rig, order.ref, RESOLVE_WORKING, 0, 0), 0);
	assert_int_equal(working(rig), 100);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	out = told(rig, 'A');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.price_e4, order.price_e4);
	rig_accept(rig, &order);
	rig_venue_up(rig);
	assert_false(rig_client_got(rig, 0, &out));
	assert_int_equal(working(rig), 100);
	assert_true(
		rig->gate->fold->orders.slots[rig->gate->fold->orders.open_head].order_reference !=
		0);
	rig_execute(rig, &order, 100, order.price_e4);
	assert_int_equal(position(rig), 100);
	nobody_denies(rig);
	assert_int_equal(metric(rig, METRIC_gate_venue_unknown), 0);
}

static void an_order_said_to_work_is_as_large_as_the_venue_accepted_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1), smaller = order;
	resolve(rig, order.ref, RESOLVE_WORKING, 0, 0);
	smaller.qty = 60;
	rig_accept(rig, &smaller);
	rig_venue_up(rig);
	assert_int_equal(working(rig), 60);
	rig_execute(rig, &order, 60, order.price_e4);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	nobody_denies(rig);
}

static void an_order_said_to_work_that_the_venue_never_saw_is_gone(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_WORKING, 0, 0);
	rig->venue_is_mute = true;
	rig_venue_up(rig);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	told(rig, 'A');
	told(rig, 'J');
	denied(rig, 1);
}

static void an_order_said_to_work_that_the_venue_refused_denies(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	struct ouch_out reject = {.type = 'J', .ref = order.ref, .reject_code = 7};
	resolve(rig, order.ref, RESOLVE_WORKING, 0, 0);
	rig_answer(rig, &reject);
	rig_venue_up(rig);
	assert_int_equal(working(rig), 0);
	denied(rig, 1);
}

static void a_replacement_said_to_be_gone_leaves_its_original(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1629000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &replace);
	rig_venue_cut(rig);
	assert_int_equal(working(rig), 200);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(working(rig), 100);
}

static void a_replacement_said_to_work_or_filled_takes_its_originals_place(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1629000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &replace);
	rig_venue_cut(rig);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_WORKING, 0, 0), 0);
	struct ouch_out out = told(rig, 'U');
	assert_int_equal(out.original_ref, 1);
	assert_int_equal(out.ref, 2);
	assert_int_equal(working(rig), 200);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	replace = rig_replace(2, 3, 150, 1629000);
	rig_venue_up(rig);
	at_venue = rig_pass(rig, 0, &replace);
	rig_venue_cut(rig);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_FILLED, 150, 1629000), 0);
	told(rig, 'U');
	told(rig, 'E');
	assert_int_equal(position(rig), 150);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void what_cannot_be_so_is_refused_and_changes_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in live = rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(resolve(rig, live.ref, RESOLVE_CANCELLED, 0, 0), ESTALE);
	struct ouch_in at_venue = lost(rig, 2);
	uint64_t before = rig->gate->writer.sequence;
	assert_int_equal(resolve(rig, at_venue.ref + 1, RESOLVE_CANCELLED, 0, 0), ENOENT);
	assert_int_equal(resolve(rig, at_venue.ref, (enum resolve_as)0, 0, 0), EINVAL);
	assert_int_equal(resolve(rig, at_venue.ref, (enum resolve_as)RESOLVED_BACK, 0, 0), EINVAL);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_FILLED, 0, 1), EINVAL);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_FILLED, 101, 1), EINVAL);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_FILLED, 100, 0), EINVAL);
	assert_int_equal(rig->gate->writer.sequence, before);
	/* No gate writes such a record; who made it up changes nothing. */
	struct {
		struct record record;
		struct resolve_record word;
	} space = {.record = {.type = RECORD_RESOLVE, .body_bytes = sizeof space.word},
		.word = {.order_id = 1, .venue = 9, .venue_ref = 1, .as = RESOLVE_CANCELLED}};
	fold_apply(rig->gate->fold, &space.record);
	assert_int_equal(working(rig), 200);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(resolve(rig, at_venue.ref, RESOLVE_CANCELLED, 0, 0), ENOENT);
}

static void day(struct rig *rig, enum day_change change)
{
	uint64_t midnight_ns = rig->gate->fold->midnight_wall_ns;
	rig->gate->is_turn_open = false;
	assert_true(roll_write(rig->gate, change, 1000, "by hand",
		midnight_ns + (change == DAY_BEGINS ? UINT64_C(86400000000000) : 0)));
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000);
}

/* The venue's session of yesterday is over: nobody will ever tell. */
static void what_is_uncertain_over_a_day_stays_exposure_until_persons_say_what_became_of_it(
	void **state)
{
	struct rig *rig = *state;
	struct ouch_in filled = lost(rig, 1);
	rig_venue_up(rig); /* it had it, and has not answered */
	struct ouch_in order = rig_order(2);
	order.price_e4 -= 200;
	struct ouch_in gone = rig_pass(rig, 0, &order);
	day(rig, DAY_ENDS);
	day(rig, DAY_CLOSES);
	rig_venue_day(rig, "DAY2");
	day(rig, DAY_BEGINS);
	rig_poll(rig, 3000000000);
	assert_int_equal(rig->gate->fold->day.kept_count, 2);
	assert_int_equal(working(rig), 200);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 2);
	assert_int_equal(resolve(rig, filled.ref, RESOLVE_FILLED, 100, 1625000), 0);
	assert_int_equal(resolve(rig, gone.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(position(rig), 100);
	assert_int_equal(working(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_uncertain), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void an_order_of_yesterday_said_to_work_ends_with_its_venues_session(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	order = rig_pass(rig, 0, &order);
	day(rig, DAY_ENDS);
	day(rig, DAY_CLOSES);
	rig_venue_day(rig, "DAY2");
	day(rig, DAY_BEGINS);
	rig_poll(rig, 3000000000);
	assert_int_equal(working(rig), 100);
	assert_int_equal(resolve(rig, order.ref, RESOLVE_WORKING, 0, 0), 0);
	rig_poll(rig, 1000);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->day.ended_count, 1);
}

static void what_was_said_survives_a_restart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = lost(rig, 1);
	resolve(rig, order.ref, RESOLVE_FILLED, 100, 1625000);
	struct ouch_out fill = executed(&order, 100, 1625000);
	rig_accept(rig, &order);
	rig_answer(rig, &fill);
	rig_restart(rig, true);
	assert_int_equal(position(rig), 100);
	rig_venue_up(rig);
	assert_int_equal(position(rig), 100);
	nobody_denies(rig);
}

/* An order that lived in a session of its venue's which is over, with the day still open: exposure until persons know. */
static struct ouch_in left_behind(struct rig *rig, uint32_t client_ref)
{
	struct ouch_in order = rig_order(client_ref);
	order.price_e4 -= 100 * client_ref;
	return rig_pass_and_accept(rig, 0, &order);
}

static uint32_t uncertain_rows(struct rig *rig)
{
	const struct mailbox_request request = {.kind = REQUEST_UNCERTAIN};
	return rig_ask(rig, &request)->row_count;
}

static void an_order_of_a_venues_session_that_is_over_is_for_persons_to_say(void **state)
{
	struct rig *rig = *state;
	struct ouch_in gone = left_behind(rig, 1), filled = left_behind(rig, 2);
	assert_int_equal(resolve(rig, gone.ref, RESOLVE_CANCELLED, 0, 0), ESTALE);
	assert_int_equal(uncertain_rows(rig), 0);
	rig_venue_day(rig, "DAY2");
	rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in lives = left_behind(rig, 3);
	assert_int_equal(working(rig), 300);
	assert_int_equal(uncertain_rows(rig), 2);
	const struct order_row *row =
		(const struct order_row *)(const void *)rig->region->answers[STAGE_GATE].rows[0];
	assert_int_equal(row->venue_ref, gone.ref);
	assert_true(row->is_session_over);
	/* In the session of now it lives as ever, and nobody says otherwise; and nothing works where nothing is any more. */
	assert_int_equal(resolve(rig, lives.ref, RESOLVE_CANCELLED, 0, 0), ESTALE);
	assert_int_equal(resolve(rig, gone.ref, RESOLVE_WORKING, 0, 0), ESTALE);
	assert_int_equal(resolve(rig, gone.ref, RESOLVE_CANCELLED, 0, 0), 0);
	struct ouch_out out = told(rig, 'C');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.qty, 100);
	assert_int_equal(working(rig), 200);
	assert_int_equal(resolve(rig, filled.ref, RESOLVE_FILLED, 60, 1625000), 0);
	assert_int_equal(told(rig, 'E').qty, 60);
	assert_int_equal(told(rig, 'C').qty, 40);
	assert_int_equal(position(rig), 60);
	assert_int_equal(working(rig), 100);
	assert_int_equal(uncertain_rows(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_resolved), 2);
	nobody_denies(rig);
}

static void a_venue_that_has_it_in_its_new_session_all_the_same_counts(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = left_behind(rig, 1), cancel;
	rig_venue_day(rig, "DAY2");
	assert_int_equal(resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0), 0);
	told(rig, 'C');
	assert_int_equal(working(rig), 0);
	rig_venue_up(rig);
	rig->venue.count = 0;
	rig_accept(rig, &order);
	assert_int_equal(working(rig), 100);
	denied(rig, 1);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	rig_execute(rig, &order, 30, order.price_e4);
	assert_int_equal(position(rig), 30);
}

/* Its original may have been replaced by it, in the session that is over. */
static void an_original_waits_until_its_replacement_is_resolved(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = left_behind(rig, 1), sent;
	struct ouch_in replace = rig_replace(1, 2, 200, 1629000);
	sent = rig_pass(rig, 0, &replace);
	rig_venue_day(rig, "DAY2");
	assert_int_equal(resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0), ESTALE);
	assert_int_equal(resolve(rig, sent.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(resolve(rig, order.ref, RESOLVE_CANCELLED, 0, 0), 0);
	assert_int_equal(working(rig), 0);
}

/* Two venues number their orders alike, and our journal knows neither. */
static void orders_of_two_venues_with_one_number_are_both_adopted(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	for (uint32_t venue = 0; venue < 2; venue++) {
		uint32_t slot =
			order_table_take(&fold->orders, 900 + venue, 0, 0, (uint8_t)venue, 77);
		assert_int_equal(order_table_find_venue(&fold->orders, (uint8_t)venue, 77), slot);
		assert_int_equal(order_table_find_client(&fold->orders, 0, 77), ORDER_NONE);
	}
	for (uint32_t venue = 0; venue < 2; venue++) {
		uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, 77);
		fold->orders.slots[slot].state = ORDER_DONE;
		order_table_return(&fold->orders, slot);
	}
}

#define RESOLVE_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RESOLVE_TEST(an_order_said_to_be_cancelled_gives_back_what_it_held),
		RESOLVE_TEST(what_the_venue_tells_the_same_is_silent),
		RESOLVE_TEST(an_order_that_lives_all_the_same_is_exposure_again_and_cancelled),
		RESOLVE_TEST(a_trip_names_the_order_that_the_venue_denies),
		RESOLVE_TEST(what_was_said_to_be_filled_is_held_and_the_rest_given_back),
		RESOLVE_TEST(each_share_that_the_venue_tells_takes_the_place_of_one_that_was_said),
		RESOLVE_TEST(another_price_or_more_shares_deny_and_the_venues_count),
		RESOLVE_TEST(fills_that_the_venue_ends_without_are_taken_back),
		RESOLVE_TEST(fills_of_an_order_that_still_works_are_taken_back),
		RESOLVE_TEST(fills_of_an_order_that_the_venue_never_saw_are_taken_back),
		RESOLVE_TEST(an_order_that_is_back_at_a_ready_venue_denies_at_once),
		RESOLVE_TEST(a_trade_beside_what_was_only_said_stays),
		RESOLVE_TEST(a_trade_of_an_order_said_to_be_cancelled_counts_and_denies),
		RESOLVE_TEST(an_order_said_to_work_is_held_as_accepted_and_confirmed_once),
		RESOLVE_TEST(an_order_said_to_work_is_as_large_as_the_venue_accepted_it),
		RESOLVE_TEST(an_order_said_to_work_that_the_venue_never_saw_is_gone),
		RESOLVE_TEST(an_order_said_to_work_that_the_venue_refused_denies),
		RESOLVE_TEST(a_replacement_said_to_be_gone_leaves_its_original),
		RESOLVE_TEST(a_replacement_said_to_work_or_filled_takes_its_originals_place),
		RESOLVE_TEST(what_cannot_be_so_is_refused_and_changes_nothing),
		RESOLVE_TEST(
			what_is_uncertain_over_a_day_stays_exposure_until_persons_say_what_became_of_it),
		RESOLVE_TEST(an_order_of_yesterday_said_to_work_ends_with_its_venues_session),
		RESOLVE_TEST(what_was_said_survives_a_restart),
		RESOLVE_TEST(an_order_of_a_venues_session_that_is_over_is_for_persons_to_say),
		RESOLVE_TEST(a_venue_that_has_it_in_its_new_session_all_the_same_counts),
		RESOLVE_TEST(an_original_waits_until_its_replacement_is_resolved),
		RESOLVE_TEST(orders_of_two_venues_with_one_number_are_both_adopted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
