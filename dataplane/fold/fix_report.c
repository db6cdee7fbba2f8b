#include "dataplane/fold/fix_report.h"

static bool is_42(const struct report *r)
{
	return r->fix->config.version == FIX_42;
}

void fix_report_text(struct report *r, const char *words)
{
	while (*words != '\0' && r->text_bytes < TEXT_BYTES_MAX)
		r->text[r->text_bytes++] = (uint8_t)*words++;
}

static void fix_report_text_number(struct report *r, uint64_t number)
{
	uint8_t digits[FIX_NUMBER_BYTES_MAX + 1];
	digits[fix_write_number(digits, number)] = '\0';
	fix_report_text(r, (const char *)digits);
}

static void text_set(struct report *r)
{
	if (r->text_bytes > 0)
		fix_set_text(&r->m, FIX_TEXT, r->text, r->text_bytes);
}

/* An execution is named by its match and the order that it was of, so that a bust can name it again; all else is counted. */
static struct fix_exec exec_of(const struct report *r)
{
	uint64_t reference = r->said->order_reference;
	return (struct fix_exec){
		.match = r->said->match, .order_id = reference != 0 ? reference : r->order->id};
}

/* A side that is none is told as it was said; to who only listens, and did not say it, as undisclosed. */
static uint8_t side_write(const struct report *r)
{
	switch (r->order != NULL ? r->order->wire_side : r->said->side) {
	case 'B':
		return '1';
	case 'S':
		return '2';
	case 'T':
		return '5';
	case 'E':
		return '6';
	default:
		return r->fix->request.side != 0 ? r->fix->request.side : '7';
	}
}

/* OrderQty: what is open and what stands. */
static uint32_t size_of(const struct own_order *order)
{
	return order->qty - order_restated(order);
}

/* Nothing is open: filled, unless a bust, or a cancel, left less than the size. */
static uint8_t status_over(const struct own_order *order)
{
	return order->standing_qty != 0 && order->standing_qty >= size_of(order) ? '2' : '4';
}

static uint8_t status_of(const struct own_order *order)
{
	if (order->open_qty == 0)
		return status_over(order);
	if (order->flags & ORDER_PENDING_CANCEL)
		return '6';
	return order->standing_qty != 0 ? '1' : '0';
}

/* The value of the executions that stand over their count, cut behind the eighth decimal. */
static int64_t average_e8(const struct own_order *order)
{
	if (order->standing_qty == 0 || order->executed_value_e4 == INT64_MAX)
		return 0;
	uint64_t value_e4 = (uint64_t)order->executed_value_e4, qty = order->standing_qty;
	uint64_t whole = value_e4 / qty, rest = value_e4 % qty;
	return (int64_t)(whole * 10000 + rest * 10000 / qty);
}

uint32_t fix_report_link(const struct report *r, uint32_t ref)
{
	return ids_text(&r->fold->ids, (uint16_t)r->owner, ref)->link;
}

/* An owner whose protocol has no texts has a number, and with more than one channel that too. */
static void set_number_id(struct report *r, enum fix_tag tag, uint32_t ref)
{
	uint8_t *out = tag == FIX_CL_ORD_ID ? r->id : r->original_id;
	uint32_t size = fix_write_number(out, ref);
	if (r->order != NULL && r->order->client_index != 0) {
		out[size++] = '.';
		size += fix_write_number(out + size, r->order->client_index);
	}
	fix_set_text(&r->m, tag, out, size);
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Who speaks FIX has ids that FIX can write; another owner's may be any bytes, spaces behind them, and what is no text goes
   by its number.  Returns how many bytes are written; 0: by its number. */
static uint32_t written_bytes(const struct report *r, const struct id *id)
{
	uint32_t size = id->size_bytes;
	if (r->head == NULL)
		return size;
	while (size > 0 && id->text[size - 1] == ' ')
		size--;
	for (uint32_t i = 0; i < size; i++) {
		if (!is_printable(id->text[i]))
			return 0;
	}
	return size;
}

void fix_report_id(struct report *r, enum fix_tag tag, uint32_t ref)
{
	const struct id *id = ids_text(&r->fold->ids, (uint16_t)r->owner, ref);
	uint32_t size = written_bytes(r, id);
	if (size > 0)
		fix_set_text(&r->m, tag, id->text, size);
	else if (r->head != NULL)
		set_number_id(r, tag, ref);
}

/* A request is answered at once at most once: what the venue says later of the same order is another's answer. */
static void set_request_ids(struct report *r)
{
	struct fix_request *request = &r->fix->request;
	request->type = FIX_MSG_UNKNOWN;
	fix_set_text(&r->m, FIX_CL_ORD_ID, request->id, request->id_bytes);
	if (request->original_bytes > 0)
		fix_set_text(&r->m, FIX_ORIG_CL_ORD_ID, request->original, request->original_bytes);
}

static void set_order_id(struct report *r)
{
	if (r->order == NULL)
		fix_set_text(&r->m, FIX_ORDER_ID, "NONE", 4);
	else
		fix_set_text(&r->m, FIX_ORDER_ID, r->order_id,
			fix_write_number(r->order_id, r->order->id));
}

static void set_symbol(struct report *r)
{
	uint64_t name = r->said->symbol;
	if (r->order != NULL && r->order->symbol < r->fold->site->symbol_count)
		name = r->fold->site->symbols[r->order->symbol].name;
	if (name != 0)
		symbol_unpack(name, r->symbol);
	for (char *c = r->symbol; *c != '\0'; c++)
		*c = is_printable(*c) ? *c : '?';
	if (r->symbol[0] == '\0') /* refused because it was none: the tag must be there */
		memcpy(r->symbol, "?", 2);
	fix_set_text(&r->m, FIX_SYMBOL, r->symbol, (uint32_t)strlen(r->symbol));
}

void fix_report_begin(struct report *r, uint8_t type, uint8_t status)
{
	const struct own_order *order = r->order;
	fix_begin_type(&r->m, (enum fix_version)r->fix->config.version, FIX_MSG_EXECUTION_REPORT);
	set_order_id(r);
	fix_set_text(&r->m, FIX_EXEC_ID, r->exec_id,
		type == 'F' ? fix_exec_name(r->exec_id, exec_of(r))
			    : fix_exec_count(r->exec_id, r->fix));
	if (is_42(r)) {
		fix_set_number(&r->m, FIX_EXEC_TRANS_TYPE, '0');
		if (type == 'F')
			type = status == '2' ? '2' : '1';
	}
	fix_set_number(&r->m, FIX_EXEC_TYPE, type);
	fix_set_number(&r->m, FIX_ORD_STATUS, status);
	set_symbol(r);
	fix_set_number(&r->m, FIX_SIDE, side_write(r));
	uint32_t qty = order != NULL ? size_of(order) : r->said->qty;
	if (qty != 0)
		fix_set_number(&r->m, FIX_ORDER_QTY, qty);
	if (order != NULL && order->price_e4 > 0)
		fix_set_decimal(&r->m, FIX_PRICE, order->price_e4);
	bool is_dead = order == NULL || status == '8' || status == '4';
	fix_set_number(&r->m, FIX_LEAVES_QTY, is_dead ? 0 : order->open_qty);
	fix_set_number(&r->m, FIX_CUM_QTY, order == NULL ? 0 : order->standing_qty);
	fix_set_decimal(&r->m, FIX_AVG_PX, order == NULL ? 0 : average_e8(order));
	fix_set_number(&r->m, FIX_TRANSACT_TIME, r->fold->turn.wall_ns);
}

/* The market that executed it, or that it was sent to: where a firm has several venues nothing else tells. */
static void set_market(struct report *r)
{
	const struct site_config *site = r->fold->site;
	for (uint32_t i = 0; r->head->venue != 0 && i < site->venue_count; i++) {
		const char *name = site->venues[i].name;
		if (site->venues[i].session_id == r->head->venue)
			fix_set_text(&r->m, FIX_LAST_MKT, name, (uint32_t)strlen(name));
	}
	if (!is_42(r))
		fix_set_number(&r->m, FIX_COPY_MSG_INDICATOR, true);
}

/* Whose the order is: who only listens hears of many. */
static void set_whose(struct report *r)
{
	if (r->head->account != 0)
		fix_set_text(&r->m, FIX_ACCOUNT, r->account,
			fix_write_number(r->account, r->head->account));
	if (r->head->venue_ref != 0)
		fix_set_text(&r->m, FIX_SECONDARY_ORDER_ID, r->venue_id,
			fix_write_number(r->venue_id, r->head->venue_ref));
	if (r->m.type == FIX_MSG_EXECUTION_REPORT)
		set_market(r);
	fix_report_text(r, r->text_bytes > 0 ? " [session " : "[session ");
	fix_report_text_number(r, r->head->session);
	fix_report_text(r, " strategy ");
	fix_report_text_number(r, r->head->strategy);
	fix_report_text(r, "]");
}

void fix_report_end(struct report *r)
{
	if (r->head != NULL)
		set_whose(r);
	text_set(r);
	fix_client_keep(r->fold, r->session, &r->m);
}

/* --- refusals --- */

void fix_report_why(struct report *r)
{
	uint32_t lane = r->said->lane;
	if (lane != 0) {
		fix_report_text(r, lane_rows[lane - 1].name);
		fix_report_text(r, ": ");
		fix_report_text(r, lane_rows[lane - 1].sentence);
		return;
	}
	fix_report_text(r, "refused by the venue, reason ");
	fix_report_text_number(r, r->said->reject_code);
}

uint64_t fix_report_reason(const struct report *r)
{
	uint64_t other = is_42(r) ? 0 : 99;
	switch (r->said->lane - 1) {
	case LANE_UNKNOWN_SYMBOL:
		return 1;
	case LANE_DUPLICATE_ID:
		return 6;
	case LANE_UNKNOWN_ACCOUNT:
		return is_42(r) ? 0 : 15;
	case LANE_NOT_SUPPORTED:
		return is_42(r) ? 0 : 11;
	case LANE_HALTED:
	case LANE_MARKET_STATE:
		return 2;
	case LANE_MAX_ORDER_QUANTITY:
	case LANE_MAX_ORDER_VALUE:
	case LANE_SLICING:
	case LANE_PARENT:
	case LANE_POSITION_LONG:
	case LANE_POSITION_SHORT:
	case LANE_OPEN_BUY_VALUE:
	case LANE_OPEN_SELL_VALUE:
		return 3;
	default:
		return other;
	}
}

void fix_report_cancel_reject(struct report *r, bool is_replace, uint64_t reason)
{
	const struct own_order *order = r->order;
	set_order_id(r);
	fix_set_number(&r->m, FIX_ORD_STATUS, order == NULL ? '8' : status_of(order));
	fix_set_number(&r->m, FIX_CXL_REJ_RESPONSE_TO, is_replace ? '2' : '1');
	fix_set_number(&r->m, FIX_CXL_REJ_REASON, reason);
	fix_set_number(&r->m, FIX_TRANSACT_TIME, r->fold->turn.wall_ns);
	fix_report_end(r);
}

/* The order that a refused replace left as it was. */
static const struct own_order *original_of(const struct report *r)
{
	const struct own_order *order = r->order;
	bool is_replacement = order != NULL && (order->flags & ORDER_IS_REPLACE) != 0 &&
			      order->original != ORDER_NONE;
	return is_replacement ? &r->fold->orders.slots[order->original] : order;
}

static void report_reject(struct report *r)
{
	const struct fix_request *request = &r->fix->request;
	bool is_order = request->type == FIX_MSG_NEW_ORDER || request->type == FIX_MSG_REPLACE;
	bool is_request = r->head == NULL && is_order && request->ref == r->said->ref;
	bool is_replace = is_request
				  ? request->type == FIX_MSG_REPLACE
				  : r->order != NULL && (r->order->flags & ORDER_IS_REPLACE) != 0;
	const struct own_order *original = is_replace ? original_of(r) : NULL;
	/* OUCH has no word for it, so it comes without a reason (tell.h). */
	bool is_late = original != NULL && original->open_qty == 0;
	if (is_late)
		fix_report_text(r, "the order was over before its replace");
	else
		fix_report_why(r);
	if (!is_replace) {
		fix_report_begin(r, '8', '8');
		if (is_request)
			set_request_ids(r);
		else
			fix_report_id(r, FIX_CL_ORD_ID, r->said->ref);
		fix_set_number(&r->m, FIX_ORD_REJ_REASON, fix_report_reason(r));
		fix_report_end(r);
		return;
	}
	fix_begin_type(&r->m, (enum fix_version)r->fix->config.version, FIX_MSG_CANCEL_REJECT);
	if (is_request) {
		set_request_ids(r);
	} else {
		fix_report_id(r, FIX_CL_ORD_ID, r->said->ref);
		fix_report_id(r, FIX_ORIG_CL_ORD_ID, original->client_ref);
	}
	r->order = original;
	fix_report_cancel_reject(r, true, original == NULL ? 1 : is_late ? 0 : 2);
}

/* A cancel that was not done: by its own name if that is known, else by the newest of the order. */
static void report_cancel_refused(struct report *r)
{
	const struct fix_request *request = &r->fix->request;
	uint32_t link = fix_report_link(r, r->said->ref);
	bool is_request =
		r->head == NULL && request->type == FIX_MSG_CANCEL && request->ref == r->said->ref;
	if (r->head == NULL && !is_request && link == 0)
		return; /* the gate asked, by itself or for a person; or again */
	fix_begin_type(&r->m, (enum fix_version)r->fix->config.version, FIX_MSG_CANCEL_REJECT);
	if (is_request) {
		set_request_ids(r);
	} else {
		fix_report_id(r, FIX_CL_ORD_ID, link != 0 ? link : r->said->ref);
		fix_report_id(r, FIX_ORIG_CL_ORD_ID, r->said->ref);
	}
	bool is_over = r->order != NULL && r->order->open_qty == 0;
	bool is_pending = r->order != NULL && (r->order->flags & ORDER_PENDING_CANCEL) != 0;
	fix_report_text(r, r->order == NULL ? "the order is not open"
			   : is_over        ? "the order was over before its cancel"
			   : is_pending     ? "a cancel of it is under way"
					    : "the cancel was not taken: no token, or no venue");
	fix_report_cancel_reject(r, false, r->order == NULL ? 1 : is_over ? 0 : is_pending ? 3 : 2);
}

void fix_report_refuse_cancel(
	struct fold *fold, uint32_t session, const struct own_order *order, uint64_t reason)
{
	static const struct ouch_out nothing = {.type = 'I'};
	struct report r = {.fold = fold,
		.fix = fix_client_of(fold, session),
		.session = session,
		.owner = session,
		.order = order,
		.said = &nothing};
	fix_begin_type(&r.m, (enum fix_version)r.fix->config.version, FIX_MSG_CANCEL_REJECT);
	set_request_ids(&r);
	fix_report_text(&r, "the id of this request was used before");
	fix_report_cancel_reject(&r, false, reason);
}

/* --- what happened --- */

static void report_plain(struct report *r, uint8_t type, uint8_t status)
{
	fix_report_begin(r, type, status);
	fix_report_id(r, FIX_CL_ORD_ID, r->order->client_ref);
	fix_report_end(r);
}

static void report_execution(struct report *r)
{
	bool is_over = r->order->open_qty == 0;
	fix_report_begin(r, 'F', is_over ? status_over(r->order) : '1');
	fix_report_id(r, FIX_CL_ORD_ID, r->order->client_ref);
	fix_set_number(&r->m, FIX_LAST_QTY, r->said->qty);
	fix_set_decimal(&r->m, FIX_LAST_PX,
		saturating_multiply((int64_t)(r->said->price_e4 & INT64_MAX), 10000));
	fix_report_end(r);
}

/* A cancel that the client asked for is told under the cancel's own name. */
static void report_reduced(struct report *r)
{
	const struct own_order *order = r->order;
	bool is_gone = order->open_qty == 0;
	uint32_t link = fix_report_link(r, order->client_ref);
	bool is_asked = is_gone && link != 0;
	fix_report_begin(r, is_gone ? '4' : 'D', is_gone ? '4' : status_of(order));
	fix_report_id(r, FIX_CL_ORD_ID, is_asked ? link : order->client_ref);
	if (is_asked)
		fix_report_id(r, FIX_ORIG_CL_ORD_ID, order->client_ref);
	if (!is_gone)
		fix_set_number(&r->m, FIX_EXEC_RESTATEMENT_REASON, 5);
	fix_report_end(r);
}

static void report_replaced(struct report *r)
{
	fix_report_begin(r, '5', status_of(r->order));
	fix_report_id(r, FIX_CL_ORD_ID, r->order->client_ref);
	fix_report_id(r, FIX_ORIG_CL_ORD_ID, r->said->original_ref);
	fix_report_end(r);
}

/* A bust or a correction names the report that told its trade last. */
static void report_changed_trade(struct report *r, bool is_bust)
{
	uint32_t size = fix_exec_ref(r->exec_ref_id, r->fix, exec_of(r));
	fix_report_begin(r, is_bust ? 'H' : 'G', status_of(r->order));
	fix_exec_changed(r->fix, exec_of(r), is_bust);
	if (is_42(r)) {
		fix_set_number(&r->m, FIX_EXEC_TRANS_TYPE, is_bust ? '1' : '2');
		fix_set_number(&r->m, FIX_EXEC_TYPE, status_of(r->order));
	}
	fix_report_id(r, FIX_CL_ORD_ID, r->order->client_ref);
	fix_set_text(&r->m, FIX_EXEC_REF_ID, r->exec_ref_id, size);
	if (!is_bust) {
		fix_set_number(&r->m, FIX_LAST_QTY, r->said->qty);
		fix_set_decimal(&r->m, FIX_LAST_PX,
			saturating_multiply((int64_t)(r->said->price_e4 & INT64_MAX), 10000));
	}
	fix_report_text(
		r, is_bust ? "the venue broke this trade" : "the venue corrected this trade");
	if (r->order->qty == 0)
		fix_report_text(r, "; what stands of its order is no longer known");
	fix_report_end(r);
}

void fix_report_status(struct fold *fold, uint32_t session, const struct own_order *order)
{
	static const struct ouch_out nothing = {.type = 'Q'};
	struct report r = {.fold = fold,
		.fix = fix_client_of(fold, session),
		.session = session,
		.owner = session,
		.order = order,
		.said = &nothing};
	fix_report_begin(&r, is_42(&r) ? status_of(order) : 'I', status_of(order));
	if (is_42(&r))
		fix_set_number(&r.m, FIX_EXEC_TRANS_TYPE, '3');
	fix_report_id(&r, FIX_CL_ORD_ID, order->client_ref);
	fix_report_end(&r);
}

void fix_report_answer(struct report *r)
{
	uint8_t type = r->said->type;
	if (type == 'J')
		report_reject(r);
	else if (type == 'I')
		report_cancel_refused(r);
	else if (r->order == NULL)
		return;
	else if (type == 'E')
		report_execution(r);
	else if (type == 'B' || type == 'F')
		report_changed_trade(r, type == 'B');
	else if (type == 'A')
		report_plain(r, r->said->order_state == 'D' ? '4' : '0',
			r->said->order_state == 'D' ? '4' : '0');
	else if (type == 'U')
		report_replaced(r);
	else if (type == 'P')
		report_plain(r, '6', '6');
	else
		report_reduced(r); /* C D, and what the venue changed by itself: M T R */
}

uint32_t fix_report_out(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message, uint8_t *out, uint32_t out_bytes)
{
	struct report r = {.fold = fold,
		.fix = fix_client_of(fold, session),
		.session = session,
		.owner = session,
		.order = order,
		.said = message};
	(void)out, (void)out_bytes; /* it is kept in the session's store, under its own number */
	fix_report_answer(&r);
	return 0;
}
