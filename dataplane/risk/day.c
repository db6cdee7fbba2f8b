/* day.c - a day begins: see risk_day. */
#include "dataplane/risk/tables.h"

/* What is held is as if it were taken over at its mark when the day began: what was won or lost before counts no more.
   What nobody ever valued is worth nothing, as it was in the day before. */
static void row_begin(struct risk *risk, uint32_t at)
{
	struct row *row = &risk->rows.rows[at];
	struct symbol_rest *rest = &risk->rests[row->key & 0xFFFF];
	int64_t shares = row->position.shares, mark_e4 = row->stake.mark_e4;
	struct position firm;
	risk->rows.totals[at] = (struct position_totals){.qty = {0}};
	position_start(&row->position, &risk->rows.totals[at], shares, mark_e4);
	position_start(&firm, &rest->totals, shares, mark_e4);
	position_start(&firm, &rest->start, shares, mark_e4);
	risk->rows.starts[at] = (struct start){.shares = shares, .price_e4 = mark_e4};
	risk->rows.abroad[at].before_e4 = 0;
	money_cash(risk, row);
	losses_day(risk, row);
	money_row(risk, row, 0);
	locate_day(risk, row);
}

/* All rows begin at their marks, so profit and loss is nothing, and that is the best of the day so far. */
static void money_begin(struct money *money)
{
	money->executed_wide = 0;
	money->executed_e4 = 0;
	money->peak_e4 = 0;
}

void risk_day(struct risk *risk)
{
	rates_day(&risk->rates);
	for (uint32_t i = 0; i < risk->symbol_count; i++) {
		risk->rests[i].totals = (struct position_totals){.qty = {0}};
		risk->rests[i].start = (struct position_totals){.qty = {0}};
	}
	for (uint32_t at = 0; at < risk->rows.count; at++)
		row_begin(risk, at);
	losses_begin(risk);
	money_begin(&risk->money);
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++)
		money_begin(&risk->accounts[i].money);
	ratio_day(risk);
}
