/* word.h - what a venue said of an order, read from the journal's raw message.

   A message is known by the session that brought it: the order session of a venue or its drop copy, each with the protocol
   that the site names.  Which order it speaks of the protocols say in two ways: OUCH 5.0 by UserRefNum, which counts at each
   venue by itself, and by our ClOrdID where a message carries it; OUCH 4.2 and FIX by our ClOrdID alone (orders/names.h).

   Owner      who reads the story; nothing is kept here.
   Units      price_e4 as everywhere; of a FIX trade rounded down.
   Errors     false: no session of a venue, a message of the session itself, or one that cannot be read. */
#ifndef SLUICE_CONTROL_WORD_H
#define SLUICE_CONTROL_WORD_H

#include "config/config.h"
#include "dataplane/shm/record.h"

enum { WORD_NAME_BYTES = 40 };

struct venue_word {
	uint64_t order_id, original_id; /* by our ClOrdIDs; 0: not named so */
	uint64_t price_e4, order_reference, match;
	uint64_t number;            /* FIX: MsgSeqNum; 0: not FIX */
	uint32_t ref, original_ref; /* UserRefNums, OUCH 5.0; else 0 */
	uint32_t qty, executed_qty; /* executed: FIX, CumQty */
	uint32_t reject_code;
	uint8_t venue;    /* index into site.venues */
	uint8_t protocol; /* enum order_protocol of its session */
	/* as OUCH 5.0 has it; also of FIX: '8' a report of the state, 'N' the venue has it and has not done it yet */
	uint8_t type;
	uint8_t code, liquidity, display, order_state, reject_letter;
	bool is_copy;  /* of the venue's drop copy */
	bool is_again; /* FIX: sent again, PossDupFlag */
	/* FIX: of a trade the execution's name, or of the one that is broken or corrected; else its OrderID */
	char name[WORD_NAME_BYTES];
	char text[WORD_NAME_BYTES]; /* FIX: its Text, as much as has room */
};

/* What a peer sent, as its record holds it. */
struct word_message {
	const uint8_t *bytes;
	uint32_t size_bytes, session;
};

/* word_message_of finds the message of a CLIENT_IN or VENUE_IN record; false: the record is too short to hold one. */
bool word_message_of(const struct record *record, struct word_message *message);

/* word_read reads a VENUE_IN record. */
bool word_read(
	const struct site_config *site, const struct record *record, struct venue_word *word);

#endif
