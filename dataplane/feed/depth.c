/* depth.c - see depth.h. */
#include "dataplane/feed/depth.h"

#include <errno.h>

/* rows_add puts what the cursor leaves of a side; returns rows of this side there are. */
static uint32_t rows_add(struct mailbox_answer *answer, uint64_t cursor, uint64_t before,
	enum side side, const struct book_level *levels, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (before + i < cursor || answer->row_count == MAILBOX_ROW_COUNT)
			continue;
		struct level_row row = {.price_e4 = levels[i].price_e4,
			.qty = levels[i].qty,
			.order_count = levels[i].order_count,
			.side = (uint8_t)side};
		memcpy(answer->rows[answer->row_count++], &row, sizeof row);
	}
	return count;
}

static void levels_answer(const struct book *book, uint16_t locate,
	const struct mailbox_request *request, struct mailbox_answer *answer)
{
	struct book_level levels[DEPTH_LEVEL_COUNT_MAX];
	uint32_t max = request->id < DEPTH_LEVEL_COUNT_MAX ? request->id : DEPTH_LEVEL_COUNT_MAX;
	uint64_t total = 0;
	for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++) {
		uint32_t count = book_depth(book, locate, side, levels, max);
		total += rows_add(answer, request->cursor, total, side, levels, count);
	}
	if (answer->row_count != 0 && request->cursor + answer->row_count < total)
		answer->next = request->cursor + answer->row_count;
}

static void ahead_answer(
	const struct book *book, uint16_t locate, uint64_t reference, struct mailbox_answer *answer)
{
	struct ahead_row row = {0};
	uint16_t found;
	enum side side;
	if (!book_locate_of(book, reference, &found) || found != locate ||
		!book_order(book, reference, &side, &row.price_e4, &row.qty)) {
		answer->code = ESRCH;
		return;
	}
	row.side = (uint8_t)side;
	if (!book_ahead_of(book, reference, &row.qty_ahead, &row.orders_ahead)) {
		answer->code = ENOSYS;
		return;
	}
	memcpy(answer->rows[answer->row_count++], &row, sizeof row);
}

void depth_answer(const struct symbols *symbols, struct channel *const channels[],
	const struct mailbox_request *request, struct mailbox_answer *answer)
{
	answer->code = 0;
	answer->row_count = 0;
	answer->next = 0;
	if (request->kind != REQUEST_BOOK && request->kind != REQUEST_AHEAD) {
		answer->code = EINVAL;
		return;
	}
	if (request->symbol >= symbols->count ||
		symbols->instruments[request->symbol].channel == INSTRUMENT_NO_CHANNEL ||
		symbols->instruments[request->symbol].is_unnamed) {
		answer->code = ENOENT;
		return;
	}
	const struct instrument *instrument = &symbols->instruments[request->symbol];
	const struct book *book = channels[instrument->channel]->quotes.book;
	if (request->kind == REQUEST_BOOK)
		levels_answer(book, instrument->locate, request, answer);
	else
		ahead_answer(book, instrument->locate, request->cursor, answer);
}
