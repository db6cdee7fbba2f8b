#include "dataplane/gate/venue.h"

#include "dataplane/fold/fix_venue.h"
#include "dataplane/fold/protocols.h"
#include "dataplane/gate/client.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/turn.h"

void venue_change(struct gate *gate, struct gate_venue *venue, enum session_change change,
	const struct session_record *record)
{
	gate_turn(gate);
	struct session_record *input = gate_input(gate, RECORD_SESSION, sizeof *input);
	*input = *record;
	input->session = gate->site->venues[venue->connection.place].session_id;
	input->change = (uint8_t)change;
	gate_commit(gate, input);
}

static struct session_refusals *venue_refusals(struct gate *gate, const struct gate_venue *venue)
{
	return &gate->page->venue_refusals[venue->connection.place];
}

void venue_refused(struct gate *gate, struct gate_venue *venue)
{
	venue->hang_ups = 0;
	leaving_refused(gate, gate->site->venues[venue->connection.place].session_id,
		venue_refusals(gate, venue));
}

void venue_enter(struct gate *gate, struct gate_venue *venue, const struct session_record *record)
{
	venue_change(gate, venue, SESSION_VENUE_UP, record);
	venue->connection.session = gate->site->venues[venue->connection.place].session_id;
	venue->entered_ns = gate->now_ns;
	venue->hang_ups = 0;
	leaving_accepted(venue_refusals(gate, venue));
	leaving_tell(gate, venue->connection.session, SESSION_CAME_UP);
	/* Of the questions that are open only the newest is asked on this connection. */
	uint64_t asked = gate->fold->venues[venue->connection.place].queries_asked;
	venue->queries = asked > 0 ? asked - 1 : 0;
}

bool venue_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes)
{
	return venue->connection.session != 0 && venue_take_message(gate, venue, bytes, size_bytes);
}

bool venue_take_message(
	struct gate *gate, struct gate_venue *venue, const uint8_t *bytes, uint32_t size_bytes)
{
	if (size_bytes > MESSAGE_BYTES_MAX) {
		metrics_add(gate->metrics, METRIC_gate_venue_bad, 1);
		return false;
	}
	gate_turn(gate);
	struct message_record *record =
		gate_input_whole(gate, RECORD_VENUE_IN, (uint32_t)sizeof *record + size_bytes);
	record->session = gate->site->venues[venue->connection.place].session_id;
	record->size_bytes = size_bytes;
	record->sequence = gate->fold->venues[venue->connection.place].last_sequence + 1;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, bytes, size_bytes);
	gate_commit(gate, record);
	gate_flush(gate);
	return true;
}

void venue_closed(struct gate *gate, struct gate_venue *venue)
{
	struct session_record down = {.session = 0};
	uint32_t place = venue->connection.place;
	bool is_fix = gate->fold->venues[place].protocol->carrier == CARRIER_FIX;
	enum leaving_end end = venue->connection.is_open ? LEAVING_CONNECTED : LEAVING_UNCONNECTED;
	if (venue->connection.session != 0) {
		venue_change(gate, venue, SESSION_VENUE_DOWN, &down);
		leaving_note(gate, SESSION_WHY_CLOSED);
		leaving_tell(gate, venue->connection.session, SESSION_WENT_DOWN);
		leaving_ended(&venue->backoff_ns, &venue->brief_count, venue->entered_ns,
			gate->now_ns, &gate->site->venues[place]);
	} else if (venue->connection.is_open) {
		if (leaving_hung_up(gate, gate->site->venues[place].session_id))
			end = LEAVING_HUNG_UP;
		else if (is_fix && leaving_is_refusal(gate))
			venue_refused(gate, venue);
	}
	leaving_forget(gate);
	venue->connection.number = CONNECTION_NONE;
	venue->connection.session = 0;
	venue->connection.is_open = false;
	venue->retry_ns = gate->now_ns + leaving_wait(&venue->backoff_ns, &venue->hang_ups, end,
						 &gate->site->venues[place]);
	if (leaving_is_paused(venue_refusals(gate, venue), &gate->site->venues[place]))
		venue->retry_ns = gate->now_ns + LEAVING_PAUSE_NS;
}

void venue_drop(struct gate *gate, struct gate_venue *venue)
{
	uint32_t place = venue->connection.place;
	bool is_fix = gate->fold->venues[place].protocol->carrier == CARRIER_FIX;
	leaving_part(gate, is_fix ? &fix_venue_of(gate->fold, place)->session : NULL,
		venue->connection.number, &venue->parted);
	leaving_note(gate, SESSION_WHY_NOT_RIGHT);
	venue_closed(gate, venue);
}

void venue_connect(struct gate *gate, struct gate_venue *venue)
{
	const struct venue_config *config = &gate->site->venues[venue->connection.place];
	if (venue->backoff_ns == 0)
		venue->backoff_ns = LEAVING_BACKOFF_NS;
	leaving_cut(gate, &venue->parted);
	venue->connection.number = stream_connect(gate->stream, config->address, config->tcp_port);
	venue->connection.opened_ns = gate->now_ns;
	if (venue->connection.number == CONNECTION_NONE)
		venue->retry_ns = gate->now_ns + venue->backoff_ns;
}
