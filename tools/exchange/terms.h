/* terms.h - what the venue takes: the terms of an order by the rules that are in force.

   Rules come from the venue's profile; without one all that the market can do is taken, at any price and
   size.  What the market cannot do (crosses, pegs, reserves, minimum quantities, post-only, channels) is
   refused whatever a profile says.

   Units      price_e4, shares, nanoseconds of the clock the caller keeps. */
#ifndef SLUICE_EXCHANGE_TERMS_H
#define SLUICE_EXCHANGE_TERMS_H

#include "config/limits.h"
#include "dataplane/wire/ouch50.h"
#include "tools/exchange/reason.h"

enum {
	OPTION_FIRM = 2,
	OPTION_MIN_QTY = 3,
	OPTION_MAX_FLOOR = 5,
	OPTION_PRICE_TYPE = 6,
	OPTION_POST_ONLY = 12,
	OPTION_GROUP = 24,
	OPTION_SIDE = 27,
	OPTION_CHANNEL = 28,
};

struct terms_rules {
	char times_in_force[4], displays[4], capacities[5], sides[5]; /* letters that are taken */
	bool is_iso_refused;
	uint32_t qty_max;                    /* shares of one order */
	int64_t notional_max_e4;             /* of one order; 0: any */
	uint32_t options_refused;            /* bit per tag */
	uint64_t rate_per_window, window_ns; /* Enters of a port; rate 0: any */
	uint32_t burst;
	int64_t fee_e4, rebate_e4; /* a share that removed, that added; only counted */
};

/* A port's tokens: `burst` of them, and rate_per_window come back in window_ns. */
struct terms_tokens {
	uint64_t level, seen_ns; /* level: in nano-windows of a token; seen 0: never */
};

struct terms {
	struct terms_rules rules;
	uint32_t tick_e4[SYMBOL_COUNT_MAX], lot[SYMBOL_COUNT_MAX]; /* by locate; 0: any */
};

/* terms_rules_all takes all that the market can do. */
void terms_rules_all(struct terms_rules *rules);

/* terms_take takes one of a port's tokens; false: there is none. */
bool terms_take(const struct terms_rules *rules, struct terms_tokens *tokens, uint64_t exch_ns);

/* terms_judge judges what Enter and Replace share; side 0: a replace, which keeps its own.  Returns the
   code of the first reason against it, REJECT_NONE: it may pass. */
uint16_t terms_judge(
	const struct terms *terms, const struct ouch_in *in, uint16_t locate, uint8_t side);

/* terms_option gives an option's value; 0: it did not come. */
static inline int64_t terms_option(const struct ouch_in *in, int tag)
{
	return (in->options.present & 1u << tag) != 0 ? in->options.value[tag] : 0;
}

#endif
