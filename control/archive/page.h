/* page.h - a page of bars, read by a thread of its own, because a disk may be slow.

     begun --thread--> done: bars, or an error

   Owner      page_begin makes it; the thread writes until it is done; afterwards the caller, until page_end,
              which may come at any time: a thread under way frees what it has.
   Time       seconds since 1970 UTC. */
#ifndef SLUICE_CONTROL_PAGE_H
#define SLUICE_CONTROL_PAGE_H

#include "control/archive/store.h"

enum { PAGE_BAR_COUNT = 1000, PAGE_HOLE_COUNT = 100 };

struct page_query {
	char symbol[9];
	enum bar_interval interval;
	int64_t from_s, to_s; /* begins from from_s on, before to_s */
	uint8_t channel;      /* the symbol's; STORE_CHANNEL_ALL: not known, any may be */
};

struct page_bar {
	int64_t begin_s;
	struct bar bar;
	bool is_complete;
};

/* A time in which prints may be missing, whatever bars there are; those that overlap are one. */
struct page_hole {
	uint64_t from_ns, to_ns; /* to_ns 0: it goes on */
	char cause[120];
};

struct page;

/* page_begin starts to read; NULL: out of memory or threads. */
struct page *page_begin(const char *path, const struct page_query *query);

bool page_is_done(const struct page *page);

/* page_bars gives what was read; *next_s is where the next page begins, 0: there is none.  NULL: error has
   why. */
const struct page_bar *page_bars(
	const struct page *page, uint32_t *count, int64_t *next_s, const char **error);

/* page_holes gives the holes that touch the page's time, up to the next page's where there is one, oldest first; *more: so many
   there was no room for.  Behind page_bars that was not NULL. */
const struct page_hole *page_holes(const struct page *page, uint32_t *count, uint32_t *more);

void page_end(struct page *page);

#endif
