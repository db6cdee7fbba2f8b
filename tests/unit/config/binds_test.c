/* binds_test.c - every place where a limit may be stated binds something, and one thing only. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/binds.h"
#include "config/rejects.h"

static void each_scope_of_a_limit_binds_one_thing(void **state)
{
	(void)state;
	uint8_t scopes[LIMIT_COUNT] = {0};
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		const struct limit_bind *bind = &limit_binds[i];
		assert_int_not_equal(bind->scopes, 0);
		assert_int_equal(scopes[bind->limit] & bind->scopes, 0);
		scopes[bind->limit] |= bind->scopes;
	}
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		assert_int_equal(scopes[i], limit_keys[i].scopes);
}

static void a_lane_is_held_to_one_row_at_most(void **state)
{
	(void)state;
	uint8_t seen[LANE_COUNT] = {0};
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		if (limit_binds[i].lane == LANE_NONE)
			continue;
		assert_true(limit_binds[i].lane < LANE_COUNT);
		assert_int_equal(seen[limit_binds[i].lane]++, 0);
	}
}

static void a_statement_is_found_by_its_scope(void **state)
{
	(void)state;
	const struct limit_bind *firms = limit_bind_of(LIMIT_order_rate, SCOPE_FIRM);
	assert_ptr_equal(limit_bind_of(LIMIT_order_rate, SCOPE_SYMBOL), firms);
	assert_int_equal(firms->lane, LANE_SYMBOL_WINDOW);
	assert_int_equal(limit_bind_of(LIMIT_order_rate, SCOPE_ACCOUNT)->lane, LANE_ACCOUNT_WINDOW);
	assert_int_equal(limit_bind_of(LIMIT_cancel_rate, SCOPE_SESSION)->absence, ABSENCE_PASSES);
	assert_int_equal(limit_bind_of(LIMIT_order_rate, SCOPE_SESSION)->absence, ABSENCE_REFUSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scope_of_a_limit_binds_one_thing),
		cmocka_unit_test(a_lane_is_held_to_one_row_at_most),
		cmocka_unit_test(a_statement_is_found_by_its_scope),
	};
	return !!cmocka_run_group_tests_name("unit.config.binds", tests, NULL, NULL);
}
