/* mold64.h - MoldUDP64 1.00: numbered messages in UDP packets.

   Pure codec: header, blocks, heartbeats, end of session, requests.  Which message is new is the
   arbiter's question, not the codec's.

   Errors     a packet shorter than its header, or a block that runs past the end, is malformed; blocks
              before it were whole and may be used. */
#ifndef SLUICE_WIRE_MOLD64_H
#define SLUICE_WIRE_MOLD64_H

#include "config/base.h"
#include "config/limits.h"

enum {
	MOLD64_HEADER_BYTES = 20,
	MOLD64_HEARTBEAT = 0,           /* count of a heartbeat              */
	MOLD64_END_OF_SESSION = 0xFFFF, /* count of an end-of-session packet */
	MOLD64_BLOCK_COUNT_MAX = (PACKET_BYTES_MAX - MOLD64_HEADER_BYTES) / 2,
};

struct mold64_header {
	char session[10];  /* raw bytes, may hold zeros            */
	uint64_t sequence; /* of the first message; else the next  */
	uint16_t count;
};

/* One message inside a packet: bytes point into it. */
struct mold64_block {
	const uint8_t *bytes;
	uint32_t size_bytes;
};

/* mold64_parse_header reads the first 20 bytes.  false: shorter than that. */
bool mold64_parse_header(const uint8_t *payload, uint32_t size_bytes, struct mold64_header *header);

/* mold64_parse_blocks finds up to max whole blocks of a data packet, starting with block number `first`
   (0-based).  Returns how many; *is_malformed is set if a block before count ran past the end.  When the
   packet's last block was reached *tail_bytes counts what is left behind it, else it is 0.  A packet of
   PACKET_BYTES_MAX has at most MOLD64_BLOCK_COUNT_MAX blocks. */
uint32_t mold64_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes);

/* mold64_begin writes a header with count 0; mold64_append adds a block and raises the count.
   size: bytes used so far; returns the new size, 0 if it does not fit max_bytes or the count is at its
   end (65,534), and then nothing was added. */
uint32_t mold64_begin(uint8_t *payload, const char session[10], uint64_t sequence);
uint32_t mold64_append(uint8_t *payload, uint32_t size, uint32_t max_bytes, const uint8_t *message,
	uint16_t message_bytes);

/* mold64_build_request asks a request server for count messages (1 .. 65,534) from sequence on; returns its
   size.  The answer is a downstream packet with as many whole messages as fit it. */
uint32_t mold64_build_request(
	uint8_t *payload, const char session[10], uint64_t sequence, uint16_t count);

#endif
