#include "control/metrics/gauges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/rejects.h"
#include "control/health/trust.h"
#include "control/limits/watching.h"
#include "control/metrics/exposition.h"

struct gauges *gauges_begin(const struct site_config *site, struct plane *plane, uint64_t now_ns)
{
	struct gauges *gauges = calloc(1, sizeof *gauges);
	if (gauges == NULL)
		return NULL;
	gauges->site = site;
	gauges->until_ns = now_ns + GAUGES_WAIT_NS;
	gauges->question = (struct question){.stage = STAGE_GATE, .kind = REQUEST_USAGE};
	question_ask(&gauges->question, plane, now_ns);
	return gauges;
}

/* Whether a is further to its limit than b. */
static bool is_fuller(const struct usage_row *a, const struct usage_row *b)
{
	return saturating_multiply(a->usage, b->limit) > saturating_multiply(b->usage, a->limit);
}

/* Parents are orders, and no sample is an order's: of an account and symbol the fullest stands for all.  true: it was taken
   so. */
static bool parent_take(struct gauges *gauges, const struct usage_row *row)
{
	if (row->lane != LANE_PARENT)
		return false;
	for (uint32_t i = gauges->count; i > 0; i--) {
		struct usage_row *known = &gauges->rows[i - 1];
		if (known->lane != LANE_PARENT || known->id != row->id)
			break;
		if (known->symbol != row->symbol)
			continue;
		if (is_fuller(row, known))
			*known = *row;
		return true;
	}
	return false;
}

/* Takes a page; false: it does not fit whole. */
static bool gauges_take(struct gauges *gauges, const struct plane *plane,
	const struct mailbox_answer *page, uint64_t now_ns)
{
	uint32_t count = page->row_count < MAILBOX_ROW_COUNT ? page->row_count : MAILBOX_ROW_COUNT;
	for (uint32_t i = 0; i < count; i++) {
		struct usage_row row;
		memcpy(&row, page->rows[i], sizeof row);
		trust_usage(plane, &row, now_ns);
		if (parent_take(gauges, &row))
			continue;
		if (gauges->count == GAUGES_ROW_MAX)
			return false;
		gauges->gates[gauges->count] = (uint8_t)stage_gate_index(gauges->question.stage);
		gauges->rows[gauges->count++] = row;
	}
	return true;
}

/* Where to ask on; false: everything was asked. */
static bool gauges_next(struct gauges *gauges, const struct plane *plane, uint64_t cursor)
{
	gauges->question.cursor = cursor;
	if (cursor != 0)
		return true;
	/* What is no account's is asked of every gate, an account's of its own. */
	if (gauges->account_next == 0 && question_next_gate(&gauges->question, plane))
		return true;
	if (gauges->account_next == gauges->site->account_count)
		return false;
	const struct account_config *account = &gauges->site->accounts[gauges->account_next++];
	gauges->question.id = account->id;
	gauges->question.stage = stage_of_gate(account->gate);
	return true;
}

bool gauges_look(struct gauges *gauges, struct plane *plane, uint64_t now_ns)
{
	enum question_state state = question_look(&gauges->question, plane, now_ns);
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return false;
	if (state != QUESTION_ANSWERED) {
		gauges->is_cut = true;
		return true;
	}
	const struct mailbox_answer *page = question_answer(&gauges->question, plane);
	gauges->is_cut = page->code != 0 || !gauges_take(gauges, plane, page, now_ns);
	if (gauges->is_cut || !gauges_next(gauges, plane, page->next))
		return true;
	gauges->is_cut = now_ns >= gauges->until_ns;
	if (!gauges->is_cut)
		question_ask(&gauges->question, plane, now_ns);
	return gauges->is_cut;
}

/* Limits that no limits file states have no key: control's silence, the journal's lag, the clock's error, the age of
   rates, a parent's quantity. */
static const char *key_of(const struct usage_row *row)
{
	return row->key < LIMIT_COUNT ? limit_keys[row->key].key : "";
}

/* A sample is in whole units, where the gate counts parts of them. */
static const char *unit_of(
	const struct site_config *site, const struct usage_row *row, char text[WATCHING_UNIT_BYTES])
{
	if (usage_is_age(row))
		return "seconds";
	bool is_money = row->key < LIMIT_COUNT && limit_keys[row->key].unit == MONEY;
	return is_money ? site_currency(site) : watching_unit(site, row, text);
}

static void value_format(const struct usage_row *row, int64_t value, char text[40])
{
	if (row->key < LIMIT_COUNT && limit_keys[row->key].unit == MONEY)
		e4_format(value, text);
	else if (row->lane == LANE_STALE_MARKET_DATA && value == INT64_MAX)
		snprintf(text, 40, "+Inf");
	else if (usage_is_age(row))
		snprintf(
			text, 40, "%" PRId64 ".%09" PRId64, value / 1000000000, value % 1000000000);
	else
		snprintf(text, 40, "%" PRId64, value);
}

static void sample_write(const struct gauges *gauges, struct answer *answer, const char *name,
	const struct usage_row *row, int64_t value)
{
	char labels[256 + NAME_BYTES], symbol[9] = "", limit[WATCHING_NAME_BYTES], text[40];
	char gate[NAME_BYTES + 16];
	if (value == INT64_MIN)
		return;
	if (row->symbol < gauges->site->symbol_count)
		symbol_unpack(gauges->site->symbols[row->symbol].name, symbol);
	struct usage_row named = *row;
	if (row->lane == LANE_PARENT)
		named.parent = 0;
	watching_name(gauges->site, &named, limit);
	value_format(row, value, text);
	char unit[WATCHING_UNIT_BYTES];
	exposition_gate(gauges->site, gauges->gates[row - gauges->rows], gate);
	snprintf(labels, sizeof labels,
		"%s%sscope=\"%s\",id=\"%u\",symbol=\"%s\",limit=\"%s\",key=\"%s\",unit=\"%s\"",
		gate, gate[0] != '\0' ? "," : "", scope_name((enum scope)row->scope), row->id,
		symbol, limit, key_of(row), unit_of(gauges->site, row, unit));
	exposition_value(answer, name, labels, text);
}

void gauges_write(const struct gauges *gauges, struct answer *answer)
{
	static const enum told families[] = {TOLD_limit_usage, TOLD_limit_peak, TOLD_limit};
	for (unsigned family = 0; family < ARRAY_COUNT(families); family++) {
		const char *name = exposition_begin(answer, families[family]);
		for (uint32_t i = 0; i < gauges->count; i++) {
			const struct usage_row *row = &gauges->rows[i];
			const int64_t values[] = {row->usage, row->peak, row->limit};
			sample_write(gauges, answer, name, row, values[family]);
		}
	}
	exposition_value(
		answer, exposition_begin(answer, TOLD_limits_cut), "", gauges->is_cut ? "1" : "0");
}

void gauges_end(struct gauges *gauges, struct plane *plane)
{
	if (gauges == NULL)
		return;
	question_drop(&gauges->question, plane);
	free(gauges);
}
