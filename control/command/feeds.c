/* feeds.c - show feeds: channels, their lines, and what is done about what they lost. */
#include <stdio.h>

#include "control/command/commands.h"
#include "control/health/trust.h"
#include "dataplane/shm/word.h"
#include "drivers/machine/clock.h"

/* true: its books are not to be trusted. */
static bool channel_row(
	struct answer *answer, const struct control *control, uint32_t index, uint64_t now_ns)
{
	const struct channel_config *config = &control->site.channels[index];
	const struct channel_state *channel = &control->plane.market->channels[index];
	char session[17], why[FEEDS_TEXT_BYTES], refused[FEEDS_SESSION_BYTES];
	enum trust trust = trust_channel(&control->plane, index, now_ns, why);
	snprintf(session, sizeof session, "%.16s", channel->session);
	answer_row(answer);
	answer_word(answer, "channel", config->name);
	answer_word(answer, "protocol", protocol_name((enum protocol)config->protocol));
	answer_word(answer, "session", session);
	answer_word(answer, "state", trust_name(trust));
	answer_word(answer, "why", why);
	answer_count(answer, "messages_per_s", control->rates.channels[index].messages_per_s);
	answer_count(answer, "next", word_get(&channel->next_sequence));
	answer_count(answer, "messages", word_get(&channel->messages));
	answer_count(answer, "gaps", word_get(&channel->gaps));
	answer_count(answer, "missing_from", word_get(&channel->gap_first));
	answer_count(answer, "missing", word_get(&channel->gap_count));
	answer_count(answer, "lost", word_get(&channel->lost));
	answer_word(answer, "refused_session", feeds_refused_session(channel, refused));
	return trust_is_doubtful(trust);
}

static void line_row(struct answer *answer, const char *channel, unsigned index,
	const struct line_state *line, const struct line_rate *rate, uint64_t now_ns)
{
	answer_row(answer);
	answer_word(answer, "channel", channel);
	answer_format(answer, "line", "%c", 'A' + (int)index);
	answer_count(answer, "packets_per_s", rate->packets_per_s);
	answer_count(answer, "packets", word_get(&line->packets));
	answer_count(answer, "messages", word_get(&line->messages));
	answer_count(answer, "first", word_get(&line->wins));
	answer_count(answer, "duplicates", word_get(&line->duplicates));
	answer_count(answer, "filled", word_get(&line->gaps_filled));
	answer_count(answer, "missing", rate->missing);
	answer_count(answer, "late_us", rate->late_ns / 1000);
	answer_count(answer, "late_us_max", word_get(&line->late_ns_max) / 1000);
	answer_count(answer, "malformed", word_get(&line->malformed));
	answer_count(answer, "other_session", word_get(&line->other_session));
	answer_count(answer, "unbelieved", word_get(&line->unbelieved));
	answer_count(answer, "strangers", word_get(&line->strangers));
	answer_count(answer, "last", word_get(&line->last_sequence));
	answer_count(answer, "heard_ms", feeds_age_ms(word_get(&line->heard_ns), now_ns));
}

/* The last gap that ended.  The page has the machine's time; people have the wall's. */
static void gap_columns(struct answer *answer, const struct channel_state *channel, uint64_t now_ns)
{
	uint64_t closed_ns = word_get(&channel->closed_ns);
	uint64_t ago_ns = now_ns > closed_ns ? now_ns - closed_ns : 0;
	answer_time(answer, "last_gap", closed_ns == 0 ? 0 : clock_wall_ns() - ago_ns);
	answer_count(answer, "last_gap_from", word_get(&channel->closed_first));
	answer_count(answer, "last_gap_count", word_get(&channel->closed_count));
	answer_word(answer, "last_gap_by", feeds_closed_by(channel));
}

static void recovery_row(struct answer *answer, const struct channel_config *config,
	const struct channel_state *channel, uint64_t now_ns)
{
	const struct line_state *requested = &channel->lines[LINE_REQUESTED];
	char whom[FEEDS_TEXT_BYTES];
	answer_row(answer);
	answer_word(answer, "channel", config->name);
	answer_word(answer, "recovery",
		config->recovery.is_configured ? feeds_recovery(word_get(&channel->recovery))
					       : "not configured");
	answer_count(answer, "stale_ms", feeds_age_ms(word_get(&channel->stale_since_ns), now_ns));
	answer_count(answer, "held", word_get(&channel->held_packets));
	answer_count(answer, "filled_by_line", word_get(&channel->filled_by_line));
	answer_count(answer, "filled_by_request", word_get(&requested->wins));
	answer_count(answer, "spared_by_snapshot", word_get(&channel->spared));
	answer_count(answer, "requests", word_get(&channel->requests));
	answer_count(answer, "timeouts", word_get(&channel->timeouts));
	answer_count(answer, "refused", word_get(&channel->requests_refused));
	answer_word(answer, "last_refusal", feeds_refusal(word_get(&channel->refusal)));
	answer_count(answer, "snapshots", word_get(&channel->snapshots));
	answer_count(answer, "snapshots_failed", word_get(&channel->snapshots_failed));
	answer_word(answer, "snapshot_trouble",
		feeds_snapshot_trouble(word_get(&channel->snapshot_trouble)));
	answer_count(answer, "recoveries", word_get(&channel->recoveries));
	answer_count(answer, "last_ms", word_get(&channel->recovery_ns) / 1000000);
	gap_columns(answer, channel, now_ns);
	answer_count(answer, "sessions", word_get(&channel->session_changes));
	answer_word(answer, "tried",
		feeds_sources(&config->recovery, word_get(&channel->sources_tried), whom));
}

void command_show_feeds(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct site_config *site = &control->site;
	const struct market_region *market = control->plane.market;
	const struct rates *rates = &control->rates;
	if (market == NULL) {
		call_silent(call, STAGE_FEED, now_ns);
		return;
	}
	uint32_t doubtful = 0;
	for (uint32_t i = 0; i < site->channel_count; i++)
		doubtful += channel_row(&call->answer, control, i, now_ns);
	for (uint32_t i = 0; i < site->channel_count; i++)
		for (unsigned line = 0; line < site->channels[i].line_count; line++)
			line_row(&call->answer, site->channels[i].name, line,
				&market->channels[i].lines[line], &rates->lines[i][line], now_ns);
	for (uint32_t i = 0; i < site->channel_count; i++)
		recovery_row(&call->answer, &site->channels[i], &market->channels[i], now_ns);
	call_channels_tell(call, doubtful);
}
