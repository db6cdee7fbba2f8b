#include "dataplane/risk/risk.h"

#include "dataplane/risk/approach.h"
#include "dataplane/risk/market.h"
#include "dataplane/risk/measure.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/permission.h"
#include "dataplane/risk/plain.h"
#include "dataplane/risk/sums.h"
#include "dataplane/risk/tables.h"
#include "dataplane/risk/trail.h"
#include "dataplane/risk/usage.h"

/* What a symbol without market data has, and an account-symbol that was never traded. */
static const struct top_used no_top = {.symbol = SYMBOL_NONE, .channel_age_ns = UINT64_MAX};
static const struct row no_row;

struct risk *risk_open(const struct site_config *site)
{
	lanes_start();
	sums_start();
	return tables_take(site);
}

void risk_close(struct risk *risk)
{
	tables_return(risk);
}

uint32_t risk_limits_epoch(const struct risk *risk)
{
	return risk->limits->epoch;
}

/* The row of an order; NULL if it names no account or symbol, or was never used. */
static struct row *order_row(const struct risk *risk, const struct risk_order *order)
{
	if (order->symbol >= risk->symbol_count || order->account >= ACCOUNT_COUNT_MAX)
		return NULL;
	return rows_find(&risk->rows, row_key(order->account, order->symbol));
}

/* What an order is judged by.  risk (1): it is worked out of the limits alone. */
static inline const struct profile *order_profile(struct risk *risk, const struct risk_order *order)
{
	uint16_t account = order->account < ACCOUNT_COUNT_MAX ? order->account : 0;
	if (order->symbol < risk->symbol_count)
		return profiles_of_strategy(&risk->profiles, risk->limits,
			row_key(account, order->symbol),
			order->strategy < STRATEGY_COUNT_MAX ? order->strategy : 0);
	return profiles_of_account(&risk->profiles, risk->limits, account);
}

/* Usage and limit of a lane of tokens, in orders. */
static void verdict_tokens(struct verdict *verdict, const struct bucket *bucket, uint64_t now_ns)
{
	bool is_stated = bucket->capacity != INT64_MIN;
	verdict->usage = bucket_orders(bucket, bucket_measure(bucket, now_ns));
	verdict->limit = is_stated ? bucket_orders(bucket, bucket->capacity) : INT64_MIN;
}

/* Usage and limit of a sliding window, in orders.  It is stated: else its tokens, which come before, refuse. */
static void verdict_window(
	struct verdict *verdict, const struct throttle *throttle, uint64_t now_ns)
{
	verdict->usage = throttle_window_count(throttle, now_ns) + 1;
	verdict->limit = (int64_t)throttle->bucket.rate;
}

static void verdict_throttle(
	struct verdict *verdict, const struct throttle *throttle, uint64_t now_ns)
{
	unsigned lane = verdict->lane;
	if (lane == LANE_SESSION_RATE || lane == LANE_ACCOUNT_RATE || lane == LANE_SYMBOL_RATE)
		verdict_tokens(verdict, &throttle->bucket, now_ns);
	else
		verdict_window(verdict, throttle, now_ns);
}

/* Its age, where the book is crossed; if that is within its limit it is the book that refuses. */
static void verdict_market(struct verdict *verdict, const struct measure_inputs *in)
{
	int64_t age_ns =
		missing_if(in->top->top.stale != 0, age_saturated(in->top->channel_age_ns));
	verdict->usage = age_ns;
	verdict->is_second = age_ns <= verdict->limit;
}

/* verdict_name says of the reason how much was used of whose limit.  Only refused orders pay for it. */
APART static void verdict_name(
	struct verdict *verdict, const struct measure_inputs *in, const int64_t *measures)
{
	uint64_t now_ns = in->turn->now_ns;
	unsigned lane = verdict->lane;
	const struct throttle *pace = pace_named(in, lane);
	bool session_states = in->session->orders.bucket.capacity != INT64_MIN;
	verdict->usage = measures[lane];
	verdict->limit = in->profile->limits[lane];
	verdict->owner_scope = limits_owner(in->risk->limits, &in->profile->coverage, lane);
	switch (lane) {
	case LANE_STALE_MARKET_DATA:
		verdict_market(verdict, in);
		break;
	case LANE_SESSION_RATE:
	case LANE_SESSION_WINDOW:
		verdict_throttle(verdict, &in->session->orders, now_ns);
		verdict->owner_scope = session_states ? SCOPE_SESSION : SCOPE_COUNT;
		break;
	case LANE_ACCOUNT_RATE:
	case LANE_ACCOUNT_WINDOW:
		verdict_throttle(verdict, pace, now_ns);
		if (pace != &in->account->orders)
			verdict->owner_scope = SCOPE_STRATEGY;
		break;
	case LANE_SYMBOL_RATE:
	case LANE_SYMBOL_WINDOW:
		verdict_throttle(verdict, &in->symbol->orders, now_ns);
		break;
	case LANE_EXIT_RATE:
		verdict_tokens(verdict, &in->account->exits, now_ns);
		break;
	case LANE_NO_LOCATE:
		locate_name(verdict, in);
		break;
	case LANE_ORDER_TO_TRADE:
		ratio_name(verdict, in);
		break;
	case LANE_PARENT:
		if (in->order->parent_word == PARENT_NAMED) {
			verdict->usage += in->order->parent_qty;
			verdict->limit = in->order->parent_qty;
			verdict->owner_scope = SCOPE_STRATEGY;
		}
		break;
	case LANE_MAX_ORDER_QUANTITY:
	case LANE_MAX_ORDER_VALUE:
	case LANE_SHORT_SALE:
	case LANE_RESTRICTED:
	case LANE_VOLUME_SHARE:
		permission_name(verdict, in);
		break;
	default:
		if (lane >= LANE_GROSS_EXPOSURE && lane <= LANE_CONCENTRATION)
			money_name(verdict, in);
		break;
	}
}

/* Fills what the measures did not, but for the mask, as if no lane breached.  Field by field, because for a compound
   literal the compiler clears the whole verdict first. */
static inline void verdict_fill(struct verdict *verdict, const int64_t *measures)
{
	verdict->usage = 0;
	verdict->limit = 0;
	verdict->lane = LANE_NONE;
	verdict->owner_scope = SCOPE_COUNT;
	verdict->collar_ticks = measures[LANE_PRICE_COLLAR_TICKS];
	verdict->walk_bps = measures[LANE_COLLAR_WINDOW];
	verdict->channel_age_ns = measures[LANE_STALE_MARKET_DATA];
	verdict->duplicates = measures[LANE_DUPLICATE_ORDER];
	verdict->slicing_bps = measures[LANE_SLICING];
	verdict->sliced_id = 0;
	verdict->is_second = 0;
}

static inline struct measure_inputs inputs_of(struct risk *risk, const struct turn_inputs *inputs,
	const struct top_used *top, const struct risk_order *order)
{
	const struct row *row = order_row(risk, order);
	bool has_row = LIKELY(row != NULL);
	bool has_top = top != NULL && top->symbol == order->symbol;
	return (struct measure_inputs){
		.risk = risk,
		.turn = inputs,
		.top = has_top ? top : &no_top,
		.order = order,
		.session = tables_session(risk, order->session),
		.account = tables_account(risk, order->account),
		.symbol = tables_symbol(risk, order->symbol),
		.row = has_row ? row : &no_row,
		.profile = order_profile(risk, order),
		.has_row = has_row,
	};
}

APART int64_t risk_market_price(struct risk *risk, const struct turn_inputs *inputs,
	const struct top_used *top, const struct risk_order *order)
{
	const struct measure_inputs in = inputs_of(risk, inputs, top, order);
	return market_price(&in);
}

APART void risk_measure(struct risk *risk, const struct turn_inputs *inputs,
	const struct top_used *top, const struct risk_order *order, struct verdict *verdict)
{
	_Alignas(CACHE_LINE_BYTES) int64_t measures[LANE_WIDTH];
	const struct measure_inputs in = inputs_of(risk, inputs, top, order);
	measure_order(&in, measures, verdict);
	verdict->mask =
		lanes_compare(measures, in.profile->limits) & ~risk->exempt[verdict->is_way_out];
	verdict_fill(verdict, measures);
	verdict->is_extended = permission_is_extended(&in);
	verdict->row = in.has_row ? (uint32_t)(in.row - risk->rows.rows) + 1 : 0;
	if (UNLIKELY(verdict->mask != 0)) {
		verdict->lane = (uint8_t)__builtin_ctzll(verdict->mask);
		verdict_name(verdict, &in, measures);
	}
	if (UNLIKELY((verdict->mask >> LANE_SLICING & 1) != 0 && in.row->is_sliced != 0))
		verdict->sliced_id = rows_slicing(&risk->rows, in.row, order->side & 1)->order_id;
}

void risk_judge(struct risk *risk, const struct turn_inputs *inputs, const struct top_used *top,
	const struct risk_order *order, struct verdict *verdict)
{
	const struct measure_inputs in = inputs_of(risk, inputs, top, order);
	if (UNLIKELY(in.row->generation != risk->profiles.generation) && in.has_row)
		approach_adopted(risk, in.row);
	if (UNLIKELY(!plain_judge(&in, verdict)))
		risk_measure(risk, inputs, top, order, verdict);
}

/* The row of an account and symbol that is about to change, made if it is new; NULL: the table is full. */
static struct row *risk_row(struct risk *risk, uint16_t account, uint32_t symbol)
{
	const uint32_t key = row_key(account, symbol);
	struct row *row = risk->rows.last;
	if (row->key != key) {
		row = rows_find(&risk->rows, key);
		if (UNLIKELY(row == NULL && (row = rows_make(&risk->rows, key)) == NULL))
			return NULL;
		risk->rows.last = row;
	}
	usage_row(risk, row);
	return row;
}

/* The row by which an order was judged; one that stood nowhere then, or elsewhere with who judged it, is looked for. */
static inline struct row *judged_row(
	struct risk *risk, const struct risk_order *order, const struct verdict *verdict)
{
	uint32_t key = row_key(order->account, order->symbol);
	if (UNLIKELY(verdict->row == 0 || risk->rows.rows[verdict->row - 1].key != key))
		return risk_row(risk, order->account, order->symbol);
	struct row *row = &risk->rows.rows[verdict->row - 1];
	usage_row(risk, row);
	return row;
}

/* Whether a symbol is priced in the base currency; of others, money_row brings the sums up to date. */
static inline bool is_at_home(const struct risk *risk, uint32_t symbol)
{
	return risk->symbols[symbol].instrument.currency == 0;
}

/* Adds a reservation wherever it is summed but in money.  risk (3) */
static inline void reserve(struct risk *risk, struct row *row, uint16_t account, uint32_t symbol,
	unsigned side, int64_t qty, int64_t value_e4)
{
	int64_t *open_e4 = &risk->accounts[account].open_value_e4[side];
	position_reserve(&row->position, side, qty, value_e4);
	position_reserve(&risk->symbols[symbol].firm, side, qty, value_e4);
	if (LIKELY(is_at_home(risk, symbol))) {
		*open_e4 = saturating_add(*open_e4, value_e4);
		risk->open_value_e4[side] = saturating_add(risk->open_value_e4[side], value_e4);
	}
}

void risk_commit(struct risk *risk, const struct turn_inputs *inputs,
	const struct risk_order *order, const struct verdict *verdict)
{
	uint64_t now_ns = inputs->now_ns;
	struct account_entry *account = tables_account(risk, order->account);
	struct duplicate_key key = measure_duplicate_key(order);
	struct row *row;
	/* risk (2); a passed order names an account, a symbol and a side, and there is room for it. */
	CHECK(verdict->mask == 0 && order->symbol < risk->symbol_count && account->is_known);
	row = judged_row(risk, order, verdict);
	CHECK(row != NULL && order->side <= SIDE_SELL);
	risk->now_ns = now_ns;
	if (UNLIKELY(verdict->is_way_out)) {
		bucket_take(&account->exits, now_ns);
	} else {
		throttle_take(&risk->sessions[order->session].orders, now_ns);
		throttle_take(&account->orders, now_ns);
		throttle_take(&risk->symbols[order->symbol].orders, now_ns);
		struct throttle *pace = tables_pace(risk, order->strategy);
		if (UNLIKELY(pace != NULL))
			throttle_take(pace, now_ns);
	}
	trail_commit(risk, row, (uint32_t)verdict->reference_e4, now_ns);
	duplicate_add(&risk->duplicate, &key, verdict->duplicate_bucket, now_ns);
	if (UNLIKELY((row->is_sliced >> order->side & 1) != 0))
		slicing_commit(risk, row, order->side, verdict, now_ns);
	if (UNLIKELY(order->locate_qty != 0))
		locate_move(risk, row, order->locate_qty, 0);
	ratio_message(risk, order->account, now_ns);
	reserve(risk, row, order->account, order->symbol, order->side, verdict->add_qty,
		verdict->add_value_e4);
	money_take(risk, row, &verdict->money);
	usage_order(risk, order, verdict, row);
}

bool risk_cancel_take(struct risk *risk, const struct turn_inputs *inputs, uint16_t session)
{
	struct bucket *bucket = &tables_session(risk, session)->cancels;
	if (bucket->capacity == INT64_MIN)
		return true;
	if (bucket_measure(bucket, inputs->now_ns) > bucket->capacity)
		return false;
	bucket_take(bucket, inputs->now_ns);
	usage_cancel(risk, session);
	return true;
}

void risk_cancelled(struct risk *risk, const struct turn_inputs *inputs, uint16_t account)
{
	ratio_message(risk, account, inputs->now_ns);
}

/* The row of something that already happened.  If there is no room for it the gate no longer knows the
   account's position: it is torn, and everything is refused from now on. */
static struct row *risk_row_past(struct risk *risk, uint16_t account, uint32_t symbol)
{
	struct row *row;
	CHECK(symbol < risk->symbol_count && account < ACCOUNT_COUNT_MAX);
	row = risk_row(risk, account, symbol);
	risk->is_torn |= row == NULL;
	return row;
}

static int64_t value_less(int64_t total_e4, int64_t part_e4)
{
	return total_e4 > part_e4 ? total_e4 - part_e4 : 0;
}

static void release(struct risk *risk, struct row *row, uint16_t account, uint32_t symbol,
	unsigned side, int64_t qty, int64_t value_e4, int64_t mark_e4)
{
	int64_t *open_e4 = &risk->accounts[account].open_value_e4[side];
	position_release(&row->position, side, qty, value_e4);
	position_release(&risk->symbols[symbol].firm, side, qty, value_e4);
	if (LIKELY(is_at_home(risk, symbol))) {
		*open_e4 = value_less(*open_e4, value_e4);
		risk->open_value_e4[side] = value_less(risk->open_value_e4[side], value_e4);
	}
	money_row(risk, row, mark_e4);
}

/* The price of something that happened is a row's mark as long as it has no better. */
static int64_t first_mark(const struct row *row, int64_t price_e4)
{
	return row->stake.mark_e4 == 0 ? price_e4 : 0;
}

void risk_start(struct risk *risk, uint16_t account, uint32_t symbol, int64_t shares,
	int64_t cost_e4, int64_t price_e4)
{
	struct row *row = risk_row_past(risk, account, symbol);
	struct symbol_entry *entry = tables_symbol(risk, symbol);
	struct symbol_rest *rest = tables_rest(risk, entry);
	struct position begun;
	position_start(&begun, &rest->start, shares, price_e4);
	position_start(&entry->firm, &rest->totals, shares, price_e4);
	if (row == NULL)
		return;
	size_t at = (size_t)(row - risk->rows.rows);
	position_start(&row->position, &risk->rows.totals[at], shares, price_e4);
	money_cash(risk, row);
	risk->rows.starts[at] = (struct start){shares, cost_e4, price_e4};
	money_row(risk, row, price_e4);
	for (unsigned side = 0; side < 2; side++)
		usage_position(risk, account, symbol, side, row);
}

bool risk_held(const struct risk *risk, uint32_t at, struct risk_held *held)
{
	if (at >= risk->rows.count)
		return false;
	const struct row *row = &risk->rows.rows[at];
	*held = (struct risk_held){.account = (uint16_t)(row->key >> 16),
		.symbol = row->key & 0xFFFF,
		.shares = row->position.shares,
		.mark_e4 = row->stake.mark_e4};
	return true;
}

void risk_release(struct risk *risk, uint16_t account, uint32_t symbol, enum side side,
	uint32_t qty, int64_t value_e4)
{
	struct row *row = risk_row_past(risk, account, symbol);
	if (row == NULL)
		return;
	release(risk, row, account, symbol, (unsigned)side & 1, qty, value_e4, 0);
	usage_position(risk, account, symbol, (unsigned)side & 1, row);
}

void risk_reserve(struct risk *risk, uint16_t account, uint32_t symbol, enum side side,
	uint32_t qty, int64_t value_e4)
{
	struct row *row = risk_row_past(risk, account, symbol);
	if (row == NULL)
		return;
	reserve(risk, row, account, symbol, (unsigned)side & 1, qty, value_e4);
	money_row(risk, row, first_mark(row, qty > 0 ? value_e4 / qty : 0));
	usage_position(risk, account, symbol, (unsigned)side & 1, row);
}

void risk_charge(struct risk *risk, uint16_t account, uint32_t symbol, int64_t fee_e4)
{
	const struct row *row = risk_row_past(risk, account, symbol);
	risk->rests[symbol].totals.fees_e4 += fee_e4;
	if (row != NULL)
		risk->rows.totals[row - risk->rows.rows].fees_e4 += fee_e4;
}

void risk_was_before(
	struct risk *risk, uint16_t account, uint32_t symbol, int64_t qty, int64_t price_e4)
{
	const struct row *row = risk_row_past(risk, account, symbol);
	int128_t value_e4 = (int128_t)qty * price_e4;
	if (row == NULL)
		return;
	if (LIKELY(is_at_home(risk, symbol)))
		money_execute(risk, account, -value_e4);
	else
		risk->rows.abroad[row - risk->rows.rows].before_e4 += value_e4;
}

void risk_fill(struct risk *risk, uint16_t account, uint32_t symbol, enum side side, uint32_t qty,
	int64_t value_e4, int64_t price_e4)
{
	struct row *row = risk_row_past(risk, account, symbol);
	struct symbol_entry *entry = tables_symbol(risk, symbol);
	unsigned bit = (unsigned)side & 1;
	position_fill(&entry->firm, &risk->rests[symbol].totals, bit, qty, price_e4);
	if (row == NULL)
		return;
	position_fill(
		&row->position, &risk->rows.totals[row - risk->rows.rows], bit, qty, price_e4);
	money_cash(risk, row);
	if (LIKELY(is_at_home(risk, symbol)))
		money_execute(risk, account, (int128_t)qty * price_e4);
	release(risk, row, account, symbol, bit, qty, value_e4, first_mark(row, price_e4));
	usage_position(risk, account, symbol, bit, row);
}

void risk_located(
	struct risk *risk, uint16_t account, uint32_t symbol, int64_t working, int64_t executed)
{
	struct row *row = rows_find(&risk->rows, row_key(account, symbol));
	if (row == NULL)
		return;
	usage_row(risk, row);
	locate_move(risk, row, working, executed);
}

void risk_unfill(struct risk *risk, uint16_t account, uint32_t symbol, enum side side, uint32_t qty,
	int64_t price_e4)
{
	struct row *row = risk_row_past(risk, account, symbol);
	struct symbol_entry *entry = tables_symbol(risk, symbol);
	unsigned bit = (unsigned)side & 1;
	position_unfill(&entry->firm, &risk->rests[symbol].totals, bit, qty, price_e4);
	if (row == NULL)
		return;
	position_unfill(
		&row->position, &risk->rows.totals[row - risk->rows.rows], bit, qty, price_e4);
	money_cash(risk, row);
	if (LIKELY(is_at_home(risk, symbol)))
		money_execute(risk, account, -(int128_t)qty * price_e4);
	money_row(risk, row, 0);
	/* The worst case falls on its side and rises on the other. */
	usage_position(risk, account, symbol, bit, row);
	usage_position(risk, account, symbol, bit ^ 1, row);
}
