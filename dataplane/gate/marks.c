#include "dataplane/gate/marks.h"

#include "dataplane/gate/turn.h"

/* The price at which a position could be given back now; 0: nobody knows. */
static int64_t mark_price(const struct gate *gate, const struct risk_held *held)
{
	struct top_prices prices;
	if (!top_read(&gate->market->tops[held->symbol], &prices) || prices.stale != 0)
		return 0;
	int64_t side_e4 = held->shares > 0 ? prices.bid_e4 : prices.ask_e4;
	return side_e4 > 0 ? side_e4 : prices.last_e4;
}

static void mark_row(struct gate *gate, const struct risk_held *held)
{
	int64_t price_e4 = held->shares == 0 ? 0 : mark_price(gate, held);
	if (price_e4 <= 0 || price_e4 == held->mark_e4)
		return;
	gate_turn(gate);
	struct mark_record *mark = gate_input(gate, RECORD_MARK, sizeof *mark);
	mark->account = held->account;
	mark->symbol = held->symbol;
	mark->price_e4 = price_e4;
	gate_commit(gate, mark);
}

void marks_tick(struct gate *gate)
{
	struct risk_held held;
	if (gate->is_journal_full)
		return;
	for (uint32_t i = 0; i < MARK_ROW_COUNT; i++) {
		if (!risk_held(gate->fold->risk, gate->mark_at, &held)) {
			gate->mark_at = 0; /* all were looked at */
			return;
		}
		gate->mark_at++;
		mark_row(gate, &held);
	}
}
