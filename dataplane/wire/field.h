/* field.h - how the fields of a big-endian message go into a struct and come out again.

   The .def files of the order protocols name a kind for each field; these are the loads and stores of the kinds.
   A member has the size of its field, so a codec that includes the rows is straight-line code at constant
   offsets.

     U8 U16 U32 U64  unsigned, a single character is U8
     NAME            8 characters, kept as symbol_pack keeps them
     TEXT            characters, as they stand

   Pure. */
#ifndef SLUICE_WIRE_FIELD_H
#define SLUICE_WIRE_FIELD_H

#include "config/base.h"

#define U8_LOAD(member, at)   ((member) = *(at))
#define U16_LOAD(member, at)  ((member) = load_be16(at))
#define U32_LOAD(member, at)  ((member) = load_be32(at))
#define U64_LOAD(member, at)  ((member) = load_be64(at))
#define NAME_LOAD(member, at) memcpy(&(member), at, sizeof(member))
#define TEXT_LOAD(member, at) field_text(member, at, sizeof(member))

#define U8_STORE(member, at)   (*(at) = (member))
#define U16_STORE(member, at)  store_be16(at, member)
#define U32_STORE(member, at)  store_be32(at, member)
#define U64_STORE(member, at)  store_be64(at, member)
#define NAME_STORE(member, at) memcpy(at, &(member), sizeof(member))
#define TEXT_STORE(member, at) field_text(at, member, sizeof(member))

/* Whether a message on the wire has another value there, 0: it has not.  Each reads what a store of its kind wrote. */
#define U8_DIFFERS(member, at)   ((uint64_t)((member) ^ *(at)))
#define U16_DIFFERS(member, at)  ((uint64_t)((member) ^ load_be16(at)))
#define U32_DIFFERS(member, at)  ((uint64_t)((member) ^ load_be32(at)))
#define U64_DIFFERS(member, at)  ((member) ^ load_be64(at))
#define NAME_DIFFERS(member, at) field_differs(&(member), at, sizeof(member))
#define TEXT_DIFFERS(member, at) field_differs(member, at, sizeof(member))

/* field_text copies a text by pieces of 8, 4, 2 and 1 bytes that do not overlap, and field_differs compares by the same, 0: they
   are equal: a load that spans two stores waits until both are in the cache. */
static inline __attribute__((always_inline)) void field_text(
	void *to, const void *from, size_t size_bytes)
{
	char *target = to;
	const char *source = from;
	for (; size_bytes >= 8; size_bytes -= 8, target += 8, source += 8)
		memcpy(target, source, 8);
	if ((size_bytes & 4) != 0)
		memcpy(target, source, 4), target += 4, source += 4;
	if ((size_bytes & 2) != 0)
		memcpy(target, source, 2), target += 2, source += 2;
	if ((size_bytes & 1) != 0)
		*target = *source;
}

static inline __attribute__((always_inline)) uint64_t field_differs(
	const void *member, const uint8_t *wire, size_t size_bytes)
{
	const uint8_t *ours = member;
	uint64_t differs = 0, eight[2];
	uint32_t four[2];
	uint16_t two[2];
	for (; size_bytes >= 8; size_bytes -= 8, ours += 8, wire += 8) {
		memcpy(&eight[0], ours, 8), memcpy(&eight[1], wire, 8);
		differs |= eight[0] ^ eight[1];
	}
	if ((size_bytes & 4) != 0) {
		memcpy(&four[0], ours, 4), memcpy(&four[1], wire, 4);
		differs |= four[0] ^ four[1], ours += 4, wire += 4;
	}
	if ((size_bytes & 2) != 0) {
		memcpy(&two[0], ours, 2), memcpy(&two[1], wire, 2);
		differs |= (uint64_t)(two[0] ^ two[1]), ours += 2, wire += 2;
	}
	if ((size_bytes & 1) != 0)
		differs |= (uint64_t)(*ours ^ *wire);
	return differs;
}

/* field_clear zeroes a whole message in 16-byte stores: for this size gcc would turn a memset into
   `rep stos`, which takes longer to start than the rest of the decoder to run. */
typedef uint64_t field_line __attribute__((vector_size(16), aligned(8), may_alias));

static inline __attribute__((always_inline)) void field_clear(field_line *line, size_t size_bytes)
{
#pragma GCC unroll 32
	for (size_t i = 0; i < size_bytes / sizeof *line; i++)
		line[i] = (field_line){0, 0};
}

#endif
