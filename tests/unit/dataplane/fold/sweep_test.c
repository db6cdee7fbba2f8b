/* What stops do to open orders, and what is told of it.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/names.h"
#include "tests/support/rig.h"

static const struct stop_result *result_of(
	const struct rig *rig, enum stop_writer writer, uint64_t stamp)
{
	for (uint32_t i = 0; i < STOP_RESULT_COUNT; i++) {
		const struct stop_result *result = &rig->region->gate.results[i];
		if (result->stamp == stamp && result->writer == writer)
			return result;
	}
	return NULL;
}

static struct ouch_in open_order(struct rig *rig, uint32_t ref)
{
	struct ouch_in order = rig_order(ref);
	order.price_e4 -= 100ull * ref;
	return rig_pass_and_accept(rig, 0, &order);
}

static void two_stops_of_one_scope_are_each_answered_under_their_own_stamp(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1);
	uint64_t door = stop_set(&rig->region->door_stops, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED,
		1 << 20, 0, "door");
	rig_poll(rig, 1000);
	uint64_t control = rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	const struct stop_result *first = result_of(rig, STOP_BY_DOOR, door);
	const struct stop_result *second = result_of(rig, STOP_BY_CONTROL, control);
	assert_non_null(first);
	assert_non_null(second);
	assert_int_not_equal(first->latch, 0);
	assert_int_equal(second->latch, 0); /* it raised none */
	assert_int_equal(first->open_count, 1);
	assert_int_equal(second->open_count, 1);
	assert_int_equal(first->done_ns, 0);
	assert_int_equal(second->done_ns, 0);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(first->cancels_sent, 1);
	assert_int_equal(second->cancels_sent, 1);
	assert_int_equal(second->cancels_confirmed, 1);
	assert_true(first->done_ns != 0 && second->done_ns != 0);
}

static void a_stop_seen_of_a_control_before_is_not_taken_for_one_of_the_next(void **state)
{
	struct rig *rig = *state;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, STATE_HALTED);
	assert_int_equal(rig->region->gate.stop_epoch_seen[STOP_BY_CONTROL], 1);
	gate_attach(rig->gate, NULL);
	rig_poll(rig, 1000);
	assert_int_equal(rig->region->gate.stop_epoch_seen[STOP_BY_CONTROL], 0);
	gate_attach(rig->gate, rig->control);
	rig_poll(rig, 1000);
	assert_int_equal(rig->region->gate.stop_epoch_seen[STOP_BY_CONTROL], 1);
}

static void a_stop_counts_though_the_wall_clock_stepped_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	stop_set(&rig->control->stops, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY, 1ull << 40, 0,
		"by a control whose clock was ahead");
	rig_poll(rig, 1000);
	memset(&rig->control->stops, 0, sizeof rig->control->stops); /* as another control begins */
	stop_set(&rig->control->stops, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED, 1ull << 30, 0,
		"by the next");
	gate_attach(rig->gate, NULL);
	rig_poll(rig, 1000);
	gate_attach(rig->gate, rig->control);
	rig_poll(rig, 1000);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_KILLED);
}

static void a_kill_without_open_orders_is_done_though_the_venue_is_away(void **state)
{
	struct rig *rig = *state;
	rig_venue_cut(rig);
	uint64_t stamp = rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED);
	const struct stop_result *result = result_of(rig, STOP_BY_CONTROL, stamp);
	assert_int_equal(result->open_count, 0);
	assert_true(result->done_ns != 0);
}

static void a_kill_with_the_venue_away_counts_now_and_cancels_when_it_is_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), cancel;
	rig_venue_cut(rig);
	uint64_t stamp = rig_stop(rig, SCOPE_SYMBOL, RIG_AAPL, STATE_KILLED);
	const struct stop_result *result = result_of(rig, STOP_BY_CONTROL, stamp);
	assert_int_equal(result->open_count, 1);
	assert_int_equal(result->cancels_sent, 0);
	assert_int_equal(result->done_ns, 0);
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.ref, at_venue.ref);
	assert_int_equal(result->cancels_sent, 1);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_true(result->done_ns != 0);
}

static void release(struct rig *rig, enum scope scope, uint32_t id)
{
	uint32_t index = stop_index(scope, id);
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	request.release = (struct release_record){.scope = (uint8_t)scope,
		.id = id,
		.latch = rig->gate->fold->latches.rows[index].number};
	assert_int_equal(rig_ask(rig, &request)->code, 0);
	rig->clients[0].count = 0;
}

static void kills_of_every_scope_cancel(void **state)
{
	struct rig *rig = *state;
	static const struct {
		enum scope scope;
		uint32_t id;
	} kills[] = {{SCOPE_FIRM, 0}, {SCOPE_VENUE, 0}, {SCOPE_SESSION, 1},
		{SCOPE_ACCOUNT, RIG_ACCOUNT}, {SCOPE_STRATEGY, RIG_STRATEGY},
		{SCOPE_SYMBOL, RIG_AAPL}};
	for (uint32_t i = 0; i < ARRAY_COUNT(kills); i++) {
		struct ouch_in at_venue = open_order(rig, i + 1), cancel;
		uint64_t stamp = rig_stop(rig, kills[i].scope, kills[i].id, STATE_KILLED);
		assert_true(rig_venue_got(rig, &cancel));
		assert_int_equal(cancel.ref, at_venue.ref);
		rig_cancelled(rig, at_venue.ref, 100, 'U');
		assert_true(result_of(rig, STOP_BY_CONTROL, stamp)->done_ns != 0);
		release(rig, kills[i].scope, kills[i].id);
	}
}

static void a_stop_under_way_is_finished_by_the_process_after(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1);
	uint64_t stamp = rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	rig_restart(rig, true);
	const struct stop_result *result = result_of(rig, STOP_BY_CONTROL, stamp);
	assert_non_null(result);
	assert_int_equal(result->open_count, 1);
	assert_int_equal(result->done_ns, 0);
	rig_venue_up(rig);
	uint64_t next = rig_stop(rig, SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, STATE_KILLED);
	assert_true(result_of(rig, STOP_BY_CONTROL, next)->done_ns != 0);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(result->cancels_confirmed, 1);
	assert_true(result->done_ns != 0);
	assert_int_equal(result_of(rig, STOP_BY_CONTROL, next)->cancels_confirmed, 0);
}

static void a_hundred_stops_in_a_row_are_all_answered_and_the_last_64_kept(void **state)
{
	struct rig *rig = *state;
	uint64_t stamps[100];
	struct ouch_in at_venue = open_order(rig, 1);
	for (uint32_t i = 0; i < 100; i++) {
		stamps[i] = rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED);
		assert_non_null(result_of(rig, STOP_BY_CONTROL, stamps[i]));
	}
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	for (uint32_t i = 0; i < 100; i++) {
		const struct stop_result *result = result_of(rig, STOP_BY_CONTROL, stamps[i]);
		assert_int_equal(result != NULL, i >= 36);
		if (result == NULL)
			continue;
		assert_int_equal(result->open_count, 1);
		assert_int_equal(result->cancels_confirmed, 1);
		assert_true(result->done_ns != 0);
	}
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_killed), 1);
}

/* A stop in every turn; the orders are more than one turn may look at. */
static void a_flood_of_stops_does_not_keep_a_sweep_from_its_end(void **state)
{
	struct rig *rig = *state;
	enum { ORDERS = 300 };
	for (uint32_t i = 1; i <= ORDERS; i++)
		open_order(rig, i);
	stop_set(&rig->control->stops, SCOPE_FIRM, 0, STATE_KILLED, 1ull << 40, 0, "all");
	for (uint32_t i = 0; i < 4 * ORDERS; i++) {
		stop_set(
			&rig->region->door_stops, SCOPE_SYMBOL, i % 2, STATE_KILLED, i, 0, "flood");
		rig->now_ns += 1000;
		gate_poll(rig->gate, rig->now_ns);
	}
	rig_poll(rig, 1000);
	uint32_t cancels = 0;
	for (struct ouch_in cancel; rig_venue_got(rig, &cancel); cancels++)
		assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancels, ORDERS);
}

/* Somebody stops every symbol at once: more than a turn may write. */
static void more_stops_than_a_turn_has_room_for_are_all_taken(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	enum { SYMBOLS = 20000 };
	stop_set(&rig->control->stops, SCOPE_SYMBOL, RIG_AAPL, STATE_HALTED, 1 << 20, 0, "first");
	for (uint32_t i = SYMBOLS; i > 0; i--) {
		enum trading_state state_wanted = i - 1 == RIG_AAPL ? STATE_KILLED : STATE_HALTED;
		stop_set(
			&rig->control->stops, SCOPE_SYMBOL, i - 1, state_wanted, 1 << 20, 0, "all");
	}
	rig->now_ns += 1000;
	gate_poll(rig->gate, rig->now_ns);
	assert_true(rig->gate->fold->latches.stopped_count < SYMBOLS);
	rig_send(rig, 0, &order);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_int_equal(rig->gate->fold->latches.stopped_count, SYMBOLS);
	assert_int_equal(rig->region->gate.stop_epoch_seen[STOP_BY_CONTROL], SYMBOLS + 1);
}

static void a_cancel_that_found_no_room_goes_when_the_stream_empties(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), cancel = rig_cancel(1, 0);
	static uint8_t filler[SOUP_HEADER_BYTES + 1000];
	uint32_t size = soup_build(filler, SOUP_DEBUG, filler + SOUP_HEADER_BYTES, 1000);
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, true);
	while (stream_send(rig->gate_stream, rig->gate->venues[0].connection.number, filler, size))
		;
	while (stream_send(rig->gate_stream, rig->gate->venues[0].connection.number, filler,
		soup_build(filler, SOUP_CLIENT_HEARTBEAT, NULL, 0)))
		;
	rig_send(rig, 0, &cancel);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	uint64_t turns = metrics_get(&rig->region->metrics, METRIC_gate_turns);
	for (uint32_t i = 0; i < 100; i++)
		rig_poll(rig, 1000);
	assert_true(metrics_get(&rig->region->metrics, METRIC_gate_turns) < turns + 10);
	assert_int_equal(rig->venue.count, 0);
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, false);
	rig_poll(rig, 1000);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, at_venue.ref);
	assert_false(rig_venue_got(rig, &cancel));
}

static void a_reduction_that_was_withheld_does_not_become_a_cancel(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in at_venue = open_order(rig, 1), reduce = rig_cancel(1, 60), got;
	rig_venue_cut(rig);
	rig_send(rig, 0, &reduce);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	rig_venue_up(rig);
	assert_false(rig_venue_got(rig, &got));
	rig_execute(rig, &at_venue, 100, 1629900);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 100);
}

static void a_cancel_lost_with_the_connection_follows_the_order_to_its_new_number(void **state)
{
	struct rig *rig = *state;
	open_order(rig, 1);
	struct ouch_in replace = rig_replace(1, 2, 200, 1629900), cancel = rig_cancel(1, 0), got;
	struct ouch_in second = rig_pass(rig, 0, &replace);
	rig_pass(rig, 0, &cancel);
	rig_venue_cut(rig);
	rig_accept(rig,
		&second); /* it had replaced before it lost the cancel: told at the next login */
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, second.ref);
}

/* Whether the venue had it nobody can see before it comes back: then what was not done is told as not done, once. */
static void a_reduction_lost_with_the_connection_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in at_venue = open_order(rig, 1), reduce = rig_cancel(1, 60);
	rig_pass(rig, 0, &reduce);
	rig_venue_cut(rig);
	assert_false(rig_client_got(rig, 0, &told));
	rig_venue_up(rig);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_int_equal(told.ref, 1);
	rig_venue_cut(rig);
	rig_venue_up(rig);
	assert_false(rig_client_got(rig, 0, &told));
	rig_cancelled(rig, at_venue.ref, 100, 'U');
}

static void a_reduction_that_the_venue_had_done_is_told_as_done_alone(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in at_venue = open_order(rig, 1), reduce = rig_cancel(1, 60);
	rig_pass(rig, 0, &reduce);
	rig_venue_cut(rig);
	rig_cancelled(rig, at_venue.ref, 40, 'U'); /* told at the next login */
	rig_venue_up(rig);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.qty, 40);
	assert_false(rig_client_got(rig, 0, &told));
}

/* The moment between the login and the venue's number, which tells what it has of ours. */
static void keep_number(struct rig *rig)
{
	rig->venue.is_up = false;
}

static void come_back_without_number(struct rig *rig)
{
	rig->before_query = keep_number;
	for (uint32_t i = 0; i < 8 && !rig->gate->fold->venues[0].is_connected; i++)
		rig_poll(rig, 3000000000);
	rig_poll(rig, 1000);
	rig->before_query = NULL;
	assert_true(rig->gate->fold->venues[0].is_connected);
	assert_false(rig->gate->fold->venues[0].is_ready);
	rig->venue.is_up = true;
}

static void lose_one_and_ask_another(struct rig *rig, const struct ouch_in *another)
{
	struct ouch_in reduce = rig_cancel(1, 60), got;
	struct ouch_out told;
	open_order(rig, 1);
	rig_pass(rig, 0, &reduce);
	rig_venue_cut(rig);
	come_back_without_number(rig);
	rig_send(rig, 0, another);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, another->type);
	assert_int_equal(got.qty, another->qty);
	rig_answer(rig, &(struct ouch_out){.type = 'Q', .ref = (uint32_t)rig->next_reference});
	assert_true(rig->gate->fold->venues[0].is_ready);
	assert_false(rig_client_got(rig, 0, &told)); /* the venue's answer is still to come */
	rig_cancelled(rig, got.ref, 50, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_false(rig_client_got(rig, 0, &told));
}

static void a_reduction_asked_after_a_lost_one_is_not_answered_for_it(void **state)
{
	const struct ouch_in less = rig_cancel(1, 50);
	lose_one_and_ask_another(*state, &less);
}

static void a_modify_asked_after_a_lost_reduction_is_not_answered_for_it(void **state)
{
	const struct ouch_in less = {.type = 'M', .ref = 1, .side = 'B', .qty = 50};
	lose_one_and_ask_another(*state, &less);
}

/* A refused one is answered already. */
static void a_reduction_that_the_venue_refused_is_not_told_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in at_venue = open_order(rig, 1), reduce = rig_cancel(1, 60);
	rig_pass(rig, 0, &reduce);
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	rig_venue_cut(rig);
	rig_venue_up(rig);
	assert_false(rig_client_got(rig, 0, &told));
}

/* Its client has heard that its order stays. */
static void a_cancel_refused_while_the_connection_was_down_is_not_sent_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in at_venue = open_order(rig, 1), cancel = rig_cancel(1, 0), got;
	rig_pass(rig, 0, &cancel);
	rig_venue_cut(rig);
	rig_answer(
		rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref}); /* at the next login */
	rig_venue_up(rig);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_false(rig_venue_got(rig, &got));
	assert_int_equal(rig_pass(rig, 0, &cancel).type, 'X'); /* it may be asked for again */
}

/* The venue's "no" was of what was asked for before. */
static void a_cancel_asked_while_the_connection_was_down_outlives_a_refused_reduction(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), got;
	struct ouch_in reduce = rig_cancel(1, 60), cancel = rig_cancel(1, 0);
	rig_pass(rig, 0, &reduce);
	rig_venue_cut(rig);
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	rig_send(rig, 0, &cancel);
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.qty, 0);
	assert_int_equal(got.ref, at_venue.ref);
}

/* The first was refused, of the second nobody has heard. */
static void a_cancel_asked_again_while_the_connection_was_down_is_owed(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), cancel = rig_cancel(1, 0), got;
	rig_pass(rig, 0, &cancel);
	rig_venue_cut(rig);
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	rig_send(rig, 0, &cancel);
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, at_venue.ref);
}

/* A kill does not take no for an answer. */
static void a_killed_order_whose_cancel_was_refused_is_cancelled_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), got;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_true(rig_venue_got(rig, &got));
	rig_venue_cut(rig);
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, at_venue.ref);
}

/* Whose order a venue tells of that our journal lost, only its account is known: whoever may speak for that may have sent it. */
static void an_order_that_our_journal_lost_is_killed_with_whoever_may_have_sent_it(void **state)
{
	struct rig *rig = *state;
	static const struct {
		enum scope scope;
		uint32_t id;
		bool may_have;
	} kills[] = {{SCOPE_STRATEGY, RIG_STRATEGY, true}, {SCOPE_SESSION, 1, true},
		{SCOPE_SESSION, 2, true}, {SCOPE_SESSION, 3, false},
		{SCOPE_STRATEGY, RIG_OTHER_STRATEGY, false}};
	for (uint32_t i = 0; i < ARRAY_COUNT(kills); i++) {
		struct ouch_in got, lost = rig_order(4000 + i);
		lost.symbol = symbol_pack("AAPL");
		names_clordid(lost.clordid, RIG_ACCOUNT, 4000 + i);
		rig_accept(rig, &lost);
		uint64_t stamp = rig_stop(rig, kills[i].scope, kills[i].id, STATE_KILLED);
		const struct stop_result *result = result_of(rig, STOP_BY_CONTROL, stamp);
		assert_int_equal(result->open_count, kills[i].may_have);
		assert_int_equal(rig_venue_got(rig, &got), kills[i].may_have);
		rig_cancelled(rig, lost.ref, 100, 'U');
		assert_true(result->done_ns != 0);
		release(rig, kills[i].scope, kills[i].id);
	}
}

/* The kill was there before the venue told of the order. */
static void an_order_that_our_journal_lost_is_killed_as_soon_as_it_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in got, lost = rig_order(4000);
	lost.symbol = symbol_pack("AAPL");
	names_clordid(lost.clordid, RIG_ACCOUNT, 4000);
	rig_stop(rig, SCOPE_STRATEGY, RIG_STRATEGY, STATE_KILLED);
	rig_accept(rig, &lost);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, 4000);
	rig_cancelled(rig, lost.ref, 100, 'U');
}

/* Nor does it where the connection stays: the venue may have said it of a replace under way, or of an auction. */
static void a_killed_order_whose_cancel_is_refused_is_asked_for_again_after_a_second(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), got;
	static const uint64_t waits_s[] = {1, 2, 4, 8, 16, 32, 32, 1};
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_true(rig_venue_got(rig, &got));
	for (unsigned i = 0; i < ARRAY_COUNT(waits_s); i++) {
		if (i == 7) /* somebody wants it again: so does the gate, at once and then soon */
			rig_stop(rig, SCOPE_STRATEGY, RIG_STRATEGY, STATE_KILLED);
		rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
		rig_poll(rig, waits_s[i] * 1000000000 - 100000000);
		assert_false(rig_venue_got(rig, &got));
		rig_poll(rig, 200000000);
		assert_true(rig_venue_got(rig, &got));
		assert_int_equal(got.type, 'X');
		assert_int_equal(got.ref, at_venue.ref);
	}
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	rig_poll(rig, 1100000000);
	assert_false(rig_venue_got(rig, &got));
}

/* Nobody but the gate is left to ask, or to take no for an answer. */
static void an_order_left_behind_whose_cancel_is_refused_is_asked_for_again(void **state)
{
	struct rig *rig = *state;
	rig->site.sessions[0].cancel_on_disconnect = 1;
	struct ouch_in at_venue = open_order(rig, 1), got;
	stream_shut(rig->peer_stream, rig->clients[0].connection, true);
	rig->clients[0].is_up = false;
	rig_poll(rig, 1000);
	assert_true(rig_venue_got(rig, &got));
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	rig_poll(rig, 1100000000);
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
}

static void a_clients_cancel_that_the_venue_refuses_is_not_asked_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = open_order(rig, 1), cancel = rig_cancel(1, 0), got;
	rig_pass(rig, 0, &cancel);
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	rig_poll(rig, 1100000000);
	assert_false(rig_venue_got(rig, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SWEEP_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		SWEEP_TEST(two_stops_of_one_scope_are_each_answered_under_their_own_stamp),
		SWEEP_TEST(a_stop_seen_of_a_control_before_is_not_taken_for_one_of_the_next),
		SWEEP_TEST(a_stop_counts_though_the_wall_clock_stepped_back),
		SWEEP_TEST(a_kill_without_open_orders_is_done_though_the_venue_is_away),
		SWEEP_TEST(a_kill_with_the_venue_away_counts_now_and_cancels_when_it_is_back),
		SWEEP_TEST(kills_of_every_scope_cancel),
		SWEEP_TEST(a_stop_under_way_is_finished_by_the_process_after),
		SWEEP_TEST(a_hundred_stops_in_a_row_are_all_answered_and_the_last_64_kept),
		SWEEP_TEST(a_flood_of_stops_does_not_keep_a_sweep_from_its_end),
		SWEEP_TEST(more_stops_than_a_turn_has_room_for_are_all_taken),
		SWEEP_TEST(a_cancel_that_found_no_room_goes_when_the_stream_empties),
		SWEEP_TEST(a_reduction_that_was_withheld_does_not_become_a_cancel),
		SWEEP_TEST(a_cancel_lost_with_the_connection_follows_the_order_to_its_new_number),
		SWEEP_TEST(a_cancel_refused_while_the_connection_was_down_is_not_sent_again),
		SWEEP_TEST(
			a_cancel_asked_while_the_connection_was_down_outlives_a_refused_reduction),
		SWEEP_TEST(a_cancel_asked_again_while_the_connection_was_down_is_owed),
		SWEEP_TEST(a_killed_order_whose_cancel_was_refused_is_cancelled_again),
		SWEEP_TEST(
			a_killed_order_whose_cancel_is_refused_is_asked_for_again_after_a_second),
		SWEEP_TEST(an_order_left_behind_whose_cancel_is_refused_is_asked_for_again),
		SWEEP_TEST(an_order_that_our_journal_lost_is_killed_with_whoever_may_have_sent_it),
		SWEEP_TEST(an_order_that_our_journal_lost_is_killed_as_soon_as_it_is_told),
		SWEEP_TEST(a_clients_cancel_that_the_venue_refuses_is_not_asked_again),
		SWEEP_TEST(a_reduction_lost_with_the_connection_is_told),
		SWEEP_TEST(a_reduction_that_the_venue_had_done_is_told_as_done_alone),
		SWEEP_TEST(a_reduction_that_the_venue_refused_is_not_told_again),
		SWEEP_TEST(a_reduction_asked_after_a_lost_one_is_not_answered_for_it),
		SWEEP_TEST(a_modify_asked_after_a_lost_reduction_is_not_answered_for_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.sweep", tests, NULL, NULL);
}
