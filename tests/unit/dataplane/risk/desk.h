/* desk.h - a small site with complete limits, and an order that passes: what tests of the judgement
   start from and then break in one place.

   Two accounts (7: strategies 70, 71; 8: strategy 80), sessions 1 and 2 (account 8 only by session 2),
   three symbols: tick 0.0100 and lot 1; tick 0.0001 and lot 100; no previous close.  The market stands
   at 10.0000 bid, 10.0200 asked.

   Units      limits are round numbers, so that a test can stand at the limit and one past it. */
#ifndef SLUICE_TESTS_DESK_H
#define SLUICE_TESTS_DESK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/tables.h"

#define DESK_SECOND UINT64_C(1000000000)

enum {
	DESK_ROWS = 8,
	DESK_FIRM = 0,
	DESK_SESSION_1,
	DESK_SESSION_2,
	DESK_ACCOUNT_7,
	DESK_ACCOUNT_8
};

struct desk {
	struct site_config site;
	struct account_config accounts[2];
	struct symbol_config symbols[3];
	struct limit_row rows[DESK_ROWS];
	uint32_t row_count, epoch;
	struct risk *risk;
	struct turn_inputs turn;
	struct top_used top;
	struct risk_order order;
	struct verdict verdict;
};

static inline void desk_state(
	struct limit_row *row, enum limit limit, int64_t value, uint64_t window_ns, uint32_t burst)
{
	row->stated |= UINT64_C(1) << limit;
	row->limits[limit] = (struct limit_value){value, window_ns, burst, 0};
}

static inline void desk_state_order_limits(struct limit_row *row)
{
	desk_state(row, LIMIT_max_order_quantity, 1000, 0, 0);
	desk_state(row, LIMIT_max_order_value, 100000000, 0, 0);
	desk_state(row, LIMIT_collar, 100, 0, 0);
	desk_state(row, LIMIT_collar_ticks, 20, 0, 0);
	desk_state(row, LIMIT_exit_collar, 500, 0, 0);
	desk_state(row, LIMIT_collar_window, 200, 10 * DESK_SECOND, 0);
	desk_state(row, LIMIT_max_bbo_age, 1000, 0, 0);
	desk_state(row, LIMIT_max_trade_age, 2000, 0, 0);
	desk_state(row, LIMIT_max_close_age, 3000, 0, 0);
	desk_state(row, LIMIT_max_market_data_age, 5000, 0, 0);
	desk_state(row, LIMIT_max_adv_share, 1000, 0, 0);
	desk_state(row, LIMIT_max_outstanding_share, 100, 0, 0);
	desk_state(row, LIMIT_max_duplicates, 2, 500, 0);
	desk_state(row, LIMIT_max_slicing, 5000, 10 * DESK_SECOND, 0);
	for (unsigned i = LIMIT_allow_buy; i <= LIMIT_easy_to_borrow; i++)
		desk_state(row, (enum limit)i, 1, 0, 0);
	desk_state(row, LIMIT_capital, INT64_MAX - 1, 0, 0);
	desk_state(row, LIMIT_max_leverage, SHARE_BPS_MAX, 0, 0);
	desk_state(row, LIMIT_max_stress_share, SHARE_BPS_MAX, 0, 0);
	desk_state(row, LIMIT_max_symbol_share, 10000, 0, 0);
	desk_state(row, LIMIT_max_sector_share, 10000, 0, 0);
	desk_state(row, LIMIT_order_to_trade, 900, 0, 900);
	desk_state(row, LIMIT_max_slippage, 500, 0, 0);
	desk_state(row, LIMIT_max_slips, 100, DESK_SECOND, 0);
	desk_state(row, LIMIT_max_long_position, 3000, 0, 0);
	desk_state(row, LIMIT_max_short_position, 2000, 0, 0);
	desk_state(row, LIMIT_max_open_buy_value, 300000000, 0, 0);
	desk_state(row, LIMIT_max_open_sell_value, 200000000, 0, 0);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_state(row, (enum limit)i, 1000000000, 0, 0);
}

/* The firm's limits are twice the account's where both count for themselves. */
static inline void desk_state_all(struct desk *desk)
{
	struct limit_row *firm = &desk->rows[DESK_FIRM];
	limit_row_init(firm, SCOPE_FIRM, 0, SYMBOL_NONE);
	desk_state_order_limits(firm);
	desk_state(firm, LIMIT_max_long_position, 6000, 0, 0);
	desk_state(firm, LIMIT_max_short_position, 4000, 0, 0);
	desk_state(firm, LIMIT_max_open_buy_value, 600000000, 0, 0);
	desk_state(firm, LIMIT_max_open_sell_value, 400000000, 0, 0);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_state(firm, (enum limit)i, 2000000000, 0, 0);
	desk_state(firm, LIMIT_max_fills, 900, DESK_SECOND, 0);
	desk_state(firm, LIMIT_max_fill_rate, 900, DESK_SECOND, 0);
	desk_state(firm, LIMIT_order_rate, 900, DESK_SECOND, 900);
	for (uint32_t i = 1; i <= 2; i++) {
		struct limit_row *session = &desk->rows[DESK_FIRM + i];
		struct limit_row *account = &desk->rows[DESK_SESSION_2 + i];
		limit_row_init(session, SCOPE_SESSION, i, SYMBOL_NONE);
		desk_state(session, LIMIT_order_rate, 900, DESK_SECOND, 900);
		desk_state(session, LIMIT_cancel_rate, 10, DESK_SECOND, 5);
		limit_row_init(account, SCOPE_ACCOUNT, 6 + i, SYMBOL_NONE);
		desk_state_order_limits(account);
		desk_state(account, LIMIT_order_rate, 900, DESK_SECOND, 900);
		desk_state(account, LIMIT_exit_rate, 10, DESK_SECOND, 3);
	}
	desk->row_count = 5;
}

static inline void desk_adopt(struct desk *desk)
{
	risk_limits_begin(desk->risk);
	for (uint32_t i = 0; i < desk->row_count; i++)
		assert_true(risk_limits_row(desk->risk, &desk->rows[i]));
	risk_limits_adopt(desk->risk, ++desk->epoch);
}

/* desk_limit states one limit anew in every row that states it, keeping window and burst. */
static inline void desk_limit(struct desk *desk, enum limit limit, int64_t value)
{
	for (uint32_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].stated >> limit & 1)
			desk->rows[i].limits[limit].value = value;
	desk_adopt(desk);
}

static inline void desk_unstate(struct desk *desk, enum limit limit)
{
	for (uint32_t i = 0; i < desk->row_count; i++) {
		desk->rows[i].stated &= ~(UINT64_C(1) << limit);
		desk->rows[i].limits[limit] = (struct limit_value){INT64_MIN, 0, 0, 0};
	}
	desk_adopt(desk);
}

/* desk_effective gives what is told to bind, of a limit, by the statements of a scope. */
static inline struct effective_row desk_effective(
	struct desk *desk, struct effective_named named, enum limit limit, enum scope scope)
{
	struct effective_row rows[LIMIT_BIND_COUNT];
	uint32_t count = risk_effective(desk->risk, &named, rows);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].limit == limit && (rows[i].scopes >> scope & 1) != 0)
			return rows[i];
	return (struct effective_row){.limit = LIMIT_COUNT};
}

static inline void desk_market(struct desk *desk)
{
	desk->turn = (struct turn_inputs){.turn = 1,
		.now_ns = 100 * DESK_SECOND,
		.wall_ns = 1000 * DESK_SECOND,
		.venue_up_mask = 1};
	desk->top = (struct top_used){.channel_age_ns = 100,
		.top = {.bid_e4 = 100000,
			.ask_e4 = 100200,
			.bid_qty = 100,
			.ask_qty = 100,
			.last_e4 = 100100,
			.last_ns = desk->turn.now_ns - 1000,
			.state = 'T',
			.short_sale = '0'}};
	desk->order = (struct risk_order){.session = 1,
		.account = 7,
		.strategy = 70,
		.side = SIDE_BUY,
		.kind = DECISION_ENTER,
		.is_supported = 1,
		.has_trader = 1,
		.qty = 100,
		.open_qty = 100,
		.price_e4 = 100000};
}

static inline void desk_open(struct desk *desk)
{
	memset(desk, 0, sizeof *desk);
	desk->site.kind = SITE_SIMULATION;
	desk->site.silent_policy = SILENT_HALTED;
	desk->site.control_max_silence_ns = 1000000;
	desk->site.journal_max_behind = 50;
	desk->site.session_count = 2;
	desk->site.sessions[0].id = 1;
	desk->site.sessions[1].id = 2;
	desk->site.accounts = desk->accounts;
	desk->site.account_count = 2;
	desk->accounts[0] = (struct account_config){.id = 7,
		.approved_until_wall_ns = 2000 * DESK_SECOND,
		.strategy_count = 2,
		.strategies = {{.id = 70}, {.id = 71}},
		.session_count = 2,
		.sessions = {1, 2}};
	desk->accounts[1] = (struct account_config){.id = 8,
		.approved_until_wall_ns = 2000 * DESK_SECOND,
		.strategy_count = 1,
		.strategies = {{.id = 80}},
		.session_count = 1,
		.sessions = {2}};
	desk->site.symbols = desk->symbols;
	desk->site.symbol_count = 3;
	desk->symbols[0] = (struct symbol_config){.tick_e4 = 100,
		.lot = 1,
		.previous_close_e4 = 99000,
		.previous_close_wall_ns = 1000 * DESK_SECOND - 1000,
		.adv_qty = 10000,
		.outstanding_qty = 100000,
		.margin_bps = 10000,
		.stress_bps = 10000,
		.sector = 1};
	desk->symbols[1] = desk->symbols[0];
	desk->symbols[1].tick_e4 = 1;
	desk->symbols[1].lot = 100;
	desk->symbols[2] = (struct symbol_config){.tick_e4 = 100,
		.lot = 1,
		.adv_qty = 10000,
		.outstanding_qty = 100000,
		.margin_bps = 10000,
		.stress_bps = 10000,
		.sector = 2};
	desk->risk = risk_open(&desk->site);
	desk_market(desk);
	desk_state_all(desk);
	desk_adopt(desk);
}

static inline void desk_close(struct desk *desk)
{
	risk_close(desk->risk);
}

/* desk_anew gives the next test an open desk: nothing of the last one is left. */
static inline int desk_setup(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	*state = &desk;
	return 0;
}

static inline int desk_teardown(void **state)
{
	desk_close(*state);
	return 0;
}

/* desk_judge judges, and demands that all lanes measured say the same.  plain (2) */
static inline unsigned desk_judge(struct desk *desk)
{
	struct verdict measured;
	desk->top.symbol = desk->order.symbol;
	memset(&desk->verdict, 0xA5, sizeof desk->verdict);
	memset(&measured, 0x5A, sizeof measured);
	risk_judge(desk->risk, &desk->turn, &desk->top, &desk->order, &desk->verdict);
	risk_measure(desk->risk, &desk->turn, &desk->top, &desk->order, &measured);
	assert_memory_equal(&desk->verdict, &measured, sizeof measured);
	return desk->verdict.lane;
}

static inline void desk_commit(struct desk *desk)
{
	risk_commit(desk->risk, &desk->turn, &desk->order, &desk->verdict);
}

/* desk_expect judges and demands a reason (LANE_NONE: it passes). */
#define desk_expect(desk, lane) assert_string_equal(lane_name(desk_judge(desk)), lane_name(lane))

/* desk_pass judges, demands a pass, and commits. */
#define desk_pass(desk)                                                                            \
	do {                                                                                       \
		desk_expect(desk, LANE_NONE);                                                      \
		desk_commit(desk);                                                                 \
	} while (0)

/* desk_hold gives account 7 a position in a symbol: bought or sold before the test begins. */
static inline void desk_hold(struct desk *desk, uint32_t symbol, int64_t shares)
{
	enum side side = shares > 0 ? SIDE_BUY : SIDE_SELL;
	uint32_t qty = (uint32_t)(shares > 0 ? shares : -shares);
	risk_fill(desk->risk, 7, symbol, side, qty, 0, 100000);
}

/* desk_size sets the order's quantity. */
static inline void desk_size(struct desk *desk, uint32_t qty)
{
	desk->order.qty = desk->order.open_qty = qty;
}

static inline void desk_hash_add(void *context, const void *bytes, size_t size)
{
	uint64_t *hash = context;
	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

/* desk_hash is equal for equal states. */
static inline uint64_t desk_hash(const struct desk *desk)
{
	uint64_t hash = 1;
	risk_state_write(desk->risk, desk_hash_add, &hash);
	return hash;
}

#define desk_test(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)

#endif
