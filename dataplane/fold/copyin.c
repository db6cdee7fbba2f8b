#include "dataplane/fold/copyin.h"

#include "dataplane/fold/answer.h"
#include "dataplane/fold/fix_copyin.h"
#include "dataplane/fold/stops.h"
#include "dataplane/fold/trade.h"

static bool copyin_has(const struct fold *fold, uint32_t venue)
{
	return (fold->copy_mask >> venue & 1) != 0;
}

/* A copy that names orders by text, of a venue that counts them, needs to find them by their ids. */
static void copyin_index(struct fold *fold, const struct venue_config *venue)
{
	bool has_numbers = venue->protocol == ORDERS_OUCH50;
	if (!has_numbers || venue->drop.protocol == ORDERS_OUCH50 ||
		fold->orders.by_id.entries != NULL)
		return;
	order_table_index(&fold->orders);
	fills_index(&fold->fills);
}

void copyin_open(struct fold *fold)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		struct fold_copy *copy = &fold->copies[i];
		const struct venue_config *venue = &fold->site->venues[i];
		memset(copy->soup_session, ' ', sizeof copy->soup_session);
		if (venue->drop.session_id == 0)
			continue;
		fold->copy_mask |= 1u << i;
		if (fold->breaks.rows == NULL)
			breaks_open(&fold->breaks);
		if (copy->protocol->carrier == CARRIER_FIX)
			fix_copyin_open(fold, i);
		copyin_index(fold, venue);
	}
}

void copyin_close(struct fold *fold)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->copies[i].own != NULL)
			fix_copyin_close(fold, i);
	}
	breaks_close(&fold->breaks);
}

uint32_t copyin_venue_of(const struct fold *fold, uint32_t session)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (copyin_has(fold, i) && fold->site->venues[i].drop.session_id == session)
			return i;
	}
	return UINT32_MAX;
}

void copyin_changed(struct fold *fold, uint32_t venue, const struct session_record *record)
{
	struct fold_copy *copy = &fold->copies[venue];
	if (copy->own != NULL)
		fix_copyin_changed(fold, venue, record);
	if (record->change == SESSION_VENUE_UP) {
		copy->is_up = 1;
		copy->up_ns = fold->turn.now_ns;
	} else if (record->change == SESSION_VENUE_DOWN) {
		copy->is_up = 0;
	} else if (record->change == SESSION_VENUE_NEW) {
		memcpy(copy->soup_session, record->soup_session, sizeof copy->soup_session);
		copy->last_sequence = record->sequence - 1;
	} else if (record->change == SESSION_VENUE_END) {
		copy->over_day = fold->day.count + 1;
	}
}

static void copyin_tell(const struct fold *fold)
{
	uint64_t alarmed = 0, seen = 0;
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		alarmed += fold->breaks.alarmed[i];
		seen += fold->breaks.seen[i];
	}
	metrics_set(fold->metrics, METRIC_gate_copy_waiting, fold->breaks.count - alarmed - seen);
	metrics_set(fold->metrics, METRIC_gate_copy_acknowledged, seen);
	metrics_set(fold->metrics, METRIC_gate_copy_breaks, alarmed);
	metrics_set(fold->metrics, METRIC_gate_copy_lost, fold->breaks.lost);
}

static bool copyin_is_paired(uint8_t type)
{
	return type == 'A' || type == 'U' || type == 'C' || type == 'D' || type == 'M' ||
	       type == 'E' || type == 'B' || type == 'F';
}

static bool copyin_is_trade(uint8_t type)
{
	return type == 'E' || type == 'B' || type == 'F';
}

static uint64_t copyin_match(const struct ouch_out *out)
{
	return copyin_is_trade(out->type) ? out->match : 0;
}

static struct break_row *copyin_take(struct fold *fold, uint32_t venue, const struct ouch_out *out)
{
	struct break_row *row = breaks_take(&fold->breaks, (uint8_t)venue, out->ref, out->type,
		copyin_match(out), fold->turn.now_ns);
	if (row == NULL)
		return NULL;
	uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, out->ref);
	const struct fill *past = fills_past(&fold->fills, (uint8_t)venue, out->ref);
	if (slot != ORDER_NONE) {
		const struct own_order *order = &fold->orders.slots[slot];
		row->order_id = order->id;
		row->account = order->account;
		row->session = order->session;
	} else if (past != NULL) {
		row->order_id = past->order_id;
		row->account = past->account;
		row->session = past->session;
	}
	return row;
}

/* Of words that name a side, a price: the others have none on the wire. */
static void copyin_add(struct fold *fold, struct break_row *row, enum break_teller teller,
	const struct ouch_out *out)
{
	bool has_price =
		out->type == 'A' || out->type == 'U' || out->type == 'E' || out->type == 'F';
	bool has_side = out->type == 'A' || out->type == 'U' || out->type == 'M';
	bool has_qty = out->type != 'B';
	breaks_renew(&fold->breaks, row);
	breaks_tell(row, teller, has_qty ? out->qty : 0, has_price ? out->price_e4 : 0,
		has_side ? out->side : 0);
}

static bool copyin_settle(struct fold *fold, struct break_row *row)
{
	if (!breaks_is_even(row))
		return false;
	breaks_drop(&fold->breaks, row);
	metrics_add(fold->metrics, METRIC_gate_copy_matched, 1);
	return true;
}

/* The venue's second telling of a trade is no word of its own: not of one that both have told, nor of one that
   this side has. */
static bool copyin_is_repeated(const struct fold *fold, const struct break_row *row, uint32_t venue,
	enum break_teller teller, const struct ouch_out *out)
{
	if (out->type != 'E' && out->type != 'B')
		return false;
	if (row != NULL)
		return row->told[teller].count > 0;
	const struct fill *fill = fills_find(&fold->fills, (uint8_t)venue, out->ref, out->match);
	return fill != NULL && (out->type == 'E' || fill->state == FILL_BROKEN);
}

/* Whether the copy's words leave nothing to do of one that its order session just told. */
static bool copyin_was_applied(struct break_row *row, struct ouch_out *out)
{
	uint64_t ours_qty = row->told[BREAK_OURS].qty;
	if (row->type != 'C')
		return row->told[BREAK_OURS].count <= row->applied;
	if (row->applied > 0 && ours_qty <= row->cancelled_qty)
		return true;
	out->qty = (uint32_t)(ours_qty - row->cancelled_qty);
	row->cancelled_qty = ours_qty;
	return false;
}

bool copyin_heard(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	if (LIKELY(!copyin_has(fold, venue)) || !copyin_is_paired(out->type))
		return false;
	struct break_row *row =
		breaks_find(&fold->breaks, (uint8_t)venue, out->ref, out->type, copyin_match(out));
	if (copyin_is_repeated(fold, row, venue, BREAK_OURS, out))
		return false;
	if (row == NULL)
		row = copyin_take(fold, venue, out);
	if (row != NULL) {
		copyin_add(fold, row, BREAK_OURS, out);
		bool is_applied = copyin_was_applied(row, out);
		copyin_settle(fold, row);
		copyin_tell(fold);
		return is_applied;
	}
	copyin_tell(fold);
	return false;
}

/* The word as the order session would have said it. */
static struct ouch_out copyin_word(const struct fold *fold, const struct break_row *row)
{
	const struct break_word *word = &row->word;
	return (struct ouch_out){.type = word->type,
		.code = word->code,
		.order_state = word->order_state,
		.side = word->side,
		.display = word->display,
		.liquidity = word->liquidity,
		.ref = row->venue_ref,
		.original_ref = word->original_ref,
		.qty = word->qty,
		.price_e4 = word->price_e4,
		.symbol = 0,
		.order_reference = word->order_reference,
		.match = word->match,
		.time_ns = fold_time_ns(fold)};
}

static bool copyin_has_owner(
	const struct fold *fold, const struct break_row *row, const struct ouch_out *out)
{
	if (row->type == 'B' || row->type == 'F')
		return fills_find(&fold->fills, row->venue, out->ref, row->match) != NULL;
	return order_table_find_venue(&fold->orders, row->venue, row->venue_ref) != ORDER_NONE ||
	       (row->type == 'E' && fills_past(&fold->fills, row->venue, row->venue_ref) != NULL);
}

/* An order that it ends may not have begun yet, as its own session tells it. */
static void copyin_say(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	fold->speaker = SPEAKER_COPY;
	answer_said(fold, venue, out);
	fold->speaker = SPEAKER_SESSION;
}

/* Of an order that is not open only a trade can still matter.  One of nobody halts the venue and stays untold, so that it
   counts if its order session brings its owner. */
static void copyin_apply(struct fold *fold, struct break_row *row)
{
	struct ouch_out out = copyin_word(fold, row);
	trade_find(fold, row->venue, 0, &out); /* its execution may have been told since */
	if (!copyin_has_owner(fold, row, &out)) {
		if (copyin_is_trade(out.type))
			copyin_say(fold, row->venue, &out);
		return;
	}
	row->applied = row->told[BREAK_THEIRS].count;
	if (row->type == 'C') {
		out.qty = (uint32_t)(row->told[BREAK_THEIRS].qty - row->cancelled_qty);
		row->cancelled_qty = row->told[BREAK_THEIRS].qty;
	}
	metrics_add(fold->metrics, METRIC_gate_copy_applied, 1);
	copyin_say(fold, row->venue, &out);
}

static bool copyin_is_owed(const struct break_row *row)
{
	uint32_t theirs = row->told[BREAK_THEIRS].count;
	if (row->type == 'C')
		return row->told[BREAK_THEIRS].qty > row->cancelled_qty;
	return theirs > row->told[BREAK_OURS].count && theirs > row->applied;
}

/* Nobody else will tell it in time, of a row that is a break already or with the order session away; or nothing is
   reserved for it meanwhile. */
static bool copyin_is_pressing(const struct fold *fold, const struct break_row *row)
{
	uint32_t slot = order_table_find_venue(&fold->orders, row->venue, row->venue_ref);
	bool is_of_past = slot == ORDER_NONE && row->type == 'E' && row->order_id != 0;
	bool is_overdue = row->is_alarmed || !fold->venues[row->venue].is_ready;
	return is_of_past || (is_overdue && row->order_id != 0);
}

static void copyin_keep(struct break_row *row, const struct ouch_out *out)
{
	row->word = (struct break_word){.type = out->type,
		.code = out->code,
		.order_state = out->order_state,
		.side = out->side,
		.display = out->display,
		.liquidity = out->liquidity,
		.original_ref = out->original_ref,
		.qty = out->qty,
		.price_e4 = out->price_e4,
		.order_reference = out->order_reference,
		.match = out->match};
}

static void copyin_told(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	struct break_row *row =
		breaks_find(&fold->breaks, (uint8_t)venue, out->ref, out->type, copyin_match(out));
	if (copyin_is_repeated(fold, row, venue, BREAK_THEIRS, out)) {
		metrics_add(fold->metrics, METRIC_gate_fills_repeated, 1);
		return;
	}
	if (row == NULL)
		row = copyin_take(fold, venue, out);
	if (row == NULL) { /* no room to wait: a trade counts, and its match number guards it */
		if (out->type == 'E')
			copyin_say(fold, venue, out);
		return;
	}
	copyin_add(fold, row, BREAK_THEIRS, out);
	copyin_keep(row, out);
	if (!copyin_settle(fold, row) && copyin_is_owed(row) && copyin_is_pressing(fold, row))
		copyin_apply(fold, row);
}

void copyin_message(struct fold *fold, uint32_t venue, const struct message_record *message)
{
	struct fold_copy *copy = &fold->copies[venue];
	struct ouch_out out;
	if (message->sequence != copy->last_sequence + 1)
		return; /* seen before: a replay of the venue's overlaps what we have */
	copy->last_sequence = message->sequence;
	switch (copy->protocol->copy_in(
		fold, venue, (const uint8_t *)(message + 1), message->size_bytes, &out)) {
	case PROTOCOL_TAKEN:
		if (copyin_is_paired(out.type))
			copyin_told(fold, venue, &out);
		copyin_tell(fold);
		break;
	case PROTOCOL_DONE:
		break;
	default:
		metrics_add(fold->metrics, METRIC_gate_venue_bad, 1);
	}
}

void copyin_venue_lost(struct fold *fold, uint32_t venue)
{
	if (!copyin_has(fold, venue))
		return;
	for (uint32_t at = fold->breaks.heads[venue]; at != BREAK_NONE;
		at = fold->breaks.rows[at].next) {
		struct break_row *row = &fold->breaks.rows[at];
		if (copyin_is_owed(row) && row->order_id != 0)
			copyin_apply(fold, row);
	}
}

static void copyin_alarm(struct fold *fold, uint32_t venue)
{
	const struct drop_config *drop = &fold->site->venues[venue].drop;
	const struct fold_copy *copy = &fold->copies[venue];
	struct break_row *row;
	bool has_broken = false;
	if (!copy->is_up)
		return;
	while ((row = breaks_alarm(&fold->breaks, (uint8_t)venue, fold->turn.now_ns, copy->up_ns,
			drop->alarm_after_ns)) != NULL) {
		metrics_add(fold->metrics, METRIC_gate_copy_alarms, 1);
		has_broken = true;
		if (copyin_is_owed(row))
			copyin_apply(fold, row);
	}
	if (!has_broken)
		return;
	copyin_tell(fold);
	if (drop->policy == DROP_REDUCES)
		stops_latch(fold, SCOPE_VENUE, venue, STATE_REDUCE_ONLY,
			"its drop copy and its order session differ");
}

void copyin_acknowledge(struct fold *fold, const struct acknowledge_record *seen)
{
	breaks_acknowledge(&fold->breaks, seen, true);
	copyin_tell(fold);
}

void copyin_turn(struct fold *fold)
{
	for (uint32_t left = fold->copy_mask; left != 0; left &= left - 1)
		copyin_alarm(fold, (uint32_t)__builtin_ctz(left));
}

bool copyin_is_due(const struct fold *fold, uint64_t now_ns)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (copyin_has(fold, i) && fold->copies[i].is_up &&
			breaks_is_due(&fold->breaks, (uint8_t)i, now_ns, fold->copies[i].up_ns,
				fold->site->venues[i].drop.alarm_after_ns))
			return true;
	}
	return false;
}

void copyin_write(const struct fold *fold,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		const struct fold_copy *copy = &fold->copies[i];
		uint64_t image[] = {copy->is_up, copy->last_sequence, copy->up_ns, copy->over_day};
		if (!copyin_has(fold, i))
			continue;
		add(context, image, sizeof image);
		add(context, copy->soup_session, sizeof copy->soup_session);
		if (copy->own != NULL)
			fix_copyin_write(fold, i, add, context);
	}
	breaks_write(&fold->breaks, add, context);
}
