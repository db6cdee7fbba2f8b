/* loads.h - every load of limits that was in force, and how it ended, gathered from the journal in one pass.

     in force --another that stays--> replaced
       | ^ '--one for a term--> waiting --that one stays, or is replaced by one that does--> replaced
       | '----------------------'  that one ended
       '--given up: undone; its time over: not confirmed              (of one for a term)

   The journal holds who loaded what, for how long, and where the gate returned by itself, with control alive or dead: so
   this is what was so, whatever control knew of it.

   Owner      one command; loads_step does a bounded piece.
   Units      times are the wall time of the turn a record belongs to.
   Invariant  (1) at most one load is in force, and it is the one the gate's fold has (fold/epochs.h). */
#ifndef SLUICE_CONTROL_LOADS_H
#define SLUICE_CONTROL_LOADS_H

#include "control/journal/raises.h"
#include "dataplane/journal/reader.h"

enum { LOADS_COUNT_MAX = 256 };

enum load_end {
	LOAD_IN_FORCE,
	LOAD_WAITING, /* what is in force for a term returns to it */
	LOAD_REPLACED,
	LOAD_UNDONE,
	LOAD_UNCONFIRMED,
};
const char *load_end_name(enum load_end end);

struct load {
	struct limit_epoch_record epoch;
	uint32_t last_epoch;             /* the same limits, cut anew between gates */
	uint64_t wall_ns, ended_wall_ns; /* ended 0: it has not */
	enum load_end end;
	uint32_t ended_uid;       /* undone: of the person */
	uint32_t replaced_by;     /* epoch; 0: none */
	bool is_confirmed;        /* it was on trial, and stays */
	uint32_t word_uid;        /* of who confirmed it */
	char word_reason[52 + 1]; /* of who confirmed it or gave it up */
};

struct loads {
	struct reader *reader;
	uint64_t wall_ns;
	uint32_t now, former; /* epochs; 0: none.  former: only while now has a term */
	uint32_t row_count;   /* collected for the next */
	uint32_t taken;       /* the highest epoch read */
	uint64_t left_out;    /* older ones that there was no room for */
	uint32_t count;
	struct load rows[LOADS_COUNT_MAX]; /* by when they came */
	struct raises raises;              /* limits raised for a time, of this gate's journal */
};

/* loads_open begins.  NULL: error has why. */
struct loads *loads_open(const char *directory, struct config_error *error);

/* loads_step reads up to record_count records; true when the journal's end is reached, and then it may be called again:
   a journal that is being written is followed. */
bool loads_step(struct loads *loads, uint32_t record_count);

void loads_close(struct loads *loads);

/* loads_find gives the load that an epoch is of, a cut of it between gates too; NULL: it was never in force, or is left out. */
const struct load *loads_find(const struct loads *loads, uint32_t epoch);

#endif
