/* protocol.h - what a channel may speak: one row for each protocol, and nothing else knows which it is.

   A row has a framing and a codec.  The framing makes of a packet what MoldUDP64 would have said: a session of ten
   characters, a 64-bit number of the first message (or of the next), a count, blocks.  The codec makes
   events of blocks and, of rare messages, events of state.  Channel, arbiter and gap speak of numbers and blocks, quotes and books of
   events.

     row      framing     session           events of                             asks                  snapshot
     itch50   MoldUDP64   as it stands      orders, locates on the wire           datagrams             GLIMPSE
     deep     IEX-TP      its number        price levels, names                   datagrams             none
     deep+    IEX-TP      its number        orders, names                         datagrams             none
     pitch    units       "unit 31"         orders, names in some, the order      a proxy; answers      spin server
                                            in the others                         on lines of their own

   Owner      protocol_stream: one channel; protocol_codec: its quotes.
   Errors     a packet that is not of the stream, or no packet at all, has a verdict; nothing was changed then. */
#ifndef SLUICE_FEED_PROTOCOL_H
#define SLUICE_FEED_PROTOCOL_H

#include "dataplane/feed/names.h"
#include "dataplane/wire/deep.h"
#include "dataplane/wire/iextp.h"
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/pitch.h"
#include "dataplane/wire/pitch_unit.h"
#include "dataplane/wire/state_event.h"

struct snapshot_talk;

enum { PROTOCOL_REQUEST_BYTES_MAX = IEXTP_REQUEST_HEADER_BYTES + IEXTP_RANGE_BYTES };

enum frame_verdict {
	FRAME_NUMBERED = 0, /* header is filled                                     */
	FRAME_ALIVE,        /* without a number: says only that the line lives      */
	FRAME_OTHER,        /* of another protocol, channel or unit                 */
	FRAME_MALFORMED,    /* shorter than a header, or no such header             */
};

/* What a framing remembers of its stream. */
struct protocol_stream {
	const struct protocol_row *row;
	bool has_number; /* wanted, or the first that came       */
	uint32_t number; /* IEX-TP: channel; PITCH: unit         */
	uint32_t named;  /* the session or unit that text names  */
	char text[10];
};

/* What a codec remembers from message to message. */
struct protocol_codec {
	const struct protocol_row *row;
	uint64_t unnamed; /* messages of names that found no locate */
	struct names names;
	struct deep deep;
	struct pitch pitch;
};

struct protocol_row {
	/* frame_read reads a packet; next is the number expected next. */
	enum frame_verdict (*frame_read)(struct protocol_stream *stream, const uint8_t *payload,
		uint32_t size_bytes, uint64_t next, struct mold64_header *header);

	/* blocks_read is mold64_parse_blocks of this framing. */
	uint32_t (*blocks_read)(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
		uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
		uint32_t *tail_bytes);

	/* request_write asks a server for count messages from number first on; returns the request's size. */
	uint32_t (*request_write)(const char session[10], uint64_t first, uint16_t count,
		const struct protocol_stream *stream, uint8_t out[PROTOCOL_REQUEST_BYTES_MAX]);

	/* decode makes one event of each block, with its locate. */
	void (*decode)(struct protocol_codec *codec, const struct mold64_block *blocks,
		uint32_t count, struct event *events, struct event_skips *skips);

	/* state_read makes up to STATE_EVENTS_OF_MESSAGE_MAX events of state of a message that is one. */
	uint32_t (*state_read)(const struct mold64_block *block, const struct event *event,
		struct state_event *said);

	const struct snapshot_talk *snapshot; /* NULL: no snapshot is built for it */

	uint32_t read_past_bytes; /* that decode reads behind a block      */
	uint16_t iextp;           /* of IEX-TP: which of its protocols      */
	bool has_names;           /* names, no locates                      */
	bool has_proxy;        /* requests go over a connection (proxy.h), answers come on lines */
	bool has_long_answers; /* an answer is more packets than one     */
	bool has_unsaid_halts; /* the venue says of each symbol that it does not halt it */
};

/* protocol_row_of gives a protocol's row. */
const struct protocol_row *protocol_row_of(enum protocol protocol);

/* protocol_stream_init begins as the site says. */
void protocol_stream_init(struct protocol_stream *stream, const struct channel_config *config);

/* protocol_codec_init takes memory for names where there are some; protocol_codec_return gives it back. */
void protocol_codec_init(
	struct protocol_codec *codec, enum protocol protocol, const struct site_config *site);
void protocol_codec_return(struct protocol_codec *codec);

/* protocol_codec_forget is told that messages may be lost. */
void protocol_codec_forget(struct protocol_codec *codec);

#endif
