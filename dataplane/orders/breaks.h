/* breaks.h - what one of two tellers has said of our orders and the other has not.

   A venue tells what becomes of an order twice: to the order session, and on its drop copy.  Each word is an entry on
   one side of a row, which is found by order number, kind of word and, of a trade, match number; words of one key add
   up, so that a row tells how much each side knows.  Two sides that say the same leave no row.  What stays is what
   only one has told, or what both tell differently; older than a venue allows it is a break.

      (none) --ours or theirs--> waiting --the other, the same--> (none)
                                    |  ^
                                    |  +--the other, another quantity, price or side
                                    v
                             older than the limit: break --the other, the same--> (none)

   Owner      the fold.
   Time       monotonic, of the turn in which a row's first word came.
   Units      shares; price_e4 added up, modulo 2^64.
   Invariant  (1) a row stands under its key once, and in its venue's list in the order of first words;
              (2) the alarmed rows of a list are its head, up to the cursor `young`;
              (3) an acknowledged row is an alarmed one;
              (4) a row whose word was applied to an order goes only by the other side's word.
   Errors     full, or by chance a key that stands for another: NULL, counted in lost; nothing is compared. */
#ifndef SLUICE_ORDERS_BREAKS_H
#define SLUICE_ORDERS_BREAKS_H

#include "config/limits.h"
#include "dataplane/orders/refs.h"
#include "dataplane/shm/record.h"

enum { BREAK_COUNT_MAX = 16384 };
#define BREAK_NONE UINT32_MAX

enum break_teller { BREAK_OURS = 0, BREAK_THEIRS = 1 };

/* What a row is about: enough of the copy's newest word to apply it (answer.h). */
struct break_word {
	uint64_t price_e4, order_reference, match;
	uint32_t qty, original_ref;
	uint8_t type, code, order_state, side, display, liquidity, reserved[2];
};

struct break_sum {
	uint64_t price_sum;
	uint64_t qty;
	uint32_t count;
	uint32_t side; /* of a word that names one; else 0 */
};

struct break_row {
	uint64_t match;
	uint64_t order_id; /* 0: of no order that we know */
	uint64_t first_ns;
	struct break_sum told[2]; /* by enum break_teller */
	struct break_word word;   /* the copy's; valid while told[BREAK_THEIRS].count > 0 */
	uint32_t venue_ref;
	uint32_t applied;       /* words of the copy that were applied to the order */
	uint64_t cancelled_qty; /* of cancels: by which the order was reduced, whoever told it */
	uint16_t account, session;
	uint8_t venue, type; /* type: the word's letter; D stands with C */
	uint8_t is_alarmed, is_acknowledged;
	uint32_t acknowledged_uid;
	uint64_t number; /* of the rows taken so far, from 1 */
	char acknowledged_reason[48];
	uint32_t next, previous; /* list */
};

struct breaks {
	struct break_row *rows; /* NULL: no venue has a copy */
	uint32_t free_head, count;
	uint32_t heads[VENUE_COUNT_MAX], tails[VENUE_COUNT_MAX];
	uint32_t young[VENUE_COUNT_MAX];   /* first row of the list that is not alarmed */
	uint32_t alarmed[VENUE_COUNT_MAX]; /* rows that nobody has acknowledged */
	uint32_t seen[VENUE_COUNT_MAX];    /* rows that somebody has */
	uint64_t taken;                    /* rows so far */
	uint64_t lost;                     /* words that found no place */
	struct refs by_key;
};

/* breaks_open takes memory for BREAK_COUNT_MAX rows, breaks_close gives it back. */
void breaks_open(struct breaks *breaks);
void breaks_close(struct breaks *breaks);

/* breaks_find gives the row of a word, or NULL. */
struct break_row *breaks_find(
	struct breaks *breaks, uint8_t venue, uint32_t venue_ref, uint8_t type, uint64_t match);

/* breaks_take makes the row of a word that has none; the caller fills in whose it is. */
struct break_row *breaks_take(struct breaks *breaks, uint8_t venue, uint32_t venue_ref,
	uint8_t type, uint64_t match, uint64_t now_ns);

/* breaks_tell adds a word to a side of a row. */
void breaks_tell(struct break_row *row, enum break_teller teller, uint32_t qty, uint64_t price_e4,
	uint8_t side);

/* breaks_is_even tells whether both sides of a row say the same. */
bool breaks_is_even(const struct break_row *row);

/* breaks_drop forgets a row. */
void breaks_drop(struct breaks *breaks, struct break_row *row);

/* breaks_alarm makes the oldest row of a venue that is no break yet one, if its first word or since_ns, whichever is later, lies
   after_ns back; NULL: there is none so old. */
struct break_row *breaks_alarm(struct breaks *breaks, uint8_t venue, uint64_t now_ns,
	uint64_t since_ns, uint64_t after_ns);

/* breaks_is_due tells whether breaks_alarm would find one. */
bool breaks_is_due(const struct breaks *breaks, uint8_t venue, uint64_t now_ns, uint64_t since_ns,
	uint64_t after_ns);

/* breaks_acknowledge: a person has seen a break; it stays, and is no alarm until another word of it comes.  0; ENOENT: no such
   row; ESTALE: it is no break yet; EALREADY.  With apply false nothing changes. */
int32_t breaks_acknowledge(
	struct breaks *breaks, const struct acknowledge_record *seen, bool apply);

/* breaks_renew makes a row that was acknowledged an alarm again: another word of it came. */
void breaks_renew(struct breaks *breaks, struct break_row *row);

/* breaks_write feeds all rows to `add`, the same bytes for the same history. */
void breaks_write(const struct breaks *breaks,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

#endif
