/* state.h - the state of the market as a channel tells it: pages of symbols and channels, and tops.

   A message that is neither order nor plain trade comes here decoded with every field
   (wire/state_event.h).  What it says goes to the symbol's page or the channel's; what an order is judged
   by goes to the top too, at once:

   state       directory without a trading action: H; a trading action: its own word; a test issue: X unless
               the site is a simulation; a market-wide breaker: H until the symbol's own next trading action.
               What nobody spoke of is 0, which refuses like H.
   breaker     W halts every symbol of its channel at level 1 and 2 before 15:25, at level 3 always, at any
               other level too.  After level 3 no trading action opens a symbol again: the day is over.
   operational a halt of the channel's market, of any where it names none, and of one that ITCH does not know; on channels of IEX also until the venue has said that it has none.
   bands       from a collar (J) or a direct listing (O) until the symbol trades (H with T).
   last trade  the newest that was not broken, of the last TRADE_COUNT; a cross at its price, none for no shares.
   close       the closing cross; if it is broken there is none.

   Facts that a gap may have changed are forgotten with state_clear, before a snapshot tells them anew.  A
   breaker stays: no snapshot tells it, and the strictest wins.

   Owner      the feed stage.
   Time       now_ns of the turn, for trades; everything else is the venue's time.
   Invariant  (1) a page and its top agree on state, bands and close whenever the feed is between
                  messages;
              (2) state is T only if the symbol's last trading action said so. */
#ifndef SLUICE_FEED_STATE_H
#define SLUICE_FEED_STATE_H

#include "dataplane/feed/participants.h"
#include "dataplane/feed/symbols.h"
#include "dataplane/feed/trades.h"
#include "dataplane/shm/market.h"

/* US rule: levels 1 and 2 halt nothing from here on (ns since midnight). */
#define STATE_BREAKER_UNTIL_NS ((UINT64_C(15) * 3600 + 25 * 60) * 1000000000)

struct state {
	const struct symbols *symbols;
	struct market_region *market;
	struct trades trades;
	struct participants participants;
	bool is_simulation; /* test issues may trade */
	uint32_t
		unsaid_halts; /* channels, a bit each, where no word of an operational halt is one */
	uint8_t halts_bind
		[CHANNEL_COUNT_MAX]; /* by channel: of which markets, as operational_facts.halted_on */
};

/* state_init takes memory for the site's symbols; state_return gives it back. */
void state_init(struct state *state, const struct site_config *site, const struct symbols *symbols,
	struct market_region *market);
void state_return(struct state *state);

/* state_apply takes an event of one symbol of a channel into its page and into prices, which is the
   caller's copy of its top.  Returns whether prices changed; the caller publishes it. */
bool state_apply(struct state *state, uint8_t channel, uint32_t symbol,
	const struct state_event *event, struct top_prices *prices, uint64_t now_ns);

/* state_apply_all takes an event that concerns all symbols of a channel; publishes what it changes. */
void state_apply_all(struct state *state, uint8_t channel, const struct state_event *event);

/* state_trade takes a trade that counts; state_break one that was broken.  Both return whether prices
   changed.  A trade without a price is none. */
bool state_trade(
	struct state *state, uint32_t symbol, const struct trade *trade, struct top_prices *prices);
bool state_break(struct state *state, uint32_t symbol, uint64_t match, struct top_prices *prices);

/* state_find gives the symbol of a channel that has a trade of this match number among its last; SYMBOL_NONE: none.  For
   venues that break trades without a name; it looks at all symbols. */
uint32_t state_find(const struct state *state, uint8_t channel, uint64_t match);

/* state_clear forgets what was said of every symbol of a channel and of its phase, and publishes that;
   state_clear_symbol does it for one.  state_begin forgets breakers too: another session is another day. */
void state_clear(struct state *state, uint8_t channel);
void state_clear_symbol(struct state *state, uint32_t symbol);
void state_begin(struct state *state, uint8_t channel);

#endif
