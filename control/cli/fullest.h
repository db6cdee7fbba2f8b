/* fullest.h - the limits nearest to full, of everybody: the firm, accounts, strategies, sessions and symbols.

   Taken from the metrics, which have a sample of each limit that is used; of one gate or of several. */
#ifndef SLUICE_CLI_FULLEST_H
#define SLUICE_CLI_FULLEST_H

#include <jansson.h>
#include <stdio.h>

enum { FULLEST_COUNT = 8 };

/* fullest_draw writes the FULLEST_COUNT fullest limits, a line each, from the answer to `metrics`; NULL: there was none. */
void fullest_draw(FILE *out, const json_t *metrics);

#endif
