#include "dataplane/gate/copylinks.h"

#include "dataplane/fold/copyin.h"
#include "dataplane/gate/copylink.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_bytes.h"
#include "dataplane/gate/session_fix.h"
#include "dataplane/gate/session_soup.h"
#include "dataplane/gate/turn.h"

void copylinks_open(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		gate->copylinks[i].connection.number = CONNECTION_NONE;
		gate->copylinks[i].connection.place = i;
	}
}

static bool copylinks_is_fix(const struct gate *gate, const struct gate_copylink *link)
{
	return gate->fold->copies[link->connection.place].protocol->carrier == CARRIER_FIX;
}

static void copylinks_opened(struct gate *gate, struct gate_copylink *link)
{
	const struct drop_config *config = &gate->site->venues[link->connection.place].drop;
	const struct fold_copy *copy = &gate->fold->copies[link->connection.place];
	link->connection.is_open = true;
	link->connection.rx_bytes = 0;
	passing_forget(&link->connection.passing);
	link->connection.heard_ns = gate->now_ns;
	if (copylinks_is_fix(gate, link)) {
		copylink_fix_opened(gate, link);
		return;
	}
	session_soup_login(gate, &link->connection, config->username, config->password,
		link->is_session_any ? NULL : copy->soup_session, copy->last_sequence);
}

static bool copylinks_accepted(
	struct gate *gate, struct gate_copylink *link, const struct session_message *message)
{
	const struct fold_copy *copy = &gate->fold->copies[link->connection.place];
	struct session_record record = {.session = 0};
	bool is_new = false;
	if (link->connection.session != 0)
		return false;
	if (!session_soup_accepted(
		    message, copy->soup_session, copy->last_sequence, &record, &is_new)) {
		if (session_soup_other(gate, is_new, &link->is_session_any, copy->last_sequence,
			    record.sequence))
			copylink_refused(gate, link);
		return false;
	}
	link->is_session_any = false;
	if (is_new)
		copylink_change(gate, link, SESSION_VENUE_NEW, &record);
	copylink_enter(gate, link, &record);
	return true;
}

static bool copylinks_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	struct gate_copylink *link = &gate->copylinks[connection->place];
	switch (message->type) {
	case SOUP_SEQUENCED:
		return link->connection.session != 0 && copylink_write(gate, link, message);
	case SOUP_LOGIN_ACCEPTED:
		return copylinks_accepted(gate, link, message);
	case SOUP_LOGIN_REJECTED: /* of another day, or another life of the venue: ask for its current one */
		link->is_session_any = message->size_bytes == 1 && message->bytes[0] == 'S' &&
				       !link->is_session_any;
		if (!link->is_session_any) {
			session_soup_note_refusal(gate, message);
			copylink_refused(gate, link);
		}
		return false;
	case SOUP_SERVER_HEARTBEAT:
	case SOUP_DEBUG:
		return true;
	default:
		return false;
	}
}

bool copylinks_event(struct gate *gate, const struct stream_event *event)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_copylink *link = &gate->copylinks[i];
		struct gate_connection *connection = &link->connection;
		bool is_fix = copylinks_is_fix(gate, link);
		if (LIKELY(connection->number == CONNECTION_NONE ||
			    connection->number != event->connection))
			continue;
		if (event->kind == STREAM_OPENED)
			copylinks_opened(gate, link);
		else if (event->kind == STREAM_CLOSED)
			copylink_closed(gate, link);
		else if (!session_bytes(gate, connection,
				 (is_fix ? &session_fix : &session_soup)->cut, event->bytes,
				 event->size_bytes, is_fix ? copylink_fix_take : copylinks_take))
			copylink_drop(gate, link);
		return true;
	}
	return false;
}

static void copylinks_tick_fix(struct gate *gate, struct gate_copylink *link)
{
	if (copylink_fix_tick(gate, link))
		return;
	leaving_note(gate, SESSION_WHY_SILENT);
	copylink_drop(gate, link);
}

bool copylinks_ends(const struct gate *gate, uint32_t venue)
{
	return gate->site->venues[venue].drop.session_id != 0 &&
	       copylinks_is_fix(gate, &gate->copylinks[venue]);
}

bool copylinks_rest(struct gate *gate, struct gate_copylink *link)
{
	if (link->connection.number == CONNECTION_NONE)
		return true;
	if (link->connection.session == 0) {
		leaving_note(gate, SESSION_WHY_OURS);
		copylink_drop(gate, link);
	} else {
		copylink_fix_end(gate, link);
	}
	return link->connection.number == CONNECTION_NONE;
}

static void copylinks_tick_one(struct gate *gate, struct gate_copylink *link)
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
	if (connection->is_open ? is_silent || (is_late && connection->session == 0) : is_late) {
		leaving_note(gate, SESSION_WHY_SILENT);
		copylink_drop(gate, link);
	} else if (connection->session != 0 && copylinks_is_fix(gate, link))
		copylinks_tick_fix(gate, link);
	else if (connection->session != 0 &&
		 gate->now_ns >= connection->told_ns + venue->heartbeat_ns)
		session_soup_send(gate, &link->connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0));
}

static void copylinks_tell(struct gate *gate)
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

void copylinks_tick(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++)
		copylinks_tick_one(gate, &gate->copylinks[i]);
	if (copyin_is_due(gate->fold, gate->now_ns + gate->time_offset_ns))
		gate_turn(gate);
	copylinks_tell(gate);
}

static void copylink_leave(struct gate *gate, struct gate_copylink *link)
{
	if (copylinks_is_fix(gate, link))
		copylink_fix_end(gate, link);
	else
		session_soup_logout(gate, &link->connection);
}

void copylinks_stop(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_copylink *link = &gate->copylinks[i];
		if (link->connection.session != 0)
			copylink_leave(gate, link);
		if (link->connection.number == CONNECTION_NONE)
			continue;
		stream_shut(gate->stream, link->connection.number, false);
		leaving_note(gate, SESSION_WHY_OURS);
		copylink_closed(gate, link);
	}
}
