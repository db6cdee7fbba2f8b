/* pitch.c - see pitch.h.  Offsets are those of pitch.def. */
#include "dataplane/wire/pitch.h"

#define SECOND_NS UINT64_C(1000000000)

enum { MODIFY_KEEPS_PRIORITY = 2, CENT_E4 = 100, TIME = 0x20 };

/* One array of fields for each message, length and type first. */
#define PITCH_MESSAGE(type, name, size)                                                            \
	static const struct little_field fields_##name[] = {                                       \
		{"length", 0, 1, 'U'}, {"message_type", 1, 1, 'U'},
#define PITCH_FIELD(name, offset, bytes, kind) {#name, offset, bytes, #kind[0]},
#define PITCH_END                                                                                  \
	}                                                                                          \
	;
#include "dataplane/wire/pitch.def"
#undef PITCH_MESSAGE
#undef PITCH_FIELD
#undef PITCH_END

#define PITCH_FIELD(name, offset, bytes, kind)
#define PITCH_END

static const uint8_t sizes[256] = {
#define PITCH_MESSAGE(type, name, size) [type] = size,
#include "dataplane/wire/pitch.def"
#undef PITCH_MESSAGE
};

uint8_t pitch_size(uint8_t type)
{
	return sizes[type];
}

uint32_t pitch_fields(uint8_t type, const struct little_field **fields, const char **message_name)
{
	switch (type) {
#define PITCH_MESSAGE(code, name, size)                                                            \
	case code:                                                                                 \
		*fields = fields_##name;                                                           \
		*message_name = #name;                                                             \
		return ARRAY_COUNT(fields_##name);
#include "dataplane/wire/pitch.def"
#undef PITCH_MESSAGE
	default:
		return 0;
	}
}

void pitch_init(struct pitch *pitch)
{
	memset(pitch, 0, sizeof *pitch);
}

void pitch_forget(struct pitch *pitch)
{
	pitch->has_second = false;
}

/* symbol_of pads a name of 6 or 8 characters. */
static inline uint64_t symbol_of(const uint8_t *p, size_t count)
{
	uint64_t packed = UINT64_C(0x2020202020202020);
	memcpy(&packed, p, count);
	return packed;
}

static inline int64_t price_short(const uint8_t *p)
{
	return (int64_t)little_load16(p) * CENT_E4;
}

/* price_long cuts what no price is, so that it stays too high and never becomes negative. */
static inline int64_t price_long(const uint8_t *p)
{
	uint64_t price_e4 = little_load64(p);
	return price_e4 > INT64_MAX ? INT64_MAX : (int64_t)price_e4;
}

/* read_named fills an order or a trade, which carry side, quantity, symbol and price in three layouts; returns what
   follows the price. */
static inline const uint8_t *read_named(
	const uint8_t *p, struct event *e, bool is_short, size_t name)
{
	const uint8_t *symbol = p + (is_short ? 17 : 19);
	e->side = p[14] == 'S' ? SIDE_SELL : SIDE_BUY;
	e->qty = is_short ? little_load16(p + 15) : little_load32(p + 15);
	e->symbol = symbol_of(symbol, name);
	e->price_e4 = is_short ? price_short(symbol + name) : price_long(symbol + name);
	return symbol + name + (is_short ? 2 : 8);
}

/* read_add_or_trade fills what puts an order into the book, or traded without one there; false: another type. */
static bool read_add_or_trade(const uint8_t *p, struct event *e)
{
	bool is_short = p[1] == 0x22 || p[1] == 0x2B;
	size_t name = p[1] == 0x2F || p[1] == 0x30 ? 8 : 6;
	switch (p[1]) {
	case 0x21:
	case 0x22:
	case 0x2F:
		e->kind = EVENT_ADD;
		e->order = little_load64(p + 6);
		const uint8_t *flags = read_named(p, e, is_short, name);
		if (p[1] == 0x2F)
			e->other = little_load32(flags + 1);
		return true;
	case 0x2A:
	case 0x2B:
	case 0x30:
		e->kind = EVENT_TRADE;
		e->match = little_load64(read_named(p, e, is_short, name));
		return true;
	default:
		return false;
	}
}

/* read_order fills what happens to an order in the book; false: another type. */
static bool read_order(const uint8_t *p, struct event *e)
{
	switch (p[1]) {
	case 0x23:
		e->kind = EVENT_EXECUTE;
		e->qty = little_load32(p + 14);
		e->match = little_load64(p + 18);
		break;
	case 0x24:
		e->kind = EVENT_EXECUTE_TO;
		e->other = little_load32(p + 14);
		e->qty = little_load32(p + 18);
		e->match = little_load64(p + 22);
		e->price_e4 = price_long(p + 30);
		e->code = 'Y';
		break;
	case 0x25:
	case 0x26:
		e->kind = EVENT_REDUCE;
		e->qty = p[1] == 0x25 ? little_load32(p + 14) : little_load16(p + 14);
		break;
	case 0x27:
		e->kind = EVENT_MODIFY;
		e->qty = little_load32(p + 14);
		e->price_e4 = price_long(p + 18);
		e->flags = p[26] & MODIFY_KEEPS_PRIORITY ? EVENT_FLAG_KEEPS_PRIORITY : 0;
		break;
	case 0x28:
		e->kind = EVENT_MODIFY;
		e->qty = little_load16(p + 14);
		e->price_e4 = price_short(p + 16);
		e->flags = p[18] & MODIFY_KEEPS_PRIORITY ? EVENT_FLAG_KEEPS_PRIORITY : 0;
		break;
	case 0x29:
		e->kind = EVENT_DELETE;
		break;
	default:
		return false;
	}
	e->order = little_load64(p + 6);
	e->flags |= EVENT_FLAG_NO_LOCATE;
	return true;
}

static uint8_t state_of(uint8_t status)
{
	return status == 'A' ? 'Q' : status == 'S' ? 'H' : status;
}

/* read_state fills what is said of an instrument, or of all. */
static void read_state(const uint8_t *p, struct event *e)
{
	switch (p[1]) {
	case 0x97:
		e->kind = EVENT_CLEAR_ALL;
		return;
	case 0x2C:
		e->kind = EVENT_BREAK;
		e->flags = EVENT_FLAG_NO_LOCATE;
		e->match = little_load64(p + 6);
		return;
	case 0x2D:
		e->kind = EVENT_SYSTEM;
		e->code = 'C';
		return;
	case 0x31:
		e->kind = EVENT_STATE;
		e->code = state_of(p[14]);
		e->side = p[15];
		break;
	case 0x96:
		e->kind = EVENT_OFFICIAL;
		e->code = p[14];
		e->price_e4 = price_long(p + 15);
		e->other = little_load32(p + 23);
		break;
	default:
		e->kind = EVENT_OTHER;
	}
	e->symbol = symbol_of(p + 6, 8);
}

void pitch_decode(struct pitch *pitch, const struct mold64_block *blocks, uint32_t count,
	struct event *events, struct event_skips *skips)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *p = blocks[i].bytes;
		struct event *e = &events[i];
		memset(e, 0, sizeof *e);
		e->size_bytes = (uint16_t)blocks[i].size_bytes;
		if (UNLIKELY(blocks[i].size_bytes < 2)) {
			skips->bad++;
			continue;
		}
		e->type = p[1];
		if (UNLIKELY(sizes[p[1]] == 0 || blocks[i].size_bytes < sizes[p[1]])) {
			skips->unknown += sizes[p[1]] == 0;
			skips->bad += sizes[p[1]] != 0;
			continue;
		}
		if (UNLIKELY(p[1] == TIME)) {
			pitch->second = little_load32(p + 2);
			pitch->has_second = true;
			continue;
		}
		if (LIKELY(pitch->has_second))
			e->exch_ns = pitch->second * SECOND_NS + little_load32(p + 2);
		if (!read_order(p, e) && !read_add_or_trade(p, e))
			read_state(p, e);
	}
}
