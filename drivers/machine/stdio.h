/* stdio.h - the three descriptors that every program takes for its input, output and complaints.

   Who starts a program without them gives their numbers to the first files that it opens: its log would be written into
   its journal, and an answer to an operator sent to control as a command.

   Errors     none: where /dev/null cannot be opened the numbers stay free, as without this. */
#ifndef SLUICE_DRIVERS_MACHINE_STDIO_H
#define SLUICE_DRIVERS_MACHINE_STDIO_H

/* stdio_hold takes the numbers 0, 1 and 2 where they are free, before anything else is opened.  What is held that way
   has nothing to read, and whoever writes to it hears of it: EBADF. */
void stdio_hold(void);

#endif
