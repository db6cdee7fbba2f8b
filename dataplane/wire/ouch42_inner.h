/* ouch42_inner.h - OUCH 4.2 in the gate's own words, and back.

   The gate speaks one language inside, the structs of ouch50.h.  Here a message of OUCH 4.2 is heard in that
   language, and what is meant in it is said in OUCH 4.2.  Tokens travel as clordid and original_clordid;
   UserRefNums are not of this protocol: who hears a message gives it its numbers.

     time in force   0 IOC '3'; 99998 market hours '0'; 99999 system hours '5'; seconds: '6' and ExpireTime
     display         one letter here is display, PriceType, PostOnly, TradeNow and HandleInst there
     firm, minimum,  options 2, 3, 4; a Replace here states all it asks for, so heard it carries its minimum,
     customer        PriceType, PostOnly and TradeNow as options, and said it asks for none of what it does
                     not carry: who means "as before" must say what was before

     located         SharesLocated (option 25) has no word and needs none: nobody is asked for it

   What else OUCH 4.2 has no words for is not said, and said() is false: on the way to a venue the order must be
   refused; on the way to a client (Restated, mass cancel, disable and enable, account query) the client
   knows nothing of it anyway.  Heard Trade Now stays type 'N', which nobody else has.  An execution with a
   reference price is heard as an execution: the reference itself is not carried.

   Errors     false: nothing was said, the result may not be used. */
#ifndef SLUICE_WIRE_OUCH42_INNER_H
#define SLUICE_WIRE_OUCH42_INNER_H

#include "dataplane/wire/ouch42.h"

/* ouch42_inner_hear_in, ouch42_inner_hear_out fill `to` whole.  A letter or number that means nothing
   becomes one that no order may carry (time_in_force 0, OUCH_OPTION_UNKNOWN), so it is refused, not guessed. */
void ouch42_inner_hear_in(const struct ouch42_in *from, struct ouch_in *to);
void ouch42_inner_hear_out(const struct ouch42_out *from, struct ouch_out *to);

/* ouch42_inner_say_in, ouch42_inner_say_out. */
bool ouch42_inner_say_in(const struct ouch_in *from, struct ouch42_in *to);
bool ouch42_inner_say_out(const struct ouch_out *from, struct ouch42_out *to);

#endif
