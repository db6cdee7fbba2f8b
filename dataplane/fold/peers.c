#include "dataplane/fold/peers.h"

#include "dataplane/fold/answer.h"
#include "dataplane/fold/clients.h"
#include "dataplane/fold/copyin.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/hours.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/resolved.h"
#include "dataplane/fold/sweep.h"

void peers_venue_ready(struct fold *fold, uint32_t venue)
{
	fold->venues[venue].is_ready = 1;
	fold->gone_mask &= ~(1u << venue);
	resolved_ready(fold, venue);
	answer_ready(fold, venue);
	sweep_start(fold);
}

/* Every order that may be under way is uncertain until the venue has spoken; its cancels are lost. */
void peers_lose_venue(struct fold *fold, uint32_t venue)
{
	fold->venues[venue].is_connected = fold->venues[venue].is_ready = 0;
	fold->gone_mask |= 1u << venue;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->venue != venue)
			continue;
		life_move(
			fold, order, order_next((enum order_state)order->state, ORDER_VENUE_LOST));
		if (order->flags & ORDER_PENDING_CANCEL)
			order->flags = (uint8_t)((order->flags & ~ORDER_PENDING_CANCEL) |
						 ORDER_CANCEL_LOST);
		answer_lose(order);
	}
	copyin_venue_lost(fold, venue);
}

uint32_t peers_venue_of(const struct fold *fold, uint32_t session)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->site->venues[i].session_id == session)
			return i;
	}
	return UINT32_MAX;
}

static void peers_client_changed(struct fold *fold, const struct session_record *record)
{
	if (record->change == SESSION_CLIENT_UP)
		fold->clients[record->session].is_up = 1;
	else if (record->change == SESSION_CLIENT_DOWN)
		clients_lose(fold, record->session);
	else if (record->change == SESSION_DEAD_MAN)
		clients_cancel(fold, record->session, CANCEL_BY_DEAD_MAN);
}

/* What a session's number speaks, a client's or a venue's; NULL: there is no such session. */
static const struct protocol_orders *peers_protocol_of(const struct fold *fold, uint32_t session)
{
	uint32_t venue = peers_venue_of(fold, session);
	if (venue != UINT32_MAX)
		return fold->venues[venue].protocol;
	return session < SESSION_COUNT_MAX ? fold->clients[session].protocol : NULL;
}

void peers_changed(struct fold *fold, const struct session_record *record)
{
	uint32_t venue = peers_venue_of(fold, record->session);
	uint32_t copy_of = copyin_venue_of(fold, record->session);
	if (copy_of != UINT32_MAX) {
		copyin_changed(fold, copy_of, record);
		return;
	}
	if (record->session < SESSION_COUNT_MAX && fold->clients[record->session].config != NULL)
		peers_client_changed(fold, record);
	const struct protocol_orders *protocol = peers_protocol_of(fold, record->session);
	if (protocol != NULL && protocol->changed != NULL)
		protocol->changed(fold, record);
	if (venue == UINT32_MAX)
		return;
	struct fold_venue *v = &fold->venues[venue];
	switch (record->change) {
	case SESSION_VENUE_UP:
		v->is_connected = 1;
		if (!v->protocol->has_query) {
			peers_venue_ready(fold, venue);
			break;
		}
		v->queries_stale = v->queries_open++;
		v->queries_asked++;
		break;
	case SESSION_VENUE_DOWN:
		peers_lose_venue(fold, venue);
		metrics_add(fold->metrics, METRIC_gate_venue_losses, 1);
		break;
	case SESSION_VENUE_NEW:
		memcpy(v->soup_session, record->soup_session, sizeof v->soup_session);
		v->last_sequence = record->sequence - 1;
		v->session_first_ref = v->next_ref;
		day_venue_over(fold, venue);
		v->queries_open = 0;
		break;
	case SESSION_VENUE_END:
		day_venue_over(fold, venue);
		break;
	default:
		hours_changed(fold, venue, record);
		break;
	}
}

void peers_reserved(struct fold *fold, const struct reserve_record *record)
{
	uint32_t venue = peers_venue_of(fold, record->session);
	if (venue != UINT32_MAX && record->up_to <= fold->venues[venue].reserved_ref)
		fold->venues[venue].durable_ref = record->up_to;
}
