#include "dataplane/gate/roll.h"

#include "config/eastern.h"
#include "dataplane/gate/client.h"

static bool roll_follows(const struct gate *gate, enum day_change change)
{
	static const enum day_phase from[] = {
		[DAY_ENDS] = DAY_OPEN, [DAY_CLOSES] = DAY_ENDING, [DAY_BEGINS] = DAY_CLOSED};
	return change >= DAY_ENDS && change <= DAY_BEGINS &&
	       gate->fold->day.phase == (uint32_t)from[change];
}

bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t wall_ns)
{
	if (!roll_follows(gate, change))
		return false;
	/* Whoever is still there has a session of the day that is over. */
	if (change == DAY_BEGINS)
		client_end_all(gate);
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
	return connection->session == 0 || connection->kind->client_send != NULL ||
	       connection->next_sent > client->last_sequence;
}

/* The last end of a day that lies behind a moment; 0: none within reach. */
static uint64_t roll_last_end(const struct calendar *calendar, uint64_t wall_ns)
{
	struct calendar_day last = calendar_last(calendar, wall_ns);
	if (wall_ns < last.end_ns)
		last = calendar_last(calendar, last.begin_ns - 1);
	return last.end_ns;
}

static bool roll_ends(const struct gate *gate, uint64_t wall_ns)
{
	const struct calendar *calendar = &gate->site->calendar;
	const struct day *day = &gate->fold->day;
	bool is_outside = day->count == 0 && !calendar_is_open(calendar, day->phase_wall_ns) &&
			  !calendar_is_open(calendar, wall_ns);
	return is_outside || roll_last_end(calendar, wall_ns) > day->phase_wall_ns;
}

static bool roll_closes(const struct gate *gate)
{
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns;
	return (gate->fold->orders.open_count == 0 && !gate->fold->is_sweeping) ||
	       now_ns >= gate->fold->day.phase_ns + gate->site->close_after_ns;
}

/* The end that was rolled is the last before it was, however late that was. */
static bool roll_begins(const struct gate *gate, uint64_t wall_ns)
{
	const struct calendar *calendar = &gate->site->calendar;
	struct calendar_day last = calendar_last(calendar, wall_ns);
	return wall_ns < last.end_ns &&
	       last.begin_ns > roll_last_end(calendar, gate->fold->day.phase_wall_ns);
}

static void roll_by_calendar(struct gate *gate, uint64_t wall_ns)
{
	uint32_t phase = gate->fold->day.phase;
	if (gate->site->calendar.weekdays == 0 || gate->is_journal_full)
		return;
	if (phase == DAY_OPEN && roll_ends(gate, wall_ns))
		roll_write(gate, DAY_ENDS, UINT32_MAX, "calendar", wall_ns);
	else if (phase == DAY_ENDING && roll_closes(gate))
		roll_write(gate, DAY_CLOSES, UINT32_MAX, "calendar", wall_ns);
	else if (phase == DAY_CLOSED && !gate->fold->is_sweeping && roll_begins(gate, wall_ns))
		roll_write(gate, DAY_BEGINS, UINT32_MAX, "calendar", wall_ns);
}

void roll_tick(struct gate *gate, uint64_t wall_ns)
{
	roll_by_calendar(gate, wall_ns);
	if (gate->fold->day.phase != DAY_CLOSED || gate->fold->is_sweeping)
		return;
	bool is_told = true;
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++) {
		if (gate->connections[i].is_open)
			is_told &= roll_is_told(gate, &gate->connections[i]);
	}
	/* A client that reads nothing keeps the others no longer than it may be silent. */
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns;
	if (is_told || now_ns > gate->fold->day.phase_ns + gate->site->client_timeout_ns)
		client_end_all(gate);
}
