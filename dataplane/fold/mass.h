/* mass.h - what a client asks for many orders at once: mass cancel, and disabling order entry for a firm.

   Mass Cancel touches the session's own orders and nobody else's, narrowed by firm (the account), symbol,
   side, group (the strategy) and channel.  It is acknowledged at once (X); the orders that were open then are
   cancelled by the walk (walk.h), so many a turn, and each gets its own Canceled.  Disable refuses the
   session's orders and replaces for an account from then on (DISABLED) and is acknowledged by G; cancels
   pass, and what is open stays, as at the exchange: who wants both sends both.  Enable undoes it (K).  Both
   last until asked otherwise, over reconnects and restarts.

   A firm left blank is the session's default account.  What cannot be done is answered with Rejected: a firm
   the session does not speak for (0x000C), a symbol nobody knows (0x0017), a side that is none (0x0009), no
   cancel token (0x0029), too many mass cancels under way (0x000A).  Requests count in the same numbers as
   orders; a number not above the last is ignored (OUCH 5.0, section 2).

   Owner      the fold.
   Invariant  (1) an order is cancelled by a mass cancel only if it was open when that came. */
#ifndef SLUICE_FOLD_MASS_H
#define SLUICE_FOLD_MASS_H

#include "dataplane/fold/state.h"

/* mass_request takes a client's message of type C, D or E; one whose number is not new is counted. */
void mass_request(struct fold *fold, uint32_t session, const struct ouch_in *in);

/* mass_covers tells whether a mass cancel under way asks for an order; mass_walked that a walk has ended. */
bool mass_covers(const struct fold *fold, const struct own_order *order);
void mass_walked(struct fold *fold);

/* mass_is_disabled tells whether a session disabled order entry for an account. */
bool mass_is_disabled(const struct fold *fold, uint32_t session, uint16_t account);

#endif
