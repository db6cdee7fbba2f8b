/* absolute_test.c - levels that are set, orders that are given a new size, books that are cleared.
   rooms: dataplane_book */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/book/absolute.h"

enum { ORDERS = 64 };

static int open_book(void **state)
{
	*state = book_open(ORDERS);
	return 0;
}

static int close_book(void **state)
{
	book_close(*state);
	return 0;
}

static bool set_level(
	struct book *book, uint16_t locate, enum side side, int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = EVENT_LEVEL, .locate = locate, .side = (uint8_t)side};
	e.price_e4 = price_e4;
	e.qty = qty;
	return book_apply(book, &e);
}

static bool add(struct book *book, uint16_t locate, enum side side, uint64_t order,
	int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = EVENT_ADD, .locate = locate, .side = (uint8_t)side};
	e.order = order;
	e.price_e4 = price_e4;
	e.qty = qty;
	return book_apply(book, &e);
}

static bool set_order(struct book *book, enum event_kind kind, uint16_t locate, uint64_t order,
	int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = (uint8_t)kind, .locate = locate, .order = order};
	e.price_e4 = price_e4;
	e.qty = qty;
	return book_apply(book, &e);
}

static bool clear(struct book *book, enum event_kind kind, uint16_t locate)
{
	struct event e = {.kind = (uint8_t)kind, .locate = locate};
	return book_apply(book, &e);
}

static void is_top(const struct book *book, uint16_t locate, int64_t bid_e4, uint32_t bid_qty,
	int64_t ask_e4, uint32_t ask_qty)
{
	struct book_top top;
	book_top_of(book, locate, &top);
	assert_int_equal(top.bid_e4, bid_e4);
	assert_int_equal(top.bid_qty, bid_qty);
	assert_int_equal(top.ask_e4, ask_e4);
	assert_int_equal(top.ask_qty, ask_qty);
}

static struct book_counts counts_of(const struct book *book)
{
	struct book_counts counts;
	book_counts_of(book, &counts);
	return counts;
}

static void a_level_has_the_size_last_told(void **state)
{
	struct book *book = *state;
	assert_true(set_level(book, 5, SIDE_BUY, 990000, 100));
	is_top(book, 5, 990000, 100, 0, 0);
	assert_true(set_level(book, 5, SIDE_BUY, 990000, UINT32_MAX));
	is_top(book, 5, 990000, UINT32_MAX, 0, 0);
	assert_false(set_level(book, 5, SIDE_BUY, 990000, UINT32_MAX));
	assert_true(set_level(book, 5, SIDE_SELL, 990001, 7));
	is_top(book, 5, 990000, UINT32_MAX, 990001, 7);
	assert_int_equal(counts_of(book).levels, 2);
	assert_int_equal(counts_of(book).orders, 0);
}

static void a_size_of_0_uncovers_the_level_behind(void **state)
{
	struct book *book = *state;
	struct book_level levels[4];
	set_level(book, 5, SIDE_SELL, 1000000, 1);
	assert_false(set_level(book, 5, SIDE_SELL, 1000050, 2));
	assert_false(set_level(book, 5, SIDE_SELL, 2000000, 3));
	assert_int_equal(book_depth(book, 5, SIDE_SELL, levels, 4), 3);
	assert_int_equal(levels[1].price_e4, 1000050);
	assert_int_equal(levels[1].qty, 2);
	assert_int_equal(levels[1].order_count, 0);
	assert_true(set_level(book, 5, SIDE_SELL, 1000000, 0));
	is_top(book, 5, 0, 0, 1000050, 2);
	assert_false(set_level(book, 5, SIDE_SELL, 2000000, 0));
	assert_true(set_level(book, 5, SIDE_SELL, 1000050, 0));
	is_top(book, 5, 0, 0, 0, 0);
	assert_false(set_level(book, 5, SIDE_SELL, 1000050, 0));
	assert_false(set_level(book, 5, SIDE_SELL, 1000100, 0)); /* its leaf never was */
	assert_int_equal(counts_of(book).levels, 0);
}

static void a_removed_neighbour_of_the_same_leaf_is_no_level(void **state)
{
	struct book *book = *state;
	set_level(book, 5, SIDE_BUY, 990000, 1);
	set_level(book, 5, SIDE_BUY, 990100, 1);
	set_level(book, 5, SIDE_BUY, 990100, 0);
	assert_false(set_level(book, 5, SIDE_BUY, 990100, 0));
	is_top(book, 5, 990000, 1, 0, 0);
}

static void a_price_that_is_none_is_counted(void **state)
{
	struct book *book = *state;
	static const int64_t prices[] = {0, -1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
	for (uint32_t i = 0; i < ARRAY_COUNT(prices); i++) {
		assert_false(set_level(book, 5, SIDE_BUY, prices[i], 5));
		assert_int_equal(counts_of(book).bad_adds, i + 1);
	}
	assert_true(set_level(book, 5, SIDE_BUY, INT32_MAX, 5));
	is_top(book, 5, INT32_MAX, 5, 0, 0);
}

static void a_level_with_orders_in_it_is_not_overwritten(void **state)
{
	struct book *book = *state;
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	assert_false(set_level(book, 5, SIDE_BUY, 990000, 7));
	assert_false(set_level(book, 5, SIDE_BUY, 990000, 0));
	assert_int_equal(counts_of(book).bad_adds, 2);
	is_top(book, 5, 990000, 100, 0, 0);
	set_level(book, 5, SIDE_BUY, 980000, 7);
	add(book, 5, SIDE_BUY, 2, 980000, 3);
	clear(book, EVENT_CLEAR, 5);
	assert_int_equal(counts_of(book).orders + counts_of(book).levels, 0);
}

static void more_levels_than_there_is_room_for_are_counted_and_the_rest_stays_exact(void **state)
{
	struct book *book = *state;
	uint32_t set = 0;
	for (uint32_t i = 1; i <= 100;
		i++) { /* each a shelf of its own, the best one near, the others listed */
		set_level(book, 5, SIDE_BUY, (int64_t)i * 10000000, i);
		if (counts_of(book).full == 0)
			set = i;
	}
	assert_int_equal(set, ORDERS + 1);
	assert_int_equal(counts_of(book).full, 100 - (ORDERS + 1));
	assert_int_equal(counts_of(book).levels, ORDERS + 1);
	is_top(book, 5, (int64_t)set * 10000000, set, 0, 0);
}

static void a_modified_order_has_its_new_size_and_price(void **state)
{
	struct book *book = *state;
	enum side side;
	int64_t price_e4;
	uint32_t qty;
	add(book, 5, SIDE_SELL, 1, 990000, 100);
	add(book, 5, SIDE_SELL, 2, 990000, 50);
	assert_true(set_order(book, EVENT_MODIFY, 5, 1, 990000, 300)); /* it may grow */
	is_top(book, 5, 0, 0, 990000, 350);
	assert_true(set_order(book, EVENT_MODIFY, 5, 1, 980000, 20));
	is_top(book, 5, 0, 0, 980000, 20);
	assert_false(set_order(book, EVENT_MODIFY, 5, 2, 995000, 51));
	assert_true(book_order(book, 2, &side, &price_e4, &qty));
	assert_int_equal(side, SIDE_SELL);
	assert_int_equal(price_e4, 995000);
	assert_int_equal(qty, 51);
	assert_false(set_order(book, EVENT_MODIFY, 5, 1, 980000, 20));
}

static void a_modification_to_nothing_removes_the_order(void **state)
{
	struct book *book = *state;
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	assert_true(set_order(book, EVENT_MODIFY, 5, 1, 990000, 0));
	is_top(book, 5, 0, 0, 0, 0);
	add(book, 5, SIDE_BUY, 1, 990000, 100); /* the id may come back */
	assert_true(set_order(book, EVENT_MODIFY, 5, 1, 0, 5));
	is_top(book, 5, 0, 0, 0, 0);
	assert_int_equal(counts_of(book).bad_adds, 1);
	assert_int_equal(counts_of(book).orders, 0);
}

static void an_execution_leaves_what_the_venue_says(void **state)
{
	struct book *book = *state;
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	assert_true(set_order(book, EVENT_EXECUTE_TO, 5, 1, 985000, 40));
	is_top(book, 5, 990000, 40, 0, 0); /* the print's price is not the order's */
	assert_true(set_order(book, EVENT_EXECUTE_TO, 5, 1, 985000, 60));
	is_top(book, 5, 990000, 60, 0, 0);
	assert_true(set_order(book, EVENT_EXECUTE_TO, 5, 1, 985000, 0));
	is_top(book, 5, 0, 0, 0, 0);
}

static void an_order_that_is_not_there_or_anothers_is_counted(void **state)
{
	struct book *book = *state;
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	assert_false(set_order(book, EVENT_MODIFY, 5, 2, 990000, 5));
	assert_false(set_order(book, EVENT_EXECUTE_TO, 6, 1, 990000, 5));
	assert_int_equal(counts_of(book).unknown_orders, 2);
	is_top(book, 5, 990000, 100, 0, 0);
}

/* The level of the old order goes before the new one comes, so only its place can be full. */
static void a_modified_order_that_finds_no_level_is_gone_and_counted(void **state)
{
	struct book *book = *state;
	for (uint32_t i = 1; i < ORDERS; i++)
		set_level(book, 5, SIDE_BUY, (int64_t)i * 10000000, i);
	add(book, 5, SIDE_BUY, 1, 10000000, 5); /* shares the shelf of a level */
	set_level(book, 5, SIDE_BUY, 635000000, 5);
	add(book, 5, SIDE_BUY, 2, 640000000, 5);
	assert_int_equal(counts_of(book).full, 0);
	set_order(book, EVENT_MODIFY, 5, 1, 650000000, 5);
	assert_int_equal(counts_of(book).full, 1);
	assert_int_equal(counts_of(book).orders, 1);
}

static void a_cleared_instrument_is_empty_and_no_other(void **state)
{
	struct book *book = *state;
	for (uint64_t i = 0; i < 20; i++)
		add(book, (uint16_t)(5 + i % 2), i % 4 < 2 ? SIDE_BUY : SIDE_SELL, 100 + i,
			990000 + (int64_t)i * 50, 10);
	set_level(book, 7, SIDE_BUY, 990000, 1);
	set_level(book, 7, SIDE_SELL, 990100, 1);
	assert_true(clear(book, EVENT_CLEAR, 5));
	is_top(book, 5, 0, 0, 0, 0);
	assert_int_equal(counts_of(book).orders, 10);
	assert_false(clear(book, EVENT_CLEAR, 5));
	assert_true(clear(book, EVENT_CLEAR, 7));
	is_top(book, 7, 0, 0, 0, 0);
	assert_true(clear(book, EVENT_CLEAR, 6));
	assert_int_equal(counts_of(book).orders + counts_of(book).levels, 0);
	set_level(book, 7, SIDE_SELL, 990100, 1);
	assert_true(clear(book, EVENT_CLEAR, 7)); /* one side is enough */
	assert_true(add(book, 5, SIDE_BUY, 100, 990000, 10));
}

static void a_cleared_channel_is_empty(void **state)
{
	struct book *book = *state;
	assert_false(clear(book, EVENT_CLEAR_ALL, 0));
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	set_level(book, 7, SIDE_BUY, 990000, 1);
	assert_true(clear(book, EVENT_CLEAR_ALL, 0));
	is_top(book, 5, 0, 0, 0, 0);
	is_top(book, 7, 0, 0, 0, 0);
	assert_int_equal(counts_of(book).orders + counts_of(book).levels, 0);
	assert_false(clear(book, EVENT_CLEAR_ALL, 0));
}

static void other_kinds_change_nothing(void **state)
{
	struct book *book = *state;
	static const uint8_t kinds[] = {EVENT_NONE, EVENT_TRADE, EVENT_OFFICIAL, EVENT_KIND_COUNT};
	add(book, 5, SIDE_BUY, 1, 990000, 100);
	for (uint32_t i = 0; i < ARRAY_COUNT(kinds); i++)
		assert_false(set_order(book, (enum event_kind)kinds[i], 5, 1, 980000, 5));
	is_top(book, 5, 990000, 100, 0, 0);
}

static void an_order_tells_whose_it_is(void **state)
{
	struct book *book = *state;
	uint16_t locate = 9;
	assert_false(book_locate_of(book, 1, &locate));
	assert_int_equal(locate, 9);
	add(book, 65535, SIDE_SELL, 1, 990000, 100);
	assert_true(book_locate_of(book, 1, &locate));
	assert_int_equal(locate, 65535);
}

#define a_test(name) cmocka_unit_test_setup_teardown(name, open_book, close_book)

int main(void)
{
	const struct CMUnitTest tests[] = {
		a_test(a_level_has_the_size_last_told),
		a_test(a_size_of_0_uncovers_the_level_behind),
		a_test(a_removed_neighbour_of_the_same_leaf_is_no_level),
		a_test(a_price_that_is_none_is_counted),
		a_test(a_level_with_orders_in_it_is_not_overwritten),
		a_test(more_levels_than_there_is_room_for_are_counted_and_the_rest_stays_exact),
		a_test(a_modified_order_has_its_new_size_and_price),
		a_test(a_modification_to_nothing_removes_the_order),
		a_test(an_execution_leaves_what_the_venue_says),
		a_test(an_order_that_is_not_there_or_anothers_is_counted),
		a_test(a_modified_order_that_finds_no_level_is_gone_and_counted),
		a_test(a_cleared_instrument_is_empty_and_no_other),
		a_test(a_cleared_channel_is_empty),
		a_test(other_kinds_change_nothing),
		a_test(an_order_tells_whose_it_is),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.book.absolute", tests, NULL, NULL);
}
