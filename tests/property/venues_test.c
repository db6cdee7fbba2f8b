/* Random DEEP, DEEP+ and PITCH through codec and book, against an oracle that reads the same bytes by the documents' offsets,
   keeps orders and levels in lists and sums them anew after every message.
   rooms: dataplane_book dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/deep.h"
#include "dataplane/wire/pitch.h"

enum { ENTRIES_MAX = 4096, DEPTH_MAX = 512, NAME_COUNT = 4, SIZE_MAX_BYTES = DEEP_SIZE_MAX };

static const char *const names[NAME_COUNT] = {"A", "BRK.A", "ZVZZT", "LONGNAME"};

/* An order, or a level of a venue that sends no orders (reference 0). */
struct entry {
	uint64_t reference, symbol;
	uint64_t price_e4;
	uint32_t qty;
	bool is_sell;
};

struct oracle {
	struct entry entries[ENTRIES_MAX];
	uint32_t count;
	uint64_t unknown, overfills, bad, duplicates;
};

static struct entry *entry_of(struct oracle *o, uint64_t reference)
{
	for (uint32_t i = 0; i < o->count; i++)
		if (o->entries[i].reference == reference)
			return &o->entries[i];
	return NULL;
}

static void entry_drop(struct oracle *o, struct entry *entry)
{
	*entry = o->entries[--o->count];
}

static bool is_price(uint64_t price_e4)
{
	return price_e4 >= 1 && price_e4 <= INT32_MAX;
}

static void oracle_add(struct oracle *o, struct entry entry)
{
	o->bad += !is_price(entry.price_e4) || entry.qty == 0;
	if (entry.price_e4 > INT32_MAX && entry.price_e4 <= INT64_MAX)
		entry.price_e4 = INT32_MAX; /* too dear: it stands at the bound */
	if (!is_price(entry.price_e4) || entry.qty == 0)
		return;
	if (entry_of(o, entry.reference) != NULL)
		o->duplicates++;
	else
		o->entries[o->count++] = entry;
}

static void oracle_take(struct oracle *o, struct entry *entry, uint32_t qty)
{
	if (entry == NULL) {
		o->unknown++;
		return;
	}
	o->overfills += qty > entry->qty;
	if (qty >= entry->qty)
		entry_drop(o, entry);
	else
		entry->qty -= qty;
}

static void oracle_set(struct oracle *o, struct entry *entry, uint64_t price_e4, uint32_t qty)
{
	if (entry == NULL) {
		o->unknown++;
		return;
	}
	struct entry changed = *entry;
	entry_drop(o, entry);
	changed.price_e4 = price_e4;
	changed.qty = qty;
	if (qty != 0)
		oracle_add(o, changed);
}

static uint64_t number(const uint8_t *p, uint32_t bytes)
{
	uint64_t value = 0;
	while (bytes-- > 0)
		value = value << 8 | p[bytes];
	return value;
}

static uint64_t name_at(const uint8_t *p, uint32_t bytes)
{
	char name[9] = "        ";
	memcpy(name, p, bytes);
	return symbol_pack(name);
}

static void oracle_level(struct oracle *o, const uint8_t *m)
{
	struct entry wanted = {.symbol = name_at(m + 10, 8),
		.price_e4 = number(m + 22, 8),
		.qty = (uint32_t)number(m + 18, 4),
		.is_sell = m[0] == '5'};
	if (!is_price(wanted.price_e4)) {
		o->bad++;
		return;
	}
	for (uint32_t i = 0; i < o->count; i++) {
		struct entry *e = &o->entries[i];
		if (e->symbol == wanted.symbol && e->is_sell == wanted.is_sell &&
			e->price_e4 == wanted.price_e4) {
			entry_drop(o, e);
			break;
		}
	}
	if (wanted.qty != 0)
		o->entries[o->count++] = wanted;
}

/* IEX: DEEP 1.08 and DEEP+ 1.04. */
static void oracle_deep(struct oracle *o, const uint8_t *m)
{
	struct entry *entry = NULL;
	uint64_t symbol = m[0] == 'S' ? 0 : name_at(m + 10, 8);
	if (strchr("MRL", m[0]) != NULL) {
		entry = entry_of(o, number(m + 18, 8));
		if (entry != NULL && entry->symbol != symbol)
			entry = NULL;
	}
	switch (m[0]) {
	case '8':
	case '5':
		oracle_level(o, m);
		break;
	case 'a':
		oracle_add(o, (struct entry){.reference = number(m + 18, 8),
				      .symbol = symbol,
				      .price_e4 = number(m + 30, 8),
				      .qty = (uint32_t)number(m + 26, 4),
				      .is_sell = m[1] == '5'});
		break;
	case 'M':
		oracle_set(o, entry, number(m + 30, 8), (uint32_t)number(m + 26, 4));
		break;
	case 'R':
		oracle_take(o, entry, entry == NULL ? 0 : entry->qty);
		break;
	case 'L':
		oracle_take(o, entry, (uint32_t)number(m + 26, 4));
		break;
	case 'C':
		for (uint32_t i = o->count; i-- > 0;)
			if (o->entries[i].symbol == symbol)
				entry_drop(o, &o->entries[i]);
		break;
	default:
		break;
	}
}

/* Cboe: PITCH 2.41. */
static void oracle_pitch(struct oracle *o, const uint8_t *m)
{
	struct entry *entry = m[0] >= 14 ? entry_of(o, number(m + 6, 8)) : NULL;
	struct entry added = {.reference = number(m + 6, 8), .is_sell = m[14] == 'S'};
	switch (m[1]) {
	case 0x21:
	case 0x2F:
		added.symbol = name_at(m + 19, m[1] == 0x21 ? 6 : 8);
		added.qty = (uint32_t)number(m + 15, 4);
		added.price_e4 = number(m + (m[1] == 0x21 ? 25 : 27), 8);
		oracle_add(o, added);
		break;
	case 0x22:
		added.symbol = name_at(m + 17, 6);
		added.qty = (uint32_t)number(m + 15, 2);
		added.price_e4 = number(m + 23, 2) * 100;
		oracle_add(o, added);
		break;
	case 0x23:
	case 0x25:
		oracle_take(o, entry, (uint32_t)number(m + 14, 4));
		break;
	case 0x26:
		oracle_take(o, entry, (uint32_t)number(m + 14, 2));
		break;
	case 0x24:
		oracle_set(
			o, entry, entry == NULL ? 0 : entry->price_e4, (uint32_t)number(m + 18, 4));
		break;
	case 0x27:
		oracle_set(o, entry, number(m + 18, 8), (uint32_t)number(m + 14, 4));
		break;
	case 0x28:
		oracle_set(o, entry, number(m + 16, 2) * 100, (uint32_t)number(m + 14, 2));
		break;
	case 0x29:
		oracle_take(o, entry, entry == NULL ? 0 : entry->qty);
		break;
	case 0x97:
		o->count = 0;
		break;
	default:
		break;
	}
}

static int dearer_first(const void *a, const void *b)
{
	int64_t x = ((const struct book_level *)a)->price_e4;
	int64_t y = ((const struct book_level *)b)->price_e4;
	return (x < y) - (x > y);
}

static int cheaper_first(const void *a, const void *b)
{
	return dearer_first(b, a);
}

static uint32_t oracle_depth(
	const struct oracle *o, uint64_t symbol, bool is_sell, struct book_level *levels)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < o->count; i++) {
		const struct entry *e = &o->entries[i];
		uint32_t at = 0;
		if (e->symbol != symbol || e->is_sell != is_sell)
			continue;
		while (at < count && levels[at].price_e4 != (int64_t)e->price_e4)
			at++;
		if (at == count)
			levels[count++] = (struct book_level){.price_e4 = (int64_t)e->price_e4};
		levels[at].qty += e->qty;
		levels[at].order_count += e->reference != 0;
	}
	qsort(levels, count, sizeof *levels, is_sell ? cheaper_first : dearer_first);
	return count;
}

static void side_matches(
	const struct book *book, const struct oracle *o, uint16_t locate, enum side side)
{
	static struct book_level expected[DEPTH_MAX], found[DEPTH_MAX];
	uint32_t count =
		oracle_depth(o, symbol_pack(names[locate - 1]), side == SIDE_SELL, expected);
	assert_int_equal(book_depth(book, locate, side, found, DEPTH_MAX), count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(found[i].price_e4, expected[i].price_e4);
		assert_int_equal(found[i].qty, expected[i].qty);
		assert_int_equal(found[i].order_count, expected[i].order_count);
	}
}

static void counts_match(const struct book *book, const struct oracle *o)
{
	struct book_counts counts;
	book_counts_of(book, &counts);
	assert_int_equal(counts.unknown_orders, o->unknown);
	assert_int_equal(counts.overfills, o->overfills);
	assert_int_equal(counts.bad_adds, o->bad);
	assert_int_equal(counts.duplicate_orders, o->duplicates);
	assert_int_equal(counts.full, 0);
}

static uint64_t draw(uint64_t *random, uint64_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random >> 16) % below;
}

static int64_t draw_price(uint64_t *random)
{
	static const int64_t edges[] = {0, 1, 99, 100, 6553500, 6553600, INT32_MAX,
		(int64_t)INT32_MAX + 1, INT64_MAX, 2000000000};
	if (draw(random, 12) == 0)
		return edges[draw(random, ARRAY_COUNT(edges))];
	return 990000 + (int64_t)draw(random, 12) * (draw(random, 4) == 0 ? 50 : 100);
}

static uint32_t draw_qty(uint64_t *random)
{
	static const uint32_t edges[] = {0, 1, UINT16_MAX, UINT16_MAX + 1, UINT32_MAX};
	if (draw(random, 8) == 0)
		return edges[draw(random, ARRAY_COUNT(edges))];
	return (uint32_t)draw(random, 5) * 100;
}

/* draw_event draws what a venue may say; most of it names an order that lives, under its right name. */
static struct event draw_event(
	uint64_t *random, const struct oracle *o, const uint8_t *kinds, uint32_t kind_count)
{
	struct event e = {.kind = kinds[draw(random, kind_count)]};
	e.symbol = symbol_pack(names[draw(random, NAME_COUNT)]);
	e.side = (uint8_t)draw(random, 2);
	e.order = 1 + draw(random, 150);
	e.qty = draw_qty(random);
	e.price_e4 = draw_price(random);
	e.other = draw(random, 3) == 0 ? 0x41424344 : 0;
	e.exch_ns = draw(random, UINT64_C(86400) * 1000000000);
	e.code = 'C';
	if ((e.kind == EVENT_CLEAR || e.kind == EVENT_CLEAR_ALL) && draw(random, 40) != 0)
		e.kind = EVENT_TRADE;
	if (e.kind != EVENT_ADD && o->count != 0 && draw(random, 10) != 0) {
		const struct entry *entry = &o->entries[draw(random, o->count)];
		e.order = entry->reference;
		e.symbol = draw(random, 20) == 0 ? e.symbol : entry->symbol;
		if (draw(random, 3) == 0)
			e.qty = entry->qty;
	}
	return e;
}

static void event_locate(const struct book *book, struct event *e)
{
	if (e->flags & EVENT_FLAG_NO_LOCATE)
		book_locate_of(book, e->order, &e->locate);
	for (uint16_t i = 0; i < NAME_COUNT && e->symbol != 0; i++)
		if (symbol_pack(names[i]) == e->symbol)
			e->locate = (uint16_t)(i + 1);
}

/* A message through codec, book and oracle. */
static void take(struct book *book, struct oracle *o, const struct mold64_block *block,
	struct deep *deep, struct pitch *pitch)
{
	struct event event;
	struct event_skips skips = {0};
	if (deep != NULL)
		deep_decode(deep, block, 1, &event, &skips);
	else
		pitch_decode(pitch, block, 1, &event, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	event_locate(book, &event);
	struct book_step step;
	book_prefetch(book, &event, &step, 1);
	book_apply_step(book, &event, &step);
	if (deep != NULL)
		oracle_deep(o, block->bytes);
	else
		oracle_pitch(o, block->bytes);
}

static void all_match(const struct book *book, const struct oracle *o)
{
	counts_match(book, o);
	for (uint16_t locate = 1; locate <= NAME_COUNT; locate++) {
		side_matches(book, o, locate, SIDE_BUY);
		side_matches(book, o, locate, SIDE_SELL);
	}
}

static void run_deep(enum deep_feed feed, uint64_t seed, const uint8_t *kinds, uint32_t kind_count)
{
	static struct oracle o;
	struct book *book = book_open(ENTRIES_MAX);
	struct deep deep;
	uint64_t random = seed * 0x9E3779B97F4A7C15ull, written = 0, peak = 0;
	memset(&o, 0, sizeof o);
	deep_init(&deep, feed);
	for (uint32_t i = 0; i < 4000; i++) {
		uint8_t message[SIZE_MAX_BYTES];
		struct event e = draw_event(&random, &o, kinds, kind_count);
		struct mold64_block block = {message, 0};
		block.size_bytes = deep_encode(feed, UINT64_C(1692676800000000000), &e, message);
		if (block.size_bytes == 0)
			continue;
		written++;
		take(book, &o, &block, &deep, NULL);
		all_match(book, &o);
		peak = o.count > peak ? o.count : peak;
	}
	assert_true(written > 3000 && peak > 20);
	book_close(book);
}

static void books_of_levels_are_the_oracles(void **state)
{
	(void)state;
	static const uint8_t kinds[] = {EVENT_LEVEL, EVENT_LEVEL, EVENT_LEVEL, EVENT_LEVEL,
		EVENT_LEVEL, EVENT_TRADE, EVENT_BREAK, EVENT_OFFICIAL, EVENT_STATE, EVENT_SYSTEM};
	for (uint64_t seed = 1; seed <= 6; seed++)
		run_deep(DEEP_FEED_LEVELS, seed, kinds, ARRAY_COUNT(kinds));
}

static void books_of_orders_are_the_oracles(void **state)
{
	(void)state;
	static const uint8_t kinds[] = {EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD,
		EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_MODIFY, EVENT_MODIFY,
		EVENT_EXECUTE_AT, EVENT_DELETE, EVENT_CLEAR, EVENT_TRADE, EVENT_DIRECTORY};
	for (uint64_t seed = 1; seed <= 6; seed++)
		run_deep(DEEP_FEED_ORDERS, seed, kinds, ARRAY_COUNT(kinds));
}

static void books_of_pitch_are_the_oracles(void **state)
{
	(void)state;
	static const uint8_t kinds[] = {EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD,
		EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_MODIFY,
		EVENT_MODIFY, EVENT_EXECUTE, EVENT_EXECUTE_TO, EVENT_REDUCE, EVENT_DELETE,
		EVENT_CLEAR_ALL, EVENT_TRADE, EVENT_BREAK, EVENT_OFFICIAL, EVENT_SYSTEM};
	static struct oracle o;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct book *book = book_open(ENTRIES_MAX);
		struct pitch reader, writer;
		uint64_t random = seed * 0x9E3779B97F4A7C15ull, peak = 0;
		memset(&o, 0, sizeof o);
		pitch_init(&reader);
		pitch_init(&writer);
		for (uint32_t i = 0; i < 4000; i++) {
			uint8_t message[PITCH_SIZE_MAX];
			struct event e = draw_event(&random, &o, kinds, ARRAY_COUNT(kinds));
			struct mold64_block block = {message, 0};
			block.size_bytes = pitch_encode_time(&writer, &e, message);
			if (block.size_bytes != 0)
				take(book, &o, &block, NULL, &reader);
			block.size_bytes = pitch_encode(&e, message);
			assert_int_not_equal(block.size_bytes, 0);
			take(book, &o, &block, NULL, &reader);
			all_match(book, &o);
			peak = o.count > peak ? o.count : peak;
		}
		assert_true(peak > 20);
		book_close(book);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books_of_levels_are_the_oracles),
		cmocka_unit_test(books_of_orders_are_the_oracles),
		cmocka_unit_test(books_of_pitch_are_the_oracles),
	};
	return !!cmocka_run_group_tests_name("property.venues", tests, NULL, NULL);
}
