#include "dataplane/gate/client.h"

#include "dataplane/fold/entry.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/route.h"
#include "dataplane/gate/turn.h"
#include "drivers/machine/clock.h"

void client_change(struct gate *gate, const struct session_record *change)
{
	gate_turn(gate);
	struct session_record *record = gate_input(gate, RECORD_SESSION, sizeof *record);
	*record = *change;
	gate_commit(gate, record);
}

static void client_down(struct gate *gate, struct gate_connection *connection)
{
	if (connection->session != 0) {
		struct session_record down = {
			.session = connection->session, .change = SESSION_CLIENT_DOWN};
		gate->by_session[connection->session] = NULL;
		client_change(gate, &down);
		leaving_note(gate, SESSION_WHY_CLOSED);
		metrics_add(gate->metrics, METRIC_gate_logins_refused, !connection->is_welcome);
		leaving_tell(gate, connection->session,
			connection->is_welcome ? SESSION_WENT_DOWN : SESSION_WAS_REFUSED);
	}
	leaving_forget(gate);
	connection->session = 0;
	connection->is_open = false;
}

void client_closed(struct gate *gate, struct gate_connection *connection)
{
	client_down(gate, connection);
	connection->is_leaving = false;
	connection->number = gate->numbers[connection->place] = CONNECTION_NONE;
}

void client_drop(struct gate *gate, struct gate_connection *connection)
{
	stream_shut(gate->stream, connection->number, false);
	leaving_note(gate, SESSION_WHY_NOT_RIGHT);
	client_down(gate, connection);
	connection->is_leaving = true;
	connection->opened_ns = gate->now_ns;
}

bool client_is_proven(const struct gate *gate, const struct gate_connection *connection,
	const struct session_config *config)
{
	struct stream_peer peer;
	stream_peer_of(gate->stream, connection->number, &peer);
	return strcmp(peer.certificate, config->certificate) == 0;
}

bool client_may_enter(const struct gate *gate, const struct session_config *config)
{
	return gate->by_session[config->id] == NULL && gate->fold->day.phase != DAY_CLOSED;
}

enum session_why client_why_not(const struct gate *gate)
{
	return gate->fold->day.phase == DAY_CLOSED ? SESSION_WHY_DAY : SESSION_WHY_SESSION;
}

uint64_t client_next(const struct gate *gate, const struct session_config *config, uint64_t wanted)
{
	const struct fold_client *client = &gate->fold->clients[config->id];
	uint64_t oldest = client->last_sequence > client->store_count
				  ? client->last_sequence - client->store_count + 1
				  : 1;
	uint64_t next = wanted == 0 ? client->last_sequence + 1 : wanted;
	if (next > client->last_sequence + 1)
		next = client->last_sequence + 1;
	return next < oldest ? oldest : next;
}

void client_enter(struct gate *gate, struct gate_connection *connection,
	const struct session_config *config, uint64_t next, const struct session_record *record)
{
	CHECK(client_is_proven(gate, connection, config));
	struct session_record up = *record;
	up.session = config->id;
	up.change = SESSION_CLIENT_UP;
	connection->session = config->id;
	connection->is_welcome = false;
	connection->next_sent = next;
	gate->by_session[config->id] = connection;
	client_change(gate, &up);
}

void client_welcome(struct gate *gate, struct gate_connection *connection)
{
	connection->is_welcome = true;
	metrics_add(gate->metrics, METRIC_gate_logins, 1);
	leaving_forget(gate);
	leaving_tell(gate, connection->session, SESSION_CAME_UP);
}

void client_serve(struct gate *gate, uint32_t session)
{
	struct gate_connection *connection = gate->by_session[session];
	const struct fold_client *client = &gate->fold->clients[session];
	if (connection == NULL || client_has_missed(connection, client))
		return;
	if (connection->kind->client_send != NULL) {
		connection->kind->client_send(gate, connection);
		return;
	}
	while (connection->next_sent <= client->last_sequence) {
		const struct fold_stored *stored = fold_stored(client, connection->next_sent);
		if (!connection->kind->client_put(
			    gate, connection, stored->bytes, stored->size_bytes))
			return; /* its window is full: the store keeps the rest, clients_tick goes on */
		connection->next_sent++;
		connection->told_ns = gate->now_ns;
	}
}

void gate_flush(struct gate *gate)
{
	bool had_egress = false;
	link_publish(&gate->writer); /* a turn that nothing followed */
	while (route_one(gate))
		had_egress = true;
	if (UNLIKELY(gate->message_cycles != 0) && had_egress)
		histogram_add(&gate->metrics->gate_ns,
			clock_cycles_to_ns(clock_cycles() - gate->message_cycles));
	for (uint32_t i = 0; i < gate->dirty_count; i++) {
		gate->is_dirty[gate->dirty[i]] = false;
		client_serve(gate, gate->dirty[i]);
	}
	gate->dirty_count = 0;
}

/* What the judge will see of the market is written down before the order that it is used for. */
static void client_capture_top(struct gate *gate, uint32_t symbol)
{
	if (symbol == SYMBOL_NONE || fold_top(gate->fold, symbol) != NULL ||
		gate->fold->top_count == BURST_COUNT_MAX)
		return;
	struct top_used *used = gate_input(gate, RECORD_TOP, sizeof *used);
	used->symbol = symbol;
	used->channel_age_ns = UINT64_MAX;
	used->close_age_s = UINT32_MAX;
	if (top_read(&gate->market->tops[symbol], &used->top) &&
		used->top.channel < CHANNEL_COUNT_MAX) {
		uint64_t heard_ns = atomic_load_explicit(
			&gate->market->channels[used->top.channel].heard_ns, memory_order_acquire);
		if (heard_ns != 0)
			used->channel_age_ns =
				gate->now_ns > heard_ns ? gate->now_ns - heard_ns : 0;
		used->top.phase = (uint8_t)atomic_load_explicit(
			&gate->market->channels[used->top.channel].phase, memory_order_relaxed);
	}
	if (used->top.close_e4 != 0)
		used->close_age_s = top_close_age_s(&used->top, gate->now_ns);
	/* Times of the feed are monotonic of this machine; the fold's clock may be ahead of it after a boot. */
	if (used->top.last_ns != 0)
		used->top.last_ns += gate->time_offset_ns;
	fold_take_top(gate->fold, used);
}

/* Whether what a connection says is a message of a session, and is heard. */
static bool client_is_heard(
	const struct gate *gate, const struct gate_connection *connection, uint32_t size_bytes)
{
	return connection->session != 0 && size_bytes <= MESSAGE_BYTES_MAX &&
	       fold_may_speak(&gate->fold->clients[connection->session]);
}

/* What a message will be judged on comes nearer: what is known of its symbol, and where its account's row lies. */
static void client_aim(const struct gate *gate, struct entry_aim aim)
{
	if (aim.symbol == SYMBOL_NONE)
		return;
	top_prefetch(&gate->market->tops[aim.symbol]);
	risk_announce(gate->fold->risk, aim.account, aim.symbol);
}

void client_announce(struct gate *gate, const struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	if (!client_is_heard(gate, connection, size_bytes))
		return;
	gate->ahead = (struct gate_ahead){.bytes = bytes,
		.aim = entry_peek(gate->fold, connection->session, bytes, size_bytes)};
	client_aim(gate, gate->ahead.aim);
}

void client_approach(const struct gate *gate)
{
	struct entry_aim aim = gate->ahead.aim;
	if (aim.symbol != SYMBOL_NONE)
		risk_approach(gate->fold->risk, aim.account, aim.symbol);
}

bool client_message(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes)
{
	if (!client_is_heard(gate, connection, size_bytes)) {
		if (size_bytes > MESSAGE_BYTES_MAX)
			metrics_add(gate->metrics, METRIC_gate_bad_messages, 1);
		return false;
	}
	const struct entry_aim aim = entry_look(gate->fold, connection->session, bytes, size_bytes);
	client_aim(gate, aim);
	gate_turn(gate);
	if (gate->fold->top_count == BURST_COUNT_MAX) {
		/* A turn judges at most a burst of symbols: the next turn takes the next ones. */
		gate->is_turn_open = false;
		gate_turn(gate);
	}
	if (aim.symbol != SYMBOL_NONE)
		risk_approach(gate->fold->risk, aim.account, aim.symbol);
	client_capture_top(gate, aim.symbol);
	struct message_record *record =
		gate_input_whole(gate, RECORD_CLIENT_IN, (uint32_t)sizeof *record + size_bytes);
	record->session = connection->session;
	record->size_bytes = size_bytes;
	record->sequence = 0;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, bytes, size_bytes);
	fold_client_in(gate->fold, record);
	if (UNLIKELY(gate->message_cycles != 0))
		histogram_add(&gate->metrics->judge_ns,
			clock_cycles_to_ns(clock_cycles() - gate->message_cycles));
	gate_flush(gate);
	return true;
}
