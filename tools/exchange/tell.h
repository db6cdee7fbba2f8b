/* tell.h - the venue says anything that OUCH 5.0 can say to a participant, true or not, on command.

       tell sluice E user_ref_num 7 quantity 100 price 163.00 liquidity_flag A match_number 99
       tell sluice J user_ref_num 7 reason 0x0007 clordid 01100000000001
       tell sluice R user_ref_num 7 reason R display_quantity 40

   A message is its type and fields by their names in ouch50.def, options by theirs; what is not named is 0
   or spaces.  Prices are decimal, a single character may stand for itself.  Nothing else changes: neither
   the order nor the market.

   Errors     what cannot be read: a sentence says what was found and expected, and nothing was said. */
#ifndef SLUICE_EXCHANGE_TELL_H
#define SLUICE_EXCHANGE_TELL_H

#include "tools/exchange/desk.h"
#include "tools/exchange/words.h"

/* tell_words says the message that the rest of the words describe; false: trouble has the sentence. */
bool tell_words(struct desk *desk, uint32_t user, struct words *words, char *trouble, size_t size);

#endif
