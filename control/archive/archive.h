/* archive.h - from the tapes to bars: a thread that reads every print and writes it to the store.

   The tapes are the queue: a thread of control's follows them through its own mapping of the market, writes
   what it read in one transaction, and only then counts it as read.  While the disk is slow the tape
   holds what comes; a disk that is slow for longer than a whole tape costs prints, and exactly when is
   noted as a hole: bars inside are told incomplete.  Neither the feed nor control's loop waits for it.

     no market --archive_attach--> reading --a write fails--> 1 s pause --again from the last commit--> reading

   incomplete  a bar is, if a hole touches it: the tape was overrun; the channel or symbol was stale, until the
               feed says it is whole; a dataplane ended and another began, or control came late and
               nobody read; a print had no price.
   broken      a broken trade mends its bars at once, from the prints that are left (ledger.c).
   day         prints belong to the day in New York on which their dataplane started.

   Owner      control's thread calls; the archive's thread reads and writes.
   Time       of bars: the venue's own time of each print.
   Errors     said in the log when they begin and end, counted, and tried again every second. */
#ifndef SLUICE_CONTROL_ARCHIVE_H
#define SLUICE_CONTROL_ARCHIVE_H

#include "control/archive/store.h"

enum { ARCHIVE_BATCH_COUNT = 4096 /* prints a transaction */ };

struct archive;

struct archive_facts {
	uint64_t prints;   /* kept                                          */
	uint64_t repeated; /* known already                                 */
	uint64_t broken;   /* prints that were broken and mended            */
	uint64_t unknown;  /* breaks of what is not kept                    */
	uint64_t lost;     /* events of tapes that were overrun             */
	uint64_t holes;
	uint64_t errors;    /* transactions that failed                      */
	bool is_writing;    /* the last transaction succeeded              */
	char trouble[1024]; /* of the last error                             */
};

/* archive_open starts the thread, which waits for a market; NULL: out of memory or threads. */
struct archive *archive_open(const struct site_config *site);

/* archive_attach gives the market whose tapes are read from now on; the descriptor stays the caller's. */
void archive_attach(struct archive *archive, int market_fd);

void archive_look(struct archive *archive, struct archive_facts *facts);

/* archive_wait waits until all that was announced before is written, at most timeout_ms.  For tests and
   for whoever ends. */
bool archive_wait(struct archive *archive, unsigned timeout_ms);

/* archive_close reads what is there, writes it and ends the thread. */
void archive_close(struct archive *archive);

#endif
