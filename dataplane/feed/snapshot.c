/* snapshot.c - see snapshot.h. */
#include "dataplane/feed/snapshot.h"

void snapshot_init(struct snapshot *snapshot, const struct recovery_config *config,
	const struct snapshot_talk *talk, snapshot_take *take, void *context)
{
	memset(snapshot, 0, sizeof *snapshot);
	snapshot->config = config;
	snapshot->talk = talk;
	snapshot->take = take;
	snapshot->context = context;
}

static void snapshot_drop(struct snapshot *snapshot)
{
	if (snapshot->connection != CONNECTION_NONE)
		stream_shut(snapshot->stream, snapshot->connection, true);
	snapshot->connection = CONNECTION_NONE;
	snapshot->rx_bytes = snapshot->block_count = 0;
}

void snapshot_fail(struct snapshot *snapshot, enum snapshot_trouble trouble)
{
	snapshot_drop(snapshot);
	snapshot->phase = SNAPSHOT_FAILED;
	snapshot->trouble = (uint8_t)trouble;
}

void snapshot_start(struct snapshot *snapshot, const struct snapshot_wish *wish, uint64_t now_ns)
{
	const struct recovery_config *config = snapshot->config;
	snapshot_stop(snapshot);
	snapshot->phase = SNAPSHOT_CONNECTING;
	snapshot->trouble = SNAPSHOT_NO_TROUBLE;
	snapshot->begun_ns = snapshot->moved_ns = now_ns;
	snapshot->sequence = snapshot->messages = 0;
	snapshot->is_asked = snapshot->is_promised = snapshot->is_busy = false;
	snapshot->promised_sequence = snapshot->promised_orders = snapshot->orders = 0;
	snapshot->wish = *wish;
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

bool snapshot_say(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	if (!stream_send(snapshot->stream, snapshot->connection, bytes, size_bytes))
		return false;
	snapshot->told_ns = now_ns;
	return true;
}

void snapshot_enter(struct snapshot *snapshot, uint64_t now_ns)
{
	snapshot->phase = SNAPSHOT_SPINNING;
	snapshot->moved_ns = now_ns;
	snapshot->take(snapshot->context, NULL, 0, now_ns);
}

/* blocks_hand hands over what there is of the spin. */
static void blocks_hand(struct snapshot *snapshot, uint64_t now_ns)
{
	if (snapshot->block_count != 0)
		snapshot->take(snapshot->context, snapshot->blocks, snapshot->block_count, now_ns);
	snapshot->block_count = 0;
}

void snapshot_block(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	snapshot->moved_ns = now_ns;
	if (++snapshot->messages > SNAPSHOT_MESSAGE_COUNT_MAX) {
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
		return;
	}
	snapshot->blocks[snapshot->block_count++] =
		(struct mold64_block){.bytes = bytes, .size_bytes = size_bytes};
	if (snapshot->block_count == SNAPSHOT_BLOCK_COUNT)
		blocks_hand(snapshot, now_ns);
}

void snapshot_done(struct snapshot *snapshot, uint64_t sequence)
{
	snapshot->sequence = sequence;
	snapshot->phase = SNAPSHOT_DONE;
}

/* bytes_take takes the packets that are there whole and keeps the piece of one that is left. */
static void bytes_take(struct snapshot *snapshot, uint64_t now_ns)
{
	uint32_t used = 0, taken = 1;
	while (taken != 0 &&
		(snapshot->phase == SNAPSHOT_LOGGING_IN || snapshot->phase == SNAPSHOT_SPINNING)) {
		taken = snapshot->talk->take(
			snapshot, snapshot->rx + used, snapshot->rx_bytes - used, now_ns);
		used += taken;
	}
	if (snapshot->phase == SNAPSHOT_FAILED)
		return;
	blocks_hand(snapshot, now_ns);
	snapshot->rx_bytes -= used;
	memmove(snapshot->rx, snapshot->rx + used, snapshot->rx_bytes);
}

static bool snapshot_log_in(struct snapshot *snapshot, uint64_t now_ns)
{
	uint8_t packet[SNAPSHOT_SAY_BYTES_MAX];
	uint32_t size = snapshot->talk->login(snapshot->config, packet);
	snapshot->phase = SNAPSHOT_LOGGING_IN;
	snapshot->moved_ns = now_ns;
	return snapshot_say(snapshot, packet, size, now_ns);
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
	uint8_t packet[SNAPSHOT_SAY_BYTES_MAX];
	if (snapshot->phase < SNAPSHOT_CONNECTING || snapshot->phase > SNAPSHOT_SPINNING)
		return;
	if (now_ns - snapshot->moved_ns >= snapshot->config->snapshot_timeout_ns ||
		now_ns - snapshot->begun_ns >=
			SNAPSHOT_TIMEOUTS * snapshot->config->snapshot_timeout_ns) {
		snapshot_fail(snapshot, snapshot->is_busy ? SNAPSHOT_REFUSED : SNAPSHOT_SILENT);
		return;
	}
	if (snapshot->phase == SNAPSHOT_SPINNING &&
		now_ns - snapshot->told_ns >= SNAPSHOT_HEARTBEAT_NS)
		snapshot_say(snapshot, packet, snapshot->talk->beat(packet), now_ns);
}
