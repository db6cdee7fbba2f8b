/* child.h - the dataplane's own judge, run as a program over the journal, and its output.

     child_open --> child_start --> child_is_waited_for ... --> read, and child_start for another gate, or call_let_go

   Owner      the call; its end ends the program.
   Invariant  one call at a time for all of control has a child, and that one program at a time. */
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

/* child_end ends the program; who has more in call->own to end than a child sets call->end behind child_open, and calls it
   last. */
void child_end(struct call *call, void *own);

/* child_open gives the call a child as the first member of its own memory of size bytes, the rest of it zero; call->own is
   that.  NULL: the answer is coded. */
struct child *child_open(struct call *call, size_t size);

/* child_start runs `sluice-dataplane --replay` over a gate's journal with more words (ended by NULL); file, where it is not
   -1, is the program's descriptor CHILD_FILE.  false: the answer is coded, and the child let go. */
bool child_start(struct call *call, uint32_t gate, char *const *more, int file, uint64_t now_ns);

/* child_is_waited_for looks for its output and its end; afterwards call->own has all it said, or is NULL:
   the answer is coded.  Whoever has read it says call_let_go. */
bool child_is_waited_for(struct call *call, uint64_t now_ns);

#endif
