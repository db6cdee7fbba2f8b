#include "tools/exchange/tape.h"

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/mold64.h"

#define HEARTBEAT_NS 1000000000ull

void tape_init(struct tape *tape, const char *session, tape_packet *packet, void *context)
{
	memset(tape, 0, sizeof *tape);
	memset(tape->session, ' ', sizeof tape->session);
	memcpy(tape->session, session, strnlen(session, sizeof tape->session));
	tape->packet = packet;
	tape->context = context;
	tape->next = 1;
}

static void tape_hand_out(struct tape *tape, uint32_t size)
{
	tape->packets++;
	tape->packet(tape->context, tape->bytes, size);
}

static void tape_flush(struct tape *tape)
{
	if (tape->size == 0)
		return;
	tape_hand_out(tape, tape->size);
	tape->size = 0;
}

void tape_raw(struct tape *tape, const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t size = 0;
	if (tape->size > 0)
		size = mold64_append(
			tape->bytes, tape->size, sizeof tape->bytes, bytes, (uint16_t)size_bytes);
	if (size == 0) {
		tape_flush(tape);
		size = mold64_begin(tape->bytes, tape->session, tape->next);
		size = mold64_append(
			tape->bytes, size, sizeof tape->bytes, bytes, (uint16_t)size_bytes);
		CHECK(size > 0); /* a message fits an empty packet */
	}
	tape->size = size;
	tape->next++;
}

void tape_event(struct tape *tape, const struct event *event)
{
	uint8_t bytes[ITCH50_SIZE_MAX];
	uint32_t size = itch50_encode(event, bytes);
	CHECK(size > 0);
	tape_raw(tape, bytes, size);
}

void tape_turn(struct tape *tape, uint64_t now_ns)
{
	if (tape->size == 0 && now_ns - tape->last_packet_ns < HEARTBEAT_NS)
		return;
	if (tape->size > 0)
		tape_flush(tape);
	else
		tape_hand_out(tape, mold64_begin(tape->bytes, tape->session, tape->next));
	tape->last_packet_ns = now_ns;
}

void tape_end(struct tape *tape)
{
	tape_flush(tape);
	uint32_t size = mold64_begin(tape->bytes, tape->session, tape->next);
	store_be16(tape->bytes + size - 2, MOLD64_END_OF_SESSION);
	tape_hand_out(tape, size);
}
