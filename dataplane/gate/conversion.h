/* conversion.h - rates of currencies: put in force by an operator, and shown (risk/rates.h).

   A rate enters as a record, so a restart and a replay have it from the journal.  It is as old as whoever states it says,
   by the wall; one of a later time than the gate's own clock is refused, and so is one of the base currency.

   How old a rate is, is used of the most that the site allows, and told as of any limit.

   Owner      the gate stage.
   Errors     the answer's code EINVAL: no record was written and the rate before is in force. */
#ifndef SLUICE_GATE_CONVERSION_H
#define SLUICE_GATE_CONVERSION_H

#include "dataplane/gate/state.h"

/* conversion_answer does what the request asks for and fills in a row of every currency. */
void conversion_answer(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer);

/* conversion_ages looks at how old rates are and writes a row for each that reached a mark of its most; returns how many.
   conversion_usage writes a row for each currency but the base.  conversion_recovered gives gauges their limits. */
uint32_t conversion_ages(struct gate *gate, struct usage_row rows[CURRENCY_COUNT_MAX]);
uint32_t conversion_usage(const struct gate *gate, struct usage_row rows[CURRENCY_COUNT_MAX]);
void conversion_recovered(struct gate *gate);

#endif
