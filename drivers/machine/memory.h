/* memory.h - all memory is taken at boot, counted, then sealed.

   memory_take hands out zeroed, page-backed, prefaulted memory (huge pages where the kernel gives
   them) that lives until the process ends.  Between aside_begin and the seal its pages become present while the taker goes on
   (aside.h), and all are when memory_settle returns.  After memory_seal any further take is our bug and stops
   the process.

   Units      bytes; alignment is at least 128. */
#ifndef SLUICE_DRIVERS_MEMORY_H
#define SLUICE_DRIVERS_MEMORY_H

#include "config/base.h"

/* memory_take returns size_bytes of zeroed memory; never NULL (the process stops with a sentence). */
void *memory_take(const char *what, size_t size_bytes);

/* memory_take_part does the same, and makes the first part_bytes of it present: for a table that has room for the most there can be, and
   is filled from its beginning by what the site says there is.  What lies behind is present once it is used. */
void *memory_take_part(const char *what, size_t size_bytes, size_t part_bytes);

/* memory_make makes the pages present that some bytes of such a table, or of a reserve, lie on. */
void memory_make(const char *what, void *from, size_t size_bytes);

/* memory_make_later does the same when the boot is over (aside_make_later): for what is large and filled from its beginning, or used by
   few.  Whoever is there first makes the page himself. */
void memory_make_later(const char *what, void *from, size_t size_bytes);

/* memory_reserve returns zeroed memory too, in small pages none of which is there before it is used: for what is laid out for the
   most there can be, and little of it is used.  Its taker makes that part present itself (memory_make, aside_make). */
void *memory_reserve(const char *what, size_t size_bytes);

/* memory_return gives one take back; for tests and tools, which take before every case. */
void memory_return(void *memory, size_t size_bytes);

/* memory_settle waits until all that was taken is present: before a thread begins that must not fault. */
void memory_settle(void);

/* memory_seal settles and ends the taking, and what was taken for later begins to be present; memory_taken_bytes tells how much there is. */
void memory_seal(void);
size_t memory_taken_bytes(void);

#endif
