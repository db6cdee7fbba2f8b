/* find.c - one row of a site that is loaded, by its name or id (config.h). */
#include "config/config.h"

uint32_t site_symbol_find(const struct site_config *site, uint64_t name)
{
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		if (site->symbols[i].name == name)
			return i;
	}
	return UINT32_MAX;
}

uint32_t site_account_find(const struct site_config *site, uint32_t id)
{
	for (uint32_t i = 0; i < site->account_count; i++) {
		if (site->accounts[i].id == id)
			return i;
	}
	return UINT32_MAX;
}

uint32_t site_session_find(const struct site_config *site, uint32_t id)
{
	for (uint32_t i = 0; i < site->session_count; i++) {
		if (site->sessions[i].id == id)
			return i;
	}
	return UINT32_MAX;
}

bool site_has_strategy(const struct site_config *site, uint32_t id)
{
	for (uint32_t i = 0; i < site->account_count; i++)
		if (account_has_strategy(&site->accounts[i], id))
			return true;
	return false;
}

uint32_t site_position_rows(const struct site_config *site)
{
	uint64_t pairs = (uint64_t)site->account_count * site->symbol_count;
	return pairs < ROW_COUNT_MAX ? (uint32_t)pairs : ROW_COUNT_MAX;
}

uint32_t site_limit_rows(const struct site_config *site)
{
	uint64_t rows = 1 + SECTOR_COUNT_MAX + SESSION_COUNT_MAX; /* 1: the firm's */
	rows += (uint64_t)site->account_count + site->symbol_count;
	rows += (uint64_t)site->account_count * site->symbol_count;
	for (uint32_t i = 0; i < site->account_count; i++)
		rows += site->accounts[i].strategy_count;
	return rows < LIMIT_ROW_COUNT_MAX ? (uint32_t)rows : LIMIT_ROW_COUNT_MAX;
}

bool account_has_session(const struct account_config *account, uint32_t session_id)
{
	for (unsigned i = 0; i < account->session_count; i++) {
		if (account->sessions[i] == session_id)
			return true;
	}
	return false;
}

bool account_has_strategy(const struct account_config *account, uint32_t id)
{
	for (unsigned i = 0; i < account->strategy_count; i++) {
		if (account->strategies[i].id == id)
			return true;
	}
	return false;
}

uint32_t site_currency_find(const struct site_config *site, const char *name)
{
	for (uint32_t i = 0; i < site->currency_count; i++) {
		if (strcmp(site->currencies[i].name, name) == 0)
			return i;
	}
	return UINT32_MAX;
}

uint32_t site_sector_find(const struct site_config *site, const char *name)
{
	for (uint32_t i = 1; i < SECTOR_COUNT_MAX && name[0] != '\0'; i++) {
		if (strcmp(site->sectors[i], name) == 0)
			return i;
	}
	return 0;
}

const char *site_currency(const struct site_config *site)
{
	return site->currency_count != 0 ? site->currencies[0].name : CURRENCY_BASE_NAME;
}

const char *site_currency_of(const struct site_config *site, uint32_t symbol)
{
	uint32_t currency =
		symbol < site->symbol_count ? site->symbols[symbol].currency : UINT32_MAX;
	if (currency == 0)
		return site_currency(site);
	return currency < site->currency_count ? site->currencies[currency].name : "-";
}

bool site_port_is_used(const struct site_config *site, uint32_t port)
{
	if (site->stack.is_used && site->stack.port == port)
		return true;
	for (uint32_t c = 0; c < site->channel_count; c++) {
		for (uint32_t l = 0; l < site->channels[c].line_count; l++) {
			if (site->channels[c].lines[l].port == port)
				return true;
		}
	}
	return false;
}
