#include "dataplane/gate/copylink.h"

#include "dataplane/fold/fix_copyin.h"
#include "dataplane/fold/protocols.h"
#include "dataplane/gate/client.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/turn.h"

static const struct drop_config *copylink_config(
	const struct gate *gate, const struct gate_copylink *link)
{
	return &gate->site->venues[link->connection.place].drop;
}

void copylink_change(struct gate *gate, const struct gate_copylink *link,
	enum session_change change, const struct session_record *record)
{
	gate_turn(gate);
	struct session_record *input = gate_input(gate, RECORD_SESSION, sizeof *input);
	*input = *record;
	input->session = copylink_config(gate, link)->session_id;
	input->change = (uint8_t)change;
	gate_commit(gate, input);
}

void copylink_enter(
	struct gate *gate, struct gate_copylink *link, const struct session_record *record)
{
	copylink_change(gate, link, SESSION_VENUE_UP, record);
	link->connection.session = copylink_config(gate, link)->session_id;
	link->entered_ns = gate->now_ns;
	link->hang_ups = 0;
	leaving_accepted(&gate->page->copy_refusals[link->connection.place]);
	leaving_tell(gate, link->connection.session, SESSION_CAME_UP);
}

void copylink_refused(struct gate *gate, struct gate_copylink *link)
{
	link->hang_ups = 0;
	leaving_refused(gate, copylink_config(gate, link)->session_id,
		&gate->page->copy_refusals[link->connection.place]);
}

bool copylink_write(
	struct gate *gate, const struct gate_copylink *link, const struct session_message *message)
{
	if (message->size_bytes > MESSAGE_BYTES_MAX) {
		metrics_add(gate->metrics, METRIC_gate_venue_bad, 1);
		return false;
	}
	gate_turn(gate);
	struct message_record *record =
		gate_input(gate, RECORD_VENUE_IN, (uint32_t)sizeof *record + message->size_bytes);
	record->session = copylink_config(gate, link)->session_id;
	record->size_bytes = message->size_bytes;
	record->sequence = gate->fold->copies[link->connection.place].last_sequence + 1;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, message->bytes, message->size_bytes);
	gate_commit(gate, record);
	gate_flush(gate);
	return true;
}

void copylink_connect(struct gate *gate, struct gate_copylink *link)
{
	const struct drop_config *config = copylink_config(gate, link);
	if (link->backoff_ns == 0)
		link->backoff_ns = LEAVING_BACKOFF_NS;
	leaving_cut(gate, &link->parted);
	link->connection.number = stream_connect(gate->stream, config->address, config->tcp_port);
	link->connection.opened_ns = gate->now_ns;
	if (link->connection.number == CONNECTION_NONE)
		link->retry_ns = gate->now_ns + link->backoff_ns;
}

void copylink_closed(struct gate *gate, struct gate_copylink *link)
{
	const struct session_record down = {.session = 0};
	uint32_t place = link->connection.place;
	bool is_fix = gate->fold->copies[place].protocol->carrier == CARRIER_FIX;
	enum leaving_end end = link->connection.is_open ? LEAVING_CONNECTED : LEAVING_UNCONNECTED;
	if (link->connection.session != 0) {
		copylink_change(gate, link, SESSION_VENUE_DOWN, &down);
		leaving_note(gate, SESSION_WHY_CLOSED);
		leaving_tell(gate, link->connection.session, SESSION_WENT_DOWN);
		leaving_ended(&link->backoff_ns, &link->brief_count, link->entered_ns, gate->now_ns,
			&gate->site->venues[place]);
	} else if (link->connection.is_open) {
		if (leaving_hung_up(gate, copylink_config(gate, link)->session_id))
			end = LEAVING_HUNG_UP;
		else if (is_fix && leaving_is_refusal(gate))
			copylink_refused(gate, link);
	}
	leaving_forget(gate);
	link->connection.number = CONNECTION_NONE;
	link->connection.session = 0;
	link->connection.is_open = false;
	link->retry_ns = gate->now_ns + leaving_wait(&link->backoff_ns, &link->hang_ups, end,
						&gate->site->venues[place]);
	if (leaving_is_paused(&gate->page->copy_refusals[place], &gate->site->venues[place]))
		link->retry_ns = gate->now_ns + LEAVING_PAUSE_NS;
}

void copylink_drop(struct gate *gate, struct gate_copylink *link)
{
	uint32_t place = link->connection.place;
	bool is_fix = gate->fold->copies[place].protocol->carrier == CARRIER_FIX;
	leaving_part(gate, is_fix ? &fix_copyin_of(gate->fold, place)->session : NULL,
		link->connection.number, &link->parted);
	leaving_note(gate, SESSION_WHY_NOT_RIGHT);
	copylink_closed(gate, link);
}
