#include "tools/exchange/unit.h"

#include "dataplane/wire/itch50.h"

#define HEARTBEAT_NS UINT64_C(1000000000)

enum { CONNECTIONS = CBOE_CLIENT_MAX, SEND_BYTES = 1 << 20 };

static void on_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	struct unit *unit = context;
	lines_packet(&unit->gaps, line, bytes, size_bytes, now_ns);
}

void unit_init(struct unit *unit, const struct options *options)
{
	memset(unit, 0, sizeof *unit);
	lines_init(&unit->lines);
	lines_init(&unit->gaps);
	pitch_init(&unit->clock);
	cboe_init(&unit->cboe, options->unit.number, options->history_max, on_reply, unit);
	unit->cboe.session_sub_id = options->unit.sub_id;
	unit->cboe.username = options->unit.user.name;
	unit->cboe.password = options->unit.user.password;
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++)
		unit->next[i] = 1;
}

static bool door_open(struct stream **stream, const char *address, uint16_t port, uint16_t *at,
	struct config_error *error)
{
	if (address[0] == '\0')
		return true;
	*stream = stream_uring_open(CONNECTIONS, CONNECTIONS, SEND_BYTES, error);
	if (*stream == NULL)
		return false;
	uint32_t listener = stream_listen(*stream, address, port, error);
	if (listener != 0)
		*at = stream_listen_port(*stream, listener);
	return listener != 0;
}

bool unit_open(struct unit *unit, const struct options *options, struct config_error *error)
{
	const struct options_unit *o = &options->unit;
	for (int i = 0; i < LINE_COUNT_MAX; i++) {
		const char *interface = options->interface[i];
		if (o->line[i] != NULL &&
			!lines_open(&unit->lines, i, o->line[i], interface, error))
			return false;
		if (o->gap_line[i] != NULL &&
			!lines_open(&unit->gaps, i, o->gap_line[i], interface, error))
			return false;
		unit->is_told |= o->line[i] != NULL;
	}
	return door_open(&unit->cboe.gaps, o->gap_address, o->gap_port, &unit->gap_port, error) &&
	       door_open(&unit->cboe.spins, o->spin_address, o->spin_port, &unit->spin_port, error);
}

void unit_close(struct unit *unit)
{
	if (unit->cboe.gaps != NULL)
		stream_close(unit->cboe.gaps);
	if (unit->cboe.spins != NULL)
		stream_close(unit->cboe.spins);
	lines_close(&unit->lines);
	lines_close(&unit->gaps);
	cboe_free(&unit->cboe);
}

/* unit_say says an event, with the time before it where the second is another. */
static void unit_say(struct unit *unit, const struct event *event)
{
	uint8_t message[PITCH_SIZE_MAX], time[PITCH_SIZE_MAX];
	uint32_t size = pitch_encode(event, message);
	if (size == 0)
		return;
	uint32_t time_size = pitch_encode_time(&unit->clock, event, time);
	if (time_size != 0)
		cboe_say(&unit->cboe, time, time_size);
	cboe_say(&unit->cboe, message, size);
}

/* unit_replace says a delete and an add: the reference is another, and the order stands behind all others. */
static void unit_replace(struct unit *unit, struct event *event)
{
	struct image_order order;
	if (!image_order_of(&unit->cboe.image, event->order, &order))
		return;
	struct event add = *event;
	add.kind = EVENT_ADD;
	add.order = event->other;
	add.other = order.other;
	add.symbol = order.symbol;
	add.side = order.side;
	event->kind = EVENT_DELETE;
	unit_say(unit, event);
	unit_say(unit, &add);
}

void unit_hear(void *context, const uint8_t *message, uint32_t size_bytes)
{
	struct unit *unit = context;
	uint8_t bytes[ITCH50_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
	struct itch50_counts counts = {0};
	struct image_order order;
	struct event event;
	if (!unit->is_told || size_bytes > ITCH50_SIZE_MAX)
		return;
	memcpy(bytes, message, size_bytes);
	const struct mold64_block block = {.bytes = bytes, .size_bytes = size_bytes};
	itch50_decode(&block, 1, &event, &counts);
	switch (event.kind) {
	case EVENT_EXECUTE_AT:
		if (!image_order_of(&unit->cboe.image, event.order, &order))
			return;
		event.kind = EVENT_EXECUTE_TO;
		event.other = event.qty;
		event.qty = order.qty > event.qty ? order.qty - event.qty : 0;
		break;
	case EVENT_REPLACE:
		unit_replace(unit, &event);
		return;
	case EVENT_STATE:
		event.side = 0; /* no short-sale word */
		break;
	default:
		break;
	}
	unit_say(unit, &event);
}

void unit_begin(struct unit *unit)
{
	history_clear(&unit->cboe.history);
	image_free(&unit->cboe.image);
	image_init(&unit->cboe.image);
	pitch_init(&unit->clock);
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++)
		unit->next[i] = 1;
}

static bool line_turn(struct unit *unit, uint32_t line, uint64_t now_ns)
{
	uint8_t packet[CBOE_PACKET_BYTES];
	uint64_t from = unit->next[line];
	uint32_t count;
	while (unit->next[line] < unit->cboe.history.next) {
		uint32_t size = cboe_packet(
			&unit->cboe, unit->next[line], PITCH_UNIT_COUNT_MAX, packet, &count);
		CHECK(size != 0);
		lines_packet(&unit->lines, line, packet, size, now_ns);
		unit->next[line] += count;
		unit->last_ns[line] = now_ns;
	}
	if (now_ns - unit->last_ns[line] >= HEARTBEAT_NS) {
		lines_packet(&unit->lines, line, packet,
			pitch_unit_begin(
				packet, unit->cboe.unit, pitch_unit_sequence(unit->next[line])),
			now_ns);
		unit->last_ns[line] = now_ns;
	}
	return unit->next[line] != from;
}

bool unit_turn(struct unit *unit, uint64_t now_ns)
{
	bool did = false;
	if (!unit->is_told)
		return false;
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++)
		did |= line_turn(unit, i, now_ns);
	lines_due(&unit->lines, now_ns);
	lines_due(&unit->gaps, now_ns);
	return cboe_turn(&unit->cboe, now_ns) || did;
}
