/* currency.h - the currencies of a site, what one is worth in its base currency, and how old that may be.

   An instrument is priced in a currency, the base currency unless it names another.  Limits, and everything that is summed
   over instruments, are in the base currency: what is in another is converted at its rate, which the site states for the
   beginning of a day and an operator from then on (`rates set`, `rates load`).

   There is one rate of a currency, its middle, and every conversion is rounded against us: what is used, up; what is
   gained, down.  A rate for each side would not make sums safer by more than the spread, a small part of what limits leave
   open, and sums would no longer follow from the rows and one number.

   Units      rate_e8: 1e-8 of the base currency for one of the other; money_e4 on both sides.
   Invariant  (1) a conversion is exact, rounded once, and saturated where 64 bits do not hold it;
              (2) at a rate of 0, which nobody stated, everything is worth nothing. */
#ifndef SLUICE_CONFIG_CURRENCY_H
#define SLUICE_CONFIG_CURRENCY_H

#include "config/base.h"

enum { CURRENCY_COUNT_MAX = 16, CURRENCY_NAME_BYTES = 4, RATE_E8_ONE = 100000000 };

/* 100,000 of the base currency for one. */
#define RATE_E8_MAX INT64_C(10000000000000)

#define RATE_AGE_NS_MAX (UINT64_C(30 * 86400) * 1000000000)

#define CURRENCY_BASE_NAME "USD" /* of a site that names none */

struct currency_config {
	char name[CURRENCY_NAME_BYTES]; /* ISO 4217, "EUR" */
	uint64_t max_age_ns;    /* an older rate refuses what needs it; the base currency's: none */
	int64_t rate_e8;        /* at the beginning; 0: not stated */
	uint64_t as_of_wall_ns; /* when that rate was */
};

/* currency_name_is_good tells whether text is three capitals. */
bool currency_name_is_good(const char *text);

/* currency_far converts what is too large for one product of 64 bits. */
int64_t currency_far(int64_t value_e4, int64_t rate_e8, bool is_up);

/* currency_up, currency_down convert into the base currency, rounded up and down. */
static inline int64_t currency_up(int64_t value_e4, int64_t rate_e8)
{
	int64_t product;
	if (UNLIKELY(__builtin_mul_overflow(value_e4, rate_e8, &product)))
		return currency_far(value_e4, rate_e8, true);
	return product / RATE_E8_ONE + (product % RATE_E8_ONE > 0);
}

static inline int64_t currency_down(int64_t value_e4, int64_t rate_e8)
{
	int64_t product;
	if (UNLIKELY(__builtin_mul_overflow(value_e4, rate_e8, &product)))
		return currency_far(value_e4, rate_e8, false);
	return product / RATE_E8_ONE - (product % RATE_E8_ONE < 0);
}

/* The most that currency_cost gives, either way: two of them fit. */
#define CURRENCY_COST_MAX (INT64_MAX / 2)

/* currency_cost converts what is taken, or below 0 given, from a currency into another by the rates of both, rounded up: once,
   and not by the base.  What cannot be told, because there is no rate, costs the most that there is and brings nothing. */
int64_t currency_cost(int64_t cost_e4, int64_t from_e8, int64_t to_e8);

#endif
