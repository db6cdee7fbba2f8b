/* glimpse.c - see glimpse.h. */
#include "dataplane/feed/glimpse.h"

enum { END_BYTES = 21, END_DIGITS = 20 }; /* GLIMPSE 5.0, End of Snapshot */

_Static_assert((int)SOUP_LOGIN_REQUEST_BYTES <= (int)SNAPSHOT_SAY_BYTES_MAX, "a login has room");
_Static_assert((int)SOUP_PACKET_BYTES_MAX <= (int)SNAPSHOT_PACKET_BYTES_MAX, "a packet has room");

static uint32_t glimpse_login(
	const struct recovery_config *config, uint8_t out[SNAPSHOT_SAY_BYTES_MAX])
{
	struct soup_login login = {.sequence = 1}; /* blank session: the current one */
	memcpy(login.username, config->snapshot_username, sizeof login.username);
	memcpy(login.password, config->snapshot_password, sizeof login.password);
	return soup_build_login_request(out, &login);
}

static uint32_t glimpse_beat(uint8_t out[SNAPSHOT_SAY_BYTES_MAX])
{
	return soup_build(out, SOUP_CLIENT_HEARTBEAT, NULL, 0);
}

/* end_parse reads the number: digits with spaces or zeros on either side; 0, blank and more than 64 bits are
   no number. */
static bool end_parse(const uint8_t *field, uint64_t *sequence)
{
	uint64_t value = 0;
	uint32_t at = 0;
	while (at < END_DIGITS && field[at] == ' ')
		at++;
	for (; at < END_DIGITS && field[at] >= '0' && field[at] <= '9'; at++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(field[at] - '0'), &value))
			return false;
	while (at < END_DIGITS && (field[at] == ' ' || field[at] == '\0'))
		at++;
	*sequence = value;
	return at == END_DIGITS && value != 0;
}

static void sequenced_take(
	struct snapshot *snapshot, const struct soup_packet *packet, uint64_t now_ns)
{
	uint64_t sequence;
	if (packet->payload[0] != 'G')
		snapshot_block(snapshot, packet->payload, packet->payload_bytes, now_ns);
	else if (packet->payload_bytes == END_BYTES && end_parse(packet->payload + 1, &sequence))
		snapshot_done(snapshot, sequence);
	else
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
}

/* session_is compares a name as SoupBinTCP gives it, without its padding, with one of ten characters. */
static bool session_is(const char session[10], const char name[11])
{
	uint32_t first = 0, end = 10;
	while (first < end && session[first] == ' ')
		first++;
	while (end > first && (session[end - 1] == ' ' || session[end - 1] == '\0'))
		end--;
	return strlen(name) == end - first && memcmp(session + first, name, end - first) == 0;
}

static void accepted_take(
	struct snapshot *snapshot, const struct soup_packet *packet, uint64_t now_ns)
{
	char session[11];
	uint64_t first;
	/* A spin that does not begin with its first message is no whole one. */
	if (!soup_parse_login_accepted(packet, session, &first) || first != 1)
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	else if (snapshot->config->is_snapshot_session_same && snapshot->wish.has_session &&
		 !session_is(snapshot->wish.session, session))
		snapshot_fail(snapshot, SNAPSHOT_OTHER_SESSION);
	else
		snapshot_enter(snapshot, now_ns);
}

static uint32_t glimpse_take(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	struct soup_packet packet;
	bool is_in = snapshot->phase == SNAPSHOT_SPINNING;
	enum soup_verdict verdict = soup_parse(bytes, size_bytes, &packet);
	if (verdict == SOUP_BROKEN)
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	if (verdict != SOUP_OK)
		return 0;
	if (packet.type == SOUP_LOGIN_REJECTED && !is_in)
		snapshot_fail(snapshot, SNAPSHOT_REJECTED);
	else if (packet.type == SOUP_LOGIN_ACCEPTED && !is_in)
		accepted_take(snapshot, &packet, now_ns);
	else if (packet.type == SOUP_SEQUENCED && is_in && packet.payload_bytes != 0)
		sequenced_take(snapshot, &packet, now_ns);
	else if (packet.type != SOUP_DEBUG && !(packet.type == SOUP_SERVER_HEARTBEAT && is_in))
		/* an end before the end of the spin, and what a server may not send */
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	return packet.wire_bytes;
}

const struct snapshot_talk glimpse_talk = {
	.login = glimpse_login, .beat = glimpse_beat, .take = glimpse_take};
