/* trade.h - executions: counted once, taken back, corrected.

   What the venue says was executed becomes position and cash whatever else is known of the order: an order's
   own reservation pays for it, or one made for the purpose.  A second telling of the same execution is
   counted and changes nothing.  A break gives position and cash back exactly; a correction does that and
   counts the trade anew.  What is open at the venue moves by neither: a broken trade's shares do not return to
   the order (OUCH 5.0, section 6).

      told first       position += qty, cash -= qty x price          client told
      told again       counted (gate_fills_repeated)
      for a finished   the same as first, counted (gate_fills_late)  client told
      broken           position -= qty, cash += qty x price          client told
      broken again     counted (gate_fills_repeated)
      corrected        broken, then told first at the new price      client told
      for nobody       counted (gate_fills_unknown), and the venue is halted: from here on the position
                       is not known, so nothing may be judged against it until a person has looked

   What the venue takes for an execution, by its flag and the site's schedule (config/fees.h) and at the rates in force then,
   is part of profit and loss with it, and exactly that is given back with it.  What an order costs is charged with the
   first execution of the order, and stays when that is broken: whether others stand beside it is not known here.  An execution of an order that is finished is taken for its
   first, for nobody knows any more, unless persons said that it executed (resolve.h).

   Each execution told first is counted by its strategy and for the gate; one too many within a window halts what
   it is of (risk/tempo.h), at that very execution.  So is each that is worse than the market its order was judged by,
   and one too many leaves the account, or the firm, only the way out (risk/slippage.h).

   Of nobody is an execution whose order we never had or have forgotten (fills.h), and a break or correction
   of an execution that we do not have.

   Owner      the fold. */
#ifndef SLUICE_FOLD_TRADE_H
#define SLUICE_FOLD_TRADE_H

#include "dataplane/fold/state.h"

/* trade_executed counts an execution of the order in slot, or with ORDER_NONE of one that is not open. */
void trade_executed(struct fold *fold, uint8_t venue, uint32_t slot, struct ouch_out *out);

/* trade_find lets a second thought that names its order by another name of the chain name it as its execution does, where the
   venue's executions have names of their own (fills.h (4)); wire_side: B S T E, or 0 where it is not said.  What is not found, or
   is of another chain, stays as it is. */
void trade_find(const struct fold *fold, uint8_t venue, uint8_t wire_side, struct ouch_out *out);

/* trade_broken, trade_corrected take the venue's second thoughts (types B and F). */
void trade_broken(struct fold *fold, uint8_t venue, struct ouch_out *out);
void trade_corrected(struct fold *fold, uint8_t venue, struct ouch_out *out);

#endif
