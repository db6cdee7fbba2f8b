/* line.c - what a connection is owed: the newest in their turn, the old ones again (session.h). */
#include "dataplane/fix/session.h"

const struct fix_kept *fix_session_kept(const struct fix_session *session, uint64_t number)
{
	if (number < session->kept_from || number >= session->next_out)
		return NULL;
	return &session->store[number % session->config->store_count];
}

void fix_line_begin(struct fix_line *line, const struct fix_session *session)
{
	*line = (struct fix_line){
		.fresh = session->next_out,
		.again_seen = session->again_count,
		.reset_seen = session->reset_count,
	};
}

static void line_header(struct fix_message *message, const struct fix_session *session,
	enum fix_type type, uint64_t number, uint64_t wall_ns)
{
	const struct fix_session_config *config = session->config;
	fix_begin_type(message, (enum fix_version)config->version, type);
	fix_set_text(message, FIX_SENDER_COMP_ID, config->sender, (uint32_t)strlen(config->sender));
	fix_set_text(message, FIX_TARGET_COMP_ID, config->target, (uint32_t)strlen(config->target));
	fix_set_number(message, FIX_MSG_SEQ_NUM, number);
	fix_set_number(message, FIX_SENDING_TIME, wall_ns);
}

/* line_credentials adds who we are to a Logon's body, which stands in a copy of the store's.  4.2 has no tags for it: the CompIDs
   are the name, and RawData the password; who checks by its dictionary refuses others. */
static uint32_t line_credentials(const struct fix_session *session,
	const struct fix_credentials *credentials, uint8_t *body, uint32_t body_bytes)
{
	struct fix_message names;
	uint32_t password_bytes = (uint32_t)strlen(credentials->password);
	fix_begin_type(&names, (enum fix_version)session->config->version, FIX_MSG_LOGON);
	if (session->config->version == FIX_42) {
		fix_set_text(&names, FIX_RAW_DATA, credentials->password, password_bytes);
	} else {
		fix_set_text(&names, FIX_USERNAME, credentials->username,
			(uint32_t)strlen(credentials->username));
		fix_set_text(&names, FIX_PASSWORD, credentials->password, password_bytes);
	}
	uint32_t more = fix_build_body(body + body_bytes, FIX_BODY_BYTES, &names, FIX_MILLIS);
	CHECK(more != UINT32_MAX); /* they come from our own configuration */
	return body_bytes + more;
}

/* line_fresh writes a message for the first time. */
static uint32_t line_fresh(const struct fix_session *session, const struct fix_kept *kept,
	uint64_t number, const struct fix_credentials *credentials, uint8_t *out)
{
	struct fix_message message;
	uint8_t body[2 * FIX_BODY_BYTES];
	uint32_t body_bytes = kept->body_bytes;
	line_header(&message, session, (enum fix_type)kept->type, number, kept->wall_ns);
	memcpy(body, kept->body, body_bytes);
	if (kept->type == FIX_MSG_LOGON && credentials != NULL && session->config->is_initiator)
		body_bytes = line_credentials(session, credentials, body, body_bytes);
	return fix_build_around(out, FIX_MESSAGE_BYTES_MAX, &message, body, body_bytes,
		(enum fix_precision)session->config->precision);
}

/* line_again writes a report a second time: same number, now's time and its own beside it. */
static uint32_t line_again(const struct fix_session *session, const struct fix_kept *kept,
	uint64_t number, uint64_t wall_ns, uint8_t *out)
{
	struct fix_message message;
	line_header(&message, session, (enum fix_type)kept->type, number, wall_ns);
	fix_set_number(&message, FIX_POSS_DUP_FLAG, true);
	fix_set_number(&message, FIX_ORIG_SENDING_TIME, kept->wall_ns);
	return fix_build_around(out, FIX_MESSAGE_BYTES_MAX, &message, kept->body, kept->body_bytes,
		(enum fix_precision)session->config->precision);
}

uint32_t fix_line_logout_again(const struct fix_session *session, uint64_t number, const char *why,
	uint64_t wall_ns, uint8_t *out)
{
	const struct fix_kept *kept = fix_session_kept(session, number);
	struct fix_message message;
	if (kept == NULL || kept->type != FIX_MSG_LOGOUT)
		return 0;
	line_header(&message, session, FIX_MSG_LOGOUT, number, wall_ns);
	fix_set_number(&message, FIX_POSS_DUP_FLAG, true);
	fix_set_number(&message, FIX_ORIG_SENDING_TIME, kept->wall_ns);
	fix_set_text(&message, FIX_TEXT, why, (uint32_t)strlen(why));
	return fix_build(out, FIX_MESSAGE_BYTES_MAX, &message,
		(enum fix_precision)session->config->precision);
}

static uint32_t line_gap(const struct fix_session *session, uint64_t number, uint64_t next,
	uint64_t wall_ns, uint8_t *out)
{
	struct fix_message message;
	line_header(&message, session, FIX_MSG_SEQUENCE_RESET, number, wall_ns);
	fix_set_number(&message, FIX_POSS_DUP_FLAG, true);
	fix_set_number(&message, FIX_ORIG_SENDING_TIME, wall_ns);
	fix_set_number(&message, FIX_GAP_FILL_FLAG, true);
	fix_set_number(&message, FIX_NEW_SEQ_NO, next);
	return fix_build(out, FIX_MESSAGE_BYTES_MAX, &message,
		(enum fix_precision)session->config->precision);
}

/* line_renew: numbers began anew, and so does the line. */
static void line_renew(struct fix_line *line, const struct fix_session *session)
{
	if (line->reset_seen == session->reset_count)
		return;
	*line = (struct fix_line){
		.fresh = 1,
		.again_seen = session->again_count,
		.reset_seen = session->reset_count,
	};
}

/* line_follow takes up what the peer asked for since; what it asked for before and has not got yet it is owed too.
   What was never on this line goes out for the first time anyway, and only then: a second time would look like a
   number used twice. */
static void line_follow(struct fix_line *line, const struct fix_session *session)
{
	if (line->again_seen == session->again_count)
		return;
	bool is_owed = line->again_next < line->again_end;
	uint64_t from = session->again_from, end = session->again_to + 1;
	line->again_seen = session->again_count;
	if (!is_owed || from < line->again_next)
		line->again_next = from;
	if (!is_owed || end > line->again_end)
		line->again_end = end;
	if (line->again_end > line->fresh)
		line->again_end = line->fresh;
	if (line->again_next > line->again_end)
		line->again_next = line->again_end;
}

static uint32_t line_old(const struct fix_line *line, const struct fix_session *session,
	uint64_t wall_ns, uint8_t *out, struct fix_step *step)
{
	uint64_t number = line->again_next, next = number;
	const struct fix_kept *kept = fix_session_kept(session, number);
	if (kept->kind == KEPT_AGAIN) {
		step->again_next = number + 1;
		return line_again(session, kept, number, wall_ns, out);
	}
	do
		kept = fix_session_kept(session, ++next);
	while (next < line->again_end && kept->kind != KEPT_AGAIN);
	step->again_next = next;
	return line_gap(session, number, next, wall_ns, out);
}

enum fix_line_verdict fix_line_next(struct fix_line *line, const struct fix_session *session,
	const struct fix_credentials *credentials, uint64_t wall_ns, uint8_t *out,
	struct fix_step *step)
{
	line_renew(line, session);
	const struct fix_kept *fresh = fix_session_kept(session, line->fresh);
	if (fresh == NULL && line->fresh < session->next_out)
		return FIX_LINE_LOST;
	/* A Logon goes before everything, also before what it makes the peer ask for: until it is away the line follows nothing, and
	   owes nothing again. */
	bool is_logon = fresh != NULL && fresh->type == FIX_MSG_LOGON;
	if (!is_logon)
		line_follow(line, session);
	*step = (struct fix_step){.fresh = line->fresh, .again_next = line->again_next};
	if (line->again_next < line->again_end) {
		if (fix_session_kept(session, line->again_next) == NULL)
			return FIX_LINE_LOST;
		step->size_bytes = line_old(line, session, wall_ns, out, step);
	} else if (fresh != NULL) {
		step->fresh = line->fresh + 1;
		step->size_bytes = line_fresh(session, fresh, line->fresh, credentials, out);
	} else {
		return FIX_LINE_EMPTY;
	}
	CHECK(step->size_bytes > 0); /* only what can be written was kept */
	return FIX_LINE_SEND;
}

void fix_line_sent(struct fix_line *line, const struct fix_step *step)
{
	line->fresh = step->fresh;
	line->again_next = step->again_next;
}
