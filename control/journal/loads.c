#include "control/journal/loads.h"

#include <stdio.h>
#include <stdlib.h>

const char *load_end_name(enum load_end end)
{
	static const char *const names[] = {
		"in force", "waiting", "replaced", "undone", "not confirmed"};
	return (unsigned)end < ARRAY_COUNT(names) ? names[end] : "?";
}

struct loads *loads_open(const char *directory, struct config_error *error)
{
	struct loads *loads = calloc(1, sizeof *loads);
	if (loads == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for %zu bytes",
			sizeof *loads);
		return NULL;
	}
	loads->reader = reader_open(directory, error);
	if (loads->reader != NULL)
		return loads;
	free(loads);
	return NULL;
}

void loads_close(struct loads *loads)
{
	if (loads == NULL)
		return;
	reader_close(loads->reader);
	free(loads);
}

static uint32_t place_of(const struct loads *loads, uint32_t epoch)
{
	uint32_t i = loads->count;
	while (i > 0 &&
		(loads->rows[i - 1].epoch.epoch > epoch || loads->rows[i - 1].last_epoch < epoch))
		i--;
	return epoch != 0 && i > 0 ? i - 1 : UINT32_MAX;
}

/* NULL: there is none, or it was left out. */
static struct load *load_of(struct loads *loads, uint32_t epoch)
{
	uint32_t place = place_of(loads, epoch);
	return place != UINT32_MAX ? &loads->rows[place] : NULL;
}

const struct load *loads_find(const struct loads *loads, uint32_t epoch)
{
	uint32_t place = place_of(loads, epoch);
	return place != UINT32_MAX ? &loads->rows[place] : NULL;
}

static bool load_has_term(const struct load *load)
{
	return load != NULL && load->epoch.term != LIMITS_STAY && !load->is_confirmed;
}

static void load_replace(struct loads *loads, uint32_t epoch, uint32_t by)
{
	struct load *load = load_of(loads, epoch);
	if (load == NULL)
		return;
	load->end = LOAD_REPLACED;
	load->ended_wall_ns = loads->wall_ns;
	load->replaced_by = by;
}

static struct load *load_add(struct loads *loads)
{
	if (loads->count == LOADS_COUNT_MAX) {
		memmove(loads->rows, loads->rows + 1,
			(LOADS_COUNT_MAX - 1) * sizeof loads->rows[0]);
		loads->count--;
		loads->left_out++;
	}
	struct load *load = &loads->rows[loads->count++];
	memset(load, 0, sizeof *load);
	return load;
}

/* Nobody loads what is in force already: it is another cut of the same limits. */
static bool is_cut_anew(const struct load *now, const struct limit_epoch_record *epoch)
{
	return epoch->term == LIMITS_STAY && !load_has_term(now) &&
	       epoch->epoch > now->last_epoch &&
	       memcmp(epoch->hash, now->epoch.hash, sizeof epoch->hash) == 0;
}

/* As epochs_adopt of the fold does: one that is not whole changes nothing. */
static void epoch_take(struct loads *loads, const struct record *record)
{
	struct limit_epoch_record epoch = {0};
	memcpy(&epoch, record_body(record),
		record->body_bytes < sizeof epoch ? record->body_bytes : sizeof epoch);
	bool is_whole = epoch.epoch != 0 && epoch.row_count == loads->row_count;
	loads->row_count = 0;
	if (!is_whole)
		return;
	struct load *former = load_of(loads, loads->now);
	bool had_term = load_has_term(former);
	if (former != NULL && is_cut_anew(former, &epoch)) {
		loads->now = former->last_epoch = epoch.epoch;
		loads->taken = epoch.epoch > loads->taken ? epoch.epoch : loads->taken;
		return;
	}
	if (epoch.term == LIMITS_STAY || had_term)
		load_replace(loads, loads->now, epoch.epoch);
	else if (former != NULL)
		former->end = LOAD_WAITING;
	if (epoch.term == LIMITS_STAY) {
		load_replace(loads, loads->former, epoch.epoch);
		loads->former = 0;
	}
	if (epoch.term != LIMITS_STAY && !had_term)
		loads->former = loads->now;
	loads->now = epoch.epoch;
	if (epoch.epoch > loads->taken)
		loads->taken = epoch.epoch;
	struct load *load = load_add(loads);
	load->epoch = epoch;
	load->last_epoch = epoch.epoch;
	load->wall_ns = loads->wall_ns;
}

static void word_take(struct loads *loads, const struct record *record)
{
	struct limit_word_record word = {0};
	memcpy(&word, record_body(record),
		record->body_bytes < sizeof word ? record->body_bytes : sizeof word);
	struct load *load = load_of(loads, word.epoch);
	if (word.epoch != loads->now || !load_has_term(load))
		return;
	snprintf(load->word_reason, sizeof load->word_reason, "%.*s", (int)sizeof word.reason,
		word.reason);
	if (word.word != LIMITS_CONFIRMED)
		return;
	load->is_confirmed = true;
	load->word_uid = word.uid;
	load_replace(loads, loads->former, word.epoch);
	loads->former = 0;
}

static void end_take(struct loads *loads, const struct record *record)
{
	static const enum load_end ends[] = {
		[LIMITS_UNDONE] = LOAD_UNDONE, [LIMITS_UNCONFIRMED] = LOAD_UNCONFIRMED};
	struct limit_end_record end = {0};
	memcpy(&end, record_body(record),
		record->body_bytes < sizeof end ? record->body_bytes : sizeof end);
	struct load *load = load_of(loads, end.epoch), *again = load_of(loads, end.again);
	if (load != NULL && end.why < ARRAY_COUNT(ends)) {
		load->end = ends[end.why];
		load->ended_wall_ns = loads->wall_ns;
		load->ended_uid = end.uid;
	}
	if (again != NULL)
		again->end = LOAD_IN_FORCE;
	loads->now = end.again;
	loads->former = 0;
}

static void record_take(struct loads *loads, const struct record *record)
{
	struct turn_inputs turn;
	raises_take(&loads->raises, record);
	switch (record->type) {
	case RECORD_BOOT:
		loads->row_count = 0; /* rows of an epoch that never came whole */
		break;
	case RECORD_TURN:
		if (record->body_bytes < sizeof turn)
			break;
		memcpy(&turn, record_body(record), sizeof turn);
		loads->wall_ns = turn.wall_ns;
		break;
	case RECORD_LIMIT_ROW:
		loads->row_count++;
		break;
	case RECORD_LIMIT_EPOCH:
		epoch_take(loads, record);
		break;
	case RECORD_LIMIT_WORD:
		word_take(loads, record);
		break;
	case RECORD_LIMIT_END:
		end_take(loads, record);
		break;
	default:
		break;
	}
}

bool loads_step(struct loads *loads, uint32_t record_count)
{
	for (uint32_t i = 0; i < record_count; i++) {
		const struct record *record = reader_next(loads->reader, NULL);
		if (record == NULL)
			return true;
		record_take(loads, record);
	}
	return false;
}
