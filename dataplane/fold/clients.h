/* clients.h - a client that is gone, or connected and silent for its dead-man time.

   It leaves its orders to be cancelled where its session asks for it: every order that it has open at that moment, so many a
   turn (walk.h), whoever logs in meanwhile.

   Owner      the fold. */
#ifndef SLUICE_FOLD_CLIENTS_H
#define SLUICE_FOLD_CLIENTS_H

#include "dataplane/fold/state.h"

/* clients_lose: a client is gone by itself, or with the process that it was connected to. */
void clients_lose(struct fold *fold, uint32_t session);

/* clients_cancel has a session's open orders cancelled; what it enters later is not concerned. */
void clients_cancel(struct fold *fold, uint32_t session, enum cancel_cause cause);

#endif
