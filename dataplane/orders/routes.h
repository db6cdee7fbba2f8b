/* routes.h - which venue an order goes to.

   The site's routes stand in a list and the first that matches wins; each names any of session, account, strategy and
   symbols, and what it does not name it takes.  Here the list is turned on its side: for every session, account,
   strategy and symbol a word with a bit for each route that would take it.  The routes that take an order are the
   bits that all four words have, and the lowest of them is the first of the list: four loads whatever the list's
   length.

   A site that states no routes and has one venue sends everything there.

   Owner      the fold; does not change after routes_open. */
#ifndef SLUICE_ORDERS_ROUTES_H
#define SLUICE_ORDERS_ROUTES_H

#include "config/config.h"

#define ROUTES_NONE UINT8_MAX

struct routes {
	uint64_t sessions[SESSION_COUNT_MAX], accounts[ACCOUNT_COUNT_MAX],
		strategies[STRATEGY_COUNT_MAX];
	uint64_t any_symbol; /* for a symbol that is not in the site's file */
	uint64_t *symbols;   /* by index */
	uint32_t symbol_count;
	uint8_t venues[ROUTE_COUNT_MAX]; /* where a route leads, by its place */
};

void routes_open(struct routes *routes, const struct site_config *site);
void routes_close(struct routes *routes);

/* routes_find gives the index of the venue that an order goes to, or ROUTES_NONE.  Ids 0 and SYMBOL_NONE are
   taken only by routes that do not ask. */
static inline uint8_t routes_find(const struct routes *routes, uint32_t session, uint32_t account,
	uint32_t strategy, uint32_t symbol)
{
	uint64_t fit = symbol < routes->symbol_count ? routes->symbols[symbol] : routes->any_symbol;
	fit &= routes->sessions[session] & routes->accounts[account] & routes->strategies[strategy];
	return fit == 0 ? ROUTES_NONE : routes->venues[__builtin_ctzll(fit)];
}

#endif
