/* gate_restart_test.c - the whole gate after a lost connection and after its own death: nothing forgotten, nothing sent twice.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/dataplane/gate/ready.h"

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

/* What is counted by reason adds up to the orders refused whatever process counted them. */
static void a_restart_keeps_what_was_counted(void **state)
{
	struct rig *rig = *state;
	struct ouch_in one = rig_order(1), two = rig_order(2), three = rig_order(3);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &one);
	rig_execute(rig, &first, 40, 1630000);
	rig_execute(rig, &first, 60, 1630000);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED);
	rig->clients[0].count = 0;
	assert_int_equal(rig_refuse(rig, 0, &two), LANE_HALTED);
	assert_int_equal(rig_refuse(rig, 0, &three), LANE_HALTED);
	for (unsigned i = 0; i < 2; i++) {
		const struct metrics *m = rig->gate->metrics;
		assert_int_equal(metrics_get(m, METRIC_gate_orders_refused), 2);
		assert_int_equal(atomic_load(&m->refused[LANE_HALTED]), 2);
		assert_int_equal(atomic_load(&m->breached[LANE_HALTED]), 2);
		assert_int_equal(metrics_get(m, METRIC_gate_fills), 2);
		assert_true(metrics_get(m, METRIC_gate_messages_in) >= 3);
		rig_restart(rig, true);
	}
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

static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_long_position].value = 200;
}

/* What the dead process told is not told again; what comes is. */
static void a_restart_tells_no_filling_limit_a_second_time(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_limits(rig, tight);
	rig_pass_and_accept(rig, 0, &order);
	rig_poll(rig, 2000000);
	assert_true(atomic_load(&rig->region->gate.usage_count) > 0);
	rig_restart(rig, true);
	rig_poll(rig, 2000000);
	const struct gate_page *page = &rig->region->gate;
	assert_int_equal(atomic_load(&page->usage_count), 0);
	rig_client_up(rig, 0);
	rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order = rig_order(2);
	order.qty = 60;
	rig_pass(rig, 0, &order);
	rig_poll(rig, 2000000);
	bool is_told = false;
	for (uint64_t i = 0; i < atomic_load(&page->usage_count); i++)
		is_told |= page->usage[i].lane == LANE_POSITION_LONG && page->usage[i].usage == 160;
	assert_true(is_told);
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

/* The venue tells of an order of account 17 that no record is of. */
static void tell_orphan(struct rig *rig)
{
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
}

static void an_order_our_journal_lost_is_adopted_from_its_name(void **state)
{
	struct rig *rig = *state;
	tell_orphan(rig);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	assert_true(at_venue.ref > 999);
	assert_memory_equal(at_venue.clordid, "0110000000BEF0", 14);
}

/* Venues that nobody can ask are ready before they have told what our journal lost. */
static void an_order_our_journal_lost_is_cancelled_where_its_account_is_killed(void **state)
{
	struct rig *rig = *state;
	struct ouch_in cancel;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_false(rig_venue_got(rig, &cancel));
	tell_orphan(rig);
	rig_poll(rig, 1000000);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, 999);
	rig_cancelled(rig, 999, 70, 'U');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

/* Its rows are not counted among those of the epoch that comes next. */
static void an_epoch_half_taken_by_a_gate_that_died_does_not_block_the_next(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct limit_row *row = gate_input(rig->gate, RECORD_LIMIT_ROW, sizeof *row);
	limit_row_init(row, SCOPE_FIRM, 0, SYMBOL_NONE);
	gate_commit(rig->gate, row);
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_limits(rig, NULL);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(
		rig->gate->fold->epochs.now.epoch, atomic_load(&rig->control->limits_epoch));
	rig_pass(rig, 0, &order);
}

/* The gate's stream, with a look at the journal's link whenever something goes to the venue. */
static struct {
	struct stream_ops ops;
	const struct stream_ops *inside;
	const struct gate *gate;
	uint32_t count;
} watched;

static bool send_published(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	if (connection == watched.gate->venues[0].connection.number) {
		assert_int_equal(watched.gate->writer.claimed, 0);
		watched.count++;
	}
	return watched.inside->send(s, connection, bytes, size_bytes);
}

/* record (1) and (2): who is killed between what it wrote and what it sent has sent nothing that is not written. */
static void nothing_goes_to_the_venue_before_its_record_is_published(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 150, 1629900);
	struct ouch_in cancel = rig_cancel(2, 0), other = rig_order(3), at_venue;
	watched.inside = rig->gate_stream->ops;
	watched.ops = *watched.inside;
	watched.ops.send = send_published;
	watched.gate = rig->gate;
	watched.count = 0;
	rig->gate_stream->ops = &watched.ops;
	rig_pass_and_accept(rig, 0, &order);
	rig_pass_and_accept(rig, 0, &replace);
	assert_int_equal(rig_pass(rig, 0, &cancel).type, 'X');
	rig_pass_and_accept(rig, 1, &other);
	rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED); /* what a turn decides by itself */
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'X');
	assert_int_equal(watched.count, 5);
	rig->gate_stream->ops = watched.inside;
}

/* Looks at the journal's link while an order is judged. */
static void judged_unpublished(
	void *context, uint64_t order_id, const struct risk_order *order, struct verdict *verdict)
{
	const struct gate *gate = context;
	(void)order_id, (void)order, (void)verdict;
	assert_int_not_equal(gate->writer.claimed, 0);
	assert_int_equal(atomic_load(&gate->journal->sequence) + 3, gate->writer.sequence);
	watched.count++;
}

/* record (1): who is killed in between has neither, and no client has heard of it. */
static void an_order_and_its_receipt_are_published_at_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	const struct fold_beside beside = {.context = rig->gate, .judged = judged_unpublished};
	watched.count = 0;
	rig->gate->fold->beside = &beside;
	rig_pass(rig, 0, &order);
	rig->gate->fold->beside = NULL;
	assert_int_equal(watched.count, 1);
	assert_int_equal(rig->gate->writer.claimed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(an_order_lost_with_its_connection_is_exposure_until_the_venue_speaks),
		GATE_TEST(an_order_the_venue_saw_before_the_loss_lives_on),
		GATE_TEST(a_restart_finds_everything_again_and_sends_nothing_twice),
		GATE_TEST(a_client_that_comes_back_gets_what_it_missed),
		GATE_TEST(a_restart_keeps_what_was_counted),
		GATE_TEST(a_restart_tells_no_filling_limit_a_second_time),
		GATE_TEST(a_kill_survives_a_restart_and_goes_on_cancelling),
		GATE_TEST(an_epoch_half_taken_by_a_gate_that_died_does_not_block_the_next),
		GATE_TEST(an_order_our_journal_lost_is_adopted_from_its_name),
		GATE_TEST(an_order_our_journal_lost_is_cancelled_where_its_account_is_killed),
		GATE_TEST(nothing_goes_to_the_venue_before_its_record_is_published),
		GATE_TEST(an_order_and_its_receipt_are_published_at_once),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.gate_restart", tests, NULL, NULL);
}
