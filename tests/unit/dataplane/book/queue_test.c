/* queue_test.c - one price, three orders, and whatever can happen to them.
   rooms: dataplane_book_queue */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/book/book.h"

enum { PRICE_E4 = 1000000 };

static void apply(struct book *book, enum event_kind kind, uint64_t order, uint64_t other,
	int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = (uint8_t)kind,
		.locate = 1,
		.order = order,
		.other = other,
		.price_e4 = price_e4,
		.qty = qty};
	book_apply(book, &e);
}

#define assert_ahead(book, order, expected_qty, expected_count)                                    \
	do {                                                                                       \
		uint64_t found_qty;                                                                \
		uint32_t found_count;                                                              \
		assert_true(book_ahead_of(book, order, &found_qty, &found_count));                 \
		assert_int_equal(found_qty, expected_qty);                                         \
		assert_int_equal(found_count, expected_count);                                     \
	} while (0)

/* Orders 1, 2, 3 of 100, 200, 300 shares, in this order. */
static int setup(void **state)
{
	struct book *book = book_open(100);
	for (uint64_t i = 1; i <= 3; i++)
		apply(book, EVENT_ADD, i, 0, PRICE_E4, 100 * (uint32_t)i);
	*state = book;
	return 0;
}

static int teardown(void **state)
{
	book_close(*state);
	return 0;
}

static void orders_stand_in_the_order_of_their_arrival(void **state)
{
	struct book *book = *state;
	assert_true(book_has_queue());
	assert_ahead(book, 1, 0, 0);
	assert_ahead(book, 2, 100, 1);
	assert_ahead(book, 3, 300, 2);
	apply(book, EVENT_ADD, 4, 0, PRICE_E4 - 100, 50); /* elsewhere */
	assert_ahead(book, 4, 0, 0);
}

static void an_execution_in_part_keeps_the_place(void **state)
{
	struct book *book = *state;
	apply(book, EVENT_EXECUTE, 1, 0, 0, 40);
	assert_ahead(book, 1, 0, 0);
	assert_ahead(book, 3, 260, 2);
	apply(book, EVENT_EXECUTE, 1, 0, 0, 60);
	assert_ahead(book, 2, 0, 0);
	assert_ahead(book, 3, 200, 1);
}

static void a_reduction_keeps_the_place(void **state)
{
	struct book *book = *state;
	apply(book, EVENT_REDUCE, 2, 0, 0, 150);
	assert_ahead(book, 2, 100, 1);
	assert_ahead(book, 3, 150, 2);
}

static void a_delete_lets_those_behind_move_up(void **state)
{
	struct book *book = *state;
	uint64_t qty;
	uint32_t count;
	apply(book, EVENT_DELETE, 2, 0, 0, 0);
	assert_ahead(book, 3, 100, 1);
	assert_false(book_ahead_of(book, 2, &qty, &count));
	apply(book, EVENT_DELETE, 3, 0, 0, 0);
	apply(book, EVENT_ADD, 5, 0, PRICE_E4, 10); /* behind whom is left */
	assert_ahead(book, 5, 100, 1);
}

static void a_replacement_goes_to_the_end(void **state)
{
	struct book *book = *state;
	apply(book, EVENT_REPLACE, 1, 6, PRICE_E4, 70); /* the same price, another order */
	assert_ahead(book, 2, 0, 0);
	assert_ahead(book, 6, 500, 2);
	apply(book, EVENT_REPLACE, 2, 2, PRICE_E4, 20); /* even with the same reference */
	assert_ahead(book, 3, 0, 0);
	assert_ahead(book, 2, 370, 2);
}

static void modify(
	struct book *book, uint64_t order, int64_t price_e4, uint32_t qty, enum event_flag flag)
{
	struct event e = {.kind = EVENT_MODIFY,
		.locate = 1,
		.order = order,
		.price_e4 = price_e4,
		.qty = qty,
		.flags = (uint16_t)flag};
	book_apply(book, &e);
}

static void a_modification_keeps_the_place_if_the_venue_says_so(void **state)
{
	struct book *book = *state;
	modify(book, 2, PRICE_E4, 150, EVENT_FLAG_KEEPS_PRIORITY);
	assert_ahead(book, 2, 100, 1);
	assert_ahead(book, 3, 250, 2);
	modify(book, 2, PRICE_E4, 400, EVENT_FLAG_KEEPS_PRIORITY); /* though it is more */
	assert_ahead(book, 2, 100, 1);
	assert_ahead(book, 3, 500, 2);
	modify(book, 1, PRICE_E4, 60, 0); /* though it is less */
	assert_ahead(book, 2, 0, 0);
	assert_ahead(book, 1, 700, 2);
	modify(book, 3, PRICE_E4, 300, 0); /* though nothing changed */
	assert_ahead(book, 1, 400, 1);
	assert_ahead(book, 3, 460, 2);
	modify(book, 2, PRICE_E4 + 100, 400,
		EVENT_FLAG_KEEPS_PRIORITY); /* there is no place to keep */
	assert_ahead(book, 1, 0, 0);
	assert_ahead(book, 2, 0, 0);
	modify(book, 2, PRICE_E4, 400, EVENT_FLAG_KEEPS_PRIORITY);
	assert_ahead(book, 2, 360, 2);
}

static void an_execution_that_tells_what_is_left_keeps_the_place(void **state)
{
	struct book *book = *state;
	apply(book, EVENT_EXECUTE_TO, 2, 0, 0, 10);
	assert_ahead(book, 2, 100, 1);
	assert_ahead(book, 3, 110, 2);
}

static void a_cleared_book_begins_anew(void **state)
{
	struct book *book = *state;
	book_clear(book);
	apply(book, EVENT_ADD, 3, 0, PRICE_E4, 10);
	assert_ahead(book, 3, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			orders_stand_in_the_order_of_their_arrival, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_execution_in_part_keeps_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reduction_keeps_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_delete_lets_those_behind_move_up, setup, teardown),
		cmocka_unit_test_setup_teardown(a_replacement_goes_to_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_modification_keeps_the_place_if_the_venue_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_execution_that_tells_what_is_left_keeps_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cleared_book_begins_anew, setup, teardown),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.book.queue", tests, NULL, NULL);
}
