#include "dataplane/gate/roll.h"

#include "dataplane/gate/client.h"

static bool roll_follows(const struct gate *gate, enum day_change change)
{
	static const enum day_phase from[] = {
		[DAY_ENDS] = DAY_OPEN, [DAY_CLOSES] = DAY_ENDING, [DAY_BEGINS] = DAY_CLOSED};
	return change >= DAY_ENDS && change <= DAY_BEGINS &&
	       gate->fold->day.phase == (uint32_t)from[change];
}

bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t midnight_wall_ns)
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
	record->midnight_wall_ns = midnight_wall_ns;
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

void roll_tick(struct gate *gate)
{
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
