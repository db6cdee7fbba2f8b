/* protocol_ouch42.h - OUCH 4.2 over SoupBinTCP: clients that name orders by tokens, and venues that do.

   What the messages mean in the gate's words is wire/ouch42_inner.h; here tokens become numbers and back.  A
   client's token is a text of ids.h, all 14 characters of it; a used one is never taken again, and an order
   under it is ignored in silence, as the exchange does.  A venue is given our ClOrdID as the token: it leads
   back to the order.

   What the older protocol lacks, and what the gate does without it

     no account query   nobody can ask which tokens arrived.  Orders may go as soon as the venue let us in; an
                        order that was under way when the connection broke, and that the venue's replay does
                        not answer, stays uncertain: it is held for as working until the venue speaks of it,
                        the venue's day ends, or a person has it settled.  It is not sent again, though the
                        exchange would ignore a second copy: a copy of an order that never arrived would be
                        one sent late.  Cancels are sent again, they harm nobody.
     no word for it     an option, a time in force or a channel that has no words in OUCH 4.2 is refused at
                        the judgement as NOT_SUPPORTED, and so is a replace that is silent on minimum size,
                        post-only or trade-now of an original that asked for one: Replace states all of it.
                        Restated, and the answers to mass cancel, disable, enable and query, are not told to
                        a client of OUCH 4.2, who cannot ask for them either.
     Trade Now          is for resting midpoint orders, which the gate does not take: ignored and counted.

   An execution under a token that is none of ours is a trade of nobody (trade.h). */
#ifndef SLUICE_FOLD_PROTOCOL_OUCH42_H
#define SLUICE_FOLD_PROTOCOL_OUCH42_H

#include "dataplane/fold/protocol.h"

extern const struct protocol_orders protocol_ouch42;

#endif
