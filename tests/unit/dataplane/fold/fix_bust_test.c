/* fix_bust_test.c - what a venue of FIX breaks and corrects: found under whichever name of its order, and never counted so that
   more works than was judged.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include "tests/support/fix_peer_table.h"

static int shut(void **state)
{
	rig_close(*state);
	return 0;
}

static uint64_t executes(struct rig *rig, const char *id, uint32_t qty, uint32_t leaves)
{
	uint64_t exec = says(rig, &(struct saying){.id = id,
					  .type = protocol == ORDERS_FIX44 ? 'F' : '1',
					  .status = '1',
					  .leaves = leaves,
					  .last = qty,
					  .last_e8 = 16300000000});
	told(rig, 'E');
	return exec;
}

static void breaks(struct rig *rig, const char *id, uint64_t exec)
{
	says(rig, &(struct saying){.id = id,
			  .type = protocol == ORDERS_FIX42 ? '0' : 'H',
			  .status = '0',
			  .leaves = 70,
			  .transaction = '1',
			  .exec_ref = exec});
}

static uint64_t corrects(struct rig *rig, const char *id, uint64_t exec, uint32_t qty)
{
	return says(rig, &(struct saying){.id = id,
				 .type = protocol == ORDERS_FIX42 ? '1' : 'G',
				 .status = '1',
				 .leaves = 70,
				 .last = qty,
				 .last_e8 = 16300000000,
				 .transaction = '2',
				 .exec_ref = exec});
}

/* Order ref becomes the next one, of a total of 120; what the venue got, which leaves so many open. */
static struct got replaced(struct rig *rig, uint32_t ref, uint32_t leaves)
{
	struct ouch_in replace = rig_replace(ref, ref + 1, 120, 1629000);
	rig_send(rig, 0, &replace);
	struct got got = taken();
	assert_int_equal(got.type, 'G');
	says(rig,
		&(struct saying){
			.id = got.id, .of = got.of, .type = '5', .status = '0', .leaves = leaves});
	told(rig, 'U');
	return got;
}

static int64_t position(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position;
}

static uint64_t unknown(const struct rig *rig)
{
	return metrics_get(&rig->region->metrics, METRIC_gate_fills_unknown);
}

/* As our own gate says it to its clients: 11 is the newest name, 19 the execution. */
static void a_bust_under_the_newest_name_is_of_the_execution_it_names(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70), more = executes(rig, order.id, 10, 60);
	struct got second = replaced(rig, 1, 80), third = replaced(rig, 2, 80);
	corrects(rig, second.id, exec, 20);
	assert_int_equal(told(rig, 'F').ref, 1);
	assert_int_equal(position(rig), 30);
	breaks(rig, third.id, exec);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 10);
	says(rig, &(struct saying){.id = third.id, .type = '4', .status = '4'});
	told(rig, 'C');
	breaks(rig, third.id, more);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 0);
	assert_int_equal(unknown(rig), 0);
}

/* 65,536 orders later: the execution is known still. */
static void a_bust_under_a_forgotten_name_is_of_the_execution_it_names(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70);
	struct got second = replaced(rig, 1, 90);
	says(rig, &(struct saying){.id = second.id, .type = '4', .status = '4'});
	told(rig, 'C');
	struct fill *past = fills_past(&rig->gate->fold->fills, 0, 2), was = *past;
	past->state = FILL_NONE;
	breaks(rig, second.id, exec);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 0);
	*past = was;
}

/* FIX 4.2, appendix D34, and 4.4, J.1.a: what changes a trade again names the report that changed it last, not the first. */
static void a_change_of_a_correction_is_of_the_execution_that_it_corrected(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70);
	uint64_t second = corrects(rig, order.id, exec, 20);
	assert_int_equal(told(rig, 'F').qty, 20);
	uint64_t third = corrects(rig, order.id, second, 25);
	assert_int_equal(told(rig, 'F').qty, 25);
	assert_int_equal(position(rig), 25);
	/* Who goes on naming the first, or one between, names it too. */
	corrects(rig, order.id, exec, 22);
	assert_int_equal(told(rig, 'F').qty, 22);
	corrects(rig, order.id, second, 24);
	assert_int_equal(told(rig, 'F').qty, 24);
	breaks(rig, order.id, third);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 0);
	assert_int_equal(unknown(rig), 0);
	assert_int_equal(rig->gate->fold->latches.states[stop_index(SCOPE_VENUE, 0)], STATE_ACTIVE);
}

static void a_bust_of_what_nobody_executed_halts_the_venue(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70);
	struct ouch_in other = rig_order(2);
	rig_send(rig, 0, &other);
	struct got second = taken();
	says(rig, &(struct saying){.id = second.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
	breaks(rig, order.id, exec + 1000);
	assert_int_equal(unknown(rig), 1);
	assert_int_equal(rig->gate->fold->latches.states[stop_index(SCOPE_VENUE, 0)], STATE_HALTED);
	/* Nor is it ours under the name of another order. */
	breaks(rig, second.id, exec);
	assert_int_equal(unknown(rig), 2);
	assert_int_equal(position(rig), 30);
}

static uint32_t total_asked(struct rig *rig)
{
	struct ouch_in replace = rig_replace(1, 2, 120, 1629000);
	rig_send(rig, 0, &replace);
	const struct order_table *orders = &rig->gate->fold->orders;
	assert_int_equal(orders->slots[orders->open_tail].open_qty, 90);
	return (uint32_t)taken().qty;
}

/* Its CumQty may be 80 or still 30: 90 were judged, and a total of 170 would open 140. */
static void a_replace_after_a_correction_upwards_opens_no_more_than_was_judged(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70);
	corrects(rig, order.id, exec, 80);
	told(rig, 'F');
	assert_int_equal(total_asked(rig), 90 + 30);
}

/* Broken and corrected upwards by as much, its CumQty may be 30, 20, 40 or 30 again: of no kind of change it is known whether it
   counts. */
static void a_replace_after_changes_both_ways_counts_the_least_there_may_be(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 20, 80), more = executes(rig, order.id, 10, 70);
	corrects(rig, order.id, exec, 30);
	told(rig, 'F');
	breaks(rig, order.id, more);
	told(rig, 'B');
	assert_int_equal(total_asked(rig), 90 + 20);
}

/* Corrected down and up again, it counts as it did at first or as it does now. */
static void a_replace_after_a_correction_taken_back_counts_as_at_first(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t exec = executes(rig, order.id, 30, 70);
	corrects(rig, order.id, exec, 10);
	told(rig, 'F');
	corrects(rig, order.id, exec, 30);
	told(rig, 'F');
	assert_int_equal(total_asked(rig), 120);
}

static void holds(const struct rig *rig, int64_t qty, int64_t price_e4)
{
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.working_buy_qty, qty);
	assert_int_equal(row.working_buy_value_e4, qty * price_e4);
}

/* Order 1, of which 30 were executed, and on its way to the venue what becomes of it: a total of 120, of which 90 were judged. */
struct crossing {
	struct got order, replace;
	uint64_t exec;
};

static struct crossing crossing(struct rig *rig)
{
	struct crossing c = {.order = accepted(rig)};
	c.exec = executes(rig, c.order.id, 30, 70);
	struct ouch_in replace = rig_replace(1, 2, 120, 1629000);
	rig_send(rig, 0, &replace);
	c.replace = taken();
	assert_int_equal(c.replace.qty, 120);
	holds(rig, 90, 1629000);
	return c;
}

static void replaces(struct rig *rig, const struct crossing *c, uint32_t leaves)
{
	says(rig, &(struct saying){.id = c->replace.id,
			  .of = c->replace.of,
			  .type = '5',
			  .status = '0',
			  .leaves = leaves});
	assert_int_equal(told(rig, 'U').qty, leaves);
}

/* Its CumQty may be 0 when it reads the total, which opens 120 then; or still 30. */
static void a_bust_that_crosses_a_replace_holds_what_the_venue_may_open(void **state)
{
	struct rig *rig = *state;
	struct crossing c = crossing(rig);
	breaks(rig, c.order.id, c.exec);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 0);
	holds(rig, 120, 1629000);
	breaks(rig, c.order.id, c.exec);
	holds(rig, 120, 1629000);
	executes(rig, c.order.id, 10, 60);
	holds(rig, 110, 1629000);
	replaces(rig, &c, 110);
	holds(rig, 110, 1629000);
	assert_int_equal(position(rig), 10);
}

static void what_a_replace_opens_after_a_bust_that_crossed_it_is_what_is_held(void **state)
{
	struct rig *rig = *state;
	struct crossing c = crossing(rig);
	breaks(rig, c.replace.id, c.exec);
	assert_int_equal(told(rig, 'B').ref, 1);
	holds(rig, 120, 1629000);
	replaces(rig, &c, 90);
	holds(rig, 90, 1629000);
	says(rig, &(struct saying){.id = c.replace.id, .type = '4', .status = '4'});
	assert_int_equal(told(rig, 'C').qty, 90);
	holds(rig, 0, 0);
	assert_int_equal(position(rig), 0);
}

static void a_bust_behind_a_replace_opens_nothing(void **state)
{
	struct rig *rig = *state;
	struct crossing c = crossing(rig);
	replaces(rig, &c, 90);
	breaks(rig, c.replace.id, c.exec);
	assert_int_equal(told(rig, 'B').ref, 1);
	assert_int_equal(position(rig), 0);
	holds(rig, 90, 1629000);
}

static void a_replace_refused_after_a_bust_that_crossed_it_leaves_the_order_as_it_was(void **state)
{
	struct rig *rig = *state;
	struct crossing c = crossing(rig);
	breaks(rig, c.order.id, c.exec);
	told(rig, 'B');
	refuses(rig, &c.replace, true, 2);
	assert_int_equal(told(rig, 'J').ref, 2);
	holds(rig, 70, (int64_t)rig_order(1).price_e4);
	assert_int_equal(position(rig), 0);
	/* The next total counts from what the venue may have left of its executions. */
	struct ouch_in replace = rig_replace(1, 3, 120, 1629000);
	rig_send(rig, 0, &replace);
	assert_int_equal(taken().qty, 90);
	holds(rig, 90, 1629000);
}

/* Corrected down by 20, and up again: it may have read the total in between. */
static void a_correction_that_crosses_a_replace_holds_what_the_venue_may_open(void **state)
{
	struct rig *rig = *state;
	struct crossing c = crossing(rig);
	corrects(rig, c.order.id, c.exec, 10);
	told(rig, 'F');
	holds(rig, 110, 1629000);
	corrects(rig, c.order.id, c.exec, 50);
	told(rig, 'F');
	holds(rig, 110, 1629000);
	assert_int_equal(position(rig), 50);
	replaces(rig, &c, 90);
	holds(rig, 90, 1629000);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, shut),                                      \
		cmocka_unit_test_setup_teardown(test, open_44, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(a_bust_under_the_newest_name_is_of_the_execution_it_names),
		OF_BOTH(a_bust_under_a_forgotten_name_is_of_the_execution_it_names),
		OF_BOTH(a_change_of_a_correction_is_of_the_execution_that_it_corrected),
		OF_BOTH(a_bust_of_what_nobody_executed_halts_the_venue),
		OF_BOTH(a_replace_after_a_correction_upwards_opens_no_more_than_was_judged),
		OF_BOTH(a_replace_after_changes_both_ways_counts_the_least_there_may_be),
		OF_BOTH(a_replace_after_a_correction_taken_back_counts_as_at_first),
		OF_BOTH(a_bust_that_crosses_a_replace_holds_what_the_venue_may_open),
		OF_BOTH(what_a_replace_opens_after_a_bust_that_crossed_it_is_what_is_held),
		OF_BOTH(a_bust_behind_a_replace_opens_nothing),
		OF_BOTH(a_replace_refused_after_a_bust_that_crossed_it_leaves_the_order_as_it_was),
		OF_BOTH(a_correction_that_crosses_a_replace_holds_what_the_venue_may_open),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
