/* client.h - the strategies' side: their connections, and what each session is owed.

      opened --login accepted--> logged in --bytes, heartbeats--> closed
         |  login refused, 30 s of silence                          ^
         +-----------------------------------------------------------+

   How a login and a heartbeat look is the session's kind (session.h).  A connection that we end leaves orderly;
   a peer who does not close its end within a second is reset, so nobody holds a place of the stream's for
   nothing.

   What a client is told lies in the fold's store, numbered for the journal's life; a client that comes back
   gets what it asks for.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_CLIENT_H
#define SLUICE_GATE_CLIENT_H

#include "dataplane/gate/gate.h"

/* client_listen opens every door that the site names: TCP, TLS, shared memory.  false: error has why. */
bool client_listen(struct gate *gate, struct config_error *error);

/* client_opened, client_bytes, client_closed take the stream's events. */
void client_opened(struct gate *gate, uint32_t number);
void client_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes);
void client_closed(struct gate *gate, struct gate_connection *connection);

/* client_drop_all lets every client go: the journal has no room for what they would send. */
void client_drop_all(struct gate *gate);

/* client_end_all says goodbye to every client, and lets it go: its session is over. */
void client_end_all(struct gate *gate);

/* client_change writes what became of a session. */
void client_change(struct gate *gate, const struct session_record *change);

/* client_send puts what a session is owed on its stream, as far as there is room.  Nothing goes to a client
   whose store has wrapped: client_tick drops it. */
void client_send(struct gate *gate, uint32_t session);

/* client_tick sends heartbeats and drops who is silent. */
void client_tick(struct gate *gate);

/* client_find gives a connection by the stream's number, or NULL. */
struct gate_connection *client_find(struct gate *gate, uint32_t number);

/* --- for the kinds of session --- */

/* client_is_proven tells whether whoever is at the other end may be this session: one that names a certificate takes
   only who showed it, by TLS; one that names none takes nobody who showed one.  client_enter lets nobody else in. */
bool client_is_proven(const struct gate *gate, const struct gate_connection *connection,
	const struct session_config *config);

/* client_may_enter tells whether a session is free: nobody is logged in to it, and no day is over whose session it
   would be. */
bool client_may_enter(const struct gate *gate, const struct session_config *config);

/* client_next gives the number from which a client that asks for `wanted` is served: 0 or beyond the end is what
   comes next, and what the store has lost is left out. */
uint64_t client_next(const struct gate *gate, const struct session_config *config, uint64_t wanted);

/* client_enter binds a connection to a session whose login was accepted and writes it down: record says the rest
   of what the fold is to know of it.  Messages from `next` on are owed; client_send puts them on the stream. */
void client_enter(struct gate *gate, struct gate_connection *connection,
	const struct session_config *config, uint64_t next, const struct session_record *record);

/* client_announce says that a message will come to client_message soon; whatever it is, nothing changes. */
void client_announce(const struct gate *gate, const struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes);

/* client_message writes a logged-in client's raw message down and has it judged; false: it may not be sent here. */
bool client_message(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes);

#endif
