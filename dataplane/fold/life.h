/* life.h - an order's steps, each with what risk holds for it.

   Whoever changes an order goes through here, so that its state, its reservation at risk, the counters and
   the client's stream always tell the same story.

   Owner      the fold.
   Errors     a step the table does not allow is counted (gate_venue_unknown) and changes nothing: false. */
#ifndef SLUICE_FOLD_LIFE_H
#define SLUICE_FOLD_LIFE_H

#include "dataplane/fold/state.h"

/* life_step moves an order along the table; false: not allowed, nothing changed.  A step to done gives
   back every reservation, finishes what depended on it and frees the slot. */
bool life_step(struct fold *fold, uint32_t slot, enum order_event event);

/* life_is_unanswered tells whether a venue was sent an order and has said nothing of it yet. */
static inline bool life_is_unanswered(const struct own_order *order)
{
	return (order->state == ORDER_SENT || order->state == ORDER_UNCERTAIN) &&
	       (order->flags & ORDER_WAS_ANSWERED) == 0;
}

/* life_allows tells whether the table lets an order take a step; a step that it does not is counted. */
bool life_allows(struct fold *fold, const struct own_order *order, enum order_event event);

/* life_begin counts an order just taken into the table; life_step counts its end. */
void life_begin(struct fold *fold, struct own_order *order);

/* life_move sets an order's state as the table gave it, and counts what is uncertain and what its venue has
   not answered. */
void life_move(struct fold *fold, struct own_order *order, enum order_state state);

/* life_tell_uncertain tells page and metrics how many orders may or may not have arrived. */
void life_tell_uncertain(struct fold *fold);

/* life_short uses up the located shares of what was executed of an order, if it is marked short (risk/locate.h). */
void life_short(struct fold *fold, struct own_order *order, uint32_t qty);

/* life_settle sets what risk holds for an order to exactly its open quantity at its price. */
void life_settle(struct fold *fold, struct own_order *order);

/* life_cover sets what a replacement under way holds beside its original, whose size or reservation has
   changed: together they hold the larger of both, whichever the venue takes first. */
void life_cover(struct fold *fold, const struct own_order *original);

#endif
