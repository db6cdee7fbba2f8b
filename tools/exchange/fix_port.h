/* fix_port.h - a port that speaks FIX 4.2 or 4.4: its session, its orders' names, its words for the desk's.

   Behind it is the same desk as behind the ports of OUCH.  What the desk tells goes out as numbered reports, also
   to a peer that is away: it asks for what it missed.  ClOrdIDs have up to 20 characters and are used once; the
   desk knows their orders by numbers.

     D, G, F, H   new order (limit; day or immediate), replace, cancel of the whole rest, status
     8            what becomes of an order; 20 and 39 as each version has them, 17 of a trade is T and its match
                  number, so that a bust (20=1, 150=H) or correction (20=2, 150=G) names it in 19; 880 is the match
                  number alone
     9            a cancel or replace that is not done, also where OUCH is silent
     others       refused by name (35=j)

   A port that hears copies gets the reports of another's orders under their own ClOrdIDs, and its orders are
   refused.

   Owner      one thread.  Source: protocols of FIX 4.2 and 4.4, chapters of order messages. */
#ifndef SLUICE_EXCHANGE_FIX_PORT_H
#define SLUICE_EXCHANGE_FIX_PORT_H

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

/* fix_port_open makes a user's port speak FIX; the user is named as its SenderCompID, and comp_id is ours. */
struct fix_port *fix_port_open(
	struct desk *desk, uint32_t user, enum fix_version version, const char *comp_id);
void fix_port_close(struct fix_port *port);

/* fix_port_take takes one application message. */
void fix_port_take(struct fix_port *port, const struct fix_message *message);

/* fix_port_name finds a name that made an order; NULL: no order has that number. */
static inline struct fix_name *fix_port_name(struct fix_port *port, uint32_t ref)
{
	uint64_t at;
	return refmap_get(&port->by_ref, ref, &at) ? &port->names[at] : NULL;
}

/* fix_port_tell tells what became of an order of `of`; a desk_ear (fix_report.c). */
void fix_port_tell(void *port, const struct desk_user *of, const struct ouch_out *message);

/* fix_port_refuse says that a new order is not even an order: its name was used before, or it asks for what the
   venue does not have. */
void fix_port_refuse(struct fix_port *port, const struct fix_message *message, uint32_t reason,
	const char *text);

/* fix_port_status tells how an order stands; name NULL: unknown. */
void fix_port_status(
	struct fix_port *port, const struct fix_message *message, const struct fix_name *name);

/* fix_port_cancel_reject says that a request is not done; name NULL: no such order. */
void fix_port_cancel_reject(struct fix_port *port, const char *ask, const char *original,
	const struct fix_name *name, bool is_replace, uint32_t reason, const char *text);

#endif
