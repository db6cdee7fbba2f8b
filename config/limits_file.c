#include "config/cut.h"
#include "config/exit_collar.h"
#include "config/field.h"
#include "config/limits_schema.h"
#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* What one reading carries along. */
struct reading {
	const struct document *document;
	const struct site_config *site;
	struct limitset *set;
	const char **exits; /* by row: what it says for its exit collar */
};

/* The gate keeps the time of every order within a window, so a count has a bound (limits.h). */
static uint32_t count_bound(enum limit limit, enum scope scope)
{
	return limit_keys[limit].unit == COUNT ? limit_times_max(limit) : limit_rate_max(scope);
}

static bool check_bounds(
	const struct document *d, enum limit limit, const char *text, const struct limit_row *row)
{
	const struct limit_value *value = &row->limits[limit];
	uint32_t bound = count_bound(limit, (enum scope)row->scope);
	if (limit_is_small(limit) && value->value > SHARE_BPS_MAX)
		return document_refuse(
			d, text, "found \"%s\", expected at most %d bps", text, SHARE_BPS_MAX);
	if (limit == LIMIT_max_slicing && value->value > SLICING_BPS_MAX)
		return document_refuse(d, text,
			"found \"%s\", expected at most %d bps: the whole would have come back",
			text, SLICING_BPS_MAX);
	if (limit_is_floor(limit) && (value->value < 1 || value->value > SYMBOL_RATE_BPS_MAX))
		return document_refuse(d, text, "found \"%s\", expected from 1 to %d bps", text,
			SYMBOL_RATE_BPS_MAX);
	/* limits.h (2): against the last number nothing breaches, as what does not fit becomes it. */
	if (value->value == INT64_MAX)
		return document_refuse(d, text,
			"found \"%s\", expected less: the last number that fits would be no limit",
			text);
	if (limit_keys[limit].unit != COUNT && limit_keys[limit].unit != RATE)
		return true;
	if (value->value < 1 || value->value > bound)
		return document_refuse(d, text, "found \"%s\", expected from 1 to %u for one %s",
			text, bound, scope_name((enum scope)row->scope));
	if (value->burst > BURST_MAX)
		return document_refuse(
			d, text, "found \"%s\", expected a burst from 1 to %u", text, BURST_MAX);
	return true;
}

static bool read_limit(
	const struct reading *r, enum limit limit, const char *text, struct limit_row *row)
{
	const struct document *d = r->document;
	const struct limit_key *key = &limit_keys[limit];
	if (!(key->scopes >> row->scope & 1)) {
		char scopes[128];
		limit_scopes_format(key->scopes, scopes, sizeof scopes);
		return document_refuse(d, text, "found %s for a %s, expected it only for: %s",
			key->key,
			row->scope == SCOPE_ACCOUNT_SYMBOL ? "symbol within account"
							   : scope_name((enum scope)row->scope),
			scopes);
	}
	const char *expected = limit_read(r->site, limit, text, &row->limits[limit]);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	/* Parts are moved between gates in one currency, that of what is used. */
	if (row->limits[limit].currency != 0 && site_gate_count(r->site) > 1 &&
		cut_adds_up((enum scope)row->scope, limit, SLICE_VALUE))
		return document_refuse(d, text,
			"found \"%.64s\" for a limit that is cut between gates, expected it in "
			"%s",
			text, site_currency(r->site));
	if (!check_bounds(d, limit, text, row))
		return false;
	row->stated |= UINT64_C(1) << limit;
	return true;
}

/* check_exit_collars holds the way out open; `text` is what made the set so, NULL: whatever states the exit collar. */
static bool check_exit_collars(const struct reading *r, const char *text)
{
	struct exit_collar found;
	char scope[64], bps[32];
	if (!exit_collar_find(r->set, r->site, &found))
		return true;
	const struct limit_row *row = &r->set->rows[found.row];
	limit_scope_format(r->site, row, scope, sizeof scope);
	snprintf(bps, sizeof bps, "%lld bps", (long long)row->limits[LIMIT_exit_collar].value);
	return document_refuse(r->document, text != NULL ? text : r->exits[found.row],
		"found \"%s\" for the exit collar of %s, expected more than the %lld bps of the "
		"collar that binds there: a way out is judged by the wider one",
		bps, scope, (long long)found.collar_bps);
}

/* read_row appends the row of one scope; what `fallback` states holds where the scope is mute. */
static bool read_row(const struct reading *r, const struct raw_scope *raw,
	const struct raw_scope *fallback, const struct limit_row *owner)
{
	struct limitset *set = r->set;
	if (set->row_count == LIMIT_ROW_COUNT_MAX)
		return document_refuse(r->document, raw,
			"found more than %d scopes, expected at most so many", LIMIT_ROW_COUNT_MAX);
	struct limit_row *row = &set->rows[set->row_count];
	limit_row_init(row, (enum scope)owner->scope, owner->id, owner->symbol);
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		const char *text = raw != NULL ? raw->limits[i] : NULL;
		if (text == NULL && fallback != NULL)
			text = fallback->limits[i];
		if (text != NULL && !read_limit(r, (enum limit)i, text, row))
			return false;
		if (i == LIMIT_exit_collar)
			r->exits[set->row_count] = text;
	}
	set->row_count++;
	return true;
}

static bool read_symbols(const struct reading *r, const struct raw_scope *rows, unsigned count,
	struct limit_row owner)
{
	uint8_t seen[SYMBOL_COUNT_MAX] = {0};
	for (unsigned i = 0; i < count; i++) {
		const char *name = rows[i].of;
		if (name[0] != '\0' && strlen(name) <= 8)
			owner.symbol = site_symbol_find(r->site, symbol_pack(name));
		else
			owner.symbol = SYMBOL_NONE;
		if (owner.symbol == SYMBOL_NONE)
			return document_refuse(r->document, name,
				"found the unknown symbol \"%.64s\", expected a name from "
				"symbols.yaml",
				name);
		if (seen[owner.symbol]++ != 0)
			return document_refuse(r->document, name,
				"found the symbol %s again, expected each once in a list", name);
		if (!read_row(r, &rows[i], NULL, &owner))
			return false;
	}
	return true;
}

static bool read_sector(const struct reading *r, const char *name, uint32_t *sector)
{
	*sector = site_sector_find(r->site, name);
	return *sector != 0 ||
	       document_refuse(r->document, name,
		       "found the unknown sector \"%.64s\", expected one that symbols.yaml names",
		       name);
}

/* Scopes that have ids of their own: sessions or strategies. */
static bool read_ids(const struct reading *r, enum scope scope, const struct raw_scope *rows,
	unsigned count, uint32_t below)
{
	struct limit_row owner = {.scope = (uint8_t)scope, .symbol = SYMBOL_NONE};
	const bool is_session = scope == SCOPE_SESSION;
	uint8_t seen[STRATEGY_COUNT_MAX] = {0};
	for (unsigned i = 0; i < count; i++) {
		const char *text = rows[i].of;
		if (!field_count_u32(r->document, text, NULL, 1, below - 1, &owner.id))
			return false;
		bool is_known = is_session ? site_session_find(r->site, owner.id) != UINT32_MAX
					   : site_has_strategy(r->site, owner.id);
		if (!is_known)
			return document_refuse(r->document, text,
				"found the unknown %s %s, expected an id from %s",
				scope_name(scope), text,
				is_session ? "the gate's sessions" : "accounts.yaml");
		if (seen[owner.id]++ != 0)
			return document_refuse(r->document, text,
				"found %s %s again, expected each once", scope_name(scope), text);
		if (!read_row(r, &rows[i], NULL, &owner))
			return false;
	}
	return true;
}

/* A sector is one of symbols.yaml's, by its name there. */
static bool read_sectors(const struct reading *r, const struct raw_scope *rows, unsigned count)
{
	struct limit_row owner = {.scope = SCOPE_SECTOR, .symbol = SYMBOL_NONE};
	uint8_t seen[SECTOR_COUNT_MAX] = {0};
	for (unsigned i = 0; i < count; i++) {
		if (!read_sector(r, rows[i].of, &owner.id))
			return false;
		if (seen[owner.id]++ != 0)
			return document_refuse(r->document, rows[i].of,
				"found the sector %s again, expected each once", rows[i].of);
		if (!read_row(r, &rows[i], NULL, &owner))
			return false;
	}
	return true;
}

/* Every account of the site has a row: the defaults, and what its own entry says instead. */
static bool read_accounts(const struct reading *r, const struct raw_file *raw)
{
	const struct raw_scope *own[ACCOUNT_COUNT_MAX] = {0};
	for (unsigned i = 0; i < raw->accounts_count; i++) {
		const char *text = raw->accounts[i].of;
		uint32_t id;
		if (!field_count_u32(r->document, text, NULL, 1, ACCOUNT_COUNT_MAX - 1, &id))
			return false;
		if (site_account_find(r->site, id) == UINT32_MAX)
			return document_refuse(r->document, text,
				"found the unknown account %s, expected an id from accounts.yaml",
				text);
		if (own[id] != NULL)
			return document_refuse(r->document, text,
				"found account %s again, expected each once", text);
		own[id] = &raw->accounts[i];
	}
	for (uint32_t i = 0; i < r->site->account_count; i++) {
		struct limit_row owner = {.scope = SCOPE_ACCOUNT,
			.id = r->site->accounts[i].id,
			.symbol = SYMBOL_NONE};
		const struct raw_scope *row = own[owner.id];
		if (!read_row(r, row, &raw->defaults.account, &owner))
			return false;
		owner.scope = SCOPE_ACCOUNT_SYMBOL;
		if (row != NULL && !read_symbols(r, row->symbols, row->symbols_count, owner))
			return false;
	}
	return true;
}

/* A session, a strategy and a sector stand alone. */
static bool check_alone(const struct reading *r, const struct raw_waiver *raw)
{
	const char *const words[] = {
		raw->session, raw->strategy, raw->sector, raw->account, raw->symbol};
	static const char *const names[] = {"session", "strategy", "sector"};
	unsigned count = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		count += words[i] != NULL;
	for (unsigned i = 0; i < ARRAY_COUNT(names) && count > 1; i++)
		if (words[i] != NULL)
			return document_refuse(r->document, words[i],
				"found %s %s and something else, expected one", names[i], words[i]);
	return true;
}

/* Whose limit a waiver or a lease is about; account and symbol may stand together. */
static bool read_waived(
	const struct reading *r, const struct raw_waiver *raw, struct limit_waiver *waiver)
{
	const char *apart = raw->session != NULL ? raw->session : raw->strategy;
	const char *owner = raw->account != NULL ? raw->account : apart;
	waiver->symbol = SYMBOL_NONE;
	waiver->scope = SCOPE_FIRM;
	if (!check_alone(r, raw))
		return false;
	if (raw->sector != NULL) {
		waiver->scope = SCOPE_SECTOR;
		return read_sector(r, raw->sector, &waiver->id);
	}
	if (raw->symbol != NULL) {
		bool is_name = raw->symbol[0] != '\0' && strlen(raw->symbol) <= 8;
		waiver->symbol =
			is_name ? site_symbol_find(r->site, symbol_pack(raw->symbol)) : SYMBOL_NONE;
		waiver->scope = SCOPE_SYMBOL;
		if (waiver->symbol == SYMBOL_NONE)
			return document_refuse(r->document, raw->symbol,
				"found the unknown symbol \"%.64s\", expected a name from "
				"symbols.yaml",
				raw->symbol);
	}
	if (owner == NULL)
		return true;
	waiver->scope = raw->session != NULL    ? SCOPE_SESSION
			: raw->strategy != NULL ? SCOPE_STRATEGY
			: raw->symbol != NULL   ? SCOPE_ACCOUNT_SYMBOL
						: SCOPE_ACCOUNT;
	return field_count_u32(r->document, owner, NULL, 1, ACCOUNT_COUNT_MAX - 1, &waiver->id);
}

/* The limit of a name; LIMIT_COUNT: it is refused. */
static unsigned read_key(const struct reading *r, const char *name)
{
	unsigned limit = 0;
	while (limit < LIMIT_COUNT && strcmp(limit_keys[limit].key, name) != 0)
		limit++;
	if (limit < LIMIT_COUNT)
		return limit;
	char near[320];
	limit_keys_near(name, near, sizeof near);
	document_refuse(r->document, name,
		"found the unknown limit \"%.64s\", expected one that the limits file may "
		"state%s%s",
		name, near[0] != '\0' ? ", such as " : ": show effective lists them", near);
	return limit;
}

static bool read_waivers(const struct reading *r, const struct raw_file *raw)
{
	for (unsigned i = 0; i < raw->waivers_count; i++) {
		const struct raw_waiver *from = &raw->waivers[i];
		struct limit_waiver *waiver = &r->set->waivers[r->set->waiver_count++];
		unsigned limit = read_key(r, from->limit);
		if (limit == LIMIT_COUNT)
			return false;
		waiver->limit = (uint8_t)limit;
		size_t size = strlen(from->reason);
		if (size == 0 || size >= WAIVER_REASON_BYTES)
			return document_refuse(r->document, from->reason,
				"found a reason of %zu bytes, expected from 1 to %d", size,
				WAIVER_REASON_BYTES - 1);
		memcpy(waiver->reason, from->reason, size + 1);
		if (!read_waived(r, from, waiver))
			return false;
	}
	return true;
}

/* What is raised is told by comparing two numbers of one currency. */
static bool read_leased(
	const struct reading *r, enum limit limit, const char *text, struct limit_row *kept)
{
	const uint32_t currency = kept->limits[limit].currency;
	if (!read_limit(r, limit, text, kept))
		return false;
	if (kept->limits[limit].currency == currency)
		return true;
	return document_refuse(r->document, text,
		"found \"%.64s\", expected the currency that the limit is stated in, %s", text,
		currency == 0 ? site_currency(r->site) : r->site->currencies[currency].name);
}

/* A lease stands in place of a limit that its scope states: elsewhere it would raise nothing. */
static bool read_lease(const struct reading *r, const struct raw_lease *raw)
{
	const struct raw_waiver owner = {.account = raw->account,
		.session = raw->session,
		.strategy = raw->strategy,
		.sector = raw->sector,
		.symbol = raw->symbol};
	struct limit_waiver of = {0};
	char scope[64];
	unsigned limit = read_key(r, raw->limit);
	bool is_collar = limit == LIMIT_collar || limit == LIMIT_exit_collar;
	if (limit == LIMIT_COUNT || !read_waived(r, &owner, &of))
		return false;
	struct limit_row row = {.scope = of.scope, .id = of.id, .symbol = of.symbol};
	for (uint32_t i = 0; i < r->set->row_count; i++) {
		struct limit_row *kept = &r->set->rows[i];
		if (kept->scope == row.scope && kept->id == row.id && kept->symbol == row.symbol &&
			(kept->stated >> limit & 1) != 0)
			return read_leased(r, (enum limit)limit, raw->value, kept) &&
			       (!is_collar || check_exit_collars(r, raw->value)) &&
			       ++r->set->lease_count != 0;
	}
	limit_scope_format(r->site, &row, scope, sizeof scope);
	return document_refuse(r->document, raw->limit,
		"found a lease of %s for %s, which states none, expected the scope that owns the "
		"limit: show effective names it",
		raw->limit, scope);
}

static bool read_leases(const struct reading *r, const struct raw_file *raw)
{
	for (unsigned i = 0; i < raw->leases_count; i++)
		if (!read_lease(r, &raw->leases[i]))
			return false;
	return true;
}

/* compare_rows gives the canonical order, in which sets of the same limits have the same hash. */
static int compare_rows(const void *left, const void *right)
{
	const struct limit_row *a = left, *b = right;
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static bool read_file(const struct reading *r)
{
	const struct raw_file *raw = r->document->root;
	struct limit_row firm = {.scope = SCOPE_FIRM, .symbol = SYMBOL_NONE};
	struct limit_row symbol = {.scope = SCOPE_SYMBOL, .symbol = SYMBOL_NONE};
	if (strcmp(raw->version, "1") != 0)
		return document_refuse(r->document, raw->version,
			"found version \"%.64s\", expected 1", raw->version);
	if (strcmp(raw->site, r->site->name) != 0)
		return document_refuse(r->document, raw->site,
			"found limits of site \"%.64s\", expected of \"%s\"", raw->site,
			r->site->name);
	return read_row(r, &raw->firm, NULL, &firm) &&
	       read_ids(r, SCOPE_SESSION, raw->sessions, raw->sessions_count, SESSION_COUNT_MAX) &&
	       read_ids(r, SCOPE_STRATEGY, raw->strategies, raw->strategies_count,
		       STRATEGY_COUNT_MAX) &&
	       read_accounts(r, raw) && read_sectors(r, raw->sectors, raw->sectors_count) &&
	       read_symbols(r, raw->symbols, raw->symbols_count, symbol) &&
	       check_exit_collars(r, NULL) && read_waivers(r, raw) && read_leases(r, raw);
}

/* A set without rows.  Those behind its count are nobody's and stay as they are: 20 MB, which most files use little of. */
static void limitset_clear(struct limitset *set)
{
	memset(set, 0, offsetof(struct limitset, rows));
}

bool limitset_parse(struct limitset *set, const struct site_config *site, const char *name,
	const char *text, size_t size, struct config_error *error)
{
	struct document document;
	limitset_clear(set);
	if (!document_open(&document, name, text, size, &limits_schema, error))
		return false;
	struct reading reading = {.document = &document,
		.site = site,
		.set = set,
		.exits = calloc(LIMIT_ROW_COUNT_MAX, sizeof *reading.exits)};
	CHECK(reading.exits != NULL);
	bool good = read_file(&reading);
	free(reading.exits);
	document_close(&document);
	if (good) {
		qsort(set->rows, set->row_count, sizeof set->rows[0], compare_rows);
		XXH128_hash_t hash = XXH3_128bits(set->rows, set->row_count * sizeof set->rows[0]);
		set->hash[0] = hash.low64;
		set->hash[1] = hash.high64;
	} else {
		limitset_clear(set);
	}
	return good;
}
