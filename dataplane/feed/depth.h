/* depth.h - the feed's answer to `show book`: levels of one instrument, a page at a time; and to `show ahead`: where an order
   stands in the queue of its price, in a build that keeps queues.

   Owner      the feed stage; the books do not move while it answers.
   Errors     ENOENT: no such symbol, or no channel has named it yet; EINVAL: another kind of question; ESRCH, ENOSYS:
              mailbox.h. */
#ifndef SLUICE_FEED_DEPTH_H
#define SLUICE_FEED_DEPTH_H

#include "dataplane/feed/channel.h"

enum { DEPTH_LEVEL_COUNT_MAX = 1024 }; /* a side, asked for at once */

/* depth_answer fills code, rows and next of an answer: bids, then asks, each best first; the cursor counts
   rows already given. */
void depth_answer(const struct symbols *symbols, struct channel *const channels[],
	const struct mailbox_request *request, struct mailbox_answer *answer);

#endif
