/* copylink_fix.c - a venue's drop copy in FIX: our Logon, its answer, and the little that we say (copylink.h). */
#include "dataplane/fold/fix_copyin.h"
#include "dataplane/gate/copylink.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_fix.h"

static struct fix_session *copy_session(struct gate *gate, const struct gate_copylink *link)
{
	return &fix_copyin_of(gate->fold, link->connection.place)->session;
}

static bool copy_go_on(struct gate *gate, struct gate_copylink *link)
{
	const struct drop_config *config = &gate->site->venues[link->connection.place].drop;
	const struct session_fix_ours ours = {.session = copy_session(gate, link),
		.line = &gate->fix_copy_lines[link->connection.place],
		.credentials = {config->username, config->password}};
	bool is_all;
	return session_fix_pump(gate, &link->connection, &ours, &is_all);
}

void copylink_fix_opened(struct gate *gate, struct gate_copylink *link)
{
	const struct session_record open = {.session = 0};
	fix_line_begin(&gate->fix_copy_lines[link->connection.place], copy_session(gate, link));
	copylink_change(gate, link, SESSION_VENUE_OPEN, &open);
	copy_go_on(gate, link); /* a stream without room for a Logon is seen by its timeout */
}

static bool copy_long(
	struct gate *gate, struct gate_copylink *link, const struct session_message *message)
{
	uint32_t id = gate->site->venues[link->connection.place].drop.session_id;
	struct session_record record = {.session = 0};
	if (!session_fix_long(gate, copy_session(gate, link), id, message, &record))
		return false;
	copylink_change(gate, link, SESSION_LONG, &record);
	return copy_go_on(gate, link);
}

bool copylink_fix_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	const struct session_record up = {.session = 0};
	struct gate_copylink *link = &gate->copylinks[connection->place];
	struct session_message fit = *message;
	uint8_t shorter[MESSAGE_BYTES_MAX];
	session_fix_fit(&fit, shorter);
	if (UNLIKELY(fit.size_bytes > MESSAGE_BYTES_MAX))
		return copy_long(gate, link, message);
	if (!copylink_write(gate, link, &fit))
		return false;
	if (copy_session(gate, link)->state == FIX_STATE_UP && connection->session == 0)
		copylink_enter(gate, link, &up);
	leaving_note_fix(gate, copy_session(gate, link), message->bytes, message->size_bytes);
	return copy_go_on(gate, link);
}

bool copylink_fix_tick(struct gate *gate, struct gate_copylink *link)
{
	const struct session_record tick = {.session = 0};
	if (fix_session_due_ns(copy_session(gate, link)) <= gate->now_ns + gate->time_offset_ns)
		copylink_change(gate, link, SESSION_TICK, &tick);
	return copy_go_on(gate, link);
}

void copylink_fix_end(struct gate *gate, struct gate_copylink *link)
{
	const struct session_record goodbye = {.session = 0};
	if (copy_session(gate, link)->state != FIX_STATE_UP)
		return; /* said; the tick sees when it is answered, or is not */
	copylink_change(gate, link, SESSION_GOODBYE, &goodbye);
	copy_go_on(gate, link);
}
