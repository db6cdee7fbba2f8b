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
#define TEXT_LOAD(member, at) memcpy(member, at, sizeof(member))

#define U8_STORE(member, at)   (*(at) = (member))
#define U16_STORE(member, at)  store_be16(at, member)
#define U32_STORE(member, at)  store_be32(at, member)
#define U64_STORE(member, at)  store_be64(at, member)
#define NAME_STORE(member, at) memcpy(at, &(member), sizeof(member))
#define TEXT_STORE(member, at) memcpy(at, member, sizeof(member))

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
