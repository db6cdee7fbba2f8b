/* session_fix_venue.c - FIX towards a venue: our Logon, its answer, and what we owe it (session_fix.h). */
#include "dataplane/fold/fix_long.h"
#include "dataplane/fold/fix_venue.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_fix.h"
#include "dataplane/gate/venue.h"
#include "drivers/machine/clock.h"

static struct fix_venue *fix_of(struct gate *gate, const struct gate_venue *link)
{
	return fix_venue_of(gate->fold, link->connection.place);
}

bool session_fix_pump(struct gate *gate, struct gate_connection *connection,
	const struct session_fix_ours *ours, bool *is_all)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	enum fix_line_verdict verdict;
	*is_all = false;
	while ((verdict = fix_line_next(ours->line, ours->session, &ours->credentials,
			clock_wall_ns(), out, &step)) == FIX_LINE_SEND) {
		if (!stream_send(gate->stream, connection->number, out, step.size_bytes))
			return ours->session->state != FIX_STATE_OVER;
		fix_line_sent(ours->line, &step);
		connection->told_ns = gate->now_ns;
	}
	*is_all = verdict == FIX_LINE_EMPTY;
	return *is_all && ours->session->state != FIX_STATE_OVER;
}

static bool venue_pump(struct gate *gate, struct gate_venue *link, bool *is_all)
{
	const struct venue_config *config = &gate->site->venues[link->connection.place];
	const struct session_fix_ours ours = {.session = &fix_of(gate, link)->session,
		.line = &gate->fix_venue_lines[link->connection.place],
		.credentials = {config->username, config->password}};
	return session_fix_pump(gate, &link->connection, &ours, is_all);
}

static bool venue_go_on(struct gate *gate, struct gate_venue *link)
{
	bool is_all;
	return venue_pump(gate, link, &is_all);
}

void session_fix_venue_open(struct gate *gate, struct gate_venue *link)
{
	const struct session_record open = {.session = 0};
	fix_line_begin(
		&gate->fix_venue_lines[link->connection.place], &fix_of(gate, link)->session);
	venue_change(gate, link, SESSION_VENUE_OPEN, &open);
	venue_go_on(gate, link); /* a stream without room for a Logon is seen by its timeout */
}

void session_fix_fit(struct session_message *message, uint8_t shorter[MESSAGE_BYTES_MAX])
{
	if (LIKELY(message->size_bytes <= MESSAGE_BYTES_MAX) || message->gone_bytes != 0)
		return;
	uint32_t size_bytes =
		fix_shorten(shorter, MESSAGE_BYTES_MAX, message->bytes, message->size_bytes);
	if (size_bytes == 0)
		return;
	message->bytes = shorter;
	message->size_bytes = size_bytes;
}

static bool long_is_name(const struct fix_text *text, const char *name)
{
	size_t size = strlen(name);
	return text->size_bytes == size && memcmp(text->bytes, name, size) == 0;
}

bool session_fix_long(struct gate *gate, const struct fix_session *session, uint32_t id,
	const struct session_message *message, struct session_record *record)
{
	const struct fix_session_config *config = session->config;
	struct fix_long told = {.size_bytes = message->size_bytes};
	struct fix_head head;
	fix_head_read(message->bytes, message->size_bytes - message->gone_bytes, &head);
	if (!long_is_name(&head.sender_comp_id, config->target) ||
		!long_is_name(&head.target_comp_id, config->sender)) {
		metrics_add(gate->metrics, METRIC_gate_bad_messages, 1);
		return false;
	}
	told.sequence = head.sequence;
	told.is_poss_dup = head.is_poss_dup;
	if (head.type.size_bytes < sizeof told.type)
		memcpy(told.type, head.type.bytes, head.type.size_bytes);
	fix_long_pack(record, &told);
	metrics_add(gate->metrics, METRIC_gate_too_long, 1);
	leaving_note_numbers(gate, SESSION_WHY_LONG,
		fix_long_of(record, !config->is_initiator).bytes_max, message->size_bytes);
	leaving_tell(gate, id, SESSION_WAS_LONG);
	return true;
}

static bool venue_long(
	struct gate *gate, struct gate_venue *link, const struct session_message *message)
{
	uint32_t id = gate->site->venues[link->connection.place].session_id;
	struct session_record record = {.session = 0};
	if (!session_fix_long(gate, &fix_of(gate, link)->session, id, message, &record))
		return false;
	venue_change(gate, link, SESSION_LONG, &record);
	return venue_go_on(gate, link);
}

bool session_fix_venue_take(
	struct gate *gate, struct gate_venue *link, const struct session_message *message)
{
	const struct session_record up = {.session = 0};
	struct session_message fit = *message;
	uint8_t shorter[MESSAGE_BYTES_MAX];
	session_fix_fit(&fit, shorter);
	if (UNLIKELY(fit.size_bytes > MESSAGE_BYTES_MAX))
		return venue_long(gate, link, message);
	if (!venue_take_message(gate, link, fit.bytes, fit.size_bytes))
		return false;
	bool is_up = fix_of(gate, link)->session.state == FIX_STATE_UP;
	if (is_up && link->connection.session == 0)
		venue_enter(gate, link, &up);
	leaving_note_fix(gate, &fix_of(gate, link)->session, message->bytes, message->size_bytes);
	return venue_go_on(gate, link);
}

bool session_fix_venue_put(
	struct gate *gate, struct gate_venue *link, uint8_t *packet, uint32_t size_bytes)
{
	bool is_all;
	/* Numbers leave in their row: what came before goes first, or nothing does. */
	if (!venue_pump(gate, link, &is_all) || !is_all ||
		!stream_send(gate->stream, link->connection.number, packet + SESSION_HEADER_BYTES,
			size_bytes))
		return false;
	gate->fix_venue_lines[link->connection.place].fresh++; /* kept by the SENT that follows */
	link->connection.told_ns = gate->now_ns;
	return true;
}

bool session_fix_venue_tick(struct gate *gate, struct gate_venue *link)
{
	const struct session_record tick = {.session = 0};
	uint64_t due_ns = fix_venue_due_ns(gate->fold, link->connection.place);
	if (due_ns <= gate->now_ns + gate->time_offset_ns)
		venue_change(gate, link, SESSION_TICK, &tick);
	return venue_go_on(gate, link);
}

void session_fix_venue_end(struct gate *gate, struct gate_venue *link)
{
	const struct session_record goodbye = {.session = 0};
	if (fix_of(gate, link)->session.state != FIX_STATE_UP)
		return; /* said; the tick sees when it is answered, or is not */
	venue_change(gate, link, SESSION_GOODBYE, &goodbye);
	venue_go_on(gate, link);
}
