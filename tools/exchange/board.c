#include "tools/exchange/board.h"

#include <stdlib.h>

#include "tools/exchange/sequence.h"

static const char STATES[] = "SRHYLVWKJhNO";

void board_init(struct board *board)
{
	memset(board, 0, sizeof *board);
	refmap_init(&board->index);
}

void board_free(struct board *board)
{
	refmap_free(&board->index);
	free(board->rows);
}

/* characters_of packs eight 7-bit characters into 56 bits. */
static uint64_t characters_of(const uint8_t *text)
{
	uint64_t packed = 0;
	for (int i = 0; i < 8; i++)
		packed = packed << 7 | (text[i] & 127u);
	return packed;
}

/* board_key is never 0: the type is not. */
static uint64_t board_key(const uint8_t *bytes)
{
	uint64_t key = (uint64_t)bytes[0] << 56;
	if (bytes[0] == 'K') /* its locate may be 0: the symbol is what tells */
		return key | characters_of(bytes + 11);
	key |= (uint64_t)load_be16(bytes + 1) << 32;
	if (bytes[0] == 'L')
		key |= load_be32(bytes + 11); /* mpid */
	else if (bytes[0] == 'h')
		key |= bytes[19]; /* market_code */
	return key;
}

void board_take(struct board *board, const uint8_t *bytes, uint32_t size_bytes)
{
	uint64_t at;
	if (size_bytes == 0 || bytes[0] == '\0' || strchr(STATES, bytes[0]) == NULL ||
		size_bytes < itch50_size(bytes[0]) || size_bytes > ITCH50_SIZE_MAX)
		return;
	uint64_t key = board_key(bytes);
	if (!refmap_get(&board->index, key, &at)) {
		at = board->count;
		board->rows = sequence_grow(
			board->rows, board->count, &board->capacity, sizeof board->rows[0]);
		board->count++;
		refmap_put(&board->index, key, at);
	}
	memcpy(board->rows[at].bytes, bytes, size_bytes);
	board->rows[at].size_bytes = (uint8_t)size_bytes;
}

void board_each(const struct board *board,
	void (*message)(void *context, const uint8_t *bytes, uint32_t size_bytes), void *context)
{
	for (const char *type = STATES; *type != '\0'; type++)
		for (uint64_t i = 0; i < board->count; i++)
			if (board->rows[i].bytes[0] == (uint8_t)*type)
				message(context, board->rows[i].bytes, board->rows[i].size_bytes);
}
