#include "dataplane/risk/trail.h"

/* The complement of the lowest is the highest. */
static uint32_t key_of(unsigned side, uint32_t reference_e4)
{
	return side == TRAIL_HIGHEST ? reference_e4 : ~reference_e4;
}

static struct trail_step newest_of(const struct row *row, unsigned side)
{
	return (struct trail_step){
		.time_ns = row->trail_last_ns, .key = key_of(side, row->trail_last_e4)};
}

static struct trail_step *before_of(const struct rows *rows, const struct row *row, unsigned side)
{
	return rows->trails[row - rows->rows].steps[side];
}

/* The extreme of a side.  The newest, which ends it, is within the window.  What is forgotten is so far back again only where a
   longer window came in force. */
static struct trail_step side_front(const struct rows *rows, const struct row *row, unsigned i,
	uint64_t window_ns, uint64_t now_ns)
{
	const struct trail_side *side = &row->trail_sides[i];
	const struct trail_step *before = before_of(rows, row, i);
	struct trail_step front = newest_of(row, i);
	for (uint32_t k = 0; k < side->count; k++)
		if (now_ns - steps_at(side, before, k)->time_ns < window_ns) {
			front = *steps_at(side, before, k);
			break;
		}
	if (UNLIKELY(side->past_key > front.key && now_ns - side->past_ns < window_ns))
		front = (struct trail_step){.time_ns = side->past_ns, .key = side->past_key};
	return front;
}

APART struct trail_extremes trail_look(const struct rows *rows, const struct row *row,
	uint64_t window_ns, uint64_t now_ns, uint32_t reference_e4)
{
	if (row->trail_last_e4 == 0 || now_ns - row->trail_last_ns >= window_ns)
		return (struct trail_extremes){reference_e4, reference_e4};
	uint32_t keys[2];
	for (unsigned i = 0; i < 2; i++)
		keys[i] = side_front(rows, row, i, window_ns, now_ns).key;
	return (struct trail_extremes){~keys[TRAIL_LOWEST], keys[TRAIL_HIGHEST]};
}

/* trail (2) */
static void extremes_keep(
	const struct rows *rows, struct row *row, uint64_t window_ns, uint64_t now_ns)
{
	struct trail_step low = side_front(rows, row, TRAIL_LOWEST, window_ns, now_ns);
	struct trail_step high = side_front(rows, row, TRAIL_HIGHEST, window_ns, now_ns);
	row->trail_low_e4 = ~low.key;
	row->trail_high_e4 = high.key;
	row->trail_began_ns = low.time_ns < high.time_ns ? low.time_ns : high.time_ns;
	row->trail_window_ns = window_ns;
}

/* What no window can reach any more is forgotten altogether. */
static void past_add(struct trail_side *side, struct trail_step step, uint64_t now_ns)
{
	bool is_gone = now_ns - side->past_ns >= LIMIT_WINDOW_NS_MAX;
	if (is_gone || step.key > side->past_key)
		side->past_key = step.key;
	side->past_ns = step.time_ns;
}

static void side_forget(
	struct trail_side *side, struct trail_step *before, uint64_t window_ns, uint64_t now_ns)
{
	uint32_t gone = 0;
	while (gone < side->count && now_ns - steps_at(side, before, gone)->time_ns >= window_ns)
		past_add(side, *steps_at(side, before, gone++), now_ns);
	if (gone == side->count)
		side->count = 0;
	else if (gone != 0)
		steps_remove(side, before, 0, gone);
}

/* The time from the step before one to the step behind it. */
static uint64_t span_at(const struct trail_side *side, const struct trail_step *before, uint32_t i,
	uint64_t next_ns)
{
	uint64_t end_ns = i + 1 < side->count ? steps_at(side, before, i + 1)->time_ns : next_ns;
	return end_ns - before[i - 1].time_ns;
}

/* Which step is to hold for as long as the one behind it: the first of the shortest span.  With the step that is to come, 16 of
   one window are seven such spans end to end, so the shortest is a seventh of it at most. */
static uint32_t shortest_span(
	const struct trail_side *side, const struct trail_step *before, uint64_t next_ns)
{
	uint32_t shortest = 1;
	uint64_t shortest_ns = span_at(side, before, 1, next_ns);
	for (uint32_t i = 2; i < side->count; i++) {
		uint64_t span_ns = span_at(side, before, i, next_ns);
		if (span_ns < shortest_ns) {
			shortest = i;
			shortest_ns = span_ns;
		}
	}
	return shortest;
}
_Static_assert(TRAIL_STEP_MAX + 1 == 2 * 7 + 2, "a seventh");

/* Where steps are full, one holds for as long as the one behind it, which goes. */
APART static void side_merge(struct trail_side *side, struct trail_step *before, uint64_t next_ns)
{
	uint32_t at = shortest_span(side, before, next_ns);
	if (at + 1 == side->count) {
		side->end.time_ns = next_ns;
		return;
	}
	before[at].time_ns = steps_at(side, before, at + 1)->time_ns;
	if (at + 2 == side->count)
		steps_drop(side, before);
	else
		steps_remove(side, before, at + 1, 1);
}

static void side_add(struct trail_side *side, struct trail_step *before, struct trail_step step)
{
	if (UNLIKELY(side->count == TRAIL_STEP_MAX))
		side_merge(side, before, step.time_ns);
	if (side->count != TRAIL_STEP_MAX)
		steps_add(side, before, step);
}

/* The newest makes way for another, further out or not; what that one outdoes nobody needs, however long the window. */
static void side_follow(struct trail_side *side, struct trail_step *before,
	struct trail_step newest, uint32_t key, uint64_t window_ns, uint64_t now_ns)
{
	if (newest.key > key) {
		if (now_ns - newest.time_ns >= window_ns)
			past_add(side, newest, now_ns);
		else
			side_add(side, before, newest);
		return;
	}
	while (side->count != 0 && side->end.key <= key)
		steps_drop(side, before);
	if (side->past_key <= key)
		side->past_key = 0;
}

APART void trail_go(struct risk *risk, struct row *row, uint32_t reference_e4, uint64_t now_ns)
{
	uint64_t window_ns = tables_profile(risk, row->key)->walk_window_ns;
	bool is_another = row->trail_last_e4 != 0 && row->trail_last_e4 != reference_e4;
	for (unsigned i = 0; i < 2; i++) {
		struct trail_side *side = &row->trail_sides[i];
		struct trail_step *before = before_of(&risk->rows, row, i);
		side_forget(side, before, window_ns, now_ns);
		if (is_another)
			side_follow(side, before, newest_of(row, i), key_of(i, reference_e4),
				window_ns, now_ns);
	}
	row->trail_last_e4 = reference_e4;
	row->trail_last_ns = now_ns;
	extremes_keep(&risk->rows, row, window_ns, now_ns);
}

void trail_adopt(struct risk *risk, struct row *row, uint64_t window_ns)
{
	/* As of its newest order: what is asked later asks by the time of the older extreme. */
	if (row->trail_last_e4 != 0)
		extremes_keep(&risk->rows, row, window_ns, row->trail_last_ns);
}
