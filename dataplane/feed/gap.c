/* gap.c - see gap.h. */
#include "dataplane/feed/gap.h"

static uint32_t large_count(uint32_t packet_max)
{
	return packet_max / GAP_PACKETS_A_LARGE;
}

static size_t tables_bytes(uint32_t packet_max)
{
	size_t packets = 2 * (size_t)packet_max * sizeof(struct gap_packet);
	size_t places = (packet_max + (size_t)large_count(packet_max)) * sizeof(uint32_t);
	return (packets + places + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
}

size_t gap_size_bytes(uint32_t packet_max)
{
	return tables_bytes(packet_max) + (size_t)packet_max * GAP_SMALL_BYTES +
	       (size_t)large_count(packet_max) * GAP_LARGE_BYTES;
}

void gap_init(struct gap *gap, uint32_t packet_max, void *memory)
{
	memset(gap, 0, sizeof *gap);
	gap->packet_max = packet_max;
	gap->large_max = large_count(packet_max);
	gap->packets = memory;
	gap->free_places = (uint32_t *)(gap->packets + 2 * (size_t)packet_max);
	gap->bytes = (uint8_t *)memory + tables_bytes(packet_max);
	gap_clear(gap);
}

uint64_t gap_clear(struct gap *gap)
{
	uint64_t dropped = 0;
	for (uint32_t i = 0; i < gap->count; i++)
		dropped += gap->packets[gap->first + i].count;
	for (uint32_t i = 0; i < gap->packet_max + gap->large_max; i++)
		gap->free_places[i] = i;
	gap->small_free = gap->packet_max;
	gap->large_free = gap->large_max;
	gap->first = gap->count = 0;
	gap->held_bytes = 0;
	gap->tail = gap->tail_ns = 0;
	return dropped;
}

/* Places of packet_max and above are the large ones. */
static uint8_t *place_bytes(const struct gap *gap, uint32_t place)
{
	if (place < gap->packet_max)
		return gap->bytes + (size_t)place * GAP_SMALL_BYTES;
	return gap->bytes + (size_t)gap->packet_max * GAP_SMALL_BYTES +
	       (size_t)(place - gap->packet_max) * GAP_LARGE_BYTES;
}

static bool place_take(struct gap *gap, uint32_t size_bytes, uint32_t *place)
{
	bool is_small = size_bytes <= GAP_SMALL_BYTES - ITCH50_READ_PAST_BYTES;
	if (gap->count == gap->packet_max)
		return false;
	if (is_small)
		*place = gap->free_places[--gap->small_free];
	else if (gap->large_free != 0)
		*place = gap->free_places[gap->packet_max + --gap->large_free];
	else
		return false;
	return true;
}

static void place_free(struct gap *gap, uint32_t place)
{
	if (place < gap->packet_max)
		gap->free_places[gap->small_free++] = place;
	else
		gap->free_places[gap->packet_max + gap->large_free++] = place;
}

/* position_find gives where a packet belongs: behind all that begin at or before it. */
static uint32_t position_find(const struct gap *gap, uint64_t sequence)
{
	uint32_t low = gap->first, high = gap->first + gap->count;
	if (low == high || gap->packets[high - 1].sequence <= sequence)
		return high; /* as nearly all are */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (gap->packets[middle].sequence <= sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* packets_open makes room for one more at position `at`; returns where that is now. */
static uint32_t packets_open(struct gap *gap, uint32_t at)
{
	if (gap->first + gap->count == 2 * gap->packet_max) {
		memmove(gap->packets, gap->packets + gap->first,
			gap->count * sizeof gap->packets[0]);
		at -= gap->first;
		gap->first = 0;
	}
	uint32_t end = gap->first + gap->count;
	memmove(&gap->packets[at + 1], &gap->packets[at], (end - at) * sizeof gap->packets[0]);
	gap->count++;
	return at;
}

/* reach_carry brings reach up to date from position `at` on. */
static void reach_carry(struct gap *gap, uint32_t at)
{
	for (uint32_t i = at; i < gap->first + gap->count; i++) {
		struct gap_packet *packet = &gap->packets[i];
		uint64_t reach = packet->sequence + packet->count;
		if (i > gap->first && gap->packets[i - 1].reach > reach)
			reach = gap->packets[i - 1].reach;
		if (i > at && packet->reach == reach)
			return;
		packet->reach = reach;
	}
}

enum gap_verdict gap_hold(struct gap *gap, const struct gap_packet *packet)
{
	uint32_t at = position_find(gap, packet->sequence), place;
	CHECK(packet->size_bytes <= PACKET_BYTES_MAX);
	if (at > gap->first && gap->packets[at - 1].reach >= packet->sequence + packet->count)
		return GAP_KNOWN;
	if (!place_take(gap, packet->size_bytes, &place))
		return GAP_FULL;
	uint8_t *bytes = place_bytes(gap, place);
	memcpy(bytes, packet->payload, packet->size_bytes);
	at = packets_open(gap, at);
	struct gap_packet *kept = &gap->packets[at];
	*kept = *packet;
	kept->place = place;
	kept->payload = bytes;
	kept->reach = 0;
	kept->since_ns = packet->held_ns;
	/* It is the youngest: all that begin behind it were there before. */
	if (at + 1 < gap->first + gap->count && gap->packets[at + 1].since_ns < kept->since_ns)
		kept->since_ns = gap->packets[at + 1].since_ns;
	reach_carry(gap, at);
	gap->held_bytes += packet->size_bytes;
	return GAP_HELD;
}

void gap_expect(struct gap *gap, uint64_t next, uint64_t sequence, uint8_t line, uint64_t now_ns)
{
	if (sequence <= next || sequence <= gap->tail)
		return;
	if (gap->tail <= next) {
		gap->tail_ns = now_ns;
		gap->tail_line = line;
	}
	gap->tail = sequence;
}

bool gap_take(struct gap *gap, uint64_t next, struct gap_packet *packet)
{
	if (gap->count == 0 || gap->packets[gap->first].sequence > next)
		return false;
	*packet = gap->packets[gap->first];
	place_free(gap, packet->place);
	gap->first++;
	gap->count--;
	gap->held_bytes -= packet->size_bytes;
	if (gap->count == 0)
		gap->first = 0;
	return true;
}

uint64_t gap_since_ns(const struct gap *gap, uint64_t next)
{
	uint64_t since_ns = gap->tail > next ? gap->tail_ns : UINT64_MAX;
	if (gap->count != 0 && gap->packets[gap->first].since_ns < since_ns)
		since_ns = gap->packets[gap->first].since_ns;
	return since_ns;
}

uint8_t gap_shown_by(const struct gap *gap)
{
	return gap->count != 0 ? gap->packets[gap->first].line : gap->tail_line;
}

uint64_t gap_end(const struct gap *gap)
{
	return gap->count != 0 ? gap->packets[gap->first].sequence : gap->tail;
}
