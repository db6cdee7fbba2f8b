/* report_rows.h - orders and sessions as rows of an answer (report.h).

   Owner      the gate stage. */
#ifndef SLUICE_GATE_REPORT_ROWS_H
#define SLUICE_GATE_REPORT_ROWS_H

#include "dataplane/gate/state.h"

/* report_orders tells open orders, report_sessions clients and then venues; a page is as many as an answer holds, and its
   cursor says where to go on. */
void report_orders(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer);
void report_sessions(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer);

#endif
