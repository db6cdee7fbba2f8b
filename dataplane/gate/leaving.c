#include "dataplane/gate/leaving.h"

void leaving_note_numbers(
	struct gate *gate, enum session_why why, uint64_t expected, uint64_t received)
{
	if (gate->leaving.why != SESSION_WHY_NONE)
		return;
	gate->leaving.why = (uint8_t)why;
	gate->leaving.expected = expected;
	gate->leaving.received = received;
}

void leaving_note(struct gate *gate, enum session_why why)
{
	leaving_note_numbers(gate, why, 0, 0);
}

/* What cannot be shown as it is becomes a question mark. */
void leaving_note_text(
	struct gate *gate, enum session_why why, const uint8_t *text, uint32_t size_bytes)
{
	struct session_event *leaving = &gate->leaving;
	if (leaving->why != SESSION_WHY_NONE)
		return;
	leaving->why = (uint8_t)why;
	for (uint32_t i = 0; i < size_bytes && i + 1 < sizeof leaving->text; i++)
		leaving->text[i] = text[i] >= ' ' && text[i] < 0x7F ? (char)text[i] : '?';
}

/* The Text of our Logout, which is the newest that we said. */
static void leaving_note_own(struct gate *gate, const struct fix_session *session)
{
	static const uint8_t tag[] = {'5', '8', '='};
	const struct fix_kept *kept = fix_session_kept(session, session->next_out - 1);
	bool has_text = kept != NULL && kept->type == FIX_MSG_LOGOUT &&
			kept->body_bytes > sizeof tag && memcmp(kept->body, tag, sizeof tag) == 0;
	leaving_note_text(gate, SESSION_WHY_LOGON, has_text ? kept->body + sizeof tag : NULL,
		has_text ? kept->body_bytes - (uint32_t)sizeof tag - 1 : 0);
}

void leaving_note_fix(struct gate *gate, const struct fix_session *session, const uint8_t *bytes,
	uint32_t size_bytes)
{
	struct fix_frame frame;
	struct fix_message m;
	if (session->state != FIX_STATE_OVER || fix_cut(bytes, size_bytes, &frame) != FIX_WHOLE)
		return;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	if (session->end == FIX_END_TOO_LOW)
		leaving_note_numbers(gate, SESSION_WHY_TOO_LOW, session->next_in, m.sequence);
	else if (session->end == FIX_END_NOT_KEPT)
		leaving_note_numbers(
			gate, SESSION_WHY_NOT_KEPT, session->kept_from, m.begin_sequence);
	else if (m.type == FIX_MSG_LOGOUT)
		leaving_note_text(gate, SESSION_WHY_LOGOUT, m.text.bytes, m.text.size_bytes);
	else if (session->end == FIX_END_REFUSED && m.type == FIX_MSG_LOGON)
		leaving_note_own(gate, session);
	else if (session->end == FIX_END_SILENT)
		leaving_note(gate, SESSION_WHY_SILENT);
	else
		leaving_note(gate, SESSION_WHY_NOT_RIGHT);
}

void leaving_tell(struct gate *gate, uint32_t session, enum session_happening happening)
{
	struct gate_page *page = gate->page;
	uint64_t count = atomic_load_explicit(&page->session_event_count, memory_order_relaxed);
	gate->leaving.session = session;
	gate->leaving.happening = (uint8_t)happening;
	page->session_events[count % SESSION_EVENT_COUNT] = gate->leaving;
	atomic_store_explicit(&page->session_event_count, count + 1, memory_order_release);
	leaving_forget(gate);
}

void leaving_forget(struct gate *gate)
{
	gate->leaving = (struct session_event){.session = 0};
}

void leaving_part(
	struct gate *gate, const struct fix_session *session, uint32_t connection, uint32_t *parted)
{
	bool is_said = session != NULL && session->state == FIX_STATE_OVER;
	stream_shut(gate->stream, connection, !is_said);
	if (is_said)
		*parted = connection;
}

void leaving_cut(struct gate *gate, uint32_t *parted)
{
	if (*parted != CONNECTION_NONE)
		stream_shut(gate->stream, *parted, true);
	*parted = CONNECTION_NONE;
}

bool leaving_is_refusal(const struct gate *gate)
{
	return gate->leaving.why != SESSION_WHY_SILENT && gate->leaving.why != SESSION_WHY_OURS;
}

bool leaving_hung_up(struct gate *gate, uint32_t session)
{
	if (gate->leaving.why != SESSION_WHY_NONE)
		return false;
	leaving_note(gate, SESSION_WHY_HUNG_UP);
	leaving_tell(gate, session, SESSION_WAS_REFUSED);
	return true;
}

void leaving_ended(uint64_t *backoff_ns, uint32_t *brief_count, uint64_t entered_ns,
	uint64_t now_ns, const struct venue_config *venue)
{
	bool has_lasted = now_ns - entered_ns >= LEAVING_LASTED_NS;
	*brief_count = has_lasted ? 0 : *brief_count + (*brief_count < UINT32_MAX);
	if (*brief_count <= venue->login_tries)
		*backoff_ns = LEAVING_BACKOFF_NS;
}

uint64_t leaving_wait(uint64_t *backoff_ns, uint32_t *hang_ups, enum leaving_end end,
	const struct venue_config *venue)
{
	*hang_ups += end == LEAVING_HUNG_UP && *hang_ups < UINT32_MAX;
	/* A connection that does not come about is no login: it may be tried as often as ever. */
	const bool is_slow = *hang_ups > 0 && end != LEAVING_UNCONNECTED;
	const uint64_t most_ns = is_slow ? LEAVING_PAUSE_NS : 2000ull * 1000 * 1000;
	const uint64_t wait_ns = *backoff_ns < most_ns ? *backoff_ns : most_ns;
	const uint64_t next_ns = 2 * wait_ns < most_ns ? 2 * wait_ns : most_ns;
	if (*hang_ups == 0 || next_ns > *backoff_ns)
		*backoff_ns = next_ns;
	return is_slow && *hang_ups >= venue->login_tries ? LEAVING_PAUSE_NS : wait_ns;
}

void leaving_refused(struct gate *gate, uint32_t session, struct session_refusals *refusals)
{
	uint32_t count = atomic_load_explicit(&refusals->count, memory_order_relaxed);
	gate->leaving.session = session;
	gate->leaving.happening = SESSION_WAS_REFUSED;
	refusals->last = gate->leaving;
	atomic_store_explicit(&refusals->count, count + 1, memory_order_release);
	leaving_tell(gate, session, SESSION_WAS_REFUSED);
	metrics_add(gate->metrics, METRIC_gate_venue_refusals, 1);
}

void leaving_accepted(struct session_refusals *refusals)
{
	atomic_store_explicit(&refusals->count, 0, memory_order_release);
}

bool leaving_is_paused(const struct session_refusals *refusals, const struct venue_config *venue)
{
	return atomic_load_explicit(&refusals->count, memory_order_relaxed) >= venue->login_tries;
}
