/* itch50_kernel.h - what the decoders of itch50.h share: the table of types and the one slow path.

   A kernel looks a message's first byte up here, compares its length and turns it into an event; the
   few messages that are unknown, empty or shorter than their type all leave through itch50_skip, so
   that every kernel counts and writes them alike.

   Owner      the wire room; read-only after the build.
   Invariant  a type that is not in itch50.def has row 0. */
#ifndef SLUICE_WIRE_ITCH50_KERNEL_H
#define SLUICE_WIRE_ITCH50_KERNEL_H

#include "dataplane/wire/itch50.h"

struct itch50_type {
	uint16_t size_min; /* on the wire                              */
	uint16_t row;      /* of itch50_event.def, from 1; 0: unknown  */
};
extern const struct itch50_type itch50_types[256];

/* The rows of itch50_event.def by number. */
enum itch50_row {
	ITCH50_ROW_NONE = 0,
#define ROW(name, ...) ITCH50_ROW_##name,
#include "dataplane/wire/itch50_event.def"
#undef ROW
	ITCH50_ROW_COUNT,
};

/* itch50_is_whole tells whether a message can be read: its type is known and its bytes are there. */
static inline bool itch50_is_whole(struct itch50_type type, uint32_t size_bytes)
{
	return !((type.row == ITCH50_ROW_NONE) | (size_bytes < type.size_min));
}

/* itch50_skip writes the EVENT_NONE of a message that cannot be read (type and size, all else 0) and
   counts why. */
void itch50_skip(
	const struct mold64_block *block, struct event *event, struct itch50_counts *counts);

itch50_kernel itch50_decode_scalar, itch50_decode_avx2, itch50_decode_avx512;
itch50_reader itch50_read_avx512;

#endif
