/* fix_orders.h - FIX 4.2 and 4.4 as rows of the protocol table: a strategy's orders in, reports out.

   The session's machine (fix/session.h) takes what is its own; what is left is an order of ours in other words.
   ClOrdIDs are text and kept in the fold's ids: a number stands for each, new orders and replaces in the row in
   which OUCH would number them, cancels too, because a report of a cancel names the request.

   What is told of an order comes from the order as it stands: LeavesQty is its own, CumQty and AvgPx are of its executions that
   stand after busts and corrections (standing.h), the value over the count, cut behind the eighth decimal; OrderQty and the
   total of a replace count as they do.  A refusal names its control: Text is
   the lane's name and sentence.

   Nothing that would change an order's meaning is passed over: a tag we do not know, a type of order, a time in
   force or an instruction that cannot be judged makes it NOT_SUPPORTED.  An order that comes late, as a
   possible duplicate after a gap, is refused too: its moment is over.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_ORDERS_H
#define SLUICE_FOLD_FIX_ORDERS_H

#include "dataplane/fold/fix_client.h"

/* The functions of the rows (protocol.h). */
void fix_orders_open(struct fold *fold, uint32_t session);
void fix_orders_close(struct fold *fold, uint32_t session);
void fix_orders_write(const struct fold *fold, uint32_t session,
	void (*add)(void *context, const void *bytes, size_t size), void *context);
enum protocol_verdict fix_orders_in(struct fold *fold, uint32_t session, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_in *in);
uint32_t fix_orders_symbol(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);
void fix_orders_changed(struct fold *fold, const struct session_record *record);
uint64_t fix_orders_due_ns(const struct fold *fold, uint32_t session);

/* Why a Logon that names a session was not taken; in the flags of a GOODBYE to it. */
enum logon_refusal {
	LOGON_TAKEN = 0, /* a goodbye to who is logged in */
	LOGON_OTHER_VERSION = 1,
	LOGON_OTHER_SECRET = 2,
	LOGON_OTHER_TIME = 3,
	LOGON_DAY_CLOSED = 4, /* the next day has not begun */
	LOGON_REFUSAL_COUNT = 5,
};

/* fix_orders_refusal gives what the Logout of one that is turned away says; LOGON_TAKEN: nothing. */
const char *fix_orders_refusal(enum logon_refusal refusal);

/* fix_logon_pack puts what the session needs of a Logon into the record of a client that logs in. */
void fix_logon_pack(struct session_record *record, const struct fix_logon *logon);

#endif
