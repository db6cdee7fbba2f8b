#include "control/health/feeds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "dataplane/shm/word.h"

/* text_add appends to a list with commas. */
__attribute__((format(printf, 2, 3))) static void text_add(char *text, const char *format, ...)
{
	size_t size = strlen(text);
	va_list arguments;
	if (size != 0 && size < FEEDS_TEXT_BYTES - 3) {
		memcpy(text + size, ", ", 3);
		size += 2;
	}
	va_start(arguments, format);
	vsnprintf(text + size, FEEDS_TEXT_BYTES - size, format, arguments);
	va_end(arguments);
}

const char *feeds_reasons(uint64_t reasons, char text[FEEDS_TEXT_BYTES])
{
	static const struct {
		uint64_t reason;
		const char *word;
	} words[] = {{STALE_GAP, "gap"}, {STALE_SILENT, "silent"}, {STALE_ENDED, "session ended"},
		{STALE_BROKEN, "unreadable message"}, {STALE_BEHIND, "lines speak of old numbers"}};
	text[0] = '\0';
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		if ((reasons & words[i].reason) != 0)
			text_add(text, "%s", words[i].word);
	return text[0] != '\0' ? text : "-";
}

const char *feeds_recovery(uint64_t state)
{
	static const char *const names[] = {[RECOVERY_NONE] = "none",
		[RECOVERY_WAITING] = "waiting",
		[RECOVERY_ASKING] = "asking",
		[RECOVERY_SNAPSHOT] = "snapshot",
		[RECOVERY_GIVEN_UP] = "given up"};
	return state < ARRAY_COUNT(names) ? names[state] : "?";
}

const char *feeds_sources(
	const struct recovery_config *recovery, uint64_t sources, char text[FEEDS_TEXT_BYTES])
{
	text[0] = '\0';
	for (unsigned i = 0; i < recovery->server_count; i++) {
		uint32_t ip = recovery->servers[i].ip;
		if ((sources >> i & 1) != 0)
			text_add(text, "request %u.%u.%u.%u:%u", ip >> 24, ip >> 16 & 255,
				ip >> 8 & 255, ip & 255, recovery->servers[i].port);
	}
	if ((sources & SOURCE_SNAPSHOT) != 0)
		text_add(text, "snapshot %s:%u", recovery->snapshot_address,
			recovery->snapshot_port);
	return text[0] != '\0' ? text : "-";
}

uint64_t feeds_age_ms(uint64_t then_ns, uint64_t now_ns)
{
	return then_ns == 0 || now_ns < then_ns ? 0 : (now_ns - then_ns) / 1000000;
}

const char *feeds_explain(const struct channel_config *config, const struct channel_state *channel,
	uint64_t now_ns, char text[2 * FEEDS_TEXT_BYTES])
{
	char why[FEEDS_TEXT_BYTES], whom[FEEDS_TEXT_BYTES];
	int size = snprintf(text, 2 * FEEDS_TEXT_BYTES,
		"stale for %" PRIu64 " ms: %s, expected sequenced",
		feeds_age_ms(word_get(&channel->stale_since_ns), now_ns),
		feeds_reasons(word_get(&channel->stale_reasons), why));
	if (word_get(&channel->gap_count) != 0)
		size += snprintf(text + size, (size_t)(2 * FEEDS_TEXT_BYTES - size),
			"; first missing %" PRIu64 ", %" PRIu64 " messages",
			word_get(&channel->gap_first), word_get(&channel->gap_count));
	if (!config->recovery.is_configured)
		snprintf(text + size, (size_t)(2 * FEEDS_TEXT_BYTES - size),
			"; no recovery is configured");
	else if (word_get(&channel->recovery) != RECOVERY_NONE)
		snprintf(text + size, (size_t)(2 * FEEDS_TEXT_BYTES - size),
			"; recovery: %s, tried: %.400s",
			feeds_recovery(word_get(&channel->recovery)),
			feeds_sources(&config->recovery, word_get(&channel->sources_tried), whom));
	return text;
}
