/* risk_limits.c - which limits are in force: collected row by row, adopted whole, returned to those before (risk.h). */
#include "dataplane/risk/risk.h"
#include "dataplane/risk/tables.h"

void risk_limits_begin(struct risk *risk)
{
	limits_clear(risk->pending);
	risk->is_collecting = true;
	risk->is_refused = false;
}

/* Whether a row's scope is one of ours and its account, session and symbol are in the site's files. */
static bool row_names_somebody(const struct risk *risk, const struct limit_row *row)
{
	bool has_symbol = row->symbol < risk->symbol_count;
	bool has_account = row->id < ACCOUNT_COUNT_MAX && risk->accounts[row->id].is_known;
	switch (row->scope) {
	case SCOPE_FIRM:
		return row->id == 0 && row->symbol == SYMBOL_NONE;
	case SCOPE_SESSION:
		return row->id < SESSION_COUNT_MAX && row->symbol == SYMBOL_NONE &&
		       risk->sessions[row->id].orders.times != NULL;
	case SCOPE_ACCOUNT:
		return has_account && row->symbol == SYMBOL_NONE;
	case SCOPE_STRATEGY:
		return row->id < STRATEGY_COUNT_MAX && row->symbol == SYMBOL_NONE &&
		       risk->tempos.strategies[row->id].times != NULL;
	case SCOPE_SYMBOL:
		return has_symbol && row->id == 0;
	case SCOPE_ACCOUNT_SYMBOL:
		return has_symbol && has_account;
	default:
		return false;
	}
}

bool risk_limits_row(struct risk *risk, const struct limit_row *row)
{
	bool is_taken = risk->is_collecting && row_names_somebody(risk, row) &&
			limits_add(risk->pending, row);
	risk->is_refused |= !is_taken;
	return is_taken;
}

void risk_limits_adopt(struct risk *risk, uint32_t epoch)
{
	struct limits *old = risk->limits;
	CHECK(risk->is_collecting && !risk->is_refused && epoch != 0);
	risk->limits = risk->pending;
	risk->limits->epoch = epoch;
	risk->pending = risk->is_held ? risk->former : old;
	if (risk->is_held) {
		risk->former = old;
		risk->has_former = true;
	}
	risk->is_collecting = risk->is_held = false;
	tables_adopt(risk, old);
}

void risk_limits_hold(struct risk *risk)
{
	CHECK(!risk->has_former);
	risk->is_held = true;
}

void risk_limits_return(struct risk *risk)
{
	struct limits *ended = risk->limits;
	CHECK(risk->has_former);
	risk->limits = risk->former;
	risk->former = ended;
	risk->has_former = false;
	tables_adopt(risk, ended);
}

void risk_limits_forget(struct risk *risk)
{
	risk->has_former = false;
	tables_adopt_windows(risk);
}
