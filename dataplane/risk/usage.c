#include "dataplane/risk/usage.h"

#include "dataplane/risk/event.h"
#include "dataplane/risk/sums.h"
#include "dataplane/risk/trail.h"

/* Whose gauge it is. */
struct owner {
	uint8_t scope, lane;
	uint32_t id, symbol;
};

/* clang-format off */
static const uint8_t meter_lanes[METER_COUNT] = {
	[LIMIT_max_order_quantity]  = LANE_MAX_ORDER_QUANTITY,
	[LIMIT_max_order_value]     = LANE_MAX_ORDER_VALUE,
	[LIMIT_max_order_quantity_extended] = LANE_MAX_ORDER_QUANTITY,
	[LIMIT_max_order_value_extended]    = LANE_MAX_ORDER_VALUE,
	[LIMIT_collar]              = LANE_PRICE_COLLAR,
	[LIMIT_collar_ticks]        = LANE_PRICE_COLLAR_TICKS,
	[LIMIT_exit_collar]         = LANE_EXIT_COLLAR,
	[LIMIT_collar_window]       = LANE_COLLAR_WINDOW,
	[LIMIT_max_bbo_age]         = LANE_NONE,
	[LIMIT_max_trade_age]       = LANE_NONE,
	[LIMIT_max_close_age]       = LANE_NONE,
	[LIMIT_max_market_data_age] = LANE_STALE_MARKET_DATA,
	[LIMIT_max_adv_share]         = LANE_VOLUME_SHARE,
	[LIMIT_max_outstanding_share] = LANE_VOLUME_SHARE,
	[LIMIT_max_duplicates]      = LANE_DUPLICATE_ORDER,
	[LIMIT_max_slicing]         = LANE_SLICING,
	[LIMIT_allow_buy]           = LANE_RESTRICTED,
	[LIMIT_allow_sell]          = LANE_RESTRICTED,
	[LIMIT_allow_short]         = LANE_RESTRICTED,
	[LIMIT_allow_exempt]        = LANE_RESTRICTED,
	[LIMIT_allow_unmarked_short] = LANE_SHORT_SALE,
	[LIMIT_easy_to_borrow]      = LANE_NO_LOCATE,
	[LIMIT_max_slippage]        = LANE_NONE,
};
/* clang-format on */

/* A source's limit; no order passes without a source. */
static const uint8_t source_limits[] = {
	[REFERENCE_OWN_SIDE] = LIMIT_max_bbo_age,
	[REFERENCE_OTHER_SIDE] = LIMIT_max_bbo_age,
	[REFERENCE_LAST_TRADE] = LIMIT_max_trade_age,
	[REFERENCE_PREVIOUS_CLOSE] = LIMIT_max_close_age,
};

uint8_t usage_lane(enum limit limit)
{
	return meter_lanes[limit];
}

int64_t usage_limit(const struct profile *profile, enum limit limit)
{
	return profile->metered[limit];
}

/* The row of a gauge's event, but for its numbers. */
static struct usage_row owner_head(struct owner owner)
{
	return event_head((enum scope)owner.scope, owner.lane, owner.id, owner.symbol);
}

/* The moves of gauges are kept out of line: usage mostly stays between two marks. */
__attribute__((noinline, cold)) static void usage_move(
	struct risk *risk, struct gauge *gauge, struct owner owner, int64_t limit, int64_t usage)
{
	struct usage_row row = owner_head(owner);
	if (!gauge_move(gauge, limit, usage))
		return;
	unsigned kind = (unsigned)owner.lane - LANE_GROSS_EXPOSURE;
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)owner.id, SYMBOL_NONE);
	if (limits_is_share(risk->limits, &coverage, (enum scope)owner.scope, kind, limit))
		row.key = (uint8_t)limits_share(kind);
	row.usage = usage;
	row.peak = gauge->peak;
	row.limit = limit;
	event_keep(risk, row);
}

/* Tokens are fed in the bucket's units and told in orders. */
__attribute__((noinline, cold)) static void usage_move_tokens(
	struct risk *risk, struct gauge *gauge, struct owner owner, const struct bucket *bucket)
{
	struct usage_row row = owner_head(owner);
	if (!gauge_move(gauge, bucket->capacity, bucket->used))
		return;
	row.usage = bucket_orders(bucket, bucket->used);
	row.peak = bucket_orders(bucket, gauge->peak);
	row.limit = bucket_orders(bucket, bucket->capacity);
	event_keep(risk, row);
}

/* A lane's limit is looked up only when a gauge moves. */
__attribute__((noinline, cold)) static void usage_move_lane(struct risk *risk, struct gauge *gauge,
	struct owner owner, const struct row *row, int64_t usage)
{
	usage_move(risk, gauge, owner, tables_profile(risk, row->key)->limits[owner.lane], usage);
}

static inline void feed_lane(struct risk *risk, struct gauge *gauge, struct owner owner,
	const struct row *row, int64_t usage)
{
	if (UNLIKELY(gauge_feed(gauge, usage)))
		usage_move_lane(risk, gauge, owner, row, usage);
}

static inline void feed_tokens(
	struct risk *risk, struct gauge *gauge, struct owner owner, const struct bucket *bucket)
{
	if (UNLIKELY(gauge_feed(gauge, bucket->used)))
		usage_move_tokens(risk, gauge, owner, bucket);
}

/* What is used of a bucket or its window may be a new peak or pass a mark. */
__attribute__((noinline, cold)) static void usage_move_throttle(
	struct risk *risk, struct throttle *throttle, struct owner owner)
{
	int64_t within = throttle->within;
	feed_tokens(risk, &throttle->tokens, owner, &throttle->bucket);
	/* Each window's lane follows its bucket's. */
	owner.lane++;
	if (UNLIKELY(gauge_feed(&throttle->window, within)))
		usage_move(risk, &throttle->window, owner, (int64_t)throttle->bucket.rate, within);
	throttle_keep(throttle);
}

static inline void feed_throttle(struct risk *risk, struct throttle *throttle, struct owner owner)
{
	if (UNLIKELY(!throttle_is_still(throttle)))
		usage_move_throttle(risk, throttle, owner);
}
_Static_assert(LANE_SESSION_WINDOW == LANE_SESSION_RATE + 1, "bucket, then window");
_Static_assert(LANE_ACCOUNT_WINDOW == LANE_ACCOUNT_RATE + 1, "bucket, then window");
_Static_assert(LANE_SYMBOL_WINDOW == LANE_SYMBOL_RATE + 1, "bucket, then window");

/* One of a row's or its symbol's worst cases may be a new peak or pass a mark. */
__attribute__((noinline, cold)) static void usage_move_position(
	struct risk *risk, struct row *row, unsigned side)
{
	uint32_t account = row->key >> 16, symbol = row->key & 0xFFFF;
	struct symbol_entry *firm = &risk->symbols[symbol];
	struct gauge *own = &risk->rows.gauges[row - risk->rows.rows].positions[side];
	struct gauge *all = &risk->rests[symbol].position_gauges[side];
	feed_lane(risk, own,
		(struct owner){SCOPE_ACCOUNT_SYMBOL, (uint8_t)(LANE_POSITION_LONG + side), account,
			symbol},
		row, position_worst(&row->position, side, 0));
	feed_lane(risk, all,
		(struct owner){SCOPE_SYMBOL, (uint8_t)(LANE_FIRM_POSITION_LONG + side), 0, symbol},
		row, position_worst(&firm->firm, side, 0));
	row->positions_still[side] = gauge_still(own);
	firm->positions_still[side] = gauge_still(all);
}

/* The worst case and the open value of one side. */
static inline void feed_position(
	struct risk *risk, uint32_t account, uint32_t symbol, unsigned side, struct row *row)
{
	struct account_entry *entry = &risk->accounts[account];
	struct symbol_entry *firm = &risk->symbols[symbol];
	int64_t own = position_worst(&row->position, side, 0);
	int64_t all = position_worst(&firm->firm, side, 0);
	if (UNLIKELY(own > row->positions_still[side] || all > firm->positions_still[side]))
		usage_move_position(risk, row, side);
	feed_lane(risk, &entry->open_gauges[side],
		(struct owner){
			SCOPE_ACCOUNT, (uint8_t)(LANE_OPEN_BUY_VALUE + side), account, SYMBOL_NONE},
		row, entry->open_value_e4[side]);
	feed_lane(risk, &risk->open_gauges[side],
		(struct owner){
			SCOPE_FIRM, (uint8_t)(LANE_FIRM_OPEN_BUY_VALUE + side), 0, SYMBOL_NONE},
		row, risk->open_value_e4[side]);
}

/* Keeps what a gauge of money says beside the sums. */
static void money_keep(struct money *money, unsigned kind)
{
	const struct gauge *gauge = &money->gauges[kind];
	money->above[kind] = gauge_above(gauge);
	money->below[kind] = gauge->down;
}

/* Of an account, or with account 0 of the firm: its limits are looked up only when a gauge moves. */
__attribute__((noinline, cold)) static void usage_move_money(
	struct risk *risk, struct money *money, const int64_t open_e4[2], uint32_t account)
{
	struct owner owner = {.scope = account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
		.id = account,
		.symbol = SYMBOL_NONE};
	const int64_t *limits =
		profiles_of_account(&risk->profiles, risk->limits, (uint16_t)account)
			->money.limits[account == 0 ? MONEY_OF_FIRM : MONEY_OF_ACCOUNT];
	int64_t used[MONEY_KIND_COUNT];
	money_used(money, open_e4, used);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
		owner.lane = (uint8_t)(LANE_GROSS_EXPOSURE + kind);
		if (gauge_feed(&money->gauges[kind], used[kind]))
			usage_move(risk, &money->gauges[kind], owner, limits[kind], used[kind]);
		money_keep(money, kind);
	}
}

/* Feeds what either owner uses now, MONEY_WIDTH words of either. */
static inline void feed_money(
	struct risk *risk, uint32_t account, const int64_t *own_used, const int64_t *all_used)
{
	struct account_entry *entry = &risk->accounts[account];
	if (UNLIKELY(sums_moved(&entry->money, own_used) != 0))
		usage_move_money(risk, &entry->money, entry->open_value_e4, account);
	if (UNLIKELY(sums_moved(&risk->money, all_used) != 0))
		usage_move_money(risk, &risk->money, risk->open_value_e4, 0);
}

/* Shares of the row's symbol and sector, and what its symbol and strategies have lost where that has a limit. */
static inline void feed_parts(struct risk *risk, struct row *row)
{
	concentration_feed(risk, row);
	if (UNLIKELY(row->has_losses))
		losses_feed(risk, row);
}

void usage_position(
	struct risk *risk, uint32_t account, uint32_t symbol, unsigned side, struct row *row)
{
	feed_position(risk, account, symbol, side, row);
	usage_money(risk, account, row);
}

void usage_money(struct risk *risk, uint32_t account, struct row *row)
{
	struct account_entry *entry = &risk->accounts[account];
	int64_t used[MONEY_OWNER_COUNT][MONEY_WIDTH];
	money_used(&entry->money, entry->open_value_e4, used[MONEY_OF_ACCOUNT]);
	money_used(&risk->money, risk->open_value_e4, used[MONEY_OF_FIRM]);
	/* Word by word, as they were reckoned just now: a vector would wait until all of its words are stored. */
	if (UNLIKELY(sums_moved_scalar(&entry->money, used[MONEY_OF_ACCOUNT]) != 0))
		usage_move_money(risk, &entry->money, entry->open_value_e4, account);
	if (UNLIKELY(sums_moved_scalar(&risk->money, used[MONEY_OF_FIRM]) != 0))
		usage_move_money(risk, &risk->money, risk->open_value_e4, 0);
	feed_parts(risk, row);
}

__attribute__((noinline, cold)) static void usage_move_alone(
	struct risk *risk, const struct row *row, struct meter *meter, enum limit limit)
{
	int64_t value = usage_limit(tables_profile(risk, row->key), limit);
	if (meter_move(meter, limit, value, meter->now[limit], risk->now_ns))
		event_keep(risk, (struct usage_row){.scope = row->has_meter ? SCOPE_ACCOUNT_SYMBOL
									    : SCOPE_ACCOUNT,
					 .lane = meter_lanes[limit],
					 .key = (uint8_t)limit,
					 .id = row->key >> 16,
					 .symbol = row->has_meter ? row->key & 0xFFFF : SYMBOL_NONE,
					 .usage = meter->now[limit],
					 .peak = meter->peak[limit],
					 .limit = value});
}

static inline void feed_meter(struct risk *risk, const struct row *row, struct meter *meter,
	enum limit limit, int64_t usage)
{
	if (meter_feed(meter, limit, usage))
		usage_move_alone(risk, row, meter, limit);
}

/* An order's part of a number of shares in bps, rounded down: for showing, not for judging. */
static inline int64_t share_shown(uint32_t qty, uint64_t magic)
{
	return (int64_t)((uint64_t)((uint128_t)((uint64_t)qty * SHARE_BPS_WHOLE) * magic >> 64));
}

/* What the order alone uses.  What it is allowed to be has no usage: 0 of "yes". */
static inline void usage_alone(struct risk *risk, const struct row *row, struct meter *meter,
	const struct risk_order *order, const struct verdict *verdict)
{
	const struct instrument *instrument = &risk->symbols[order->symbol].instrument;
	feed_meter(risk, row, meter, LIMIT_max_order_quantity, order->qty);
	int64_t value_e4 = order->price_e4 * (int64_t)order->qty;
	if (UNLIKELY(instrument->currency != 0))
		value_e4 = currency_up(value_e4, risk->rates.rows[instrument->currency].rate_e8);
	feed_meter(risk, row, meter, LIMIT_max_order_value, value_e4);
	if (UNLIKELY(verdict->is_extended != 0)) {
		feed_meter(risk, row, meter, LIMIT_max_order_quantity_extended, order->qty);
		feed_meter(risk, row, meter, LIMIT_max_order_value_extended, value_e4);
	}
	feed_meter(risk, row, meter, LIMIT_max_market_data_age, verdict->channel_age_ns);
	feed_meter(risk, row, meter, LIMIT_max_duplicates, verdict->duplicates);
	feed_meter(risk, row, meter, LIMIT_max_adv_share,
		share_shown(order->qty, instrument->adv_magic));
	feed_meter(risk, row, meter, LIMIT_max_outstanding_share,
		share_shown(order->qty, instrument->outstanding_magic));
	feed_meter(risk, row, meter, (enum limit)source_limits[verdict->reference_source],
		age_saturated(verdict->reference_age_ns));
	if (UNLIKELY(verdict->is_way_out)) {
		feed_meter(risk, row, meter, LIMIT_exit_collar, verdict->collar_bps);
		return;
	}
	feed_meter(risk, row, meter, LIMIT_collar, verdict->collar_bps);
	feed_meter(risk, row, meter, LIMIT_collar_ticks, verdict->collar_ticks);
	feed_meter(risk, row, meter, LIMIT_collar_window, verdict->walk_bps);
	feed_meter(risk, row, meter, LIMIT_max_slicing, verdict->slicing_bps);
}

void usage_order(struct risk *risk, const struct risk_order *order, const struct verdict *verdict,
	struct row *row)
{
	struct account_entry *account = &risk->accounts[order->account];
	struct session_entry *session = &risk->sessions[order->session];
	struct symbol_entry *symbol = &risk->symbols[order->symbol];
	usage_alone(risk, row, usage_meter(risk, row), order, verdict);
	feed_position(risk, order->account, order->symbol, order->side, row);
	/* What was judged is what is used now. */
	feed_money(risk, order->account, verdict->money.used[MONEY_OF_ACCOUNT],
		verdict->money.used[MONEY_OF_FIRM]);
	feed_parts(risk, row);
	if (UNLIKELY(verdict->is_way_out)) {
		feed_tokens(risk, &account->exit_gauge,
			(struct owner){SCOPE_ACCOUNT, LANE_EXIT_RATE, order->account, SYMBOL_NONE},
			&account->exits);
		return;
	}
	feed_throttle(risk, &account->orders,
		(struct owner){SCOPE_ACCOUNT, LANE_ACCOUNT_RATE, order->account, SYMBOL_NONE});
	struct throttle *pace = tables_pace(risk, order->strategy);
	if (UNLIKELY(pace != NULL))
		feed_throttle(risk, pace,
			(struct owner){
				SCOPE_STRATEGY, LANE_ACCOUNT_RATE, order->strategy, SYMBOL_NONE});
	feed_throttle(risk, &session->orders,
		(struct owner){SCOPE_SESSION, LANE_SESSION_RATE, order->session, SYMBOL_NONE});
	feed_throttle(risk, &symbol->orders,
		(struct owner){SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0, order->symbol});
}

void usage_slippage(struct risk *risk, struct row *row, int64_t bps)
{
	usage_row(risk, row);
	feed_meter(risk, row, usage_meter(risk, row), LIMIT_max_slippage, bps);
}

void usage_cancel(struct risk *risk, uint32_t session)
{
	struct session_entry *entry = tables_session(risk, session);
	feed_tokens(risk, &entry->cancel_gauge,
		(struct owner){SCOPE_SESSION, LANE_NONE, session, SYMBOL_NONE}, &entry->cancels);
}

static void meter_adopt(struct meter *meter, const struct profile *profile)
{
	for (unsigned i = 0; i < METER_COUNT; i++)
		meter_set(meter, (enum limit)i, usage_limit(profile, (enum limit)i));
}

/* The firm's limits of a symbol are in every profile of it. */
static void symbol_adopt(
	struct risk *risk, struct symbol_entry *symbol, const struct profile *profile)
{
	struct symbol_rest *rest = tables_rest(risk, symbol);
	for (unsigned side = 0; side < 2; side++) {
		struct gauge *gauge = &rest->position_gauges[side];
		gauge_set(gauge, profile->limits[LANE_FIRM_POSITION_LONG + side],
			position_worst(&symbol->firm, side, 0));
		symbol->positions_still[side] = gauge_still(gauge);
	}
	concentration_adopt_symbol(risk, (uint32_t)(symbol - risk->symbols), &profile->shares);
	losses_adopt_symbol(risk, (uint32_t)(symbol - risk->symbols));
	rest->generation = risk->profiles.generation;
}

void usage_row_adopt(struct risk *risk, struct row *row)
{
	struct symbol_entry *symbol = &risk->symbols[row->key & 0xFFFF];
	const struct profile *profile = tables_profile(risk, row->key);
	row->generation = risk->profiles.generation;
	trail_adopt(risk, row, profile->walk_window_ns); /* usage (3) */
	row->has_meter = limits_are_metered(risk->limits, profile->coverage.symbol) ||
			 limits_are_metered(risk->limits, profile->coverage.pair);
	if (row->has_meter)
		meter_adopt(usage_meter(risk, row), profile);
	for (unsigned side = 0; side < 2; side++) {
		struct gauge *gauge = &risk->rows.gauges[row - risk->rows.rows].positions[side];
		gauge_set(gauge, profile->limits[LANE_POSITION_LONG + side],
			position_worst(&row->position, side, 0));
		row->positions_still[side] = gauge_still(gauge);
	}
	if (profile->locates >= 0) /* without a limit its gauge tells nothing */
		locate_adopt(risk, row);
	concentration_adopt_row(risk, row, &profile->shares);
	losses_adopt_row(risk, row);
	if (tables_rest(risk, symbol)->generation != risk->profiles.generation)
		symbol_adopt(risk, symbol, profile);
}

static void money_adopt(struct money *money, const int64_t open_e4[2], const int64_t *limits)
{
	int64_t used[MONEY_KIND_COUNT];
	money_used(money, open_e4, used);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
		gauge_set(&money->gauges[kind], limits[kind], used[kind]), money_keep(money, kind);
}

static void account_adopt(struct risk *risk, uint32_t id)
{
	struct account_entry *account = &risk->accounts[id];
	const struct profile *profile =
		profiles_of_account(&risk->profiles, risk->limits, (uint16_t)id);
	const int64_t *limits = profile->limits;
	meter_adopt(&account->meter, profile);
	money_adopt(
		&account->money, account->open_value_e4, profile->money.limits[MONEY_OF_ACCOUNT]);
	concentration_adopt(risk, id, &profile->shares);
	for (unsigned side = 0; side < 2; side++)
		gauge_set(&account->open_gauges[side], limits[LANE_OPEN_BUY_VALUE + side],
			account->open_value_e4[side]);
}

void usage_adopt(struct risk *risk)
{
	const struct profile *profile = profiles_of_account(&risk->profiles, risk->limits, 0);
	for (uint32_t i = 0; i < risk->known_count; i++)
		account_adopt(risk, risk->known[i]);
	money_adopt(&risk->money, risk->open_value_e4, profile->money.limits[MONEY_OF_FIRM]);
	concentration_adopt(risk, 0, &profile->shares);
	for (unsigned side = 0; side < 2; side++)
		gauge_set(&risk->open_gauges[side],
			profile->limits[LANE_FIRM_OPEN_BUY_VALUE + side],
			risk->open_value_e4[side]);
}
