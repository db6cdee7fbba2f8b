#include "control/metrics/channels.h"

#include <stdio.h>

#include "control/health/feeds.h"
#include "control/metrics/exposition.h"
#include "dataplane/shm/word.h"

enum channel_row {
#define CHANNEL_ROW(id, kind, name, sentence) CHANNEL_##id,
#define LINE_ROW(id, kind, name, sentence)
#include "config/channels.def"
#undef CHANNEL_ROW
	CHANNEL_ROW_COUNT
#define CHANNEL_ROW(id, kind, name, sentence)
#undef LINE_ROW
};

enum line_row {
#define LINE_ROW(id, kind, name, sentence) LINE_##id,
#include "config/channels.def"
	LINE_ROW_COUNT
#undef CHANNEL_ROW
#undef LINE_ROW
};

struct row {
	const char *name, *sentence;
	enum metric_kind kind;
};

#define ROW(id, kind, name, sentence) {name, sentence, METRIC_##kind},
static const struct row channel_rows[CHANNEL_ROW_COUNT] = {
#define CHANNEL_ROW ROW
#define LINE_ROW(id, kind, name, sentence)
#include "config/channels.def"
#undef CHANNEL_ROW
#undef LINE_ROW
};
static const struct row line_rows[LINE_ROW_COUNT] = {
#define CHANNEL_ROW(id, kind, name, sentence)
#define LINE_ROW ROW
#include "config/channels.def"
#undef CHANNEL_ROW
#undef LINE_ROW
};

static uint64_t age_ns(uint64_t then_ns, uint64_t now_ns)
{
	return then_ns == 0 || then_ns > now_ns ? 0 : now_ns - then_ns;
}

static uint64_t channel_value(
	const struct channel_state *channel, enum channel_row row, uint64_t now_ns)
{
	const _Atomic uint64_t *words[CHANNEL_ROW_COUNT] = {
		[CHANNEL_messages] = &channel->messages,
		[CHANNEL_gaps] = &channel->gaps,
		[CHANNEL_stale] = &channel->stale_since_ns,
		[CHANNEL_stale_since] = &channel->stale_since_ns,
		[CHANNEL_stale_reason] = &channel->stale_reasons,
		[CHANNEL_next] = &channel->next_sequence,
		[CHANNEL_lost] = &channel->lost,
		[CHANNEL_recovery] = &channel->recovery,
		[CHANNEL_held] = &channel->held_packets,
		[CHANNEL_sessions] = &channel->session_changes,
	};
	uint64_t value = word_get(words[row]);
	if (row == CHANNEL_stale)
		return value != 0;
	return row == CHANNEL_stale_since ? age_ns(value, now_ns) : value;
}

/* A line, whose it is, and what control's looks made of it. */
struct line_seen {
	const struct channel_config *config;
	const struct channel_state *channel;
	const struct line_rate *rate;
	uint32_t index;
};

static uint64_t line_value(const struct line_seen *seen, enum line_row row, uint64_t now_ns)
{
	const struct line_state *line = &seen->channel->lines[seen->index];
	switch (row) {
	case LINE_packets:
		return word_get(&line->packets);
	case LINE_duplicates:
		return word_get(&line->duplicates);
	case LINE_wins:
		return word_get(&line->wins);
	case LINE_filled:
		return word_get(&line->gaps_filled);
	case LINE_missing:
		return seen->rate->missing;
	case LINE_silence:
		return age_ns(word_get(&line->heard_ns), now_ns);
	case LINE_silent:
		return feeds_line_silence_ms(seen->config, seen->channel, seen->index, now_ns) != 0;
	case LINE_late:
		return seen->rate->late_ns;
	case LINE_malformed:
		return word_get(&line->malformed);
	case LINE_other_session:
		return word_get(&line->other_session);
	case LINE_strangers:
		return word_get(&line->strangers);
	default: /* LINE_unbelieved */
		return word_get(&line->unbelieved);
	}
}

static void sample_write(
	struct answer *answer, const struct row *row, const char *labels, uint64_t value)
{
	static const char seconds[] = "_seconds";
	size_t size = strlen(row->name), tail = sizeof seconds - 1;
	if (strcmp(row->name + size - tail, seconds) == 0)
		exposition_seconds(answer, row->name, labels, value);
	else
		exposition_count(answer, row->name, labels, value);
}

static void head_write(struct answer *answer, const struct row *row)
{
	exposition_head(answer, row->name, row->kind == METRIC_COUNTER ? "counter" : "gauge",
		row->sentence);
}

/* One sample for each reason there may be. */
static void reasons_write(
	struct answer *answer, const struct row *row, const char *channel, uint64_t reasons)
{
	const char *word;
	for (uint32_t i = 0; (word = feeds_reason_name(i)) != NULL; i++) {
		char labels[NAME_BYTES + 80];
		snprintf(labels, sizeof labels, "channel=\"%s\",reason=\"%s\"", channel, word);
		exposition_count(answer, row->name, labels, reasons >> i & 1);
	}
}

static void channel_samples(
	struct answer *answer, const struct plane *plane, enum channel_row id, uint64_t now_ns)
{
	const struct row *row = &channel_rows[id];
	head_write(answer, row);
	for (uint32_t i = 0; i < plane->site->channel_count; i++) {
		const char *name = plane->site->channels[i].name;
		char labels[NAME_BYTES + 32];
		uint64_t value = channel_value(&plane->market->channels[i], id, now_ns);
		snprintf(labels, sizeof labels, "channel=\"%s\"", name);
		if (id == CHANNEL_stale_reason)
			reasons_write(answer, row, name, value);
		else
			sample_write(answer, row, labels, value);
	}
}

static void line_samples(struct answer *answer, const struct plane *plane,
	const struct rates *rates, enum line_row id, uint64_t now_ns)
{
	head_write(answer, &line_rows[id]);
	for (uint32_t i = 0; i < plane->site->channel_count; i++) {
		struct line_seen seen = {.config = &plane->site->channels[i],
			.channel = &plane->market->channels[i]};
		for (; seen.index < seen.config->line_count; seen.index++) {
			char labels[NAME_BYTES + 32];
			seen.rate = &rates->lines[i][seen.index];
			snprintf(labels, sizeof labels, "channel=\"%s\",line=\"%c\"",
				seen.config->name, 'A' + (int)seen.index);
			sample_write(answer, &line_rows[id], labels, line_value(&seen, id, now_ns));
		}
	}
}

void channels_write(struct answer *answer, const struct plane *plane, const struct rates *rates,
	uint64_t now_ns)
{
	if (plane->site->channel_count == 0)
		return;
	for (unsigned i = 0; i < CHANNEL_ROW_COUNT; i++)
		channel_samples(answer, plane, (enum channel_row)i, now_ns);
	for (unsigned i = 0; i < LINE_ROW_COUNT; i++)
		line_samples(answer, plane, rates, (enum line_row)i, now_ns);
}
