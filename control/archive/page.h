/* page.h - a page of bars, read by a thread of its own, because a disk may be slow.

     begun --thread--> done: bars, or an error

   Owner      page_begin makes it; the thread writes until it is done; afterwards the caller, until page_end,
              which may come at any time: a thread under way frees what it has.
   Time       seconds since 1970 UTC. */
#ifndef SLUICE_CONTROL_PAGE_H
#define SLUICE_CONTROL_PAGE_H

#include "control/archive/store.h"

enum { PAGE_BAR_COUNT = 1000 };

struct page_query {
	char symbol[9];
	enum bar_interval interval;
	int64_t from_s, to_s; /* begins from from_s on, before to_s */
};

struct page_bar {
	int64_t begin_s;
	struct bar bar;
	bool is_complete;
};

struct page;

/* page_begin starts to read; NULL: out of memory or threads. */
struct page *page_begin(const char *path, const struct page_query *query);

bool page_is_done(const struct page *page);

/* page_bars gives what was read; *next_s is where the next page begins, 0: there is none.  NULL: error has
   why. */
const struct page_bar *page_bars(
	const struct page *page, uint32_t *count, int64_t *next_s, const char **error);

void page_end(struct page *page);

#endif
