#include "dataplane/risk/tables.h"

#include "dataplane/risk/usage.h"
#include "drivers/machine/memory.h"

static void sessions_init(struct risk *risk, const struct site_config *site)
{
	struct risk_rings *rings = &risk->rings;
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		throttle_limit(&risk->sessions[i].orders, NULL);
		bucket_limit(&risk->sessions[i].cancels, NULL);
	}
	rings->session_bytes =
		sizeof(uint64_t) * SESSION_RATE_MAX * (site->session_count + (size_t)1);
	rings->session_times = memory_take("times of session orders", rings->session_bytes);
	for (uint32_t i = 0; i < site->session_count; i++) {
		uint32_t id = site->sessions[i].id;
		CHECK(id > 0 && id < SESSION_COUNT_MAX);
		throttle_init(&risk->sessions[id].orders,
			rings->session_times + (size_t)i * SESSION_RATE_MAX, SESSION_RATE_MAX);
	}
}

static void account_init(struct account_entry *account, const struct account_config *config)
{
	for (uint32_t i = 0; i < config->session_count; i++) {
		uint32_t session = config->sessions[i];
		CHECK(session > 0 && session < SESSION_COUNT_MAX);
		account->sessions[session / 64] |= UINT64_C(1) << (session % 64);
	}
	for (uint32_t i = 0; i < config->strategy_count; i++) {
		CHECK(config->strategies[i].id < STRATEGY_COUNT_MAX);
		account->strategies[i] = (uint16_t)config->strategies[i].id;
	}
	account->approved_until_wall_ns = config->approved_until_wall_ns;
	account->is_known = 1;
}

static void accounts_init(struct risk *risk, const struct site_config *site)
{
	struct risk_rings *rings = &risk->rings;
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++) {
		throttle_limit(&risk->accounts[i].orders, NULL);
		bucket_limit(&risk->accounts[i].exits, NULL);
		risk->accounts[i].ratio.allowed = INT64_MIN; /* ratio (1) */
	}
	rings->account_bytes =
		sizeof(uint64_t) * ACCOUNT_RATE_MAX * (site->account_count + (size_t)1);
	rings->account_times = memory_take("times of account orders", rings->account_bytes);
	for (uint32_t i = 0; i < site->account_count; i++) {
		uint32_t id = site->accounts[i].id;
		CHECK(id > 0 && id < ACCOUNT_COUNT_MAX);
		account_init(&risk->accounts[id], &site->accounts[i]);
		risk->known[risk->known_count++] = (uint16_t)id;
		throttle_init(&risk->accounts[id].orders,
			rings->account_times + (size_t)i * ACCOUNT_RATE_MAX, ACCOUNT_RATE_MAX);
	}
}

static void symbols_init(struct risk *risk, const struct site_config *site)
{
	struct risk_rings *rings = &risk->rings;
	rings->symbol_bytes = sizeof(uint64_t) * SYMBOL_RATE_MAX * (site->symbol_count + (size_t)1);
	/* a symbol's ring is first touched by its eighth order: throttle (4) */
	rings->symbol_times = memory_reserve("times of symbol orders", rings->symbol_bytes);
	memory_make_later("times of symbol orders", rings->symbol_times, rings->symbol_bytes);
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		CHECK(site->symbols[i].currency < risk->rates.count);
		instrument_init(&risk->symbols[i].instrument, &site->symbols[i]);
		risk->rests[i].listed = (struct haircuts){.margin_bps = site->symbols[i].margin_bps,
			.stress_bps = site->symbols[i].stress_bps};
		throttle_init(&risk->symbols[i].orders,
			rings->symbol_times + (size_t)i * SYMBOL_RATE_MAX, SYMBOL_RATE_MAX);
	}
	throttle_limit(&risk->symbols[risk->symbol_count].orders, NULL);
}

/* Lanes that do not bind: EXITING ones an ordinary order, OPENING ones a way out; control's silence
   does not bind a way out where the site's policy is reduce-only. */
static void exempt_init(struct risk *risk, const struct site_config *site)
{
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		risk->exempt[0] |= (uint64_t)(lane_rows[lane].applies == EXITING) << lane;
		risk->exempt[1] |= (uint64_t)(lane_rows[lane].applies == OPENING) << lane;
	}
	if (site->silent_policy == SILENT_REDUCE_ONLY)
		risk->exempt[1] |= UINT64_C(1) << LANE_CONTROL_SILENT;
}

/* limits (2): no limit is INT64_MAX. */
static int64_t site_limit(uint64_t value)
{
	return value < INT64_MAX ? (int64_t)value : INT64_MAX - 1;
}

static size_t symbols_bytes(const struct risk *risk)
{
	return sizeof(struct symbol_entry) * (risk->symbol_count + (size_t)1);
}

static size_t rests_bytes(const struct risk *risk)
{
	return sizeof(struct symbol_rest) * (risk->symbol_count + (size_t)1);
}

struct risk *tables_take(const struct site_config *site)
{
	struct risk *risk = memory_take("risk", sizeof *risk);
	CHECK(site->symbol_count <= SYMBOL_COUNT_MAX);
	risk->symbol_count = site->symbol_count;
	risk->sessions = memory_take("sessions", sizeof *risk->sessions * SESSION_COUNT_MAX);
	risk->accounts = memory_take("accounts", sizeof *risk->accounts * ACCOUNT_COUNT_MAX);
	risk->symbols = memory_take("symbols", symbols_bytes(risk));
	risk->rests = memory_take("totals of symbols", rests_bytes(risk));
	/* The first epoch comes into those to come; until the second the others are empty. */
	risk->limits = limits_take("limits", site, LIMITS_LATER);
	risk->pending = limits_take("limits to come", site, LIMITS_NOW);
	risk->former = limits_take("limits that may return", site, LIMITS_LATER);
	risk->limits->rates = risk->pending->rates = risk->former->rates = &risk->rates;
	limits_clear(risk->limits); /* the others are when rows come in */
	risk->order = memory_take("order of rows", sizeof *risk->order * ROW_COUNT_MAX);
	risk->order_spare = memory_take("order of rows", sizeof *risk->order_spare * ROW_COUNT_MAX);
	sectors_init(&risk->sectors);
	losses_init(&risk->losses);
	rows_init(&risk->rows, site_position_rows(site));
	duplicate_init(&risk->duplicate);
	profiles_init(&risk->profiles);
	risk->profiles.site = (struct site_limits){
		.control_silence_ns = site_limit(site->control_max_silence_ns),
		.journal_behind = site_limit(site->journal_max_behind),
		.clock_off_ns = site_limit(site->clock_max_offset_ns),
	};
	sessions_init(risk, site);
	accounts_init(risk, site);
	rates_init(&risk->rates, site);
	symbols_init(risk, site);
	exempt_init(risk, site);
	tempos_open(&risk->tempos, site);
	paces_open(&risk->paces, site);
	slips_open(&risk->slips, site);
	tables_adopt(risk, risk->limits);
	return risk;
}

void tables_return(struct risk *risk)
{
	const struct risk_rings *rings = &risk->rings;
	sectors_free(&risk->sectors);
	losses_free(&risk->losses);
	rows_free(&risk->rows);
	duplicate_free(&risk->duplicate);
	profiles_free(&risk->profiles);
	tempos_close(&risk->tempos);
	paces_close(&risk->paces);
	slips_close(&risk->slips);
	memory_return(rings->session_times, rings->session_bytes);
	memory_return(rings->account_times, rings->account_bytes);
	memory_return(rings->symbol_times, rings->symbol_bytes);
	memory_return(risk->order, sizeof *risk->order * ROW_COUNT_MAX);
	memory_return(risk->order_spare, sizeof *risk->order_spare * ROW_COUNT_MAX);
	limits_return(risk->limits);
	limits_return(risk->pending);
	limits_return(risk->former);
	memory_return(risk->sessions, sizeof *risk->sessions * SESSION_COUNT_MAX);
	memory_return(risk->accounts, sizeof *risk->accounts * ACCOUNT_COUNT_MAX);
	memory_return(risk->symbols, symbols_bytes(risk));
	memory_return(risk->rests, rests_bytes(risk));
	memory_return(risk, sizeof *risk);
}

static const struct limit_value *stated_in(
	const struct limits *limits, uint16_t index, enum limit limit)
{
	const struct limit_row *row = limits_row(limits, index);
	return row != NULL && (row->stated >> limit & 1) != 0 ? &row->limits[limit] : NULL;
}

/* What a limit is in force and what it was: the same value in both leaves its bucket and window alone. */
struct change {
	const struct limit_value *from, *to;
};

static struct change change_of(const struct risk *risk, const struct limits *others,
	const uint16_t *index, const uint16_t *other_index, enum limit limit)
{
	return (struct change){.from = stated_in(others, *other_index, limit),
		.to = stated_in(risk->limits, *index, limit)};
}

static bool is_change(struct change change)
{
	if (change.from == NULL || change.to == NULL)
		return change.from != change.to;
	return change.from->value != change.to->value ||
	       change.from->window_ns != change.to->window_ns ||
	       change.from->burst != change.to->burst;
}

static void throttle_change(struct throttle *throttle, struct change change)
{
	if (is_change(change))
		throttle_limit(throttle, change.to);
}

static void bucket_change(struct bucket *bucket, struct gauge *gauge, struct change change)
{
	if (!is_change(change))
		return;
	bucket_limit(bucket, change.to);
	gauge_set(gauge, bucket->capacity, bucket->used);
}

static const struct limit_value *symbol_rate(
	const struct limits *limits, uint32_t symbol, struct limit_value *rate)
{
	struct coverage coverage = limits_coverage(limits, 0, symbol);
	uint8_t owner;
	return limits_tightest(limits, &coverage, LIMIT_order_rate,
		1 << SCOPE_FIRM | 1 << SCOPE_SYMBOL, rate, &owner);
}

/* Where neither epoch names a symbol, the firm's rate is its own. */
static void symbols_adopt(struct risk *risk, const struct limits *others)
{
	const struct limits *limits = risk->limits;
	bool is_firms =
		is_change(change_of(risk, others, &limits->firm, &others->firm, LIMIT_order_rate));
	struct limit_value from, to;
	for (uint32_t i = 0; i < risk->symbol_count; i++)
		if (is_firms || (limits->symbols[i] | others->symbols[i]) != 0)
			throttle_change(&risk->symbols[i].orders,
				(struct change){.from = symbol_rate(others, i, &from),
					.to = symbol_rate(limits, i, &to)});
}

static void paces_adopt(
	struct risk *risk, const struct limits *others, const struct account_entry *account)
{
	for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++) {
		uint32_t id = account->strategies[i];
		throttle_change(&risk->paces.strategies[id],
			change_of(risk, others, &risk->limits->strategies[id],
				&others->strategies[id], LIMIT_order_rate));
	}
}

static void throttles_adopt(struct risk *risk, const struct limits *others)
{
	const struct limits *limits = risk->limits;
	for (uint32_t i = 1; i < SESSION_COUNT_MAX; i++) {
		const uint16_t *index = &limits->sessions[i], *other = &others->sessions[i];
		struct session_entry *session = &risk->sessions[i];
		throttle_change(
			&session->orders, change_of(risk, others, index, other, LIMIT_order_rate));
		bucket_change(&session->cancels, &session->cancel_gauge,
			change_of(risk, others, index, other, LIMIT_cancel_rate));
	}
	for (uint32_t i = 0; i < risk->known_count; i++) {
		const uint16_t *index = &limits->accounts[risk->known[i]];
		const uint16_t *other = &others->accounts[risk->known[i]];
		struct account_entry *account = &risk->accounts[risk->known[i]];
		throttle_change(
			&account->orders, change_of(risk, others, index, other, LIMIT_order_rate));
		bucket_change(&account->exits, &account->exit_gauge,
			change_of(risk, others, index, other, LIMIT_exit_rate));
		paces_adopt(risk, others, account);
	}
	symbols_adopt(risk, others);
}

void tables_adopt_windows(struct risk *risk)
{
	uint64_t keep_ns = risk->limits->duplicate_window_ns;
	uint64_t former_ns = risk->has_former ? risk->former->duplicate_window_ns : 0;
	risk->duplicate.keep_ns = keep_ns > former_ns ? keep_ns : former_ns;
}

/* What two rates come to together, of which the other may be stated or not. */
static const struct limit_value *both(
	const struct limit_value *own, const struct limit_value *other, struct limit_value *rate)
{
	if (other == NULL)
		return own;
	*rate = limit_is_tighter(LIMIT_order_rate, other, own) ? *other : *own;
	limit_tighten(rate, own);
	limit_tighten(rate, other);
	return rate;
}

/* A symbol's rate is its own and the firm's, of which one is put. */
static void symbol_rate_put(
	struct risk *risk, uint32_t symbol, struct change change, uint16_t other_index)
{
	const struct limit_value *other = stated_in(risk->limits, other_index, LIMIT_order_rate);
	struct limit_value from, to;
	throttle_change(&risk->symbols[symbol].orders,
		(struct change){.from = both(change.from, other, &from),
			.to = both(change.to, other, &to)});
}

static void throttles_put(struct risk *risk, const struct limit_place *place, struct change change)
{
	bool is_order = place->limit == LIMIT_order_rate;
	const struct limits *limits = risk->limits;
	struct account_entry *account = tables_account(risk, place->id);
	struct session_entry *session = tables_session(risk, place->id);
	if (is_order && place->scope == SCOPE_SESSION)
		throttle_change(&session->orders, change);
	else if (is_order && place->scope == SCOPE_ACCOUNT)
		throttle_change(&account->orders, change);
	else if (is_order && place->scope == SCOPE_STRATEGY)
		throttle_change(&risk->paces.strategies[place->id], change);
	else if (is_order && place->scope == SCOPE_SYMBOL)
		symbol_rate_put(risk, place->symbol, change, limits->firm);
	else if (is_order)
		for (uint32_t i = 0; i < risk->symbol_count; i++)
			symbol_rate_put(risk, i, change, limits->symbols[i]);
	else if (place->limit == LIMIT_cancel_rate)
		bucket_change(&session->cancels, &session->cancel_gauge, change);
	else if (place->limit == LIMIT_exit_rate)
		bucket_change(&account->exits, &account->exit_gauge, change);
}

static void tables_refresh(struct risk *risk)
{
	rates_state(&risk->rates, risk->limits->currencies);
	tables_adopt_windows(risk);
	profiles_clear(&risk->profiles);
	usage_adopt(risk);
	losses_adopt(risk);
	tempo_adopt(risk);
	slips_adopt(risk);
	ratio_adopt(risk);
}

void tables_put(struct risk *risk, const struct limit_place *place, const struct limit_value *from)
{
	throttles_put(risk, place,
		(struct change){.from = from, .to = limits_stated(risk->limits, place)});
	haircuts_put(risk, place);
	tables_refresh(risk);
}

void tables_rate(struct risk *risk, uint32_t currency)
{
	limits_convert(risk->limits, currency);
	limits_convert(risk->pending, currency);
	limits_convert(risk->former, currency);
	if ((risk->limits->currencies >> currency & 1) != 0)
		tables_refresh(risk);
}

void tables_adopt(struct risk *risk, const struct limits *others)
{
	throttles_adopt(risk, others);
	haircuts_adopt(risk);
	tables_refresh(risk);
}
