/* client.h - one strategy's side: who it may be, what it says, and what its session is owed.

   The kinds of session (session.h) log a connection in by client_enter and bring its messages to client_message, which has
   them judged and flushes what came of it.  What a client is told lies in the fold's store, numbered for the journal's
   life; a client that comes back gets what it asks for.  clients.h has them all.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_CLIENT_H
#define SLUICE_GATE_CLIENT_H

#include "dataplane/gate/state.h"

/* client_change writes what became of a session. */
void client_change(struct gate *gate, const struct session_record *change);

/* client_closed takes a connection's place back, and client_drop ends one that has a moment to close its end; of who was logged
   in either writes down that it is gone. */
void client_closed(struct gate *gate, struct gate_connection *connection);
void client_drop(struct gate *gate, struct gate_connection *connection);

/* client_has_missed tells whether a client let its store wrap: it has lost messages, and what stands in their places is not
   theirs. */
static inline bool client_has_missed(
	const struct gate_connection *connection, const struct fold_client *client)
{
	return client->last_sequence >= connection->next_sent + client->store_count;
}

/* client_serve puts what a session is owed on its stream, as far as there is room.  Nothing goes to a client that has
   missed something: clients_tick drops it. */
void client_serve(struct gate *gate, uint32_t session);

/* gate_flush publishes what was decided, hands it over and sends what clients are owed. */
void gate_flush(struct gate *gate);

/* --- for the kinds of session --- */

/* client_is_proven tells whether whoever is at the other end may be this session: one that names a certificate takes
   only who showed it, by TLS; one that names none takes nobody who showed one.  client_enter is for nobody else. */
bool client_is_proven(const struct gate *gate, const struct gate_connection *connection,
	const struct session_config *config);

/* client_may_enter tells whether a session is free: nobody is logged in to it, and no day is over whose session it
   would be. */
bool client_may_enter(const struct gate *gate, const struct session_config *config);

/* client_why_not says why a login is refused where the session is not free, or another was named. */
enum session_why client_why_not(const struct gate *gate);

/* client_next gives the number from which a client that asks for `wanted` is served: 0 or beyond the end is what
   comes next, and what the store has lost is left out. */
uint64_t client_next(const struct gate *gate, const struct session_config *config, uint64_t wanted);

/* client_enter binds a connection to a session whose login was accepted and writes it down: record says the rest
   of what the fold is to know of it.  Messages from `next` on are owed; client_serve puts them on the stream. */
void client_enter(struct gate *gate, struct gate_connection *connection,
	const struct session_config *config, uint64_t next, const struct session_record *record);

/* client_welcome tells that the login was answered with yes: who is bound and never welcomed was refused. */
void client_welcome(struct gate *gate, struct gate_connection *connection);

/* client_announce says that a message will come to client_message soon, and client_approach that the one announced last (ahead)
   is next: what it will be judged on comes nearer in two steps.  Whatever it is, nothing changes. */
void client_announce(struct gate *gate, const struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes);
void client_approach(const struct gate *gate);

/* client_message writes a logged-in client's raw message down and has it judged; false: it may not be sent here. */
bool client_message(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes);

#endif
