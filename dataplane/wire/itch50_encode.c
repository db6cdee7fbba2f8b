#include "dataplane/wire/itch50.h"

static void store_characters(uint8_t *p, uint64_t packed, size_t count)
{
	static const uint64_t spaces = 0x2020202020202020ull;
	memcpy(p, packed == 0 ? &spaces : &packed, count);
}

static uint8_t side_character(const struct event *e)
{
	return e->side == SIDE_SELL ? 'S' : 'B';
}

/* write_order writes sections 4's messages after the header; 0: another kind. */
static uint8_t write_order(const struct event *e, uint8_t *p)
{
	store_be64(p + 11, e->order);
	switch (e->kind) {
	case EVENT_ADD:
		p[19] = side_character(e);
		store_be32(p + 20, e->qty);
		store_characters(p + 24, e->symbol, 8);
		store_be32(p + 32, (uint32_t)e->price_e4);
		if (e->other == 0)
			return 'A';
		store_characters(p + 36, e->other, 4);
		return 'F';
	case EVENT_EXECUTE_AT:
		p[31] = e->code;
		store_be32(p + 32, (uint32_t)e->price_e4);
		/* fall through */
	case EVENT_EXECUTE:
		store_be32(p + 19, e->qty);
		store_be64(p + 23, e->match);
		return e->kind == EVENT_EXECUTE ? 'E' : 'C';
	case EVENT_REDUCE:
		store_be32(p + 19, e->qty);
		return 'X';
	case EVENT_DELETE:
		return 'D';
	case EVENT_REPLACE:
		store_be64(p + 19, e->other);
		store_be32(p + 27, e->qty);
		store_be32(p + 31, (uint32_t)e->price_e4);
		return 'U';
	default:
		return 0;
	}
}

/* write_trade writes sections 5's; 0: another kind. */
static uint8_t write_trade(const struct event *e, uint8_t *p)
{
	switch (e->kind) {
	case EVENT_TRADE:
		store_be64(p + 11, 0);
		p[19] = side_character(e);
		store_be32(p + 20, e->qty);
		store_characters(p + 24, e->symbol, 8);
		store_be32(p + 32, (uint32_t)e->price_e4);
		store_be64(p + 36, e->match);
		return 'P';
	case EVENT_CROSS:
		store_be64(p + 11, e->other);
		store_characters(p + 19, e->symbol, 8);
		store_be32(p + 27, (uint32_t)e->price_e4);
		store_be64(p + 31, e->match);
		p[39] = e->code;
		return 'Q';
	case EVENT_BREAK:
		store_be64(p + 11, e->match);
		return 'B';
	default:
		return 0;
	}
}

/* write_state writes section 3's; 0: another kind. */
static uint8_t write_state(const struct event *e, uint8_t *p)
{
	if (e->kind == EVENT_SYSTEM) {
		p[11] = e->code;
		return 'S';
	}
	store_characters(p + 11, e->symbol, 8);
	switch (e->kind) {
	case EVENT_DIRECTORY:
		memcpy(p + 19, "QN", 2); /* Global Select, normal */
		store_be32(p + 21, e->qty);
		memcpy(p + 25, "NCZ ", 4);
		p[29] = e->code;
		memcpy(p + 30, "NN1N\0\0\0\0N", 9);
		return 'R';
	case EVENT_STATE:
		p[19] = e->code;
		p[20] = ' ';
		store_characters(p + 21, e->other, 4);
		return 'H';
	case EVENT_OPERATIONAL:
		p[19] = e->side;
		p[20] = e->code;
		return 'h';
	case EVENT_SHORT_SALE:
		p[19] = e->code;
		return 'Y';
	default:
		return 0;
	}
}

uint32_t itch50_encode(const struct event *event, uint8_t out[ITCH50_SIZE_MAX])
{
	if (event->price_e4 < 0 || event->price_e4 > UINT32_MAX)
		return 0;
	uint8_t type = write_order(event, out);
	if (type == 0)
		type = write_trade(event, out);
	if (type == 0)
		type = write_state(event, out);
	if (type == 0)
		return 0;
	out[0] = type;
	store_be16(out + 1, event->locate);
	store_be16(out + 3, event->tracking);
	store_be48(out + 5, event->exch_ns);
	return itch50_size(type);
}
