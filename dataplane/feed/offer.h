/* offer.h - another session of a channel's stream, and when it is taken up (mend.h).

   Where the site says `new_session: refuse` it is taken up never, and the channel's page shows it.

   Owner      the feed stage. */
#ifndef SLUICE_FEED_OFFER_H
#define SLUICE_FEED_OFFER_H

#include "dataplane/feed/channel.h"

/* offer_hear hears a packet of another session, or of ours from its beginning.  true: it was taken up, everything of the old one
   is forgotten, and the packet is the first of it. */
bool offer_hear(struct channel *channel, const struct mold64_header *header, uint32_t count,
	uint8_t line, uint64_t now_ns);

#endif
