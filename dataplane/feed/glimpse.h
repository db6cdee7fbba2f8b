/* glimpse.h - how a GLIMPSE 5.0 server over SoupBinTCP is spoken to.

   A login asks for the current session; the server answers with its name, spins the market from its message 1 on, and ends with
   the number of the first live message that is not in it.  The name is of SoupBinTCP, the channel's of MoldUDP64, and no
   source says that they are equal: whether another name is that of another stream, whose numbers count something
   else, the site knows.  Where it says nothing the number alone tells whether a snapshot fits.

   Pure, but for the snapshot it is given. */
#ifndef SLUICE_FEED_GLIMPSE_H
#define SLUICE_FEED_GLIMPSE_H

#include "dataplane/feed/snapshot.h"

extern const struct snapshot_talk glimpse_talk;

#endif
