/* measure_inputs.h - what one judgement looks at, and the measures that are no numbers.

   Each room of the judgement takes it: those that measure.c and plain.c ask, which know nothing of the two.

   Owner      whoever judges (risk.c); nothing in it is changed by measuring.
   Invariant  (1) nothing is NULL: what is missing has an empty stand-in. */
#ifndef SLUICE_RISK_MEASURE_INPUTS_H
#define SLUICE_RISK_MEASURE_INPUTS_H

#include "config/base.h"

#define MEASURE_MISSING       INT64_MAX
#define MEASURE_NOT_THIS_SIDE (INT64_MIN + 1)

struct measure_inputs {
	const struct risk *risk;
	const struct turn_inputs *turn;
	const struct top_used *top;
	const struct risk_order *order;
	const struct session_entry *session;
	const struct account_entry *account;
	const struct symbol_entry *symbol;
	const struct row *row;
	const struct profile *profile;
	bool has_row;
};

/* missing_if gives the measure, or the one that breaches every limit. */
static inline int64_t missing_if(bool is_missing, int64_t measure)
{
	return is_missing ? MEASURE_MISSING : measure;
}

#endif
