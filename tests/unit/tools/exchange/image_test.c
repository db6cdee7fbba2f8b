/* image_test.c - books built from a spin are those of who heard every message. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/exchange/image.h"

#define SECOND_NS UINT64_C(1000000000)

static struct image image;
static struct sequence spin;
static struct pitch clock_;

static int image_begin(void **state)
{
	(void)state;
	image_init(&image);
	pitch_init(&clock_);
	memset(&spin, 0, sizeof spin);
	return 0;
}

static int image_end(void **state)
{
	(void)state;
	image_free(&image);
	sequence_free(&spin);
	return 0;
}

static void tell(struct event event)
{
	uint8_t bytes[PITCH_SIZE_MAX];
	uint32_t size = pitch_encode_time(&clock_, &event, bytes);
	if (size != 0)
		image_take(&image, bytes, size);
	size = pitch_encode(&event, bytes);
	assert_int_not_equal(size, 0);
	image_take(&image, bytes, size);
}

static void add(uint64_t id, uint32_t qty, int64_t price_e4, uint64_t exch_ns)
{
	tell((struct event){.kind = EVENT_ADD,
		.order = id,
		.qty = qty,
		.price_e4 = price_e4,
		.side = SIDE_SELL,
		.symbol = symbol_pack("ZVZZT"),
		.exch_ns = exch_ns});
}

/* spun decodes message number n of the spin. */
static struct event spun(struct pitch *pitch, uint64_t n)
{
	struct event_skips skips = {0};
	struct event event;
	uint32_t size;
	const uint8_t *bytes = sequence_message(&spin, n, &size);
	const struct mold64_block block = {.bytes = bytes, .size_bytes = size};
	pitch_decode(pitch, &block, 1, &event, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	return event;
}

static void what_is_left_is_spun_in_the_order_of_the_queue(void **state)
{
	static const struct {
		uint64_t id;
		uint32_t qty;
		int64_t price_e4;
	} left[] = {{1, 60, 100100}, {5, 7, 100100}, {2, 80, 100000}, {4, 9, 2000001}};
	struct pitch pitch;
	(void)state;
	add(1, 100, 100100, 34200 * SECOND_NS + 5);
	add(2, 100, 100100, 34200 * SECOND_NS + 6);
	add(3, 100, 100100, 34201 * SECOND_NS + 7);
	add(4, 10, 2000001, 34201 * SECOND_NS + 8);
	add(5, 7, 100100, 34201 * SECOND_NS + 9);
	tell((struct event){.kind = EVENT_EXECUTE, .order = 1, .qty = 10});
	tell((struct event){.kind = EVENT_REDUCE, .order = 1, .qty = 30});
	tell((struct event){.kind = EVENT_MODIFY, .order = 2, .qty = 80, .price_e4 = 100000});
	tell((struct event){.kind = EVENT_DELETE, .order = 3});
	tell((struct event){
		.kind = EVENT_MODIFY, .order = 4, .qty = 8, .price_e4 = 2000001, .flags = 0});
	tell((struct event){.kind = EVENT_EXECUTE_TO, .order = 4, .qty = 9, .other = 1});
	assert_int_equal(image_spin(&image, &spin), ARRAY_COUNT(left));
	pitch_init(&pitch);
	uint32_t found = 0;
	for (uint64_t n = 1; n <= spin.count; n++) {
		struct event event = spun(&pitch, n);
		if (event.kind == EVENT_NONE)
			continue; /* a time */
		assert_int_equal(event.kind, EVENT_ADD);
		assert_int_equal(event.order, left[found].id);
		assert_int_equal(event.qty, left[found].qty);
		assert_int_equal(event.price_e4, left[found].price_e4);
		assert_int_equal(event.side, SIDE_SELL);
		assert_int_equal(event.symbol, symbol_pack("ZVZZT"));
		found++;
	}
	assert_int_equal(found, ARRAY_COUNT(left));
}

static void a_modification_that_keeps_its_place_keeps_it(void **state)
{
	struct pitch pitch;
	(void)state;
	add(1, 100, 100100, SECOND_NS);
	add(2, 100, 100100, SECOND_NS);
	tell((struct event){.kind = EVENT_MODIFY,
		.order = 1,
		.qty = 50,
		.price_e4 = 100100,
		.flags = EVENT_FLAG_KEEPS_PRIORITY});
	assert_int_equal(image_spin(&image, &spin), 2);
	pitch_init(&pitch);
	assert_int_equal(spun(&pitch, spin.count).order, 2);
}

static void of_a_state_the_last_word_is_spun_before_the_orders(void **state)
{
	struct pitch pitch;
	(void)state;
	add(1, 100, 100100, SECOND_NS);
	for (uint32_t i = 0; i < 3; i++)
		tell((struct event){.kind = EVENT_STATE,
			.code = (uint8_t) "HQT"[i],
			.symbol = symbol_pack("ZVZZT"),
			.exch_ns = SECOND_NS});
	tell((struct event){.kind = EVENT_STATE,
		.code = 'H',
		.symbol = symbol_pack("A"),
		.exch_ns = SECOND_NS});
	image_spin(&image, &spin);
	pitch_init(&pitch);
	assert_int_equal(spin.count, 4);
	assert_int_equal(spun(&pitch, 2).code, 'T');
	assert_int_equal(spun(&pitch, 3).code, 'H');
	assert_int_equal(spun(&pitch, 4).kind, EVENT_ADD);
}

static void a_unit_that_is_cleared_has_no_orders_and_ids_may_come_again(void **state)
{
	(void)state;
	add(1, 100, 100100, SECOND_NS);
	tell((struct event){.kind = EVENT_CLEAR_ALL});
	assert_int_equal(image_spin(&image, &spin), 0);
	for (uint32_t i = 0; i < 3; i++) {
		add(1, 5, 100200, SECOND_NS);
		tell((struct event){.kind = EVENT_DELETE, .order = 1});
	}
	add(1, 5, 100200, SECOND_NS);
	assert_int_equal(image_spin(&image, &spin), 1);
}

static void however_many_come_and_go_the_rest_is_found(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 40000; id++) {
		add(id, 100, 100100, SECOND_NS);
		if (id % 100 != 0)
			tell((struct event){.kind = EVENT_DELETE, .order = id});
	}
	assert_int_equal(image_spin(&image, &spin), 400);
	for (uint64_t id = 100; id <= 40000; id += 100)
		tell((struct event){.kind = EVENT_EXECUTE, .order = id, .qty = 100});
	assert_int_equal(image_spin(&image, &spin), 0);
}

#define IMAGE_TEST(name) cmocka_unit_test_setup_teardown(name, image_begin, image_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE_TEST(what_is_left_is_spun_in_the_order_of_the_queue),
		IMAGE_TEST(a_modification_that_keeps_its_place_keeps_it),
		IMAGE_TEST(of_a_state_the_last_word_is_spun_before_the_orders),
		IMAGE_TEST(a_unit_that_is_cleared_has_no_orders_and_ids_may_come_again),
		IMAGE_TEST(however_many_come_and_go_the_rest_is_found),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.image", tests, NULL, NULL);
}
