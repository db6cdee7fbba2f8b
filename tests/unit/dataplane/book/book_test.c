/* book_test.c - one order at a time, and every table filled to its limit and one past it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/book/book.h"
#include "dataplane/book/change.h"
#include "dataplane/book/levels.h"
#include "dataplane/book/orders.h"

static bool add(struct book *book, uint16_t locate, enum side side, uint64_t order,
	int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = EVENT_ADD,
		.locate = locate,
		.side = (uint8_t)side,
		.order = order,
		.price_e4 = price_e4,
		.qty = qty};
	return book_apply(book, &e);
}

static bool change(
	struct book *book, enum event_kind kind, uint16_t locate, uint64_t order, uint32_t qty)
{
	struct event e = {.kind = (uint8_t)kind, .locate = locate, .order = order, .qty = qty};
	return book_apply(book, &e);
}

static bool replace(
	struct book *book, uint64_t order, uint64_t other, int64_t price_e4, uint32_t qty)
{
	struct event e = {.kind = EVENT_REPLACE,
		.locate = 1,
		.order = order,
		.other = other,
		.price_e4 = price_e4,
		.qty = qty};
	return book_apply(book, &e);
}

static struct book_counts counts_of(const struct book *book)
{
	struct book_counts counts;
	book_counts_of(book, &counts);
	return counts;
}

#define assert_top(book, locate, bid, bid_size, ask, ask_size)                                     \
	do {                                                                                       \
		struct book_top top;                                                               \
		book_top_of(book, locate, &top);                                                   \
		assert_int_equal(top.bid_e4, bid);                                                 \
		assert_int_equal(top.bid_qty, bid_size);                                           \
		assert_int_equal(top.ask_e4, ask);                                                 \
		assert_int_equal(top.ask_qty, ask_size);                                           \
	} while (0)

static int setup(void **state)
{
	*state = book_open(1000);
	return 0;
}

static int teardown(void **state)
{
	book_close(*state);
	return 0;
}

static void an_empty_book_has_no_best(void **state)
{
	struct book *book = *state;
	assert_top(book, 0, 0, 0, 0, 0);
	assert_top(book, 65535, 0, 0, 0, 0);
	assert_false(change(book, EVENT_DELETE, 1, 0, 0));
	assert_int_equal(counts_of(book).unknown_orders, 1);
}

static void the_best_is_told_when_it_moves_and_only_then(void **state)
{
	struct book *book = *state;
	assert_true(add(book, 1, SIDE_BUY, 1, 1000000, 100));
	assert_false(add(book, 1, SIDE_BUY, 2, 999900, 100)); /* behind */
	assert_true(add(book, 1, SIDE_BUY, 3, 1000000, 50));  /* more at the best */
	assert_true(add(book, 1, SIDE_SELL, 4, 1000100, 10));
	assert_top(book, 1, 1000000, 150, 1000100, 10);
	assert_false(change(book, EVENT_REDUCE, 1, 2, 50));
	assert_true(change(book, EVENT_REDUCE, 1, 1, 50));
	assert_true(change(book, EVENT_EXECUTE, 1, 1, 50)); /* the rest of it */
	assert_true(change(book, EVENT_EXECUTE_AT, 1, 3, 50));
	assert_top(book, 1, 999900, 50, 1000100, 10);
	assert_true(change(book, EVENT_DELETE, 1, 2, 0));
	assert_true(change(book, EVENT_DELETE, 1, 4, 0));
	assert_top(book, 1, 0, 0, 0, 0);
	assert_int_equal(counts_of(book).orders, 0);
	assert_int_equal(counts_of(book).levels, 0);
}

static void the_ends_of_the_price_range_are_exact(void **state)
{
	struct book *book = *state;
	static const int64_t prices[] = {1, 2, 99, 100, 9999, 10000, 10001, 1999999900, 2000000000,
		INT32_MAX - 1, INT32_MAX};
	struct book_level levels[16];
	for (uint32_t i = 0; i < ARRAY_COUNT(prices); i++) {
		assert_true(add(book, 1, SIDE_BUY, 100 + i, prices[i], i + 1));
		add(book, 1, SIDE_SELL, 200 + i, prices[i], i + 1);
		assert_top(book, 1, prices[i], i + 1, 1, 1);
	}
	assert_int_equal(book_depth(book, 1, SIDE_SELL, levels, 16), ARRAY_COUNT(prices));
	for (uint32_t i = 0; i < ARRAY_COUNT(prices); i++)
		assert_int_equal(levels[i].price_e4, prices[i]);
	assert_int_equal(book_depth(book, 1, SIDE_BUY, levels, 3), 3);
	assert_int_equal(levels[2].price_e4, 2000000000);
	for (uint32_t i = 0; i < ARRAY_COUNT(prices); i++) {
		assert_true(change(book, EVENT_DELETE, 1, 200 + i, 0));
		if (i + 1 < ARRAY_COUNT(prices))
			assert_top(book, 1, INT32_MAX, 11, prices[i + 1], i + 2);
	}
}

static void what_cannot_be_an_order_is_counted_and_dropped(void **state)
{
	struct book *book = *state;
	assert_false(add(book, 1, SIDE_BUY, 1, 0, 100));
	assert_false(add(book, 1, SIDE_BUY, 1, -1, 100));
	assert_false(add(book, 1, SIDE_BUY, 1, 100, 0));
	assert_int_equal(counts_of(book).bad_adds, 3);
	assert_true(add(book, 1, SIDE_BUY, 1, 100, 1));
	assert_false(add(book, 2, SIDE_SELL, 1, 100, 1));
	assert_int_equal(counts_of(book).duplicate_orders, 1);
	assert_false(change(book, EVENT_DELETE, 2, 1, 0)); /* another locate's order */
	assert_int_equal(counts_of(book).unknown_orders, 1);
	assert_top(book, 1, 100, 1, 0, 0);
}

static void an_order_too_dear_is_counted_and_stands_at_the_bound(void **state)
{
	struct book *book = *state;
	const int64_t prices[] = {INT32_MAX + 1LL, UINT32_MAX, UINT32_MAX / 100 * 100LL, 1LL << 32,
		(1LL << 32) + 1000, (1LL << 32) + 1001, INT64_MAX};
	struct book_step step;
	add(book, 1, SIDE_BUY, 9, 1000, 10);
	for (uint32_t i = 0; i < ARRAY_COUNT(prices); i++) {
		struct event e = {.kind = EVENT_ADD,
			.locate = 1,
			.order = 1,
			.qty = 5,
			.price_e4 = prices[i]};
		book_prefetch(book, &e, &step, 1);
		assert_true(book_apply_step(book, &e, &step));
		e.order = 2;
		assert_true(book_apply(book, &e));
		assert_top(book, 1, INT32_MAX, 10, 0, 0);
		e.kind = EVENT_REPLACE;
		e.other = 3;
		book_prefetch(book, &e, &step, 1);
		book_apply_step(book, &e, &step);
		assert_top(book, 1, INT32_MAX, 10, 0, 0);
		assert_int_equal(counts_of(book).bad_adds, 3 * (i + 1));
		assert_true(change(book, EVENT_DELETE, 1, 1, 0));
		assert_true(change(book, EVENT_DELETE, 1, 3, 0));
		assert_top(book, 1, 1000, 10, 0, 0);
	}
	assert_int_equal(counts_of(book).unknown_orders, 0);
}

static void an_overfill_removes_the_order(void **state)
{
	struct book *book = *state;
	add(book, 1, SIDE_SELL, 1, 100, 10);
	assert_true(change(book, EVENT_EXECUTE, 1, 1, 11));
	assert_int_equal(counts_of(book).overfills, 1);
	assert_int_equal(counts_of(book).orders, 0);
	assert_top(book, 1, 0, 0, 0, 0);
}

static void a_replacement_keeps_side_and_may_keep_its_reference(void **state)
{
	struct book *book = *state;
	enum side side;
	int64_t price_e4;
	uint32_t qty;
	add(book, 1, SIDE_SELL, 1, 1000, 10);
	assert_true(replace(book, 1, 1, 900, 20));
	assert_true(book_order(book, 1, &side, &price_e4, &qty));
	assert_int_equal(side, SIDE_SELL);
	assert_int_equal(price_e4, 900);
	assert_int_equal(qty, 20);
	assert_false(replace(book, 1, 2, 900, 20)); /* the best looks as before */
	assert_false(book_order(book, 1, &side, &price_e4, &qty));
	add(book, 1, SIDE_SELL, 3, 950, 5);
	assert_true(replace(
		book, 2, 3, 800, 1)); /* onto a live one: the old is gone, the new is not taken */
	assert_int_equal(counts_of(book).duplicate_orders, 1);
	assert_top(book, 1, 0, 0, 950, 5);
	assert_true(replace(book, 3, 4, 0, 1));
	assert_int_equal(counts_of(book).bad_adds, 1);
	assert_top(book, 1, 0, 0, 0, 0);
}

static void sizes_saturate_in_the_top_and_are_exact_in_depth(void **state)
{
	struct book *book = *state;
	struct book_level level;
	add(book, 1, SIDE_BUY, 1, 100, UINT32_MAX);
	assert_top(book, 1, 100, UINT32_MAX, 0, 0);
	assert_true(add(book, 1, SIDE_BUY, 2, 100, UINT32_MAX));
	assert_top(book, 1, 100, UINT32_MAX, 0, 0);
	assert_int_equal(book_depth(book, 1, SIDE_BUY, &level, 1), 1);
	assert_int_equal(level.qty, 2 * (uint64_t)UINT32_MAX);
	assert_int_equal(level.order_count, 2);
}

static void the_table_is_full_at_its_count_and_takes_again_when_one_is_gone(void **state)
{
	struct book *book = *state;
	for (uint64_t i = 0; i < 1000; i++)
		add(book, 1, SIDE_BUY, i, 100 + (int64_t)i, 1);
	assert_int_equal(counts_of(book).orders, 1000);
	assert_false(add(book, 1, SIDE_BUY, 1000, 5000, 1));
	assert_int_equal(counts_of(book).full, 1);
	assert_top(book, 1, 1099, 1, 0, 0);
	assert_true(replace(book, 999, 2000, 5000, 1)); /* takes the place it leaves */
	assert_true(change(book, EVENT_DELETE, 1, 2000, 0));
	assert_true(add(book, 1, SIDE_BUY, 1000, 5000, 1));
	book_clear(book);
	assert_int_equal(counts_of(book).orders, 0);
	assert_int_equal(counts_of(book).levels, 0);
	assert_top(book, 1, 0, 0, 0, 0);
	assert_true(add(book, 1, SIDE_BUY, 1000, 5000, 1));
}

/* 4,096 orders of the largest size are the most shares that a level counts. */
static void a_level_is_full_at_its_shares(void **state)
{
	(void)state;
	struct book *book = book_open(5000);
	for (uint64_t i = 1; i <= 4096; i++)
		add(book, 1, SIDE_SELL, i, 100, UINT32_MAX);
	assert_int_equal(counts_of(book).full, 0);
	assert_false(add(book, 1, SIDE_SELL, 9999, 100, UINT32_MAX));
	assert_int_equal(counts_of(book).full, 1);
	assert_true(add(book, 1, SIDE_SELL, 9999, 100, 4095)); /* exactly what is left */
	assert_false(add(book, 1, SIDE_SELL, 9998, 100, 1));
	assert_int_equal(counts_of(book).full, 2);
	assert_int_equal(counts_of(book).orders, 4097);
	book_close(book);
}

static void a_level_is_full_at_its_orders(void **state)
{
	(void)state;
	struct book *book = book_open(LEVEL_ORDER_COUNT_MAX + 10);
	for (uint64_t i = 1; i <= LEVEL_ORDER_COUNT_MAX; i++)
		add(book, 1, SIDE_SELL, i, 100, 1);
	assert_int_equal(counts_of(book).full, 0);
	assert_false(add(book, 1, SIDE_SELL, UINT64_MAX, 100, 1));
	assert_int_equal(counts_of(book).full, 1);
	assert_true(add(book, 1, SIDE_SELL, UINT64_MAX, 99, 1));
	assert_true(change(book, EVENT_DELETE, 1, UINT64_MAX, 0));
	assert_top(book, 1, 0, 0, 100, LEVEL_ORDER_COUNT_MAX);
	book_close(book);
}

/* In a large book not every order may have a leaf of its own; when the last leaf or shelf is taken, adds
   elsewhere are refused, those at known levels go on, and everything can be removed again. */
static void leaves_and_shelves_run_out_and_nothing_breaks(void **state)
{
	(void)state;
	enum { ORDERS = 2 << 20, SHELF_E4 = SHELF_LEAVES * LEAF_TICKS * GRID_CENT_E4 };
	struct book *book = book_open(ORDERS);
	uint64_t order = 0;
	for (uint32_t shelf = 0; counts_of(book).full == 0; shelf++)
		for (uint16_t locate = 0; locate < 60000 && counts_of(book).full == 0; locate++)
			add(book, locate, SIDE_BUY, ++order, 100 + (int64_t)shelf * SHELF_E4, 7);
	uint64_t taken = counts_of(book).orders;
	assert_int_equal(taken, order - 1);
	assert_true(taken >= SHELF_COUNT_MAX);
	assert_int_equal(counts_of(book).levels, taken);
	add(book, 0, SIDE_BUY, ++order, 100, 7); /* at a level that is there */
	assert_int_equal(counts_of(book).orders, taken + 1);
	for (uint64_t i = 1; i <= order; i++)
		change(book, EVENT_DELETE, (uint16_t)((i - 1) % 60000), i, 0);
	change(book, EVENT_DELETE, 0, order, 0);
	assert_int_equal(counts_of(book).orders, 0);
	assert_int_equal(counts_of(book).levels, 0);
	assert_true(add(book, 9, SIDE_BUY, 1, 100, 1));
	book_close(book);
}

/* The best wanders over shelves and both grids, up and down; depth and best are what a search of all says. */
static void the_best_wanders_over_shelves_and_grids(void **state)
{
	struct book *book = *state;
	enum { PRICES = 40 };
	int64_t prices[PRICES];
	for (uint32_t i = 0; i < PRICES; i++)
		prices[i] = 10000 + (int64_t)i * 23456700 + (i % 3 == 0 ? 1 : 0);
	for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++) {
		for (uint32_t i = 0; i < PRICES; i++) {
			uint32_t at = side == SIDE_BUY ? i : PRICES - 1 - i;
			add(book, 3, side, 1000 * side + at, prices[at], at + 1);
			assert_top(book, 3, side == SIDE_BUY ? prices[at] : 0,
				side == SIDE_BUY ? at + 1 : 0, side == SIDE_BUY ? 0 : prices[at],
				side == SIDE_BUY ? 0 : at + 1);
		}
		for (uint32_t i = PRICES; i-- > 1;) {
			uint32_t at = side == SIDE_BUY ? i : PRICES - 1 - i;
			uint32_t next = side == SIDE_BUY ? at - 1 : at + 1;
			assert_true(change(book, EVENT_DELETE, 3, 1000 * side + at, 0));
			assert_top(book, 3, side == SIDE_BUY ? prices[next] : 0,
				side == SIDE_BUY ? next + 1 : 0,
				side == SIDE_BUY ? 0 : prices[next],
				side == SIDE_BUY ? 0 : next + 1);
		}
		change(book, EVENT_DELETE, 3, 1000 * side + (side == SIDE_BUY ? 0 : PRICES - 1), 0);
	}
	assert_int_equal(counts_of(book).levels, 0);
}

/* order_count_at gives the orders at the only price of a symbol, which must not be there twice. */
static uint32_t order_count_at(struct book *book, uint16_t locate)
{
	struct book_level levels[2];
	uint32_t count = book_depth(book, locate, SIDE_BUY, levels, 2);
	assert_true(count <= 1);
	return count == 0 ? 0 : levels[0].order_count;
}

/* same_home gives another symbol whose leaf of a price has the home that the first one's has. */
static uint16_t same_home(const struct levels *levels, uint16_t first, uint32_t price_e4)
{
	struct level_place place = levels_place(first * 2u, price_e4);
	uint32_t home = levels_at_home(levels, &place);
	uint16_t second = first;
	do {
		place = levels_place(++second * 2u, price_e4);
	} while (levels_at_home(levels, &place) != home);
	return second;
}

/* Two symbols whose leaves have one home: whoever comes second lives elsewhere, and is found there when the home
   is free again, by the next order as by those that leave; and who was last at home is not taken for the other. */
static void a_leaf_that_lives_away_is_found_when_its_home_is_free(void **state)
{
	struct book *book = *state;
	enum { PRICE_E4 = 1000000, FIRST = 1 };
	const uint16_t second = same_home(&book->levels, FIRST, PRICE_E4);
	for (uint64_t round = 0; round < 3; round++) {
		const uint16_t at_home = round % 2 == 0 ? FIRST : second;
		const uint16_t away = round % 2 == 0 ? second : FIRST;
		add(book, at_home, SIDE_BUY, 100, PRICE_E4, 10);
		add(book, away, SIDE_BUY, 200, PRICE_E4, 10);
		change(book, EVENT_DELETE, at_home, 100, 0);
		add(book, away, SIDE_BUY, 202, PRICE_E4, 5);
		assert_int_equal(order_count_at(book, away), 2);
		assert_top(book, away, PRICE_E4, 15, 0, 0);
		assert_int_equal(counts_of(book).levels, 1);
		add(book, at_home, SIDE_BUY, 102, PRICE_E4, 7);
		assert_int_equal(order_count_at(book, at_home), 1);
		assert_int_equal(counts_of(book).levels, 2);
		change(book, EVENT_DELETE, away, 200, 0);
		change(book, EVENT_DELETE, at_home, 102, 0);
		change(book, EVENT_DELETE, away, 202, 0);
		assert_int_equal(counts_of(book).levels, 0);
		assert_top(book, away, 0, 0, 0, 0);
		assert_top(book, at_home, 0, 0, 0, 0);
	}
}

/* The leaf of the second symbol lives away; the order that replaces its only one moves it home. */
static void a_replacement_that_moves_a_leaf_home_changes_no_top(void **state)
{
	struct book *book = *state;
	enum { PRICE_E4 = 1000000, FIRST = 1 };
	const uint16_t second = same_home(&book->levels, FIRST, PRICE_E4);
	add(book, FIRST, SIDE_BUY, 100, PRICE_E4, 10);
	add(book, second, SIDE_BUY, 200, PRICE_E4, 10);
	change(book, EVENT_DELETE, FIRST, 100, 0);
	const struct event same = {.kind = EVENT_REPLACE,
		.locate = second,
		.order = 200,
		.other = 202,
		.price_e4 = PRICE_E4,
		.qty = 10};
	assert_false(book_apply(book, &same));
	assert_top(book, second, PRICE_E4, 10, 0, 0);
}

/* The place of a price tells the price: all that are near an end or a leaf's border, and many between. */
static void every_cent_has_the_place_that_its_price_is_read_from(void **state)
{
	(void)state;
	for (uint32_t cents = 1; cents <= CENT_TICK_MAX;
		cents += cents < 5000 || cents > CENT_TICK_MAX - 5000 ? 1 : 97)
		for (uint32_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
			struct level_place place = levels_place(side, cents * GRID_CENT_E4);
			uint32_t tick = side == SIDE_BUY ? CENT_TICK_MAX - cents : cents;
			assert_int_equal(place.name >> NAME_NUMBER_SHIFT, tick / LEAF_TICKS);
			assert_int_equal(place.word, tick % LEAF_TICKS + 1);
		}
}

static bool is_found(const struct orders *orders, uint64_t reference)
{
	return orders_search(orders, reference).line != NULL;
}

/* References that share their home line live behind it and are found there, in any order of removal. */
static void crowded_references_are_found_and_removed(void **state)
{
	(void)state;
	static struct orders orders;
	enum { CROWD = 200 };
	uint64_t crowd[CROWD];
	uint32_t count = 0;
	orders_init(&orders, 1000);
	const struct order_line *home = orders_home(&orders, 0);
	for (uint64_t r = 0; count < CROWD; r++)
		if (orders_home(&orders, r) == home)
			crowd[count++] = r;
	for (uint32_t i = 0; i < CROWD; i++) {
		assert_false(is_found(&orders, crowd[i]));
		orders_put(&orders, orders_seat(&orders, crowd[i]), crowd[i], i + 1, 1);
		assert_true(is_found(&orders, crowd[i]));
	}
	for (uint32_t i = 0; i < CROWD; i++) {
		uint32_t which = i * 77 % CROWD;
		for (uint32_t k = 0; k < CROWD; k++) {
			struct order found = orders_search(&orders, crowd[k * 7 % CROWD]);
			bool is_gone = false;
			for (uint32_t j = 0; j < i; j++)
				is_gone |= j * 77 % CROWD == k * 7 % CROWD;
			assert_int_equal(found.line == NULL, is_gone);
			if (found.line != NULL)
				assert_int_equal(order_qty(found), k * 7 % CROWD + 1);
		}
		orders_drop(&orders, orders_search(&orders, crowd[which]));
	}
	assert_int_equal(orders.count, 0);
	for (uint64_t line = 0; line <= orders.line_mask; line++)
		assert_false(line_is_spilt(&orders.lines[line]));
	orders_return(&orders);
}

/* More references of one home than a search may pass are refused, and the table stays whole. */
static void a_home_too_crowded_refuses(void **state)
{
	(void)state;
	static struct orders orders;
	uint64_t last = 0;
	uint32_t count = 0;
	orders_init(&orders, 4096);
	const struct order_line *home = orders_home(&orders, 0);
	for (uint64_t r = 0; count <= (ORDERS_PROBE_LINES_MAX + 1) * ORDERS_IN_LINE; r++) {
		if (orders_home(&orders, r) != home)
			continue;
		last = r;
		count++;
		struct order order = orders_seat(&orders, r);
		if (order.line == NULL)
			break;
		orders_put(&orders, order, r, 1, 1);
	}
	assert_int_equal(count, (ORDERS_PROBE_LINES_MAX + 1) * ORDERS_IN_LINE + 1);
	assert_int_equal(orders.count, count - 1);
	assert_false(is_found(&orders, last));
	orders_return(&orders);
}

/* A book of many symbols is larger than the cache, and only then is there anything to ask for: any event,
   whatever it names, may be announced, and nothing is different afterwards. */
static void announcing_any_burst_changes_nothing(void **state)
{
	(void)state;
	enum { ORDERS = 20000, BURST = 64 };
	struct book *book = book_open(ORDERS);
	struct event burst[BURST];
	struct book_step steps[BURST];
	memset(burst, 0, sizeof burst);
	for (uint64_t i = 0; i < ORDERS; i++)
		add(book, (uint16_t)(i % 5000), (enum side)(i / 5000 % 2), i,
			10000 + 100 * (int64_t)(i % 977), 100);
	for (uint32_t i = 0; i < BURST; i++) {
		burst[i].kind = (uint8_t)(i % 16);
		burst[i].locate = (uint16_t)(i % 3 == 0 ? UINT16_MAX : i);
		burst[i].side = (uint8_t)i;
		burst[i].order = i % 5 == 0 ? UINT64_MAX : i;
		burst[i].other = i % 7 == 0 ? UINT64_MAX : 50000 + i;
		burst[i].price_e4 = i % 4 == 0   ? INT64_MIN
				    : i % 4 == 1 ? INT64_MAX
						 : 100 * (int64_t)i;
		burst[i].qty = i;
	}
	struct book_counts before = counts_of(book);
	book_prefetch(book, burst, steps, BURST);
	book_prefetch_levels(book, burst, steps, BURST);
	struct book_burst bursts[BOOK_STAGES] = {0};
	for (uint32_t i = 0; i + BOOK_BURST <= BURST; i += BOOK_BURST) {
		struct book_burst *next = &bursts[i / BOOK_BURST % BOOK_STAGES];
		const struct book_burst *asked = &bursts[(i / BOOK_BURST + 2) % BOOK_STAGES];
		memcpy(next->events, &burst[i], sizeof next->events);
		next->count = BOOK_BURST;
		assert_int_equal(book_look(book, next, asked), i > 0);
		for (uint32_t k = 0; k < BOOK_BURST && i > 0; k++)
			book_ask(book, next, asked, k);
		assert_memory_equal(next->steps, &steps[i], sizeof next->steps);
	}
	bursts[0].count = BOOK_BURST - 1;
	assert_false(book_look(book, &bursts[0], &bursts[1]));
	assert_false(book_look(book, &bursts[1], &bursts[0]));
	struct book_counts after = counts_of(book);
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(after.orders, ORDERS);
	for (uint64_t i = 0; i < ORDERS; i++)
		change(book, EVENT_DELETE, (uint16_t)(i % 5000), i, 0);
	assert_int_equal(counts_of(book).orders, 0);
	assert_int_equal(counts_of(book).unknown_orders, 0);
	book_close(book);
	book_close(NULL);
}

/* The low half of a price that is too large may be a good price: of a level that is there, too. */
static void no_price_out_of_range_is_taken_for_another(void **state)
{
	struct book *book = *state;
	const int64_t prices[] = {0, -1, -100, INT64_MIN, (1LL << 63) + 1000};
	struct event e = {.kind = EVENT_ADD, .locate = 7, .qty = 5};
	struct book_step step;
	for (uint32_t i = 0; i < 8; i++)
		add(book, 7, (enum side)(i % 2), 1000 + i, 1000 + i / 2, 10);
	for (uint32_t i = 0; i < 2 * ARRAY_COUNT(prices); i++) {
		e.order = 1 + i;
		e.side = (uint8_t)(i % 2);
		e.price_e4 = prices[i / 2];
		book_prefetch(book, &e, &step, 1);
		assert_false(book_apply_step(book, &e, &step));
		assert_false(book_apply(book, &e));
	}
	assert_int_equal(counts_of(book).bad_adds, 4 * ARRAY_COUNT(prices));
	assert_int_equal(counts_of(book).orders, 8);
	assert_int_equal(counts_of(book).levels, 8);
	e = (struct event){.kind = EVENT_REPLACE,
		.locate = 7,
		.order = 1000,
		.other = 1,
		.qty = 5,
		.price_e4 = INT64_MIN + 1000};
	book_prefetch(book, &e, &step, 1);
	book_apply_step(book, &e, &step);
	assert_int_equal(counts_of(book).orders, 7);
	assert_int_equal(counts_of(book).bad_adds, 4 * ARRAY_COUNT(prices) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_book_has_no_best, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_best_is_told_when_it_moves_and_only_then, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_ends_of_the_price_range_are_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_an_order_is_counted_and_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_order_too_dear_is_counted_and_stands_at_the_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(an_overfill_removes_the_order, setup, teardown),
		cmocka_unit_test_setup_teardown(
			no_price_out_of_range_is_taken_for_another, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_replacement_keeps_side_and_may_keep_its_reference, setup, teardown),
		cmocka_unit_test_setup_teardown(
			sizes_saturate_in_the_top_and_are_exact_in_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_table_is_full_at_its_count_and_takes_again_when_one_is_gone, setup,
			teardown),
		cmocka_unit_test(a_level_is_full_at_its_shares),
		cmocka_unit_test(a_level_is_full_at_its_orders),
		cmocka_unit_test(leaves_and_shelves_run_out_and_nothing_breaks),
		cmocka_unit_test_setup_teardown(
			the_best_wanders_over_shelves_and_grids, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_leaf_that_lives_away_is_found_when_its_home_is_free, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_replacement_that_moves_a_leaf_home_changes_no_top, setup, teardown),
		cmocka_unit_test(every_cent_has_the_place_that_its_price_is_read_from),
		cmocka_unit_test(crowded_references_are_found_and_removed),
		cmocka_unit_test(a_home_too_crowded_refuses),
		cmocka_unit_test(announcing_any_burst_changes_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.book.book", tests, NULL, NULL);
}
