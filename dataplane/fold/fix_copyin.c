#include "dataplane/fold/fix_copyin.h"

#include "dataplane/fold/fix_answer.h"
#include "dataplane/fold/fix_long.h"
#include "dataplane/fold/fix_moment.h"
#include "drivers/machine/memory.h"

static const uint64_t second_ns = 1000000000;

enum {
	COPY_STORE_COUNT = 1024, /* of ours: nothing but what the session says itself */
	COPY_TOLERANCE_S = 120,
	RESTATED_PRICE = 3,
	RESTATED_PARTLY_DECLINED = 5,
};

void fix_copyin_open(struct fold *fold, uint32_t venue)
{
	const struct venue_config *config = &fold->site->venues[venue];
	const struct fix_peer *peer = &config->drop.fix;
	struct fix_copyin *fix = memory_take("FIX drop copy", sizeof *fix);
	fix->store =
		memory_take("messages to a FIX drop copy", COPY_STORE_COUNT * sizeof fix->store[0]);
	fix->config = (struct fix_session_config){
		.version = config->drop.protocol == ORDERS_FIX42 ? FIX_42 : FIX_44,
		.is_initiator = true,
		.asks_reset = peer->reset == RESET_ASKED,
		.takes_reset = peer->reset == RESET_ASKED,
		.precision = fix_precision_of(peer->times),
		.heartbeat_s = (uint32_t)(config->heartbeat_ns / second_ns),
		.heartbeat_s_min = 1,
		.heartbeat_s_max = FIX_HEARTBEAT_S_MAX,
		.store_count = COPY_STORE_COUNT,
		.time_tolerance_ns = COPY_TOLERANCE_S * second_ns,
		.logon_wait_ns = config->timeout_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 10 * second_ns,
	};
	memcpy(fix->config.sender, peer->our_comp_id, sizeof fix->config.sender);
	memcpy(fix->config.target, peer->comp_id, sizeof fix->config.target);
	fix_session_init(&fix->session, &fix->config, fix->store);
	refs_open(&fix->leaves, fold->site->own_order_count);
	fold->copies[venue].own = fix;
}

void fix_copyin_close(struct fold *fold, uint32_t venue)
{
	struct fix_copyin *fix = fix_copyin_of(fold, venue);
	refs_close(&fix->leaves);
	memory_return(fix->store, COPY_STORE_COUNT * sizeof fix->store[0]);
	memory_return(fix, sizeof *fix);
}

/* What its reports left open follows from them in any order of a table's places. */
static void copy_write_leaves(const struct refs *leaves,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	uint64_t sums[3] = {leaves->count, 0, 0};
	for (uint32_t i = 0; i <= leaves->mask && leaves->count > 0; i++) {
		const struct refs_entry *entry = &leaves->entries[i];
		sums[1] += entry->key;
		sums[2] += entry->key == 0 ? 0 : entry->key * (2ull * entry->slot + 1);
	}
	add(context, sums, sizeof sums);
}

void fix_copyin_write(const struct fold *fold, uint32_t venue,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const struct fix_copyin *fix = fix_copyin_of(fold, venue);
	fix_session_write(&fix->session, add, context);
	copy_write_leaves(&fix->leaves, add, context);
}

void fix_copyin_changed(struct fold *fold, uint32_t venue, const struct session_record *record)
{
	struct fix_copyin *fix = fix_copyin_of(fold, venue);
	struct fix_moment at = fix_moment_of(fold);
	struct fix_long message = fix_long_of(record, false);
	switch (record->change) {
	case SESSION_LONG:
		fix_session_long(&fix->session, &message, at);
		break;
	case SESSION_VENUE_OPEN:
		fix_session_connect(&fix->session, at);
		break;
	case SESSION_VENUE_DOWN:
		fix_session_disconnect(&fix->session);
		break;
	case SESSION_TICK:
		fix_session_tick(&fix->session, at);
		break;
	case SESSION_GOODBYE:
		fix_session_logout(&fix->session, "the gate closes", at);
		break;
	case SESSION_VENUE_END:
		refs_clear(&fix->leaves);
		if (fold->site->venues[venue].drop.fix.reset != RESET_KEPT)
			fix_session_renew(&fix->session);
		break;
	default:
		break;
	}
}

/* --- what it tells --- */

/* By how much an order was reduced.  Of one whose reports before this were not heard: by what it has neither executed nor
   open. */
static uint32_t copy_reduced(uint32_t before, const struct fix_message *m)
{
	uint64_t gone = m->cum_qty + m->leaves_qty;
	if (before != REFS_NONE)
		return m->leaves_qty < before ? before - (uint32_t)m->leaves_qty : 0;
	return m->order_qty > gone ? (uint32_t)(m->order_qty - gone) : 0;
}

/* What is left of an order only falls: a report that comes late or twice opens nothing again. */
static void copy_remember(struct fix_copyin *fix, const struct ouch_out *out, uint32_t before,
	const struct fix_message *m)
{
	if (out->original_ref != 0)
		refs_remove(&fix->leaves, out->original_ref);
	bool is_past = m->is_poss_resend && before == REFS_NONE;
	bool is_of_state = out->type != 'B' && out->type != 'F' && !is_past;
	if (out->ref == 0 || !is_of_state || m->leaves_qty >= before)
		return;
	if (before != REFS_NONE)
		refs_remove(&fix->leaves, out->ref);
	if (m->leaves_qty > 0)
		refs_put(&fix->leaves, out->ref, (uint32_t)m->leaves_qty);
}

/* The number of a trade where the order session has one; false: it names none. */
static bool copy_match(const struct fix_message *m, struct ouch_out *out)
{
	const struct fix_text *name = &m->match_id;
	if (!fix_has(m, FIX_TRD_MATCH_ID))
		name = out->type == 'E' ? &m->exec_id : &m->exec_ref_id;
	return fix_read_number(name->bytes, name->size_bytes, &out->match) == FIX_NO_REASON &&
	       out->match != 0;
}

/* What the order session of an OUCH venue says in other words. */
static enum protocol_verdict copy_as_ouch(
	const struct fix_message *m, uint32_t reduced, struct ouch_out *out)
{
	if (out->type == 'E' || out->type == 'B' || out->type == 'F')
		return copy_match(m, out) ? PROTOCOL_TAKEN : PROTOCOL_BAD;
	if (out->type != 'M' || m->restatement_reason == RESTATED_PRICE)
		return out->type == 'M' ? PROTOCOL_DONE : PROTOCOL_TAKEN;
	if (m->restatement_reason != RESTATED_PARTLY_DECLINED)
		return PROTOCOL_TAKEN;
	out->type = 'C';
	out->code = 'U';
	out->qty = reduced;
	return PROTOCOL_TAKEN;
}

static enum protocol_verdict copy_report(
	struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out)
{
	struct fix_copyin *fix = fix_copyin_of(fold, venue);
	uint8_t orders = fold->site->venues[venue].protocol;
	bool is_ouch = orders == ORDERS_OUCH50 || orders == ORDERS_OUCH42;
	if (fix_answer_is_status(m))
		return PROTOCOL_DONE;
	out->ref = fold_ref_of(fold, venue, fix_answer_order_id(&m->cl_ord_id));
	out->original_ref = fold_ref_of(fold, venue, fix_answer_order_id(&m->orig_cl_ord_id));
	uint32_t before = out->ref == 0 ? REFS_NONE : refs_find(&fix->leaves, out->ref);
	enum protocol_verdict verdict = fix_answer_report(fold, venue, m, out);
	if (verdict != PROTOCOL_TAKEN)
		return verdict;
	/* Told again by an application that does not know whether it had: a trade is known by its match, of the rest
	   what leaves less of an open order is news. */
	bool is_same = before == REFS_NONE || m->leaves_qty >= before;
	if (m->is_poss_resend && is_same && out->match == 0)
		return PROTOCOL_DONE;
	uint32_t reduced = copy_reduced(before, m);
	if (out->type == 'C')
		out->qty = reduced;
	if (is_ouch)
		verdict = copy_as_ouch(m, reduced, out);
	fix_answer_find(fold, venue, m, out);
	copy_remember(fix, out, before, m);
	return verdict;
}

enum protocol_verdict fix_copyin_in(struct fold *fold, uint32_t venue, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_out *out)
{
	struct fix_copyin *fix = fix_copyin_of(fold, venue);
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size_bytes, &frame) != FIX_WHOLE)
		return PROTOCOL_BAD;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	*out = (struct ouch_out){.time_ns = fold_time_ns(fold)};
	if (fix_session_receive(&fix->session, &m, fix_moment_of(fold)) != FIX_TAKE_MESSAGE)
		return PROTOCOL_DONE;
	switch (m.type) {
	case FIX_MSG_EXECUTION_REPORT:
		return copy_report(fold, venue, &m, out);
	case FIX_MSG_CANCEL_REJECT: /* what was not done is not compared */
		return PROTOCOL_DONE;
	default:
		return PROTOCOL_BAD;
	}
}
