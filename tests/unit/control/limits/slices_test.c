/* slices_test.c - slices of a firm-wide limit never sum above it, in every order of steps.

   A world is control in memory, what it kept, and gates with words and answers on their way.  From a
   beginning every step that may come next is taken, and from there every next: words and answers lost,
   late, doubled, out of order, control dead between any two, gates that use what they may. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/limits/slices.h"

enum { GATES_MAX = 3, NUMBERS = 2, KEY_BYTES = 128, WORLDS_MAX = 1 << 20 };

/* What the gate of the test does wrong, so that the search is seen to see it. */
enum fault { FAULT_NONE, FAULT_FORGETS_USAGE, FAULT_UNKEPT_WORD, FAULT_OLD_WORD };

struct gate {
	uint8_t number, slice, used;
	uint8_t sent,
		answered; /* bits: the word, the answer of this number is on its way for ever */
	uint8_t word[NUMBERS + 1], held[NUMBERS + 1];
};

struct world {
	struct slices memory, disk;
	struct gate gates[GATES_MAX];
};

struct search {
	enum fault fault;
	uint32_t gate_count;
	struct world *waiting;
	uint32_t waiting_count, world_count, broken_count, moved_count;
	uint8_t (*seen)[KEY_BYTES];
	uint8_t *is_seen;
};

static uint8_t *pack(uint8_t *at, const struct slices *slices)
{
	*at++ = (uint8_t)slices->phase;
	*at++ = (uint8_t)slices->from;
	*at++ = (uint8_t)slices->to;
	*at++ = (uint8_t)slices->amount;
	*at++ = slices->kept == slices->version;
	for (uint32_t gate = 0; gate < slices->gate_count; gate++) {
		*at++ = (uint8_t)slices->rows[gate].number;
		*at++ = (uint8_t)slices->rows[gate].asked;
		*at++ = (uint8_t)slices->rows[gate].ceiling;
		*at++ = (uint8_t)slices->rows[gate].is_confirmed;
	}
	return at;
}

/* slices (1): neither what gates judge against nor what they have in use sums above the whole. */
static bool is_whole(const struct search *search, const struct world *world)
{
	int64_t sum = 0;
	for (uint32_t gate = 0; gate < search->gate_count; gate++) {
		const struct gate *row = &world->gates[gate];
		sum += row->used > row->slice ? row->used : row->slice;
	}
	return sum <= world->memory.whole && slices_free(&world->memory) >= 0;
}

/* Takes a world into the search, once. */
static void visit(struct search *search, const struct world *world)
{
	uint8_t key[KEY_BYTES] = {0};
	uint8_t *end = pack(pack(key, &world->memory), &world->disk);
	memcpy(end, world->gates, sizeof world->gates);
	assert_true(end + sizeof world->gates <= key + sizeof key);
	uint64_t hash = 1469598103934665603u;
	for (uint32_t i = 0; i < KEY_BYTES; i++)
		hash = (hash ^ key[i]) * 1099511628211u;
	uint32_t slot = (uint32_t)(hash >> 20) % (WORLDS_MAX * 2);
	while (search->is_seen[slot]) {
		if (memcmp(search->seen[slot], key, sizeof key) == 0)
			return;
		slot = (slot + 1) % (WORLDS_MAX * 2);
	}
	assert_true(search->world_count < WORLDS_MAX); /* a search cut short proves nothing */
	search->is_seen[slot] = 1;
	memcpy(search->seen[slot], key, sizeof key);
	search->world_count++;
	if (!is_whole(search, world)) {
		search->broken_count++;
		return;
	}
	search->moved_count += world->memory.phase == SLICES_GIVING;
	if ((search->waiting_count & (search->waiting_count - 1)) == 0)
		search->waiting = realloc(
			search->waiting, (search->waiting_count * 2 + 1) * sizeof *search->waiting);
	assert_non_null(search->waiting);
	search->waiting[search->waiting_count++] = *world;
}

static void gate_obeys(const struct search *search, struct gate *gate, uint8_t number)
{
	if (number <= gate->number && search->fault != FAULT_OLD_WORD)
		return;
	gate->number = number;
	gate->slice = gate->word[number];
	gate->held[number] = gate->slice;
	if (gate->used > gate->slice && search->fault != FAULT_FORGETS_USAGE)
		gate->held[number] = gate->used;
	gate->answered |= (uint8_t)(1u << number);
}

static void gate_steps(struct search *search, const struct world *world, uint32_t gate)
{
	for (uint8_t number = 1; number <= NUMBERS; number++) {
		struct world next = *world;
		if (world->gates[gate].sent >> number & 1) {
			gate_obeys(search, &next.gates[gate], number);
			visit(search, &next);
		}
		next = *world;
		if (world->gates[gate].answered >> number & 1 &&
			slices_hear(&next.memory, gate, number, next.gates[gate].held[number]))
			visit(search, &next);
	}
	struct world next = *world;
	if (next.gates[gate].used < next.gates[gate].slice) {
		next.gates[gate].used++;
		visit(search, &next);
	}
	next = *world;
	if (next.gates[gate].used > 0) {
		next.gates[gate].used--;
		visit(search, &next);
	}
}

static void control_says(struct search *search, const struct world *world, uint32_t gate)
{
	struct world next = *world;
	struct slice_word word;
	if (search->fault == FAULT_UNKEPT_WORD)
		slices_kept(&next.memory, next.memory.version);
	if (!slices_word(&next.memory, gate, &word))
		return;
	struct gate *row = &next.gates[gate];
	if (search->fault == FAULT_NONE && row->sent >> word.number & 1)
		assert_int_equal(row->word[word.number], word.slice); /* a number says one thing */
	row->sent |= (uint8_t)(1u << word.number);
	row->word[word.number] = (uint8_t)word.slice;
	visit(search, &next);
}

static void control_steps(struct search *search, const struct world *world)
{
	struct world next = *world;
	next.disk = next.memory;
	slices_kept(&next.memory, next.memory.version);
	visit(search, &next);
	next = *world; /* control dies and comes back */
	next.memory = next.disk;
	assert_true(slices_is_sound(&next.memory));
	slices_kept(&next.memory, next.memory.version);
	visit(search, &next);
	for (uint32_t from = 0; from < search->gate_count; from++) {
		control_says(search, world, from);
		for (int64_t slice = 0; slice <= world->memory.whole; slice++) {
			next = *world;
			/* A move under way needs the receiver's last number. */
			bool is_awaited =
				next.memory.phase != SLICES_IDLE && next.memory.to == from;
			if (!is_awaited && next.memory.rows[from].number < NUMBERS &&
				slices_ask(&next.memory, from, slice))
				visit(search, &next);
		}
		for (uint32_t to = 0; to < search->gate_count; to++)
			for (int64_t amount = 1; amount <= world->memory.whole; amount++) {
				next = *world;
				if (from == to || next.memory.rows[from].number >= NUMBERS ||
					next.memory.rows[to].number >= NUMBERS)
					continue;
				if (slices_move(&next.memory, from, to, amount))
					visit(search, &next);
			}
	}
}

/* Nothing is cut; then everything that can happen happens. */
static struct search searched(uint32_t gate_count, int64_t whole, enum fault fault)
{
	struct search search = {.fault = fault, .gate_count = gate_count};
	search.seen = calloc(WORLDS_MAX * 2, KEY_BYTES);
	search.is_seen = calloc(WORLDS_MAX * 2, 1);
	struct world first = {0};
	slices_init(&first.memory, gate_count, whole);
	first.disk = first.memory;
	slices_kept(&first.memory, first.memory.version);
	visit(&search, &first);
	while (search.waiting_count > 0 && search.broken_count == 0) {
		struct world world = search.waiting[--search.waiting_count];
		control_steps(&search, &world);
		for (uint32_t gate = 0; gate < gate_count; gate++)
			gate_steps(&search, &world, gate);
	}
	free(search.waiting);
	free(search.seen);
	free(search.is_seen);
	print_message(
		"%u gates, a whole of %d: %u worlds\n", gate_count, (int)whole, search.world_count);
	return search;
}

static void no_order_of_steps_lets_two_gates_have_more_than_the_whole(void **state)
{
	(void)state;
	struct search search = searched(2, 2, FAULT_NONE);
	assert_int_equal(search.broken_count, 0);
	assert_true(search.moved_count > 0);
	assert_true(search.world_count > 1000);
}

static void nor_three_gates(void **state)
{
	(void)state;
	struct search search = searched(3, 1, FAULT_NONE);
	assert_int_equal(search.broken_count, 0);
	assert_true(search.moved_count > 0);
}

/* The search sees what it is for. */
static void a_word_said_before_it_is_kept_is_caught(void **state)
{
	(void)state;
	assert_true(searched(2, 1, FAULT_UNKEPT_WORD).broken_count > 0);
}

static void a_gate_that_answers_without_its_usage_is_caught(void **state)
{
	(void)state;
	assert_true(searched(2, 2, FAULT_FORGETS_USAGE).broken_count > 0);
}

static void a_gate_that_obeys_an_old_word_is_caught(void **state)
{
	(void)state;
	assert_true(searched(2, 2, FAULT_OLD_WORD).broken_count > 0);
}

static void say(struct slices *slices, uint32_t gate, int64_t held)
{
	slices_kept(slices, slices->version);
	struct slice_word word;
	assert_true(slices_word(slices, gate, &word));
	assert_true(slices_hear(slices, gate, word.number, held));
}

static void a_move_goes_in_two_steps_and_only_what_was_let_go_is_given(void **state)
{
	(void)state;
	struct slices slices;
	struct slice_word word;
	slices_init(&slices, 2, 100);
	assert_true(slices_ask(&slices, 0, 100));
	assert_false(slices_ask(&slices, 1, 1)); /* nothing is free */
	say(&slices, 0, 100);
	assert_false(slices_move(&slices, 0, 1, 101));
	assert_true(slices_move(&slices, 0, 1, 40));
	assert_false(slices_move(&slices, 0, 1, 1)); /* one at a time */
	slices_kept(&slices, slices.version);
	assert_false(slices_word(&slices, 1, &word));
	say(&slices, 0, 70); /* 70 are in use: 30 of 40 were let go */
	say(&slices, 1, 30);
	assert_int_equal(slices.phase, SLICES_IDLE);
	assert_int_equal(slices_free(&slices), 0);
	assert_int_equal(slices.rows[1].asked, 30);
}

static void a_gate_that_lets_nothing_go_ends_the_move(void **state)
{
	(void)state;
	struct slices slices;
	slices_init(&slices, 2, 100);
	assert_true(slices_ask(&slices, 0, 100));
	say(&slices, 0, 100);
	assert_true(slices_move(&slices, 0, 1, 40));
	say(&slices, 0, 100);
	assert_int_equal(slices.phase, SLICES_IDLE);
	assert_int_equal(slices.rows[1].number, 0);
}

static void a_lie_about_what_is_held_changes_nothing(void **state)
{
	(void)state;
	struct slices slices;
	slices_init(&slices, 2, 100);
	assert_true(slices_ask(&slices, 0, 60));
	struct slices before = slices;
	assert_false(slices_hear(&slices, 0, 1, 59));
	assert_false(slices_hear(&slices, 0, 1, 61));
	assert_false(slices_hear(&slices, 0, 2, 60));
	assert_memory_equal(&slices, &before, sizeof slices);
}

static void a_lower_whole_gives_nothing_until_gates_have_let_go(void **state)
{
	(void)state;
	struct slices slices;
	slices_init(&slices, 2, INT64_MAX);
	assert_true(slices_ask(&slices, 0, INT64_MAX));
	say(&slices, 0, INT64_MAX);
	slices_whole(&slices, 10);
	assert_true(slices_free(&slices) < 0);
	assert_false(slices_ask(&slices, 1, 1));
	assert_true(slices_ask(&slices, 0, 9));
	assert_false(slices_ask(&slices, 1, 1));
	say(&slices, 0, 9);
	assert_true(slices_ask(&slices, 1, 1));
}

static void a_state_that_contradicts_itself_is_not_gone_on_with(void **state)
{
	(void)state;
	struct slices slices, bad;
	slices_init(&slices, 2, 100);
	assert_true(slices_is_sound(&slices));
	bad = slices, bad.gate_count = SLICES_GATE_COUNT_MAX + 1;
	assert_false(slices_is_sound(&bad));
	bad = slices, bad.rows[1].asked = 1;
	assert_false(slices_is_sound(&bad));
	bad = slices, bad.phase = SLICES_TAKING;
	assert_false(slices_is_sound(&bad));
	bad = slices, bad.rows[0].ceiling = bad.rows[1].ceiling = INT64_MAX;
	assert_false(slices_is_sound(&bad));
	bad = slices, bad.kept = bad.version + 1;
	assert_false(slices_is_sound(&bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_order_of_steps_lets_two_gates_have_more_than_the_whole),
		cmocka_unit_test(a_word_said_before_it_is_kept_is_caught),
		cmocka_unit_test(a_gate_that_answers_without_its_usage_is_caught),
		cmocka_unit_test(a_gate_that_obeys_an_old_word_is_caught),
		cmocka_unit_test(a_move_goes_in_two_steps_and_only_what_was_let_go_is_given),
		cmocka_unit_test(a_gate_that_lets_nothing_go_ends_the_move),
		cmocka_unit_test(a_lie_about_what_is_held_changes_nothing),
		cmocka_unit_test(a_lower_whole_gives_nothing_until_gates_have_let_go),
		cmocka_unit_test(a_state_that_contradicts_itself_is_not_gone_on_with),
	};
	const struct CMUnitTest long_tests[] = {
		cmocka_unit_test(nor_three_gates), /* half a million worlds */
	};
	if (getenv("SLUICE_SLICES_LONG") != NULL) /* tools/check --full */
		return !!cmocka_run_group_tests(long_tests, NULL, NULL);
	return !!cmocka_run_group_tests_name("unit.control.limits.slices", tests, NULL, NULL);
}
