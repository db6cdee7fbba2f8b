/* turn.h - a turn of the gate: what every input stands behind, and how an input is written.

   The first input of a poll opens its turn: a TURN record says what the gate knows of the time, of control, of the journal and of
   the venues, and the fold judges everything that follows by it.  An input's body is claimed, filled and committed:
   published, then applied.

   Owner      the gate stage.
   Time       the poll's, moved by time_offset_ns: turns of one journal never run backwards.
   Invariant  (1) an input is written in an open turn, or before the first of a boot. */
#ifndef SLUICE_GATE_TURN_H
#define SLUICE_GATE_TURN_H

#include "dataplane/gate/state.h"

/* gate_turn opens this poll's turn if it is not open.  It is published with what follows it, and so is what an order brings: a
   top and the client's message are applied as they are written, and published as gate_flush is about to hand over what they led to.
   Each publication takes a line back from the core that reads the journal: in turns on one machine an order's bytes were out in
   352 ns with nobody reading, 450 with a reader near and 1,080 with one on a far core.  Turn, top and message at once, and nothing
   read wider than it was just written (turn_inputs_copy, ouch50_is_in): 347, 420 and 970.  The receipt with its message too, in
   turns on a busy machine: with the reader far 1,235 before and 1,130 after, near it the same within what rounds differ. */
void gate_turn(struct gate *gate);

/* gate_journal_behind counts the records that are not durable; UINT64_MAX once the journal cannot write, however few
   they are: none that follows would survive this machine. */
uint64_t gate_journal_behind(const struct gate *gate);

/* gate_control_silent_ns tells how long control's heartbeat has stood; UINT64_MAX: it never beat. */
uint64_t gate_control_silent_ns(const struct gate *gate);

/* gate_venue_slow_mask has a bit per venue whose stream holds unsent bytes, gate_venue_up_mask one per venue that takes orders. */
uint32_t gate_venue_slow_mask(const struct gate *gate);
uint32_t gate_venue_up_mask(const struct gate *gate);

/* gate_has_stop_news tells whether either board of stops has changed since the gate took what stood on it: two loads. */
static inline bool gate_has_stop_news(const struct gate *gate)
{
	const struct control_region *control = gate->control_seen;
	uint64_t door = atomic_load_explicit(&gate->region->door_stops.epoch, memory_order_acquire);
	return door != gate->stop_epoch[STOP_BY_DOOR] ||
	       (control != NULL &&
		       atomic_load_explicit(&control->stops.epoch, memory_order_acquire) !=
			       gate->stop_epoch[STOP_BY_CONTROL]);
}

/* gate_input claims an input record's body; gate_commit publishes and applies it. */
static inline void *gate_input(struct gate *gate, enum record_type type, uint32_t body_bytes)
{
	void *body = link_claim(&gate->writer, type, body_bytes);
	CHECK(body != NULL); /* gate (1): room was made sure of before the turn */
	return body;
}

/* gate_input_whole leaves it to its caller to write every byte of the body. */
static inline void *gate_input_whole(struct gate *gate, enum record_type type, uint32_t body_bytes)
{
	void *body = link_claim_whole(&gate->writer, type, body_bytes);
	CHECK(body != NULL); /* gate (1) */
	return body;
}

static inline void gate_commit(struct gate *gate, const void *body)
{
	link_publish(&gate->writer); /* record (1) */
	fold_apply(gate->fold, (const struct record *)body - 1);
	/* record (2): what was decided is published before route hands anything over */
	link_publish(&gate->writer);
}

enum { GATE_WALL_APART_NS = 1000 * 1000 };

/* gate_wall_at tells the wall clock as of a poll.  Reading it costs more than comparing an order's lanes: between
   readings it goes as the stage's clock does.  A step of the clock is followed at the next reading, backwards too, and
   a reading that came late in its poll is ahead by that much until then: a turn's wall time is for people and records,
   and nothing orders by it.  A time before the last reading (boot read its clock after the stage did) reads again. */
static inline uint64_t gate_wall_at(
	struct gate_wall *wall, uint64_t now_ns, uint64_t (*read_wall_ns)(void))
{
	if (wall->wall_ns == 0 || now_ns - wall->read_ns >= GATE_WALL_APART_NS)
		*wall = (struct gate_wall){.wall_ns = read_wall_ns(), .read_ns = now_ns};
	return wall->wall_ns + (now_ns - wall->read_ns);
}

#endif
