/* latch.h - the stops a gate has seen, held until persons release them by number.

   A stop word says what somebody wants now; a latch says what was once wanted and not yet released.
   The strictest latched state over the scopes that cover an order is what lane 0 and its neighbours
   measure.  Each latch has a number; a release that names another number does nothing, so nobody
   re-arms what he did not see.

   A stop that finds as strict a latch in force gives it another number: what was agreed before it came names that latch no
   more.  The same person's word through the other door is the same stop told twice, as sluicectl tells it, and gives none.

   A trip of the gate's that comes while a stop as strict is in force, or that a stricter one takes the place of, stands under it:
   whoever lifts his own stop has not looked at that, and it is in force then, under a number of its own.

   A latch of the gate may stand for what passes (credit or margin nearly used up): the gate takes it back itself.  Whatever else
   is latched at the same state takes its place, and stays.

   Owner      the gate stage.  Part of the fold: changed only by STOP and RELEASE records.
   Units      numbers count latches of one journal from 1.
   Invariant  (1) a latch's state never falls but by latches_release;
              (2) states[i] equals rows[i].state. */
#ifndef SLUICE_ORDERS_LATCH_H
#define SLUICE_ORDERS_LATCH_H

#include "dataplane/shm/mailbox.h"
#include "dataplane/shm/stop.h"

struct latch {
	uint64_t number; /* of the last change or stop; 0: never latched */
	uint64_t since_wall_ns;
	uint32_t uid;
	uint8_t state, writer; /* enum trading_state, enum stop_writer */
	uint8_t is_while;
	uint8_t heard; /* a bit per writer: who has told of the stop that the number is of */
	uint8_t under_state; /* of a trip of the gate's that this stands over; STATE_ACTIVE: there is none */
	uint8_t reserved2[3];
	uint64_t under_wall_ns;
	char reason[44], under_reason[44];
};

struct latches {
	uint64_t last_number;
	uint32_t stopped_count; /* latches at reduce-only or stricter */
	uint32_t killed_count;  /* latches at killed */
	uint32_t tripped_count; /* of the stopped ones, those that the gate itself latched */
	uint64_t *stamps[STOP_WRITER_COUNT];   /* last stamp seen, by word */
	uint8_t *states;                       /* hot: one byte per word */
	uint8_t venue_places[VENUE_COUNT_MAX]; /* of a gate's venues among those that words name */
	struct latch *rows;
};

void latches_open(struct latches *latches);
void latches_close(struct latches *latches);

/* latches_apply takes a STOP record.  Returns the latch's number if it raised the latch, or took the place of one that would
   pass, else 0 (a word seen before, or not stricter than what is latched: then persons' latch may have another number now). */
uint64_t latches_apply(struct latches *latches, const struct stop_record *stop, uint64_t wall_ns);

/* latches_release takes a RELEASE record; what stood under the latch is in force then.  false: it names no latch in force; nothing
   changes. */
bool latches_release(struct latches *latches, const struct release_record *release);

/* latches_state gives the strictest state over the six scopes that cover an order.  symbol SYMBOL_NONE
   and ids 0 cover nothing. */
enum trading_state latches_state(const struct latches *latches, uint32_t venue, uint32_t session,
	uint32_t account, uint32_t strategy, uint32_t symbol);

/* latches_binding gives it as far as it binds orders, STATE_ACTIVE where it is less than reduce-only: while nothing is
   stopped anywhere, nothing is looked up. */
static inline enum trading_state latches_binding(const struct latches *latches, uint32_t venue,
	uint32_t session, uint32_t account, uint32_t strategy, uint32_t symbol)
{
	if (LIKELY(latches->stopped_count == 0))
		return STATE_ACTIVE;
	enum trading_state state =
		latches_state(latches, venue, session, account, strategy, symbol);
	return state < STATE_REDUCE_ONLY ? STATE_ACTIVE : state;
}

/* latches_has_seen tells whether a word of a writer's board is known; unknown words are news.  A lower
   stamp is news too: the writer was replaced and its wall clock stepped back, and a stop must not wait
   until the clock has caught up. */
static inline bool latches_has_seen(
	const struct latches *latches, enum stop_writer writer, uint32_t index, uint64_t word)
{
	return latches->stamps[writer][index] == stop_word_stamp(word);
}

/* latches_rows copies latches at reduce-only or stricter; cursor as in the mailbox. */
uint64_t latches_rows(const struct latches *latches, uint64_t cursor, struct latch_row *rows,
	uint32_t max, uint32_t *count);

#endif
