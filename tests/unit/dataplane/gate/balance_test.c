/* Every order of every session is accounted for, whatever becomes of it; one that is not halts the firm, or lets it only
   reduce.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/balance.h"
#include "tests/unit/dataplane/gate/ready.h"

static void tick(struct rig *rig)
{
	rig_poll(rig, 2000000);
}

static uint64_t residue(struct rig *rig)
{
	tick(rig);
	return metrics_get(&rig->region->metrics, METRIC_gate_conservation_residue);
}

/* Passed, refused, ignored, withheld, unanswered, rejected, replaced: some of each. */
static void trade(struct rig *rig, uint32_t base)
{
	struct ouch_in one = rig_order(base + 1), two = rig_order(base + 2);
	struct ouch_in big = rig_order(base + 3), four = rig_order(base + 4);
	struct ouch_in other = rig_order(base + 1);
	struct ouch_in replace = rig_replace(base + 1, base + 5, 150, 1629900);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig->clients[0].count = 0;
	two.price_e4 -= 100;
	big.price_e4 = 2900000;
	four.price_e4 -= 200;
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &one);
	rig_execute(rig, &at_venue, 30, 1630000);
	rig->clients[0].count = 0;
	rig_pass(rig, 0, &two); /* stays unanswered */
	rig_refuse(rig, 0, &big);
	rig_send(rig, 0, &one); /* again: ignored */
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, true);
	rig_send(rig, 0, &four);
	rig_send(rig, 1, &other); /* the venue is slow: refused */
	stream_sim_hold(rig->gate_stream, rig->gate->venues[0].connection.number, false);
	rig_poll(rig, 1000);
	struct ouch_in changed = rig_pass(rig, 0, &replace);
	rig_accept(rig, &changed);
	rig->clients[0].count = rig->clients[1].count = rig->venue.count = 0;
}

static void every_order_is_somewhere(void **state)
{
	struct rig *rig = *state;
	trade(rig, 0);
	assert_int_equal(residue(rig), 0);
	struct session_row client = rig_session(rig, 1), venue = rig_session(rig, 200);
	assert_int_equal(client.orders_in, 6);
	assert_int_equal(client.orders_refused + client.orders_ignored, 2);
	assert_int_equal(client.orders_sent + client.orders_withheld, 4);
	assert_int_equal(client.orders_pending, 0);
	assert_int_equal(client.residue, 0);
	assert_int_equal(rig_session(rig, 2).orders_refused, 1);
	assert_int_equal(venue.orders_sent, venue.orders_acked + venue.orders_pending);
	assert_int_equal(venue.orders_sent, client.orders_sent);
	assert_int_equal(client.orders_acked, venue.orders_acked);
	assert_int_equal(rig_session(rig, 2).orders_acked, 0);
	assert_true(venue.orders_pending > 0);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
}

static void they_are_after_a_lost_venue_and_a_new_process_too(void **state)
{
	struct rig *rig = *state;
	trade(rig, 0);
	rig->next_reference = 2; /* the venue has not seen what came after */
	rig_venue_cut(rig);
	assert_int_equal(residue(rig), 0);
	assert_true(rig_session(rig, 200).orders_pending > 0);
	rig_venue_up(rig);
	assert_int_equal(residue(rig), 0);
	trade(rig, 10);
	rig_restart(rig, true);
	assert_int_equal(residue(rig), 0);
	rig_venue_up(rig);
	assert_int_equal(residue(rig), 0);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
}

static void expect_stopped(struct rig *rig, enum trading_state state, const char *reason)
{
	assert_int_not_equal(residue(rig), 0);
	const struct latches *latches = &rig->gate->fold->latches;
	assert_int_equal(latches->states[0], state);
	assert_string_equal(latches->rows[0].reason, reason);
	uint64_t number = latches->last_number;
	tick(rig);
	assert_int_equal(latches->last_number, number); /* said once */
}

static void an_order_of_a_client_that_is_nowhere_halts_the_firm(void **state)
{
	for (uint32_t i = 0; i < 6; i++) {
		struct rig *rig = *state;
		struct session_balance *b = &rig->gate->fold->clients[1].balance;
		uint64_t *each[] = {
			&b->in, &b->passed, &b->refused, &b->ignored, &b->sent, &b->withheld};
		trade(rig, 0);
		++*each[i];
		expect_stopped(rig, STATE_HALTED, "orders missing: client1");
		close_rig(state);
		open_ready(state);
	}
}

static void an_order_of_a_venue_that_is_nowhere_halts_the_firm(void **state)
{
	for (uint32_t i = 0; i < 3; i++) {
		struct rig *rig = *state;
		struct fold_venue *venue = &rig->gate->fold->venues[0];
		uint64_t *each[] = {
			&venue->orders_sent, &venue->orders_acked, &venue->orders_unanswered};
		trade(rig, 0);
		++*each[i];
		expect_stopped(rig, STATE_HALTED, "orders missing: XSIM");
		close_rig(state);
		open_ready(state);
	}
}

/* CONTROLS, 33 */
static void where_the_site_says_so_the_firm_may_still_reduce(void **state)
{
	struct rig *rig = *state;
	rig->site.residue_policy = RESIDUE_REDUCE_ONLY;
	trade(rig, 0); /* client1 is long 30 */
	rig->gate->fold->clients[1].balance.in++;
	expect_stopped(rig, STATE_REDUCE_ONLY, "orders missing: client1");
	struct ouch_in more = rig_order(20), less = rig_order(21);
	rig_refuse(rig, 0, &more);
	less.side = 'S';
	less.qty = 10;
	less.price_e4 = 1630200;
	rig_pass(rig, 0, &less);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(every_order_is_somewhere),
		GATE_TEST(they_are_after_a_lost_venue_and_a_new_process_too),
		GATE_TEST(an_order_of_a_client_that_is_nowhere_halts_the_firm),
		GATE_TEST(an_order_of_a_venue_that_is_nowhere_halts_the_firm),
		GATE_TEST(where_the_site_says_so_the_firm_may_still_reduce),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.balance", tests, NULL, NULL);
}
