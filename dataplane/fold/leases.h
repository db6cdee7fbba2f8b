/* leases.h - limits that persons raised for a time, each by itself, and how each returns alone.

     asked --every condition of leases_may--> in force, in place of what the epoch states
                                                 '--its time is over, a person gives it up--> what the epoch states again
                                                 '--an epoch states another number there--> that number

   A lease is no epoch: it stands over the rows of the one in force, and of each that follows and leaves its limit alone, on
   trial or not; so several stand beside each other, and none knows of another.  Its time is counted on the clock of turns,
   as a trial's (epochs.h): a journal judged again returns each at the same record.

   Owner      part of the fold: changed only by its records.
   Units      as limits.def.
   Invariant  (1) no order is judged by a lease whose time is over: a turn begins by looking;
              (2) a limit of a scope has one lease, looser than what the epoch states (base), which is never changed by it;
              (3) what limits on trial return to (risk, former) states bases alone. */
#ifndef SLUICE_FOLD_LEASES_H
#define SLUICE_FOLD_LEASES_H

#include "dataplane/fold/state.h"

/* leases_may tells whether a record would be taken: 0, or ESTALE: another epoch is in force, the number is not above every one
   before, or there is none to give up; EBUSY: limits are on trial; ENOSPC: there are as many as there may be; ENOENT: that
   limit is not stated there; EEXIST: it has a lease; EINVAL: that is not looser, or may not be stated. */
int32_t leases_may(const struct fold *fold, const struct lease_record *record);

/* leases_take takes a record; one that leases_may does not let changes nothing. */
void leases_take(struct fold *fold, const struct lease_record *record);

/* leases_turn ends those whose time is over; leases_boot also those whose time ended on the wall clock while nothing ran. */
void leases_turn(struct fold *fold);
void leases_boot(struct fold *fold, uint64_t wall_ns);

/* leases_meet puts all into limits that come in force next, and ends those whose limit states another number there. */
void leases_meet(struct fold *fold, enum risk_limits which);

/* leases_leave puts the bases into limits that are kept aside, of the leases as they were before the last leases_meet. */
void leases_leave(struct fold *fold, const struct leases *before);

/* leases_tell writes the gate's page; leases_tell_left what is left of each. */
void leases_tell(struct fold *fold);
void leases_tell_left(const struct leases *leases, struct gate_page *page, uint64_t now_ns);

void leases_write(const struct leases *leases,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

/* leases_are_due tells that the next turn will end one. */
static inline bool leases_are_due(const struct leases *leases, uint64_t now_ns)
{
	for (uint32_t i = 0; i < leases->count; i++)
		if (now_ns >= leases->rows[i].until_ns)
			return true;
	return false;
}

#endif
