/* The vector kernel of steps against the scalar one, byte by byte.
   rooms: dataplane_book */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/book/steps.h"
#include "drivers/machine/cpu.h"

enum { EVENTS = 4096, COUNT_MAX = 3 * STEPS_AT_ONCE };

static uint64_t state = 1;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Prices of whole cents, between them, none, at both ends, and of 64 bits. */
static int64_t draw_price(void)
{
	const int64_t ends[] = {0, 1, 99, 100, 101, INT32_MAX, INT32_MAX / 100 * 100,
		INT32_MAX + 1LL, UINT32_MAX, UINT32_MAX / 100 * 100LL, 1LL << 32, (1LL << 32) + 100,
		INT64_MIN, INT64_MAX, -1, -100};
	switch (draw() % 4) {
	case 0:
		return ends[draw() % ARRAY_COUNT(ends)];
	case 1:
		return (int64_t)(draw() % INT32_MAX);
	case 2:
		return (int64_t)draw();
	default:
		return (int64_t)(draw() % 10000000) * 100;
	}
}

static void draw_event(struct event *e)
{
	uint8_t *bytes = (uint8_t *)e;
	for (size_t i = 0; i < sizeof *e; i++)
		bytes[i] = (uint8_t)draw();
	e->order >>= draw() % 64;
	e->price_e4 = draw_price();
	e->side = (uint8_t)(draw() % 4 == 0 ? draw() : draw() % 2);
}

static bool is_in_tables(const struct book *book, const struct book_step *step)
{
	uint64_t line = (uint64_t)(step->home - book->orders.lines);
	uint64_t side = (uint64_t)(step->sides - book->levels.sides);
	return line <= book->orders.line_mask && side < 2ull * SYMBOL_COUNT_MAX &&
	       step->level < (book->levels.leaf_mask + 1ull) * LEAF_WORDS;
}

static void agree(uint32_t order_count, enum isa isa)
{
	static struct event events[COUNT_MAX];
	struct book_step expected[COUNT_MAX], found[COUNT_MAX];
	if (steps_kernel_of((int)isa) == NULL)
		skip();
	struct book *book = book_open(order_count);
	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t count = (uint32_t)(draw() % (COUNT_MAX + 1));
		for (uint32_t k = 0; k < count; k++)
			draw_event(&events[k]);
		memset(found, 0x55, sizeof found);
		memset(expected, 0x55, sizeof expected);
		steps_make_scalar(book, events, expected, count);
		steps_kernel_of((int)isa)(book, events, found, count);
		assert_memory_equal(found, expected, sizeof found);
		for (uint32_t k = 0; k < count; k++)
			assert_true(is_in_tables(book, &found[k]));
	}
	book_close(book);
}

static void avx2_agrees_on_any_event(void **context)
{
	(void)context;
	agree(1000, ISA_AVX2);
}

static void avx512_agrees_on_any_event(void **context)
{
	(void)context;
	agree(1, ISA_AVX512);
	agree(1000, ISA_AVX512);
	agree(200000, ISA_AVX512);
}

static void the_machine_chooses_what_it_was_forced_to(void **context)
{
	(void)context;
	enum isa best = cpu_isa();
	assert_true(cpu_isa_force(ISA_SCALAR));
	assert_ptr_equal(steps_kernel_of(ISA_SCALAR), steps_make_scalar);
	assert_null(steps_kernel_of(ISA_AVX2));
	assert_null(steps_kernel_of(-1));
	assert_true(cpu_isa_force(best));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(avx2_agrees_on_any_event),
		cmocka_unit_test(avx512_agrees_on_any_event),
		cmocka_unit_test(the_machine_chooses_what_it_was_forced_to),
	};
	return !!cmocka_run_group_tests_name("agree.steps", tests, NULL, NULL);
}
