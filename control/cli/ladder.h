/* ladder.h - a book as a person reads it: bids on the left, asks on the right, the best at the top, and a
   bar as long as the level is deep.

     AAPL          2 bids, 2 asks, spread 0.0200
       orders      qty                        bid | ask                       qty   orders
            3    1,000  ████████████████ 163.0000 | 163.0200 ████             250        1

   Owner      sluicectl.
   Units      as `show book` answers: prices as text, shares and orders as numbers. */
#ifndef SLUICE_CONTROL_LADDER_H
#define SLUICE_CONTROL_LADDER_H

#include <jansson.h>
#include <stdio.h>

#include "config/base.h"

/* ladder_draw writes the rows of an answer to `show book`; bars are blocks where the terminal knows
   UTF-8, # elsewhere.  state is the answer's: what is not "sequenced" stands above it; NULL: it has none. */
void ladder_draw(
	FILE *out, const char *symbol, const char *state, const json_t *rows, bool is_utf8);

/* ladder_is_utf8 asks the environment (LC_ALL, LC_CTYPE, LANG, the first that is set). */
bool ladder_is_utf8(void);

#endif
