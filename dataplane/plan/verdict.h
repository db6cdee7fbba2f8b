/* verdict.h - one stop from the door's word to the answer that a person reads.

   The word is stored at once (verdict_begin); the rest only watches the gates' pages and waits, at most
   VERDICT_WAIT_NS, for what came of it at every gate:

      begun ──the gates' results have the stamp▶ latched ──every cancel confirmed──▶ 000 killed
        │                                          └──the wait is over─────────────▶ 822 unconfirmed
        ├──the gate saw the word and made no result: a latch as strict stood ───────▶ 001 already
        └──the wait is over ────────────────────────────────────────────────────────▶ 810 gate silent

   Owner      the door's thread.
   Units      answers are in microseconds since the word was stored; the gate's times are used only
              where they lie between the store and now. */
#ifndef SLUICE_PLAN_VERDICT_H
#define SLUICE_PLAN_VERDICT_H

#include "dataplane/plan/words.h"
#include "dataplane/shm/region.h"

enum { VERDICT_TEXT_BYTES = 1024 };
#define VERDICT_WAIT_NS    2000000000ull /* the longest a person waits for an answer       */
#define VERDICT_ALREADY_NS 20000000ull   /* a result comes within so long of the gate's look */

struct verdict {
	struct words words;
	int code; /* not 0: refused, and text says why */
	char text[256];
	uint64_t epoch, stamp;
	uint64_t read_ns, set_ns;       /* the line was read; its word was stored */
	uint64_t seen_ns;               /* first found that the gate had looked; 0: not yet */
	uint64_t latched_ns;            /* first found that the gate had latched it; 0: not yet */
	uint64_t loops[GATE_COUNT_MAX]; /* of the gates when the word was stored */
};

/* verdict_begin stores the stop word.  A weaker word never replaces a stronger one that the gate has
   not seen yet. */
void verdict_begin(
	struct verdict *verdict, struct dataplane_region *region, uint32_t uid, uint64_t read_ns);

/* verdict_answer writes the whole answer but for its empty line.  false: there is more to wait for. */
bool verdict_answer(struct verdict *verdict, const struct site_config *site,
	const struct dataplane_region *region, uint64_t now_ns, char text[VERDICT_TEXT_BYTES]);

#endif
