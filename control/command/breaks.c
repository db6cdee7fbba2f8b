/* breaks.c - where a venue's two sessions do not tell the same. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/call.h"

static const char *break_what(uint8_t type)
{
	switch (type) {
	case 'A':
		return "accepted";
	case 'U':
		return "replaced";
	case 'C':
		return "cancelled";
	case 'M':
		return "modified";
	case 'E':
		return "executed";
	case 'B':
		return "trade-broken";
	case 'F':
		return "trade-corrected";
	default:
		return "?";
	}
}

/* Which side lacks what, in a word. */
static const char *break_kind(const struct mismatch_row *row)
{
	if (row->count[0] == 0)
		return "copy-only";
	if (row->count[1] == 0)
		return "ours-only";
	if (row->count[0] != row->count[1])
		return row->count[0] < row->count[1] ? "copy-more" : "ours-more";
	if (row->qty[0] != row->qty[1])
		return "quantity";
	return row->side[0] != row->side[1] ? "side" : "price";
}

static const char *venue_word(const struct site_config *site, uint8_t venue)
{
	return venue < site->venue_count ? site->venues[venue].name : "?";
}

static void break_row(struct call *call, const void *bytes)
{
	struct mismatch_row row;
	struct answer *answer = &call->answer;
	memcpy(&row, bytes, sizeof row);
	answer_row(answer);
	answer_word(answer, "venue", venue_word(&call->control->site, row.venue));
	answer_word(answer, "state", row.is_alarmed ? "break" : "waiting");
	answer_word(answer, "kind", break_kind(&row));
	answer_word(answer, "what", break_what(row.type));
	answer_count(answer, "order", row.order_id);
	answer_number(answer, "account", row.account);
	answer_number(answer, "session", row.session);
	answer_number(answer, "venue_ref", row.venue_ref);
	answer_count(answer, "match", row.match);
	answer_count(answer, "age_ms", row.age_ns / 1000000);
	answer_count(answer, "our_qty", row.qty[0]);
	answer_count(answer, "copy_qty", row.qty[1]);
	answer_e4(answer, "our_price", (int64_t)row.price_sum[0]);
	answer_e4(answer, "copy_price", (int64_t)row.price_sum[1]);
	answer_flag(answer, "counted", row.count[0] > 0 || row.applied > 0);
}

void command_show_breaks(struct call *call, uint64_t now_ns)
{
	struct question *question = &call->asking.question;
	question->kind = REQUEST_BREAKS;
	question->stage = STAGE_GATE;
	call->asking.what =
		"words that only one of order session and drop copy has told, or both differently";
	call->asking.row = break_row;
	call_ask(call, now_ns);
}
