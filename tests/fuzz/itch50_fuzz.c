/* itch50_fuzz: any bytes as a file of messages.  Every decoder must give the same events, and what the
   book makes of them must stay whole: each order it has is in a level, each level has orders.
   rooms: dataplane_wire dataplane_book */
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/itch50_state.h"
#include "drivers/machine/cpu.h"

enum { BURST = 32, ORDERS = 64, LEVELS = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void decode_all(const struct mold64_block *blocks, uint32_t count, struct event *events)
{
	struct itch50_counts expected = {0};
	itch50_kernel_of(ISA_SCALAR)(blocks, count, events, &expected);
	for (int isa = ISA_AVX2; isa < ISA_COUNT; isa++) {
		struct event found[BURST];
		struct itch50_counts counts = {0};
		if (itch50_kernel_of(isa) == NULL)
			continue;
		itch50_kernel_of(isa)(blocks, count, found, &counts);
		CHECK(memcmp(found, events, count * sizeof *events) == 0);
		CHECK(memcmp(&counts, &expected, sizeof counts) == 0);
	}
}

/* The rare messages are read a second time, with nothing behind them: a sanitizer sees the next byte. */
static void state_decode(const struct mold64_block *block, const struct event *event)
{
	struct state_event said;
	uint8_t *exact = malloc(block->size_bytes + 1);
	struct mold64_block copy = {exact, block->size_bytes};
	CHECK(exact != NULL);
	memcpy(exact, block->bytes, block->size_bytes);
	bool is_rare = event->kind == EVENT_CROSS || event->kind >= EVENT_SYSTEM;
	bool is_read = itch50_state_decode(&copy, &said) != STATE_EVENT_NONE;
	CHECK(is_read == is_rare);
	CHECK(!is_read || (said.locate == event->locate && said.exch_ns == event->exch_ns));
	CHECK(event->symbol == 0 || !is_read || said.symbol == event->symbol);
	free(exact);
}

static uint64_t orders_of(const struct book *book, uint16_t locate)
{
	static struct book_level levels[LEVELS];
	uint64_t orders = 0;
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		uint32_t count = book_depth(book, locate, (enum side)side, levels, LEVELS);
		for (uint32_t i = 0; i < count; i++) {
			CHECK(levels[i].order_count > 0 && levels[i].qty >= levels[i].order_count);
			CHECK(i == 0 ||
				(side == SIDE_BUY ? levels[i].price_e4 < levels[i - 1].price_e4
						  : levels[i].price_e4 > levels[i - 1].price_e4));
			orders += levels[i].order_count;
		}
	}
	return orders;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct book *book;
	static uint8_t memory[(1 << 16) + ITCH50_READ_PAST_BYTES];
	static bool is_counted[SYMBOL_COUNT_MAX];
	struct mold64_block blocks[BURST];
	struct event events[BURST];
	uint16_t locates[ORDERS * 64];
	uint32_t locate_count = 0, count;
	struct book_step steps[BURST];
	size_t at = 0, used;
	if (book == NULL)
		book = book_open(ORDERS);
	if (size > 1 << 16)
		return 0;
	memcpy(memory, bytes, size);
	while ((count = itch50_split(memory + at, size - at, blocks, BURST, &used)) > 0) {
		decode_all(blocks, count, events);
		book_prefetch(book, events, steps, count);
		book_prefetch_levels(book, events, steps, count);
		for (uint32_t i = 0; i < count; i++) {
			state_decode(&blocks[i], &events[i]);
			book_apply_step(book, &events[i], &steps[i]);
			if (!is_counted[events[i].locate] && locate_count < ARRAY_COUNT(locates)) {
				is_counted[events[i].locate] = true;
				locates[locate_count++] = events[i].locate;
			}
		}
		at += used;
	}
	uint64_t orders = 0;
	bool is_all = locate_count < ARRAY_COUNT(locates);
	for (uint32_t i = 0; i < locate_count; i++) {
		orders += orders_of(book, locates[i]);
		is_counted[locates[i]] = false;
	}
	struct book_counts counts;
	book_counts_of(book, &counts);
	CHECK(!is_all || orders == counts.orders);
	book_clear(book);
	return 0;
}
