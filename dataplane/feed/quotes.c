/* quotes.c - see quotes.h. */
#include "dataplane/feed/quotes.h"

#include "dataplane/book/levels.h"
#include "dataplane/feed/ticker.h"
#include "drivers/machine/memory.h"

/* A locate that no message with a name has shown yet; SYMBOL_NONE is one of no concern to the site. */
#define SYMBOL_UNSEEN (SYMBOL_NONE - 1)

/* Where there is no tape. */
static struct tape_writer quotes_no_tape;

void quotes_init(struct quotes *quotes, uint8_t channel, const struct site_config *site,
	struct symbols *symbols, struct state *state, struct metrics *metrics)
{
	memset(quotes, 0, sizeof *quotes);
	quotes->book = book_open(site->book_order_count);
	quotes->symbols = symbols;
	quotes->state = state;
	quotes->tops = state->market->tops;
	quotes->tape = &quotes_no_tape;
	quotes->metrics = metrics;
	quotes->channel = channel;
	protocol_codec_init(&quotes->codec, (enum protocol)site->channels[channel].protocol, site);
	state->unsaid_halts |= (uint32_t)quotes->codec.row->has_unsaid_halts << channel;
	quotes->symbol_of = memory_take("feed locates", LOCATE_COUNT * sizeof *quotes->symbol_of);
	for (uint32_t i = 0; i < LOCATE_COUNT; i++)
		quotes->symbol_of[i] = SYMBOL_UNSEEN;
}

void quotes_return(struct quotes *quotes)
{
	book_close(quotes->book);
	protocol_codec_return(&quotes->codec);
	memory_return(quotes->symbol_of, LOCATE_COUNT * sizeof *quotes->symbol_of);
}

/* top_update publishes prices with the book's best for the instrument's locate. */
static void top_update(struct quotes *quotes, uint32_t symbol, struct top_prices *prices)
{
	struct book_top best;
	book_top_of(quotes->book, quotes->symbols->instruments[symbol].locate, &best);
	prices->bid_e4 = best.bid_e4;
	prices->ask_e4 = best.ask_e4;
	prices->bid_qty = best.bid_qty;
	prices->ask_qty = best.ask_qty;
	top_publish(&quotes->tops[symbol], prices);
	metrics_add(quotes->metrics, METRIC_feed_tops, 1);
}

static void top_mark_stale(struct quotes *quotes, uint32_t symbol)
{
	struct top_prices prices = quotes->tops[symbol].prices;
	if (prices.stale != 0)
		return;
	prices.stale = 1;
	top_update(quotes, symbol, &prices);
}

/* instrument_doubt: an instrument's book met what a complete stream never has. */
static void instrument_doubt(struct quotes *quotes, uint32_t symbol)
{
	quotes->symbols->instruments[symbol].is_doubted = true;
	if (quotes->tops[symbol].prices.stale != 0)
		return;
	top_mark_stale(quotes, symbol);
	ticker_mark(quotes->tape, SLUICE_STALE, symbol, quotes->channel);
}

/* symbol_learn gives the symbol behind a locate from a message that has both. */
static uint32_t symbol_learn(struct quotes *quotes, uint16_t locate, uint64_t name)
{
	/* Names without a locate share 0: a book of many is nobody's. */
	if (UNLIKELY(locate == 0))
		return SYMBOL_NONE;
	uint32_t symbol = symbols_find(quotes->symbols, name);
	uint32_t *known = &quotes->symbol_of[locate];
	if (symbol == *known)
		return symbol;
	/* Locate and name belong together all day: whose the orders are that one of them has already, nobody knows. */
	bool is_taken = *known != SYMBOL_UNSEEN;
	if (UNLIKELY(*known < SYMBOL_UNSEEN))
		instrument_doubt(quotes, *known);
	*known = SYMBOL_NONE;
	if (symbol == SYMBOL_NONE)
		return SYMBOL_NONE;
	struct instrument *instrument = &quotes->symbols->instruments[symbol];
	bool was_ours = instrument->channel == quotes->channel;
	is_taken |= was_ours && !instrument->is_unnamed;
	if (!symbols_claim(quotes->symbols, symbol, quotes->channel))
		return SYMBOL_NONE;
	if (was_ours && quotes->symbol_of[instrument->locate] == symbol)
		quotes->symbol_of[instrument->locate] = SYMBOL_NONE;
	*known = symbol;
	instrument->locate = locate;
	instrument->is_unnamed = false;
	instrument->is_doubted |= is_taken;
	struct top_prices prices = quotes->tops[symbol].prices;
	prices.channel = quotes->channel;
	prices.stale = instrument->is_doubted || quotes->is_stale;
	top_update(quotes, symbol, &prices);
	return symbol;
}

/* event_note takes what an event says beside the book; true: the top changed.  It runs before the book
   is changed, because an execution's price is that of the order it executes. */
static bool event_note(struct quotes *quotes, uint32_t symbol, struct event *event,
	struct top_prices *prices, uint64_t now_ns)
{
	struct trade trade = {event->match, now_ns, event->price_e4};
	enum side side;
	uint32_t qty;
	switch (event->kind) {
	case EVENT_EXECUTE:
		/* The wire does not repeat price and side of the order; whoever reads the tape gets them. */
		if (!book_order(quotes->book, event->order, &side, &event->price_e4, &qty))
			return false;
		event->side = (uint8_t)side;
		trade.price_e4 = event->price_e4;
		break;
	case EVENT_EXECUTE_AT:
		if (event->code != 'Y')
			return false;
		break;
	case EVENT_EXECUTE_TO:
	case EVENT_TRADE:
		break;
	case EVENT_BREAK:
		return state_break(quotes->state, symbol, event->match, prices);
	default:
		return false;
	}
	return state_trade(quotes->state, symbol, &trade, prices);
}

static inline bool event_is_book_only(const struct event *event)
{
	return event->kind == EVENT_ADD ||
	       (event->kind >= EVENT_REDUCE && event->kind <= EVENT_REPLACE);
}

/* Rare, and read once more in full: a cross, or no trade and no order at all. */
static inline bool event_is_state(const struct event *event)
{
	return event->kind == EVENT_CROSS || event->kind == EVENT_OFFICIAL ||
	       (event->kind >= EVENT_SYSTEM && event->kind <= EVENT_OTHER);
}

/* state_symbol gives the symbol of a state event.  A locate of 0 is nobody's: the name alone finds a
   symbol that the channel already has. */
static uint32_t state_symbol(struct quotes *quotes, const struct state_event *said)
{
	if (said->locate == 0) {
		uint32_t symbol = symbols_find(quotes->symbols, said->symbol);
		bool is_ours = symbol != SYMBOL_NONE &&
			       quotes->symbols->instruments[symbol].channel == quotes->channel;
		return is_ours ? symbol : SYMBOL_NONE;
	}
	uint32_t symbol = quotes->symbol_of[said->locate];
	if (symbol == SYMBOL_UNSEEN || said->kind == STATE_EVENT_DIRECTORY)
		symbol = symbol_learn(quotes, said->locate, said->symbol);
	return symbol;
}

static void said_take(struct quotes *quotes, const struct state_event *said, uint64_t now_ns)
{
	metrics_add(quotes->metrics, METRIC_feed_states, 1);
	if (said->symbol == 0) {
		state_apply_all(quotes->state, quotes->channel, said);
		return;
	}
	uint32_t symbol = state_symbol(quotes, said);
	if (symbol >= SYMBOL_UNSEEN)
		return;
	struct top_prices prices = quotes->tops[symbol].prices;
	if (state_apply(quotes->state, quotes->channel, symbol, said, &prices, now_ns))
		top_update(quotes, symbol, &prices);
}

static void state_take(struct quotes *quotes, const struct event *event,
	const struct mold64_block *block, uint64_t now_ns)
{
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX];
	uint32_t count = quotes->codec.row->state_read(block, event, said);
	for (uint32_t i = 0; i < count; i++)
		said_take(quotes, &said[i], now_ns);
}

/* event_find finds out whose an event is where the wire does not say: by its order, or by the trade that is
   broken.  An order that nobody has belongs to some book, which then is not what it should be. */
static void event_find(struct quotes *quotes, struct event *event)
{
	if (event->kind == EVENT_BREAK) {
		uint32_t symbol = state_find(quotes->state, quotes->channel, event->match);
		if (symbol != SYMBOL_NONE)
			event->locate = quotes->symbols->instruments[symbol].locate;
	} else if (!book_locate_of(quotes->book, event->order, &event->locate)) {
		quotes->has_stranger = true;
	}
}

/* tops_update publishes every top of the channel: all books were emptied at once. */
static void tops_update(struct quotes *quotes)
{
	for (uint32_t i = 0; i < quotes->symbols->count; i++) {
		struct top_prices prices = quotes->tops[i].prices;
		if (quotes->symbols->instruments[i].channel == quotes->channel)
			top_update(quotes, i, &prices);
	}
}

/* print_publish publishes a trade amid an event, and no best. */
static __attribute__((noinline)) void print_publish(
	struct quotes *quotes, uint32_t symbol, const struct top_prices *prices)
{
	top_publish(&quotes->tops[symbol], prices);
}

static inline void event_apply(struct quotes *quotes, struct event *event,
	const struct book_step *step, const struct mold64_block *block, uint64_t now_ns)
{
	if (UNLIKELY(event_is_state(event))) {
		state_take(quotes, event, block, now_ns);
		return;
	}
	if (UNLIKELY((event->flags & EVENT_FLAG_NO_LOCATE) != 0))
		event_find(quotes, event);
	uint32_t symbol = quotes->symbol_of[event->locate];
	if (UNLIKELY(event->symbol != 0 && symbol == SYMBOL_UNSEEN))
		symbol = symbol_learn(quotes, event->locate, event->symbol);
	if (symbol >= SYMBOL_UNSEEN) {
		if (book_apply_step(quotes->book, event, step) && event->kind == EVENT_CLEAR_ALL)
			tops_update(quotes);
		return;
	}
	if (event_is_book_only(event)) {
		if (!book_apply_step(quotes->book, event, step))
			return;
		struct top_prices prices = quotes->tops[symbol].prices;
		top_update(quotes, symbol, &prices);
		return;
	}
	struct top_prices prices = quotes->tops[symbol].prices;
	bool is_changed = event_note(quotes, symbol, event, &prices, now_ns);
	is_changed |= book_apply_step(quotes->book, event, step);
	bool *is_unfinished = &quotes->symbols->instruments[symbol].is_unfinished;
	is_changed |= *is_unfinished;
	*is_unfinished = is_changed && (event->flags & EVENT_FLAG_MORE) != 0;
	if (is_changed && !*is_unfinished)
		top_update(quotes, symbol, &prices);
	else if (UNLIKELY(is_changed))
		print_publish(quotes, symbol, &prices);
}

/* event_tell puts an event on the tape when the tops already show it.  A locate of 0 is the whole market; and a break that names
   its trade alone, and one that nobody here remembers, is told too: who keeps prints knows whose it was. */
static inline void event_tell(struct quotes *quotes, const struct event *event)
{
	uint32_t symbol = quotes->symbol_of[event->locate];
	if (symbol >= SYMBOL_UNSEEN) {
		bool is_named = event->symbol != 0 || (event->flags & EVENT_FLAG_NO_LOCATE) != 0;
		if (event->locate != 0 || (is_named && event->kind != EVENT_BREAK))
			return;
		symbol = SYMBOL_NONE;
	}
	ticker_event(quotes->tape, event, symbol, quotes->channel);
}

/* event_is_bad tells of an event that a book does not take as it stands, for its price or its size. */
static bool event_is_bad(const struct event *e)
{
	bool is_add = e->kind == EVENT_ADD || e->kind == EVENT_REPLACE;
	bool is_priced =
		is_add || e->kind == EVENT_LEVEL || (e->kind == EVENT_MODIFY && e->qty != 0);
	bool is_good = e->price_e4 > 0 && e->price_e4 <= LEVEL_PRICE_MAX_E4;
	return is_priced && (!is_good || (is_add && e->qty == 0));
}

static uint64_t chunk_bad_count(const struct event *events, uint32_t count)
{
	uint64_t bad = 0;
	for (uint32_t i = 0; i < count; i++)
		bad += event_is_bad(&events[i]);
	return bad;
}

/* chunk_doubt marks the instruments of a chunk in which the book met what a complete stream never has: where just as
   many events show it themselves (bad_count, not 0) those of these, else of all.  A locate that nobody has named yet is
   nobody's until the directory names it, and then a doubtful one's. */
static __attribute__((noinline)) void chunk_doubt(
	struct quotes *quotes, const struct event *events, uint32_t count, uint64_t bad_count)
{
	bool is_shown = bad_count != 0 && bad_count == chunk_bad_count(events, count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *symbol = &quotes->symbol_of[events[i].locate];
		if (is_shown && !event_is_bad(&events[i]))
			continue;
		if (*symbol < SYMBOL_UNSEEN)
			instrument_doubt(quotes, *symbol);
		else
			*symbol = SYMBOL_NONE;
	}
}

static void chunk_count(struct quotes *quotes, const struct event *events, uint32_t count)
{
	struct book_counts now;
	const struct book_counts *before = &quotes->counts;
	book_counts_of(quotes->book, &now);
	uint64_t unknown = now.unknown_orders - before->unknown_orders;
	uint64_t full = now.full - before->full;
	uint64_t overfills = now.overfills - before->overfills;
	uint64_t others =
		now.duplicate_orders - before->duplicate_orders + now.bad_adds - before->bad_adds;
	/* The gauge is the sum over all channels: each adds what it changed, modulo 2^64. */
	metrics_add(quotes->metrics, METRIC_feed_book_orders, now.orders - before->orders);
	quotes->counts = now;
	if (LIKELY((unknown | full | overfills | others) == 0))
		return;
	metrics_add(quotes->metrics, METRIC_feed_unknown_order, unknown);
	metrics_add(quotes->metrics, METRIC_feed_book_full, full);
	metrics_add(quotes->metrics, METRIC_feed_overfill, overfills);
	chunk_doubt(quotes, events, count, (unknown | full | overfills) != 0 ? 0 : others);
}

static inline void message_take(struct quotes *quotes, struct book_burst *chunk, uint32_t at,
	const struct mold64_block *block, uint64_t now_ns)
{
	event_apply(quotes, &chunk->events[at], &chunk->steps[at], block, now_ns);
	event_tell(quotes, &chunk->events[at]);
}

/* chunk_apply takes the last of three chunks, one message after the other, while what the two behind it need is asked for;
   the last is empty afterwards. */
static void chunk_apply(struct quotes *quotes, struct book_burst *const stages[BOOK_STAGES],
	const struct mold64_block *blocks, uint64_t now_ns)
{
	struct book_burst *last = stages[2];
	bool is_asking = book_look(quotes->book, stages[0], stages[1]);
	if (is_asking && last->count == BOOK_BURST) {
		for (uint32_t i = 0; i < BOOK_BURST; i++) {
			message_take(quotes, last, i, &blocks[i], now_ns);
			book_ask(quotes->book, stages[0], stages[1], i);
		}
	} else {
		for (uint32_t i = 0; i < last->count; i++)
			message_take(quotes, last, i, &blocks[i], now_ns);
		for (uint32_t i = 0; i < BOOK_BURST && is_asking; i++)
			book_ask(quotes->book, stages[0], stages[1], i);
	}
	if (last->count != 0)
		chunk_count(quotes, last->events, last->count);
	last->count = 0;
}

/* chunk_size is BOOK_BURST for all chunks but the last, and 0 for those behind it. */
static inline uint32_t chunk_size(uint32_t count, uint32_t from)
{
	uint32_t left = from < count ? count - from : 0;
	return left < BOOK_BURST ? left : BOOK_BURST;
}

void quotes_apply(
	struct quotes *quotes, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns)
{
	struct event_skips skipped = {0};
	uint32_t applied = 0;
	struct book_burst *stages[BOOK_STAGES] = {
		&quotes->chunks[0], &quotes->chunks[1], &quotes->chunks[2]};
	if (count == 0)
		return;
	for (uint32_t at = 0; at < count + (BOOK_STAGES - 1) * BOOK_BURST; at += BOOK_BURST) {
		struct book_burst *next = stages[2];
		stages[2] = stages[1];
		stages[1] = stages[0];
		stages[0] = next;
		next->count = chunk_size(count, at);
		if (next->count != 0)
			quotes->codec.row->decode(
				&quotes->codec, blocks + at, next->count, next->events, &skipped);
		uint32_t taken = stages[2]->count;
		chunk_apply(quotes, stages, &blocks[applied], now_ns);
		applied += taken;
	}
	if (UNLIKELY(quotes->codec.unnamed != 0)) {
		metrics_add(quotes->metrics, METRIC_feed_unnamed, quotes->codec.unnamed);
		quotes->codec.unnamed = 0;
	}
	if (UNLIKELY(skipped.unknown != 0))
		metrics_add(quotes->metrics, METRIC_feed_unknown_type, skipped.unknown);
	if (UNLIKELY(skipped.bad != 0))
		metrics_add(quotes->metrics, METRIC_feed_bad_length, skipped.bad);
	if (UNLIKELY(skipped.bad != 0 || quotes->has_stranger)) {
		/* Whose order it was is unknown: any book may be wrong now. */
		quotes->has_stranger = false;
		quotes->is_broken = true;
		quotes_mark_stale(quotes);
	}
}

void quotes_mark_stale(struct quotes *quotes)
{
	protocol_codec_forget(&quotes->codec);
	if (!quotes->is_stale)
		ticker_mark(quotes->tape, SLUICE_STALE, SYMBOL_NONE, quotes->channel);
	quotes->is_stale = true;
	for (uint32_t i = 0; i < quotes->symbols->count; i++)
		if (quotes->symbols->instruments[i].channel == quotes->channel)
			top_mark_stale(quotes, i);
}

void quotes_mark_whole(struct quotes *quotes)
{
	bool was_stale = quotes->is_stale;
	quotes->is_stale = false;
	for (uint32_t i = 0; i < quotes->symbols->count; i++) {
		const struct instrument *instrument = &quotes->symbols->instruments[i];
		struct top_prices prices = quotes->tops[i].prices;
		if (instrument->channel != quotes->channel || instrument->is_unnamed ||
			instrument->is_doubted || prices.stale == 0)
			continue;
		prices.stale = 0;
		top_update(quotes, i, &prices);
	}
	if (was_stale)
		ticker_mark(quotes->tape, SLUICE_WHOLE, SYMBOL_NONE, quotes->channel);
}

void quotes_mute(struct quotes *quotes, bool is_muted)
{
	if (is_muted == (quotes->muted != NULL))
		return;
	struct tape_writer *tape = is_muted ? &quotes_no_tape : quotes->muted;
	quotes->muted = is_muted ? quotes->tape : NULL;
	quotes->tape = tape;
}

static void instrument_clear(struct quotes *quotes, uint32_t symbol)
{
	struct instrument *instrument = &quotes->symbols->instruments[symbol];
	struct top_prices prices = quotes->tops[symbol].prices;
	instrument->is_doubted = false;
	instrument->is_unfinished = false;
	instrument->is_unnamed = true;
	prices.stale = 1;
	top_update(quotes, symbol, &prices);
}

void quotes_clear(struct quotes *quotes, bool is_new_day)
{
	uint64_t orders = quotes->counts.orders;
	quotes_mark_stale(quotes);
	book_clear(quotes->book);
	book_counts_of(quotes->book, &quotes->counts);
	metrics_add(quotes->metrics, METRIC_feed_book_orders, quotes->counts.orders - orders);
	for (uint32_t i = 0; i < LOCATE_COUNT; i++)
		quotes->symbol_of[i] = SYMBOL_UNSEEN;
	quotes->is_broken = false;
	if (is_new_day)
		state_begin(quotes->state, quotes->channel);
	else
		state_clear(quotes->state, quotes->channel);
	for (uint32_t i = 0; i < quotes->symbols->count; i++)
		if (quotes->symbols->instruments[i].channel == quotes->channel)
			instrument_clear(quotes, i);
}
