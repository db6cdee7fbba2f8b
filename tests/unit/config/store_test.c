/* store_test.c - small and large pieces of one store, given back at once (leaks are the sanitizer's to find). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/store.h"

static void what_is_taken_is_zero_aligned_and_its_own(void **state)
{
	enum { COUNT = 2000 };
	static uint8_t *rows[COUNT];
	struct store store = {NULL};
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		size_t size = 1 + i % 700;
		rows[i] = store_take(&store, size);
		assert_int_equal((uintptr_t)rows[i] % 16, 0);
		for (size_t at = 0; at < size; at++)
			assert_int_equal(rows[i][at], 0);
		memset(rows[i], (int)(i % 255) + 1, size);
	}
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(rows[i][i % 700], i % 255 + 1);
	store_free(&store);
	assert_null(store.newest);
}

static void copies_of_nothing_differ_in_their_place(void **state)
{
	struct store store = {NULL};
	(void)state;
	const char *one = store_copy(&store, "", 0), *other = store_copy(&store, "", 0);
	assert_ptr_not_equal(one, other);
	assert_string_equal(store_copy(&store, "AAPLXX", 4), "AAPL");
	assert_string_equal(one, "");
	store_free(&store);
}

static void what_is_larger_than_a_piece_has_one_of_its_own(void **state)
{
	enum { LARGE = 5 * 1024 * 1024 };
	struct store store = {NULL};
	(void)state;
	char *small = store_copy(&store, "x", 1);
	uint8_t *large = store_take(&store, LARGE);
	memset(large, 1, LARGE);
	assert_string_equal(small, "x");
	assert_string_equal(store_copy(&store, "y", 1), "y");
	assert_int_equal(large[LARGE - 1], 1);
	store_free(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_is_zero_aligned_and_its_own),
		cmocka_unit_test(copies_of_nothing_differ_in_their_place),
		cmocka_unit_test(what_is_larger_than_a_piece_has_one_of_its_own),
	};
	return !!cmocka_run_group_tests_name("config.store", tests, NULL, NULL);
}
