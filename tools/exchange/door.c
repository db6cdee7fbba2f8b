#include "tools/exchange/door.h"

#include "tools/exchange/counter.h"

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

static void door_hear(struct door *door, enum heard_kind kind, uint32_t user)
{
	struct heard_item item = {.kind = (uint8_t)kind, .user = user};
	heard_add(&door->desk->heard, &item);
}

static void door_leave(struct door *door, struct door_client *client)
{
	if (client->user != UINT32_MAX)
		door_hear(door, HEARD_GONE, client->user);
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

static struct door_client *door_client_of_user(struct door *door, uint32_t user)
{
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE && door->clients[i].user == user)
			return &door->clients[i];
	return NULL;
}

bool door_drop(struct door *door, uint32_t user)
{
	struct door_client *client = door_client_of_user(door, user);
	if (client != NULL)
		door_shut(door, client, true);
	return client != NULL;
}

/* is_beat tells a heartbeat by itself: it does not count where a session is to be cut, so that it is cut where a
   test wants it whatever the time. */
static bool is_beat(const uint8_t *bytes, uint32_t size_bytes)
{
	return size_bytes == SOUP_HEADER_BYTES &&
	       (bytes[2] == SOUP_SERVER_HEARTBEAT || bytes[2] == SOUP_CLIENT_HEARTBEAT);
}

/* door_send sends bytes of a user's session, as many as it may still have.  false: there is no room for
   them, or the session is over. */
static bool door_send(
	struct door *door, struct door_client *client, const uint8_t *bytes, uint32_t size_bytes)
{
	struct door_harm *harm = &door->harms[client->user];
	bool is_counted = harm->is_cut_sent && !is_beat(bytes, size_bytes);
	if (!is_counted || size_bytes < harm->cut_sent) {
		bool is_sent = stream_send(door->stream, client->connection, bytes, size_bytes);
		if (is_sent && is_counted)
			harm->cut_sent -= size_bytes;
		return is_sent;
	}
	if (harm->cut_sent > 0 &&
		!stream_send(door->stream, client->connection, bytes, (uint32_t)harm->cut_sent))
		return false;
	harm->is_cut_sent = false;
	door->counts.cut++;
	door_shut(door, client, false);
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
	struct heard_item item = {.kind = HEARD_LOGIN, .user = user, .sequence = login.sequence};
	memcpy(item.session, login.session, sizeof item.session);
	if (user == UINT32_MAX) {
		door_hear(door, HEARD_REFUSED, user);
		door_refuse(door, client, 'A');
		return;
	}
	struct door_harm *harm = &door->harms[user];
	if (harm->refuse > 0) {
		harm->refuse--;
		door_hear(door, HEARD_REFUSED, user);
		door_refuse(door, client, harm->refusal);
		return;
	}
	bool is_taken = door->is_second_refused && door_is_in(door, user);
	if (is_taken ||
		(login.session[0] != '\0' && strcasecmp(login.session, door->session) != 0)) {
		door_hear(door, HEARD_REFUSED, user);
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
	if (harm->shift != 0) {
		uint64_t told = harm->shift < 0 && next <= (uint64_t)-harm->shift
					? 1
					: next + (uint64_t)harm->shift;
		if (told <= door->desk->users[user].said.count)
			client->next = told;
		next = told;
		harm->shift = 0;
	}
	client->sent_ns = now_ns;
	door->counts.logins++;
	heard_add(&door->desk->heard, &item);
	uint32_t size = soup_build_login_accepted(bytes, door->session, next);
	door_send(door, client, bytes, size);
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
		counter_take(door->desk, client->user, packet->payload, packet->payload_bytes);
	else if (packet->type == SOUP_LOGOUT) {
		if (is_logged_in)
			door_hear(door, HEARD_LOGOUT, client->user);
		door_shut(door, client, false);
	} else if (packet->type == SOUP_CLIENT_HEARTBEAT) {
		door->counts.heartbeats++;
	} else if (packet->type != SOUP_DEBUG) {
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
	struct door_harm *harm = client->user != UINT32_MAX ? &door->harms[client->user] : NULL;
	uint32_t size_bytes = event->size_bytes;
	bool is_counted = harm != NULL && harm->is_cut_heard && !is_beat(event->bytes, size_bytes);
	bool is_cut = is_counted && size_bytes >= harm->cut_heard;
	if (is_cut)
		size_bytes = (uint32_t)harm->cut_heard;
	if (is_counted)
		harm->cut_heard -= size_bytes;
	if (!inbox_take(&client->inbox, event->bytes, size_bytes, door_on_packet, &call)) {
		door->counts.broken++;
		door_shut(door, client, true);
	} else if (is_cut) {
		harm->is_cut_heard = false;
		door->counts.cut++;
		if (client->connection != CONNECTION_NONE)
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

bool door_turn(struct door *door, uint64_t now_ns)
{
	struct stream_event events[BURST_COUNT_MAX];
	if (now_ns < door->deaf_until_ns)
		return false;
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
		if (!door_send(door, client, bytes, size))
			break;
		client->next++;
		client->sent_ns = now_ns;
	}
	return client->next != first;
}

/* door_flood sends what a flood still has to send, as far as there is room. */
static void door_flood(struct door *door, struct door_client *client)
{
	static const uint8_t text[] = "flood";
	struct door_harm *harm = &door->harms[client->user];
	uint8_t bytes[sizeof text + SOUP_HEADER_BYTES];
	while (harm->flood > 0 && client->connection != CONNECTION_NONE) {
		uint32_t size = soup_build(bytes, harm->flood_type, text,
			harm->flood_type == SOUP_DEBUG ? sizeof text - 1 : 0);
		if (!door_send(door, client, bytes, size))
			return;
		harm->flood--;
		door->counts.flooded++;
	}
}

/* door_client_pump does what is due for one session.  Returns true if it sent an answer. */
static bool door_client_pump(struct door *door, struct door_client *client, uint64_t now_ns)
{
	uint8_t bytes[SOUP_HEADER_BYTES];
	bool is_in = client->user != UINT32_MAX;
	uint64_t since_ns = is_in ? client->received_ns : client->opened_ns;
	uint64_t silence_ns = is_in ? door->timeout_ns : LOGIN_TIMEOUT_NS;
	if (now_ns - since_ns > silence_ns) {
		door->counts.timeouts++;
		door_shut(door, client, true);
		return false;
	}
	if (!is_in)
		return false;
	bool did = !door->harms[client->user].is_kept && door_answers(door, client, now_ns);
	if (client->connection != CONNECTION_NONE)
		door_flood(door, client);
	if (client->connection == CONNECTION_NONE || door->harms[client->user].is_mute ||
		now_ns - client->sent_ns < door->heartbeat_ns)
		return did;
	uint32_t size = soup_build(bytes, SOUP_SERVER_HEARTBEAT, NULL, 0);
	door_send(door, client, bytes, size);
	client->sent_ns = now_ns;
	return did;
}

bool door_pump(struct door *door, uint64_t now_ns)
{
	bool did = false;
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE)
			did |= door_client_pump(door, &door->clients[i], now_ns);
	return did;
}

bool door_is_in(const struct door *door, uint32_t user)
{
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE && door->clients[i].user == user)
			return true;
	return false;
}

bool door_debug(struct door *door, uint32_t user, const char *text)
{
	uint8_t bytes[256 + SOUP_HEADER_BYTES] = {0};
	struct door_client *client = door_client_of_user(door, user);
	uint32_t size =
		soup_build(bytes, SOUP_DEBUG, (const uint8_t *)text, (uint32_t)strnlen(text, 256));
	return client != NULL && door_send(door, client, bytes, size);
}

void door_calm(struct door *door)
{
	memset(door->harms, 0, sizeof door->harms);
	door->deaf_until_ns = 0;
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
		if (client->user != UINT32_MAX)
			door_hear(door, HEARD_GONE, client->user);
		client->connection = CONNECTION_NONE;
		client->user = UINT32_MAX;
	}
}

void door_session(struct door *door, const char *name)
{
	door_end(door);
	memset(door->session, 0, sizeof door->session);
	memcpy(door->session, name, strnlen(name, sizeof door->session - 1));
	for (uint32_t i = 0; i < door->desk->user_count; i++)
		desk_day_begin(door->desk, &door->desk->users[i]);
}
