/* fix_moment.h - what time it is for the FIX sessions of the fold: the turn's. */
#ifndef SLUICE_FOLD_FIX_MOMENT_H
#define SLUICE_FOLD_FIX_MOMENT_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

static inline struct fix_moment fix_moment_of(const struct fold *fold)
{
	return (struct fix_moment){.now_ns = fold->turn.now_ns, .wall_ns = fold->turn.wall_ns};
}

#endif
