/* translate_test.c - one market on four wires: each book at the end is the shadow's, price by price.
   rooms: tools_pktgen dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/feed/protocol.h"
#include "tools/pktgen/translate.h"

enum { SYMBOLS = 20, MESSAGES = 40000, DEPTH = 4096 };

struct seen {
	uint32_t of_kind[EVENT_KIND_COUNT];
	uint32_t more;
};

static void side_matches(const struct book *book, uint16_t locate, enum side side,
	const struct shadow_side *wanted, bool has_orders)
{
	static struct book_level levels[DEPTH];
	assert_int_equal(book_depth(book, locate, side, levels, DEPTH), wanted->count);
	for (uint32_t i = 0; i < wanted->count; i++) {
		const struct shadow_level *level = &wanted->levels[wanted->count - 1 - i];
		assert_int_equal(levels[i].price_e4, level->price_e4);
		assert_int_equal(levels[i].qty, level->qty);
		assert_int_equal(levels[i].order_count, has_orders ? level->order_count : 0);
	}
}

static void apply(struct book *book, struct protocol_codec *codec, const struct translated *message,
	struct seen *seen)
{
	struct mold64_block block = {message->bytes, message->size_bytes};
	struct event event;
	struct event_skips skips = {0};
	codec->row->decode(codec, &block, 1, &event, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	if (event.flags & EVENT_FLAG_NO_LOCATE)
		assert_true(book_locate_of(book, event.order, &event.locate));
	seen->of_kind[event.kind]++;
	seen->more += event.flags & EVENT_FLAG_MORE;
	book_apply(book, &event);
}

/* play translates a market and ends with every book compared. */
static struct seen play(enum protocol protocol, uint64_t seed)
{
	const struct market_options options = {MESSAGES, SYMBOLS, seed};
	struct market *market = market_open(&options);
	struct translator *translator = translator_open(protocol, market);
	struct site_config *site = calloc(1, sizeof *site);
	struct translated others[TRANSLATE_COUNT_MAX];
	static struct protocol_codec codec;
	struct book *book = book_open(MESSAGES);
	struct book_counts counts;
	struct seen seen = {0};
	uint8_t message[ITCH50_SIZE_MAX];
	uint32_t size;
	protocol_codec_init(&codec, protocol, site);
	while ((size = market_next(market, message)) != 0) {
		uint32_t count = translator_take(translator, message, size, others);
		assert_true(count <= TRANSLATE_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++)
			apply(book, &codec, &others[i], &seen);
	}
	book_counts_of(book, &counts);
	assert_int_equal(counts.unknown_orders + counts.overfills + counts.duplicate_orders +
				 counts.bad_adds + counts.full,
		0);
	assert_int_equal(counts.orders, protocol == PROTOCOL_DEEP ? 0 : market_order_count(market));
	for (uint32_t locate = 1; locate <= SYMBOLS; locate++) {
		const struct shadow_symbol *symbol = market_symbol(market, locate);
		uint16_t known = names_locate(&codec.names, symbol->name);
		for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++)
			side_matches(
				book, known, side, &symbol->sides[side], protocol != PROTOCOL_DEEP);
	}
	book_close(book);
	protocol_codec_return(&codec);
	translator_close(translator);
	market_close(market);
	free(site);
	return seen;
}

static void deep_has_the_markets_levels(void **state)
{
	(void)state;
	struct seen seen = play(PROTOCOL_DEEP, 3);
	assert_true(seen.of_kind[EVENT_LEVEL] > MESSAGES / 2 && seen.more > 100);
	assert_true(seen.of_kind[EVENT_TRADE] > 100 && seen.of_kind[EVENT_DIRECTORY] == SYMBOLS);
	assert_int_equal(seen.of_kind[EVENT_ADD], 0);
}

static void deep_plus_has_the_markets_orders(void **state)
{
	(void)state;
	struct seen seen = play(PROTOCOL_DEEP_PLUS, 4);
	assert_true(seen.of_kind[EVENT_ADD] > 1000 && seen.of_kind[EVENT_MODIFY] > 1000);
	assert_true(seen.of_kind[EVENT_EXECUTE_AT] > 100 && seen.of_kind[EVENT_DELETE] > 1000);
}

static void pitch_has_the_markets_orders(void **state)
{
	(void)state;
	struct seen seen = play(PROTOCOL_PITCH, 5);
	assert_true(seen.of_kind[EVENT_ADD] > 1000 && seen.of_kind[EVENT_MODIFY] > 1000);
	assert_true(seen.of_kind[EVENT_EXECUTE] > 100 && seen.of_kind[EVENT_EXECUTE_TO] > 0);
	assert_true(seen.of_kind[EVENT_REDUCE] > 100 && seen.of_kind[EVENT_NONE] > 0);
	assert_int_equal(seen.of_kind[EVENT_STATE], SYMBOLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deep_has_the_markets_levels),
		cmocka_unit_test(deep_plus_has_the_markets_orders),
		cmocka_unit_test(pitch_has_the_markets_orders),
	};
	return !!cmocka_run_group_tests_name("unit.tools.pktgen.translate", tests, NULL, NULL);
}
