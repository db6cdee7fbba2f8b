/* glimpse.h - how a GLIMPSE 5.0 server over SoupBinTCP is spoken to.

   A login asks for the current session; the server answers with its name, spins the market from its message 1 on, and ends with
   the number of the first live message that is not in it.  A session of another name than the channel's is no snapshot of
   this stream: its numbers count something else.

   Pure, but for the snapshot it is given. */
#ifndef SLUICE_FEED_GLIMPSE_H
#define SLUICE_FEED_GLIMPSE_H

#include "dataplane/feed/snapshot.h"

extern const struct snapshot_talk glimpse_talk;

#endif
