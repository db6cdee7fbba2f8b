/* Events as IEX would send them.  Offsets are those of deep.def. */
#include "dataplane/wire/deep.h"

static const uint8_t spaces[4] = {' ', ' ', ' ', ' '};

/* write_order writes the orders of DEEP+; 0: another kind. */
static uint8_t write_order(const struct event *e, uint8_t *p)
{
	little_store64(p + 18, e->order);
	little_store32(p + 26, e->qty);
	little_store64(p + 30, (uint64_t)e->price_e4);
	switch (e->kind) {
	case EVENT_ADD:
		p[1] = e->side == SIDE_BUY ? '8' : '5';
		return 'a';
	case EVENT_MODIFY:
		p[1] = (e->flags & EVENT_FLAG_KEEPS_PRIORITY) != 0;
		return 'M';
	case EVENT_EXECUTE_AT:
		p[1] = (uint8_t)e->other;
		little_store64(p + 38, e->match);
		return 'L';
	case EVENT_DELETE:
		return 'R';
	case EVENT_CLEAR:
		return 'C';
	default:
		return 0;
	}
}

/* write_trade writes levels, trades and official prices; 0: another kind. */
static uint8_t write_trade(const struct event *e, uint8_t *p)
{
	little_store32(p + 18, e->qty);
	little_store64(p + 22, (uint64_t)e->price_e4);
	switch (e->kind) {
	case EVENT_LEVEL:
		p[1] = (e->flags & EVENT_FLAG_MORE) == 0;
		return e->side == SIDE_BUY ? '8' : '5';
	case EVENT_TRADE:
	case EVENT_BREAK:
		p[1] = (uint8_t)e->other;
		little_store64(p + 30, e->match);
		return e->kind == EVENT_TRADE ? 'T' : 'B';
	case EVENT_OFFICIAL:
		p[1] = e->code == 'O' ? 'Q' : 'M';
		little_store64(p + 18, (uint64_t)e->price_e4);
		return 'X';
	default:
		return 0;
	}
}

/* write_state writes the administrative messages; 0: another kind. */
static uint8_t write_state(const struct event *e, uint8_t *p)
{
	switch (e->kind) {
	case EVENT_SYSTEM:
		p[1] = e->code == 'Q' ? 'R' : e->code;
		return 'S';
	case EVENT_DIRECTORY:
		p[1] = e->code == 'T' ? 0x80 : 0;
		little_store32(p + 18, e->qty);
		little_store64(p + 22, (uint64_t)e->price_e4);
		p[30] = 1;
		return 'D';
	case EVENT_STATE:
		p[1] = e->code == 'Q' ? 'O' : e->code;
		memcpy(p + 18, e->other == 0 ? (const void *)spaces : &e->other, 4);
		return 'H';
	case EVENT_OPERATIONAL:
		p[1] = e->code == 'H' ? 'O' : 'N';
		return 'O';
	case EVENT_SHORT_SALE:
		p[1] = e->code != '0';
		p[18] = e->code == '0' ? ' ' : e->code == '1' ? 'A' : 'C';
		return 'P';
	default:
		return 0;
	}
}

uint32_t deep_encode(enum deep_feed feed, uint64_t midnight_ns, const struct event *event,
	uint8_t out[DEEP_SIZE_MAX])
{
	memset(out, 0, DEEP_SIZE_MAX);
	uint8_t type = write_order(event, out);
	if (type == 0)
		type = write_trade(event, out);
	if (type == 0)
		type = write_state(event, out);
	uint8_t size = deep_size(feed, type);
	out[0] = type;
	little_store64(out + 2, midnight_ns + event->exch_ns);
	if (type != 'S')
		memcpy(out + 10, &event->symbol, 8);
	return size;
}
