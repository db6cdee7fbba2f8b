/* Places in queues against a model that is slow and honest: orders in the order of their arrival, summed
   from the front whenever somebody asks.
   rooms: dataplane_book_queue dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"
#include "tests/support/capture.h"

enum { MODEL_ORDERS_MAX = 20000 };

struct model_order {
	uint64_t reference;
	int64_t price_e4;
	uint32_t qty;
	uint16_t locate;
	uint8_t side;
};

/* All live orders, the oldest first. */
struct model {
	struct model_order orders[MODEL_ORDERS_MAX];
	uint32_t count;
};

static uint32_t model_find(const struct model *m, uint64_t reference)
{
	uint32_t i = 0;
	while (i < m->count && m->orders[i].reference != reference)
		i++;
	return i;
}

static void model_drop(struct model *m, uint32_t at)
{
	m->count--;
	memmove(&m->orders[at], &m->orders[at + 1], (m->count - at) * sizeof m->orders[0]);
}

static void model_add(struct model *m, const struct event *e, uint64_t reference, uint8_t side)
{
	if (e->qty == 0 || e->price_e4 <= 0 || model_find(m, reference) < m->count)
		return;
	assert_true(m->count < MODEL_ORDERS_MAX);
	m->orders[m->count++] =
		(struct model_order){reference, e->price_e4, e->qty, e->locate, side};
}

static void model_apply(struct model *m, const struct event *e)
{
	if (e->kind == EVENT_ADD)
		model_add(m, e, e->order, e->side);
	if (e->kind < EVENT_EXECUTE || e->kind > EVENT_REPLACE)
		return;
	uint32_t at = model_find(m, e->order);
	if (at == m->count || m->orders[at].locate != e->locate)
		return;
	uint8_t side = m->orders[at].side;
	if (e->kind == EVENT_DELETE || e->kind == EVENT_REPLACE || e->qty >= m->orders[at].qty)
		model_drop(m, at);
	else
		m->orders[at].qty -= e->qty;
	if (e->kind == EVENT_REPLACE)
		model_add(m, e, e->other, side);
}

static void compare_order(const struct book *book, const struct model *m, uint32_t at)
{
	const struct model_order *o = &m->orders[at];
	uint64_t qty = 0, found_qty;
	uint32_t count = 0, found_count;
	for (uint32_t i = 0; i < at; i++) {
		const struct model_order *other = &m->orders[i];
		bool is_same = other->locate == o->locate && other->side == o->side &&
			       other->price_e4 == o->price_e4;
		qty += is_same ? other->qty : 0;
		count += is_same;
	}
	assert_true(book_ahead_of(book, o->reference, &found_qty, &found_count));
	assert_int_equal(found_qty, qty);
	assert_int_equal(found_count, count);
}

static uint64_t draw(uint64_t *random, uint64_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random >> 16) % below;
}

/* draw_event leans to few prices and to orders that live, so that queues are long and change. */
static struct event draw_event(uint64_t *random, const struct model *m)
{
	static const uint8_t kinds[] = {EVENT_ADD, EVENT_ADD, EVENT_ADD, EVENT_DELETE, EVENT_REDUCE,
		EVENT_EXECUTE, EVENT_EXECUTE_AT, EVENT_REPLACE, EVENT_REPLACE};
	struct event e;
	memset(&e, 0, sizeof e);
	e.kind = kinds[draw(random, ARRAY_COUNT(kinds))];
	e.locate = (uint16_t)draw(random, 2);
	e.side = (uint8_t)draw(random, 2);
	e.order = draw(random, 400);
	e.other = draw(random, 400);
	e.price_e4 = 1000000 + 100 * (int64_t)draw(random, 3);
	e.qty = (uint32_t)draw(random, 5) * 100;
	if (e.kind != EVENT_ADD && m->count > 0 && draw(random, 8) != 0) {
		const struct model_order *o = &m->orders[draw(random, m->count)];
		e.order = o->reference;
		e.locate = o->locate;
		e.other = draw(random, 6) == 0 ? e.order : e.other;
	}
	return e;
}

static void every_order_knows_what_is_ahead_of_it(void **state)
{
	static struct model m;
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		uint64_t random = seed * 0x9E3779B97F4A7C15ull;
		struct book *book = book_open(1000);
		m.count = 0;
		for (uint32_t i = 0; i < 4000; i++) {
			struct event e = draw_event(&random, &m);
			struct book_burst burst = {.count = BOOK_BURST};
			for (uint32_t k = 0; k < BOOK_BURST; k++)
				burst.events[k] = e;
			book_look(book, &burst, &burst);
			book_apply_step(book, &e, &burst.steps[i % BOOK_BURST]);
			model_apply(&m, &e);
			if (m.count > 0)
				compare_order(book, &m, (uint32_t)draw(&random, m.count));
			if (i % 500 == 0)
				for (uint32_t at = 0; at < m.count; at++)
					compare_order(book, &m, at);
		}
		book_close(book);
	}
}

static void the_real_flow_of_aapl_keeps_its_queues(void **state)
{
	static struct model m;
	struct itch50_counts counts = {0};
	struct mold64_block block;
	struct event e;
	size_t size, used;
	uint64_t random = 1;
	(void)state;
	uint8_t *bytes = capture_file("nasdaq_aapl/aapl_20190130.itch", &size);
	assert_non_null(bytes);
	struct book *book = book_open(MODEL_ORDERS_MAX);
	m.count = 0;
	for (size_t at = 0; at < size; at += used) {
		assert_int_equal(itch50_split(bytes + at, size - at, &block, 1, &used), 1);
		itch50_decode(&block, 1, &e, &counts);
		book_apply(book, &e);
		model_apply(&m, &e);
		if (m.count > 0)
			compare_order(book, &m, (uint32_t)draw(&random, m.count));
	}
	for (uint32_t at = 0; at < m.count; at++)
		compare_order(book, &m, at);
	book_close(book);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_knows_what_is_ahead_of_it),
		cmocka_unit_test(the_real_flow_of_aapl_keeps_its_queues),
	};
	return !!cmocka_run_group_tests_name("property.queue", tests, NULL, NULL);
}
