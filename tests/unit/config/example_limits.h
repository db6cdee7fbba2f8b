/* example_limits.h - the example's site, and room for a set of limits that a test reads for it.

   Owner      the test: open_site and close_site around each. */
#ifndef SLUICE_TESTS_UNIT_CONFIG_EXAMPLE_LIMITS_H
#define SLUICE_TESTS_UNIT_CONFIG_EXAMPLE_LIMITS_H

#include <stdlib.h>

#include "config/config.h"

static const char directory[] = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";

static struct site_config site;
static struct limitset *set;

static inline int open_site(void **state)
{
	struct config_error error;
	(void)state;
	set = malloc(sizeof *set);
	return set == NULL || !config_load(&site, directory, &error);
}

static inline int close_site(void **state)
{
	(void)state;
	config_free(&site);
	free(set);
	return 0;
}

#endif
