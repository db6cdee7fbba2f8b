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
		}
		rate_take(&rates->channels[c], packets, word_get(&channel->messages), passed_ns);
	}
}
