/* pitch_unit.h - Cboe's sequenced unit header: numbered messages in UDP packets.

   Pure codec.  A unit is a range of symbols with numbers of its own.  A packet is an 8-byte header and messages, each of
   which begins with its own length in one byte; a block is the message, that byte included.  A packet
   without messages is a heartbeat and tells the number of the next one.

   Numbers have 32 bits and go from 1 to 4,294,967,295, behind which comes 1 again; 0 means that a packet is
   not numbered: a heartbeat outside the hours, or messages that no gap is counted for.  pitch_unit_number makes 64-bit
   numbers of them that never begin anew.

   Errors     a packet shorter than its header is none; a length beyond the bytes there are or below the header, and a
              message that runs past the end or is shorter than its own two first bytes, is malformed; messages
              before it were whole and may be used. */
#ifndef SLUICE_WIRE_PITCH_UNIT_H
#define SLUICE_WIRE_PITCH_UNIT_H

#include "dataplane/wire/mold64.h"

enum {
	PITCH_UNIT_HEADER_BYTES = 8,
	PITCH_UNIT_COUNT_MAX = 255,   /* messages in a packet                   */
	PITCH_UNIT_BYTES_MAX = 65535, /* of a packet, as far as its length goes */
};

struct pitch_unit_header {
	uint32_t sequence; /* of the first message; else the next; 0: none */
	uint16_t length;   /* of the packet, header included               */
	uint8_t count, unit;
};

/* pitch_unit_parse_header reads the first 8 bytes.  false: shorter than that. */
bool pitch_unit_parse_header(
	const uint8_t *payload, uint32_t size_bytes, struct pitch_unit_header *header);

/* pitch_unit_cut reads the header of the first packet of a stream of bytes (TCP carries packets one behind the other). */
enum pitch_unit_cut {
	PITCH_UNIT_OK = 0, /* header is filled, and all its length is there    */
	PITCH_UNIT_MORE,   /* more bytes are needed                            */
	PITCH_UNIT_BROKEN, /* a length below the header's own: no such stream  */
};
enum pitch_unit_cut pitch_unit_cut(
	const uint8_t *bytes, uint32_t size_bytes, struct pitch_unit_header *header);

/* pitch_unit_parse_blocks finds up to max whole messages of a packet, as mold64_parse_blocks does. */
uint32_t pitch_unit_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes);

/* pitch_unit_number gives the 64-bit number of a 32-bit one (above 0): of those it may be the one nearest to near, which is
   the number expected next.  pitch_unit_sequence gives the 32 bits of a number (above 0). */
uint64_t pitch_unit_number(uint32_t sequence, uint64_t near);
uint32_t pitch_unit_sequence(uint64_t number);

/* pitch_unit_begin writes a header without messages; pitch_unit_append adds a message and raises count and length.
   size: bytes used so far; returns the new size, 0 if it does not fit max_bytes, the count is at its end or
   the message does not tell its own length, and then nothing was added. */
uint32_t pitch_unit_begin(uint8_t *payload, uint8_t unit, uint32_t sequence);
uint32_t pitch_unit_append(uint8_t *payload, uint32_t size, uint32_t max_bytes,
	const uint8_t *message, uint16_t message_bytes);

#endif
