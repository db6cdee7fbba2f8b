/* fees.c - a venue's fees as a site states them, and what an execution costs by them. */
#include "config/fees.h"

#include "config/scalar.h"
#include "config/site_file.h"

enum { E6_OF_E4 = 100 };

int64_t fee_of(const struct fees_config *fees, uint8_t flag, uint32_t qty)
{
	int64_t product_e6 = (int64_t)qty * fees->rates_e6[flag]; /* fees (1) */
	int64_t fee_e4 = product_e6 / E6_OF_E4 + (product_e6 > 0 && product_e6 % E6_OF_E4 != 0);
	return product_e6 > 0 && fee_e4 < fees->minimum_e4 ? fees->minimum_e4 : fee_e4;
}

static bool read_money(const struct document *d, const char *text, int64_t *money_e4)
{
	int64_t number = 0;
	const char *expected = text == NULL ? NULL : scalar_price(text, &number);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (number > FEE_MONEY_E4_MAX)
		return document_refuse(d, text, "found %s, expected at most 10000", text);
	*money_e4 = number;
	return true;
}

static bool read_rate(const struct document *d, const struct raw_rate *raw, int32_t *rate_e6)
{
	const char *text = raw->fee != NULL ? raw->fee : raw->rebate;
	int64_t number = 0;
	if ((raw->fee != NULL) == (raw->rebate != NULL))
		return document_refuse(d, raw->flags,
			"found flags %.64s with %s, expected either a fee or a rebate", raw->flags,
			raw->fee != NULL ? "both" : "neither");
	const char *expected = scalar_rate(text, &number);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (number > FEE_RATE_E6_MAX)
		return document_refuse(d, text, "found %s, expected at most 100 a share", text);
	*rate_e6 = (int32_t)(raw->fee != NULL ? number : -number);
	return true;
}

static bool read_row(const struct document *d, const struct raw_rate *raw, struct fees_config *fees)
{
	int32_t rate_e6 = 0;
	if (!read_rate(d, raw, &rate_e6))
		return false;
	if (raw->flags[0] == '\0')
		return document_refuse(
			d, raw->flags, "found no flags, expected liquidity flags such as AJk");
	for (const char *at = raw->flags; *at != '\0'; at++) {
		uint8_t flag = (uint8_t)*at;
		if (*at <= ' ' || *at > '~')
			return document_refuse(d, raw->flags,
				"found flags \"%.64s\", expected letters and digits, as the venue "
				"writes them",
				raw->flags);
		if (fees->is_named[flag])
			return document_refuse(d, raw->flags,
				"found flag %c again, expected one rate of each", *at);
		fees->is_named[flag] = true;
		fees->rates_e6[flag] = rate_e6;
	}
	return true;
}

/* What is not named costs the most that anything does. */
static void fill_worst(struct fees_config *fees)
{
	int32_t worst_e6 = 0;
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++)
		if (fees->rates_e6[i] > worst_e6)
			worst_e6 = fees->rates_e6[i];
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++)
		if (!fees->is_named[i])
			fees->rates_e6[i] = worst_e6;
}

static bool read_currency(const struct document *d, const char *name,
	const struct site_config *site, struct fees_config *fees)
{
	if (name == NULL)
		return true;
	fees->currency = site_currency_find(site, name);
	fees->has_currency = fees->currency != UINT32_MAX;
	return fees->has_currency ||
	       document_refuse(d, name,
		       "found the currency \"%.64s\", expected %s or one of currencies", name,
		       site_currency(site));
}

bool fees_read(const struct document *d, const struct raw_schedule *raw,
	const struct site_config *site, const char *venue_name, struct fees_config *fees)
{
	if (raw == NULL && site->kind == SITE_PRODUCTION)
		return document_refuse(d, venue_name,
			"found no fees of venue \"%s\" in the production site \"%s\", expected "
			"them, such as fees: {rates: [{flags: R, fee: 0.0030}]}: loss limits count "
			"them",
			venue_name, site->name);
	if (raw == NULL)
		return true;
	fees->is_stated = true;
	if (!read_currency(d, raw->currency, site, fees))
		return false;
	for (unsigned i = 0; i < raw->rates_count; i++) {
		if (!read_row(d, &raw->rates[i], fees))
			return false;
	}
	fill_worst(fees);
	return read_money(d, raw->per_order, &fees->order_e4) &&
	       read_money(d, raw->minimum, &fees->minimum_e4);
}
