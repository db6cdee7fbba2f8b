#include "tools/exchange/inbox.h"

enum verdict { ALL_TAKEN, NO_PACKET, NOT_OURS };

/* inbox_whole takes the packets at the head of the inbox and moves up what is left. */
static enum verdict inbox_whole(struct inbox *inbox, inbox_packet *take, void *context)
{
	uint32_t at = 0;
	for (;;) {
		struct soup_packet packet;
		enum soup_verdict verdict =
			soup_parse(inbox->bytes + at, inbox->used - at, &packet);
		if (verdict == SOUP_BROKEN)
			return NO_PACKET;
		if (verdict == SOUP_MORE)
			break;
		at += packet.wire_bytes;
		if (!take(context, &packet))
			return NOT_OURS;
	}
	if (at == 0 && inbox->used == sizeof inbox->bytes)
		return NO_PACKET;
	inbox->used -= at;
	memmove(inbox->bytes, inbox->bytes + at, inbox->used);
	return ALL_TAKEN;
}

bool inbox_take(struct inbox *inbox, const uint8_t *bytes, uint32_t size_bytes, inbox_packet *take,
	void *context)
{
	enum verdict verdict = ALL_TAKEN;
	while (size_bytes > 0 && verdict == ALL_TAKEN) {
		uint32_t room = (uint32_t)sizeof inbox->bytes - inbox->used;
		uint32_t piece = size_bytes < room ? size_bytes : room;
		memcpy(inbox->bytes + inbox->used, bytes, piece);
		inbox->used += piece;
		bytes += piece;
		size_bytes -= piece;
		verdict = inbox_whole(inbox, take, context);
	}
	return verdict != NO_PACKET;
}
