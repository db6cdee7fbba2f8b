/* growth.h - whether a journal that is read to a torn end is being written.

   Who reads a journal beside its dataplane, without control's word on what is acknowledged, meets a write under way, which looks
   like the torn tail of a dead dataplane.  It is told apart so: somebody holds the journal (reader_holder), and what was torn
   is whole a moment later.  What stays torn for two seconds is torn, whoever holds it.

   Owner      who reads.
   Time       now_ns is monotonic, from the caller. */
#ifndef SLUICE_CONTROL_GROWTH_H
#define SLUICE_CONTROL_GROWTH_H

#include "dataplane/journal/reader.h"

#define GROWTH_WAIT_NS (2ull * 1000 * 1000 * 1000)
#define GROWTH_LOOK_NS (20ull * 1000 * 1000)

struct growth {
	uint32_t holder;                  /* the process that holds it; 0: none is known */
	bool is_growing;                  /* it is being written: an end that looks torn is none */
	bool has_waited;                  /* for what was torn at first */
	uint64_t since_ns, last_sequence; /* of the first look */
};

/* growth_is_settled takes the end that was read just now; false: it is to be read on from there and asked again, GROWTH_LOOK_NS
   later. */
bool growth_is_settled(struct growth *growth, const char *directory, const struct reader_end *end,
	uint64_t now_ns);

#endif
