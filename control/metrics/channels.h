/* channels.h - the samples of every channel of market data and of its lines, as channels.def names them.

   Owner      reads the market's pages and what control's own looks made of them; keeps nothing.
   Time       now_ns is monotonic, from the caller: ages are of the last turn. */
#ifndef SLUICE_CONTROL_CHANNELS_H
#define SLUICE_CONTROL_CHANNELS_H

#include "control/plane/plane.h"
#include "control/plane/rates.h"
#include "control/socket/answer.h"

/* channels_write adds them to an answer; plane->market is there. */
void channels_write(struct answer *answer, const struct plane *plane, const struct rates *rates,
	uint64_t now_ns);

#endif
