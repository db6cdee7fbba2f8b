/* publishing.h - limits sets become epochs that the gate adopts.

     wanted --gate recovered, last epoch adopted--> published (epoch e, bank e % 2) --gate--> adopted

   A bank is written only when the gate has adopted the epoch in the other one, so no order ever sees
   half a set.  Epochs go on above the highest that the gate has adopted, also when control or the
   dataplane was started again.

   Owner      control's thread.
   Invariant  (1) a bank is written only while the attached gate has adopted the epoch in the other;
              (2) published epochs only rise. */
#ifndef SLUICE_CONTROL_PUBLISHING_H
#define SLUICE_CONTROL_PUBLISHING_H

#include "control/plane/plane.h"

struct publishing {
	struct limitset *set; /* in force, or on its way there                */
	bool is_wanted;       /* set is to be published when the gate lets it  */
	uint32_t epoch;       /* published last; 0: none                       */
	bool is_held;         /* set holds something                           */
};

bool publishing_open(struct publishing *publishing);
void publishing_close(struct publishing *publishing);

/* publishing_want takes a copy of a set to publish as soon as may be. */
void publishing_want(struct publishing *publishing, const struct limitset *set);

/* publishing_turn goes on; call it every turn of the loop. */
void publishing_turn(struct publishing *publishing, struct plane *plane);

/* publishing_is_adopted tells whether the set wanted last is in force at the gate. */
bool publishing_is_adopted(const struct publishing *publishing, const struct plane *plane);

/* publishing_set gives the set in force or on its way; NULL: none. */
const struct limitset *publishing_set(const struct publishing *publishing);

#endif
