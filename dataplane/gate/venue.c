#include "dataplane/gate/venue.h"

#include "dataplane/gate/client.h"

static const uint64_t venue_backoff_first_ns = 50ull * 1000 * 1000;
static const uint64_t venue_backoff_last_ns = 2000ull * 1000 * 1000;

static void venue_change(
	struct gate *gate, enum session_change change, const char *soup_session, uint64_t sequence)
{
	gate_turn(gate);
	struct session_record *record = gate_input(gate, RECORD_SESSION, sizeof *record);
	record->session = gate->site->venues[0].session_id;
	record->change = (uint8_t)change;
	record->sequence = sequence;
	if (soup_session != NULL)
		memcpy(record->soup_session, soup_session, sizeof record->soup_session);
	gate_commit(gate, record);
}

void venue_opened(struct gate *gate)
{
	const struct venue_config *config = &gate->site->venues[0];
	const struct fold_venue *venue = &gate->fold->venues[0];
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {.sequence = venue->last_sequence + 1};
	gate->venue.is_open = true;
	gate->venue.rx_bytes = 0;
	gate->venue.heard_ns = gate->venue.told_ns = gate->now_ns;
	memcpy(login.username, config->username, sizeof login.username);
	memcpy(login.password, config->password, sizeof login.password);
	/* The session is ours to name only if we know one; blank asks for the current one. */
	for (uint32_t i = 0; i < sizeof venue->soup_session && venue->soup_session[i] != ' ' &&
			     !gate->is_venue_session_any;
		i++)
		login.session[i] = venue->soup_session[i];
	if (gate->is_venue_session_any)
		login.sequence = 1;
	stream_send(
		gate->stream, gate->venue.number, packet, soup_build_login_request(packet, &login));
}

void venue_closed(struct gate *gate)
{
	if (gate->venue.session != 0)
		venue_change(gate, SESSION_VENUE_DOWN, NULL, 0);
	gate->venue.number = CONNECTION_NONE;
	gate->venue.session = 0;
	gate->venue.is_open = false;
	gate->venue_retry_ns = gate->now_ns + gate->venue_backoff_ns;
	gate->venue_backoff_ns *= 2;
	if (gate->venue_backoff_ns > venue_backoff_last_ns)
		gate->venue_backoff_ns = venue_backoff_last_ns;
}

static void venue_drop(struct gate *gate)
{
	stream_shut(gate->stream, gate->venue.number, true);
	venue_closed(gate);
}

/* Sends the account queries that the fold wants answered. */
static bool venue_ask(struct gate *gate)
{
	uint8_t query[SOUP_HEADER_BYTES + 1], type = 'Q';
	for (; gate->venue_queries < gate->fold->venues[0].queries_asked; gate->venue_queries++) {
		if (!stream_send(gate->stream, gate->venue.number, query,
			    soup_build(query, SOUP_UNSEQUENCED, &type, 1)))
			return false;
	}
	return true;
}

/* Another day, or another life of the venue: the session that we named is over (SoupBinTCP, section 2). */
static bool venue_refused(struct gate *gate, const struct soup_packet *packet)
{
	gate->is_venue_session_any = packet->payload_bytes == 1 && packet->payload[0] == 'S' &&
				     !gate->is_venue_session_any;
	return false;
}

static bool venue_accepted(struct gate *gate, const struct soup_packet *packet)
{
	const struct fold_venue *venue = &gate->fold->venues[0];
	char session[11], padded[10];
	uint64_t sequence;
	if (gate->venue.session != 0 || !soup_parse_login_accepted(packet, session, &sequence) ||
		sequence == 0)
		return false;
	memset(padded, ' ', sizeof padded);
	memcpy(padded, session, strnlen(session, sizeof padded));
	bool is_new = memcmp(padded, venue->soup_session, sizeof padded) != 0;
	gate->is_venue_session_any = false;
	/* The same session from another number: messages are missing or were taken back.  Nothing good can
	   be concluded, so nothing is: the venue stays down until the numbers meet. */
	if (!is_new && sequence != venue->last_sequence + 1)
		return false;
	if (is_new)
		venue_change(gate, SESSION_VENUE_NEW, padded, sequence);
	venue_change(gate, SESSION_VENUE_UP, padded, sequence);
	gate->venue.session = gate->site->venues[0].session_id;
	gate->venue_backoff_ns = venue_backoff_first_ns;
	gate->venue_queries = venue->queries_asked - 1;
	return venue_ask(gate);
}

static bool venue_message(struct gate *gate, const struct soup_packet *packet)
{
	if (gate->venue.session == 0 || packet->payload_bytes > MESSAGE_BYTES_MAX)
		return false;
	gate_turn(gate);
	struct message_record *record =
		gate_input(gate, RECORD_VENUE_IN, (uint32_t)sizeof *record + packet->payload_bytes);
	record->session = gate->venue.session;
	record->size_bytes = packet->payload_bytes;
	record->sequence = gate->fold->venues[0].last_sequence + 1;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, packet->payload, packet->payload_bytes);
	gate_commit(gate, record);
	gate_flush(gate);
	return venue_ask(gate);
}

static bool venue_packet(
	struct gate *gate, struct gate_connection *connection, const struct soup_packet *packet)
{
	(void)connection;
	switch (packet->type) {
	case SOUP_SEQUENCED:
		return venue_message(gate, packet);
	case SOUP_LOGIN_ACCEPTED:
		return venue_accepted(gate, packet);
	case SOUP_LOGIN_REJECTED:
		return venue_refused(gate, packet);
	case SOUP_SERVER_HEARTBEAT:
	case SOUP_DEBUG:
		return true;
	default: /* end of session, and what a venue may not send */
		return false;
	}
}

void venue_bytes(struct gate *gate, const uint8_t *bytes, uint32_t size_bytes)
{
	if (!connection_packets(gate, &gate->venue, bytes, size_bytes, venue_packet))
		venue_drop(gate);
}

static void venue_connect(struct gate *gate)
{
	const struct venue_config *config = &gate->site->venues[0];
	gate->venue.number = stream_connect(gate->stream, config->address, config->tcp_port);
	gate->venue.opened_ns = gate->now_ns;
	if (gate->venue.number == CONNECTION_NONE)
		gate->venue_retry_ns = gate->now_ns + gate->venue_backoff_ns;
}

void venue_tick(struct gate *gate)
{
	const struct venue_config *config = &gate->site->venues[0];
	uint8_t packet[SOUP_HEADER_BYTES];
	if (gate->venue_backoff_ns == 0)
		gate->venue_backoff_ns = venue_backoff_first_ns;
	if (gate->venue.number == CONNECTION_NONE) {
		if (gate->now_ns >= gate->venue_retry_ns)
			venue_connect(gate);
		return;
	}
	/* A network that says nothing, a venue that says nothing, one that never answers what it was asked. */
	bool is_late = gate->now_ns > gate->venue.opened_ns + config->timeout_ns;
	bool is_silent = gate->now_ns > gate->venue.heard_ns + config->timeout_ns;
	if (gate->venue.is_open ? is_silent || (is_late && !gate->fold->venues[0].is_ready)
				: is_late) {
		venue_drop(gate);
		return;
	}
	if (!gate->venue.is_open || gate->venue.session == 0 ||
		gate->now_ns < gate->venue.told_ns + config->heartbeat_ns)
		return;
	if (stream_send(gate->stream, gate->venue.number, packet,
		    soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0)))
		gate->venue.told_ns = gate->now_ns;
}
