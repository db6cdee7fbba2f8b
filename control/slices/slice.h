/* slice.h - one limit of the whole firm, cut into a slice for each gate.

   A gate compares with its own slice and asks nobody.  What keeps the firm inside of the whole is one rule on what
   may be offered to a gate (slice_next): less than it has at any time; more only as far as there is room under the whole
   beside the most that any other gate may still have.  From that rule come the two steps of a move: the giver's cut
   must be in force before there is room for the taker.

   What a gate may have in force is the largest of three (slice_bound):

     sure       what it certainly has: it said so, and it would say so after the loss of its machine
     offered    what was offered last, taken or not
     former     what it returns to by itself, while what it has is in force for a term

   Beside these stands what it may have by a lease, over whatever epoch it has (leased): no other gate gets that room, but the
   whole is then the lease's, so slice_bound leaves it out.

   A value is SLICE_NONE where the gate has another file's limits, without this one; SLICE_UNKNOWN where nobody knows: then
   no other gate gets more until this one has taken what it was offered.

   Owner      control's thread.
   Units      the limit's own: shares, money_e4, orders, tokens.
   Invariant  (1) the bounds of all gates together never exceed the whole, from when all of them have it;
              (2) wanted of all gates and what is on its way between them are the whole exactly;
              (3) another whole moves every gate's slice the same way as the whole, or leaves it. */
#ifndef SLUICE_SLICES_SLICE_H
#define SLUICE_SLICES_SLICE_H

#include "config/cut.h"

#define SLICE_NONE    INT64_C(-1)
#define SLICE_UNKNOWN INT64_MAX

enum { SLICE_MOVE_COUNT_MAX = 16 }; /* moves on their way at one time */

struct slice {
	struct slice_key key;
	uint32_t row;              /* of the whole's limitset */
	int64_t whole, kept_whole; /* SLICE_NONE: the limits wanted, or kept, do not state it */
	int64_t wanted[GATE_COUNT_MAX]; /* what each is to have in the end */
	int64_t kept[GATE_COUNT_MAX];   /* wanted before the term that runs */
	int64_t sure[GATE_COUNT_MAX], offered[GATE_COUNT_MAX], former[GATE_COUNT_MAX];
	int64_t planned[GATE_COUNT_MAX]; /* to be offered next */
	int64_t leased[GATE_COUNT_MAX];  /* by a lease, or one that is asked for; 0: none */
};

/* slice_count_max gives how many the largest files have together: a term's, and that which it returns to. */
uint32_t slice_count_max(void);

/* slice_cut shares a whole out in equal parts; the first gates get what is left over. */
void slice_cut(int64_t whole, int64_t *shares, unsigned count);

/* slice_scale makes shares that are one whole those of another: each by its part, what rounding leaves over to the first of
   those that lost by it.  slice (3) */
void slice_scale(int64_t old_whole, int64_t new_whole, int64_t *shares, unsigned count);

/* slice_bound gives the most that a gate may have in force. */
int64_t slice_bound(const struct slice *slice, unsigned gate);

/* slice_next gives what a gate may be offered on its way to what is wanted, beside what is planned for those before it. */
int64_t slice_next(const struct slice *slice, unsigned gate, unsigned gate_count);

/* slice_is_raise tells whether a value is more than the gate certainly has. */
bool slice_is_raise(const struct slice *slice, unsigned gate, int64_t value);

#endif
