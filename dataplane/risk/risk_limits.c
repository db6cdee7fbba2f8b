/* risk_limits.c - which limits are in force: collected row by row, adopted whole, returned to those before (risk.h). */
#include "dataplane/risk/risk.h"
#include "dataplane/risk/tables.h"

void risk_limits_begin(struct risk *risk)
{
	limits_clear(risk->pending);
	risk->is_collecting = true;
	risk->is_refused = false;
}

/* Whether a scope is one of ours and its account, session and symbol are in the site's files. */
static bool scope_names_somebody(
	const struct risk *risk, uint8_t scope, uint32_t id, uint32_t symbol)
{
	bool has_symbol = symbol < risk->symbol_count;
	bool has_account = id < ACCOUNT_COUNT_MAX && risk->accounts[id].is_known;
	switch (scope) {
	case SCOPE_FIRM:
		return id == 0 && symbol == SYMBOL_NONE;
	case SCOPE_SESSION:
		return id < SESSION_COUNT_MAX && symbol == SYMBOL_NONE &&
		       risk->sessions[id].orders.times != NULL;
	case SCOPE_ACCOUNT:
		return has_account && symbol == SYMBOL_NONE;
	case SCOPE_STRATEGY:
		return id < STRATEGY_COUNT_MAX && symbol == SYMBOL_NONE &&
		       risk->tempos.strategies[id].times != NULL;
	case SCOPE_SECTOR:
		return id >= 1 && id < SECTOR_COUNT_MAX && symbol == SYMBOL_NONE;
	case SCOPE_SYMBOL:
		return has_symbol && id == 0;
	case SCOPE_ACCOUNT_SYMBOL:
		return has_symbol && has_account;
	default:
		return false;
	}
}

bool risk_limits_row(struct risk *risk, const struct limit_row *row)
{
	bool is_taken = risk->is_collecting &&
			scope_names_somebody(risk, row->scope, row->id, row->symbol) &&
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

static struct limits *limits_of(const struct risk *risk, enum risk_limits which)
{
	return which == RISK_IN_FORCE ? risk->limits
	       : which == RISK_COMING ? risk->pending
				      : risk->former;
}

const struct limit_value *risk_limits_stated(
	const struct risk *risk, enum risk_limits which, const struct limit_place *place)
{
	if (place->limit >= LIMIT_COUNT ||
		!scope_names_somebody(risk, place->scope, place->id, place->symbol))
		return NULL;
	return limits_stated(limits_of(risk, which), place);
}

bool risk_limits_put(struct risk *risk, enum risk_limits which, const struct limit_place *place,
	const struct limit_value *value)
{
	const struct limit_value *stated = risk_limits_stated(risk, which, place);
	if (stated == NULL)
		return false;
	struct limit_value from = *stated;
	if (!limits_put(limits_of(risk, which), place, value))
		return false;
	if (which == RISK_IN_FORCE)
		tables_put(risk, place, &from);
	return true;
}
