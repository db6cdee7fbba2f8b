/* plain.h - an order that nothing is said against, seen at once.

   Most orders pass, with market data of the first kind, numbers far from the ends of their range and every limit stated.
   plain_judge works out what such an order comes to, and asks of each lane only what proves that it does not breach; many
   together are one question.  What cannot be proved so shortly is no refusal: then the lanes are measured, every one, and
   compared (measure.h), and the verdict is theirs.

   Owner      pure.
   Cost       judge 1,374 instructions where all lanes were measured of every order, and 935 of a plain one (callgrind, AVX2);
              an order that is not plain pays for the look as well.
   Invariant  (1) a plain order breaches no lane;
              (2) its verdict is, to the bit, the one that the lanes give. */
#ifndef SLUICE_RISK_PLAIN_H
#define SLUICE_RISK_PLAIN_H

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

/* plain_judge fills the verdict and returns true; or false: it is not known to be plain, and the verdict says nothing. */
bool plain_judge(const struct measure_inputs *in, struct verdict *verdict);

#endif
