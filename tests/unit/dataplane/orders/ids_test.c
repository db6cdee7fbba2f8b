/* Names of orders by text: found again, told back, never given twice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "dataplane/orders/ids.h"

static void a_text_leads_to_its_number_and_back(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 64);
	assert_true(ids_put(&ids, 7, 1, "ALPHA", 5));
	assert_true(ids_put(&ids, 7, 2, "twenty-characters-20", 20));
	assert_int_equal(ids_find(&ids, 7, "ALPHA", 5), 1);
	assert_int_equal(ids_find(&ids, 7, "twenty-characters-20", 20), 2);
	assert_int_equal(ids_text(&ids, 7, 2)->size_bytes, 20);
	assert_memory_equal(ids_text(&ids, 7, 2)->text, "twenty-characters-20", 20);
	assert_memory_equal(ids_text(&ids, 7, 1)->text, "ALPHA\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	ids_close(&ids);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 64);
	assert_true(ids_put(&ids, 7, 1, "ALPHA", 5));
	assert_int_equal(ids_find(&ids, 7, "ALPH", 4), 0);
	assert_int_equal(ids_find(&ids, 7, "ALPHA ", 6), 0);
	assert_int_equal(ids_find(&ids, 7, "", 0), 0);
	assert_int_equal(ids_find(&ids, 7, "longer than any id is", 21), 0);
	assert_int_equal(ids_text(&ids, 7, 2)->size_bytes, 0);
	assert_int_equal(ids_text(&ids, 7, 0)->size_bytes, 0);
	ids_close(&ids);
}

static void sessions_may_use_the_same_text(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 64);
	assert_true(ids_put(&ids, 1, 5, "SAME", 4));
	assert_true(ids_put(&ids, 2, 9, "SAME", 4));
	assert_int_equal(ids_find(&ids, 1, "SAME", 4), 5);
	assert_int_equal(ids_find(&ids, 2, "SAME", 4), 9);
	assert_int_equal(ids_text(&ids, 1, 9)->size_bytes, 0);
	/* However many of both stand beside each other. */
	for (uint32_t i = 0; i < 31; i++) {
		const char text[] = {'T', (char)('A' + i)};
		assert_true(ids_put(&ids, 1, 100 + i, text, 2));
		assert_true(ids_put(&ids, 2, 200 + i, text, 2));
	}
	for (uint32_t i = 0; i < 31; i++) {
		const char text[] = {'T', (char)('A' + i)};
		assert_int_equal(ids_find(&ids, 1, text, 2), 100 + i);
		assert_int_equal(ids_find(&ids, 2, text, 2), 200 + i);
	}
	ids_close(&ids);
}

static void a_full_table_refuses_and_still_tells_what_it_refused(void **state)
{
	struct ids ids;
	char text[8];
	(void)state;
	ids_open(&ids, 100);
	for (uint32_t i = 1; i <= 100; i++) {
		int size = snprintf(text, sizeof text, "T%u", i);
		assert_true(ids_put(&ids, 1, i, text, (uint32_t)size));
	}
	uint64_t digest = ids.digest[0];
	assert_false(ids_put(&ids, 1, 101, "T101", 4));
	assert_int_equal(ids.digest[0], digest);
	assert_int_equal(ids_find(&ids, 1, "T101", 4), 0);
	assert_memory_equal(ids_text(&ids, 1, 0)->text, "T101", 4);
	assert_int_equal(ids_text(&ids, 2, 0)->size_bytes, 0); /* not another's */
	for (uint32_t i = 1; i <= 100; i++) {
		int size = snprintf(text, sizeof text, "T%u", i);
		assert_int_equal(ids_find(&ids, 1, text, (uint32_t)size), i);
	}
	ids_close(&ids);
}

static void the_same_uses_give_the_same_digest_and_others_another(void **state)
{
	struct ids one, two;
	(void)state;
	ids_open(&one, 64);
	ids_open(&two, 64);
	ids_put(&one, 1, 1, "A", 1);
	ids_put(&two, 1, 1, "A", 1);
	assert_memory_equal(one.digest, two.digest, sizeof one.digest);
	ids_put(&one, 1, 2, "B", 1);
	ids_put(&two, 1, 2, "C", 1);
	assert_memory_not_equal(one.digest, two.digest, sizeof one.digest);
	uint64_t before = one.digest[0];
	ids_link(&one, 1, 2, 1);
	assert_int_equal(ids_text(&one, 1, 2)->link, 1);
	assert_int_not_equal(one.digest[0], before);
	before = one.digest[0];
	ids_link(&one, 1, 3, 1);
	assert_int_equal(one.digest[0], before);
	ids_close(&one);
	ids_close(&two);
}

static void a_link_is_given_to_another_number_unless_that_has_one(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 4);
	ids_put(&ids, 1, 1, "A", 1);
	ids_put(&ids, 1, 2, "B", 1);
	ids_link(&ids, 1, 1, 7);
	ids_move_link(&ids, 1, 1, 2);
	assert_int_equal(ids_text(&ids, 1, 1)->link, 0);
	assert_int_equal(ids_text(&ids, 1, 2)->link, 7);
	ids_link(&ids, 1, 1, 8);
	ids_move_link(&ids, 1, 1, 2);
	assert_int_equal(ids_text(&ids, 1, 1)->link, 8);
	assert_int_equal(ids_text(&ids, 1, 2)->link, 7);
	ids_link(&ids, 1, 1, 0);
	uint64_t before = ids.digest[0];
	ids_move_link(&ids, 1, 1, 2);
	assert_int_equal(ids_text(&ids, 1, 2)->link, 7);
	assert_int_equal(ids.digest[0], before);
	ids_close(&ids);
}

static void what_is_forgotten_may_be_used_again(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 2);
	ids_put(&ids, 1, 1, "A", 1);
	ids_put(&ids, 1, 2, "B", 1);
	assert_false(ids_put(&ids, 1, 3, "C", 1));
	ids_forget(&ids);
	assert_int_equal(ids_find(&ids, 1, "A", 1), 0);
	assert_int_equal(ids_text(&ids, 1, 0)->size_bytes, 0);
	assert_true(ids_put(&ids, 1, 1, "A", 1));
	assert_int_equal(ids_find(&ids, 1, "A", 1), 1);
	ids_close(&ids);
}

static void a_table_that_nobody_needs_takes_no_memory(void **state)
{
	struct ids ids;
	(void)state;
	ids_open(&ids, 0);
	assert_null(ids.entries);
	assert_int_equal(ids_find(&ids, 1, "A", 1), 0);
	assert_false(ids_put(&ids, 1, 1, "A", 1));
	ids_link(&ids, 1, 1, 2);
	assert_int_equal(ids_text(&ids, 1, 1)->size_bytes, 1); /* refused, and told so */
	assert_int_equal(ids_text(&ids, 1, 1)->link, 0);
	ids_forget(&ids);
	ids_close(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_leads_to_its_number_and_back),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(sessions_may_use_the_same_text),
		cmocka_unit_test(a_full_table_refuses_and_still_tells_what_it_refused),
		cmocka_unit_test(the_same_uses_give_the_same_digest_and_others_another),
		cmocka_unit_test(a_link_is_given_to_another_number_unless_that_has_one),
		cmocka_unit_test(what_is_forgotten_may_be_used_again),
		cmocka_unit_test(a_table_that_nobody_needs_takes_no_memory),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.ids", tests, NULL, NULL);
}
