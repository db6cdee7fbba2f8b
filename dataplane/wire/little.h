/* little.h - little-endian wires: loads, stores, and a message's fields as a table tells them.

   Most venues but NASDAQ write the least significant byte first.  The loads and stores are at any alignment; a field
   says where a value stands in a message, so that tools, state and tests read every field of every
   message from the tables that the decoders were made of.

   Pure. */
#ifndef SLUICE_WIRE_LITTLE_H
#define SLUICE_WIRE_LITTLE_H

#include "config/base.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the loads copy bytes as they stand");

static inline uint16_t little_load16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t little_load32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint64_t little_load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline void little_store16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof v);
}

static inline void little_store32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof v);
}

static inline void little_store64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof v);
}

/* One field of one message. */
struct little_field {
	const char *name;
	uint8_t offset, bytes;
	char kind; /* U unsigned, A characters, P price with 4 decimals, Q price with 2 decimals */
};

/* little_value reads a field of up to 8 bytes as an unsigned number. */
static inline uint64_t little_value(const uint8_t *message, const struct little_field *field)
{
	uint64_t v = 0;
	memcpy(&v, message + field->offset, field->bytes);
	return v;
}

#endif
