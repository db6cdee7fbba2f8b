/* receive.c - what comes, and what time asks for (session.h). */
#include "dataplane/fix/session.h"

/* --- the header, before anything of the message counts --- */

static bool text_is(const struct fix_text *text, const char *expected)
{
	size_t size = strlen(expected);
	return text->size_bytes == size && memcmp(text->bytes, expected, size) == 0;
}

static bool is_from_peer(const struct fix_session *session, const struct fix_message *message)
{
	return text_is(&message->sender_comp_id, session->config->target) &&
	       text_is(&message->target_comp_id, session->config->sender);
}

/* What has no name at all lacks a tag, and is told so later; what has another is somebody else's. */
static bool is_from_another(const struct fix_session *session, const struct fix_message *message)
{
	bool is_other = fix_has(message, FIX_SENDER_COMP_ID) &&
			!text_is(&message->sender_comp_id, session->config->target);
	bool is_to_other = fix_has(message, FIX_TARGET_COMP_ID) &&
			   !text_is(&message->target_comp_id, session->config->sender);
	return is_other || is_to_other;
}

/* A number that cannot be read is 0 (fix.h); one that stands in a wrong place is one. */
static bool has_number(const struct fix_message *message)
{
	return fix_has(message, FIX_MSG_SEQ_NUM) && message->sequence > 0;
}

/* SequenceReset without GapFill: whatever its own number is, 0 included. */
static bool is_reset_of_numbers(const struct fix_message *message)
{
	return message->type == FIX_MSG_SEQUENCE_RESET && !message->is_gap_fill &&
	       message->reason == FIX_NO_REASON;
}

/* What has no SendingTime is told so as a missing tag, later. */
static bool is_on_time(
	const struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	uint64_t sent_ns = message->sending_ns;
	uint64_t apart_ns = sent_ns > at.wall_ns ? sent_ns - at.wall_ns : at.wall_ns - sent_ns;
	bool is_read = message->reason == FIX_NO_REASON || message->reason_tag != 52;
	return !fix_has(message, FIX_SENDING_TIME) || !is_read ||
	       apart_ns <= session->config->time_tolerance_ns;
}

/* consume takes the number of a message that is answered with a Reject or Logout whatever it says. */
static void consume(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->sequence == session->next_in)
		fix_session_expect(session, session->next_in + 1, at);
}

static bool header_is_right(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->version != session->config->version) {
		fix_session_over(session, FIX_END_HEADER,
			"found another BeginString, expected that of the Logon", at);
		return false;
	}
	if (!has_number(message) && !is_reset_of_numbers(message)) {
		fix_session_over(session, FIX_END_HEADER,
			"found no MsgSeqNum, expected one in every message", at);
		return false;
	}
	if (is_from_another(session, message)) {
		consume(session, message, at);
		fix_session_reject(session, message, FIX_COMP_ID_PROBLEM, 0, NULL, at);
		fix_session_over(session, FIX_END_HEADER,
			"found other CompIDs, expected those of the Logon", at);
		return false;
	}
	if (!is_on_time(session, message, at)) {
		consume(session, message, at);
		fix_session_reject(session, message, FIX_SENDING_TIME_PROBLEM, 52, NULL, at);
		fix_session_over(session, FIX_END_HEADER,
			"found a SendingTime too far from our clock, expected it close", at);
		return false;
	}
	return true;
}

/* --- before the Logon --- */

static void waiting_take(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->type == FIX_MSG_LOGOUT && session->config->is_initiator) {
		if (has_number(message) && is_from_peer(session, message))
			consume(session, message, at);
		fix_session_over(session, FIX_END_REFUSED, NULL, at);
		return;
	}
	if (message->type != FIX_MSG_LOGON || !has_number(message)) {
		fix_session_over(session, FIX_END_NOT_LOGGED, NULL, at);
		return;
	}
	/* Whoever does not even name us is not told who is here. */
	if (message->version != session->config->version || !is_from_peer(session, message)) {
		fix_session_over(session, FIX_END_HEADER, NULL, at);
		return;
	}
	if (!is_on_time(session, message, at)) {
		fix_session_over(session, FIX_END_HEADER,
			"found a SendingTime too far from our clock, expected it close", at);
		return;
	}
	if (message->reason != FIX_NO_REASON) {
		fix_session_over_numbers(session, FIX_END_REFUSED,
			"found a Logon rejected for reason ", message->reason, ", tag ",
			message->reason_tag, at);
		return;
	}
	struct fix_logon logon = fix_logon_of(message);
	fix_session_logon(session, &logon, at);
}

/* --- messages of the session --- */

/* An id that is longer than what is kept is answered as far as it can be. */
static uint32_t test_bytes(const struct fix_text *id)
{
	return id->size_bytes < FIX_TEST_BYTES ? id->size_bytes : FIX_TEST_BYTES;
}

static void answer_test(
	struct fix_session *session, const uint8_t *id, uint32_t size_bytes, struct fix_moment at)
{
	struct fix_message answer;
	fix_session_begin(session, &answer, FIX_MSG_HEARTBEAT);
	fix_set_text(&answer, FIX_TEST_REQ_ID, id, size_bytes);
	fix_session_admin(session, &answer, at);
}

static void take_test_request(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	answer_test(session, message->test_req_id.bytes, test_bytes(&message->test_req_id), at);
}

/* A test that comes ahead of a gap will not come again, for a peer fills it as one: it is remembered, the newest alone. */
static void remember_test(struct fix_session *session, const struct fix_message *message)
{
	struct fix_early_test *test = &session->early_test;
	*test = (struct fix_early_test){
		.sequence = message->sequence, .size_bytes = test_bytes(&message->test_req_id)};
	memcpy(test->id, message->test_req_id.bytes, test->size_bytes);
}

/* Its answer says that all before it was taken: not before it was. */
static void answer_remembered(struct fix_session *session, struct fix_moment at)
{
	struct fix_early_test *test = &session->early_test;
	if (test->sequence == 0 || test->sequence >= session->next_in)
		return;
	test->sequence = 0;
	answer_test(session, test->id, test->size_bytes, at);
}

static void take_heartbeat(struct fix_session *session, const struct fix_message *message)
{
	uint64_t id;
	if (!fix_has(message, FIX_TEST_REQ_ID))
		return;
	const struct fix_text *text = &message->test_req_id;
	if (fix_read_number(text->bytes, text->size_bytes, &id) == FIX_NO_REASON &&
		id <= session->test_count && id > session->answered)
		session->answered = id;
}

/* take_resend_request: the peer lacks b .. x.  Nothing is sent here: the line follows. */
static void take_resend_request(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	uint64_t first = message->begin_sequence, last = message->end_sequence;
	if (first == 0 || first >= session->next_out) {
		fix_session_reject(session, message, FIX_OUT_OF_RANGE, 7, NULL, at);
		return;
	}
	if (last != 0 && last < first) {
		fix_session_reject(session, message, FIX_OUT_OF_RANGE, 16, NULL, at);
		return;
	}
	if (first < session->kept_from) {
		fix_session_over_numbers(session, FIX_END_NOT_KEPT, "found a ResendRequest from ",
			first, ", kept are messages from ", session->kept_from, at);
		return;
	}
	session->again_from = first;
	session->again_to = last == 0 || last >= session->next_out ? session->next_out - 1 : last;
	session->again_count++;
}

static void take_logout(struct fix_session *session, struct fix_moment at)
{
	bool is_answer = session->state == FIX_STATE_LEAVING;
	enum fix_end end = is_answer ? (enum fix_end)session->end : FIX_END_LOGOUT;
	fix_session_over(session, end, is_answer ? NULL : "goodbye", at);
}

/* take_reset: SequenceReset without GapFill; its own number does not count. */
static void take_reset(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->new_sequence < session->next_in) {
		fix_session_reject(session, message, FIX_OUT_OF_RANGE, 36, NULL, at);
		return;
	}
	session->skipped += message->new_sequence - session->next_in;
	fix_session_expect(session, message->new_sequence, at);
	answer_remembered(session, at);
}

static void take_gap_fill(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->new_sequence <= message->sequence) {
		fix_session_reject(session, message, FIX_OUT_OF_RANGE, 36, NULL, at);
		return;
	}
	fix_session_expect(session, message->new_sequence, at);
	answer_remembered(session, at);
}

/* --- the numbers --- */

/* A message with a number of before: harmless if it says so itself. */
static void take_old(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (!message->is_poss_dup) {
		fix_session_over_numbers(session, FIX_END_TOO_LOW, "MsgSeqNum too low: expected ",
			session->next_in, ", received ", message->sequence, at);
		return;
	}
	if (message->type == FIX_MSG_REJECT || message->type == FIX_MSG_SEQUENCE_RESET)
		return;
	if (!fix_has(message, FIX_ORIG_SENDING_TIME)) {
		fix_session_reject(session, message, FIX_REQUIRED_TAG_MISSING, 122, NULL, at);
		return;
	}
	if (message->orig_sending_ns > message->sending_ns) {
		fix_session_reject(session, message, FIX_SENDING_TIME_PROBLEM, 122, NULL, at);
		fix_session_over(session, FIX_END_HEADER,
			"found OrigSendingTime after SendingTime, expected it before", at);
	}
}

static void take_ahead(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	bool is_right = message->reason == FIX_NO_REASON;
	if (message->type == FIX_MSG_LOGOUT) {
		take_logout(session, at);
		return;
	}
	/* Both may lack something: whoever waited for the other's numbers first would wait for ever. */
	if (message->type == FIX_MSG_RESEND_REQUEST && is_right)
		take_resend_request(session, message, at);
	if (message->type == FIX_MSG_TEST_REQUEST && is_right)
		remember_test(session, message);
	if (session->state == FIX_STATE_UP || session->state == FIX_STATE_LEAVING)
		fix_session_gap(session, message->sequence, message->is_poss_dup != 0, at);
}

/* Who may say what: an acceptor is asked, an initiator is told. */
static bool is_for_us(const struct fix_session *session, enum fix_type type)
{
	bool is_answer = type == FIX_MSG_EXECUTION_REPORT || type == FIX_MSG_CANCEL_REJECT ||
			 type == FIX_MSG_MASS_REPORT;
	return type == FIX_MSG_BUSINESS_REJECT || is_answer == session->config->is_initiator;
}

static enum fix_take take_application(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (message->type != FIX_MSG_FOREIGN && is_for_us(session, (enum fix_type)message->type))
		return FIX_TAKE_MESSAGE;
	fix_session_refuse(session, message, 3, "found a message type that is not served here", at);
	return FIX_TAKE_NOTHING;
}

/* take_next: the message that is expected.  Its number is taken, whatever it says. */
static enum fix_take take_next(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	fix_session_expect(session, session->next_in + 1, at);
	if (message->sequence == session->early_test.sequence &&
		message->type != FIX_MSG_SEQUENCE_RESET)
		session->early_test.sequence = 0; /* it came itself */
	if (message->type == FIX_MSG_REJECT) {    /* never answered with another */
		session->rejected_in++;
		return message->reason == FIX_NO_REASON ? FIX_TAKE_MESSAGE : FIX_TAKE_NOTHING;
	}
	if (message->reason != FIX_NO_REASON) {
		fix_session_reject(session, message, (enum fix_reason)message->reason,
			message->reason_tag, NULL, at);
		return FIX_TAKE_NOTHING;
	}
	switch (message->type) {
	case FIX_MSG_HEARTBEAT:
		take_heartbeat(session, message);
		return FIX_TAKE_NOTHING;
	case FIX_MSG_TEST_REQUEST:
		take_test_request(session, message, at);
		return FIX_TAKE_NOTHING;
	case FIX_MSG_RESEND_REQUEST:
		take_resend_request(session, message, at);
		return FIX_TAKE_NOTHING;
	case FIX_MSG_SEQUENCE_RESET:
		take_gap_fill(session, message, at);
		return FIX_TAKE_NOTHING;
	case FIX_MSG_LOGOUT:
		take_logout(session, at);
		return FIX_TAKE_NOTHING;
	case FIX_MSG_LOGON:
		fix_session_reject(session, message, FIX_OTHER_REASON, 0,
			"found a second Logon, expected one for each connection", at);
		return FIX_TAKE_NOTHING;
	default:
		return take_application(session, message, at);
	}
}

/* A Logon with ResetSeqNumFlag in the middle of a connection, where that is agreed: both begin at 1 again. */
static bool is_renewal(const struct fix_session *session, const struct fix_message *message)
{
	const struct fix_session_config *config = session->config;
	return message->type == FIX_MSG_LOGON && message->is_reset &&
	       message->reason == FIX_NO_REASON && config->takes_reset && !config->is_initiator &&
	       session->state == FIX_STATE_UP;
}

enum fix_take fix_session_receive(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	if (session->state == FIX_STATE_IDLE || session->state == FIX_STATE_OVER)
		return FIX_TAKE_NOTHING;
	session->heard_ns = at.now_ns;
	session->is_test_open = false;
	if (session->state == FIX_STATE_WAITING) {
		waiting_take(session, message, at);
		return FIX_TAKE_NOTHING;
	}
	if (!header_is_right(session, message, at))
		return FIX_TAKE_NOTHING;
	if (is_renewal(session, message)) {
		struct fix_logon logon = fix_logon_of(message);
		fix_session_logon(session, &logon, at);
		return FIX_TAKE_NOTHING;
	}
	if (is_reset_of_numbers(message))
		take_reset(session, message, at);
	else if (message->sequence > session->next_in)
		take_ahead(session, message, at);
	else if (message->sequence < session->next_in)
		take_old(session, message, at);
	else
		return take_next(session, message, at);
	return FIX_TAKE_NOTHING;
}

/* --- time --- */

static uint64_t heartbeat_ns(const struct fix_session *session)
{
	return (uint64_t)session->heartbeat_s * 1000000000u;
}

/* Nothing for 1.2 intervals: ask.  Nothing for 2.4: it is gone. */
static uint64_t silence_ns(const struct fix_session *session)
{
	return heartbeat_ns(session) / 5 * (session->is_test_open ? 12 : 6);
}

static void tick_up(struct fix_session *session, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	if (session->gap_from != 0 && at.now_ns - session->gap_ns >= config->resend_wait_ns)
		fix_session_ask(session, at);
	if (session->heartbeat_s == 0)
		return;
	if (at.now_ns - session->heard_ns >= silence_ns(session)) {
		if (session->is_test_open) {
			fix_session_over(session, FIX_END_SILENT,
				"found no answer to a TestRequest, expected a Heartbeat", at);
			return;
		}
		fix_session_test(session, at);
		session->is_test_open = true;
	}
	if (at.now_ns - session->told_ns >= heartbeat_ns(session)) {
		struct fix_message heartbeat;
		fix_session_begin(session, &heartbeat, FIX_MSG_HEARTBEAT);
		fix_session_admin(session, &heartbeat, at);
	}
}

void fix_session_tick(struct fix_session *session, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	uint64_t since_ns = at.now_ns - session->state_ns;
	if (session->state == FIX_STATE_UP)
		tick_up(session, at);
	else if (session->state == FIX_STATE_WAITING && since_ns >= config->logon_wait_ns)
		fix_session_over(session, FIX_END_NOT_LOGGED, NULL, at);
	else if (session->state == FIX_STATE_LEAVING && since_ns >= config->logout_wait_ns)
		fix_session_over(session, (enum fix_end)session->end, NULL, at);
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

uint64_t fix_session_due_ns(const struct fix_session *session)
{
	const struct fix_session_config *config = session->config;
	uint64_t due_ns = UINT64_MAX;
	if (session->state == FIX_STATE_WAITING)
		return session->state_ns + config->logon_wait_ns;
	if (session->state == FIX_STATE_LEAVING)
		return session->state_ns + config->logout_wait_ns;
	if (session->state != FIX_STATE_UP)
		return UINT64_MAX;
	if (session->gap_from != 0)
		due_ns = session->gap_ns + config->resend_wait_ns;
	if (session->heartbeat_s == 0)
		return due_ns;
	due_ns = earlier(due_ns, session->heard_ns + silence_ns(session));
	return earlier(due_ns, session->told_ns + heartbeat_ns(session));
}
