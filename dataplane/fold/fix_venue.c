#include "dataplane/fold/fix_venue.h"

#include "dataplane/fold/fix_answer.h"
#include "dataplane/fold/fix_long.h"
#include "dataplane/fold/fix_moment.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/stops.h"
#include "dataplane/orders/names.h"
#include "drivers/machine/memory.h"

static const uint64_t second_ns = 1000000000;

enum {
	VENUE_STORE_COUNT = 8192,
	VENUE_TOLERANCE_S = 120,
};

void fix_venue_open(struct fold *fold, uint32_t venue)
{
	const struct venue_config *config = fold->venues[venue].config;
	struct fix_venue *fix = memory_take("FIX venue", sizeof *fix);
	fix->store =
		memory_take("messages to a FIX venue", VENUE_STORE_COUNT * sizeof fix->store[0]);
	fix->config = (struct fix_session_config){
		.version = config->protocol == ORDERS_FIX42 ? FIX_42 : FIX_44,
		.is_initiator = true,
		.asks_reset = config->fix.reset == RESET_ASKED,
		.takes_reset = config->fix.reset == RESET_ASKED,
		.precision = fix_precision_of(config->fix.times),
		.heartbeat_s = (uint32_t)(config->heartbeat_ns / second_ns),
		.heartbeat_s_min = 1,
		.heartbeat_s_max = FIX_HEARTBEAT_S_MAX,
		.store_count = VENUE_STORE_COUNT,
		.time_tolerance_ns = VENUE_TOLERANCE_S * second_ns,
		.logon_wait_ns = config->timeout_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 10 * second_ns,
	};
	memcpy(fix->config.sender, config->fix.our_comp_id, sizeof fix->config.sender);
	memcpy(fix->config.target, config->fix.comp_id, sizeof fix->config.target);
	fix_session_init(&fix->session, &fix->config, fix->store);
	fold->venues[venue].own = fix;
}

void fix_venue_close(struct fold *fold, uint32_t venue)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	memory_return(fix->store, VENUE_STORE_COUNT * sizeof fix->store[0]);
	memory_return(fix, sizeof *fix);
}

void fix_venue_write(const struct fold *fold, uint32_t venue,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const struct fix_venue *fix = fix_venue_of(fold, venue);
	const uint64_t image[] = {fix->asked, fix->unseen_ref, fix->unseen_end, fix->status.next_ns,
		fix->status.slot};
	fix_session_write(&fix->session, add, context);
	add(context, image, sizeof image);
}

/* What nobody could read may have been an execution, or that an order is over: only who looks knows what is there. */
static void take_long(struct fold *fold, uint32_t venue, const struct session_record *record)
{
	struct fix_long message = fix_long_of(record, false);
	bool is_lost = fix_session_long(
		&fix_venue_of(fold, venue)->session, &message, fix_moment_of(fold));
	if (is_lost && message.type[1] == '\0' && strchr("893j", message.type[0]) != NULL)
		stops_trip(fold, SCOPE_VENUE, venue, "a report of the venue was too long to read");
}

void fix_venue_changed(struct fold *fold, uint32_t venue, const struct session_record *record)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	struct fix_moment at = fix_moment_of(fold);
	switch (record->change) {
	case SESSION_VENUE_OPEN:
		fix->asked = 0;
		fix_session_connect(&fix->session, at);
		break;
	case SESSION_VENUE_UP:
		fix->asked = fix_session_test(&fix->session, at);
		break;
	case SESSION_VENUE_DOWN:
		fix->asked = 0;
		fix_session_disconnect(&fix->session);
		break;
	case SESSION_LONG:
		take_long(fold, venue, record);
		break;
	case SESSION_TICK:
		fix_session_tick(&fix->session, at);
		fix_status_tick(fold, venue, &fix->status, &fix->session);
		break;
	case SESSION_GOODBYE:
		fix_session_logout(&fix->session, "the gate closes", at);
		break;
	case SESSION_VENUE_END:
		fix->asked = fix->unseen_ref = 0;
		if (fold->venues[venue].config->fix.reset != RESET_KEPT)
			fix_session_renew(&fix->session);
		break;
	default:
		break;
	}
}

/* --- what goes out --- */

/* An option that asks for what holds without it. */
static bool says_nothing(uint32_t tag, int64_t value)
{
	switch (tag) {
	case 2:  /* the firm's, which this protocol names otherwise */
	case 12: /* post-only or not: ExecInst */
	case 27: /* another kind of sale: Side */
		return true;
	case 3: /* at least nothing at once, nothing in reserve, no part of it at random */
	case 5:
	case 13:
		return value == 0;
	case 4:
	case 16:
		return value == 'N';
	case 6:
		return value == 'L';
	case 25:
		return value == 'Y'; /* LocateReqd says so of every short sale */
	default:
		return false;
	}
}

bool fix_venue_may(const struct ouch_in *message, const struct own_order *original)
{
	const struct ouch_options *options = &message->options;
	if (message->type == 'M' || message->time_in_force == '6')
		return false;
	/* What a replace of OUCH keeps by silence one of FIX takes away. */
	if (message->type == 'U' && (original->flags & ORDER_HAS_OPTIONS) != 0 &&
		(options->present & 1u << 12) == 0)
		return false;
	for (uint32_t left = options->present & ~OUCH_OPTION_UNKNOWN; left != 0; left &= left - 1) {
		uint32_t tag = (uint32_t)__builtin_ctz(left);
		if (!says_nothing(tag, options->value[tag]))
			return false;
	}
	return true;
}

static const struct own_order *egress_order(
	const struct fold *fold, const struct fold_egress *egress)
{
	/* An order that finished while its cancel waited has left its slot as it was. */
	uint32_t slot = order_table_find_venue(&fold->orders, egress->venue, egress->venue_ref);
	return &fold->orders.slots[slot != ORDER_NONE ? slot : egress->slot];
}

static uint64_t side_of(uint8_t wire_side)
{
	switch (wire_side) {
	case 'B':
		return '1';
	case 'T':
		return '5';
	case 'E':
		return '6';
	default:
		return '2';
	}
}

/* The names and symbol of one message, which it points at. */
struct egress_texts {
	char own[OWN_NAME_BYTES], of[OWN_NAME_BYTES], cancel[CANCEL_NAME_BYTES], symbol[9];
};

static void set_cancel_names(const struct fix_session *session, const struct own_order *order,
	const struct fold_egress *egress, struct egress_texts *texts, struct fix_message *m)
{
	static const char digits[] = "0123456789ABCDEF";
	names_clordid(texts->of, order->account, egress->order_id);
	texts->cancel[0] = 'X';
	memcpy(texts->cancel + 1, texts->of, OWN_NAME_BYTES);
	for (uint32_t i = 0; i < 4; i++)
		texts->cancel[1 + OWN_NAME_BYTES + i] =
			digits[session->next_out >> (12 - 4 * i) & 15];
	fix_set_text(m, FIX_CL_ORD_ID, texts->cancel, CANCEL_NAME_BYTES);
	fix_set_text(m, FIX_ORIG_CL_ORD_ID, texts->of, OWN_NAME_BYTES);
}

static void set_terms(
	const struct ouch_in *in, const struct own_order *order, bool is_42, struct fix_message *m)
{
	fix_set_number(m, FIX_HANDL_INST, '1');
	fix_set_number(m, FIX_ORDER_QTY, in->qty);
	fix_set_number(m, FIX_ORD_TYPE, '2');
	fix_set_decimal(m, FIX_PRICE, (int64_t)in->price_e4);
	fix_set_number(m, FIX_TIME_IN_FORCE, in->time_in_force);
	if (order->capacity == 'A' || order->capacity == 'P' || order->capacity == 'R')
		fix_set_number(m, is_42 ? FIX_RULE_80A : FIX_ORDER_CAPACITY, order->capacity);
	if (in->display == 'N')
		fix_set_number(m, FIX_MAX_FLOOR, 0);
	if ((in->options.present & 1u << 12) != 0 && in->options.value[12] == 'P')
		fix_set_text(m, FIX_EXEC_INST, "6", 1);
	if (order->wire_side == 'T' || order->wire_side == 'E')
		fix_set_number(m, FIX_LOCATE_REQD, false);
}

/* What a replace is of, and its total: what shall be open and the least that the venue may count as executed (standing.h), so that
   it opens no more than was judged, whether it moves its CumQty with busts and corrections or not. */
static void set_original(const struct fold *fold, const struct fold_egress *egress,
	const struct own_order *order, struct egress_texts *texts, struct fix_message *m)
{
	const struct ouch_in *in = &egress->message;
	uint32_t slot = order_table_find_venue(&fold->orders, egress->venue, in->original_ref);
	names_clordid(texts->of, order->account, in->original_ref);
	fix_set_text(m, FIX_ORIG_CL_ORD_ID, texts->of, OWN_NAME_BYTES);
	if (slot == ORDER_NONE)
		return;
	const struct own_order *original = &fold->orders.slots[slot];
	fix_set_number(m, FIX_ORDER_QTY, in->qty - (original->executed_qty - original->least_qty));
}

/* egress_message makes the message of an egress: the same whenever it is made of the same state. */
static void egress_message(const struct fold *fold, const struct fold_egress *egress,
	struct egress_texts *texts, struct fix_message *m)
{
	const struct fix_session *session = &fix_venue_of(fold, egress->venue)->session;
	const struct ouch_in *in = &egress->message;
	const struct own_order *order = egress_order(fold, egress);
	enum fix_version version = (enum fix_version)session->config->version;
	enum fix_type type = in->type == 'O'   ? FIX_MSG_NEW_ORDER
			     : in->type == 'U' ? FIX_MSG_REPLACE
					       : FIX_MSG_CANCEL;
	fix_begin_type(m, version, type);
	if (type == FIX_MSG_CANCEL) {
		set_cancel_names(session, order, egress, texts, m);
	} else {
		memcpy(texts->own, in->clordid, OWN_NAME_BYTES);
		fix_set_text(m, FIX_CL_ORD_ID, texts->own, OWN_NAME_BYTES);
		set_terms(in, order, version == FIX_42, m);
	}
	if (type == FIX_MSG_REPLACE)
		set_original(fold, egress, order, texts, m);
	symbol_unpack(fold->site->symbols[order->symbol].name, texts->symbol);
	fix_set_text(m, FIX_SYMBOL, texts->symbol, (uint32_t)strlen(texts->symbol));
	fix_set_number(m, FIX_SIDE, side_of(order->wire_side));
	fix_set_number(m, FIX_TRANSACT_TIME, fold->turn.wall_ns);
}

uint64_t fix_venue_due_ns(const struct fold *fold, uint32_t venue)
{
	const struct fix_venue *fix = fix_venue_of(fold, venue);
	uint64_t session_ns = fix_session_due_ns(&fix->session);
	uint64_t status_ns = fix_status_due_ns(fold, venue, &fix->status, &fix->session);
	return status_ns < session_ns ? status_ns : session_ns;
}

uint32_t fix_venue_out(
	const struct fold *fold, const struct fold_egress *egress, uint8_t *out, uint32_t out_bytes)
{
	const struct fix_session *session = &fix_venue_of(fold, egress->venue)->session;
	const struct fix_session_config *config = session->config;
	struct egress_texts texts;
	struct fix_message m;
	egress_message(fold, egress, &texts, &m);
	fix_set_text(&m, FIX_SENDER_COMP_ID, config->sender, (uint32_t)strlen(config->sender));
	fix_set_text(&m, FIX_TARGET_COMP_ID, config->target, (uint32_t)strlen(config->target));
	fix_set_number(&m, FIX_MSG_SEQ_NUM, session->next_out);
	fix_set_number(&m, FIX_SENDING_TIME, fold->turn.wall_ns);
	return fix_build(out, out_bytes, &m, (enum fix_precision)config->precision);
}

void fix_venue_sent(struct fold *fold, const struct fold_egress *egress)
{
	struct fix_session *session = &fix_venue_of(fold, egress->venue)->session;
	struct egress_texts texts;
	struct fix_message m;
	egress_message(fold, egress, &texts, &m);
	CHECK(fix_session_send(session, &m, KEPT_ONCE, egress->venue_ref, fix_moment_of(fold)) !=
		0);
}

/* --- what the venue lacks, and what it says --- */

static bool is_order(const struct fix_kept *kept)
{
	return kept->kind == KEPT_ONCE &&
	       (kept->type == FIX_MSG_NEW_ORDER || kept->type == FIX_MSG_REPLACE);
}

/* An order or a cancel that goes as a gap now.  What the venue has spoken of it has, whatever it asks for; true: of the rest it
   shall say whether that is all. */
static bool note_lost(struct fold *fold, uint32_t venue, const struct fix_kept *kept)
{
	uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, kept->ref);
	if (slot == ORDER_NONE || kept->kind != KEPT_ONCE)
		return false;
	struct own_order *order = &fold->orders.slots[slot];
	if (kept->type == FIX_MSG_CANCEL) {
		if ((order->flags & ORDER_PENDING_CANCEL) == 0)
			return false;
		order->flags =
			(uint8_t)((order->flags & ~ORDER_PENDING_CANCEL) | ORDER_CANCEL_LOST);
		metrics_add(fold->metrics, METRIC_gate_venue_lacked, 1);
		return true;
	}
	if (!is_order(kept))
		return false;
	metrics_add(fold->metrics, METRIC_gate_venue_lacked, order->state == ORDER_SENT);
	life_move(fold, order, order_next((enum order_state)order->state, ORDER_VENUE_LOST));
	return order->state == ORDER_UNCERTAIN || order->resolved == RESOLVE_WORKING;
}

/* Only "all from here on" says that an order never arrived: what the venue may hold back from behind a hole it would still
   take. */
static void note_unseen(const struct fold *fold, uint32_t venue)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	const struct fix_session *s = &fix->session;
	/* Of what was sent since it last said so, nothing of that holds. */
	if (fix->unseen_end != fold->venues[venue].next_ref)
		fix->unseen_ref = 0;
	fix->unseen_end = fold->venues[venue].next_ref;
	for (uint64_t number = s->again_from; number <= s->again_to; number++) {
		const struct fix_kept *kept = fix_session_kept(s, number);
		if (!is_order(kept))
			continue;
		if (fix->unseen_ref == 0 || kept->ref < fix->unseen_ref)
			fix->unseen_ref = kept->ref;
	}
}

/* The venue asked for what it lacks.  It has what follows when it answers a question behind it; one that was itself among what
   it lacks goes as a gap, and is asked anew. */
static void take_lacking(struct fold *fold, uint32_t venue)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	const struct fix_session *s = &fix->session;
	bool is_all = s->again_to + 1 == s->next_out, shall_ask = is_all && fix->asked != 0;
	for (uint64_t number = s->again_from; number <= s->again_to; number++) {
		const struct fix_kept *kept = fix_session_kept(s, number);
		CHECK(kept != NULL); /* session.h (2) */
		shall_ask |= note_lost(fold, venue, kept);
	}
	if (is_all)
		note_unseen(fold, venue);
	/* Behind our Logout nothing is asked: the next connection does. */
	if (!shall_ask || s->state != FIX_STATE_UP)
		return;
	fix->asked = fix_session_test(&fix->session, fix_moment_of(fold));
	fix_status_begin(fold, &fix->status);
}

/* The TestRequest came back: what the venue knows of our orders is known. */
static enum protocol_verdict take_query(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	struct fold_venue *v = &fold->venues[venue];
	fix->asked = 0;
	/* hear.c asks again where an answer may be of another connection's question. */
	if (v->queries_stale > 0)
		fix->asked = fix_session_test(&fix->session, fix_moment_of(fold));
	out->type = 'Q';
	out->ref = (uint32_t)fold_next_ref(fold, v);
	fix_status_begin(fold, &fix->status);
	if (v->queries_stale > 0)
		return PROTOCOL_TAKEN;
	/* What was sent since the venue said so may have arrived. */
	if (fix->unseen_ref != 0) {
		out->ref = (uint32_t)fix->unseen_ref;
		out->original_ref = (uint32_t)fix->unseen_end;
	}
	fix->unseen_ref = 0;
	return PROTOCOL_TAKEN;
}

enum protocol_verdict fix_venue_in(struct fold *fold, uint32_t venue, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_out *out)
{
	struct fix_venue *fix = fix_venue_of(fold, venue);
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size_bytes, &frame) != FIX_WHOLE)
		return PROTOCOL_BAD;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	*out = (struct ouch_out){.time_ns = fold_time_ns(fold)};
	uint64_t again_count = fix->session.again_count;
	enum fix_take take = fix_session_receive(&fix->session, &m, fix_moment_of(fold));
	if (fix->session.again_count != again_count)
		take_lacking(fold, venue);
	if (take == FIX_TAKE_MESSAGE)
		return fix_answer_read(fold, venue, &fix->session, &m, out);
	bool is_answered = fix->asked != 0 && fix->session.answered >= fix->asked;
	return is_answered ? take_query(fold, venue, out) : PROTOCOL_DONE;
}
