/* venue.h - our session at one exchange: connected, entered, heard, lost; venues.h has them all.

   Each of these steps is an input.  A connection that is lost is tried again later, and later still the more often it is.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_VENUE_H
#define SLUICE_GATE_VENUE_H

#include "dataplane/gate/state.h"

/* venue_change writes down that our session there changed; record has the rest. */
void venue_change(struct gate *gate, struct gate_venue *venue, enum session_change change,
	const struct session_record *record);

/* venue_enter writes down that our login was accepted. */
void venue_enter(struct gate *gate, struct gate_venue *venue, const struct session_record *record);

/* venue_refused counts a login that the venue refused.  After so many in a row as the site allows it is tried once a
   minute, so that nobody's account is locked, and health says so until one is accepted.  Who hangs up on it has said nothing,
   and is counted apart (leaving_wait). */
void venue_refused(struct gate *gate, struct gate_venue *venue);

/* venue_message writes down a raw message of the venue, numbered, and applies it; false: it comes too early or
   is too long. */
bool venue_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);

/* venue_take_message does it before the login too, for a session whose login is a message of the day. */
bool venue_take_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);

/* venue_connect asks the stream for a connection; without one it is tried again after the venue's backoff. */
void venue_connect(struct gate *gate, struct gate_venue *venue);

/* venue_closed takes it that the connection is gone, and venue_drop ends it (leaving_part): who was logged in is down, and the next attempt
   has its time. */
void venue_closed(struct gate *gate, struct gate_venue *venue);
void venue_drop(struct gate *gate, struct gate_venue *venue);

#endif
