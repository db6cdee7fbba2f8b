/* names.h - the two names we write on the wire.

   Our ClOrdID is 3 hexadecimal digits of account and 11 of order id: so a venue's replay names the owner
   of an order that our journal does not know. */
#ifndef SLUICE_ORDERS_NAMES_H
#define SLUICE_ORDERS_NAMES_H

#include "config/base.h"

/* names_hex gives the 8 hexadecimal digits of a number as they stand in memory, the highest first: nibbles are
   spread to bytes, and 7 more is added to those above 9, all eight at once. */
static inline uint64_t names_hex(uint32_t number)
{
	uint64_t nibbles = number;
	nibbles = (nibbles | nibbles << 16) & 0x0000FFFF0000FFFFull;
	nibbles = (nibbles | nibbles << 8) & 0x00FF00FF00FF00FFull;
	nibbles = (nibbles | nibbles << 4) & 0x0F0F0F0F0F0F0F0Full;
	uint64_t letters = (nibbles + 0x0606060606060606ull) >> 4 & 0x0101010101010101ull;
	return __builtin_bswap64(nibbles + 0x3030303030303030ull + letters * 7);
}

/* names_clordid writes all 14 characters. */
static inline void names_clordid(char clordid[14], uint32_t account, uint64_t order_id)
{
	uint64_t value = (uint64_t)(account & 0xFFF) << 44 | (order_id & 0xFFFFFFFFFFFull);
	uint64_t high = names_hex((uint32_t)(value >> 24)), low = names_hex((uint32_t)value);
	memcpy(clordid, &high, sizeof high);
	memcpy(clordid + 6, &low, sizeof low);
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
