/* approach.h - asks for what lies far before it is used.

   An order that is announced brings its lines nearer in three steps (risk.h).  What only the first order of a row needs
   after limits came in force, the gauges that they are given to, no step asks for: the judge does as soon as it sees that
   the row is of other limits, and until the order is committed they are there.

   Owner      the gate stage; nothing changes. */
#ifndef SLUICE_RISK_APPROACH_H
#define SLUICE_RISK_APPROACH_H

#include "dataplane/risk/tables.h"

/* approach_adopted asks for what is shown of a row and its symbol, which the commit will give the limits in force. */
void approach_adopted(const struct risk *risk, const struct row *row);

#endif
