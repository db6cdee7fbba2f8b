/* Written once a trip, never in a turn.  tidy: boot */
#include "dataplane/gate/trips.h"

#include <inttypes.h>
#include <stdio.h>

#include "dataplane/gate/turn.h"

static void trip_write(struct gate *gate, struct stop_record whose, const char *reason)
{
	gate_turn(gate);
	struct stop_record *stop = gate_input(gate, RECORD_STOP, sizeof *stop);
	*stop = whose;
	stop->writer = STOP_BY_GATE;
	memcpy(stop->reason, reason, strnlen(reason, sizeof stop->reason - 1));
	gate_commit(gate, stop);
}

void gate_trip(struct gate *gate, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason)
{
	trip_write(gate,
		(struct stop_record){.scope = (uint8_t)scope, .id = id, .state = (uint8_t)state},
		reason);
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

/* What so much of it in use makes of an account, and what it keeps it at. */
static uint8_t filled_from(uint32_t percent, uint32_t room)
{
	if (percent + room >= FILLED_REDUCE_ONLY_PERCENT)
		return STATE_REDUCE_ONLY;
	return percent + room >= FILLED_WARN_PERCENT ? STATE_WARN : STATE_ACTIVE;
}

static void filled_release(struct gate *gate, enum scope scope, uint32_t id, const char *reason)
{
	uint64_t number = gate->fold->latches.rows[stop_index(scope, id)].number;
	gate_turn(gate);
	struct release_record *release = gate_input(gate, RECORD_RELEASE, sizeof *release);
	*release = (struct release_record){.scope = (uint8_t)scope, .id = id, .latch = number};
	memcpy(release->reason, reason, strnlen(reason, sizeof release->reason - 1));
	gate_commit(gate, release);
}

/* Credit and margin: trips (3). */
static void filled_look(struct gate *gate, uint32_t account)
{
	const enum scope scope = account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT;
	const struct risk_filling filling = risk_filling(gate->fold->risk, account);
	const struct latch *latch = &gate->fold->latches.rows[stop_index(scope, account)];
	uint8_t up = filled_from(filling.percent, 0);
	uint8_t keep = filled_from(filling.percent, FILLED_ROOM_PERCENT);
	uint8_t *told = &gate->filled[account];
	char reason[96];
	if (latch->state >= STATE_REDUCE_ONLY && !latch->is_while) {
		*told = STATE_ACTIVE; /* trips (5) */
		return;
	}
	if (LIKELY(up <= *told && keep >= *told && (!latch->is_while || keep >= latch->state)))
		return;
	snprintf(reason, sizeof reason, "%s %u %% used of %" PRId64 ".%02d",
		filling.lane == LANE_CREDIT ? "credit" : "collateral", filling.percent,
		filling.limit_e4 / 10000, (int)(filling.limit_e4 / 100 % 100));
	if (latch->is_while && keep < latch->state)
		filled_release(gate, scope, account, reason);
	*told = keep < *told ? keep : *told;
	bool is_lower = latch->state < *told; /* taken back from reduce-only: it warns on */
	if (up > *told || is_lower)
		trip_write(gate,
			(struct stop_record){.scope = (uint8_t)scope,
				.id = account,
				.state = up > *told ? up : *told,
				.is_while = 1},
			reason);
	*told = up > *told ? up : *told;
}

static void trip_look_account(struct gate *gate, const struct account_config *account)
{
	filled_look(gate, account->id);
	trip_look(gate, SCOPE_ACCOUNT, account->id);
	for (uint32_t i = 0; i < account->strategy_count; i++)
		trip_look(gate, SCOPE_STRATEGY, account->strategies[i].id);
}

/* Once an episode: trips (4). */
static void trip_look_room(struct gate *gate)
{
	bool lacks = atomic_load_explicit(&gate->journal->full, memory_order_acquire) != 0;
	if (lacks && !gate->lacks_room)
		gate_trip(gate, SCOPE_FIRM, 0, STATE_REDUCE_ONLY,
			"disk full, the journal uses its reserve");
	gate->lacks_room = lacks;
}

void trips_tick(struct gate *gate)
{
	const struct site_config *site = gate->site;
	if (gate->is_journal_full)
		return;
	trip_look_room(gate);
	filled_look(gate, 0);
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
