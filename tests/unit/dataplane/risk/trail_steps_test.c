/* trail_steps_test.c - the steps of a trail, what is forgotten of them and the extremes in the row are those of a plain model,
   and each window ends on its nanosecond.

   The model keeps a list of either side with one place more than there are steps, and looks at one thing after the other: what
   is too old, what is outdone, whether the list is too long. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/trail.h"

#define WINDOW (10 * DESK_SECOND)

enum {
	SEED_COUNT = 24,
	ORDER_COUNT = 2500,
	FIRST_E4 = 100000 /* what the trail of a test begins with */
};

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

struct gone {
	uint64_t time_ns;
	uint32_t reference_e4;
};

struct model {
	struct gone steps[2][TRAIL_STEP_MAX + 1];
	uint32_t counts[2];
	struct gone past[2]; /* the furthest that is forgotten, when the last was; 0: none */
	struct gone last;
};

static bool is_further(unsigned side, uint32_t reference_e4, uint32_t than_e4)
{
	return side == TRAIL_LOWEST ? reference_e4 < than_e4 : reference_e4 > than_e4;
}

static void model_forget(struct model *model, unsigned side, uint64_t now_ns)
{
	struct gone *steps = model->steps[side], *past = &model->past[side];
	while (model->counts[side] != 0 && steps[0].time_ns + WINDOW <= now_ns) {
		if (past->reference_e4 == 0 ||
			is_further(side, steps[0].reference_e4, past->reference_e4))
			past->reference_e4 = steps[0].reference_e4;
		past->time_ns = steps[0].time_ns;
		model->counts[side]--;
		memmove(steps, steps + 1, model->counts[side] * sizeof *steps);
	}
}

/* Of three that follow each other in the shortest time, the first such, the second holds for as long as the third. */
static void model_merge(struct model *model, unsigned side)
{
	struct gone *steps = model->steps[side];
	uint32_t at = 1;
	for (uint32_t i = 2; i < TRAIL_STEP_MAX; i++)
		if (steps[i + 1].time_ns - steps[i - 1].time_ns <
			steps[at + 1].time_ns - steps[at - 1].time_ns)
			at = i;
	steps[at].time_ns = steps[at + 1].time_ns;
	for (uint32_t i = at + 1; i < TRAIL_STEP_MAX; i++)
		steps[i] = steps[i + 1];
	model->counts[side] = TRAIL_STEP_MAX;
}

static void model_side_go(
	struct model *model, unsigned side, uint32_t reference_e4, uint64_t now_ns)
{
	struct gone *steps = model->steps[side], *past = &model->past[side];
	model_forget(model, side, now_ns);
	if (reference_e4 == model->last.reference_e4)
		return;
	if (is_further(side, model->last.reference_e4, reference_e4)) {
		steps[model->counts[side]++] = model->last;
		model_forget(model, side, now_ns);
		if (model->counts[side] > TRAIL_STEP_MAX)
			model_merge(model, side);
		return;
	}
	while (model->counts[side] != 0 &&
		!is_further(side, steps[model->counts[side] - 1].reference_e4, reference_e4))
		model->counts[side]--;
	if (!is_further(side, past->reference_e4, reference_e4))
		past->reference_e4 = 0;
}

static void model_go(struct model *model, uint32_t reference_e4, uint64_t now_ns)
{
	for (unsigned side = 0; side < 2; side++)
		model_side_go(model, side, reference_e4, now_ns);
	model->last = (struct gone){now_ns, reference_e4};
}

/* The first within a window, or the furthest of all forgotten. */
static struct gone model_front(
	const struct model *model, unsigned side, uint64_t window_ns, uint64_t now_ns)
{
	struct gone past = model->past[side];
	if (past.reference_e4 != 0 && past.time_ns + window_ns > now_ns)
		return past;
	for (uint32_t i = 0; i < model->counts[side]; i++)
		if (model->steps[side][i].time_ns + window_ns > now_ns)
			return model->steps[side][i];
	return model->last;
}

static void sides_agree(const struct desk *desk, const struct model *model)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct trail_side *side = &desk->risk->rows.rows[0].trail_sides[i];
		const struct trail_step *before = desk->risk->rows.trails[0].steps[i];
		uint32_t flip = i == TRAIL_LOWEST ? UINT32_MAX : 0;
		assert_int_equal(side->count, model->counts[i]);
		for (uint32_t k = 0; k < side->count; k++) {
			const struct trail_step *step = steps_at(side, before, k);
			assert_int_equal(step->key ^ flip, model->steps[i][k].reference_e4);
			assert_int_equal(step->time_ns, model->steps[i][k].time_ns);
		}
		if (model->past[i].reference_e4 == 0) {
			assert_int_equal(side->past_key, 0);
			continue;
		}
		assert_int_equal(side->past_key ^ flip, model->past[i].reference_e4);
		assert_int_equal(side->past_ns, model->past[i].time_ns);
	}
}

/* Whoever asks later, for a window in force, a shorter or a longer one, is told what the model says. */
static void extremes_agree(const struct desk *desk, const struct model *model)
{
	const struct row *row = &desk->risk->rows.rows[0];
	uint64_t now_ns = desk->turn.now_ns;
	struct gone low = model_front(model, TRAIL_LOWEST, WINDOW, now_ns);
	struct gone high = model_front(model, TRAIL_HIGHEST, WINDOW, now_ns);
	assert_int_equal(row->trail_low_e4, low.reference_e4);
	assert_int_equal(row->trail_high_e4, high.reference_e4);
	assert_int_equal(
		row->trail_began_ns, low.time_ns < high.time_ns ? low.time_ns : high.time_ns);
	uint64_t later_ns = now_ns + chance(3) * (WINDOW / 8);
	uint64_t windows[] = {WINDOW, WINDOW / 2, 2 * WINDOW, later_ns - row->trail_began_ns,
		later_ns - row->trail_began_ns + 1};
	for (unsigned i = 0; i < sizeof windows / sizeof *windows; i++) {
		struct trail_extremes found =
			trail_find(&desk->risk->rows, row, windows[i], later_ns, 1);
		bool is_none = later_ns - model->last.time_ns >= windows[i];
		low = model_front(model, TRAIL_LOWEST, windows[i], later_ns);
		high = model_front(model, TRAIL_HIGHEST, windows[i], later_ns);
		assert_int_equal(found.low_e4, is_none ? 1 : low.reference_e4);
		assert_int_equal(found.high_e4, is_none ? 1 : high.reference_e4);
	}
}

/* begin gives the row of an order that passed at FIRST_E4. */
static struct row *begin(struct desk *desk)
{
	seed = 1;
	desk->order.symbol = 1;
	desk->top.top.bid_e4 = FIRST_E4;
	desk->top.top.ask_e4 = FIRST_E4 + 100;
	desk_pass(desk);
	struct row *row = &desk->risk->rows.rows[0];
	assert_int_equal(row->trail_last_e4, FIRST_E4);
	assert_int_equal(row->trail_window_ns, WINDOW);
	return row;
}

static void window_load(struct desk *desk, uint64_t window_ns)
{
	for (uint32_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].stated >> LIMIT_collar_window & 1)
			desk->rows[i].limits[LIMIT_collar_window].window_ns = window_ns;
	desk_adopt(desk);
	trail_adopt(desk->risk, &desk->risk->rows.rows[0], window_ns);
}

/* An order of a reference some time after the last. */
static void go(struct desk *desk, uint32_t reference_e4, uint64_t after_ns)
{
	desk->turn.now_ns += after_ns;
	trail_commit(desk->risk, &desk->risk->rows.rows[0], reference_e4, desk->turn.now_ns);
}

static struct trail_extremes found(const struct desk *desk, uint64_t window_ns)
{
	return trail_find(&desk->risk->rows, &desk->risk->rows.rows[0], window_ns,
		desk->turn.now_ns, FIRST_E4);
}

/* Any reference, few, ever lower, ever higher, ever nearer from both sides, or higher with steps back: a leap now and then
   begins anew. */
static uint32_t reference_next(unsigned manner, uint32_t last_e4, unsigned i)
{
	uint32_t leap_e4 = i % 97 == 0 ? 1000 : 0;
	switch (manner) {
	case 0:
		return FIRST_E4 + (uint32_t)chance(5000);
	case 1:
		return FIRST_E4 + (uint32_t)chance(4);
	case 2:
		return last_e4 + leap_e4 - (uint32_t)chance(3);
	case 3:
		return last_e4 - leap_e4 + (uint32_t)chance(3);
	case 4:
		return i % 2 == 0 ? FIRST_E4 - 1000 + i % 290 : FIRST_E4 + 1000 - i % 290;
	default:
		return i % 24 == 0 ? last_e4 + 20 : last_e4 - leap_e4 + (i % 24 < 3 ? -1U : 1);
	}
}

/* At one time, some equal spans on, any, or where the oldest step is as old as the window or about to be. */
static uint64_t time_next(const struct model *model, uint64_t now_ns)
{
	unsigned side = (unsigned)chance(2);
	uint64_t end_ns = model->steps[side][0].time_ns + WINDOW;
	switch (chance(24)) {
	case 0:
		return model->counts[side] != 0 && end_ns > now_ns ? end_ns : now_ns;
	case 1:
		return model->counts[side] != 0 && end_ns > now_ns ? end_ns - 1 : now_ns;
	case 2:
		return now_ns;
	case 3:
		return now_ns + chance(WINDOW / 4);
	default:
		return now_ns + chance(4) * (WINDOW / 40);
	}
}

static void steps_are_those_of_a_plain_model(void **state)
{
	struct desk *desk = *state;
	unsigned full[2] = {0, 0};
	for (unsigned play = 0; play < SEED_COUNT; play++) {
		begin(desk);
		seed = play + 1;
		struct model model = {.last = {desk->turn.now_ns, FIRST_E4}};
		for (unsigned i = 1; i < ORDER_COUNT; i++) {
			uint64_t then_ns = time_next(&model, desk->turn.now_ns);
			uint32_t reference_e4 =
				reference_next(play % 6, model.last.reference_e4, i);
			go(desk, reference_e4, then_ns - desk->turn.now_ns);
			model_go(&model, reference_e4, then_ns);
			sides_agree(desk, &model);
			extremes_agree(desk, &model);
			full[0] += model.counts[0] == TRAIL_STEP_MAX;
			full[1] += model.counts[1] == TRAIL_STEP_MAX;
		}
		desk_teardown(state);
		desk_setup(state);
	}
	assert_true(full[0] > ORDER_COUNT && full[1] > ORDER_COUNT);
}

static const struct trail_side *highest_of(const struct desk *desk)
{
	return &desk->risk->rows.rows[0].trail_sides[TRAIL_HIGHEST];
}

static void a_step_is_forgotten_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	begin(desk);
	go(desk, FIRST_E4 - 10, 5);
	go(desk, FIRST_E4 - 20, WINDOW - 6);
	assert_int_equal(highest_of(desk)->count, 2);
	assert_int_equal(highest_of(desk)->past_key, 0);
	go(desk, FIRST_E4 - 30, 1);
	assert_int_equal(highest_of(desk)->count, 2);
	assert_int_equal(highest_of(desk)->past_key, FIRST_E4);
	go(desk, FIRST_E4 - 40, 2 * WINDOW);
	assert_int_equal(highest_of(desk)->count, 0);
	assert_int_equal(highest_of(desk)->past_key, FIRST_E4);
	assert_int_equal(found(desk, 3 * WINDOW).high_e4, FIRST_E4);
}

static void what_is_reached_again_is_no_longer_the_furthest_forgotten(void **state)
{
	struct desk *desk = *state;
	for (uint32_t over_e4 = 0; over_e4 < 2; over_e4++) {
		begin(desk);
		go(desk, FIRST_E4 - 10, 2 * WINDOW);
		assert_int_equal(highest_of(desk)->past_key, FIRST_E4);
		go(desk, FIRST_E4 - 1, 1);
		assert_int_equal(highest_of(desk)->past_key, FIRST_E4);
		go(desk, FIRST_E4 + over_e4, 1);
		assert_int_equal(highest_of(desk)->past_key, 0);
		go(desk, FIRST_E4 - 20, 1);
		assert_int_equal(found(desk, 3 * WINDOW).high_e4, FIRST_E4 + over_e4);
		desk_teardown(state);
		desk_setup(state);
	}
}

/* No window is longer than a day, so what was forgotten of a day ago makes way for what is nearer. */
static void of_what_is_forgotten_a_day_is_kept_to_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	for (uint32_t late_ns = 0; late_ns < 2; late_ns++) {
		begin(desk);
		go(desk, FIRST_E4 - 10, WINDOW);
		assert_int_equal(highest_of(desk)->past_key, FIRST_E4);
		go(desk, FIRST_E4 - 20, LIMIT_WINDOW_NS_MAX - 1 - WINDOW + late_ns);
		assert_int_equal(highest_of(desk)->past_key, FIRST_E4 - 10 * late_ns);
		assert_int_equal(found(desk, LIMIT_WINDOW_NS_MAX).high_e4, FIRST_E4 - 10 * late_ns);
		desk_teardown(state);
		desk_setup(state);
	}
}

/* Extremes that no step says tell whether they were looked for.  trail (2) */
static void nobody_looks_at_steps_while_both_extremes_are_within(void **state)
{
	struct desk *desk = *state;
	struct row *row = begin(desk);
	go(desk, FIRST_E4 - 10, 5);
	go(desk, FIRST_E4 - 5, 5);
	row->trail_low_e4 -= 1000;
	row->trail_high_e4 += 1000;
	go(desk, FIRST_E4 - 5, WINDOW - 11);
	assert_int_equal(found(desk, WINDOW).low_e4, FIRST_E4 - 1010);
	assert_int_equal(found(desk, WINDOW).high_e4, FIRST_E4 + 1000);
	assert_int_equal(found(desk, WINDOW + 1).high_e4, FIRST_E4);
	assert_int_equal(found(desk, WINDOW - 1).high_e4, FIRST_E4 - 5);
	desk->turn.now_ns += 1;
	assert_int_equal(found(desk, WINDOW).low_e4, FIRST_E4 - 10);
	assert_int_equal(found(desk, WINDOW).high_e4, FIRST_E4 - 5);
	go(desk, FIRST_E4 - 5, 0); /* finds them anew */
	assert_int_equal(row->trail_low_e4, FIRST_E4 - 10);
	assert_int_equal(row->trail_high_e4, FIRST_E4 - 5);
	assert_int_equal(highest_of(desk)->count, 0);
}

static void an_order_at_the_only_reference_holds_it_for_a_window(void **state)
{
	struct desk *desk = *state;
	struct row *row = begin(desk);
	for (unsigned i = 0; i < 3; i++) {
		go(desk, FIRST_E4, WINDOW / 2 + 1);
		assert_int_equal(row->trail_began_ns, desk->turn.now_ns);
	}
}

/* An order at the reference of the one before forgets nothing while both extremes are within. */
static void a_shorter_window_forgets_nothing_at_the_same_reference(void **state)
{
	struct desk *desk = *state;
	begin(desk);
	go(desk, FIRST_E4 - 10, 5);
	go(desk, FIRST_E4 - 20, WINDOW / 2);
	go(desk, FIRST_E4 - 30, 1);
	window_load(desk, WINDOW / 2);
	assert_int_equal(found(desk, WINDOW / 2).high_e4, FIRST_E4 - 20);
	go(desk, FIRST_E4 - 30, 1);
	assert_int_equal(highest_of(desk)->count, 3);
	window_load(desk, WINDOW);
	desk->turn.now_ns += WINDOW / 2 - 8;
	assert_int_equal(found(desk, WINDOW).high_e4, FIRST_E4);
	desk->turn.now_ns +=
		1; /* the first has left, and forgotten it would hold with the second */
	assert_int_equal(found(desk, WINDOW).high_e4, FIRST_E4 - 10);
}

static void a_window_that_is_loaded_finds_the_extremes(void **state)
{
	struct desk *desk = *state;
	struct row *row = begin(desk);
	uint64_t first_ns = desk->turn.now_ns;
	go(desk, FIRST_E4 - 10, WINDOW / 2);
	static const struct {
		uint64_t window_ns;
		uint32_t high_e4;
	} loads[] = {
		{WINDOW / 2, FIRST_E4 - 10}, {WINDOW / 2 + 1, FIRST_E4}, {3 * WINDOW, FIRST_E4}};
	for (unsigned i = 0; i < sizeof loads / sizeof *loads; i++) {
		window_load(desk, loads[i].window_ns);
		assert_int_equal(row->trail_window_ns, loads[i].window_ns);
		assert_int_equal(row->trail_low_e4, FIRST_E4 - 10);
		assert_int_equal(row->trail_high_e4, loads[i].high_e4);
		assert_int_equal(row->trail_began_ns, first_ns + (i == 0 ? WINDOW / 2 : 0));
	}
}

/* So early that the window would reach back to the time of no order. */
static void who_had_no_order_is_held_to_the_reference_alone(void **state)
{
	struct desk *desk = *state;
	struct row *row = begin(desk);
	memset(row->trail_sides, 0, sizeof row->trail_sides);
	row->trail_last_e4 = 0;
	row->trail_last_ns = row->trail_window_ns = 0;
	desk->turn.now_ns = 1;
	trail_adopt(desk->risk, row, WINDOW);
	assert_int_equal(found(desk, WINDOW).low_e4, FIRST_E4);
	assert_int_equal(found(desk, WINDOW).high_e4, FIRST_E4);
}

static void a_trail_moves_in_no_row_but_its_own(void **state)
{
	struct desk *desk = *state;
	begin(desk);
	struct row row = desk->risk->rows.rows[1];
	struct trail trail = desk->risk->rows.trails[1];
	for (uint32_t i = 0; i < 3 * TRAIL_STEP_MAX; i++)
		go(desk, FIRST_E4 - 1000 + (i % 2 == 0 ? 990 - i : i), i % 7 == 0 ? WINDOW : 1);
	assert_memory_equal(&row, &desk->risk->rows.rows[1], sizeof row);
	assert_memory_equal(&trail, &desk->risk->rows.trails[1], sizeof trail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(steps_are_those_of_a_plain_model),
		desk_test(a_step_is_forgotten_on_the_nanosecond),
		desk_test(what_is_reached_again_is_no_longer_the_furthest_forgotten),
		desk_test(of_what_is_forgotten_a_day_is_kept_to_the_nanosecond),
		desk_test(nobody_looks_at_steps_while_both_extremes_are_within),
		desk_test(an_order_at_the_only_reference_holds_it_for_a_window),
		desk_test(a_shorter_window_forgets_nothing_at_the_same_reference),
		desk_test(a_window_that_is_loaded_finds_the_extremes),
		desk_test(who_had_no_order_is_held_to_the_reference_alone),
		desk_test(a_trail_moves_in_no_row_but_its_own),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.trail_steps", tests, NULL, NULL);
}
