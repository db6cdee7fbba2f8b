/* Property and boundary tests of refs.c against an array that remembers everything. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/refs.h"

static void a_key_is_found_until_it_is_removed(void **state)
{
	struct refs refs;
	(void)state;
	refs_open(&refs, 4);
	assert_int_equal(refs_find(&refs, 7), REFS_NONE);
	assert_true(refs_put(&refs, 7, 3));
	assert_int_equal(refs_find(&refs, 7), 3);
	refs_remove(&refs, 7);
	assert_int_equal(refs_find(&refs, 7), REFS_NONE);
	refs_remove(&refs, 7);
	refs_close(&refs);
}

static void the_last_place_is_given_and_one_more_is_refused(void **state)
{
	struct refs refs;
	(void)state;
	refs_open(&refs, 3);
	for (uint32_t i = 1; i <= 3; i++)
		assert_true(refs_put(&refs, i, i));
	assert_false(refs_put(&refs, 4, 4));
	assert_int_equal(refs_find(&refs, 4), REFS_NONE);
	refs_remove(&refs, 2);
	assert_true(refs_put(&refs, 4, 4));
	assert_int_equal(refs_find(&refs, 4), 4);
	assert_int_equal(refs_find(&refs, 1), 1);
	refs_close(&refs);
}

static void a_million_random_steps_agree_with_an_array(void **state)
{
	enum { KEYS = 512, STEPS = 1000000 };
	static uint32_t model[KEYS];
	struct refs refs;
	uint64_t seed = 88172645463325252ull;
	uint32_t count = 0;
	(void)state;
	refs_open(&refs, 300);
	for (uint32_t i = 0; i < STEPS; i++) {
		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		uint32_t k = (uint32_t)(seed >> 20) % KEYS;
		/* Keys that differ only in high bits collide at home: the chains get long. */
		uint64_t key = ((uint64_t)(k % 16) << 60 | k) + 1;
		if (model[k] == 0 && count < 300) {
			assert_true(refs_put(&refs, key, k + 1));
			model[k] = k + 1;
			count++;
		} else if (model[k] != 0 && (seed & 1)) {
			refs_remove(&refs, key);
			model[k] = 0;
			count--;
		}
		assert_int_equal(refs_find(&refs, key), model[k] == 0 ? REFS_NONE : model[k]);
	}
	for (uint32_t k = 0; k < KEYS; k++)
		assert_int_equal(refs_find(&refs, ((uint64_t)(k % 16) << 60 | k) + 1),
			model[k] == 0 ? REFS_NONE : model[k]);
	refs_close(&refs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_found_until_it_is_removed),
		cmocka_unit_test(the_last_place_is_given_and_one_more_is_refused),
		cmocka_unit_test(a_million_random_steps_agree_with_an_array),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.refs", tests, NULL, NULL);
}
