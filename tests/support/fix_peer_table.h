/* fix_peer_table.h - a ready rig whose venue speaks one of both versions of FIX: what a test begins with.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_PEER_TABLE_H
#define SLUICE_TESTS_SUPPORT_FIX_PEER_TABLE_H

#include "tests/support/fix_peer_rig.h"

static const struct rig_hooks hooks = {
	.others = venue_poll, .site = site_with_fix, .venue = venue_event};

static inline int open_with(void **state, enum order_protocol spoken)
{
	venue_open(spoken);
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static inline int open_42(void **state)
{
	return open_with(state, ORDERS_FIX42);
}

static inline int open_44(void **state)
{
	return open_with(state, ORDERS_FIX44);
}

#endif
