/* commands.h - what a test or a person may tell the venue while it runs, one line each.

   The answer is one line on standard output: `ok ...` or `error ...`.  Lines come from standard input,
   read without waiting; its end is no command.

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_COMMANDS_H
#define SLUICE_EXCHANGE_COMMANDS_H

#include "tools/exchange/exchange.h"

enum { COMMANDS_ANSWER_BYTES = 2048 };

struct commands {
	bool is_over; /* standard input has ended */
	uint32_t used;
	char line[4096]; /* some lines at once */
};

/* commands_poll takes what lines there are.  Returns false once `stop` was among them. */
bool commands_poll(struct commands *commands, struct exchange *x, uint64_t now_ns);

/* commands_do does one line and writes its answer; false: it was `stop`. */
bool commands_do(struct exchange *x, const char *line, uint64_t now_ns, char *answer, size_t size);

#endif
