/* marks.h - what is held is valued at the live market, whether or not anybody trades it.

   Losses grow between orders.  At each tick the gate looks at the next few rows of accounts and symbols that
   hold shares and, where the price at which they could be given back has moved, writes a MARK record: the
   bid for what is long, the ask for what is short, the last trade where that side is empty.  A stale or
   unknown market marks nothing: the last mark stays, and the symbol's orders are refused by name anyway.

   Owner      the gate stage.
   Time       with MARK_ROW_COUNT rows a tick of 1 ms, 1,000 rows are valued every 63 ms.
   Invariant  (1) an unchanged price writes nothing. */
#ifndef SLUICE_GATE_MARKS_H
#define SLUICE_GATE_MARKS_H

#include "dataplane/gate/state.h"

enum { MARK_ROW_COUNT = 16 };

/* marks_tick looks at the next rows; it opens a turn only if there is something to write. */
void marks_tick(struct gate *gate);

#endif
