#include "control/ledger/clerk.h"

#include <stdio.h>

void clerk_open(struct clerk *clerk, const struct site_config *site)
{
	*clerk = (struct clerk){.site = site};
	ledger_init(&clerk->ledger);
}

void clerk_close(struct clerk *clerk)
{
	ledger_free(&clerk->ledger);
	reader_close(clerk->reader);
	clerk->reader = NULL;
}

/* Another journal lies there now: what was read of the last one counts no more. */
static void clerk_begin_anew(struct clerk *clerk)
{
	clerk_close(clerk);
	clerk->facts.sequence = 0;
}

static bool clerk_begin(struct clerk *clerk)
{
	struct config_error error;
	if (clerk->reader == NULL)
		clerk->reader = reader_open(clerk->site->journal_directory, &error);
	snprintf(clerk->facts.trouble, sizeof clerk->facts.trouble, "%.250s",
		clerk->reader == NULL ? error.text : "");
	return clerk->reader != NULL;
}

/* The clerk has no other use for these. */
static void stop_record(struct clerk *clerk, const struct record *record)
{
	struct turn_inputs turn = {0};
	struct clerk_stop *stop = &clerk->stops[clerk->stop_count];
	if (record->type == RECORD_TURN && record->body_bytes >= sizeof turn) {
		memcpy(&turn, record_body(record), sizeof turn);
		clerk->wall_ns = turn.wall_ns;
	}
	if (record->type != RECORD_STOP || record->body_bytes < sizeof stop->stop)
		return;
	memcpy(&stop->stop, record_body(record), sizeof stop->stop);
	stop->sequence = clerk->facts.sequence;
	stop->wall_ns = clerk->wall_ns;
	if (stop->stop.writer == STOP_BY_DOOR)
		clerk->stop_count++;
}

bool clerk_read(struct clerk *clerk, uint64_t until)
{
	struct clerk_facts *facts = &clerk->facts;
	if (facts->sequence > until)
		clerk_begin_anew(clerk);
	if (!clerk_begin(clerk))
		return false;
	for (unsigned i = 0; i < CLERK_PER_STEP && facts->sequence < until; i++) {
		const struct record *record = clerk->stop_count < CLERK_STOP_COUNT
						      ? reader_next(clerk->reader, &facts->sequence)
						      : NULL;
		if (record == NULL) {
			until = facts->sequence;
			continue;
		}
		ledger_record(&clerk->ledger, record);
		stop_record(clerk, record);
	}
	facts->trades = clerk->ledger.told_count;
	facts->unknown = clerk->ledger.unknown_count;
	facts->is_full = clerk->ledger.is_full;
	return facts->sequence < until;
}

static int64_t narrow(money_wide wide)
{
	if (wide > INT64_MAX)
		return INT64_MAX;
	return wide < INT64_MIN ? INT64_MIN : (int64_t)wide;
}

/* What a row of the gate has otherwise; false: nothing. */
static bool row_differs(const struct ledger_row *ours, const struct position_row *gate,
	struct clerk_difference *difference)
{
	static const struct ledger_row nothing;
	const struct ledger_row *row = ours != NULL ? ours : &nothing;
	const struct {
		const char *what;
		int64_t journal, gate;
	} pairs[] = {
		{"position", narrow(ledger_shares(row)), gate->position},
		{"shares bought", narrow(row->totals.qty[SIDE_BUY]), gate->bought_qty},
		{"shares sold", narrow(row->totals.qty[SIDE_SELL]), gate->sold_qty},
		{"1e-4 bought for", narrow(row->totals.value_e4[SIDE_BUY]), gate->bought_value_e4},
		{"1e-4 sold for", narrow(row->totals.value_e4[SIDE_SELL]), gate->sold_value_e4},
		{"1e-4 of fees", narrow(row->totals.fees_e4), gate->fees_e4},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(pairs); i++) {
		if (pairs[i].journal == pairs[i].gate)
			continue;
		*difference = (struct clerk_difference){.account = gate->account,
			.symbol = gate->symbol,
			.what = pairs[i].what,
			.journal = pairs[i].journal,
			.gate = pairs[i].gate};
		return true;
	}
	return false;
}

/* A difference is told as soon as it is found; that there is none, when the round is over. */
static void clerk_differs(struct clerk *clerk, const struct clerk_page *page,
	const struct clerk_difference *difference)
{
	struct clerk_facts *facts = &clerk->facts;
	if (clerk->round_differing++ == 0) {
		facts->difference = *difference;
		facts->difference.sequence = page->sequence;
	}
	if (facts->differing < clerk->round_differing)
		facts->differing = clerk->round_differing;
	if (facts->differs_ns == 0)
		facts->differs_ns = page->now_ns;
}

static void clerk_row(
	struct clerk *clerk, const struct clerk_page *page, const struct position_row *gate)
{
	struct clerk_difference difference;
	struct ledger_row *row =
		ledger_find(&clerk->ledger, ledger_pair(gate->account, gate->symbol));
	if (row != NULL)
		row->round = clerk->ledger.round;
	if (row_differs(row, gate, &difference))
		clerk_differs(clerk, page, &difference);
	clerk->round_rows++;
}

/* What the ledger had when the round began and the gate has not told: as if it had told that there is nothing. */
static void clerk_round_end(struct clerk *clerk, const struct clerk_page *page)
{
	struct clerk_facts *facts = &clerk->facts;
	struct clerk_difference difference;
	for (uint32_t i = 0; i < clerk->ledger.row_count; i++) {
		const struct ledger_row *row = &clerk->ledger.rows[i];
		const struct position_row untold = {
			.account = row->pair >> 16, .symbol = row->pair & 0xFFFF};
		if (row->round != clerk->ledger.round && row_differs(row, &untold, &difference))
			clerk_differs(clerk, page, &difference);
	}
	facts->rounds++;
	facts->rows = clerk->round_rows;
	facts->differing = clerk->round_differing;
	if (facts->differing == 0)
		facts->differs_ns = 0;
}

bool clerk_compare(struct clerk *clerk, const struct clerk_page *page)
{
	if (clerk->facts.sequence != page->sequence || clerk->facts.is_full)
		return false;
	if (page->is_first) {
		clerk->ledger.round++;
		clerk->round_rows = clerk->round_differing = 0;
	}
	for (uint32_t i = 0; i < page->row_count; i++)
		clerk_row(clerk, page, &page->rows[i]);
	if (page->is_last)
		clerk_round_end(clerk, page);
	return true;
}
