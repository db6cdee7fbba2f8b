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

const char *feeds_reason_name(uint32_t bit)
{
	/* By bit of enum stale_reason. */
	static const char *const names[] = {"gap", "silent", "session ended",
		"unreadable message or unknown order", "lines speak of old numbers"};
	_Static_assert(1 << (ARRAY_COUNT(names) - 1) == STALE_BEHIND, "a name each");
	return bit < ARRAY_COUNT(names) ? names[bit] : NULL;
}

const char *feeds_reasons(uint64_t reasons, char text[FEEDS_TEXT_BYTES])
{
	const char *name;
	text[0] = '\0';
	for (uint32_t i = 0; (name = feeds_reason_name(i)) != NULL; i++)
		if ((reasons >> i & 1) != 0)
			text_add(text, "%s", name);
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

const char *feeds_refused_session(
	const struct channel_state *channel, char text[FEEDS_SESSION_BYTES])
{
	uint64_t words[2];
	snprintf(text, FEEDS_SESSION_BYTES, "-");
	if (word_get(&channel->refused_ns) == 0)
		return text;
	for (uint32_t i = 0; i < 2; i++)
		words[i] = word_get(&channel->refused_session[i]);
	memcpy(text, words, FEEDS_SESSION_BYTES - 1);
	text[FEEDS_SESSION_BYTES - 1] = '\0';
	return text;
}

const char *feeds_closed_by(const struct channel_state *channel)
{
	static const char *const names[] = {[RECOVERY_NONE] = "other line",
		[RECOVERY_WAITING] = "other line",
		[RECOVERY_ASKING] = "request",
		[RECOVERY_SNAPSHOT] = "snapshot",
		[RECOVERY_GIVEN_UP] = "given up"};
	uint64_t by = word_get(&channel->closed_by);
	if (word_get(&channel->closed_ns) == 0)
		return "-";
	return by < ARRAY_COUNT(names) ? names[by] : "?";
}

const char *feeds_refusal(uint64_t letter)
{
	switch (letter) {
	case 0:
		return "-";
	case 'O':
		return "out of range";
	case 'D':
		return "quota of the day";
	case 'M':
		return "quota of the minute";
	case 'S':
		return "quota of the second, or a bad session";
	case 'C':
		return "too many messages at once";
	case 'I':
		return "no such unit";
	case 'U':
		return "unavailable";
	case 'N':
		return "not authorised";
	case 'B':
		return "session in use";
	case 'c':
		return "no connection";
	case 'n':
		return "nonsense";
	default:
		return "?";
	}
}

const char *feeds_snapshot_trouble(uint64_t trouble)
{
	static const char *const names[] = {[SNAPSHOT_NO_TROUBLE] = "-",
		[SNAPSHOT_CLOSED] = "closed",
		[SNAPSHOT_SILENT] = "nothing of use in time",
		[SNAPSHOT_REJECTED] = "login rejected",
		[SNAPSHOT_NONSENSE] = "nonsense",
		[SNAPSHOT_REFUSED] = "spin refused",
		[SNAPSHOT_OTHER_SESSION] = "other session"};
	return trouble < ARRAY_COUNT(names) ? names[trouble] : "?";
}

/* What an operator does about a session that is refused; only a stale channel has one that matters. */
static int session_explain(const struct channel_config *config, const struct channel_state *channel,
	char *text, size_t size)
{
	char session[FEEDS_SESSION_BYTES];
	if (word_get(&channel->refused_ns) == 0 || config->is_session_adopted)
		return 0;
	feeds_refused_session(channel, session);
	bool is_ours = strncmp(session, channel->session, sizeof channel->session) == 0;
	return snprintf(text, size,
		"; session %s %sis refused: new_session; restart the dataplane to take it up, "
		"%s",
		session, is_ours ? "begins again at 1 and " : "",
		config->session[0] != '\0' ? "with another session named in the site"
					   : "or say new_session: adopt");
}

uint64_t feeds_age_ms(uint64_t then_ns, uint64_t now_ns)
{
	return then_ns == 0 || now_ns < then_ns ? 0 : (now_ns - then_ns) / 1000000;
}

uint64_t feeds_line_silence_ms(const struct channel_config *config,
	const struct channel_state *channel, uint32_t line, uint64_t now_ns)
{
	uint64_t heard_ns = word_get(&channel->lines[line].heard_ns);
	if (config->max_silence_ns == 0 || word_get(&channel->heard_ns) == 0)
		return 0;
	if (heard_ns == 0)
		return FEEDS_NEVER_HEARD;
	uint64_t silent_ms = feeds_age_ms(heard_ns, now_ns);
	return silent_ms > config->max_silence_ns / 1000000 ? silent_ms : 0;
}

const char *feeds_line_tell(uint64_t silence_ms, char text[FEEDS_TEXT_BYTES])
{
	if (silence_ms == FEEDS_NEVER_HEARD)
		snprintf(text, FEEDS_TEXT_BYTES,
			"never heard, expected a packet a second: what the other line loses nobody "
			"fills; look at its port, group and source");
	else
		snprintf(text, FEEDS_TEXT_BYTES,
			"silent for %" PRIu64 " ms, expected a packet a second: what the other "
			"line loses nobody fills; look at its port and the venue's notices",
			silence_ms);
	return text;
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
	size += session_explain(
		config, channel, text + size, (size_t)(2 * FEEDS_TEXT_BYTES - size));
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
