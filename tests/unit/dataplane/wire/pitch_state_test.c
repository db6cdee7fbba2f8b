/* pitch_state_test.c - what Cboe says of an instrument. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/pitch.h"
#include "dataplane/wire/pitch_state.h"

static struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX];

/* say reads one message at 9:30:00.000000005; returns how many events of state it makes. */
static uint32_t say(uint8_t *message, uint8_t type)
{
	struct pitch pitch = {34200, true};
	struct event event;
	struct event_skips skips = {0};
	struct mold64_block block = {message, pitch_size(type)};
	message[0] = pitch_size(type);
	message[1] = type;
	little_store32(message + 2, 5);
	if (type != 0x2D)
		memcpy(message + 6, "ZVZZT   ", 8);
	pitch_decode(&pitch, &block, 1, &event, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	event.locate = 7;
	uint32_t count = pitch_state_decode(&block, &event, said);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(said[i].locate, 7);
		assert_int_equal(said[i].symbol, type == 0x2D ? 0 : symbol_pack("ZVZZT"));
		assert_int_equal(said[i].exch_ns, UINT64_C(34200000000005));
		if (type != 0x2D)
			assert_int_equal(said[i].directory.exch_ns, said[i].exch_ns);
	}
	return count;
}

static void the_end_of_the_session_is_a_phase(void **state)
{
	(void)state;
	uint8_t message[PITCH_SIZE_MAX] = {0};
	assert_int_equal(say(message, 0x2D), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_PHASE);
	assert_int_equal(said[0].code, 'C');
}

static void a_trading_status_tells_the_short_sale_rule_too(void **state)
{
	(void)state;
	uint8_t message[PITCH_SIZE_MAX] = {0};
	message[14] = 'A';
	message[15] = '1';
	assert_int_equal(say(message, 0x31), 2);
	assert_int_equal(said[0].kind, STATE_EVENT_TRADING);
	assert_int_equal(said[0].trading.state, 'Q');
	assert_memory_equal(said[0].trading.reason, "    ", 4);
	assert_int_equal(said[1].kind, STATE_EVENT_SHORT_SALE);
	assert_int_equal(said[1].short_sale.action, '1');
}

static void an_auction_update_tells_its_imbalance(void **state)
{
	(void)state;
	static const struct {
		uint32_t buy, sell, paired, imbalance;
		char direction;
	} rows[] = {{500, 300, 300, 200, 'B'}, {300, 500, 300, 200, 'S'}, {4, 4, 4, 0, 'N'}};
	for (uint32_t k = 0; k < ARRAY_COUNT(rows); k++) {
		uint8_t message[PITCH_SIZE_MAX] = {0};
		message[14] = 'O';
		little_store64(message + 15, 990500);
		little_store32(message + 23, rows[k].buy);
		little_store32(message + 27, rows[k].sell);
		little_store64(message + 31, 991000);
		little_store64(message + 39, 991500);
		assert_int_equal(say(message, 0x95), 1);
		const struct imbalance_facts *i = &said[0].imbalance;
		assert_int_equal(said[0].kind, STATE_EVENT_IMBALANCE);
		assert_int_equal(i->cross_type, 'O');
		assert_int_equal(i->paired, rows[k].paired);
		assert_int_equal(i->imbalance, rows[k].imbalance);
		assert_int_equal(i->direction, rows[k].direction);
		assert_int_equal(i->reference_e4, 990500);
		assert_int_equal(i->near_e4, 991000);
		assert_int_equal(i->far_e4, 991500);
	}
}

static void an_auction_summary_is_a_cross(void **state)
{
	(void)state;
	uint8_t message[PITCH_SIZE_MAX] = {0};
	message[14] = 'C';
	little_store64(message + 15, 990500);
	little_store32(message + 23, 12345);
	assert_int_equal(say(message, 0x96), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_CROSS);
	assert_int_equal(said[0].code, 'C');
	assert_int_equal(said[0].cross.price_e4, 990500);
	assert_int_equal(said[0].cross.shares, 12345);
}

static void retail_price_improvement_is_interest(void **state)
{
	(void)state;
	uint8_t message[PITCH_SIZE_MAX] = {0};
	message[14] = 'A';
	assert_int_equal(say(message, 0x98), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_RETAIL);
	assert_int_equal(said[0].retail.interest, 'A');
}

static void what_is_no_state_says_nothing(void **state)
{
	(void)state;
	uint8_t message[PITCH_SIZE_MAX] = {0};
	assert_int_equal(say(message, 0x22), 0);
	assert_int_equal(say(message, 0x2C), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_the_session_is_a_phase),
		cmocka_unit_test(a_trading_status_tells_the_short_sale_rule_too),
		cmocka_unit_test(an_auction_update_tells_its_imbalance),
		cmocka_unit_test(an_auction_summary_is_a_cross),
		cmocka_unit_test(retail_price_improvement_is_interest),
		cmocka_unit_test(what_is_no_state_says_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.pitch_state", tests, NULL, NULL);
}
