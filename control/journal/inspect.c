#include "control/journal/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct inspect *inspect_open(const struct site_config *site, const char *directory, uint64_t from,
	uint32_t page_count, struct config_error *error)
{
	struct inspect *inspect = calloc(1, sizeof *inspect);
	if (inspect == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for %zu bytes",
			sizeof *inspect);
		return NULL;
	}
	inspect->site = site;
	inspect->from = from;
	inspect->page_count = page_count;
	inspect->reader = reader_open(directory, error);
	if (inspect->reader == NULL) {
		free(inspect);
		return NULL;
	}
	return inspect;
}

void inspect_close(struct inspect *inspect)
{
	if (inspect == NULL)
		return;
	reader_close(inspect->reader);
	free(inspect);
}

static void record_count_in(struct inspect *inspect, const struct record *record)
{
	const struct segment_header *segment = reader_segment(inspect->reader);
	inspect->counts[record->type]++;
	if (record->type == RECORD_TURN && record->body_bytes >= sizeof(struct turn_inputs)) {
		struct turn_inputs turn;
		memcpy(&turn, record_body(record), sizeof turn);
		inspect->wall_ns = turn.wall_ns;
		if (inspect->first_wall_ns == 0)
			inspect->first_wall_ns = turn.wall_ns;
	}
	if (segment != NULL &&
		(inspect->segment_count == 0 || segment->first_sequence != inspect->last_segment)) {
		inspect->last_segment = segment->first_sequence;
		inspect->segment_count++;
	}
}

/* As text each record is a JSON line; as JSON a row. */
static void record_add(struct inspect *inspect, struct answer *answer, const struct record *record,
	uint64_t sequence)
{
	json_t *row = record_json(inspect->site, record, sequence, inspect->wall_ns);
	inspect->count++;
	if (answer->is_json) {
		answer_json(answer, row);
		return;
	}
	char *text = row != NULL ? json_dumps(row, JSON_COMPACT) : NULL;
	answer_line(answer, "%s", text != NULL ? text : "{}");
	free(text);
	json_decref(row);
}

bool inspect_step(struct inspect *inspect, struct answer *answer, uint32_t record_count)
{
	for (uint32_t i = 0; i < record_count; i++) {
		uint64_t sequence;
		const struct record *record = reader_next(inspect->reader, &sequence);
		if (record == NULL) {
			reader_end_of(inspect->reader, &inspect->end);
			return true;
		}
		record_count_in(inspect, record);
		if (inspect->page_count == 0) {
			inspect->count++;
		} else if (sequence >= inspect->from) {
			if (inspect->count == inspect->page_count) {
				inspect->next = sequence;
				return true;
			}
			record_add(inspect, answer, record, sequence);
		}
	}
	return false;
}

static void export_tell(const struct inspect *inspect, struct answer *answer)
{
	if (inspect->next != 0) {
		answer_code(answer, CODE_MORE,
			"%" PRIu64 " records; go on with: journal export %" PRIu64, inspect->count,
			inspect->next);
	} else {
		answer_code(answer, CODE_ROWS, "%" PRIu64 " records, the last there are",
			inspect->count);
	}
}

static void verify_rows(const struct inspect *inspect, struct answer *answer)
{
	for (unsigned type = 0; type < ARRAY_COUNT(inspect->counts); type++) {
		if (inspect->counts[type] == 0)
			continue;
		answer_row(answer);
		answer_word(answer, "records", record_type_name(type));
		answer_count(answer, "count", inspect->counts[type]);
	}
}

/* Nobody has said what was acknowledged. */
static void damage_tell(const struct inspect *inspect, struct answer *answer)
{
	char held[96] = "";
	if (inspect->growth.holder != 0)
		snprintf(held, sizeof held, "; process %u holds it and wrote nothing more there",
			inspect->growth.holder);
	answer_code(answer, CODE_JOURNAL_DAMAGED,
		"valid up to record %" PRIu64 ", then damaged: harmless only if nothing behind it "
		"was acknowledged%s",
		inspect->end.last_sequence, held);
}

void inspect_tell(const struct inspect *inspect, struct answer *answer)
{
	const uint64_t durable = inspect->durable;
	char first[32] = "-", last[32] = "-";
	if (inspect->page_count != 0) {
		export_tell(inspect, answer);
		return;
	}
	verify_rows(inspect, answer);
	if (inspect->first_wall_ns != 0) {
		time_format(inspect->first_wall_ns, first);
		time_format(inspect->wall_ns, last);
	}
	const struct reader_end *end = &inspect->end;
	const struct growth *growth = &inspect->growth;
	bool is_loss = end->last_sequence < durable ||
		       (end->is_damaged && durable == 0 && !growth->is_growing);
	if (end->is_damaged && !growth->is_growing)
		answer_line(answer, "ends at %s offset %" PRIu64 ": %s", end->segment, end->offset,
			end->reason);
	if (is_loss && durable != 0)
		answer_code(answer, CODE_JOURNAL_DAMAGED,
			"found %" PRIu64 " valid records, expected at least the %" PRIu64
			" that were acknowledged: keep the directory as evidence",
			end->last_sequence, durable);
	else if (is_loss)
		damage_tell(inspect, answer);
	else if (growth->is_growing)
		answer_code(answer, CODE_ROWS,
			"intact: %" PRIu64 " records in %" PRIu64 " segments, from %s to %s; "
			"the journal is being written by process %u: read up to record %" PRIu64,
			inspect->count, inspect->segment_count, first, last, growth->holder,
			end->last_sequence);
	else
		answer_code(answer, CODE_ROWS,
			"intact: %" PRIu64 " records in %" PRIu64 " segments, number %" PRIu64
			" the last, from %s to %s%s",
			inspect->count, inspect->segment_count, end->last_sequence, first, last,
			end->is_damaged ? "; the torn tail was never acknowledged" : "");
}
