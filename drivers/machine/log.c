#include "drivers/machine/log.h"

#include "drivers/machine/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int log_floor;

/* Room kept for the end of the sentence and of the object: `..."}` and the newline. */
enum { LOG_TAIL_BYTES = 8 };

static size_t log_utf8_length(const uint8_t *p)
{
	size_t length = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates and what lies beyond U+10FFFF */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

/* log_escape writes one character of text at out (at most 6 bytes); returns how many of text it ate. */
static size_t log_escape(const uint8_t *text, char *out, size_t *written)
{
	size_t length = 1;
	if (*text == '"' || *text == '\\') {
		*written = 2;
		out[0] = '\\';
		out[1] = (char)*text;
	} else if (*text < 0x20 || *text == 0x7f) {
		char escaped[8];
		*written = (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", *text);
		memcpy(out, escaped, *written);
	} else if (*text < 0x80) {
		*written = 1;
		out[0] = (char)*text;
	} else if ((length = log_utf8_length(text)) > 0) {
		*written = length;
		memcpy(out, text, length);
	} else {
		length = 1;
		*written = 3;
		memcpy(out, "\xef\xbf\xbd", 3);
	}
	return length;
}

static size_t log_append(char *line, size_t at, size_t end, const char *text)
{
	const uint8_t *from = (const uint8_t *)text;
	while (*from != 0) {
		if (at + 6 > end) {
			memcpy(line + at, "...", 3);
			return at + 3;
		}
		size_t written;
		from += log_escape(from, line + at, &written);
		at += written;
	}
	return at;
}

size_t log_format_line(char *line, size_t size_bytes, uint64_t wall_ns, enum log_level level,
	const char *component, const char *text)
{
	static const char *const names[LOG_LEVEL_COUNT] = {"info", "warning", "error"};
	CHECK(size_bytes >= 256 && (unsigned int)level < LOG_LEVEL_COUNT);
	time_t seconds = (time_t)(wall_ns / 1000000000u);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t at = strftime(line, size_bytes, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &utc);
	at += (size_t)snprintf(line + at, size_bytes - at,
		".%09uZ\",\"level\":\"%s\",\"component\":\"", (unsigned int)(wall_ns % 1000000000u),
		names[level]);
	at = log_append(line, at, at + 64, component);
	at += (size_t)snprintf(line + at, size_bytes - at, "\",\"text\":\"");
	at = log_append(line, at, size_bytes - LOG_TAIL_BYTES, text);
	memcpy(line + at, "\"}\n", 4);
	return at + 3;
}

void log_write(enum log_level level, const char *component, const char *format, ...)
{
	if ((int)level < atomic_load_explicit(&log_floor, memory_order_relaxed))
		return;
	char text[LOG_TEXT_BYTES_MAX], line[LOG_LINE_BYTES_MAX];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof text)
		memcpy(text + sizeof text - 4, "...", 4);
	size_t size = log_format_line(line, sizeof line, clock_wall_ns(), level, component, text);
	ssize_t written = write(STDERR_FILENO, line, size);
	(void)written;
}

void log_set_floor(enum log_level level)
{
	atomic_store_explicit(&log_floor, (int)level, memory_order_relaxed);
}
