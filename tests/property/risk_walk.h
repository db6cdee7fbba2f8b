/* risk_walk.h - the collar over a window, by a scan of every order ever passed; see risk_model.h.

   What a row of the gate forgot, or could not keep apart, it may hold a price to for longer: then its word may be stricter than
   the list's, and how strict at the most is told here too.  Of a longer window that came in force nobody knows what a shorter
   one let go; and more references than a row has steps lie closer together than it can tell.

   Units      price_e4; everything in 128 bits. */
#ifndef SLUICE_TESTS_RISK_WALK_H
#define SLUICE_TESTS_RISK_WALK_H

#include "tests/property/risk_ledger.h"

enum { MODEL_STEPS = 15 };

/* Whose walk, and how far back. */
struct model_walk {
	const struct model *m;
	uint32_t account, symbol;
	uint64_t now_ns;
	wide window_ns;
};

/* The one that passed before `at` (at first: log_count) within the walk; NULL: none.  The log is in the order of time. */
static inline const struct model_order *model_walk_back(const struct model_walk *walk, size_t *at)
{
	while (*at > 0) {
		const struct model_order *order = &walk->m->log[--*at];
		if ((wide)walk->now_ns - (wide)order->time_ns >= walk->window_ns)
			return NULL;
		if (order->account == walk->account && order->symbol == walk->symbol)
			return order;
	}
	return NULL;
}

/* The lowest and the highest of an order's own reference and those of what passed. */
static inline void model_walk_ends(const struct model_walk *walk, wide own, wide *low, wide *high)
{
	const struct model_order *order;
	size_t at = walk->m->log_count;
	*low = *high = own;
	while ((order = model_walk_back(walk, &at)) != NULL) {
		*low = order->reference < *low ? order->reference : *low;
		*high = order->reference > *high ? order->reference : *high;
	}
}

/* The one of them that a price is furthest from, in parts of it. */
static inline wide model_walk_furthest(const struct model_walk *walk, wide own, wide price)
{
	const struct model_order *order;
	size_t at = walk->m->log_count;
	wide furthest = own, distance = price > own ? price - own : own - price;
	while ((order = model_walk_back(walk, &at)) != NULL) {
		wide other = price > order->reference ? price - order->reference
						      : order->reference - price;
		if (other * furthest > distance * order->reference) {
			furthest = order->reference;
			distance = other;
		}
	}
	return furthest;
}

/* Whether more changes of reference passed than a row has steps for. */
static inline bool model_walk_is_crowded(const struct model_walk *walk)
{
	const struct model_order *order;
	size_t at = walk->m->log_count;
	unsigned changes = 0;
	wide last = 0;
	while (changes <= MODEL_STEPS && (order = model_walk_back(walk, &at)) != NULL) {
		changes += order->reference != last;
		last = order->reference;
	}
	return changes > MODEL_STEPS;
}

/* How far back a row may hold a price: to the first order ever, while it is unsure what it forgot; a seventh of the window more where its
   steps may have been full. */
static inline wide model_walk_most(struct model_walk walk)
{
	if (walk.now_ns < walk.m->unsure_until_ns[walk.account][walk.symbol])
		return (wide)1 << 100;
	wide window_ns = walk.window_ns, longer_ns = window_ns + window_ns / 7;
	walk.window_ns = 2 * longer_ns;
	return model_walk_is_crowded(&walk) ? longer_ns : window_ns;
}

/* Limits came in force. */
static inline void model_walk_adopt(struct model *m, uint64_t now_ns)
{
	for (uint32_t account = 1; account < MODEL_ACCOUNTS; account++)
		for (uint32_t symbol = 0; symbol < MODEL_SYMBOLS; symbol++) {
			unsigned owner;
			const struct limit_value *limit = model_limit(
				m, LIMIT_collar_window, MODEL_ANY, 0, account, symbol, &owner);
			uint64_t window_ns = limit != NULL ? limit->window_ns : 0;
			if (window_ns > m->walk_window_ns[account][symbol])
				m->unsure_until_ns[account][symbol] = now_ns + window_ns;
			m->walk_window_ns[account][symbol] = window_ns;
		}
}

#endif
