#include "dataplane/fold/fix_orders.h"

#include "dataplane/orders/names.h"
#include "dataplane/fold/fix_exec.h"
#include "dataplane/fold/fix_long.h"
#include "dataplane/fold/fix_moment.h"
#include "dataplane/fold/fix_report.h"
#include "dataplane/fold/option.h"
#include "drivers/machine/memory.h"

static const uint64_t second_ns = 1000000000;

enum { HEARTBEAT_S_MIN = 1, HEARTBEAT_S_MAX = 60, TIME_TOLERANCE_S = 120 };

/* A time in force that entry.c supports for nobody: the order gets its receipt and is refused by name. */
enum { UNSUPPORTED = 0 };

/* Flags of a SESSION record, for a Logon. */
enum { LOGON_IS_RESET = 1, LOGON_IS_ENCRYPTED = 2 };

_Static_assert(sizeof(struct fix_kept) % 64 == 0, "the client's store is a ring of them");

/* --- the session in the fold --- */

void fix_orders_open(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	struct fix_client *fix = memory_take("FIX session", sizeof *fix);
	fix->config = (struct fix_session_config){
		.version = client->config->protocol == ORDERS_FIX42 ? FIX_42 : FIX_44,
		.takes_reset = client->config->takes_reset != 0,
		.precision = fix_precision_of(client->config->times),
		.heartbeat_s_min = HEARTBEAT_S_MIN,
		.heartbeat_s_max = HEARTBEAT_S_MAX,
		.store_count = client->store_count,
		.time_tolerance_ns = TIME_TOLERANCE_S * second_ns,
		.logon_wait_ns = 10 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 10 * second_ns,
	};
	memcpy(fix->config.sender, client->config->our_comp_id, sizeof fix->config.sender);
	memcpy(fix->config.target, client->config->comp_id, sizeof fix->config.target);
	fix_session_init(&fix->session, &fix->config, (struct fix_kept *)(void *)client->store);
	client->own = fix;
}

void fix_orders_close(struct fold *fold, uint32_t session)
{
	memory_return(fold->clients[session].own, sizeof(struct fix_client));
}

void fix_orders_write(const struct fold *fold, uint32_t session,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const struct fix_client *fix = fix_client_of(fold, session);
	fix_session_write(&fix->session, add, context);
	add(context, &fix->exec_count, sizeof fix->exec_count);
	add(context, &fix->request, sizeof fix->request);
	fix_exec_write(fix, add, context);
}

void fix_logon_pack(struct session_record *record, const struct fix_logon *logon)
{
	record->sequence = logon->sequence;
	memcpy(record->soup_session, &logon->next_expected, sizeof logon->next_expected);
	record->heartbeat_s =
		logon->heartbeat_s > UINT16_MAX ? UINT16_MAX : (uint16_t)logon->heartbeat_s;
	record->flags = (uint8_t)((logon->is_reset ? LOGON_IS_RESET : 0) |
				  (logon->is_encrypted ? LOGON_IS_ENCRYPTED : 0));
}

static struct fix_logon logon_unpack(const struct session_record *record)
{
	struct fix_logon logon = {.sequence = record->sequence,
		.heartbeat_s = record->heartbeat_s,
		.is_reset = (record->flags & LOGON_IS_RESET) != 0,
		.is_encrypted = (record->flags & LOGON_IS_ENCRYPTED) != 0};
	memcpy(&logon.next_expected, record->soup_session, sizeof logon.next_expected);
	return logon;
}

const char *fix_orders_refusal(enum logon_refusal refusal)
{
	static const char *const whys[LOGON_REFUSAL_COUNT] = {[LOGON_TAKEN] = "",
		[LOGON_OTHER_VERSION] = "found another BeginString, expected this one",
		[LOGON_OTHER_SECRET] =
			"found another username or password, expected the agreed one",
		[LOGON_OTHER_TIME] =
			"found a SendingTime too far from our clock, expected it close",
		[LOGON_DAY_CLOSED] =
			"found the day closed, expected a Logon when the next has begun"};
	return whys[refusal];
}

/* To who is logged in, or to who would not have been. */
static void orders_goodbye(struct fix_session *session, uint8_t refusal, struct fix_moment at)
{
	if (refusal == LOGON_TAKEN)
		fix_session_logout(session, "the gate closes", at);
	else if (refusal < LOGON_REFUSAL_COUNT && session->state == FIX_STATE_IDLE)
		fix_session_turn_away(session, fix_orders_refusal((enum logon_refusal)refusal), at);
}

void fix_orders_changed(struct fold *fold, const struct session_record *record)
{
	struct fix_session *session = &fix_client_of(fold, record->session)->session;
	struct fix_moment at = fix_moment_of(fold);
	struct fix_logon logon = logon_unpack(record);
	struct fix_long message = fix_long_of(record, true);
	switch (record->change) {
	case SESSION_LONG:
		fix_session_long(session, &message, at);
		break;
	case SESSION_CLIENT_UP:
		fix_session_connect(session, at);
		fix_session_logon(session, &logon, at);
		break;
	case SESSION_CLIENT_DOWN:
		fix_session_disconnect(session);
		return;
	case SESSION_TICK:
		fix_session_tick(session, at);
		break;
	case SESSION_DAY:
		fix_exec_day(fix_client_of(fold, record->session));
		if (session->config->takes_reset)
			fix_session_renew(session);
		return;
	case SESSION_GOODBYE:
		orders_goodbye(session, record->flags, at);
		break;
	default:
		return;
	}
	fold->out.client(fold->out.context, record->session);
}

uint64_t fix_orders_due_ns(const struct fold *fold, uint32_t session)
{
	return fix_session_due_ns(&fix_client_of(fold, session)->session);
}

/* --- what a client asks --- */

static bool is_id(const struct fix_text *text)
{
	return text->size_bytes >= 1 && text->size_bytes <= ID_TEXT_BYTES;
}

static uint32_t id_find(const struct fold *fold, uint32_t session, const struct fix_text *text)
{
	return ids_find(&fold->ids, (uint16_t)session, (const char *)text->bytes, text->size_bytes);
}

static const struct own_order *order_find(const struct fold *fold, uint32_t session, uint32_t ref)
{
	uint32_t slot = order_table_find_client(&fold->orders, (uint16_t)session, ref);
	return slot == ORDER_NONE ? NULL : &fold->orders.slots[slot];
}

/* symbol_read packs a symbol as the wires of OUCH pad it; 0: it cannot be one. */
static uint64_t symbol_read(const struct fix_message *m)
{
	char name[9] = {0};
	bool is_one =
		fix_has(m, FIX_SYMBOL) && m->symbol.size_bytes <= 8 && !fix_has(m, FIX_SYMBOL_SFX);
	if (!is_one)
		return 0;
	memcpy(name, m->symbol.bytes, m->symbol.size_bytes);
	return symbol_pack(name);
}

static uint8_t side_read(const struct fix_message *m)
{
	switch (m->side) {
	case '1':
		return 'B';
	case '2':
		return 'S';
	case '5':
		return 'T';
	case '6':
		return 'E';
	default:
		return 0;
	}
}

/* capacity_read: 47 in 4.2, 528 in 4.4; whoever says nothing trades for himself. */
static uint8_t capacity_read(const struct fix_message *m)
{
	uint64_t said = fix_has(m, FIX_ORDER_CAPACITY) ? m->order_capacity : m->rule_80a;
	if (said == 0 || said == 'P')
		return 'P';
	return said == 'A' || said == 'R' ? (uint8_t)said : 'O';
}

/* is_judged tells whether an order asks for nothing but what the gate judges. */
static bool is_judged(const struct fix_message *m)
{
	bool is_day = !fix_has(m, FIX_TIME_IN_FORCE) || m->time_in_force == '0' ||
		      m->time_in_force == '3';
	bool is_plain = !fix_has(m, FIX_STOP_PX) && !fix_has(m, FIX_EXPIRE_TIME) &&
			!fix_has(m, FIX_EXPIRE_DATE) && !fix_has(m, FIX_MAX_FLOOR) &&
			m->min_qty == 0 && m->is_locate_required == 0 && m->foreign_count == 0 &&
			!fix_has(m, FIX_SYMBOL_SFX) && !fix_has(m, FIX_DELIVER_TO_COMP_ID);
	/* What is as dear as OUCH's word for "at the market" would be taken for that, and sold at any price. */
	bool is_limit = m->ord_type == '2' && fix_has(m, FIX_PRICE) && m->price_e4 > 0 &&
			m->price_e4 < (int64_t)OUCH_MARKET_PRICE_E4;
	bool is_market = m->ord_type == '1' && !fix_has(m, FIX_PRICE);
	bool is_post_only = !fix_has(m, FIX_EXEC_INST) ||
			    (m->exec_inst.size_bytes == 1 && m->exec_inst.bytes[0] == '6');
	return is_day && is_plain && (is_limit || is_market) && is_post_only && !m->is_poss_dup;
}

/* LocateReqd of a sale marked short: N is that its shares were located, which OUCH 5.0 says by SharesLocated, and forgets with each
   replace that does not say so again, as a replace of FIX does. */
static void located_read(const struct fix_message *m, struct ouch_in *in)
{
	bool is_short = in->side == 'T' || in->side == 'E';
	if (!is_short || !fix_has(m, FIX_LOCATE_REQD) || m->is_locate_required != 0)
		return;
	in->options.present |= option_bit(OPTION_LOCATED);
	in->options.value[OPTION_LOCATED] = 'Y';
}

static void order_read(const struct fix_message *m, struct ouch_in *in)
{
	in->side = side_read(m);
	in->time_in_force = m->time_in_force == '3' ? '3' : '0';
	if (!is_judged(m))
		in->time_in_force = UNSUPPORTED;
	in->display = 'Y';
	in->capacity = capacity_read(m);
	in->iso = in->cross_type = 'N';
	in->qty = (uint32_t)m->order_qty;
	in->price_e4 = m->price_e4 > 0 ? (uint64_t)m->price_e4 : 0;
	if (m->ord_type == '1')
		in->price_e4 = OUCH_MARKET_PRICE_E4;
	in->symbol = symbol_read(m);
	memset(in->clordid, ' ', sizeof in->clordid);
	located_read(m, in);
	if (fix_has(m, FIX_EXEC_INST)) {
		in->options.present |= 1u << 12;
		in->options.value[12] = 'P';
	}
	if (!fix_has(m, FIX_ACCOUNT))
		return;
	char mpid[5] = {0};
	uint32_t size = m->account.size_bytes;
	/* A name that is too long for an account's is nobody's. */
	memcpy(mpid, m->account.bytes, size > 4 ? 0 : size);
	in->options.present |= 1u << 2;
	in->options.value[2] = size > 4 ? 0 : (int64_t)names_mpid(mpid);
}

static void request_note(struct fix_client *fix, const struct fix_message *m, uint32_t ref)
{
	struct fix_request *request = &fix->request;
	*request = (struct fix_request){
		.ref = ref, .type = m->type, .side = (uint8_t)(m->side == 0 ? '1' : m->side)};
	request->id_bytes = (uint8_t)m->cl_ord_id.size_bytes;
	memcpy(request->id, m->cl_ord_id.bytes, request->id_bytes);
	if (!fix_has(m, FIX_ORIG_CL_ORD_ID))
		return;
	request->original_bytes = (uint8_t)m->orig_cl_ord_id.size_bytes;
	memcpy(request->original, m->orig_cl_ord_id.bytes, request->original_bytes);
}

/* id_take gives a new id its number, or an old one its own, which entry.c knows for used. */
static uint32_t id_take(
	struct fold *fold, uint32_t session, const struct fix_text *text, bool *is_full)
{
	uint32_t ref = id_find(fold, session, text);
	*is_full = false;
	if (ref != 0)
		return ref;
	ref = fold->clients[session].last_refs[0] + 1;
	*is_full = !ids_put(
		&fold->ids, (uint16_t)session, ref, (const char *)text->bytes, text->size_bytes);
	return *is_full ? 0 : ref;
}

/* The total of a chain, as OUCH counts it: with what was executed and broken. */
static uint32_t total_of(const struct own_order *order, uint32_t qty)
{
	int64_t total = (int64_t)qty + (int32_t)order_restated(order);
	return total < 0 ? 0 : total > UINT32_MAX ? UINT32_MAX : (uint32_t)total;
}

static enum protocol_verdict take_order(
	struct fold *fold, uint32_t session, const struct fix_message *m, struct ouch_in *in)
{
	bool is_full;
	in->type = m->type == FIX_MSG_NEW_ORDER ? 'O' : 'U';
	order_read(m, in);
	/* What names a parent is short; other text is nobody's business. */
	if (fold->clients[session].config->has_parents && fix_has(m, FIX_TEXT) &&
		m->text.size_bytes <= sizeof in->clordid)
		memcpy(in->clordid, m->text.bytes, m->text.size_bytes);
	if (in->type == 'U') {
		in->original_ref = id_find(fold, session, &m->orig_cl_ord_id);
		const struct own_order *order = order_find(fold, session, in->original_ref);
		bool is_same = order == NULL ||
			       (order->wire_side == in->side && order->symbol < SYMBOL_COUNT_MAX &&
				       fold->site->symbols[order->symbol].name == in->symbol);
		if (!is_same)
			in->time_in_force = UNSUPPORTED;
		in->options.present &= ~(1u << 2);
		if (order != NULL)
			in->qty = total_of(order, in->qty);
		/* It says all anew: what it does not ask for any more is over. */
		if (order != NULL && (order->flags & ORDER_HAS_OPTIONS) != 0 &&
			!fix_has(m, FIX_EXEC_INST)) {
			in->options.present |= 1u << 12;
			in->options.value[12] = 'N';
		}
	}
	in->ref = id_take(fold, session, &m->cl_ord_id, &is_full);
	request_note(fix_client_of(fold, session), m, in->ref);
	return is_full ? PROTOCOL_FULL : PROTOCOL_TAKEN;
}

static enum protocol_verdict take_cancel(
	struct fold *fold, uint32_t session, const struct fix_message *m, struct ouch_in *in)
{
	bool is_full;
	bool is_used = id_find(fold, session, &m->cl_ord_id) != 0;
	uint32_t ref = id_find(fold, session, &m->orig_cl_ord_id);
	const struct own_order *order = order_find(fold, session, ref);
	request_note(fix_client_of(fold, session), m, ref);
	if (is_used) {
		bool is_44 = fix_client_of(fold, session)->config.version == FIX_44;
		fix_report_refuse_cancel(fold, session, order, is_44 ? 6 : 2);
		return PROTOCOL_DONE;
	}
	/* A cancel whose name finds no room is a cancel all the same: the way out stays open. */
	uint32_t own = id_take(fold, session, &m->cl_ord_id, &is_full);
	if (!is_full)
		fold->clients[session].last_refs[0] = own;
	/* What has no name of its own goes by the order's. */
	if (order != NULL && (order->flags & ORDER_PENDING_CANCEL) == 0)
		ids_link(&fold->ids, (uint16_t)session, ref, is_full ? ref : own);
	in->type = 'X';
	in->ref = ref;
	return PROTOCOL_TAKEN;
}

static enum protocol_verdict take_status(
	struct fold *fold, uint32_t session, const struct fix_message *m)
{
	struct fix_client *fix = fix_client_of(fold, session);
	uint32_t ref = id_find(fold, session, &m->cl_ord_id);
	const struct own_order *order = order_find(fold, session, ref);
	request_note(fix, m, ref);
	if (order != NULL)
		fix_report_status(fold, session, order);
	else
		fix_session_refuse(&fix->session, m, 1,
			"found an order that is not open, expected one of this session's that is",
			fix_moment_of(fold));
	return PROTOCOL_DONE;
}

/* take_again: what may have come before (97=Y) and did is not done again, nor refused, which would say that its order is
   none: the state of an open order is told, and of what is over nothing. */
static enum protocol_verdict take_again(
	struct fold *fold, uint32_t session, const struct fix_message *m)
{
	uint32_t ref = id_find(fold, session, &m->cl_ord_id);
	const struct own_order *order = order_find(fold, session, ref);
	if (order == NULL)
		return PROTOCOL_DONE;
	request_note(fix_client_of(fold, session), m, ref);
	fix_report_status(fold, session, order);
	return PROTOCOL_DONE;
}

/* ids_are_right: what cannot be one of our names is rejected before it is looked for. */
static bool ids_are_right(struct fold *fold, uint32_t session, const struct fix_message *m)
{
	struct fix_session *s = &fix_client_of(fold, session)->session;
	bool has_original = fix_has(m, FIX_ORIG_CL_ORD_ID);
	uint32_t tag = 0;
	if (!is_id(&m->cl_ord_id))
		tag = 11;
	else if (has_original && !is_id(&m->orig_cl_ord_id))
		tag = 41;
	if (tag != 0)
		fix_session_reject(s, m, FIX_OUT_OF_RANGE, tag,
			"found an id of more than 20 characters, expected 1 to 20",
			fix_moment_of(fold));
	return tag == 0;
}

enum protocol_verdict fix_orders_in(struct fold *fold, uint32_t session, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_in *in)
{
	struct fix_session *s = &fix_client_of(fold, session)->session;
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size_bytes, &frame) != FIX_WHOLE)
		return PROTOCOL_BAD;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	fold->out.client(fold->out.context, session);
	if (fix_session_receive(s, &m, fix_moment_of(fold)) != FIX_TAKE_MESSAGE)
		return PROTOCOL_DONE;
	*in = (struct ouch_in){0};
	if (m.type == FIX_MSG_REJECT || m.type == FIX_MSG_BUSINESS_REJECT)
		return PROTOCOL_BAD; /* counted: it did not take our word */
	if (fold->clients[session].copy != NULL) {
		fix_session_refuse(s, &m, 3,
			"found a message on a session that only listens, expected none",
			fix_moment_of(fold));
		return PROTOCOL_DONE;
	}
	if (!ids_are_right(fold, session, &m))
		return PROTOCOL_DONE;
	if (m.is_poss_resend && m.type != FIX_MSG_STATUS_REQUEST &&
		id_find(fold, session, &m.cl_ord_id) != 0)
		return take_again(fold, session, &m);
	switch (m.type) {
	case FIX_MSG_NEW_ORDER:
	case FIX_MSG_REPLACE:
		return take_order(fold, session, &m, in);
	case FIX_MSG_CANCEL:
		return take_cancel(fold, session, &m, in);
	case FIX_MSG_STATUS_REQUEST:
		return take_status(fold, session, &m);
	default: /* mass cancel */
		fix_session_refuse(s, &m, 3, "found a message type that is not served here",
			fix_moment_of(fold));
		return PROTOCOL_DONE;
	}
}

uint32_t fix_orders_symbol(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size_bytes, &frame) != FIX_WHOLE)
		return SYMBOL_NONE;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	if (m.type == FIX_MSG_REPLACE)
		return fold_symbol_of_order(
			fold, session, id_find(fold, session, &m.orig_cl_ord_id));
	uint64_t name = m.type == FIX_MSG_NEW_ORDER ? symbol_read(&m) : 0;
	return name == 0 ? SYMBOL_NONE : refs_find(&fold->symbols, name);
}
