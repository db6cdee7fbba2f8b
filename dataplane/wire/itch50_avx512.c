/* One load of 64 bytes, one byte permutation that places and swaps every field, one AND that maps the
   side: an event without a branch on its type.  The permutation has two sources, the message and a row of
   constants, so that the kind and what is 0 are placed like the rest.  The one message whose side is a
   character, and all that cannot be read, leave through the scalar kernel.

   The load of the message, mostly across two lines, and the store bound it: 1.5 ns a message in the
   first-level cache, 0.65 of a bare hop from length to length (sluice-bench, decode of a burst in L1); with
   the walk 2.4 ns from memory, 1.06 of the hop (parse, avx512).  Beside a book, which has the memory busy, the bytes come
   too late by themselves: asked for AHEAD_BYTES before, parse and book takes 0.97.

   Reading 64 bytes from a message's first byte is what ITCH50_READ_PAST_BYTES promises. */
#include <immintrin.h>

#include "dataplane/wire/itch50_kernel.h"

/* clang-format off */
/* Where each byte of a field comes from: 0 .. 63 of the message, 64 .. 127 a constant. */
#define NUMBER(n)     (64 + (n))
#define NIL           NUMBER(0)
#define FROM4_NIL(o)  NIL, NIL, NIL, NIL
#define FROM4_BE4(o)  (o) + 3, (o) + 2, (o) + 1, (o)
#define FROM4_RAW4(o) (o), (o) + 1, (o) + 2, (o) + 3
#define FROM8_NIL(o)  FROM4_NIL(o), FROM4_NIL(o)
#define FROM8_BE8(o)  FROM4_BE4((o) + 4), FROM4_BE4(o)
#define FROM8_RAW8(o) FROM4_RAW4(o), FROM4_RAW4((o) + 4)
#define FROM8_BE4(o)  FROM4_BE4(o), FROM4_NIL(o)
#define FROM8_RAW4(o) FROM4_RAW4(o), FROM4_NIL(o)
#define FROM1_NIL(o)  NIL
#define FROM1_SIDE(o) (o)
#define FROM1_RAW1(o) (o)

struct itch50_permutation {
	_Alignas(64) uint8_t from[64];
};

static const struct itch50_permutation permutations[ITCH50_ROW_COUNT] = {
#define ROW(name, event_kind, os, oo, xs, xo, ys, yo, ms, mo, ps, po, qs, qo, ss, so, cs, co)       \
	[ITCH50_ROW_##name] = {                                                                     \
		.from = {FROM8_##os(oo), FROM8_##xs(xo), FROM8_##ys(yo), FROM8_##ms(mo),            \
			FROM8_##ps(po), 10, 9, 8, 7, 6, 5, NIL, NIL, FROM4_##qs(qo), 2, 1, 4, 3,    \
			NUMBER(event_kind), 0, FROM1_##ss(so), FROM1_##cs(co), FROM4_NIL(0)},       \
	},
#include "dataplane/wire/itch50_event.def"
#undef ROW
};

/* The constants: byte n is n. */
static const uint8_t numbers[64] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
_Static_assert(EVENT_OTHER == 15, "every kind is one of the numbers");

/* A message is quick if its size is at least size_min, that is, size + lead >= SLOW. */
enum { SLOW = 1 << 16, SIDE_BYTE = 58, SIZE_WORD = 15, AHEAD_BYTES = 2048 };
struct quick {
	uint32_t lead; /* SLOW - size_min; 0: never quick, whatever a 16-bit size says */
	uint32_t row;
};

static const struct quick quick[256] = {
#define ITCH_MESSAGE(type, name, size) [type] = {(type) == 'h' ? 0 : SLOW - (size), ITCH50_ROW_##name},
#define ITCH_FIELD(name, offset, bytes, kind)
#define ITCH_END
#include "dataplane/wire/itch50.def"
#undef ITCH_MESSAGE
#undef ITCH_FIELD
#undef ITCH_END
};
/* clang-format on */

/* What every message needs, in registers. */
struct decoder {
	__m512i numbers;
	__m512i keep; /* all bits of an event but those of the side above the lowest */
};

static inline struct decoder decoder_make(void)
{
	return (struct decoder){_mm512_loadu_si512(numbers),
		_mm512_mask_set1_epi8(_mm512_set1_epi8(-1), 1ull << SIDE_BYTE, 1)};
}

static inline void decode_one(struct decoder decoder, const uint8_t *p, uint32_t size_bytes,
	struct event *event, struct itch50_counts *counts)
{
	struct quick type = quick[p[0]];
	if (UNLIKELY(size_bytes + type.lead < SLOW)) {
		struct mold64_block block = {.bytes = p, .size_bytes = size_bytes};
		itch50_decode_scalar(&block, 1, event, counts);
		return;
	}
	__m512i from = _mm512_load_si512(permutations[type.row].from);
	__m512i placed = _mm512_permutex2var_epi8(_mm512_loadu_si512(p), from, decoder.numbers);
	placed = _mm512_and_si512(placed, decoder.keep);
	/* one store of 64 bytes, which is dear, rather than another one behind it */
	placed = _mm512_mask_set1_epi32(placed, 1 << SIZE_WORD, (int)size_bytes);
	_mm512_store_si512(event, placed);
}

void itch50_decode_avx512(const struct mold64_block *blocks, uint32_t count, struct event *events,
	struct itch50_counts *counts)
{
	const struct decoder decoder = decoder_make();
	for (uint32_t i = 0; i < count; i++)
		decode_one(decoder, blocks[i].bytes, blocks[i].size_bytes, &events[i], counts);
}

uint32_t itch50_read_avx512(const uint8_t *bytes, size_t size_bytes, struct event *events,
	uint32_t max, size_t *used_bytes, struct itch50_counts *counts)
{
	const struct decoder decoder = decoder_make();
	const uint8_t *p = bytes, *end = bytes + size_bytes;
	uint32_t count = 0;
	for (; count < max && end - p >= 2; count++) {
		__builtin_prefetch(p + AHEAD_BYTES);
		uint32_t size = load_be16(p);
		if (size > (size_t)(end - p) - 2)
			break;
		decode_one(decoder, p + 2, size, &events[count], counts);
		p += 2 + size;
	}
	*used_bytes = (size_t)(p - bytes);
	return count;
}
