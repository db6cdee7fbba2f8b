/* hand.h - the desk's own hand: what the venue does to orders and trades that no participant asked for.

   Each act changes the market, tells who is concerned, and says on the feed what the public may know, so
   that the feed, a snapshot and the fills go on telling one story.  hand_tell alone changes nothing: it is
   how a venue is made to lie.

   Owner      one thread.
   Errors     false: the order is not live, the trade is not known or was broken before, a number does not
              fit; nothing was said. */
#ifndef SLUICE_EXCHANGE_HAND_H
#define SLUICE_EXCHANGE_HAND_H

#include "tools/exchange/desk.h"

/* hand_order gives a user's order by its place, 1 for the first of the day, UINT32_MAX for the latest;
   NULL: there is none. */
struct desk_order *hand_order(const struct desk_user *user, uint32_t place);

/* hand_fill executes qty of an order at a price (0: its own) under a liquidity flag (0: A). */
bool hand_fill(struct desk *desk, struct desk_order *order, uint32_t qty, uint64_t price_e4,
	uint8_t liquidity);

/* hand_cancel takes qty off an order (0: all of it) for a reason. */
bool hand_cancel(struct desk *desk, struct desk_user *user, struct desk_order *order, uint32_t qty,
	uint8_t reason);

/* hand_prevent takes qty off an order (0: all) because it would have traded with its own side: AIQ. */
bool hand_prevent(struct desk *desk, struct desk_user *user, struct desk_order *order, uint32_t qty,
	uint8_t strategy);

/* hand_bust breaks an execution: both sides are told, and the public. */
bool hand_bust(struct desk *desk, struct ledger_row *row, uint8_t reason);

/* hand_correct tells both sides of an execution that it was at another price; the public is not told. */
bool hand_correct(struct desk *desk, struct ledger_row *row, uint64_t price_e4);

/* hand_restate says that an order's displayed part is another, under a new public number; price 0: its own. */
bool hand_restate(struct desk *desk, struct desk_user *user, struct desk_order *order,
	uint8_t reason, uint32_t display_qty, uint64_t price_e4);

/* hand_move gives an order a new place and public number; price 0: its own. */
bool hand_move(
	struct desk *desk, struct desk_user *user, struct desk_order *order, uint64_t price_e4);

/* hand_repeat says the latest message of a user once more, under the next number. */
bool hand_repeat(struct desk_user *user);

#endif
