#include "dataplane/risk/haircuts.h"

#include "config/binds.h"
#include "dataplane/risk/tables.h"

int64_t haircuts_owner(const struct risk *risk, enum limit limit, uint32_t symbol, uint8_t *owner)
{
	const struct limits *limits = risk->limits;
	uint16_t indexes[] = {limits->firm, 0, 0};
	int64_t most = 0;
	*owner = SCOPE_COUNT;
	if (symbol < risk->symbol_count) {
		const struct haircuts *listed = &risk->rests[symbol].listed;
		indexes[1] = limits->sectors[risk->symbols[symbol].instrument.sector];
		indexes[2] = limits->symbols[symbol];
		most = limit == LIMIT_margin_rate ? listed->margin_bps : listed->stress_bps;
		*owner = most != 0 ? OWNER_SYMBOLS : SCOPE_COUNT;
	}
	for (unsigned i = 0; i < ARRAY_COUNT(indexes); i++) {
		const struct limit_row *row = limits_row(limits, indexes[i]);
		if (row == NULL ||
			row->limits[limit].value <= most) /* what is not stated is the least */
			continue;
		most = row->limits[limit].value;
		*owner = row->scope;
	}
	return most;
}

/* Brings a symbol's instrument to the limits in force; false: it is as it was.  In what is not known nothing may be traded,
   whatever its haircut. */
static bool haircuts_set(struct risk *risk, uint32_t symbol)
{
	struct instrument *instrument = &risk->symbols[symbol].instrument;
	uint8_t owner;
	uint32_t margin_bps = (uint32_t)haircuts_owner(risk, LIMIT_margin_rate, symbol, &owner);
	uint32_t stress_bps = (uint32_t)haircuts_owner(risk, LIMIT_stress_rate, symbol, &owner);
	bool is_new = instrument->is_known != 0 && (margin_bps != instrument->margin_bps ||
							   stress_bps != instrument->stress_bps);
	if (is_new)
		instrument_rate(instrument, margin_bps, stress_bps);
	risk->rests[symbol].listed.is_new = is_new;
	return is_new;
}

/* Margin and stress alone become others: nobody stands better than ever by it, and no position grows. */
void haircuts_adopt(struct risk *risk)
{
	bool is_any = false;
	for (uint32_t i = 0; i < risk->symbol_count; i++)
		is_any |= haircuts_set(risk, i);
	if (!is_any)
		return;
	for (uint32_t at = 0; at < risk->rows.count; at++) {
		struct row *row = &risk->rows.rows[at];
		if (risk->rests[row->key & 0xFFFF].listed.is_new)
			money_restake(risk, row, 0);
	}
}

void haircuts_put(struct risk *risk, const struct limit_place *place)
{
	if (limit_is_floor((enum limit)place->limit))
		haircuts_adopt(risk);
}

void haircuts_effective(
	const struct risk *risk, enum limit limit, uint32_t symbol, struct effective_row *row)
{
	int64_t value = haircuts_owner(risk, limit, symbol, &row->owner_scope);
	row->value.value = row->in_force = value != 0 ? value : INT64_MIN;
	if (symbol < risk->symbol_count)
		row->absence = ABSENCE_REFUSES;
}
