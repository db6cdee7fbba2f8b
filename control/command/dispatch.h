/* dispatch.h - a call's way from its words to its end.

     words --found--> role and socket --allowed--> its function --> its steps --> coded, audited, ended

   Owner      control's thread. */
#ifndef SLUICE_CONTROL_DISPATCH_H
#define SLUICE_CONTROL_DISPATCH_H

#include "control/command/control.h"

/* dispatch_hooks gives the server what serves requests for a control. */
struct server_hooks dispatch_hooks(struct control *control);

#endif
