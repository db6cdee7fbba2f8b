#include "dataplane/risk/pace.h"

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"
#include "drivers/machine/memory.h"

void paces_open(struct paces *paces, const struct site_config *site)
{
	size_t count = 0;
	for (uint32_t i = 0; i < site->account_count; i++)
		count += site->accounts[i].strategy_count;
	/* One more, so that a site without strategies takes something. */
	paces->times_bytes = sizeof(uint64_t) * STRATEGY_RATE_MAX * (count + 1);
	paces->times = memory_take("times of strategies' orders", paces->times_bytes);
	paces->strategies =
		memory_take("paces of strategies", sizeof *paces->strategies * STRATEGY_COUNT_MAX);
	for (uint32_t i = 0; i < STRATEGY_COUNT_MAX; i++)
		throttle_limit(&paces->strategies[i], NULL);
	uint64_t *next = paces->times;
	for (uint32_t i = 0; i < site->account_count; i++)
		for (uint32_t j = 0; j < site->accounts[i].strategy_count; j++) {
			uint32_t id = site->accounts[i].strategies[j].id;
			throttle_init(&paces->strategies[id], next, STRATEGY_RATE_MAX);
			next += STRATEGY_RATE_MAX;
		}
}

void paces_close(struct paces *paces)
{
	memory_return(paces->times, paces->times_bytes);
	memory_return(paces->strategies, sizeof *paces->strategies * STRATEGY_COUNT_MAX);
}

void pace_measure(const struct measure_inputs *in, const struct throttle *pace, int64_t *m)
{
	uint64_t now_ns = in->turn->now_ns;
	if (bucket_measure(&pace->bucket, now_ns) > pace->bucket.capacity)
		m[LANE_ACCOUNT_RATE] = MEASURE_MISSING;
	if (now_ns < pace->blocked_until_ns)
		m[LANE_ACCOUNT_WINDOW] = MEASURE_MISSING;
}

const struct throttle *pace_named(const struct measure_inputs *in, unsigned lane)
{
	const struct throttle *account = &in->account->orders;
	const struct throttle *pace = tables_pace(in->risk, in->order->strategy);
	uint64_t now_ns = in->turn->now_ns;
	bool is_own = lane == LANE_ACCOUNT_RATE
			      ? bucket_measure(&account->bucket, now_ns) > account->bucket.capacity
			      : now_ns < account->blocked_until_ns;
	return is_own || pace == NULL ? account : pace;
}
