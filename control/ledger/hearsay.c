#include "control/ledger/hearsay.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/socket/answer.h"
#include "control/socket/scope.h"
#include "drivers/machine/log.h"

static bool mark_read(const json_t *row, struct hearsay_mark *mark)
{
	const json_t *record = json_object_get(row, "record"),
		     *wall = json_object_get(row, "wall_ns");
	if (!json_is_integer(record) || !json_is_integer(wall))
		return false;
	mark->sequence = (uint64_t)json_integer_value(record);
	mark->wall_ns = (uint64_t)json_integer_value(wall);
	return true;
}

/* A gate that the file does not name has told nothing yet. */
static bool marks_read(struct hearsay *hearsay, const json_t *gates)
{
	bool is_good = json_is_object(gates);
	for (uint32_t i = 0; i < site_gate_count(hearsay->site) && is_good; i++) {
		const json_t *row = json_object_get(gates, gate_name(hearsay->site, i));
		is_good = row == NULL || mark_read(row, &hearsay->marks[i]);
	}
	return is_good;
}

void hearsay_open(struct hearsay *hearsay, const struct site_config *site, uint64_t wall_ns)
{
	size_t size;
	*hearsay = (struct hearsay){.site = site, .started_wall_ns = wall_ns};
	snprintf(
		hearsay->path, sizeof hearsay->path, "%s/stops.told.json", site->journal_directory);
	if (access(hearsay->path, F_OK) != 0)
		return;
	char *text = durable_file_read(hearsay->path, &size);
	json_t *gates = text != NULL ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!marks_read(hearsay, gates)) {
		memset(hearsay->marks, 0, sizeof hearsay->marks);
		log_write(LOG_LEVEL_WARNING, "stops",
			"%s: found what names no records, expected up to which of them stops from "
			"the "
			"door are in the audit: those of the journal are written once more",
			hearsay->path);
	}
	json_decref(gates);
	free(text);
}

void hearsay_close(struct hearsay *hearsay)
{
	if (hearsay->file != NULL)
		durable_file_end(hearsay->file);
	hearsay->file = NULL;
}

static json_t *line_make(
	const struct hearsay *hearsay, uint32_t gate, const struct clerk_stop *heard)
{
	const struct stop_record *stop = &heard->stop;
	char scope[80], said[32], reason[sizeof stop->reason + 1] = {0};
	scope_id_name(hearsay->site, (enum scope)stop->scope, stop->id, scope, sizeof scope);
	time_format(heard->wall_ns, said);
	memcpy(reason, stop->reason, sizeof stop->reason);
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:I}", "event", "stop",
		"from", "door", "socket", KILL_SOCKET_NAME, "scope", scope, "state",
		trading_state_name((enum trading_state)stop->state), "uid", (json_int_t)stop->uid,
		"because", text_json(reason), "said", said, "record", (json_int_t)heard->sequence);
	if (line != NULL && hearsay->site->gate_count > 0)
		json_object_set_new(line, "gate", json_string(gate_name(hearsay->site, gate)));
	if (line != NULL && heard->wall_ns < hearsay->started_wall_ns)
		json_object_set_new(line, "before_control", json_true());
	return line;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* false: the audit has no room now, and the stop is still to be told. */
static bool stop_tell(struct hearsay *hearsay, uint32_t gate, const struct clerk_stop *heard,
	struct audit *audit, uint64_t now_ns)
{
	struct hearsay_mark *mark = &hearsay->marks[gate];
	if (heard->sequence <= mark->sequence && heard->wall_ns <= mark->wall_ns)
		return true;
	json_t *line = line_make(hearsay, gate, heard);
	uint64_t number = line != NULL ? audit_append(audit, line, AUDIT_MAJOR, now_ns) : 0;
	if (number == 0)
		return false;
	hearsay->line = number;
	mark->sequence = later(mark->sequence, heard->sequence);
	mark->wall_ns = later(mark->wall_ns, heard->wall_ns);
	return true;
}

static void file_begin(struct hearsay *hearsay)
{
	json_t *gates = json_object();
	for (uint32_t i = 0; i < site_gate_count(hearsay->site); i++)
		json_object_set_new(gates, gate_name(hearsay->site, i),
			json_pack("{s:I, s:I}", "record", (json_int_t)hearsay->marks[i].sequence,
				"wall_ns", (json_int_t)hearsay->marks[i].wall_ns));
	char *text = gates != NULL ? json_dumps(gates, JSON_INDENT(1)) : NULL;
	json_decref(gates);
	if (text != NULL)
		hearsay->file = durable_file_begin(hearsay->path, text, hearsay->line);
}

/* hearsay (1): kept once the lines are durable. */
static void file_turn(struct hearsay *hearsay, const struct audit *audit, uint64_t now_ns)
{
	int why = 0;
	if (hearsay->file != NULL && !durable_file_is_done(hearsay->file, &why))
		return;
	if (hearsay->file != NULL) {
		if (why != 0)
			hearsay->again_ns = now_ns + HEARSAY_AGAIN_NS;
		else if (durable_file_record(hearsay->file) == hearsay->line)
			hearsay->line = 0;
		durable_file_end(hearsay->file);
		hearsay->file = NULL;
	}
	if (hearsay->line != 0 && audit_durable(audit) >= hearsay->line &&
		now_ns >= hearsay->again_ns)
		file_begin(hearsay);
}

void hearsay_turn(struct hearsay *hearsay, struct bookkeeping *const bookkeeping[GATE_COUNT_MAX],
	struct audit *audit, uint64_t now_ns)
{
	struct clerk_stop heard;
	/* An audit that writes no more must not hold up the ledger: the next control finds them in the journal. */
	bool is_writing = audit_failed(audit) == 0;
	for (uint32_t i = 0; i < site_gate_count(hearsay->site); i++)
		while (bookkeeping_stop(bookkeeping[i], &heard) &&
			(!is_writing || stop_tell(hearsay, i, &heard, audit, now_ns)))
			bookkeeping_stop_take(bookkeeping[i]);
	file_turn(hearsay, audit, now_ns);
}
