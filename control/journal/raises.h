/* raises.h - every limit that was raised for a time, and how that ended, gathered from the journals of all gates.

     in force --its time is over, a person gives it up, a load states another number--> expired, undone, replaced

   A lease is in the journal of each gate whose limit it is, under one number; the time of one that was over while its gate did not
   run ends where the gate is started again.

   Owner      who reads the journals; raises_take is told every record of one.
   Units      times are the wall time of the turn a record belongs to.
   Invariant  (1) rows rise by number. */
#ifndef SLUICE_CONTROL_RAISES_H
#define SLUICE_CONTROL_RAISES_H

#include "dataplane/shm/record.h"

enum { RAISES_COUNT_MAX = 256 };

struct raise {
	struct lease_record lease;
	uint32_t gate_mask;              /* whose journals have it */
	uint64_t wall_ns, ended_wall_ns; /* ended 0: it has not */
	uint8_t why;                     /* enum limits_end; 0: in force */
	bool is_found_over;              /* it was over when its gate was started again */
	uint32_t ended_uid;              /* undone: of the person */
};

struct raises {
	uint64_t wall_ns;  /* of the journal that is read */
	bool is_booting;   /* its gate was started and has not turned yet */
	uint64_t left_out; /* older ones that there was no room for */
	uint32_t count;
	struct raise rows[RAISES_COUNT_MAX];
};

/* raises_take takes the next record of the first gate's journal, or of the only one. */
void raises_take(struct raises *raises, const struct record *record);

/* raises_add adds what another gate's journal has. */
void raises_add(struct raises *raises, const struct raises *other, uint32_t gate);

/* raises_find gives one by its number, or NULL. */
const struct raise *raises_find(const struct raises *raises, uint32_t number);

#endif
