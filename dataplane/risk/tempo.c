#include "dataplane/risk/tempo.h"

#include "dataplane/risk/event.h"
#include "drivers/machine/memory.h"

void tempo_take(struct tempo *tempo, uint64_t now_ns)
{
	tempo->times[tempo->recorded++ & tempo->ring_mask] = now_ns;
}

/* Times only rise, so the first one within the window is found by halving. */
int64_t tempo_count(const struct tempo *tempo, uint64_t window_ns, uint64_t now_ns)
{
	uint64_t size = tempo->ring_mask + 1, high = tempo->recorded;
	uint64_t low = high > size ? high - size : 0;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (now_ns - tempo->times[middle & tempo->ring_mask] < window_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return (int64_t)(tempo->recorded - low);
}

void tempos_open(struct tempos *tempos, const struct site_config *site)
{
	size_t count = 0;
	for (uint32_t i = 0; i < site->account_count; i++)
		count += site->accounts[i].strategy_count;
	tempos->times_bytes = sizeof(uint64_t) * (count * STRATEGY_FILL_RING + GATE_FILL_RING);
	tempos->times = memory_take("times of executions", tempos->times_bytes);
	tempos->strategies = memory_take(
		"tempos of strategies", sizeof *tempos->strategies * STRATEGY_COUNT_MAX);
	uint64_t *next = tempos->times + GATE_FILL_RING;
	tempos->gate = (struct tempo){.times = tempos->times, .ring_mask = GATE_FILL_RING - 1};
	for (uint32_t i = 0; i < site->account_count; i++)
		for (uint32_t j = 0; j < site->accounts[i].strategy_count; j++) {
			uint32_t id = site->accounts[i].strategies[j].id;
			tempos->strategies[id] =
				(struct tempo){.times = next, .ring_mask = STRATEGY_FILL_RING - 1};
			next += STRATEGY_FILL_RING;
		}
}

void tempos_close(struct tempos *tempos)
{
	memory_return(tempos->times, tempos->times_bytes);
	memory_return(tempos->strategies, sizeof *tempos->strategies * STRATEGY_COUNT_MAX);
}

const struct limit_value *tempo_limit(
	const struct risk *risk, uint32_t account, struct limit_value *limit)
{
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)account, SYMBOL_NONE);
	uint8_t owner;
	return limits_tightest(risk->limits, &coverage,
		account == 0 ? LIMIT_max_fill_rate : LIMIT_max_fills,
		1u << SCOPE_FIRM | 1u << SCOPE_ACCOUNT, limit, &owner);
}

void tempo_set(struct tempo *tempo, const struct limit_value *limit, uint64_t now_ns)
{
	if (tempo->times == NULL)
		return;
	int64_t used = limit == NULL ? 0 : tempo_count(tempo, limit->window_ns, now_ns);
	gauge_set(&tempo->gauge, limit == NULL ? INT64_MIN : limit->value, used);
}

void tempo_adopt(struct risk *risk)
{
	struct limit_value room;
	tempo_set(&risk->tempos.gate, tempo_limit(risk, 0, &room), risk->now_ns);
	for (uint32_t i = 0; i < risk->known_count; i++) {
		const struct account_entry *account = &risk->accounts[risk->known[i]];
		const struct limit_value *limit = tempo_limit(risk, risk->known[i], &room);
		for (uint32_t j = 0; j < ACCOUNT_STRATEGY_MAX; j++)
			tempo_set(&risk->tempos.strategies[account->strategies[j]], limit,
				risk->now_ns);
	}
}

void tempo_show(const struct tempo *tempo, const struct limit_value *limit, uint64_t now_ns,
	struct usage_row *head)
{
	head->usage = limit == NULL ? 0 : tempo_count(tempo, limit->window_ns, now_ns);
	head->peak = tempo->gauge.peak;
	head->limit = limit == NULL ? INT64_MIN : limit->value;
}

static struct usage_row tempo_head(uint32_t strategy)
{
	return (struct usage_row){.scope = strategy == 0 ? SCOPE_FIRM : SCOPE_STRATEGY,
		.lane = LANE_NONE,
		.key = strategy == 0 ? LIMIT_max_fill_rate : LIMIT_max_fills,
		.id = strategy,
		.symbol = SYMBOL_NONE};
}

void tempo_row(const struct risk *risk, uint32_t account, uint32_t strategy, uint64_t now_ns,
	struct usage_row *row)
{
	const struct tempo *tempo =
		strategy == 0 ? &risk->tempos.gate : &risk->tempos.strategies[strategy];
	struct limit_value room;
	const struct limit_value *limit = tempo_limit(risk, account, &room);
	*row = tempo_head(strategy);
	tempo_show(tempo, limit, now_ns, row);
}

bool tempo_exceeds(struct risk *risk, struct tempo *tempo, struct usage_row head,
	const struct limit_value *limit, uint64_t now_ns)
{
	tempo_take(tempo, now_ns);
	if (limit == NULL)
		return false;
	head.usage = tempo_count(tempo, limit->window_ns, now_ns);
	head.limit = limit->value;
	if (gauge_feed(&tempo->gauge, head.usage) &&
		gauge_move(&tempo->gauge, head.limit, head.usage)) {
		head.peak = tempo->gauge.peak;
		event_keep(risk, head);
	}
	return head.usage > head.limit;
}

unsigned risk_executed(
	struct risk *risk, const struct turn_inputs *inputs, uint16_t account, uint16_t strategy)
{
	struct tempo *own = &risk->tempos.strategies[strategy < STRATEGY_COUNT_MAX ? strategy : 0];
	struct limit_value room;
	unsigned trips = 0;
	risk->now_ns = inputs->now_ns; /* by which marks of an epoch that comes next are placed */
	ratio_trade(risk, account);
	if (tempo_exceeds(risk, &risk->tempos.gate, tempo_head(0), tempo_limit(risk, 0, &room),
		    inputs->now_ns))
		trips |= RISK_TRIP_GATE_FILLS;
	if (own->times != NULL && account != 0 && account < ACCOUNT_COUNT_MAX &&
		tempo_exceeds(risk, own, tempo_head(strategy), tempo_limit(risk, account, &room),
			inputs->now_ns))
		trips |= RISK_TRIP_STRATEGY_FILLS;
	return trips;
}
