/* ready.h - a whole gate on the table, logged in on both sides, before each test; replayed after it.

   *state is the struct rig. */
#ifndef SLUICE_TESTS_READY_H
#define SLUICE_TESTS_READY_H

#include "tests/support/rig.h"

static inline int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

static inline int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

#define GATE_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, close_rig)

#endif
