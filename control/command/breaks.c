/* breaks.c - where a venue's two sessions do not tell the same. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/asking.h"
#include "control/command/commands.h"

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

/* A row's venue is one of the gate's that numbered it. */
static const char *venue_word(const struct call *call, const struct mismatch_row *row)
{
	const struct control *control = call->control;
	const struct site_config *site =
		control_view(control, site_gate_of_order(&control->site, row->number));
	const uint8_t venue = row->venue;
	return venue < site->venue_count ? site->venues[venue].name : "?";
}

static void break_row(struct call *call, const void *bytes)
{
	struct mismatch_row row;
	struct answer *answer = &call->answer;
	memcpy(&row, bytes, sizeof row);
	answer_row(answer);
	answer_count(answer, "number", row.number);
	answer_word(answer, "venue", venue_word(call, &row));
	answer_word(answer, "state",
		row.is_acknowledged ? "acknowledged"
		: row.is_alarmed    ? "break"
				    : "waiting");
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
	answer_word(answer, "seen_by",
		row.is_acknowledged ? person_find(&call->control->site, row.acknowledged_uid).name
				    : "-");
	answer_format(answer, "because", "%.*s",
		row.is_acknowledged ? (int)sizeof row.seen_reason : 0, row.seen_reason);
}

void command_show_breaks(struct call *call, uint64_t now_ns)
{
	asking_begin(call, STAGE_GATE, REQUEST_BREAKS,
		"words that only one of order session and drop copy has told, or both differently",
		break_row, now_ns);
}

/* ---- breaks ack: it takes an alarm away, so it is durable in the audit before it does ---- */

static enum call_progress ack_step(struct call *call, uint64_t now_ns)
{
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page == NULL)
		return CALL_DONE;
	int32_t code = page->code;
	uint64_t number = call->question.release.latch;
	if (code == 0)
		answer_code(&call->answer, CODE_DONE,
			"break %" PRIu64
			" was seen by %s: it stays, and is no alarm until another word of it comes",
			number, call->person.name);
	else if (code == EALREADY)
		answer_code(&call->answer, CODE_ALREADY,
			"break %" PRIu64 " was acknowledged before: see show breaks", number);
	else if (code == ESTALE)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found row %" PRIu64 " waiting, expected a break: it is none yet", number);
	else if (code == ENOENT)
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no row %" PRIu64 ": it was settled, or see show breaks", number);
	else
		call_roomless(call);
	return CALL_DONE;
}

static enum call_progress ack_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	uint64_t number = call->question.release.latch;
	call_gate_ask(call, site_gate_of_order(&call->control->site, number), REQUEST_ACKNOWLEDGE,
		now_ns);
	call->step = ack_step;
	return CALL_WAITING;
}

void command_breaks_ack(struct call *call, uint64_t now_ns)
{
	struct release_record *word = &call->question.release;
	uint64_t number = 0;
	if (!call_reasoned(call))
		return;
	if (scalar_count(call_argument(call, 0), &number) != NULL || number == 0) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.40s\", expected the number of a row of show breaks",
			call_argument(call, 0));
		return;
	}
	*word = (struct release_record){.latch = number, .uid = call->person.uid};
	call_reason_copy(call, word->reason, sizeof word->reason);
	call_write(call, now_ns);
	call->step = ack_write_step;
}
