#include "tools/exchange/glimpse.h"

#include <stdio.h>
#include <strings.h>

#include "dataplane/wire/itch50.h"

#define LOGIN_TIMEOUT_NS 30000000000ull

void glimpse_init(struct glimpse *g, const struct tape *tape, const struct match *match,
	const struct options_user *users, uint32_t user_count)
{
	memset(g, 0, sizeof *g);
	g->tape = tape;
	g->match = match;
	g->users = users;
	g->user_count = user_count;
	g->heartbeat_ns = 1000000000ull;
	g->timeout_ns = 15000000000ull;
}

void glimpse_free(struct glimpse *g)
{
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		sequence_free(&g->clients[i].spin);
}

static void spin_state(void *context, const uint8_t *bytes, uint32_t size_bytes)
{
	sequence_append(context, bytes, size_bytes);
}

/* What spin_order needs beside the order. */
struct spin_call {
	const struct match *match;
	struct sequence *spin;
};

static void spin_order(void *context, const struct match_order *order, uint64_t exch_ns)
{
	const struct spin_call *call = context;
	uint8_t bytes[ITCH50_SIZE_MAX];
	struct event event = {.kind = EVENT_ADD,
		.order = order->reference,
		.other = order->other,
		.symbol = match_symbol_of(call->match, order->locate),
		.price_e4 = order->price_e4,
		.exch_ns = exch_ns,
		.qty = order->qty,
		.locate = order->locate,
		.side = order->side};
	uint32_t size = itch50_encode(&event, bytes);
	CHECK(size > 0);
	sequence_append(call->spin, bytes, size);
}

void glimpse_spin(const struct tape *tape, const struct match *match, struct sequence *spin)
{
	struct spin_call call = {.match = match, .spin = spin};
	board_each(&tape->board, spin_state, spin);
	match_each(match, spin_order, &call);
}

static struct glimpse_client *glimpse_client_of(struct glimpse *g, uint32_t connection)
{
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		if (g->clients[i].connection == connection)
			return &g->clients[i];
	return NULL;
}

static void glimpse_leave(struct glimpse_client *client)
{
	sequence_free(&client->spin);
	client->connection = CONNECTION_NONE;
}

static void glimpse_shut(struct glimpse *g, struct glimpse_client *client, bool reset)
{
	stream_shut(g->stream, client->connection, reset);
	glimpse_leave(client);
}

static void glimpse_refuse(struct glimpse *g, struct glimpse_client *client, char reason)
{
	uint8_t bytes[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t size = soup_build_login_rejected(bytes, reason);
	g->counts.login_rejects++;
	stream_send(g->stream, client->connection, bytes, size);
	glimpse_shut(g, client, false);
}

static bool glimpse_knows(const struct glimpse *g, const struct soup_login *login)
{
	bool is_known = false;
	for (uint32_t i = 0; i < g->user_count; i++)
		is_known |= strcasecmp(g->users[i].name, login->username) == 0 &&
			    strcasecmp(g->users[i].password, login->password) == 0;
	return is_known;
}

/* glimpse_session copies the feed's session as a name: padding is no part of it. */
static void glimpse_session(const struct glimpse *g, char session[11])
{
	size_t size = sizeof g->tape->session;
	memcpy(session, g->tape->session, size);
	while (size > 0 && session[size - 1] == ' ')
		size--;
	session[size] = '\0';
}

static void glimpse_login(struct glimpse *g, struct glimpse_client *client,
	const struct soup_packet *packet, uint64_t now_ns)
{
	struct soup_login login;
	char session[11];
	uint8_t bytes[SOUP_LOGIN_ACCEPTED_BYTES], end[GLIMPSE_END_BYTES + 1];
	glimpse_session(g, session);
	if (!soup_parse_login_request(packet, &login) || !glimpse_knows(g, &login)) {
		glimpse_refuse(g, client, 'A');
		return;
	}
	if (g->refuse > 0) {
		g->refuse -= g->refuse != UINT64_MAX;
		g->counts.refused++;
		glimpse_refuse(g, client, 'S');
		return;
	}
	if (login.sequence != 1 ||
		(login.session[0] != '\0' && strcasecmp(login.session, session) != 0)) {
		glimpse_refuse(g, client, 'S');
		return;
	}
	g->counts.logins++;
	client->is_logged_in = true;
	client->next = 1;
	client->sent_ns = client->taken_ns = now_ns;
	glimpse_spin(g->tape, g->match, &client->spin);
	snprintf((char *)end, sizeof end, "G%20llu", (unsigned long long)g->tape->next);
	sequence_append(&client->spin, end, GLIMPSE_END_BYTES);
	uint32_t size = soup_build_login_accepted(bytes, session, 1);
	stream_send(g->stream, client->connection, bytes, size);
}

/* A packet and who it concerns. */
struct glimpse_call {
	struct glimpse *glimpse;
	struct glimpse_client *client;
	uint64_t now_ns;
};

static bool glimpse_on_packet(void *context, const struct soup_packet *packet)
{
	const struct glimpse_call *call = context;
	struct glimpse *g = call->glimpse;
	struct glimpse_client *client = call->client;
	if (packet->type == SOUP_LOGIN_REQUEST && !client->is_logged_in) {
		glimpse_login(g, client, packet, call->now_ns);
	} else if (packet->type == SOUP_LOGOUT) {
		glimpse_shut(g, client, false);
	} else if (packet->type != SOUP_CLIENT_HEARTBEAT && packet->type != SOUP_DEBUG) {
		g->counts.broken++;
		glimpse_shut(g, client, true);
	}
	return client->connection != CONNECTION_NONE;
}

static void glimpse_on_bytes(struct glimpse *g, const struct stream_event *event, uint64_t now_ns)
{
	struct glimpse_client *client = glimpse_client_of(g, event->connection);
	struct glimpse_call call = {.glimpse = g, .client = client, .now_ns = now_ns};
	if (client == NULL)
		return;
	client->received_ns = now_ns;
	if (!inbox_take(
		    &client->inbox, event->bytes, event->size_bytes, glimpse_on_packet, &call)) {
		g->counts.broken++;
		glimpse_shut(g, client, true);
	}
}

static void glimpse_on_open(struct glimpse *g, uint32_t connection, uint64_t now_ns)
{
	struct glimpse_client *client = glimpse_client_of(g, CONNECTION_NONE);
	g->counts.connections++;
	if (client == NULL) {
		g->counts.full++;
		stream_shut(g->stream, connection, true);
		return;
	}
	memset(client, 0, sizeof *client);
	client->connection = connection;
	client->received_ns = client->sent_ns = client->taken_ns = now_ns;
}

static bool glimpse_poll(struct glimpse *g, uint64_t now_ns)
{
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream_poll(g->stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct glimpse_client *client = glimpse_client_of(g, events[i].connection);
		if (events[i].kind == STREAM_OPENED)
			glimpse_on_open(g, events[i].connection, now_ns);
		else if (events[i].kind == STREAM_BYTES)
			glimpse_on_bytes(g, &events[i], now_ns);
		else if (client != NULL)
			glimpse_leave(client);
	}
	return count > 0;
}

/* glimpse_send sends a client more of its snapshot, as far as there is room. */
static bool glimpse_send(struct glimpse *g, struct glimpse_client *client, uint64_t now_ns)
{
	uint64_t first = client->next;
	while (client->next <= client->spin.count && client->next - first < GLIMPSE_PER_TURN) {
		uint8_t bytes[ITCH50_SIZE_MAX + SOUP_HEADER_BYTES];
		uint32_t size;
		if (g->cut_after > 0 && client->next > g->cut_after) {
			g->counts.cut++;
			glimpse_shut(g, client, true);
			return true;
		}
		const uint8_t *message = sequence_message(&client->spin, client->next, &size);
		size = soup_build(bytes, SOUP_SEQUENCED, message, size);
		if (!stream_send(g->stream, client->connection, bytes, size))
			break;
		client->sent_ns = now_ns;
		g->counts.messages++;
		if (client->next++ == client->spin.count) {
			g->counts.snapshots++;
			sequence_free(&client->spin); /* next is above the count of 0 */
			break;
		}
	}
	return client->next != first;
}

/* glimpse_is_slow tells of a client that has let bytes lie for too long. */
static bool glimpse_is_slow(struct glimpse *g, struct glimpse_client *client, uint64_t now_ns)
{
	uint32_t unsent = stream_unsent_bytes(g->stream, client->connection);
	if (unsent == 0 || unsent < client->unsent_bytes)
		client->taken_ns = now_ns;
	client->unsent_bytes = unsent;
	return now_ns - client->taken_ns > g->timeout_ns;
}

/* glimpse_care keeps a client or sends it away. */
static bool glimpse_care(struct glimpse *g, struct glimpse_client *client, uint64_t now_ns)
{
	uint64_t patience_ns = client->is_logged_in ? g->timeout_ns : LOGIN_TIMEOUT_NS;
	uint8_t bytes[SOUP_HEADER_BYTES];
	bool is_slow = client->is_logged_in && glimpse_is_slow(g, client, now_ns);
	if (is_slow || now_ns - client->received_ns > patience_ns) {
		*(is_slow ? &g->counts.slow : &g->counts.timeouts) += 1;
		glimpse_shut(g, client, true);
		return true;
	}
	if (!client->is_logged_in)
		return false;
	bool did = glimpse_send(g, client, now_ns);
	if (client->connection != CONNECTION_NONE && now_ns - client->sent_ns >= g->heartbeat_ns) {
		uint32_t size = soup_build(bytes, SOUP_SERVER_HEARTBEAT, NULL, 0);
		stream_send(g->stream, client->connection, bytes, size);
		client->sent_ns = now_ns;
	}
	return did;
}

bool glimpse_turn(struct glimpse *g, uint64_t now_ns)
{
	if (g->stream == NULL)
		return false;
	bool did = glimpse_poll(g, now_ns);
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		if (g->clients[i].connection != CONNECTION_NONE)
			did |= glimpse_care(g, &g->clients[i], now_ns);
	return did;
}

void glimpse_end(struct glimpse *g)
{
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++) {
		struct glimpse_client *client = &g->clients[i];
		uint8_t bytes[SOUP_HEADER_BYTES];
		if (client->connection == CONNECTION_NONE)
			continue;
		if (client->is_logged_in) {
			uint32_t size = soup_build(bytes, SOUP_END_OF_SESSION, NULL, 0);
			stream_send(g->stream, client->connection, bytes, size);
		}
		glimpse_shut(g, client, false);
	}
}
