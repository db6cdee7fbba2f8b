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
#define TEXT_LOAD(member, at) OF_TEXT(member, field_text4, field_text14)(member, at)

#define U8_STORE(member, at)   (*(at) = (member))
#define U16_STORE(member, at)  store_be16(at, member)
#define U32_STORE(member, at)  store_be32(at, member)
#define U64_STORE(member, at)  store_be64(at, member)
#define NAME_STORE(member, at) memcpy(at, &(member), sizeof(member))
#define TEXT_STORE(member, at) OF_TEXT(member, field_text4, field_text14)(at, member)

/* Whether a message on the wire has another value there, 0: it has not.  Each reads what a store of its kind wrote. */
#define U8_DIFFERS(member, at)   ((uint64_t)((member) ^ *(at)))
#define U16_DIFFERS(member, at)  ((uint64_t)((member) ^ load_be16(at)))
#define U32_DIFFERS(member, at)  ((uint64_t)((member) ^ load_be32(at)))
#define U64_DIFFERS(member, at)  ((member) ^ load_be64(at))
#define NAME_DIFFERS(member, at) field_differs8(&(member), at)
#define TEXT_DIFFERS(member, at) OF_TEXT(member, field_differs4, field_differs14)(member, at)

/* What is done with a text of one of both sizes; another does not compile. */
#define OF_TEXT(member, four, fourteen)                                                            \
	_Generic(&(member), char(*)[4]                                                             \
		 : four, const char(*)[4]                                                          \
		 : four, char(*)[14]                                                               \
		 : fourteen, const char(*)[14]                                                     \
		 : fourteen)

/* A text has 4 or 14 characters.  It is copied by pieces of 8, 4 and 2 bytes that do not overlap, and compared by the same, 0:
   equal: a load that spans two stores waits until both are in the cache. */
static inline __attribute__((always_inline)) void field_text4(void *to, const void *from)
{
	memcpy(to, from, 4);
}

static inline __attribute__((always_inline)) void field_text14(void *to, const void *from)
{
	char *target = to;
	const char *source = from;
	memcpy(target, source, 8);
	memcpy(target + 8, source + 8, 4);
	memcpy(target + 12, source + 12, 2);
}

static inline __attribute__((always_inline)) uint64_t field_differs4(
	const void *member, const uint8_t *wire)
{
	uint32_t four[2];
	memcpy(&four[0], member, 4), memcpy(&four[1], wire, 4);
	return four[0] ^ four[1];
}

static inline __attribute__((always_inline)) uint64_t field_differs8(
	const void *member, const uint8_t *wire)
{
	uint64_t eight[2];
	memcpy(&eight[0], member, 8), memcpy(&eight[1], wire, 8);
	return eight[0] ^ eight[1];
}

static inline __attribute__((always_inline)) uint64_t field_differs14(
	const void *member, const uint8_t *wire)
{
	const char *ours = member;
	uint16_t two[2];
	memcpy(&two[0], ours + 12, 2), memcpy(&two[1], wire + 12, 2);
	return field_differs8(ours, wire) | field_differs4(ours + 8, wire + 8) |
	       (uint64_t)(two[0] ^ two[1]);
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
