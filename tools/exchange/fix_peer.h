/* fix_peer.h - who speaks FIX at a port: the session, and the names that its orders have there.

   Owner      one thread; fix_port.c hears and fix_report.c tells. */
#ifndef SLUICE_EXCHANGE_FIX_PEER_H
#define SLUICE_EXCHANGE_FIX_PEER_H

#include "dataplane/fix/session.h"
#include "tools/exchange/desk.h"

enum { FIX_NAME_BYTES = 20, FIX_PORT_STORE = 1 << 15 };

/* A ClOrdID that was used. */
struct fix_name {
	char text[FIX_NAME_BYTES + 1];
	uint32_t ref; /* of the order it made; of a cancel: of the order it was about */
	uint32_t ask; /* the order's latest request that waits for an answer: a name, or 0 */
};

struct fix_port {
	struct desk *desk;
	uint32_t user;
	struct fix_session_config config;
	struct fix_session session;
	struct fix_kept *store;
	struct fix_line line;
	struct fix_moment at;
	struct fix_name *names; /* the first is nobody's */
	uint64_t name_count, name_capacity;
	struct refmap by_text, by_ref; /* to the place of a name */
	uint64_t report_count;
};

/* fix_port_name finds a name that made an order; NULL: no order has that number. */
static inline struct fix_name *fix_port_name(struct fix_port *port, uint32_t ref)
{
	uint64_t at;
	return refmap_get(&port->by_ref, ref, &at) ? &port->names[at] : NULL;
}

#endif
