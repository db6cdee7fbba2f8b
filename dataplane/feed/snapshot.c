/* snapshot.c - see snapshot.h. */
#include "dataplane/feed/snapshot.h"

enum { END_BYTES = 21, END_DIGITS = 20 }; /* GLIMPSE 5.0, End of Snapshot */

void snapshot_init(struct snapshot *snapshot, const struct recovery_config *config,
	snapshot_take *take, void *context)
{
	memset(snapshot, 0, sizeof *snapshot);
	snapshot->config = config;
	snapshot->take = take;
	snapshot->context = context;
}

static void snapshot_drop(struct snapshot *snapshot)
{
	if (snapshot->connection != CONNECTION_NONE)
		stream_shut(snapshot->stream, snapshot->connection, true);
	snapshot->connection = CONNECTION_NONE;
	snapshot->rx_bytes = 0;
}

static void snapshot_fail(struct snapshot *snapshot, enum snapshot_trouble trouble)
{
	snapshot_drop(snapshot);
	snapshot->phase = SNAPSHOT_FAILED;
	snapshot->trouble = (uint8_t)trouble;
}

void snapshot_start(struct snapshot *snapshot, uint64_t now_ns)
{
	const struct recovery_config *config = snapshot->config;
	snapshot_stop(snapshot);
	snapshot->phase = SNAPSHOT_CONNECTING;
	snapshot->trouble = SNAPSHOT_NO_TROUBLE;
	snapshot->moved_ns = now_ns;
	snapshot->sequence = snapshot->messages = 0;
	if (snapshot->stream != NULL)
		snapshot->connection = stream_connect(
			snapshot->stream, config->snapshot_address, config->snapshot_port);
	if (snapshot->connection == CONNECTION_NONE)
		snapshot_fail(snapshot, SNAPSHOT_CLOSED);
}

void snapshot_stop(struct snapshot *snapshot)
{
	snapshot_drop(snapshot);
	snapshot->phase = SNAPSHOT_IDLE;
}

static bool snapshot_log_in(struct snapshot *snapshot, uint64_t now_ns)
{
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {.sequence = 1}; /* blank session: the current one */
	memcpy(login.username, snapshot->config->snapshot_username, sizeof login.username);
	memcpy(login.password, snapshot->config->snapshot_password, sizeof login.password);
	snapshot->phase = SNAPSHOT_LOGGING_IN;
	snapshot->told_ns = snapshot->moved_ns = now_ns;
	return stream_send(snapshot->stream, snapshot->connection, packet,
		soup_build_login_request(packet, &login));
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

/* packet_take handles one packet; a message of the spin is added to blocks.  The phase tells what came of it. */
static void packet_take(struct snapshot *snapshot, const struct soup_packet *packet,
	struct mold64_block *blocks, uint32_t *count, uint64_t now_ns)
{
	char session[11];
	uint64_t first;
	bool is_in = snapshot->phase == SNAPSHOT_SPINNING;
	switch (packet->type) {
	case SOUP_DEBUG:
		return;
	case SOUP_SERVER_HEARTBEAT:
		if (!is_in)
			break;
		return;
	case SOUP_LOGIN_REJECTED:
		snapshot_fail(snapshot, is_in ? SNAPSHOT_NONSENSE : SNAPSHOT_REJECTED);
		return;
	case SOUP_LOGIN_ACCEPTED:
		/* A spin that does not begin with its first message is no whole one. */
		if (is_in || !soup_parse_login_accepted(packet, session, &first) || first != 1)
			break;
		snapshot->phase = SNAPSHOT_SPINNING;
		snapshot->moved_ns = now_ns;
		return;
	case SOUP_SEQUENCED:
		if (!is_in || packet->payload_bytes == 0)
			break;
		snapshot->moved_ns = now_ns;
		if (packet->payload[0] == 'G') {
			if (packet->payload_bytes != END_BYTES ||
				!end_parse(packet->payload + 1, &snapshot->sequence))
				break;
			snapshot->phase = SNAPSHOT_DONE;
			return;
		}
		if (++snapshot->messages > SNAPSHOT_MESSAGE_COUNT_MAX)
			break;
		blocks[(*count)++] = (struct mold64_block){
			.bytes = packet->payload, .size_bytes = packet->payload_bytes};
		return;
	default: /* an end before the end of the spin, and what a server may not send */
		break;
	}
	snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
}

/* bytes_take parses what is there and keeps the piece of a packet that is left. */
static void bytes_take(struct snapshot *snapshot, uint64_t now_ns)
{
	struct mold64_block blocks[SNAPSHOT_BLOCK_COUNT];
	struct soup_packet packet;
	uint32_t count = 0, used = 0;
	enum soup_verdict verdict = SOUP_MORE;
	while (snapshot->phase == SNAPSHOT_LOGGING_IN || snapshot->phase == SNAPSHOT_SPINNING) {
		verdict = soup_parse(snapshot->rx + used, snapshot->rx_bytes - used, &packet);
		if (verdict != SOUP_OK)
			break;
		used += packet.wire_bytes;
		packet_take(snapshot, &packet, blocks, &count, now_ns);
		if (count == SNAPSHOT_BLOCK_COUNT) {
			snapshot->take(snapshot->context, blocks, count, now_ns);
			count = 0;
		}
	}
	if (snapshot->phase == SNAPSHOT_FAILED)
		return;
	if (count != 0)
		snapshot->take(snapshot->context, blocks, count, now_ns);
	if (verdict == SOUP_BROKEN) {
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
		return;
	}
	snapshot->rx_bytes -= used;
	memmove(snapshot->rx, snapshot->rx + used, snapshot->rx_bytes);
}

void snapshot_on_event(struct snapshot *snapshot, const struct stream_event *event, uint64_t now_ns)
{
	switch (event->kind) {
	case STREAM_OPENED:
		if (!snapshot_log_in(snapshot, now_ns))
			snapshot_fail(snapshot, SNAPSHOT_CLOSED);
		return;
	case STREAM_BYTES:
		/* What is kept is less than a packet, so an event always fits behind it. */
		CHECK(event->size_bytes <= SNAPSHOT_RX_BYTES - snapshot->rx_bytes);
		memcpy(snapshot->rx + snapshot->rx_bytes, event->bytes, event->size_bytes);
		snapshot->rx_bytes += event->size_bytes;
		bytes_take(snapshot, now_ns);
		if (snapshot->phase == SNAPSHOT_DONE)
			snapshot_drop(snapshot);
		return;
	default: /* one that is done has dropped its connection and hears no more of it */
		snapshot->connection = CONNECTION_NONE;
		snapshot_fail(snapshot, SNAPSHOT_CLOSED);
		return;
	}
}

void snapshot_tick(struct snapshot *snapshot, uint64_t now_ns)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	if (snapshot->phase < SNAPSHOT_CONNECTING || snapshot->phase > SNAPSHOT_SPINNING)
		return;
	if (now_ns - snapshot->moved_ns >= snapshot->config->snapshot_timeout_ns) {
		snapshot_fail(snapshot, SNAPSHOT_SILENT);
		return;
	}
	if (snapshot->phase == SNAPSHOT_SPINNING &&
		now_ns - snapshot->told_ns >= SNAPSHOT_HEARTBEAT_NS &&
		stream_send(snapshot->stream, snapshot->connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0)))
		snapshot->told_ns = now_ns;
}
