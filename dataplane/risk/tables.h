/* tables.h - everything the judgement keeps: struct risk from the inside.

   One entry per session, account and symbol, one row per account and symbol in use, the log of
   duplicates, three epochs of limits (in force, being collected, and what the one in force may return to) and
   profiles made of the one in force.  An id that names nobody has an entry too: all zero, without limits, so an order that
   names it is measured like any other and refused by name.

   Owner      the gate stage.
   Invariant  (1) the firm's open value is the sum of the accounts', a symbol's firm position the sum
                  of its rows';
              (2) what is under "shown only" is read by no judgement and is in no state hash;
              (3) no row and no symbol keeps anything of an epoch that a judgement goes by, but haircuts, which are made anew
                  with it (haircuts.h): an order is judged by the limits in force, all of them, from the moment that they
                  are. */
#ifndef SLUICE_RISK_TABLES_H
#define SLUICE_RISK_TABLES_H

#include "dataplane/risk/concentration.h"
#include "dataplane/risk/duplicate.h"
#include "dataplane/risk/haircuts.h"
#include "dataplane/risk/instrument.h"
#include "dataplane/risk/locate.h"
#include "dataplane/risk/pace.h"
#include "dataplane/risk/position.h"
#include "dataplane/risk/profiles.h"
#include "dataplane/risk/rates.h"
#include "dataplane/risk/ratio.h"
#include "dataplane/risk/risk.h"
#include "dataplane/risk/slippage.h"
#include "dataplane/risk/tempo.h"
#include "dataplane/risk/throttle.h"

struct session_entry {
	_Alignas(CACHE_LINE_BYTES) struct throttle orders;
	struct bucket cancels;
	/* shown only */
	struct gauge cancel_gauge;
};

struct account_entry {
	/* hot: every order */
	_Alignas(CACHE_LINE_BYTES) uint64_t sessions[SESSION_COUNT_MAX / 64]; /* may speak for it */
	uint16_t strategies[ACCOUNT_STRATEGY_MAX];                            /* 0: none */
	uint64_t approved_until_wall_ns;                                      /* 0: not */
	int64_t open_value_e4[2];                                             /* by enum side */
	struct money money;
	_Alignas(CACHE_LINE_BYTES) struct throttle orders;
	struct bucket exits;
	struct ratio ratio;
	uint64_t is_known;
	/* shown only */
	struct ratio_shown ratio_shown;
	struct gauge exit_gauge, open_gauges[2];
	struct meter meter; /* of orders whose row has no meter of its own */
};

/* What an order touches of a symbol is together, and what else there is of each lies apart: nine share a page of 4 KiB where five
   did.  With that, and the newest times in the throttle, an order of a burst takes 0.9 (tools/bench, "order: ... bursts of
   32"). */
struct symbol_entry {
	/* hot: every order */
	_Alignas(CACHE_LINE_BYTES) struct instrument instrument;
	struct position firm;
	int64_t gross_e4; /* gross stakes of its rows */
	/* every commit, and the judge where the symbol states a loss */
	int128_t pnl_e4; /* of its rows */
	/* every commit compares it with pnl_e4; the judge where the symbol states a fall */
	int128_t best_e4; /* losses (3) */
	/* every commit; shown only */
	int64_t positions_still[2]; /* long, short: gauge.h */
	int64_t share_still_e4;     /* concentration.h */
	struct throttle orders;
};
enum {
	SYMBOL_HOT_BYTES =
		offsetof(struct symbol_entry, orders) + offsetof(struct throttle, tokens),
};
_Static_assert(
	offsetof(struct symbol_entry, orders) == 192 && SYMBOL_HOT_BYTES <= 6 * CACHE_LINE_BYTES,
	"an order touches six lines");

/* Beside a symbol. */
struct symbol_rest {
	/* fills only */
	struct position_totals totals;
	struct position_totals start; /* of these: what accounts held when the day began */
	/* seldom; shown only */
	struct gauge position_gauges[2], share_gauge;
	struct gauge loss_gauges[OWN_COUNT]; /* where the symbol states a loss or a fall */
	uint64_t generation;                 /* of the limits that the gauges have */
	struct haircuts listed;
};

struct risk {
	/* hot: every order */
	struct session_entry *sessions; /* SESSION_COUNT_MAX */
	struct account_entry *accounts; /* ACCOUNT_COUNT_MAX */
	struct symbol_entry *symbols;   /* symbol_count, and one more for no symbol */
	struct symbol_rest *rests;      /* beside symbols */
	uint32_t symbol_count;
	uint64_t exempt[2];       /* lanes that do not bind: an ordinary order, a way out */
	int64_t open_value_e4[2]; /* the firm's, by enum side */
	struct money money;       /* the firm's */
	struct sectors sectors;   /* of accounts and of the firm */
	struct losses losses;     /* of strategies */
	struct paces paces;       /* of strategies */
	struct ratio ratio;       /* the firm's */
	struct rates rates;
	bool is_torn; /* a fill had no row: everything is refused (TABLE_FULL) */
	struct rows rows;
	struct duplicate duplicate;
	struct profiles profiles;
	/* executions only */
	struct tempos tempos;
	struct slips slips;
	struct limits *limits;  /* in force */
	struct limits *pending; /* being collected */
	struct limits *former;  /* in force again when those now in force return */
	bool is_collecting, is_refused;
	bool has_former,
		is_held; /* is_held: what is in force becomes the former when others are adopted */
	/* boot and operators */
	uint32_t known_count;
	uint16_t known[ACCOUNT_COUNT_MAX]; /* the site's accounts */
	struct risk_rings {
		uint64_t *session_times, *account_times, *symbol_times;
		size_t session_bytes, account_bytes, symbol_bytes;
	} rings;
	uint32_t *order, *order_spare; /* ROW_COUNT_MAX: rows sorted */
	/* shown only */
	uint64_t now_ns;
	struct ratio_shown ratio_shown;
	struct gauge open_gauges[2];
	struct usage_row events[EVENT_COUNT_MAX];
	uint64_t event_head, event_tail;
};

/* The entries an order speaks of. */
static inline struct session_entry *tables_session(const struct risk *risk, uint32_t session)
{
	return &risk->sessions[session < SESSION_COUNT_MAX ? session : 0];
}

static inline struct account_entry *tables_account(const struct risk *risk, uint32_t account)
{
	return &risk->accounts[account < ACCOUNT_COUNT_MAX ? account : 0];
}

/* What binds a strategy of its own (pace.h); NULL: it states no rate, or is none.  pace (1): that it has a row is known from a
   table that every order reads. */
static inline struct throttle *tables_pace(const struct risk *risk, uint32_t strategy)
{
	if (strategy >= STRATEGY_COUNT_MAX || LIKELY(risk->limits->strategies[strategy] == 0))
		return NULL;
	struct throttle *pace = &risk->paces.strategies[strategy];
	return pace->bucket.capacity != INT64_MIN ? pace : NULL;
}

/* A symbol that is none has the last entry. */
static inline struct symbol_entry *tables_symbol(const struct risk *risk, uint32_t symbol)
{
	return &risk->symbols[symbol < risk->symbol_count ? symbol : risk->symbol_count];
}

/* What else there is of a symbol. */
static inline struct symbol_rest *tables_rest(
	const struct risk *risk, const struct symbol_entry *symbol)
{
	return &risk->rests[symbol - risk->symbols];
}

/* tables_take takes the memory and reads the site; tables_return gives it back. */
struct risk *tables_take(const struct site_config *site);
void tables_return(struct risk *risk);

/* tables_profile gives what an account is judged by in a symbol, by row_key, until the next is asked for. */
static inline const struct profile *tables_profile(struct risk *risk, uint32_t key)
{
	return profiles_of_pair(&risk->profiles, risk->limits, key);
}

/* tables_adopt puts the limits in force in place of others: into every throttle and sum at once; into what is
   shown of a row or a symbol when it is next fed (usage.h). */
void tables_adopt(struct risk *risk, const struct limits *others);

/* tables_put does it for one limit in force that was another before. */
void tables_put(struct risk *risk, const struct limit_place *place, const struct limit_value *from);

/* tables_rate does it for limits in force that are stated in a currency whose rate is another now.  limits (3) */
void tables_rate(struct risk *risk, uint32_t currency);

/* tables_adopt_windows does it for how long duplicates are remembered: limits that may return find what they ask for. */
void tables_adopt_windows(struct risk *risk);

#endif
