/* kept.h - the limits that outlive control: what is in force, and what is on trial, each in a file.

   The gate ends a term by itself; control only learns of it.  So nothing here decides by control's clock.

   What a disk does not take is owed: written again every KEPT_AGAIN_NS, until it is kept or other limits are.  Health is not
   ready so long, for a control that is started again meanwhile goes on with what was kept before.

   Owner      control's thread; a reading's own thread writes the files. */
#ifndef SLUICE_CONTROL_KEPT_H
#define SLUICE_CONTROL_KEPT_H

#include "control/command/control.h"

#define KEPT_AGAIN_NS 5000000000ull

/* kept_begin begins to write limits in force to kept_path and takes the reading over.  false: another is being
   written; nothing is taken. */
bool kept_begin(struct control *control, struct reading *reading);

/* kept_trial_begin begins to write limits that are to be in force for a term to trial_path, for a control that is
   started meanwhile, and takes the reading over.  false: others are there; nothing is taken. */
bool kept_trial_begin(struct control *control, struct reading *reading);

/* kept_trial_drop forgets them, and their file. */
void kept_trial_drop(struct control *control);

/* kept_owed tells why what is in force is not kept for a restart; NULL: it is, or is being kept for the first time. */
const char *kept_owed(const struct control *control);

/* kept_turn keeps what was confirmed, forgets what was not, tells the audit of both, and ends what was written. */
void kept_turn(struct control *control, uint64_t now_ns);

#endif
