/* child.h - the dataplane's own judge, run as a program over the journal, and its output.

   Owner      the call; its end ends the program.
   Invariant  one program at a time for all of control. */
#ifndef SLUICE_CONTROL_CHILD_H
#define SLUICE_CONTROL_CHILD_H

#include "control/command/call.h"

enum { CHILD_FILE = 3 };

struct child {
	int32_t pid; /* 0: ended */
	int output;  /* -1: closed */
	int status;
	uint64_t until_ns;
	size_t size;
	char bytes[1 << 20];
};

/* child_begin runs `sluice-dataplane --replay` over a gate's journal with more words (ended by NULL); file, where it is not
   -1, is the program's descriptor CHILD_FILE.  false: the answer is coded. */
bool child_begin(struct call *call, uint32_t gate, char *const *more, int file, uint64_t now_ns);

/* child_is_waited_for looks for its output and its end; afterwards call->own is the child with all it said, or NULL:
   the answer is coded.  Whoever has read it says call_let_go. */
bool child_is_waited_for(struct call *call, uint64_t now_ns);

#endif
