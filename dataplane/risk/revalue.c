/* revalue.c - what is held gets another value: a mark, a rate. */
#include "dataplane/risk/usage.h"

void risk_mark(struct risk *risk, uint16_t account, uint32_t symbol, int64_t price_e4)
{
	struct row *row = rows_find(&risk->rows, row_key(account, symbol));
	if (row == NULL || symbol >= risk->symbol_count)
		return;
	usage_row(risk, row);
	money_row(risk, row, price_e4);
	usage_money(risk, account, row);
}

/* Takes every row of a currency out of the sums and puts it in at the rate in force.  The best that anybody stood at is
   looked for when all are in, and so are marks of usage. */
static void revalue(struct risk *risk, uint32_t currency)
{
	for (uint32_t at = 0; at < risk->rows.count; at++) {
		struct row *row = &risk->rows.rows[at];
		if (risk->symbols[row->key & 0xFFFF].instrument.currency != currency)
			continue;
		usage_row(risk, row);
		money_restake(risk, row, 0);
	}
	money_best(&risk->money);
	for (uint32_t i = 1; i < ACCOUNT_COUNT_MAX; i++)
		money_best(&risk->accounts[i].money);
	for (uint32_t at = 0; at < risk->rows.count; at++) {
		struct row *row = &risk->rows.rows[at];
		uint32_t symbol = row->key & 0xFFFF;
		if (risk->symbols[symbol].instrument.currency != currency)
			continue;
		losses_best(risk, row);
		for (unsigned side = 0; side < 2; side++)
			usage_position(risk, row->key >> 16, symbol, side, row);
	}
}

bool risk_rate(struct risk *risk, uint32_t currency, int64_t rate_e8, uint64_t as_of_wall_ns)
{
	if (!rates_put(&risk->rates, currency, rate_e8, as_of_wall_ns))
		return false;
	tables_rate(risk, currency);
	revalue(risk, currency);
	return true;
}
