/* The truth: field by field, as the document tells it.  The vector kernels are compared with this one. */
#include "dataplane/wire/itch50_kernel.h"

static uint64_t characters(const uint8_t *p, size_t count)
{
	uint64_t packed = 0;
	memcpy(&packed, p, count);
	return packed;
}

/* side_of maps B to SIDE_BUY and S to SIDE_SELL; nothing else is ever sent, and what is not S by its
   lowest bit is a buy. */
static uint8_t side_of(uint8_t character)
{
	return character & 1;
}

/* read_order fills what the order messages (ITCH 5.0, section 4) carry. */
static bool read_order(const uint8_t *p, struct event *e)
{
	switch (p[0]) {
	case 'F':
		e->other = characters(p + 36, 4);
		/* fall through */
	case 'A':
		e->kind = EVENT_ADD;
		e->side = side_of(p[19]);
		e->qty = load_be32(p + 20);
		e->symbol = characters(p + 24, 8);
		e->price_e4 = load_be32(p + 32);
		break;
	case 'C':
		e->code = p[31];
		e->price_e4 = load_be32(p + 32);
		/* fall through */
	case 'E':
		e->kind = p[0] == 'C' ? EVENT_EXECUTE_AT : EVENT_EXECUTE;
		e->qty = load_be32(p + 19);
		e->match = load_be64(p + 23);
		break;
	case 'X':
		e->kind = EVENT_REDUCE;
		e->qty = load_be32(p + 19);
		break;
	case 'D':
		e->kind = EVENT_DELETE;
		break;
	case 'U':
		e->kind = EVENT_REPLACE;
		e->other = load_be64(p + 19);
		e->qty = load_be32(p + 27);
		e->price_e4 = load_be32(p + 31);
		break;
	default:
		return false;
	}
	e->order = load_be64(p + 11);
	return true;
}

/* read_trade fills trades and breaks (section 5). */
static bool read_trade(const uint8_t *p, struct event *e)
{
	switch (p[0]) {
	case 'P':
		e->kind = EVENT_TRADE;
		e->side = side_of(p[19]);
		e->qty = load_be32(p + 20);
		e->symbol = characters(p + 24, 8);
		e->price_e4 = load_be32(p + 32);
		e->match = load_be64(p + 36);
		return true;
	case 'Q':
		e->kind = EVENT_CROSS;
		e->other = load_be64(p + 11);
		e->symbol = characters(p + 19, 8);
		e->price_e4 = load_be32(p + 27);
		e->match = load_be64(p + 31);
		e->code = p[39];
		return true;
	case 'B':
		e->kind = EVENT_BREAK;
		e->match = load_be64(p + 11);
		return true;
	default:
		return false;
	}
}

/* read_state fills administrative messages (section 3). */
static void read_state(const uint8_t *p, struct event *e)
{
	if (p[0] == 'S') {
		e->kind = EVENT_SYSTEM;
		e->code = p[11];
		return;
	}
	switch (p[0]) {
	case 'R':
		e->kind = EVENT_DIRECTORY;
		e->qty = load_be32(p + 21);
		e->code = p[29];
		break;
	case 'H':
		e->kind = EVENT_STATE;
		e->other = characters(p + 21, 4);
		e->code = p[19];
		break;
	case 'h':
		e->kind = EVENT_OPERATIONAL;
		e->side = p[19];
		e->code = p[20];
		break;
	case 'Y':
		e->kind = EVENT_SHORT_SALE;
		e->code = p[19];
		break;
	default:
		e->kind = EVENT_OTHER;
		return;
	}
	e->symbol = characters(p + 11, 8);
}

void itch50_decode_scalar(const struct mold64_block *blocks, uint32_t count, struct event *events,
	struct itch50_counts *counts)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *p = blocks[i].bytes;
		struct event *e = &events[i];
		if (UNLIKELY(!itch50_is_whole(itch50_types[p[0]], blocks[i].size_bytes))) {
			itch50_skip(&blocks[i], e, counts);
			continue;
		}
		memset(e, 0, sizeof *e);
		e->type = p[0];
		e->locate = load_be16(p + 1);
		e->tracking = load_be16(p + 3);
		e->exch_ns = load_be48(p + 5);
		e->size_bytes = (uint16_t)blocks[i].size_bytes;
		if (!read_order(p, e) && !read_trade(p, e))
			read_state(p, e);
	}
}
