#include "dataplane/risk/rates.h"

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

static void rate_set(struct rate *rate, int64_t rate_e8, uint64_t as_of_wall_ns)
{
	rate->rate_e8 = rate_e8;
	rate->from_wall_ns = as_of_wall_ns;
	if (__builtin_add_overflow(as_of_wall_ns, rate->max_age_ns, &rate->until_wall_ns))
		rate->until_wall_ns = UINT64_MAX;
}

/* When everything that is in use may be used. */
static void rates_meet(struct rates *rates)
{
	rates->from_wall_ns = 0;
	rates->until_wall_ns = UINT64_MAX;
	for (uint32_t left = rates->used | rates->stated; left != 0; left &= left - 1) {
		const struct rate *rate = &rates->rows[__builtin_ctz(left)];
		if (rate->from_wall_ns > rates->from_wall_ns)
			rates->from_wall_ns = rate->from_wall_ns;
		if (rate->until_wall_ns < rates->until_wall_ns)
			rates->until_wall_ns = rate->until_wall_ns;
	}
}

void rates_init(struct rates *rates, const struct site_config *site)
{
	rates->count = site->currency_count == 0 ? 1 : site->currency_count;
	CHECK(rates->count <= CURRENCY_COUNT_MAX);
	rates->rows[0] = (struct rate){.rate_e8 = RATE_E8_ONE, .until_wall_ns = UINT64_MAX};
	for (uint32_t i = 1; i < rates->count; i++) {
		const struct currency_config *currency = &site->currencies[i];
		rates->rows[i] = (struct rate){
			.max_age_ns = currency->max_age_ns, .from_wall_ns = UINT64_MAX};
		if (currency->rate_e8 != 0)
			rate_set(&rates->rows[i], currency->rate_e8, currency->as_of_wall_ns);
	}
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct fees_config *fees = &site->venues[i].fees;
		CHECK(fees->currency < rates->count);
		rates->of_venues[i] = fees->has_currency ? (uint8_t)fees->currency : 0;
	}
	rates_meet(rates);
}

bool rates_put(struct rates *rates, uint32_t currency, int64_t rate_e8, uint64_t as_of_wall_ns)
{
	if (currency == 0 || currency >= rates->count || rate_e8 <= 0 || rate_e8 > RATE_E8_MAX)
		return false;
	rate_set(&rates->rows[currency], rate_e8, as_of_wall_ns);
	rates_meet(rates);
	return true;
}

void rates_state(struct rates *rates, uint32_t currencies)
{
	rates->stated = currencies;
	rates_meet(rates);
}

void rates_day(struct rates *rates)
{
	rates->used = 0;
	rates_meet(rates);
}

static int64_t exchanged(int64_t sum_e4, int64_t old_e4, int64_t new_e4)
{
	return saturating_add(sum_e4 > old_e4 ? sum_e4 - old_e4 : 0, new_e4);
}

/* The value of what was executed since the day began, converted.  Values of a day are below 2^80, rates below 2^44. */
static int128_t executed(const struct position_totals *totals, const struct start *start,
	int128_t before_e4, int64_t rate_e8)
{
	int128_t shares = start->shares < 0 ? -(int128_t)start->shares : start->shares;
	int128_t value_e4 = totals->value_e4[SIDE_BUY] + totals->value_e4[SIDE_SELL] -
			    shares * start->price_e4 - before_e4;
	int128_t product = value_e4 * rate_e8;
	return product / RATE_E8_ONE + (product % RATE_E8_ONE > 0);
}

static bool row_is_idle(const struct row *row, const struct position_totals *totals)
{
	const struct position *position = &row->position;
	return (position->shares | position->working_qty[0] | position->working_qty[1]) == 0 &&
	       (totals->qty[0] | totals->qty[1] | totals->fees_e4) == 0;
}

int128_t rates_row(struct risk *risk, const struct row *row)
{
	size_t at = (size_t)(row - risk->rows.rows);
	const struct position_totals *totals = &risk->rows.totals[at];
	struct account_entry *account = &risk->accounts[row->key >> 16];
	struct abroad *abroad = &risk->rows.abroad[at];
	uint32_t currency = risk->symbols[row->key & 0xFFFF].instrument.currency;
	int64_t rate_e8 = risk->rates.rows[currency].rate_e8;
	for (unsigned side = 0; side < 2; side++) {
		int64_t old_e4 = abroad->open_e4[side];
		int64_t new_e4 = currency_up(row->position.working_value_e4[side], rate_e8);
		account->open_value_e4[side] =
			exchanged(account->open_value_e4[side], old_e4, new_e4);
		risk->open_value_e4[side] = exchanged(risk->open_value_e4[side], old_e4, new_e4);
		abroad->open_e4[side] = new_e4;
	}
	int128_t executed_e4 = executed(totals, &risk->rows.starts[at], abroad->before_e4, rate_e8);
	int128_t more_e4 = executed_e4 - abroad->executed_e4;
	abroad->executed_e4 = executed_e4;
	if ((risk->rates.used >> currency & 1) == 0 && !row_is_idle(row, totals)) {
		risk->rates.used |= 1u << currency;
		rates_meet(&risk->rates);
	}
	return more_e4;
}

int64_t rates_value(
	const struct rates *rates, uint32_t currency, uint8_t venue_index, int64_t value_e4)
{
	return missing_if(!rates_are_stated(rates, currency, venue_index),
		currency_up(value_e4, rates->rows[currency].rate_e8));
}

int64_t rates_open(
	const struct rates *rates, uint32_t currency, int64_t open_e4, int64_t add_value_e4)
{
	int64_t rate_e8 = rates->rows[currency].rate_e8;
	int64_t then_e4 = currency_up(saturating_add(open_e4, add_value_e4), rate_e8);
	return saturating_subtract(then_e4, currency_up(open_e4, rate_e8));
}

int64_t risk_fee(const struct risk *risk, uint32_t symbol, uint32_t currency, int64_t fee_e4)
{
	const struct rate *rates = risk->rates.rows;
	uint32_t own = tables_symbol(risk, symbol)->instrument.currency;
	return own == currency ? fee_e4
			       : currency_cost(fee_e4, rates[currency].rate_e8, rates[own].rate_e8);
}

/* Whether a venue takes money of a currency that it names. */
static bool rates_charge(const struct rates *rates, uint32_t currency)
{
	bool is_charged = false;
	for (unsigned i = 0; i < RATES_VENUE_COUNT; i++)
		is_charged |= rates->of_venues[i] == currency;
	return is_charged;
}

uint32_t risk_rates(const struct risk *risk, uint64_t wall_ns, struct rate_row *rows)
{
	const struct rates *rates = &risk->rates;
	for (uint32_t i = 0; i < rates->count; i++) {
		const struct rate *rate = &rates->rows[i];
		rows[i] = (struct rate_row){.currency = i,
			.is_used = (uint8_t)(rates->used >> i & 1),
			.is_stated = (uint8_t)(rates->stated >> i & 1),
			.is_charged = rates_charge(rates, i),
			.is_good = wall_ns >= rate->from_wall_ns && wall_ns <= rate->until_wall_ns,
			.rate_e8 = rate->rate_e8,
			.as_of_wall_ns = rate->rate_e8 == 0 ? 0 : rate->from_wall_ns,
			.max_age_ns = rate->max_age_ns};
	}
	return rates->count;
}
