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

static void trip(struct gate *gate, enum scope scope, uint32_t id, const struct risk_loss *loss)
{
	char reason[96];
	int64_t cents = loss->used_e4 / 100, limit = loss->limit_e4 / 100;
	snprintf(reason, sizeof reason, "%s %" PRId64 ".%02d above %" PRId64 ".%02d",
		loss->lane == LANE_LOSS ? "loss" : "drawdown", cents / 100, (int)(cents % 100),
		limit / 100, (int)(limit % 100));
	gate_trip(gate, scope, id, STATE_REDUCE_ONLY, reason);
}

static void trip_look(struct gate *gate, enum scope scope, uint32_t id)
{
	struct risk_loss loss;
	uint32_t index = stop_index(scope, id);
	uint64_t bit = UINT64_C(1) << index % 64, *word = &gate->is_lost[index / 64];
	bool is_own = scope == SCOPE_STRATEGY || scope == SCOPE_SYMBOL;
	bool is_lost = is_own ? risk_stop_loss(gate->fold->risk, scope, id, &loss)
			      : risk_loss(gate->fold->risk, id, &loss);
	if (is_lost && (*word & bit) == 0)
		trip(gate, scope, id, &loss);
	*word = is_lost ? *word | bit : *word & ~bit;
}

static void trip_look_account(struct gate *gate, const struct account_config *account)
{
	trip_look(gate, SCOPE_ACCOUNT, account->id);
	for (uint32_t i = 0; i < account->strategy_count; i++)
		trip_look(gate, SCOPE_STRATEGY, account->strategies[i].id);
}

void trips_tick(struct gate *gate)
{
	const struct site_config *site = gate->site;
	if (gate->is_journal_full)
		return;
	trip_look(gate, SCOPE_FIRM, 0);
	for (uint32_t i = 0; i < TRIP_ACCOUNT_COUNT && i < site->account_count; i++) {
		gate->trip_at = (gate->trip_at + 1) % site->account_count;
		trip_look_account(gate, &site->accounts[gate->trip_at]);
	}
	for (uint32_t i = 0; i < TRIP_SYMBOL_COUNT && i < site->symbol_count; i++) {
		gate->trip_symbol_at = (gate->trip_symbol_at + 1) % site->symbol_count;
		trip_look(gate, SCOPE_SYMBOL, gate->trip_symbol_at);
	}
}
