/* client.h - the strategies' side: a SoupBinTCP 3.0 server per session.

      opened --login accepted--> logged in --bytes, heartbeats--> closed
         |  login refused, 30 s of silence                          ^
         +-----------------------------------------------------------+

   A connection that we end leaves orderly; a peer who does not close its end within a second is reset,
   so nobody holds a place of the stream's for nothing.

   Sequenced messages live in the fold's store, numbered for the journal's life; a client that comes back
   asks from any number and gets the rest.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_CLIENT_H
#define SLUICE_GATE_CLIENT_H

#include "dataplane/gate/gate.h"

/* client_opened, client_bytes, client_closed take the stream's events. */
void client_opened(struct gate *gate, uint32_t number);
void client_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes);
void client_closed(struct gate *gate, struct gate_connection *connection);

/* client_drop_all lets every client go: the journal has no room for what they would send. */
void client_drop_all(struct gate *gate);

/* client_send puts what a session is owed on its stream, as far as there is room.  Nothing goes to a client
   whose store has wrapped: client_tick drops it. */
void client_send(struct gate *gate, uint32_t session);

/* client_tick sends heartbeats and drops who is silent. */
void client_tick(struct gate *gate);

/* client_find gives a connection by the stream's number, or NULL. */
struct gate_connection *client_find(struct gate *gate, uint32_t number);

/* connection_packets cuts a stream's bytes into packets and calls take for each whole one; false: the
   stream is broken and must be closed.  Both sides' sessions use it. */
bool connection_packets(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes,
	bool (*take)(struct gate *gate, struct gate_connection *connection,
		const struct soup_packet *packet));

#endif
