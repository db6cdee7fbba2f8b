/* deep_fuzz.c - any bytes as messages of DEEP or DEEP+: what is decoded can be written and read again, and what the book
   makes of it stays whole: no level is empty, every order is in a level, all can be cleared.
   rooms: dataplane_wire dataplane_book

   An input is a byte that chooses the feed, then messages behind 16-bit little-endian lengths. */
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/deep.h"

enum { ORDERS = 64, LEVELS = 256, NAMES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* writes_again: the event of a written event is the same, if its feed has a message for it. */
static void writes_again(struct deep *deep, const struct event *event)
{
	uint8_t message[DEEP_SIZE_MAX];
	struct event_skips skips = {0};
	struct event found, wanted = *event;
	struct mold64_block block = {message, 0};
	block.size_bytes = deep_encode(deep->feed, deep->day.begin_ns, &wanted, message);
	if (block.size_bytes == 0)
		return;
	deep_decode(deep, &block, 1, &found, &skips);
	CHECK(skips.unknown + skips.bad == 0);
	found.size_bytes = wanted.size_bytes; /* it may have been longer */
	if (wanted.kind == EVENT_STATE && wanted.other == 0)
		wanted.other = found.other; /* no reason is spaces */
	CHECK(memcmp(&found, &wanted, sizeof found) == 0);
}

static uint64_t orders_of(const struct book *book, uint16_t locate)
{
	static struct book_level levels[LEVELS];
	uint64_t orders = 0;
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		uint32_t count = book_depth(book, locate, (enum side)side, levels, LEVELS);
		for (uint32_t i = 0; i < count; i++) {
			CHECK(levels[i].qty > 0 && levels[i].qty >= levels[i].order_count);
			CHECK(i == 0 || (side == SIDE_BUY) ==
						(levels[i].price_e4 < levels[i - 1].price_e4));
			orders += levels[i].order_count;
		}
	}
	return orders;
}

static void books_are_whole(struct book *book)
{
	struct book_counts counts;
	uint64_t orders = 0;
	for (uint16_t locate = 0; locate < NAMES; locate++)
		orders += orders_of(book, locate);
	book_counts_of(book, &counts);
	CHECK(orders == counts.orders);
	for (uint16_t locate = 0; locate < NAMES; locate++) {
		struct event clear = {.kind = EVENT_CLEAR, .locate = locate};
		book_apply(book, &clear);
	}
	book_counts_of(book, &counts);
	CHECK(counts.orders + counts.levels == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct book *book;
	struct deep deep;
	if (book == NULL)
		book = book_open(ORDERS);
	if (size == 0)
		return 0;
	deep_init(&deep, bytes[0] & 1 ? DEEP_FEED_ORDERS : DEEP_FEED_LEVELS);
	for (size_t at = 1; size - at >= 2;) {
		uint32_t length = little_load16(bytes + at);
		struct mold64_block block = {bytes + at + 2, length};
		struct event_skips skips = {0};
		struct event event;
		if (length > size - at - 2)
			break;
		at += 2 + length;
		deep_decode(&deep, &block, 1, &event, &skips);
		CHECK((event.kind == EVENT_NONE) == (skips.unknown + skips.bad == 1));
		event.locate = (uint16_t)(event.symbol % NAMES);
		struct book_step step;
		book_prefetch(book, &event, &step, 1);
		book_apply_step(book, &event, &step);
		event.locate = 0;
		writes_again(&deep, &event);
	}
	books_are_whole(book);
	return 0;
}
