#include "control/plane/repeat.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* Where a reason stands, or a place that is free, or else the one told longest ago. */
static struct repeat_reason *place_of(struct repeat *repeat, uint64_t reason)
{
	struct repeat_reason *oldest = &repeat->reasons[0];
	for (unsigned i = 0; i < REPEAT_REASON_COUNT_MAX; i++) {
		struct repeat_reason *at = &repeat->reasons[i];
		if (at->told_ns != 0 && at->reason == reason)
			return at;
		if (at->told_ns < oldest->told_ns)
			oldest = at;
	}
	return oldest;
}

static void count_up(uint32_t *count, uint32_t by)
{
	*count = UINT32_MAX - *count < by ? UINT32_MAX : *count + by;
}

bool repeat_is_news(struct repeat *repeat, uint64_t reason, uint64_t now_ns, uint64_t interval_ns,
	struct repeat_since *since)
{
	struct repeat_reason *at = place_of(repeat, reason);
	bool is_its = at->told_ns != 0 && at->reason == reason;
	if (at->told_ns != 0 && now_ns - at->told_ns < interval_ns) {
		count_up(is_its ? &at->again : &repeat->others, 1);
		return false;
	}
	if (!is_its)
		count_up(&repeat->others, at->again);
	*since = (struct repeat_since){.again = is_its ? at->again : 0, .others = repeat->others};
	repeat->others = 0;
	*at = (struct repeat_reason){.reason = reason, .told_ns = now_ns != 0 ? now_ns : 1};
	return true;
}

bool repeat_due(
	struct repeat *repeat, uint64_t now_ns, uint64_t interval_ns, struct repeat_due *due)
{
	for (unsigned i = 0; i < REPEAT_REASON_COUNT_MAX; i++) {
		struct repeat_reason *at = &repeat->reasons[i];
		if (at->again == 0 || now_ns - at->told_ns < interval_ns)
			continue;
		*due = (struct repeat_due){.reason = at->reason,
			.told_ns = at->told_ns,
			.since = {.again = at->again, .others = repeat->others}};
		repeat->others = 0;
		at->told_ns = now_ns != 0 ? now_ns : 1;
		at->again = 0;
		return true;
	}
	return false;
}

bool repeat_has_counted(const struct repeat *repeat)
{
	bool has_counted = false;
	for (unsigned i = 0; i < REPEAT_REASON_COUNT_MAX; i++)
		has_counted |= repeat->reasons[i].again != 0;
	return has_counted;
}

const char *repeat_words(const struct repeat_since *since, char text[REPEAT_WORDS_BYTES])
{
	char others[REPEAT_WORDS_BYTES / 2 + 8] = "";
	text[0] = '\0';
	if (since->again > 0)
		snprintf(text, REPEAT_WORDS_BYTES, " (%u times more since it was told)",
			since->again);
	if (since->others > 0)
		snprintf(others, sizeof others,
			" (since the last line %u times something else, not told)", since->others);
	strncat(text, others, REPEAT_WORDS_BYTES - 1 - strlen(text));
	return text;
}

uint64_t repeat_reason_of(const char *text)
{
	return XXH3_64bits(text, strlen(text));
}
