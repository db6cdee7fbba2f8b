#include "dataplane/gate/roll.h"

#include <errno.h>

#include "config/eastern.h"
#include "dataplane/fold/day.h"
#include "dataplane/gate/clients.h"
#include "dataplane/gate/copylink.h"
#include "dataplane/gate/copylinks.h"
#include "dataplane/gate/hours.h"
#include "dataplane/gate/turn.h"
#include "dataplane/gate/venue.h"
#include "dataplane/gate/venues.h"

bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t wall_ns)
{
	uint32_t phase = gate->fold->day.phase;
	if (!day_follow(&phase, (uint8_t)change))
		return false;
	/* Whoever is still there has a session of the day that is over. */
	if (change == DAY_BEGINS)
		clients_end_all(gate);
	gate_turn(gate);
	struct day_record *record = gate_input(gate, RECORD_DAY, sizeof *record);
	record->change = (uint8_t)change;
	record->uid = uid;
	record->midnight_wall_ns = eastern_day_of(wall_ns).begin_ns;
	record->wall_ns = wall_ns;
	memcpy(record->reason, reason, strnlen(reason, sizeof record->reason - 1));
	gate_commit(gate, record);
	if (change == DAY_BEGINS)
		day_soup_session(gate->fold, gate->soup_session);
	return true;
}

/* Whether a client has all that its session is owed. */
static bool roll_is_told(const struct gate *gate, const struct gate_connection *connection)
{
	const struct fold_client *client = &gate->fold->clients[connection->session];
	return connection->kind->client_send != NULL ||
	       connection->next_sent > client->last_sequence;
}

/* Whether the calendar ended a day since ours began: what we have at a venue is of a day that it ended too. */
static bool roll_is_past(const struct gate *gate, uint64_t wall_ns)
{
	return gate->site->calendar.weekdays != 0 &&
	       calendar_last_end(&gate->site->calendar, wall_ns) > gate->fold->day.begin_wall_ns;
}

static bool roll_ends(const struct gate *gate, uint64_t wall_ns)
{
	const struct calendar *calendar = &gate->site->calendar;
	const struct fold_day *day = &gate->fold->day;
	bool is_outside = day->count == 0 && !calendar_is_open(calendar, day->begin_wall_ns) &&
			  !calendar_is_open(calendar, wall_ns);
	return is_outside || roll_is_past(gate, wall_ns);
}

static uint64_t roll_close_ns(const struct gate *gate)
{
	return gate->fold->day.phase_ns + gate->site->close_after_ns;
}

static bool roll_closes(const struct gate *gate)
{
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns;
	return (gate->fold->orders.open_count == 0 && !gate->fold->is_sweeping) ||
	       now_ns >= roll_close_ns(gate);
}

/* When the day that is over was: one that the calendar ended at the last of its ends, however late that was noticed; one that
   a person ended when they said so.  What the calendar began before that does not begin again. */
static uint64_t roll_end_ns(const struct gate *gate)
{
	const struct fold_day *day = &gate->fold->day;
	return day->end_uid == DAY_BY_CALENDAR
		       ? calendar_last_end(&gate->site->calendar, day->end_wall_ns)
		       : day->end_wall_ns;
}

static bool roll_begins(const struct gate *gate, uint64_t wall_ns)
{
	struct calendar_day last = calendar_last(&gate->site->calendar, wall_ns);
	return wall_ns < last.end_ns && last.begin_ns > roll_end_ns(gate);
}

/* Whether all that may still die with the day has, and is told: every venue that ends with the calendar has ended. */
static bool roll_is_settled(const struct gate *gate, uint64_t wall_ns)
{
	bool are_away = true;
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		uint32_t day = gate->fold->day.count + 1;
		bool is_over = gate->fold->venues[i].over_day == day;
		if (hours_has(gate, i))
			continue;
		are_away &= gate->venues[i].connection.kind->venue_end == NULL || is_over;
		are_away &= !copylinks_ends(gate, i) || gate->fold->copies[i].over_day == day;
	}
	return !gate->fold->is_sweeping && (are_away || !roll_is_past(gate, wall_ns));
}

static void roll_by_calendar(struct gate *gate, uint64_t wall_ns)
{
	uint32_t phase = gate->fold->day.phase;
	bool has_calendar = gate->site->calendar.weekdays != 0;
	if (gate->is_journal_full)
		return;
	if (phase == DAY_OPEN && has_calendar && roll_ends(gate, wall_ns))
		roll_write(gate, DAY_ENDS, DAY_BY_CALENDAR,
			calendar_ended(&gate->site->calendar, wall_ns).is_half
				? "calendar: half day"
				: "calendar",
			wall_ns);
	else if (phase == DAY_ENDING && roll_closes(gate))
		roll_write(gate, DAY_CLOSES, gate->fold->day.end_uid, gate->fold->day.last.reason,
			wall_ns);
	else if (phase == DAY_CLOSED && has_calendar && roll_begins(gate, wall_ns) &&
		 roll_is_settled(gate, wall_ns))
		roll_write(gate, DAY_BEGINS, DAY_BY_CALENDAR, "calendar", wall_ns);
}

/* A venue whose protocol has no word for the end of its day ends it by the calendar: we say goodbye, and what lived there
   has ended.  Until our next day begins nobody logs in. */
static void roll_venue(struct gate *gate, uint32_t index, uint64_t wall_ns)
{
	const struct session_record over = {.session = 0};
	struct gate_venue *link = &gate->venues[index];
	bool is_closed = gate->fold->day.phase == DAY_CLOSED;
	if (link->connection.kind->venue_end == NULL)
		return;
	link->is_resting = roll_is_past(gate, wall_ns) &&
			   (is_closed || calendar_is_open(&gate->site->calendar, wall_ns));
	if (link->is_resting && venues_rest(gate, link) && is_closed &&
		gate->fold->venues[index].over_day != gate->fold->day.count + 1)
		venue_change(gate, link, SESSION_VENUE_END, &over);
}

/* The same of its drop copy. */
static void roll_copy(struct gate *gate, uint32_t index, uint64_t wall_ns)
{
	const struct session_record over = {.session = 0};
	struct gate_copylink *link = &gate->copylinks[index];
	bool is_closed = gate->fold->day.phase == DAY_CLOSED;
	if (!copylinks_ends(gate, index))
		return;
	link->is_resting = roll_is_past(gate, wall_ns) &&
			   (is_closed || calendar_is_open(&gate->site->calendar, wall_ns));
	if (link->is_resting && copylinks_rest(gate, link) && is_closed &&
		gate->fold->copies[index].over_day != gate->fold->day.count + 1)
		copylink_change(gate, link, SESSION_VENUE_END, &over);
}

static void roll_clients(struct gate *gate, uint64_t wall_ns)
{
	bool is_told = roll_is_settled(gate, wall_ns), is_anybody = false;
	if (gate->fold->day.phase != DAY_CLOSED)
		return;
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		const struct gate_connection *connection = &gate->connections[i];
		/* Who wants to log in now is told by the login that it may not. */
		if (!connection->is_open || connection->session == 0)
			continue;
		is_anybody = true;
		is_told &= roll_is_told(gate, connection);
	}
	/* A client that reads nothing, or a venue that answers nothing, keeps the others no longer than they may be silent. */
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns;
	if (is_anybody &&
		(is_told || now_ns > gate->fold->day.phase_ns + gate->site->client_timeout_ns))
		clients_end_all(gate);
}

void roll_tick(struct gate *gate, uint64_t wall_ns)
{
	roll_by_calendar(gate, wall_ns);
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		if (hours_has(gate, i)) {
			hours_tick(gate, i, wall_ns);
			continue;
		}
		roll_venue(gate, i, wall_ns);
		roll_copy(gate, i, wall_ns);
	}
	roll_clients(gate, wall_ns);
}

int32_t roll_ask(struct gate *gate, const struct release_record *asked, enum day_change change,
	uint64_t wall_ns)
{
	uint32_t phase = gate->fold->day.phase;
	if (change != DAY_ENDS && change != DAY_BEGINS)
		return EINVAL;
	if (phase == (change == DAY_BEGINS ? DAY_OPEN : DAY_ENDING) ||
		(change == DAY_ENDS && phase == DAY_CLOSED))
		return EALREADY;
	if (gate->is_journal_full || (change == DAY_BEGINS && !roll_is_settled(gate, wall_ns)))
		return EBUSY;
	return roll_write(gate, change, asked->uid, asked->reason, wall_ns) ? 0 : EBUSY;
}

/* What the calendar changes next, if nobody does it before.  A clock that was stepped back brings no edge again. */
static void roll_next(const struct gate *gate, uint64_t wall_ns, struct day_row *row)
{
	const struct calendar *calendar = &gate->site->calendar;
	bool is_closed = gate->fold->day.phase == DAY_CLOSED;
	uint64_t taken_ns = is_closed ? roll_end_ns(gate) : gate->fold->day.begin_wall_ns;
	uint64_t from_ns = wall_ns > taken_ns ? wall_ns : taken_ns;
	struct calendar_day day = !is_closed && calendar_is_open(calendar, from_ns)
					  ? calendar_last(calendar, from_ns)
					  : calendar_next(calendar, from_ns);
	row->next_wall_ns = is_closed ? day.begin_ns : day.end_ns;
	row->is_next_half = day.is_half;
}

void roll_show(const struct gate *gate, uint64_t wall_ns, struct day_row *row)
{
	const struct calendar *calendar = &gate->site->calendar;
	const struct fold_day *day = &gate->fold->day;
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns, close_ns = roll_close_ns(gate);
	memset(row, 0, sizeof *row);
	row->phase = day->phase;
	row->count = day->count + 1;
	row->uid = day->last.uid;
	row->begin_wall_ns = day->begin_wall_ns;
	row->since_wall_ns = day->last.change == 0 ? day->begin_wall_ns : day->last.wall_ns;
	row->open_orders = gate->fold->orders.open_count;
	row->kept_orders = day->kept_count;
	row->ended_orders = day->ended_count;
	memcpy(row->reason, day->last.reason, sizeof row->reason);
	memcpy(row->soup_session, gate->soup_session, sizeof row->soup_session);
	if (day->phase == DAY_ENDING)
		row->next_wall_ns = wall_ns + (close_ns > now_ns ? close_ns - now_ns : 0);
	else if (calendar->weekdays != 0)
		roll_next(gate, wall_ns, row);
}
