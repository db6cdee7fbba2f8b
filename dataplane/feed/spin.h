/* spin.h - how Cboe's spin server of a unit is spoken to.

   After the login the server says again and again which image there is, by the number of the last message in it.  The first that
   leaves nothing missing is asked for; the server promises it, sends time, orders and states in the messages of the live feed,
   and says that it is finished.  Live messages go on behind the number it finishes with.  The promise tells that number and how
   many orders there are: what comes otherwise is a piece of the market, or the market of another moment, and no snapshot.

        accepted --an image that is new enough--> asked --A--> promised --messages, finished--> done
                                                    |--O (not yet, or no longer), S (another spin is under way): the next image
                                                    '--anything else: refused

   Pure, but for the snapshot it is given. */
#ifndef SLUICE_FEED_SPIN_H
#define SLUICE_FEED_SPIN_H

#include "dataplane/feed/snapshot.h"

/* Messages of a spin beside its orders: a time for each, and as many states as no unit has symbols for. */
enum { SPIN_MESSAGES_AN_ORDER = 4, SPIN_MESSAGES_BESIDE = 1 << 18 };

extern const struct snapshot_talk spin_talk;

#endif
