/* Eight events at once: a permutation each picks what leads somewhere out of an event's line, and from there on a number
   of eight events is one register.  A price that is no whole number of cents goes the scalar way, alone. */
#include <immintrin.h>

#include "dataplane/book/steps.h"

enum {
	LOCATE_SHIFT = 32,
	SIDE_SHIFT = 48,
	LINE_SHIFT = 6 + (sizeof(struct order_line) > CACHE_LINE_BYTES)
};
_Static_assert(sizeof(struct order_line) == 1 << LINE_SHIFT, "lines are counted by shifts");
_Static_assert(sizeof(struct level_side) == 1 << 5, "sides, too");

/* What is taken of an event: order; low half of the price, locate, side. */
static const uint8_t taken[16] = {0, 1, 2, 3, 4, 5, 6, 7, 32, 33, 34, 35, 52, 53, 58, 58};
_Static_assert(offsetof(struct event, price_e4) == 32 && offsetof(struct event, locate) == 52 &&
		       offsetof(struct event, side) == 58,
	"where an event has them");

static inline __m512i all(uint64_t value)
{
	return _mm512_set1_epi64((long long)value);
}

/* four_of takes what is needed of four events. */
static inline __m512i four_of(const struct event *events)
{
	const __m512i from = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)taken));
	__m512i four = _mm512_maskz_permutexvar_epi8(0xFFFF, from, _mm512_load_si512(&events[0]));
	four = _mm512_mask_permutexvar_epi8(
		four, 0xFFFFull << 16, from, _mm512_load_si512(&events[1]));
	four = _mm512_mask_permutexvar_epi8(
		four, 0xFFFFull << 32, from, _mm512_load_si512(&events[2]));
	return _mm512_mask_permutexvar_epi8(
		four, 0xFFFFull << 48, from, _mm512_load_si512(&events[3]));
}

static inline __m512i homes_of(const struct orders *orders, __m512i references)
{
	const __m512i prime = all(0x9E3779B97F4A7C15ull);
	_Static_assert(ORDERS_IN_STRETCH == 1 << 13 && ORDERS_AT_HOME == 1 << 1, "shifts");
	__m512i stretches = _mm512_mullo_epi64(_mm512_srli_epi64(references, 13), prime);
	__m512i lines = _mm512_add_epi64(
		_mm512_srli_epi64(references, 1), _mm512_srli_epi64(stretches, 32));
	lines = _mm512_and_si512(lines, all(orders->line_mask));
	return _mm512_add_epi64(
		_mm512_slli_epi64(lines, LINE_SHIFT), all((uint64_t)(uintptr_t)orders->lines));
}

/* steps_write puts four numbers of each of eight events side by side. */
static inline void steps_write(
	struct book_step *steps, __m512i homes, __m512i names, __m512i places, __m512i sides)
{
	const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
	const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
	__m512i even = _mm512_unpacklo_epi64(homes, names);
	__m512i odd = _mm512_unpackhi_epi64(homes, names);
	__m512i even_more = _mm512_unpacklo_epi64(places, sides);
	__m512i odd_more = _mm512_unpackhi_epi64(places, sides);
	__m512i steps_02 = _mm512_permutex2var_epi64(even, first, even_more);
	__m512i steps_13 = _mm512_permutex2var_epi64(odd, first, odd_more);
	__m512i steps_46 = _mm512_permutex2var_epi64(even, second, even_more);
	__m512i steps_57 = _mm512_permutex2var_epi64(odd, second, odd_more);
	_mm256_store_si256((__m256i *)&steps[0], _mm512_castsi512_si256(steps_02));
	_mm256_store_si256((__m256i *)&steps[1], _mm512_castsi512_si256(steps_13));
	_mm256_store_si256((__m256i *)&steps[2], _mm512_extracti64x4_epi64(steps_02, 1));
	_mm256_store_si256((__m256i *)&steps[3], _mm512_extracti64x4_epi64(steps_13, 1));
	_mm256_store_si256((__m256i *)&steps[4], _mm512_castsi512_si256(steps_46));
	_mm256_store_si256((__m256i *)&steps[5], _mm512_castsi512_si256(steps_57));
	_mm256_store_si256((__m256i *)&steps[6], _mm512_extracti64x4_epi64(steps_46, 1));
	_mm256_store_si256((__m256i *)&steps[7], _mm512_extracti64x4_epi64(steps_57, 1));
}

/* As levels_place, place_of and levels_at_home; the product of two low halves is a multiplication of its own. */
static inline void eight_make(
	const struct book *book, const struct event *events, struct book_step *steps)
{
	const struct levels *levels = &book->levels;
	const __m512i evens = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
	const __m512i odds = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
	__m512i front = four_of(events), back = four_of(events + 4);
	__m512i orders = _mm512_permutex2var_epi64(front, evens, back);
	__m512i prices = _mm512_permutex2var_epi64(front, odds, back); /* and what is above them */
	__m512i side_bits = _mm512_and_si512(_mm512_srli_epi64(prices, SIDE_SHIFT), all(1));
	__mmask8 is_buy = _mm512_testn_epi64_mask(prices, all(1ull << SIDE_SHIFT));
	__m512i owners = _mm512_or_si512(side_bits,
		_mm512_and_si512(_mm512_srli_epi64(prices, LOCATE_SHIFT - 1), all(0x1FFFE)));
	__m512i cents = _mm512_srli_epi64(_mm512_mul_epu32(prices, all(0x51EB851F)), 37);
	__m512i ticks = _mm512_mask_sub_epi64(cents, is_buy, all(CENT_TICK_MAX), cents);
	__m512i lines = _mm512_srli_epi64(_mm512_mul_epu32(ticks, all(LEAF_RECIPROCAL)), 32);
	__m512i words = _mm512_add_epi64(_mm512_add_epi64(ticks, lines), all(1));
	__m512i names = _mm512_or_si512(_mm512_slli_epi64(lines, NAME_NUMBER_SHIFT), owners);
	names = _mm512_mask_mov_epi64(
		names, _mm512_testn_epi64_mask(prices, all(UINT32_MAX)), all(UINT64_MAX));
	__m512i leaves = _mm512_srl_epi64(_mm512_mullo_epi64(names, all(0x9E3779B97F4A7C15ull)),
		_mm_cvtsi32_si128((int)levels->shift));
	__m512i places = _mm512_or_si512(
		_mm512_slli_epi64(leaves, 3), _mm512_and_si512(words, all(LEAF_WORDS - 1)));
	__m512i sides = _mm512_and_si512(
		_mm512_srli_epi64(prices, LOCATE_SHIFT - 6), all((uint64_t)UINT16_MAX << 6));
	sides = _mm512_add_epi64(sides, all((uint64_t)(uintptr_t)levels->sides));
	steps_write(steps, homes_of(&book->orders, orders), names, places, sides);
	uint32_t is_fine = _mm512_mask_cmpneq_epi32_mask(
		0x5555, _mm512_mul_epu32(cents, all(GRID_CENT_E4)), prices);
	for (; UNLIKELY(is_fine != 0); is_fine &= is_fine - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(is_fine) / 2;
		steps[i] = step_make(book, &events[i]);
	}
}

void steps_make_avx512(const struct book *book, const struct event *events, struct book_step *steps,
	uint32_t count)
{
	uint32_t i = 0;
	for (; count - i >= STEPS_AT_ONCE; i += STEPS_AT_ONCE)
		eight_make(book, &events[i], &steps[i]);
	for (; i < count; i++)
		steps[i] = step_make(book, &events[i]);
}
