/* aside.h - memory becomes present while its taker goes on.

   A page that nobody has touched yet is made by the kernel at the first touch: it finds one, and clears it.  So what the hot path uses
   is made present before it begins; but of a boot that is most of the work, and nothing in it needs all pages at once.  Between
   aside_begin and aside_end threads, one a core up to four, make them present, piece by piece and in the order in which they were
   asked for, and whoever starts a thread that must not fault settles first.

   What only a later hour needs is asked for as that: it is made when the boot is over, by the same threads, which then yield to whoever
   wants their core, and end.

   Owner      boot's thread; others may ask too.
   Invariant  (1) what was asked for is present when aside_settle has returned 0;
              (2) what a page holds never changes: its taker may write to it meanwhile;
              (3) without a thread, before aside_begin, behind aside_end or where none is to be had, pages are made present at once. */
#ifndef SLUICE_DRIVERS_ASIDE_H
#define SLUICE_DRIVERS_ASIDE_H

#include "config/base.h"

/* aside_begin starts the threads.  What they make is of the memory that is near the caller's core. */
void aside_begin(void);

/* aside_make makes whole pages present, or has it done.  Returns 0 or what the kernel refused with (errno). */
int aside_make(void *from, size_t size_bytes);

/* aside_make_huge does the same for memory of this process alone that may be written to and is to be of huge pages: whoever maps
   anything meanwhile does not wait while one is cleared. */
int aside_make_huge(void *from, size_t size_bytes);

/* aside_make_later has pages that may be written to made present behind aside_end; in the meantime whoever uses one makes it.  What the
   kernel refuses then is a warning in the log. */
int aside_make_later(void *from, size_t size_bytes);

/* aside_settle waits until all that was asked for, but for what is for later, is present.  Whoever unmaps any of it settles before.
   Returns 0, or what the kernel refused with since the last call. */
int aside_settle(void);

/* aside_end settles, and lets the threads end when they have made what is for later. */
int aside_end(void);

/* aside_drop gives up what of these bytes is for later and is not made yet, and waits for a thread that is at some of them: whoever unmaps
   them does so before. */
void aside_drop(const void *from, size_t size_bytes);

#endif
