/* itch50.h - NASDAQ TotalView-ITCH 5.0: messages to events, a burst at a time.

   itch50_decode turns many messages into 64-byte events with the best kernel this machine has; every
   kernel gives the same bytes (tests/agree).  itch50_fields and itch50_field_value give every field of
   one message, for tools, state and tests; the layout comes from itch50.def.

   Pure.
   Errors     an unknown type, and a message shorter than its type, becomes EVENT_NONE (type and size
              stay, all else is 0) and is counted; a longer one is read and its tail ignored. */
#ifndef SLUICE_WIRE_ITCH50_H
#define SLUICE_WIRE_ITCH50_H

#include "dataplane/wire/event.h"
#include "dataplane/wire/mold64.h"

enum { ITCH50_SIZE_MAX = 50, ITCH50_READ_PAST_BYTES = 64 };

struct itch50_counts {
	uint32_t unknown; /* types not in the table    */
	uint32_t bad;     /* shorter than their type   */
};

/* itch50_split finds up to max whole messages of a daily file or a packet's blocks: each is a 16-bit
   big-endian length and the message.  Returns how many; *used_bytes is where the next one begins. */
uint32_t itch50_split(const uint8_t *bytes, size_t size_bytes, struct mold64_block *blocks,
	uint32_t max, size_t *used_bytes);

/* itch50_decode decodes count messages into events, one each and in order (EVENT_NONE for what it
   skips), and adds what it skipped to counts.  ITCH50_READ_PAST_BYTES beyond the end of each message
   must be readable memory; their content does not matter. */
void itch50_decode(const struct mold64_block *blocks, uint32_t count, struct event *events,
	struct itch50_counts *counts);

/* itch50_read is itch50_split and itch50_decode in one pass, so that the walk from length to length, of
   which each step waits for the one before, hides behind the decoding.  ITCH50_READ_PAST_BYTES beyond
   size_bytes must be readable. */
uint32_t itch50_read(const uint8_t *bytes, size_t size_bytes, struct event *events, uint32_t max,
	size_t *used_bytes, struct itch50_counts *counts);

/* The kernels, in order of preference; NULL for one above what the machine has or was forced to. */
typedef void itch50_kernel(
	const struct mold64_block *, uint32_t, struct event *, struct itch50_counts *);
itch50_kernel *itch50_kernel_of(int isa);
typedef uint32_t itch50_reader(
	const uint8_t *, size_t, struct event *, uint32_t, size_t *, struct itch50_counts *);
itch50_reader *itch50_reader_of(int isa);

/* itch50_size gives a type's size on the wire; 0: unknown type. */
uint8_t itch50_size(uint8_t type);

/* One field of one message, as the tables name it. */
struct itch50_field {
	const char *name;
	uint8_t offset, bytes;
	char kind; /* U, A, P */
};

/* itch50_fields lists a type's fields in wire order, common header first; returns how many, 0: unknown. */
uint32_t itch50_fields(uint8_t type, const struct itch50_field **fields, const char **message_name);

/* itch50_field_value reads an unsigned field from a message; characters are read by their offset. */
uint64_t itch50_field_value(const uint8_t *message, const struct itch50_field *field);

/* Writing any message field by field, for tools and tests: itch50_blank writes one whose numbers are 0 and
   whose characters are spaces and returns its size (0: unknown type); itch50_field_of finds a field by
   its name in itch50.def (NULL: no such); the others fill it: false, and nothing is written, if the value
   is too big or the text too long for the field. */
uint32_t itch50_blank(uint8_t type, uint8_t out[ITCH50_SIZE_MAX]);
const struct itch50_field *itch50_field_of(uint8_t type, const char *name);
bool itch50_field_write(uint8_t *message, const struct itch50_field *field, uint64_t value);
bool itch50_text_write(uint8_t *message, const struct itch50_field *field, const char *text);

/* itch50_encode writes the message that an event stands for (kinds with full round trip: ADD, EXECUTE,
   EXECUTE_AT, REDUCE, DELETE, REPLACE, TRADE, CROSS, BREAK, SYSTEM, DIRECTORY, STATE, OPERATIONAL,
   SHORT_SALE); what an event does not carry is written as the venue writes it for a common stock.
   Returns its size, 0: no such message, or the price is not in 0 .. UINT32_MAX.  For the exchange simulator and the generator. */
uint32_t itch50_encode(const struct event *event, uint8_t out[ITCH50_SIZE_MAX]);

#endif
