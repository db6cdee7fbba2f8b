#include "config/scalar.h"
#include "config/site_file.h"

#include <stdlib.h>

static bool read_name(const struct document *d, const char *text, uint64_t *name)
{
	size_t size = strlen(text);
	bool good = size >= 1 && size <= 8;
	/* Marks that end a word or a quote where symbols are typed, in labels of metrics and in limits files. */
	good = good && strpbrk(text, "\"'\\;,:{}[]") == NULL;
	for (const char *c = text; *c != '\0'; c++)
		good = good && *c > ' ' && (*c < 'a' || *c > 'z');
	if (!good)
		return document_refuse(d, text,
			"found \"%.64s\", expected a symbol of 1 to 8 characters: capitals, digits "
			"and marks, but no quote, bracket, backslash or one of , ; :",
			text);
	*name = symbol_pack(text);
	return true;
}

static bool read_close(
	const struct document *d, const struct raw_symbol *raw, struct symbol_config *symbol)
{
	if (raw->previous_close == NULL && raw->previous_close_time == NULL)
		return true;
	if (raw->previous_close == NULL || raw->previous_close_time == NULL)
		return document_refuse(d, raw->name,
			"found only one of previous_close and previous_close_time for %s, expected "
			"both or none",
			raw->name);
	if (!field_price(d, raw->previous_close, &symbol->previous_close_e4))
		return false;
	const char *expected =
		scalar_time(raw->previous_close_time, &symbol->previous_close_wall_ns);
	return expected == NULL ||
	       document_refuse(d, raw->previous_close_time, "found \"%.64s\", expected %s",
		       raw->previous_close_time, expected);
}

/* What orders in it are measured against; what is not said refuses them by name. */
static bool read_volumes(
	const struct document *d, const struct raw_symbol *raw, struct symbol_config *symbol)
{
	const uint64_t most = SYMBOL_SHARES_MAX;
	const uint32_t bps = SYMBOL_RATE_BPS_MAX;
	return (raw->margin == NULL ||
		       field_count_u32(d, raw->margin, "bps", 1, bps, &symbol->margin_bps)) &&
	       (raw->stress == NULL ||
		       field_count_u32(d, raw->stress, "bps", 1, bps, &symbol->stress_bps)) &&
	       (raw->adv == NULL ||
		       field_count(d, raw->adv, "shares", 1, most, &symbol->adv_qty)) &&
	       (raw->outstanding == NULL || field_count(d, raw->outstanding, "shares", 1, most,
						    &symbol->outstanding_qty));
}

static bool read_currency(const struct document *d, const struct raw_symbol *raw,
	const struct site_config *site, struct symbol_config *symbol)
{
	if (raw->currency == NULL)
		return true;
	symbol->currency = site_currency_find(site, raw->currency);
	return symbol->currency != UINT32_MAX ||
	       document_refuse(d, raw->currency,
		       "found the unknown currency \"%.64s\", expected %s or one of site.yaml's "
		       "currencies",
		       raw->currency, site->currencies[0].name);
}

/* A sector is known by its name from the first symbol that is in it. */
static bool read_sector(const struct document *d, const char *text, struct site_config *site,
	struct symbol_config *symbol)
{
	size_t size = text == NULL ? 0 : strlen(text);
	if (text == NULL)
		return true;
	if (size == 0 || size >= SECTOR_NAME_BYTES ||
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != size)
		return document_refuse(d, text,
			"found the sector \"%.64s\", expected 1 to %d small letters, digits and "
			"dashes",
			text, SECTOR_NAME_BYTES - 1);
	for (uint32_t i = 1; i < SECTOR_COUNT_MAX; i++) {
		if (site->sectors[i][0] == '\0')
			memcpy(site->sectors[i], text, size);
		symbol->sector = i;
		if (strcmp(site->sectors[i], text) == 0)
			return true;
	}
	return document_refuse(d, text, "found one sector more, \"%.64s\", expected at most %d",
		text, SECTOR_COUNT_MAX - 1);
}

struct named {
	uint64_t name;
	uint32_t index;
};

static int compare_named(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* 65,536 names are too many to compare each with each: they are sorted, and equals stand together. */
static bool check_names(const struct document *d, const struct site_config *site)
{
	const struct raw_symbols *raw = d->root;
	struct named *rows = calloc(site->symbol_count, sizeof *rows);
	bool good = true;
	CHECK(rows != NULL);
	for (uint32_t i = 0; i < site->symbol_count; i++)
		rows[i] = (struct named){site->symbols[i].name, i};
	qsort(rows, site->symbol_count, sizeof *rows, compare_named);
	for (uint32_t i = 1; good && i < site->symbol_count; i++) {
		const char *name = raw->symbols[rows[i].index].name;
		if (rows[i].name == rows[i - 1].name)
			good = document_refuse(
				d, name, "found a second symbol %s, expected each once", name);
	}
	free(rows);
	return good;
}

bool symbols_read(const struct document *d, struct site_config *site)
{
	const struct raw_symbols *raw = d->root;
	for (unsigned i = 0; i < raw->symbols_count; i++) {
		const struct raw_symbol *row = &raw->symbols[i];
		struct symbol_config *symbol = &site->symbols[i];
		if (!read_name(d, row->name, &symbol->name) ||
			!read_currency(d, row, site, symbol) ||
			!field_price(d, row->tick, &symbol->tick_e4) ||
			!field_count_u32(d, row->lot, NULL, 1, 1000000, &symbol->lot) ||
			!read_close(d, row, symbol) || !read_volumes(d, row, symbol) ||
			!read_sector(d, row->sector, site, symbol))
			return false;
		site->symbol_count++;
	}
	return check_names(d, site);
}
