/* rates_file.c - a file of what currencies are worth, as `rates load` takes it. */
#include "config/scalar.h"
#include "config/schema.h"
#include "config/site_file.h"

#include <stdio.h>

/* clang-format off */
static const cyaml_schema_field_t priced_fields[] = {
	TEXT(MUST, raw_priced, currency),
	TEXT(MUST, raw_priced, rate),
	CYAML_FIELD_END};
static const cyaml_schema_value_t priced_entry = ENTRY(raw_priced, priced_fields);

static const cyaml_schema_field_t rates_fields[] = {
	TEXT(MUST, raw_rates, version),
	TEXT(MUST, raw_rates, as_of),
	LIST(MUST, raw_rates, rates, &priced_entry, 1, CURRENCY_COUNT_MAX - 1),
	CYAML_FIELD_END};
static const cyaml_schema_value_t rates_file = ROOT(raw_rates, rates_fields);
/* clang-format on */

static bool read_head(const struct document *d, uint64_t *wall_ns)
{
	const struct raw_rates *raw = d->root;
	uint64_t version;
	if (!field_count(d, raw->version, NULL, 1, 1, &version))
		return false;
	const char *expected = scalar_time(raw->as_of, wall_ns);
	return expected == NULL ||
	       document_refuse(d, raw->as_of, "found \"%.64s\", expected %s", raw->as_of, expected);
}

static bool read_row(const struct document *d, const struct raw_priced *raw,
	const struct site_config *site, struct rate_set *set)
{
	uint32_t currency = site_currency_find(site, raw->currency);
	if (currency == UINT32_MAX || currency == 0)
		return document_refuse(d, raw->currency,
			"found the currency \"%.64s\", expected one of site.yaml's currencies",
			raw->currency);
	for (uint32_t i = 0; i < set->count; i++) {
		if (set->rates[i].currency == currency)
			return document_refuse(d, raw->currency,
				"found %s again, expected each currency once", raw->currency);
	}
	const char *expected = scalar_exchange(raw->rate, &set->rates[set->count].rate_e8);
	if (expected != NULL)
		return document_refuse(
			d, raw->rate, "found \"%.64s\", expected %s", raw->rate, expected);
	set->rates[set->count++].currency = currency;
	return true;
}

bool rates_file_parse(struct rate_set *set, const struct site_config *site, const char *name,
	const char *text, size_t size, struct config_error *error)
{
	struct document d;
	memset(set, 0, sizeof *set);
	if (size > RATES_BYTES_MAX) {
		snprintf(error->text, sizeof error->text,
			"%.200s:1:1: found %zu bytes, expected at most %d: a rate for each "
			"currency",
			name, size, RATES_BYTES_MAX);
		return false;
	}
	if (!document_open(&d, name, text, size, &rates_file, error))
		return false;
	const struct raw_rates *raw = d.root;
	bool good = read_head(&d, &set->as_of_wall_ns);
	for (unsigned i = 0; good && i < raw->rates_count; i++)
		good = read_row(&d, &raw->rates[i], site, set);
	document_close(&d);
	return good;
}
