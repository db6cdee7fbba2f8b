#include "drivers/stream/notes.h"

#include <stdarg.h>
#include <stdio.h>

void notes_put(struct notes *notes, const char *format, ...)
{
	uint64_t written = atomic_load_explicit(&notes->written, memory_order_relaxed);
	va_list words;
	if (written - atomic_load_explicit(&notes->taken, memory_order_acquire) == NOTE_COUNT) {
		atomic_fetch_add_explicit(&notes->lost, 1, memory_order_relaxed);
		return;
	}
	va_start(words, format);
	vsnprintf(notes->texts[written % NOTE_COUNT], NOTE_BYTES, format, words);
	va_end(words);
	atomic_store_explicit(&notes->written, written + 1, memory_order_release); /* notes (1) */
}

bool notes_take(struct notes *notes, char text[NOTE_BYTES])
{
	uint64_t taken = atomic_load_explicit(&notes->taken, memory_order_relaxed);
	if (taken == atomic_load_explicit(&notes->written, memory_order_acquire))
		return false;
	memcpy(text, notes->texts[taken % NOTE_COUNT], NOTE_BYTES);
	atomic_store_explicit(&notes->taken, taken + 1, memory_order_release);
	return true;
}
