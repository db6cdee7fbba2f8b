/* Each 16-byte lane of an event is gathered by two loads of eight bytes and put right by one byte
   shuffle, two lanes at a time; the last eight bytes but the type are made of numbers.  No branch on the
   type.  No load reaches beyond 52 bytes from a message's first byte. */
#include <immintrin.h>

#include "dataplane/wire/itch50_kernel.h"

/* clang-format off */
#define X 0x80 /* a byte that becomes 0 */
#define LOW_NIL   X, X, X, X, X, X, X, X
#define LOW_BE8   7, 6, 5, 4, 3, 2, 1, 0
#define LOW_RAW8  0, 1, 2, 3, 4, 5, 6, 7
#define LOW_BE4   3, 2, 1, 0, X, X, X, X
#define LOW_RAW4  0, 1, 2, 3, X, X, X, X
#define HIGH_NIL  X, X, X, X, X, X, X, X
#define HIGH_BE8  15, 14, 13, 12, 11, 10, 9, 8
#define HIGH_RAW8 8, 9, 10, 11, 12, 13, 14, 15
#define HIGH_RAW4 8, 9, 10, 11, X, X, X, X
#define QTY_NIL   X, X, X, X
#define QTY_BE4   3, 2, 1, 0
#define MASK_NIL  0x00
#define MASK_SIDE 0x01
#define MASK_RAW1 0xFF

struct itch50_shuffle {
	_Alignas(64) uint8_t references[32]; /* order other | symbol match       */
	uint8_t numbers[32];                 /* price time | qty locate tracking */
	uint8_t order, other, symbol, match, price, qty, code; /* offsets       */
	uint8_t kind, side_mask, code_mask;
};

static const struct itch50_shuffle shuffles[ITCH50_ROW_COUNT] = {
#define ROW(name, event_kind, os, oo, xs, xo, ys, yo, ms, mo, ps, po, qs, qo, ss, so, cs, co)       \
	[ITCH50_ROW_##name] = {                                                                     \
		.references = {LOW_##os, HIGH_##xs, LOW_##ys, HIGH_##ms},                           \
		.numbers = {LOW_##ps, 13, 12, 11, 10, 9, 8, X, X,                                   \
			QTY_##qs, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15},                        \
		.order = (oo), .other = (xo), .symbol = (yo), .match = (mo), .price = (po),         \
		.qty = (qo), .code = (co), .kind = (event_kind), .side_mask = MASK_##ss,            \
		.code_mask = MASK_##cs,                                                             \
	},
#include "dataplane/wire/itch50_event.def"
#undef ROW
};
/* clang-format on */

static inline uint64_t load_8(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t load_4(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline __m256i pair(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return _mm256_set_epi64x((int64_t)d, (int64_t)c, (int64_t)b, (int64_t)a);
}

void itch50_decode_avx2(const struct mold64_block *blocks, uint32_t count, struct event *events,
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
		const struct itch50_shuffle *row = &shuffles[type.row];
		__m256i references = pair(load_8(p + row->order), load_8(p + row->other),
			load_8(p + row->symbol), load_8(p + row->match));
		uint64_t tail = row->kind | (uint64_t)p[0] << 8 |
				(uint64_t)(p[19] & row->side_mask) << 16 |
				(uint64_t)(p[row->code] & row->code_mask) << 24 |
				(uint64_t)size_bytes << 32;
		__m256i numbers = pair(load_4(p + row->price), load_8(p + 5),
			load_4(p + row->qty) | (uint64_t)load_4(p + 1) << 32, tail);
		__m256i *event = (__m256i *)(void *)&events[i];
		_mm256_store_si256(event,
			_mm256_shuffle_epi8(references,
				_mm256_load_si256((const __m256i *)(const void *)row->references)));
		_mm256_store_si256(event + 1,
			_mm256_shuffle_epi8(numbers,
				_mm256_load_si256((const __m256i *)(const void *)row->numbers)));
	}
}
