/* venues.h - the exchanges' side: sessions of ours that come back by themselves.

      idle --connect--> connecting --login accepted--> replaying --what we sent is known--> ready
        ^                                                                                    |
        +------------------- closed, silent for the timeout, end of session ----------------+

   How a login looks, and how the venue tells what it knows of our orders, is the session's kind (session.h) and
   the protocol's row (protocol.h).  Only when that is told may orders go.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_VENUES_H
#define SLUICE_GATE_VENUES_H

#include "dataplane/gate/state.h"

/* venues_find gives our session at a venue by the stream's number, or NULL. */
struct gate_venue *venues_find(struct gate *gate, uint32_t number);

/* venues_opened and venues_bytes take the stream's events; that one is closed is venue_closed's (venue.h). */
void venues_opened(struct gate *gate, struct gate_venue *venue);
void venues_bytes(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);

/* venues_tick connects, sends heartbeats, and gives up on a silent venue; for each venue. */
void venues_tick(struct gate *gate);

/* venues_rest says goodbye where the kind of session can; true: nobody is connected any more. */
bool venues_rest(struct gate *gate, struct gate_venue *venue);

/* venues_stop ends our sessions there in order. */
void venues_stop(struct gate *gate);

#endif
