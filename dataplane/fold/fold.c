#include "dataplane/fold/fold.h"

#include "dataplane/fold/answer.h"
#include "dataplane/fold/copyin.h"
#include "dataplane/fold/decision.h"
#include "dataplane/fold/entry.h"
#include "dataplane/fold/life.h"
#include "dataplane/orders/names.h"
#include "dataplane/fold/peers.h"
#include "dataplane/fold/resolve.h"
#include "dataplane/fold/sweep.h"
#include "drivers/machine/memory.h"

static void fold_open_grants(struct fold *fold)
{
	refs_open(&fold->grants, GRANT_COUNT_MAX);
	for (uint32_t i = 0; i < fold->site->account_count; i++) {
		const struct account_config *account = &fold->site->accounts[i];
		for (uint32_t j = 0; j < account->session_count && account->mpid[0] != '\0'; j++)
			CHECK(refs_put(&fold->grants,
				(uint64_t)account->sessions[j] << 32 | names_mpid(account->mpid),
				account->id));
	}
}

/* What names something of a gate to people tells which gate: orders by their numbers, venues by their places in the site. */
static void fold_open_gate(struct fold *fold)
{
	const struct site_config *site = fold->site;
	const uint64_t first = (uint64_t)site->gate << GATE_ORDER_ID_BITS;
	const uint64_t end = first + (UINT64_C(1) << GATE_ORDER_ID_BITS);
	fold->orders.last_id = fold->breaks.taken = first;
	fold->orders.id_end = site->gate_count == 0 ? UINT64_MAX : end;
	for (uint32_t i = 0; i < site->venue_count; i++)
		fold->latches.venue_places[i] = (uint8_t)site_venue_place(site, i);
}

struct fold *fold_open(const struct site_config *site, const struct fold_out *out,
	struct metrics *metrics, struct gate_page *page)
{
	struct fold *fold = memory_take("gate", sizeof *fold);
	fold->site = site;
	fold->out = *out;
	fold->metrics = metrics;
	fold->page = page;
	fold->risk = risk_open(site);
	fold->decision = memory_take("decision", sizeof *fold->decision);
	fold->egress = memory_take("egress queue", FOLD_EGRESS_COUNT * sizeof fold->egress[0]);
	order_table_open(&fold->orders, site->own_order_count);
	selftrade_open(&fold->selftrade, &fold->orders, site);
	parents_open(&fold->parents, site);
	fills_open(&fold->fills, site->own_order_count);
	latches_open(&fold->latches);
	peers_open_clients(fold);
	copyin_open(fold);
	fold_open_gate(fold);
	fold_open_grants(fold);
	refs_open(&fold->symbols, SYMBOL_COUNT_MAX);
	for (uint32_t i = 0; i < site->symbol_count; i++)
		CHECK(refs_put(&fold->symbols, site->symbols[i].name, i));
	for (uint32_t i = 0; i < site->venue_count; i++) {
		fold->venues[i].config = &site->venues[i];
		fold->venues[i].protocol =
			protocol_orders_of((enum order_protocol)site->venues[i].protocol);
		fold->venues[i].next_ref = 1;
		memset(fold->venues[i].soup_session, ' ', sizeof fold->venues[i].soup_session);
		fold->venues[i].exposed = memory_take(
			"exposed accounts", ACCOUNT_COUNT_MAX * sizeof fold->venues[i].exposed[0]);
		fold->gone_mask |= 1u << i;
		if (fold->venues[i].protocol->venue_open != NULL)
			fold->venues[i].protocol->venue_open(fold, i);
	}
	routes_open(&fold->routes, site);
	return fold;
}

void fold_close(struct fold *fold)
{
	peers_close_clients(fold);
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		memory_return(fold->venues[i].exposed,
			ACCOUNT_COUNT_MAX * sizeof fold->venues[i].exposed[0]);
	copyin_close(fold);
	routes_close(&fold->routes);
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->venues[i].own != NULL)
			fold->venues[i].protocol->venue_close(fold, i);
	}
	ids_close(&fold->ids);
	refs_close(&fold->symbols);
	refs_close(&fold->grants);
	latches_close(&fold->latches);
	fills_close(&fold->fills);
	selftrade_close(&fold->selftrade);
	parents_close(&fold->parents);
	order_table_close(&fold->orders);
	risk_close(fold->risk);
	memory_return(fold->decision, sizeof *fold->decision);
	memory_return(fold->egress, FOLD_EGRESS_COUNT * sizeof fold->egress[0]);
	memory_return(fold, sizeof *fold);
}

struct fold_stored *fold_claim_stored(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	return (struct fold_stored *)(client->store + client->last_sequence % client->store_count *
							      client->protocol->store_bytes);
}

void fold_publish_stored(struct fold *fold, uint32_t session)
{
	fold->clients[session].last_sequence++;
	fold->out.client(fold->out.context, session);
}

void fold_send_client(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message)
{
	struct fold_client *client = &fold->clients[session];
	if (client->config == NULL || client->store_count == 0)
		return;
	struct fold_stored *stored = fold_claim_stored(fold, session);
	uint32_t size_bytes = client->protocol->client_out(fold, session, order, message,
		stored->bytes, client->protocol->store_bytes - (uint32_t)sizeof *stored);
	if (size_bytes == 0)
		return;
	stored->size_bytes = (uint16_t)size_bytes;
	fold_publish_stored(fold, session);
}

struct fold_egress *fold_queue_egress(struct fold *fold, uint32_t slot, enum decision_kind kind)
{
	CHECK(fold_egress_room(fold) > 0);
	struct fold_egress *egress = &fold->egress[fold->egress_tail++ % FOLD_EGRESS_COUNT];
	egress->order_id = fold->orders.slots[slot].id;
	egress->slot = slot;
	egress->venue_ref = fold->orders.slots[slot].venue_ref;
	egress->venue = fold->orders.slots[slot].venue;
	egress->session = fold->orders.slots[slot].session;
	egress->kind = (uint8_t)kind;
	return egress;
}

const struct fold_egress *fold_egress_front(const struct fold *fold)
{
	return fold->egress_head == fold->egress_tail
		       ? NULL
		       : &fold->egress[fold->egress_head % FOLD_EGRESS_COUNT];
}

const struct top_used *fold_top(const struct fold *fold, uint32_t symbol)
{
	for (uint32_t i = 0; i < fold->top_count; i++) {
		if (fold->tops[i].symbol == symbol)
			return &fold->tops[i];
	}
	return NULL;
}

uint32_t fold_symbol_of_order(const struct fold *fold, uint32_t session, uint32_t client_ref)
{
	uint32_t slot = order_table_find_client(&fold->orders, (uint16_t)session, client_ref);
	return slot == ORDER_NONE ? SYMBOL_NONE : fold->orders.slots[slot].symbol;
}

bool fold_needs_turn(const struct fold *fold, uint32_t slow_mask)
{
	bool is_due = (fold->sweep_due_mask & ~slow_mask) != 0;
	return (fold->is_sweeping || is_due) && fold_egress_room(fold) > 0;
}

static void fold_reserve_refs(struct fold *fold, uint32_t venue)
{
	struct fold_venue *v = &fold->venues[venue];
	uint64_t next = fold_next_ref(fold, v);
	if (next + RESERVE_AHEAD <= v->reserved_ref || next + RESERVE_STEP > UINT32_MAX)
		return;
	v->reserved_ref = next + RESERVE_STEP;
	struct reserve_record *record = fold_record(fold, RECORD_RESERVE, sizeof *record);
	record->session = v->config->session_id;
	record->up_to = v->reserved_ref;
}

/* An order that left, or stays, by its session and its venue. */
static void fold_count_sent(struct fold *fold, const struct fold_egress *egress, bool was_sent)
{
	struct session_balance *balance = &fold->clients[egress->session].balance;
	if (egress->kind == DECISION_CANCEL)
		return;
	fold->orders_sent += was_sent;
	fold->orders_withheld += !was_sent;
	balance->sent += was_sent;
	balance->withheld += !was_sent;
	fold->venues[egress->venue].orders_sent += was_sent;
}

static void fold_tell_latches(struct fold *fold)
{
	struct gate_page *page = fold->page;
	atomic_store_explicit(
		&page->latch_count, fold->latches.stopped_count, memory_order_relaxed);
	atomic_store_explicit(
		&page->trips_standing, fold->latches.tripped_count, memory_order_relaxed);
	atomic_store_explicit(&page->latched_state, fold->latches.states[0], memory_order_relaxed);
	metrics_set(fold->metrics, METRIC_gate_trips_standing, fold->latches.tripped_count);
}

static void fold_boot(struct fold *fold, const struct boot_record *boot)
{
	day_boot(fold, boot);
	/* What stood in the queue may have been handed over: its orders count as sent. */
	for (; fold->egress_head != fold->egress_tail; fold->egress_head++)
		fold_count_sent(fold, fold_egress_front(fold), true);
	epochs_boot(fold, boot->wall_ns);
	fold_tell_latches(fold);
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		struct session_record down = {.session = i, .change = SESSION_CLIENT_DOWN};
		const struct protocol_orders *protocol = fold->clients[i].protocol;
		peers_lose_client(fold, i);
		if (protocol != NULL && protocol->changed != NULL)
			protocol->changed(fold, &down);
	}
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		copyin_changed(
			fold, i, &(const struct session_record){.change = SESSION_VENUE_DOWN});
		peers_lose_venue(fold, i);
		/* Numbers up to here may have been used by orders whose records were lost with the machine. */
		struct fold_venue *v = &fold->venues[i];
		struct session_record down = {
			.session = v->config->session_id, .change = SESSION_VENUE_DOWN};
		if (v->protocol->changed != NULL)
			v->protocol->changed(fold, &down);
		if (v->reserved_ref > v->next_ref)
			v->next_ref = v->reserved_ref;
		if (v->protocol->has_text_refs && v->next_ref > fold->orders.last_id + 1)
			fold->orders.last_id = v->next_ref - 1;
	}
}

APART static void fold_turn(struct fold *fold, const struct turn_inputs *turn)
{
	fold->turn = *turn;
	fold->top_count = 0;
	epochs_turn(fold);
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		fold_reserve_refs(fold, i);
	if ((fold->sweep_due_mask & ~turn->venue_slow_mask) != 0)
		sweep_start(fold);
	fold->sweep_due_mask &= turn->venue_slow_mask;
	copyin_turn(fold);
	sweep_run(fold);
}

/* The alert: control writes it into the audit and is not ready to trade until somebody has looked. */
static void fold_tell_trip(struct fold *fold, const struct stop_record *stop, uint64_t latch)
{
	struct gate_page *page = fold->page;
	uint64_t count = atomic_load_explicit(&page->trip_count, memory_order_relaxed);
	struct latch_row *row = &page->trips[count % TRIP_EVENT_COUNT];
	*row = (struct latch_row){.scope = stop->scope,
		.state = stop->state,
		.writer = stop->writer,
		.id = stop->id,
		.latch = latch,
		.since_wall_ns = fold->turn.wall_ns};
	memcpy(row->reason, stop->reason, sizeof row->reason);
	atomic_store_explicit(&page->trip_count, count + 1, memory_order_release);
	metrics_add(fold->metrics, METRIC_gate_trips, 1);
}

/* Returns the latch's number; 0: nothing was latched by it. */
static uint64_t fold_stop(struct fold *fold, const struct stop_record *stop)
{
	bool is_known = stop_index((enum scope)stop->scope, stop->id) != UINT32_MAX &&
			stop->writer < STOP_WRITER_COUNT && stop->state < TRADING_STATE_COUNT;
	if (!is_known)
		return 0; /* no gate writes such a record */
	uint64_t latch = latches_apply(&fold->latches, stop, fold->turn.wall_ns);
	if (latch == 0 && stop->writer == STOP_BY_GATE)
		return 0;
	/* A stop that found the latch already closed is answered too: whoever asked waits for it. */
	sweep_result(fold, stop, latch);
	if (stop->writer == STOP_BY_GATE)
		fold_tell_trip(fold, stop, latch);
	fold_tell_latches(fold);
	if (stop->state == STATE_KILLED)
		sweep_start(fold);
	return latch;
}

void fold_latch(struct fold *fold, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason)
{
	if (scope == SCOPE_VENUE)
		id = fold->latches.venue_places[id];
	struct stop_record stop = {
		.scope = (uint8_t)scope, .id = id, .state = (uint8_t)state, .writer = STOP_BY_GATE};
	size_t size = strnlen(reason, sizeof stop.reason - 1);
	memcpy(stop.reason, reason, size);
	if (fold_stop(fold, &stop) != 0)
		*(struct stop_record *)fold_record(fold, RECORD_TRIP, sizeof stop) = stop;
}

void fold_trip(struct fold *fold, enum scope scope, uint32_t id, const char *reason)
{
	fold_latch(fold, scope, id, STATE_HALTED, reason);
}

static void fold_release(struct fold *fold, const struct release_record *release)
{
	if (latches_release(&fold->latches, release))
		sweep_released(fold, release);
	fold_tell_latches(fold);
}

static void fold_tell(struct fold *fold)
{
	metrics_set(fold->metrics, METRIC_gate_unanswered, fold->orders_sent - fold->orders_acked);
}

APART static void fold_client_in(struct fold *fold, const struct message_record *message)
{
	if (message->session < SESSION_COUNT_MAX)
		entry_apply(fold, message->session, (const uint8_t *)(message + 1),
			message->size_bytes);
	fold_tell(fold);
}

APART static void fold_venue_in(struct fold *fold, const struct message_record *message)
{
	uint32_t venue = peers_venue_of(fold, message->session);
	uint32_t copy_of = copyin_venue_of(fold, message->session);
	if (copy_of != UINT32_MAX) {
		copyin_message(fold, copy_of, message);
		fold_tell(fold);
	}
	if (venue == UINT32_MAX || message->sequence != fold->venues[venue].last_sequence + 1)
		return; /* seen before: a replay of the venue's overlaps what we have */
	fold->venues[venue].last_sequence = message->sequence;
	answer_apply(fold, venue, (const uint8_t *)(message + 1), message->size_bytes);
	fold_tell(fold);
}

static void fold_sent_order(
	struct fold *fold, const struct sent_record *sent, uint32_t slot, bool was_sent)
{
	if (was_sent) {
		metrics_add(fold->metrics, METRIC_gate_sent, 1);
		life_step(fold, slot, ORDER_WAS_SENT);
		return;
	}
	metrics_add(fold->metrics, METRIC_gate_withheld, 1);
	answer_withheld(fold, &fold->orders.slots[slot], (enum withheld_reason)sent->reason);
	life_step(fold, slot, ORDER_WAS_WITHHELD);
}

/* A whole cancel is owed until the venue has it; a smaller size was a wish of that moment. */
static void fold_withheld_cancel(struct fold *fold, uint32_t slot, enum withheld_reason reason)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (order->cancel_qty != 0) {
		answer_cancel_withheld(fold, order);
		return;
	}
	order->flags = (uint8_t)((order->flags & ~ORDER_PENDING_CANCEL) | ORDER_CANCEL_LOST);
	if (reason == WITHHELD_VENUE_SLOW || reason == WITHHELD_UNTRUE)
		fold->sweep_due_mask |= 1u << order->venue;
}

APART static void fold_sent(struct fold *fold, const struct sent_record *sent, bool was_sent)
{
	const struct fold_egress *front = fold_egress_front(fold);
	CHECK(front != NULL && front->order_id == sent->order_id && front->kind == sent->kind);
	uint32_t slot = fold_egress_slot(fold, front);
	fold->egress_head++;
	if (!was_sent && sent->reason == WITHHELD_UNTRUE) {
		metrics_add(fold->metrics, METRIC_gate_untrue, 1);
		fold_trip(fold, SCOPE_FIRM, 0, "what would leave is not what was decided");
	}
	const struct protocol_orders *protocol = fold->venues[front->venue].protocol;
	if (was_sent && protocol->venue_sent != NULL)
		protocol->venue_sent(fold, front);
	fold_count_sent(fold, front, was_sent);
	if (slot == ORDER_NONE)
		return; /* the venue finished it meanwhile */
	if (front->kind != DECISION_CANCEL)
		fold_sent_order(fold, sent, slot, was_sent);
	else if (was_sent)
		metrics_add(fold->metrics, METRIC_gate_cancels_sent, 1);
	else
		fold_withheld_cancel(fold, slot, (enum withheld_reason)sent->reason);
}

/* A row that was taken is not taken again, whoever says it. */
static void fold_position(struct fold *fold, const struct position_record *position)
{
	if (position->place != fold->positions_taken || position->account >= ACCOUNT_COUNT_MAX ||
		position->symbol >= fold->site->symbol_count)
		return;
	fold->positions_taken++;
	risk_start(fold->risk, (uint16_t)position->account, position->symbol, position->shares,
		position->cost_e4, position->price_e4);
}

static void fold_mark(struct fold *fold, const struct mark_record *mark)
{
	risk_mark(fold->risk, (uint16_t)mark->account, mark->symbol, mark->price_e4);
}

static void fold_rate(struct fold *fold, const struct rate_record *rate)
{
	risk_rate(fold->risk, rate->currency, rate->rate_e8, rate->as_of_wall_ns);
}

static void fold_take_top(struct fold *fold, const struct top_used *top)
{
	if (fold->top_count < BURST_COUNT_MAX)
		fold->tops[fold->top_count++] = *top;
}

/* What comes seldom.  Apart, so that what comes with every order need not make room for all of it. */
APART static void fold_apply_rare(struct fold *fold, const struct record *record)
{
	const void *body = record_body(record);
	switch (record->type) {
	case RECORD_BOOT:
		fold_boot(fold, body);
		break;
	case RECORD_STOP:
		fold_stop(fold, body);
		break;
	case RECORD_RELEASE:
		fold_release(fold, body);
		break;
	case RECORD_LIMIT_ROW:
		epochs_row(fold, body);
		break;
	case RECORD_LIMIT_EPOCH:
		epochs_adopt(fold, body);
		break;
	case RECORD_LIMIT_WORD:
		epochs_word(fold, body);
		break;
	case RECORD_DAY:
		day_apply(fold, body);
		break;
	case RECORD_RESOLVE:
		resolve_apply(fold, body);
		break;
	case RECORD_ACKNOWLEDGE:
		copyin_acknowledge(fold, body);
		break;
	case RECORD_SESSION:
		peers_changed(fold, body);
		break;
	case RECORD_MARK:
		fold_mark(fold, body);
		break;
	case RECORD_POSITION:
		fold_position(fold, body);
		break;
	case RECORD_RATE:
		fold_rate(fold, body);
		break;
	case RECORD_WITHHELD:
		fold_sent(fold, body, false);
		break;
	case RECORD_RESERVED:
		peers_reserved(fold, body);
		break;
	default:
		break;
	}
}

void fold_apply(struct fold *fold, const struct record *record)
{
	const void *body = record_body(record);
	fold_settle(fold);
	switch (record->type) {
	case RECORD_TURN:
		fold_turn(fold, body);
		break;
	case RECORD_TOP:
		fold_take_top(fold, body);
		break;
	case RECORD_CLIENT_IN:
		fold_client_in(fold, body);
		break;
	case RECORD_VENUE_IN:
		fold_venue_in(fold, body);
		break;
	case RECORD_SENT:
		fold_sent(fold, body, true);
		break;
	default:
		fold_apply_rare(fold, record);
		break;
	}
}
