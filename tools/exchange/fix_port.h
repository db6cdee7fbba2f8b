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

#include "tools/exchange/fix_peer.h"

/* fix_port_open makes a user's port speak FIX; the user is named as its SenderCompID, and comp_id is ours. */
struct fix_port *fix_port_open(
	struct desk *desk, uint32_t user, enum fix_version version, const char *comp_id);
void fix_port_close(struct fix_port *port);

/* fix_port_take takes one application message. */
void fix_port_take(struct fix_port *port, const struct fix_message *message);

#endif
