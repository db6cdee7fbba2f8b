#include "dataplane/gate/word.h"

#include <errno.h>

#include "dataplane/fold/resolve.h"
#include "dataplane/gate/turn.h"

int32_t word_resolve(struct gate *gate, const struct resolve_record *asked)
{
	int32_t code = resolve_may(gate->fold, asked);
	if (code != 0)
		return code;
	if (gate->is_journal_full)
		return EBUSY;
	gate_turn(gate);
	/* The turn itself may have told what became of it. */
	code = resolve_may(gate->fold, asked);
	if (code != 0)
		return code;
	struct resolve_record *record = gate_input(gate, RECORD_RESOLVE, sizeof *record);
	*record = *asked;
	gate_commit(gate, record);
	return 0;
}

int32_t word_acknowledge(struct gate *gate, const struct release_record *asked)
{
	struct acknowledge_record seen = {.number = asked->latch, .uid = asked->uid};
	int32_t code = ENOENT;
	memcpy(seen.reason, asked->reason, sizeof asked->reason);
	if (gate->is_journal_full)
		return EBUSY;
	gate_turn(gate); /* what is old enough is a break now */
	for (; code == ENOENT && seen.venue < gate->site->venue_count; seen.venue++)
		code = breaks_acknowledge(&gate->fold->breaks, &seen, false);
	if (code != 0)
		return code;
	seen.venue--;
	struct acknowledge_record *record = gate_input(gate, RECORD_ACKNOWLEDGE, sizeof *record);
	*record = seen;
	gate_commit(gate, record);
	return 0;
}
