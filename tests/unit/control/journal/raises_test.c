/* raises_test.c - journals of limits raised for a time, and how each ended. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "control/journal/raises.h"

#define WALL_NS 1548795600000000000ull

static struct raises raises, other;

static int clear(void **state)
{
	(void)state;
	memset(&raises, 0, sizeof raises);
	memset(&other, 0, sizeof other);
	return 0;
}

static void take(struct raises *of, uint8_t type, const void *body, size_t size)
{
	union record_space space = {.record = {.type = type, .body_bytes = (uint16_t)size}};
	memcpy(&space.record + 1, body, size);
	raises_take(of, &space.record);
}

static void turn(struct raises *of, uint64_t second)
{
	struct turn_inputs inputs = {.wall_ns = WALL_NS + second};
	take(of, RECORD_TURN, &inputs, sizeof inputs);
}

static void begins(struct raises *of, uint32_t number)
{
	struct lease_record lease = {.number = number,
		.word = LEASE_BEGINS,
		.uid = 1000,
		.second_uid = 1001,
		.within_ns = 60,
		.reason = "a large client"};
	take(of, RECORD_LEASE, &lease, sizeof lease);
}

static void ends(struct raises *of, uint32_t number, uint8_t why, uint32_t uid)
{
	struct lease_end_record end = {.number = number, .why = why, .uid = uid};
	take(of, RECORD_LEASE_END, &end, sizeof end);
}

static void each_has_who_since_when_and_how_it_ended(void **state)
{
	(void)state;
	struct lease_record gone = {.number = 2, .word = LEASE_UNDONE, .uid = 1002};
	turn(&raises, 1);
	for (uint32_t number = 1; number <= 4; number++)
		begins(&raises, number);
	turn(&raises, 2);
	take(&raises, RECORD_LEASE, &gone, sizeof gone);
	ends(&raises, 2, LIMITS_UNDONE, 1002);
	ends(&raises, 3, LIMITS_REPLACED, 0);
	turn(&raises, 61);
	ends(&raises, 1, LIMITS_EXPIRED, 0);
	ends(&raises, 9, LIMITS_EXPIRED, 0); /* of nothing that is known */
	assert_int_equal(raises.count, 4);
	assert_int_equal(raises.rows[0].why, LIMITS_EXPIRED);
	assert_int_equal(raises.rows[0].wall_ns, WALL_NS + 1);
	assert_int_equal(raises.rows[0].ended_wall_ns, WALL_NS + 61);
	assert_false(raises.rows[0].is_found_over);
	assert_string_equal(raises.rows[0].lease.reason, "a large client");
	assert_int_equal(raises.rows[1].why, LIMITS_UNDONE);
	assert_int_equal(raises.rows[1].ended_uid, 1002);
	assert_int_equal(raises.rows[1].lease.uid, 1000);
	assert_int_equal(raises.rows[2].why, LIMITS_REPLACED);
	assert_int_equal(raises_find(&raises, 4)->why, 0);
	assert_int_equal(raises_find(&raises, 4)->ended_wall_ns, 0);
	assert_null(raises_find(&raises, 5));
	assert_null(raises_find(&raises, 0));
}

static void one_that_was_over_while_its_gate_was_down_ends_when_it_is_started(void **state)
{
	(void)state;
	struct boot_record boot = {.wall_ns = WALL_NS + 500};
	turn(&raises, 1);
	begins(&raises, 1);
	begins(&raises, 2);
	take(&raises, RECORD_BOOT, &boot, sizeof boot);
	ends(&raises, 1, LIMITS_EXPIRED, 0);
	turn(&raises, 501);
	ends(&raises, 2, LIMITS_EXPIRED, 0);
	assert_true(raises.rows[0].is_found_over);
	assert_int_equal(raises.rows[0].ended_wall_ns, WALL_NS + 500);
	assert_false(raises.rows[1].is_found_over);
}

static void of_several_gates_one_is_in_force_while_any_has_it(void **state)
{
	(void)state;
	turn(&raises, 1);
	turn(&other, 1);
	begins(&raises, 1); /* the firm's */
	begins(&other, 1);
	begins(&other, 2); /* of an account of the other gate's */
	begins(&raises, 3);
	turn(&raises, 5);
	ends(&raises, 1, LIMITS_EXPIRED, 0);
	struct raises both = raises;
	raises_add(&both, &other, 1);
	assert_int_equal(both.count, 3);
	assert_int_equal(both.rows[0].why, 0);
	assert_int_equal(both.rows[0].gate_mask, 3);
	assert_int_equal(both.rows[1].lease.number, 2);
	assert_int_equal(both.rows[1].gate_mask, 2);
	assert_int_equal(both.rows[2].gate_mask, 1);
	turn(&other, 7);
	ends(&other, 1, LIMITS_UNDONE, 1001);
	raises_add(&raises, &other, 1);
	assert_int_equal(raises.rows[0].why, LIMITS_UNDONE);
	assert_int_equal(raises.rows[0].ended_wall_ns, WALL_NS + 7);
	assert_int_equal(raises.rows[0].ended_uid, 1001);
}

static void the_newest_are_kept_and_older_ones_counted(void **state)
{
	(void)state;
	turn(&raises, 1);
	for (uint32_t number = 1; number <= RAISES_COUNT_MAX + 3; number++)
		begins(&raises, number + 10);
	assert_int_equal(raises.count, RAISES_COUNT_MAX);
	assert_int_equal(raises.left_out, 3);
	assert_int_equal(raises.rows[0].lease.number, 14);
	begins(&other, 2); /* older than all that are kept */
	begins(&other, 20);
	raises_add(&raises, &other, 1);
	assert_int_equal(raises.count, RAISES_COUNT_MAX);
	assert_int_equal(raises.left_out, 4);
	assert_int_equal(raises.rows[0].lease.number, 14);
	assert_int_equal(raises.rows[RAISES_COUNT_MAX - 1].lease.number, RAISES_COUNT_MAX + 13);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup(test, clear)
	const struct CMUnitTest tests[] = {
		ONE(each_has_who_since_when_and_how_it_ended),
		ONE(one_that_was_over_while_its_gate_was_down_ends_when_it_is_started),
		ONE(of_several_gates_one_is_in_force_while_any_has_it),
		ONE(the_newest_are_kept_and_older_ones_counted),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.raises", tests, NULL, NULL);
#undef ONE
}
