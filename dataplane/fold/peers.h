/* peers.h - who is at the other ends, as the fold knows it: clients and venues that come and go.

   A client that is gone, or connected and silent for its dead-man time, leaves its orders to be cancelled
   where its session asks for it: every order that it has open at that moment, so many a turn (sweep.h), whoever
   logs in meanwhile.  A venue that is gone leaves ours uncertain; when it is back it has the first word.

   Owner      the fold: only SESSION, RESERVED and BOOT records come here. */
#ifndef SLUICE_FOLD_PEERS_H
#define SLUICE_FOLD_PEERS_H

#include "dataplane/fold/state.h"

/* peers_open_clients makes clients of the site's sessions, also of those that only listen (dropcopy.h), and takes their
   stores and the table of their ids; before the first record.  peers_close_clients gives the stores back. */
void peers_open_clients(struct fold *fold);
void peers_close_clients(struct fold *fold);

/* peers_venue_of gives the index of the venue that a session number is of, or UINT32_MAX. */
uint32_t peers_venue_of(const struct fold *fold, uint32_t session);

/* peers_changed takes a SESSION record, peers_reserved a RESERVED record. */
void peers_changed(struct fold *fold, const struct session_record *record);
void peers_reserved(struct fold *fold, const struct reserve_record *record);

/* peers_lose_client: gone by itself, by its silence or with the process that it was connected to.
   peers_lose_venue: what may be under way there is uncertain, and its cancels are lost.
   peers_venue_ready: it told what it knows of our orders; orders may go, and cancels that wait do. */
void peers_lose_client(struct fold *fold, uint32_t session);
void peers_lose_venue(struct fold *fold, uint32_t venue);
void peers_venue_ready(struct fold *fold, uint32_t venue);

#endif
