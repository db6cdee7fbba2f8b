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
	if (UNLIKELY(verdict == FIX_LONG))
		return SESSION_PASS;
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

static bool fix_is_other_version(
	const struct session_config *config, const struct fix_message *logon)
{
	return logon->version != (config->protocol == ORDERS_FIX42 ? FIX_42 : FIX_44);
}

/* Whose Logon it is by its CompIDs; one of its version before one of another. */
static const struct session_config *fix_who(
	const struct gate *gate, const struct fix_message *logon)
{
	const struct session_config *who = NULL, *config;
	for (uint32_t i = 0; (config = site_login(gate->site, i)) != NULL; i++) {
		bool is_fix = config->protocol == ORDERS_FIX42 || config->protocol == ORDERS_FIX44;
		if (!is_fix || !fix_text_is(&logon->sender_comp_id, config->comp_id) ||
			!fix_text_is(&logon->target_comp_id, config->our_comp_id))
			continue;
		if (who == NULL || !fix_is_other_version(config, logon))
			who = config;
	}
	return who;
}

static bool fix_is_logon(const struct fix_message *message)
{
	bool is_right = message->reason == FIX_NO_REASON || message->version == FIX_VERSION_OTHER;
	return message->type == FIX_MSG_LOGON && is_right && message->sequence > 0;
}

static bool fix_is_on_time(const struct fix_message *message, uint64_t wall_ns)
{
	static const uint64_t tolerance_ns = 120ull * 1000 * 1000 * 1000;
	uint64_t apart_ns = message->sending_ns > wall_ns ? message->sending_ns - wall_ns
							  : wall_ns - message->sending_ns;
	return apart_ns <= tolerance_ns;
}

/* What is wrong with a Logon of a session, before the session itself looks at it. */
static enum logon_refusal fix_look(
	const struct session_config *who, const struct fix_message *logon)
{
	if (fix_is_other_version(who, logon))
		return LOGON_OTHER_VERSION;
	if (!fix_is_allowed(who, logon))
		return LOGON_OTHER_SECRET;
	return fix_is_on_time(logon, clock_wall_ns()) ? LOGON_TAKEN : LOGON_OTHER_TIME;
}

/* --- what goes out --- */

/* fix_send_of puts what a session owes on a connection's stream; false: it is no longer kept, or the session is over. */
static bool fix_send_of(struct gate *gate, struct gate_connection *connection, uint32_t id)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	const struct fix_session *session = &fix_client_of(gate->fold, id)->session;
	struct fix_line *line = &gate->fix_lines[id];
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

static bool fix_send(struct gate *gate, struct gate_connection *connection)
{
	return fix_send_of(gate, connection, connection->session);
}

static void fix_client_send(struct gate *gate, struct gate_connection *connection)
{
	fix_send(gate, connection); /* who is to be let go is seen by its next message or tick */
}

/* The newest Logout comes again, under its number.  false: it is no longer kept. */
static bool fix_turn_away_again(struct gate *gate, const struct gate_connection *connection,
	const struct session_config *who, enum logon_refusal refusal)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	uint32_t size = fix_line_logout_again(&fix_client_of(gate->fold, who->id)->session,
		gate->fix_turned_number[who->id], fix_orders_refusal(refusal), clock_wall_ns(),
		out);
	if (size != 0)
		stream_send(gate->stream, connection->number, out, size);
	return size != 0;
}

/* A Logout takes a number of the session, which its peer counts too: not while somebody is logged in, and not for ever, because
   who sends such Logons need not be the peer, and numbers push what is kept for that out of the store. */
static void fix_turn_away(struct gate *gate, struct gate_connection *connection,
	const struct session_config *who, enum logon_refusal refusal)
{
	const struct session_record goodbye = {
		.session = who->id, .change = SESSION_GOODBYE, .flags = (uint8_t)refusal};
	const struct fix_session *session = &fix_client_of(gate->fold, who->id)->session;
	bool is_often = gate->fix_turned_away[who->id] >= SESSION_FIX_TURNED_AWAY_MAX;
	if (gate->by_session[who->id] != NULL ||
		(is_often && fix_turn_away_again(gate, connection, who, refusal)))
		return;
	gate->fix_turned_away[who->id] += !is_often;
	gate->fix_turned_number[who->id] = session->next_out;
	fix_line_begin(&gate->fix_lines[who->id], session);
	client_change(gate, &goodbye);
	fix_send_of(gate, connection, who->id);
}

/* who: whose Logon it is; NULL: nobody's, who is told nothing: there is no session to say it in. */
static bool fix_refuse(struct gate *gate, const struct session_config *who, enum session_why why,
	const struct fix_message *logon)
{
	metrics_add(gate->metrics, METRIC_gate_logins_refused, 1);
	leaving_note_text(gate, why, logon->sender_comp_id.bytes, logon->sender_comp_id.size_bytes);
	leaving_tell(gate, who != NULL ? who->id : 0, SESSION_WAS_REFUSED);
	return false;
}

static bool fix_enter(struct gate *gate, struct gate_connection *connection,
	const struct session_config *who, const struct session_message *message,
	const struct fix_message *m)
{
	struct session_record record = {.session = 0};
	struct fix_logon logon = fix_logon_of(m);
	const struct fix_session *session = &fix_client_of(gate->fold, who->id)->session;
	fix_logon_pack(&record, &logon);
	fix_line_begin(&gate->fix_lines[who->id], session);
	client_enter(gate, connection, who, 1, &record);
	gate->fix_turned_away[who->id] = 0;
	if (session->state == FIX_STATE_UP)
		client_welcome(gate, connection);
	else
		leaving_note_fix(gate, session, message->bytes, message->size_bytes);
	return fix_send(gate, connection);
}

static bool fix_logon(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	static const uint8_t whys[LOGON_REFUSAL_COUNT] = {
		[LOGON_OTHER_VERSION] = SESSION_WHY_VERSION,
		[LOGON_OTHER_SECRET] = SESSION_WHY_CREDENTIALS,
		[LOGON_OTHER_TIME] = SESSION_WHY_CLOCK};
	struct fix_message m;
	fix_parse(message->bytes, message->size_bytes, &m);
	const struct session_config *who = fix_who(gate, &m);
	if (!fix_is_logon(&m))
		return fix_refuse(gate, who, SESSION_WHY_NOT_RIGHT, &m);
	if (who == NULL)
		return fix_refuse(gate, NULL, SESSION_WHY_COMP_IDS, &m);
	enum logon_refusal refusal = fix_look(who, &m);
	if (refusal == LOGON_TAKEN && !client_is_proven(gate, connection, who))
		refusal = LOGON_OTHER_SECRET;
	if (refusal != LOGON_TAKEN) {
		fix_turn_away(gate, connection, who, refusal);
		return fix_refuse(gate, who, (enum session_why)whys[refusal], &m);
	}
	if (!client_may_enter(gate, who)) {
		enum session_why why = client_why_not(gate);
		if (why == SESSION_WHY_DAY)
			fix_turn_away(gate, connection, who, LOGON_DAY_CLOSED);
		return fix_refuse(gate, who, why, &m);
	}
	return fix_enter(gate, connection, who, message, &m);
}

/* --- what is longer than is taken --- */

static bool fix_client_long(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	struct session_record record = {.session = connection->session};
	const struct fix_session *session =
		&fix_client_of(gate->fold, connection->session)->session;
	if (!session_fix_long(gate, session, connection->session, message, &record))
		return false;
	client_change(gate, &record);
	return fix_send(gate, connection);
}

static bool fix_client_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message)
{
	if (UNLIKELY(message->size_bytes > MESSAGE_BYTES_MAX) && connection->session != 0)
		return fix_client_long(gate, connection, message);
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
	return message->gone_bytes == 0 && fix_logon(gate, connection, message);
}

/* Whoever begins with what is no message is let go, and does not keep a place until its time is over. */
static bool fix_client_bytes(struct gate *gate, struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes)
{
	struct session_message first;
	bool is_first = connection->session == 0 && connection->rx_bytes == 0;
	if (UNLIKELY(is_first) && fix_cut_message(bytes, size_bytes, &first) == SESSION_SKIP) {
		metrics_add(gate->metrics, METRIC_gate_garbled, 1);
		return false;
	}
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
	.venue_leave = session_fix_venue_end,
};
