/* fix_exec.h - the names of reports to who hears FIX: ExecID (17), and ExecRefID (19) of what changes a trade.

   An execution is F, its match number, and the order's behind a dash; every other report is R and a number that the session
   counts.  A bust or a correction names in 19 the report that told its trade last: the execution, or the correction before it
   (FIX 4.2, appendix D34; 4.4, J.1.a).  That is remembered of a day's newest FIX_CHANGED_COUNT changes of a session; of a trade that was
   changed longer ago the execution is named, which is a name of it as well.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_EXEC_H
#define SLUICE_FOLD_FIX_EXEC_H

#include "dataplane/fold/fix_client.h"

enum { FIX_EXEC_ID_BYTES = 2 * FIX_NUMBER_BYTES_MAX + 2 };

/* Which trade. */
struct fix_exec {
	uint64_t match, order_id;
};

/* fix_exec_name writes the name of an execution, fix_exec_count the next of a report that is none; returns its size. */
uint32_t fix_exec_name(uint8_t out[FIX_EXEC_ID_BYTES], struct fix_exec exec);
uint32_t fix_exec_count(uint8_t out[FIX_EXEC_ID_BYTES], struct fix_client *fix);

/* fix_exec_ref writes the name of the report that told a trade last. */
uint32_t fix_exec_ref(
	uint8_t out[FIX_EXEC_ID_BYTES], const struct fix_client *fix, struct fix_exec exec);

/* fix_exec_changed notes that the report counted last changed a trade; of one that is broken nothing follows, and who has its name
   later begins anew. */
void fix_exec_changed(struct fix_client *fix, struct fix_exec exec, bool is_bust);

/* fix_exec_day forgets them with the day: venues number trades and orders from one again. */
void fix_exec_day(struct fix_client *fix);

/* fix_exec_write feeds what is remembered to `add`; nothing, if no trade was ever changed. */
void fix_exec_write(const struct fix_client *fix,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

#endif
