/* scalar.h - reads one written value, strictly: what is not exactly right is refused.

   A value in a site's files is a number in its plainest spelling, one space, and its unit:
   "500 shares", "25000.00 USD", "100 per 1 s burst 20".  No sign, leading zero, exponent,
   underscore, tab or second space; a number that does not fit is refused, never cut.

   Owner      the caller owns the text; nothing is kept.
   Units      last in the names; the target is written only when the whole text was right.
   Errors     each function returns NULL when the text was right, else what it expected, as words that
              complete "expected ...": static text, never to be freed. */
#ifndef SLUICE_CONFIG_SCALAR_H
#define SLUICE_CONFIG_SCALAR_H

#include "config/limitset.h"

/* scalar_count reads a whole number, "100". */
const char *scalar_count(const char *text, uint64_t *count);

/* scalar_unit_count reads a whole number and the given unit, "20 ticks". */
const char *scalar_unit_count(const char *text, const char *unit, uint64_t *count);

/* scalar_price reads "189.95": up to four decimals, exact. */
const char *scalar_price(const char *text, int64_t *price_e4);

/* scalar_rate reads "0.00295", money of one share: up to six decimals, exact. */
const char *scalar_rate(const char *text, int64_t *rate_e6);

/* scalar_exchange reads "1.0850", what one of a currency is worth in another: up to eight decimals, exact, above 0 and at
   most 100000. */
const char *scalar_exchange(const char *text, int64_t *rate_e8);

/* scalar_money reads "25000.00 USD": up to four decimals, exact, in the currency that is given. */
const char *scalar_money(const char *text, const char *currency, int64_t *money_e4);

/* scalar_duration reads "500 ms": ns, us, ms, s, min, h or days. */
const char *scalar_duration(const char *text, uint64_t *duration_ns);

/* scalar_size reads "64 MiB": B, KiB, MiB or GiB. */
const char *scalar_size(const char *text, uint64_t *size_bytes);

/* scalar_boolean reads true or false, spelled so. */
const char *scalar_boolean(const char *text, bool *truth);

/* scalar_time reads "2019-01-29T21:00:00Z": UTC, years 1970 to 2199. */
const char *scalar_time(const char *text, uint64_t *wall_ns);

/* scalar_address reads a numeric IPv4 address into host order; scalar_endpoint one with a port from 1
   to 65535 behind a colon, "239.1.1.1:26477". */
const char *scalar_address(const char *text, uint32_t *address_ip);
const char *scalar_endpoint(const char *text, uint32_t *address_ip, uint16_t *port);

/* scalar_address6, scalar_endpoint6 are the same for IPv6, as bytes on the wire: "fd00::1",
   "[ff3e::1]:26477". */
const char *scalar_address6(const char *text, uint8_t address_ip6[16]);
const char *scalar_endpoint6(const char *text, uint8_t address_ip6[16], uint16_t *port);

/* scalar_limit reads a limit in the spelling of its unit (limits.def), money in the currency that is given.  Rates and bursts are at least
   1, windows at most a day. */
const char *scalar_limit(
	const char *text, enum limit_unit unit, const char *currency, struct limit_value *value);

#endif
