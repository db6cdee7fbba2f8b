/* log.h - what a process has to say to the people who run it, one line at a time.

   A line is one JSON object on standard error: wall time, level, component, and a sentence that a
   person understands.  systemd's journal, a file and a terminal take it as it is.  Boot, control and
   shutdown speak here; the dataplane's stages never do, they count.

   Owner      any thread; a line is one write(2), so lines of two threads do not mix.
   Units      time is UTC with nanoseconds.
   Invariant  (1) a line is valid JSON whatever the sentence holds: quotes, backslashes and control
              characters are escaped, bytes that are no UTF-8 become U+FFFD;
              (2) a line is at most LOG_LINE_BYTES_MAX long; a longer sentence is cut and ends in "...".
   Errors     a line that cannot be written is dropped: nobody waits for a log. */
#ifndef SLUICE_DRIVERS_LOG_H
#define SLUICE_DRIVERS_LOG_H

#include "config/base.h"

enum log_level {
	LOG_LEVEL_INFO = 0,
	LOG_LEVEL_WARNING = 1,
	LOG_LEVEL_ERROR = 2,
	LOG_LEVEL_COUNT = 3
};

enum { LOG_TEXT_BYTES_MAX = 2048, LOG_LINE_BYTES_MAX = 4096 };

/* log_write says one sentence in the name of a component ("boot", "kill", "port A"). */
__attribute__((format(printf, 3, 4))) void log_write(
	enum log_level level, const char *component, const char *format, ...);

/* log_set_floor drops what is below a level: tests and one-shot tools ask for quiet. */
void log_set_floor(enum log_level level);

/* log_format_line writes the line that log_write would send, newline included, into line; returns its
   length, at most size_bytes - 1 (size_bytes >= 256).  For those who keep lines elsewhere. */
size_t log_format_line(char *line, size_t size_bytes, uint64_t wall_ns, enum log_level level,
	const char *component, const char *text);

#endif
