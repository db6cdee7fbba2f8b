#include "control/metrics/cuts.h"

#include <inttypes.h>
#include <stdio.h>

#include "control/metrics/exposition.h"
#include "control/slices/record.h"

static void value_write(struct answer *answer, const char *name, const char *labels,
	const struct slice *cell, int64_t value)
{
	char text[40];
	/* What nobody knows, or what is not stated there yet, has no sample. */
	if (value == SLICE_NONE || value == SLICE_UNKNOWN)
		return;
	if (limit_keys[cell->key.limit].unit == MONEY)
		e4_format(value, text);
	else
		snprintf(text, sizeof text, "%" PRId64, value);
	exposition_value(answer, name, labels, text);
}

static void gates_write(struct answer *answer, const struct site_config *site,
	const struct slices *slices, const char *name, size_t values)
{
	char labels[CUT_NAME_BYTES + NAME_BYTES + 24], limit[CUT_NAME_BYTES];
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		const int64_t *value = (const int64_t *)(const void *)((const char *)cell + values);
		for (uint32_t gate = 0; cell->whole != SLICE_NONE && gate < slices->gate_count;
			gate++) {
			snprintf(labels, sizeof labels, "limit=\"%s\",gate=\"%s\"",
				cut_name(site, cell->key, limit), gate_name(site, gate));
			value_write(answer, name, labels, cell, value[gate]);
		}
	}
}

void cuts_write(
	struct answer *answer, const struct site_config *site, const struct slicing *slicing)
{
	const struct slices *slices = &slicing->slices;
	char labels[CUT_NAME_BYTES + 16], limit[CUT_NAME_BYTES];
	unsigned moves = 0;
	if (!slicing->is_used)
		return;
	const char *name = exposition_begin(answer, TOLD_slice_whole);
	for (uint32_t i = 0; i < slices->count; i++) {
		snprintf(labels, sizeof labels, "limit=\"%s\"",
			cut_name(site, slices->cells[i].key, limit));
		value_write(answer, name, labels, &slices->cells[i], slices->cells[i].whole);
	}
	name = exposition_begin(answer, TOLD_slice);
	gates_write(answer, site, slices, name, offsetof(struct slice, wanted));
	name = exposition_begin(answer, TOLD_slice_in_force);
	gates_write(answer, site, slices, name, offsetof(struct slice, sure));
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		moves += slices->moves[i].stage != MOVE_NONE;
	exposition_count(answer, exposition_begin(answer, TOLD_slice_moves), "", moves);
}
