#include "dataplane/gate/clients.h"

#include "dataplane/gate/client.h"
#include "dataplane/gate/kinds.h"
#include "dataplane/gate/leaving.h"

static const uint64_t clients_login_timeout_ns = 30ull * 1000 * 1000 * 1000;
static const uint64_t clients_leave_timeout_ns = 1000ull * 1000 * 1000;

struct gate_connection *clients_find(struct gate *gate, uint32_t number)
{
	uint16_t *hint = &gate->hints[number & (GATE_HINT_COUNT - 1)];
	if (LIKELY(number != CONNECTION_NONE && gate->numbers[*hint] == number))
		return &gate->connections[*hint];
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (gate->numbers[i] == number) {
			*hint = (uint16_t)i;
			return &gate->connections[i];
		}
	}
	return NULL;
}

bool clients_listen(struct gate *gate, struct config_error *error)
{
	const struct site_config *site = gate->site;
	struct stream *stream = gate->stream;
	gate->listener = stream_listen(stream, site->listen_address, site->listen_port, error);
	return gate->listener != 0 &&
	       (!site->tls.is_used ||
		       stream_listen(stream, site->tls_address, site->tls_port, error) != 0) &&
	       (!site->shm.is_used || stream_listen(stream, site->shm.socket, 0, error) != 0);
}

static void clients_reset(struct gate *gate, struct gate_connection *connection)
{
	stream_shut(gate->stream, connection->number, true);
	client_closed(gate, connection);
}

/* The one longest without a session goes if places run out. */
static void clients_make_room(struct gate *gate)
{
	struct gate_connection *oldest = NULL;
	uint32_t used = 0;
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		struct gate_connection *connection = &gate->connections[i];
		if (gate->numbers[i] == CONNECTION_NONE)
			continue;
		used++;
		if (connection->session == 0 &&
			(oldest == NULL || connection->opened_ns < oldest->opened_ns))
			oldest = connection;
	}
	if (used + GATE_CONNECTION_SPARE <= GATE_CONNECTION_MAX || oldest == NULL)
		return;
	clients_reset(gate, oldest);
	metrics_add(gate->metrics, METRIC_gate_logins_crowded, 1);
}

void clients_opened(struct gate *gate, uint32_t number)
{
	struct gate_connection *connection = clients_find(gate, CONNECTION_NONE);
	if (connection == NULL || gate->is_journal_full) {
		stream_shut(gate->stream, number, true);
		return;
	}
	connection->place = (uint32_t)(connection - gate->connections);
	connection->number = gate->numbers[connection->place] = number;
	connection->session = 0;
	connection->kind = NULL;
	connection->is_open = true;
	connection->is_leaving = false;
	connection->dead_ns = 0;
	connection->rx_bytes = 0;
	passing_forget(&connection->passing);
	connection->opened_ns = connection->heard_ns = connection->told_ns = gate->now_ns;
	clients_make_room(gate);
}

void clients_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes)
{
	if (!connection->is_open || size_bytes == 0)
		return;
	if (connection->kind == NULL)
		connection->kind = kinds_of(bytes[0]);
	if (!connection->kind->client_bytes(gate, connection, bytes, size_bytes))
		client_drop(gate, connection);
}

/* Connected and silent: its orders go before its session does. */
static void clients_tick_dead_man(struct gate *gate, struct gate_connection *connection)
{
	const struct session_config *config = gate->fold->clients[connection->session].config;
	struct session_record dead = {.session = connection->session, .change = SESSION_DEAD_MAN};
	if (config->dead_man_ns == 0 || connection->dead_ns == connection->heard_ns ||
		gate->now_ns <= connection->heard_ns + config->dead_man_ns)
		return;
	connection->dead_ns = connection->heard_ns;
	client_change(gate, &dead);
}

static void clients_tick_one(struct gate *gate, struct gate_connection *connection)
{
	const struct site_config *site = gate->site;
	/* Before a login only the login counts: whoever chatters without one is a silent peer too. */
	bool is_silent =
		connection->session == 0
			? gate->now_ns > connection->opened_ns + clients_login_timeout_ns
			: !connection->kind->has_timers &&
				  gate->now_ns > connection->heard_ns + site->client_timeout_ns;
	if (is_silent) {
		leaving_note(gate, SESSION_WHY_SILENT);
		client_drop(gate, connection);
		return;
	}
	if (connection->session == 0)
		return;
	clients_tick_dead_man(gate, connection);
	client_serve(gate, connection->session);
	const struct fold_client *client = &gate->fold->clients[connection->session];
	/* Who has missed something must come back and ask. */
	bool has_missed = client_has_missed(connection, client);
	if (!has_missed && connection->kind->client_tick(gate, connection))
		return;
	leaving_note(gate, has_missed ? SESSION_WHY_BEHIND : SESSION_WHY_SILENT);
	client_drop(gate, connection);
}

void clients_end_all(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		struct gate_connection *connection = &gate->connections[i];
		if (!connection->is_open)
			continue;
		if (connection->session != 0)
			connection->kind->client_end(gate, connection);
		leaving_note(gate, SESSION_WHY_OURS);
		client_drop(gate, connection);
	}
}

void clients_drop_all(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (!gate->connections[i].is_open)
			continue;
		leaving_note(gate, SESSION_WHY_OURS);
		client_drop(gate, &gate->connections[i]);
	}
}

void clients_tick(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (gate->numbers[i] == CONNECTION_NONE)
			continue; /* far apart, and mostly free */
		struct gate_connection *connection = &gate->connections[i];
		if (connection->is_open)
			clients_tick_one(gate, connection);
		else if (connection->is_leaving &&
			 gate->now_ns > connection->opened_ns + clients_leave_timeout_ns)
			clients_reset(gate, connection);
	}
}
