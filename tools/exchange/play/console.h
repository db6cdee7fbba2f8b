/* console.h - what a test or a person may tell the venue while it runs, one line each (player.h).

   The answer is one line on standard output: `ok ...` or `error ...`; of an expectation it comes when
   that is decided, and later lines wait for it; of a line without a command, empty or a comment, it is `ok`.  Lines come from standard input, read without waiting;
   its end is no command.

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_PLAY_CONSOLE_H
#define SLUICE_EXCHANGE_PLAY_CONSOLE_H

#include "tools/exchange/play/player.h"

struct console {
	struct player player;
	bool is_over;  /* standard input has ended */
	uint32_t used; /* of lines */
	char lines[8192];
};

void console_init(struct console *console, struct exchange *x);

/* console_poll takes what lines there are.  Returns false once `stop` was among them. */
bool console_poll(struct console *console, uint64_t now_ns);

#endif
