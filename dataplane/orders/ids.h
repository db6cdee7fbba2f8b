/* ids.h - the names that clients give their orders, where a protocol names them by text.

   Inside the gate an order of a client has a number.  A protocol whose ids are text (up to 20 characters) has
   each one kept here with the number it stands for: from the text to the number when the client speaks of
   an order, and back when it is told of one.  A text once used is known for the journal's life, so it is
   never taken for another order; a day's end alone forgets (ids_forget).

   Owner      the fold.
   Invariant  (1) a session's text stands at most once, and so does its number;
              (2) entries stand in the order in which they were used, and none is taken away: `digest` over
                  what was put and linked is the table's whole state;
              (3) a full table refuses: nothing is kept of what did not fit but `unkept`, until the next. */
#ifndef SLUICE_ORDERS_IDS_H
#define SLUICE_ORDERS_IDS_H

#include "dataplane/orders/refs.h"

enum { ID_TEXT_BYTES = 20 };

struct id {
	char text[ID_TEXT_BYTES]; /* zeros behind it */
	uint8_t size_bytes;
	uint8_t reserved;
	uint16_t session;
	uint32_t ref; /* what the text stands for; 0: no such text */
	uint32_t
		link; /* the row's own: another number of this session, such as of a cancel that waits for its answer */
};
_Static_assert(sizeof(struct id) == 32, "half a cache line");

struct ids {
	struct id *entries;
	uint32_t *by_text; /* index + 1, open addressing; 0: free */
	uint32_t mask;
	uint32_t count, count_max;
	struct refs by_ref; /* session << 32 | number */
	struct id unkept;   /* the newest text that did not fit */
	uint64_t digest[2];
};

/* ids_open takes memory for count_max texts; 0: none is ever kept, and no memory is taken. */
void ids_open(struct ids *ids, uint32_t count_max);
void ids_close(struct ids *ids);

/* ids_find returns the number of a session's text, or 0.  Longer than ID_TEXT_BYTES or empty: 0. */
uint32_t ids_find(const struct ids *ids, uint16_t session, const char *text, uint32_t size_bytes);

/* ids_put keeps a text that is not there, of 1 to ID_TEXT_BYTES characters, for a number above 0 that is not
   there.  false: full; nothing is kept but in `unkept`. */
bool ids_put(
	struct ids *ids, uint16_t session, uint32_t ref, const char *text, uint32_t size_bytes);

/* ids_text returns the text of a session's number; number 0 or one that is not there: `unkept`, which is
   empty unless its session had a text refused. */
const struct id *ids_text(const struct ids *ids, uint16_t session, uint32_t ref);

/* ids_link writes an entry's link; numbers that are not there are ignored. */
void ids_link(struct ids *ids, uint16_t session, uint32_t ref, uint32_t link);

/* ids_move_link gives the link of one number to another, unless that has one. */
void ids_move_link(struct ids *ids, uint16_t session, uint32_t from, uint32_t to);

/* ids_forget empties the table. */
void ids_forget(struct ids *ids);

#endif
