#include "control/health/trust.h"

#include <inttypes.h>
#include <stdio.h>

#include "dataplane/shm/word.h"

static enum trust say(enum trust trust, const char *why, char text[FEEDS_TEXT_BYTES])
{
	snprintf(text, FEEDS_TEXT_BYTES, "%s", why);
	return trust;
}

enum trust trust_channel(
	const struct plane *plane, uint32_t channel, uint64_t now_ns, char why[FEEDS_TEXT_BYTES])
{
	const struct channel_state *page = &plane->market->channels[channel];
	enum stage_id stage = stage_of_feed(plane->site->channels[channel].stage);
	if (!plane->is_attached)
		return say(TRUST_GONE, "the dataplane is gone", why);
	if (!plane_stage_is_alive(plane, stage, now_ns))
		return say(TRUST_STANDS, "the feed's loop stands", why);
	if (word_get(&page->stale_since_ns) != 0) {
		feeds_reasons(word_get(&page->stale_reasons), why);
		return TRUST_STALE;
	}
	if (word_get(&page->heard_ns) == 0)
		return say(TRUST_NEVER_HEARD, "no packet came on its channel", why);
	return say(TRUST_WHOLE, "-", why);
}

/* Whether a symbol was ever published: a lock that never moved says that nobody has named it.  *top is its page. */
static bool symbol_is_named(const struct plane *plane, uint32_t symbol, struct top_prices *top)
{
	const struct top *page = &plane->market->tops[symbol];
	return atomic_load_explicit(&page->lock, memory_order_relaxed) != 0 && top_read(page, top);
}

static bool has_channel(const struct plane *plane, const struct top_prices *top)
{
	return top->channel < plane->site->channel_count;
}

enum trust trust_symbol(
	const struct plane *plane, uint32_t symbol, uint64_t now_ns, char why[FEEDS_TEXT_BYTES])
{
	struct top_prices top;
	if (!symbol_is_named(plane, symbol, &top))
		return say(TRUST_NOT_NAMED, "no message of a venue has named it", why);
	enum trust trust = say(TRUST_WHOLE, "-", why);
	if (has_channel(plane, &top))
		trust = trust_channel(plane, top.channel, now_ns, why);
	if (trust == TRUST_WHOLE && top.stale != 0)
		return say(TRUST_STALE,
			"its own messages contradict each other, expected a complete stream: a "
			"snapshot or another session begins its book anew",
			why);
	return trust;
}

uint32_t trust_doubted(
	const struct plane *plane, uint64_t now_ns, uint32_t first[], uint32_t first_max)
{
	bool is_whole[CHANNEL_COUNT_MAX];
	char why[FEEDS_TEXT_BYTES];
	struct top_prices top;
	uint32_t count = 0;
	for (uint32_t i = 0; i < plane->site->channel_count; i++)
		is_whole[i] = trust_channel(plane, i, now_ns, why) == TRUST_WHOLE;
	for (uint32_t i = 0; i < plane->site->symbol_count; i++) {
		/* Most are not, and there may be 65,536: one look each, a copy of those alone. */
		if (__atomic_load_n(&plane->market->tops[i].prices.stale, __ATOMIC_RELAXED) == 0)
			continue;
		if (!symbol_is_named(plane, i, &top) || top.stale == 0 ||
			(has_channel(plane, &top) && !is_whole[top.channel]))
			continue;
		if (count < first_max)
			first[count] = i;
		count++;
	}
	return count;
}

const char *trust_name(enum trust trust)
{
	static const char *const names[] = {[TRUST_WHOLE] = "sequenced",
		[TRUST_NOT_NAMED] = "not named",
		[TRUST_NEVER_HEARD] = "never heard",
		[TRUST_STALE] = "STALE",
		[TRUST_STANDS] = "STANDS",
		[TRUST_GONE] = "GONE"};
	return (unsigned)trust < ARRAY_COUNT(names) ? names[trust] : "?";
}

bool trust_is_doubtful(enum trust trust)
{
	return trust > TRUST_NOT_NAMED;
}

const char *trust_tell(const struct plane *plane, uint32_t symbol, uint64_t now_ns,
	char text[2 * FEEDS_TEXT_BYTES])
{
	char why[FEEDS_TEXT_BYTES];
	struct top_prices top;
	enum trust trust = trust_symbol(plane, symbol, now_ns, why);
	text[0] = '\0';
	if (!trust_is_doubtful(trust) || !symbol_is_named(plane, symbol, &top))
		return text;
	uint64_t since_ns = has_channel(plane, &top)
				    ? word_get(&plane->market->channels[top.channel].stale_since_ns)
				    : 0;
	if (trust == TRUST_STALE && since_ns != 0)
		snprintf(text, 2 * FEEDS_TEXT_BYTES, "%s for %" PRIu64 " ms: %s", trust_name(trust),
			feeds_age_ms(since_ns, now_ns), why);
	else
		snprintf(text, 2 * FEEDS_TEXT_BYTES, "%s: %s", trust_name(trust), why);
	return text;
}

/* The age by which gates judge what a channel says. */
static int64_t channel_age_ns(const struct plane *plane, uint32_t channel, uint64_t now_ns)
{
	char why[FEEDS_TEXT_BYTES];
	uint64_t heard_ns = word_get(&plane->market->channels[channel].heard_ns);
	enum trust trust = trust_channel(plane, channel, now_ns, why);
	if (heard_ns == 0 || trust == TRUST_STALE || trust == TRUST_GONE)
		return INT64_MAX;
	return now_ns > heard_ns ? (int64_t)(now_ns - heard_ns) : 0;
}

/* The age of a symbol's market data, or where a row is of none, of the oldest channel. */
static int64_t market_age_ns(
	const struct plane *plane, const struct usage_row *row, uint64_t now_ns)
{
	struct top_prices top;
	bool is_of_symbol = row->scope == SCOPE_SYMBOL || row->scope == SCOPE_ACCOUNT_SYMBOL;
	if (is_of_symbol && row->symbol < plane->site->symbol_count) {
		bool is_named =
			symbol_is_named(plane, row->symbol, &top) && has_channel(plane, &top);
		return !is_named || top.stale != 0 ? INT64_MAX
						   : channel_age_ns(plane, top.channel, now_ns);
	}
	int64_t oldest_ns = 0;
	for (uint32_t i = 0; i < plane->site->channel_count; i++) {
		int64_t age_ns = channel_age_ns(plane, i, now_ns);
		oldest_ns = age_ns > oldest_ns ? age_ns : oldest_ns;
	}
	return oldest_ns;
}

void trust_usage(const struct plane *plane, struct usage_row *row, uint64_t now_ns)
{
	if (row->lane != LANE_STALE_MARKET_DATA || plane->market == NULL)
		return;
	row->usage = market_age_ns(plane, row, now_ns);
	if (row->peak < row->usage)
		row->peak = row->usage;
}
