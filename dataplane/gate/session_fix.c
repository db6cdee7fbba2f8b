#include "dataplane/gate/session_fix.h"

#include <openssl/crypto.h>

#include "dataplane/gate/client.h"
#include "dataplane/gate/leaving.h"
#include "dataplane/gate/session_bytes.h"
#include "dataplane/fold/fix_orders.h"
#include "drivers/machine/clock.h"

static enum session_cut fix_cut_message(
	const uint8_t *bytes, uint32_t size_bytes, struct session_message *message)
{
	struct fix_frame frame;
	enum fix_cut_verdict verdict = fix_cut(bytes, size_bytes, &frame);
	if (verdict == FIX_MORE)
		return SESSION_MORE;
	*message = (struct session_message){.bytes = frame.bytes,
		.size_bytes = frame.size_bytes,
		.wire_bytes = frame.taken_bytes};
	return verdict == FIX_WHOLE ? SESSION_WHOLE : SESSION_SKIP;
}

/* --- who logs in --- */

static bool fix_text_is(const struct fix_text *text, const char *name)
{
	size_t size = strlen(name);
	return text->size_bytes == size && memcmp(text->bytes, name, size) == 0;
}

/* A name or password as its field holds it, zeros behind; false: longer than any of ours. */
static bool fix_secret_copy(char *out, size_t out_bytes, const struct fix_text *text)
{
	memset(out, 0, out_bytes);
	if (text->size_bytes >= out_bytes)
		return false;
	if (text->size_bytes > 0)
		memcpy(out, text->bytes, text->size_bytes);
	return true;
}

/* Names and passwords are compared in constant time. */
static bool fix_is_allowed(const struct session_config *config, const struct fix_message *logon)
{
	char username[sizeof config->username], password[sizeof config->password];
	const struct fix_text *secret =
		fix_has(logon, FIX_PASSWORD) ? &logon->password : &logon->raw_data;
	bool has_name = fix_has(logon, FIX_USERNAME);
	bool is_copied = fix_secret_copy(username, sizeof username, &logon->username) &&
			 fix_secret_copy(password, sizeof password, secret);
	/* 4.2 has no tag for a name; the CompIDs name the session there. */
	bool is_name = !has_name && config->protocol == ORDERS_FIX42;
	is_name |= CRYPTO_memcmp(username, config->username, sizeof username) == 0;
	bool is_password = CRYPTO_memcmp(password, config->password, sizeof password) == 0;
	return is_copied && is_name && is_password;
}

static const struct session_config *fix_who(
	const struct gate *gate, const struct fix_message *logon)
{
	const struct session_config *who = NULL, *config;
	for (uint32_t i = 0; (config = site_login(gate->site, i)) != NULL; i++) {
		enum order_protocol protocol =
			logon->version == FIX_42 ? ORDERS_FIX42 : ORDERS_FIX44;
		if (config->protocol == protocol &&
			fix_text_is(&logon->sender_comp_id, config->comp_id) &&
			fix_text_is(&logon->target_comp_id, config->our_comp_id))
			who = config;
	}
	return who != NULL && fix_is_allowed(who, logon) ? who : NULL;
}

static bool fix_is_logon(const struct fix_message *message, uint64_t wall_ns)
{
	static const uint64_t tolerance_ns = 120ull * 1000 * 1000 * 1000;
	uint64_t apart_ns = message->sending_ns > wall_ns ? message->sending_ns - wall_ns
							  : wall_ns - message->sending_ns;
	return message->type == FIX_MSG_LOGON && message->reason == FIX_NO_REASON &&
	       message->version != FIX_VERSION_OTHER && message->sequence > 0 &&
	       apart_ns <= tolerance_ns;
}

/* --- what goes out --- */

/* fix_send puts what is owed on the stream; false: it is no longer kept, or the session is over. */
static bool fix_send(struct gate *gate, struct gate_connection *connection)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	const struct fix_session *session =
		&fix_client_of(gate->fold, connection->session)->session;
	struct fix_line *line = &gate->fix_lines[connection->session];
	struct fix_step step;
	enum fix_line_verdict verdict;
	while ((verdict = fix_line_next(line, session, NULL, clock_wall_ns(), out, &step)) ==
		FIX_LINE_SEND) {
		if (!stream_send(gate->stream, connection->number, out, step.size_bytes))
			return session->state != FIX_STATE_OVER;
		fix_line_sent(line, &step);
		connection->told_ns = gate->now_ns;
	}
	return verdict != FIX_LINE_LOST && session->state != FIX_STATE_OVER;
}

static void fix_client_send(struct gate *gate, struct gate_connection *connection)
{
	fix_send(gate, connection); /* who is to be let go is seen by its next message or tick */
}

static bool fix_logon(
	struct gate *gate, struct gate_connection *connection, const struct fix_message *message)
{
	struct session_record record = {.session = 0};
	const struct session_config *who =
		fix_is_logon(message, clock_wall_ns()) ? fix_who(gate, message) : NULL;
	if (who == NULL || !client_is_proven(gate, connection, who) ||
		!client_may_enter(gate, who)) {
		metrics_add(gate->metrics, METRIC_gate_logins_refused, 1);
		leaving_note_text(gate, who != NULL ? SESSION_WHY_SESSION : SESSION_WHY_CREDENTIALS,
			message->sender_comp_id.bytes, message->sender_comp_id.size_bytes);
		leaving_tell(gate, who != NULL ? who->id : 0, SESSION_WAS_REFUSED);
		return false;
	}
	struct fix_logon logon = fix_logon_of(message);
	fix_logon_pack(&record, &logon);
	fix_line_begin(&gate->fix_lines[who->id], &fix_client_of(gate->fold, who->id)->session);
	client_enter(gate, connection, who, 1, &record);
	return fix_send(gate, connection);
}

static bool fix_client_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	struct fix_message logon;
	if (connection->session != 0) {
		bool is_on =
			client_message(gate, connection, message->bytes, message->size_bytes) &&
			fix_send(gate, connection);
		if (UNLIKELY(!is_on))
			leaving_note_fix(gate,
				&fix_client_of(gate->fold, connection->session)->session,
				message->bytes, message->size_bytes);
		return is_on;
	}
	fix_parse(message->bytes, message->size_bytes, &logon);
	return fix_logon(gate, connection, &logon);
}

static bool fix_client_bytes(struct gate *gate, struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	return session_bytes(gate, connection, fix_cut_message, bytes, size_bytes, fix_client_take);
}

static bool fix_client_tick(struct gate *gate, struct gate_connection *connection)
{
	struct session_record tick = {.session = connection->session, .change = SESSION_TICK};
	if (fix_orders_due_ns(gate->fold, connection->session) <=
		gate->now_ns + gate->time_offset_ns)
		client_change(gate, &tick);
	return fix_send(gate, connection);
}

static void fix_client_end(struct gate *gate, struct gate_connection *connection)
{
	struct session_record goodbye = {.session = connection->session, .change = SESSION_GOODBYE};
	client_change(gate, &goodbye);
	fix_send(gate, connection);
}

const struct session_kind session_fix = {
	.cut = fix_cut_message,
	.client_bytes = fix_client_bytes,
	.client_tick = fix_client_tick,
	.client_send = fix_client_send,
	.has_timers = true,
	.client_end = fix_client_end,
	.venue_open = session_fix_venue_open,
	.venue_take = session_fix_venue_take,
	.venue_put = session_fix_venue_put,
	.venue_tick = session_fix_venue_tick,
	.venue_end = session_fix_venue_end,
};
