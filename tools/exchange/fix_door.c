#include "tools/exchange/fix_door.h"

#include "tools/exchange/door.h"

#define LOGON_WAIT_NS 10000000000ull

void fix_door_init(struct fix_door *door, struct desk *desk, const char *comp_id)
{
	memset(door, 0, sizeof *door);
	door->desk = desk;
	memcpy(door->comp_id, comp_id, strnlen(comp_id, sizeof door->comp_id - 1));
}

void fix_door_close(struct fix_door *door)
{
	for (uint32_t i = 0; i < DESK_USER_MAX; i++)
		if (door->ports[i] != NULL)
			fix_port_close(door->ports[i]);
	if (door->stream != NULL)
		stream_close(door->stream);
}

void fix_door_port(struct fix_door *door, uint32_t user, enum fix_version version)
{
	CHECK(door->ports[user] == NULL);
	door->ports[user] = fix_port_open(door->desk, user, version, door->comp_id);
}

static struct fix_client *client_of(struct fix_door *door, uint32_t connection)
{
	for (uint32_t i = 0; i < FIX_CLIENT_MAX; i++)
		if (door->clients[i].connection == connection)
			return &door->clients[i];
	return NULL;
}

static struct fix_client *client_of_port(struct fix_door *door, const struct fix_port *port)
{
	for (uint32_t i = 0; i < FIX_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE && door->clients[i].port == port)
			return &door->clients[i];
	return NULL;
}

static void door_hear(struct fix_door *door, enum heard_kind kind, uint32_t user, uint64_t sequence)
{
	struct heard_item item = {.kind = (uint8_t)kind, .user = user, .sequence = sequence};
	heard_add(&door->desk->heard, &item);
}

/* client_leave is for when a connection is gone. */
static void client_leave(struct fix_door *door, struct fix_client *client)
{
	struct fix_port *port = client->port;
	client->connection = CONNECTION_NONE;
	client->port = NULL;
	if (port == NULL)
		return;
	fix_session_disconnect(&port->session);
	door_hear(door, HEARD_GONE, port->user, 0);
	if (door->is_cancel_on_disconnect)
		desk_cancel_all(door->desk, port->user, 'S');
}

static void client_shut(struct fix_door *door, struct fix_client *client, bool reset)
{
	stream_shut(door->stream, client->connection, reset);
	client_leave(door, client);
}

bool fix_door_drop(struct fix_door *door, uint32_t user)
{
	struct fix_client *client =
		door->ports[user] != NULL ? client_of_port(door, door->ports[user]) : NULL;
	if (client != NULL)
		client_shut(door, client, true);
	return client != NULL;
}

static bool text_is(const struct fix_text *text, const char *word)
{
	return text->size_bytes == strlen(word) && memcmp(text->bytes, word, text->size_bytes) == 0;
}

/* port_of finds the port that a Logon is for; NULL: it is for none, or its password is wrong. */
static struct fix_port *port_of(struct fix_door *door, const struct fix_message *message)
{
	if (message->type != FIX_MSG_LOGON || !text_is(&message->target_comp_id, door->comp_id))
		return NULL;
	for (uint32_t i = 0; i < door->desk->user_count; i++) {
		const struct desk_user *user = &door->desk->users[i];
		if (door->ports[i] == NULL || !text_is(&message->sender_comp_id, user->name) ||
			door->ports[i]->config.version != message->version)
			continue;
		/* 4.2 has RawData alone for it; many a venue reads 554 there all the same. */
		bool is_raw = message->version == FIX_42 && !fix_has(message, FIX_PASSWORD);
		const struct fix_text *password = is_raw ? &message->raw_data : &message->password;
		return text_is(password, user->password) ? door->ports[i] : NULL;
	}
	return NULL;
}

/* harm_of gives what a port's session is to suffer; NULL: nothing. */
static struct door_harm *harm_of(const struct fix_door *door, const struct fix_port *port)
{
	return door->harms != NULL && port != NULL ? &door->harms[port->user] : NULL;
}

/* client_logon takes the first message of a connection; false: it is closed. */
static bool client_logon(
	struct fix_door *door, struct fix_client *client, const struct fix_message *message)
{
	struct fix_port *port = port_of(door, message);
	struct door_harm *harm = harm_of(door, port);
	bool is_unwanted = harm != NULL && harm->refuse > 0;
	if (is_unwanted)
		harm->refuse--;
	if (port == NULL || is_unwanted || client_of_port(door, port) != NULL) {
		door->counts.refused++;
		door_hear(door, HEARD_REFUSED, port != NULL ? port->user : UINT32_MAX, 0);
		client_shut(door, client, true);
		return false;
	}
	client->port = port;
	fix_line_begin(&port->line, &port->session);
	fix_session_connect(&port->session, port->at);
	fix_session_receive(&port->session, message, port->at);
	if (port->session.state == FIX_STATE_UP) {
		door->counts.logons++;
		door_hear(door, HEARD_LOGIN, port->user, message->sequence);
	}
	return true;
}

/* client_send puts what is owed on the wire, as far as there is room. */
static void client_send(struct fix_door *door, struct fix_client *client, uint64_t wall_ns)
{
	struct fix_port *port = client->port;
	struct door_harm *harm = harm_of(door, port);
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	for (; harm == NULL || !harm->is_kept;) {
		enum fix_line_verdict verdict =
			fix_line_next(&port->line, &port->session, NULL, wall_ns, out, &step);
		if (verdict == FIX_LINE_LOST) {
			client_shut(door, client, true);
			return;
		}
		if (verdict == FIX_LINE_EMPTY)
			break;
		if (harm != NULL && harm->is_cut_sent && step.size_bytes >= harm->cut_sent) {
			if (harm->cut_sent > 0)
				stream_send(door->stream, client->connection, out,
					(uint32_t)harm->cut_sent);
			harm->is_cut_sent = false;
			door->counts.cut++;
			client_shut(door, client, false);
			return;
		}
		if (!stream_send(door->stream, client->connection, out, step.size_bytes))
			return;
		if (harm != NULL && harm->is_cut_sent)
			harm->cut_sent -= step.size_bytes;
		fix_line_sent(&port->line, &step);
	}
	if (port->session.state == FIX_STATE_OVER && !client->is_ending) {
		client->is_ending = true;
		client_shut(door, client, false);
	}
}

static void client_message(
	struct fix_door *door, struct fix_client *client, const struct fix_frame *frame)
{
	struct fix_message message;
	fix_parse(frame->bytes, frame->size_bytes, &message);
	door->counts.messages++;
	if (client->port == NULL) {
		client_logon(door, client, &message);
		return;
	}
	struct fix_port *port = client->port;
	if (message.type == FIX_MSG_LOGOUT)
		door_hear(door, HEARD_LOGOUT, port->user, 0);
	if (fix_session_receive(&port->session, &message, port->at) == FIX_TAKE_MESSAGE)
		fix_port_take(port, &message);
	/* What is asked for again goes before the next is heard, which may ask for more. */
	if (message.type == FIX_MSG_RESEND_REQUEST)
		client_send(door, client, port->at.wall_ns);
}

/* client_garbled counts what is no message; false: it was the first, and whoever begins with one is let go. */
static bool client_garbled(struct fix_door *door, struct fix_client *client)
{
	door->counts.garbled++;
	if (client->port != NULL)
		return true;
	door->counts.refused++;
	client_shut(door, client, true);
	return false;
}

/* client_pieces takes the messages that bytes make whole. */
static void client_pieces(
	struct fix_door *door, struct fix_client *client, const uint8_t *bytes, uint32_t size_bytes)
{
	while (size_bytes > 0 && client->connection != CONNECTION_NONE) {
		uint32_t room = FIX_INBOX_BYTES - client->used, at = 0;
		uint32_t piece = size_bytes < room ? size_bytes : room;
		memcpy(client->bytes + client->used, bytes, piece);
		client->used += piece;
		bytes += piece;
		size_bytes -= piece;
		for (;;) {
			struct fix_frame frame;
			enum fix_cut_verdict verdict =
				fix_cut(client->bytes + at, client->used - at, &frame);
			if (verdict == FIX_MORE || client->connection == CONNECTION_NONE)
				break;
			at += frame.taken_bytes;
			if (verdict == FIX_WHOLE)
				client_message(door, client, &frame);
			else if (!client_garbled(door, client))
				break;
		}
		client->used -= at;
		memmove(client->bytes, client->bytes + at, client->used);
	}
}

static void client_bytes(
	struct fix_door *door, struct fix_client *client, const uint8_t *bytes, uint32_t size_bytes)
{
	struct door_harm *harm = harm_of(door, client->port);
	bool is_counted = harm != NULL && harm->is_cut_heard;
	bool is_cut = is_counted && size_bytes >= harm->cut_heard;
	if (is_cut)
		size_bytes = (uint32_t)harm->cut_heard;
	if (is_counted) {
		harm->cut_heard -= size_bytes;
		harm->is_cut_heard = !is_cut;
	}
	client_pieces(door, client, bytes, size_bytes);
	door->counts.cut += is_cut;
	if (is_cut && client->connection != CONNECTION_NONE)
		client_shut(door, client, true);
}

static void door_opened(struct fix_door *door, uint32_t connection, uint64_t now_ns)
{
	struct fix_client *client = client_of(door, CONNECTION_NONE);
	if (client == NULL) {
		stream_shut(door->stream, connection, true);
		return;
	}
	door->counts.connections++;
	client->connection = connection;
	client->port = NULL;
	client->is_ending = false;
	client->used = 0;
	client->opened_ns = now_ns;
}

static void door_time(struct fix_door *door, uint64_t now_ns, uint64_t wall_ns)
{
	for (uint32_t i = 0; i < FIX_CLIENT_MAX; i++) {
		struct fix_client *client = &door->clients[i];
		if (client->connection == CONNECTION_NONE)
			continue;
		if (client->port == NULL) {
			if (now_ns - client->opened_ns <= LOGON_WAIT_NS)
				continue;
			door->counts.timeouts++;
			client_shut(door, client, true);
			continue;
		}
		if (fix_session_due_ns(&client->port->session) <= now_ns)
			fix_session_tick(&client->port->session, client->port->at);
		client_send(door, client, wall_ns);
	}
}

bool fix_door_turn(struct fix_door *door, uint64_t now_ns, uint64_t wall_ns)
{
	struct stream_event events[BURST_COUNT_MAX];
	for (uint32_t i = 0; i < door->desk->user_count; i++)
		if (door->ports[i] != NULL)
			door->ports[i]->at = (struct fix_moment){now_ns, wall_ns};
	if (door->stream == NULL)
		return false;
	uint32_t count = stream_poll(door->stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct fix_client *client = client_of(door, events[i].connection);
		if (events[i].kind == STREAM_OPENED)
			door_opened(door, events[i].connection, now_ns);
		else if (client != NULL && events[i].kind == STREAM_BYTES)
			client_bytes(door, client, events[i].bytes, events[i].size_bytes);
		else if (client != NULL)
			client_leave(door, client);
	}
	door_time(door, now_ns, wall_ns);
	return count > 0;
}

void fix_door_end(struct fix_door *door)
{
	for (uint32_t i = 0; i < FIX_CLIENT_MAX; i++) {
		struct fix_client *client = &door->clients[i];
		if (client->connection == CONNECTION_NONE)
			continue;
		if (client->port == NULL) {
			client_shut(door, client, true);
			continue;
		}
		fix_session_logout(&client->port->session, "end of day", client->port->at);
		client_send(door, client, client->port->at.wall_ns);
		if (client->connection != CONNECTION_NONE)
			client_shut(door, client, false);
	}
}
