#include "dataplane/gate/conversion.h"

#include <errno.h>

#include "dataplane/gate/turn.h"

/* A rate is as old as who stated it says; who says nothing means now. */
static int32_t conversion_set(struct gate *gate, const struct rate_record *asked)
{
	uint64_t as_of_ns = asked->as_of_wall_ns;
	if (gate->is_journal_full)
		return EBUSY;
	gate_turn(gate);
	if (asked->currency >= gate->site->currency_count || asked->rate_e8 <= 0 ||
		asked->rate_e8 > RATE_E8_MAX || as_of_ns > gate->fold->turn.wall_ns)
		return EINVAL;
	struct rate_record *rate = gate_input(gate, RECORD_RATE, sizeof *rate);
	*rate = *asked;
	rate->as_of_wall_ns = as_of_ns != 0 ? as_of_ns : gate->fold->turn.wall_ns;
	gate_commit(gate, rate);
	return 0;
}

void conversion_answer(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	struct rate_row rows[CURRENCY_COUNT_MAX];
	if (request->rate.currency != 0)
		answer->code = conversion_set(gate, &request->rate);
	answer->row_count = risk_rates(gate->fold->risk, gate->read_wall_ns(), rows);
	for (uint32_t i = 0; i < answer->row_count; i++)
		memcpy(answer->rows[i], &rows[i], sizeof rows[i]);
}

static struct usage_row age_row(uint32_t currency, const struct gate_gauge *age)
{
	return (struct usage_row){.scope = SCOPE_FIRM,
		.lane = LANE_NONE,
		.key = LIMIT_COUNT,
		.id = currency,
		.symbol = SYMBOL_NONE,
		.usage = age->now,
		.peak = age->gauge.peak,
		.limit = age->limit};
}

uint32_t conversion_ages(struct gate *gate, struct usage_row rows[CURRENCY_COUNT_MAX])
{
	struct rate_row rates[CURRENCY_COUNT_MAX];
	uint32_t count = 0;
	if (LIKELY(gate->site->currency_count < 2))
		return 0;
	uint64_t wall_ns = gate->read_wall_ns();
	uint32_t rate_count = risk_rates(gate->fold->risk, wall_ns, rates);
	for (uint32_t i = 1; i < rate_count; i++) {
		struct gate_gauge *age = &gate->rate_ages[i];
		/* What nobody stated has no age. */
		age->now = INT64_MAX;
		if (rates[i].rate_e8 == 0 || rates[i].as_of_wall_ns > wall_ns)
			continue;
		age->now = (int64_t)(wall_ns - rates[i].as_of_wall_ns);
		if (gauge_feed(&age->gauge, age->now) &&
			gauge_move(&age->gauge, age->limit, age->now))
			rows[count++] = age_row(i, age);
	}
	return count;
}

uint32_t conversion_usage(const struct gate *gate, struct usage_row rows[CURRENCY_COUNT_MAX])
{
	uint32_t count = 0;
	for (uint32_t i = 1; i < gate->site->currency_count; i++)
		rows[count++] = age_row(i, &gate->rate_ages[i]);
	return count;
}

void conversion_recovered(struct gate *gate)
{
	for (uint32_t i = 1; i < gate->site->currency_count; i++) {
		struct gate_gauge *age = &gate->rate_ages[i];
		uint64_t most_ns = gate->site->currencies[i].max_age_ns;
		age->limit = (int64_t)(most_ns < INT64_MAX ? most_ns : INT64_MAX - 1);
		gauge_set(&age->gauge, age->limit, 0);
	}
}
