#include "dataplane/risk/slippage.h"

#include "dataplane/risk/tables.h"
#include "dataplane/risk/usage.h"
#include "drivers/machine/memory.h"

void slips_open(struct slips *slips, const struct site_config *site)
{
	slips->times_bytes = sizeof(uint64_t) * SLIP_RING * (site->account_count + (size_t)1);
	slips->times = memory_take("times of bad executions", slips->times_bytes);
	slips->accounts = memory_take(
		"bad executions of accounts", sizeof *slips->accounts * ACCOUNT_COUNT_MAX);
	slips->firm = (struct tempo){.times = slips->times, .ring_mask = SLIP_RING - 1};
	for (uint32_t i = 0; i < site->account_count; i++)
		slips->accounts[site->accounts[i].id] =
			(struct tempo){.times = slips->times + SLIP_RING * (i + (size_t)1),
				.ring_mask = SLIP_RING - 1};
}

void slips_close(struct slips *slips)
{
	memory_return(slips->times, slips->times_bytes);
	memory_return(slips->accounts, sizeof *slips->accounts * ACCOUNT_COUNT_MAX);
}

static const struct limit_value *slips_limit(
	const struct risk *risk, uint32_t account, struct limit_value *limit)
{
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)account, SYMBOL_NONE);
	uint8_t owner;
	return limits_tightest(risk->limits, &coverage, LIMIT_max_slips,
		account == 0 ? 1u << SCOPE_FIRM : 1u << SCOPE_ACCOUNT, limit, &owner);
}

void slips_adopt(struct risk *risk)
{
	struct limit_value room;
	tempo_set(&risk->slips.firm, slips_limit(risk, 0, &room), risk->now_ns);
	for (uint32_t i = 0; i < risk->known_count; i++)
		tempo_set(&risk->slips.accounts[risk->known[i]],
			slips_limit(risk, risk->known[i], &room), risk->now_ns);
}

static struct usage_row slips_head(uint32_t account)
{
	return (struct usage_row){.scope = account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
		.lane = LANE_NONE,
		.key = LIMIT_max_slips,
		.id = account,
		.symbol = SYMBOL_NONE};
}

void slips_row(const struct risk *risk, uint32_t account, uint64_t now_ns, struct usage_row *row)
{
	const struct tempo *tempo =
		account == 0 ? &risk->slips.firm : &risk->slips.accounts[account];
	struct limit_value room;
	*row = slips_head(account);
	tempo_show(tempo, slips_limit(risk, account, &room), now_ns, row);
}

/* How far an execution is on the worse side; INT64_MAX: nobody knows. */
static int64_t slippage_bps(const struct risk_execution *execution)
{
	int64_t bps = reference_distance_bps(execution->price_e4, execution->reference_e4);
	bool is_worse = (execution->side & 1) == SIDE_BUY
				? execution->price_e4 > execution->reference_e4
				: execution->price_e4 < execution->reference_e4;
	return is_worse || bps == INT64_MAX ? bps : 0;
}

unsigned risk_slipped(
	struct risk *risk, const struct turn_inputs *inputs, const struct risk_execution *execution)
{
	uint16_t account = execution->account;
	struct row *row = rows_find(&risk->rows, row_key(account, execution->symbol));
	int64_t bps = slippage_bps(execution);
	struct limit_value room;
	unsigned trips = 0;
	risk->now_ns = inputs->now_ns; /* by which marks of an epoch that comes next are placed */
	if (row != NULL && bps != INT64_MAX)
		usage_slippage(risk, row, bps);
	/* -1, unstated, is below every distance. */
	if (row != NULL && bps <= tables_profile(risk, row->key)->slippage_bps)
		return 0;
	if (tempo_exceeds(risk, &risk->slips.firm, slips_head(0), slips_limit(risk, 0, &room),
		    inputs->now_ns))
		trips |= RISK_TRIP_FIRM_SLIPS;
	if (account < ACCOUNT_COUNT_MAX && risk->slips.accounts[account].times != NULL &&
		tempo_exceeds(risk, &risk->slips.accounts[account], slips_head(account),
			slips_limit(risk, account, &room), inputs->now_ns))
		trips |= RISK_TRIP_ACCOUNT_SLIPS;
	return trips;
}
