/* cancel.h - a venue is asked to cancel an order, whoever wishes it: its client, a kill, who is gone, the day.

   Owner      the fold. */
#ifndef SLUICE_FOLD_CANCEL_H
#define SLUICE_FOLD_CANCEL_H

#include "dataplane/fold/state.h"

/* cancel_ask takes an order down to qty shares in all, executed ones included; 0: off whole.  It writes a CANCEL record, queues
   the message and tells the copies.  false: one is already pending or there is no room in the egress queue; nothing happened. */
bool cancel_ask(struct fold *fold, uint32_t slot, uint32_t qty, enum cancel_cause cause);

#endif
