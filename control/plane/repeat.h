/* repeat.h - what is said again and again, told once for each reason in an interval, with how often it was said since.

   Reasons may take turns: each is counted by itself, so that two that alternate fill a log no faster than one.

     unknown --said--> told --said, within the interval--> counted --said or due, the interval over--> told, with the count

   Owner      who tells.
   Time       now_ns is monotonic, from the caller.
   Invariant  (1) in an interval at most REPEAT_REASON_COUNT_MAX are told, however many reasons there are: of what there is
                  no room for nothing is told until the oldest one's interval is over;
              (2) it is counted as others, by itself, with what the reason whose place was taken was not told of;
              (3) the next that is told, whichever it is, is told with the count of others, which begins anew. */
#ifndef SLUICE_CONTROL_REPEAT_H
#define SLUICE_CONTROL_REPEAT_H

#include "config/base.h"

enum { REPEAT_REASON_COUNT_MAX = 8, REPEAT_WORDS_BYTES = 128 };

struct repeat {
	struct repeat_reason {
		uint64_t reason;  /* the caller's own number of it */
		uint64_t told_ns; /* 0: no reason stands here */
		uint32_t again;   /* times since */
	} reasons[REPEAT_REASON_COUNT_MAX];
	uint32_t others; /* times that nobody was told of, of reasons that have no place */
};

/* What was said and not told. */
struct repeat_since {
	uint32_t again;  /* times for this reason, since it was told */
	uint32_t others; /* times for reasons that had no place, since others were told of */
};

/* repeat_is_news tells whether to say it, with what was said *since.  false: it is counted. */
bool repeat_is_news(struct repeat *repeat, uint64_t reason, uint64_t now_ns, uint64_t interval_ns,
	struct repeat_since *since);

/* What was said again, to be told though nobody says it once more. */
struct repeat_due {
	uint64_t reason, told_ns; /* when it was told last */
	struct repeat_since since;
};

/* repeat_due gives a reason that was said again since it was told, whose interval is over: it is told now.  false: there is none. */
bool repeat_due(
	struct repeat *repeat, uint64_t now_ns, uint64_t interval_ns, struct repeat_due *due);

/* repeat_has_counted tells whether a reason was said again since it was told. */
bool repeat_has_counted(const struct repeat *repeat);

/* repeat_words writes what to put behind a line that is told; empty: nothing was said since. */
const char *repeat_words(const struct repeat_since *since, char text[REPEAT_WORDS_BYTES]);

/* repeat_reason_of gives the number of a reason that is a text. */
uint64_t repeat_reason_of(const char *text);

#endif
