#include "dataplane/gate/start.h"

#include <sched.h>

#include "dataplane/gate/turn.h"

void start_positions(struct gate *gate)
{
	const struct site_config *site = gate->site;
	for (uint32_t i = gate->fold->positions_taken; i < site->position_count; i++) {
		const struct position_config *row = &site->positions[i];
		while (link_room(&gate->writer) < RECORD_BYTES_MAX)
			sched_yield(); /* the journal stage is draining it */
		struct position_record *position =
			gate_input(gate, RECORD_POSITION, sizeof *position);
		position->account = row->account;
		position->symbol = row->symbol;
		position->place = i;
		position->count = site->position_count;
		position->shares = row->shares;
		position->cost_e4 = row->cost_e4;
		position->price_e4 = row->price_e4;
		gate_commit(gate, position);
	}
}
