/* unstated.h - the limits that a file leaves out, and that are refused for that.

   A file is good that states nothing: what nobody set cannot trade (binds.h).  Whoever reads one is told what it leaves out
   before it is in force. */
#ifndef SLUICE_CONFIG_UNSTATED_H
#define SLUICE_CONFIG_UNSTATED_H

#include "config/config.h"

/* limitset_unstated writes a line for each limit that nobody states for some order or session, which is refused for that, and
   returns how many there are. */
uint32_t limitset_unstated(
	const struct limitset *set, const struct site_config *site, char *text, size_t size);

#endif
