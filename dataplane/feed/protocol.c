/* protocol.c - see protocol.h. */
#include "dataplane/feed/protocol.h"

#include "dataplane/feed/glimpse.h"
#include "dataplane/feed/spin.h"
#include "dataplane/wire/deep_state.h"
#include "dataplane/wire/itch50_state.h"
#include "dataplane/wire/pitch_proxy.h"
#include "dataplane/wire/pitch_state.h"

enum { SESSION_BYTES = 10 };

_Static_assert((int)PITCH_PROXY_SIZE_MAX <= (int)PROTOCOL_REQUEST_BYTES_MAX, "a request has room");

/* text_of names a session or unit in the ten characters of a session: a word, the number, spaces. */
static void text_of(struct protocol_stream *stream, const char *word, uint32_t number)
{
	char digits[SESSION_BYTES];
	uint32_t count = 0, at = 0;
	if (stream->named == number && stream->text[0] != '\0')
		return;
	stream->named = number;
	for (uint32_t left = number; left != 0 || count == 0; left /= 10)
		digits[count++] = (char)('0' + left % 10);
	memset(stream->text, ' ', sizeof stream->text);
	for (; word[at] != '\0'; at++)
		stream->text[at] = word[at];
	while (count > 0)
		stream->text[at++] = digits[--count];
}

/* stream_is tells whether a packet's number is the wanted one; the first is wanted where none is. */
static bool stream_is(struct protocol_stream *stream, uint32_t number)
{
	if (!stream->has_number) {
		stream->has_number = true;
		stream->number = number;
	}
	return stream->number == number;
}

static enum frame_verdict mold_read(struct protocol_stream *stream, const uint8_t *payload,
	uint32_t size_bytes, uint64_t next, struct mold64_header *header)
{
	(void)stream;
	(void)next;
	return mold64_parse_header(payload, size_bytes, header) ? FRAME_NUMBERED : FRAME_MALFORMED;
}

static enum frame_verdict iextp_read(struct protocol_stream *stream, const uint8_t *payload,
	uint32_t size_bytes, uint64_t next, struct mold64_header *header)
{
	struct iextp_header segment;
	(void)next;
	/* So many messages have no room in a segment, and the count would mean the end of a session. */
	if (UNLIKELY(!iextp_parse_header(payload, size_bytes, &segment) ||
		     segment.count == MOLD64_END_OF_SESSION))
		return FRAME_MALFORMED;
	if (UNLIKELY(segment.protocol != stream->row->iextp || !stream_is(stream, segment.channel)))
		return FRAME_OTHER;
	text_of(stream, "", segment.session);
	memcpy(header->session, stream->text, SESSION_BYTES);
	header->sequence = segment.sequence;
	header->count = segment.count;
	return FRAME_NUMBERED;
}

static enum frame_verdict unit_read(struct protocol_stream *stream, const uint8_t *payload,
	uint32_t size_bytes, uint64_t next, struct mold64_header *header)
{
	struct pitch_unit_header unit;
	if (UNLIKELY(!pitch_unit_parse_header(payload, size_bytes, &unit)))
		return FRAME_MALFORMED;
	if (UNLIKELY(!stream_is(stream, unit.unit)))
		return FRAME_OTHER;
	if (UNLIKELY(unit.sequence == 0))
		return FRAME_ALIVE;
	text_of(stream, "unit ", unit.unit);
	memcpy(header->session, stream->text, SESSION_BYTES);
	header->sequence = pitch_unit_number(unit.sequence, next);
	header->count = unit.count;
	return FRAME_NUMBERED;
}

static uint32_t mold_write(const char session[10], uint64_t first, uint16_t count,
	const struct protocol_stream *stream, uint8_t out[PROTOCOL_REQUEST_BYTES_MAX])
{
	(void)stream;
	return mold64_build_request(out, session, first, count);
}

static uint32_t iextp_write(const char session[10], uint64_t first, uint16_t count,
	const struct protocol_stream *stream, uint8_t out[PROTOCOL_REQUEST_BYTES_MAX])
{
	uint32_t number = 0;
	for (int i = 0; i < SESSION_BYTES && session[i] != ' '; i++)
		number = number * 10 + (uint32_t)(session[i] - '0');
	uint32_t size = iextp_request_begin(out, stream->row->iextp, stream->number, number);
	return iextp_request_append(
		out, size, PROTOCOL_REQUEST_BYTES_MAX, first, first + count - 1);
}

static uint32_t unit_write(const char session[10], uint64_t first, uint16_t count,
	const struct protocol_stream *stream, uint8_t out[PROTOCOL_REQUEST_BYTES_MAX])
{
	(void)session;
	return pitch_proxy_gap_request(
		out, (uint8_t)stream->number, pitch_unit_sequence(first), count);
}

static void itch50_events(struct protocol_codec *codec, const struct mold64_block *blocks,
	uint32_t count, struct event *events, struct event_skips *skips)
{
	struct itch50_counts counts = {0};
	(void)codec;
	itch50_decode(blocks, count, events, &counts);
	skips->unknown += counts.unknown;
	skips->bad += counts.bad;
}

/* events_locate gives each event that has a name its locate. */
static void events_locate(struct protocol_codec *codec, struct event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].symbol == 0)
			continue;
		events[i].locate = names_locate(&codec->names, events[i].symbol);
		codec->unnamed += events[i].locate == 0;
	}
}

static void deep_events(struct protocol_codec *codec, const struct mold64_block *blocks,
	uint32_t count, struct event *events, struct event_skips *skips)
{
	deep_decode(&codec->deep, blocks, count, events, skips);
	events_locate(codec, events, count);
}

static void pitch_events(struct protocol_codec *codec, const struct mold64_block *blocks,
	uint32_t count, struct event *events, struct event_skips *skips)
{
	pitch_decode(&codec->pitch, blocks, count, events, skips);
	events_locate(codec, events, count);
}

static uint32_t itch50_state(
	const struct mold64_block *block, const struct event *event, struct state_event *said)
{
	(void)event;
	return itch50_state_decode(block, said) != STATE_EVENT_NONE;
}

static const struct protocol_row rows[PROTOCOL_COUNT] = {
	[PROTOCOL_ITCH50] = {.frame_read = mold_read,
		.blocks_read = mold64_parse_blocks,
		.request_write = mold_write,
		.decode = itch50_events,
		.state_read = itch50_state,
		.snapshot = &glimpse_talk,
		.read_past_bytes = ITCH50_READ_PAST_BYTES},
	[PROTOCOL_DEEP] = {.frame_read = iextp_read,
		.blocks_read = iextp_parse_blocks,
		.request_write = iextp_write,
		.decode = deep_events,
		.state_read = deep_state_decode,
		.iextp = IEXTP_DEEP,
		.has_names = true,
		.has_unsaid_halts = true,
		.has_long_answers = true},
	[PROTOCOL_DEEP_PLUS] = {.frame_read = iextp_read,
		.blocks_read = iextp_parse_blocks,
		.request_write = iextp_write,
		.decode = deep_events,
		.state_read = deep_state_decode,
		.iextp = IEXTP_DEEP_PLUS,
		.has_names = true,
		.has_unsaid_halts = true,
		.has_long_answers = true},
	[PROTOCOL_PITCH] = {.frame_read = unit_read,
		.blocks_read = pitch_unit_parse_blocks,
		.request_write = unit_write,
		.decode = pitch_events,
		.state_read = pitch_state_decode,
		.snapshot = &spin_talk,
		.has_names = true,
		.has_proxy = true,
		.has_long_answers = true},
};

const struct protocol_row *protocol_row_of(enum protocol protocol)
{
	return &rows[protocol];
}

void protocol_stream_init(struct protocol_stream *stream, const struct channel_config *config)
{
	memset(stream, 0, sizeof *stream);
	stream->row = &rows[config->protocol];
	stream->has_number = config->has_number != 0;
	stream->number = config->number;
}

void protocol_codec_init(
	struct protocol_codec *codec, enum protocol protocol, const struct site_config *site)
{
	memset(codec, 0, sizeof *codec);
	codec->row = &rows[protocol];
	deep_init(
		&codec->deep, protocol == PROTOCOL_DEEP_PLUS ? DEEP_FEED_ORDERS : DEEP_FEED_LEVELS);
	pitch_init(&codec->pitch);
	if (codec->row->has_names)
		names_init(&codec->names, site);
}

void protocol_codec_return(struct protocol_codec *codec)
{
	if (codec->row->has_names)
		names_return(&codec->names);
}

void protocol_codec_forget(struct protocol_codec *codec)
{
	deep_forget(&codec->deep);
	pitch_forget(&codec->pitch);
}
