/* journal.c - why, journal verify, journal export: reading what happened. */
#include <stdio.h>
#include <stdlib.h>

#include "control/command/commands.h"
#include "control/journal/inspect.h"
#include "control/journal/story.h"

enum { RECORDS_PER_STEP = 2000 };

/* Decimal digits only. */
static bool number_take(struct call *call, const char *word, uint64_t *number)
{
	uint64_t value = 0;
	const char *p = word;
	for (; *p >= '0' && *p <= '9' && value <= (UINT64_MAX - 9) / 10; p++)
		value = value * 10 + (uint64_t)(*p - '0');
	*number = value;
	if (*p == '\0' && p != word)
		return true;
	answer_code(&call->answer, CODE_ARGUMENT_BAD, "found \"%.60s\", expected a number", word);
	return false;
}

/* The end of a journal that is being written is where it was read, so it is looked at once more, behind a look at what the disk
   has acknowledged: that must be there.  Where nobody tells what is, who writes it is told apart from who is dead (growth.h).
   true: it was. */
static bool end_is_vouched_for(const struct call *call, const struct site_config *site,
	uint64_t *durable, struct growth *growth, const struct reader_end *end, uint64_t now_ns)
{
	bool was_asked = *durable != 0;
	if (!was_asked)
		*durable = plane_durable(&call->control->plane, site->gate);
	return *durable != 0 ? was_asked
			     : growth_is_settled(growth, site->journal_directory, end, now_ns);
}

static enum call_progress why_step(struct call *call, uint64_t now_ns)
{
	struct story *story = call->own;
	if (!story_step(story, RECORDS_PER_STEP) ||
		!end_is_vouched_for(
			call, story->site, &story->durable, &story->growth, &story->end, now_ns))
		return CALL_WORKING;
	story_tell(story, &call->answer);
	return CALL_DONE;
}

static void why_end(struct call *call, void *story)
{
	(void)call;
	story_close(story);
}

void command_why(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	uint64_t order;
	struct config_error error;
	const struct site_config *site = &call->control->site;
	if (!number_take(call, call_argument(call, 0), &order))
		return;
	if (order == 0) { /* what every order's story is kept by */
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"0\", expected an order's number: show orders, or a receipt");
		return;
	}
	const struct site_config *view =
		control_view(call->control, site_gate_of_order(site, order));
	struct story *story = story_open(view, view->journal_directory, order, &error);
	call_hold(call, story, why_end);
	if (story == NULL)
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
	else
		call->step = why_step;
}

static enum call_progress inspect_go_on(struct call *call, uint64_t now_ns)
{
	struct inspect *inspect = call->own;
	uint32_t records = inspect->page_count != 0 ? 500 : RECORDS_PER_STEP;
	bool is_export = inspect->page_count != 0;
	if (!inspect_step(inspect, &call->answer, records) ||
		(!is_export && !end_is_vouched_for(call, inspect->site, &inspect->durable,
				       &inspect->growth, &inspect->end, now_ns)))
		return CALL_WORKING;
	inspect_tell(inspect, &call->answer);
	return CALL_DONE;
}

static void inspect_end(struct call *call, void *inspect)
{
	(void)call;
	inspect_close(inspect);
}

static void inspect_begin(struct call *call, uint32_t gate, uint64_t from, uint32_t page_count)
{
	struct config_error error;
	const struct site_config *site = control_view(call->control, gate);
	struct inspect *inspect =
		inspect_open(site, site->journal_directory, from, page_count, &error);
	call_hold(call, inspect, inspect_end);
	if (inspect == NULL)
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
	else
		call->step = inspect_go_on;
}

void command_journal_verify(struct call *call, uint64_t now_ns)
{
	uint32_t gate;
	(void)now_ns;
	if (call_gate_only(call, &gate))
		inspect_begin(call, gate, 0, 0);
}

void command_journal_export(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const char *name = NULL;
	uint32_t gate, i = 0;
	uint64_t from = 0;
	while (call_argument(call, i) != NULL) {
		uint32_t before = i;
		if (!call_gate_option(call, &i, &name))
			return;
		if (i == before && !number_take(call, call_argument(call, i++), &from))
			return;
	}
	if (call_gate_choose(call, name, &gate))
		inspect_begin(call, gate, from, INSPECT_PAGE_COUNT);
}
