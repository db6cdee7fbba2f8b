/* names.h - the two names we write on the wire.

   Our ClOrdID is 3 hexadecimal digits of account and 11 of order id: so a venue's replay names the owner
   of an order that our journal does not know. */
#ifndef SLUICE_FOLD_NAMES_H
#define SLUICE_FOLD_NAMES_H

#include "config/base.h"

/* names_clordid writes all 14 characters. */
static inline void names_clordid(char clordid[14], uint32_t account, uint64_t order_id)
{
	static const char digits[] = "0123456789ABCDEF";
	for (int i = 0; i < 3; i++)
		clordid[i] = digits[account >> (8 - 4 * i) & 15];
	for (int i = 0; i < 11; i++)
		clordid[3 + i] = digits[order_id >> (40 - 4 * i) & 15];
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
