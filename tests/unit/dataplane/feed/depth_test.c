/* depth_test.c - control asks for a book and gets its levels, a page at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "tests/support/feed_rig.h"

enum { BID_COUNT = 100, ASK_COUNT = 30 };

static struct feed_rig *rig;
static struct control_region *control;

static int rig_open_one(void **state)
{
	(void)state;
	rig = feed_rig_open("", 1);
	control = aligned_alloc(4096, (sizeof *control + 4095) / 4096 * 4096);
	assert_non_null(control);
	control->capture_bytes = 0;
	memset(&control->requests, 0, sizeof control->requests);
	for (uint32_t i = 0; i < BID_COUNT; i++)
		for (uint32_t n = 0; n <= i % 3; n++)
			feed_rig_add(rig, 1, 1000 + i * 4 + n, SIDE_BUY, 10, 1000000 - i * 100);
	for (uint32_t i = 0; i < ASK_COUNT; i++)
		feed_rig_add(rig, 1, 5000 + i, SIDE_SELL, 20, 1000100 + i * 100);
	for (uint32_t i = 0; i < rig->message_count; i++)
		feed_rig_send(rig, 0, i + 1, 1);
	feed_rig_poll(rig);
	feed_attach(rig->feed, control);
	return 0;
}

static int rig_close_one(void **state)
{
	(void)state;
	feed_rig_close(rig);
	free(control);
	return 0;
}

static const struct mailbox_answer *ask(
	uint64_t number, uint32_t kind, uint32_t symbol, uint32_t depth, uint64_t cursor)
{
	struct mailbox_request *request = &control->requests[STAGE_FEED];
	const struct mailbox_answer *answer = &rig->region->answers[STAGE_FEED];
	request->kind = kind;
	request->symbol = symbol;
	request->id = depth;
	request->cursor = cursor;
	request->number = number;
	feed_poll(rig->feed, rig->now_ns);
	assert_int_equal(answer->number, number);
	return answer;
}

static void row_is(const struct mailbox_answer *answer, uint32_t index, enum side side,
	int64_t price_e4, uint64_t qty, uint32_t orders)
{
	struct level_row row;
	memcpy(&row, answer->rows[index], sizeof row);
	assert_int_equal(row.side, side);
	assert_int_equal(row.price_e4, price_e4);
	assert_int_equal(row.qty, qty);
	assert_int_equal(row.order_count, orders);
}

static void bids_come_before_asks_best_first(void **state)
{
	(void)state;
	const struct mailbox_answer *answer = ask(1, REQUEST_BOOK, FEED_RIG_AAPL, 5, 0);
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 10);
	assert_int_equal(answer->next, 0);
	for (uint32_t i = 0; i < 5; i++) {
		row_is(answer, i, SIDE_BUY, 1000000 - (int64_t)i * 100, (i % 3 + 1) * 10,
			i % 3 + 1);
		row_is(answer, 5 + i, SIDE_SELL, 1000100 + (int64_t)i * 100, 20, 1);
	}
}

static void a_deep_book_comes_in_pages(void **state)
{
	(void)state;
	uint64_t cursor = 0;
	uint32_t rows = 0, pages = 0;
	do {
		const struct mailbox_answer *answer =
			ask(pages + 1, REQUEST_BOOK, FEED_RIG_AAPL, 1000000, cursor);
		assert_int_equal(answer->code, 0);
		for (uint32_t i = 0; i < answer->row_count; i++, rows++) {
			if (rows < BID_COUNT)
				row_is(answer, i, SIDE_BUY, 1000000 - (int64_t)rows * 100,
					(rows % 3 + 1) * 10, rows % 3 + 1);
			else
				row_is(answer, i, SIDE_SELL,
					1000100 + (int64_t)(rows - BID_COUNT) * 100, 20, 1);
		}
		cursor = answer->next;
		pages++;
	} while (cursor != 0);
	assert_int_equal(rows, BID_COUNT + ASK_COUNT);
	assert_int_equal(pages, 3);
	assert_int_equal(ask(9, REQUEST_BOOK, FEED_RIG_AAPL, 1000, 5000)->row_count, 0);
}

static void what_the_feed_does_not_know_is_named(void **state)
{
	(void)state;
	assert_int_equal(ask(1, REQUEST_BOOK, FEED_RIG_MSFT, 5, 0)->code, ENOENT);
	assert_int_equal(ask(2, REQUEST_BOOK, FEED_RIG_SYMBOL_COUNT, 5, 0)->code, ENOENT);
	assert_int_equal(ask(3, REQUEST_BOOK, UINT32_MAX, 5, 0)->code, ENOENT);
	assert_int_equal(ask(4, REQUEST_ORDERS, FEED_RIG_AAPL, 5, 0)->code, EINVAL);
	assert_int_equal(ask(5, REQUEST_BOOK, FEED_RIG_AAPL, 0, 0)->row_count, 0);
	assert_int_equal(ask(6, REQUEST_BOOK, FEED_RIG_AAPL, 1, 0)->row_count, 2);
}

/* The third bid level has orders 1008, 1009 and 1010, in this order. */
static void an_order_has_so_much_ahead_where_queues_are_kept(void **state)
{
	(void)state;
	const struct mailbox_answer *answer = ask(1, REQUEST_AHEAD, FEED_RIG_AAPL, 0, 1010);
	assert_int_equal(answer->code, book_has_queue() ? 0 : ENOSYS);
	assert_int_equal(answer->row_count, book_has_queue());
	if (book_has_queue()) {
		struct ahead_row row;
		memcpy(&row, answer->rows[0], sizeof row);
		assert_int_equal(row.side, SIDE_BUY);
		assert_int_equal(row.price_e4, 1000000 - 2 * 100);
		assert_int_equal(row.qty, 10);
		assert_int_equal(row.qty_ahead, 20);
		assert_int_equal(row.orders_ahead, 2);
	}
	assert_int_equal(answer->next, 0);
	assert_int_equal(ask(2, REQUEST_AHEAD, FEED_RIG_AAPL, 0, 1)->code, ESRCH);
	assert_int_equal(ask(3, REQUEST_AHEAD, FEED_RIG_AAPL, 0, 0)->code, ESRCH);
	assert_int_equal(ask(4, REQUEST_AHEAD, FEED_RIG_MSFT, 0, 1010)->code, ENOENT);
}

static int rig_open_adopting(void **state)
{
	(void)state;
	rig_open_one(state);
	rig->site.channels[0].is_session_adopted = 1;
	return 0;
}

static void a_book_that_began_anew_is_unknown_until_somebody_names_it(void **state)
{
	(void)state;
	uint8_t payload[64];
	assert_int_equal(ask(1, REQUEST_BOOK, FEED_RIG_AAPL, 5, 0)->code, 0);
	feed_rig_control(rig, 0, rig->message_count + 1, MOLD64_END_OF_SESSION);
	feed_rig_poll(rig);
	mold64_begin(payload, "ANOTHERDAY", 1);
	feed_rig_put(rig, 0, 0, payload, MOLD64_HEADER_BYTES);
	feed_rig_put(rig, 0, 1, payload, MOLD64_HEADER_BYTES);
	assert_int_equal(ask(2, REQUEST_BOOK, FEED_RIG_AAPL, 5, 0)->code, ENOENT);
	feed_rig_put(rig, 0, 0, payload,
		feed_rig_payload(rig, "ANOTHERDAY", 1, 1, payload, sizeof payload));
	const struct mailbox_answer *answer = ask(3, REQUEST_BOOK, FEED_RIG_AAPL, 5, 0);
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 1);
}

static void a_question_is_answered_once(void **state)
{
	(void)state;
	struct mailbox_answer *answer = &rig->region->answers[STAGE_FEED];
	ask(1, REQUEST_BOOK, FEED_RIG_AAPL, 5, 0);
	answer->number = 0;
	assert_false(feed_poll(rig->feed, rig->now_ns));
	assert_int_equal(answer->number, 0);
	/* Control that was away asks anew. */
	feed_attach(rig->feed, NULL);
	assert_false(feed_poll(rig->feed, rig->now_ns));
	feed_attach(rig->feed, control);
	assert_true(feed_poll(rig->feed, rig->now_ns));
	assert_int_equal(answer->number, 1);
}

#define DEPTH_TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_one, rig_close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DEPTH_TEST(bids_come_before_asks_best_first),
		DEPTH_TEST(a_deep_book_comes_in_pages),
		DEPTH_TEST(an_order_has_so_much_ahead_where_queues_are_kept),
		DEPTH_TEST(what_the_feed_does_not_know_is_named),
		cmocka_unit_test_setup_teardown(
			a_book_that_began_anew_is_unknown_until_somebody_names_it,
			rig_open_adopting, rig_close_one),
		DEPTH_TEST(a_question_is_answered_once),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.depth", tests, NULL, NULL);
}
