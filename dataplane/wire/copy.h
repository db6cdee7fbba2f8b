/* copy.h - one message of a drop copy: what was decided, or what became of an order, and whose it is.

   A drop copy is a numbered stream of such messages over SoupBinTCP.  Each is a head of 34 bytes and one message of
   OUCH 5.0 as the owner of the order knows it, with the owner's own UserRefNum and ClOrdID:

        offset  bytes
             0      1  'D' a decision: an inbound message follows, as it was judged
                       'A' an answer: an outbound message follows, as the owner was told it
             1      1  'P' passed, 'R' refused; of answers ' '
             2      2  session of the owner; 0: the order was adopted from the venue
             4      2  account; 0: the order named none that its session speaks for
             6      2  strategy; 0: none
             8      8  order id: one number for the firm, also in receipts and ClOrdIDs towards the venue
            16      8  nanoseconds since midnight US Eastern
            24      4  UserRefNum towards the venue; 0: it never had one
            28      2  why it was refused, as OUCH codes it; 0 where it was not
            30      1  why it was refused, as a lane's number; 0xFF where it was not
            31      1  of a cancel that was decided, whose it is; else 0:
                       1 its owner's, 2 a kill's, 3 its client is gone, 4 its client is silent, 5 a newer order of its
                       group would have met it, 6 the day is ending, 7 persons had said that it is gone
            32      2  the venue, by the number of our session there (session_id of the site); 0 of what was refused

   All big-endian, as OUCH is.  A message that OUCH 5.0 has no form for leaves the head alone.

   Errors     false: fewer bytes than a head, or a type that is none; nothing was filled. */
#ifndef SLUICE_WIRE_COPY_H
#define SLUICE_WIRE_COPY_H

#include "config/types.h"

enum { COPY_HEAD_BYTES = 34, COPY_LANE_NONE = 0xFF };

enum copy_type { COPY_DECISION = 'D', COPY_ANSWER = 'A' };
enum copy_verdict { COPY_PASSED = 'P', COPY_REFUSED = 'R', COPY_NO_VERDICT = ' ' };

struct copy_head {
	uint8_t type;    /* enum copy_type    */
	uint8_t verdict; /* enum copy_verdict */
	uint16_t session, account, strategy;
	uint64_t order_id, time_ns;
	uint32_t venue_ref;
	uint16_t reject_code;
	uint8_t lane, cause;
	uint16_t venue;
};

/* copy_write_head writes the head; the message belongs behind it. */
void copy_write_head(uint8_t out[COPY_HEAD_BYTES], const struct copy_head *head);

/* copy_parse_head reads it; the message, bytes + COPY_HEAD_BYTES on, is ouch50.h's. */
bool copy_parse_head(const uint8_t *bytes, uint32_t size_bytes, struct copy_head *head);

#endif
