/* market_state.h - what the venue says of a symbol, and of a whole channel, beside orders and prices.

   Halts, restrictions, auctions, the directory: said rarely, read by people and by whoever wants more than
   a top has.  What price controls need of it is in the top too (record.h), because a gate reads nothing
   else.  A page is a sequence lock and words, like a top, but of several lines.

   A group of facts counts only if its bit in `said` is set: before that nobody said it, and zeros mean
   nothing.  Facts that lost messages may have changed are forgotten, not kept (feed/state.h).

   Owner      the feed stage that has the symbol's channel.
   Units      price_e4, shares; exch_ns is nanoseconds since the venue's midnight.
   Characters are the venue's own, as ITCH 5.0 names them (wire/itch50.def). */
#ifndef SLUICE_SHM_MARKET_STATE_H
#define SLUICE_SHM_MARKET_STATE_H

#include <stdatomic.h>

#include "config/limits.h"
#include "config/types.h"

/* Stock directory (ITCH R). */
struct directory_facts {
	uint64_t exch_ns;
	uint32_t round_lot;
	uint32_t etp_leverage;
	uint8_t market_category;
	uint8_t financial_status;
	uint8_t round_lots_only;
	uint8_t classification;
	char sub_type[2];
	uint8_t authenticity; /* P live, anything else a test issue */
	uint8_t short_sale_threshold;
	uint8_t ipo_flag;
	uint8_t luld_tier;
	uint8_t etp_flag;
	uint8_t inverse;
	uint8_t reserved[4];
};

/* Trading action (ITCH H). */
struct trading_facts {
	uint64_t exch_ns;
	uint8_t state; /* T H P Q */
	char reason[4];
	uint8_t reserved[3];
};

/* Operational halt (ITCH h). */
struct operational_facts {
	uint64_t exch_ns;
	uint8_t market;    /* the last one named: Q B X                       */
	uint8_t action;    /* H halted there, T lifted                        */
	uint8_t halted_on; /* markets halted now: bit 0 Q, 1 B, 2 X, 3 others */
	uint8_t reserved[5];
};

/* Reg SHO restriction (ITCH Y). */
struct short_sale_facts {
	uint64_t exch_ns;
	uint8_t action; /* 0 none, 1 since today, 2 carried over */
	uint8_t reserved[7];
};

/* Collar of the reopening auction (ITCH J). */
struct collar_facts {
	uint64_t exch_ns;
	int64_t reference_e4, upper_e4, lower_e4;
	uint32_t extension; /* how often the auction was extended */
	uint32_t reserved;
};

/* IPO quoting period (ITCH K). */
struct ipo_facts {
	uint64_t exch_ns;
	int64_t price_e4;
	uint32_t release_s; /* since midnight; 0: cancelled */
	uint8_t qualifier;  /* A anticipated, C cancelled   */
	uint8_t reserved[3];
};

/* Direct listing with capital raise (ITCH O). */
struct listing_facts {
	uint64_t exch_ns;
	int64_t min_e4, max_e4, near_e4, lower_e4, upper_e4;
	uint64_t near_ns; /* when near_e4 passed, since midnight */
	uint8_t eligibility;
	uint8_t reserved[7];
};

/* Net order imbalance (ITCH I). */
struct imbalance_facts {
	uint64_t exch_ns;
	uint64_t paired, imbalance;
	int64_t far_e4, near_e4, reference_e4; /* 0: none */
	uint8_t direction;
	uint8_t cross_type;
	uint8_t variation;
	uint8_t reserved[5];
};

/* Retail interest (ITCH N). */
struct retail_facts {
	uint64_t exch_ns;
	uint8_t interest; /* A both, B buy, S sell, N none */
	uint8_t reserved[7];
};

/* A cross that took place (ITCH Q). */
struct cross_facts {
	uint64_t exch_ns;
	uint64_t match;
	uint64_t shares;
	int64_t price_e4;
};

/* Market participants (ITCH L): how many stand how. */
struct participant_facts {
	uint64_t exch_ns; /* of the last change */
	uint32_t active, excused, withdrawn, suspended;
	uint32_t primary;   /* active as primary market maker     */
	uint32_t not_kept;  /* had no room in the feed's table    */
	char last_mpid[4];  /* of the last change                 */
	uint8_t last_mode;  /* N P S R L                          */
	uint8_t last_state; /* A E W S D                          */
	uint8_t reserved[2];
};

enum symbol_said {
	SAID_DIRECTORY = 1u << 0,
	SAID_TRADING = 1u << 1,
	SAID_OPERATIONAL = 1u << 2,
	SAID_SHORT_SALE = 1u << 3,
	SAID_COLLAR = 1u << 4,
	SAID_IPO = 1u << 5,
	SAID_LISTING = 1u << 6,
	SAID_IMBALANCE = 1u << 7,
	SAID_RETAIL = 1u << 8,
	SAID_OPENING = 1u << 9,
	SAID_CLOSING = 1u << 10,
	SAID_REOPENING = 1u << 11,
	SAID_PARTICIPANTS = 1u << 12,
};

struct symbol_state {
	uint32_t said;      /* enum symbol_said, a bit each                                 */
	uint8_t effective;  /* what the top's state says: T, or why not (feed/state.h)      */
	uint8_t mwcb_level; /* 1 2 3: a market-wide breaker halted it and nothing resumed it */
	uint8_t has_band;   /* 1: collar or listing is where it may trade now                */
	uint8_t reserved;
	uint64_t breaks; /* trades broken today */
	struct directory_facts directory;
	struct trading_facts trading;
	struct operational_facts operational;
	struct short_sale_facts short_sale;
	struct collar_facts collar;
	struct ipo_facts ipo;
	struct listing_facts listing;
	struct imbalance_facts imbalance;
	struct retail_facts retail;
	struct cross_facts opening, closing, reopening;
	struct participant_facts participants;
};

/* One symbol's page. */
struct market_state {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t lock; /* odd: being written; rises by 2 */
	struct symbol_state facts;
};
_Static_assert(sizeof(struct market_state) % CACHE_LINE_BYTES == 0, "whole lines");

enum channel_said { SAID_PHASE = 1u << 0, SAID_MWCB_LEVELS = 1u << 1, SAID_MWCB_STATUS = 1u << 2 };

/* What was said of every symbol of a channel at once. */
struct channel_facts {
	uint32_t said;      /* enum channel_said, a bit each              */
	uint8_t phase;      /* O S Q M E C (ITCH S)                       */
	uint8_t mwcb_level; /* the highest level breached today: 1 2 3    */
	uint8_t reserved[2];
	uint64_t phase_ns;       /* exchange time */
	uint64_t mwcb_levels_ns; /* exchange time */
	uint64_t mwcb_levels[3]; /* index values with 8 decimals (ITCH V) */
	uint64_t mwcb_ns;        /* when the last breach was said */
};

/* One channel's page. */
struct channel_market {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t lock;
	struct channel_facts facts;
};

/* market_state_publish replaces a page; only its one writer calls it. */
void market_state_publish(struct market_state *page, const struct symbol_state *facts);
void channel_market_publish(struct channel_market *page, const struct channel_facts *facts);

/* market_state_read copies a page.  false: the writer was in the way 64 times; facts then is zero:
   nothing was said. */
bool market_state_read(const struct market_state *page, struct symbol_state *facts);
bool channel_market_read(const struct channel_market *page, struct channel_facts *facts);

#endif
