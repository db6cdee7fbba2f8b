/* The book against a model that is slow and honest: a list of orders, summed again after every event.
   rooms: dataplane_book dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"
#include "drivers/machine/memory.h"
#include "tests/support/capture.h"

enum { MODEL_ORDERS_MAX = 20000, DEPTH_MAX = 4096 };

struct model_order {
	uint64_t reference;
	uint32_t price_e4, qty;
	uint16_t locate;
	uint8_t side;
};

struct model {
	struct model_order orders[MODEL_ORDERS_MAX];
	uint32_t count, count_max;
	struct book_counts counts;
};

static struct model_order *model_find(struct model *m, uint64_t reference)
{
	for (uint32_t i = m->count; i-- > 0;)
		if (m->orders[i].reference == reference)
			return &m->orders[i];
	return NULL;
}

static void model_drop(struct model *m, struct model_order *o)
{
	*o = m->orders[--m->count];
}

static void model_add(
	struct model *m, uint16_t locate, uint8_t side, const struct event *e, uint64_t reference)
{
	m->counts.bad_adds += e->price_e4 < 1 || e->price_e4 > INT32_MAX || e->qty == 0;
	if (e->price_e4 < 1 || e->qty == 0)
		return;
	if (model_find(m, reference) != NULL)
		m->counts.duplicate_orders++;
	else if (m->count == m->count_max)
		m->counts.full++;
	else
		m->orders[m->count++] = (struct model_order){reference,
			(uint32_t)(e->price_e4 < INT32_MAX ? e->price_e4 : INT32_MAX), e->qty,
			locate, side};
}

static void model_apply(struct model *m, const struct event *e)
{
	if (e->kind == EVENT_ADD) {
		model_add(m, e->locate, e->side, e, e->order);
		return;
	}
	if (e->kind < EVENT_EXECUTE || e->kind > EVENT_REPLACE)
		return;
	struct model_order *o = model_find(m, e->order);
	if (o == NULL || o->locate != e->locate) {
		m->counts.unknown_orders++;
		return;
	}
	uint8_t side = o->side;
	if (e->kind == EVENT_REPLACE) {
		model_drop(m, o);
		model_add(m, e->locate, side, e, e->other);
	} else if (e->kind == EVENT_DELETE || e->qty >= o->qty) {
		m->counts.overfills += e->kind != EVENT_DELETE && e->qty > o->qty;
		model_drop(m, o);
	} else {
		o->qty -= e->qty;
	}
}

static int best_first_buy(const void *a, const void *b)
{
	int64_t x = ((const struct book_level *)a)->price_e4;
	int64_t y = ((const struct book_level *)b)->price_e4;
	return (x < y) - (x > y);
}

static int best_first_sell(const void *a, const void *b)
{
	return best_first_buy(b, a);
}

static uint32_t model_depth(
	const struct model *m, uint16_t locate, enum side side, struct book_level *levels)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < m->count; i++) {
		const struct model_order *o = &m->orders[i];
		uint32_t at = 0;
		if (o->locate != locate || o->side != side)
			continue;
		while (at < count && levels[at].price_e4 != o->price_e4)
			at++;
		if (at == count) {
			memset(&levels[count], 0, sizeof levels[count]);
			levels[count++].price_e4 = o->price_e4;
		}
		levels[at].qty += o->qty;
		levels[at].order_count++;
	}
	qsort(levels, count, sizeof *levels, side == SIDE_BUY ? best_first_buy : best_first_sell);
	return count;
}

static uint32_t saturated(uint64_t qty)
{
	return qty > UINT32_MAX ? UINT32_MAX : (uint32_t)qty;
}

static struct book_level model_levels[DEPTH_MAX], book_levels[DEPTH_MAX];

/* compare_side checks depth and top of one side; gives the model's best for the caller to remember. */
static struct book_level compare_side(
	const struct book *book, const struct model *m, uint16_t locate, enum side side)
{
	struct book_top top;
	uint32_t expected = model_depth(m, locate, side, model_levels);
	uint32_t found = book_depth(book, locate, side, book_levels, DEPTH_MAX);
	assert_int_equal(expected, found);
	for (uint32_t i = 0; i < expected; i++) {
		assert_int_equal(model_levels[i].price_e4, book_levels[i].price_e4);
		assert_int_equal(model_levels[i].qty, book_levels[i].qty);
		assert_int_equal(model_levels[i].order_count, book_levels[i].order_count);
	}
	if (expected == 0)
		memset(&model_levels[0], 0, sizeof model_levels[0]);
	book_top_of(book, locate, &top);
	assert_int_equal(side == SIDE_BUY ? top.bid_e4 : top.ask_e4, model_levels[0].price_e4);
	assert_int_equal(
		side == SIDE_BUY ? top.bid_qty : top.ask_qty, saturated(model_levels[0].qty));
	return model_levels[0];
}

static void compare_counts(const struct book *book, const struct model *m)
{
	struct book_counts counts;
	book_counts_of(book, &counts);
	assert_int_equal(counts.unknown_orders, m->counts.unknown_orders);
	assert_int_equal(counts.full, m->counts.full);
	assert_int_equal(counts.overfills, m->counts.overfills);
	assert_int_equal(counts.duplicate_orders, m->counts.duplicate_orders);
	assert_int_equal(counts.bad_adds, m->counts.bad_adds);
	assert_int_equal(counts.orders, m->count);
}

/* The stream: small sets of everything, leaning to the boundaries. */
struct stream {
	uint64_t random;
	uint32_t reference_count, locate_count;
	bool is_spread;
};

static uint64_t draw(struct stream *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 16) % below;
}

static uint64_t draw_reference(struct stream *s)
{
	static const uint64_t edges[] = {
		0, 1, 3, 4, UINT32_MAX, 1ull << 32, UINT64_MAX - 1, UINT64_MAX};
	uint64_t pick = draw(s, s->reference_count);
	if (draw(s, 16) == 0)
		return edges[draw(s, ARRAY_COUNT(edges))];
	return s->is_spread ? pick * 0x123456789ABCDEFull : pick + 100;
}

static int64_t draw_price(struct stream *s)
{
	static const int64_t edges[] = {1, 2, 99, 100, 101, 1999999900, 2000000000, 2147483600,
		INT32_MAX - 1, INT32_MAX, (int64_t)INT32_MAX + 1, UINT32_MAX, 0, -1, INT64_MAX,
		INT64_MIN};
	switch (draw(s, 10)) {
	case 0:
		return edges[draw(s, ARRAY_COUNT(edges))];
	case 1:
		return 1500000 + (int64_t)draw(s, 300); /* below a cent */
	case 2:
		return 100 * (1 + (int64_t)draw(s, 5000000)); /* anywhere */
	case 3:
		return (int64_t)draw(s, 20000); /* around a dollar */
	default:
		return 1500000 + 100 * (int64_t)draw(s, 25);
	}
}

static uint32_t draw_qty(struct stream *s)
{
	static const uint32_t edges[] = {0, 1, UINT32_MAX, UINT32_MAX - 1, 1u << 31};
	return draw(s, 8) == 0 ? edges[draw(s, ARRAY_COUNT(edges))] : (uint32_t)draw(s, 4) * 100;
}

static struct event draw_event(struct stream *s)
{
	static const uint8_t kinds[] = {EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_DELETE,
		EVENT_REDUCE, EVENT_EXECUTE, EVENT_EXECUTE_AT, EVENT_REPLACE, EVENT_REPLACE,
		EVENT_TRADE, EVENT_NONE};
	struct event e;
	memset(&e, 0, sizeof e);
	e.kind = kinds[draw(s, ARRAY_COUNT(kinds))];
	e.locate = draw(s, 40) == 0 ? UINT16_MAX : (uint16_t)draw(s, s->locate_count);
	e.side = (uint8_t)draw(s, 2);
	e.order = draw_reference(s);
	e.other = draw(s, 6) == 0 ? e.order : draw_reference(s);
	e.price_e4 = draw_price(s);
	e.qty = draw_qty(s);
	return e;
}

/* aim makes most events name an order that lives, and by its right locate. */
static void aim(struct stream *s, const struct model *m, struct event *e)
{
	if (e->kind == EVENT_ADD || m->count == 0 || draw(s, 10) == 0)
		return;
	const struct model_order *o = &m->orders[draw(s, m->count)];
	e->order = o->reference;
	if (draw(s, 20) != 0)
		e->locate = o->locate;
	if (draw(s, 3) == 0 && e->kind != EVENT_REPLACE)
		e->qty = o->qty;
	if (draw(s, 4) == 0)
		e->price_e4 = o->price_e4;
}

static bool level_equal(struct book_level a, struct book_level b)
{
	return a.price_e4 == b.price_e4 && a.qty == b.qty;
}

static bool apply_ahead(struct book *book, const struct event *e)
{
	struct book_step step;
	book_prefetch(book, e, &step, 1);
	book_prefetch_levels(book, e, &step, 1);
	return book_apply_step(book, e, &step);
}

static void run_random(uint32_t order_count, struct stream s, uint32_t event_count)
{
	static struct model m;
	struct book *book = book_open(order_count);
	memset(&m, 0, sizeof m);
	m.count_max = order_count;
	for (uint32_t i = 0; i < event_count; i++) {
		struct event e = draw_event(&s);
		aim(&s, &m, &e);
		struct book_level bid = compare_side(book, &m, e.locate, SIDE_BUY);
		struct book_level ask = compare_side(book, &m, e.locate, SIDE_SELL);
		bool is_changed = draw(&s, 2) == 0 ? book_apply(book, &e) : apply_ahead(book, &e);
		model_apply(&m, &e);
		bool is_bid_same = level_equal(bid, compare_side(book, &m, e.locate, SIDE_BUY));
		bool is_ask_same = level_equal(ask, compare_side(book, &m, e.locate, SIDE_SELL));
		assert_int_equal(is_changed, !is_bid_same || !is_ask_same);
		compare_counts(book, &m);
	}
	for (uint32_t i = 0; i < m.count; i++) {
		enum side side;
		int64_t price_e4;
		uint32_t qty;
		assert_true(book_order(book, m.orders[i].reference, &side, &price_e4, &qty));
		assert_int_equal(side, m.orders[i].side);
		assert_int_equal(price_e4, m.orders[i].price_e4);
		assert_int_equal(qty, m.orders[i].qty);
	}
	book_close(book);
}

static void a_small_book_that_is_often_full_is_exact(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		run_random(48, (struct stream){seed * 77, 100, 2, seed % 2 == 0}, 8000);
}

static void a_book_of_one_order_is_exact(void **state)
{
	(void)state;
	run_random(1, (struct stream){5, 4, 1, false}, 3000);
}

static void a_larger_book_is_exact(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run_random(600, (struct stream){seed * 991, 900, 4, seed % 2 == 0}, 8000);
}

/* The largest day: 300 million references, of which 1.65 million orders live at once, of 8,714 symbols, as far from the
   best as a day's are.  References that nobody needs are skipped, so that what lives is spread as over the day. */
static void the_orders_of_a_day_of_300_million_references_fit_into_a_quarter_of_1700_megabytes(
	void **state)
{
	(void)state;
	enum { LIVE = 1650000, ADDS = 2 * LIVE, BETWEEN = 300000000 / ADDS };
	enum { SYMBOLS = 8714, NEAR_TICKS = 10, FAR_TICKS = 3000 };
	struct stream s = {.random = 300};
	size_t before = memory_taken_bytes();
	struct book *book = book_open(2 << 20);
	assert_in_range(memory_taken_bytes() - before, 1, 1700000000 / 4);
	uint64_t *references = calloc(LIVE, sizeof *references);
	uint16_t *locates = calloc(LIVE, sizeof *locates);
	assert_true(references != NULL && locates != NULL);
	for (uint32_t i = 0; i < ADDS; i++) {
		uint32_t at = i < LIVE ? i : (uint32_t)draw(&s, LIVE);
		int64_t ticks = (int64_t)draw(&s, draw(&s, 40) < 11 ? FAR_TICKS : NEAR_TICKS);
		struct event e = {.kind = EVENT_DELETE, .locate = locates[at]};
		e.order = references[at];
		if (i >= LIVE)
			book_apply(book, &e);
		locates[at] = (uint16_t)(1 + draw(&s, SYMBOLS));
		references[at] = (uint64_t)i * BETWEEN + draw(&s, BETWEEN);
		e = (struct event){.kind = EVENT_ADD, .locate = locates[at], .qty = 100};
		e.side = (uint8_t)draw(&s, 2);
		e.order = references[at];
		e.price_e4 = 1000000 + 100 * (e.side == SIDE_BUY ? -ticks : 1 + ticks);
		book_apply(book, &e);
	}
	struct book_counts counts;
	book_counts_of(book, &counts);
	assert_int_equal(counts.orders, LIVE);
	assert_int_equal(counts.full + counts.unknown_orders + counts.duplicate_orders, 0);
	free(references);
	free(locates);
	book_close(book);
}

/* Each message of the real flow, in bursts that are announced first. */
static void the_real_flow_of_aapl_is_exact(void **state)
{
	(void)state;
	static struct model m;
	enum { BURST = 32 };
	size_t size, at = 0;
	uint8_t *bytes = capture_file("nasdaq_aapl/aapl_20190130.itch", &size);
	assert_non_null(bytes);
	struct book *book = book_open(MODEL_ORDERS_MAX);
	struct mold64_block blocks[BURST];
	struct event events[BURST];
	struct book_step steps[BURST];
	struct itch50_counts counts = {0};
	uint32_t messages = 0;
	memset(&m, 0, sizeof m);
	m.count_max = MODEL_ORDERS_MAX;
	while (at < size) {
		size_t used;
		uint32_t count = itch50_split(bytes + at, size - at, blocks, BURST, &used);
		assert_int_not_equal(count, 0);
		at += used;
		itch50_decode(blocks, count, events, &counts);
		book_prefetch(book, events, steps, count);
		book_prefetch_levels(book, events, steps, count);
		for (uint32_t i = 0; i < count; i++) {
			book_apply_step(book, &events[i], &steps[i]);
			model_apply(&m, &events[i]);
			compare_side(book, &m, events[i].locate, SIDE_BUY);
			compare_side(book, &m, events[i].locate, SIDE_SELL);
		}
		messages += count;
		compare_counts(book, &m);
	}
	assert_int_equal(messages, 10049);
	assert_int_equal(counts.bad + counts.unknown, 0);
	assert_int_equal(
		m.counts.unknown_orders + m.counts.overfills + m.counts.duplicate_orders, 0);
	book_close(book);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_book_that_is_often_full_is_exact),
		cmocka_unit_test(a_book_of_one_order_is_exact),
		cmocka_unit_test(a_larger_book_is_exact),
		cmocka_unit_test(
			the_orders_of_a_day_of_300_million_references_fit_into_a_quarter_of_1700_megabytes),
		cmocka_unit_test(the_real_flow_of_aapl_is_exact),
	};
	return !!cmocka_run_group_tests_name("property.book", tests, NULL, NULL);
}
