#include "config/scalar.h"
#include "config/schema.h"
#include "config/site_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* clang-format off */
static const cyaml_schema_field_t position_fields[] = {
	TEXT(MUST, raw_position, account),
	TEXT(MUST, raw_position, symbol),
	CYAML_FIELD_STRING_PTR("long",  MAY, struct raw_position, is_long, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("short", MAY, struct raw_position, is_short, 0, CYAML_UNLIMITED),
	TEXT(MUST, raw_position, cost),
	TEXT(MUST, raw_position, price),
	CYAML_FIELD_END};
static const cyaml_schema_value_t position_entry = ENTRY(raw_position, position_fields);

static const cyaml_schema_field_t positions_fields[] = {
	TEXT(MUST, raw_positions, version),
	TEXT(MUST, raw_positions, as_of),
	LIST(MUST, raw_positions, positions, &position_entry, 0, ROW_COUNT_MAX),
	CYAML_FIELD_END};
static const cyaml_schema_value_t positions_file = ROOT(raw_positions, positions_fields);
/* clang-format on */

/* So many shares at the highest price are below 2^62 in money_e4. */
static const uint64_t SHARES_MAX = 1000000000;

static bool read_age(const struct document *d, const char *text, uint64_t *age_ns)
{
	const char *expected = scalar_duration(text, age_ns);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	return *age_ns != 0 ||
	       document_refuse(d, text, "found \"%s\", expected more than nothing", text);
}

bool start_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	const struct raw_start *start = raw->positions;
	if (start == NULL)
		return true;
	return field_path(d, site->directory, start->file, "a file", site->positions_path,
		       sizeof site->positions_path) &&
	       read_age(d, start->max_age, &site->positions_max_age_ns);
}

static bool read_names(const struct document *d, const struct raw_position *raw,
	const struct site_config *site, struct position_config *position)
{
	if (!field_count_u32(d, raw->account, NULL, 1, ACCOUNT_COUNT_MAX - 1, &position->account))
		return false;
	if (site_account_find(site, position->account) == UINT32_MAX)
		return document_refuse(d, raw->account,
			"found the unknown account %s, expected an id from accounts.yaml",
			raw->account);
	bool is_short_enough = strlen(raw->symbol) <= 8;
	position->symbol =
		is_short_enough ? site_symbol_find(site, symbol_pack(raw->symbol)) : UINT32_MAX;
	return position->symbol != UINT32_MAX ||
	       document_refuse(d, raw->symbol,
		       "found the unknown symbol \"%.64s\", expected one from symbols.yaml",
		       raw->symbol);
}

static bool read_shares(
	const struct document *d, const struct raw_position *raw, struct position_config *position)
{
	uint64_t shares = 0;
	if ((raw->is_long != NULL) == (raw->is_short != NULL))
		return document_refuse(d, raw->symbol,
			"found %s for %s, expected either long or short",
			raw->is_long != NULL ? "both long and short" : "neither long nor short",
			raw->symbol);
	const char *text = raw->is_long != NULL ? raw->is_long : raw->is_short;
	if (!field_count(d, text, "shares", 1, SHARES_MAX, &shares))
		return false;
	position->shares = raw->is_long != NULL ? (int64_t)shares : -(int64_t)shares;
	return true;
}

/* A price that no order may have is no price to value a position at either. */
static bool read_price(const struct document *d, const char *text, int64_t *price_e4)
{
	static const int64_t price_e4_max = 2000000000;
	if (!field_price(d, text, price_e4))
		return false;
	return *price_e4 < price_e4_max ||
	       document_refuse(d, text, "found %s, expected a price below 200000", text);
}

struct placed {
	uint64_t key;
	uint32_t index;
};

static int compare_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Sorted, the second of a pair stands behind the first. */
static bool check_pairs(
	const struct document *d, const struct position_config *rows, unsigned count)
{
	const struct raw_positions *raw = d->root;
	struct placed *placed = calloc(count + 1u, sizeof *placed);
	bool good = true;
	CHECK(placed != NULL);
	for (unsigned i = 0; i < count; i++)
		placed[i] = (struct placed){(uint64_t)rows[i].account << 32 | rows[i].symbol, i};
	qsort(placed, count, sizeof *placed, compare_placed);
	for (unsigned i = 1; good && i < count; i++) {
		const struct raw_position *row = &raw->positions[placed[i].index];
		if (placed[i].key == placed[i - 1].key)
			good = document_refuse(d, row->symbol,
				"found %s of account %s again, expected each once", row->symbol,
				row->account);
	}
	free(placed);
	return good;
}

static bool read_rows(
	const struct document *d, const struct site_config *site, struct position_config *rows)
{
	const struct raw_positions *raw = d->root;
	for (unsigned i = 0; i < raw->positions_count; i++) {
		const struct raw_position *row = &raw->positions[i];
		if (!read_names(d, row, site, &rows[i]) || !read_shares(d, row, &rows[i]) ||
			!read_price(d, row->cost, &rows[i].cost_e4) ||
			!read_price(d, row->price, &rows[i].price_e4))
			return false;
	}
	return check_pairs(d, rows, raw->positions_count);
}

static bool read_head(const struct document *d, uint64_t *wall_ns)
{
	const struct raw_positions *raw = d->root;
	uint64_t version;
	if (!field_count(d, raw->version, NULL, 1, 1, &version))
		return false;
	const char *expected = scalar_time(raw->as_of, wall_ns);
	return expected == NULL ||
	       document_refuse(d, raw->as_of, "found \"%.64s\", expected %s", raw->as_of, expected);
}

static void hash_more(struct site_config *site, const struct file_text *text)
{
	XXH3_state_t *state = XXH3_createState();
	CHECK(state != NULL && XXH3_128bits_reset(state) == XXH_OK);
	CHECK(XXH3_128bits_update(state, site->hash, sizeof site->hash) == XXH_OK);
	CHECK(XXH3_128bits_update(state, text->bytes, text->size) == XXH_OK);
	XXH128_hash_t digest = XXH3_128bits_digest(state);
	site->hash[0] = digest.low64;
	site->hash[1] = digest.high64;
	XXH3_freeState(state);
}

bool positions_parse(
	struct site_config *site, const struct file_text *text, struct config_error *error)
{
	struct document d;
	uint64_t wall_ns = 0;
	if (!document_open(
		    &d, site->positions_path, text->bytes, text->size, &positions_file, error))
		return false;
	const struct raw_positions *raw = d.root;
	uint32_t count = raw->positions_count;
	struct position_config *rows = calloc(count + 1u, sizeof *rows);
	CHECK(rows != NULL);
	bool good = read_head(&d, &wall_ns) && read_rows(&d, site, rows);
	document_close(&d);
	if (!good) {
		free(rows);
		return false;
	}
	site->positions = rows;
	site->position_count = count;
	site->positions_wall_ns = wall_ns;
	hash_more(site, text);
	return true;
}

bool positions_are_current(
	const struct site_config *site, uint64_t wall_ns, struct config_error *error)
{
	uint64_t held_ns = site->positions_wall_ns;
	if (site->positions_path[0] == '\0' ||
		(held_ns <= wall_ns && wall_ns - held_ns <= site->positions_max_age_ns))
		return true;
	if (held_ns > wall_ns)
		snprintf(error->text, sizeof error->text,
			"%s:1:1: found an as_of %" PRIu64 " ms ahead of this machine's clock, "
			"expected a time that has been: write the file of this day, or check the "
			"clock",
			site->positions_path, (held_ns - wall_ns) / 1000000u + 1);
	else
		snprintf(error->text, sizeof error->text,
			"%s:1:1: found an as_of %" PRIu64 " s ago, expected at most %" PRIu64
			" s, the site's max_age: write the file of this day, or check the clock",
			site->positions_path, (wall_ns - held_ns) / 1000000000u,
			site->positions_max_age_ns / 1000000000u);
	return false;
}
