#include "dataplane/fold/fix_answer.h"

#include "dataplane/fold/fix_status.h"
#include "dataplane/fold/trade.h"

enum { PRICE_OF_RATE = 10000 };

uint32_t fix_answer_order_id(const struct fix_text *name)
{
	uint64_t value = 0;
	uint32_t from = name->size_bytes == CANCEL_NAME_BYTES && name->bytes[0] == 'X' ? 1 : 0;
	if (from == 0 && name->size_bytes != OWN_NAME_BYTES)
		return 0;
	for (uint32_t i = from + 3; i < from + OWN_NAME_BYTES; i++) {
		uint8_t c = name->bytes[i];
		bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'A' && c <= 'F';
		if (!is_digit && !is_letter)
			return 0;
		value = value << 4 | (uint64_t)(is_digit ? c - '0' : c - 'A' + 10);
	}
	return value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* An execution's name as the number that it is found by (FNV-1a); never 0, which would name nothing. */
static uint64_t match_of(const struct fix_text *name)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (uint32_t i = 0; i < name->size_bytes; i++)
		hash = (hash ^ name->bytes[i]) * 0x100000001b3u;
	return hash == 0 ? 1 : hash;
}

static const struct own_order *order_of(const struct fold *fold, uint32_t venue, uint32_t ref)
{
	uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, ref);
	return slot == ORDER_NONE ? NULL : &fold->orders.slots[slot];
}

/* A price of more than four decimals is taken as the worse one: dearer bought, cheaper sold. */
static uint64_t last_price(const struct fix_message *m)
{
	uint64_t price_e8 = m->last_price_e8 > 0 ? (uint64_t)m->last_price_e8 : 0;
	bool is_buy = m->side == '1';
	return price_e8 / PRICE_OF_RATE + (is_buy && price_e8 % PRICE_OF_RATE != 0);
}

static uint8_t side_of(const struct fix_message *m)
{
	switch (m->side) {
	case '1':
		return 'B';
	case '5':
		return 'T';
	case '6':
		return 'E';
	default:
		return 'S';
	}
}

/* Nothing is open, and the venue says why: a replace that asked for no more than was executed meanwhile (FIX 4.2, appendix D11,
   D12), or one that the order's end overtook. */
static bool is_over(const struct fix_message *m)
{
	return m->leaves_qty == 0 && strchr("234C", (int)(m->ord_status & 0x7F)) != NULL;
}

static void read_order(
	const struct fix_message *m, const struct own_order *order, struct ouch_out *out)
{
	char name[9] = {0};
	uint64_t reference = 0;
	out->side = side_of(m);
	out->qty = (uint32_t)m->leaves_qty;
	out->order_state = is_over(m) ? 'D' : 'L';
	if (m->symbol.size_bytes <= 8)
		memcpy(name, m->symbol.bytes, m->symbol.size_bytes);
	out->symbol = symbol_pack(name);
	out->price_e4 = order == NULL ? 0 : (uint64_t)order->price_e4;
	if (fix_has(m, FIX_PRICE))
		out->price_e4 = m->price_e4 > 0 ? (uint64_t)m->price_e4 : 0;
	if (fix_read_number(m->order_id.bytes, m->order_id.size_bytes, &reference) == FIX_NO_REASON)
		out->order_reference = reference;
	memset(out->clordid, ' ', sizeof out->clordid);
	if (m->cl_ord_id.size_bytes == OWN_NAME_BYTES)
		memcpy(out->clordid, m->cl_ord_id.bytes, OWN_NAME_BYTES);
	if (order == NULL)
		return;
	out->time_in_force = order->time_in_force;
	out->display = order->display;
	out->capacity = order->capacity;
	out->iso = order->iso;
	out->cross_type = order->cross_type;
}

/* LastLiquidityInd as OUCH's flag; FIX 4.2 has none, and what is not said is no flag that a venue's fees could name. */
static uint8_t liquidity_of(const struct fix_message *m)
{
	static const char flags[] = {' ', 'A', 'R', 'X'};
	return (uint8_t)(fix_has(m, FIX_LAST_LIQUIDITY) && m->last_liquidity < sizeof flags
				 ? flags[m->last_liquidity]
				 : ' ');
}

/* A trade of nothing, or for nothing, is none that we could book, at first or by a correction. */
static bool read_booking(const struct fix_message *m, struct ouch_out *out)
{
	out->qty = (uint32_t)m->last_qty;
	out->price_e4 = last_price(m);
	return out->qty != 0 && fix_has(m, FIX_LAST_PX);
}

static enum protocol_verdict read_trade(const struct fix_message *m, struct ouch_out *out)
{
	out->type = 'E';
	out->match = match_of(&m->exec_id);
	out->code = liquidity_of(m);
	return read_booking(m, out) ? PROTOCOL_TAKEN : PROTOCOL_BAD;
}

/* A bust or a correction, of the execution that 19 names. */
static enum protocol_verdict read_second_thought(
	const struct fix_message *m, bool is_bust, struct ouch_out *out)
{
	if (!fix_has(m, FIX_EXEC_REF_ID))
		return PROTOCOL_BAD;
	out->type = is_bust ? 'B' : 'F';
	out->match = match_of(&m->exec_ref_id);
	out->code = 'E';
	return read_booking(m, out) || is_bust ? PROTOCOL_TAKEN : PROTOCOL_BAD;
}

bool fix_answer_is_status(const struct fix_message *m)
{
	return m->version == FIX_42 ? m->exec_trans_type == '3' : m->exec_type == 'I';
}

enum protocol_verdict fix_answer_report(
	const struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out)
{
	const struct own_order *order = order_of(fold, venue, out->ref);
	uint32_t original_ref = out->original_ref;
	out->original_ref = 0;
	if (m->version == FIX_42 && m->exec_trans_type != '0')
		return read_second_thought(m, m->exec_trans_type == '1', out);
	switch (m->exec_type) {
	case '0':
		out->type = 'A';
		read_order(m, order, out);
		return PROTOCOL_TAKEN;
	case '5':
		out->type = 'U';
		out->original_ref = original_ref;
		read_order(m, order, out);
		return PROTOCOL_TAKEN;
	case '1':
	case '2':
	case 'F':
		return read_trade(m, out);
	case 'G':
	case 'H':
		return read_second_thought(m, m->exec_type == 'H', out);
	case '3': /* done for the day, cancelled, expired: nothing of it is left there */
	case '4':
	case 'C':
		out->type = 'C';
		out->qty = order == NULL ? 0 : order->open_qty;
		out->code = m->exec_type == 'C' ? 'I' : 'U';
		return PROTOCOL_TAKEN;
	case '8':
		out->type = 'J';
		out->reject_code =
			(uint16_t)(m->ord_rej_reason > UINT16_MAX ? UINT16_MAX : m->ord_rej_reason);
		return PROTOCOL_TAKEN;
	case 'D':
		out->type = 'M';
		out->qty = (uint32_t)m->leaves_qty;
		out->side = order == NULL ? side_of(m) : order->wire_side;
		return PROTOCOL_TAKEN;
	case '6': /* pending, and the state of it: nothing has happened yet */
	case 'A':
	case 'E':
		return PROTOCOL_DONE;
	default:
		return PROTOCOL_BAD;
	}
}

void fix_answer_find(
	struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out)
{
	trade_find(fold, (uint8_t)venue, fix_has(m, FIX_SIDE) ? side_of(m) : 0, out);
	if (out->type == 'F')
		fills_rename(&fold->fills, (uint8_t)venue, match_of(&m->exec_id), out->match);
}

/* A cancel or replace that the venue would not do. */
static enum protocol_verdict read_cancel_reject(const struct fix_message *m, struct ouch_out *out)
{
	bool is_replace = m->cxl_rej_response_to == '2';
	out->type = is_replace ? 'J' : 'I';
	out->ref = fix_answer_order_id(is_replace ? &m->cl_ord_id : &m->orig_cl_ord_id);
	out->reject_code =
		(uint16_t)(m->cxl_rej_reason > UINT16_MAX ? UINT16_MAX : m->cxl_rej_reason);
	return PROTOCOL_TAKEN;
}

/* Reject and BusinessMessageReject name the message by its number.  One of a question says nothing of the order. */
static enum protocol_verdict read_reject(
	const struct fix_session *session, const struct fix_message *m, struct ouch_out *out)
{
	const struct fix_kept *kept = fix_session_kept(session, m->ref_sequence);
	if (kept == NULL || kept->kind != KEPT_ONCE)
		return PROTOCOL_BAD;
	if (kept->type == FIX_MSG_STATUS_REQUEST)
		return PROTOCOL_DONE;
	out->type = kept->type == FIX_MSG_CANCEL ? 'I' : 'J';
	out->ref = kept->ref;
	return PROTOCOL_TAKEN;
}

static enum protocol_verdict read_report(
	struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out)
{
	out->ref = fix_answer_order_id(&m->cl_ord_id);
	out->original_ref = fix_answer_order_id(&m->orig_cl_ord_id);
	if (fix_answer_is_status(m)) {
		fix_status_read(fold, venue, out->ref, m);
		return PROTOCOL_DONE;
	}
	enum protocol_verdict verdict = fix_answer_report(fold, venue, m, out);
	fix_answer_find(fold, venue, m, out);
	return verdict;
}

enum protocol_verdict fix_answer_read(struct fold *fold, uint32_t venue,
	const struct fix_session *session, const struct fix_message *m, struct ouch_out *out)
{
	switch (m->type) {
	case FIX_MSG_EXECUTION_REPORT:
		return read_report(fold, venue, m, out);
	case FIX_MSG_CANCEL_REJECT:
		return read_cancel_reject(m, out);
	case FIX_MSG_REJECT:
	case FIX_MSG_BUSINESS_REJECT:
		return read_reject(session, m, out);
	default:
		return PROTOCOL_BAD;
	}
}
