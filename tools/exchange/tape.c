#include "tools/exchange/tape.h"

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/mold64.h"

#define HEARTBEAT_NS 1000000000ull

static void tape_name(struct tape *tape, const char *session)
{
	memset(tape->session, ' ', sizeof tape->session);
	memcpy(tape->session, session, strnlen(session, sizeof tape->session));
}

void tape_init(struct tape *tape, const char *session, uint32_t line_count, uint64_t history_max,
	tape_packet *packet, void *context)
{
	memset(tape, 0, sizeof *tape);
	tape_name(tape, session);
	history_init(
		&tape->history, history_max > TAPE_PENDING_MAX ? history_max : TAPE_PENDING_MAX);
	board_init(&tape->board);
	tape->packet = packet;
	tape->context = context;
	tape->next = 1;
	tape->line_count = line_count;
	for (uint32_t i = 0; i < line_count; i++)
		tape->lines[i] = (struct tape_line){.next = 1, .cut = TAPE_CUT_MAX};
}

void tape_free(struct tape *tape)
{
	history_free(&tape->history);
	board_free(&tape->board);
}

static void tape_hand_out(struct tape *tape, uint32_t line, const uint8_t *bytes, uint32_t size)
{
	tape->packets++;
	tape->lines[line].last_packet_ns = tape->now_ns;
	tape->packet(tape->context, line, bytes, size, tape->now_ns);
}

/* tape_cut sends a line what it has not had. */
static void tape_cut(struct tape *tape, uint32_t line)
{
	struct tape_line *l = &tape->lines[line];
	uint8_t bytes[TAPE_PACKET_BYTES];
	while (l->next < tape->next) {
		uint32_t count, size = history_packet(&tape->history, tape->session, l->next,
					l->cut, bytes, sizeof bytes, &count);
		CHECK(size > 0); /* TAPE_PENDING_MAX are kept, and a message fits an empty packet */
		l->next += count;
		tape_hand_out(tape, line, bytes, size);
	}
}

static void tape_flush(struct tape *tape)
{
	for (uint32_t i = 0; i < tape->line_count; i++)
		tape_cut(tape, i);
}

/* tape_sign sends a packet without messages: a heartbeat or an end of session. */
static void tape_sign(struct tape *tape, uint32_t line)
{
	uint8_t bytes[MOLD64_HEADER_BYTES];
	uint32_t size = mold64_begin(bytes, tape->session, tape->next);
	store_be16(bytes + size - 2, tape->is_ended ? MOLD64_END_OF_SESSION : MOLD64_HEARTBEAT);
	tape_hand_out(tape, line, bytes, size);
}

void tape_raw(struct tape *tape, const uint8_t *bytes, uint32_t size_bytes)
{
	CHECK(size_bytes <= TAPE_PACKET_BYTES - MOLD64_HEADER_BYTES - 2);
	history_append(&tape->history, bytes, size_bytes);
	board_take(&tape->board, bytes, size_bytes);
	tape->next++;
	if (tape->ear != NULL)
		tape->ear(tape->ear_context, bytes, size_bytes);
	for (uint32_t i = 0; i < tape->line_count; i++)
		if (tape->next - tape->lines[i].next >= TAPE_PENDING_MAX)
			tape_cut(tape, i);
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
	tape->now_ns = now_ns;
	for (uint32_t i = 0; i < tape->line_count; i++) {
		if (tape->lines[i].next < tape->next)
			tape_cut(tape, i);
		else if (now_ns - tape->lines[i].last_packet_ns >= HEARTBEAT_NS)
			tape_sign(tape, i);
	}
}

void tape_forget(struct tape *tape)
{
	tape_flush(tape);
	history_forget(&tape->history);
}

void tape_skip(struct tape *tape, uint64_t count)
{
	tape_flush(tape);
	history_skip(&tape->history, count);
	tape->next += count;
	for (uint32_t i = 0; i < tape->line_count; i++)
		tape->lines[i].next = tape->next;
}

void tape_end(struct tape *tape)
{
	tape_flush(tape);
	tape->is_ended = true;
	for (uint32_t i = 0; i < tape->line_count; i++)
		tape_sign(tape, i);
}

void tape_session(struct tape *tape, const char *session)
{
	tape_flush(tape);
	tape_name(tape, session);
	history_clear(&tape->history);
	tape->next = 1;
	tape->is_ended = false;
	for (uint32_t i = 0; i < tape->line_count; i++)
		tape->lines[i].next = 1;
}
