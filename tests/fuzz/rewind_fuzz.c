/* rewind_fuzz.c - any datagram at the request server: silence, or whole messages that were published, under
   the number and within the count that were asked for; each request has exactly one outcome.
   rooms: tools_exchange

   An input is a script: a byte says how much is published, forgotten or skipped before, the 20 bytes and more
   behind it are the datagram. */
#include <stdlib.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/rewind.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct tape tape;
static struct rewind rewinder;

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t now_ns)
{
	(void)context, (void)line, (void)bytes, (void)size, (void)now_ns;
}

static void say(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct event event = {.kind = EVENT_DELETE, .order = tape.next, .locate = 1};
		tape_event(&tape, &event);
	}
}

static void answer_check(const uint8_t *request, const uint8_t *out, uint32_t size)
{
	struct mold64_header wanted, header;
	struct mold64_block blocks[TAPE_PACKET_BYTES / 2];
	bool is_malformed;
	uint32_t tail;
	mold64_parse_header(request, REWIND_REQUEST_BYTES, &wanted);
	if (size > TAPE_PACKET_BYTES || !mold64_parse_header(out, size, &header) ||
		memcmp(&header.session, &wanted.session, sizeof header.session) != 0 ||
		header.sequence != wanted.sequence || header.count == 0 ||
		header.count > wanted.count || header.sequence + header.count > tape.next)
		abort();
	if (mold64_parse_blocks(out, size, header.count, 0, blocks, ARRAY_COUNT(blocks),
		    &is_malformed, &tail) != header.count ||
		tail != 0)
		abort();
	for (uint32_t i = 0; i < header.count; i++)
		if (blocks[i].size_bytes != 19 ||
			load_be64(blocks[i].bytes + 11) != header.sequence + i)
			abort();
}

static void request_check(const uint8_t *bytes, uint32_t size)
{
	uint8_t out[TAPE_PACKET_BYTES];
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	if (exact == NULL)
		abort();
	memcpy(exact, bytes, size);
	uint32_t answered = rewind_answer(&rewinder, exact, size, 1, out);
	const struct rewind_counts *c = &rewinder.counts;
	if (answered != 0)
		answer_check(exact, out, answered);
	free(exact);
	if (c->requests != c->answered + c->malformed + c->other_session + c->ahead + c->gone +
				   c->limited + c->refused ||
		(answered != 0 && size != REWIND_REQUEST_BYTES))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = bytes + size;
	if (tape.packet == NULL) {
		tape_init(&tape, "DAY1", 2, 20000, on_packet, NULL);
		rewind_init(&rewinder, &tape);
	}
	tape_session(&tape, "DAY1");
	memset(&rewinder.counts, 0, sizeof rewinder.counts);
	rewinder.depth = 0;
	while (at < end) {
		uint8_t what = *at++;
		if (what == 255)
			tape_skip(&tape, 3);
		else if (what == 254)
			tape_forget(&tape);
		else if (what == 253)
			rewinder.depth = 5;
		else
			say(what & 31u);
		uint32_t most = what >= 192 ? REWIND_REQUEST_BYTES + 2 : REWIND_REQUEST_BYTES;
		uint32_t piece = end - at < most ? (uint32_t)(end - at) : most;
		request_check(at, piece);
		at += piece;
	}
	return 0;
}
