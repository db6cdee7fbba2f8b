#include "dataplane/orders/latch.h"

#include "drivers/machine/memory.h"

void latches_open(struct latches *latches)
{
	memset(latches, 0, sizeof *latches);
	for (unsigned i = 0; i < STOP_WRITER_COUNT; i++)
		latches->stamps[i] = memory_take("stop stamps", STOP_WORD_COUNT * sizeof(uint64_t));
	latches->states = memory_take("latched states", STOP_WORD_COUNT);
	latches->rows = memory_take("latches", STOP_WORD_COUNT * sizeof(struct latch));
	for (uint8_t i = 0; i < VENUE_COUNT_MAX; i++)
		latches->venue_places[i] = i;
}

void latches_close(struct latches *latches)
{
	for (unsigned i = 0; i < STOP_WRITER_COUNT; i++)
		memory_return(latches->stamps[i], STOP_WORD_COUNT * sizeof(uint64_t));
	memory_return(latches->states, STOP_WORD_COUNT);
	memory_return(latches->rows, STOP_WORD_COUNT * sizeof(struct latch));
}

/* Whether a latch counts as a trip: in force, and by nobody's word but the gate's. */
static uint32_t is_trip(const struct latch *latch)
{
	return latch->state >= STATE_REDUCE_ONLY && latch->writer == STOP_BY_GATE;
}

static void latches_set(struct latches *latches, uint32_t index, enum trading_state state)
{
	enum trading_state old = (enum trading_state)latches->states[index];
	latches->stopped_count +=
		(uint32_t)(state >= STATE_REDUCE_ONLY) - (uint32_t)(old >= STATE_REDUCE_ONLY);
	latches->killed_count +=
		(uint32_t)(state == STATE_KILLED) - (uint32_t)(old == STATE_KILLED);
	latches->states[index] = (uint8_t)state;
	latches->rows[index].state = (uint8_t)state;
}

/* Whether a latch in force stays until persons release it, and is by nobody's word but the gate's. */
static bool is_lasting_trip(const struct latch *latch)
{
	return is_trip(latch) && latch->is_while == 0;
}

/* Keeps a trip under what is in force; the strictest one stays. */
static void latch_under(
	struct latch *latch, uint8_t state, uint64_t since_wall_ns, const char reason[44])
{
	if (state <= latch->under_state)
		return;
	latch->under_state = state;
	latch->under_wall_ns = since_wall_ns;
	memcpy(latch->under_reason, reason, sizeof latch->under_reason);
}

/* The gate says what is not stricter than a latch that is not its own word of the same. */
static void latch_trip_under(struct latch *latch, const struct stop_record *stop, uint64_t wall_ns)
{
	if (stop_is_lasting_trip(stop) && (stop->state < latch->state || !is_lasting_trip(latch)))
		latch_under(latch, stop->state, wall_ns, stop->reason);
}

/* A stop that changes no state.  Whoever agreed to a release before somebody said it did not know of it. */
static void latch_hear(struct latches *latches, struct latch *latch, const struct stop_record *stop)
{
	uint8_t bit = (uint8_t)(1u << stop->writer);
	bool is_told_twice = stop->uid == latch->uid && (latch->heard & bit) == 0;
	if (stop->writer == STOP_BY_GATE || stop->state < STATE_REDUCE_ONLY)
		return;
	if (!is_told_twice) {
		latch->number = ++latches->last_number;
		latch->heard = 0;
	}
	latch->heard |= bit;
}

uint64_t latches_apply(struct latches *latches, const struct stop_record *stop, uint64_t wall_ns)
{
	uint32_t index = stop_index((enum scope)stop->scope, stop->id);
	if (index == UINT32_MAX || stop->writer >= STOP_WRITER_COUNT ||
		stop->state >= TRADING_STATE_COUNT)
		return 0;
	if (stop->writer != STOP_BY_GATE) {
		if (latches->stamps[stop->writer][index] == stop->stamp)
			return 0;
		latches->stamps[stop->writer][index] = stop->stamp;
	}
	struct latch *latch = &latches->rows[index];
	bool stays = latch->is_while != 0 && stop->is_while == 0;
	if (stop->state < latch->state || (stop->state == latch->state && !stays)) {
		latch_hear(latches, latch, stop);
		latch_trip_under(latch, stop, wall_ns);
		return 0; /* latch (1) */
	}
	if (is_lasting_trip(latch))
		latch_under(latch, latch->state, latch->since_wall_ns, latch->reason);
	latches->tripped_count -= is_trip(latch);
	latch->number = ++latches->last_number;
	latch->since_wall_ns = wall_ns;
	latch->uid = stop->uid;
	latch->writer = stop->writer;
	latch->is_while = stop->is_while;
	latch->heard = (uint8_t)(1u << stop->writer);
	memcpy(latch->reason, stop->reason, sizeof latch->reason);
	latches_set(latches, index, (enum trading_state)stop->state);
	latches->tripped_count += is_trip(latch);
	return latch->number;
}

bool latches_release(struct latches *latches, const struct release_record *release)
{
	uint32_t index = stop_index((enum scope)release->scope, release->id);
	if (index == UINT32_MAX)
		return false;
	struct latch *latch = &latches->rows[index];
	if (latch->state == STATE_ACTIVE || latch->number != release->latch)
		return false;
	latches->tripped_count -= is_trip(latch);
	latch->is_while = 0;
	latches_set(latches, index, (enum trading_state)latch->under_state);
	if (latch->under_state == STATE_ACTIVE)
		return true;
	latch->number = ++latches->last_number;
	latch->since_wall_ns = latch->under_wall_ns;
	latch->uid = 0;
	latch->writer = STOP_BY_GATE;
	latch->heard = 1u << STOP_BY_GATE;
	memcpy(latch->reason, latch->under_reason, sizeof latch->reason);
	latch->under_state = STATE_ACTIVE;
	latches->tripped_count += is_trip(latch);
	return true;
}

static inline uint8_t stricter(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

enum trading_state latches_state(const struct latches *latches, uint32_t venue, uint32_t session,
	uint32_t account, uint32_t strategy, uint32_t symbol)
{
	const uint8_t *states = latches->states;
	uint8_t state = states[0];
	state = stricter(state, states[STOP_VENUE_BASE + latches->venue_places[venue]]);
	state = stricter(state, states[STOP_SESSION_BASE + session]);
	state = stricter(state, states[STOP_ACCOUNT_BASE + account]);
	state = stricter(state, states[STOP_STRATEGY_BASE + strategy]);
	if (symbol < SYMBOL_COUNT_MAX)
		state = stricter(state, states[STOP_SYMBOL_BASE + symbol]);
	return (enum trading_state)state;
}

uint64_t latches_rows(const struct latches *latches, uint64_t cursor, struct latch_row *rows,
	uint32_t max, uint32_t *count)
{
	*count = 0;
	for (uint64_t i = cursor; i < STOP_WORD_COUNT; i++) {
		const struct latch *latch = &latches->rows[i];
		if (latch->state < STATE_REDUCE_ONLY)
			continue;
		if (*count == max)
			return i;
		struct latch_row *row = &rows[(*count)++];
		memset(row, 0, sizeof *row);
		uint32_t id = 0;
		row->scope = (uint8_t)stop_scope((uint32_t)i, &id);
		row->id = id;
		row->state = latch->state;
		row->writer = latch->writer;
		row->uid = latch->uid;
		row->latch = latch->number;
		row->since_wall_ns = latch->since_wall_ns;
		memcpy(row->reason, latch->reason, sizeof row->reason);
		row->under_state = latch->under_state;
		row->under_wall_ns = latch->under_wall_ns;
		memcpy(row->under_reason, latch->under_reason, sizeof row->under_reason);
	}
	return 0;
}
