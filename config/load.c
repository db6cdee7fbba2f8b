#include "config/site_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { SITE, ACCOUNTS, SYMBOLS, FILE_COUNT };

static const struct {
	const char *name;
	const cyaml_schema_value_t *schema;
} files[FILE_COUNT] = {
	{"site.yaml", &site_file_site},
	{"accounts.yaml", &site_file_accounts},
	{"symbols.yaml", &site_file_symbols},
};

/* The hash is over the bytes of the three files, one after the other (and of the positions file: positions.c). */
static void hash_texts(const struct file_text *texts, uint64_t hash[2])
{
	XXH3_state_t *state = XXH3_createState();
	CHECK(state != NULL && XXH3_128bits_reset(state) == XXH_OK);
	for (unsigned i = 0; i < FILE_COUNT; i++)
		CHECK(XXH3_128bits_update(state, texts[i].bytes, texts[i].size) == XXH_OK);
	XXH128_hash_t digest = XXH3_128bits_digest(state);
	hash[0] = digest.low64;
	hash[1] = digest.high64;
	XXH3_freeState(state);
}

/* The three files, as far as they are read. */
struct config_reading {
	struct site_config *site;
	struct config_error *error;
	struct file_text texts[FILE_COUNT];
	struct document documents[FILE_COUNT];
	char names[FILE_COUNT][PATH_BYTES + 16];
	unsigned opened;
};

static bool reading_open(struct config_reading *r, unsigned file)
{
	snprintf(r->names[file], sizeof r->names[file], "%s/%s", r->site->directory,
		files[file].name);
	bool good = document_open(&r->documents[file], r->names[file], r->texts[file].bytes,
		r->texts[file].size, files[file].schema, r->error);
	r->opened += good ? 1 : 0;
	return good;
}

static void reading_close(struct config_reading *r)
{
	for (unsigned i = 0; i < r->opened; i++)
		document_close(&r->documents[i]);
	r->opened = 0;
}

/* What site.yaml says without a word of accounts and symbols: where things lie, what runs, what ports there are. */
static bool reading_first(struct config_reading *r, const char *directory)
{
	struct site_config *site = r->site;
	const struct document *d = &r->documents[SITE];
	memset(site, 0, sizeof *site);
	r->error->text[0] = '\0';
	if (strlen(directory) >= sizeof site->directory) {
		snprintf(r->error->text, sizeof r->error->text,
			"%.64s...:1:1: found a path of %zu bytes, expected "
			"at most %zu",
			directory, strlen(directory), sizeof site->directory - 1);
		return false;
	}
	snprintf(site->directory, sizeof site->directory, "%s", directory);
	return reading_open(r, SITE) && site_read(d, site) && start_read(d, site) &&
	       currencies_read(d, site) && days_read(d, site) && market_read(d, site) &&
	       wires_read(d, site);
}

static bool reading_rest(struct config_reading *r)
{
	struct site_config *site = r->site;
	const struct document *d = r->documents;
	if (!reading_open(r, ACCOUNTS) || !reading_open(r, SYMBOLS))
		return false;
	const struct raw_accounts *accounts = d[ACCOUNTS].root;
	const struct raw_symbols *symbols = d[SYMBOLS].root;
	site->accounts = calloc(accounts->accounts_count, sizeof *site->accounts);
	site->symbols = calloc(symbols->symbols_count, sizeof *site->symbols);
	CHECK(site->accounts != NULL && site->symbols != NULL);
	bool good = sessions_read(&d[SITE], site) && accounts_read(&d[ACCOUNTS], site) &&
		    sessions_check(&d[SITE], site) && copies_read(&d[SITE], site) &&
		    symbols_read(&d[SYMBOLS], site) && routes_read(&d[SITE], site) &&
		    gates_read(&d[SITE], site);
	if (good)
		hash_texts(r->texts, site->hash);
	return good;
}

bool site_parse(struct site_config *site, const char *directory, const struct file_text *texts,
	struct config_error *error)
{
	struct config_reading r = {.site = site, .error = error};
	memcpy(r.texts, texts, sizeof r.texts);
	bool good = reading_first(&r, directory) && reading_rest(&r);
	reading_close(&r);
	if (!good)
		config_free(site);
	return good;
}

static bool load_positions(struct site_config *site, struct config_error *error)
{
	struct file_text text;
	if (site->positions_path[0] == '\0')
		return true;
	bool good = file_text_read(&text, site->positions_path, error) &&
		    positions_parse(site, &text, error);
	file_text_free(&text);
	return good;
}

static void texts_free(struct file_text *texts)
{
	for (unsigned i = 0; i < FILE_COUNT; i++)
		file_text_free(&texts[i]);
}

/* texts: all empty before. */
static bool texts_read(struct file_text *texts, const char *directory, struct config_error *error)
{
	char path[PATH_BYTES + 16];
	bool good = true;
	error->text[0] = '\0';
	for (unsigned i = 0; good && i < FILE_COUNT; i++) {
		snprintf(path, sizeof path, "%.*s/%s", PATH_BYTES - 1, directory, files[i].name);
		good = file_text_read(&texts[i], path, error);
	}
	return good;
}

bool site_load(struct site_config *site, const char *directory, struct config_error *error)
{
	struct file_text texts[FILE_COUNT] = {0};
	memset(site, 0, sizeof *site);
	bool good =
		texts_read(texts, directory, error) && site_parse(site, directory, texts, error);
	texts_free(texts);
	return good;
}

struct config_reading *config_begin(
	struct site_config *site, const char *directory, struct config_error *error)
{
	struct config_reading *r = calloc(1, sizeof *r);
	CHECK(r != NULL);
	r->site = site;
	r->error = error;
	memset(site, 0, sizeof *site);
	if (texts_read(r->texts, directory, error) && reading_first(r, directory))
		return r;
	config_drop(r);
	config_free(site);
	return NULL;
}

void config_drop(struct config_reading *reading)
{
	reading_close(reading);
	texts_free(reading->texts);
	free(reading);
}

bool config_end(struct config_reading *reading)
{
	bool good = reading_rest(reading) && load_positions(reading->site, reading->error);
	config_drop(reading);
	return good;
}

bool config_load(struct site_config *site, const char *directory, struct config_error *error)
{
	struct config_reading *reading = config_begin(site, directory, error);
	if (reading == NULL)
		return false;
	if (config_end(reading))
		return true;
	config_free(site);
	return false;
}

bool limitset_load(struct limitset *set, const struct site_config *site, const char *path,
	struct config_error *error)
{
	struct file_text text;
	error->text[0] = '\0';
	if (!file_text_read(&text, path, error))
		return false;
	bool good = limitset_parse(set, site, path, text.bytes, text.size, error);
	file_text_free(&text);
	return good;
}

void config_free(struct site_config *site)
{
	free(site->accounts);
	free(site->symbols);
	free(site->positions);
	memset(site, 0, sizeof *site);
}

uint32_t site_feed_count(const struct site_config *site)
{
	return site->feed_count != 0 ? site->feed_count : 1;
}
