#include "tools/exchange/fix_report.h"

#include <stdio.h>

/* A report under way, and the texts it points at. */
struct report {
	struct fix_port *port;
	struct fix_message message;
	char order_id[24], exec_id[32], exec_ref[32], match[24], text[64], name[24], original[24],
		symbol[9];
};

static void set_text(struct report *r, enum fix_tag tag, const char *text)
{
	if (text[0] != '\0')
		fix_set_text(&r->message, tag, text, (uint32_t)strlen(text));
}

static void report_begin(struct report *r, struct fix_port *port, enum fix_type type)
{
	memset(r, 0, sizeof *r);
	r->port = port;
	fix_begin_type(&r->message, (enum fix_version)port->config.version, type);
	fix_set_number(&r->message, FIX_TRANSACT_TIME, port->at.wall_ns);
}

static void report_send(struct report *r)
{
	uint64_t number =
		fix_session_send(&r->port->session, &r->message, KEPT_AGAIN, 0, r->port->at);
	CHECK(number != 0);
}

static bool is_42(const struct report *r)
{
	return r->port->config.version == FIX_42;
}

/* standing gives CumQty: what the chain of an order executed, and was not busted. */
static uint32_t standing(const struct desk_order *order)
{
	return order->executed_before + order->executed - order->busted;
}

/* size_of gives OrderQty: what is open and what stands; of an order that is over, what it was then. */
static uint32_t size_of(const struct desk_order *order)
{
	return order->qty + order->executed_before - order->gone;
}

/* status_of gives OrdStatus of an order as it stands.  A filled one of which something broke is not open again for it
   (OUCH 5.0, section 6): it is canceled for the rest. */
static char status_of(const struct desk_order *order)
{
	switch (order->state) {
	case DESK_FILLED:
		return standing(order) >= size_of(order) ? '2' : '4';
	case DESK_CANCELED:
		return '4';
	case DESK_REJECTED:
		return '8';
	case DESK_REPLACED:
		return '5';
	default:
		return standing(order) > 0 ? '1' : '0';
	}
}

/* report_order fills what every report says of its order. */
static void report_order(struct report *r, const struct desk_order *order)
{
	uint64_t executed = standing(order);
	int64_t average_e8 = executed > 0 ? (int64_t)(order->notional_e4 / executed) * 10000 : 0;
	memcpy(r->symbol, &order->symbol, 8);
	r->symbol[strcspn(r->symbol, " ")] = '\0';
	set_text(r, FIX_SYMBOL, r->symbol);
	static const char sides[128] = {['B'] = '1', ['S'] = '2', ['T'] = '5', ['E'] = '6'};
	/* A refused order may have one that is none: as it was said (fix_port.c). */
	char side = sides[order->side & 127];
	fix_set_number(&r->message, FIX_SIDE, (uint64_t)(side != 0 ? side : order->side));
	fix_set_number(&r->message, FIX_ORDER_QTY, size_of(order));
	fix_set_number(&r->message, FIX_ORD_TYPE, '2');
	fix_set_decimal(&r->message, FIX_PRICE, (int64_t)order->price_e4);
	fix_set_number(&r->message, FIX_TIME_IN_FORCE, order->time_in_force == '3' ? '3' : '0');
	fix_set_number(&r->message, FIX_LEAVES_QTY, order->open);
	fix_set_number(&r->message, FIX_CUM_QTY, executed);
	fix_set_decimal(&r->message, FIX_AVG_PX, average_e8);
}

/* report_names fills 11, 41 and 37: the order's own name, or of an answered request its name and the order's. */
static void report_names(struct report *r, const struct desk_user *of,
	const struct desk_order *order, bool is_answer)
{
	struct fix_port *theirs = of->ear_context;
	struct fix_name *name = theirs != NULL ? fix_port_name(theirs, order->ref) : NULL;
	snprintf(r->order_id, sizeof r->order_id, "%llu", (unsigned long long)order->reference);
	set_text(r, FIX_ORDER_ID, order->reference != 0 ? r->order_id : "NONE");
	if (name == NULL) { /* a port that speaks no FIX */
		snprintf(r->name, sizeof r->name, "%.14s", order->clordid);
		for (size_t used = strlen(r->name); used > 0 && r->name[used - 1] == ' ';)
			r->name[--used] = '\0';
		set_text(r, FIX_CL_ORD_ID, r->name);
		return;
	}
	snprintf(r->name, sizeof r->name, "%s", name->text);
	if (is_answer && name->ask != 0) {
		snprintf(r->original, sizeof r->original, "%s", name->text);
		snprintf(r->name, sizeof r->name, "%s", theirs->names[name->ask].text);
		set_text(r, FIX_ORIG_CL_ORD_ID, r->original);
		if (theirs == r->port)
			name->ask = 0;
	}
	set_text(r, FIX_CL_ORD_ID, r->name);
}

static void report_kind(struct report *r, char trans, char type, char status)
{
	if (r->exec_id[0] == '\0')
		snprintf(r->exec_id, sizeof r->exec_id, "E%llu",
			(unsigned long long)++r->port->report_count);
	set_text(r, FIX_EXEC_ID, r->exec_id);
	if (is_42(r))
		fix_set_number(&r->message, FIX_EXEC_TRANS_TYPE, (uint64_t)trans);
	else if (status == '5') /* 4.4 has no such status: a replaced order is as its heir */
		status = '0';
	fix_set_number(&r->message, FIX_EXEC_TYPE, (uint64_t)type);
	fix_set_number(&r->message, FIX_ORD_STATUS, (uint64_t)status);
}

/* report_trade fills a fill, or what became of one: it is named by its match number and whose it was.  status: as its order stands,
   or what that has become. */
static void report_trade(struct report *r, const struct ouch_out *message,
	const struct desk_order *order, char status)
{
	const struct ledger_row *row = ledger_of_match(&r->port->desk->ledger, message->match);
	uint8_t liquidity = message->type == 'E' ? message->code : message->liquidity;
	bool is_fill = message->type == 'E';
	uint64_t price_e4 = is_fill || row == NULL ? message->price_e4 : (uint64_t)row->price_e4;
	uint32_t qty = message->qty != 0 || row == NULL ? message->qty : row->qty;
	snprintf(is_fill ? r->exec_id : r->exec_ref, sizeof r->exec_id, "T%llu-%llu",
		(unsigned long long)message->match, (unsigned long long)order->reference);
	if (!is_fill)
		set_text(r, FIX_EXEC_REF_ID, r->exec_ref);
	snprintf(r->match, sizeof r->match, "%llu", (unsigned long long)message->match);
	set_text(r, FIX_TRD_MATCH_ID, r->match);
	fix_set_number(&r->message, FIX_LAST_QTY, qty);
	fix_set_decimal(&r->message, FIX_LAST_PX, (int64_t)price_e4 * 10000);
	if (!is_42(r) && liquidity != 0)
		fix_set_number(&r->message, FIX_LAST_LIQUIDITY, liquidity == 'R' ? 2 : 1);
	if (is_fill)
		report_kind(r, '0', is_42(r) ? status : 'F', status);
	else if (message->type == 'B')
		report_kind(r, '1', is_42(r) ? status : 'H', status);
	else
		report_kind(r, '2', is_42(r) ? status : 'G', status);
}

static void report_reject(
	struct report *r, const struct ouch_out *message, const struct desk_order *order)
{
	static const struct {
		uint16_t code;
		uint8_t reason;
	} rows[] = {{REJECT_invalid_symbol, 1}, {REJECT_halted, 2}, {REJECT_destination_closed, 2},
		{REJECT_shares_above_threshold, 3}, {REJECT_above_maximum_notional, 3}};
	uint64_t reason = 0;
	(void)order;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].code == message->reject_code)
			reason = rows[i].reason;
	fix_set_number(&r->message, FIX_ORD_REJ_REASON, reason);
	snprintf(r->text, sizeof r->text, "0x%04X %s", message->reject_code,
		reason_name(REASON_REJECT, message->reject_code));
	set_text(r, FIX_TEXT, r->text);
	report_kind(r, '0', '8', '8');
}

static void report_dispatch(
	struct report *r, const struct ouch_out *message, const struct desk_order *order)
{
	switch (message->type) {
	case 'A':
		report_kind(r, '0', message->order_state == 'D' ? '4' : '0',
			message->order_state == 'D' ? '4' : '0');
		break;
	case 'U':
		report_kind(r, '0', message->order_state == 'D' ? '4' : '5',
			message->order_state == 'D' ? '4'
			: is_42(r)                  ? '5'
						    : status_of(order));
		break;
	case 'P':
		report_kind(r, '0', '6', '6');
		break;
	case 'J':
		report_reject(r, message, order);
		break;
	case 'C':
	case 'D':
		if (order->open == 0) {
			report_kind(r, '0', '4', '4');
			break;
		}
		fix_set_number(&r->message, FIX_EXEC_RESTATEMENT_REASON, 5); /* partial decline */
		report_kind(r, '0', 'D', status_of(order));
		break;
	default: /* R T, a price; M, a wish */
		fix_set_number(
			&r->message, FIX_EXEC_RESTATEMENT_REASON, message->type == 'M' ? 2 : 3);
		report_kind(r, '0', 'D', status_of(order));
	}
}

/* tell_trade tells of a fill under the name of its order, and what became of one under the newest name of the chain. */
static void tell_trade(struct report *r, const struct desk_user *of, const struct ouch_out *message,
	const struct desk_order *order)
{
	const struct desk_order *last = order;
	bool is_later = message->type != 'E' && of->ear_context != NULL;
	while (is_later && last->replaced_by != 0)
		last = desk_order_find(of, last->replaced_by);
	report_names(r, of, last, false);
	report_order(r, last);
	report_trade(r, message, order, status_of(last));
	report_send(r);
}

/* tell_not_done answers a request that the desk did not do: `I` of a cancel, or of whatever code says. */
static void tell_not_done(
	struct fix_port *port, const struct desk_user *of, const struct ouch_out *message)
{
	bool is_replace = message->code == 'U' || message->type == 'J';
	uint32_t ref = message->type == 'J' ? message->original_ref : message->ref;
	struct fix_name *name = fix_port_name(port, ref);
	char text[64] = "too late, or not allowed now", ask[FIX_NAME_BYTES + 1] = "";
	if (name == NULL || name->ask == 0 || of != &port->desk->users[port->user])
		return;
	memcpy(ask, port->names[name->ask].text, sizeof ask);
	name->ask = 0;
	if (message->type == 'J')
		snprintf(text, sizeof text, "0x%04X %s", message->reject_code,
			reason_name(REASON_REJECT, message->reject_code));
	fix_port_cancel_reject(
		port, ask, name->text, name, is_replace, message->type == 'J' ? 2 : 0, text);
}

void fix_port_tell(void *context, const struct desk_user *of, const struct ouch_out *message)
{
	struct fix_port *port = context;
	struct report r;
	const struct desk_order *order = desk_order_find(of, message->ref);
	if (strchr("SXGKQ", message->type) != NULL)
		return;
	if (message->type == 'I' || (message->type == 'J' && order == NULL)) {
		tell_not_done(port, of, message);
		return;
	}
	if (order == NULL)
		return; /* told of nobody's order: FIX has no report without one */
	report_begin(&r, port, FIX_MSG_EXECUTION_REPORT);
	if (message->type == 'E' || message->type == 'B' || message->type == 'F') {
		tell_trade(&r, of, message, order);
		return;
	}
	if (message->type == 'U') {
		const struct desk_order *old = desk_order_find(of, message->original_ref);
		struct fix_port *theirs = of->ear_context;
		struct fix_name *name =
			theirs != NULL && old != NULL ? fix_port_name(theirs, old->ref) : NULL;
		if (old != NULL)
			snprintf(r.original, sizeof r.original, "%.14s", old->clordid);
		r.original[strcspn(r.original, " ")] = '\0';
		if (name != NULL) {
			snprintf(r.original, sizeof r.original, "%s", name->text);
			name->ask = 0;
		}
		set_text(&r, FIX_ORIG_CL_ORD_ID, r.original);
		report_names(&r, of, order, false);
	} else {
		bool is_answer =
			message->type == 'P' || (message->type == 'C' && message->code == 'U');
		report_names(&r, of, order, is_answer);
	}
	report_order(&r, order);
	report_dispatch(&r, message, order);
	report_send(&r);
}

void fix_port_refuse(
	struct fix_port *port, const struct fix_message *message, uint32_t reason, const char *text)
{
	struct report r;
	report_begin(&r, port, FIX_MSG_EXECUTION_REPORT);
	set_text(&r, FIX_ORDER_ID, "NONE");
	fix_set_text(
		&r.message, FIX_CL_ORD_ID, message->cl_ord_id.bytes, message->cl_ord_id.size_bytes);
	fix_set_text(&r.message, FIX_SYMBOL, message->symbol.bytes, message->symbol.size_bytes);
	fix_set_number(&r.message, FIX_SIDE, message->side);
	fix_set_number(&r.message, FIX_LEAVES_QTY, 0);
	fix_set_number(&r.message, FIX_CUM_QTY, 0);
	fix_set_decimal(&r.message, FIX_AVG_PX, 0);
	fix_set_number(&r.message, FIX_ORD_REJ_REASON, reason);
	set_text(&r, FIX_TEXT, text);
	report_kind(&r, '0', '8', '8');
	report_send(&r);
}

/* Rejected, unknown order (103=5): as both versions have it, with the state and not the request refused. */
static void status_unknown(struct fix_port *port, const struct fix_message *message)
{
	struct report r;
	report_begin(&r, port, FIX_MSG_EXECUTION_REPORT);
	set_text(&r, FIX_ORDER_ID, "NONE");
	fix_set_text(
		&r.message, FIX_CL_ORD_ID, message->cl_ord_id.bytes, message->cl_ord_id.size_bytes);
	fix_set_text(&r.message, FIX_SYMBOL, message->symbol.bytes, message->symbol.size_bytes);
	fix_set_number(&r.message, FIX_SIDE, message->side);
	fix_set_number(&r.message, FIX_LEAVES_QTY, 0);
	fix_set_number(&r.message, FIX_CUM_QTY, 0);
	fix_set_decimal(&r.message, FIX_AVG_PX, 0);
	fix_set_number(&r.message, FIX_ORD_REJ_REASON, 5);
	set_text(&r, FIX_TEXT, "no such order");
	snprintf(r.exec_id, sizeof r.exec_id, "0");
	report_kind(&r, '3', is_42(&r) ? '8' : 'I', '8');
	report_send(&r);
}

void fix_port_status(
	struct fix_port *port, const struct fix_message *message, const struct fix_name *name)
{
	struct report r;
	const struct desk_user *user = &port->desk->users[port->user];
	const struct desk_order *order = name != NULL ? desk_order_find(user, name->ref) : NULL;
	if (order == NULL) {
		status_unknown(port, message);
		return;
	}
	report_begin(&r, port, FIX_MSG_EXECUTION_REPORT);
	report_names(&r, user, order, false);
	report_order(&r, order);
	if (is_42(&r)) {
		snprintf(r.exec_id, sizeof r.exec_id, "0");
		report_kind(&r, '3', status_of(order), status_of(order));
	} else {
		report_kind(&r, '3', 'I', status_of(order));
	}
	report_send(&r);
}

void fix_port_cancel_reject(struct fix_port *port, const char *ask, const char *original,
	const struct fix_name *name, bool is_replace, uint32_t reason, const char *text)
{
	struct report r;
	const struct desk_order *order =
		name != NULL ? desk_order_find(&port->desk->users[port->user], name->ref) : NULL;
	report_begin(&r, port, FIX_MSG_CANCEL_REJECT);
	snprintf(r.order_id, sizeof r.order_id, "%llu",
		(unsigned long long)(order != NULL ? order->reference : 0));
	set_text(&r, FIX_ORDER_ID, order != NULL && order->reference != 0 ? r.order_id : "NONE");
	set_text(&r, FIX_CL_ORD_ID, ask);
	set_text(&r, FIX_ORIG_CL_ORD_ID, original);
	char status = order != NULL ? status_of(order) : '8';
	fix_set_number(
		&r.message, FIX_ORD_STATUS, (uint64_t)(status == '5' && !is_42(&r) ? '4' : status));
	fix_set_number(&r.message, FIX_CXL_REJ_RESPONSE_TO, is_replace ? '2' : '1');
	fix_set_number(&r.message, FIX_CXL_REJ_REASON, reason);
	set_text(&r, FIX_TEXT, text);
	report_send(&r);
}
