/* One load of 64 bytes, one byte permutation that places and swaps every field, one AND that widens and
   maps the side, one OR for the kind: an event without a branch on its type.  Reading 64 bytes from a
   message's first byte is what ITCH50_READ_PAST_BYTES promises. */
#include <immintrin.h>

#include "dataplane/wire/itch50_kernel.h"

/* clang-format off */
/* Where each byte of a field comes from. */
#define FROM_NIL1(o)  0
#define FROM_RAW1(o)  (o)
#define FROM_NIL4(o)  0, 0, 0, 0
#define FROM_BE4(o)   (o) + 3, (o) + 2, (o) + 1, (o)
#define FROM_RAW4(o)  (o), (o) + 1, (o) + 2, (o) + 3
#define FROM_NIL(o)   FROM_NIL4(o), FROM_NIL4(o)
#define FROM_BE8(o)   FROM_BE4((o) + 4), FROM_BE4(o)
#define FROM_RAW8(o)  FROM_RAW4(o), FROM_RAW4((o) + 4)
/* Which of its bits stay. */
#define NONE1 0
#define ALL1  0xFF
#define NONE4 0, 0, 0, 0
#define ALL4  0xFF, 0xFF, 0xFF, 0xFF
#define KEEP_NIL  NONE4, NONE4
#define KEEP_BE8  ALL4, ALL4
#define KEEP_RAW8 ALL4, ALL4
/* A field of eight bytes that holds four, a field of four, a field of one. */
#define FROM8_NIL(o)  FROM_NIL(o)
#define FROM8_BE8(o)  FROM_BE8(o)
#define FROM8_RAW8(o) FROM_RAW8(o)
#define FROM8_BE4(o)  FROM_BE4(o), FROM_NIL4(o)
#define FROM8_RAW4(o) FROM_RAW4(o), FROM_NIL4(o)
#define KEEP8_NIL     NONE4, NONE4
#define KEEP8_BE8     ALL4, ALL4
#define KEEP8_RAW8    ALL4, ALL4
#define KEEP8_BE4     ALL4, NONE4
#define KEEP8_RAW4    ALL4, NONE4
#define FROM4_NIL(o)  FROM_NIL4(o)
#define FROM4_BE4(o)  FROM_BE4(o)
#define KEEP4_NIL     NONE4
#define KEEP4_BE4     ALL4
#define FROM1_NIL(o)  0
#define FROM1_SIDE(o) (o)
#define FROM1_RAW1(o) (o)
#define KEEP1_NIL     NONE1
#define KEEP1_SIDE    1
#define KEEP1_RAW1    ALL1

struct itch50_permutation {
	_Alignas(64) uint8_t from[64];
	uint8_t keep[64];
	uint8_t kind[64];
};

static const struct itch50_permutation permutations[ITCH50_ROW_COUNT] = {
#define ROW(name, event_kind, os, oo, xs, xo, ys, yo, ms, mo, ps, po, qs, qo, ss, so, cs, co)       \
	[ITCH50_ROW_##name] = {                                                                     \
		.from = {FROM8_##os(oo), FROM8_##xs(xo), FROM8_##ys(yo), FROM8_##ms(mo),            \
			FROM8_##ps(po), 10, 9, 8, 7, 6, 5, 0, 0, FROM4_##qs(qo), 2, 1, 4, 3,        \
			0, 0, FROM1_##ss(so), FROM1_##cs(co), FROM_NIL4(0)},                        \
		.keep = {KEEP8_##os, KEEP8_##xs, KEEP8_##ys, KEEP8_##ms, KEEP8_##ps, ALL4, ALL1,    \
			ALL1, NONE1, NONE1, KEEP4_##qs, ALL4, NONE1, ALL1, KEEP1_##ss, KEEP1_##cs,  \
			NONE4},                                                                     \
		.kind = {[56] = (event_kind)},                                                      \
	},
#include "dataplane/wire/itch50_event.def"
#undef ROW
};
/* clang-format on */

void itch50_decode_avx512(const struct mold64_block *blocks, uint32_t count, struct event *events,
	struct itch50_counts *counts)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *p = blocks[i].bytes;
		uint32_t size_bytes = blocks[i].size_bytes;
		struct itch50_type type = itch50_types[p[0]];
		if (UNLIKELY(!itch50_is_whole(type, size_bytes))) {
			itch50_skip(&blocks[i], &events[i], counts);
			continue;
		}
		const struct itch50_permutation *row = &permutations[type.row];
		__m512i message = _mm512_loadu_si512(p);
		__m512i placed = _mm512_permutexvar_epi8(_mm512_load_si512(row->from), message);
		/* (placed AND keep) OR kind */
		__m512i event = _mm512_ternarylogic_epi64(
			placed, _mm512_load_si512(row->keep), _mm512_load_si512(row->kind), 0xEA);
		event = _mm512_mask_set1_epi32(event, 1 << 15, (int)size_bytes);
		_mm512_store_si512(&events[i], event);
	}
}
