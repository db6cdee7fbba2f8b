#include "control/limits/slicing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/plane/durable_file.h"
#include "control/slices/record.h"
#include "drivers/machine/log.h"

static void record_find(struct slicing *slicing)
{
	struct config_error error;
	size_t size;
	char *text = durable_file_read(slicing->path, &size);
	if (text == NULL)
		return;
	if (!slices_read(&slicing->slices, slicing->site, text, &error)) {
		snprintf(slicing->note, sizeof slicing->note,
			"slices.json: %.200s; every gate is cut to nothing before any gets its "
			"slice",
			error.text);
		log_write(LOG_LEVEL_WARNING, "slices", "%s", slicing->note);
	}
	free(text);
}

bool slicing_open(
	struct slicing *slicing, const struct site_config *site, struct config_error *error)
{
	memset(slicing, 0, sizeof *slicing);
	slicing->site = site;
	slicing->is_used = site_gate_count(site) > 1;
	if (!slicing->is_used)
		return true;
	snprintf(slicing->path, sizeof slicing->path, "%s/slices.json", site->journal_directory);
	if (!slices_open(&slicing->slices, site_gate_count(site), slice_count_max())) {
		snprintf(error->text, sizeof error->text, "out of memory for slices");
		return false;
	}
	record_find(slicing);
	memcpy(slicing->told, slicing->slices.moves, sizeof slicing->told);
	return true;
}

void slicing_close(struct slicing *slicing)
{
	if (slicing->file != NULL)
		durable_file_end(slicing->file);
	slicing->file = NULL;
	slices_close(&slicing->slices);
}

/* ---- what gates say ---- */

/* true: what the gate's page says is on its disk. */
static bool page_is_durable(struct slicing_gate *of, const struct dataplane_region *region,
	uint32_t gate, const struct limits_page *page)
{
	enum {
		LOOPS_PAST = 2
	}; /* the loop that said it, and one more: its records are handed over */
	uint64_t loops = metrics_get(region_gate_metrics(region, gate), METRIC_gate_loops);
	const struct link *link = region_link(region, gate);
	if (of->instance != region->header.instance || of->taken != page->taken ||
		memcmp(&of->now, &page->now, sizeof of->now) != 0) {
		*of = (struct slicing_gate){.instance = region->header.instance,
			.now = page->now,
			.taken = page->taken,
			.loops = loops,
			.sequence = UINT64_MAX};
		return false;
	}
	if (of->sequence == UINT64_MAX && loops - of->loops >= LOOPS_PAST)
		of->sequence = atomic_load_explicit(&link->sequence, memory_order_acquire);
	return of->sequence != UINT64_MAX &&
	       atomic_load_explicit(&link->durable, memory_order_acquire) >= of->sequence;
}

static void lease_put(struct slicing *slicing, uint32_t gate, const struct lease_record *lease)
{
	struct slice_key key = {
		.scope = lease->scope, .limit = lease->limit, .symbol = lease->symbol};
	if (!cut_adds_up((enum scope)lease->scope, (enum limit)lease->limit, SLICE_VALUE) &&
		!cut_adds_up((enum scope)lease->scope, (enum limit)lease->limit, SLICE_BURST))
		return;
	slices_lease(&slicing->slices, key, gate, lease->value.value);
	key.part = SLICE_BURST;
	slices_lease(&slicing->slices, key, gate, lease->value.burst);
}

/* What the gate has by leases, and what it was asked for and may take yet. */
static void leases_hear(struct slicing *slicing, const struct gate_page *page, uint32_t gate)
{
	struct slicing_leases *of = &slicing->leases[gate];
	uint64_t lock = atomic_load_explicit(&page->leases.lock, memory_order_acquire);
	uint32_t epoch = atomic_load_explicit(&page->limits_epoch_adopted, memory_order_acquire);
	struct leases_page leases;
	bool is_over = of->asked.number != 0 && epoch != of->asked.epoch;
	if (of->is_read && lock == of->lock && !is_over)
		return;
	leases_page_take(&page->leases, &leases);
	if (is_over || leases.last >= of->asked.number)
		of->asked = (struct lease_record){.number = 0};
	slices_unlease(&slicing->slices, gate);
	for (uint32_t i = 0; i < leases.count && i < LEASE_COUNT_MAX; i++)
		lease_put(slicing, gate, &leases.rows[i].lease);
	if (of->asked.number != 0)
		lease_put(slicing, gate, &of->asked);
	of->is_read = true;
	of->lock = lock;
}

void slicing_lease_ask(struct slicing *slicing, uint32_t gate, const struct lease_record *asked)
{
	if (!slicing->is_used)
		return;
	slicing->leases[gate].asked = *asked;
	slicing->leases[gate].is_read = false;
	lease_put(slicing, gate, asked);
}

/* One part of each gate's value. */
static void parts_share(const struct slicing *slicing, struct slice_key key, int64_t whole,
	int64_t shares[GATE_COUNT_MAX])
{
	const struct slices *slices = &slicing->slices;
	uint32_t at = slices_find(slices, key);
	for (uint32_t i = 0; i < slices->gate_count; i++)
		shares[i] = whole;
	if (at == UINT32_MAX ||
		!cut_adds_up((enum scope)key.scope, (enum limit)key.limit, key.part))
		return;
	memcpy(shares, slices->cells[at].wanted, sizeof slices->cells[at].wanted);
	slice_scale(slices->cells[at].whole, whole, shares, slices->gate_count);
}

void slicing_lease_values(const struct slicing *slicing, const struct limit_row *row,
	enum limit limit, const struct limit_value *whole,
	struct limit_value values[GATE_COUNT_MAX])
{
	struct slice_key key = {
		.scope = row->scope, .limit = (uint8_t)limit, .symbol = row->symbol};
	int64_t shares[GATE_COUNT_MAX], bursts[GATE_COUNT_MAX];
	for (uint32_t i = 0; i < GATE_COUNT_MAX; i++)
		values[i] = *whole;
	if (!slicing->is_used)
		return;
	parts_share(slicing, key, whole->value, shares);
	key.part = SLICE_BURST;
	parts_share(slicing, key, whole->burst, bursts);
	for (uint32_t i = 0; i < slicing->slices.gate_count; i++) {
		values[i].value = shares[i];
		values[i].burst = (uint32_t)bursts[i];
	}
}

void slicing_hear(struct slicing *slicing, const struct plane *plane)
{
	if (!slicing->is_used)
		return;
	for (uint32_t i = 0; i < slicing->slices.gate_count; i++) {
		struct slices_word word = {.is_ours = false};
		if (plane->is_attached && i < plane_gate_count(plane)) {
			const struct gate_page *page = region_gate(plane->region, i);
			struct limits_page limits;
			word.is_ours = atomic_load_explicit(
					       &page->is_recovered, memory_order_acquire) != 0 &&
				       atomic_load_explicit(&page->control_instance,
					       memory_order_acquire) == plane->own->header.instance;
			limits_page_take(&page->limits, &limits);
			leases_hear(slicing, page, i);
			word.is_durable =
				page_is_durable(&slicing->gates[i], plane->region, i, &limits);
			word.has_term = limits.now.term != LIMITS_STAY;
			word.epoch = limits.now.epoch;
			word.taken = limits.taken;
		}
		slices_hear(&slicing->slices, i, &word);
	}
	slices_turn(&slicing->slices);
}

/* ---- what a giver uses ---- */

/* How much a row of usage says of the part of a limit that is moved. */
static bool row_is_of(const struct usage_row *row, const struct slice_key *key)
{
	bool is_its_limit =
		row->key == key->limit ||
		(key->limit == LIMIT_capital &&
			(row->key == LIMIT_max_leverage || row->key == LIMIT_max_stress_share));
	/* The firm's limits of these hold for each symbol by itself. */
	bool is_of_each = key->limit == LIMIT_max_long_position ||
			  key->limit == LIMIT_max_short_position || key->limit == LIMIT_order_rate;
	if (!is_its_limit)
		return false;
	if (key->scope == SCOPE_SYMBOL ? row->scope != SCOPE_SYMBOL || row->symbol != key->symbol
				       : row->scope != (is_of_each ? SCOPE_SYMBOL : SCOPE_FIRM))
		return false;
	return key->limit != LIMIT_order_rate ||
	       row->lane == (key->part == SLICE_BURST ? LANE_SYMBOL_RATE : LANE_SYMBOL_WINDOW);
}

/* A capital is used by what it bears, free messages by what they and the executions allow: of these the gate's own
   limit, which is the cut one by now, says whether it fits. */
static void usage_take(struct slicing *slicing, const struct slice_move *move, int64_t keeps,
	const struct mailbox_answer *page)
{
	uint32_t count = page->row_count < MAILBOX_ROW_COUNT ? page->row_count : MAILBOX_ROW_COUNT;
	bool is_by_row =
		move->key.limit == LIMIT_capital || move->key.limit == LIMIT_order_to_trade;
	for (uint32_t i = 0; i < count; i++) {
		struct usage_row row;
		memcpy(&row, page->rows[i], sizeof row);
		if (!row_is_of(&row, &move->key))
			continue;
		slicing->is_over |= row.usage > (is_by_row ? row.limit : keeps);
		if (row.usage > slicing->usage)
			slicing->usage = row.usage;
	}
}

static struct slice_move *move_waiting(struct slicing *slicing)
{
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		struct slice_move *move = &slicing->slices.moves[i];
		bool is_asked = slicing->asked_move == 0 || slicing->asked_move == move->number;
		if (move->stage == MOVE_CUT && is_asked)
			return move;
	}
	return NULL;
}

static void usage_ask(struct slicing *slicing, const struct slice_move *move, struct plane *plane,
	uint64_t now_ns)
{
	slicing->asked_move = move->number;
	slicing->usage = 0;
	slicing->is_over = false;
	slicing->question =
		(struct question){.stage = stage_of_gate(move->from), .kind = REQUEST_USAGE};
	question_ask(&slicing->question, plane, now_ns);
}

static void usage_turn(struct slicing *slicing, struct plane *plane, uint64_t now_ns)
{
	struct slice_move *move = move_waiting(slicing);
	if (move == NULL) {
		if (slicing->asked_move != 0)
			question_drop(&slicing->question, plane);
		slicing->asked_move = 0;
		return;
	}
	if (slicing->asked_move == 0) {
		if (now_ns >= slicing->ask_ns)
			usage_ask(slicing, move, plane, now_ns);
		return;
	}
	enum question_state state = question_look(&slicing->question, plane, now_ns);
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return;
	uint32_t at = slices_find(&slicing->slices, move->key);
	bool is_answered = state == QUESTION_ANSWERED;
	const struct mailbox_answer *page =
		is_answered ? question_answer(&slicing->question, plane) : NULL;
	if (is_answered && page->code == 0 && at != UINT32_MAX) {
		usage_take(slicing, move, slicing->slices.cells[at].wanted[move->from], page);
		if (page->next != 0) {
			slicing->question.cursor = page->next;
			question_ask(&slicing->question, plane, now_ns);
			return;
		}
		if (slicing->is_over) {
			slicing->over_move = move->number;
			slicing->over_usage = slicing->usage;
		} else {
			slices_grant(&slicing->slices, move);
		}
	}
	slicing->asked_move = 0;
	slicing->ask_ns = now_ns + SLICING_ASK_NS;
}

bool slicing_is_hurried(const struct slicing *slicing)
{
	return slicing->asked_move != 0;
}

/* ---- what is written down ---- */

const char *slicing_stage_name(uint8_t stage)
{
	static const char *const names[] = {"done", "being cut at the giver",
		"cut, until the giver's usage fits", "granted, on its way to the taker",
		"given back, on its way to the giver"};
	return names[stage < ARRAY_COUNT(names) ? stage : 0];
}

static void audit_turn(struct slicing *slicing, struct audit *audit, uint64_t now_ns)
{
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		const struct slice_move *move = &slicing->slices.moves[i];
		struct slice_move *told = &slicing->told[i];
		char name[CUT_NAME_BYTES];
		bool is_old = told->number == move->number && told->stage == move->stage;
		if (is_old || (move->stage == MOVE_NONE && told->stage == MOVE_NONE))
			continue;
		json_t *line = json_pack("{s:s, s:I, s:s, s:s, s:s, s:I, s:s}", "event", "slices",
			"move", (json_int_t)move->number, "limit",
			cut_name(slicing->site, move->key, name), "from",
			gate_name(slicing->site, move->from), "to",
			gate_name(slicing->site, move->to), "amount", (json_int_t)move->amount,
			"stage", slicing_stage_name(move->stage));
		if (line != NULL)
			audit_append(audit, line, AUDIT_MAJOR, now_ns);
		*told = *move;
	}
}

static void file_turn(struct slicing *slicing, uint64_t now_ns)
{
	struct slices *slices = &slicing->slices;
	if (slicing->file != NULL && durable_file_is_done(slicing->file, &slicing->file_errno)) {
		if (slicing->file_errno == 0) {
			slices->durable = durable_file_record(slicing->file);
		} else {
			log_write(LOG_LEVEL_ERROR, "slices",
				"%s: found \"%s\", expected a durable write: nothing is granted",
				slicing->path, strerror(slicing->file_errno));
			slicing->retry_ns = now_ns + SLICING_RETRY_NS;
		}
		durable_file_end(slicing->file);
		slicing->file = NULL;
	}
	if (slicing->file != NULL || slices->durable == slices->record ||
		now_ns < slicing->retry_ns)
		return;
	char *text = slices_text(slices, slicing->site);
	if (text != NULL)
		slicing->file = durable_file_begin(slicing->path, text, slices->record);
	if (slicing->file == NULL)
		slicing->retry_ns = now_ns + SLICING_RETRY_NS;
}

void slicing_turn(
	struct slicing *slicing, struct plane *plane, struct audit *audit, uint64_t now_ns)
{
	if (!slicing->is_used)
		return;
	usage_turn(slicing, plane, now_ns);
	audit_turn(slicing, audit, now_ns);
	file_turn(slicing, now_ns);
}

/* ---- what is offered ---- */

static int compare_cuts(const void *a, const void *b)
{
	const struct limit_cut *left = a, *right = b;
	if (left->row != right->row)
		return (left->row > right->row) - (left->row < right->row);
	return (left->limit > right->limit) - (left->limit < right->limit);
}

void slicing_cuts(
	const struct slicing *slicing, const struct limitset *set, struct limit_bank *bank)
{
	const struct slices *slices = &slicing->slices;
	bank->cut_count = 0;
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		if (cell->whole == SLICE_NONE)
			continue;
		/* Both numbers of a rate stand in one cut: its cells follow each other. */
		struct limit_cut *cut = &bank->cuts[bank->cut_count];
		bool is_same = cell->key.part == SLICE_BURST && bank->cut_count > 0 &&
			       cut[-1].row == cell->row && cut[-1].limit == cell->key.limit;
		if (is_same)
			cut--;
		else
			bank->cut_count++;
		CHECK(bank->cut_count <= LIMIT_CUT_COUNT_MAX && cell->row < set->row_count);
		cut->row = cell->row;
		cut->limit = cell->key.limit;
		for (uint32_t gate = 0; gate < slices->gate_count; gate++) {
			if (!is_same)
				cut->values[gate] = set->rows[cell->row].limits[cell->key.limit];
			if (cell->key.part == SLICE_BURST)
				cut->values[gate].burst = (uint32_t)cell->planned[gate];
			else
				cut->values[gate].value = cell->planned[gate];
		}
	}
	qsort(bank->cuts, bank->cut_count, sizeof bank->cuts[0], compare_cuts);
}
