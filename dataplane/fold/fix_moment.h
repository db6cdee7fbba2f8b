/* fix_moment.h - what time it is for the FIX sessions of the fold: the turn's; and how finely a peer of theirs reads it. */
#ifndef SLUICE_FOLD_FIX_MOMENT_H
#define SLUICE_FOLD_FIX_MOMENT_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

static inline struct fix_moment fix_moment_of(const struct fold *fold)
{
	return (struct fix_moment){.now_ns = fold->turn.now_ns, .wall_ns = fold->turn.wall_ns};
}

static inline uint8_t fix_precision_of(uint8_t times)
{
	static const uint8_t precisions[] = {[TIMES_MILLIS] = FIX_MILLIS,
		[TIMES_SECONDS] = FIX_SECONDS,
		[TIMES_MICROS] = FIX_MICROS,
		[TIMES_NANOS] = FIX_NANOS};
	return precisions[times];
}

#endif
