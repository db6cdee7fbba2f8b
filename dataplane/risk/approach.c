/* approach.c - what an order will be judged by comes nearer: see risk.h. */
#include "dataplane/risk/approach.h"

#include "dataplane/risk/measure.h"

static inline void prefetch_lines(const void *at, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i += CACHE_LINE_BYTES)
		base_ask((const char *)at + i);
}

/* Where the line of times that is full with this order goes is far from the throttle itself. */
static inline void prefetch_throttle(const struct throttle *throttle)
{
	uint64_t begun = throttle->recorded % THROTTLE_NEAR_COUNT;
	if (UNLIKELY(begun + 1 == THROTTLE_NEAR_COUNT && throttle->times != NULL))
		base_ask(&throttle->times[(throttle->recorded - begun) & throttle->ring_mask]);
}

/* Of an account's entry what the judge reads first.  Accounts are few and mostly near: to ask for all twenty lines that an
   order touches took a tenth of its time in a burst (tools/bench, "order:"), for what was there already. */
static inline void prefetch_account(const struct account_entry *account)
{
	base_ask(account);
	base_ask(account->money.sums);
	base_ask(&account->orders);
}

static inline void prefetch_row(const struct risk *risk, uint32_t row)
{
	prefetch_lines(&risk->rows.rows[row], sizeof(struct row));
}

void risk_announce(struct risk *risk, uint16_t account, uint32_t symbol)
{
	prefetch_lines(tables_symbol(risk, symbol), SYMBOL_HOT_BYTES);
	base_ask(&risk->rows.slots[row_slot_at(row_key(account, symbol))]);
}

/* What a row has of its own where a row of limits names its symbol: what it collapses from, and the meter. */
static inline void prefetch_named(const struct risk *risk, uint32_t row, uint16_t index)
{
	const struct meter *meter = &risk->rows.meters[row];
	prefetch_lines(&risk->limits->parts[index], sizeof(struct limit_part));
	prefetch_lines(meter, offsetof(struct meter, peak));
	base_ask(meter->marks);
}

void risk_approach(struct risk *risk, uint16_t account, uint32_t symbol)
{
	uint32_t row = rows_guess(&risk->rows, row_key(account, symbol));
	if (row != 0) {
		prefetch_row(risk, row - 1);
		uint16_t named = symbol < risk->symbol_count ? risk->limits->symbols[symbol] : 0;
		if (named != 0)
			prefetch_named(risk, row - 1, named);
	}
}

void risk_expect(struct risk *risk, uint32_t symbol, uint32_t row)
{
	prefetch_lines(tables_symbol(risk, symbol), SYMBOL_HOT_BYTES);
	if (row == 0)
		return;
	risk->rows.last = &risk->rows.rows[row - 1];
	prefetch_row(risk, row - 1);
}

void risk_prefetch(struct risk *risk, const struct risk_order *order)
{
	struct duplicate_key key = measure_duplicate_key(order);
	const struct symbol_entry *symbol = tables_symbol(risk, order->symbol);
	const struct account_entry *account = tables_account(risk, order->account);
	prefetch_account(account);
	base_ask(&risk->duplicate.buckets[duplicate_bucket(&key)]);
	prefetch_throttle(&symbol->orders);
	prefetch_throttle(&account->orders);
}

/* All that lies between two addresses, the second not with it. */
static inline void prefetch_between(const void *from, const void *end)
{
	prefetch_lines(from, (size_t)((const char *)end - (const char *)from));
	base_ask((const char *)end - 1);
}

APART void approach_adopted(const struct risk *risk, const struct row *row)
{
	const struct row_gauges *gauges = &risk->rows.gauges[row - risk->rows.rows];
	const struct symbol_rest *rest = &risk->rests[row->key & 0xFFFF];
	prefetch_between(gauges, gauges + 1);
	prefetch_between(rest->position_gauges, &rest->generation + 1);
}
