#include "dataplane/gate/client.h"

#include "drivers/machine/clock.h"

/* The clock costs 10 ns of an order's 500: how long the judgement takes is asked for one message of so many. */
enum { JUDGE_SAMPLE = 16 };

static const uint64_t client_login_timeout_ns = 30ull * 1000 * 1000 * 1000;
static const uint64_t client_leave_timeout_ns = 1000ull * 1000 * 1000;

struct gate_connection *client_find(struct gate *gate, uint32_t number)
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

bool client_listen(struct gate *gate, struct config_error *error)
{
	const struct site_config *site = gate->site;
	struct stream *stream = gate->stream;
	gate->listener = stream_listen(stream, site->listen_address, site->listen_port, error);
	return gate->listener != 0 &&
	       (!site->tls.is_used ||
		       stream_listen(stream, site->tls_address, site->tls_port, error) != 0) &&
	       (!site->shm.is_used || stream_listen(stream, site->shm.socket, 0, error) != 0);
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
	connection->kind = NULL;
	connection->is_open = true;
	connection->is_leaving = false;
	connection->dead_ns = 0;
	connection->rx_bytes = 0;
	connection->opened_ns = connection->heard_ns = connection->told_ns = gate->now_ns;
}

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
	if (!client_is_proven(gate, connection, config)) {
		client_drop(gate, connection);
		return;
	}
	struct session_record up = *record;

	up.session = config->id;
	up.change = SESSION_CLIENT_UP;
	connection->session = config->id;
	connection->next_sent = next;
	gate->by_session[config->id] = connection;
	client_change(gate, &up);
	metrics_add(gate->metrics, METRIC_gate_logins, 1);
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
	gate_commit_open(gate, used);
}

/* Whether what a connection says is a message of a session, and is heard. */
static bool client_is_heard(
	const struct gate *gate, const struct gate_connection *connection, uint32_t size_bytes)
{
	return connection->session != 0 && size_bytes <= MESSAGE_BYTES_MAX &&
	       fold_may_speak(&gate->fold->clients[connection->session]);
}

/* What a message will be judged on comes nearer: what is known of its symbol, and where its account's row lies. */
struct client_aim {
	uint32_t symbol; /* or SYMBOL_NONE */
	uint16_t account;
};

static struct client_aim client_aim(const struct gate *gate,
	const struct gate_connection *connection, const uint8_t *bytes, uint32_t size_bytes)
{
	const struct fold *fold = gate->fold;
	struct client_aim aim = {
		.symbol = fold_symbol_of(fold, connection->session, bytes, size_bytes)};
	if (aim.symbol == SYMBOL_NONE)
		return aim;
	aim.account = fold_account_of(fold, connection->session, bytes, size_bytes);
	top_prefetch(&gate->market->tops[aim.symbol]);
	risk_announce(fold->risk, aim.account, aim.symbol);
	return aim;
}

void client_announce(const struct gate *gate, const struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	if (client_is_heard(gate, connection, size_bytes))
		client_aim(gate, connection, bytes, size_bytes);
}

bool client_message(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes)
{
	if (!client_is_heard(gate, connection, size_bytes))
		return false;
	const struct client_aim aim = client_aim(gate, connection, bytes, size_bytes);
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
	gate_commit(gate, record);
	if (UNLIKELY(gate->fold->clients[connection->session].messages_in % JUDGE_SAMPLE == 1))
		histogram_add(&gate->metrics->judge_ns,
			clock_cycles_to_ns(clock_cycles() - gate->message_cycles));
	gate_flush(gate);
	return true;
}

void client_bytes(struct gate *gate, struct gate_connection *connection, const uint8_t *bytes,
	uint32_t size_bytes)
{
	if (!connection->is_open || size_bytes == 0)
		return;
	if (connection->kind == NULL)
		connection->kind = session_kind_of(bytes[0]);
	if (!session_bytes(gate, connection, connection->kind, bytes, size_bytes,
		    connection->kind->client_take))
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
			return; /* its window is full: the store keeps the rest, client_tick goes on */
		connection->next_sent++;
		connection->told_ns = gate->now_ns;
	}
}

/* Connected and silent: its orders go before its session does. */
static void client_tick_dead_man(struct gate *gate, struct gate_connection *connection)
{
	const struct session_config *config = gate->fold->clients[connection->session].config;
	struct session_record dead = {.session = connection->session, .change = SESSION_DEAD_MAN};
	if (config->dead_man_ns == 0 || connection->dead_ns == connection->heard_ns ||
		gate->now_ns <= connection->heard_ns + config->dead_man_ns)
		return;
	connection->dead_ns = connection->heard_ns;
	client_change(gate, &dead);
}

static void client_tick_one(struct gate *gate, struct gate_connection *connection)
{
	const struct site_config *site = gate->site;
	/* Before a login only the login counts: whoever chatters without one is a silent peer too. */
	bool is_silent =
		connection->session == 0
			? gate->now_ns > connection->opened_ns + client_login_timeout_ns
			: !connection->kind->has_timers &&
				  gate->now_ns > connection->heard_ns + site->client_timeout_ns;
	if (is_silent) {
		client_drop(gate, connection);
		return;
	}
	if (connection->session == 0)
		return;
	client_tick_dead_man(gate, connection);
	client_send(gate, connection->session);
	const struct fold_client *client = &gate->fold->clients[connection->session];
	/* Who has missed something must come back and ask. */
	if (client_has_missed(connection, client) ||
		!connection->kind->client_tick(gate, connection))
		client_drop(gate, connection);
}

void client_end_all(struct gate *gate)
{
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		struct gate_connection *connection = &gate->connections[i];
		if (!connection->is_open)
			continue;
		if (connection->session != 0)
			connection->kind->client_end(gate, connection);
		client_drop(gate, connection);
	}
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
		if (gate->numbers[i] == CONNECTION_NONE)
			continue; /* far apart, and mostly free */
		struct gate_connection *connection = &gate->connections[i];
		if (connection->is_open)
			client_tick_one(gate, connection);
		else if (connection->is_leaving &&
			 gate->now_ns > connection->opened_ns + client_leave_timeout_ns)
			client_reset(gate, connection);
	}
}
