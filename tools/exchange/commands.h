/* commands.h - commands of the venue: its feed, its flow, its market, its reports; see also faults.h, acts.h.

   The answer is one line: `ok ...` or `error ...`.

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_COMMANDS_H
#define SLUICE_EXCHANGE_COMMANDS_H

#include "tools/exchange/exchange.h"

enum { COMMANDS_ANSWER_BYTES = 4096 };

/* commands_do does one line and writes its answer; false: it was `stop`. */
bool commands_do(struct exchange *x, const char *line, uint64_t now_ns, char *answer, size_t size);

#endif
