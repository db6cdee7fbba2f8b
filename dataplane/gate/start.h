/* start.h - what is held when a journal begins becomes part of the journal.

   The positions file (config.h) is read by every start and used by the first alone: its rows are written behind the
   first boot, and every later boot, replay and reader has them from there.  A start that died between two rows is
   gone on with; another file by then is another configuration, and the journal refuses it.

   Owner      the gate, at boot. */
#ifndef SLUICE_GATE_START_H
#define SLUICE_GATE_START_H

#include "dataplane/gate/state.h"

/* start_positions writes and applies the rows that the journal lacks. */
void start_positions(struct gate *gate);

#endif
