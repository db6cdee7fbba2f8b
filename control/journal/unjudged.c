/* unjudged.c - which lanes of a refusal measured nothing, because what they measure by was missing (story.h).

   A lane whose input is missing breaches, as it must; but its sentence, that a limit was exceeded, is not true then.  Of an
   order whose symbol is unknown no lane of symbols says anything, and so on: the widest cause speaks for all. */
#include <inttypes.h>
#include <stdio.h>

#include "control/journal/story.h"

/* From here on a number is no price (dataplane/risk/instrument.h). */
#define NO_PRICE_E4 INT64_C(2000000000)

#define BIT(lane) (UINT64_C(1) << LANE_##lane)

#define COLLARS                                                                                    \
	(BIT(PRICE_COLLAR) | BIT(PRICE_COLLAR_TICKS) | BIT(EXIT_COLLAR) | BIT(COLLAR_WINDOW))
#define SUMS                                                                                       \
	(BIT(GROSS_EXPOSURE) | BIT(NET_EXPOSURE) | BIT(CREDIT) | BIT(LOSS) | BIT(DRAWDOWN) |       \
		BIT(MARGIN) | BIT(PORTFOLIO_RISK) | BIT(CONCENTRATION) | BIT(OVERFLOW))
#define BY_REFERENCE (COLLARS | SUMS)
#define BY_PRICE                                                                                   \
	(BY_REFERENCE | BIT(PRICE_BAND) | BIT(MAX_ORDER_VALUE) | BIT(SLICING) |                    \
		BIT(OPEN_BUY_VALUE) | BIT(OPEN_SELL_VALUE) | BIT(FIRM_OPEN_BUY_VALUE) |            \
		BIT(FIRM_OPEN_SELL_VALUE))
#define BY_LIMITS                                                                                  \
	(BY_PRICE | BIT(NOT_CONFIGURED) | BIT(RESTRICTED) | BIT(STALE_MARKET_DATA) |               \
		BIT(MAX_ORDER_QUANTITY) | BIT(VOLUME_SHARE) | BIT(SHORT_SALE) | BIT(NO_LOCATE) |   \
		BIT(NO_REFERENCE) | BIT(DUPLICATE_ORDER) | BIT(POSITION_LONG) |                    \
		BIT(POSITION_SHORT) | BIT(FIRM_POSITION_LONG) | BIT(FIRM_POSITION_SHORT))
#define BY_SYMBOL                                                                                  \
	(BY_LIMITS | BIT(NO_ROUTE) | BIT(MARKET_STATE) | BIT(TICK_SIZE) | BIT(LOT_SIZE) |          \
		BIT(SYMBOL_RATE) | BIT(SYMBOL_WINDOW) | BIT(VENUE_DOWN) | BIT(VENUE_SLOW))
#define BY_ACCOUNT                                                                                 \
	(BY_LIMITS | BIT(ACCOUNT_NOT_APPROVED) | BIT(UNKNOWN_STRATEGY) | BIT(PARENT) |             \
		BIT(ACCOUNT_RATE) | BIT(ACCOUNT_WINDOW) | BIT(ORDER_TO_TRADE) | BIT(EXIT_RATE))

/* What was missing, the widest first: an account that no file has, or the symbol's, and so on. */
enum missing { MISSING_ACCOUNT, MISSING_SYMBOL, MISSING_PRICE, MISSING_REFERENCE, MISSING_COUNT };

static bool is_missing(
	const struct story *story, const struct receipt *receipt, enum missing missing)
{
	switch (missing) {
	case MISSING_ACCOUNT:
		return (receipt->mask & BIT(UNKNOWN_ACCOUNT)) != 0 &&
		       site_account_find(story->site, receipt->account) == UINT32_MAX;
	case MISSING_SYMBOL:
		return (receipt->mask & BIT(UNKNOWN_SYMBOL)) != 0;
	case MISSING_PRICE:
		return receipt->price_e4 <= 0 || receipt->price_e4 >= NO_PRICE_E4;
	default:
		return (receipt->mask & BIT(NO_REFERENCE)) != 0;
	}
}

/* The lanes that breached for want of it, of those left. */
static uint64_t lanes_of(enum missing missing)
{
	static const uint64_t lanes[] = {[MISSING_ACCOUNT] = BY_ACCOUNT,
		[MISSING_SYMBOL] = BY_SYMBOL,
		[MISSING_PRICE] = BY_PRICE,
		[MISSING_REFERENCE] = BY_REFERENCE};
	return lanes[missing];
}

static void lanes_format(uint64_t lanes, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (unsigned lane = 0; lane < LANE_COUNT && used < size; lane++)
		if ((lanes >> lane & 1) != 0)
			used += (size_t)snprintf(text + used, size - used, "%s%s",
				used == 0 ? "" : ", ", lane_rows[lane].name);
}

uint64_t story_unjudged_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	static const char *const why[] = {[MISSING_ACCOUNT] = "no file of the site has the account",
		[MISSING_SYMBOL] = "the symbol is unknown",
		[MISSING_PRICE] = "its price is none",
		[MISSING_REFERENCE] = "no reference was fresh"};
	const struct receipt *r = &event->receipt;
	uint64_t left = r->lane < LANE_COUNT ? r->mask & ~(UINT64_C(1) << r->lane) : r->mask;
	uint64_t unjudged = 0;
	for (unsigned i = 0; i < MISSING_COUNT; i++) {
		char lanes[900];
		uint64_t of_it = is_missing(story, r, (enum missing)i)
					 ? left & lanes_of((enum missing)i) & ~unjudged
					 : 0;
		if (of_it == 0)
			continue;
		lanes_format(of_it, lanes, sizeof lanes);
		story_sentence(answer, event, "  not judged, because %s: %s", why[i], lanes);
		unjudged |= of_it;
	}
	return unjudged;
}

static void age_format(uint64_t age_ns, char text[32])
{
	snprintf(text, 32, "%" PRIu64 ".%03u ms old", age_ns / 1000000,
		(unsigned)(age_ns / 1000 % 1000));
}

/* The last trade and the close, each with its age. */
static void others_format(const struct story_event *event, char *text, size_t size)
{
	const struct top_prices *prices = &event->top.top;
	char price[32], age[32];
	size_t used = 0;
	text[0] = '\0';
	if (prices->last_e4 != 0) {
		e4_format(prices->last_e4, price);
		age_format(
			event->now_ns > prices->last_ns ? event->now_ns - prices->last_ns : 0, age);
		used = (size_t)snprintf(text, size, "; last trade %s, %s", price, age);
	}
	if (prices->close_e4 != 0 && event->top.close_age_s != UINT32_MAX) {
		e4_format(prices->close_e4, price);
		snprintf(text + used, size - used, "; close %s, %" PRIu32 " s old", price,
			event->top.close_age_s);
	}
}

void story_market_tell(const struct story_event *event, struct answer *answer)
{
	const struct top_prices *prices = &event->top.top;
	char heard[64], bid[32], ask[32], others[160];
	bool is_crossed =
		prices->bid_e4 > 0 && prices->ask_e4 > 0 && prices->bid_e4 >= prices->ask_e4;
	if (!event->has_top)
		return;
	if (event->top.channel_age_ns == UINT64_MAX)
		snprintf(heard, sizeof heard, "never heard, or not since a gap");
	else
		age_format(event->top.channel_age_ns, heard);
	e4_format(prices->bid_e4, bid);
	e4_format(prices->ask_e4, ask);
	others_format(event, others, sizeof others);
	story_sentence(answer, event, "  its market then: channel %s%s; bid %s, ask %s%s%s", heard,
		prices->stale != 0 ? ", a gap open" : "", prices->bid_e4 != 0 ? bid : "none",
		prices->ask_e4 != 0 ? ask : "none", is_crossed ? ", crossed or locked" : "",
		others);
}
