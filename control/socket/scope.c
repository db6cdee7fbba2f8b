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

static bool account_id_find(const struct site_config *site, const char *word, uint32_t *id)
{
	uint32_t number = 0;
	bool is_number = number_read(word, &number);
	for (uint32_t i = 0; i < site->account_count; i++) {
		const struct account_config *account = &site->accounts[i];
		if ((is_number && account->id == number) || strcmp(account->name, word) == 0) {
			*id = account->id;
			return true;
		}
	}
	return false;
}

static bool strategy_id_find(const struct site_config *site, const char *word, uint32_t *id)
{
	uint32_t number = 0;
	bool is_number = number_read(word, &number);
	for (uint32_t i = 0; i < site->account_count; i++) {
		for (uint32_t j = 0; j < site->accounts[i].strategy_count; j++) {
			const struct strategy_config *strategy = &site->accounts[i].strategies[j];
			if ((is_number && strategy->id == number) ||
				strcmp(strategy->name, word) == 0) {
				*id = strategy->id;
				return true;
			}
		}
	}
	return false;
}

static bool session_id_find(const struct site_config *site, const char *word, uint32_t *id)
{
	uint32_t number = 0;
	bool is_number = number_read(word, &number);
	for (uint32_t i = 0; i < site->session_count; i++) {
		const struct session_config *session = &site->sessions[i];
		if ((is_number && session->id == number) || strcmp(session->name, word) == 0) {
			*id = session->id;
			return true;
		}
	}
	for (uint32_t i = 0; i < site->venue_count; i++) {
		if (is_number && site->venues[i].session_id == number) {
			*id = number;
			return true;
		}
	}
	return false;
}

static bool venue_id_find(const struct site_config *site, const char *word, uint32_t *id)
{
	uint32_t number = 0;
	bool is_number = number_read(word, &number);
	for (uint32_t i = 0; i < site->venue_count; i++) {
		if ((is_number && number == i) || strcmp(site->venues[i].name, word) == 0) {
			*id = i;
			return true;
		}
	}
	return false;
}

bool scope_id_find(const struct site_config *site, enum scope scope, const char *word, uint32_t *id)
{
	*id = 0;
	switch (scope) {
	case SCOPE_FIRM:
		return strcmp(word, "0") == 0 || strcmp(word, site->name) == 0;
	case SCOPE_VENUE:
		return venue_id_find(site, word, id);
	case SCOPE_SESSION:
		return session_id_find(site, word, id);
	case SCOPE_ACCOUNT:
		return account_id_find(site, word, id);
	case SCOPE_STRATEGY:
		return strategy_id_find(site, word, id);
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
