/* risk.h - may this order go?

   The judgement of CONTROLS.md.  risk_judge measures an order against everything that covers it, compares
   all lanes at once and changes nothing; risk_commit then takes what the order needs: tokens, worst-case
   position, open value.  What the venue says later gives it back or turns it into a position.

   Every lane is measure <= limit in int64.  A missing input measures INT64_MAX, a missing limit is
   INT64_MIN: both breach by the lane's name.  The lanes, their order and whether they bind a way-out
   order are rejects.def.

   Cost       on a quiet machine, one symbol: judge 89 ns, judge and commit 158 ns; in bursts over 8,714 symbols and 64
              accounts, each announced four orders before it is judged, 224 ns; one by itself, from its announcement on,
              310 ns (tools/bench, "order:").  Asking about shares and marks by a bound (concentration.h, gauge.h) made the first
              three 0.93, 0.83 and 0.93 of what they were, the medians of three runs in turn.  Compiled without shares of
              symbols and sectors, before that: 0.82, 0.85 and 0.88.
   Owner      the gate stage that serves the accounts; nobody else writes.
   Time       turn_inputs.now_ns only; never runs backwards.
   Units      price_e4, shares, money_e4; products in 128 bits, saturated.
   Invariant  (1) risk_judge has no effect but its result;
              (2) a refused order changes nothing but counters and, where it was refused for its quantity or
                  value, what may come back of it (slicing.h);
              (3) worst-case long = position + all working buys, worst-case short = -(position - all
                  working sells); sides are never netted while working;
              (4) uncertain is working: what was sent and not answered stays reserved. */
#ifndef SLUICE_RISK_RISK_H
#define SLUICE_RISK_RISK_H

#include "config/binds.h"
#include "config/config.h"
#include "dataplane/risk/stake.h"
#include "dataplane/shm/mailbox.h"
#include "dataplane/shm/record.h"

/* What a sale says of itself (Reg SHO, Rule 200(g)). */
enum sale_mark { SALE_LONG = 0, SALE_SHORT = 1, SALE_EXEMPT = 2, SALE_MARK_COUNT = 3 };

/* What an order says of the parent that it is a child of: nothing, for its session has none; its name; or not what it
   should, which refuses it. */
enum parent_word { PARENT_NONE = 0, PARENT_NAMED = 1, PARENT_WRONG = 2 };

/* What the judge needs to know of an order.  Ids are validated by the caller only so far that they are
   below their bounds; 0 means it named none. */
struct risk_order {
	uint16_t session, account, strategy;
	uint8_t side; /* enum side */
	uint8_t mark; /* enum sale_mark, of a sale */
	/* what is said against it before it is measured: a word of its own, which of most orders says nothing (plain.c) */
	uint8_t is_supported; /* 0: a field asks for what the gate cannot judge -> NOT_SUPPORTED */
	uint8_t has_trader;   /* 0 -> UNKNOWN_TRADER */
	uint8_t is_duplicate_id; /* 1 -> DUPLICATE_ID (also: the original is not open) */
	uint8_t is_disabled;     /* 1 -> DISABLED: its client wants no orders for the account */
	uint8_t is_table_full;   /* 1 -> TABLE_FULL: no slot for the order */
	uint8_t is_unrouted;     /* 1 -> NO_ROUTE; venue_index says nothing */
	uint8_t is_self_trade; /* 1 -> SELF_TRADE: it would trade with an open order of its group */
	uint8_t stop_state; /* strictest latched state over the scopes that cover it: enum trading_state */
	uint8_t kind;        /* DECISION_ENTER or DECISION_REPLACE */
	uint8_t parent_word; /* enum parent_word */
	uint8_t venue_index; /* which bit of venue masks */
	uint32_t symbol;     /* index, or SYMBOL_NONE */
	uint32_t qty;        /* as entered: size of the chain for a replace */
	int64_t price_e4;
	int64_t parent_used; /* what its parent's children have executed and may execute */
	uint32_t parent_qty; /* and how large it is */
	/* replace: what the order it replaces still reserves, and what would be open after it */
	uint32_t open_qty;         /* enter: qty; replace: qty - executed (0 if not above) */
	uint32_t reserved_qty;     /* enter: 0 */
	int64_t reserved_value_e4; /* enter: 0 */
	uint32_t
		locate_qty; /* of a sale marked short or exempt: shares it needs located, beyond its original's */
};

/* Everything a receipt says about a judgement. */
struct verdict {
	uint64_t mask;        /* lanes that breached, way-out exemptions applied */
	int64_t usage, limit; /* of the named lane */
	int64_t reference_e4;
	uint64_t reference_age_ns;
	uint8_t lane;        /* lowest bit of mask, LANE_NONE if none */
	uint8_t owner_scope; /* enum scope that owned the limit; SCOPE_COUNT: none did */
	uint8_t reference_source;
	uint8_t is_way_out;   /* provably reduces the worst-case position */
	uint32_t add_qty;     /* what commit will add to the working quantity */
	int64_t add_value_e4; /* what commit will add to the open value */
	/* what a passed order uses, for usage.h; INT64_MAX: its input is missing */
	int64_t collar_bps; /* distance from the reference, rounded up */
	int64_t collar_ticks, walk_bps, channel_age_ns, duplicates, slicing_bps;
	uint64_t sliced_id;   /* SLICING: the refused order that would come back; else 0 */
	uint32_t is_second;   /* 1: of two limits that the named lane looks at, it is the second */
	uint32_t is_extended; /* 1: outside of market hours */
	/* for the commit */
	struct money_verdict money;
	uint32_t duplicate_bucket;
	uint32_t row; /* where the order's row stands, + 1; 0: it has none */
};
_Static_assert(sizeof(struct verdict) == 456, "no padding");

struct risk;

/* risk_open takes the tables for a site; no limits are in force, so everything is refused. */
struct risk *risk_open(const struct site_config *site);
void risk_close(struct risk *risk);

/* risk_limits_begin, _row, _adopt take a new epoch: rows collect aside, adopt puts them in force at once
   and keeps all usage.  false from _row: nothing is taken and adopt must not follow, because the table is
   full, the row names nobody, its scope has a row already, or a limit may not be stated so (not at that
   scope, negative, or beyond the bounds of limits.h). */
void risk_limits_begin(struct risk *risk);
bool risk_limits_row(struct risk *risk, const struct limit_row *row);
void risk_limits_adopt(struct risk *risk, uint32_t epoch);

/* risk_limits_hold keeps the limits in force aside when the next are adopted, and risk_limits_return puts them in force
   again as they were; risk_limits_forget no longer keeps them.  All usage goes on. */
void risk_limits_hold(struct risk *risk);
void risk_limits_return(struct risk *risk);
void risk_limits_forget(struct risk *risk);

/* risk_limits_stated gives what the limits in force, those collected for the next epoch, or those kept aside state; NULL:
   nothing, or the place names nobody.  risk_limits_put states another value there, in force at once; false: none is
   stated, or it may not be so. */
enum risk_limits { RISK_IN_FORCE, RISK_COMING, RISK_FORMER };
const struct limit_value *risk_limits_stated(
	const struct risk *risk, enum risk_limits which, const struct limit_place *place);
bool risk_limits_put(struct risk *risk, enum risk_limits which, const struct limit_place *place,
	const struct limit_value *value);
uint32_t risk_limits_epoch(const struct risk *risk);

/* What an order will be judged by comes nearer in three steps, each some time after the one before, when that has come:
   risk_announce brings what is known of the account and symbol (or SYMBOL_NONE) that an order will probably be of and
   where their row lies; risk_approach the row; risk_prefetch, of an order that was announced, the rest. */
void risk_announce(struct risk *risk, uint16_t account, uint32_t symbol);
void risk_approach(struct risk *risk, uint16_t account, uint32_t symbol);
void risk_prefetch(struct risk *risk, const struct risk_order *order);

/* risk_expect says that what happens next is of a symbol, and of the row that an order's verdict named: they come nearer, and the
   row is looked at before it is looked for.  0, or another row than it turns out to be: it is looked for. */
void risk_expect(struct risk *risk, uint32_t symbol, uint32_t row);

/* risk_judge fills verdict.  top may be NULL: no market data for the symbol; a top of another symbol is
   none.  limit INT64_MIN: no scope states it.  owner_scope is SCOPE_COUNT for lanes that no limits row
   owns: yes-or-no lanes, the site's own limits, the instrument's grid. */
void risk_judge(struct risk *risk, const struct turn_inputs *inputs, const struct top_used *top,
	const struct risk_order *order, struct verdict *verdict);

/* risk_measure comes to the same with every lane measured, as risk_judge does where an order is not seen to be plain (plain.h). */
void risk_measure(struct risk *risk, const struct turn_inputs *inputs, const struct top_used *top,
	const struct risk_order *order, struct verdict *verdict);

/* risk_converts_market tells whether a market order becomes a limit order, as its account says for this phase of its symbol's
   market: 'Q' is within regular hours, every other phase and an unknown one is not.  NULL: nothing is known, it does not. */
bool risk_converts_market(const struct account_config *account, const struct top_used *top);

/* risk_market_price gives the limit price that a market order gets (market.h); 0: none.  top as for risk_judge. */
int64_t risk_market_price(struct risk *risk, const struct turn_inputs *inputs,
	const struct top_used *top, const struct risk_order *order);

/* risk_commit takes what a passed order needs; verdict must come from risk_judge on the same state. */
void risk_commit(struct risk *risk, const struct turn_inputs *inputs,
	const struct risk_order *order, const struct verdict *verdict);

/* risk_refuse remembers a refused order by its id (not 0) if it was refused for its quantity or value; verdict as
   for risk_commit.  Any other changes nothing. */
void risk_refuse(struct risk *risk, const struct turn_inputs *inputs,
	const struct risk_order *order, const struct verdict *verdict, uint64_t order_id);

/* risk_cancel_take takes a cancel token of the session.  false: none left (the cancel is refused; the
   bucket is the session's own, so orders cannot empty it).  No limit stated: true, cancels pass. */
bool risk_cancel_take(struct risk *risk, const struct turn_inputs *inputs, uint16_t session);

/* risk_cancelled counts a cancel or modify that goes to a venue, whoever asked for it (ratio.h). */
void risk_cancelled(struct risk *risk, const struct turn_inputs *inputs, uint16_t account);

/* risk_release gives back a reservation: cancelled, rejected, expired, replaced down.  qty shares and
   exactly value_e4 of open value.  More than is reserved leaves nothing reserved. */
void risk_release(struct risk *risk, uint16_t account, uint32_t symbol, enum side side,
	uint32_t qty, int64_t value_e4);

/* risk_reserve takes a reservation without judging: the venue's word made an order larger than what was
   held for it (accepted at another price, adopted after a loss).  Counterpart of risk_release. */
void risk_reserve(struct risk *risk, uint16_t account, uint32_t symbol, enum side side,
	uint32_t qty, int64_t value_e4);

/* risk_charge books what a venue takes for a fill, or with a fill taken back what it gives back: the risk_fill or
   risk_unfill that follows at once brings it into profit and loss. */
void risk_charge(struct risk *risk, uint16_t account, uint32_t symbol, int64_t fee_e4);

/* risk_was_before says that the risk_fill that follows at once, or with qty below 0 the risk_unfill, is of an execution of a day
   before: credit counts what was executed since the day began, so that it stays as it is. */
void risk_was_before(
	struct risk *risk, uint16_t account, uint32_t symbol, int64_t qty, int64_t price_e4);

/* risk_fee gives what a fee in a currency comes to in that of a symbol, at the rates in force (currency_cost). */
int64_t risk_fee(const struct risk *risk, uint32_t symbol, uint32_t currency, int64_t fee_e4);

/* risk_traded gives a fill, or with qty below 0 a fill taken back, to the strategy whose it was (losses.h), with what the venue
   took for it: the risk_fill or risk_unfill that follows at once values it.  Of nobody's strategy: nothing. */
struct risk_trade {
	uint16_t account, strategy;
	uint8_t side; /* enum side */
	uint32_t symbol;
	int64_t qty, price_e4, fee_e4;
};
void risk_traded(struct risk *risk, const struct risk_trade *trade);

/* risk_fill turns a reservation into a position: qty at price_e4; value_e4 is the reservation's.  A fill
   beyond its order's reservation is first reserved (risk_reserve), so that it takes nobody else's. */
void risk_fill(struct risk *risk, uint16_t account, uint32_t symbol, enum side side, uint32_t qty,
	int64_t value_e4, int64_t price_e4);

/* risk_located moves what short sales use of located shares (locate.h): by so many that work, and that were executed. */
void risk_located(
	struct risk *risk, uint16_t account, uint32_t symbol, int64_t working, int64_t executed);

/* risk_executed counts an execution of a strategy by the turn's time (tempo.h, ratio.h); returns a bit for each limit that it
   exceeds.  A fill that is taken back or corrected stays counted: it happened. */
enum risk_trip {
	RISK_TRIP_STRATEGY_FILLS = 1,
	RISK_TRIP_GATE_FILLS = 2,
	RISK_TRIP_ACCOUNT_SLIPS = 4,
	RISK_TRIP_FIRM_SLIPS = 8,
};
unsigned risk_executed(
	struct risk *risk, const struct turn_inputs *inputs, uint16_t account, uint16_t strategy);

/* risk_slipped holds an execution, after its risk_fill, against the reference its order was judged by (slippage.h);
   returns a bit for each owner of one too many. */
struct risk_execution {
	uint16_t account;
	uint8_t side; /* enum side */
	uint32_t symbol;
	int64_t price_e4, reference_e4; /* reference 0: nobody knows it */
};
unsigned risk_slipped(struct risk *risk, const struct turn_inputs *inputs,
	const struct risk_execution *execution);

/* risk_unfill takes a fill back, exactly: the venue broke the trade.  Nothing is reserved for it again; a
   correction is an unfill, a risk_reserve of the new quantity without value, and a risk_fill of it. */
void risk_unfill(struct risk *risk, uint16_t account, uint32_t symbol, enum side side, uint32_t qty,
	int64_t price_e4);

/* risk_start gives an account what it holds of a symbol when a journal begins: position and exposure at price_e4,
   no profit or loss of the day yet, and nothing of its credit used. */
void risk_start(struct risk *risk, uint16_t account, uint32_t symbol, int64_t shares,
	int64_t cost_e4, int64_t price_e4);

/* risk_mark values what an account holds of a symbol, and what works, at a price; an absurd one changes nothing. */
void risk_mark(struct risk *risk, uint16_t account, uint32_t symbol, int64_t price_e4);

/* risk_rate puts the rate of another currency than the base in force, as of a time on the wall, and brings every sum up to
   date (rates.h).  false: there is no such currency or it is no rate, and nothing has changed.  risk_rates shows all,
   the base currency's first, as of a time; rows has room for CURRENCY_COUNT_MAX, and how many there are comes back. */
bool risk_rate(struct risk *risk, uint32_t currency, int64_t rate_e8, uint64_t as_of_wall_ns);
uint32_t risk_rates(const struct risk *risk, uint64_t wall_ns, struct rate_row *rows);

/* risk_day begins a day: what is held is valued at its marks and goes on, and what was executed, won or lost counts from
   now.  Buckets and windows know no days. */
void risk_day(struct risk *risk);

/* One account-symbol row for whoever marks it.  risk_held gives the row at a place from 0; false: no more. */
struct risk_held {
	uint16_t account;
	uint32_t symbol;
	int64_t shares, mark_e4;
};
bool risk_held(const struct risk *risk, uint32_t at, struct risk_held *held);

/* risk_loss tells whether an account (0: the firm) stands beyond its max_loss or max_drawdown at the last marks. */
struct risk_loss {
	int64_t used_e4, limit_e4;
	uint8_t lane;
};
bool risk_loss(const struct risk *risk, uint32_t account, struct risk_loss *loss);

/* risk_filling tells how much of its credit or its collateral an account (0: the firm) uses at the last marks, whichever is
   fuller: whole percents, rounded down, at most FILLING_MOST.  Unstated: nothing is used, and no order passes. */
enum { FILLING_MOST = 999 };
struct risk_filling {
	int64_t used_e4, limit_e4;
	uint32_t percent;
	uint8_t lane; /* CREDIT or MARGIN */
};
struct risk_filling risk_filling(const struct risk *risk, uint32_t account);

/* risk_stop_loss tells it of a strategy or a symbol that states a max_loss or a max_drawdown of its own. */
bool risk_stop_loss(const struct risk *risk, enum scope scope, uint32_t id, struct risk_loss *loss);

/* Rows for operators; cursor 0 begins, returns the next cursor, 0 at the end.  Account 0: positions of all
   accounts, then the firm's; risk_holdings: those of accounts alone; usage of the firm, sessions and symbols, as of now_ns.  risk_effective gives one row per
   row of binds.def, in its order, that binds an order of those who are named (0, SYMBOL_NONE: nobody): of a strategy or a session
   that is not named none.  Returns how many. */
uint64_t risk_positions(const struct risk *risk, uint32_t account, uint64_t cursor,
	struct position_row *rows, uint32_t max, uint32_t *count);
uint64_t risk_holdings(const struct risk *risk, uint64_t cursor, struct position_row *rows,
	uint32_t max, uint32_t *count);
uint64_t risk_usage(const struct risk *risk, uint32_t account, uint64_t now_ns, uint64_t cursor,
	struct usage_row *rows, uint32_t max, uint32_t *count);
struct effective_named {
	uint32_t account, symbol;
	uint16_t strategy, session;
};
uint32_t risk_effective(const struct risk *risk, const struct effective_named *named,
	struct effective_row rows[LIMIT_BIND_COUNT]);

/* risk_state_write feeds every byte of state that matters to a decision, in canonical order (by
   account, then symbol; padding zero), to `add`: the state hash is over these bytes. */
void risk_state_write(const struct risk *risk,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

/* risk_events copies limits whose usage rose to 50, 80 or 100 % since the last call, oldest first; returns
   how many.  A mark speaks again after usage fell below the mark under it (gauge.h). */
uint32_t risk_events(struct risk *risk, struct usage_row *rows, uint32_t max);

#endif
