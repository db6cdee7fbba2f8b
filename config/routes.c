/* routes.c - which venue an order goes to. */
#include "config/site_file.h"

#include <stdio.h>

static bool read_venue(const struct document *d, const char *text, const struct site_config *site,
	struct route_config *route)
{
	for (uint8_t i = 0; i < site->venue_count; i++) {
		if (strcmp(site->venues[i].name, text) != 0)
			continue;
		route->venue = i;
		return true;
	}
	return document_refuse(
		d, text, "found the unknown venue \"%.64s\", expected one of the site's", text);
}

static bool read_who(const struct document *d, const struct raw_route *raw,
	const struct site_config *site, struct route_config *route)
{
	if (raw->session != NULL &&
		!field_count_u32(d, raw->session, NULL, 1, SESSION_COUNT_MAX - 1, &route->session))
		return false;
	if (raw->session != NULL && site_session_find(site, route->session) == UINT32_MAX)
		return document_refuse(d, raw->session,
			"found the unknown session %s, expected an id of the gate's sessions",
			raw->session);
	if (raw->account != NULL &&
		!field_count_u32(d, raw->account, NULL, 1, ACCOUNT_COUNT_MAX - 1, &route->account))
		return false;
	if (raw->account != NULL && site_account_find(site, route->account) == UINT32_MAX)
		return document_refuse(d, raw->account,
			"found the unknown account %s, expected an id from accounts.yaml",
			raw->account);
	return raw->strategy == NULL ||
	       field_count_u32(d, raw->strategy, NULL, 1, STRATEGY_COUNT_MAX - 1, &route->strategy);
}

static bool read_symbols(const struct document *d, const struct raw_route *raw,
	const struct site_config *site, struct route_config *route)
{
	uint64_t bit = 1ull << site->route_count;
	for (unsigned i = 0; i < raw->symbols_count; i++) {
		const char *name = raw->symbols[i];
		uint32_t symbol =
			strlen(name) <= 8 ? site_symbol_find(site, symbol_pack(name)) : UINT32_MAX;
		if (symbol == UINT32_MAX)
			return document_refuse(d, name,
				"found the unknown symbol \"%.64s\", expected a name from "
				"symbols.yaml",
				name);
		site->symbols[symbol].routes |= bit;
		route->has_symbols = 1;
	}
	return true;
}

static bool takes_all(const struct route_config *route)
{
	return route->session == 0 && route->account == 0 && route->strategy == 0 &&
	       !route->has_symbols;
}

static bool read_route(
	const struct document *d, const struct raw_route *raw, struct site_config *site)
{
	struct route_config *route = &site->routes[site->route_count];
	if (!read_venue(d, raw->venue, site, route) || !read_who(d, raw, site, route) ||
		!read_symbols(d, raw, site, route))
		return false;
	if (site->route_count > 0 && takes_all(route - 1))
		return document_refuse(d, raw->venue,
			"found a route behind one that takes every order, expected that one last");
	site->route_count++;
	return true;
}

bool routes_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	if (raw->routes_count == 0 && raw->gates_count == 0 && site->venue_count > 1)
		return document_refuse(d, raw->venues[1].name,
			"found %u venues and no routes, expected routes that say which order goes "
			"where, such as routes: [{venue: %s}]",
			site->venue_count, site->venues[0].name);
	for (unsigned i = 0; i < raw->routes_count; i++) {
		if (!read_route(d, &raw->routes[i], site))
			return false;
	}
	return true;
}
