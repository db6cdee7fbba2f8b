/* gap.c - see gap.h. */
#include "dataplane/feed/gap.h"

_Static_assert(GAP_PACKET_COUNT == 64, "a bit of free_slots each");

void gap_init(struct gap *gap, uint8_t *bytes)
{
	memset(gap, 0, sizeof *gap);
	gap->bytes = bytes;
	gap->free_slots = UINT64_MAX;
}

enum gap_verdict gap_hold(struct gap *gap, const struct gap_packet *packet)
{
	uint32_t at = gap->count;
	CHECK(packet->size_bytes <= PACKET_BYTES_MAX);
	for (; at > 0 && gap->packets[at - 1].sequence > packet->sequence; at--)
		;
	for (uint32_t i = 0; i < at; i++)
		if (gap->packets[i].sequence + gap->packets[i].count >=
			packet->sequence + packet->count)
			return GAP_KNOWN;
	if (gap->count == GAP_PACKET_COUNT)
		return GAP_FULL;
	uint8_t slot = (uint8_t)__builtin_ctzll(gap->free_slots);
	uint8_t *bytes = gap->bytes + (size_t)slot * GAP_SLOT_BYTES;
	memcpy(bytes, packet->payload, packet->size_bytes);
	memmove(&gap->packets[at + 1], &gap->packets[at],
		(gap->count - at) * sizeof gap->packets[0]);
	gap->packets[at] = *packet;
	gap->packets[at].slot = slot;
	gap->packets[at].payload = bytes;
	gap->free_slots &= ~(1ull << slot);
	gap->count++;
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
	if (gap->count == 0 || gap->packets[0].sequence > next)
		return false;
	*packet = gap->packets[0];
	gap->free_slots |= 1ull << packet->slot;
	gap->count--;
	memmove(&gap->packets[0], &gap->packets[1], gap->count * sizeof gap->packets[0]);
	return true;
}

uint64_t gap_since_ns(const struct gap *gap, uint64_t next)
{
	uint64_t since_ns = gap->tail > next ? gap->tail_ns : UINT64_MAX;
	for (uint32_t i = 0; i < gap->count; i++)
		if (gap->packets[i].held_ns < since_ns)
			since_ns = gap->packets[i].held_ns;
	return since_ns;
}

uint8_t gap_shown_by(const struct gap *gap)
{
	return gap->count != 0 ? gap->packets[0].line : gap->tail_line;
}

uint64_t gap_end(const struct gap *gap)
{
	return gap->count != 0 ? gap->packets[0].sequence : gap->tail;
}
