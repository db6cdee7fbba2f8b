/* say.h - the venue says anything that ITCH 5.0 can say, on command.

       say H AAPL trading_state P reason LUDP
       say J AAPL reference_price 163.00 upper_price 171.15 lower_price 154.85 extension 0
       say V level_1 2500.00 level_2 2400.5 level_3 2200

   A message is its type, the symbol if it has one, and fields by their names in itch50.def; what is not
   named is 0 or spaces.  Prices are decimal.  H and an h of this market stop and start the symbol's
   trading too; R of a new symbol makes it tradable; a trade without a match_number takes the next.

   Errors     orders (A F E C X D U) are refused: the book changes by trading only; so is what cannot be
              read.  A sentence says what was found and what was expected, and nothing was said. */
#ifndef SLUICE_EXCHANGE_SAY_H
#define SLUICE_EXCHANGE_SAY_H

#include "tools/exchange/exchange.h"
#include "tools/exchange/words.h"

/* say_words publishes the message that the rest of the words describe; false: trouble has the sentence. */
bool say_words(struct exchange *x, struct words *words, char *trouble, size_t size);

#endif
