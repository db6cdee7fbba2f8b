/* orders.c - orders of which nobody knows whether their venue has them, or what became of them in a session of its that is over:
   which, and what two persons say of one.

     find --it is one of these--> agree --durable in the audit--> the gate's word --> done
                                 '--first of two persons--> awaited

   What is said gives back what an order holds, so it is written down first. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/asking.h"
#include "control/command/commands.h"
#include "dataplane/shm/mark.h"
#include "drivers/machine/clock.h"

/* An order's venue is one of its gate's. */
static const char *venue_name(const struct call *call, uint64_t order_id, uint32_t venue)
{
	const struct control *control = call->control;
	const struct site_config *site =
		control_view(control, site_gate_of_order(&control->site, order_id));
	return venue < site->venue_count ? site->venues[venue].name : "?";
}

/* The gate that numbered the order which persons speak of. */
static uint32_t order_gate(const struct call *call)
{
	return site_gate_of_order(&call->control->site, call->question.resolve.order_id);
}

static void uncertain_row(struct call *call, const void *bytes)
{
	const struct site_config *site = &call->control->site;
	struct answer *answer = &call->answer;
	struct order_row row;
	char symbol[9] = "-";
	memcpy(&row, bytes, sizeof row);
	if (row.symbol < site->symbol_count)
		symbol_unpack(site->symbols[row.symbol].name, symbol);
	uint64_t now_ns = clock_wall_ns();
	uint64_t age_ns = now_ns > row.entered_wall_ns ? now_ns - row.entered_wall_ns : 0;
	answer_row(answer);
	answer_number(answer, "order", (int64_t)row.order_id);
	answer_number(answer, "account", row.account);
	answer_number(answer, "strategy", row.strategy);
	answer_number(answer, "session", row.session);
	answer_word(answer, "venue", venue_name(call, row.order_id, row.venue));
	answer_word(answer, "state", row.is_session_over ? "session over" : "uncertain");
	answer_count(answer, "age_s", age_ns / 1000000000u);
	answer_word(answer, "side", mark_of_row(row.side));
	answer_word(answer, "symbol", symbol);
	answer_number(answer, "open", row.open_qty);
	answer_number(answer, "executed", row.executed_qty);
	answer_e4(answer, "price", row.price_e4);
	answer_e4(answer, "exposure", saturating_multiply(row.price_e4, row.open_qty));
	answer_number(answer, "venue_ref", row.venue_ref);
	answer_format(answer, "venue_id", "%.*s", (int)sizeof row.venue_name, row.venue_name);
}

void command_orders_uncertain(struct call *call, uint64_t now_ns)
{
	if (asking_account(call))
		asking_begin(call, STAGE_GATE, REQUEST_UNCERTAIN, "uncertain orders", uncertain_row,
			now_ns);
}

/* ---- orders resolve: call->question.resolve is the word, the order it is about the call's own ---- */

static void as_text(const struct resolve_record *word, char *text, size_t size)
{
	if (word->as == RESOLVE_FILLED)
		snprintf(text, size, "filled %u@%" PRId64 ".%04" PRId64, word->qty,
			word->price_e4 / 10000, word->price_e4 % 10000);
	else
		snprintf(text, size, "%s", resolve_name(word->as));
}

static bool words_refuse(struct call *call, const char *found)
{
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found \"%.40s\", expected: orders resolve <order> --as cancelled, --as working, "
		"or "
		"--as filled QTY@PRICE, and because ...",
		found != NULL ? found : "nothing");
	return false;
}

/* 100@163.25 */
static bool filled_take(struct call *call, struct resolve_record *word)
{
	const char *found = call_argument(call, 3), *at = found != NULL ? strchr(found, '@') : NULL;
	char number[24];
	uint64_t qty;
	if (at == NULL || (size_t)(at - found) >= sizeof number)
		return words_refuse(call, found);
	snprintf(number, sizeof number, "%.*s", (int)(at - found), found);
	if (scalar_count(number, &qty) != NULL || qty == 0 || qty > UINT32_MAX ||
		scalar_price(at + 1, &word->price_e4) != NULL || word->price_e4 <= 0)
		return words_refuse(call, found);
	word->qty = (uint32_t)qty;
	return true;
}

static bool words_take(struct call *call)
{
	struct resolve_record *word = &call->question.resolve;
	const char *as = call_argument(call, 2);
	if (!call_reasoned(call))
		return false;
	if (scalar_count(call_argument(call, 0), &word->order_id) != NULL || word->order_id == 0)
		return words_refuse(call, call_argument(call, 0));
	if (call_argument(call, 1) == NULL || strcmp(call_argument(call, 1), "--as") != 0)
		return words_refuse(call, call_argument(call, 1));
	for (unsigned i = RESOLVE_CANCELLED; as != NULL && i <= RESOLVE_WORKING; i++)
		if (strcmp(as, resolve_name(i)) == 0)
			word->as = (uint8_t)i;
	if (word->as == 0)
		return words_refuse(call, as);
	uint32_t known = word->as == RESOLVE_FILLED ? 4 : 3;
	if (call_argument(call, known) != NULL)
		return words_refuse(call, call_argument(call, known));
	call_reason_copy(call, word->reason, sizeof word->reason);
	return word->as != RESOLVE_FILLED || filled_take(call, word);
}

static void resolved_tell(struct call *call, int32_t code)
{
	const struct resolve_record *word = &call->question.resolve;
	const struct order_row *order = call->own;
	char as[48];
	as_text(word, as, sizeof as);
	if (code == ESTALE || code == ENOENT)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"order %" PRIu64 " is no longer to be resolved: its venue or the drop copy "
			"was first; see why "
			"%" PRIu64,
			word->order_id, word->order_id);
	else if (code == EBUSY)
		call_roomless(call);
	else if (code != 0)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"the gate did not take it (%s): expected at most %u shares, which are "
			"open, "
			"and a price above 0",
			strerror(code), order->open_qty);
	else
		answer_code(&call->answer, CODE_DONE,
			"order %" PRIu64
			" of account %u at %s is %s by the word of %s and %s; what "
			"the venue says later counts all the same",
			word->order_id, order->account,
			venue_name(call, word->order_id, order->venue), as, call->first.name,
			call->person.name);
}

static enum call_progress resolved_step(struct call *call, uint64_t now_ns)
{
	const struct mailbox_answer *page;
	enum call_progress progress = call_look(call, now_ns, &page);
	if (page != NULL)
		resolved_tell(call, page->code);
	return progress;
}

static enum call_progress resolve_write_step(struct call *call, uint64_t now_ns)
{
	const struct order_row *order = call->own;
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	struct resolve_record *word = &call->question.resolve;
	word->venue = (uint8_t)order->venue;
	word->venue_ref = order->venue_ref;
	word->uid = call->first.uid;
	word->second_uid = call->person.uid;
	call_gate_ask(call, order_gate(call), REQUEST_RESOLVE, now_ns);
	call->step = resolved_step;
	return CALL_WAITING;
}

/* Whether a second person agreed; false: the answer is coded. */
static bool resolve_agreed(struct call *call, uint64_t now_ns)
{
	const struct resolve_record *word = &call->question.resolve;
	char as[48], text[128], does[144];
	as_text(word, as, sizeof as);
	snprintf(text, sizeof text, "orders resolve %" PRIu64 " --as %s", word->order_id, as);
	snprintf(does, sizeof does, "repeats: %s", text);
	return call_agreed(call, text, "", does, now_ns);
}

static enum call_progress resolve_find_step(struct call *call, uint64_t now_ns)
{
	struct order_row *order = call->own;
	const struct resolve_record *word = &call->question.resolve;
	const struct mailbox_answer *page;
	enum call_progress progress = call_look(call, now_ns, &page);
	if (page == NULL)
		return progress;
	if (page->row_count > 0)
		memcpy(order, page->rows[0], sizeof *order);
	if (order->order_id != word->order_id) {
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no uncertain order %" PRIu64 ": see orders uncertain",
			word->order_id);
		return CALL_DONE;
	}
	if (word->as == RESOLVE_WORKING && order->is_session_over) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found order %" PRIu64
			" of a session of its venue's that is over, expected --as cancelled or "
			"--as filled QTY@PRICE: nothing works there any more",
			word->order_id);
		return CALL_DONE;
	}
	if (word->qty > order->open_qty) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found %u shares, expected at most %u: that many are open of order "
			"%" PRIu64,
			word->qty, order->open_qty, word->order_id);
		return CALL_DONE;
	}
	if (!resolve_agreed(call, now_ns))
		return CALL_DONE;
	call_write(call, now_ns);
	call->step = resolve_write_step;
	return CALL_WAITING;
}

void command_orders_resolve(struct call *call, uint64_t now_ns)
{
	if (!words_take(call) || call_own(call, sizeof(struct order_row)) == NULL)
		return;
	/* The first one behind the number before it, if it is uncertain. */
	call->question.cursor = call->question.resolve.order_id - 1;
	call_gate_ask(call, order_gate(call), REQUEST_UNCERTAIN, now_ns);
	call->step = resolve_find_step;
}
