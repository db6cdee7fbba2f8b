#include "dataplane/fold/fix_copy.h"

#include "dataplane/fold/fix_report.h"

static void decision_passed(struct report *r, const struct ouch_in *in)
{
	static const char *const causes[] = {[CANCEL_BY_KILL] = "by a kill",
		[CANCEL_BY_DISCONNECT] = "its session ended",
		[CANCEL_BY_DEAD_MAN] = "its client was silent"};
	uint8_t type = in->type == 'O' ? 'A' : in->type == 'U' ? 'E' : '6';
	uint32_t link = type == '6' ? fix_report_link(r, in->ref) : 0;
	fix_report_begin(r, type, type);
	fix_report_id(r, FIX_CL_ORD_ID, link != 0 ? link : in->ref);
	if (type == 'E' || link != 0)
		fix_report_id(r, FIX_ORIG_CL_ORD_ID, type == 'E' ? in->original_ref : in->ref);
	if (type == '6' && r->head->cause < ARRAY_COUNT(causes) && causes[r->head->cause] != NULL)
		fix_report_text(r, causes[r->head->cause]);
	fix_report_end(r);
}

static void decision_refused(struct report *r, const struct ouch_in *in)
{
	fix_report_why(r);
	if (in->type == 'O') {
		fix_report_begin(r, '8', '8');
		fix_report_id(r, FIX_CL_ORD_ID, in->ref);
		fix_set_number(&r->m, FIX_ORD_REJ_REASON, fix_report_reason(r));
		fix_report_end(r);
		return;
	}
	bool is_replace = in->type == 'U';
	uint32_t link = is_replace ? 0 : fix_report_link(r, in->ref);
	fix_begin_type(&r->m, (enum fix_version)r->fix->config.version, FIX_MSG_CANCEL_REJECT);
	fix_report_id(r, FIX_CL_ORD_ID, link != 0 ? link : in->ref);
	fix_report_id(r, FIX_ORIG_CL_ORD_ID, is_replace ? in->original_ref : in->ref);
	if (is_replace)
		r->order = r->order->original == ORDER_NONE
				   ? NULL
				   : &r->fold->orders.slots[r->order->original];
	fix_report_cancel_reject(r, is_replace, r->order == NULL ? 1 : 2);
}

void fix_copy_out(struct fold *fold, uint32_t session, const struct copy_told *told)
{
	const struct ouch_in *in = told->in;
	const struct ouch_out judged = {.type = 'J',
		.lane = (uint8_t)(told->head.lane + 1),
		.ref = in == NULL ? 0 : in->ref,
		.symbol = in == NULL ? 0 : in->symbol,
		.qty = in == NULL ? 0 : in->qty};
	struct report r = {.fold = fold,
		.fix = fix_client_of(fold, session),
		.session = session,
		.owner = told->head.session,
		.head = &told->head,
		.order = told->order,
		.said = in == NULL ? told->out : &judged};
	if (in == NULL) {
		fix_report_answer(&r);
	} else if (told->head.verdict == COPY_PASSED) {
		decision_passed(&r, in);
	} else {
		decision_refused(&r, in);
	}
}
