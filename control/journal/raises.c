#include "control/journal/raises.h"

static uint32_t place_of(const struct raises *raises, uint32_t number)
{
	uint32_t i = raises->count;
	while (i > 0 && raises->rows[i - 1].lease.number >= number)
		i--;
	return i;
}

const struct raise *raises_find(const struct raises *raises, uint32_t number)
{
	uint32_t i = place_of(raises, number);
	return i < raises->count && raises->rows[i].lease.number == number ? &raises->rows[i]
									   : NULL;
}

static struct raise *row_of(struct raises *raises, uint32_t number)
{
	const struct raise *found = raises_find(raises, number);
	return found != NULL ? &raises->rows[found - raises->rows] : NULL;
}

/* raises (1).  NULL: it is older than all that there is room for. */
static struct raise *row_insert(struct raises *raises, uint32_t number)
{
	uint32_t at = place_of(raises, number);
	if (raises->count == RAISES_COUNT_MAX) {
		raises->left_out++;
		if (at == 0)
			return NULL;
		memmove(raises->rows, raises->rows + 1, --at * sizeof raises->rows[0]);
	} else {
		memmove(&raises->rows[at + 1], &raises->rows[at],
			(raises->count++ - at) * sizeof raises->rows[0]);
	}
	memset(&raises->rows[at], 0, sizeof raises->rows[at]);
	return &raises->rows[at];
}

static void lease_take(struct raises *raises, const struct record *record)
{
	struct lease_record lease = {0};
	memcpy(&lease, record_body(record),
		record->body_bytes < sizeof lease ? record->body_bytes : sizeof lease);
	if (lease.word != LEASE_BEGINS || row_of(raises, lease.number) != NULL)
		return; /* what is given up has an end of its own */
	struct raise *row = row_insert(raises, lease.number);
	if (row != NULL)
		*row = (struct raise){.lease = lease, .gate_mask = 1, .wall_ns = raises->wall_ns};
}

static void end_take(struct raises *raises, const struct record *record)
{
	struct lease_end_record end = {0};
	memcpy(&end, record_body(record),
		record->body_bytes < sizeof end ? record->body_bytes : sizeof end);
	struct raise *row = row_of(raises, end.number);
	if (row == NULL)
		return;
	row->why = end.why;
	row->ended_uid = end.uid;
	row->ended_wall_ns = raises->wall_ns;
	row->is_found_over = raises->is_booting;
}

void raises_take(struct raises *raises, const struct record *record)
{
	struct turn_inputs turn;
	struct boot_record boot;
	if (record->type == RECORD_BOOT && record->body_bytes >= sizeof boot) {
		memcpy(&boot, record_body(record), sizeof boot);
		raises->wall_ns = boot.wall_ns;
		raises->is_booting = true;
	} else if (record->type == RECORD_TURN && record->body_bytes >= sizeof turn) {
		memcpy(&turn, record_body(record), sizeof turn);
		raises->wall_ns = turn.wall_ns;
		raises->is_booting = false;
	} else if (record->type == RECORD_LEASE) {
		lease_take(raises, record);
	} else if (record->type == RECORD_LEASE_END) {
		end_take(raises, record);
	}
}

/* It is in force as long as it is at one gate; of ends the last counts. */
static void row_add(struct raise *row, const struct raise *other, uint32_t gate)
{
	bool is_later =
		row->why != 0 && (other->why == 0 || other->ended_wall_ns > row->ended_wall_ns);
	row->gate_mask |= 1u << gate;
	if (!is_later)
		return;
	row->why = other->why;
	row->ended_uid = other->ended_uid;
	row->ended_wall_ns = other->ended_wall_ns;
	row->is_found_over = other->is_found_over;
}

void raises_add(struct raises *raises, const struct raises *other, uint32_t gate)
{
	for (uint32_t i = 0; i < other->count; i++) {
		const struct raise *from = &other->rows[i];
		struct raise *row = row_of(raises, from->lease.number);
		if (row != NULL) {
			row_add(row, from, gate);
			continue;
		}
		row = row_insert(raises, from->lease.number);
		if (row == NULL)
			continue;
		*row = *from;
		row->gate_mask = 1u << gate;
	}
}
