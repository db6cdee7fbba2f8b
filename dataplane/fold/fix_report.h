/* fix_report.h - execution reports and cancel rejects of FIX, as they are made: for fix_report.c, which tells the owner of
   an order, and fix_copy.c, which tells who only listens.

   A report is begun, gets ids and what is its own, and is ended: numbered and kept in the session's store.

   Owner      the caller's frame: the message points into the report until it is ended. */
#ifndef SLUICE_FOLD_FIX_REPORT_H
#define SLUICE_FOLD_FIX_REPORT_H

#include "dataplane/fold/dropcopy.h"
#include "dataplane/fold/fix_client.h"
#include "dataplane/fold/fix_exec.h"

enum { TEXT_BYTES_MAX = 160, ID_BYTES_MAX = 2 * FIX_NUMBER_BYTES_MAX };

/* One message to be, and the texts that it points at. */
struct report {
	struct fold *fold;
	struct fix_client *fix;
	uint32_t session;
	uint32_t owner; /* whose names the order has: the session, unless that only listens */
	const struct copy_head *head;  /* NULL, unless it does */
	const struct own_order *order; /* NULL: a refusal that has none */
	const struct ouch_out *said;
	struct fix_message m;
	uint8_t order_id[FIX_NUMBER_BYTES_MAX], exec_id[FIX_EXEC_ID_BYTES];
	uint8_t exec_ref_id[FIX_EXEC_ID_BYTES], text[TEXT_BYTES_MAX];
	uint8_t id[ID_BYTES_MAX], original_id[ID_BYTES_MAX], venue_id[FIX_NUMBER_BYTES_MAX];
	uint8_t account[FIX_NUMBER_BYTES_MAX];
	char symbol[9];
	uint32_t text_bytes;
};

/* fix_report_begin fills what every execution report has; type as 4.4 names it. */
void fix_report_begin(struct report *r, uint8_t type, uint8_t status);
void fix_report_end(struct report *r);

/* fix_report_id sets ClOrdID or OrigClOrdID to what the owner calls its number; fix_report_link gives the number that stands for
   a cancel of it, or 0. */
void fix_report_id(struct report *r, enum fix_tag tag, uint32_t ref);
uint32_t fix_report_link(const struct report *r, uint32_t ref);

/* fix_report_text adds words to Text; what finds no room is left out. */
void fix_report_text(struct report *r, const char *words);

/* fix_report_why says in Text why something was refused, fix_report_reason as OrdRejReason (103). */
void fix_report_why(struct report *r);
uint64_t fix_report_reason(const struct report *r);

/* fix_report_cancel_reject ends a 35=9 that answers F or G; the order stays as it was. */
void fix_report_cancel_reject(struct report *r, bool is_replace, uint64_t reason);

/* fix_report_status answers an OrderStatusRequest (35=H). */
void fix_report_status(struct fold *fold, uint32_t session, const struct own_order *order);

/* fix_report_refuse_cancel answers a cancel or replace that names nothing: 35=9 with CxlRejReason. */
void fix_report_refuse_cancel(
	struct fold *fold, uint32_t session, const struct own_order *order, uint64_t reason);

/* fix_report_out is the rows' client_out (protocol.h): the report is kept in the session's store, under its own number, so there
   is nothing left to send: 0. */
uint32_t fix_report_out(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message, uint8_t *out, uint32_t out_bytes);

/* fix_report_answer tells what the gate or the venue said of the order. */
void fix_report_answer(struct report *r);

#endif
