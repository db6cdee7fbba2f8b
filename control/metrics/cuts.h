/* cuts.h - limits that span gates as metrics: the whole, each gate's slice and what is in force there, and how many amounts
   are on their way.

   Of one gate there is nothing to tell: the limits are those of sluice_limit.

   Units      of the samples: as the limits file spells them. */
#ifndef SLUICE_CONTROL_CUTS_H
#define SLUICE_CONTROL_CUTS_H

#include "control/limits/slicing.h"
#include "control/socket/answer.h"

void cuts_write(
	struct answer *answer, const struct site_config *site, const struct slicing *slicing);

#endif
