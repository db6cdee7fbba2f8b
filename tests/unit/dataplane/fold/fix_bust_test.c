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
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
