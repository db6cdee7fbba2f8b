#include "tools/exchange/door.h"

#include <strings.h>

#define LOGIN_TIMEOUT_NS 30000000000ull

void door_init(struct door *door, struct stream *stream, struct desk *desk, const char *session)
{
	memset(door, 0, sizeof *door);
	door->stream = stream;
	door->desk = desk;
	memcpy(door->session, session, strnlen(session, sizeof door->session - 1));
	door->heartbeat_ns = 1000000000ull;
	door->timeout_ns = 15000000000ull;
}

static struct door_client *door_client_of(struct door *door, uint32_t connection)
{
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection == connection)
			return &door->clients[i];
	return NULL;
}

static void door_leave(struct door *door, struct door_client *client)
{
	if (client->user != UINT32_MAX && door->is_cancel_on_disconnect)
		desk_cancel_all(door->desk, client->user, 'S');
	client->connection = CONNECTION_NONE;
	client->user = UINT32_MAX;
}

static void door_shut(struct door *door, struct door_client *client, bool reset)
{
	stream_shut(door->stream, client->connection, reset);
	door_leave(door, client);
}

bool door_drop(struct door *door, uint32_t user)
{
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++) {
		struct door_client *client = &door->clients[i];
		if (client->connection == CONNECTION_NONE || client->user != user)
			continue;
		door_shut(door, client, true);
		return true;
	}
	return false;
}

static void door_refuse(struct door *door, struct door_client *client, char reason)
{
	uint8_t bytes[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t size = soup_build_login_rejected(bytes, reason);
	door->counts.login_rejects++;
	stream_send(door->stream, client->connection, bytes, size);
	door_shut(door, client, false);
}

static void door_login(struct door *door, struct door_client *client,
	const struct soup_packet *packet, uint64_t now_ns)
{
	struct soup_login login;
	uint8_t bytes[SOUP_LOGIN_ACCEPTED_BYTES];
	uint32_t user = UINT32_MAX;
	if (soup_parse_login_request(packet, &login))
		user = desk_user_find(door->desk, login.username, login.password);
	if (user == UINT32_MAX) {
		door_refuse(door, client, 'A');
		return;
	}
	if (login.session[0] != '\0' && strcasecmp(login.session, door->session) != 0) {
		door_refuse(door, client, 'S');
		return;
	}
	if (door_drop(door, user))
		door->counts.replaced_sessions++;
	uint64_t next = door->desk->users[user].said.count + 1;
	if (login.sequence >= 1 && login.sequence < next)
		next = login.sequence;
	client->user = user;
	client->next = next;
	client->sent_ns = now_ns;
	door->counts.logins++;
	uint32_t size = soup_build_login_accepted(bytes, door->session, next);
	stream_send(door->stream, client->connection, bytes, size);
}

/* A packet and who it concerns. */
struct door_call {
	struct door *door;
	struct door_client *client;
	uint64_t now_ns;
};

static bool door_on_packet(void *context, const struct soup_packet *packet)
{
	const struct door_call *call = context;
	struct door *door = call->door;
	struct door_client *client = call->client;
	bool is_logged_in = client->user != UINT32_MAX;
	if (packet->type == SOUP_LOGIN_REQUEST && !is_logged_in)
		door_login(door, client, packet, call->now_ns);
	else if (packet->type == SOUP_UNSEQUENCED && is_logged_in)
		desk_on_message(door->desk, client->user, packet->payload, packet->payload_bytes);
	else if (packet->type == SOUP_LOGOUT)
		door_shut(door, client, false);
	else if (packet->type != SOUP_CLIENT_HEARTBEAT && packet->type != SOUP_DEBUG) {
		door->counts.broken++;
		door_shut(door, client, true);
	}
	return client->connection != CONNECTION_NONE;
}

static void door_on_bytes(struct door *door, const struct stream_event *event, uint64_t now_ns)
{
	struct door_client *client = door_client_of(door, event->connection);
	struct door_call call = {.door = door, .client = client, .now_ns = now_ns};
	if (client == NULL)
		return;
	client->received_ns = now_ns;
	if (!inbox_take(&client->inbox, event->bytes, event->size_bytes, door_on_packet, &call)) {
		door->counts.broken++;
		door_shut(door, client, true);
	}
}

static void door_on_open(struct door *door, uint32_t connection, uint64_t now_ns)
{
	struct door_client *client = door_client_of(door, CONNECTION_NONE);
	if (client == NULL) {
		stream_shut(door->stream, connection, true);
		return;
	}
	door->counts.connections++;
	client->connection = connection;
	client->user = UINT32_MAX;
	client->inbox.used = 0;
	client->opened_ns = client->received_ns = client->sent_ns = now_ns;
}

bool door_poll(struct door *door, uint64_t now_ns)
{
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream_poll(door->stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct door_client *client = door_client_of(door, events[i].connection);
		if (events[i].kind == STREAM_OPENED)
			door_on_open(door, events[i].connection, now_ns);
		else if (events[i].kind == STREAM_BYTES)
			door_on_bytes(door, &events[i], now_ns);
		else if (client != NULL)
			door_leave(door, client);
	}
	return count > 0;
}

/* door_answers sends what the session has not heard, as far as there is room. */
static bool door_answers(struct door *door, struct door_client *client, uint64_t now_ns)
{
	const struct sequence *said = &door->desk->users[client->user].said;
	uint64_t first = client->next;
	while (client->next <= said->count) {
		uint8_t bytes[MESSAGE_BYTES_MAX + SOUP_HEADER_BYTES];
		uint32_t size;
		const uint8_t *message = sequence_message(said, client->next, &size);
		size = soup_build(bytes, SOUP_SEQUENCED, message, size);
		if (!stream_send(door->stream, client->connection, bytes, size))
			break;
		client->next++;
		client->sent_ns = now_ns;
	}
	return client->next != first;
}

bool door_pump(struct door *door, uint64_t now_ns)
{
	bool did = false;
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++) {
		struct door_client *client = &door->clients[i];
		uint8_t bytes[SOUP_HEADER_BYTES];
		if (client->connection == CONNECTION_NONE)
			continue;
		if (client->user == UINT32_MAX) {
			if (now_ns - client->opened_ns > LOGIN_TIMEOUT_NS) {
				door->counts.timeouts++;
				door_shut(door, client, true);
			}
			continue;
		}
		if (now_ns - client->received_ns > door->timeout_ns) {
			door->counts.timeouts++;
			door_shut(door, client, true);
			continue;
		}
		did |= door_answers(door, client, now_ns);
		if (now_ns - client->sent_ns >= door->heartbeat_ns) {
			uint32_t size = soup_build(bytes, SOUP_SERVER_HEARTBEAT, NULL, 0);
			stream_send(door->stream, client->connection, bytes, size);
			client->sent_ns = now_ns;
		}
	}
	return did;
}

void door_end(struct door *door)
{
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++) {
		struct door_client *client = &door->clients[i];
		uint8_t bytes[SOUP_HEADER_BYTES];
		if (client->connection == CONNECTION_NONE)
			continue;
		if (client->user != UINT32_MAX) {
			uint32_t size = soup_build(bytes, SOUP_END_OF_SESSION, NULL, 0);
			stream_send(door->stream, client->connection, bytes, size);
		}
		stream_shut(door->stream, client->connection, false);
		client->connection = CONNECTION_NONE;
	}
}
