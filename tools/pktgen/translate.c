#include "tools/pktgen/translate.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/pktgen/carrier.h"

/* An order as the other venue knows it. */
struct known {
	uint64_t reference; /* of the market; 0: free */
	uint64_t id;        /* of the venue           */
	uint32_t price_e4, qty;
	uint8_t side;
};

struct translator {
	enum protocol protocol;
	const struct market *market;
	struct pitch clock;
	struct known *rows;
	uint32_t count, mask;
	struct translated *out; /* of the message under way */
	uint32_t out_count;
};

static struct known *rows_taken(uint32_t count)
{
	struct known *rows = calloc(count, sizeof *rows);
	if (rows == NULL) {
		fputs("sluice-pktgen: no memory left for the orders; ask for fewer messages\n",
			stderr);
		exit(EXIT_FAILURE);
	}
	return rows;
}

struct translator *translator_open(enum protocol protocol, const struct market *market)
{
	struct translator *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->protocol = protocol;
	t->market = market;
	t->mask = (1 << 12) - 1;
	t->rows = rows_taken(t->mask + 1);
	pitch_init(&t->clock);
	return t;
}

void translator_close(struct translator *t)
{
	if (t == NULL)
		return;
	free(t->rows);
	free(t);
}

static uint32_t home_of(const struct translator *t, uint64_t reference)
{
	return (uint32_t)(reference * 0x9E3779B97F4A7C15ull >> 32) & t->mask;
}

/* row_of finds an order's row, or the free one where it belongs. */
static struct known *row_of(struct translator *t, uint64_t reference)
{
	uint32_t at = home_of(t, reference);
	while (t->rows[at].reference != 0 && t->rows[at].reference != reference)
		at = (at + 1) & t->mask;
	return &t->rows[at];
}

static void rows_double(struct translator *t)
{
	struct known *old = t->rows;
	uint32_t count = t->mask + 1;
	t->mask = 2 * count - 1;
	t->rows = rows_taken(2 * count);
	for (uint32_t i = 0; i < count; i++)
		if (old[i].reference != 0)
			*row_of(t, old[i].reference) = old[i];
	free(old);
}

static void row_put(struct translator *t, const struct known *known)
{
	if (2 * ++t->count > t->mask)
		rows_double(t);
	*row_of(t, known->reference) = *known;
}

/* row_take removes an order and closes the hole it leaves. */
static struct known row_take(struct translator *t, uint64_t reference)
{
	struct known *hole = row_of(t, reference), taken = *hole;
	uint32_t at = (uint32_t)(hole - t->rows);
	t->count--;
	for (uint32_t next = (at + 1) & t->mask; t->rows[next].reference != 0;
		next = (next + 1) & t->mask) {
		uint32_t home = home_of(t, t->rows[next].reference);
		if (((next - home) & t->mask) < ((next - at) & t->mask))
			continue;
		t->rows[at] = t->rows[next];
		at = next;
	}
	memset(&t->rows[at], 0, sizeof t->rows[at]);
	return taken;
}

/* say writes one message, in PITCH after the second it belongs to. */
static void say(struct translator *t, struct event *event)
{
	struct translated *out = &t->out[t->out_count];
	if (t->protocol == PROTOCOL_PITCH) {
		out->size_bytes = pitch_encode(event, out->bytes);
		if (out->size_bytes == 0)
			return;
		struct translated message = *out;
		out->size_bytes = pitch_encode_time(&t->clock, event, out->bytes);
		if (out->size_bytes != 0)
			out = &t->out[++t->out_count];
		*out = message;
	} else {
		out->size_bytes = deep_encode(
			t->protocol == PROTOCOL_DEEP ? DEEP_FEED_LEVELS : DEEP_FEED_ORDERS,
			CARRIER_MIDNIGHT_NS, event, out->bytes);
	}
	if (out->size_bytes != 0)
		t->out_count++;
}

/* say_level tells what is left at a price. */
static void say_level(struct translator *t, const struct event *from, uint8_t side,
	uint32_t price_e4, bool is_more)
{
	const struct shadow_symbol *symbol = market_symbol(t->market, from->locate);
	const struct shadow_side *levels = &symbol->sides[side];
	struct event e = {.kind = EVENT_LEVEL, .side = side, .price_e4 = price_e4};
	e.exch_ns = from->exch_ns;
	e.symbol = symbol->name;
	e.flags = is_more ? EVENT_FLAG_MORE : 0;
	for (uint32_t i = 0; i < levels->count; i++)
		if (levels->levels[i].price_e4 == price_e4)
			e.qty = (uint32_t)levels->levels[i].qty;
	say(t, &e);
}

/* say_order tells of orders by the venue's own id. */
static void say_order(struct translator *t, struct event e, const struct known *known)
{
	e.symbol = market_symbol(t->market, e.locate)->name;
	e.order = known->id;
	if (e.kind == EVENT_EXECUTE && t->protocol == PROTOCOL_DEEP_PLUS) {
		e.kind = EVENT_EXECUTE_AT; /* IEX always tells the price of the print */
		e.price_e4 = known->price_e4;
	} else if (e.kind == EVENT_EXECUTE_AT && t->protocol == PROTOCOL_PITCH) {
		e.kind = EVENT_EXECUTE_TO;
		e.other = e.qty;
		e.qty = known->qty;
	} else if (e.kind == EVENT_REDUCE && t->protocol == PROTOCOL_DEEP_PLUS) {
		e.kind = EVENT_MODIFY; /* IEX tells what is left */
		e.flags = EVENT_FLAG_KEEPS_PRIORITY;
		e.qty = known->qty;
		e.price_e4 = known->price_e4;
	}
	say(t, &e);
}

static void take_add(struct translator *t, const struct event *e)
{
	struct known known = {.reference = e->order, .id = e->order, .qty = e->qty};
	known.price_e4 = (uint32_t)e->price_e4;
	known.side = e->side;
	row_put(t, &known);
	if (t->protocol == PROTOCOL_DEEP)
		say_level(t, e, e->side, known.price_e4, false);
	else
		say_order(t, *e, &known);
}

static void take_replace(struct translator *t, const struct event *e)
{
	struct known known = row_take(t, e->order);
	uint32_t before_e4 = known.price_e4;
	struct event modify = *e;
	known.reference = e->other;
	known.price_e4 = (uint32_t)e->price_e4;
	known.qty = e->qty;
	row_put(t, &known);
	if (t->protocol == PROTOCOL_DEEP) {
		if (before_e4 != known.price_e4)
			say_level(t, e, known.side, before_e4, true);
		say_level(t, e, known.side, known.price_e4, false);
		return;
	}
	modify.kind = EVENT_MODIFY;
	modify.other = 0;
	say_order(t, modify, &known);
}

static void take_reduction(struct translator *t, const struct event *e)
{
	struct known *known = row_of(t, e->order), left = *known;
	left.qty -= e->kind == EVENT_DELETE ? left.qty : e->qty;
	if (left.qty == 0)
		row_take(t, e->order);
	else
		known->qty = left.qty;
	if (t->protocol != PROTOCOL_DEEP) {
		say_order(t, *e, &left);
		return;
	}
	if (e->kind == EVENT_EXECUTE || e->kind == EVENT_EXECUTE_AT) {
		struct event trade = *e;
		trade.kind = EVENT_TRADE;
		trade.price_e4 = left.price_e4;
		trade.symbol = market_symbol(t->market, e->locate)->name;
		say(t, &trade);
	}
	say_level(t, e, left.side, left.price_e4, false);
}

uint32_t translator_take(struct translator *t, const uint8_t *message, uint32_t size_bytes,
	struct translated out[TRANSLATE_COUNT_MAX])
{
	uint8_t padded[ITCH50_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
	struct mold64_block block = {padded, size_bytes};
	struct itch50_counts counts = {0};
	struct event e;
	memcpy(padded, message, size_bytes);
	itch50_decode(&block, 1, &e, &counts);
	t->out = out;
	t->out_count = 0;
	switch (e.kind) {
	case EVENT_ADD:
		take_add(t, &e);
		break;
	case EVENT_REPLACE:
		take_replace(t, &e);
		break;
	case EVENT_EXECUTE:
	case EVENT_EXECUTE_AT:
	case EVENT_REDUCE:
	case EVENT_DELETE:
		take_reduction(t, &e);
		break;
	case EVENT_OTHER:
		break;
	default: /* trades and states are said alike, where the venue says them at all */
		say(t, &e);
	}
	return t->out_count;
}
