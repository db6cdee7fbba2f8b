/* exposition.h - the dataplane's counters in Prometheus' text format, also when it is dead.

   Counters and gauges as metrics.def names them; refused and breached orders with their reason as a
   label; histograms as summaries in seconds with 0.5, 0.99 and 0.999; sluice_up says whether anybody still moves them.

   Owner      reads the mapped region; keeps nothing.
   Errors     without any region only control's own lines come. */
#ifndef SLUICE_CONTROL_EXPOSITION_H
#define SLUICE_CONTROL_EXPOSITION_H

#include "control/plane/plane.h"
#include "control/socket/answer.h"
#include "control/socket/server.h"

/* exposition_write adds the exposition's lines to a text answer, or one row for each value to a JSON
   one: {"metric","labels","value"}. */
void exposition_write(struct answer *answer, const struct site_config *site,
	const struct plane *plane, const struct server_counts *counts);

/* exposition_gate writes the label of what is a gate's; empty where there is one. */
const char *exposition_gate(
	const struct site_config *site, uint32_t gate, char text[NAME_BYTES + 16]);

/* What control tells of itself (told.def). */
enum told {
#define TOLD(id, kind, name, sentence) TOLD_##id,
#include "config/told.def"
#undef TOLD
	TOLD_COUNT
};

/* exposition_begin begins the family of a row of told.def; returns its name. */
const char *exposition_begin(struct answer *answer, enum told told);

/* exposition_head begins a family in a text answer, exposition_value adds one sample: labels is empty or
   a="b",c="d". */
void exposition_head(struct answer *answer, const char *name, const char *kind, const char *help);
void exposition_value(
	struct answer *answer, const char *name, const char *labels, const char *value);

/* exposition_count adds a sample that is a number, exposition_seconds one of nanoseconds as decimal seconds, exactly. */
void exposition_count(struct answer *answer, const char *name, const char *labels, uint64_t value);
void exposition_seconds(struct answer *answer, const char *name, const char *labels, uint64_t ns);

#endif
