#include "dataplane/orders/routes.h"

#include "drivers/machine/memory.h"

/* Gives a route to the one id that it names, or to every id. */
static void routes_give(uint64_t *words, uint32_t count, uint32_t id, uint64_t bit)
{
	if (id != 0)
		words[id] |= bit;
	for (uint32_t i = 0; id == 0 && i < count; i++)
		words[i] |= bit;
}

static void routes_add(struct routes *routes, const struct site_config *site, uint32_t place,
	const struct route_config *route)
{
	uint64_t bit = 1ull << place;
	routes->venues[place] = route->venue;
	routes_give(routes->sessions, SESSION_COUNT_MAX, route->session, bit);
	routes_give(routes->accounts, ACCOUNT_COUNT_MAX, route->account, bit);
	routes_give(routes->strategies, STRATEGY_COUNT_MAX, route->strategy, bit);
	routes->any_symbol |= route->has_symbols ? 0 : bit;
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		if (!route->has_symbols || (site->symbols[i].routes & bit) != 0)
			routes->symbols[i] |= bit;
	}
}

void routes_open(struct routes *routes, const struct site_config *site)
{
	static const struct route_config only = {.venue = 0};
	memset(routes, 0, sizeof *routes);
	routes->symbol_count = site->symbol_count;
	routes->symbols = memory_take(
		"routes of symbols", ((size_t)site->symbol_count + 1) * sizeof routes->symbols[0]);
	for (uint32_t i = 0; i < site->route_count; i++)
		routes_add(routes, site, i, &site->routes[i]);
	if (site->route_count == 0 && site->venue_count == 1)
		routes_add(routes, site, 0, &only);
}

void routes_close(struct routes *routes)
{
	memory_return(
		routes->symbols, ((size_t)routes->symbol_count + 1) * sizeof routes->symbols[0]);
}
