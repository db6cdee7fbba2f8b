#include "dataplane/gate/venues.h"

#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_bytes.h"
#include "dataplane/gate/venue.h"

struct gate_venue *venues_find(struct gate *gate, uint32_t number)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		if (gate->venues[i].connection.number == number)
			return &gate->venues[i];
	}
	return NULL;
}

void venues_opened(struct gate *gate, struct gate_venue *venue)
{
	venue->connection.is_open = true;
	venue->connection.rx_bytes = 0;
	passing_forget(&venue->connection.passing);
	venue->connection.heard_ns = venue->connection.told_ns = gate->now_ns;
	venue->connection.kind->venue_open(gate, venue);
}

bool venues_rest(struct gate *gate, struct gate_venue *venue)
{
	const struct gate_connection *connection = &venue->connection;
	if (connection->number == CONNECTION_NONE)
		return true;
	if (connection->session == 0) {
		leaving_note(gate, SESSION_WHY_OURS);
		venue_drop(gate, venue);
	} else {
		connection->kind->venue_end(gate, venue);
	}
	return connection->number == CONNECTION_NONE;
}

static bool venues_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	return connection->kind->venue_take(gate, &gate->venues[connection->place], message);
}

void venues_bytes(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes)
{
	struct gate_connection *connection = &venue->connection;
	if (!session_bytes(gate, connection, connection->kind->cut, bytes, size_bytes, venues_take))
		venue_drop(gate, venue);
}

static void venues_tick_one(struct gate *gate, struct gate_venue *venue)
{
	const struct venue_config *config = &gate->site->venues[venue->connection.place];
	const struct gate_connection *connection = &venue->connection;
	if (connection->number == CONNECTION_NONE) {
		if (gate->now_ns >= venue->retry_ns && !venue->is_resting)
			venue_connect(gate, venue);
		return;
	}
	/* A network that says nothing, a venue that says nothing, one that never answers what it was asked. */
	bool is_late = gate->now_ns > connection->opened_ns + config->timeout_ns;
	bool is_silent = gate->now_ns > connection->heard_ns + config->timeout_ns;
	bool is_ready = gate->fold->venues[connection->place].is_ready;
	if (connection->is_open ? is_silent || (is_late && !is_ready) : is_late) {
		leaving_note(gate, SESSION_WHY_SILENT);
		venue_drop(gate, venue);
		return;
	}
	if (connection->is_open && connection->session != 0 &&
		!connection->kind->venue_tick(gate, venue)) {
		leaving_note(gate, SESSION_WHY_SILENT);
		venue_drop(gate, venue);
	}
}

void venues_tick(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++)
		venues_tick_one(gate, &gate->venues[i]);
}

void venues_stop(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_venue *venue = &gate->venues[i];
		if (venue->connection.session != 0)
			venue->connection.kind->venue_leave(gate, venue);
		if (venue->connection.number == CONNECTION_NONE)
			continue;
		stream_shut(gate->stream, venue->connection.number, false);
		leaving_note(gate, SESSION_WHY_OURS);
		venue_closed(gate, venue);
	}
}
