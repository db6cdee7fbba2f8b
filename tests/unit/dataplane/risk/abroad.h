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

/* abroad_setup opens such a desk for a test, whose order is in euros. */
static inline int abroad_setup(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	risk_close(desk.risk);
	desk_abroad(&desk);
	desk.accounts[0].approved_until_wall_ns = UINT64_MAX;
	desk.risk = risk_open(&desk.site);
	desk.epoch = 0;
	desk_adopt(&desk);
	desk.order.symbol = 1;
	*state = &desk;
	return 0;
}

static inline void limit_in(
	struct desk *desk, unsigned row, enum limit limit, int64_t value_e4, uint32_t currency)
{
	desk->rows[row].stated |= UINT64_C(1) << limit;
	desk->rows[row].limits[limit] =
		(struct limit_value){.value = value_e4, .currency = currency};
}

/* A row beyond those of every desk, which states one limit alone. */
static inline void row_in(struct desk *desk, enum scope scope, uint32_t id, uint32_t symbol,
	enum limit limit, int64_t value_e4, uint32_t currency)
{
	desk->row_count = DESK_ACCOUNT_8 + 2;
	limit_row_init(&desk->rows[DESK_ACCOUNT_8 + 1], scope, id, symbol);
	limit_in(desk, DESK_ACCOUNT_8 + 1, limit, value_e4, currency);
	desk_adopt(desk);
}

#endif
