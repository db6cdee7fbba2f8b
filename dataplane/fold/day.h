/* day.h - a day of the gate: it ends, is closed, and another begins.

   Orders of the gate are orders of a day.  When it ends nothing new passes (HALTED) and what works is cancelled by
   the sweep; when it is closed, orders whose venue's session is over have ended with it, one record each, and
   what risk held for them is given back.  When another begins, numbers, ids and stores of clients begin anew, what
   was lost or won counts from now on, and positions, latches and our numbers to venues go on.

      open --DAY_ENDS--> ending --DAY_CLOSES--> closed --DAY_BEGINS--> open
      anything else, in any phase: ignored

   What nobody knows is not ended: an order that is uncertain, or at a venue that never said that its session is over,
   goes on as exposure.  From the next day on it is nobody's, because its client's numbers begin anew; it
   is cancelled where its venue can be asked, and ended when the venue begins another session.  What lived in a session that is
   over while the day goes on is exposure until the day is closed, or until persons say what became of it (resolve.h).

   Owner      the fold.
   Invariant  (1) no order is ended that may still trade: its venue's session is over and it was live there;
              (2) an order of an earlier day has no client. */
#ifndef SLUICE_FOLD_DAY_H
#define SLUICE_FOLD_DAY_H

#include "dataplane/fold/state.h"

/* day_boot takes the first BOOT of a journal: its first day begins. */
void day_boot(struct fold *fold, const struct boot_record *boot);

/* day_apply takes a DAY record; one that does not follow what is in force changes nothing. */
void day_apply(struct fold *fold, const struct day_record *record);

/* day_tell tells the page which phase is in force: it is another process's. */
void day_tell(const struct fold *fold);

/* day_venue_over says that a venue's session is over: what is live there has ended when its day has. */
void day_venue_over(struct fold *fold, uint32_t venue);

/* day_is_over tells whether an order's day has ended: it is to be cancelled, or ended. */
bool day_is_over(const struct fold *fold, const struct own_order *order);

/* day_is_dead tells whether an order lived in a session of its venue's that is over.  One that is being replaced stays: the other
   may have taken its place. */
bool day_is_dead(const struct fold *fold, const struct own_order *order);

/* day_end_order ends an order that has died with its venue's session; false: it has not, or nobody knows. */
bool day_end_order(struct fold *fold, uint32_t slot);

/* day_soup_session writes the name of the day's SoupBinTCP sessions: the date, and a letter that counts. */
void day_soup_session(const struct fold *fold, char session[10]);

void day_write(const struct fold *fold, void (*add)(void *context, const void *bytes, size_t size),
	void *context);

#endif
