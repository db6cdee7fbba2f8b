/* unit_test.c - what the feed says in ITCH 5.0 is said in PITCH too: the same orders, no more and no less. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/exchange/tape.h"
#include "tools/exchange/unit.h"

static struct options options;
static struct unit unit;
static struct tape tape;

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t now_ns)
{
	(void)context, (void)line, (void)bytes, (void)size, (void)now_ns;
}

static int unit_set(void **state)
{
	(void)state;
	memset(&options, 0, sizeof options);
	options.unit.number = 3;
	options.history_max = 1 << 16;
	unit_init(&unit, &options);
	unit.is_told = true;
	tape_init(&tape, "DAY1", 1, 1 << 16, on_packet, NULL);
	tape.ear = unit_hear;
	tape.ear_context = &unit;
	return 0;
}

static int unit_unset(void **state)
{
	(void)state;
	unit_close(&unit);
	tape_free(&tape);
	return 0;
}

static void say(struct event event)
{
	event.locate = 1;
	event.symbol = symbol_pack("ZVZZT");
	tape_event(&tape, &event);
}

static void add(uint64_t reference, uint32_t qty, int64_t price_e4)
{
	say((struct event){.kind = EVENT_ADD,
		.order = reference,
		.qty = qty,
		.price_e4 = price_e4,
		.side = SIDE_BUY,
		.exch_ns = UINT64_C(34200000000005)});
}

/* has tells how an order stands at who heard the unit. */
static uint32_t has(uint64_t reference, int64_t price_e4)
{
	struct image_order order;
	if (!image_order_of(&unit.cboe.image, reference, &order))
		return 0;
	assert_int_equal(order.price_e4, price_e4);
	assert_int_equal(order.side, SIDE_BUY);
	assert_int_equal(order.symbol, symbol_pack("ZVZZT"));
	return order.qty;
}

static void every_order_is_told_with_what_becomes_of_it(void **state)
{
	(void)state;
	add(1, 100, 100100);
	add(2, 100, 100200);
	add(3, 70000, 3000001);
	say((struct event){.kind = EVENT_EXECUTE, .order = 1, .qty = 30, .match = 1});
	say((struct event){.kind = EVENT_EXECUTE_AT,
		.order = 2,
		.qty = 30,
		.match = 2,
		.price_e4 = 100150,
		.code = 'Y'});
	say((struct event){.kind = EVENT_REDUCE, .order = 1, .qty = 20});
	say((struct event){
		.kind = EVENT_REPLACE, .order = 3, .other = 4, .qty = 5, .price_e4 = 100300});
	assert_int_equal(has(1, 100100), 50);
	assert_int_equal(has(2, 100200), 70);
	assert_int_equal(has(3, 0), 0);
	assert_int_equal(has(4, 100300), 5);
	say((struct event){.kind = EVENT_DELETE, .order = 1});
	assert_int_equal(has(1, 0), 0);
}

static void times_come_before_a_second_that_is_another(void **state)
{
	uint32_t size;
	(void)state;
	add(1, 100, 100100);
	add(2, 100, 100100);
	assert_int_equal(unit.cboe.history.next, 1 + 3);
	assert_int_equal(history_message(&unit.cboe.history, 1, &size)[1], 0x20);
	assert_int_equal(history_message(&unit.cboe.history, 2, &size)[1], 0x22);
}

static void what_pitch_does_not_know_is_left_out(void **state)
{
	(void)state;
	say((struct event){.kind = EVENT_SYSTEM, .code = 'O'});
	say((struct event){.kind = EVENT_DIRECTORY, .qty = 100, .code = 'P'});
	say((struct event){.kind = EVENT_SHORT_SALE, .code = '1'});
	assert_int_equal(unit.cboe.history.next, 1);
	say((struct event){.kind = EVENT_STATE, .code = 'H'});
	assert_int_equal(unit.cboe.history.next, 1 + 2);
	unit_turn(&unit, 1);
	assert_int_equal(unit.next[0], 3);
	unit_begin(&unit);
	assert_int_equal(unit.cboe.history.next, 1);
	assert_int_equal(unit.next[0], 1);
}

static void who_did_not_ask_for_a_unit_hears_none(void **state)
{
	(void)state;
	unit.is_told = false;
	add(1, 100, 100100);
	assert_int_equal(unit.cboe.history.next, 1);
	assert_false(unit_turn(&unit, 1));
}

#define UNIT_TEST(name) cmocka_unit_test_setup_teardown(name, unit_set, unit_unset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_order_is_told_with_what_becomes_of_it),
		UNIT_TEST(times_come_before_a_second_that_is_another),
		UNIT_TEST(what_pitch_does_not_know_is_left_out),
		UNIT_TEST(who_did_not_ask_for_a_unit_hears_none),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.unit", tests, NULL, NULL);
}
