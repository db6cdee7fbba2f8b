#include "dataplane/gate/copylink.h"

#include "dataplane/fold/copyin.h"
#include "dataplane/gate/session_fix.h"
#include "dataplane/gate/session_soup.h"

static const uint64_t copylink_backoff_first_ns = 50ull * 1000 * 1000;
static const uint64_t copylink_backoff_last_ns = 2000ull * 1000 * 1000;

static const struct drop_config *copylink_config(
	const struct gate *gate, const struct gate_copylink *link)
{
	return &gate->site->venues[link->connection.place].drop;
}

void copylink_open(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		gate->copylinks[i].connection.number = CONNECTION_NONE;
		gate->copylinks[i].connection.place = i;
		gate->copylinks[i].backoff_ns = copylink_backoff_first_ns;
	}
}

static bool copylink_is_fix(const struct gate *gate, const struct gate_copylink *link)
{
	return gate->fold->copies[link->connection.place].protocol->carrier == CARRIER_FIX;
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

static void copylink_opened(struct gate *gate, struct gate_copylink *link)
{
	const struct drop_config *config = copylink_config(gate, link);
	const struct fold_copy *copy = &gate->fold->copies[link->connection.place];
	link->connection.is_open = true;
	link->connection.rx_bytes = 0;
	link->connection.heard_ns = gate->now_ns;
	if (copylink_is_fix(gate, link)) {
		copylink_fix_opened(gate, link);
		return;
	}
	session_soup_login(gate, &link->connection, config->username, config->password,
		link->is_session_any ? NULL : copy->soup_session, copy->last_sequence);
}

static void copylink_closed(struct gate *gate, struct gate_copylink *link)
{
	const struct session_record down = {.session = 0};
	if (link->connection.session != 0)
		copylink_change(gate, link, SESSION_VENUE_DOWN, &down);
	link->connection.number = CONNECTION_NONE;
	link->connection.session = 0;
	link->connection.is_open = false;
	link->retry_ns = gate->now_ns + link->backoff_ns;
	link->backoff_ns *= 2;
	if (link->backoff_ns > copylink_backoff_last_ns)
		link->backoff_ns = copylink_backoff_last_ns;
}

static bool copylink_accepted(
	struct gate *gate, struct gate_copylink *link, const struct session_message *message)
{
	const struct fold_copy *copy = &gate->fold->copies[link->connection.place];
	struct session_record record = {.session = 0};
	bool is_new = false;
	if (link->connection.session != 0)
		return false;
	link->is_session_any = false;
	if (!session_soup_accepted(
		    message, copy->soup_session, copy->last_sequence, &record, &is_new))
		return false;
	if (is_new)
		copylink_change(gate, link, SESSION_VENUE_NEW, &record);
	copylink_enter(gate, link, &record);
	return true;
}

void copylink_enter(
	struct gate *gate, struct gate_copylink *link, const struct session_record *record)
{
	copylink_change(gate, link, SESSION_VENUE_UP, record);
	link->connection.session = copylink_config(gate, link)->session_id;
	link->backoff_ns = copylink_backoff_first_ns;
}

bool copylink_write(
	struct gate *gate, const struct gate_copylink *link, const struct session_message *message)
{
	if (message->size_bytes > MESSAGE_BYTES_MAX)
		return false;
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

static bool copylink_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	struct gate_copylink *link = &gate->copylinks[connection->place];
	switch (message->type) {
	case SOUP_SEQUENCED:
		return link->connection.session != 0 && copylink_write(gate, link, message);
	case SOUP_LOGIN_ACCEPTED:
		return copylink_accepted(gate, link, message);
	case SOUP_LOGIN_REJECTED: /* of another day, or another life of the venue: ask for its current one */
		link->is_session_any = message->size_bytes == 1 && message->bytes[0] == 'S' &&
				       !link->is_session_any;
		return false;
	case SOUP_SERVER_HEARTBEAT:
	case SOUP_DEBUG:
		return true;
	default:
		return false;
	}
}

static void copylink_drop(struct gate *gate, struct gate_copylink *link)
{
	stream_shut(gate->stream, link->connection.number, true);
	copylink_closed(gate, link);
}

bool copylink_event(struct gate *gate, const struct stream_event *event)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_copylink *link = &gate->copylinks[i];
		struct gate_connection *connection = &link->connection;
		bool is_fix = copylink_is_fix(gate, link);
		if (LIKELY(connection->number == CONNECTION_NONE ||
			    connection->number != event->connection))
			continue;
		if (event->kind == STREAM_OPENED)
			copylink_opened(gate, link);
		else if (event->kind == STREAM_CLOSED)
			copylink_closed(gate, link);
		else if (!session_bytes(gate, connection, is_fix ? &session_fix : &session_soup,
				 event->bytes, event->size_bytes,
				 is_fix ? copylink_fix_take : copylink_take))
			copylink_drop(gate, link);
		return true;
	}
	return false;
}

static void copylink_connect(struct gate *gate, struct gate_copylink *link)
{
	const struct drop_config *config = copylink_config(gate, link);
	link->connection.number = stream_connect(gate->stream, config->address, config->tcp_port);
	link->connection.opened_ns = gate->now_ns;
	if (link->connection.number == CONNECTION_NONE)
		link->retry_ns = gate->now_ns + link->backoff_ns;
}

static void copylink_tick_fix(struct gate *gate, struct gate_copylink *link)
{
	if (!copylink_fix_tick(gate, link))
		copylink_drop(gate, link);
}

bool copylink_ends(const struct gate *gate, uint32_t venue)
{
	return gate->site->venues[venue].drop.session_id != 0 &&
	       copylink_is_fix(gate, &gate->copylinks[venue]);
}

bool copylink_rest(struct gate *gate, struct gate_copylink *link)
{
	if (link->connection.number == CONNECTION_NONE)
		return true;
	if (link->connection.session == 0)
		copylink_drop(gate, link);
	else
		copylink_fix_end(gate, link);
	return link->connection.number == CONNECTION_NONE;
}

static void copylink_tick_one(struct gate *gate, struct gate_copylink *link)
{
	const struct venue_config *venue = &gate->site->venues[link->connection.place];
	const struct gate_connection *connection = &link->connection;
	uint8_t packet[SOUP_HEADER_BYTES];
	if (venue->drop.session_id == 0)
		return;
	if (connection->number == CONNECTION_NONE) {
		if (gate->now_ns >= link->retry_ns && !link->is_resting)
			copylink_connect(gate, link);
		return;
	}
	bool is_late = gate->now_ns > connection->opened_ns + venue->timeout_ns;
	bool is_silent = gate->now_ns > connection->heard_ns + venue->timeout_ns;
	if (connection->is_open ? is_silent || (is_late && connection->session == 0) : is_late)
		copylink_drop(gate, link);
	else if (connection->session != 0 && copylink_is_fix(gate, link))
		copylink_tick_fix(gate, link);
	else if (connection->session != 0 &&
		 gate->now_ns >= connection->told_ns + venue->heartbeat_ns)
		session_soup_send(gate, &link->connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0));
}

static void copylink_tell(struct gate *gate)
{
	struct gate_page *page = gate->page;
	uint32_t up = 0;
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		up |= (uint32_t)(gate->copylinks[i].connection.session != 0) << i;
		atomic_store_explicit(&page->venue_breaks[i], gate->fold->breaks.alarmed[i],
			memory_order_relaxed);
	}
	atomic_store_explicit(&page->venue_copy_up_mask, up, memory_order_relaxed);
	atomic_store_explicit(&page->breaks_lost, gate->fold->breaks.lost, memory_order_relaxed);
}

void copylink_tick(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++)
		copylink_tick_one(gate, &gate->copylinks[i]);
	if (copyin_is_due(gate->fold, gate->now_ns + gate->time_offset_ns))
		gate_turn(gate);
	copylink_tell(gate);
}

void copylink_stop(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_copylink *link = &gate->copylinks[i];
		if (link->connection.number == CONNECTION_NONE)
			continue;
		stream_shut(gate->stream, link->connection.number, false);
		copylink_closed(gate, link);
	}
}
