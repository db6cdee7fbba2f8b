/* hole.h - what is missing of a channel, told and ended: the steps that whoever fills it takes (mend.h).

   Owner      the feed stage. */
#ifndef SLUICE_FEED_HOLE_H
#define SLUICE_FEED_HOLE_H

#include "dataplane/feed/channel.h"

/* hole_count gives how many numbers are missing before the first thing that we have. */
static inline uint64_t hole_count(const struct channel *channel)
{
	return gap_end(&channel->gap) - channel->arbiter.next;
}

/* hole_is_due tells that the other line had its time; asked of a hole that is open, and so began at some time before now. */
bool hole_is_due(const struct channel *channel, uint64_t now_ns);

/* hole_tell shows the hole on the page; hole_say tells aloud that the other line did not fill it. */
void hole_tell(struct channel *channel);
void hole_say(struct channel *channel, uint64_t now_ns);

/* hole_declare gives up what is missing before the first thing that we have. */
void hole_declare(struct channel *channel, uint64_t now_ns);

/* hole_forget ends what is done about a hole, whatever came of it; hole_close: nothing is missing any more. */
void hole_forget(struct channel *channel);
void hole_close(struct channel *channel, uint64_t now_ns);

/* hole_make_room makes room for what is ahead.  true: try again; false: there is none, drop it. */
bool hole_make_room(struct channel *channel, uint64_t now_ns);

#endif
