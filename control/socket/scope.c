#include "control/socket/scope.h"

#include <stdio.h>

bool scope_find(const char *word, enum scope *scope)
{
	for (unsigned i = SCOPE_FIRM; i <= SCOPE_SYMBOL; i++) {
		if (strcmp(word, scope_name((enum scope)i)) == 0) {
			*scope = (enum scope)i;
			return true;
		}
	}
	*scope = SCOPE_FIRM;
	return strcmp(word, "all") == 0;
}

/* Decimal digits only; no sign, no leading zero but 0 itself. */
static bool number_read(const char *word, uint32_t *id)
{
	uint64_t value = 0;
	if (word[0] == '\0' || (word[0] == '0' && word[1] != '\0'))
		return false;
	for (; *word >= '0' && *word <= '9'; word++) {
		value = value * 10 + (uint64_t)(*word - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*id = (uint32_t)value;
	return *word == '\0';
}

/* Whether a scope of the site has a number. */
static bool number_is_known(const struct site_config *site, enum scope scope, uint32_t number)
{
	if (scope == SCOPE_ACCOUNT)
		return site_account_find(site, number) != UINT32_MAX;
	if (scope == SCOPE_STRATEGY)
		return site_has_strategy(site, number);
	if (scope == SCOPE_VENUE)
		return number < site->venue_count;
	for (uint32_t i = 0; i < site->venue_count; i++)
		if (site->venues[i].session_id == number)
			return true;
	return site_session_find(site, number) != UINT32_MAX;
}

static bool account_named(const struct site_config *site, const char *name, uint32_t *id)
{
	for (uint32_t i = 0; i < site->account_count; i++) {
		*id = site->accounts[i].id;
		if (strcmp(site->accounts[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool strategy_named(const struct site_config *site, const char *name, uint32_t *id)
{
	for (uint32_t i = 0; i < site->account_count; i++) {
		for (uint32_t j = 0; j < site->accounts[i].strategy_count; j++) {
			*id = site->accounts[i].strategies[j].id;
			if (strcmp(site->accounts[i].strategies[j].name, name) == 0)
				return true;
		}
	}
	return false;
}

/* The number of a venue, as a venue or as the session with it. */
static bool venue_named(
	const struct site_config *site, const char *name, bool is_session, uint32_t *id)
{
	for (uint32_t i = 0; i < site->venue_count; i++) {
		*id = is_session ? site->venues[i].session_id : i;
		if (strcmp(site->venues[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool session_named(const struct site_config *site, const char *name, uint32_t *id)
{
	for (uint32_t i = 0; i < site->session_count; i++) {
		*id = site->sessions[i].id;
		if (strcmp(site->sessions[i].name, name) == 0)
			return true;
	}
	return venue_named(site, name, true, id);
}

/* A number is an id before it is anybody's name, here as at the door of the dataplane. */
static bool row_find(
	const struct site_config *site, enum scope scope, const char *word, uint32_t *id)
{
	if (number_read(word, id) && number_is_known(site, scope, *id))
		return true;
	if (scope == SCOPE_ACCOUNT)
		return account_named(site, word, id);
	if (scope == SCOPE_STRATEGY)
		return strategy_named(site, word, id);
	return scope == SCOPE_VENUE ? venue_named(site, word, false, id)
				    : session_named(site, word, id);
}

bool scope_id_find(const struct site_config *site, enum scope scope, const char *word, uint32_t *id)
{
	*id = 0;
	switch (scope) {
	case SCOPE_FIRM:
		return strcmp(word, "0") == 0 || strcmp(word, site->name) == 0;
	case SCOPE_VENUE:
	case SCOPE_SESSION:
	case SCOPE_ACCOUNT:
	case SCOPE_STRATEGY:
		return row_find(site, scope, word, id);
	case SCOPE_SYMBOL:
		*id = strlen(word) <= 8 && word[0] != '\0'
			      ? site_symbol_find(site, symbol_pack(word))
			      : SYMBOL_NONE;
		return *id != SYMBOL_NONE;
	default:
		return false;
	}
}

static const char *scoped_name(const struct site_config *site, enum scope scope, uint32_t id)
{
	for (uint32_t i = 0; scope == SCOPE_SESSION && i < site->session_count; i++) {
		if (site->sessions[i].id == id)
			return site->sessions[i].name;
	}
	for (uint32_t i = 0;
		(scope == SCOPE_ACCOUNT || scope == SCOPE_STRATEGY) && i < site->account_count;
		i++) {
		const struct account_config *account = &site->accounts[i];
		if (scope == SCOPE_ACCOUNT && account->id == id)
			return account->name;
		for (uint32_t j = 0; scope == SCOPE_STRATEGY && j < account->strategy_count; j++) {
			if (account->strategies[j].id == id)
				return account->strategies[j].name;
		}
	}
	for (uint32_t i = 0; scope == SCOPE_VENUE && i < site->venue_count; i++) {
		if (site_venue_place(site, i) == id)
			return site->venues[i].name;
	}
	return "";
}

void scope_id_name(
	const struct site_config *site, enum scope scope, uint32_t id, char *text, size_t size)
{
	char symbol[9];
	if (scope == SCOPE_FIRM) {
		snprintf(text, size, "firm");
	} else if (scope == SCOPE_SYMBOL && id < site->symbol_count) {
		symbol_unpack(site->symbols[id].name, symbol);
		snprintf(text, size, "symbol %s", symbol);
	} else {
		const char *name = scoped_name(site, scope, id);
		snprintf(text, size, "%s %u%s%s%s", scope_name(scope), id,
			name[0] != '\0' ? " (" : "", name, name[0] != '\0' ? ")" : "");
	}
}
