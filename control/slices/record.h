/* record.h - the slices as a text that outlives control: which epoch held what, what is wanted, what is on its way.

   One JSON object.  Limits are named as in a limits file and gates by their names, so a text of another site, of gates in
   another order, or with sums that are not the whole is refused and says why: then every gate's epoch is unknown, and
   all are cut before any gets more.

   Owner      slices_text's bytes are the caller's, to be freed.
   Errors     slices_read false: the sentence is in error, and the slices are as slices_open made them. */
#ifndef SLUICE_SLICES_RECORD_H
#define SLUICE_SLICES_RECORD_H

#include "config/config.h"
#include "control/slices/slices.h"

/* slices_text writes it.  NULL: out of memory. */
char *slices_text(const struct slices *slices, const struct site_config *site);

/* slices_read goes on from one (slices_inherit). */
bool slices_read(struct slices *slices, const struct site_config *site, const char *text,
	struct config_error *error);

#endif
