/* conversation.h - a gate between two strategies that keep books and a venue that matches, over a bad network.

   The venue is the exchange's own desk and door; the strategies are talkers: they know what they said and what
   they were told, come back when their connection breaks, ask the gate for its next number (an account
   query) and say again what it never got.  So at the end of any conversation, however it was broken, four
   accounts must agree: what the talkers were told, the journal, the gate's state and the venue's own list.

   The gate's stream is a stream_fault, so a test chooses where a connection ends, or that the whole process
   dies there: in the middle of a turn, when a byte leaves or after one was read.

   Owner      the test.
   Time       the rig's; every poll moves it. */
#ifndef SLUICE_TESTS_CONVERSATION_H
#define SLUICE_TESTS_CONVERSATION_H

#include <setjmp.h>

#include "drivers/stream/stream_fault.h"
#include "tests/support/rig.h"
#include "tools/exchange/door.h"

enum { TALKER_COUNT = RIG_CLIENT_COUNT, TALKER_SENT_MAX = 64, CONVERSATION_ORDER_MAX = 256 };

/* An order as its strategy believes it to be. */
struct talker_order {
	struct ouch_in said;
	uint32_t open;
	bool is_waiting;   /* no word of it yet */
	bool is_numbered;  /* a session of FIX has it */
	bool is_unwanted;  /* a cancel was said */
	uint32_t keep_qty; /* and what it asked for */
};

struct talker_fix;
struct fix_door;

struct talker {
	struct conversation *talk;
	uint8_t speech;         /* enum order_protocol */
	struct talker_fix *fix; /* of a talker of FIX (talker_fix.c) */
	uint32_t index;
	uint32_t connection;
	bool is_up, is_settled; /* logged in; knows what the gate has of it */
	uint64_t heard;         /* numbered messages so far: of the journal's life */
	uint64_t heard_ns, told_ns, retry_ns;
	uint32_t ref, base_ref; /* last number used; before this conversation */
	uint32_t count;
	struct talker_order orders[TALKER_SENT_MAX]; /* of numbers base_ref + 1 on */
	struct inbox inbox;
};

/* How a process ends at the byte where a connection would. */
enum conversation_death { LIFE_GOES_ON = 0, DEATH_LOSES_THE_QUEUE = 1, DEATH_SENDS_THE_QUEUE = 2 };

struct conversation {
	struct rig *rig;
	struct desk *desk;
	struct match *match;
	struct door *door;
	struct fix_door *fix_door; /* of a venue of FIX, in place of the other; else NULL */
	struct stream *door_stream, *talker_stream;
	uint32_t gate_user, maker_user, maker_ref;
	struct talker talkers[TALKER_COUNT];
	uint8_t death; /* enum conversation_death */
	jmp_buf *grave;
	uint64_t deaths;
	struct stream_fault_rates rates; /* of every process of this conversation */

	/* what earlier conversations left: all of it finished */
	uint64_t first_order, judged_bytes;
	uint64_t executed[TALKER_COUNT][2];
	struct {
		struct receipt receipt;
		uint32_t sent, withheld, at_venue;
	} decisions[CONVERSATION_ORDER_MAX]; /* passed ones of this conversation */
	uint32_t decision_count;
	uint64_t orders, fills; /* seen by the judge, of all conversations */
};

/* conversation_open builds gate, venue and strategies with generous limits; nobody is connected.  What the
   strategies and the venue speak is theirs to choose. */
struct conversation *conversation_open(enum order_protocol strategies, enum order_protocol venue);

/* conversation_close replays it all (rig_close) and frees it. */
void conversation_close(struct conversation *talk);

/* conversation_begin breaks every connection and begins anew under other rates and cuts: the venue's
   connection is the first by stream_connect, talker n's the n-th accepted one. */
void conversation_begin(struct conversation *talk, const struct stream_fault_rates *rates,
	const struct stream_fault_cut *cut, enum conversation_death death);

/* conversation_rates changes the weather under the connections that are there. */
void conversation_rates(struct conversation *talk, const struct stream_fault_rates *rates);

/* conversation_poll moves time and lets everybody work; then checks that what the venue holds, or has done,
   is within what the gate counts with. */
void conversation_poll(struct conversation *talk, uint64_t ns);

/* talker_say sends a message with the next number (O and U; returned), or a cancel of ref. */
uint32_t talker_enter(struct talker *t, char side, uint32_t qty, uint64_t price_e4, char tif);
uint32_t talker_replace(struct talker *t, uint32_t original, uint32_t qty, uint64_t price_e4);
void talker_cancel(struct talker *t, uint32_t ref, uint32_t keep_qty);

/* conversation_make lets the maker trade at the venue, whether the gate hears it or not. */
void conversation_make(
	struct conversation *talk, char side, uint32_t qty, uint64_t price_e4, char tif);

/* conversation_kill stops account 17 by control's word; conversation_release lets it trade again. */
void conversation_kill(struct conversation *talk);
void conversation_release(struct conversation *talk);

/* conversation_settle waits until everybody is connected and nothing is unanswered, then judges: every order
   equal everywhere, nothing sent twice, every message heard once. */
void conversation_settle(struct conversation *talk);

/* conversation_end cancels what is open, settles, and expects nothing to be left but what is uncertain: a venue of
   OUCH 4.2 cannot be asked.  Returns how many orders are; such a gate holds no further conversation. */
uint32_t conversation_end(struct conversation *talk);

/* conversation_passed tells how many bytes went over the gate's connection to the venue (talker TALKER_COUNT)
   or of a talker. */
uint64_t conversation_passed(
	const struct conversation *talk, uint32_t talker, enum stream_fault_way way);

#endif
