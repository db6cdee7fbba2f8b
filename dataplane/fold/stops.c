#include "dataplane/fold/stops.h"

#include "dataplane/fold/sweep.h"

void stops_tell(struct fold *fold)
{
	struct gate_page *page = fold->page;
	atomic_store_explicit(
		&page->latch_count, fold->latches.stopped_count, memory_order_relaxed);
	atomic_store_explicit(
		&page->trips_standing, fold->latches.tripped_count, memory_order_relaxed);
	atomic_store_explicit(&page->latched_state, fold->latches.states[0], memory_order_relaxed);
	metrics_set(fold->metrics, METRIC_gate_trips_standing, fold->latches.tripped_count);
}

/* The alert: control writes it into the audit and is not ready to trade until somebody has looked. */
static void stops_tell_trip(struct fold *fold, const struct stop_record *stop, uint64_t latch)
{
	struct gate_page *page = fold->page;
	uint64_t count = atomic_load_explicit(&page->trip_count, memory_order_relaxed);
	struct latch_row *row = &page->trips[count % TRIP_EVENT_COUNT];
	*row = (struct latch_row){.scope = stop->scope,
		.state = stop->state,
		.writer = stop->writer,
		.id = stop->id,
		.latch = latch,
		.since_wall_ns = fold->turn.wall_ns};
	memcpy(row->reason, stop->reason, sizeof row->reason);
	atomic_store_explicit(&page->trip_count, count + 1, memory_order_release);
	metrics_add(fold->metrics, METRIC_gate_trips, 1);
}

/* Returns the latch's number; 0: nothing was latched by it. */
static uint64_t stops_take(struct fold *fold, const struct stop_record *stop)
{
	bool is_known = stop_index((enum scope)stop->scope, stop->id) != UINT32_MAX &&
			stop->writer < STOP_WRITER_COUNT && stop->state < TRADING_STATE_COUNT;
	if (!is_known)
		return 0; /* no gate writes such a record */
	uint64_t latch = latches_apply(&fold->latches, stop, fold->turn.wall_ns);
	if (latch == 0 && stop->writer == STOP_BY_GATE)
		return 0;
	/* A stop that found the latch already closed is answered too: whoever asked waits for it. */
	sweep_result(fold, stop, latch);
	if (stop->writer == STOP_BY_GATE)
		stops_tell_trip(fold, stop, latch);
	stops_tell(fold);
	if (stop->state == STATE_KILLED)
		sweep_start(fold);
	return latch;
}

void stops_apply(struct fold *fold, const struct stop_record *stop)
{
	stops_take(fold, stop);
}

void stops_latch(struct fold *fold, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason)
{
	if (scope == SCOPE_VENUE)
		id = fold->latches.venue_places[id];
	struct stop_record stop = {
		.scope = (uint8_t)scope, .id = id, .state = (uint8_t)state, .writer = STOP_BY_GATE};
	size_t size = strnlen(reason, sizeof stop.reason - 1);
	memcpy(stop.reason, reason, size);
	if (stops_take(fold, &stop) != 0)
		*(struct stop_record *)fold_record(fold, RECORD_TRIP, sizeof stop) = stop;
}

void stops_trip(struct fold *fold, enum scope scope, uint32_t id, const char *reason)
{
	stops_latch(fold, scope, id, STATE_HALTED, reason);
}

/* A trip that stood under what was released is in force now, and an alert. */
static void stops_tell_under(struct fold *fold, const struct release_record *release)
{
	const struct latch *latch =
		&fold->latches.rows[stop_index((enum scope)release->scope, release->id)];
	struct stop_record stop = {.scope = release->scope,
		.id = release->id,
		.state = latch->state,
		.writer = latch->writer};
	memcpy(stop.reason, latch->reason, sizeof stop.reason);
	if (latch->state != STATE_ACTIVE)
		stops_tell_trip(fold, &stop, latch->number);
}

void stops_release(struct fold *fold, const struct release_record *release)
{
	if (latches_release(&fold->latches, release)) {
		sweep_released(fold, release);
		stops_tell_under(fold, release);
	}
	stops_tell(fold);
}
