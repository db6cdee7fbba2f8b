/* ticker.h - the venue's events as a strategy reads them: onto the tape.

   What a codec decodes and what lies on a tape are the same events, but a line of the tape also says when
   it came, whose it is and by which channel; so the match number shares its place with the other order,
   which no kind has beside it, and a name becomes an index.

   Only events of the site's instruments go on the tape, and those of the whole market: what nobody may
   trade is not worth a line to anyone.

   Owner      the feed stage. */
#ifndef SLUICE_FEED_TICKER_H
#define SLUICE_FEED_TICKER_H

#include "dataplane/shm/tape.h"
#include "dataplane/wire/event.h"

#define TICKER_SAME(kind) _Static_assert((int)EVENT_##kind == (int)SLUICE_##kind, "one numbering")
TICKER_SAME(ADD);
TICKER_SAME(EXECUTE);
TICKER_SAME(EXECUTE_AT);
TICKER_SAME(REDUCE);
TICKER_SAME(DELETE);
TICKER_SAME(REPLACE);
TICKER_SAME(TRADE);
TICKER_SAME(CROSS);
TICKER_SAME(BREAK);
TICKER_SAME(SYSTEM);
TICKER_SAME(DIRECTORY);
TICKER_SAME(STATE);
TICKER_SAME(OPERATIONAL);
TICKER_SAME(SHORT_SALE);
TICKER_SAME(OTHER);
TICKER_SAME(LEVEL);
TICKER_SAME(MODIFY);
TICKER_SAME(CLEAR);
TICKER_SAME(CLEAR_ALL);
TICKER_SAME(OFFICIAL);
TICKER_SAME(FLAG_MORE);
TICKER_SAME(FLAG_KEEPS_PRIORITY);

/* Kinds whose match stands where the others have their other order. */
#define TICKER_MATCH_KINDS                                                                         \
	(1u << EVENT_EXECUTE | 1u << EVENT_EXECUTE_AT | 1u << EVENT_TRADE | 1u << EVENT_CROSS |    \
		1u << EVENT_BREAK | 1u << EVENT_EXECUTE_TO)
#define TICKER_FLAGS (EVENT_FLAG_MORE | EVENT_FLAG_KEEPS_PRIORITY)

/* ticker_event appends one event of an instrument (symbol: its index) or of the whole market (SYMBOL_NONE), if the
   tape carries its kind.  Two kinds look otherwise there: a cross has its size as the order, and an execution
   told by what is left is told by what was executed, like the others. */
static inline void ticker_event(
	struct tape_writer *tape, const struct event *event, uint32_t symbol, uint8_t channel)
{
	uint32_t codes, qty = event->qty;
	uint64_t order = event->order;
	memcpy(&codes, &event->kind, sizeof codes); /* kind, type, side, code */
	if (UNLIKELY(event->kind == EVENT_CROSS)) {
		order = event->other;
		qty = order > UINT32_MAX ? UINT32_MAX : (uint32_t)order;
	} else if (UNLIKELY(event->kind == EVENT_EXECUTE_TO)) {
		codes = (codes & ~UINT32_C(0xFF)) | SLUICE_EXECUTE_AT;
		qty = event->other > UINT32_MAX ? UINT32_MAX : (uint32_t)event->other;
	}
	if (!tape_wants(tape, codes & 0xFF))
		return;
	const uint64_t words[8] = {0, tape->now_ns, event->exch_ns, order,
		TICKER_MATCH_KINDS >> (event->kind & 31) & 1 ? event->match : event->other,
		(uint64_t)event->price_e4, (uint64_t)symbol << 32 | qty,
		(uint64_t)(event->flags & TICKER_FLAGS) << 40 | (uint64_t)channel << 32 | codes};
	tape_append(tape, words);
}

/* ticker_mark appends the feed's own word: SLUICE_STALE or SLUICE_WHOLE, of a symbol or (SYMBOL_NONE) a channel. */
static inline void ticker_mark(
	struct tape_writer *tape, enum sluice_kind kind, uint32_t symbol, uint8_t channel)
{
	if (!tape_wants(tape, kind))
		return;
	const uint64_t words[8] = {0, tape->now_ns, 0, 0, 0, 0, (uint64_t)symbol << 32,
		(uint64_t)channel << 32 | kind};
	tape_append(tape, words);
}

#endif
