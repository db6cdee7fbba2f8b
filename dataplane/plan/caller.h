/* caller.h - one connection of the kill socket: lines in, stops at once, answers in their order.

   What a caller sends is acted on while it is read, before a byte is written back; answers wait in the
   order of the lines until the gate has answered for each.  A line may hold several requests with ";"
   between them.  A last line without its end, and one that is too long, are acted on too: a stop is
   never refused for its form.

   Owner      the door's thread.
   Invariant  (1) at most CALLER_PENDING requests wait for an answer; then nothing more is read. */
#ifndef SLUICE_PLAN_CALLER_H
#define SLUICE_PLAN_CALLER_H

#include "dataplane/plan/verdict.h"

enum { CALLER_LINE_BYTES = 512, CALLER_OUT_BYTES = 4096, CALLER_PENDING = 64 };

struct caller {
	int fd; /* -1: free */
	uint32_t uid;
	enum role role;
	uint64_t active_ns; /* when it last sent or took something */
	bool is_eof;
	bool is_skipping; /* the rest of a line that was too long */
	uint32_t in_size, out_size;
	uint32_t pending_first, pending_count;
	char in[CALLER_LINE_BYTES];
	char out[CALLER_OUT_BYTES];
	struct verdict pending[CALLER_PENDING];
};

/* What callers act on. */
struct caller_world {
	const struct site_config *site;
	struct dataplane_region *region;
};

/* caller_start takes a connected socket; it belongs to the caller until caller_end. */
void caller_start(struct caller *caller, int fd, uint32_t uid, enum role role, uint64_t now_ns);

/* caller_read reads and acts.  Returns true if anything came. */
bool caller_read(struct caller *caller, const struct caller_world *world, uint64_t now_ns);

/* caller_write answers what can be answered.  false: the connection is over; call caller_end. */
bool caller_write(struct caller *caller, const struct caller_world *world, uint64_t now_ns);

void caller_end(struct caller *caller);

/* caller_is_idle tells whether nothing was asked and nothing is owed. */
static inline bool caller_is_idle(const struct caller *caller)
{
	return caller->pending_count == 0 && caller->in_size == 0 && caller->out_size == 0;
}

#endif
