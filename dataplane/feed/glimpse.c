/* glimpse.c - see glimpse.h. */
#include "dataplane/feed/glimpse.h"

enum { END_BYTES = 21, END_DIGITS = 20 }; /* GLIMPSE 5.0, End of Snapshot */

void glimpse_init(struct glimpse *glimpse, const struct recovery_config *config, glimpse_take *take,
	void *context)
{
	memset(glimpse, 0, sizeof *glimpse);
	glimpse->config = config;
	glimpse->take = take;
	glimpse->context = context;
}

static void glimpse_drop(struct glimpse *glimpse)
{
	if (glimpse->connection != CONNECTION_NONE)
		stream_shut(glimpse->stream, glimpse->connection, true);
	glimpse->connection = CONNECTION_NONE;
	glimpse->rx_bytes = 0;
}

static void glimpse_fail(struct glimpse *glimpse, enum glimpse_trouble trouble)
{
	glimpse_drop(glimpse);
	glimpse->phase = GLIMPSE_FAILED;
	glimpse->trouble = (uint8_t)trouble;
}

void glimpse_start(struct glimpse *glimpse, uint64_t now_ns)
{
	const struct recovery_config *config = glimpse->config;
	glimpse_stop(glimpse);
	glimpse->phase = GLIMPSE_CONNECTING;
	glimpse->trouble = GLIMPSE_NO_TROUBLE;
	glimpse->moved_ns = now_ns;
	glimpse->sequence = glimpse->messages = 0;
	if (glimpse->stream != NULL)
		glimpse->connection = stream_connect(
			glimpse->stream, config->snapshot_address, config->snapshot_port);
	if (glimpse->connection == CONNECTION_NONE)
		glimpse_fail(glimpse, GLIMPSE_CLOSED);
}

void glimpse_stop(struct glimpse *glimpse)
{
	glimpse_drop(glimpse);
	glimpse->phase = GLIMPSE_IDLE;
}

static bool glimpse_log_in(struct glimpse *glimpse, uint64_t now_ns)
{
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {.sequence = 1}; /* blank session: the current one */
	memcpy(login.username, glimpse->config->snapshot_username, sizeof login.username);
	memcpy(login.password, glimpse->config->snapshot_password, sizeof login.password);
	glimpse->phase = GLIMPSE_LOGGING_IN;
	glimpse->told_ns = glimpse->moved_ns = now_ns;
	return stream_send(glimpse->stream, glimpse->connection, packet,
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
static void packet_take(struct glimpse *glimpse, const struct soup_packet *packet,
	struct mold64_block *blocks, uint32_t *count, uint64_t now_ns)
{
	char session[11];
	uint64_t first;
	bool is_in = glimpse->phase == GLIMPSE_SPINNING;
	switch (packet->type) {
	case SOUP_DEBUG:
		return;
	case SOUP_SERVER_HEARTBEAT:
		if (!is_in)
			break;
		return;
	case SOUP_LOGIN_REJECTED:
		glimpse_fail(glimpse, is_in ? GLIMPSE_NONSENSE : GLIMPSE_REJECTED);
		return;
	case SOUP_LOGIN_ACCEPTED:
		/* A spin that does not begin with its first message is no whole one. */
		if (is_in || !soup_parse_login_accepted(packet, session, &first) || first != 1)
			break;
		glimpse->phase = GLIMPSE_SPINNING;
		glimpse->moved_ns = now_ns;
		return;
	case SOUP_SEQUENCED:
		if (!is_in || packet->payload_bytes == 0)
			break;
		glimpse->moved_ns = now_ns;
		if (packet->payload[0] == 'G') {
			if (packet->payload_bytes != END_BYTES ||
				!end_parse(packet->payload + 1, &glimpse->sequence))
				break;
			glimpse->phase = GLIMPSE_DONE;
			return;
		}
		if (++glimpse->messages > GLIMPSE_MESSAGE_COUNT_MAX)
			break;
		blocks[(*count)++] = (struct mold64_block){
			.bytes = packet->payload, .size_bytes = packet->payload_bytes};
		return;
	default: /* an end before the end of the spin, and what a server may not send */
		break;
	}
	glimpse_fail(glimpse, GLIMPSE_NONSENSE);
}

/* bytes_take parses what is there and keeps the piece of a packet that is left. */
static void bytes_take(struct glimpse *glimpse, uint64_t now_ns)
{
	struct mold64_block blocks[GLIMPSE_BLOCK_COUNT];
	struct soup_packet packet;
	uint32_t count = 0, used = 0;
	enum soup_verdict verdict = SOUP_MORE;
	while (glimpse->phase == GLIMPSE_LOGGING_IN || glimpse->phase == GLIMPSE_SPINNING) {
		verdict = soup_parse(glimpse->rx + used, glimpse->rx_bytes - used, &packet);
		if (verdict != SOUP_OK)
			break;
		used += packet.wire_bytes;
		packet_take(glimpse, &packet, blocks, &count, now_ns);
		if (count == GLIMPSE_BLOCK_COUNT) {
			glimpse->take(glimpse->context, blocks, count, now_ns);
			count = 0;
		}
	}
	if (glimpse->phase == GLIMPSE_FAILED)
		return;
	if (count != 0)
		glimpse->take(glimpse->context, blocks, count, now_ns);
	if (verdict == SOUP_BROKEN) {
		glimpse_fail(glimpse, GLIMPSE_NONSENSE);
		return;
	}
	glimpse->rx_bytes -= used;
	memmove(glimpse->rx, glimpse->rx + used, glimpse->rx_bytes);
}

void glimpse_on_event(struct glimpse *glimpse, const struct stream_event *event, uint64_t now_ns)
{
	switch (event->kind) {
	case STREAM_OPENED:
		if (!glimpse_log_in(glimpse, now_ns))
			glimpse_fail(glimpse, GLIMPSE_CLOSED);
		return;
	case STREAM_BYTES:
		if (event->size_bytes > GLIMPSE_RX_BYTES - glimpse->rx_bytes) {
			glimpse_fail(glimpse, GLIMPSE_NONSENSE);
			return;
		}
		memcpy(glimpse->rx + glimpse->rx_bytes, event->bytes, event->size_bytes);
		glimpse->rx_bytes += event->size_bytes;
		bytes_take(glimpse, now_ns);
		if (glimpse->phase == GLIMPSE_DONE)
			glimpse_drop(glimpse);
		return;
	default:
		glimpse->connection = CONNECTION_NONE;
		if (glimpse->phase != GLIMPSE_DONE)
			glimpse_fail(glimpse, GLIMPSE_CLOSED);
		return;
	}
}

void glimpse_tick(struct glimpse *glimpse, uint64_t now_ns)
{
	uint8_t packet[SOUP_HEADER_BYTES];
	if (glimpse->phase < GLIMPSE_CONNECTING || glimpse->phase > GLIMPSE_SPINNING)
		return;
	if (now_ns - glimpse->moved_ns >= glimpse->config->snapshot_timeout_ns) {
		glimpse_fail(glimpse, GLIMPSE_SILENT);
		return;
	}
	if (glimpse->phase == GLIMPSE_SPINNING &&
		now_ns - glimpse->told_ns >= GLIMPSE_HEARTBEAT_NS &&
		stream_send(glimpse->stream, glimpse->connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0)))
		glimpse->told_ns = now_ns;
}
