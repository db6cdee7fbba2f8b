#include "tools/exchange/mishap.h"

#include <stdlib.h>

#include "dataplane/wire/mold64.h"

#define BEHIND_NS 2000000ull /* nobody came to overtake it: it goes all the same */

enum { LATE_FIRST = 64 };

void mishap_init(struct mishap *m, uint64_t seed)
{
	memset(m, 0, sizeof *m);
	m->random = seed;
}

void mishap_free(struct mishap *m)
{
	free(m->late);
	m->late = NULL;
	m->late_count = m->late_room = 0;
}

void mishap_seed(struct mishap *m, uint64_t seed)
{
	m->random = seed;
}

void mishap_calm(struct mishap *m)
{
	m->voice = VOICE_ALL;
	m->drop_next = 0;
	m->drop_ppm = m->duplicate_ppm = m->reorder_ppm = 0;
	m->delay_ns = 0;
}

uint32_t mishap_waiting(const struct mishap *m)
{
	return m->behind_count + m->late_count;
}

/* splitmix64 */
static uint64_t mishap_random(struct mishap *m)
{
	uint64_t z = m->random += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

/* mishap_chance draws only where there is a chance, so that one mishap's dice are its own. */
static bool mishap_chance(struct mishap *m, uint32_t ppm)
{
	return ppm > 0 && mishap_random(m) % PPM < ppm;
}

static void packet_fill(
	struct mishap_packet *packet, const uint8_t *bytes, uint32_t size_bytes, uint64_t due_ns)
{
	packet->due_ns = due_ns;
	packet->size_bytes = size_bytes;
	memcpy(packet->bytes, bytes, size_bytes);
}

static void late_grow(struct mishap *m)
{
	uint32_t room = m->late_room == 0 ? LATE_FIRST : m->late_room * 2;
	struct mishap_packet *late = calloc(room, sizeof late[0]);
	CHECK(late != NULL);
	for (uint32_t i = 0; i < m->late_count; i++)
		late[i] = m->late[(m->late_head + i) & (m->late_room - 1)];
	free(m->late);
	m->late = late;
	m->late_room = room;
	m->late_head = 0;
}

/* mishap_late is the last station: out at once, or after the delay, behind those who wait already. */
static void mishap_late(struct mishap *m, const uint8_t *bytes, uint32_t size_bytes,
	uint64_t now_ns, mishap_out *out, void *context)
{
	if (m->delay_ns == 0 && m->late_count == 0) {
		m->counts.out++;
		out(context, bytes, size_bytes);
		return;
	}
	if (m->late_count == MISHAP_WAITING_MAX) {
		m->counts.overflowed++;
		return;
	}
	if (m->late_count == m->late_room)
		late_grow(m);
	m->counts.delayed++;
	packet_fill(&m->late[(m->late_head + m->late_count) & (m->late_room - 1)], bytes,
		size_bytes, now_ns + m->delay_ns);
	m->late_count++;
}

/* mishap_let_go sends on who is no longer held back: overtaken often enough, or for too long. */
static void mishap_let_go(struct mishap *m, uint64_t now_ns, mishap_out *out, void *context)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < m->behind_count; i++) {
		struct mishap_packet *packet = &m->behind[i];
		if (packet->passes == 0 || now_ns >= packet->due_ns)
			mishap_late(m, packet->bytes, packet->size_bytes, now_ns, out, context);
		else if (kept++ != i)
			m->behind[kept - 1] = *packet;
	}
	m->behind_count = kept;
}

/* mishap_order holds a packet back, or lets it overtake those that are. */
static void mishap_order(struct mishap *m, const uint8_t *bytes, uint32_t size_bytes,
	uint64_t now_ns, mishap_out *out, void *context)
{
	if (m->behind_count < MISHAP_BEHIND_MAX && mishap_chance(m, m->reorder_ppm)) {
		struct mishap_packet *packet = &m->behind[m->behind_count++];
		packet_fill(packet, bytes, size_bytes, now_ns + BEHIND_NS);
		packet->passes = 1 + (uint32_t)(mishap_random(m) % MISHAP_PASS_MAX);
		m->counts.reordered++;
		return;
	}
	mishap_late(m, bytes, size_bytes, now_ns, out, context);
	for (uint32_t i = 0; i < m->behind_count; i++)
		m->behind[i].passes--;
	mishap_let_go(m, now_ns, out, context);
}

static bool is_heartbeat(const uint8_t *bytes, uint32_t size_bytes)
{
	struct mold64_header header;
	return mold64_parse_header(bytes, size_bytes, &header) &&
	       (header.count == MOLD64_HEARTBEAT || header.count == MOLD64_END_OF_SESSION);
}

void mishap_take(struct mishap *m, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns,
	mishap_out *out, void *context)
{
	CHECK(size_bytes <= MISHAP_PACKET_BYTES);
	m->counts.taken++;
	if (m->voice == VOICE_NONE ||
		(m->voice == VOICE_HEARTBEATS && !is_heartbeat(bytes, size_bytes))) {
		m->counts.muted++;
		return;
	}
	if (m->drop_next > 0 || mishap_chance(m, m->drop_ppm)) {
		m->drop_next -= m->drop_next > 0;
		m->counts.dropped++;
		return;
	}
	bool is_twice = mishap_chance(m, m->duplicate_ppm);
	mishap_order(m, bytes, size_bytes, now_ns, out, context);
	if (is_twice) {
		m->counts.duplicated++;
		mishap_order(m, bytes, size_bytes, now_ns, out, context);
	}
}

void mishap_due(struct mishap *m, uint64_t now_ns, mishap_out *out, void *context)
{
	mishap_let_go(m, now_ns, out, context);
	while (m->late_count > 0 && m->late[m->late_head].due_ns <= now_ns) {
		const struct mishap_packet *packet = &m->late[m->late_head];
		m->counts.out++;
		out(context, packet->bytes, packet->size_bytes);
		m->late_head = (m->late_head + 1) & (m->late_room - 1);
		m->late_count--;
	}
}
