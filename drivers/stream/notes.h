/* notes.h - what a stream driver has to say of peers it refused or threw out, kept for a thread that may log.

   A stage never logs: the driver writes a sentence here, only when it ends something, and whoever watches the
   stage (the main thread) takes it out and logs it.  When nobody takes them they are counted and lost.

   Owner      put: the thread that polls the driver; take: one other thread.
   Invariant  (1) a note is written before its number is published, and its place is used again only after
              it was taken. */
#ifndef SLUICE_DRIVERS_STREAM_NOTES_H
#define SLUICE_DRIVERS_STREAM_NOTES_H

#include <stdatomic.h>

#include "config/base.h"

enum { NOTE_COUNT = 16, NOTE_BYTES = 256 };

struct notes {
	_Atomic uint64_t written, taken, lost;
	char texts[NOTE_COUNT][NOTE_BYTES];
};

/* notes_put keeps a sentence, cut to NOTE_BYTES - 1 characters. */
__attribute__((format(printf, 2, 3))) void notes_put(struct notes *notes, const char *format, ...);

/* notes_take gives the oldest; false: there is none. */
bool notes_take(struct notes *notes, char text[NOTE_BYTES]);

/* notes_count raises a driver's counter, which the polling thread alone writes; notes_counts copies a row of them
   for any thread. */
static inline void notes_count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static inline void notes_counts(uint64_t *to, const uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

#endif
