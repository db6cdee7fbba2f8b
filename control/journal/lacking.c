/* lacking.c - which rates an order would have needed, and for what. */
#include <inttypes.h>
#include <stdio.h>

#include "control/journal/story.h"

bool lacking_limit(const struct story_event *event)
{
	const struct receipt *r = &event->receipt;
	return event->no_rates != 0 && r->limit == INT64_MIN && r->owner_scope < SCOPE_COUNT;
}

/* A venue whose fees are in a currency that they name; NULL: none's are. */
static const struct venue_config *venue_of_fees(const struct site_config *site, uint32_t currency)
{
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct fees_config *fees = &site->venues[i].fees;
		if (fees->has_currency && fees->currency == currency)
			return &site->venues[i];
	}
	return NULL;
}

static uint32_t own_currency(const struct site_config *site, const struct receipt *r)
{
	return r->symbol < site->symbol_count ? site->symbols[r->symbol].currency : 0;
}

/* Whether nobody ever stated the rate of its price, or of any venue's fees. */
static bool order_has_no_rate(const struct site_config *site, const struct story_event *event)
{
	bool has_none = (event->no_rates >> own_currency(site, &event->receipt) & 1) != 0;
	for (uint32_t i = 1; i < site->currency_count; i++)
		has_none |= (event->no_rates >> i & 1) != 0 && venue_of_fees(site, i) != NULL;
	return has_none;
}

static bool rates_mattered(const struct site_config *site, const struct story_event *event)
{
	const uint64_t mask = event->receipt.mask;
	const uint64_t sums =
		(UINT64_C(2) << LANE_PORTFOLIO_RISK) - (UINT64_C(1) << LANE_GROSS_EXPOSURE);
	bool has_no_value =
		order_has_no_rate(site, event) && (mask >> LANE_MAX_ORDER_VALUE & 1) != 0;
	return (mask & sums) == sums || has_no_value || lacking_limit(event);
}

bool lacking_rate(const struct site_config *site, const struct story_event *event,
	uint32_t currency, char *text, size_t size)
{
	const struct venue_config *venue = venue_of_fees(site, currency);
	const char *name = site->currencies[currency].name;
	char whose[96] = "sums or limits may be in";
	if (currency == own_currency(site, &event->receipt))
		snprintf(whose, sizeof whose, "its price is in");
	else if (venue != NULL)
		snprintf(whose, sizeof whose, "fees of venue %s are in, and sums or limits may be",
			venue->name);
	if (!rates_mattered(site, event))
		return false;
	if ((event->no_rates >> currency & 1) != 0)
		snprintf(text, size,
			"nobody had stated a rate of %s, which %s: rates set %s <rate>", name,
			whose, name);
	else if ((event->old_rates >> currency & 1) != 0)
		snprintf(text, size,
			"the rate of %s, which %s, was older than %" PRIu64
			" s, or of a later time: rates set %s <rate>",
			name, whose, site->currencies[currency].max_age_ns / 1000000000u, name);
	else
		return false;
	return true;
}
