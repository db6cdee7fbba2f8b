/* bars.c - show bars: a page of the archive; no bar means no trade, but where a hole says that nobody can know. */
#include <inttypes.h>
#include <stdio.h>

#include "config/eastern.h"
#include "config/scalar.h"
#include "control/archive/page.h"
#include "control/command/commands.h"
#include "drivers/machine/clock.h"

#define BARS_WAIT_NS UINT64_C(10000000000)

static const char time_expected[] = "2026-11-27T14:30:00Z (UTC), 2026-11-27 (New York's midnight) "
				    "or 09:30 or 09:30:00 (New York, "
				    "today)";

/* Midnight of New York's day that holds a time. */
static int64_t midnight_s(uint64_t wall_ns)
{
	return (int64_t)(eastern_day_of(wall_ns).begin_ns / 1000000000);
}

/* The time a word means; false: none. */
static bool time_read(const char *word, int64_t *time_s)
{
	char text[32];
	uint64_t wall_ns;
	size_t size = strlen(word);
	if (size < 11 && strchr(word, ':') != NULL) {
		snprintf(text, sizeof text, "1970-01-01T%s%sZ", word, size == 5 ? ":00" : "");
		if (scalar_time(text, &wall_ns) != NULL)
			return false;
		*time_s = midnight_s(clock_wall_ns()) + (int64_t)(wall_ns / 1000000000);
		return true;
	}
	if (size == 10) {
		snprintf(text, sizeof text, "%sT12:00:00Z", word);
		if (scalar_time(text, &wall_ns) != NULL)
			return false;
		*time_s = midnight_s(wall_ns);
		return true;
	}
	if (scalar_time(word, &wall_ns) != NULL)
		return false;
	*time_s = (int64_t)(wall_ns / 1000000000);
	return true;
}

static bool interval_read(const char *word, enum bar_interval *interval)
{
	static const struct {
		const char *word;
		enum bar_interval interval;
	} words[] = {{"1s", BAR_SECOND}, {"1m", BAR_MINUTE}, {"1d", BAR_DAY}};
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcmp(words[i].word, word) == 0) {
			*interval = words[i].interval;
			return true;
		}
	}
	return false;
}

/* One option and its word, dashes or not; false: the answer is coded. */
static bool option_take(
	struct call *call, const char *option, const char *word, struct page_query *query)
{
	const char *name = option + strspn(option, "-");
	const char *expected = NULL;
	if (strcmp(name, "interval") != 0 && strcmp(name, "from") != 0 && strcmp(name, "to") != 0) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.40s\", expected --interval, --from or --to", option);
		return false;
	}
	if (word == NULL)
		expected = "a word behind it";
	else if (name[0] == 'i' && !interval_read(word, &query->interval))
		expected = "1s, 1m or 1d";
	else if (name[0] != 'i' && !time_read(word, name[0] == 'f' ? &query->from_s : &query->to_s))
		expected = time_expected;
	if (expected != NULL)
		answer_code(&call->answer, CODE_ARGUMENT_BAD, "found %.20s \"%.40s\", expected %s",
			option, word != NULL ? word : "", expected);
	return expected == NULL;
}

static void bar_row(struct call *call, const struct page_bar *row)
{
	char notional[48];
	struct answer *answer = &call->answer;
	bar_notional_format(&row->bar, notional);
	answer_row(answer);
	answer_time(answer, "begin", (uint64_t)row->begin_s * 1000000000);
	answer_e4(answer, "open", row->bar.open_e4);
	answer_e4(answer, "high", row->bar.high_e4);
	answer_e4(answer, "low", row->bar.low_e4);
	answer_e4(answer, "close", row->bar.close_e4);
	answer_count(answer, "volume", row->bar.volume);
	answer_count(answer, "trades", row->bar.trades);
	answer_e4(answer, "vwap", bar_vwap_e4(&row->bar));
	answer_word(answer, "notional", notional);
	answer_flag(answer, "complete", row->is_complete);
}

static void hole_row(struct call *call, const struct page_hole *hole)
{
	struct answer *answer = &call->answer;
	answer_row(answer);
	answer_time(answer, "hole_from", hole->from_ns);
	if (hole->to_ns == 0)
		answer_word(answer, "hole_to", "still open");
	else
		answer_time(answer, "hole_to", hole->to_ns);
	answer_word(answer, "cause", hole->cause);
}

/* Rows of the holes; returns how many there are. */
static uint32_t holes_tell(struct call *call)
{
	uint32_t count, more;
	const struct page_hole *holes = page_holes(call->own, &count, &more);
	for (uint32_t i = 0; i < count; i++)
		hole_row(call, &holes[i]);
	return count + more;
}

/* The channel whose holes are the symbol's. */
static uint8_t channel_of(const struct control *control, uint32_t symbol)
{
	struct top_prices top;
	const struct market_region *market = control->plane.market;
	if (control->site.channel_count == 1)
		return 0;
	if (market == NULL ||
		atomic_load_explicit(&market->tops[symbol].lock, memory_order_relaxed) == 0 ||
		!top_read(&market->tops[symbol], &top))
		return STORE_CHANNEL_ALL;
	return top.channel;
}

static enum call_progress bars_step(struct call *call, uint64_t now_ns)
{
	uint32_t count, incomplete = 0;
	int64_t next_s;
	const char *error;
	char next[32];
	const char *name = call_argument(call, 0);
	if (!page_is_done(call->own)) {
		if (now_ns - call->begun_ns < BARS_WAIT_NS)
			return CALL_WAITING;
		answer_code(&call->answer, CODE_CHILD_SLOW,
			"the archive gave no bars within 10 s: see the disk of market.sqlite");
		return CALL_DONE;
	}
	const struct page_bar *bars = page_bars(call->own, &count, &next_s, &error);
	if (bars == NULL) {
		answer_code(&call->answer, CODE_ARCHIVE_FAILED, "%s", error);
		return CALL_DONE;
	}
	for (uint32_t i = 0; i < count; i++) {
		bar_row(call, &bars[i]);
		incomplete += !bars[i].is_complete;
	}
	uint32_t holes = holes_tell(call);
	time_format((uint64_t)next_s * 1000000000, next);
	/* To the second, so that it can be asked as it stands. */
	snprintf(next + 19, sizeof next - 19, "Z");
	answer_code(&call->answer, next_s != 0 ? CODE_MORE : CODE_ROWS,
		"%.8s: %u bars, %u incomplete, %u holes in which trades may be missing%s%s", name,
		count, incomplete, holes, next_s != 0 ? "; more from " : "",
		next_s != 0 ? next : "");
	return CALL_DONE;
}

static void bars_end(struct call *call, void *page)
{
	(void)call;
	page_end(page);
}

void command_show_bars(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	struct page_query query = {.interval = BAR_MINUTE, .from_s = -1, .to_s = INT64_MAX};
	char path[PATH_BYTES + 32];
	enum scope scope;
	uint32_t symbol;
	const struct site_config *site = &call->control->site;
	if (!call_name_find(call, "symbol", call_argument(call, 0), &scope, &symbol))
		return;
	for (uint32_t i = 1; i < call->command.argument_count; i += 2) {
		if (!option_take(call, call_argument(call, i), call_argument(call, i + 1), &query))
			return;
	}
	/* Days from the first; shorter bars of today. */
	if (query.from_s < 0)
		query.from_s = query.interval == BAR_DAY ? 0 : midnight_s(clock_wall_ns());
	if (query.from_s >= query.to_s) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found nothing from --from (default: today, New York) to --to, expected "
			"--from before --to");
		return;
	}
	query.channel = channel_of(call->control, symbol);
	symbol_unpack(site->symbols[symbol].name, query.symbol);
	store_path(site, path);
	struct page *page = page_begin(path, &query);
	call_hold(call, page, bars_end);
	if (page == NULL)
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory or threads for bars");
	else
		call->step = bars_step;
}
