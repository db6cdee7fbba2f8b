/* abroad.h - a desk of three currencies: the second has a rate from the beginning, the third never had one. */
#ifndef SLUICE_TESTS_ABROAD_H
#define SLUICE_TESTS_ABROAD_H

#include "tests/unit/dataplane/risk/desk.h"

enum { EUR = 1, JPY = 2, DOLLARS = 108500000 /* of a euro, rate_e8 */ };

#define HOUR_NS  (3600 * DESK_SECOND)
#define BEGUN_NS (1000 * DESK_SECOND) /* the desk's wall */

/* desk_abroad states them, and has symbols 1 and 2 traded in them.  Before risk_open. */
static inline void desk_abroad(struct desk *desk)
{
	desk->site.currency_count = 3;
	desk->site.currencies[EUR] = (struct currency_config){.name = "EUR",
		.max_age_ns = HOUR_NS,
		.rate_e8 = DOLLARS,
		.as_of_wall_ns = BEGUN_NS};
	desk->site.currencies[JPY] = (struct currency_config){.name = "JPY", .max_age_ns = HOUR_NS};
	desk->symbols[1].currency = EUR;
	desk->symbols[1].lot = 1;
	desk->symbols[2].currency = JPY;
}

#endif
