/* instrument.h - what the judge needs to know of an instrument: its grid its previous close, and how much of it there is.

   Whether a price is on its tick is a remainder, and a division by a variable is too slow for every
   order.  Prices below PRICE_E4_MAX and all quantities fit 32 bits, so the remainder and the quotient
   come exactly from one multiplication by a 64-bit reciprocal made at boot.

   Owner      risk_open writes it; of its rates the limits in force too (haircuts.h).
   Units      price_e4, shares.
   Invariant  (1) is_known means tick and lot are at least 1 and below 2^31;
              (2) has_rates means that both its rates are known, and below 2^15; what is unknown has none: a part of a value below 2^48
                  is one product (money.c). */
#ifndef SLUICE_RISK_INSTRUMENT_H
#define SLUICE_RISK_INSTRUMENT_H

#include "config/config.h"
#include "dataplane/risk/wide.h"

/* 200,000.0000 is no price: OUCH 5.0 gives a market order this price, and this gate judges none. */
#define PRICE_E4_MAX INT64_C(2000000000)

struct instrument {
	uint64_t tick_magic, lot_magic; /* 2^64 / d rounded up; 0 for d = 1 */
	uint32_t tick_e4, lot;
	uint32_t close_e4; /* previous close; 0: none */
	uint8_t is_known, has_rates;
	uint8_t currency;                      /* of its prices (rates.h); 0: the base currency */
	uint8_t sector;                        /* 0: none */
	uint64_t close_wall_ns;                /* when that close was */
	uint64_t adv_qty, outstanding_qty;     /* 0: not known */
	uint32_t margin_bps, stress_bps;       /* 0: not known */
	uint64_t adv_magic, outstanding_magic; /* 2^64 / qty rounded up, for showing */
};
_Static_assert(sizeof(struct instrument) == 80, "the judge reads the first 64 bytes");

/* instrument_init takes an instrument from the symbols file.  A tick or lot outside its range, or a
   close that is no price, leaves is_known or close_e4 zero: such orders are refused by name. */
void instrument_init(struct instrument *instrument, const struct symbol_config *symbol);

/* instrument_rate gives it its rates.  instrument (2) */
void instrument_rate(struct instrument *instrument, uint32_t margin_bps, uint32_t stress_bps);

/* price_is_absurd: zero, negative, or too large to be a price. */
static inline bool price_is_absurd(int64_t price_e4)
{
	return (uint64_t)price_e4 - 1 >= (uint64_t)PRICE_E4_MAX - 1;
}

/* instrument_remainder gives n % divisor for 32-bit n from the divisor's reciprocal. */
static inline uint32_t instrument_remainder(uint32_t n, uint32_t divisor, uint64_t magic)
{
	return (uint32_t)((uint128_t)(magic * n) * divisor >> 64);
}

/* instrument_quotient gives n / divisor, rounded up: against us, for a distance in ticks. */
static inline uint32_t instrument_quotient(uint32_t n, uint32_t divisor, uint64_t magic)
{
	uint64_t whole = (uint64_t)((uint128_t)magic * ((uint64_t)n + divisor - 1) >> 64);
	return divisor == 1 ? n : (uint32_t)whole;
}

#endif
