/* trail_test.c - a price is held to every reference that an order of its row went by within the window, to the nanosecond;
   where the row remembers less than that, to more. */
#include "tests/unit/dataplane/risk/state.h"

#include "dataplane/risk/trail.h"

#define WINDOW (10 * DESK_SECOND)
#define PART   (WINDOW / 10000)

enum { ORDER_COUNT_MAX = 4000 };

/* What the row went by, as a list. */
static struct gone {
	uint64_t time_ns;
	int64_t reference_e4;
} gone[ORDER_COUNT_MAX];
static unsigned gone_count;
static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

static int64_t distance_bps(int64_t price_e4, int64_t reference_e4)
{
	int64_t distance_e4 =
		price_e4 > reference_e4 ? price_e4 - reference_e4 : reference_e4 - price_e4;
	return (distance_e4 * 10000 + reference_e4 - 1) / reference_e4;
}

/* The furthest of the order's own and all within a window. */
static int64_t furthest_bps(const struct desk *desk, uint64_t window_ns)
{
	int64_t price_e4 = desk->order.price_e4;
	int64_t most = distance_bps(price_e4, desk->top.top.bid_e4);
	for (unsigned i = 0; i < gone_count; i++) {
		int64_t bps = distance_bps(price_e4, gone[i].reference_e4);
		if (desk->turn.now_ns - gone[i].time_ns < window_ns && bps > most)
			most = bps;
	}
	return most;
}

static void window_load(struct desk *desk, uint64_t window_ns)
{
	for (uint32_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].stated >> LIMIT_collar_window & 1)
			desk->rows[i].limits[LIMIT_collar_window].window_ns = window_ns;
	desk_adopt(desk);
}

/* What a row may hold a price to at the most: steps that were full hold for a seventh of the window longer. */
static int64_t at_most_bps(const struct desk *desk)
{
	return furthest_bps(desk, WINDOW + WINDOW / 7);
}

/* An order of a fine tick that only its window holds. */
static void begin(struct desk *desk, int64_t bps)
{
	gone_count = 0;
	seed = 1;
	desk->order.symbol = 1;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk_limit(desk, LIMIT_collar, 9000);
	desk_limit(desk, LIMIT_collar_window, bps);
	window_load(desk, WINDOW);
}

static void market(struct desk *desk, int64_t reference_e4)
{
	desk->top.top.bid_e4 = (uint32_t)reference_e4;
	desk->top.top.ask_e4 = (uint32_t)reference_e4 + 100;
}

/* An order at a reference passes, and nothing of it stays open. */
static void go(struct desk *desk, int64_t reference_e4)
{
	market(desk, reference_e4);
	desk->order.price_e4 = reference_e4;
	desk_pass(desk);
	risk_release(desk->risk, 7, 1, (enum side)desk->order.side, 100, 100 * reference_e4);
	risk_executed(desk->risk, &desk->turn, 7, 0); /* for as many messages */
	gone[gone_count++] = (struct gone){desk->turn.now_ns, reference_e4};
	assert_true(gone_count < ORDER_COUNT_MAX);
}

#define is_held(desk, price)                                                                       \
	do {                                                                                       \
		(desk)->order.price_e4 = (price);                                                  \
		desk_expect(desk, LANE_COLLAR_WINDOW);                                             \
	} while (0)
#define is_free(desk, price)                                                                       \
	do {                                                                                       \
		(desk)->order.price_e4 = (price);                                                  \
		desk_expect(desk, LANE_NONE);                                                      \
	} while (0)

static void no_price_walks_across_a_seam_upwards(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += WINDOW - 1;
	go(desk, 101500);
	market(desk, 103000);
	is_held(desk, 102001);
	desk->turn.now_ns += 1; /* the first has left the window, not the second */
	is_free(desk, 103530);
	is_held(desk, 103531);
	assert_int_equal(desk->verdict.usage, 201);
	desk->turn.now_ns += WINDOW - 2;
	is_held(desk, 103531);
	desk->turn.now_ns += 1;
	is_free(desk, 103531);
}

static void no_price_walks_across_a_seam_downwards(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += WINDOW - 1;
	go(desk, 98500);
	market(desk, 97000);
	is_held(desk, 97999);
	desk->turn.now_ns += 1;
	is_free(desk, 96530);
	is_held(desk, 96529);
	desk->turn.now_ns += WINDOW - 1;
	is_free(desk, 96529);
}

static void both_ends_hold(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += 10;
	go(desk, 101900);
	desk->turn.now_ns += 10;
	go(desk, 101000);
	is_free(desk, 102000);
	is_held(desk, 102001);
	is_free(desk, 99862); /* 200 bps of the highest */
	is_held(desk, 99861);
	desk->turn.now_ns += WINDOW - 20; /* the lowest has left */
	is_free(desk, 102001);
	is_held(desk, 99861);
	desk->turn.now_ns += 10; /* the highest */
	is_free(desk, 99861);
	is_held(desk, 98979);
	is_free(desk, 98980);
}

/* So a longer window is never looser than a shorter one, which may see nothing but the order's own. */
static void its_own_reference_holds_a_price_too(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	market(desk, 103000);
	is_held(desk, 100939); /* 201 bps of its own */
	is_free(desk, 100940);
	desk->order.side = SIDE_SELL;
	desk->top.top.ask_e4 = 97000;
	desk->top.top.bid_e4 = 96900;
	desk->top.symbol = 1;
	is_held(desk, 98941);
	is_free(desk, 98940);
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 98000);
	desk->turn.now_ns += WINDOW;
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 95060);
}

/* The extremes are as they were found last; an order at the same reference goes on from there. */
static void orders_at_one_reference_hold_it_and_no_other(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += 5;
	go(desk, 101000);
	for (unsigned i = 0; i < 3; i++) {
		desk->turn.now_ns += WINDOW / 3;
		go(desk, 101000);
	}
	desk->turn.now_ns += 1; /* WINDOW + 5 since the first */
	is_free(desk, 103020);
	is_held(desk, 98979);
	desk->turn.now_ns += WINDOW - 2;
	market(desk, 102000);
	is_held(desk, 103021);
	desk->turn.now_ns += 1;
	is_free(desk, 103021);
}

static void a_way_out_is_free_and_counts(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk_hold(desk, 1, 1000);
	desk->order.side = SIDE_SELL;
	desk->top.top.bid_e4 = 96900;
	desk->top.top.ask_e4 = 97000;
	desk->order.price_e4 = 97000;
	desk_pass(desk);
	assert_int_equal(desk->verdict.is_way_out, 1);
	desk->turn.now_ns += WINDOW - 1;
	desk->order.side = SIDE_BUY;
	market(desk, 99000);
	is_held(desk, 98941);
	is_free(desk, 98940);
	desk->turn.now_ns += 1;
	is_free(desk, 98941);
}

static void a_market_order_gets_what_the_furthest_back_lets(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += 10;
	go(desk, 101900);
	desk->turn.now_ns += 10;
	go(desk, 101000);
	desk->top.symbol = 1;
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 102000);
	is_free(desk, 102000);
	desk->order.side = SIDE_SELL;
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 99862);
	is_free(desk, 99862);
}

/* trail (1), (2) */
static void steps_are_in_order(const struct desk *desk)
{
	const struct row *row = &desk->risk->rows.rows[0];
	/* What an order left is good for the next: nobody need look at steps. */
	assert_true(desk->turn.now_ns - row->trail_began_ns < row->trail_window_ns);
	for (unsigned i = 0; i < 2; i++) {
		const struct trail_side *side = &row->trail_sides[i];
		const struct trail_step *before = desk->risk->rows.trails[0].steps[i];
		uint64_t then_ns = row->trail_last_ns;
		uint32_t key = i == TRAIL_HIGHEST ? row->trail_last_e4 : ~row->trail_last_e4;
		assert_true(side->count <= TRAIL_STEP_MAX);
		for (uint32_t k = side->count; k-- > 0;) {
			const struct trail_step *step = steps_at(side, before, k);
			assert_true(step->key > key && step->time_ns <= then_ns);
			key = step->key;
			then_ns = step->time_ns;
		}
	}
}

/* Any reference, any time: the same as the list says, or where steps were full no more than for a seventh of the window longer. */
static void held_to_the_list(struct desk *desk, int64_t range_e4, uint64_t parts, bool is_exact)
{
	unsigned more = 0;
	begin(desk, 9000);
	for (unsigned i = 0; i + 1 < ORDER_COUNT_MAX; i++) {
		desk->turn.now_ns += chance(parts) * PART;
		market(desk, 100000 + (int64_t)chance((uint64_t)range_e4));
		desk->order.price_e4 = 90000 + (int64_t)chance(20000);
		desk_judge(desk);
		int64_t exact = furthest_bps(desk, WINDOW);
		assert_true(desk->verdict.walk_bps >= exact);
		assert_true(desk->verdict.walk_bps <= at_most_bps(desk));
		more += desk->verdict.walk_bps != exact;
		go(desk, desk->top.top.bid_e4);
		steps_are_in_order(desk);
	}
	assert_true(!is_exact || more == 0);
}

static void what_holds_is_what_a_list_says(void **state)
{
	held_to_the_list(*state, 8, 2000, true);
	desk_teardown(state);
	desk_setup(state);
	held_to_the_list(*state, 5000, 2000, true);
	desk_teardown(state);
	desk_setup(state);
	held_to_the_list(*state, 5000, 20000, true);
}

/* Steps that only go down fill the highest; those that only go up the lowest. */
static void full_steps_hold_longer_and_never_less(void **state)
{
	struct desk *desk = *state;
	for (int sign = -1; sign <= 1; sign += 2) {
		unsigned more = 0;
		begin(desk, 9000);
		desk->turn.now_ns += 2 * WINDOW;
		for (int64_t i = 0; i < 600; i++) {
			desk->turn.now_ns += (1 + chance(i % 50 == 0 ? 3000 : 400)) * PART;
			go(desk, 100000 + sign * i * 10);
			desk->order.price_e4 += sign * (int64_t)chance(2000);
			desk->turn.now_ns += chance(200) * PART;
			desk_judge(desk);
			int64_t exact = furthest_bps(desk, WINDOW);
			assert_true(desk->verdict.walk_bps >= exact);
			assert_true(desk->verdict.walk_bps <= at_most_bps(desk));
			more += desk->verdict.walk_bps != exact;
		}
		assert_true(more > 10);
		const struct trail_side *sides = desk->risk->rows.rows[0].trail_sides;
		assert_int_equal(
			sides[sign < 0 ? TRAIL_HIGHEST : TRAIL_LOWEST].count, TRAIL_STEP_MAX);
		assert_int_equal(sides[sign < 0 ? TRAIL_LOWEST : TRAIL_HIGHEST].count, 0);
		desk_teardown(state);
		desk_setup(state);
	}
}

/* Each side is full while the other is, and what one forgets is its own. */
static void a_market_that_narrows_fills_both_sides(void **state)
{
	struct desk *desk = *state;
	const struct trail_side *sides = desk->risk->rows.rows[0].trail_sides;
	unsigned full = 0;
	begin(desk, 9000);
	for (int64_t i = 0; i < 200; i++) {
		desk->turn.now_ns += WINDOW / 31;
		go(desk, i % 2 == 0 ? 90000 + i * 10 : 110000 - i * 10);
		steps_are_in_order(desk);
		desk->order.price_e4 = 100000;
		desk_judge(desk);
		assert_true(desk->verdict.walk_bps >= furthest_bps(desk, WINDOW));
		assert_true(desk->verdict.walk_bps <= at_most_bps(desk));
		full += sides[TRAIL_LOWEST].count == TRAIL_STEP_MAX &&
			sides[TRAIL_HIGHEST].count + 1 >= TRAIL_STEP_MAX;
	}
	assert_true(full > 10);
}

static void another_window_sees_what_is_not_forgotten(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += WINDOW / 2;
	go(desk, 101500);
	desk->turn.now_ns += WINDOW / 4;
	market(desk, 103000);
	is_held(desk, 103000);
	window_load(desk, WINDOW / 2);
	is_free(desk, 103530);
	is_held(desk, 103531);
	window_load(desk, WINDOW / 4);
	is_free(desk, 103531);
	/* Nothing was committed meanwhile, nothing forgotten. */
	window_load(desk, WINDOW);
	is_held(desk, 102001);
	desk->turn.now_ns += WINDOW / 4 - 1;
	is_held(desk, 102001);
	desk->turn.now_ns += 1;
	is_free(desk, 103530);
	window_load(desk, 2 * WINDOW);
	is_held(desk, 102001);
	/* What comes next at the same reference is of the window in force, and so are its extremes. */
	go(desk, 101500);
	is_held(desk, 102001);
	desk->turn.now_ns += WINDOW;
	is_free(desk, 102001);
}

/* 100,000 is forgotten, then 101,000: a longer window holds a price to both for as long as it reaches back to the second. */
static void what_is_forgotten_holds_while_a_longer_window_reaches_it(void **state)
{
	struct desk *desk = *state;
	begin(desk, 200);
	go(desk, 100000);
	desk->turn.now_ns += 3 * WINDOW;
	go(desk, 101000);
	desk->turn.now_ns += WINDOW;
	go(desk, 102000);
	is_free(desk, 104040);
	window_load(desk, 2 * WINDOW);
	is_free(desk, 102000);
	is_held(desk, 102001); /* a list would say 103,020 */
	desk->turn.now_ns += WINDOW - 1;
	is_held(desk, 102001);
	desk->turn.now_ns += 1;
	is_free(desk, 104040);
	window_load(desk, 3 * WINDOW);
	is_held(desk, 102001);
	/* Longer ago than any window may be. */
	desk->turn.now_ns += LIMIT_WINDOW_NS_MAX;
	go(desk, 102000);
	desk->turn.now_ns += 10 * WINDOW;
	go(desk, 102100);
	window_load(desk, 20 * WINDOW);
	is_free(desk, 104040);
	is_held(desk, 104041);
}

static void all_that_it_goes_by_is_in_the_state(void **state)
{
	struct desk *desk = *state;
	begin(desk, 9000);
	go(desk, 101000);
	desk->turn.now_ns += 2 * WINDOW;
	go(desk, 100500);
	desk->turn.now_ns += 1;
	go(desk, 100100);
	struct row *row = &desk->risk->rows.rows[0];
	struct trail_side *side = &row->trail_sides[TRAIL_HIGHEST];
	assert_int_equal(side->count, 1);
	shows(desk, row->trail_last_ns);
	shows(desk, row->trail_last_e4);
	shows(desk, side->past_ns);
	shows(desk, side->past_key);
	shows(desk, side->end.time_ns);
	shows(desk, side->end.key);
	/* What was found last is no state: whoever judges goes by the steps where it does not hold. */
	uint64_t before = desk_hash(desk);
	is_free(desk, 100100);
	row->trail_window_ns = 0;
	is_free(desk, 100100);
	assert_true(desk_hash(desk) == before);
}

/* A restart judges the same orders again. */
static void who_is_told_the_same_orders_again_goes_by_the_same(void **state)
{
	struct desk *desk = *state;
	uint64_t states[2];
	int64_t walked[2];
	for (unsigned i = 0; i < 2; i++) {
		begin(desk, 9000);
		for (unsigned k = 0; k < 500; k++) {
			desk->turn.now_ns += chance(3000) * PART;
			if (i == 0) { /* who asks in between changes nothing */
				desk->order.price_e4 = 100000;
				desk_judge(desk);
			}
			go(desk, 100000 + (int64_t)(k * 7 % 100) * 10);
		}
		desk->order.price_e4 = 95000;
		desk_judge(desk);
		walked[i] = desk->verdict.walk_bps;
		states[i] = desk_hash(desk);
		desk_teardown(state);
		desk_setup(state);
	}
	assert_true(states[0] == states[1]);
	assert_true(walked[0] == walked[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(no_price_walks_across_a_seam_upwards),
		desk_test(no_price_walks_across_a_seam_downwards),
		desk_test(both_ends_hold),
		desk_test(its_own_reference_holds_a_price_too),
		desk_test(orders_at_one_reference_hold_it_and_no_other),
		desk_test(a_way_out_is_free_and_counts),
		desk_test(a_market_order_gets_what_the_furthest_back_lets),
		desk_test(what_holds_is_what_a_list_says),
		desk_test(full_steps_hold_longer_and_never_less),
		desk_test(a_market_that_narrows_fills_both_sides),
		desk_test(another_window_sees_what_is_not_forgotten),
		desk_test(what_is_forgotten_holds_while_a_longer_window_reaches_it),
		desk_test(all_that_it_goes_by_is_in_the_state),
		desk_test(who_is_told_the_same_orders_again_goes_by_the_same),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.trail", tests, NULL, NULL);
}
