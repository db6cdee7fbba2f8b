/* peers.h - who is at the other ends, as the fold knows it: clients and venues that come and go.

   What a client leaves behind is clients.h's.  A venue that is gone leaves ours uncertain; when it is back it has the
   first word.

   Owner      the fold: only SESSION, RESERVED and BOOT records come here. */
#ifndef SLUICE_FOLD_PEERS_H
#define SLUICE_FOLD_PEERS_H

#include "dataplane/fold/state.h"

/* peers_venue_of gives the index of the venue that a session number is of, or UINT32_MAX. */
uint32_t peers_venue_of(const struct fold *fold, uint32_t session);

/* peers_changed takes a SESSION record, peers_reserved a RESERVED record. */
void peers_changed(struct fold *fold, const struct session_record *record);
void peers_reserved(struct fold *fold, const struct reserve_record *record);

/* peers_lose_venue: what may be under way there is uncertain, and its cancels are lost.
   peers_venue_ready: it told what it knows of our orders; orders may go, and cancels that wait do. */
void peers_lose_venue(struct fold *fold, uint32_t venue);
void peers_venue_ready(struct fold *fold, uint32_t venue);

#endif
