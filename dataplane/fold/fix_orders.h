/* fix_orders.h - FIX 4.2 and 4.4 as rows of the protocol table: a strategy's orders in, reports out.

   The session's machine (fix/session.h) takes what is its own; what is left is an order of ours in other words.
   ClOrdIDs are text and kept in the fold's ids: a number stands for each, new orders and replaces in the row in
   which OUCH would number them, cancels too, because a report of a cancel names the request.

   What is told of an order comes from the order as it stands: LeavesQty and CumQty are its own, AvgPx is the value
   of its executions over their count, cut behind the eighth decimal.  A refusal names its control: Text is
   the lane's name and sentence.

   Nothing that would change an order's meaning is passed over: a tag we do not know, a type of order, a time in
   force or an instruction that cannot be judged makes it NOT_SUPPORTED.  An order that comes late, as a
   possible duplicate after a gap, is refused too: its moment is over.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_ORDERS_H
#define SLUICE_FOLD_FIX_ORDERS_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"
#include "dataplane/orders/ids.h"

/* The newest request of a client, as it named things: an answer at once may have no order to ask. */
struct fix_request {
	uint32_t ref; /* what stands for it; of a cancel, the order's */
	uint8_t type; /* enum fix_type */
	uint8_t side;
	uint8_t id_bytes, original_bytes;
	char id[ID_TEXT_BYTES], original[ID_TEXT_BYTES];
};

struct fix_client {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_request request;
	uint64_t exec_count; /* reports without an execution, numbered */
};

/* fix_client_of gives a FIX session's state. */
static inline struct fix_client *fix_client_of(const struct fold *fold, uint32_t session)
{
	return fold->clients[session].own;
}

/* The functions of the rows (protocol.h). */
void fix_orders_open(struct fold *fold, uint32_t session);
void fix_orders_close(struct fold *fold, uint32_t session);
void fix_orders_write(const struct fold *fold, uint32_t session,
	void (*add)(void *context, const void *bytes, size_t size), void *context);
enum protocol_verdict fix_orders_in(struct fold *fold, uint32_t session, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_in *in);
uint32_t fix_orders_out(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message, uint8_t *out, uint32_t out_bytes);
uint32_t fix_orders_symbol(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);
void fix_orders_changed(struct fold *fold, const struct session_record *record);
uint64_t fix_orders_due_ns(const struct fold *fold, uint32_t session);

/* What a session that only listens is told (dropcopy.h): execution reports and cancel rejects as the owner gets them, with
   the firm's number of the order (37), the venue's (198), the account (1) and in Text whose it is; and of what was decided
   and passed, Pending New, Pending Replace or Pending Cancel.  A ClOrdID is the owner's own text; an owner of OUCH
   has a number, written so, and behind a point its channel where that is not 0. */
void fix_copy_out(struct fold *fold, uint32_t session, const struct copy_told *told);

/* fix_logon_pack puts what the session needs of a Logon into the record of a client that logs in. */
void fix_logon_pack(struct session_record *record, const struct fix_logon *logon);

/* --- for fix_report.c --- */

struct fix_moment fix_orders_moment(const struct fold *fold);

/* fix_orders_keep numbers a message for a client and lets the stage know. */
void fix_orders_keep(struct fold *fold, uint32_t session, const struct fix_message *message);

/* fix_report_status answers an OrderStatusRequest (35=H). */
void fix_report_status(struct fold *fold, uint32_t session, const struct own_order *order);

/* fix_report_refuse_cancel answers a cancel or replace that names nothing: 35=9 with CxlRejReason. */
void fix_report_refuse_cancel(
	struct fold *fold, uint32_t session, const struct own_order *order, uint64_t reason);

#endif
