/* known.h - what a client knows: whom it speaks to, its session, and what became of its orders.

   Owner      one thread; client.c changes it, tell.c reads it. */
#ifndef SLUICE_CLIENT_KNOWN_H
#define SLUICE_CLIENT_KNOWN_H

#include "config/base.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream.h"
#include "tools/client/script.h"

struct client_options {
	char address[PATH_BYTES]; /* numeric IPv4, or the path of a socket: shared memory */
	uint16_t port;
	char user[7], password[11], session[11];
	uint64_t sequence;   /* of the first message wanted; 0: only new ones */
	uint32_t first_ref;  /* 0: ask */
	uint64_t connect_ns; /* keep trying to connect for so long */
	bool is_json, is_quiet;
};

/* What became of one order. */
struct client_order {
	uint64_t sent_ns, answered_ns; /* 0: not yet */
	uint32_t qty, executed, canceled, replaced_by, original;
	uint16_t reject_code;
	bool is_sent, is_accepted, is_rejected, is_replaced, is_replacement;
};

struct client {
	struct client_options options;
	struct stream *stream;
	uint32_t connection; /* CONNECTION_NONE: closed */
	bool is_logged_in, is_numbered;
	char login_reject;
	bool is_close_awaited; /* the script waited for the session's end, and it came */
	int32_t close_error;
	uint32_t base;    /* UserRefNum of the order before the first of this run */
	uint32_t last;    /* the latest order, counted from 1 */
	uint32_t highest; /* the highest number used in this run */
	uint32_t unanswered;
	struct client_order *orders; /* by number of the run */
	uint32_t order_capacity;
	uint64_t sent_ns, start_ns, clordid;
	uint64_t *rtt_ns; /* Enter to its first answer, in order of coming */
	uint64_t rtt_count, rtt_capacity;
	uint64_t entered, replaces, cancels, accepted, rejected, replaced, executions,
		executed_shares, canceled, other;
	uint32_t failures;
	uint32_t used;
	uint8_t bytes[SOUP_PACKET_BYTES_MAX * 2];
};

/* client_order_of finds an order of this run; NULL: never sent. */
static inline const struct client_order *client_order_of(const struct client *c, uint32_t ref)
{
	if (ref == SCRIPT_LAST)
		ref = c->last;
	return ref < c->order_capacity && c->orders[ref].is_sent ? &c->orders[ref] : NULL;
}

#endif
