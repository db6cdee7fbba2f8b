#include "control/plane/rates.h"

#include "dataplane/shm/word.h"

static uint64_t per_s(uint64_t now, uint64_t before, uint64_t passed_ns)
{
	if (now < before)
		return 0;
	return (now - before) * 1000000 / (passed_ns / 1000); /* an interval is a second at least */
}

static void rate_take(
	struct line_rate *rate, uint64_t packets, uint64_t messages, uint64_t passed_ns)
{
	rate->packets_per_s = passed_ns == 0 ? 0 : per_s(packets, rate->packets, passed_ns);
	rate->messages_per_s = passed_ns == 0 ? 0 : per_s(messages, rate->messages, passed_ns);
	rate->packets = packets;
	rate->messages = messages;
}

static void late_take(struct line_rate *rate, const struct line_state *line, uint32_t look)
{
	uint64_t count = word_get(&line->late_count), sum_ns = word_get(&line->late_ns_sum);
	uint32_t oldest = look % RATES_LATE_LOOKS;
	if (look == 0 || count < rate->late_counts[oldest]) {
		for (uint32_t i = 0; i < RATES_LATE_LOOKS; i++) {
			rate->late_counts[i] = count;
			rate->late_sums_ns[i] = sum_ns;
		}
	}
	uint64_t copies = count - rate->late_counts[oldest];
	rate->late_ns = copies == 0 ? 0 : (sum_ns - rate->late_sums_ns[oldest]) / copies;
	rate->late_counts[oldest] = count;
	rate->late_sums_ns[oldest] = sum_ns;
}

static void missing_take(struct line_rate *rate, const struct channel_state *channel,
	const struct line_state *line, uint64_t now_ns)
{
	uint64_t last = word_get(&line->last_sequence), messages = word_get(&line->messages);
	uint64_t next = word_get(&channel->next_sequence), heard_ns = word_get(&line->heard_ns);
	uint64_t changes = word_get(&channel->session_changes);
	bool is_other = changes != rate->session_changes || last < rate->first_sequence ||
			messages < rate->first_messages;
	if (rate->first_sequence == 0 || is_other) {
		rate->first_sequence = last;
		rate->first_messages = messages;
		rate->session_changes = changes;
		rate->missing = 0;
		return;
	}
	/* A line that speaks may be a little behind; one that is silent lacks what the channel went on by. */
	if (now_ns - heard_ns > RATES_INTERVAL_NS && heard_ns < now_ns && next > last + 1)
		last = next - 1;
	uint64_t span = last - rate->first_sequence, brought = messages - rate->first_messages;
	rate->missing = span > brought ? span - brought : 0;
}

void rates_turn(struct rates *rates, const struct market_region *market, uint32_t channel_count,
	uint64_t now_ns)
{
	if (market == NULL ||
		(rates->looked_ns != 0 && now_ns - rates->looked_ns < RATES_INTERVAL_NS))
		return;
	uint64_t passed_ns = rates->looked_ns == 0 ? 0 : now_ns - rates->looked_ns;
	rates->looked_ns = now_ns;
	for (uint32_t c = 0; c < channel_count; c++) {
		const struct channel_state *channel = &market->channels[c];
		uint64_t packets = 0;
		for (uint32_t l = 0; l < LINE_COUNT_MAX; l++) {
			const struct line_state *line = &channel->lines[l];
			packets += word_get(&line->packets);
			rate_take(&rates->lines[c][l], word_get(&line->packets),
				word_get(&line->messages), passed_ns);
			late_take(&rates->lines[c][l], line, rates->look_count);
			missing_take(&rates->lines[c][l], channel, line, now_ns);
		}
		rate_take(&rates->channels[c], packets, word_get(&channel->messages), passed_ns);
	}
	rates->look_count++;
}
