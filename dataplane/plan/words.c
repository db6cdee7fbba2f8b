#include "dataplane/plan/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { WORD_BYTES = 64, LINE_BYTES = 512 };

/* The next word, or what stands between quotes; false: the line is over.  A longer word is cut and
   then matches nothing. */
static bool words_next(const char **line, char word[WORD_BYTES])
{
	const char *p = *line + strspn(*line, " \t");
	bool is_quoted = *p == '"';
	p += is_quoted;
	size_t size = strcspn(p, is_quoted ? "\"" : " \t");
	size_t kept = size < WORD_BYTES ? size : WORD_BYTES - 1;
	memcpy(word, p, kept);
	word[kept] = '\0';
	*line = p + size + (is_quoted && p[size] == '"');
	return size > 0;
}

static bool words_number(const char *word, uint32_t *number)
{
	uint64_t value = 0;
	size_t size = strlen(word);
	if (size == 0 || size > 9 || strspn(word, "0123456789") != size)
		return false;
	for (size_t i = 0; i < size; i++)
		value = value * 10 + (uint64_t)(word[i] - '0');
	*number = (uint32_t)value;
	return true;
}

/* A table of rows with an id and a name, seen through two functions of the index. */
struct words_table {
	uint32_t count;
	uint32_t (*id)(const struct site_config *site, uint32_t index);
	const char *(*name)(const struct site_config *site, uint32_t index);
};

static uint32_t venue_id(const struct site_config *site, uint32_t index)
{
	(void)site;
	return index;
}

static const char *venue_name(const struct site_config *site, uint32_t index)
{
	return site->venues[index].name;
}

/* Venues have a row in the session tables too: it follows the clients' sessions. */
static uint32_t session_id(const struct site_config *site, uint32_t index)
{
	return index < site->session_count ? site->sessions[index].id
					   : site->venues[index - site->session_count].session_id;
}

static const char *session_name(const struct site_config *site, uint32_t index)
{
	return index < site->session_count ? site->sessions[index].name
					   : site->venues[index - site->session_count].name;
}

static uint32_t account_id(const struct site_config *site, uint32_t index)
{
	return site->accounts[index].id;
}

static const char *account_name(const struct site_config *site, uint32_t index)
{
	return site->accounts[index].name;
}

enum { STRATEGIES = ARRAY_COUNT(((struct account_config *)0)->strategies) };

static uint32_t strategy_id(const struct site_config *site, uint32_t index)
{
	const struct account_config *account = &site->accounts[index / STRATEGIES];
	uint32_t row = index % STRATEGIES;
	return row < account->strategy_count ? account->strategies[row].id : 0;
}

static const char *strategy_name(const struct site_config *site, uint32_t index)
{
	const struct account_config *account = &site->accounts[index / STRATEGIES];
	uint32_t row = index % STRATEGIES;
	return row < account->strategy_count ? account->strategies[row].name : "";
}

/* A number is an id before it is a name; an exact name goes before one in other capitals. */
static bool words_find_row(const struct site_config *site, const struct words_table *table,
	const char *word, uint32_t *id)
{
	uint32_t number, other = UINT32_MAX;
	bool is_number = words_number(word, &number);
	for (uint32_t i = 0; is_number && i < table->count; i++) {
		if (table->id(site, i) == number && table->name(site, i)[0] != '\0') {
			*id = number;
			return true;
		}
	}
	for (uint32_t i = 0; i < table->count; i++) {
		const char *name = table->name(site, i);
		if (name[0] != '\0' && strcmp(name, word) == 0) {
			*id = table->id(site, i);
			return true;
		}
		if (name[0] != '\0' && other == UINT32_MAX && strcasecmp(name, word) == 0)
			other = table->id(site, i);
	}
	*id = other;
	return other != UINT32_MAX;
}

static bool words_find_symbol(const struct site_config *site, const char *word, uint32_t *id)
{
	char upper[9] = "";
	if (strlen(word) >= sizeof upper)
		return false;
	*id = site_symbol_find(site, symbol_pack(word));
	for (size_t i = 0; word[i] != '\0'; i++)
		upper[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
	if (*id == UINT32_MAX)
		*id = site_symbol_find(site, symbol_pack(upper));
	return *id != UINT32_MAX;
}

static bool words_find(
	const struct site_config *site, enum scope scope, const char *word, uint32_t *id)
{
	const struct words_table venues = {site->venue_count, venue_id, venue_name};
	const struct words_table sessions = {
		site->session_count + site->venue_count, session_id, session_name};
	const struct words_table accounts = {site->account_count, account_id, account_name};
	const struct words_table strategies = {
		site->account_count * STRATEGIES, strategy_id, strategy_name};
	switch (scope) {
	case SCOPE_VENUE:
		return words_find_row(site, &venues, word, id);
	case SCOPE_SESSION:
		return words_find_row(site, &sessions, word, id);
	case SCOPE_ACCOUNT:
		return words_find_row(site, &accounts, word, id);
	case SCOPE_STRATEGY:
		return words_find_row(site, &strategies, word, id);
	case SCOPE_SYMBOL:
		return words_find_symbol(site, word, id);
	case SCOPE_FIRM:
	default:
		*id = 0;
		return strcmp(word, "0") == 0 || strcasecmp(word, "all") == 0 ||
		       strcasecmp(word, site->name) == 0;
	}
}

static bool words_scope(const char *word, enum scope *scope)
{
	if (strcasecmp(word, "all") == 0) {
		*scope = SCOPE_FIRM;
		return true;
	}
	for (unsigned i = SCOPE_FIRM; i <= SCOPE_SYMBOL; i++) {
		if (strcasecmp(word, scope_name((enum scope)i)) == 0) {
			*scope = (enum scope)i;
			return true;
		}
	}
	return false;
}

/* What is left of the line is the reason, with or without its `because` and its quotes, in which \" and \\ are one
   character. */
static void words_reason(const char *rest, char reason[WORDS_REASON_BYTES])
{
	rest += strspn(rest, " \t");
	if (strncasecmp(rest, "because", 7) == 0 && strchr(" \t\"", rest[7]))
		rest += 7 + strspn(rest + 7, " \t");
	size_t size = strlen(rest);
	while (size > 0 && strchr(" \t", rest[size - 1]))
		size--;
	bool is_quoted = size >= 2 && rest[0] == '"' && rest[size - 1] == '"';
	const char *end = rest + size - (is_quoted ? 1 : 0);
	size_t used = 0;
	for (const char *at = rest + (is_quoted ? 1 : 0); at < end && used + 1 < WORDS_REASON_BYTES;
		at++) {
		bool is_escape = is_quoted && *at == '\\' && at + 1 < end && strchr("\"\\", at[1]);
		at += is_escape ? 1 : 0;
		reason[used++] = *at;
	}
	reason[used] = '\0';
}

/* The line as a string: what is not printable becomes a question mark, which no word contains. */
static void words_clean(const char *line, size_t size, char clean[LINE_BYTES])
{
	if (size >= LINE_BYTES)
		size = LINE_BYTES - 1;
	for (size_t i = 0; i < size; i++)
		clean[i] = (line[i] >= ' ' && line[i] <= '~') || line[i] == '\t' ? line[i] : '?';
	clean[size] = '\0';
}

/* The id as the journal knows it, and what the person called it. */
static void words_label(struct words *words, const char *word)
{
	const char *scope = scope_name(words->scope);
	uint32_t number;
	if (words->scope == SCOPE_FIRM)
		snprintf(words->label, sizeof words->label, "firm");
	else if (words->scope == SCOPE_SYMBOL)
		snprintf(words->label, sizeof words->label, "symbol %.8s", word);
	else if (words_number(word, &number))
		snprintf(words->label, sizeof words->label, "%s %u", scope, words->id);
	else
		snprintf(
			words->label, sizeof words->label, "%s %u (%.32s)", scope, words->id, word);
}

static int words_read_scope(const struct site_config *site, const char *rest, struct words *words,
	char *text, size_t text_size)
{
	char word[WORD_BYTES] = "";
	if (!words_next(&rest, word) || !words_scope(word, &words->scope)) {
		snprintf(text, text_size,
			"found scope \"%s\", expected firm, venue, session, account, strategy or "
			"symbol",
			word);
		return word[0] != '\0' ? ANSWER_ARGUMENT_BAD : ANSWER_ARGUMENT_MISSING;
	}
	const char *before = rest;
	bool has_id = words_next(&rest, word);
	if (words->scope == SCOPE_FIRM && (!has_id || strcasecmp(word, "because") == 0)) {
		rest = before;
	} else if (!has_id) {
		snprintf(text, text_size,
			"found no id, expected: <kill|halt|reduce-only> %s <id or name>",
			scope_name(words->scope));
		return ANSWER_ARGUMENT_MISSING;
	} else if (!words_find(site, words->scope, word, &words->id)) {
		snprintf(text, text_size,
			"found %s \"%s\", expected one that the site's files name; nothing was "
			"stopped",
			scope_name(words->scope), word);
		return ANSWER_NOT_FOUND;
	}
	words_label(words, word);
	words_reason(rest, words->reason);
	return 0;
}

int words_read(const struct site_config *site, const char *line, size_t size, struct words *words,
	char *text, size_t text_size)
{
	static const struct {
		const char *word;
		enum trading_state state;
	} verbs[] = {
		{"kill", STATE_KILLED}, {"halt", STATE_HALTED}, {"reduce-only", STATE_REDUCE_ONLY}};
	char clean[LINE_BYTES], word[WORD_BYTES] = "";
	const char *rest = clean;
	memset(words, 0, sizeof *words);
	words_clean(line, size, clean);
	words_next(&rest, word);
	if (strcasecmp(word, "status") == 0) {
		words->is_status = true;
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcasecmp(word, verbs[i].word) == 0) {
			words->state = verbs[i].state;
			return words_read_scope(site, rest, words, text, text_size);
		}
	}
	snprintf(text, text_size,
		"found \"%s\", expected kill, halt, reduce-only or status; other commands: "
		"sluicectl",
		word);
	return ANSWER_UNKNOWN_COMMAND;
}
