/* day.c - the gate's day: how it stands, and its end and beginning by hand.

   To end a day stops: it acts, then it is written down.  To begin one is durable in the audit before it acts, and where one of
   this date was ended by a person it takes two.

     begin: look how the gates stand --> agree --> write down --> gate after gate begins */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "config/eastern.h"
#include "control/command/commands.h"
#include "drivers/machine/clock.h"

/* Who made the newest change; the first day came with the journal. */
static void by_word(
	const struct site_config *site, const struct day_row *row, char *text, size_t size)
{
	if (row->uid == DAY_BY_CALENDAR)
		snprintf(text, size, "the calendar");
	else if (row->count == 1 && row->phase == DAY_OPEN)
		snprintf(text, size, "the journal");
	else
		snprintf(text, size, "%s", person_find(site, row->uid).name);
}

static void next_word(const struct day_row *row, char *text, size_t size)
{
	static const char *const words[] = {[DAY_OPEN] = "ends",
		[DAY_ENDING] = "closes, at the latest",
		[DAY_CLOSED] = "begins"};
	char time[32];
	if (row->next_wall_ns == 0) {
		snprintf(text, size, "%s by hand alone: day %s",
			row->phase == DAY_OPEN ? "ends" : "begins",
			row->phase == DAY_OPEN ? "end" : "begin");
		return;
	}
	time_format(row->next_wall_ns, time);
	snprintf(text, size, "%s %s%s", row->phase < ARRAY_COUNT(words) ? words[row->phase] : "?",
		time, row->is_next_half != 0 ? ", a half day" : "");
}

static void day_row(struct call *call, const struct day_row *row)
{
	struct answer *answer = &call->answer;
	char text[80];
	answer_row(answer);
	answer_number(answer, "day", row->count);
	answer_word(answer, "state", day_phase_name(row->phase));
	answer_time(answer, "since", row->since_wall_ns);
	by_word(&call->control->site, row, text, sizeof text);
	answer_word(answer, "by", text);
	answer_format(answer, "because", "%.*s", (int)sizeof row->reason, row->reason);
	answer_time(answer, "began", row->begin_wall_ns);
	next_word(row, text, sizeof text);
	answer_word(answer, "next", text);
	answer_format(answer, "session", "%.*s", (int)sizeof row->soup_session, row->soup_session);
	answer_count(answer, "open_orders", row->open_orders);
	answer_count(answer, "kept_orders", row->kept_orders);
	answer_count(answer, "ended_orders", row->ended_orders);
}

static void busy_tell(struct call *call, const struct day_row *row, const char *next)
{
	if (row->phase == DAY_ENDING)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found day %u ending with %" PRIu64
			" orders open, expected it closed: it %s; then repeat: day begin",
			row->count, row->open_orders, next);
	else
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found day %u %s and its last words on their way to clients, venues or "
			"journal, "
			"expected none: repeat in a moment",
			row->count, day_phase_name(row->phase));
}

static void day_tell(struct call *call, int32_t code, const struct day_row *row)
{
	struct answer *answer = &call->answer;
	char next[80], since[32], by[NAME_BYTES];
	next_word(row, next, sizeof next);
	time_format(row->since_wall_ns, since);
	by_word(&call->control->site, row, by, sizeof by);
	if (code == EBUSY)
		busy_tell(call, row, next);
	else if (code == EALREADY)
		answer_code(answer, CODE_ALREADY, "day %u is %s already, since %s by %s: it %s",
			row->count, day_phase_name(row->phase), since, by, next);
	else if (code != 0)
		answer_code(answer, CODE_STATE_WRONG, "the gate did not do it: %s", strerror(code));
	else if (call->command.id == COMMAND_command_day_end)
		answer_code(answer, CODE_DONE,
			"day %u is ending: nothing new passes, %" PRIu64
			" open orders are cancelled as their venues confirm; it %s: day show",
			row->count, row->open_orders, next);
	else if (call->command.id == COMMAND_command_day_begin)
		answer_code(answer, CODE_DONE,
			"day %u is open, session %.*s: clients log in anew, with numbers from one; "
			"it %s",
			row->count, (int)sizeof row->soup_session, row->soup_session, next);
	else
		answer_code(answer, CODE_ROWS, "day %u is %s since %s by %s: it %s", row->count,
			day_phase_name(row->phase), since, by, next);
}

/* What the gates said so far. */
struct daying {
	struct day_row row; /* of the first that did not do it, else of the first */
	int32_t code;
	bool is_told;
	struct day_row today; /* before another begins: one that is_of_today; count 0: none */
};

static enum call_progress day_step(struct call *call, uint64_t now_ns)
{
	const struct mailbox_answer *page;
	struct day_row row;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	struct daying *day = call->own;
	if (page != NULL) {
		memcpy(&row, page->rows[0], sizeof row);
		day_row(call, &row);
		call_gate_tell(call);
		if (!day->is_told || (day->code == 0 && page->code != 0))
			*day = (struct daying){.row = row, .code = page->code, .is_told = true};
	}
	/* A gate that is silent, which is the answer then, holds up no other. */
	if (call_gate_next(call, now_ns))
		return CALL_WAITING;
	if (!call->answer.is_coded)
		day_tell(call, day->code, &day->row);
	return CALL_DONE;
}

static void day_ask(struct call *call, uint32_t change, uint64_t now_ns)
{
	struct release_record *word = &call->question.release;
	if (call->own == NULL && call_own(call, sizeof(struct daying)) == NULL)
		return;
	*(struct daying *)call->own = (struct daying){.code = 0};
	call->question.id = change;
	*word = (struct release_record){.uid = call->person.uid};
	call_reason_copy(call, word->reason, sizeof word->reason);
	call_gate_ask(call, 0, REQUEST_DAY, now_ns);
	call->step = day_step;
}

void command_day_show(struct call *call, uint64_t now_ns)
{
	day_ask(call, 0, now_ns);
}

void command_day_end(struct call *call, uint64_t now_ns)
{
	day_ask(call, DAY_ENDS, now_ns);
	call_audit(call, "acted", AUDIT_MAJOR, now_ns);
}

static enum call_progress day_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	day_ask(call, DAY_BEGINS, now_ns);
	return call->answer.is_coded ? CALL_DONE : CALL_WAITING;
}

/* Whether a day was ended by somebody on the date on which it began.  Another one of that date would let be lost, and used of
   credit, what was already: that is to raise limits. */
static bool is_of_today(const struct day_row *row)
{
	struct eastern_day today = eastern_day_of(clock_wall_ns());
	return row->phase != DAY_OPEN && row->uid != DAY_BY_CALENDAR &&
	       row->begin_wall_ns >= today.begin_ns && row->begin_wall_ns < today.end_ns;
}

/* Whether a second person agreed where one is needed; false: the answer is coded. */
static bool day_agreed(struct call *call, const struct day_row *today, uint64_t now_ns)
{
	char text[80], why[160];
	if (today->count == 0)
		return true;
	snprintf(text, sizeof text, "day begin after day %u", today->count);
	snprintf(why, sizeof why,
		"day %u began today: profit and loss, credit and messages would count anew; ",
		today->count);
	return call_agreed(call, text, why, "says: day begin", now_ns);
}

/* How the gates stand before one is asked to begin. */
static enum call_progress day_look_step(struct call *call, uint64_t now_ns)
{
	const struct mailbox_answer *page;
	struct day_row row;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	struct daying *day = call->own;
	if (page == NULL)
		return CALL_DONE;
	memcpy(&row, page->rows[0], sizeof row);
	if (!day->is_told || row.phase != DAY_OPEN)
		day->row = row;
	day->is_told = true;
	if (is_of_today(&row))
		day->today = row;
	if (call_gate_next(call, now_ns))
		return CALL_WAITING;
	if (day->row.phase == DAY_OPEN)
		day_tell(call, EALREADY, &day->row);
	else if (day_agreed(call, &day->today, now_ns)) {
		call_write(call, now_ns);
		call->step = day_write_step;
	}
	return call->answer.is_coded ? CALL_DONE : CALL_WAITING;
}

void command_day_begin(struct call *call, uint64_t now_ns)
{
	if (!call_reasoned(call))
		return;
	day_ask(call, 0, now_ns);
	if (!call->answer.is_coded)
		call->step = day_look_step;
}
