/* fix_fuzz.c - any bytes as a stream of FIX: frames lie inside it, and what was read without a fault and written
   again reads the same.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "tests/support/fix_equal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void message_check(const struct fix_frame *frame)
{
	static uint8_t out[2 * FIX_MESSAGE_BYTES_MAX];
	struct fix_message message, again;
	struct fix_frame built;
	fix_parse(frame->bytes, frame->size_bytes, &message);
	if (message.reason != FIX_NO_REASON || message.version == FIX_VERSION_OTHER ||
		message.type <= FIX_MSG_FOREIGN)
		return;
	uint32_t size = fix_build(out, sizeof out, &message, FIX_NANOS);
	if (size == 0)
		return; /* times grew by their nanoseconds beyond what fits */
	if (fix_cut(out, size, &built) != FIX_WHOLE || built.size_bytes != size)
		abort();
	fix_parse(built.bytes, built.size_bytes, &again);
	if (again.reason != FIX_NO_REASON)
		abort();
	/* A report may have had tags that are not of its type: they are not written. */
	if (memcmp(again.present, message.present, sizeof again.present) == 0 &&
		!fix_equal_tags(&message, &again))
		abort();
}

/* What is left out leaves a message of the same type and number, and nothing that could be left out again. */
static void shorten_check(const struct fix_frame *frame)
{
	static uint8_t out[FIX_FRAME_BYTES_MAX], again[FIX_FRAME_BYTES_MAX];
	struct fix_message before, after;
	struct fix_frame cut;
	uint32_t size = fix_shorten(out, sizeof out, frame->bytes, frame->size_bytes);
	if (size == 0 || fix_cut(out, size, &cut) != FIX_WHOLE || cut.size_bytes != size)
		abort();
	fix_parse(frame->bytes, frame->size_bytes, &before);
	fix_parse(out, size, &after);
	if (after.type != before.type || after.version != before.version ||
		after.sequence != before.sequence || after.foreign_count != 0)
		abort();
	if (fix_shorten(again, sizeof again, out, size) != size || memcmp(again, out, size) != 0)
		abort();
}

/* frame_of makes a frame around the bytes, so that the body is reached without guessing a sum. */
static void frame_of(const uint8_t *bytes, size_t size)
{
	static uint8_t frame[FIX_MESSAGE_BYTES_MAX];
	struct fix_message header;
	struct fix_frame whole;
	if (size < 2 || size > 2048)
		return;
	fix_begin_type(&header, (enum fix_version)(bytes[0] & 1),
		(enum fix_type)(
			FIX_MSG_FOREIGN + 1 + bytes[1] % (FIX_MSG_COUNT - FIX_MSG_FOREIGN - 1)));
	uint32_t built = fix_build_around(
		frame, sizeof frame, &header, bytes + 2, (uint32_t)(size - 2), FIX_MILLIS);
	if (fix_cut(frame, built, &whole) == FIX_WHOLE) {
		message_check(&whole);
		shorten_check(&whole);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fix_frame frame;
	size_t at = 0;
	while (at < size) {
		enum fix_cut_verdict verdict = fix_cut(bytes + at, (uint32_t)(size - at), &frame);
		if (verdict == FIX_MORE)
			break;
		if (frame.taken_bytes == 0 || frame.taken_bytes > size - at)
			abort();
		if (verdict == FIX_WHOLE) {
			if (frame.bytes != bytes + at || frame.size_bytes != frame.taken_bytes)
				abort();
			message_check(&frame);
			shorten_check(&frame);
		}
		at += frame.taken_bytes;
	}
	frame_of(bytes, size);
	return 0;
}
