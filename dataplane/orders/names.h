/* names.h - the two names we write on the wire.

   Our ClOrdID is 3 hexadecimal digits of account and 11 of order id: so a venue's replay names the owner
   of an order that our journal does not know. */
#ifndef SLUICE_ORDERS_NAMES_H
#define SLUICE_ORDERS_NAMES_H

#include <tmmintrin.h>

#include "config/base.h"

/* names_clordid writes all 14 characters: digits are spread to bytes and looked up all at once. */
static inline void names_clordid(char clordid[14], uint32_t account, uint64_t order_id)
{
	uint64_t value = (uint64_t)(account & 0xFFF) << 44 | (order_id & 0xFFFFFFFFFFFull);
	const __m128i letters = _mm_setr_epi8(
		'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F');
	const __m128i digit = _mm_set1_epi8(0x0F);
	__m128i bytes = _mm_cvtsi64_si128((int64_t)__builtin_bswap64(value << 8));
	__m128i high = _mm_and_si128(_mm_srli_epi64(bytes, 4), digit);
	__m128i low = _mm_and_si128(bytes, digit);
	__m128i text = _mm_shuffle_epi8(letters, _mm_unpacklo_epi8(high, low));
	/* by the pieces in which a text field is read (wire/field.h) */
	_mm_storel_epi64((__m128i *)(void *)clordid, text);
	uint32_t middle = (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(text, 8));
	uint16_t end = (uint16_t)_mm_extract_epi16(text, 6);
	memcpy(clordid + 8, &middle, sizeof middle);
	memcpy(clordid + 12, &end, sizeof end);
}

/* names_clordid_read reads account and order id back; false: it is not of ours. */
static inline bool names_clordid_read(const char clordid[14], uint64_t *account, uint64_t *order_id)
{
	uint64_t value = 0;
	for (int i = 0; i < 14; i++) {
		char c = clordid[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 16;
		if (digit > 15)
			return false;
		value = value << 4 | digit;
	}
	*account = value >> 44;
	*order_id = value & ((1ull << 44) - 1);
	return true;
}

/* names_mpid packs up to four characters, padded with spaces, as option 2 carries them. */
static inline uint32_t names_mpid(const char *mpid)
{
	uint8_t padded[4] = {' ', ' ', ' ', ' '};
	for (size_t i = 0; i < sizeof padded && mpid[i] != '\0'; i++)
		padded[i] = (uint8_t)mpid[i];
	return load_be32(padded);
}

#endif
