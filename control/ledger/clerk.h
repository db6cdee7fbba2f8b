/* clerk.h - reads the journal as it grows, keeps the ledger, and holds it against what the gate says that it has.

   The gate tells its rows page by page, and of each page up to which record of the journal it knew.  The clerk reads
   exactly up to that record and then compares: nothing is in flight between the two, so whatever differs is wrong.

     reading --a page comes--> reading up to its record --compared--> reading
        ^                             |
        '--- from the first record ---'  the journal is another: the gate is behind what was read

   On its way it picks up the stops that were said at the door, for who writes the audit (hearsay.h); while there is no room for
   one more it reads no further.

   Pages of one round tell all rows of the gate; after the last one, what the ledger knew when the round began and the gate did
   not tell is a difference too.

   Owner      one thread (bookkeeping.h), or a test.
   Time       of a page, from who asked for it.
   Errors     a journal that cannot be read, a ledger that is full: the facts say so, and nothing is compared. */
#ifndef SLUICE_CONTROL_CLERK_H
#define SLUICE_CONTROL_CLERK_H

#include "control/ledger/ledger.h"
#include "dataplane/journal/reader.h"
#include "dataplane/shm/mailbox.h"

enum {
	CLERK_PER_STEP = 4000, /* records read at once             */
	CLERK_STOP_COUNT = 16, /* stops picked up and not taken yet */
};

/* A stop as the journal has it, and the wall clock of its turn. */
struct clerk_stop {
	uint64_t sequence, wall_ns;
	struct stop_record stop;
};

/* What the gate told. */
struct clerk_page {
	uint64_t sequence; /* the last record that it knew of */
	uint64_t now_ns;
	uint32_t row_count;
	bool is_first, is_last; /* of the round */
	struct position_row rows[MAILBOX_ROW_COUNT];
};

/* The first of what differs in a round. */
struct clerk_difference {
	uint32_t account, symbol;
	const char *what; /* position, bought, ... */
	int64_t journal, gate;
	uint64_t sequence;
};

struct clerk_facts {
	uint64_t sequence; /* the last record read */
	uint64_t trades;   /* executed, broken and corrected */
	uint64_t unknown;  /* breaks and corrections of what is not there */
	uint64_t rounds;   /* all rows compared, so often */
	uint32_t rows;     /* told by the gate in the last of them */
	uint32_t differing;
	uint64_t differs_ns; /* since when anything does; 0: nothing */
	struct clerk_difference difference;
	bool is_full;      /* out of memory or room */
	char trouble[256]; /* why the journal cannot be read; empty: it can */
};

struct clerk {
	const struct site_config *site;
	struct reader *reader;
	struct ledger ledger;
	uint32_t round_rows, round_differing;
	uint64_t wall_ns; /* of the turn read last */
	uint32_t stop_count;
	struct clerk_stop
		stops[CLERK_STOP_COUNT]; /* from the door; who takes them sets the count to 0 */
	struct clerk_facts facts;
};

/* clerk_open begins at the first record of the site's journal; its directory need not be there yet. */
void clerk_open(struct clerk *clerk, const struct site_config *site);
void clerk_close(struct clerk *clerk);

/* clerk_read reads at most CLERK_PER_STEP records and none behind until; below what was read already, it begins anew.  true:
   it is worth while to go on at once. */
bool clerk_read(struct clerk *clerk, uint64_t until);

/* clerk_compare holds a page against the ledger, which is read up to the page's record.  false: it is not, or may not be
   used, and nothing was compared. */
bool clerk_compare(struct clerk *clerk, const struct clerk_page *page);

#endif
