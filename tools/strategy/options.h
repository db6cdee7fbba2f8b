/* options.h - what a strategy is told on its command line.

   Errors     one sentence on standard error: found, expected. */
#ifndef SLUICE_STRATEGY_OPTIONS_H
#define SLUICE_STRATEGY_OPTIONS_H

#include "tools/strategy/strategy.h"

enum { EXIT_MISTAKE = 2, EXIT_GONE = 3, EXIT_NO_MARKET = 4, EXIT_NO_SESSION = 5 };

/* options_take returns -1 to go on, else the code to exit with. */
int options_take(struct strategy_options *options, int count, char **words);

#endif
