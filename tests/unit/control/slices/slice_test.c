/* slice_test.c - how a whole is cut, what another whole makes of a cut, and what a gate may be offered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/slices/slice.h"

static void a_whole_is_cut_in_equal_parts_and_the_first_get_the_rest(void **state)
{
	(void)state;
	int64_t shares[4];
	slice_cut(100, shares, 2);
	assert_int_equal(shares[0], 50);
	assert_int_equal(shares[1], 50);
	slice_cut(11, shares, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(shares[i], i < 3 ? 3 : 2);
	slice_cut(1, shares, 3);
	assert_int_equal(shares[0] + shares[1] + shares[2], 1);
	slice_cut(INT64_MAX - 1, shares, 4);
	assert_int_equal(shares[0] - shares[3], 1);
}

/* slice (3): every whole of up to 40, shared by any three, against every other. */
static void another_whole_moves_all_shares_one_way_and_loses_nothing(void **state)
{
	(void)state;
	for (int64_t whole = 0; whole <= 24; whole++)
		for (int64_t other = 0; other <= 40; other++)
			for (int64_t first = 0; first <= whole; first++) {
				int64_t was[3] = {first, (whole - first) / 3, 0}, is[3];
				was[2] = whole - was[0] - was[1];
				memcpy(is, was, sizeof is);
				slice_scale(whole, other, is, 3);
				assert_int_equal(is[0] + is[1] + is[2], other);
				for (unsigned i = 0; i < 3; i++)
					assert_true(
						other >= whole ? is[i] >= was[i] : is[i] <= was[i]);
			}
}

static void the_largest_wholes_are_scaled_without_overflow(void **state)
{
	(void)state;
	int64_t shares[2] = {INT64_MAX - 8, 7};
	slice_scale(INT64_MAX - 1, INT64_MAX - 1, shares, 2);
	assert_int_equal(shares[0], INT64_MAX - 8);
	slice_scale(INT64_MAX - 1, 10, shares, 2);
	assert_int_equal(shares[0] + shares[1], 10);
}

static struct slice of_two(int64_t whole, int64_t first, int64_t second)
{
	return (struct slice){.whole = whole,
		.wanted = {first, second},
		.sure = {SLICE_NONE, SLICE_NONE},
		.offered = {SLICE_NONE, SLICE_NONE},
		.former = {SLICE_NONE, SLICE_NONE}};
}

static void less_may_be_offered_at_any_time_and_more_only_with_room(void **state)
{
	(void)state;
	struct slice slice = of_two(100, 20, 80);
	slice.sure[0] = slice.sure[1] = 50;
	assert_int_equal(slice_next(&slice, 0, 2), 20);
	assert_int_equal(slice_next(&slice, 1, 2), 50);
	slice.offered[0] = 20;
	assert_int_equal(slice_next(&slice, 1, 2), 50); /* offered is not taken */
	slice.sure[0] = 20;
	assert_int_equal(slice_next(&slice, 1, 2), 80);
	slice.former[0] = 31; /* it may return to it by itself */
	assert_int_equal(slice_next(&slice, 1, 2), 69);
}

static void nobody_gets_more_beside_a_gate_that_may_have_anything(void **state)
{
	(void)state;
	struct slice slice = of_two(100, 50, 50);
	slice.sure[0] = SLICE_UNKNOWN;
	slice.sure[1] = 40;
	assert_int_equal(slice_next(&slice, 1, 2), 40);
	assert_int_equal(slice_next(&slice, 0, 2), 50); /* beside 40 that are known */
	slice.sure[1] = SLICE_UNKNOWN;
	assert_int_equal(slice_next(&slice, 0, 2), 0);
	assert_true(slice_is_raise(&slice, 0, 0)); /* who knows */
}

static void of_one_epoch_each_gate_leaves_room_for_those_before_it(void **state)
{
	(void)state;
	struct slice slice = of_two(10, 10, 10); /* wanted too much */
	assert_int_equal(slice_next(&slice, 0, 2), 10);
	slice.planned[0] = 10;
	assert_int_equal(slice_next(&slice, 1, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_is_cut_in_equal_parts_and_the_first_get_the_rest),
		cmocka_unit_test(another_whole_moves_all_shares_one_way_and_loses_nothing),
		cmocka_unit_test(the_largest_wholes_are_scaled_without_overflow),
		cmocka_unit_test(less_may_be_offered_at_any_time_and_more_only_with_room),
		cmocka_unit_test(nobody_gets_more_beside_a_gate_that_may_have_anything),
		cmocka_unit_test(of_one_epoch_each_gate_leaves_room_for_those_before_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
