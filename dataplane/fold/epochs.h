/* epochs.h - which limits are in force, for how long, and how they return by themselves.

     collecting --whole--> in force, stays
                              ^   ^ '--next epoch, on trial--> in force for a term, the former kept aside
                              |   '-------confirmed------------'  |  |
                              |   '-------next epoch, stays-------'  |
                              '---the former, when the term is over, when a person gives them up, or at a boot
                                  that came after its end on the wall clock

   A term is counted on the clock of turns, so a journal judged again returns at the same record, and nobody has to
   be alive for it: not control, and not the gate that adopted it.  An epoch on trial in place of one on trial returns
   to what stood before both.

   Owner      part of the fold: changed only by its records.
   Invariant  (1) no order is judged by limits whose term is over: every order is judged in a turn, and a turn begins
                  by looking;
              (2) `taken` never falls, and the gate takes no epoch that is not above it (banks.h);
              (3) risk keeps the former's limits exactly while now has a term. */
#ifndef SLUICE_FOLD_EPOCHS_H
#define SLUICE_FOLD_EPOCHS_H

#include "dataplane/fold/leases.h"

/* epochs_apply takes a record of limits: a row, an epoch, a word, a lease; what is not whole, or names nothing in force,
   changes nothing. */
void epochs_apply(struct fold *fold, const struct record *record);

/* epochs_turn ends a term and leases that are over; epochs_boot also those that ended on the wall clock while nothing ran. */
void epochs_turn(struct fold *fold);
void epochs_boot(struct fold *fold, uint64_t wall_ns);

/* epochs_tell writes the gate's page. */
void epochs_tell(struct fold *fold);

void epochs_write(const struct epochs *epochs,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

/* epochs_are_due tells that the next turn will end a term or a lease. */
static inline bool epochs_are_due(const struct epochs *epochs, uint64_t now_ns)
{
	return (epochs->now.term != LIMITS_STAY && now_ns >= epochs->until_ns) ||
	       leases_are_due(&epochs->leases, now_ns);
}

/* epochs_left_ns gives what is left of the term; 0: it has none, or it is over. */
static inline uint64_t epochs_left_ns(const struct epochs *epochs, uint64_t now_ns)
{
	bool has_left = epochs->now.term != LIMITS_STAY && now_ns < epochs->until_ns;
	return has_left ? epochs->until_ns - now_ns : 0;
}

#endif
