#include "dataplane/risk/event.h"
#include "dataplane/risk/risk.h"
#include "dataplane/risk/tables.h"
#include "dataplane/risk/usage.h"

/* What was held when the day began stands in the totals as if it had been traded; it is shown apart. */
static void position_show(struct position_row *to, uint32_t account, uint32_t symbol,
	const struct position *position, const struct position_totals *totals,
	const struct position_totals *start)
{
	*to = (struct position_row){
		.account = account,
		.symbol = symbol,
		.position = position->shares,
		.working_buy_qty = position->working_qty[SIDE_BUY],
		.working_sell_qty = position->working_qty[SIDE_SELL],
		.working_buy_value_e4 = position->working_value_e4[SIDE_BUY],
		.working_sell_value_e4 = position->working_value_e4[SIDE_SELL],
		.bought_qty = saturate_128(totals->qty[SIDE_BUY] - start->qty[SIDE_BUY]),
		.sold_qty = saturate_128(totals->qty[SIDE_SELL] - start->qty[SIDE_SELL]),
		.bought_value_e4 =
			saturate_128(totals->value_e4[SIDE_BUY] - start->value_e4[SIDE_BUY]),
		.sold_value_e4 =
			saturate_128(totals->value_e4[SIDE_SELL] - start->value_e4[SIDE_SELL]),
		.fees_e4 = saturate_128(totals->fees_e4),
		.start_shares = saturate_128(start->qty[SIDE_BUY] - start->qty[SIDE_SELL]),
	};
}

static void position_show_row(struct position_row *to, const struct risk *risk, uint64_t at)
{
	const struct row *row = &risk->rows.rows[at];
	const struct start *start = &risk->rows.starts[at];
	struct position_totals begun = {.fees_e4 = 0};
	struct position position;
	position_start(&position, &begun, start->shares, start->price_e4);
	position_show(to, row->key >> 16, row->key & 0xFFFF, &row->position, &risk->rows.totals[at],
		&begun);
	to->start_cost_e4 = start->cost_e4;
	to->start_price_e4 = start->price_e4;
	to->mark_e4 = row->stake.mark_e4;
	to->pnl_e4 = row->stake.parts[STAKE_PNL];
}

static bool position_is_idle(const struct risk *risk, uint32_t symbol)
{
	const int64_t *working = risk->symbols[symbol].firm.working_qty;
	const int128_t *qty = risk->rests[symbol].totals.qty;
	return (working[0] | working[1]) == 0 && (qty[0] | qty[1]) == 0;
}

/* A cursor counts account-symbol rows, then symbols; it names the next to look at. */
uint64_t risk_positions(const struct risk *risk, uint32_t account, uint64_t cursor,
	struct position_row *rows, uint32_t max, uint32_t *count)
{
	uint64_t end = risk->rows.count + (account == 0 ? (uint64_t)risk->symbol_count : 0);
	*count = 0;
	for (uint64_t at = cursor; at < end; at++) {
		if (*count == max)
			return at;
		if (at < risk->rows.count) {
			const struct row *row = &risk->rows.rows[at];
			if (account == 0 || row->key >> 16 == account)
				position_show_row(&rows[(*count)++], risk, at);
			continue;
		}
		uint32_t symbol = (uint32_t)(at - risk->rows.count);
		const struct symbol_rest *rest = &risk->rests[symbol];
		if (!position_is_idle(risk, symbol))
			position_show(&rows[(*count)++], 0, symbol, &risk->symbols[symbol].firm,
				&rest->totals, &rest->start);
	}
	return 0;
}

uint64_t risk_holdings(const struct risk *risk, uint64_t cursor, struct position_row *rows,
	uint32_t max, uint32_t *count)
{
	for (*count = 0; cursor < risk->rows.count && *count < max; cursor++)
		position_show_row(&rows[(*count)++], risk, cursor);
	return cursor < risk->rows.count ? cursor : 0;
}

/* Whether a limit is stated, in a currency without a rate. */
static bool lacks_rate(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes)
{
	struct limit_value room;
	uint8_t owner;
	return limits_tightest(limits, coverage, limit, scopes, &room, &owner) != NULL &&
	       limits_in_force(limits, coverage, limit, scopes) == INT64_MIN;
}

/* Whether that is why a row shows no limit.  Kinds of money are held to what their scope states itself, or to a part of its own
   capital; everything else to the tightest of all that covers it. */
static bool usage_lacks_rate(const struct limits *limits, const struct usage_row *row)
{
	CHECK(row->key < LIMIT_COUNT); /* usage (2) */
	if (row->limit != INT64_MIN)
		return false;
	bool has_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	struct coverage coverage =
		limits_coverage(limits, has_account ? (uint16_t)row->id : 0, row->symbol);
	if (row->scope == SCOPE_STRATEGY)
		coverage.strategy = limits->strategies[row->id];
	unsigned kind = (unsigned)row->lane - LANE_GROSS_EXPOSURE;
	unsigned scopes = kind < MONEY_KIND_COUNT ? 1u << row->scope : ~0u;
	return lacks_rate(limits, &coverage, (enum limit)row->key, scopes) ||
	       (limits_share(kind) != LIMIT_COUNT &&
		       lacks_rate(limits, &coverage, LIMIT_capital, scopes));
}

/* Where rows of usage go; a group of rows that no longer fits is left for the next call. */
struct usage_page {
	const struct limits *limits;
	struct usage_row *rows;
	uint32_t max, count;
	uint64_t now_ns;
};

static void page_add(
	struct usage_page *page, struct usage_row row, int64_t usage, int64_t peak, int64_t limit)
{
	row.usage = usage;
	row.peak = peak;
	row.limit = limit;
	if (usage_lacks_rate(page->limits, &row))
		row.flags |= USAGE_LACKS_RATE;
	if (page->count < page->max)
		page->rows[page->count] = row;
	page->count++;
}

static void page_add_tokens(struct usage_page *page, struct usage_row row,
	const struct bucket *bucket, const struct gauge *gauge)
{
	bool is_stated = bucket->capacity != INT64_MIN;
	page_add(page, row, bucket_orders(bucket, bucket_used(bucket, page->now_ns)),
		bucket_orders(bucket, gauge->peak),
		is_stated ? bucket_orders(bucket, bucket->capacity) : INT64_MIN);
}

/* A window's lane follows its bucket's. */
static void page_add_throttle(
	struct usage_page *page, struct usage_row row, const struct throttle *throttle)
{
	bool is_stated = throttle->bucket.capacity != INT64_MIN;
	page_add_tokens(page, row, &throttle->bucket, &throttle->tokens);
	row.lane++;
	page_add(page, row, throttle_window_count(throttle, page->now_ns), throttle->window.peak,
		is_stated ? (int64_t)throttle->bucket.rate : INT64_MIN);
}

/* Limits on one order alone. */
static void page_add_meter(struct usage_page *page, enum scope scope, uint32_t id, uint32_t symbol,
	const struct meter *meter, const struct profile *profile)
{
	for (unsigned i = 0; i < METER_COUNT; i++) {
		struct usage_row row = {.scope = (uint8_t)scope,
			.lane = usage_lane((enum limit)i),
			.key = (uint8_t)i,
			.id = id,
			.symbol = symbol};
		page_add(page, row, meter->now[i], meter->peak[i],
			usage_limit(profile, (enum limit)i));
	}
}

/* The profile of an account (0: the firm) where no row of a symbol covers it. */
static void account_profile(const struct risk *risk, struct profile *profile, uint32_t id)
{
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)id, SYMBOL_NONE);
	profile_fill(profile, risk->limits, &risk->profiles.site, &coverage);
}

static void page_add_money(struct usage_page *page, enum scope scope, uint32_t id,
	const struct money *money, const int64_t open_e4[2], const int64_t *limits)
{
	int64_t used[MONEY_KIND_COUNT];
	money_used(money, open_e4, used);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
		page_add(page,
			event_head(scope, (uint8_t)(LANE_GROSS_EXPOSURE + kind), id, SYMBOL_NONE),
			used[kind], money->gauges[kind].peak, limits[kind]);
}

/* So many parts of a capital, rounded up. */
static int64_t capital_bps(int64_t used_e4, int64_t capital_e4)
{
	if (used_e4 <= 0)
		return 0;
	if (capital_e4 <= 0)
		return INT64_MAX;
	return saturate_128(((int128_t)used_e4 * SHARE_BPS_WHOLE + capital_e4 - 1) / capital_e4);
}

/* What binds is a limit of the kind, in money; this says it in parts of the capital. */
static void page_add_capital(struct usage_page *page, const struct risk *risk, struct usage_row row,
	int64_t used_e4, int64_t peak_e4)
{
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)row.id, SYMBOL_NONE);
	struct limit_value room;
	uint8_t owner;
	int64_t capital_e4 =
		limits_in_force(risk->limits, &coverage, LIMIT_capital, 1u << row.scope);
	const struct limit_value *most = limits_tightest(
		risk->limits, &coverage, (enum limit)row.key, 1u << row.scope, &room, &owner);
	page_add(page, row, capital_bps(used_e4, capital_e4), capital_bps(peak_e4, capital_e4),
		most != NULL ? most->value : INT64_MIN);
}

static void page_add_capitals(struct usage_page *page, const struct risk *risk, enum scope scope,
	uint32_t id, const struct money *money)
{
	struct usage_row row = event_head(scope, LANE_NONE, id, SYMBOL_NONE);
	row.key = LIMIT_max_leverage;
	page_add_capital(
		page, risk, row, money->sums[STAKE_GROSS], money->gauges[MONEY_GROSS].peak);
	row.key = LIMIT_max_stress_share;
	page_add_capital(
		page, risk, row, money->sums[STAKE_STRESS], money->gauges[MONEY_STRESS].peak);
}

static void page_add_share(struct usage_page *page, struct usage_row row)
{
	page_add(page, row, row.usage, row.peak, row.limit);
}

/* A loss that nobody limits is not shown. */
static void page_add_loss(struct usage_page *page, bool is_stated, struct usage_row lost)
{
	if (is_stated || usage_lacks_rate(page->limits, &lost))
		page_add_share(page, lost);
}

static void page_add_tempo(
	struct usage_page *page, const struct risk *risk, uint32_t account, uint32_t strategy)
{
	struct usage_row row;
	tempo_row(risk, account, strategy, page->now_ns, &row);
	page_add_share(page, row);
}

static void page_add_strategy(
	struct usage_page *page, const struct risk *risk, uint32_t account, uint32_t strategy)
{
	struct usage_row lost;
	page_add_tempo(page, risk, account, strategy);
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		bool is_stated = losses_row_of_strategy(risk, strategy, own, &lost);
		page_add_loss(page, is_stated, lost);
	}
	const struct throttle *pace = tables_pace(risk, strategy);
	if (pace != NULL)
		page_add_throttle(page,
			event_head(SCOPE_STRATEGY, LANE_ACCOUNT_RATE, strategy, SYMBOL_NONE), pace);
}

static void page_add_ratio(struct usage_page *page, uint32_t account, const struct ratio *ratio,
	const struct ratio_shown *shown)
{
	struct usage_row row = event_head(account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
		LANE_ORDER_TO_TRADE, account, SYMBOL_NONE);
	row.flags = USAGE_HAS_FORECAST;
	row.forecast_ns = ratio_forecast(ratio, shown, page->now_ns);
	page_add(page, row, ratio->messages, shown->gauge.peak, ratio->allowed);
}

static void page_add_slips(struct usage_page *page, const struct risk *risk, uint32_t account)
{
	struct usage_row row;
	slips_row(risk, account, page->now_ns, &row);
	page_add_share(page, row);
}

static void page_add_account(struct usage_page *page, const struct risk *risk, uint32_t id)
{
	const struct account_entry *account = &risk->accounts[id];
	struct profile profile;
	account_profile(risk, &profile, id);
	page_add_meter(page, SCOPE_ACCOUNT, id, SYMBOL_NONE, &account->meter, &profile);
	for (unsigned side = 0; side < 2; side++)
		page_add(page,
			event_head(SCOPE_ACCOUNT, (uint8_t)(LANE_OPEN_BUY_VALUE + side), id,
				SYMBOL_NONE),
			account->open_value_e4[side], account->open_gauges[side].peak,
			profile.limits[LANE_OPEN_BUY_VALUE + side]);
	page_add_money(page, SCOPE_ACCOUNT, id, &account->money, account->open_value_e4,
		profile.money.limits[MONEY_OF_ACCOUNT]);
	page_add_capitals(page, risk, SCOPE_ACCOUNT, id, &account->money);
	page_add_share(page, concentration_sector(risk, id, &profile.shares));
	page_add_throttle(page, event_head(SCOPE_ACCOUNT, LANE_ACCOUNT_RATE, id, SYMBOL_NONE),
		&account->orders);
	page_add_tokens(page, event_head(SCOPE_ACCOUNT, LANE_EXIT_RATE, id, SYMBOL_NONE),
		&account->exits, &account->exit_gauge);
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
		if (account->strategies[i] != 0)
			page_add_strategy(page, risk, id, account->strategies[i]);
	page_add_slips(page, risk, id);
	page_add_ratio(page, id, &account->ratio, &account->ratio_shown);
}

/* The row may not have been used since the limits in force are: its own profile is of others. */
static void page_add_row(struct usage_page *page, const struct risk *risk, const struct row *row)
{
	uint32_t account = row->key >> 16, symbol = row->key & 0xFFFF;
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)account, symbol);
	struct profile profile;
	profile_fill(&profile, risk->limits, &risk->profiles.site, &coverage);
	for (unsigned side = 0; side < 2; side++)
		page_add(page,
			event_head(SCOPE_ACCOUNT_SYMBOL, (uint8_t)(LANE_POSITION_LONG + side),
				account, symbol),
			position_worst(&row->position, side, 0),
			risk->rows.gauges[row - risk->rows.rows].positions[side].peak,
			profile.limits[LANE_POSITION_LONG + side]);
	page_add_share(page, concentration_row(risk, row, &profile.shares));
	struct usage_row located;
	if (locate_row(risk, row, &profile, &located))
		page_add(page, located, located.usage, located.peak, located.limit);
	if (limits_are_metered(risk->limits, coverage.symbol) ||
		limits_are_metered(risk->limits, coverage.pair))
		page_add_meter(page, SCOPE_ACCOUNT_SYMBOL, account, symbol,
			&risk->rows.meters[row - risk->rows.rows], &profile);
}

static void page_add_firm(struct usage_page *page, const struct risk *risk)
{
	struct profile profile;
	account_profile(risk, &profile, 0);
	for (unsigned side = 0; side < 2; side++)
		page_add(page,
			event_head(SCOPE_FIRM, (uint8_t)(LANE_FIRM_OPEN_BUY_VALUE + side), 0,
				SYMBOL_NONE),
			risk->open_value_e4[side], risk->open_gauges[side].peak,
			profile.limits[LANE_FIRM_OPEN_BUY_VALUE + side]);
	page_add_money(page, SCOPE_FIRM, 0, &risk->money, risk->open_value_e4,
		profile.money.limits[MONEY_OF_FIRM]);
	page_add_capitals(page, risk, SCOPE_FIRM, 0, &risk->money);
	page_add_share(page, concentration_sector(risk, 0, &profile.shares));
	page_add_tempo(page, risk, 0, 0);
	page_add_slips(page, risk, 0);
	page_add_ratio(page, 0, &risk->ratio, &risk->ratio_shown);
}

static void page_add_session(struct usage_page *page, const struct risk *risk, uint32_t id)
{
	const struct session_entry *session = &risk->sessions[id];
	if (session->orders.times == NULL)
		return;
	page_add_throttle(page, event_head(SCOPE_SESSION, LANE_SESSION_RATE, id, SYMBOL_NONE),
		&session->orders);
	page_add_tokens(page, event_head(SCOPE_SESSION, LANE_NONE, id, SYMBOL_NONE),
		&session->cancels, &session->cancel_gauge);
}

static void page_add_symbol(struct usage_page *page, const struct risk *risk, uint32_t symbol)
{
	const struct symbol_entry *entry = &risk->symbols[symbol];
	struct coverage coverage = limits_coverage(risk->limits, 0, symbol);
	struct profile profile;
	if (position_is_idle(risk, symbol) && entry->orders.recorded == 0)
		return;
	profile_fill(&profile, risk->limits, &risk->profiles.site, &coverage);
	for (unsigned side = 0; side < 2; side++)
		page_add(page,
			event_head(
				SCOPE_SYMBOL, (uint8_t)(LANE_FIRM_POSITION_LONG + side), 0, symbol),
			position_worst(&entry->firm, side, 0),
			risk->rests[symbol].position_gauges[side].peak,
			profile.limits[LANE_FIRM_POSITION_LONG + side]);
	page_add_share(page, concentration_symbol(risk, symbol, &profile.shares));
	struct usage_row lost;
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		bool is_stated = losses_row_of_symbol(risk, symbol, own, &lost);
		page_add_loss(page, is_stated, lost);
	}
	page_add_throttle(
		page, event_head(SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0, symbol), &entry->orders);
}

/* One group: for an account itself, then its rows; for account 0 the firm, sessions, symbols. */
static void page_add_group(
	struct usage_page *page, const struct risk *risk, uint32_t account, uint64_t group)
{
	if (account == 0) {
		if (group == 0)
			page_add_firm(page, risk);
		else if (group < SESSION_COUNT_MAX)
			page_add_session(page, risk, (uint32_t)group);
		else
			page_add_symbol(page, risk, (uint32_t)(group - SESSION_COUNT_MAX));
	} else if (group == 0) {
		page_add_account(page, risk, account);
	} else if (risk->rows.rows[group - 1].key >> 16 == account) {
		page_add_row(page, risk, &risk->rows.rows[group - 1]);
	}
}

uint64_t risk_usage(const struct risk *risk, uint32_t account, uint64_t now_ns, uint64_t cursor,
	struct usage_row *rows, uint32_t max, uint32_t *count)
{
	struct usage_page page = {
		.limits = risk->limits, .rows = rows, .max = max, .now_ns = now_ns};
	uint64_t end = account == 0 ? SESSION_COUNT_MAX + (uint64_t)risk->symbol_count
				    : 1 + (uint64_t)risk->rows.count;
	*count = 0;
	if (account >= ACCOUNT_COUNT_MAX || (account != 0 && !risk->accounts[account].is_known))
		return 0;
	for (uint64_t group = cursor; group < end; group++) {
		page_add_group(&page, risk, account, group);
		/* A page too small for even one group shows what fits and goes on. */
		if (page.count > max && *count != 0)
			return group;
		*count = page.count < max ? page.count : max;
		page.count = *count;
	}
	return 0;
}

static uint32_t percent_of(int64_t used_e4, int64_t limit_e4)
{
	/* What nobody states, or in a currency without a rate, its lane refuses. */
	if (used_e4 <= 0 || limit_e4 == INT64_MAX || limit_e4 == INT64_MIN)
		return 0;
	int128_t percent = limit_e4 <= 0 ? FILLING_MOST : (int128_t)used_e4 * 100 / limit_e4;
	return percent < FILLING_MOST ? (uint32_t)percent : (uint32_t)FILLING_MOST;
}

struct risk_filling risk_filling(const struct risk *risk, uint32_t account)
{
	const bool is_firm = account == 0;
	const struct account_entry *entry = &risk->accounts[account];
	const struct limits *limits = risk->limits;
	uint16_t index = is_firm ? limits->firm : limits->accounts[account];
	static const unsigned kinds[] = {MONEY_CREDIT, MONEY_MARGIN};
	int64_t used[MONEY_KIND_COUNT];
	struct risk_filling fullest = {.lane = LANE_CREDIT};
	money_used(is_firm ? &risk->money : &entry->money,
		is_firm ? risk->open_value_e4 : entry->open_value_e4, used);
	for (unsigned i = 0; i < ARRAY_COUNT(kinds); i++) {
		int64_t limit_e4 = limits->parts[index].values[LIMIT_max_gross_exposure + kinds[i]];
		uint32_t percent = percent_of(used[kinds[i]], limit_e4);
		if (percent > fullest.percent)
			fullest = (struct risk_filling){.used_e4 = used[kinds[i]],
				.limit_e4 = limit_e4,
				.percent = percent,
				.lane = (uint8_t)(LANE_GROSS_EXPOSURE + kinds[i])};
	}
	return fullest;
}

/* A session covers no profile: its own row alone states what binds it. */
static void effective_of_session(
	const struct limits *limits, uint16_t session, enum limit limit, struct effective_row *row)
{
	const struct limit_place place = {
		.scope = SCOPE_SESSION, .limit = (uint8_t)limit, .id = session};
	const struct limit_value *stated =
		session < SESSION_COUNT_MAX ? limits_stated(limits, &place) : NULL;
	if (stated == NULL)
		return;
	row->value = *stated;
	row->in_force = stated->value;
	row->owner_scope = SCOPE_SESSION;
}

uint32_t risk_effective(const struct risk *risk, const struct effective_named *named,
	struct effective_row rows[LIMIT_BIND_COUNT])
{
	const struct limits *limits = risk->limits;
	uint16_t account = named->account < ACCOUNT_COUNT_MAX ? (uint16_t)named->account : 0;
	struct coverage coverage = limits_coverage(
		limits, account, named->symbol < risk->symbol_count ? named->symbol : SYMBOL_NONE);
	bool has_strategy = named->strategy != 0 && named->strategy < STRATEGY_COUNT_MAX;
	uint32_t count = 0;
	if (has_strategy)
		coverage.strategy = limits->strategies[named->strategy];
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		const struct limit_bind *bind = &limit_binds[i];
		const enum limit limit = (enum limit)bind->limit;
		if ((bind->scopes == 1u << SCOPE_SESSION && named->session == 0) ||
			(bind->scopes == 1u << SCOPE_STRATEGY && !has_strategy))
			continue;
		struct effective_row *row = &rows[count++];
		*row = (struct effective_row){.limit = bind->limit,
			.scopes = bind->scopes,
			.absence = bind->absence,
			.owner_scope = SCOPE_COUNT,
			.value.value = INT64_MIN,
			.in_force = limits_in_force(limits, &coverage, limit, bind->scopes)};
		limits_tightest(
			limits, &coverage, limit, bind->scopes, &row->value, &row->owner_scope);
		if (bind->scopes == 1u << SCOPE_SESSION)
			effective_of_session(limits, named->session, limit, row);
		if (bind->absence == ABSENCE_SYMBOLS)
			haircuts_effective(risk, limit, named->symbol, row);
	}
	return count;
}
