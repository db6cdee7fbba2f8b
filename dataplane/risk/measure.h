/* measure.h - every lane of one order as a number.

   measure_order reads the order, the turn and the tables and fills one 64-bit measure per lane, to be
   compared with the limits of the order's profile.  It runs straight through: every order that is not seen to be plain
   (plain.h) pays the same, and a lane that does not apply is masked after the compare.

     measures   meaning
     excess     over a limit that a profile keeps apart, against 0 (VOLUME_SHARE)
     0 or 1     yes-or-no lanes, against 0 (NOT_CONFIGURED: always 1, against what the loader set)
     INT64_MAX  an input is missing or a sum saturated: breaches every limit
     MEASURE_NOT_THIS_SIDE  the order adds nothing to this lane: breaches only a limit that is missing

   Owner      pure; the caller gives the memory.
   Units      of the lane; token lanes in units of their bucket (throttle.h).
   Invariant  (1) the session's lanes are measured as the excess over the session's own limit and
                  compared with 0, because a profile covers accounts and symbols only. */
#ifndef SLUICE_RISK_MEASURE_H
#define SLUICE_RISK_MEASURE_H

#include "dataplane/risk/duplicate.h"
#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/risk.h"

/* measure_order fills LANE_WIDTH measures, 64-byte aligned, and of the verdict what it tells besides them. */
void measure_order(const struct measure_inputs *in, int64_t *measures, struct verdict *verdict);

/* measure_duplicate_key makes the key of an order; an absurd price has the key of price 0, which no
   order in the log has. */
struct duplicate_key measure_duplicate_key(const struct risk_order *order);

#endif
