/* venue.h - the exchange's side: a SoupBinTCP 3.0 client that comes back by itself.

      idle --connect--> connecting --login accepted--> replaying --account query answered--> ready
        ^                                                                                      |
        +------------------- closed, silent for the timeout, end of session ------------------+

   After a login the venue replays what we missed; then an account query asks which of our numbers it has
   seen, so that every order of a lost connection is known to be there or known never to have arrived.
   Only then may orders go.  An answer that an earlier connection kept back comes first and says nothing of
   what followed: then the venue is asked again.  A login refused because the session is over is repeated
   for the current one, from its beginning; orders of the session before stay exposure.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_VENUE_H
#define SLUICE_GATE_VENUE_H

#include "dataplane/gate/gate.h"

/* venue_opened, venue_bytes, venue_closed take the stream's events. */
void venue_opened(struct gate *gate);
void venue_bytes(struct gate *gate, const uint8_t *bytes, uint32_t size_bytes);
void venue_closed(struct gate *gate);

/* venue_tick connects, sends heartbeats, and gives up on a silent venue. */
void venue_tick(struct gate *gate);

#endif
