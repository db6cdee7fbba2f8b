#include "control/command/asking.h"

#include <inttypes.h>
#include <stdio.h>

struct asking {
	asking_row *row;
	asking_told *told; /* NULL: nothing more is said */
	char what[ASKING_WHAT_BYTES];
	uint64_t count;       /* rows that came */
	uint64_t passed_over; /* of those, that were not what was asked for */
	bool is_account;      /* one gate knows it */
};

/* Takes a page; true: there is another. */
static bool page_take(struct call *call, const struct mailbox_answer *page)
{
	struct asking *asking = call->own;
	uint32_t count = page->row_count < MAILBOX_ROW_COUNT ? page->row_count : MAILBOX_ROW_COUNT;
	for (uint32_t i = 0; i < count; i++) {
		size_t before = answer_row_count(&call->answer);
		asking->row(call, page->rows[i]);
		bool is_passed_over = answer_row_count(&call->answer) == before;
		if (!is_passed_over) /* else the last row is another's */
			call_gate_tell(call);
		asking->passed_over += is_passed_over;
	}
	asking->count += count;
	call->question.cursor = page->next;
	return page->next != 0 && asking->count < ANSWER_ROW_COUNT_MAX;
}

/* What the command itself says of the answer; empty: nothing. */
static enum code tell(struct call *call, int code, char text[ASKING_TOLD_BYTES], uint64_t now_ns)
{
	const struct asking *asking = call->own;
	text[0] = '\0';
	return asking->told != NULL ? asking->told(call, code, text, now_ns) : CODE_NOT_FOUND;
}

static enum call_progress asking_step(struct call *call, uint64_t now_ns)
{
	const struct asking *asking = call->own;
	const struct mailbox_answer *page;
	char text[ASKING_TOLD_BYTES];
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page == NULL)
		return CALL_DONE;
	if (page->code != 0) {
		enum code code = tell(call, page->code, text, now_ns);
		answer_code(&call->answer, code, "%s", text);
		if (text[0] == '\0')
			answer_code(&call->answer, CODE_NOT_FOUND,
				"the %s has nothing by this name yet (%s)",
				call_stage(call, call->question.stage),
				strerror(page->code < 0 ? -page->code : page->code));
		return CALL_DONE;
	}
	if (page_take(call, page)) {
		question_ask(&call->question, &call->control->plane, now_ns);
		return CALL_WAITING;
	}
	bool is_cut = call->question.cursor != 0;
	if (!is_cut && !asking->is_account && call_gate_next(call, now_ns))
		return CALL_WAITING;
	tell(call, 0, text, now_ns);
	answer_code(&call->answer, is_cut ? CODE_MORE : CODE_ROWS, "%" PRIu64 " %s%s%s",
		asking->count - asking->passed_over, asking->what, text,
		is_cut ? ", and there are more: ask for one account" : "");
	return CALL_DONE;
}

static uint32_t account_gate(const struct call *call, uint32_t account)
{
	const struct site_config *site = &call->control->site;
	return site->accounts[site_account_find(site, account)].gate;
}

void asking_begin(struct call *call, enum stage_id stage, uint32_t kind, const char *what,
	asking_row *row, uint64_t now_ns)
{
	struct asking *asking = call_own(call, sizeof *asking);
	if (asking == NULL)
		return;
	asking->row = row;
	snprintf(asking->what, sizeof asking->what, "%s", what);
	call->question.stage = stage;
	asking->is_account = stage == STAGE_GATE && call->question.id != 0;
	if (asking->is_account)
		call->question.stage = stage_of_gate(account_gate(call, call->question.id));
	call->question.kind = kind;
	question_ask(&call->question, &call->control->plane, now_ns);
	call->step = asking_step;
}

void asking_end_with(struct call *call, asking_told *told)
{
	struct asking *asking = call->own;
	if (asking != NULL)
		asking->told = told;
}

bool asking_account(struct call *call)
{
	enum scope scope;
	const char *word = call_argument(call, 0);
	return word == NULL || call_name_find(call, "account", word, &scope, &call->question.id);
}
