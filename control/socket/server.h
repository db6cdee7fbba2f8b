/* server.h - the doors of control: sockets, peers, requests in turn, answers out.

   One thread, poll(2).  A turn accepts a bounded number of peers, reads what they sent, starts at most
   one request of each - stop commands first - and steps the calls that are under way until the turn's
   time is used up; where it stopped the next turn goes on.  So a flood makes others wait, never the
   heartbeat and never a kill.

     peer      --bytes-->  request  --start-->  call  --step-->  answer  --bytes-->  peer

   The view socket is everybody's, so its peers have a share of the places: whoever may change something finds one
   however many look.  When all ordinary places are taken, further peers of the control socket get a reserved place: it takes
   stop commands only, and the oldest one that has said nothing yields to the newest.

   Owner      control's thread.
   Errors     a peer that sends garbage gets a 9xx answer; one that sends too much at once is closed
              after it; one that does not read its answers is closed when it is slow. */
#ifndef SLUICE_CONTROL_SERVER_H
#define SLUICE_CONTROL_SERVER_H

#include <poll.h>

#include "config/config.h"
#include "control/socket/grammar.h"

enum {
	PEER_COUNT_MAX = 256,        /* ordinary places                                 */
	PEER_VIEWER_COUNT_MAX = 192, /* of these, for the view socket, where anybody may come */
	PEER_RESERVED_COUNT = 32,    /* places for stop commands when the others are taken */
	PEER_TOTAL_COUNT = PEER_COUNT_MAX + PEER_RESERVED_COUNT,
	SERVER_ACCEPT_COUNT = 64,      /* peers accepted in one turn      */
	SERVER_READ_BYTES = 32 * 1024, /* bytes read of a peer in one turn */
	SERVER_STEP_NS = 4 * 1000000,  /* time for calls in one turn      */
	SERVER_IDLE_MS =
		5000, /* a peer silent for so long yields its place when there is no other */
	SERVER_STALL_NS =
		1000000000, /* a peer that takes no byte of its answer for so long is closed */
};

/* Who is at the other end: the kernel's word, not the peer's. */
struct peer {
	uint32_t uid, pid;
	enum command_socket socket;
};

struct call;
enum call_progress { CALL_WAITING, CALL_WORKING, CALL_DONE };

/* What serves requests.  start takes a parsed request over (free it with request_free) and acts at
   once as far as it can; NULL: out of memory.  A refused request comes with its code and sentence
   instead of words.  step goes on for about a millisecond at most; end frees a finished call. */
struct server_hooks {
	void *context;
	struct call *(*start)(void *context, const struct peer *peer, struct request *request,
		enum code code, const char *error);
	enum call_progress (*step)(void *context, struct call *call, uint64_t now_ns);
	const struct answer *(*answer)(const struct call *call);
	void (*end)(void *context, struct call *call);
	/* is_known tells whether a uid has a role: others may not send large bodies. */
	bool (*is_known)(void *context, uint32_t uid);
};

struct server_counts {
	uint64_t accepted, refused, requests, rejected, closed_slow, evicted;
	uint32_t open;
};

struct server;

/* server_open creates <run>/control.sock (0660) and <run>/view.sock (0666).  NULL: error has why;
   another control that answers there is never pushed aside. */
struct server *server_open(
	const char *run_directory, const struct server_hooks *hooks, struct config_error *error);

/* server_polls fills polls (PEER_TOTAL_COUNT + 2 places) and returns how many; *timeout_ms is lowered
   when calls wait (1) or work (0). */
uint32_t server_polls(struct server *server, struct pollfd *polls, int *timeout_ms);

/* server_turn does one bounded turn on what poll found. */
void server_turn(
	struct server *server, const struct pollfd *polls, uint32_t count, uint64_t now_ns);

const struct server_counts *server_counts(const struct server *server);

/* server_close ends all connections and removes the sockets. */
void server_close(struct server *server);

#endif
