#include "control/metrics/marks.h"

#include <inttypes.h>
#include <stdio.h>

#include "control/metrics/exposition.h"

static void limit_write(struct answer *answer, const struct site_config *site, const char *family,
	const struct usage_marks *marks, uint32_t gate, unsigned limit)
{
	char label[NAME_BYTES + 16], name[WATCHING_NAME_BYTES];
	char labels[sizeof label + sizeof name + 32];
	const struct usage_row row = watching_row(limit);
	exposition_gate(site, gate, label);
	watching_name(site, &row, name);
	for (unsigned i = 0; i < WATCHING_MARK_COUNT; i++) {
		if (marks->told[limit][i] == 0)
			continue;
		snprintf(labels, sizeof labels, "%s%slimit=\"%s\",mark=\"%u\"", label,
			label[0] != '\0' ? "," : "", name, watching_marks[i]);
		exposition_count(answer, family, labels, marks->told[limit][i]);
	}
}

void marks_write(
	struct answer *answer, const struct site_config *site, const struct watching *watching)
{
	char label[NAME_BYTES + 16];
	const char *family = exposition_begin(answer, TOLD_usage_events);
	for (uint32_t gate = 0; gate < site_gate_count(site); gate++)
		for (unsigned limit = 0; limit < WATCHING_LIMIT_COUNT; limit++)
			limit_write(answer, site, family, &watching->marks[gate], gate, limit);
	family = exposition_begin(answer, TOLD_usage_events_lost);
	for (uint32_t gate = 0; gate < site_gate_count(site); gate++)
		exposition_count(answer, family, exposition_gate(site, gate, label),
			watching->marks[gate].lost);
}

const char *marks_tell(const struct watching *watching, char text[MARKS_TEXT_BYTES])
{
	size_t used = 0;
	text[0] = '\0';
	for (unsigned i = 0; i < WATCHING_MARK_COUNT; i++) {
		uint64_t count = 0;
		for (unsigned gate = 0; gate < GATE_COUNT_MAX; gate++)
			for (unsigned limit = 0; limit < WATCHING_LIMIT_COUNT; limit++)
				count += watching->marks[gate].told[limit][i];
		if (count == 0 || used >= MARKS_TEXT_BYTES)
			continue;
		int more = snprintf(text + used, MARKS_TEXT_BYTES - used, "%s%" PRIu64 "%s %u %%",
			used > 0 ? ", " : "", count, used > 0 ? " to" : " rose to",
			watching_marks[i]);
		used += more > 0 ? (size_t)more : 0;
	}
	return text;
}
