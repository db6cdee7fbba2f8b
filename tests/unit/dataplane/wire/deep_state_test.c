/* deep_state_test.c - what IEX says of an instrument, from the documents' own bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/deep.h"
#include "dataplane/wire/deep_state.h"
#include "tests/support/capture.h"

static struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX];

/* say reads one message; returns how many events of state it makes. */
static uint32_t say(const uint8_t *message, uint32_t size)
{
	struct deep deep;
	struct event event;
	struct event_skips skips = {0};
	struct mold64_block block = {message, size};
	deep_init(&deep, strchr("aMRLC", message[0]) ? DEEP_FEED_ORDERS : DEEP_FEED_LEVELS);
	deep_decode(&deep, &block, 1, &event, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	event.locate = 7;
	uint32_t count = deep_state_decode(&block, &event, said);
	if (count == 0)
		return 0;
	assert_int_equal(said[0].locate, 7);
	assert_int_equal(said[0].symbol, event.symbol);
	assert_int_equal(said[0].exch_ns, event.exch_ns);
	if (said[0].kind != STATE_EVENT_PHASE)
		assert_int_equal(said[0].directory.exch_ns, event.exch_ns);
	return count;
}

/* document_says reads the document's example of a type (of DEEP, the first) into bytes; `edit` 0: as it stands. */
static uint32_t document_says(char type, uint32_t offset, uint8_t edit)
{
	json_t *root = capture_json("spec_examples/iex.json");
	const json_t *example;
	size_t index;
	json_array_foreach(root, index, example)
	{
		uint8_t bytes[256];
		uint32_t size = capture_hex(capture_text(example, "hex"), bytes, sizeof bytes);
		if (bytes[0] != type)
			continue;
		if (offset != 0)
			bytes[offset] = edit;
		json_decref(root);
		return say(bytes, size);
	}
	fail_msg("the documents have no example of %c", type);
	return 0;
}

static void a_system_event_is_a_phase(void **state)
{
	(void)state;
	assert_int_equal(document_says('S', 0, 0), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_PHASE);
	assert_int_equal(said[0].code, 'E');
	document_says('S', 1, 'R');
	assert_int_equal(said[0].code, 'Q');
}

static void a_directory_tells_lots_tests_and_tiers(void **state)
{
	(void)state;
	assert_int_equal(document_says('D', 0, 0), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_DIRECTORY);
	assert_int_equal(said[0].directory.round_lot, 100);
	assert_int_equal(said[0].directory.authenticity, 'T');
	assert_int_equal(said[0].directory.etp_flag, 'N');
	assert_int_equal(said[0].directory.luld_tier, '1');
	document_says('D', 1, 0x20);
	assert_int_equal(said[0].directory.authenticity, 'P');
	assert_int_equal(said[0].directory.etp_flag, 'Y');
	document_says('D', 30, 0);
	assert_int_equal(said[0].directory.luld_tier, ' ');
}

static void a_trading_status_has_its_reason(void **state)
{
	(void)state;
	assert_int_equal(document_says('H', 0, 0), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_TRADING);
	assert_int_equal(said[0].trading.state, 'H');
	assert_memory_equal(said[0].trading.reason, "T1  ", 4);
	document_says('H', 1, 'O');
	assert_int_equal(said[0].trading.state, 'Q');
}

static void an_operational_halt_is_that_of_market_v(void **state)
{
	(void)state;
	assert_int_equal(document_says('O', 0, 0), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_OPERATIONAL);
	assert_int_equal(said[0].operational.market, 'V');
	assert_int_equal(said[0].operational.action, 'H');
	document_says('O', 1, 'N');
	assert_int_equal(said[0].operational.action, 'T');
}

static void a_short_sale_restriction_is_new_or_carried_over(void **state)
{
	(void)state;
	assert_int_equal(document_says('P', 0, 0), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_SHORT_SALE);
	assert_int_equal(said[0].short_sale.action, '1');
	document_says('P', 18, 'C');
	assert_int_equal(said[0].short_sale.action, '2');
	document_says('P', 1, 0);
	assert_int_equal(said[0].short_sale.action, '0');
}

static void retail_interest_has_the_letters_of_itch(void **state)
{
	(void)state;
	static const char pairs[][2] = {{'A', 'B'}, {'B', 'S'}, {'C', 'A'}, {' ', 'N'}};
	for (uint32_t i = 0; i < ARRAY_COUNT(pairs); i++) {
		assert_int_equal(document_says('I', 1, (uint8_t)pairs[i][0]), 1);
		assert_int_equal(said[0].kind, STATE_EVENT_RETAIL);
		assert_int_equal(said[0].retail.interest, pairs[i][1]);
	}
}

static void an_auction_tells_its_imbalance(void **state)
{
	(void)state;
	assert_int_equal(document_says('A', 0, 0), 1);
	const struct imbalance_facts *i = &said[0].imbalance;
	assert_int_equal(said[0].kind, STATE_EVENT_IMBALANCE);
	assert_int_equal(i->paired, 1083040);
	assert_int_equal(i->imbalance, 10000);
	assert_int_equal(i->direction, 'B');
	assert_int_equal(i->cross_type, 'C');
	assert_int_equal(i->reference_e4, 990500);
	assert_int_equal(i->near_e4, 991000);
	assert_int_equal(i->far_e4, 991500);
}

static void what_is_no_state_says_nothing(void **state)
{
	(void)state;
	for (const char *type = "E8TXBaMRLC"; *type != '\0'; type++)
		assert_int_equal(document_says(*type, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_system_event_is_a_phase),
		cmocka_unit_test(a_directory_tells_lots_tests_and_tiers),
		cmocka_unit_test(a_trading_status_has_its_reason),
		cmocka_unit_test(an_operational_halt_is_that_of_market_v),
		cmocka_unit_test(a_short_sale_restriction_is_new_or_carried_over),
		cmocka_unit_test(retail_interest_has_the_letters_of_itch),
		cmocka_unit_test(an_auction_tells_its_imbalance),
		cmocka_unit_test(what_is_no_state_says_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.deep_state", tests, NULL, NULL);
}
