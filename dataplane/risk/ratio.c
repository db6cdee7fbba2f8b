#include "dataplane/risk/ratio.h"

#include "dataplane/risk/event.h"
#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

static void ratio_allow(struct ratio *ratio)
{
	int64_t earned = saturating_multiply(ratio->slab, ratio->trades);
	ratio->allowed = ratio->slab == 0        ? INT64_MIN /* ratio (1) */
			 : earned > ratio->after ? earned
						 : ratio->after;
}

static void ratio_limit(
	struct ratio *ratio, struct ratio_shown *shown, const struct risk *risk, uint32_t account)
{
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)account, SYMBOL_NONE);
	struct limit_value room;
	uint8_t owner;
	const struct limit_value *limit =
		limits_tightest(risk->limits, &coverage, LIMIT_order_to_trade,
			account == 0 ? 1u << SCOPE_FIRM : 1u << SCOPE_ACCOUNT, &room, &owner);
	ratio->slab = limit == NULL ? 0 : limit->value;
	ratio->after = limit == NULL ? 0 : limit->burst;
	ratio_allow(ratio);
	gauge_set(&shown->gauge, ratio->allowed, ratio->messages);
}

void ratio_adopt(struct risk *risk)
{
	ratio_limit(&risk->ratio, &risk->ratio_shown, risk, 0);
	for (uint32_t i = 0; i < risk->known_count; i++) {
		struct account_entry *account = &risk->accounts[risk->known[i]];
		ratio_limit(&account->ratio, &account->ratio_shown, risk, risk->known[i]);
	}
}

static void ratio_begin(struct ratio *ratio, struct ratio_shown *shown)
{
	ratio->messages = ratio->trades = 0;
	shown->last = shown->before = (struct pace){.began_ns = 0};
	ratio_allow(ratio);
	gauge_set(&shown->gauge, ratio->allowed, 0);
}

void ratio_day(struct risk *risk)
{
	ratio_begin(&risk->ratio, &risk->ratio_shown);
	for (uint32_t i = 1; i < ACCOUNT_COUNT_MAX; i++)
		ratio_begin(&risk->accounts[i].ratio, &risk->accounts[i].ratio_shown);
}

/* Messages only rise, so what was passed is a mark upwards. */
static void ratio_tell(
	struct risk *risk, const struct ratio *ratio, struct gauge *gauge, uint32_t account)
{
	struct usage_row row = event_head(account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
		LANE_ORDER_TO_TRADE, account, SYMBOL_NONE);
	gauge_move(gauge, ratio->allowed, ratio->messages);
	row.usage = ratio->messages;
	row.peak = gauge->peak;
	row.limit = ratio->allowed;
	event_keep(risk, row);
}

static inline void ratio_take(struct risk *risk, struct ratio *ratio, struct ratio_shown *shown,
	uint32_t account, uint64_t now_ns)
{
	if (UNLIKELY(now_ns - shown->last.began_ns >= PACE_NS)) {
		shown->before = shown->last;
		shown->last = (struct pace){now_ns, ratio->messages, ratio->trades};
	}
	ratio->messages++;
	if (UNLIKELY(gauge_feed(&shown->gauge, ratio->messages)))
		ratio_tell(risk, ratio, &shown->gauge, account);
}

void ratio_message(struct risk *risk, uint32_t account, uint64_t now_ns)
{
	struct account_entry *entry = tables_account(risk, account);
	ratio_take(risk, &entry->ratio, &entry->ratio_shown, account, now_ns);
	ratio_take(risk, &risk->ratio, &risk->ratio_shown, 0, now_ns);
}

/* More is allowed: marks fall as usage falls, and none is told. */
static void ratio_earn(struct ratio *ratio, struct ratio_shown *shown)
{
	ratio->trades++;
	ratio_allow(ratio);
	gauge_place(&shown->gauge, ratio->allowed);
	gauge_move(&shown->gauge, ratio->allowed, ratio->messages);
}

void ratio_trade(struct risk *risk, uint32_t account)
{
	struct account_entry *entry = tables_account(risk, account);
	ratio_earn(&entry->ratio, &entry->ratio_shown);
	ratio_earn(&risk->ratio, &risk->ratio_shown);
}

void ratio_name(struct verdict *verdict, const struct measure_inputs *in)
{
	bool is_own = ratio_is_reached(&in->account->ratio);
	const struct ratio *ratio = is_own ? &in->account->ratio : &in->risk->ratio;
	verdict->usage = ratio->messages + 1;
	verdict->limit = ratio->allowed;
	verdict->owner_scope = ratio->allowed == INT64_MIN ? SCOPE_COUNT
			       : is_own                    ? SCOPE_ACCOUNT
							   : SCOPE_FIRM;
}

/* When so many more come at so many a span. */
static uint64_t forecast_of(int64_t more, int64_t in_span, uint64_t span_ns)
{
	if (more <= 0)
		return 0;
	if (in_span <= 0)
		return FORECAST_NEVER;
	uint128_t ns = (uint128_t)(uint64_t)more * span_ns / (uint64_t)in_span;
	return ns < FORECAST_NEVER ? (uint64_t)ns : FORECAST_NEVER;
}

/* Both lines must be passed: what is free, which stands, and the slab, which moves with executions. */
uint64_t ratio_forecast(const struct ratio *ratio, const struct ratio_shown *shown, uint64_t now_ns)
{
	const struct pace *from = shown->before.began_ns != 0 ? &shown->before : &shown->last;
	uint64_t span_ns = now_ns - from->began_ns;
	int64_t messages = ratio->messages - from->messages;
	int64_t earned = saturating_multiply(ratio->slab, ratio->trades - from->trades);
	int64_t to_slab = saturating_subtract(
		saturating_multiply(ratio->slab, ratio->trades), ratio->messages);
	if (ratio->slab == 0 || from->began_ns == 0 || span_ns == 0)
		return ratio_is_reached(ratio) ? 0 : FORECAST_NEVER;
	uint64_t free_ns = forecast_of(ratio->after - ratio->messages, messages, span_ns);
	uint64_t slab_ns = forecast_of(to_slab, saturating_subtract(messages, earned), span_ns);
	/* On the slab or beyond it now, and back within it before what is free is used up. */
	bool falls_back = to_slab <= 0 && earned > messages &&
			  forecast_of(-to_slab, earned - messages, span_ns) <= free_ns;
	if (falls_back && free_ns != 0)
		return FORECAST_NEVER;
	return free_ns > slab_ns ? free_ns : slab_ns;
}
