#include "control/health/news.h"

#include <inttypes.h>

#include "control/health/feeds.h"
#include "dataplane/shm/word.h"
#include "drivers/machine/log.h"

/* What of a channel's past is none: counters as they stand at the first look. */
static void channel_begin(struct news_channel *seen, const struct channel_state *channel)
{
	memset(seen, 0, sizeof *seen);
	seen->lost = word_get(&channel->lost);
	seen->recoveries = word_get(&channel->recoveries);
	seen->session_changes = word_get(&channel->session_changes);
}

static uint32_t loss_tell(struct news_channel *seen, const struct channel_config *config,
	const struct channel_state *channel)
{
	char whom[FEEDS_TEXT_BYTES];
	uint64_t lost = word_get(&channel->lost);
	if (lost == seen->lost)
		return 0;
	log_write(LOG_LEVEL_ERROR, "feed",
		"%s: gave up %" PRIu64 " messages, first missing %" PRIu64 ", tried: %s; %" PRIu64
		" lost in all; stale until a snapshot or another session",
		config->name, lost - seen->lost, word_get(&channel->closed_first),
		feeds_sources(&config->recovery, word_get(&channel->sources_tried), whom), lost);
	seen->lost = lost;
	return NEWS_GIVEN_UP;
}

static uint32_t stale_tell(struct news_channel *seen, const struct channel_config *config,
	const struct channel_state *channel, uint64_t now_ns)
{
	char text[2 * FEEDS_TEXT_BYTES];
	uint64_t reasons = word_get(&channel->stale_reasons);
	if ((reasons & ~seen->reasons) == 0)
		return 0;
	seen->reasons |= reasons;
	log_write(LOG_LEVEL_ERROR, "feed", "%s: %s", config->name,
		feeds_explain(config, channel, now_ns, text));
	return NEWS_STALE;
}

static uint32_t whole_tell(struct news_channel *seen, const struct channel_config *config,
	const struct channel_state *channel, uint64_t now_ns)
{
	uint64_t recoveries = word_get(&channel->recoveries);
	bool was_stale = seen->stale_ns != 0, is_closed = recoveries != seen->recoveries;
	if (is_closed)
		log_write(LOG_LEVEL_INFO, "feed",
			"%s: a gap closed after %" PRIu64 " ms: first missing %" PRIu64 ", %" PRIu64
			" messages, filled by %s",
			config->name, word_get(&channel->recovery_ns) / 1000000,
			word_get(&channel->closed_first), word_get(&channel->closed_count),
			feeds_closed_by(channel));
	if (was_stale)
		log_write(LOG_LEVEL_INFO, "feed",
			"%s: whole again after %" PRIu64 " ms, next %" PRIu64, config->name,
			feeds_age_ms(seen->stale_ns, now_ns), word_get(&channel->next_sequence));
	seen->recoveries = recoveries;
	seen->stale_ns = seen->reasons = 0;
	return (was_stale ? NEWS_WHOLE : 0u) | (is_closed ? NEWS_CLOSED : 0u);
}

static uint32_t session_tell(struct news_channel *seen, const struct channel_config *config,
	const struct channel_state *channel)
{
	char session[FEEDS_SESSION_BYTES];
	uint64_t changes = word_get(&channel->session_changes);
	uint64_t first = word_get(&channel->refused_session[0]);
	uint64_t second = word_get(&channel->refused_session[1]);
	bool is_refused = word_get(&channel->refused_ns) != 0 &&
			  (first != seen->refused[0] || second != seen->refused[1]);
	uint32_t told = 0;
	if (changes != seen->session_changes) {
		log_write(LOG_LEVEL_INFO, "feed", "%s: session %.16s is taken up", config->name,
			channel->session);
		seen->session_changes = changes;
		seen->refused[0] = seen->refused[1] = 0;
		told = NEWS_SESSION;
	}
	if (!is_refused)
		return told;
	seen->refused[0] = first;
	seen->refused[1] = second;
	log_write(LOG_LEVEL_WARNING, "feed",
		"%s: heard session %s, expected %.16s only: new_session refuses it", config->name,
		feeds_refused_session(channel, session), channel->session);
	return told | NEWS_REFUSED;
}

static uint32_t lines_tell(struct news_channel *seen, const struct channel_config *config,
	const struct channel_state *channel, uint64_t now_ns)
{
	uint32_t told = 0;
	for (uint32_t line = 0; line < config->line_count; line++) {
		char text[FEEDS_TEXT_BYTES];
		uint64_t silent_ms = feeds_line_silence_ms(config, channel, line, now_ns);
		bool is_silent = silent_ms != 0;
		/* Lines of a start come one after the other; the channel's own silence is told as that. */
		if (is_silent == seen->is_silent[line] || silent_ms == FEEDS_NEVER_HEARD ||
			(is_silent && word_get(&channel->stale_since_ns) != 0))
			continue;
		seen->is_silent[line] = is_silent;
		told |= is_silent ? NEWS_SILENT : NEWS_HEARD;
		log_write(is_silent ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "feed",
			"%s: line %c is %s", config->name, 'A' + (int)line,
			is_silent ? feeds_line_tell(silent_ms, text) : "heard again");
	}
	return told;
}

uint32_t news_turn(struct news *news, const struct plane *plane, uint64_t now_ns)
{
	uint32_t told = 0;
	if (!plane->is_attached)
		return 0;
	for (uint32_t i = 0; i < plane->site->channel_count; i++) {
		const struct channel_config *config = &plane->site->channels[i];
		const struct channel_state *channel = &plane->market->channels[i];
		struct news_channel *seen = &news->channels[i];
		if (news->attach_count != plane->attach_count)
			channel_begin(seen, channel);
		uint64_t stale_ns = word_get(&channel->stale_since_ns);
		told |= session_tell(seen, config, channel);
		told |= loss_tell(seen, config, channel);
		if (stale_ns != 0) {
			seen->stale_ns = stale_ns;
			told |= stale_tell(seen, config, channel, now_ns);
		} else {
			told |= whole_tell(seen, config, channel, now_ns);
		}
		told |= lines_tell(seen, config, channel, now_ns);
	}
	news->attach_count = plane->attach_count;
	return told;
}
