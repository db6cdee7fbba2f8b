#include "dataplane/book/book.h"

#include "dataplane/book/absolute.h"
#include "dataplane/book/queue.h"
#include "dataplane/book/steps.h"
#include "drivers/machine/memory.h"

enum { BOOK_SMALL_ORDERS = 6 << 10 };
_Static_assert(LEAF_WORDS << LEAF_BITS_MAX <= 1 << ORDER_LEVEL_BITS,
	"an order can hold the number of every level");

struct book *book_open(uint32_t order_count)
{
	struct book *book = memory_take("book", sizeof *book);
	orders_init(&book->orders, order_count);
	levels_init(&book->levels, order_count);
	queue_init(&book->orders, (book->levels.leaf_mask + 1) * LEAF_WORDS);
	return book;
}

void book_close(struct book *book)
{
	if (book == NULL)
		return;
	orders_return(&book->orders);
	levels_return(&book->levels);
	queue_return(&book->orders);
	memory_return(book, sizeof *book);
}

void book_clear(struct book *book)
{
	change_clear(book);
}

/* book_is_small tells that all the book holds lies in the second-level cache anyway: a few hot symbols. */
static bool book_is_small(const struct book *book)
{
	return book->orders.count < BOOK_SMALL_ORDERS;
}

/* step_ask asks for what an event's step names.  What kind of event comes next cannot be foreseen, so there is no branch
   on it. */
static inline void step_ask(const struct book *book, const struct book_step *step)
{
	base_ask(step->home);
	queue_ask_home(&book->orders, step->home, (uint32_t)step->level);
	base_ask(&book->levels.words[step->level]);
	base_ask(step->sides);
}

/* replace_ask asks for the new order's places; its side is not told, so for those of both. */
static inline void replace_ask(const struct book *book, const struct event *e)
{
	struct level_place sell = levels_place(event_side(e) | SIDE_SELL, (uint32_t)e->price_e4);
	base_ask(levels_home(&book->levels, sell.name));
	base_ask(orders_home(&book->orders, e->other));
}

static inline void event_ask(
	const struct book *book, const struct event *e, const struct book_step *step)
{
	step_ask(book, step);
	if (UNLIKELY(e->kind == EVENT_REPLACE))
		replace_ask(book, e);
}

static inline void events_ask(const struct book *book, const struct event *events,
	const struct book_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		event_ask(book, &events[i], &steps[i]);
}

void book_prefetch(
	struct book *book, const struct event *events, struct book_step *steps, uint32_t count)
{
	steps_make(book, events, steps, count);
	events_ask(book, events, steps, count);
}

/* order_likely is an order that lives at home; of no order it is some other. */
static inline struct order order_likely(struct order_line *home, uint64_t reference)
{
	uint32_t slots = line_named(home, reference) | 1u << (ORDERS_IN_LINE - 1);
	return (struct order){home, (uint32_t)__builtin_ctz(slots)};
}

/* level_ask asks for the level of an event's order; an order to be added has none, and asks for its leaf again.  A leaf
   far from the best comes and goes by a list of shelves, of which the first is mostly the one: 0.95 of gen30m. */
static inline void level_ask(
	const struct book *book, const struct event *e, const struct book_step *step)
{
	const struct levels *levels = &book->levels;
	struct order order = order_likely(step->home, e->order);
	uint32_t all_if_add = 0u - (e->kind == EVENT_ADD), held = order_level(order);
	uint32_t level = held ^ ((held ^ (uint32_t)step->level) & all_if_add);
	base_ask(&levels->words[level]);
	base_ask(&levels->shelves[step->sides[SIDE_BUY].lists[GRID_CENT]]);
	base_ask(&levels->shelves[step->sides[SIDE_SELL].lists[GRID_CENT]]);
	queue_ask(&book->orders, order, level, e->kind == EVENT_ADD);
}

static inline void levels_ask(const struct book *book, const struct event *events,
	const struct book_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count && !book_is_small(book); i++)
		level_ask(book, &events[i], &steps[i]);
}

void book_prefetch_levels(struct book *book, const struct event *events,
	const struct book_step *steps, uint32_t count)
{
	levels_ask(book, events, steps, count);
}

/* homes_ask asks for the lines of orders, all that a small book may have out of the first-level cache: 0.95 of one hot
   symbol. */
static inline void homes_ask(const struct book *book, const struct book_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		base_ask(steps[i].home);
		queue_ask_home(&book->orders, steps[i].home, (uint32_t)steps[i].level);
	}
}

bool book_look(const struct book *book, struct book_burst *burst, const struct book_burst *before)
{
	steps_make(book, burst->events, burst->steps, burst->count);
	if ((burst->count == BOOK_BURST) & (before->count == BOOK_BURST) & !book_is_small(book))
		return true;
	if (book_is_small(book)) {
		homes_ask(book, burst->steps, burst->count);
		return false;
	}
	events_ask(book, burst->events, burst->steps, burst->count);
	levels_ask(book, before->events, before->steps, before->count);
	return false;
}

void book_ask(const struct book *book, const struct book_burst *burst,
	const struct book_burst *before, uint32_t at)
{
	event_ask(book, &burst->events[at], &burst->steps[at]);
	level_ask(book, &before->events[at], &before->steps[at]);
}

/* The fast ways look at what they change first; nothing is called but in the last place, so that all lives in registers,
   and each is a function of its own, so that it saves no more of them than it needs.  What is not as usual goes the
   slow way.  Most messages meet a level that was there before and stays: they change one word of it.

   One function an event, chosen before anything is saved, and a level that comes or goes by a call in the last place:
   0.93 of gen30m and 0.9 of one hot symbol, with a queue per price 0.86, of what they cost when one function took all
   takings and new levels in (both books in one process, in turns; a third of it is what replacements ask for). */

/* order_sit puts an order into a slot of a line of no spill. */
static inline void order_sit(
	struct orders *orders, struct order order, uint64_t reference, uint32_t qty, uint32_t level)
{
	order.line->references[order.slot] = reference;
	order.line->qtys[order.slot] = qty;
	order.line->levels_and_spill[order.slot] = level;
	orders->count++;
}

/* add_opening finds a level for an order that sits at home where its level is not ready or has no room; without one
   the order goes again. */
static __attribute__((noinline)) bool add_opening(
	struct book *book, const struct book_step *step, uint32_t rank, uint32_t slot)
{
	struct levels *levels = &book->levels;
	struct order order = {step->home, slot};
	struct level_place place = {step->name, (uint32_t)step->level % LEAF_WORDS};
	uint64_t *leaf = levels_open(levels, &place, rank);
	uint64_t after = leaf == NULL ? 0 : levels_after(leaf[place.word], order_qty(order));
	if (UNLIKELY(after == 0)) { /* a leaf just opened has room */
		book->counts.full++;
		orders_drop(&book->orders, order);
		return false;
	}
	uint32_t level = (uint32_t)(leaf - levels->words) + place.word;
	order.line->levels_and_spill[slot] = level; /* of no spill */
	queue_join(&book->orders, order);
	return levels_put(levels, place.name, level_best(rank, level), after);
}

/* gcc would hand over what the slow way reads of an event, and hold it ready all along the quick way.  The step of a price
   whose low half is 0 names no side: the event does. */
#ifdef __clang__
#define SLOW __attribute__((noinline))
#else
#define SLOW __attribute__((noipa))
#endif

static SLOW bool add_slowly(struct book *book, const struct event *e)
{
	return change_add(book, event_side(e), e->order, e->price_e4, e->qty);
}

/* add_entering puts an order into a slot at home and into its level, whether that is there or not.  All it keeps is 64
   bits wide: gcc 12 stores a half and loads the whole, which waits for the store. */
static __attribute__((noinline)) bool add_entering(
	struct book *book, const struct event *e, const struct book_step *step, uint32_t slot)
{
	struct levels *levels = &book->levels;
	uint64_t name = step->name;
	if (UNLIKELY(e->price_e4 == 0))
		return add_slowly(book, e);
	struct order order = {step->home, slot};
	order_sit(&book->orders, order, e->order, e->qty, (uint32_t)step->level);
	uint64_t rank = levels_rank((uint32_t)name, (uint32_t)e->price_e4);
	uint64_t best = rank << 32 | step->level;
	uint64_t after = levels_after(levels->words[step->level], e->qty);
	if (UNLIKELY(after == 0 || !levels_is_ready(&levels->sides[name & NAME_SIDE_MASK],
					   levels_key_of(levels, (uint32_t)best), name, best)))
		return add_opening(book, step, (uint32_t)rank, slot);
	queue_join(&book->orders, order);
	return levels_put(levels, name, best, after);
}

/* add_quickly looks first whether the level is there, if it has been asked for (is_ahead).  If not, the level is still on
   its way, and a branch guessed wrong would wait for it: an add by itself takes 0.8 of the time without. */
static inline bool add_quickly(
	struct book *book, const struct event *e, const struct book_step *step, bool is_ahead)
{
	struct orders *orders = &book->orders;
	struct levels *levels = &book->levels;
	struct order_line *home = step->home;
	uint32_t level = (uint32_t)step->level;
	uint32_t vacant = line_free(home), known = line_named(home, e->order) & ~vacant;
	if (UNLIKELY(vacant == 0 || known != 0 || line_is_spilt(home) || e->qty == 0 ||
		     (uint64_t)e->price_e4 > LEVEL_PRICE_MAX_E4 ||
		     orders->count >= orders->count_max))
		return add_slowly(book, e);
	struct order order = {home, (uint32_t)__builtin_ctz(vacant)};
	uint64_t *place = &levels->words[level], key = *leaf_of(place);
	if (is_ahead && LIKELY(key >> LEAF_NAME_SHIFT == step->name && level_is_roomy(*place))) {
		order_sit(orders, order, e->order, e->qty, level);
		queue_join(orders, order);
		*place += level_share(e->qty, true);
		return side_best_level(&levels->sides[step->name & NAME_SIDE_MASK]) == level;
	}
	return add_entering(book, e, step, order.slot);
}

static __attribute__((noinline)) bool add_event(
	struct book *book, const struct event *e, const struct book_step *step)
{
	return add_quickly(book, e, step, true);
}

static __attribute__((noinline)) bool add_alone(
	struct book *book, const struct event *e, const struct book_step *step)
{
	return add_quickly(book, e, step, false);
}

static __attribute__((noinline)) bool take_slowly(struct book *book, const struct event *e)
{
	uint32_t side;
	struct order order = change_find(book, e->order, e->locate, &side);
	if (order.line == NULL)
		return false;
	uint32_t held = order_qty(order), qty = e->kind == EVENT_DELETE ? held : e->qty;
	book->counts.overfills += qty > held;
	return change_take(book, order, side, qty < held ? qty : held);
}

/* level_emptied ends the taking of the last order of a level.  Returns whether it was the best. */
static __attribute__((noinline)) bool level_emptied(
	struct levels *levels, uint32_t side, uint32_t level)
{
	bool is_best = side_best_level(&levels->sides[side]) == level;
	if (UNLIKELY(levels_leave(levels, side, level)))
		levels_settle(levels, side, level);
	return is_best;
}

/* take_quickly takes all of an order's shares (is_all), or as many as the event says. */
static inline bool take_quickly(
	struct book *book, const struct event *e, const struct book_step *step, bool is_all)
{
	struct levels *levels = &book->levels;
	uint32_t slots = line_named(step->home, e->order);
	struct order order = {step->home, (uint32_t)__builtin_ctz(slots | 1u << ORDERS_IN_LINE)};
	if (UNLIKELY(slots == 0))
		return take_slowly(book, e);
	uint32_t held = order_qty(order), qty = is_all ? held : e->qty, level = order_level(order);
	uint64_t key = levels_key_of(levels, level) >> LEAF_NAME_SHIFT;
	/* a dead order has 0 and goes the slow way, too */
	if (UNLIKELY((uint16_t)(key >> 1) != e->locate || qty - 1 >= held))
		return take_slowly(book, e);
	bool is_gone = is_all || held == qty;
	order.line->qtys[order.slot] = held - qty;
	book->orders.count -= is_gone;
	if (is_gone)
		queue_leave(&book->orders, order);
	uint64_t after = levels->words[level] - level_share(qty, is_gone);
	levels->words[level] = after;
	if (after == 0)
		return level_emptied(levels, key & NAME_SIDE_MASK, level);
	return side_best_level(&levels->sides[key & NAME_SIDE_MASK]) == level;
}

static __attribute__((noinline)) bool take_event(
	struct book *book, const struct event *e, const struct book_step *step)
{
	return take_quickly(book, e, step, false);
}

static __attribute__((noinline)) bool delete_event(
	struct book *book, const struct event *e, const struct book_step *step)
{
	return take_quickly(book, e, step, true);
}

/* order_at_home finds an event's order, if it lives at home. */
static inline struct order order_at_home(const struct event *e, struct order_line *home)
{
	uint32_t found = line_named(home, e->order) & ~line_free(home);
	return (struct order){
		found == 0 ? NULL : home, (uint32_t)__builtin_ctz(found | 1u << ORDERS_IN_LINE)};
}

/* order_take removes qty of the held shares of an order; returns true if levels_settle must follow. */
static inline bool order_take(
	struct book *book, struct order order, uint32_t side, uint32_t qty, uint32_t held)
{
	uint32_t level = order_level(order);
	order.line->qtys[order.slot] = held - qty;
	book->orders.count -= held == qty;
	if (held == qty)
		queue_leave(&book->orders, order);
	return levels_take(&book->levels, side, level, qty, held == qty);
}

/* replace_quickly removes one order and adds another; ahead of it the old order's home was known, and of the new order's
   place all but its side. */
static inline bool replace_quickly(
	struct book *book, const struct event *e, const struct book_step *old, bool is_ahead)
{
	struct levels *levels = &book->levels;
	uint32_t side;
	struct order order = order_at_home(e, old->home);
	if (UNLIKELY(order.line == NULL ||
		     levels_side_of(levels, order_level(order)) / 2 != e->locate)) {
		order = change_find(book, e->order, e->locate, &side);
		if (order.line == NULL)
			return false;
	}
	uint32_t level = order_level(order), held = order_qty(order);
	side = levels_side_of(levels, level);
	const struct level_side *best = &levels->sides[side];
	uint64_t before = best->best, qty = levels_qty(levels, side_best_level(best));
	if (LIKELY(order.line == old->home)) {
		if (UNLIKELY(order_take(book, order, side, held, held)))
			levels_settle(levels, side, level);
	} else {
		change_take(book, order, side, held);
	}
	struct level_place place = place_of(side, e->price_e4);
	struct book_step step = {orders_home(&book->orders, e->other), place.name,
		levels_at_home(levels, &place), old->sides};
	const struct event added = {.order = e->other,
		.price_e4 = e->price_e4,
		.qty = e->qty,
		.locate = e->locate,
		.side = (uint8_t)(side & 1)};
	add_quickly(book, &added, &step, is_ahead);
	/* its level may be another at the same price: it lived away, and its home is free now */
	return before >> 32 != side_best_rank(best) ||
	       (before != 0 && qty != levels_qty(levels, side_best_level(best)));
}

static __attribute__((noinline)) bool replace_event(
	struct book *book, const struct event *e, const struct book_step *step)
{
	return replace_quickly(book, e, step, true);
}

static __attribute__((noinline)) bool replace_alone(
	struct book *book, const struct event *e, const struct book_step *step)
{
	replace_ask(book, e);
	return replace_quickly(book, e, step, false);
}

bool book_apply_step(struct book *book, const struct event *event, const struct book_step *step)
{
	if (event->kind == EVENT_ADD)
		return add_event(book, event, step);
	if (event->kind == EVENT_DELETE)
		return delete_event(book, event, step);
	if (event->kind == EVENT_REPLACE)
		return replace_event(book, event, step);
	if (event->kind >= EVENT_EXECUTE && event->kind <= EVENT_REDUCE)
		return take_event(book, event, step);
	return absolute_apply(book, event);
}

/* Nobody looked ahead: what hangs one behind the other in memory (order, leaf, side) is asked for at once.  Message by
   message that, and not to branch on what is on its way, is 0.9 of what it costs without on the generated market. */
bool book_apply(struct book *book, const struct event *event)
{
	struct book_step step = step_make(book, event);
	step_ask(book, &step);
	if (event->kind == EVENT_ADD)
		return add_alone(book, event, &step);
	if (event->kind == EVENT_REPLACE)
		return replace_alone(book, event, &step);
	return book_apply_step(book, event, &step);
}

static uint32_t saturated(uint64_t qty)
{
	return qty > UINT32_MAX ? UINT32_MAX : (uint32_t)qty;
}

void book_top_of(const struct book *book, uint16_t locate, struct book_top *top)
{
	const struct level_side *bid = &book->levels.sides[locate * 2 + SIDE_BUY];
	const struct level_side *ask = &book->levels.sides[locate * 2 + SIDE_SELL];
	memset(top, 0, sizeof *top);
	if (bid->best != 0) {
		top->bid_e4 = levels_rank(SIDE_BUY, side_best_rank(bid));
		top->bid_qty = saturated(levels_qty(&book->levels, side_best_level(bid)));
	}
	if (ask->best != 0) {
		top->ask_e4 = levels_rank(SIDE_SELL, side_best_rank(ask));
		top->ask_qty = saturated(levels_qty(&book->levels, side_best_level(ask)));
	}
}

uint32_t book_depth(const struct book *book, uint16_t locate, enum side side,
	struct book_level *levels, uint32_t max)
{
	uint32_t number = locate * 2u | (uint32_t)side;
	uint32_t level = side_best_level(&book->levels.sides[number]);
	uint32_t count = 0;
	while (level != 0 && count < max) {
		uint32_t price_e4 = levels_price_e4(&book->levels, level);
		levels[count].price_e4 = price_e4;
		levels[count].qty = levels_qty(&book->levels, level);
		levels[count].order_count = levels_order_count(&book->levels, level);
		count++;
		level = levels_below(&book->levels, number, levels_rank(number, price_e4));
	}
	return count;
}

bool book_order(const struct book *book, uint64_t reference, enum side *side, int64_t *price_e4,
	uint32_t *qty)
{
	struct order order = orders_search(&book->orders, reference);
	if (order.line == NULL)
		return false;
	uint32_t level = order_level(order);
	*side = (enum side)(levels_side_of(&book->levels, level) & 1);
	*price_e4 = levels_price_e4(&book->levels, level);
	*qty = order_qty(order);
	return true;
}

bool book_locate_of(const struct book *book, uint64_t reference, uint16_t *locate)
{
	struct order order = orders_search(&book->orders, reference);
	if (order.line == NULL)
		return false;
	*locate = (uint16_t)(levels_side_of(&book->levels, order_level(order)) / 2);
	return true;
}

bool book_has_queue(void)
{
	return queue_is_kept();
}

bool book_ahead_of(
	const struct book *book, uint64_t reference, uint64_t *qty, uint32_t *order_count)
{
	struct order order = {NULL, 0};
	if (book_has_queue())
		order = orders_search(&book->orders, reference);
	if (order.line == NULL)
		return false;
	*qty = queue_ahead(&book->orders, order, order_count);
	return true;
}

void book_counts_of(const struct book *book, struct book_counts *counts)
{
	*counts = book->counts;
	counts->orders = book->orders.count;
	counts->levels = book->levels.level_count;
}
