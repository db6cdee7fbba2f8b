#include "dataplane/risk/locate.h"

#include "dataplane/risk/event.h"
#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

static struct located *locate_of(const struct risk *risk, const struct row *row)
{
	return &risk->rows.locates[row - risk->rows.rows];
}

static int64_t locate_used(const struct located *located)
{
	return saturating_add(located->working, located->executed);
}

/* INT64_MIN: nobody states it. */
static int64_t locate_limit(const struct profile *profile)
{
	return profile->locates < 0 ? INT64_MIN : profile->locates;
}

static struct usage_row locate_head(const struct row *row)
{
	return event_head(SCOPE_ACCOUNT_SYMBOL, LANE_NO_LOCATE, row->key >> 16, row->key & 0xFFFF);
}

static void locate_feed(struct risk *risk, const struct row *row)
{
	struct located *located = locate_of(risk, row);
	struct usage_row shown = locate_head(row);
	shown.usage = locate_used(located);
	shown.limit = locate_limit(tables_profile(risk, row->key));
	if (!gauge_feed(&located->gauge, shown.usage) ||
		!gauge_move(&located->gauge, shown.limit, shown.usage))
		return;
	shown.peak = located->gauge.peak;
	event_keep(risk, shown);
}

void locate_move(struct risk *risk, const struct row *row, int64_t working, int64_t executed)
{
	struct located *located = locate_of(risk, row);
	located->working = saturating_add(located->working, working);
	located->executed = saturating_add(located->executed, executed);
	locate_feed(risk, row);
}

int64_t locate_excess(const struct measure_inputs *in)
{
	static const struct located nothing;
	const struct located *located = in->has_row ? locate_of(in->risk, in->row) : &nothing;
	int64_t used = saturating_add(locate_used(located), in->order->locate_qty);
	int64_t limit = locate_limit(in->profile);
	return limit == INT64_MIN ? INT64_MAX : saturating_subtract(used, limit);
}

void locate_name(struct verdict *verdict, const struct measure_inputs *in)
{
	int64_t used = in->has_row ? locate_used(locate_of(in->risk, in->row)) : 0;
	verdict->usage = saturating_add(used, in->order->locate_qty);
	verdict->limit = locate_limit(in->profile);
	verdict->owner_scope = verdict->limit == INT64_MIN ? SCOPE_COUNT : SCOPE_ACCOUNT_SYMBOL;
}

void locate_day(struct risk *risk, const struct row *row)
{
	locate_of(risk, row)->executed = 0;
	locate_adopt(risk, row);
}

void locate_adopt(struct risk *risk, const struct row *row)
{
	struct located *located = locate_of(risk, row);
	gauge_set(&located->gauge, locate_limit(tables_profile(risk, row->key)),
		locate_used(located));
}

bool locate_row(const struct risk *risk, const struct row *row, const struct profile *profile,
	struct usage_row *shown)
{
	const struct located *located = locate_of(risk, row);
	*shown = locate_head(row);
	shown->usage = locate_used(located);
	shown->peak = located->gauge.peak;
	shown->limit = locate_limit(profile);
	/* Where none was located and none need be, no limit is none that refuses. */
	bool is_needed = profile->allows[ALLOW_EASY_TO_BORROW] != 1;
	return shown->limit != INT64_MIN || (shown->usage != 0 && is_needed);
}
