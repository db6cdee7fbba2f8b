#include "dataplane/risk/losses.h"

#include "dataplane/risk/event.h"
#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"
#include "drivers/machine/memory.h"

_Static_assert(LIMIT_max_drawdown == LIMIT_max_loss + OWN_DRAWDOWN, "limits by what they are of");
_Static_assert(LANE_DRAWDOWN == LANE_LOSS + OWN_DRAWDOWN, "lanes by what they are of");

void losses_init(struct losses *losses)
{
	losses->strategies = memory_take(
		"losses of strategies", sizeof *losses->strategies * STRATEGY_COUNT_MAX);
}

void losses_free(struct losses *losses)
{
	memory_return(losses->strategies, sizeof *losses->strategies * STRATEGY_COUNT_MAX);
}

unsigned losses_place(const struct account_entry *account, uint16_t strategy)
{
	unsigned place = 0;
	while (place < ACCOUNT_STRATEGY_MAX && account->strategies[place] != strategy)
		place++;
	return strategy != 0 ? place : (unsigned)ACCOUNT_STRATEGY_MAX;
}

static inline struct portion *portion_at(
	const struct risk *risk, const struct row *row, unsigned place)
{
	return &risk->rows.portions[(size_t)(row - risk->rows.rows) * ACCOUNT_STRATEGY_MAX + place];
}

/* Saturated above INT64_MIN: what is lost is its negative. */
static int64_t narrow(int128_t wide)
{
	int64_t value = saturate_128(wide);
	return value == INT64_MIN ? -INT64_MAX : value;
}

/* What a portion has won at a mark.  What is saturated stays so, at any rate. */
static int64_t portion_value(
	const struct risk *risk, const struct portion *portion, uint32_t symbol, uint32_t mark_e4)
{
	uint32_t currency = risk->symbols[symbol].instrument.currency;
	int64_t value_e4 = narrow(portion->cash_e4 + (int128_t)portion->shares * mark_e4);
	if (LIKELY(currency == 0) || value_e4 == INT64_MAX || value_e4 == -INT64_MAX)
		return value_e4;
	return narrow(currency_down(value_e4, risk->rates.rows[currency].rate_e8));
}

static void portions_move(struct risk *risk, const struct row *row, uint32_t mark_e4)
{
	const uint16_t *strategies = risk->accounts[row->key >> 16].strategies;
	for (unsigned left = row->portions; left != 0; left &= left - 1) {
		unsigned place = (unsigned)__builtin_ctz(left);
		struct portion *portion = portion_at(risk, row, place);
		int64_t value_e4 = portion_value(risk, portion, row->key & 0xFFFF, mark_e4);
		risk->losses.strategies[strategies[place]].pnl_e4 +=
			(int128_t)value_e4 - portion->pnl_e4;
		portion->pnl_e4 = value_e4;
	}
}

void losses_move(
	struct risk *risk, const struct row *row, const struct stake *old, const struct stake *next)
{
	risk->symbols[row->key & 0xFFFF].pnl_e4 +=
		(int128_t)next->parts[STAKE_PNL] - old->parts[STAKE_PNL];
	if (UNLIKELY(row->portions != 0))
		portions_move(risk, row, next->mark_e4);
}

static inline void best(int128_t *best_e4, int128_t pnl_e4)
{
	if (UNLIKELY(pnl_e4 > *best_e4))
		*best_e4 = pnl_e4;
}

void losses_best(struct risk *risk, const struct row *row)
{
	const uint16_t *strategies = risk->accounts[row->key >> 16].strategies;
	struct symbol_entry *symbol = &risk->symbols[row->key & 0xFFFF];
	best(&symbol->best_e4, symbol->pnl_e4);
	for (unsigned left = row->portions; UNLIKELY(left != 0); left &= left - 1) {
		struct strategy_loss *of =
			&risk->losses.strategies[strategies[__builtin_ctz(left)]];
		best(&of->best_e4, of->pnl_e4);
	}
}

void risk_traded(struct risk *risk, const struct risk_trade *trade)
{
	struct row *row = rows_make(&risk->rows, row_key(trade->account, trade->symbol));
	unsigned place = losses_place(tables_account(risk, trade->account), trade->strategy);
	int64_t shares = trade->side == SIDE_BUY ? trade->qty : -trade->qty;
	/* Without a row it is torn, which risk_fill says. */
	if (row == NULL || place == ACCOUNT_STRATEGY_MAX)
		return;
	struct portion *portion = portion_at(risk, row, place);
	portion->shares = saturating_add(portion->shares, shares);
	portion->cash_e4 -= (int128_t)shares * trade->price_e4 + trade->fee_e4;
	row->portions |= (uint8_t)(1u << place);
}

void losses_day(struct risk *risk, struct row *row)
{
	const uint16_t *strategies = risk->accounts[row->key >> 16].strategies;
	uint32_t mark_e4 = row->stake.mark_e4;
	for (unsigned left = row->portions; left != 0; left &= left - 1) {
		unsigned place = (unsigned)__builtin_ctz(left);
		struct portion *portion = portion_at(risk, row, place);
		risk->losses.strategies[strategies[place]].pnl_e4 -= portion->pnl_e4;
		*portion = (struct portion){
			.shares = portion->shares, .cash_e4 = -(int128_t)portion->shares * mark_e4};
		if (portion->shares == 0) /* losses (2) */
			row->portions &= (uint8_t) ~(1u << place);
	}
}

static void begin(int128_t *best_e4, int128_t pnl_e4)
{
	*best_e4 = pnl_e4 > 0 ? pnl_e4 : 0;
}

void losses_begin(struct risk *risk)
{
	for (uint32_t i = 0; i < risk->symbol_count; i++)
		begin(&risk->symbols[i].best_e4, risk->symbols[i].pnl_e4);
	for (uint32_t i = 0; i < STRATEGY_COUNT_MAX; i++)
		begin(&risk->losses.strategies[i].best_e4, risk->losses.strategies[i].pnl_e4);
}

/* What is used by who stands at pnl_e4 and stood at best_e4: the loss, or the fall. */
static int64_t lost(unsigned own, int128_t pnl_e4, int128_t best_e4)
{
	return -narrow(own == OWN_LOSS ? pnl_e4 : pnl_e4 - best_e4);
}

/* What each would have lost at the reference that the order is judged by; an order changes nobody's shares. */
static int64_t symbol_after(
	const struct measure_inputs *in, const struct money_verdict *judged, unsigned own)
{
	int64_t old_e4 = in->row->stake.parts[STAKE_PNL];
	return lost(own, in->symbol->pnl_e4 + judged->stake.parts[STAKE_PNL] - old_e4,
		in->symbol->best_e4);
}

static int64_t strategy_after(const struct measure_inputs *in, uint32_t mark_e4, unsigned own)
{
	const struct risk *risk = in->risk;
	const struct strategy_loss *of = &risk->losses.strategies[in->profile->strategy];
	int128_t pnl_e4 = of->pnl_e4;
	unsigned place = losses_place(in->account, in->profile->strategy);
	/* Of a place that is none it has no bit. */
	if (in->has_row && (in->row->portions >> place & 1) != 0) {
		const struct portion *portion = portion_at(risk, in->row, place);
		pnl_e4 += (int128_t)portion_value(risk, portion, in->order->symbol, mark_e4) -
			  portion->pnl_e4;
	}
	return lost(own, pnl_e4, of->best_e4);
}

bool losses_exceed(
	const struct measure_inputs *in, const struct money_verdict *judged, unsigned own)
{
	const struct loss_limits *limits = &in->profile->losses;
	int64_t symbol_e4 = limits->symbol_e4[own], strategy_e4 = limits->strategy_e4[own];
	bool is_above = symbol_e4 != INT64_MAX && symbol_after(in, judged, own) > symbol_e4;
	return is_above || (strategy_e4 != INT64_MAX &&
				   strategy_after(in, judged->stake.mark_e4, own) > strategy_e4);
}

void losses_name(struct verdict *verdict, const struct measure_inputs *in, unsigned own)
{
	const struct loss_limits *limits = &in->profile->losses;
	verdict->usage = symbol_after(in, &verdict->money, own);
	verdict->limit = limits->symbol_e4[own];
	verdict->owner_scope = SCOPE_SYMBOL;
	if (verdict->limit != INT64_MAX && verdict->usage > verdict->limit)
		return;
	verdict->usage = strategy_after(in, verdict->money.stake.mark_e4, own);
	verdict->limit = limits->strategy_e4[own];
	verdict->owner_scope = SCOPE_STRATEGY;
}

/* What is stated of an own loss or fall by a row of limits (0: none); INT64_MIN: nothing. */
static int64_t loss_stated(const struct risk *risk, uint16_t index, unsigned own)
{
	int64_t value_e4 = risk->limits->parts[index].values[LIMIT_max_loss + own];
	return value_e4 != INT64_MAX ? value_e4 : INT64_MIN;
}

static struct usage_row strategy_head(const struct risk *risk, uint32_t strategy, unsigned own)
{
	const struct strategy_loss *of = &risk->losses.strategies[strategy];
	struct usage_row head =
		event_head(SCOPE_STRATEGY, (uint8_t)(LANE_LOSS + own), strategy, SYMBOL_NONE);
	head.usage = lost(own, of->pnl_e4, of->best_e4);
	head.peak = of->gauges[own].peak;
	head.limit = loss_stated(risk, risk->limits->strategies[strategy], own);
	return head;
}

static struct usage_row symbol_head(const struct risk *risk, uint32_t symbol, unsigned own)
{
	const struct symbol_entry *of = &risk->symbols[symbol];
	struct usage_row head = event_head(SCOPE_SYMBOL, (uint8_t)(LANE_LOSS + own), 0, symbol);
	head.usage = lost(own, of->pnl_e4, of->best_e4);
	head.peak = risk->rests[symbol].loss_gauges[own].peak;
	head.limit = loss_stated(risk, risk->limits->symbols[symbol], own);
	return head;
}

static void loss_feed(struct risk *risk, struct gauge *gauge, struct usage_row head)
{
	if (!gauge_feed(gauge, head.usage) || !gauge_move(gauge, head.limit, head.usage))
		return;
	head.peak = gauge->peak;
	event_keep(risk, head);
}

void losses_feed(struct risk *risk, const struct row *row)
{
	const uint16_t *strategies = risk->accounts[row->key >> 16].strategies;
	uint32_t symbol = row->key & 0xFFFF;
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		loss_feed(risk, &risk->rests[symbol].loss_gauges[own],
			symbol_head(risk, symbol, own));
		for (unsigned left = row->portions; left != 0; left &= left - 1) {
			uint32_t strategy = strategies[__builtin_ctz(left)];
			loss_feed(risk, &risk->losses.strategies[strategy].gauges[own],
				strategy_head(risk, strategy, own));
		}
	}
}

static void loss_adopt(struct gauge *gauge, struct usage_row head)
{
	gauge_set(gauge, head.limit, head.usage);
}

void losses_adopt(struct risk *risk)
{
	for (uint32_t i = 0; i < STRATEGY_COUNT_MAX; i++)
		for (unsigned own = 0; own < OWN_COUNT; own++)
			loss_adopt(&risk->losses.strategies[i].gauges[own],
				strategy_head(risk, i, own));
}

void losses_adopt_symbol(struct risk *risk, uint32_t symbol)
{
	for (unsigned own = 0; own < OWN_COUNT; own++)
		loss_adopt(&risk->rests[symbol].loss_gauges[own], symbol_head(risk, symbol, own));
}

void losses_adopt_row(struct risk *risk, struct row *row)
{
	const uint16_t *strategies = risk->accounts[row->key >> 16].strategies;
	bool is_stated = false;
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		uint16_t symbol = risk->limits->symbols[row->key & 0xFFFF];
		is_stated |= loss_stated(risk, symbol, own) != INT64_MIN;
		for (unsigned i = 0; i < ACCOUNT_STRATEGY_MAX; i++)
			is_stated |= loss_stated(risk, risk->limits->strategies[strategies[i]],
					     own) != INT64_MIN;
	}
	row->has_losses = is_stated;
}

bool losses_row_of_strategy(
	const struct risk *risk, uint32_t strategy, unsigned own, struct usage_row *shown)
{
	*shown = strategy_head(risk, strategy, own);
	return shown->limit != INT64_MIN;
}

bool losses_row_of_symbol(
	const struct risk *risk, uint32_t symbol, unsigned own, struct usage_row *shown)
{
	*shown = symbol_head(risk, symbol, own);
	return shown->limit != INT64_MIN;
}

bool risk_stop_loss(const struct risk *risk, enum scope scope, uint32_t id, struct risk_loss *loss)
{
	const struct limits *limits = risk->limits;
	/* A tick of the gate asks for 256 symbols, of which few have a row of limits.  To put together what is told of those
	   that have none took 34,000 instructions a tick, by which the gate of 1,000 symbols was away for microseconds. */
	if (LIKELY((scope == SCOPE_STRATEGY ? limits->strategies[id] : limits->symbols[id]) == 0))
		return false;
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		struct usage_row shown;
		bool is_stated = scope == SCOPE_STRATEGY
					 ? losses_row_of_strategy(risk, id, own, &shown)
					 : losses_row_of_symbol(risk, id, own, &shown);
		if (!is_stated || shown.usage <= shown.limit)
			continue;
		*loss = (struct risk_loss){.used_e4 = shown.usage,
			.limit_e4 = shown.limit,
			.lane = (uint8_t)(LANE_LOSS + own)};
		return true;
	}
	return false;
}
