/* balance.h - no order is lost and none comes from nowhere: the equations of each session, always.

      client   in = passed + refused + ignored        passed = sent + withheld + pending
      venue    sent = acked + unanswered

   Each term is counted where it happens, by different files; pending is what waits in the egress queue.  What
   an equation leaves is shown (`show sessions`, sluice_gate_conservation_residue) and halts the firm, or where the site says
   so lets it only reduce (`residue`; CONTROLS, 33).

   Owner      the gate stage.
   Invariant  (1) between two turns every residue is 0. */
#ifndef SLUICE_GATE_BALANCE_H
#define SLUICE_GATE_BALANCE_H

#include "dataplane/gate/state.h"

/* balance_pending tells how many orders of a client wait in the egress queue. */
uint64_t balance_pending(const struct fold *fold, uint32_t session);

/* balance_client, balance_venue give what a session's equations leave, both signs added up: 0, or orders are
   missing. */
uint64_t balance_client(const struct fold *fold, uint32_t session);
uint64_t balance_venue(const struct fold *fold, uint32_t venue);

/* balance_check tells the sum of all residues and stops the firm over one that is not 0, as the site says, naming its session. */
void balance_check(struct gate *gate);

#endif
