/* Judging again happens apart from any gate.  tidy: boot */
#include "dataplane/fold/whatif.h"

#include "drivers/machine/memory.h"

/* What one record of the day made the day's fold say, for the other fold to repeat: a message brings one order or
   one cancel, and an order that replaces both. */
enum { SAID_COUNT = 8 };

struct whatif {
	struct replay *replay;
	struct fold *other;
	struct metrics *metrics;
	struct gate_page *page;
	const struct limitset *set;
	struct portions *portions; /* NULL: one gate has everything */
	struct portion told[WHATIF_PORTION_COUNT];
	uint32_t day_epoch; /* that the other limits follow; 0: none yet */
	bool is_adopted, is_by_wholes, wants_all;
	void (*changed)(void *context, const struct whatif_change *change);
	void *context;
	struct whatif_counts counts;
	struct fold_beside day_side, other_side;
	struct verdict verdicts[SAID_COUNT];
	uint64_t order_ids[SAID_COUNT];
	bool cancels[SAID_COUNT];
	uint32_t verdict_head, verdict_tail, cancel_head, cancel_tail;
	uint8_t output[RECORD_BYTES_MAX]; /* what the other fold records is dropped */
};

static void *whatif_output(void *context, enum record_type type, uint32_t body_bytes)
{
	struct whatif *w = context;
	(void)type;
	CHECK(body_bytes <= sizeof w->output);
	memset(w->output, 0, body_bytes);
	return w->output;
}

static void whatif_client(void *context, uint32_t session)
{
	(void)context;
	(void)session;
}

static void day_judged(
	void *context, uint64_t order_id, const struct risk_order *order, struct verdict *verdict)
{
	struct whatif *w = context;
	(void)order;
	CHECK(w->verdict_tail < SAID_COUNT);
	w->order_ids[w->verdict_tail] = order_id;
	w->verdicts[w->verdict_tail++] = *verdict;
}

static bool day_cancel(void *context, bool may_go)
{
	struct whatif *w = context;
	CHECK(w->cancel_tail < SAID_COUNT);
	w->cancels[w->cancel_tail++] = may_go;
	return may_go;
}

static bool other_cancel(void *context, bool may_go)
{
	struct whatif *w = context;
	(void)may_go;
	CHECK(w->cancel_head < w->cancel_tail);
	return w->cancels[w->cancel_head++];
}

static void whatif_compare(struct whatif *w, const struct whatif_change *change)
{
	uint8_t day = change->day->lane, other = change->other->lane;
	w->counts.orders++;
	w->counts.by_wholes += w->is_by_wholes;
	w->counts.refused += day == LANE_NONE && other != LANE_NONE;
	w->counts.passed += day != LANE_NONE && other == LANE_NONE;
	w->counts.renamed += day != LANE_NONE && other != LANE_NONE && day != other;
	if (day != other || w->wants_all)
		w->changed(w->context, change);
}

static void other_judged(
	void *context, uint64_t order_id, const struct risk_order *order, struct verdict *verdict)
{
	struct whatif *w = context;
	CHECK(w->verdict_head < w->verdict_tail && w->order_ids[w->verdict_head] == order_id);
	const struct verdict *day = &w->verdicts[w->verdict_head++];
	const struct whatif_change change = {
		.order_id = order_id, .order = order, .day = day, .other = verdict};
	if (w->is_adopted)
		whatif_compare(w, &change);
	*verdict = *day;
}

static bool key_is(const struct slice_key *a, const struct slice_key *b)
{
	return a->scope == b->scope && a->limit == b->limit && a->part == b->part &&
	       a->symbol == b->symbol;
}

static void portion_hear(void *context, const struct portion *portion)
{
	struct whatif *w = context;
	uint32_t i = 0, count = w->counts.portion_count;
	if (portion->whole == portion->other_whole)
		return;
	while (i < count && !key_is(&w->told[i].key, &portion->key))
		i++;
	if (i == WHATIF_PORTION_COUNT)
		w->counts.portions_dropped++;
	else if (i == count || portion->part > w->told[i].part)
		w->told[i] = *portion;
	w->counts.portion_count += i == count && count < WHATIF_PORTION_COUNT;
}

/* The other limits as the records by which limits come, while the day has an epoch in force. */
static void whatif_adopt(struct whatif *w, const struct limit_epoch_record *day)
{
	union record_space space = {
		.record = {.type = RECORD_LIMIT_ROW, .body_bytes = sizeof w->set->rows[0]}};
	struct limit_epoch_record epoch = {.epoch = day->epoch};
	struct limit_row *row = (struct limit_row *)(&space.record + 1);
	bool is_cut = w->portions != NULL && portions_are_told(w->portions, day->epoch);
	w->is_by_wholes = w->portions != NULL && !is_cut;
	for (uint32_t i = 0; i < w->set->row_count; i++) {
		if (!site_has_row(w->other->site, &w->set->rows[i]))
			continue;
		*row = w->set->rows[i];
		if (is_cut)
			portions_cut(w->portions, day->epoch, row, portion_hear, w);
		fold_apply(w->other, &space.record);
		epoch.row_count++;
	}
	memcpy(epoch.hash, w->set->hash, sizeof epoch.hash);
	space.record.type = RECORD_LIMIT_EPOCH;
	space.record.body_bytes = sizeof epoch;
	memcpy(&space.record + 1, &epoch, sizeof epoch);
	fold_apply(w->other, &space.record);
	w->is_adopted = w->other->epochs.now.epoch == day->epoch;
}

/* Whenever the day has another epoch in force its gate may have other parts; one gate has everything, from the first on. */
static void whatif_follow(struct whatif *w)
{
	const struct limit_epoch_record *day = &w->replay->fold->epochs.now;
	if (day->epoch == w->day_epoch || (w->is_adopted && w->portions == NULL))
		return;
	w->day_epoch = day->epoch;
	whatif_adopt(w, day);
}

static void whatif_applied(void *context, const struct record *record)
{
	struct whatif *w = context;
	if (w->portions != NULL)
		portions_take(w->portions, record, &w->replay->fold->epochs);
	if (record->type != RECORD_LIMIT_EPOCH && record->type != RECORD_LIMIT_ROW &&
		record->type != RECORD_LEASE)
		fold_apply(w->other, record);
	whatif_follow(w);
	CHECK(w->verdict_head == w->verdict_tail && w->cancel_head == w->cancel_tail);
	w->verdict_head = w->verdict_tail = w->cancel_head = w->cancel_tail = 0;
}

struct whatif *whatif_open(struct replay *replay, const struct limitset *set, bool wants_all,
	void (*changed)(void *context, const struct whatif_change *change), void *context)
{
	struct whatif *w = memory_take("what-if", sizeof *w);
	const struct fold_out out = {
		.context = w, .record = whatif_output, .client = whatif_client};
	w->replay = replay;
	w->set = set;
	w->wants_all = wants_all;
	w->changed = changed;
	w->context = context;
	w->metrics = memory_take("what-if's metrics", sizeof *w->metrics);
	w->page = memory_take("what-if's page", sizeof *w->page);
	w->other = fold_open(replay->fold->site, &out, w->metrics, w->page);
	if (site_gate_count(replay->fold->site) > 1)
		w->portions = portions_open(replay->fold->site);
	w->day_side =
		(struct fold_beside){.context = w, .judged = day_judged, .cancel = day_cancel};
	w->other_side =
		(struct fold_beside){.context = w, .judged = other_judged, .cancel = other_cancel};
	w->other->beside = &w->other_side;
	replay->fold->beside = &w->day_side;
	replay->applied = whatif_applied;
	replay->context = w;
	return w;
}

void whatif_close(struct whatif *w)
{
	w->replay->applied = NULL;
	if (w->replay->fold != NULL)
		w->replay->fold->beside = NULL;
	fold_close(w->other);
	if (w->portions != NULL)
		portions_close(w->portions);
	memory_return(w->page, sizeof *w->page);
	memory_return(w->metrics, sizeof *w->metrics);
	memory_return(w, sizeof *w);
}

struct whatif_counts whatif_counts(const struct whatif *whatif, bool *is_adopted)
{
	*is_adopted = whatif->is_adopted;
	return whatif->counts;
}

const struct portion *whatif_portions(const struct whatif *whatif)
{
	return whatif->told;
}
