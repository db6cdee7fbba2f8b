/* market.h - the market as it stands and as it happened, in a shared memory of its own: the third region.

   What the feed knows and others only read lies here and nowhere else: the state of every channel, the
   best prices of every symbol and what the venue says beside them, and a tape of events for each feed
   stage.  Gates judge by it, control shows it, and a strategy of another user may be given it, because
   there is nothing in it but the market: no order, no position, no limit.

   The dataplane makes it, seals it and hands its descriptor out like its own region (region.h), and to
   strategies at market.sock; to everyone else it is read-only by the kernel.  It outlives the process for
   as long as a reader holds it: the last prices stay readable, and heard_ns of their channels stands still.

   Strategies are built apart from us: they find everything through the map at the region's head (sluice.h),
   so what lies behind it may move and grow without them.

   Owner      channels, tops, tapes: the feed stage that has them; all else: the maker, once.
   Errors     market_join refuses another magic, version, layout or size. */
#ifndef SLUICE_SHM_MARKET_H
#define SLUICE_SHM_MARKET_H

#include "dataplane/shm/market_state.h"
#include "dataplane/shm/region.h"
#include "dataplane/shm/sluice.h"
#include "dataplane/shm/top.h"

struct market_tape {
	_Alignas(SHARED_ALIGN_BYTES) struct sluice_tape_page page;
};

struct market_region {
	union {
		struct region_header header;
		struct sluice_map map; /* begins with the same words */
	};
	struct market_tape tapes[FEED_STAGE_COUNT_MAX];         /* by feed stage            */
	struct channel_state channels[CHANNEL_COUNT_MAX];       /* by index in site.yaml    */
	struct top tops[SYMBOL_COUNT_MAX];                      /* by index in symbols.yaml */
	struct sluice_instrument instruments[SYMBOL_COUNT_MAX]; /* beside tops              */
	struct channel_market channel_facts[CHANNEL_COUNT_MAX]; /* beside channels          */
	struct market_state states[SYMBOL_COUNT_MAX];           /* beside tops              */
	/* the tapes' rings follow, as long as the site says */
};

/* market_size_bytes gives the size of a site's region, rings included. */
size_t market_size_bytes(const struct site_config *site);

/* market_create makes, maps, seals and heads the region; *fd is the descriptor to hand over.  NULL:
   error has why. */
struct market_region *market_create(
	int *fd, const struct site_config *site, struct config_error *error);

/* market_fill writes what never changes into a zeroed region of market_size_bytes: map, instruments, where the
   tapes' rings are.  market_create does it. */
void market_fill(struct market_region *market, const struct site_config *site);

/* market_make makes present what a site uses of a region: the rows of its symbols, of the tables that have room for the most
   there can be, and all else.  market_create does it.  Returns 0 or errno, as aside_make. */
int market_make(struct market_region *market, const struct site_config *site);

/* market_join maps the dataplane's market read-only and holds it to its bounds.  NULL: error has what was
   found and what was expected; the descriptor stays the caller's.  region_leave ends it. */
const struct market_region *market_join(int fd, struct config_error *error);

#endif
