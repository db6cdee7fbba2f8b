/* Written once a trip, never in a turn.  tidy: boot */
#include "dataplane/gate/trips.h"

#include <inttypes.h>
#include <stdio.h>

void gate_trip(struct gate *gate, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason)
{
	gate_turn(gate);
	struct stop_record *stop = gate_input(gate, RECORD_STOP, sizeof *stop);
	stop->scope = (uint8_t)scope;
	stop->id = id;
	stop->state = (uint8_t)state;
	stop->writer = STOP_BY_GATE;
	memcpy(stop->reason, reason, strnlen(reason, sizeof stop->reason - 1));
	gate_commit(gate, stop);
}

static void trip(struct gate *gate, uint32_t account, const struct risk_loss *loss)
{
	char reason[96];
	int64_t cents = loss->used_e4 / 100, limit = loss->limit_e4 / 100;
	snprintf(reason, sizeof reason, "%s %" PRId64 ".%02d above %" PRId64 ".%02d",
		loss->lane == LANE_LOSS ? "loss" : "drawdown", cents / 100, (int)(cents % 100),
		limit / 100, (int)(limit % 100));
	gate_trip(gate, account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT, account, STATE_REDUCE_ONLY,
		reason);
}

static void trip_look(struct gate *gate, uint32_t account)
{
	struct risk_loss loss;
	uint64_t bit = UINT64_C(1) << account % 64, *word = &gate->is_lost[account / 64];
	bool is_lost = risk_loss(gate->fold->risk, account, &loss);
	if (is_lost && (*word & bit) == 0)
		trip(gate, account, &loss);
	*word = is_lost ? *word | bit : *word & ~bit;
}

void trips_tick(struct gate *gate)
{
	const struct site_config *site = gate->site;
	if (gate->is_journal_full)
		return;
	trip_look(gate, 0);
	for (uint32_t i = 0; i < TRIP_ACCOUNT_COUNT && i < site->account_count; i++) {
		gate->trip_at = (gate->trip_at + 1) % site->account_count;
		trip_look(gate, site->accounts[gate->trip_at].id);
	}
}
