/* market.h - the market as it stands, in a shared memory of its own: the third region.

   What the feed knows and others only read lies here and nowhere else: the state of every channel and
   the best prices of every symbol, and what the venue says beside them.  Gates judge by it, control shows it, and a strategy of another user
   may be given it, because there is nothing in it but the market: no order, no position, no limit.

   The dataplane makes it, seals it and hands its descriptor out like its own region (region.h); to
   everyone else it is read-only by the kernel.  It outlives the process for as long as a reader holds
   it: the last prices stay readable, and heard_ns of their channels stands still.

   Owner      channels, tops: the feed stage that has the channel; header: the maker, once.
   Errors     region_join(fd, REGION_MAGIC_MARKET, ...) refuses another magic, version or layout. */
#ifndef SLUICE_SHM_MARKET_H
#define SLUICE_SHM_MARKET_H

#include "dataplane/shm/market_state.h"
#include "dataplane/shm/region.h"
#include "dataplane/shm/top.h"

struct market_region {
	struct region_header header;
	struct channel_state channels[CHANNEL_COUNT_MAX];       /* by index in site.yaml     */
	struct top tops[SYMBOL_COUNT_MAX];                      /* by index in symbols.yaml  */
	struct channel_market channel_facts[CHANNEL_COUNT_MAX]; /* beside channels    */
	struct market_state states[SYMBOL_COUNT_MAX];           /* beside tops        */
};

/* market_create makes, maps, seals and heads the region; *fd is the descriptor to hand over.  NULL:
   error has why. */
struct market_region *market_create(
	int *fd, const struct site_config *site, struct config_error *error);

#endif
