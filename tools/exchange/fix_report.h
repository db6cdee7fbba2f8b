/* fix_report.h - what a FIX port says of an order: execution reports and cancel rejects (fix_port.h).

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_FIX_REPORT_H
#define SLUICE_EXCHANGE_FIX_REPORT_H

#include "tools/exchange/fix_peer.h"

/* fix_port_tell tells what became of an order of `of`; a desk_ear. */
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
