#include "dataplane/gate/word.h"

#include <errno.h>

#include "dataplane/fold/resolve.h"

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
