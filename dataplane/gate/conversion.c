#include "dataplane/gate/conversion.h"

#include <errno.h>

/* A rate is as old as who stated it says; who says nothing means now. */
static int32_t conversion_set(struct gate *gate, const struct rate_record *asked)
{
	uint64_t as_of_ns = asked->as_of_wall_ns;
	if (gate->is_journal_full)
		return EBUSY;
	gate_turn(gate);
	if (asked->currency >= gate->site->currency_count || asked->rate_e8 <= 0 ||
		asked->rate_e8 > RATE_E8_MAX || as_of_ns > gate->fold->turn.wall_ns)
		return EINVAL;
	struct rate_record *rate = gate_input(gate, RECORD_RATE, sizeof *rate);
	*rate = *asked;
	rate->as_of_wall_ns = as_of_ns != 0 ? as_of_ns : gate->fold->turn.wall_ns;
	gate_commit(gate, rate);
	return 0;
}

void conversion_answer(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	struct rate_row rows[CURRENCY_COUNT_MAX];
	if (request->rate.currency != 0)
		answer->code = conversion_set(gate, &request->rate);
	answer->row_count = risk_rates(gate->fold->risk, gate->read_wall_ns(), rows);
	for (uint32_t i = 0; i < answer->row_count; i++)
		memcpy(answer->rows[i], &rows[i], sizeof rows[i]);
}
