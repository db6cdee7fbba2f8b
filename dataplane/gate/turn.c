#include "dataplane/gate/turn.h"

#include "drivers/machine/clock.h"

static inline bool gate_venue_is_slow(const struct gate *gate, uint32_t index)
{
	uint32_t number = gate->venues[index].connection.number;
	return number != CONNECTION_NONE && stream_unsent_bytes(gate->stream, number) > 0;
}

uint32_t gate_venue_slow_mask(const struct gate *gate)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < gate->site->venue_count; i++)
		mask |= (uint32_t)gate_venue_is_slow(gate, i) << i;
	return mask;
}

uint32_t gate_venue_up_mask(const struct gate *gate)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < gate->site->venue_count; i++)
		mask |= (uint32_t)fold_takes_orders(gate->fold, &gate->fold->venues[i]) << i;
	return mask;
}

uint64_t gate_control_silent_ns(const struct gate *gate)
{
	if (gate->heartbeat_ns == 0)
		return UINT64_MAX;
	return gate->now_ns > gate->heartbeat_ns ? gate->now_ns - gate->heartbeat_ns : 0;
}

uint64_t gate_journal_behind(const struct gate *gate)
{
	const struct link *link = gate->journal;
	if (atomic_load_explicit(&link->failed, memory_order_acquire) != 0 ||
		atomic_load_explicit(&link->full, memory_order_acquire) != 0)
		return UINT64_MAX;
	uint64_t durable = atomic_load_explicit(&link->durable, memory_order_acquire);
	return gate->writer.sequence > durable ? gate->writer.sequence - durable : 0;
}

/* Reservations may have been written by the turn that just began. */
static void gate_watch_reservations(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		struct gate_venue *venue = &gate->venues[i];
		uint64_t reserved = gate->fold->venues[i].reserved_ref;
		if (LIKELY(venue->ref_pending[1] == reserved))
			continue;
		venue->ref_pending[0] = gate->writer.sequence;
		venue->ref_pending[1] = reserved;
		gate->reserving_mask |= 1u << i;
	}
}

void gate_turn(struct gate *gate)
{
	if (gate->is_turn_open)
		return;
	gate->is_turn_open = true;
	struct turn_inputs *turn = gate_input(gate, RECORD_TURN, sizeof *turn);
	uint64_t sequence = gate->writer.sequence;
	turn->turn = gate->fold->turn.turn + 1;
	turn->now_ns = gate->now_ns + gate->time_offset_ns;
	if (turn->now_ns < gate->fold->turn.now_ns)
		turn->now_ns =
			gate->fold->turn.now_ns; /* boot read its clock after the stage did */
	turn->wall_ns = gate_wall_at(&gate->wall, gate->now_ns, clock_wall_ns);
	turn->control_silent_ns = gate_control_silent_ns(gate);
	turn->clock_off_ns = region_clock_off_ns(gate->control_seen);
	turn->journal_behind = gate_journal_behind(gate);
	uint32_t slow_mask = 0, up_mask = 0;
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		slow_mask |= (uint32_t)gate_venue_is_slow(gate, i) << i;
		up_mask |= (uint32_t)fold_takes_orders(gate->fold, &gate->fold->venues[i]) << i;
	}
	turn->venue_slow_mask = slow_mask;
	turn->venue_up_mask = up_mask;
	fold_turn(gate->fold, turn);
	if (UNLIKELY(gate->writer.sequence != sequence)) {
		link_publish(&gate->writer); /* it decided something by itself */
		gate_watch_reservations(gate);
	}
	metrics_add(gate->metrics, METRIC_gate_turns, 1);
}
