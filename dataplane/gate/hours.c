#include "dataplane/gate/hours.h"

#include "dataplane/gate/copylink.h"
#include "dataplane/gate/copylinks.h"
#include "dataplane/gate/venue.h"
#include "dataplane/gate/venues.h"

static void hours_write(
	struct gate *gate, uint32_t venue, enum session_change change, uint64_t wall_ns)
{
	const struct session_record record = {.sequence = wall_ns};
	venue_change(gate, &gate->venues[venue], change, &record);
}

/* Its calendar ended a day since its hours last began; or they never did, and it was not open then nor is now. */
static bool hours_end(const struct gate *gate, uint32_t venue, uint64_t wall_ns)
{
	const struct calendar *calendar = &gate->site->venues[venue].calendar;
	const struct fold_venue *v = &gate->fold->venues[venue];
	bool is_outside = v->hours_count == 0 && !calendar_is_open(calendar, v->hours_wall_ns) &&
			  !calendar_is_open(calendar, wall_ns);
	return is_outside || calendar_last_end(calendar, wall_ns) > v->hours_wall_ns;
}

static bool hours_begin(const struct gate *gate, uint32_t venue, uint64_t wall_ns)
{
	const struct calendar *calendar = &gate->site->venues[venue].calendar;
	uint64_t end_ns = calendar_last_end(calendar, gate->fold->venues[venue].hours_wall_ns);
	struct calendar_day last = calendar_last(calendar, wall_ns);
	return wall_ns < last.end_ns && last.begin_ns > end_ns;
}

static bool hours_are_done(const struct gate *gate, uint32_t venue)
{
	const struct fold_venue *v = &gate->fold->venues[venue];
	bool is_late =
		gate->now_ns + gate->time_offset_ns >= v->hours_ns + gate->site->close_after_ns;
	return v->hours == HOURS_ENDING &&
	       ((v->orders_open == 0 && !gate->fold->is_sweeping) || is_late);
}

/* Sessions in FIX are said goodbye to and are over; true: whatever there was of them. */
static bool hours_leave(struct gate *gate, uint32_t venue)
{
	const struct session_record over = {.session = 0};
	struct gate_venue *link = &gate->venues[venue];
	struct gate_copylink *copy = &gate->copylinks[venue];
	bool is_fix = link->connection.kind->venue_end != NULL;
	bool is_copy_fix = copylinks_ends(gate, venue);
	link->is_resting = is_fix;
	copy->is_resting = is_copy_fix;
	bool is_away = !is_fix || venues_rest(gate, link);
	is_away &= !is_copy_fix || copylinks_rest(gate, copy);
	if (!is_away)
		return false;
	if (is_fix)
		venue_change(gate, link, SESSION_VENUE_END, &over);
	if (is_copy_fix)
		copylink_change(gate, copy, SESSION_VENUE_END, &over);
	return true;
}

/* A gate that comes back finds closed hours closed. */
static void hours_rest(struct gate *gate, uint32_t venue)
{
	const struct fold_venue *v = &gate->fold->venues[venue];
	bool is_closed = v->hours == HOURS_CLOSED;
	bool is_fix = gate->venues[venue].connection.kind->venue_end != NULL;
	gate->venues[venue].is_resting = is_closed && (is_fix || v->orders_open == 0);
	gate->copylinks[venue].is_resting = is_closed && copylinks_ends(gate, venue);
}

void hours_tick(struct gate *gate, uint32_t venue, uint64_t wall_ns)
{
	uint32_t hours = gate->fold->venues[venue].hours;
	if (!hours_has(gate, venue) || gate->is_journal_full)
		return;
	if (hours_are_done(gate, venue)) {
		if (hours_leave(gate, venue))
			hours_write(gate, venue, SESSION_VENUE_CLOSES, wall_ns);
		return;
	}
	if (hours == HOURS_OPEN && hours_end(gate, venue, wall_ns))
		hours_write(gate, venue, SESSION_VENUE_ENDS, wall_ns);
	else if (hours == HOURS_CLOSED && hours_begin(gate, venue, wall_ns))
		hours_write(gate, venue, SESSION_VENUE_BEGINS, wall_ns);
	hours_rest(gate, venue);
}
