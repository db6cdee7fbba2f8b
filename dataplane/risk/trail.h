/* trail.h - the references that the orders of an account and symbol went by within the window.

   A collar holds a price to the reference of the moment, and who moves the reference with each order walks away from
   where it stood (CONTROLS, 7).  So a price is held to its own reference and to that of every committed order of the row that came
   within collar_window: an order of time t counts at t + window - 1 and no longer at t + window.  Ways out are not held to
   it, but what they went by counts.

   Of all references within a window the lowest and the highest are the furthest from any price.  Each is kept as steps: a reference,
   when it was last gone by, and only while no later one is as far out, so that the first within the window is the
   extreme.  The newest of all ends both and stands in the row, with the extremes as they were found last:
   while these are within the window nobody looks at steps, and an order at the reference of the one before writes times.

     steps are full    two that follow each other become one, the further out of them for as long as the later: a reference
                       holds up to a seventh of the window longer than its time.  Stricter, never looser
     the window ended  a step is forgotten, but for the furthest that ever was and when the last was forgotten
     a longer window   is loaded: it sees what was not forgotten, and while it reaches back to the last that was, the
                       furthest of all forgotten.  Stricter, never looser

   Owner      the gate stage.
   Time       from the caller; never runs backwards.
   Units      price_e4; a key is what a side keeps the highest of: a reference, or of the lowest its complement.
   Invariant  (1) steps of a side are in the order of time, and their keys fall, down to that of the newest;
              (2) the row's extremes hold for windows up to trail_window_ns, while the older of both is within: then they are
                  what trail_look finds;
              (3) the furthest forgotten is further out than the steps of its side and the newest, or there is none. */
#ifndef SLUICE_RISK_TRAIL_H
#define SLUICE_RISK_TRAIL_H

#include "dataplane/risk/tables.h"

/* Extremes of the references that a price is held to. */
struct trail_extremes {
	uint32_t low_e4, high_e4;
};

/* trail_look finds them among the steps; reference_e4 for both: none is within the window. */
struct trail_extremes trail_look(const struct rows *rows, const struct row *row, uint64_t window_ns,
	uint64_t now_ns, uint32_t reference_e4);

/* trail_find gives them for an order of a reference, which they need not enclose. */
static inline struct trail_extremes trail_find(const struct rows *rows, const struct row *row,
	uint64_t window_ns, uint64_t now_ns, uint32_t reference_e4)
{
	if (LIKELY(window_ns <= row->trail_window_ns && now_ns - row->trail_began_ns < window_ns))
		return (struct trail_extremes){row->trail_low_e4, row->trail_high_e4};
	return trail_look(rows, row, window_ns, now_ns, reference_e4);
}

/* trail_furthest gives the one of both that is more basis points of it away from a price: with prices below 2^31, of
   (price - low) / low and (high - price) / high the larger. */
static inline uint32_t trail_furthest(struct trail_extremes extremes, uint64_t price_e4)
{
	uint64_t low_e4 = extremes.low_e4, high_e4 = extremes.high_e4;
	return price_e4 * (low_e4 + high_e4) > 2 * low_e4 * high_e4 ? extremes.low_e4
								    : extremes.high_e4;
}

/* trail_go goes on to another reference, or finds the extremes anew. */
void trail_go(struct risk *risk, struct row *row, uint32_t reference_e4, uint64_t now_ns);

/* trail_commit takes the reference of an order that passed; the row is of the limits in force (usage_row). */
static inline void trail_commit(
	struct risk *risk, struct row *row, uint32_t reference_e4, uint64_t now_ns)
{
	if (LIKELY(reference_e4 == row->trail_last_e4)) {
		row->trail_last_ns = now_ns;
		if (LIKELY(row->trail_low_e4 == row->trail_high_e4)) {
			row->trail_began_ns = now_ns;
			return;
		}
		if (now_ns - row->trail_began_ns < row->trail_window_ns)
			return;
	}
	trail_go(risk, row, reference_e4, now_ns);
}

/* trail_adopt finds the extremes by the window in force, which is another. */
void trail_adopt(struct risk *risk, struct row *row, uint64_t window_ns);

#endif
