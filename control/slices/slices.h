/* slices.h - every limit that spans gates, what each gate has of it, and what is on its way.

   Control offers epochs: the rows of a limits file, and beside them a slice for each gate.  All gates take an epoch
   before another is offered.  This machine says what the next one may hold, and learns from what gates say.

     idle --slices_plan: something is to change--> planned --slices_may_offer, slices_offer--> offered
      ^                                                                                          |
      '----------------every gate took it, durably (slices_hear)---------------------------------'

   A plan that gives any gate more than it has waits until a record of this machine is durable (record, durable): a
   control that is started again knows then which epoch held what.  A plan that only takes away waits for no disk.  A gate
   with an epoch that no record knows is taken to have anything, so nobody gets more before it took another.

   A move of an amount from one gate to another:

     cutting --the cut is in force at the giver--> cut --its usage fits (slices_grant)--> granted --in force--> gone
        '--------------slices_back-----------------'--> back --in force at the giver again--> gone

   What is on its way is nobody's: whoever dies meanwhile, it is given later or given back, never twice.  A giver that
   uses more than it keeps refuses by itself whatever would use more; until its usage has fallen nothing is granted.

   Owner      control's thread.  No clock, no disk, no socket.
   Invariant  those of slice.h;
              (4) gates have at most two epochs in force at a time: sure and offered, or a term's and the former;
              (5) an epoch number stands for one plan: one that was not offered leaves its number unused;
              (6) nothing is on its way while a term is wanted. */
#ifndef SLUICE_SLICES_SLICES_H
#define SLUICE_SLICES_SLICES_H

#include "control/slices/slice.h"

enum slice_move_stage { MOVE_NONE, MOVE_CUTTING, MOVE_CUT, MOVE_GRANTED, MOVE_BACK };

struct slice_move {
	struct slice_key key;
	uint8_t stage, from, to, reserved;
	uint32_t reserved2;
	uint64_t number;
	int64_t amount;
};

struct slices_gate {
	uint32_t sure_epoch; /* 0: nothing */
	bool is_heard; /* it takes this control's offers and no other's, and all it says is on its disk */
	bool is_unknown;   /* nobody knows what sure_epoch holds */
	bool is_inherited; /* what was offered to it another control had offered */
	bool has_taken;    /* offered_epoch, durably */
	bool is_void;      /* offered_epoch: it had not taken it, and nobody offers it any more */
	bool has_former;   /* it may return to former_epoch by itself */
	bool has_returned; /* from offered_epoch, whose term is over */
};

struct slices {
	uint32_t gate_count, count, max;
	struct slice *cells, *spare; /* `count` of them, rising by key; both hold max */
	uint64_t whole[2],
		kept_whole[2]; /* hashes of the limits wanted, and of those before the term */
	bool has_kept, is_planned, is_raise, is_term;
	uint32_t offered_epoch, planned_epoch, former_epoch; /* 0: none */
	uint32_t last_epoch;                                 /* the highest that was planned */
	struct slices_gate gates[GATE_COUNT_MAX];
	struct slice_move moves[SLICE_MOVE_COUNT_MAX];
	uint64_t move_count;      /* so far */
	uint64_t record, durable; /* changes so far; up to which they are on the disk */
	uint64_t planned_record;  /* that must be durable before the plan is offered */
	uint64_t checked_record;  /* nothing was to change by then */
};

/* What a gate says. */
struct slices_word {
	bool is_ours;    /* it takes this control's offers and no other's */
	bool is_durable; /* what it has in force is on its disk */
	bool has_term;
	uint32_t epoch, taken; /* in force, and the highest that ever was */
};

/* slices_open takes memory for so many limits; slices_close returns it. */
bool slices_open(struct slices *slices, uint32_t gate_count, uint32_t max);
void slices_close(struct slices *slices);

/* slices_clear forgets everything. */
void slices_clear(struct slices *slices);

/* slices_order compares two limits: the order of cells. */
int slices_order(const struct slice_key *a, const struct slice_key *b);

/* slices_want says which limits are to be in force.  What a limit was cut to stays in its proportions; one that is new is cut
   in equal parts.  For a term, what is wanted now is kept; limits that are kept get what they were cut to. */
void slices_want(struct slices *slices, const struct limitset *set, bool is_term);

/* slices_stay forgets what was kept: the term's limits stay. */
void slices_stay(struct slices *slices);

/* slices_inherit goes on from a record that another control left: what was planned may have been offered. */
void slices_inherit(struct slices *slices);

/* slices_hear takes what a gate says. */
void slices_hear(struct slices *slices, uint32_t gate, const struct slices_word *word);

/* slices_plan makes the next epoch's slices if all gates have the last one, and something is to change or is_wanted says that
   it is to be offered anyway.  least is the lowest number it may have.  true: there is a plan. */
bool slices_plan(struct slices *slices, bool is_wanted, bool is_term, uint32_t least);

/* slices_may_offer tells whether the plan may be offered; slices_offer says that it is. */
bool slices_may_offer(const struct slices *slices);
void slices_offer(struct slices *slices);

/* slices_is_in_force tells whether every gate has the limits wanted, and no slices add up to more: not that each has all that
   it is to have. */
bool slices_is_in_force(const struct slices *slices);

/* slices_is_settled tells whether every gate certainly has what is wanted, and nothing is on its way. */
bool slices_is_settled(const struct slices *slices);

/* slices_find gives a limit's index, UINT32_MAX if it is not cut. */
uint32_t slices_find(const struct slices *slices, struct slice_key key);

/* slices_move begins one.  NULL: the giver is not to have so much, a term is wanted, or as many are on their way as there may
   be. */
struct slice_move *slices_move(
	struct slices *slices, uint32_t at, uint32_t from, uint32_t to, int64_t amount);

/* slices_turn goes on with moves. */
void slices_turn(struct slices *slices);

/* slices_grant lets the taker have it: the giver's usage fits in what it keeps, seen after the cut was in force. */
void slices_grant(struct slices *slices, struct slice_move *move);

/* slices_back gives an amount that was not granted back to the giver; false: it was. */
bool slices_back(struct slices *slices, struct slice_move *move);

/* slices_lease says what a gate may have of a limit by a lease; 0: nothing.  slices_unlease says so of all its limits. */
void slices_lease(struct slices *slices, struct slice_key key, uint32_t gate, int64_t value);
void slices_unlease(struct slices *slices, uint32_t gate);

/* slices_moving gives how much of a limit is on its way. */
int64_t slices_moving(const struct slices *slices, struct slice_key key);

#endif
