/* book_test.c - show book, show market and show feeds: prices that may be wrong are never shown as if they were right.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/shm/word.h"
#include "tests/unit/control/command/asking.h"

enum { ZVZZT = 1 };

static struct channel_state *channel(void)
{
	return &standin.market->channels[0];
}

/* A channel that is heard, and a symbol it has named. */
static void heard(void)
{
	struct top_prices top = {.bid_e4 = 10000, .bid_qty = 100, .channel = 0};
	word_set(&channel()->heard_ns, 1);
	top_publish(&standin.market->tops[ZVZZT], &top);
}

static void stale(uint64_t reasons)
{
	word_set(&channel()->stale_reasons, reasons);
	word_set(&channel()->stale_since_ns, clock_now_ns() - 42000000);
}

static void dataplane_end(void)
{
	standin_kill(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.plane.is_attached; i++)
		control_turn(&control, 1);
	assert_false(control.plane.is_attached);
}

static void a_book_that_is_whole_says_no_more(void **state)
{
	(void)state;
	heard();
	assert_int_equal(look("show book ZVZZT"), CODE_ROWS);
	says("price levels of ZVZZT\n");
	says_not("STALE");
	assert_int_equal(look("{\"command\": \"show book ZVZZT\"}"), CODE_ROWS);
	says("\"state\":\"sequenced\",\"why\":\"-\"");
}

static void a_stale_book_says_so_and_why(void **state)
{
	(void)state;
	heard();
	stale(STALE_GAP);
	assert_int_equal(look("show book ZVZZT"), CODE_ROWS);
	says("price levels of ZVZZT; STALE for ");
	says(" ms: gap");
	assert_int_equal(look("{\"command\": \"show book ZVZZT\"}"), CODE_ROWS);
	says("\"state\":\"STALE\",\"why\":\"gap\"");
}

static void a_book_whose_own_messages_contradict_it_says_so(void **state)
{
	(void)state;
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	heard();
	top_publish(&standin.market->tops[ZVZZT], &top);
	assert_int_equal(look("show book ZVZZT"), CODE_ROWS);
	says("; STALE: its own messages contradict each other");
	says_not("gap");
	assert_int_equal(look("{\"command\": \"show symbol ZVZZT\"}"), CODE_ROWS);
	says("\"state\":\"STALE\",\"why\":\"its own messages contradict each other");
}

static void a_channel_nobody_heard_has_no_book_to_trust(void **state)
{
	(void)state;
	struct top_prices top = {.channel = 0};
	word_set(&channel()->heard_ns, 0);
	top_publish(&standin.market->tops[ZVZZT], &top);
	assert_int_equal(look("show book ZVZZT"), CODE_ROWS);
	says("; never heard: no packet came on its channel");
}

static void a_symbol_that_nobody_named_is_told_as_that(void **state)
{
	(void)state;
	atomic_store(&standin.book_code, ENOENT);
	assert_int_equal(look("show book ZVZZT"), CODE_NOT_FOUND);
	says("the feed has no book of ZVZZT yet: no message of a venue has named it");
	says_not("No such file");
}

static void the_depth_is_asked_for(void **state)
{
	(void)state;
	heard();
	assert_int_equal(look("show book ZVZZT"), CODE_ROWS);
	assert_int_equal(standin.book_depth, 10);
	assert_int_equal(look("show book ZVZZT 3"), CODE_ROWS);
	assert_int_equal(standin.book_depth, 3);
	assert_int_equal(look("show book ZVZZT 1024"), CODE_ROWS);
	assert_int_equal(standin.book_depth, 1024);
	assert_int_equal(look("show book ZVZZT 0"), CODE_ARGUMENT_BAD);
	says("found \"0\", expected from 1 to 1024 levels");
	assert_int_equal(look("show book ZVZZT 1025"), CODE_ARGUMENT_BAD);
	assert_int_equal(look("show book ZVZZT all"), CODE_ARGUMENT_BAD);
}

static void an_order_is_told_where_it_stands(void **state)
{
	(void)state;
	heard();
	assert_int_equal(look("{\"command\": \"show ahead ZVZZT 77\"}"), CODE_ROWS);
	says("\"side\":\"ask\"");
	says("\"qty\":50");
	says("\"qty_ahead\":300");
	says("\"orders_ahead\":2");
	stale(STALE_GAP);
	assert_int_equal(look("show ahead ZVZZT 77"), CODE_ROWS);
	says("1 orders of ZVZZT; STALE for ");
}

static void an_order_without_a_place_is_told_why(void **state)
{
	(void)state;
	heard();
	assert_int_equal(look("show ahead ZVZZT 78"), CODE_NOT_FOUND);
	says("the book of ZVZZT has no order 78: it was never there, or is executed or gone");
	atomic_store(&standin.book_code, ENOSYS);
	assert_int_equal(look("show ahead ZVZZT 77"), CODE_NOT_FOUND);
	says("this build keeps no queue per price: build the dataplane with -DSLUICE_QUEUE=ON");
	atomic_store(&standin.book_code, ENOENT);
	assert_int_equal(look("show ahead ZVZZT 77"), CODE_NOT_FOUND);
	says("the feed has no book of ZVZZT yet");
	assert_int_equal(look("show ahead ZVZZT x"), CODE_ARGUMENT_BAD);
	says("found \"x\", expected the venue's reference of an order");
	assert_int_equal(look("show ahead ZVZZT 0"), CODE_ARGUMENT_BAD);
}

/* A book that is built anew has no order at all for a while: that says nothing of the venue's. */
static void an_order_that_a_doubtful_book_has_not_is_not_called_gone(void **state)
{
	(void)state;
	heard();
	stale(STALE_BROKEN);
	assert_int_equal(look("show ahead ZVZZT 78"), CODE_BOOK_STALE);
	says("the book of ZVZZT has no order 78 now, which says nothing of the venue's: "
	     "STALE for ");
	says(" ms: ");
	says_not("executed");
	assert_int_equal(look("{\"command\": \"show ahead ZVZZT 78\"}"), CODE_BOOK_STALE);
	says("\"state\":\"STALE\",\"why\":");
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	heard();
	word_set(&channel()->stale_since_ns, 0);
	top_publish(&standin.market->tops[ZVZZT], &top);
	assert_int_equal(look("show ahead ZVZZT 78"), CODE_BOOK_STALE);
	says("STALE: its own messages contradict each other");
	heard();
	assert_int_equal(look("{\"command\": \"show ahead ZVZZT 78\"}"), CODE_NOT_FOUND);
	says("\"state\":\"sequenced\",\"why\":\"-\"");
}

static void the_market_and_the_feeds_tell_which_channel_is_stale(void **state)
{
	(void)state;
	heard();
	assert_int_equal(look("show market"), CODE_ROWS);
	says("1 channels\n");
	stale(STALE_SILENT);
	assert_int_equal(look("show market"), CODE_ROWS);
	says("1 channels, 1 not to be trusted");
	says("STALE");
	assert_int_equal(look("{\"command\": \"show market\"}"), CODE_ROWS);
	says("\"channel\":\"itch\",\"state\":\"STALE\",\"why\":\"silent\"");
	assert_int_equal(look("show feeds"), CODE_ROWS);
	says("1 channels, 1 not to be trusted");
}

static void a_symbol_says_why_it_is_stale(void **state)
{
	(void)state;
	struct symbol_state facts = {.said = SAID_TRADING, .effective = 'T', .trading.state = 'T'};
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	heard();
	stale(STALE_ENDED);
	market_state_publish(&standin.market->states[ZVZZT], &facts);
	top_publish(&standin.market->tops[ZVZZT], &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: STALE for ");
	says(" ms: session ended");
}

static void a_dataplane_that_is_gone_is_not_sequenced(void **state)
{
	(void)state;
	heard();
	dataplane_end();
	assert_int_equal(look("{\"command\": \"show feeds\"}"), CODE_ROWS);
	says("\"state\":\"GONE\",\"why\":\"the dataplane is gone\"");
	says_not("sequenced");
	assert_int_equal(look("{\"command\": \"show market\"}"), CODE_ROWS);
	says("\"state\":\"GONE\"");
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: GONE: the dataplane is gone");
}

static void a_feed_that_stands_is_not_sequenced(void **state)
{
	(void)state;
	heard();
	standin_hush(&standin);
	for (uint64_t until = clock_now_ns() + 3 * PLANE_STUCK_NS / 2; clock_now_ns() < until;)
		control_turn(&control, 5);
	assert_int_equal(look("{\"command\": \"show feeds\"}"), CODE_ROWS);
	says("\"state\":\"STANDS\",\"why\":\"the feed's loop stands\"");
	standin_speak(&standin);
}

#define BOOK_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOK_TEST(a_book_that_is_whole_says_no_more),
		BOOK_TEST(a_stale_book_says_so_and_why),
		BOOK_TEST(a_book_whose_own_messages_contradict_it_says_so),
		BOOK_TEST(a_channel_nobody_heard_has_no_book_to_trust),
		BOOK_TEST(a_symbol_that_nobody_named_is_told_as_that),
		BOOK_TEST(an_order_is_told_where_it_stands),
		BOOK_TEST(an_order_without_a_place_is_told_why),
		BOOK_TEST(the_depth_is_asked_for),
		BOOK_TEST(an_order_that_a_doubtful_book_has_not_is_not_called_gone),
		BOOK_TEST(the_market_and_the_feeds_tell_which_channel_is_stale),
		BOOK_TEST(a_symbol_says_why_it_is_stale),
		cmocka_unit_test_setup_teardown(
			a_dataplane_that_is_gone_is_not_sequenced, begin, end_alone),
		BOOK_TEST(a_feed_that_stands_is_not_sequenced),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.book", tests, NULL, NULL);
}
