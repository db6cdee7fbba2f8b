/* news.h - what becomes of the channels, told to the log: the sentence that an operator looks for afterwards.

   Control looks every turn at pages that only have counters and states; what is different from the look before is news and is
   written once, with what was known at that moment.  A gap that opened and closed between two looks is told by its counter.

     stale       why, first missing, how many, who was asked       error
     given up    first missing, how many, tried, lost in all       error
     whole       how long it was stale, what filled the last gap   info
     refused     a session that new_session does not let in        warning
     session     another one was taken up                          info
     silent      a line, while the other carries the channel       warning; heard again: info

   What a dataplane did before control attached to it is no news, but what stands is.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller. */
#ifndef SLUICE_CONTROL_NEWS_H
#define SLUICE_CONTROL_NEWS_H

#include "control/plane/plane.h"

/* What a turn told, a bit each. */
enum news_told {
	NEWS_STALE = 1,
	NEWS_GIVEN_UP = 2,
	NEWS_WHOLE = 4,
	NEWS_CLOSED = 8, /* a gap that nobody saw open */
	NEWS_REFUSED = 16,
	NEWS_SESSION = 32,
	NEWS_SILENT = 64,
	NEWS_HEARD = 128,
};

struct news_channel {
	uint64_t stale_ns; /* as the page had it; 0: not stale */
	uint64_t reasons;  /* all that were told while it is   */
	uint64_t lost, recoveries, session_changes;
	uint64_t refused[2]; /* session; 0: none was told        */
	bool is_silent[LINE_COUNT_MAX];
};

struct news {
	uint64_t attach_count; /* of the plane, when the channels were first looked at */
	struct news_channel channels[CHANNEL_COUNT_MAX];
};

/* news_turn looks and tells.  Returns the bits of all channels. */
uint32_t news_turn(struct news *news, const struct plane *plane, uint64_t now_ns);

#endif
