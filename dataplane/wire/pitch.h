/* pitch.h - Cboe PITCH 2.x for US equities: messages to events, and back.

   Orders by a 64-bit id.  Only what adds an order, and what is said of an instrument, carries a symbol: all that happens to an
   order later has EVENT_FLAG_NO_LOCATE, and the book knows whose it is.  Prices come in two widths, symbols in 6
   or 8 characters; events have one of each.

   A time message tells whole seconds since New York's midnight and every other message the nanoseconds on top.
   Until the first one, and after pitch_forget, the second is unknown and exch_ns is 0.

   Letters become those of event.h: accepting orders and quote-only are Q, suspended is halted (H).  pitch_fields and
   little_value give every field of one message as the wire has it.

   Pure, but for the struct it is given.
   Errors     an unknown type, and a message shorter than its type, becomes EVENT_NONE (type and size stay, all else is 0)
              and is counted; a longer one is read and its tail ignored. */
#ifndef SLUICE_WIRE_PITCH_H
#define SLUICE_WIRE_PITCH_H

#include "dataplane/wire/event.h"
#include "dataplane/wire/little.h"
#include "dataplane/wire/mold64.h"

enum { PITCH_SIZE_MAX = 47, PITCH_TIME_BYTES = 6 };

/* What a decoder, or a writer, remembers from message to message. */
struct pitch {
	uint32_t second; /* since midnight; valid if has_second */
	bool has_second;
};

/* pitch_init begins without a second; pitch_forget is told that messages were lost. */
void pitch_init(struct pitch *pitch);
void pitch_forget(struct pitch *pitch);

/* pitch_decode decodes count messages (their length byte first) into events, one each and in order, EVENT_NONE for what it
   skips and for time messages; adds what it skipped to skips.  No byte behind a message is read. */
void pitch_decode(struct pitch *pitch, const struct mold64_block *blocks, uint32_t count,
	struct event *events, struct event_skips *skips);

/* pitch_size gives a type's size on the wire; 0: unknown type. */
uint8_t pitch_size(uint8_t type);

/* pitch_fields lists a type's fields in wire order, length and type first; returns how many, 0: unknown. */
uint32_t pitch_fields(uint8_t type, const struct little_field **fields, const char **message_name);

/* pitch_encode_time writes the time message that must come before an event of another second than the writer's last
   one, and remembers it; returns PITCH_TIME_BYTES, or 0: the second is the same. */
uint32_t pitch_encode_time(
	struct pitch *pitch, const struct event *event, uint8_t out[PITCH_SIZE_MAX]);

/* pitch_encode writes the message that an event stands for, in the shortest form that holds it.  Returns its size,
   0: PITCH has no such message, or a price below 0.  For the exchange simulator, the generator and tests. */
uint32_t pitch_encode(const struct event *event, uint8_t out[PITCH_SIZE_MAX]);

#endif
