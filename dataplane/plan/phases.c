#include "dataplane/plan/phases.h"

#include <inttypes.h>
#include <stdio.h>

void phases_begin(struct phases *phases, uint64_t now_ns)
{
	*phases = (struct phases){.began_ns = now_ns, .ended_ns = now_ns};
}

void phases_end(struct phases *phases, const char *name, uint64_t now_ns)
{
	uint32_t i = 0;
	while (i < phases->count && strcmp(phases->rows[i].name, name) != 0)
		i++;
	CHECK(i < PHASE_COUNT_MAX);
	if (i == phases->count)
		phases->rows[phases->count++] = (struct phase){.name = name};
	phases->rows[i].took_ns += now_ns - phases->ended_ns;
	phases->ended_ns = now_ns;
}

const char *phases_tell(const struct phases *phases, char text[PHASES_TEXT_BYTES])
{
	const uint64_t ms = 1000 * 1000;
	int used = snprintf(text, PHASES_TEXT_BYTES, "ready after %" PRIu64 " ms",
		(phases->ended_ns - phases->began_ns) / ms);
	for (uint32_t i = 0; i < phases->count && used < PHASES_TEXT_BYTES; i++)
		used += snprintf(text + used, PHASES_TEXT_BYTES - (size_t)used, "%s %s %" PRIu64,
			i == 0 ? ":" : ",", phases->rows[i].name, phases->rows[i].took_ns / ms);
	return text;
}
