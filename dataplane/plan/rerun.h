/* rerun.h - `sluice-dataplane --replay`: judge a journal again, compare, and say so.

   Owner      the main thread of its own process; nothing is written. */
#ifndef SLUICE_PLAN_RERUN_H
#define SLUICE_PLAN_RERUN_H

#include "config/config.h"

/* rerun_journal replays a directory and prints the result as text or JSON.  Returns the exit status: 0 every
   decision and state hash equal, 1 a difference or a damaged tail, 2 it could not be read. */
int rerun_journal(const struct site_config *site, const char *directory, bool is_json);

#endif
