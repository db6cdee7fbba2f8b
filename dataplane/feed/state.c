/* state.c - see state.h. */
#include "dataplane/feed/state.h"

static const char halt_markets[] = "QBX";

/* The bit of a market's code in halted_on. */
static uint8_t halt_bit(uint8_t market)
{
	const char *found = market != 0 ? strchr(halt_markets, market) : NULL;
	return (uint8_t)(1u << (found != NULL ? found - halt_markets : 3));
}

void state_init(struct state *state, const struct site_config *site, const struct symbols *symbols,
	struct market_region *market)
{
	state->symbols = symbols;
	state->market = market;
	state->is_simulation = site->kind == SITE_SIMULATION;
	state->unsaid_halts = 0;
	for (uint32_t i = 0; i < CHANNEL_COUNT_MAX; i++) {
		uint8_t code = site->channels[i].market;
		state->halts_bind[i] = code != 0 ? halt_bit(code) | halt_bit(0) : UINT8_MAX;
	}
	trades_init(&state->trades, symbols->count);
	participants_init(&state->participants, symbols->count);
}

void state_return(struct state *state)
{
	trades_return(&state->trades);
	participants_return(&state->participants);
}

/* Prices of 32 bits in a top: what does not fit is absurd to every control. */
static uint32_t price_saturated(int64_t price_e4)
{
	if (price_e4 < 0)
		return 0;
	return price_e4 > UINT32_MAX ? UINT32_MAX : (uint32_t)price_e4;
}

/* What the top says of a symbol: state (2). */
static uint8_t effective_of(const struct state *state, const struct channel_facts *channel,
	const struct symbol_state *facts)
{
	bool is_listed = (facts->said & SAID_DIRECTORY) != 0;
	if (is_listed && facts->directory.authenticity != 'P' && !state->is_simulation)
		return 'X';
	if (facts->mwcb_level != 0 || channel->mwcb_level == 3)
		return 'H';
	if ((facts->said & SAID_TRADING) != 0)
		return facts->trading.state;
	return is_listed ? 'H' : 0;
}

/* facts_publish brings page and prices to what facts say; returns whether prices changed.  state (1) */
static bool facts_publish(struct state *state, uint8_t channel, uint32_t symbol,
	struct symbol_state *facts, struct top_prices *prices)
{
	struct top_prices before = *prices;
	facts->effective = effective_of(state, &state->market->channel_facts[channel].facts, facts);
	prices->state = facts->effective;
	bool is_unsaid = (facts->said & SAID_OPERATIONAL) == 0;
	prices->operational = (facts->operational.halted_on & state->halts_bind[channel]) != 0 ||
			      (is_unsaid && (state->unsaid_halts >> channel & 1) != 0);
	prices->short_sale = facts->short_sale.action;
	if (!facts->has_band)
		prices->band_lower_e4 = prices->band_upper_e4 = 0;
	if ((facts->said & SAID_CLOSING) == 0) {
		prices->close_e4 = 0;
		prices->close_minute = 0;
	}
	market_state_publish(&state->market->states[symbol], facts);
	return memcmp(&before, prices, sizeof before) != 0;
}

static void band_set(
	struct symbol_state *facts, struct top_prices *prices, int64_t lower_e4, int64_t upper_e4)
{
	prices->band_lower_e4 = price_saturated(lower_e4);
	prices->band_upper_e4 = price_saturated(upper_e4);
	facts->has_band = prices->band_lower_e4 != 0 || prices->band_upper_e4 != 0;
}

/* trading_take: the symbol's own word ends what a breaker did to it, and its trading ends its collar. */
static void trading_take(struct symbol_state *facts, const struct state_event *event)
{
	facts->trading = event->trading;
	facts->said |= SAID_TRADING;
	facts->mwcb_level = 0;
	if (event->trading.state == 'T')
		facts->has_band = 0;
}

/* operational_take keeps halts per market: one market's end does not lift another's. */
static void operational_take(struct symbol_state *facts, const struct state_event *event)
{
	uint8_t bit = halt_bit(event->operational.market);
	uint8_t halted_on = facts->operational.halted_on;
	halted_on = event->operational.action == 'T' ? (uint8_t)(halted_on & ~bit)
						     : (uint8_t)(halted_on | bit);
	facts->operational = event->operational;
	facts->operational.halted_on = halted_on;
	facts->said |= SAID_OPERATIONAL;
}

/* cross_take keeps a cross that took place; one without shares says nothing new. */
static void cross_take(struct state *state, uint32_t symbol, struct symbol_state *facts,
	const struct state_event *event, struct top_prices *prices, uint64_t now_ns)
{
	const struct cross_facts *cross = &event->cross;
	struct trade trade = {cross->match, now_ns, cross->price_e4};
	if (cross->shares == 0 || cross->price_e4 <= 0)
		return;
	state_trade(state, symbol, &trade, prices);
	switch (event->code) {
	case 'O':
		facts->opening = *cross;
		facts->said |= SAID_OPENING;
		break;
	case 'C':
		facts->closing = *cross;
		facts->said |= SAID_CLOSING;
		prices->close_e4 = price_saturated(cross->price_e4);
		prices->close_minute = top_minute(now_ns);
		break;
	default:
		facts->reopening = *cross;
		facts->said |= SAID_REOPENING;
	}
}

/* auction_take fills what auctions are made of; false: it is another event. */
static bool auction_take(
	struct symbol_state *facts, const struct state_event *event, struct top_prices *prices)
{
	switch (event->kind) {
	case STATE_EVENT_COLLAR:
		facts->collar = event->collar;
		facts->said |= SAID_COLLAR;
		band_set(facts, prices, event->collar.lower_e4, event->collar.upper_e4);
		return true;
	case STATE_EVENT_LISTING:
		facts->listing = event->listing;
		facts->said |= SAID_LISTING;
		band_set(facts, prices, event->listing.lower_e4, event->listing.upper_e4);
		return true;
	case STATE_EVENT_IPO:
		facts->ipo = event->ipo;
		facts->said |= SAID_IPO;
		return true;
	case STATE_EVENT_IMBALANCE:
		facts->imbalance = event->imbalance;
		facts->said |= SAID_IMBALANCE;
		return true;
	default:
		return false;
	}
}

bool state_apply(struct state *state, uint8_t channel, uint32_t symbol,
	const struct state_event *event, struct top_prices *prices, uint64_t now_ns)
{
	struct symbol_state facts = state->market->states[symbol].facts;
	struct top_prices before = *prices;
	switch (event->kind) {
	case STATE_EVENT_DIRECTORY:
		facts.directory = event->directory;
		facts.said |= SAID_DIRECTORY;
		break;
	case STATE_EVENT_TRADING:
		trading_take(&facts, event);
		break;
	case STATE_EVENT_OPERATIONAL:
		operational_take(&facts, event);
		break;
	case STATE_EVENT_SHORT_SALE:
		facts.short_sale = event->short_sale;
		facts.said |= SAID_SHORT_SALE;
		break;
	case STATE_EVENT_RETAIL:
		facts.retail = event->retail;
		facts.said |= SAID_RETAIL;
		break;
	case STATE_EVENT_CROSS:
		cross_take(state, symbol, &facts, event, prices, now_ns);
		break;
	case STATE_EVENT_PARTICIPANT:
		participants_note(
			&state->participants, symbol, &event->participant, &facts.participants);
		facts.participants.exch_ns = event->exch_ns;
		facts.said |= SAID_PARTICIPANTS;
		break;
	default:
		if (!auction_take(&facts, event, prices))
			return false;
	}
	facts_publish(state, channel, symbol, &facts, prices);
	return memcmp(&before, prices, sizeof before) != 0;
}

/* breaker_halt halts every symbol of the channel. */
static void breaker_halt(struct state *state, uint8_t channel, uint8_t level)
{
	for (uint32_t i = 0; i < state->symbols->count; i++) {
		if (state->symbols->instruments[i].channel != channel)
			continue;
		struct symbol_state facts = state->market->states[i].facts;
		struct top_prices prices = state->market->tops[i].prices;
		facts.mwcb_level = level;
		if (facts_publish(state, channel, i, &facts, &prices))
			top_publish(&state->market->tops[i], &prices);
	}
}

void state_apply_all(struct state *state, uint8_t channel, const struct state_event *event)
{
	struct channel_market *page = &state->market->channel_facts[channel];
	struct channel_facts facts = page->facts;
	/* A level nobody knows is a halt all the same. */
	uint8_t level = event->code >= '1' && event->code <= '3' ? (uint8_t)(event->code - '0') : 1;
	switch (event->kind) {
	case STATE_EVENT_PHASE:
		if (event->code == 0 || strchr("OSQMEC", event->code) == NULL)
			return;
		facts.phase = event->code;
		facts.phase_ns = event->exch_ns;
		facts.said |= SAID_PHASE;
		atomic_store_explicit(
			&state->market->channels[channel].phase, event->code, memory_order_relaxed);
		break;
	case STATE_EVENT_MWCB_LEVELS:
		memcpy(facts.mwcb_levels, event->levels, sizeof facts.mwcb_levels);
		facts.mwcb_levels_ns = event->exch_ns;
		facts.said |= SAID_MWCB_LEVELS;
		break;
	case STATE_EVENT_MWCB_STATUS:
		if (level > facts.mwcb_level)
			facts.mwcb_level = level;
		facts.mwcb_ns = event->exch_ns;
		facts.said |= SAID_MWCB_STATUS;
		break;
	default:
		return;
	}
	channel_market_publish(page, &facts);
	if (event->kind == STATE_EVENT_MWCB_STATUS &&
		(level == 3 || event->exch_ns < STATE_BREAKER_UNTIL_NS))
		breaker_halt(state, channel, level);
}

bool state_trade(
	struct state *state, uint32_t symbol, const struct trade *trade, struct top_prices *prices)
{
	if (trade->price_e4 <= 0)
		return false;
	trades_add(&state->trades, symbol, trade);
	prices->last_e4 = trade->price_e4;
	prices->last_ns = trade->time_ns;
	return true;
}

uint32_t state_find(const struct state *state, uint8_t channel, uint64_t match)
{
	for (uint32_t i = 0; i < state->symbols->count; i++)
		if (state->symbols->instruments[i].channel == channel &&
			trades_has(&state->trades, i, match))
			return i;
	return SYMBOL_NONE;
}

/* cross_break takes a cross away if it is the one that was broken. */
static void cross_break(struct symbol_state *facts, struct cross_facts *cross,
	enum symbol_said said, uint64_t match)
{
	if ((facts->said & said) == 0 || cross->match != match)
		return;
	memset(cross, 0, sizeof *cross);
	facts->said &= ~(uint32_t)said;
}

bool state_break(struct state *state, uint32_t symbol, uint64_t match, struct top_prices *prices)
{
	struct symbol_state facts = state->market->states[symbol].facts;
	struct top_prices before = *prices;
	struct trade last;
	facts.breaks++;
	cross_break(&facts, &facts.opening, SAID_OPENING, match);
	cross_break(&facts, &facts.closing, SAID_CLOSING, match);
	cross_break(&facts, &facts.reopening, SAID_REOPENING, match);
	if (trades_break(&state->trades, symbol, match)) {
		trades_last(&state->trades, symbol, &last);
		prices->last_e4 = last.price_e4;
		prices->last_ns = last.time_ns;
	}
	facts_publish(state, state->symbols->instruments[symbol].channel, symbol, &facts, prices);
	return memcmp(&before, prices, sizeof before) != 0;
}

static void symbol_forget(struct state *state, uint32_t symbol, uint8_t mwcb_level)
{
	uint8_t channel = state->symbols->instruments[symbol].channel;
	if (channel == INSTRUMENT_NO_CHANNEL)
		return;
	struct symbol_state facts = {.mwcb_level = mwcb_level};
	struct top_prices prices = state->market->tops[symbol].prices;
	trades_forget(&state->trades, symbol);
	participants_forget(&state->participants, symbol);
	prices.last_e4 = 0;
	prices.last_ns = 0;
	facts_publish(state, channel, symbol, &facts, &prices);
	top_publish(&state->market->tops[symbol], &prices);
}

void state_clear_symbol(struct state *state, uint32_t symbol)
{
	symbol_forget(state, symbol, state->market->states[symbol].facts.mwcb_level);
}

static void phase_forget(struct state *state, uint8_t channel, uint8_t mwcb_level)
{
	struct channel_market *page = &state->market->channel_facts[channel];
	struct channel_facts facts = page->facts;
	facts.phase = 0;
	facts.phase_ns = 0;
	facts.said &= ~(uint32_t)SAID_PHASE;
	facts.mwcb_level = mwcb_level;
	channel_market_publish(page, &facts);
	atomic_store_explicit(&state->market->channels[channel].phase, 0, memory_order_relaxed);
}

void state_clear(struct state *state, uint8_t channel)
{
	phase_forget(state, channel, state->market->channel_facts[channel].facts.mwcb_level);
	for (uint32_t i = 0; i < state->symbols->count; i++)
		if (state->symbols->instruments[i].channel == channel)
			state_clear_symbol(state, i);
}

void state_begin(struct state *state, uint8_t channel)
{
	phase_forget(state, channel, 0);
	for (uint32_t i = 0; i < state->symbols->count; i++)
		if (state->symbols->instruments[i].channel == channel)
			symbol_forget(state, i, 0);
}
