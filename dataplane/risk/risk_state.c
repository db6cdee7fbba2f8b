#include "dataplane/risk/risk.h"
#include "dataplane/risk/tables.h"
#include "dataplane/risk/trail.h"

/* A row without padding: equal states are equal bytes. */
struct row_image {
	uint32_t account, symbol;
	int64_t shares;
	int64_t working_qty[2], working_value_e4[2];
	uint64_t totals[10]; /* bought, sold; their values; fees: low and high words */
	uint64_t trail_last_ns, trail_last_e4;
	uint64_t mark_e4;
	struct start start;
	int64_t located_working, located_executed;
};

struct writer {
	void (*add)(void *context, const void *bytes, size_t size);
	void *context;
};

static void put(const struct writer *writer, const void *bytes, size_t size)
{
	writer->add(writer->context, bytes, size);
}

static void put_words(const struct writer *writer, uint64_t a, uint64_t b)
{
	const uint64_t words[2] = {a, b};
	put(writer, words, sizeof words);
}

static void put_bucket(const struct writer *writer, uint32_t id, const struct bucket *bucket)
{
	if (bucket->seen_ns == 0 && bucket->used == 0)
		return;
	put_words(writer, id, bucket->window_ns);
	put_words(writer, (uint64_t)bucket->used, bucket->seen_ns);
}

/* A throttle that was never used says nothing; its number tells whose it is. */
static void put_throttle(const struct writer *writer, uint32_t id, const struct throttle *throttle)
{
	uint64_t size = throttle->ring_mask + 1;
	uint64_t count = throttle->recorded < size ? throttle->recorded : size;
	if (throttle->recorded == 0)
		return;
	put_bucket(writer, id, &throttle->bucket);
	put_words(writer, throttle->recorded, count);
	for (uint64_t i = throttle->recorded - count; i < throttle->recorded; i++) {
		uint64_t time_ns = throttle_time(throttle, i);
		put(writer, &time_ns, sizeof time_ns);
	}
}

static void put_tempo(const struct writer *writer, uint32_t id, const struct tempo *tempo)
{
	uint64_t size = tempo->ring_mask + 1;
	uint64_t count = tempo->recorded < size ? tempo->recorded : size;
	if (tempo->recorded == 0)
		return;
	put_words(writer, id, tempo->recorded);
	for (uint64_t i = tempo->recorded - count; i < tempo->recorded; i++)
		put(writer, &tempo->times[i & tempo->ring_mask], sizeof(uint64_t));
}

/* What is allowed follows from these and the limits. */
static void put_ratio(const struct writer *writer, uint32_t id, const struct ratio *ratio)
{
	if ((ratio->messages | ratio->trades) == 0)
		return;
	put_words(writer, id, (uint64_t)ratio->messages);
	put(writer, &ratio->trades, sizeof ratio->trades);
}

static void put_totals(uint64_t *words, const struct position_totals *totals)
{
	const int128_t sums[] = {totals->qty[0], totals->qty[1], totals->value_e4[0],
		totals->value_e4[1], totals->fees_e4};
	for (unsigned i = 0; i < ARRAY_COUNT(sums); i++) {
		words[2 * i] = (uint64_t)sums[i];
		words[2 * i + 1] = (uint64_t)(sums[i] >> 64);
	}
}

static void put_position(const struct writer *writer, uint32_t account, uint32_t symbol,
	const struct position *position, const struct position_totals *totals,
	const struct row *row, uint32_t mark_e4, const struct start *start,
	const struct located *located)
{
	struct row_image image = {.account = account, .symbol = symbol, .shares = position->shares};
	for (unsigned side = 0; side < 2; side++) {
		image.working_qty[side] = position->working_qty[side];
		image.working_value_e4[side] = position->working_value_e4[side];
	}
	put_totals(image.totals, totals);
	if (row != NULL) {
		image.trail_last_ns = row->trail_last_ns;
		image.trail_last_e4 = row->trail_last_e4;
		image.mark_e4 = mark_e4;
		image.start = *start;
		image.located_working = located->working;
		image.located_executed = located->executed;
	}
	put(writer, &image, sizeof image);
}

/* Rows stand in the order of the limits file, which the journal keeps. */
static void put_limits(const struct writer *writer, const struct limits *limits)
{
	put_words(writer, limits->epoch, limits->row_count);
	put(writer, limits->rows, sizeof limits->rows[0] * limits->row_count);
}

static void put_duplicates(const struct writer *writer, const struct duplicate *duplicate)
{
	uint64_t kept =
		duplicate->count < DUPLICATE_COUNT_MAX ? duplicate->count : DUPLICATE_COUNT_MAX;
	put_words(writer, duplicate->count, duplicate->keep_ns);
	for (uint64_t i = duplicate->count - kept; i < duplicate->count; i++) {
		const struct duplicate_entry *entry =
			&duplicate->log[i & (DUPLICATE_COUNT_MAX - 1)];
		put(writer, &entry->time_ns, sizeof entry->time_ns);
		put(writer, &entry->key, sizeof entry->key);
	}
}
_Static_assert(sizeof(struct duplicate_key) == 16, "no padding");

/* Sums follow from the rows; what was executed and the best of the day do not. */
static void put_money(const struct writer *writer, const struct money *money)
{
	put_words(writer, (uint64_t)money->executed_wide, (uint64_t)(money->executed_wide >> 64));
	put_words(writer, (uint64_t)money->peak_e4, 0);
}

static void put_slicings(
	const struct writer *writer, const struct rows *rows, const struct row *row)
{
	for (unsigned side = 0; side < 2; side++)
		if ((row->is_sliced >> side & 1) != 0) {
			put_words(writer, row->key, side);
			put(writer, rows_slicing(rows, row, side), sizeof(struct slicing));
		}
}
_Static_assert(sizeof(struct slicing) == 48, "no padding");

/* Extremes follow from the steps.  trail (2) */
static void put_trail(const struct writer *writer, const struct rows *rows, const struct row *row)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct trail_side *side = &row->trail_sides[i];
		const struct trail_step *before = rows->trails[row - rows->rows].steps[i];
		if ((side->count | side->past_key) == 0)
			continue;
		put_words(writer, row->key, i);
		put_words(writer, side->past_key, side->past_key != 0 ? side->past_ns : 0);
		put_words(writer, side->count, 0);
		for (uint32_t k = 0; k < side->count; k++)
			put(writer, steps_at(side, before, k), sizeof(struct trail_step));
	}
}
_Static_assert(sizeof(struct trail_step) == 16, "no padding");

/* Of a site with one currency there is nothing to say. */
static void put_rates(const struct writer *writer, const struct rates *rates)
{
	for (uint32_t i = 1; i < rates->count; i++) {
		put_words(writer, (uint64_t)rates->rows[i].rate_e8, rates->rows[i].from_wall_ns);
		put_words(writer, i, rates->used >> i & 1);
	}
}

/* What strategies won so far follows from these and the row's mark. */
static void put_portions(const struct writer *writer, const struct risk *risk, uint32_t at)
{
	const struct row *row = &risk->rows.rows[at];
	for (unsigned place = 0; place < ACCOUNT_STRATEGY_MAX; place++) {
		const struct portion *portion =
			&risk->rows.portions[(size_t)at * ACCOUNT_STRATEGY_MAX + place];
		if ((row->portions >> place & 1) == 0)
			continue;
		put_words(writer, place, (uint64_t)portion->shares);
		put_words(writer, (uint64_t)portion->cash_e4, (uint64_t)(portion->cash_e4 >> 64));
	}
}

/* The best of the day follows from nothing else; who never won says nothing. */
static void put_best(const struct writer *writer, enum scope scope, uint32_t id, int128_t best_e4)
{
	if (best_e4 == 0)
		return;
	put_words(writer, id, scope);
	put_words(writer, (uint64_t)best_e4, (uint64_t)(best_e4 >> 64));
}

static void put_positions(const struct writer *writer, const struct risk *risk)
{
	const struct rows *rows = &risk->rows;
	rows_order(rows, risk->order, risk->order_spare);
	put_words(writer, rows->count, risk->is_torn);
	for (uint32_t i = 0; i < rows->count; i++) {
		uint32_t at = risk->order[i];
		const struct row *row = &rows->rows[at];
		put_position(writer, row->key >> 16, row->key & 0xFFFF, &row->position,
			&rows->totals[at], row, row->stake.mark_e4, &rows->starts[at],
			&rows->locates[at]);
		put_portions(writer, risk, at);
		put_slicings(writer, rows, row);
		put_trail(writer, rows, row);
	}
	for (uint32_t i = 0; i < risk->symbol_count; i++) {
		const struct position *firm = &risk->symbols[i].firm;
		const struct position_totals *totals = &risk->rests[i].totals;
		if ((firm->working_qty[0] | firm->working_qty[1]) != 0 || totals->qty[0] != 0 ||
			totals->qty[1] != 0)
			put_position(writer, 0, i, firm, totals, NULL, 0, NULL, NULL);
	}
	put(writer, risk->open_value_e4, sizeof risk->open_value_e4);
	for (uint32_t i = 0; i < risk->symbol_count; i++)
		put_best(writer, SCOPE_SYMBOL, i, risk->symbols[i].best_e4);
	for (uint32_t i = 1; i < STRATEGY_COUNT_MAX; i++)
		put_best(writer, SCOPE_STRATEGY, i, risk->losses.strategies[i].best_e4);
	put_rates(writer, &risk->rates);
	put_money(writer, &risk->money);
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++) {
		const int64_t *open_e4 = risk->accounts[i].open_value_e4;
		const struct money *money = &risk->accounts[i].money;
		if ((open_e4[0] | open_e4[1]) != 0 || money->executed_wide != 0 ||
			money->peak_e4 != 0) {
			put_words(writer, i, 0);
			put(writer, open_e4, 2 * sizeof open_e4[0]);
			put_money(writer, money);
		}
	}
}

void risk_state_write(const struct risk *risk,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const struct writer writer = {.add = add, .context = context};
	put_limits(&writer, risk->limits);
	put_words(&writer, risk->is_collecting, risk->is_refused);
	if (risk->is_collecting)
		put_limits(&writer, risk->pending);
	put_words(&writer, risk->has_former, 0);
	if (risk->has_former)
		put_limits(&writer, risk->former);
	put_positions(&writer, risk);
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		put_throttle(&writer, i, &risk->sessions[i].orders);
		put_bucket(&writer, i, &risk->sessions[i].cancels);
	}
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++) {
		put_throttle(&writer, i, &risk->accounts[i].orders);
		put_bucket(&writer, i, &risk->accounts[i].exits);
	}
	for (uint32_t i = 0; i < risk->symbol_count; i++)
		put_throttle(&writer, i, &risk->symbols[i].orders);
	put_tempo(&writer, 0, &risk->tempos.gate);
	for (uint32_t i = 1; i < STRATEGY_COUNT_MAX; i++)
		put_tempo(&writer, i, &risk->tempos.strategies[i]);
	for (uint32_t i = 1; i < STRATEGY_COUNT_MAX; i++)
		put_throttle(&writer, i, &risk->paces.strategies[i]);
	put_ratio(&writer, 0, &risk->ratio);
	for (uint32_t i = 1; i < ACCOUNT_COUNT_MAX; i++)
		put_ratio(&writer, i, &risk->accounts[i].ratio);
	put_tempo(&writer, 0, &risk->slips.firm);
	for (uint32_t i = 1; i < ACCOUNT_COUNT_MAX; i++)
		put_tempo(&writer, i, &risk->slips.accounts[i]);
	put_duplicates(&writer, &risk->duplicate);
}
