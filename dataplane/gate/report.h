/* report.h - the gate's answers to control's questions.

   One question at a time, rows into the gate's own page; a question costs a load when there is none.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_REPORT_H
#define SLUICE_GATE_REPORT_H

#include "dataplane/gate/state.h"

/* report_poll answers the question in control's region if it is new; false: there was none. */
bool report_poll(struct gate *gate);

/* report_counted adds what a fold counted while it was recovered to what the gate has counted: so counts go on where those of
   the process before ended. */
void report_counted(struct gate *gate, const struct metrics *counted);

/* report_recovered fills page and metrics from a recovered fold. */
void report_recovered(struct gate *gate);

/* report_tick tells the page which limits came to 50, 80 or 100 % since the last call, and, where the stack of the
   order sessions is ours, the port's page and the metrics what it did with its frames; then it adds up every session's orders. */
void report_tick(struct gate *gate);

/* report_state_hash writes the STATE_HASH record of this moment. */
void report_state_hash(struct gate *gate);

#endif
