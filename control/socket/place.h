/* place.h - one peer of the server: its bytes, its request under way, its answer going out.

     free --accepted--> listening --a request is whole--> serving --answered--> sending --> listening
                            '--end, garbage, flood-----------------------------> closing --> free

   Owner      the server's thread; only server.c and place.c know this struct.
   Invariant  (1) at most one call at a time; the next request is not looked at before its answer is out;
              (2) in_size never exceeds one object and one line of the peer's bounds. */
#ifndef SLUICE_CONTROL_PLACE_H
#define SLUICE_CONTROL_PLACE_H

#include "control/socket/server.h"

enum { DOOR_COUNT = 2 };

/* One peer's place. */
struct place {
	int fd; /* -1: free */
	struct peer peer;
	bool is_reserved, is_at_end, is_closing;
	uint64_t order;      /* rises with each peer: the oldest yields first */
	uint64_t said_ns;    /* when it last sent something */
	uint32_t poll_index; /* 0: not polled (0 is a door) */
	struct framing framing;
	char *in;
	size_t in_size, in_room;
	char *out;
	size_t out_size, out_sent;
	uint64_t out_since_ns;
	struct call *call;
	bool is_stop; /* call is one */
	/* the line whose commands are being served */
	size_t line_size, line_at;
};

struct server {
	char directory[PATH_BYTES];
	struct server_hooks hooks;
	struct server_counts counts;
	int doors[DOOR_COUNT];
	struct place places[PEER_TOTAL_COUNT];
	uint32_t first; /* place the next turn begins with: everybody gets a share */
	uint32_t waiting, working;
	uint64_t order;
};

/* place_free ends a peer: its call, its connection, its bytes. */
void place_free(struct server *server, struct place *place);

/* place_find gives a place for a new peer of a socket, if need be one whose peer is silent; NULL: none. */
struct place *place_find(struct server *server, enum command_socket socket, uint64_t now_ns);

/* place_read takes what the peer sent, within its bounds.  false: the connection is broken. */
bool place_read(struct server *server, struct place *place);

/* place_serve starts at most one request of a peer that has none under way. */
void place_serve(struct server *server, struct place *place);

/* place_asks_to_stop looks whether the next request begins like a stop: such peers are served first. */
bool place_asks_to_stop(const struct place *place);

#endif
