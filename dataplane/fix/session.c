#include "dataplane/fix/session.h"

enum { TEXT_BYTES_MAX = 160 };

/* --- what is sent --- */

/* session_keep puts a message whose body stands in the store's next place under the next number. */
static uint64_t session_keep(struct fix_session *session, struct fix_kept *kept,
	uint32_t body_bytes, enum fix_type type, enum fix_kept_kind kind, struct fix_moment at)
{
	uint64_t number = session->next_out++;
	uint64_t count = session->config->store_count;
	kept->wall_ns = at.wall_ns;
	kept->body_bytes = (uint16_t)body_bytes;
	kept->type = (uint8_t)type;
	kept->kind = (uint8_t)kind;
	memset(kept->body + body_bytes, 0, FIX_BODY_BYTES - body_bytes);
	if (session->next_out > count && session->kept_from < session->next_out - count)
		session->kept_from = session->next_out - count;
	session->told_ns = at.now_ns;
	return number;
}

uint64_t fix_session_send(struct fix_session *session, const struct fix_message *message,
	enum fix_kept_kind kind, uint32_t ref, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	uint8_t body[FIX_BODY_BYTES];
	uint32_t body_bytes =
		fix_build_body(body, sizeof body, message, (enum fix_precision)config->precision);
	if (body_bytes == UINT32_MAX)
		return 0;
	struct fix_kept *kept = &session->store[session->next_out % config->store_count];
	memcpy(kept->body, body, body_bytes);
	kept->ref = ref;
	return session_keep(session, kept, body_bytes, (enum fix_type)message->type, kind, at);
}

void fix_session_admin(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at)
{
	enum fix_kept_kind kind = message->type == FIX_MSG_REJECT ? KEPT_AGAIN : KEPT_ADMIN;
	CHECK(fix_session_send(session, message, kind, 0, at) != 0); /* short, and of our making */
}

void fix_session_begin(
	const struct fix_session *session, struct fix_message *message, enum fix_type type)
{
	fix_begin_type(message, (enum fix_version)session->config->version, type);
}

/* A sentence for tag 58, put together without formatting. */
struct sentence {
	uint32_t size_bytes;
	uint8_t bytes[TEXT_BYTES_MAX + 1];
};

static void sentence_add(struct sentence *sentence, const char *words)
{
	while (*words != '\0' && sentence->size_bytes < TEXT_BYTES_MAX)
		sentence->bytes[sentence->size_bytes++] = (uint8_t)*words++;
}

static void sentence_count(struct sentence *sentence, uint64_t number)
{
	uint8_t digits[FIX_NUMBER_BYTES_MAX + 1];
	digits[fix_write_number(digits, number)] = '\0';
	sentence_add(sentence, (const char *)digits);
}

void fix_session_state(struct fix_session *session, enum fix_state state, struct fix_moment at)
{
	session->state = (uint8_t)state;
	session->state_ns = at.now_ns;
}

/* session_logout sends 5 with a sentence. */
static void session_logout(
	struct fix_session *session, const struct sentence *sentence, struct fix_moment at)
{
	struct fix_message logout;
	fix_session_begin(session, &logout, FIX_MSG_LOGOUT);
	if (sentence->size_bytes != 0)
		fix_set_text(&logout, FIX_TEXT, sentence->bytes, sentence->size_bytes);
	fix_session_admin(session, &logout, at);
}

/* fix_session_over ends the connection: Logout with why, and nothing more is taken. */
void fix_session_over(
	struct fix_session *session, enum fix_end end, const char *why, struct fix_moment at)
{
	struct sentence sentence = {0};
	if (why != NULL) {
		sentence_add(&sentence, why);
		session_logout(session, &sentence, at);
	}
	session->end = (uint8_t)end;
	fix_session_state(session, FIX_STATE_OVER, at);
}

void fix_session_over_numbers(struct fix_session *session, enum fix_end end, const char *first,
	uint64_t one, const char *second, uint64_t other, struct fix_moment at)
{
	struct sentence sentence = {0};
	sentence_add(&sentence, first);
	sentence_count(&sentence, one);
	sentence_add(&sentence, second);
	sentence_count(&sentence, other);
	session_logout(session, &sentence, at);
	session->end = (uint8_t)end;
	fix_session_state(session, FIX_STATE_OVER, at);
}

void fix_session_logout(struct fix_session *session, const char *text, struct fix_moment at)
{
	struct sentence sentence = {0};
	if (session->state != FIX_STATE_UP)
		return;
	sentence_add(&sentence, text);
	session_logout(session, &sentence, at);
	session->end = FIX_END_LOGOUT;
	fix_session_state(session, FIX_STATE_LEAVING, at);
}

void fix_session_reject(struct fix_session *session, const struct fix_message *message,
	enum fix_reason reason, uint32_t tag, const char *text, struct fix_moment at)
{
	struct fix_message reject;
	fix_session_begin(session, &reject, FIX_MSG_REJECT);
	fix_set_number(&reject, FIX_REF_SEQ_NUM, message->sequence);
	if (tag != 0)
		fix_set_number(&reject, FIX_REF_TAG_ID, tag);
	const struct fix_text *type = &message->type_text;
	if (fix_type_read(type->bytes, type->size_bytes) != FIX_MSG_UNKNOWN)
		fix_set_text(&reject, FIX_REF_MSG_TYPE, type->bytes, type->size_bytes);
	/* 4.2 knows reasons up to 11. */
	bool is_known = reason <= FIX_INVALID_TYPE || session->config->version == FIX_44;
	if (is_known)
		fix_set_number(&reject, FIX_SESSION_REJECT_REASON, reason);
	if (text == NULL)
		text = fix_reason_text(reason);
	fix_set_text(&reject, FIX_TEXT, text, (uint32_t)strnlen(text, TEXT_BYTES_MAX));
	session->rejected_out++;
	fix_session_admin(session, &reject, at);
}

void fix_session_refuse(struct fix_session *session, const struct fix_message *message,
	uint32_t business_reason, const char *text, struct fix_moment at)
{
	struct fix_message refusal;
	fix_session_begin(session, &refusal, FIX_MSG_BUSINESS_REJECT);
	fix_set_number(&refusal, FIX_REF_SEQ_NUM, message->sequence);
	fix_set_text(&refusal, FIX_REF_MSG_TYPE, message->type_text.bytes,
		message->type_text.size_bytes);
	bool has_id = fix_has(message, FIX_CL_ORD_ID) && message->cl_ord_id.size_bytes <= 64;
	if (has_id)
		fix_set_text(&refusal, FIX_BUSINESS_REJECT_REF_ID, message->cl_ord_id.bytes,
			message->cl_ord_id.size_bytes);
	fix_set_number(&refusal, FIX_BUSINESS_REJECT_REASON, business_reason);
	if (text != NULL)
		fix_set_text(&refusal, FIX_TEXT, text, (uint32_t)strnlen(text, TEXT_BYTES_MAX));
	CHECK(fix_session_send(session, &refusal, KEPT_AGAIN, 0, at) != 0);
}

/* long_reject says so under the number that was taken; nobody answers a Reject with another. */
static void long_reject(
	struct fix_session *session, const struct fix_long *message, struct fix_moment at)
{
	struct fix_message told;
	struct sentence sentence = {0};
	fix_session_begin(session, &told, FIX_MSG_REJECT);
	told.sequence = message->sequence;
	told.type_text = (struct fix_text){.bytes = (const uint8_t *)message->type,
		.size_bytes = (uint32_t)strnlen(message->type, sizeof message->type)};
	sentence_add(&sentence, "found a message of ");
	sentence_count(&sentence, message->size_bytes);
	sentence_add(&sentence, " bytes, expected at most ");
	sentence_count(&sentence, message->bytes_max);
	sentence.bytes[sentence.size_bytes] = '\0';
	fix_session_reject(session, &told, FIX_OTHER_REASON, 0, (const char *)sentence.bytes, at);
}

bool fix_session_long(
	struct fix_session *session, const struct fix_long *message, struct fix_moment at)
{
	enum fix_type type = fix_type_read((const uint8_t *)message->type,
		(uint32_t)strnlen(message->type, sizeof message->type));
	if (session->state == FIX_STATE_IDLE || session->state == FIX_STATE_OVER)
		return false;
	session->heard_ns = at.now_ns;
	session->is_test_open = false;
	if (session->state == FIX_STATE_WAITING) {
		fix_session_over(session, FIX_END_NOT_LOGGED, NULL, at);
	} else if (message->sequence == 0) {
		fix_session_over(session, FIX_END_HEADER,
			"found no MsgSeqNum, expected one in every message", at);
	} else if (message->sequence > session->next_in) {
		fix_session_gap(session, message->sequence, message->is_poss_dup, at);
	} else if (message->sequence == session->next_in) {
		fix_session_expect(session, session->next_in + 1, at);
		if (type != FIX_MSG_REJECT)
			long_reject(session, message, at);
		return type == FIX_MSG_REJECT || !fix_type_is_admin(type);
	} else if (!message->is_poss_dup) {
		fix_session_over_numbers(session, FIX_END_TOO_LOW, "MsgSeqNum too low: expected ",
			session->next_in, ", received ", message->sequence, at);
	}
	return false;
}

uint64_t fix_session_test(struct fix_session *session, struct fix_moment at)
{
	struct fix_message test;
	uint8_t digits[FIX_NUMBER_BYTES_MAX];
	uint32_t size = fix_write_number(digits, ++session->test_count);
	fix_session_begin(session, &test, FIX_MSG_TEST_REQUEST);
	fix_set_text(&test, FIX_TEST_REQ_ID, digits, size);
	fix_session_admin(session, &test, at);
	return session->test_count;
}

/* --- gaps in what we get --- */

void fix_session_ask(struct fix_session *session, struct fix_moment at)
{
	struct fix_message request;
	fix_session_begin(session, &request, FIX_MSG_RESEND_REQUEST);
	fix_set_number(&request, FIX_BEGIN_SEQ_NO, session->next_in);
	fix_set_number(&request, FIX_END_SEQ_NO, 0);
	session->gap_from = session->next_in;
	session->gap_ns = at.now_ns;
	fix_session_admin(session, &request, at);
}

/* A number came while a lower one is expected.  One request is open at a time; what is sent again and still
   leaves a hole behind what it filled shows that part of the answer was lost. */
void fix_session_gap(
	struct fix_session *session, uint64_t number, bool is_again, struct fix_moment at)
{
	if (number > session->gap_to)
		session->gap_to = number;
	bool is_broken = is_again && session->next_in > session->gap_from;
	if (session->gap_from == 0 || is_broken)
		fix_session_ask(session, at);
}

/* fix_session_expect moves the next number on, and closes a gap that it filled. */
void fix_session_expect(struct fix_session *session, uint64_t next, struct fix_moment at)
{
	session->next_in = next;
	if (session->gap_from == 0)
		return;
	session->gap_ns = at.now_ns;
	if (session->next_in > session->gap_to)
		session->gap_from = session->gap_to = 0;
}

/* --- beginning --- */

static void session_anew(struct fix_session *session)
{
	session->next_in = session->next_out = session->kept_from = 1;
	session->gap_from = session->gap_to = 0;
	session->again_from = session->again_to = 0;
	session->early_test.sequence = 0;
	session->reset_count++;
}

void fix_session_init(struct fix_session *session, const struct fix_session_config *config,
	struct fix_kept *store)
{
	CHECK(config->store_count > 0 && config->version < FIX_VERSION_OTHER);
	*session = (struct fix_session){.config = config, .store = store};
	session->next_in = session->next_out = session->kept_from = 1;
}

void fix_session_renew(struct fix_session *session)
{
	session_anew(session);
}

static void session_logon(
	struct fix_session *session, bool is_reset, bool tells_next, struct fix_moment at)
{
	struct fix_message logon;
	fix_session_begin(session, &logon, FIX_MSG_LOGON);
	fix_set_number(&logon, FIX_ENCRYPT_METHOD, 0);
	fix_set_number(&logon, FIX_HEART_BT_INT, session->heartbeat_s);
	if (is_reset)
		fix_set_number(&logon, FIX_RESET_SEQ_NUM_FLAG, true);
	if (tells_next)
		fix_set_number(&logon, FIX_NEXT_EXPECTED, session->next_in);
	fix_session_admin(session, &logon, at);
}

/* 789 goes into our Logon where that is agreed, and where the peer began with it: who says it expects it.  4.2 has no such tag. */
static bool does_tell(const struct fix_session *session, bool is_told)
{
	return session->config->version == FIX_44 &&
	       (session->config->tells_next_expected || is_told);
}

void fix_session_connect(struct fix_session *session, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	session->end = FIX_END_NONE;
	session->is_test_open = false;
	session->early_test.sequence = 0;
	session->gap_from = session->gap_to = 0;
	session->heard_ns = session->told_ns = at.now_ns;
	fix_session_state(session, FIX_STATE_WAITING, at);
	if (!config->is_initiator)
		return;
	session->heartbeat_s = config->heartbeat_s;
	if (config->asks_reset)
		session_anew(session);
	session_logon(session, config->asks_reset, does_tell(session, false), at);
}

void fix_session_disconnect(struct fix_session *session)
{
	session->state = FIX_STATE_IDLE;
	session->is_test_open = false;
	session->early_test.sequence = 0;
	session->gap_from = session->gap_to = 0;
}

void fix_session_turn_away(struct fix_session *session, const char *why, struct fix_moment at)
{
	CHECK(session->state == FIX_STATE_IDLE);
	fix_session_over(session, FIX_END_REFUSED, why, at);
	fix_session_disconnect(session);
}

struct fix_logon fix_logon_of(const struct fix_message *message)
{
	return (struct fix_logon){
		.sequence = message->sequence,
		.next_expected = message->next_expected,
		.heartbeat_s = message->heartbeat_s > UINT32_MAX ? UINT32_MAX
								 : (uint32_t)message->heartbeat_s,
		.is_reset = message->is_reset != 0,
		.is_encrypted = message->encrypt_method != 0,
	};
}

/* logon_reset: both begin at 1, if that is agreed.  false: the connection is over. */
static bool logon_reset(
	struct fix_session *session, const struct fix_logon *logon, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	if (!logon->is_reset || (config->is_initiator && config->asks_reset))
		return true;
	if (!config->takes_reset) {
		fix_session_over(session, FIX_END_REFUSED,
			"found ResetSeqNumFlag Y, expected N: a reset is not agreed for this "
			"session",
			at);
		return false;
	}
	if (config->is_initiator) {
		/* Our own Logon had a number of before: only a reset that we asked for can be answered. */
		fix_session_over(session, FIX_END_REFUSED,
			"found ResetSeqNumFlag Y, expected N: our Logon did not ask for it", at);
		return false;
	}
	if (logon->sequence != 1) {
		fix_session_over_numbers(session, FIX_END_REFUSED,
			"found ResetSeqNumFlag Y and MsgSeqNum ", logon->sequence,
			", expected MsgSeqNum ", 1, at);
		return false;
	}
	session_anew(session);
	return true;
}

static bool logon_is_right(
	struct fix_session *session, const struct fix_logon *logon, struct fix_moment at)
{
	const struct fix_session_config *config = session->config;
	if (logon->is_encrypted) {
		fix_session_over(session, FIX_END_REFUSED,
			"found an EncryptMethod, expected 0: encryption is not served", at);
		return false;
	}
	if (logon->heartbeat_s < config->heartbeat_s_min ||
		logon->heartbeat_s > config->heartbeat_s_max) {
		bool is_low = logon->heartbeat_s < config->heartbeat_s_min;
		fix_session_over_numbers(session, FIX_END_REFUSED, "found HeartBtInt ",
			logon->heartbeat_s, is_low ? ", expected at least " : ", expected at most ",
			is_low ? config->heartbeat_s_min : config->heartbeat_s_max, at);
		return false;
	}
	if (!logon_reset(session, logon, at))
		return false;
	if (logon->sequence < session->next_in) {
		fix_session_over_numbers(session, FIX_END_TOO_LOW, "MsgSeqNum too low: expected ",
			session->next_in, ", received ", logon->sequence, at);
		return false;
	}
	return true;
}

/* logon_next follows 789: what the peer says it lacks is sent without being asked for (FIX 4.4). */
static bool logon_next(struct fix_session *session, uint64_t next_expected, uint64_t own_logon,
	struct fix_moment at)
{
	if (next_expected == 0 || next_expected >= own_logon) {
		/* An acceptor may count the Logon that it answers, or our answer to come. */
		bool is_right = next_expected <= own_logon + 1;
		if (!is_right)
			fix_session_over_numbers(session, FIX_END_REFUSED,
				"found NextExpectedMsgSeqNum ", next_expected,
				", expected at most ", own_logon + 1, at);
		return is_right;
	}
	if (next_expected < session->kept_from) {
		fix_session_over_numbers(session, FIX_END_NOT_KEPT, "found NextExpectedMsgSeqNum ",
			next_expected, ", kept are messages from ", session->kept_from, at);
		return false;
	}
	session->again_from = next_expected;
	session->again_to = own_logon;
	session->again_count++;
	return true;
}

void fix_session_logon(
	struct fix_session *session, const struct fix_logon *logon, struct fix_moment at)
{
	bool is_initiator = session->config->is_initiator;
	bool tells_next = does_tell(session, !is_initiator && logon->next_expected != 0);
	CHECK(session->state == FIX_STATE_WAITING || session->state == FIX_STATE_UP);
	session->heard_ns = at.now_ns;
	if (!logon_is_right(session, logon, at))
		return;
	session->heartbeat_s = logon->heartbeat_s;
	bool is_behind = logon->sequence > session->next_in;
	if (!is_behind)
		fix_session_expect(session, session->next_in + 1, at);
	fix_session_state(session, FIX_STATE_UP, at);
	if (!is_initiator)
		session_logon(session, logon->is_reset, tells_next, at);
	if (!logon_next(session, logon->next_expected, session->next_out - 1, at))
		return;
	if (!is_behind)
		return;
	/* A peer that follows 789 has read in our Logon what we lack. */
	bool does_follow = logon->next_expected != 0 && tells_next;
	if (!does_follow) {
		fix_session_gap(session, logon->sequence, false, at);
		return;
	}
	session->gap_from = session->next_in;
	session->gap_to = logon->sequence;
	session->gap_ns = at.now_ns;
}

void fix_session_write(const struct fix_session *session,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const struct fix_session *s = session;
	const uint64_t image[] = {s->next_out, s->next_in, s->kept_from, s->state, s->is_test_open,
		s->heartbeat_s, s->state_ns, s->heard_ns, s->told_ns, s->test_count, s->answered,
		s->gap_from, s->gap_to, s->gap_ns, s->again_from, s->again_to, s->again_count,
		s->reset_count};
	add(context, image, sizeof image);
	if (s->early_test.sequence != 0)
		add(context, &s->early_test, sizeof s->early_test);
	for (uint64_t number = s->kept_from; number < s->next_out; number++)
		add(context, fix_session_kept(s, number), sizeof(struct fix_kept));
}
