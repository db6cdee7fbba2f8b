#include "tools/bench/bench_order.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/rejects.h"
#include "dataplane/risk/lanes.h"
#include "dataplane/risk/risk.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "drivers/machine/memory.h"
#include "tools/pktgen/chance.h"

enum {
	SYMBOLS = 8714,
	ACCOUNTS = 64,
	SESSIONS = 8,
	PAIRS = 60000,
	ORDERS = 32 * 4096,
	BURST = 32,
	BEFORE = 4, /* orders are announced so many before they are judged */
	ORDER_APART_NS = 10000,
	FIRST_STRATEGY = 100,
};
static const uint64_t second_ns = 1000000000;

struct desk {
	struct site_config site;
	struct risk *risk;
	struct turn_inputs turn;
	struct top_used *tops;     /* [symbol] */
	struct risk_order *orders; /* ORDERS */
	struct {
		int64_t value_e4; /* what is to be given back of an order that passed */
		uint32_t qty;
		bool is_passed;
	} * taken; /* ORDERS */
	struct {
		uint16_t account, symbol;
	} pairs[PAIRS];
	uint64_t refused;
	uint8_t lane; /* of the first refusal */
};

static void state(
	struct limit_row *row, enum limit limit, int64_t value, uint64_t window_ns, uint32_t burst)
{
	row->stated |= UINT64_C(1) << limit;
	row->limits[limit] = (struct limit_value){value, window_ns, burst, 0};
}

static void state_order_limits(struct limit_row *row)
{
	const int64_t far = INT64_C(1) << 60;
	state(row, LIMIT_max_order_quantity, 10000, 0, 0);
	state(row, LIMIT_max_order_value, far, 0, 0);
	state(row, LIMIT_collar, 500, 0, 0);
	state(row, LIMIT_collar_ticks, 500, 0, 0);
	state(row, LIMIT_exit_collar, 1000, 0, 0);
	state(row, LIMIT_collar_window, 5000, 10 * second_ns, 0);
	state(row, LIMIT_max_bbo_age, far, 0, 0);
	state(row, LIMIT_max_trade_age, far, 0, 0);
	state(row, LIMIT_max_close_age, far, 0, 0);
	state(row, LIMIT_max_market_data_age, far, 0, 0);
	state(row, LIMIT_max_adv_share, 1000, 0, 0);
	state(row, LIMIT_max_outstanding_share, 1000, 0, 0);
	state(row, LIMIT_max_duplicates, 2, 500, 0);
	state(row, LIMIT_max_slicing, 5000, 10 * second_ns, 0);
	for (unsigned i = LIMIT_allow_buy; i <= LIMIT_easy_to_borrow; i++)
		state(row, (enum limit)i, 1, 0, 0);
	state(row, LIMIT_capital, far, 0, 0);
	state(row, LIMIT_max_leverage, SHARE_BPS_MAX, 0, 0);
	state(row, LIMIT_max_stress_share, SHARE_BPS_MAX, 0, 0);
	state(row, LIMIT_max_symbol_share, SHARE_BPS_WHOLE, 0, 0);
	state(row, LIMIT_max_sector_share, SHARE_BPS_WHOLE, 0, 0);
	state(row, LIMIT_order_to_trade, ORDER_TO_TRADE_MAX, 0, UINT32_MAX);
	state(row, LIMIT_max_slippage, 1000, 0, 0);
	state(row, LIMIT_max_slips, SLIPS_MAX, 1, 0);
	state(row, LIMIT_max_long_position, 1000000000, 0, 0);
	state(row, LIMIT_max_short_position, 1000000000, 0, 0);
	state(row, LIMIT_max_open_buy_value, far, 0, 0);
	state(row, LIMIT_max_open_sell_value, far, 0, 0);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		state(row, (enum limit)i, far, 0, 0);
}

/* desk_limit states every limit for the firm, each session and each account. */
static bool desk_limit(struct desk *d)
{
	struct limit_row row;
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	state_order_limits(&row);
	state(&row, LIMIT_max_fills, STRATEGY_FILLS_MAX, 1, 0);
	state(&row, LIMIT_max_fill_rate, GATE_FILLS_MAX, 1, 0);
	state(&row, LIMIT_order_rate, 900, second_ns / 1000, 900);
	risk_limits_begin(d->risk);
	bool is_taken = risk_limits_row(d->risk, &row);
	for (uint32_t i = 1; i <= SESSIONS; i++) {
		limit_row_init(&row, SCOPE_SESSION, i, SYMBOL_NONE);
		state(&row, LIMIT_order_rate, 900, second_ns / 1000, 900);
		state(&row, LIMIT_cancel_rate, 900, second_ns / 1000, 900);
		is_taken = is_taken && risk_limits_row(d->risk, &row);
	}
	for (uint32_t i = 1; i <= ACCOUNTS; i++) {
		limit_row_init(&row, SCOPE_ACCOUNT, i, SYMBOL_NONE);
		state_order_limits(&row);
		state(&row, LIMIT_order_rate, 900, second_ns / 1000, 900);
		state(&row, LIMIT_exit_rate, 900, second_ns / 1000, 900);
		is_taken = is_taken && risk_limits_row(d->risk, &row);
	}
	if (is_taken)
		risk_limits_adopt(d->risk, 1);
	return is_taken;
}

static void desk_site(struct desk *d, struct chance *chance)
{
	struct site_config *site = &d->site;
	site->kind = SITE_SIMULATION;
	site->silent_policy = SILENT_HALTED;
	site->control_max_silence_ns = second_ns;
	site->journal_max_behind = 1000;
	site->session_count = SESSIONS;
	for (uint32_t i = 0; i < SESSIONS; i++)
		site->sessions[i].id = i + 1;
	site->account_count = ACCOUNTS;
	site->accounts = calloc(ACCOUNTS, sizeof *site->accounts);
	site->symbol_count = SYMBOLS;
	site->symbols = calloc(SYMBOLS, sizeof *site->symbols);
	d->tops = calloc(SYMBOLS, sizeof *d->tops);
	d->orders = calloc(ORDERS, sizeof *d->orders);
	d->taken = calloc(ORDERS, sizeof *d->taken);
	CHECK(site->accounts && site->symbols && d->tops && d->orders && d->taken);
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		site->accounts[i] = (struct account_config){.id = i + 1,
			.approved_until_wall_ns = UINT64_MAX,
			.strategy_count = 1,
			.strategies = {{.id = FIRST_STRATEGY + i}},
			.session_count = 1,
			.sessions = {i % SESSIONS + 1}};
	for (uint32_t i = 0; i < SYMBOLS; i++) {
		int64_t bid_e4 = 100 * (1000 + (int64_t)chance_below(chance, 20000));
		site->symbols[i] = (struct symbol_config){.tick_e4 = 100,
			.lot = 1,
			.previous_close_e4 = bid_e4,
			.previous_close_wall_ns = 1,
			.adv_qty = 10000000,
			.outstanding_qty = 1000000000,
			.margin_bps = 5000,
			.stress_bps = 2000,
			.sector = 1};
		d->tops[i] = (struct top_used){.symbol = i,
			.channel_age_ns = 100,
			.top = {.bid_e4 = bid_e4,
				.ask_e4 = bid_e4 + 100,
				.bid_qty = 100,
				.ask_qty = 100,
				.last_e4 = bid_e4,
				.last_ns = second_ns,
				.state = 'T'}};
	}
}

static void desk_draw(struct desk *d, struct chance *chance, bool is_one_symbol)
{
	for (uint32_t i = 0; i < ORDERS; i++) {
		uint32_t pair = is_one_symbol ? 0 : chance_below(chance, PAIRS);
		struct risk_order *o = &d->orders[i];
		uint32_t account = d->pairs[pair].account;
		*o = (struct risk_order){.session = (uint16_t)((account - 1) % SESSIONS + 1),
			.account = (uint16_t)account,
			.strategy = (uint16_t)(FIRST_STRATEGY + account - 1),
			.side = (uint8_t)chance_below(chance, 2),
			.kind = DECISION_ENTER,
			.is_supported = 1,
			.has_trader = 1,
			.symbol = d->pairs[pair].symbol,
			.qty = 100 + chance_below(chance, 900)};
		o->open_qty = o->qty;
		o->price_e4 = d->tops[o->symbol].top.bid_e4;
	}
}

static bool desk_open(struct desk *d)
{
	struct chance chance = {7};
	memset(d, 0, sizeof *d);
	desk_site(d, &chance);
	d->risk = risk_open(&d->site);
	d->turn = (struct turn_inputs){.turn = 1,
		.now_ns = 100 * second_ns,
		.wall_ns = 1000 * second_ns,
		.venue_up_mask = 1};
	for (uint32_t i = 0; i < PAIRS; i++) {
		/* no pair twice, every symbol in some */
		uint32_t account = i % ACCOUNTS;
		d->pairs[i].account = (uint16_t)(1 + account);
		d->pairs[i].symbol = (uint16_t)((i / ACCOUNTS * 9 + account * 137) % SYMBOLS);
	}
	return desk_limit(d);
}

static void desk_close(struct desk *d)
{
	risk_close(d->risk);
	free(d->site.accounts);
	free(d->site.symbols);
	free(d->tops);
	free(d->orders);
	free(d->taken);
}

static void judge(struct desk *d, uint32_t i, bool is_committed)
{
	const struct risk_order *o = &d->orders[i];
	d->turn.now_ns += ORDER_APART_NS;
	struct verdict verdict; /* as in the gate: nobody keeps it */
	risk_judge(d->risk, &d->turn, &d->tops[o->symbol], o, &verdict);
	d->taken[i].is_passed = verdict.mask == 0;
	d->taken[i].qty = verdict.add_qty;
	d->taken[i].value_e4 = verdict.add_value_e4;
	if (UNLIKELY(verdict.mask != 0)) {
		if (d->refused++ == 0)
			d->lane = verdict.lane;
	} else if (is_committed) {
		risk_commit(d->risk, &d->turn, o, &verdict);
	}
}

/* As the gate does when it has read an order's header. */
static void announce(struct desk *d, uint32_t i)
{
	const struct risk_order *o = &d->orders[i];
	const struct top_used *top = &d->tops[o->symbol];
	risk_announce(d->risk, o->account, o->symbol);
	__builtin_prefetch(top);
	__builtin_prefetch((const char *)(top + 1) - 1);
}

/* And when it has read all of it. */
static void approach(struct desk *d, uint32_t i)
{
	const struct risk_order *o = &d->orders[i];
	risk_approach(d->risk, o->account, o->symbol);
	risk_prefetch(d->risk, o);
}

static void give_back(struct desk *d)
{
	for (uint32_t i = 0; i < ORDERS; i++) {
		const struct risk_order *o = &d->orders[i];
		if (d->taken[i].is_passed)
			risk_release(d->risk, o->account, o->symbol, (enum side)o->side,
				d->taken[i].qty, d->taken[i].value_e4);
	}
}

static double judge_and_commit(void *context)
{
	struct desk *d = context;
	uint64_t from = round_cpu_ns();
	for (uint32_t i = 0; i < ORDERS; i += BURST) {
		for (uint32_t k = 0; k < BURST + BEFORE; k++) {
			if (k < BURST)
				announce(d, i + k);
			if (k >= BEFORE / 2 && k < BURST + BEFORE / 2)
				approach(d, i + k - BEFORE / 2);
			if (k >= BEFORE)
				judge(d, i + k - BEFORE, true);
		}
	}
	uint64_t spent = round_cpu_ns() - from;
	give_back(d);
	return (double)spent / ORDERS;
}

static double judge_alone(void *context)
{
	struct desk *d = context;
	uint64_t from = round_cpu_ns();
	for (uint32_t i = 0; i < ORDERS; i++)
		judge(d, i, false);
	return (double)(round_cpu_ns() - from) / ORDERS;
}

/* compare_lanes is the least a judgement can cost: all measures against all limits.  A measure is stored into one of
   eight sets and another is compared, because a load as wide as several stores before it waits until they are in the
   cache; that wait is not the comparison's. */
static double compare_lanes(void *context)
{
	static _Alignas(CACHE_LINE_BYTES) int64_t measures[8][LANE_WIDTH], limits[LANE_WIDTH];
	lanes_kernel *compare = lanes_kernel_of((int)cpu_isa());
	uint64_t sum = 0, from = round_cpu_ns();
	(void)context;
	for (uint32_t i = 0; i < ORDERS; i++) {
		measures[i % 8][i % LANE_COUNT] = i;
		sum += compare(measures[(i + 1) % 8], limits);
	}
	round_keep(sum);
	return (double)(round_cpu_ns() - from) / ORDERS;
}

static int rising(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* add_isolated measures each order by itself, from its announcement on: nothing of it is near before. */
static void add_isolated(struct figures *figures, struct desk *d)
{
	static uint64_t cycles[ORDERS];
	for (uint32_t i = 0; i < ORDERS; i++) {
		uint64_t from = clock_cycles();
		announce(d, i);
		approach(d, i);
		judge(d, i, true);
		cycles[i] = clock_cycles() - from;
	}
	give_back(d);
	qsort(cycles, ORDERS, sizeof cycles[0], rising);
	round_add(figures, "order: one by itself, all symbols, p50", "ns",
		(double)clock_cycles_to_ns(cycles[ORDERS / 2]), NULL);
	round_add(figures, "order: one by itself, all symbols, p99", "ns",
		(double)clock_cycles_to_ns(cycles[ORDERS / 100 * 99]), NULL);
}

bool bench_order_run(struct figures *figures)
{
	static struct desk desk;
	struct desk *d = &desk;
	struct chance chance = {11};
	const struct bench_case one[] = {
		{"order: comparison of all lanes", NULL, compare_lanes, NULL},
		{"order: judge alone, one symbol", "order: comparison of all lanes", judge_alone,
			d},
		{"order: judge and commit, one symbol", "order: comparison of all lanes",
			judge_and_commit, d},
	};
	const struct bench_case all[] = {
		{"order: judge and commit, 8,714 symbols x 64 accounts, bursts of 32",
			"order: judge alone, one symbol", judge_and_commit, d},
	};
	if (!desk_open(d)) {
		fputs("order: the limits of the bench were not taken\n", stderr);
		return false;
	}
	desk_draw(d, &chance, true);
	round_run(figures, one, ARRAY_COUNT(one));
	desk_draw(d, &chance, false);
	judge_and_commit(d); /* the rows come into use */
	round_run(figures, all, ARRAY_COUNT(all));
	add_isolated(figures, d);
	if (d->refused > 0)
		fprintf(stderr, "order: %llu orders were refused, the first by %s\n",
			(unsigned long long)d->refused, lane_name(d->lane));
	bool is_good = d->refused == 0;
	desk_close(d);
	return is_good;
}
