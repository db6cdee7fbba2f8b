/* rerun.h - `sluice-dataplane --replay`: judge a journal again, compare, and say so; with `--limits`, by other limits.

   A journal that is being written is judged up to a record (until; 0: to its end): the last that was acknowledged, behind which it
   may be torn.

   Owner      the main thread of its own process; nothing is written. */
#ifndef SLUICE_PLAN_RERUN_H
#define SLUICE_PLAN_RERUN_H

#include "config/config.h"

/* rerun_journal replays a directory and prints the result as text or JSON.  Returns the exit status: 0 every
   decision and state hash equal, 1 a difference or a damaged tail, 2 it could not be read. */
int rerun_journal(
	const struct site_config *site, const char *directory, uint64_t until, bool is_json);

/* rerun_print_string writes a sentence as a JSON string; control characters are left out: only a file name brings any. */
void rerun_print_string(const char *text);

/* rerun_what_if judges a directory's orders again by the limits of a file (fold/whatif.h has the rule) and prints each
   verdict that differs; with an order_id other than 0 that order's verdicts alone, equal or not.
   site is the view of the journal's gate, whole the site that the file is read by.  Returns the exit
   status: 0 no verdict differs, 3 some do, 1 the replay itself differs from the journal or its tail is damaged, 2 the
   limits or the journal could not be read, or never had limits in force, or have no such order. */
int rerun_what_if(const struct site_config *site, const struct site_config *whole,
	const char *directory, uint64_t until, const char *limits_path, uint64_t order_id,
	bool is_json);

#endif
