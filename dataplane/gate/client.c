#include "dataplane/gate/client.h"

#include <openssl/crypto.h>

#include "drivers/machine/clock.h"

static const uint64_t client_login_timeout_ns = 30ull * 1000 * 1000 * 1000;
static const uint64_t client_leave_timeout_ns = 1000ull * 1000 * 1000;

struct gate_connection *client_find(struct gate *gate, uint32_t number)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (gate->numbers[i] == number)
			return &gate->connections[i];
	}
	return NULL;
}

void client_opened(struct gate *gate, uint32_t number)
{
	struct gate_connection *connection = client_find(gate, CONNECTION_NONE);
	if (connection == NULL || gate->is_journal_full) {
		stream_shut(gate->stream, number, true);
		return;
	}
	connection->place = (uint32_t)(connection - gate->connections);
	connection->number = gate->numbers[connection->place] = number;
	connection->session = 0;
	connection->is_open = true;
	connection->is_leaving = false;
	connection->rx_bytes = 0;
	connection->opened_ns = connection->heard_ns = connection->told_ns = gate->now_ns;
}

static void client_change(struct gate *gate, uint32_t session, enum session_change change)
{
	gate_turn(gate);
	struct session_record *record = gate_input(gate, RECORD_SESSION, sizeof *record);
	record->session = session;
	record->change = (uint8_t)change;
	gate_commit(gate, record);
}

static void client_down(struct gate *gate, struct gate_connection *connection)
{
	if (connection->session != 0) {
		gate->by_session[connection->session] = NULL;
		client_change(gate, connection->session, SESSION_CLIENT_DOWN);
	}
	connection->session = 0;
	connection->is_open = false;
}

void client_closed(struct gate *gate, struct gate_connection *connection)
{
	client_down(gate, connection);
	connection->is_leaving = false;
	connection->number = gate->numbers[connection->place] = CONNECTION_NONE;
}

static void client_drop(struct gate *gate, struct gate_connection *connection)
{
	stream_shut(gate->stream, connection->number, false);
	client_down(gate, connection);
	connection->is_leaving = true;
	connection->opened_ns = gate->now_ns;
}

/* Passwords are compared in constant time, and the same work is done for an unknown user. */
static const struct session_config *client_who(
	const struct gate *gate, const struct soup_login *login)
{
	const struct session_config *who = NULL;
	for (uint32_t i = 0; i < gate->site->session_count; i++) {
		const struct session_config *config = &gate->site->sessions[i];
		int user =
			CRYPTO_memcmp(config->username, login->username, sizeof config->username);
		int password =
			CRYPTO_memcmp(config->password, login->password, sizeof config->password);
		if ((user | password) == 0)
			who = config;
	}
	return who;
}

static bool client_refuse(struct gate *gate, struct gate_connection *connection, char reason)
{
	uint8_t packet[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t size = soup_build_login_rejected(packet, reason);
	stream_send(gate->stream, connection->number, packet, size);
	metrics_add(&gate->region->metrics, METRIC_gate_logins_refused, 1);
	return false;
}

static bool client_login(
	struct gate *gate, struct gate_connection *connection, const struct soup_packet *packet)
{
	struct soup_login login = {
		.sequence = 0}; /* zeros behind the names: they are compared whole */
	char session[11] = {0};
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	memcpy(session, gate->soup_session, sizeof gate->soup_session);
	if (!soup_parse_login_request(packet, &login))
		return client_refuse(gate, connection, 'A');
	const struct session_config *who = client_who(gate, &login);
	if (who == NULL)
		return client_refuse(gate, connection, 'A');
	bool is_other_session = login.session[0] != '\0' && strcmp(login.session, session) != 0;
	if (is_other_session || gate->by_session[who->id] != NULL)
		return client_refuse(gate, connection, 'S');
	const struct fold_client *client = &gate->fold->clients[who->id];
	uint64_t oldest = client->last_sequence > client->store_count
				  ? client->last_sequence - client->store_count + 1
				  : 1;
	uint64_t next = login.sequence == 0 ? client->last_sequence + 1 : login.sequence;
	if (next > client->last_sequence + 1)
		next = client->last_sequence + 1;
	if (next < oldest)
		next = oldest;
	connection->session = who->id;
	connection->next_sent = next;
	gate->by_session[who->id] = connection;
	client_change(gate, who->id, SESSION_CLIENT_UP);
	stream_send(gate->stream, connection->number, reply,
		soup_build_login_accepted(reply, session, next));
	metrics_add(&gate->region->metrics, METRIC_gate_logins, 1);
	client_send(gate, who->id);
	return true;
}

/* What the judge will see of the market is written down before the order that it is used for. */
static void client_capture_top(
	struct gate *gate, uint32_t session, const struct soup_packet *packet)
{
	uint32_t symbol =
		fold_symbol_of(gate->fold, session, packet->payload, packet->payload_bytes);
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
	gate_commit(gate, used);
}

static bool client_message(
	struct gate *gate, struct gate_connection *connection, const struct soup_packet *packet)
{
	if (connection->session == 0 || packet->payload_bytes > MESSAGE_BYTES_MAX)
		return false;
	gate_turn(gate);
	if (gate->fold->top_count == BURST_COUNT_MAX) {
		/* A turn judges at most a burst of symbols: the next turn takes the next ones. */
		gate->is_turn_open = false;
		gate_turn(gate);
	}
	client_capture_top(gate, connection->session, packet);
	struct message_record *record = gate_input(
		gate, RECORD_CLIENT_IN, (uint32_t)sizeof *record + packet->payload_bytes);
	record->session = connection->session;
	record->size_bytes = packet->payload_bytes;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, packet->payload, packet->payload_bytes);
	gate_commit(gate, record);
	histogram_add(&gate->region->metrics.judge_ns,
		clock_cycles_to_ns(clock_cycles() - gate->message_cycles));
	gate_flush(gate);
	return true;
}

static bool client_packet(
	struct gate *gate, struct gate_connection *connection, const struct soup_packet *packet)
{
	switch (packet->type) {
	case SOUP_UNSEQUENCED:
		return client_message(gate, connection, packet);
	case SOUP_LOGIN_REQUEST:
		return connection->session == 0 && client_login(gate, connection, packet);
	case SOUP_CLIENT_HEARTBEAT:
	case SOUP_DEBUG:
		return true;
	default: /* logout, and whatever a client may not send */
		return false;
	}
}

bool connection_packets(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes,
	bool (*take)(struct gate *gate, struct gate_connection *connection,
		const struct soup_packet *packet))
{
	struct soup_packet packet;
	connection->heard_ns = gate->now_ns;
	while (size_bytes > 0) {
		/* Whole packets are read where they lie; only an unfinished one is copied. */
		const uint8_t *from = bytes;
		uint32_t available = size_bytes, held = connection->rx_bytes;
		if (held > 0) {
			uint32_t copy = GATE_RX_BYTES - held < size_bytes ? GATE_RX_BYTES - held
									  : size_bytes;
			memcpy(connection->rx + held, bytes, copy);
			from = connection->rx;
			available = held + copy;
		}
		enum soup_verdict verdict = soup_parse(from, available, &packet);
		if (verdict == SOUP_BROKEN || (verdict == SOUP_MORE && available >= GATE_RX_BYTES))
			return false;
		if (verdict == SOUP_MORE) {
			memmove(connection->rx, from, available);
			connection->rx_bytes = available;
			return true;
		}
		connection->rx_bytes = 0;
		bytes += packet.wire_bytes - held;
		size_bytes -= packet.wire_bytes - held;
		if (!take(gate, connection, &packet))
			return false;
	}
	return true;
}

void client_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes)
{
	if (!connection->is_open)
		return;
	if (!connection_packets(gate, connection, bytes, size_bytes, client_packet))
		client_drop(gate, connection);
}

/* A client that lets its store wrap has lost messages: what stands in their places is not theirs. */
static bool client_has_missed(
	const struct gate_connection *connection, const struct fold_client *client)
{
	return client->last_sequence >= connection->next_sent + client->store_count;
}

void client_send(struct gate *gate, uint32_t session)
{
	struct gate_connection *connection = gate->by_session[session];
	const struct fold_client *client = &gate->fold->clients[session];
	uint8_t packet[SOUP_HEADER_BYTES + FOLD_STORE_BYTES];
	if (connection == NULL || client_has_missed(connection, client))
		return;
	while (connection->next_sent <= client->last_sequence) {
		const struct fold_stored *stored =
			&client->store[(connection->next_sent - 1) % client->store_count];
		uint32_t size =
			soup_build(packet, SOUP_SEQUENCED, stored->bytes, stored->size_bytes);
		if (!stream_send(gate->stream, connection->number, packet, size))
			return; /* its window is full: the store keeps the rest, client_tick goes on */
		connection->next_sent++;
		connection->told_ns = gate->now_ns;
	}
}

static void client_tick_one(struct gate *gate, struct gate_connection *connection)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	const struct site_config *site = gate->site;
	/* Before a login only the login counts: whoever chatters without one is a silent peer too. */
	bool is_silent = connection->session == 0
				 ? gate->now_ns > connection->opened_ns + client_login_timeout_ns
				 : gate->now_ns > connection->heard_ns + site->client_timeout_ns;
	if (is_silent) {
		client_drop(gate, connection);
		return;
	}
	if (connection->session == 0)
		return;
	client_send(gate, connection->session);
	const struct fold_client *client = &gate->fold->clients[connection->session];
	if (client_has_missed(connection, client)) { /* it must come back and ask */
		client_drop(gate, connection);
		return;
	}
	if (gate->now_ns < connection->told_ns + site->client_heartbeat_ns)
		return;
	uint32_t size = soup_build(packet, SOUP_SERVER_HEARTBEAT, NULL, 0);
	if (stream_send(gate->stream, connection->number, packet, size))
		connection->told_ns = gate->now_ns;
}

static void client_reset(struct gate *gate, struct gate_connection *connection)
{
	stream_shut(gate->stream, connection->number, true);
	client_closed(gate, connection);
}

void client_drop_all(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (gate->connections[i].is_open)
			client_drop(gate, &gate->connections[i]);
	}
}

void client_tick(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		struct gate_connection *connection = &gate->connections[i];
		if (connection->is_open)
			client_tick_one(gate, connection);
		else if (connection->is_leaving &&
			 gate->now_ns > connection->opened_ns + client_leave_timeout_ns)
			client_reset(gate, connection);
	}
}
