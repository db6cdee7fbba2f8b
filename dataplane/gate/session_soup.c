#include "dataplane/gate/session_soup.h"

#include <openssl/crypto.h>

#include "dataplane/fold/protocols.h"
#include "dataplane/gate/client.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_bytes.h"
#include "dataplane/gate/venue.h"

_Static_assert((int)SESSION_HEADER_BYTES >= (int)SOUP_HEADER_BYTES, "room in front of a message");

enum { SOUP_SESSION_BYTES = 10 };

static enum session_cut soup_cut(
	const uint8_t *bytes, uint32_t size_bytes, struct session_message *message)
{
	struct soup_packet packet;
	enum soup_verdict verdict = soup_parse(bytes, size_bytes, &packet);
	if (UNLIKELY(verdict != SOUP_OK))
		return verdict == SOUP_MORE ? SESSION_MORE : SESSION_BROKEN;
	message->type = packet.type;
	message->bytes = packet.payload;
	message->size_bytes = packet.payload_bytes;
	message->wire_bytes = packet.wire_bytes;
	return SESSION_WHOLE;
}

static struct soup_packet soup_packet_of(const struct session_message *message)
{
	return (struct soup_packet){.type = message->type,
		.payload = message->bytes,
		.payload_bytes = message->size_bytes,
		.wire_bytes = message->wire_bytes};
}

bool session_soup_send(
	struct gate *gate, struct gate_connection *connection, const uint8_t *packet, uint32_t size)
{
	if (!stream_send(gate->stream, connection->number, packet, size))
		return false;
	connection->told_ns = gate->now_ns;
	return true;
}

/* --- towards a client --- */

/* Names and passwords are alphanumeric and without case (SoupBinTCP 3.0, Login Request); nothing here depends on what they are. */
static void soup_fold(char *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned c = (unsigned char)text[i];
		out[i] = (char)(c - (c - 'a' < 26u) * (unsigned)('a' - 'A'));
	}
}

/* They are compared in constant time, and the same work is done for an unknown user. */
static bool soup_is(const struct session_config *config, const struct soup_login *login)
{
	char ours[sizeof config->username + sizeof config->password];
	char theirs[sizeof login->username + sizeof login->password];
	_Static_assert(sizeof ours == sizeof theirs, "one comparison");
	soup_fold(ours, config->username, sizeof config->username);
	soup_fold(ours + sizeof config->username, config->password, sizeof config->password);
	soup_fold(theirs, login->username, sizeof login->username);
	soup_fold(theirs + sizeof login->username, login->password, sizeof login->password);
	return CRYPTO_memcmp(ours, theirs, sizeof ours) == 0;
}

static const struct session_config *soup_who(
	const struct gate *gate, const struct soup_login *login)
{
	const struct session_config *who = NULL, *config;
	for (uint32_t i = 0; (config = site_login(gate->site, i)) != NULL; i++) {
		bool is_soup = protocols_row((enum order_protocol)config->protocol)->carrier ==
			       CARRIER_SOUP;
		if (soup_is(config, login) && is_soup)
			who = config;
	}
	return who;
}

/* who: whose login it is; NULL: nobody's that we know, and its name is told. */
static bool soup_refuse(struct gate *gate, struct gate_connection *connection, char reason,
	const struct session_config *who, const struct soup_login *login)
{
	uint8_t packet[SOUP_LOGIN_REJECTED_BYTES];
	if (reason == 'A')
		leaving_note_text(gate, SESSION_WHY_CREDENTIALS, (const uint8_t *)login->username,
			(uint32_t)strnlen(login->username, sizeof login->username));
	else
		leaving_note(gate, client_why_not(gate));
	leaving_tell(gate, who != NULL ? who->id : 0, SESSION_WAS_REFUSED);
	session_soup_send(gate, connection, packet, soup_build_login_rejected(packet, reason));
	metrics_add(gate->metrics, METRIC_gate_logins_refused, 1);
	return false;
}

static bool soup_login(
	struct gate *gate, struct gate_connection *connection, const struct soup_packet *packet)
{
	struct soup_login login = {
		.sequence = 0}; /* zeros behind the names: they are compared whole */
	struct session_record record = {.session = 0};
	char session[11] = {0};
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	memcpy(session, gate->soup_session, sizeof gate->soup_session);
	if (!soup_parse_login_request(packet, &login))
		return soup_refuse(gate, connection, 'A', NULL, &login);
	const struct session_config *who = soup_who(gate, &login);
	if (who == NULL || !client_is_proven(gate, connection, who))
		return soup_refuse(gate, connection, 'A', who, &login);
	bool is_other_session = login.session[0] != '\0' && strcasecmp(login.session, session) != 0;
	if (is_other_session || !client_may_enter(gate, who))
		return soup_refuse(gate, connection, 'S', who, &login);
	uint64_t next = client_next(gate, who, login.sequence);
	client_enter(gate, connection, who, next, &record);
	client_welcome(gate, connection);
	/* Without room for the answer nothing may follow it: it must come back. */
	if (!session_soup_send(
		    gate, connection, reply, soup_build_login_accepted(reply, session, next)))
		return false;
	client_serve(gate, who->id);
	return true;
}

/* While a message is judged, the row of the one behind it comes nearer, and what is known of the one behind that: of orders in
   one piece each takes 0.91 to 0.99 of what it took with the next alone announced (tools/bench, "32 in one piece"). */
static void soup_announce(struct gate *gate, const struct gate_connection *connection,
	const struct session_message *message)
{
	struct soup_packet next, after;
	const uint8_t *announced = gate->ahead.bytes;
	gate->ahead.bytes = NULL;
	if (soup_parse(message->behind, message->behind_bytes, &next) != SOUP_OK)
		return;
	if (LIKELY(announced == next.payload))
		client_approach(gate);
	else if (next.type == SOUP_UNSEQUENCED)
		client_announce(gate, connection, next.payload, next.payload_bytes);
	if (soup_parse(message->behind + next.wire_bytes, message->behind_bytes - next.wire_bytes,
		    &after) == SOUP_OK &&
		after.type == SOUP_UNSEQUENCED)
		client_announce(gate, connection, after.payload, after.payload_bytes);
}

static bool soup_client_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	struct soup_packet packet;
	switch (message->type) {
	case SOUP_UNSEQUENCED:
		if (message->behind_bytes != 0)
			soup_announce(gate, connection, message);
		else
			gate->ahead.bytes = NULL; /* the next piece may lie where this one did */
		return client_message(gate, connection, message->bytes, message->size_bytes);
	case SOUP_LOGIN_REQUEST:
		packet = soup_packet_of(message);
		return connection->session == 0 && soup_login(gate, connection, &packet);
	case SOUP_CLIENT_HEARTBEAT:
		return true;
	case SOUP_DEBUG: /* who only listens has nothing to say */
		return gate->fold->clients[connection->session].copy == NULL;
	case SOUP_LOGOUT:
		leaving_note(gate, SESSION_WHY_LOGOUT);
		return false;
	default: /* what a client may not send */
		return false;
	}
}

static bool soup_client_bytes(struct gate *gate, struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	return session_bytes(gate, connection, soup_cut, bytes, size_bytes, soup_client_take);
}

static bool soup_client_put(struct gate *gate, struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	uint8_t packet[SOUP_HEADER_BYTES + FOLD_STORE_BYTES];
	return session_soup_send(
		gate, connection, packet, soup_build(packet, SOUP_SEQUENCED, bytes, size_bytes));
}

static bool soup_client_tick(struct gate *gate, struct gate_connection *connection)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	if (gate->now_ns >= connection->told_ns + gate->site->client_heartbeat_ns)
		session_soup_send(gate, connection, packet,
			soup_build(packet, SOUP_SERVER_HEARTBEAT, NULL, 0));
	return true;
}

static void soup_client_end(struct gate *gate, struct gate_connection *connection)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	session_soup_send(
		gate, connection, packet, soup_build(packet, SOUP_END_OF_SESSION, NULL, 0));
}

/* --- towards a venue --- */

void session_soup_logout(struct gate *gate, struct gate_connection *connection)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	session_soup_send(gate, connection, packet, soup_build(packet, SOUP_LOGOUT, NULL, 0));
}

void session_soup_login(struct gate *gate, struct gate_connection *connection,
	const char username[7], const char password[11], const char *soup_session,
	uint64_t last_sequence)
{
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {.sequence = soup_session != NULL ? last_sequence + 1 : 1};
	memcpy(login.username, username, sizeof login.username);
	memcpy(login.password, password, sizeof login.password);
	/* The session is ours to name only if we know one; blank asks for the current one. */
	for (uint32_t i = 0;
		soup_session != NULL && i < SOUP_SESSION_BYTES && soup_session[i] != ' '; i++)
		login.session[i] = soup_session[i];
	session_soup_send(gate, connection, packet, soup_build_login_request(packet, &login));
}

bool session_soup_accepted(const struct session_message *message, const char soup_session[10],
	uint64_t last_sequence, struct session_record *record, bool *is_new)
{
	struct soup_packet packet = soup_packet_of(message);
	char session[SOUP_SESSION_BYTES + 1];
	_Static_assert(sizeof record->soup_session == SOUP_SESSION_BYTES, "as a fold keeps it");
	if (!soup_parse_login_accepted(&packet, session, &record->sequence) ||
		record->sequence == 0)
		return false;
	memset(record->soup_session, ' ', sizeof record->soup_session);
	memcpy(record->soup_session, session, strnlen(session, sizeof record->soup_session));
	*is_new = memcmp(record->soup_session, soup_session, sizeof record->soup_session) != 0;
	return record->sequence == (*is_new ? 1 : last_sequence + 1);
}

bool session_soup_other(struct gate *gate, bool is_new, bool *is_session_any,
	uint64_t last_sequence, uint64_t received)
{
	*is_session_any = is_new && !*is_session_any;
	if (!*is_session_any)
		leaving_note_numbers(
			gate, SESSION_WHY_OTHER_NUMBER, is_new ? 1 : last_sequence + 1, received);
	return !*is_session_any;
}

void session_soup_note_refusal(struct gate *gate, const struct session_message *message)
{
	bool is_session = message->size_bytes == 1 && message->bytes[0] == 'S';
	leaving_note(gate, is_session ? SESSION_WHY_SESSION : SESSION_WHY_CREDENTIALS);
}

static void soup_venue_open(struct gate *gate, struct gate_venue *link)
{
	const struct venue_config *config = &gate->site->venues[link->connection.place];
	const struct fold_venue *venue = &gate->fold->venues[link->connection.place];
	session_soup_login(gate, &link->connection, config->username, config->password,
		link->is_session_any ? NULL : venue->soup_session, venue->last_sequence);
}

/* Sends the account queries that the fold wants answered. */
static bool soup_venue_ask(struct gate *gate, struct gate_venue *link)
{
	const struct fold_venue *venue = &gate->fold->venues[link->connection.place];
	uint8_t packet[SOUP_HEADER_BYTES + MESSAGE_BYTES_MAX];
	for (; link->queries < venue->queries_asked; link->queries++) {
		uint32_t size = venue->protocol->venue_query(packet + SOUP_HEADER_BYTES);
		size = soup_build(packet, SOUP_UNSEQUENCED, packet + SOUP_HEADER_BYTES, size);
		if (!session_soup_send(gate, &link->connection, packet, size))
			return false;
	}
	return true;
}

/* Another day, or another life of the venue: the session that we named is over (SoupBinTCP, section 2). */
static bool soup_venue_refused(
	struct gate *gate, struct gate_venue *link, const struct session_message *message)
{
	link->is_session_any =
		message->size_bytes == 1 && message->bytes[0] == 'S' && !link->is_session_any;
	if (!link->is_session_any) {
		session_soup_note_refusal(gate, message);
		venue_refused(gate, link);
	}
	return false;
}

static bool soup_venue_accepted(
	struct gate *gate, struct gate_venue *link, const struct session_message *message)
{
	const struct fold_venue *venue = &gate->fold->venues[link->connection.place];
	struct session_record record = {.session = 0};
	bool is_new = false;
	if (link->connection.session != 0)
		return false;
	/* From another number the venue stays down until the numbers meet. */
	if (!session_soup_accepted(
		    message, venue->soup_session, venue->last_sequence, &record, &is_new)) {
		if (session_soup_other(gate, is_new, &link->is_session_any, venue->last_sequence,
			    record.sequence))
			venue_refused(gate, link);
		return false;
	}
	link->is_session_any = false;
	if (is_new)
		venue_change(gate, link, SESSION_VENUE_NEW, &record);
	venue_enter(gate, link, &record);
	return soup_venue_ask(gate, link);
}

static bool soup_venue_take(
	struct gate *gate, struct gate_venue *link, const struct session_message *message)
{
	const struct session_record over = {.session = 0};
	switch (message->type) {
	case SOUP_SEQUENCED:
		return venue_message(gate, link, message->bytes, message->size_bytes) &&
		       soup_venue_ask(gate, link);
	case SOUP_LOGIN_ACCEPTED:
		return soup_venue_accepted(gate, link, message);
	case SOUP_LOGIN_REJECTED:
		return soup_venue_refused(gate, link, message);
	case SOUP_SERVER_HEARTBEAT:
	case SOUP_DEBUG:
		return true;
	case SOUP_END_OF_SESSION:
		venue_change(gate, link, SESSION_VENUE_END, &over);
		leaving_note(gate, SESSION_WHY_OVER);
		return false;
	default: /* what a venue may not send */
		return false;
	}
}

static bool soup_venue_put(
	struct gate *gate, struct gate_venue *link, uint8_t *packet, uint32_t size_bytes)
{
	uint32_t size =
		soup_build(packet, SOUP_UNSEQUENCED, packet + SOUP_HEADER_BYTES, size_bytes);
	return session_soup_send(gate, &link->connection, packet, size);
}

static bool soup_venue_tick(struct gate *gate, struct gate_venue *link)
{
	const struct venue_config *config = &gate->site->venues[link->connection.place];
	uint8_t packet[SOUP_HEADER_BYTES];
	if (gate->now_ns >= link->connection.told_ns + config->heartbeat_ns)
		session_soup_send(gate, &link->connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0));
	return true;
}

static void soup_venue_leave(struct gate *gate, struct gate_venue *link)
{
	session_soup_logout(gate, &link->connection);
}

const struct session_kind session_soup = {
	.cut = soup_cut,
	.client_bytes = soup_client_bytes,
	.client_put = soup_client_put,
	.client_tick = soup_client_tick,
	.client_end = soup_client_end,
	.venue_open = soup_venue_open,
	.venue_take = soup_venue_take,
	.venue_put = soup_venue_put,
	.venue_tick = soup_venue_tick,
	.venue_leave = soup_venue_leave,
};
