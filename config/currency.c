/* currency.c - the currencies of a site as it states them, and conversions that 64 bits do not hold. */
#include "config/currency.h"

#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

__extension__ typedef __int128 currency_wide;

int64_t currency_far(int64_t value_e4, int64_t rate_e8, bool is_up)
{
	currency_wide product = (currency_wide)value_e4 * rate_e8;
	currency_wide whole = product / RATE_E8_ONE, rest = product % RATE_E8_ONE;
	whole += is_up ? rest > 0 : -(int)(rest < 0);
	if (whole > INT64_MAX)
		return INT64_MAX;
	return whole < -INT64_MAX ? -INT64_MAX : (int64_t)whole;
}

int64_t currency_cost(int64_t cost_e4, int64_t from_e8, int64_t to_e8)
{
	currency_wide product = (currency_wide)cost_e4 * from_e8;
	if (from_e8 == 0 || to_e8 == 0)
		return cost_e4 > 0 ? CURRENCY_COST_MAX : 0;
	currency_wide whole = product / to_e8 + (product % to_e8 > 0);
	if (whole > CURRENCY_COST_MAX)
		return CURRENCY_COST_MAX;
	return whole < -CURRENCY_COST_MAX ? -CURRENCY_COST_MAX : (int64_t)whole;
}

bool currency_name_is_good(const char *text)
{
	size_t size = strlen(text);
	bool is_good = size == CURRENCY_NAME_BYTES - 1;
	for (size_t i = 0; i < size; i++)
		is_good &= text[i] >= 'A' && text[i] <= 'Z';
	return is_good;
}

static bool read_name(
	const struct document *d, const char *text, struct site_config *site, char *name)
{
	if (!currency_name_is_good(text))
		return document_refuse(d, text,
			"found \"%.64s\", expected a currency of three capitals such as EUR", text);
	for (uint32_t i = 0; i < site->currency_count; i++) {
		if (strcmp(site->currencies[i].name, text) == 0)
			return document_refuse(d, text,
				"found the currency %s %s, expected each other currency once", text,
				i == 0 ? "that limits are in" : "again");
	}
	snprintf(name, CURRENCY_NAME_BYTES, "%s", text);
	return true;
}

static bool read_age(const struct document *d, const char *text, uint64_t *age_ns)
{
	const char *expected = scalar_duration(text, age_ns);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	return (*age_ns >= 1 && *age_ns <= RATE_AGE_NS_MAX) ||
	       document_refuse(d, text, "found \"%s\", expected from 1 ns to 30 days", text);
}

static bool read_start(
	const struct document *d, const struct raw_currency *raw, struct currency_config *currency)
{
	if ((raw->rate == NULL) != (raw->as_of == NULL))
		return document_refuse(d, raw->currency,
			"found only one of rate and as_of for %s, expected both or none",
			raw->currency);
	if (raw->rate == NULL)
		return true;
	const char *expected = scalar_exchange(raw->rate, &currency->rate_e8);
	if (expected != NULL)
		return document_refuse(
			d, raw->rate, "found \"%.64s\", expected %s", raw->rate, expected);
	expected = scalar_time(raw->as_of, &currency->as_of_wall_ns);
	return expected == NULL ||
	       document_refuse(d, raw->as_of, "found \"%.64s\", expected %s", raw->as_of, expected);
}

bool currencies_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	const char *base = raw->base_currency != NULL ? raw->base_currency : CURRENCY_BASE_NAME;
	if (!read_name(d, base, site, site->currencies[0].name))
		return false;
	site->currency_count = 1;
	site->currencies[0].rate_e8 = RATE_E8_ONE;
	for (unsigned i = 0; i < raw->currencies_count; i++) {
		const struct raw_currency *row = &raw->currencies[i];
		struct currency_config *currency = &site->currencies[site->currency_count];
		if (!read_name(d, row->currency, site, currency->name) ||
			!read_age(d, row->max_age, &currency->max_age_ns) ||
			!read_start(d, row, currency))
			return false;
		site->currency_count++;
	}
	return true;
}
