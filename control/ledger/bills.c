#include "control/ledger/bills.h"

void bills_init(struct bills *bills, const struct site_config *site)
{
	bills->site = site;
	bills_begin(bills);
}

void bills_begin(struct bills *bills)
{
	memset(bills->venues, 0, sizeof bills->venues);
}

uint32_t bills_currency(const struct bills *bills, uint32_t venue)
{
	const struct fees_config *fees = &bills->site->venues[venue].fees;
	return fees->has_currency ? fees->currency : 0;
}

/* NULL: no venue or symbol of the site has these numbers. */
static struct bill *bill_of(struct bills *bills, const struct billed *of)
{
	const struct site_config *site = bills->site;
	if (of->venue >= site->venue_count || of->symbol >= site->symbol_count)
		return NULL;
	uint32_t currency = site->venues[of->venue].fees.has_currency
				    ? bills_currency(bills, of->venue)
				    : site->symbols[of->symbol].currency;
	return currency < CURRENCY_COUNT_MAX ? &bills->venues[of->venue][currency] : NULL;
}

void bills_count(struct bills *bills, const struct billed *of, int sign)
{
	struct bill *bill = bill_of(bills, of);
	if (bill == NULL)
		return;
	int64_t fee_e4 = fee_of(&bills->site->venues[of->venue].fees, of->flag, of->qty);
	bill->executions += sign;
	if (fee_e4 >= 0)
		bill->fees_e4 += sign * (money_wide)fee_e4;
	else
		bill->rebates_e4 -= sign * (money_wide)fee_e4;
}

void bills_order(struct bills *bills, const struct billed *of)
{
	struct bill *bill = bill_of(bills, of);
	if (bill != NULL)
		bill->orders_e4 += bills->site->venues[of->venue].fees.order_e4;
}
