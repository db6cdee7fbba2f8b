/* parents.h - the children of an order that a strategy works in pieces, never together more than it.

   An algorithm that forgets what it has sent already sends again, and again (Knight, 2012: CONTROLS, 25).  A session
   whose site says `parents: yes` names with each order the parent that it is a child of, and how large that is:

       417/25000      parent 417, 25,000 shares

   in the field that is the client's own text: ClOrdID of OUCH 5.0's Enter Order and Replace Order, Text (58) of FIX;
   decimal, no leading zeros, spaces behind it.  Our venue never sees it.  OUCH 4.2 has no such field.

   The first child makes its parent: account, symbol, side and quantity.  Later ones must say the same; a replace
   must name its original's.  What has been executed of all children, and what works or may work of them (life.h:
   sent and unanswered, uncertain, a replace beside its original), and the new child's open shares are at most the
   parent's quantity; an order that says nothing, or something else, is refused PARENT too.  A way out is no
   exception: it names another parent.

   A broken trade gives its shares back to the parent.  An order that the journal lost and the venue brought back
   belongs to none; what its original had open stays with the parent.

   Another day has parents of its own: what is still uncertain then belongs to none.

   How much of a parent is used is told as of any limit: at 50, 80 and 100 % once each time, and of those that have
   something working whenever somebody asks.

   Owner      the fold.  Gauges and the map of what works are told, never judged by, and no part of its hash.
   Invariant  (1) working is the sum of reserved_qty of the parent's open children;
              (2) a parent stays for its day; when there is room for no more, orders that would make one
                  are refused TABLE_FULL;
              (3) a parent's bit in at_work is set exactly while it has something working. */
#ifndef SLUICE_FOLD_PARENTS_H
#define SLUICE_FOLD_PARENTS_H

#include "dataplane/fold/state.h"

/* parents_open takes memory for PARENT_COUNT_MAX parents where a session of the site names them; parents_close gives
   it back. */
void parents_open(struct parents *parents, const struct site_config *site);
void parents_close(struct parents *parents);

/* parents_forget begins a day without parents. */
void parents_forget(struct parents *parents);

/* parents_read reads a client's text; false: it names no parent. */
bool parents_read(const char clordid[14], uint32_t *id, uint32_t *qty);

/* parents_describe tells the judge what an order's parent has already; it makes none.  clordid is the client's text; original
   is what a replace names, or NULL.  Returns the parent's id; 0: it names none. */
uint32_t parents_describe(const struct fold *fold, const char clordid[14],
	const struct own_order *original, struct risk_order *order);

/* parents_take counts a passed order's reservation, parents_hold a change of it, parents_fill what was executed of an
   order, or taken back; of orders without a parent they do nothing. */
void parents_take(struct fold *fold, const struct own_order *order);
void parents_hold(struct fold *fold, const struct own_order *order, int64_t qty);
void parents_fill(struct fold *fold, const struct fill *fill, int64_t qty);

/* parents_usage writes up to max rows of usage of an account's parents that have something working, from the row
   `cursor` on.  Returns where to go on; 0: nowhere. */
uint64_t parents_usage(const struct parents *parents, uint32_t account, uint64_t cursor,
	struct usage_row *rows, uint32_t max, uint32_t *count);

#endif
