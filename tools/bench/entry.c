#include "tools/bench/entry.h"

#include <stdio.h>

#include "drivers/machine/clock.h"

static bool line_send(struct entry *entry, const uint8_t *bytes, uint32_t size_bytes)
{
	return stream_send(entry->line, entry->connection, bytes, size_bytes);
}

static int64_t line_receive(struct entry *entry, uint8_t *bytes, uint64_t room)
{
	struct stream_event event;
	if (stream_poll(entry->line, &event, 1) == 0)
		return 0;
	if (event.kind != STREAM_BYTES || event.size_bytes > room)
		return -1;
	memcpy(bytes, event.bytes, event.size_bytes);
	return event.size_bytes;
}

void entry_over(struct entry *entry, struct stream *stream, uint32_t connection)
{
	entry->send = line_send;
	entry->receive = line_receive;
	entry->line = stream;
	entry->connection = connection;
}

/* Waits for a whole packet that is no heartbeat; what came with it is kept. */
static bool entry_hear(struct entry *entry, uint8_t *type)
{
	struct soup_packet packet;
	for (;;) {
		enum soup_verdict verdict = soup_parse(entry->bytes, entry->size_bytes, &packet);
		if (verdict == SOUP_BROKEN)
			return false;
		if (verdict == SOUP_OK) {
			*type = packet.type == SOUP_SEQUENCED ? packet.payload[0] : packet.type;
			entry->size_bytes -= packet.wire_bytes;
			memmove(entry->bytes, entry->bytes + packet.wire_bytes, entry->size_bytes);
			if (packet.type != SOUP_SERVER_HEARTBEAT)
				return true;
			continue;
		}
		int64_t got = entry->receive(entry, entry->bytes + entry->size_bytes,
			sizeof entry->bytes - entry->size_bytes);
		if (got < 0)
			return false;
		entry->size_bytes += (uint32_t)got;
	}
}

static bool entry_login(struct entry *entry)
{
	const struct soup_login login = {.username = "BENCH", .sequence = 1};
	uint8_t type = 0, packet[64];
	return entry->send(entry, packet, soup_build_login_request(packet, &login)) &&
	       entry_hear(entry, &type) && type == SOUP_LOGIN_ACCEPTED;
}

static bool entry_trip(void *context)
{
	struct entry *entry = context;
	uint8_t packet[256], type = 0, wanted = entry->is_known ? 'A' : 'J';
	entry->chance = entry->chance * 6364136223846793005u + 1442695040888963407u;
	uint32_t size = rig_order_build(entry->rig, entry->chance, entry->is_known, packet);
	if (!entry->send(entry, packet, size))
		return false;
	while (type != wanted) /* what the venue takes back is heard before the next */
		if (!entry_hear(entry, &type) || (type == 'J' && entry->is_known))
			return false;
	return true;
}

static bool entry_rest(void *context)
{
	struct entry *entry = context;
	uint8_t type = 0;
	while (entry->is_known && type != 'C')
		if (!entry_hear(entry, &type))
			return false;
	return true;
}

void entry_turn(struct gate_rig *rig)
{
	rig->now_ns = clock_now_ns() + 10000000000u; /* its login took seconds that did not pass */
	atomic_store_explicit(
		&rig->market->channels[0].heard_ns, rig->now_ns, memory_order_relaxed);
	gate_poll(rig->gate, rig->now_ns);
	rig_drain(rig);
}

bool entry_time(
	struct entry *entry, uint32_t trip_count, uint32_t round_count, struct entry_times *times)
{
	const struct trips trips = {
		.count = trip_count, .trip = entry_trip, .rest = entry_rest, .context = entry};
	if (!entry_login(entry))
		return false;
	entry->is_known = false;
	if (!trips_time(&trips, round_count, &times->refused))
		return false;
	entry->is_known = true;
	return trips_time(&trips, round_count, &times->passed);
}

void entry_add(
	struct figures *figures, const char *way, const char *echo, const struct entry_times *times)
{
	char name[FIGURE_NAME_BYTES];
	snprintf(name, sizeof name, "%s: " ENTRY_REFUSED, way);
	trips_add(figures, name, echo, &times->refused);
	snprintf(name, sizeof name, "%s: " ENTRY_PASSED, way);
	trips_add(figures, name, echo, &times->passed);
}
