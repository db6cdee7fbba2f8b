/* translate.h - the generated market as another venue would tell it: DEEP, DEEP+ or PITCH.

   The market is made once, as ITCH 5.0; a translator makes of each of its messages what the other protocol says of the same:
   the same books, the same trades, another wire.

     deep     the new whole size of every price that changed; where two change at once, the first is marked as not yet complete
     deep+    orders by id; a replacement keeps the id of the first order of its line
     pitch    orders by id, short forms where they fit; a replacement is a modification of the same id; seconds apart

   What the other protocol does not know (system hours in PITCH, imbalances, directories in PITCH) is left out.

   Owner      the generator.
   Errors     the process stops with a sentence if memory is short, as shadow.h does. */
#ifndef SLUICE_PKTGEN_TRANSLATE_H
#define SLUICE_PKTGEN_TRANSLATE_H

#include "config/config.h"
#include "dataplane/wire/deep.h"
#include "dataplane/wire/pitch.h"
#include "tools/pktgen/market.h"

enum { TRANSLATE_COUNT_MAX = 4 };

struct translated {
	uint32_t size_bytes;
	uint8_t bytes[DEEP_SIZE_MAX];
};

struct translator;

/* translator_open begins for one market, whose messages follow in order.  protocol is not PROTOCOL_ITCH50. */
struct translator *translator_open(enum protocol protocol, const struct market *market);
void translator_close(struct translator *translator);

/* translator_take makes of the message just made by market_next up to TRANSLATE_COUNT_MAX others; returns
   how many. */
uint32_t translator_take(struct translator *translator, const uint8_t *message, uint32_t size_bytes,
	struct translated out[TRANSLATE_COUNT_MAX]);

#endif
