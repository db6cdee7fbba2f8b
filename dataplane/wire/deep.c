/* deep.c - see deep.h.  Offsets are those of deep.def. */
#include "dataplane/wire/deep.h"

enum { LEVELS = DEEP_FEED_LEVELS, ORDERS = DEEP_FEED_ORDERS, BOTH = LEVELS | ORDERS };

enum {
	DIRECTORY_TEST = 0x80,
	LEVEL_COMPLETE = 1,
	MODIFY_KEEPS_PRIORITY = 1,
	SIDE_BUY_TYPE = '8',
};

/* One array of fields for each message, the type first. */
#define DEEP_MESSAGE(type, name, size, feeds)                                                      \
	static const struct little_field fields_##name[] = {{"message_type", 0, 1, 'A'},
#define DEEP_FIELD(name, offset, bytes, kind) {#name, offset, bytes, #kind[0]},
#define DEEP_END                                                                                   \
	}                                                                                          \
	;
#include "dataplane/wire/deep.def"
#undef DEEP_MESSAGE
#undef DEEP_FIELD
#undef DEEP_END

#define DEEP_FIELD(name, offset, bytes, kind)
#define DEEP_END

static const struct deep_type {
	uint8_t size, feeds;
} types[256] = {
#define DEEP_MESSAGE(type, name, size, feeds) [type] = {size, feeds},
#include "dataplane/wire/deep.def"
#undef DEEP_MESSAGE
};

uint8_t deep_size(enum deep_feed feed, uint8_t type)
{
	return types[type].feeds & feed ? types[type].size : 0;
}

uint32_t deep_fields(enum deep_feed feed, uint8_t type, const struct little_field **fields,
	const char **message_name)
{
	switch (deep_size(feed, type) == 0 ? 0 : type) {
#define DEEP_MESSAGE(code, name, size, feeds)                                                      \
	case code:                                                                                 \
		*fields = fields_##name;                                                           \
		*message_name = #name;                                                             \
		return ARRAY_COUNT(fields_##name);
#include "dataplane/wire/deep.def"
#undef DEEP_MESSAGE
	default:
		return 0;
	}
}

void deep_init(struct deep *deep, enum deep_feed feed)
{
	memset(deep, 0, sizeof *deep);
	deep->feed = feed;
}

void deep_forget(struct deep *deep)
{
	deep->open_symbol = 0;
}

/* read_book fills what changes books; false: another type. */
static inline bool read_book(const uint8_t *p, struct event *e)
{
	switch (p[0]) {
	case '8':
	case '5':
		e->kind = EVENT_LEVEL;
		e->side = p[0] == SIDE_BUY_TYPE ? SIDE_BUY : SIDE_SELL;
		e->flags = p[1] & LEVEL_COMPLETE ? 0 : EVENT_FLAG_MORE;
		e->qty = little_load32(p + 18);
		e->price_e4 = (int64_t)little_load64(p + 22);
		return true;
	case 'a':
		e->kind = EVENT_ADD;
		e->side = p[1] == SIDE_BUY_TYPE ? SIDE_BUY : SIDE_SELL;
		break;
	case 'M':
		e->kind = EVENT_MODIFY;
		e->flags = p[1] & MODIFY_KEEPS_PRIORITY ? EVENT_FLAG_KEEPS_PRIORITY : 0;
		break;
	case 'L':
		e->kind = EVENT_EXECUTE_AT;
		e->code = 'Y';
		e->other = p[1];
		e->match = little_load64(p + 38);
		break;
	case 'R':
		e->kind = EVENT_DELETE;
		e->order = little_load64(p + 18);
		return true;
	case 'C':
		e->kind = EVENT_CLEAR;
		return true;
	default:
		return false;
	}
	e->order = little_load64(p + 18);
	e->qty = little_load32(p + 26);
	e->price_e4 = (int64_t)little_load64(p + 30);
	return true;
}

/* read_trade fills trades, breaks and official prices; false: another type. */
static bool read_trade(const uint8_t *p, struct event *e)
{
	switch (p[0]) {
	case 'T':
	case 'B':
		e->kind = p[0] == 'T' ? EVENT_TRADE : EVENT_BREAK;
		e->other = p[1];
		e->qty = little_load32(p + 18);
		e->price_e4 = (int64_t)little_load64(p + 22);
		e->match = little_load64(p + 30);
		return true;
	case 'X':
		e->kind = EVENT_OFFICIAL;
		e->code = p[1] == 'Q' ? 'O' : 'C';
		e->price_e4 = (int64_t)little_load64(p + 18);
		return true;
	default:
		return false;
	}
}

/* read_state fills the administrative messages of an instrument. */
static void read_state(const uint8_t *p, struct event *e)
{
	switch (p[0]) {
	case 'D':
		e->kind = EVENT_DIRECTORY;
		e->code = p[1] & DIRECTORY_TEST ? 'T' : 'P';
		e->qty = little_load32(p + 18);
		e->price_e4 = (int64_t)little_load64(p + 22);
		break;
	case 'H':
		e->kind = EVENT_STATE;
		e->code = p[1] == 'O' ? 'Q' : p[1];
		e->other = little_load32(p + 18);
		break;
	case 'O':
		e->kind = EVENT_OPERATIONAL;
		e->code = p[1] == 'O' ? 'H' : 'T';
		e->side = 'V';
		break;
	case 'P':
		e->kind = EVENT_SHORT_SALE;
		e->code = p[1] == 0 ? '0' : p[18] == 'C' ? '2' : '1';
		break;
	default:
		e->kind = EVENT_OTHER;
	}
}

/* time_of_day counts from New York's midnight, which is looked for once a day. */
static inline uint64_t time_of_day(struct deep *deep, uint64_t utc_ns)
{
	if (UNLIKELY(utc_ns - deep->day.begin_ns >= deep->day.end_ns - deep->day.begin_ns))
		deep->day = eastern_day_of(utc_ns);
	return utc_ns - deep->day.begin_ns;
}

void deep_decode(struct deep *deep, const struct mold64_block *blocks, uint32_t count,
	struct event *events, struct event_skips *skips)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *p = blocks[i].bytes;
		struct event *e = &events[i];
		memset(e, 0, sizeof *e);
		e->size_bytes = (uint16_t)blocks[i].size_bytes;
		if (UNLIKELY(blocks[i].size_bytes == 0)) {
			skips->bad++;
			continue;
		}
		e->type = p[0];
		uint8_t size = deep_size(deep->feed, p[0]);
		if (UNLIKELY(size == 0 || blocks[i].size_bytes < size)) {
			skips->unknown += size == 0;
			skips->bad += size != 0;
			continue;
		}
		e->exch_ns = time_of_day(deep, little_load64(p + 2));
		if (UNLIKELY(p[0] == 'S')) {
			e->kind = EVENT_SYSTEM;
			e->code = p[1] == 'R' ? 'Q' : p[1];
			continue;
		}
		e->symbol = little_load64(p + 10);
		if (read_book(p, e)) {
			if (e->kind == EVENT_LEVEL)
				deep->open_symbol = e->flags & EVENT_FLAG_MORE ? e->symbol : 0;
		} else if (read_trade(p, e)) {
			e->flags = e->symbol == deep->open_symbol ? EVENT_FLAG_MORE : 0;
		} else {
			read_state(p, e);
		}
	}
}
