/* stopping.h - one stop from the word to the venue's last confirmation.

     set --the gate saw the word--> seen --its result came--> latched --all cancels confirmed--> done
      |                              |                          '--2 s--> unconfirmed
      '--2 s--> silent               '--100 ms without a result--> already (a latch as strict stands)

   To stop is one store and one addition on control's own board; all else here only watches.

   Owner      control's thread.
   Units      seen_us is by control's clock, an upper bound: until control could see that the gate had
              seen.  The gate's own times are differences of its own clock; no clock is subtracted
              from another's.
   Invariant  (1) the word is visible to every gate when stopping_set returns, whatever comes after. */
#ifndef SLUICE_CONTROL_STOPPING_H
#define SLUICE_CONTROL_STOPPING_H

#include "control/plane/plane.h"

#define STOPPING_WAIT_NS    2000000000u
#define STOPPING_ALREADY_NS 100000000u
#define STOPPING_SPIN_NS                                                                           \
	300000u /* control looks without sleeping for so long: a kill is worth it */

enum stopping_state {
	STOPPING_SET,
	STOPPING_SEEN,
	STOPPING_LATCHED,
	STOPPING_DONE,
	STOPPING_ALREADY,
	STOPPING_UNCONFIRMED,
	STOPPING_SILENT,
	STOPPING_AWAY
};

struct stopping {
	enum stopping_state state;
	enum scope scope;
	uint32_t id;
	enum trading_state wanted;
	uint64_t epoch, stamp;
	uint64_t set_ns;           /* when the word was stored; control's clock   */
	uint64_t seen_ns;          /* when control saw that the gate had seen it */
	struct stop_result result; /* of all gates together; latch: of the first that has one */
	uint64_t latches[GATE_COUNT_MAX]; /* by gate; 0: none */
};

/* stopping_set stores the word and spins shortly for the gate to see it.  Where a stronger one stands that a gate may not have seen,
   that is stored again: wanted says which. */
void stopping_set(struct stopping *stopping, struct plane *plane, enum scope scope, uint32_t id,
	enum trading_state state, uint32_t uid, const char *reason);

/* stopping_look goes on; true when there is nothing more to wait for. */
bool stopping_look(struct stopping *stopping, const struct plane *plane, uint64_t now_ns);

/* stopping_silent gives the first gate that has not seen the word; UINT32_MAX: all have. */
uint32_t stopping_silent(const struct stopping *stopping, const struct plane *plane);

/* stop_result_find copies the result of a stamp out of the ring; false: it is not there (yet). */
bool stop_result_find(const struct gate_page *gate, enum stop_writer writer, uint64_t stamp,
	struct stop_result *result);

#endif
