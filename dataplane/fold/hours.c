#include "dataplane/fold/hours.h"

#include "dataplane/fold/sweep.h"

/* What follows an hour's state, and by which change. */
static bool hours_follow(uint32_t *hours, uint8_t change)
{
	static const uint8_t changes[] = {[HOURS_OPEN] = SESSION_VENUE_ENDS,
		[HOURS_ENDING] = SESSION_VENUE_CLOSES,
		[HOURS_CLOSED] = SESSION_VENUE_BEGINS};
	if (changes[*hours] != change)
		return false;
	*hours = (*hours + 1) % ARRAY_COUNT(changes);
	return true;
}

void hours_changed(struct fold *fold, uint32_t venue, const struct session_record *record)
{
	struct fold_venue *v = &fold->venues[venue];
	if (!hours_follow(&v->hours, record->change))
		return;
	v->hours_ns = fold->turn.now_ns;
	v->hours_count += record->change == SESSION_VENUE_BEGINS;
	if (record->change != SESSION_VENUE_CLOSES)
		v->hours_wall_ns = record->sequence;
	atomic_fetch_and_explicit(
		&fold->page->venue_closed_mask, ~(1u << venue), memory_order_relaxed);
	if (v->hours != HOURS_OPEN)
		atomic_fetch_or_explicit(
			&fold->page->venue_closed_mask, 1u << venue, memory_order_relaxed);
	sweep_start(fold);
}
