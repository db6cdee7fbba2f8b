#include "dataplane/risk/usage.h"

/* Whose gauge it is. */
struct owner {
	uint8_t scope, lane;
	uint32_t id, symbol;
};

/* Keeps an event; the oldest gives way when nobody reads them.  Kept out of line: a mark is rare. */
__attribute__((noinline, cold)) static void usage_event(
	struct risk *risk, struct owner owner, int64_t usage, int64_t peak, int64_t limit)
{
	risk->events[risk->event_head++ % EVENT_COUNT_MAX] = (struct usage_row){
		.scope = owner.scope,
		.lane = owner.lane,
		.id = owner.id,
		.symbol = owner.symbol,
		.usage = usage,
		.peak = peak,
		.limit = limit,
	};
	if (risk->event_head - risk->event_tail > EVENT_COUNT_MAX)
		risk->event_tail = risk->event_head - EVENT_COUNT_MAX;
}

static void feed(
	struct risk *risk, struct gauge *gauge, struct owner owner, int64_t limit, int64_t usage)
{
	if (UNLIKELY(gauge_feed(gauge, limit, usage)))
		usage_event(risk, owner, usage, gauge->peak, limit);
}

/* Tokens are fed in the bucket's units and told in orders. */
static inline void feed_tokens(
	struct risk *risk, struct gauge *gauge, struct owner owner, const struct bucket *bucket)
{
	if (UNLIKELY(gauge_feed(gauge, bucket->capacity, bucket->used)))
		usage_event(risk, owner, bucket_orders(bucket, bucket->used),
			bucket_orders(bucket, gauge->peak),
			bucket_orders(bucket, bucket->capacity));
}

static inline void feed_throttle(struct risk *risk, struct throttle *throttle, struct owner owner)
{
	feed_tokens(risk, &throttle->tokens, owner, &throttle->bucket);
	/* Each window's lane follows its bucket's. */
	owner.lane++;
	feed(risk, &throttle->window, owner, (int64_t)throttle->bucket.rate,
		(int64_t)(throttle->recorded - throttle->oldest));
}
_Static_assert(LANE_SESSION_WINDOW == LANE_SESSION_RATE + 1, "bucket, then window");
_Static_assert(LANE_ACCOUNT_WINDOW == LANE_ACCOUNT_RATE + 1, "bucket, then window");
_Static_assert(LANE_SYMBOL_WINDOW == LANE_SYMBOL_RATE + 1, "bucket, then window");

void usage_position(
	struct risk *risk, uint32_t account, uint32_t symbol, unsigned side, struct row *row)
{
	struct account_entry *entry = &risk->accounts[account];
	struct symbol_entry *firm = &risk->symbols[symbol];
	const int64_t *limits = risk->profiles.profiles[row->profile].limits;
	feed(risk, &row->position_gauges[side],
		(struct owner){SCOPE_ACCOUNT_SYMBOL, (uint8_t)(LANE_POSITION_LONG + side), account,
			symbol},
		limits[LANE_POSITION_LONG + side], position_worst(&row->position, side, 0));
	feed(risk, &firm->position_gauges[side],
		(struct owner){SCOPE_SYMBOL, (uint8_t)(LANE_FIRM_POSITION_LONG + side), 0, symbol},
		limits[LANE_FIRM_POSITION_LONG + side], position_worst(&firm->firm, side, 0));
	feed(risk, &entry->open_gauges[side],
		(struct owner){
			SCOPE_ACCOUNT, (uint8_t)(LANE_OPEN_BUY_VALUE + side), account, SYMBOL_NONE},
		limits[LANE_OPEN_BUY_VALUE + side], entry->open_value_e4[side]);
	feed(risk, &risk->open_gauges[side],
		(struct owner){
			SCOPE_FIRM, (uint8_t)(LANE_FIRM_OPEN_BUY_VALUE + side), 0, SYMBOL_NONE},
		limits[LANE_FIRM_OPEN_BUY_VALUE + side], risk->open_value_e4[side]);
}

void usage_order(struct risk *risk, const struct risk_order *order, const struct verdict *verdict,
	struct row *row)
{
	struct account_entry *account = &risk->accounts[order->account];
	struct session_entry *session = &risk->sessions[order->session];
	struct symbol_entry *symbol = &risk->symbols[order->symbol];
	const int64_t *limits = account->order_limits;
	struct owner owner = {SCOPE_ACCOUNT, LANE_MAX_ORDER_QUANTITY, order->account, SYMBOL_NONE};
	feed(risk, &account->quantity_gauge, owner, limits[0], order->qty);
	owner.lane = LANE_MAX_ORDER_VALUE;
	feed(risk, &account->value_gauge, owner, limits[1],
		saturating_multiply(order->price_e4, order->qty));
	usage_position(risk, order->account, order->symbol, order->side, row);
	if (verdict->is_way_out) {
		owner.lane = LANE_EXIT_RATE;
		feed_tokens(risk, &account->exit_gauge, owner, &account->exits);
		return;
	}
	owner.lane = LANE_PRICE_COLLAR;
	feed(risk, &account->collar_gauge, owner, limits[2], verdict->collar_bps);
	owner.lane = LANE_ACCOUNT_RATE;
	feed_throttle(risk, &account->orders, owner);
	feed_throttle(risk, &session->orders,
		(struct owner){SCOPE_SESSION, LANE_SESSION_RATE, order->session, SYMBOL_NONE});
	feed_throttle(risk, &symbol->orders,
		(struct owner){SCOPE_SYMBOL, LANE_SYMBOL_RATE, 0, order->symbol});
}

void usage_cancel(struct risk *risk, uint32_t session)
{
	struct session_entry *entry = tables_session(risk, session);
	/* Cancels have no lane: nothing refuses an order for them. */
	feed_tokens(risk, &entry->cancel_gauge,
		(struct owner){SCOPE_SESSION, LANE_NONE, session, SYMBOL_NONE}, &entry->cancels);
}

void usage_row_adopt(struct risk *risk, struct row *row)
{
	const int64_t *limits = risk->profiles.profiles[row->profile].limits;
	for (unsigned side = 0; side < 2; side++)
		gauge_set(&row->position_gauges[side], limits[LANE_POSITION_LONG + side],
			position_worst(&row->position, side, 0));
}

static void account_adopt(struct risk *risk, uint32_t id, struct profile *profile)
{
	struct account_entry *account = &risk->accounts[id];
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)id, SYMBOL_NONE);
	const int64_t *limits = profile->limits;
	profile_fill(profile, risk->limits, &risk->profiles.site, &coverage);
	account->order_limits[0] = limits[LANE_MAX_ORDER_QUANTITY];
	account->order_limits[1] = limits[LANE_MAX_ORDER_VALUE];
	account->order_limits[2] = limits[LANE_PRICE_COLLAR];
	gauge_set(&account->quantity_gauge, account->order_limits[0], 0);
	gauge_set(&account->value_gauge, account->order_limits[1], 0);
	gauge_set(&account->collar_gauge, account->order_limits[2], 0);
	gauge_set(&account->exit_gauge, account->exits.capacity, account->exits.used);
	for (unsigned side = 0; side < 2; side++)
		gauge_set(&account->open_gauges[side], limits[LANE_OPEN_BUY_VALUE + side],
			account->open_value_e4[side]);
}

void usage_adopt(struct risk *risk)
{
	struct profile *profile = &risk->scratch;
	struct coverage firm = {.firm = risk->limits->firm};
	for (uint32_t i = 1; i < ACCOUNT_COUNT_MAX; i++)
		if (risk->accounts[i].is_known)
			account_adopt(risk, i, profile);
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++)
		gauge_set(&risk->sessions[i].cancel_gauge, risk->sessions[i].cancels.capacity,
			risk->sessions[i].cancels.used);
	profile_fill(profile, risk->limits, &risk->profiles.site, &firm);
	for (unsigned side = 0; side < 2; side++)
		gauge_set(&risk->open_gauges[side],
			profile->limits[LANE_FIRM_OPEN_BUY_VALUE + side],
			risk->open_value_e4[side]);
	for (uint32_t i = 0; i < risk->symbol_count; i++) {
		struct coverage coverage = limits_coverage(risk->limits, 0, i);
		for (unsigned side = 0; side < 2; side++) {
			struct symbol_entry *symbol = &risk->symbols[i];
			uint8_t owner;
			const struct limit_value *limit = limits_tightest(risk->limits, &coverage,
				side == SIDE_BUY ? LIMIT_max_long_position
						 : LIMIT_max_short_position,
				1 << SCOPE_FIRM | 1 << SCOPE_SYMBOL, &owner);
			gauge_set(&symbol->position_gauges[side],
				limit != NULL ? limit->value : INT64_MIN,
				position_worst(&symbol->firm, side, 0));
		}
	}
	for (uint32_t i = 0; i < risk->rows.count; i++)
		usage_row_adopt(risk, &risk->rows.rows[i]);
}
