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

static bool read_documents(struct document *documents, struct site_config *site)
{
	const struct raw_accounts *accounts = documents[ACCOUNTS].root;
	const struct raw_symbols *symbols = documents[SYMBOLS].root;
	site->accounts = calloc(accounts->accounts_count, sizeof *site->accounts);
	site->symbols = calloc(symbols->symbols_count, sizeof *site->symbols);
	CHECK(site->accounts != NULL && site->symbols != NULL);
	return site_read(&documents[SITE], site) && start_read(&documents[SITE], site) &&
	       currencies_read(&documents[SITE], site) && days_read(&documents[SITE], site) &&
	       market_read(&documents[SITE], site) && wires_read(&documents[SITE], site) &&
	       sessions_read(&documents[SITE], site) && accounts_read(&documents[ACCOUNTS], site) &&
	       sessions_check(&documents[SITE], site) && copies_read(&documents[SITE], site) &&
	       symbols_read(&documents[SYMBOLS], site) && routes_read(&documents[SITE], site) &&
	       gates_read(&documents[SITE], site);
}

bool site_parse(struct site_config *site, const char *directory, const struct file_text *texts,
	struct config_error *error)
{
	struct document documents[FILE_COUNT];
	char names[FILE_COUNT][PATH_BYTES + 16];
	unsigned opened = 0;
	bool good = true;
	memset(site, 0, sizeof *site);
	error->text[0] = '\0';
	if (strlen(directory) >= sizeof site->directory) {
		snprintf(error->text, sizeof error->text,
			"%.64s...:1:1: found a path of %zu bytes, expected "
			"at most %zu",
			directory, strlen(directory), sizeof site->directory - 1);
		return false;
	}
	snprintf(site->directory, sizeof site->directory, "%s", directory);
	for (; good && opened < FILE_COUNT; opened += good ? 1 : 0) {
		snprintf(names[opened], sizeof names[opened], "%s/%s", directory,
			files[opened].name);
		good = document_open(&documents[opened], names[opened], texts[opened].bytes,
			texts[opened].size, files[opened].schema, error);
	}
	good = good && read_documents(documents, site);
	for (unsigned i = 0; i < opened; i++)
		document_close(&documents[i]);
	if (good)
		hash_texts(texts, site->hash);
	else
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

bool site_load(struct site_config *site, const char *directory, struct config_error *error)
{
	struct file_text texts[FILE_COUNT] = {0};
	char path[PATH_BYTES + 16];
	bool good = true;
	memset(site, 0, sizeof *site);
	error->text[0] = '\0';
	for (unsigned i = 0; good && i < FILE_COUNT; i++) {
		snprintf(path, sizeof path, "%.*s/%s", PATH_BYTES - 1, directory, files[i].name);
		good = file_text_read(&texts[i], path, error);
	}
	good = good && site_parse(site, directory, texts, error);
	for (unsigned i = 0; i < FILE_COUNT; i++)
		file_text_free(&texts[i]);
	return good;
}

bool config_load(struct site_config *site, const char *directory, struct config_error *error)
{
	if (!site_load(site, directory, error))
		return false;
	if (load_positions(site, error))
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
