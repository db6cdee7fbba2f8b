/* pitch_fuzz.c - any bytes as a packet of a unit: messages lie inside it in order, what is decoded can be written and read
   again, and what the book makes of it stays whole.
   rooms: dataplane_wire dataplane_book */
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/pitch.h"
#include "dataplane/wire/pitch_unit.h"

enum { ORDERS = 64, LEVELS = 256, NAMES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct mold64_block whole[PITCH_UNIT_COUNT_MAX], part[16];

static uint32_t blocks_read(const uint8_t *bytes, uint32_t size)
{
	struct pitch_unit_header header;
	bool is_malformed, part_malformed;
	uint32_t tail, part_tail, first = 0;
	if (!pitch_unit_parse_header(bytes, size, &header))
		return 0;
	uint32_t found = pitch_unit_parse_blocks(
		bytes, size, header.count, 0, whole, PITCH_UNIT_COUNT_MAX, &is_malformed, &tail);
	const uint8_t *at = bytes + PITCH_UNIT_HEADER_BYTES;
	for (uint32_t i = 0; i < found; i++) {
		CHECK(whole[i].bytes == at && whole[i].size_bytes == at[0] && at[0] >= 2);
		at += whole[i].size_bytes;
	}
	CHECK(at <= bytes + size && (is_malformed || found == header.count));
	CHECK(is_malformed || found == 0 || at + tail == bytes + size);
	for (uint32_t count = 1; count != 0; first += count) {
		count = pitch_unit_parse_blocks(bytes, size, header.count, first, part,
			ARRAY_COUNT(part), &part_malformed, &part_tail);
		for (uint32_t i = 0; i < count; i++)
			CHECK(part[i].bytes == whole[first + i].bytes);
	}
	CHECK(first == found);
	return found;
}

/* writes_again: the event of a written event is the same, whichever of the widths it came in. */
static void writes_again(const struct event *event)
{
	uint8_t message[PITCH_SIZE_MAX];
	struct event_skips skips = {0};
	struct event found, wanted = *event;
	struct mold64_block block = {message, pitch_encode(&wanted, message)};
	struct pitch pitch;
	if (block.size_bytes == 0)
		return;
	pitch_init(&pitch);
	pitch_decode(&pitch, &block, 1, &found, &skips);
	CHECK(skips.unknown + skips.bad == 0 && message[0] == block.size_bytes);
	wanted.size_bytes = found.size_bytes;
	wanted.type = found.type;
	wanted.exch_ns = found.exch_ns;
	if (wanted.kind == EVENT_ADD && (wanted.other == 0 || found.other == 0))
		wanted.other = found.other; /* no participant is spaces or a shorter message */
	if (wanted.kind == EVENT_STATE && wanted.side == 0)
		wanted.side = found.side;
	CHECK(memcmp(&found, &wanted, sizeof found) == 0);
}

static void books_are_whole(struct book *book)
{
	static struct book_level levels[LEVELS];
	struct book_counts counts;
	uint64_t orders = 0, level_count = 0;
	for (uint16_t locate = 0; locate < NAMES; locate++)
		for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
			uint32_t count = book_depth(book, locate, (enum side)side, levels, LEVELS);
			for (uint32_t i = 0; i < count; i++) {
				CHECK(levels[i].order_count > 0 && levels[i].qty > 0);
				orders += levels[i].order_count;
			}
			level_count += count;
		}
	book_counts_of(book, &counts);
	CHECK(orders == counts.orders && level_count == counts.levels);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct book *book;
	struct pitch pitch;
	if (book == NULL)
		book = book_open(ORDERS);
	if (size > PACKET_BYTES_MAX)
		return 0;
	uint32_t count = blocks_read(bytes, (uint32_t)size);
	pitch_init(&pitch);
	for (uint32_t i = 0; i < count; i++) {
		struct event event;
		struct event_skips skips = {0};
		pitch_decode(&pitch, &whole[i], 1, &event, &skips);
		writes_again(&event);
		event.locate = (uint16_t)(event.symbol % NAMES);
		if (event.flags & EVENT_FLAG_NO_LOCATE)
			book_locate_of(book, event.order, &event.locate);
		struct book_step step;
		book_prefetch(book, &event, &step, 1);
		book_apply_step(book, &event, &step);
	}
	books_are_whole(book);
	book_clear(book);
	return 0;
}
