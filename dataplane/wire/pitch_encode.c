/* Events as Cboe would send them.  Offsets are those of pitch.def. */
#include "dataplane/wire/pitch.h"

#define SECOND_NS UINT64_C(1000000000)

enum { CENT_E4 = 100, DISPLAYED = 1, PARTICIPANT_BYTES = 4 };

_Static_assert(EVENT_FLAG_KEEPS_PRIORITY == 2, "the flag stands on the wire as it is");

/* is_short tells whether a size and a price fit the short messages. */
static bool is_short(uint32_t qty, int64_t price_e4)
{
	return qty <= UINT16_MAX && price_e4 % CENT_E4 == 0 && price_e4 / CENT_E4 <= UINT16_MAX;
}

/* is_name_short tells whether only spaces follow a name's first six characters. */
static bool is_name_short(uint64_t symbol)
{
	return symbol >> 48 == 0x2020;
}

/* write_size and write_price write a number in either width; they return the place behind it. */
static uint8_t *write_size(uint8_t *p, uint32_t qty, bool is_narrow)
{
	little_store16(p, (uint16_t)qty);
	little_store16(p + 2, (uint16_t)(qty >> 16));
	return p + (is_narrow ? 2 : 4);
}

static uint8_t *write_price(uint8_t *p, int64_t price_e4, bool is_narrow)
{
	if (!is_narrow) {
		little_store64(p, (uint64_t)price_e4);
		return p + 8;
	}
	little_store16(p, (uint16_t)(price_e4 / CENT_E4));
	return p + 2;
}

/* write_named writes orders and trades, the shortest of three layouts; 0: another kind. */
static uint8_t write_named(const struct event *e, uint8_t *p)
{
	bool is_add = e->kind == EVENT_ADD;
	if (!is_add && e->kind != EVENT_TRADE)
		return 0;
	bool is_wide = !is_name_short(e->symbol) || (is_add && e->other != 0);
	bool is_narrow = !is_wide && is_short(e->qty, e->price_e4);
	little_store64(p + 6, e->order);
	p[14] = e->side == SIDE_SELL ? 'S' : 'B';
	uint8_t *at = write_size(p + 15, e->qty, is_narrow);
	memcpy(at, &e->symbol, is_wide ? 8 : 6);
	at = write_price(at + (is_wide ? 8 : 6), e->price_e4, is_narrow);
	if (!is_add) {
		little_store64(at, e->match);
		return is_narrow ? 0x2B : is_wide ? 0x30 : 0x2A;
	}
	*at = DISPLAYED;
	if (is_wide) {
		little_store32(at + 1, e->other == 0 ? 0x20202020 : (uint32_t)e->other);
		at[1 + PARTICIPANT_BYTES] = ' ';
	}
	return is_narrow ? 0x22 : is_wide ? 0x2F : 0x21;
}

/* write_order writes what happens to an order; 0: another kind. */
static uint8_t write_order(const struct event *e, uint8_t *p)
{
	bool is_narrow = e->qty <= UINT16_MAX;
	little_store64(p + 6, e->order);
	switch (e->kind) {
	case EVENT_EXECUTE:
		little_store32(p + 14, e->qty);
		little_store64(p + 18, e->match);
		return 0x23;
	case EVENT_EXECUTE_TO:
		little_store32(p + 14, (uint32_t)e->other);
		little_store32(p + 18, e->qty);
		little_store64(p + 22, e->match);
		little_store64(p + 30, (uint64_t)e->price_e4);
		return 0x24;
	case EVENT_REDUCE:
		write_size(p + 14, e->qty, is_narrow);
		return is_narrow ? 0x26 : 0x25;
	case EVENT_MODIFY:
		is_narrow = is_short(e->qty, e->price_e4);
		p = write_price(write_size(p + 14, e->qty, is_narrow), e->price_e4, is_narrow);
		*p = DISPLAYED | (e->flags & EVENT_FLAG_KEEPS_PRIORITY);
		return is_narrow ? 0x28 : 0x27;
	case EVENT_DELETE:
		return 0x29;
	default:
		return 0;
	}
}

/* write_state writes what is said of an instrument, or of all; 0: another kind. */
static uint8_t write_state(const struct event *e, uint8_t *p)
{
	switch (e->kind) {
	case EVENT_CLEAR_ALL:
		return 0x97;
	case EVENT_BREAK:
		little_store64(p + 6, e->match);
		return 0x2C;
	case EVENT_SYSTEM:
		return e->code == 'C' ? 0x2D : 0;
	case EVENT_STATE:
		memcpy(p + 6, &e->symbol, 8);
		p[14] = e->code;
		p[15] = e->side == 0 ? '0' : e->side;
		memset(p + 16, ' ', 2);
		return 0x31;
	case EVENT_OFFICIAL:
		memcpy(p + 6, &e->symbol, 8);
		p[14] = e->code;
		little_store64(p + 15, (uint64_t)e->price_e4);
		little_store32(p + 23, (uint32_t)e->other);
		return 0x96;
	default:
		return 0;
	}
}

uint32_t pitch_encode(const struct event *event, uint8_t out[PITCH_SIZE_MAX])
{
	if (event->price_e4 < 0)
		return 0;
	memset(out, 0, PITCH_SIZE_MAX);
	uint8_t type = write_named(event, out);
	if (type == 0)
		type = write_order(event, out);
	if (type == 0)
		type = write_state(event, out);
	out[0] = pitch_size(type);
	out[1] = type;
	little_store32(out + 2, (uint32_t)(event->exch_ns % SECOND_NS));
	return out[0];
}

uint32_t pitch_encode_time(
	struct pitch *pitch, const struct event *event, uint8_t out[PITCH_SIZE_MAX])
{
	uint32_t second = (uint32_t)(event->exch_ns / SECOND_NS);
	if (pitch->has_second && pitch->second == second)
		return 0;
	pitch->second = second;
	pitch->has_second = true;
	out[0] = PITCH_TIME_BYTES;
	out[1] = 0x20;
	little_store32(out + 2, second);
	return PITCH_TIME_BYTES;
}
