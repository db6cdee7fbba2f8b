#include "dataplane/fold/peers.h"

#include "dataplane/fold/copyin.h"
#include "dataplane/fold/hours.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/resolve.h"
#include "dataplane/fold/sweep.h"
#include "drivers/machine/memory.h"

/* Those strategies that a session is held to; else all, and risk judges whether its accounts have them. */
static void peers_permit(struct fold_client *client)
{
	const struct session_config *config = client->config;
	if (config->strategy_count == 0)
		memset(client->strategies, 0xFF, sizeof client->strategies);
	for (uint32_t i = 0; i < config->strategy_count; i++)
		client->strategies[config->strategies[i] / 64] |= 1ull
								  << config->strategies[i] % 64;
}

static size_t peers_store_bytes(const struct fold_client *client)
{
	return (size_t)client->store_count * client->protocol->store_bytes;
}

static void peers_open_client(struct fold *fold, const struct session_config *config)
{
	struct fold_client *client = &fold->clients[config->id];
	client->config = config;
	client->protocol = protocol_orders_of((enum order_protocol)config->protocol);
	client->store_count = config->replay_count;
	client->store = memory_take("client replay store", peers_store_bytes(client));
	if (client->protocol->open != NULL)
		client->protocol->open(fold, config->id);
}

void peers_open_clients(struct fold *fold)
{
	bool has_text_ids = false;
	for (uint32_t i = 0; i < fold->site->session_count; i++) {
		const struct session_config *config = &fold->site->sessions[i];
		peers_open_client(fold, config);
		peers_permit(&fold->clients[config->id]);
		has_text_ids |= fold->clients[config->id].protocol->has_text_ids;
	}
	for (uint32_t i = 0; i < fold->site->copy_count; i++) {
		const struct copy_config *copy = &fold->site->copies[i];
		peers_open_client(fold, &copy->session);
		fold->clients[copy->session.id].copy = copy;
	}
	ids_open(&fold->ids, has_text_ids ? fold->site->text_id_count : 0);
}

void peers_close_clients(struct fold *fold)
{
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		struct fold_client *client = &fold->clients[i];
		if (client->own != NULL)
			client->protocol->close(fold, i);
		if (client->store != NULL)
			memory_return(client->store, peers_store_bytes(client));
	}
}

/* From now on a session's open orders are cancelled, so many a turn; what it enters later is not concerned. */
static void peers_cancel_client(struct fold *fold, uint32_t session, enum cancel_cause cause)
{
	struct fold_client *client = &fold->clients[session];
	client->cancel_up_to = fold->orders.last_id;
	client->cancel_cause = (uint8_t)cause;
	if (client->orders_open > 0)
		sweep_start(fold);
}

/* Gone by itself, by its silence or with the process that it was connected to. */
void peers_lose_client(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	if (client->is_up && client->config != NULL && client->config->cancel_on_disconnect)
		peers_cancel_client(fold, session, CANCEL_BY_DISCONNECT);
	client->is_up = 0;
}

void peers_venue_ready(struct fold *fold, uint32_t venue)
{
	fold->venues[venue].is_ready = 1;
	fold->gone_mask &= ~(1u << venue);
	resolve_ready(fold, venue);
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
		peers_lose_client(fold, record->session);
	else if (record->change == SESSION_DEAD_MAN)
		peers_cancel_client(fold, record->session, CANCEL_BY_DEAD_MAN);
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
