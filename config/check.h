/* check.h - a site's limits file looked at before anything is started with it: what `--check` of the processes says of it.

   What limits check and limits lint of a control that runs say of a file, this says without one, in the same lines.

   Errors     a file that is refused, as the load would refuse it: a sentence with file, line and column. */
#ifndef SLUICE_CONFIG_CHECK_H
#define SLUICE_CONFIG_CHECK_H

#include <stdio.h>

#include "config/config.h"

/* check_limits reads a limits file against its site and writes what it is, and which of its limits nobody states, are so high that
   they do nothing, or never bind.  path NULL: limits.yaml in the site's directory.  These are warnings, as they are at a
   start.  false: error says why it is refused. */
bool check_limits(
	const struct site_config *site, const char *path, FILE *to, struct config_error *error);

#endif
