#include "control/plane/repeat.h"

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

bool repeat_is_news(struct repeat *repeat, uint64_t reason, uint64_t now_ns, uint64_t interval_ns,
	uint32_t *again)
{
	struct repeat_reason *at = place_of(repeat, reason);
	if (at->told_ns != 0 && now_ns - at->told_ns < interval_ns) {
		at->again++;
		return false;
	}
	*again = at->told_ns != 0 && at->reason == reason ? at->again : 0;
	*at = (struct repeat_reason){.reason = reason, .told_ns = now_ns != 0 ? now_ns : 1};
	return true;
}

uint64_t repeat_reason_of(const char *text)
{
	return XXH3_64bits(text, strlen(text));
}
