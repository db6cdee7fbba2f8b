/* venue.h - the exchanges' side: sessions of ours that come back by themselves.

      idle --connect--> connecting --login accepted--> replaying --what we sent is known--> ready
        ^                                                                                    |
        +------------------- closed, silent for the timeout, end of session ----------------+

   How a login looks, and how the venue tells what it knows of our orders, is the session's kind (session.h) and
   the protocol's row (protocol.h).  Only when that is told may orders go.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_VENUE_H
#define SLUICE_GATE_VENUE_H

#include "dataplane/gate/gate.h"

/* venue_find gives our session at a venue by the stream's number, or NULL. */
struct gate_venue *venue_find(struct gate *gate, uint32_t number);

/* venue_opened, venue_bytes, venue_closed take the stream's events. */
void venue_opened(struct gate *gate, struct gate_venue *venue);
void venue_bytes(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);
void venue_closed(struct gate *gate, struct gate_venue *venue);

/* venue_tick connects, sends heartbeats, and gives up on a silent venue; for each venue. */
void venue_tick(struct gate *gate);

/* venue_rest says goodbye where the kind of session can; true: nobody is connected any more. */
bool venue_rest(struct gate *gate, struct gate_venue *venue);

/* venue_stop ends our sessions there in order. */
void venue_stop(struct gate *gate);

/* --- for the kinds of session --- */

/* venue_change writes down that our session there changed; record has the rest. */
void venue_change(struct gate *gate, struct gate_venue *venue, enum session_change change,
	const struct session_record *record);

/* venue_enter writes down that our login was accepted. */
void venue_enter(struct gate *gate, struct gate_venue *venue, const struct session_record *record);

/* venue_refused counts a login that the venue refused.  After so many in a row as the site allows it is tried once a
   minute, so that nobody's account is locked, and health says so until one is accepted. */
void venue_refused(struct gate *gate, struct gate_venue *venue);

/* venue_message writes down a raw message of the venue, numbered, and applies it; false: it comes too early or
   is too long. */
bool venue_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);

/* venue_take_message does it before the login too, for a session whose login is a message of the day. */
bool venue_take_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes);

#endif
