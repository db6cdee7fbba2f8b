/* report.h - the figures for people and for later comparison.

   Text: one line a figure, its range over the rounds, and its ratio to its yardstick.  JSON: the same
   with machine, instruction set and commit, so that a later run can be held against this one. */
#ifndef SLUICE_BENCH_REPORT_H
#define SLUICE_BENCH_REPORT_H

#include <stdio.h>

#include "tools/bench/round.h"

/* report_text, report_json write all figures; false: the file could not be written. */
bool report_text(const struct figures *figures, FILE *file);
bool report_json(const struct figures *figures, FILE *file);

#endif
