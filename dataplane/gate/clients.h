/* clients.h - all connections of strategies: what the stream says of them, and what time does to them.

      opened --login accepted--> logged in --bytes, heartbeats--> closed
         |  login refused, 30 s of silence                          ^
         +-----------------------------------------------------------+

   How a login and a heartbeat look is the session's kind (session.h); what is written down of one connection is
   client.h's.  A connection that we end leaves orderly; a peer who does not close its end within a second is reset, so
   nobody holds a place of the stream's for nothing.

   Whoever has not logged in may be put out for who comes next: when GATE_CONNECTION_SPARE places are left, the connection
   that is longest without a session is reset. All sessions may connect at once without that; a crowd of strangers shuts
   nobody out, and each of its connections lasts as long as the crowd needs to fill the places.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_CLIENTS_H
#define SLUICE_GATE_CLIENTS_H

#include "dataplane/gate/state.h"

/* clients_listen opens every door that the site names: TCP, TLS, shared memory.  false: error has why. */
bool clients_listen(struct gate *gate, struct config_error *error);

/* clients_find gives a connection by the stream's number, or NULL. */
struct gate_connection *clients_find(struct gate *gate, uint32_t number);

/* clients_opened and clients_bytes take the stream's events; that one is closed is client_closed's (client.h). */
void clients_opened(struct gate *gate, uint32_t number);
void clients_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes);

/* clients_tick sends heartbeats and drops who is silent, and who has lost messages of its store. */
void clients_tick(struct gate *gate);

/* clients_drop_all lets every client go: the journal has no room for what they would send. */
void clients_drop_all(struct gate *gate);

/* clients_end_all says goodbye to every client, and lets it go: its session is over. */
void clients_end_all(struct gate *gate);

#endif
