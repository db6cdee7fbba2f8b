/* stages.h - the upper half of the live screen: what stages do, what waits, and how long things take.

   Taken from the answers to `metrics` and `health`.  Where a site names several gates or feeds each has its line, for what one
   of them lacks is no part of a sum. */
#ifndef SLUICE_CLI_STAGES_H
#define SLUICE_CLI_STAGES_H

#include <jansson.h>
#include <stdio.h>

/* stages_draw writes which stages live, queues, feeds and what gates did; latency_draw three quantiles of each latency.
   NULL: there was no answer. */
void stages_draw(FILE *out, const json_t *metrics, const json_t *health);
void latency_draw(FILE *out, const json_t *metrics);

#endif
