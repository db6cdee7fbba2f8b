/* iextp.h - IEX-TP 1.26: numbered messages in segments, and the request that fills a gap.

   Pure codec.  A segment is a 40-byte header and blocks, each a 16-bit length and a message; all numbers
   are little-endian.  A segment without messages is a heartbeat: it tells the number of the next one.  The lines A
   and B carry the same messages and may cut them differently, and a session lasts a day.

   A gap is asked for by ranges of numbers over UDP; the answer is segments like any others.

   Errors     a segment shorter than its header or of another version is none; a payload length beyond
              the bytes there are, and a block that runs past the end, is malformed; blocks before it were whole and
              may be used. */
#ifndef SLUICE_WIRE_IEXTP_H
#define SLUICE_WIRE_IEXTP_H

#include "dataplane/wire/mold64.h"

enum {
	IEXTP_HEADER_BYTES = 40,
	IEXTP_VERSION = 1,
	IEXTP_DEEP = 0x8004, /* message protocols */
	IEXTP_DEEP_PLUS = 0x8005,
	IEXTP_REQUEST_HEADER_BYTES = 16,
	IEXTP_RANGE_BYTES = 16,
	IEXTP_REQUEST_MESSAGE_COUNT_MAX = 1000, /* that IEX answers over UDP, all ranges together */
};

struct iextp_header {
	uint16_t protocol, count;
	uint32_t channel, session;
	uint32_t payload_bytes; /* of the blocks, as the segment says */
	uint64_t stream_offset; /* bytes of payload before this one   */
	uint64_t sequence;      /* of the first message; else the next */
	uint64_t sent_ns;       /* since 1970 UTC                     */
};

/* iextp_parse_header reads the first 40 bytes.  false: shorter than that, or another version. */
bool iextp_parse_header(const uint8_t *payload, uint32_t size_bytes, struct iextp_header *header);

/* iextp_parse_blocks finds up to max whole blocks of a segment, as mold64_parse_blocks does. */
uint32_t iextp_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes);

/* iextp_begin writes a header with count and payload length 0, whatever header has there; iextp_append adds a block and
   raises both.  size: bytes used so far; returns the new size, 0 if it does not fit max_bytes or the numbers
   are at their end, and then nothing was added. */
uint32_t iextp_begin(uint8_t *payload, const struct iextp_header *header);
uint32_t iextp_append(uint8_t *payload, uint32_t size, uint32_t max_bytes, const uint8_t *message,
	uint16_t message_bytes);

/* iextp_request_begin writes a request for no range (a test of the way there), iextp_request_append adds the
   messages first .. last.  Ranges rise and do not overlap.  Returns the new size; 0: it does not fit, or the range does
   not rise, and then nothing was added. */
uint32_t iextp_request_begin(
	uint8_t *request, uint16_t protocol, uint32_t channel, uint32_t session);
uint32_t iextp_request_append(
	uint8_t *request, uint32_t size, uint32_t max_bytes, uint64_t first, uint64_t last);

/* What a request asks for. */
struct iextp_range {
	uint64_t first, last;
};

/* iextp_parse_request reads a request by message numbers; the ranges are up to max.  Returns how many;
   -1: it is not one, or its ranges fall, overlap, or are more than max or than its bytes. */
int iextp_parse_request(const uint8_t *request, uint32_t size_bytes, struct iextp_header *header,
	struct iextp_range *ranges, uint32_t max);

#endif
