/* Who is connected when a day is closed and another begins.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/client.h"
#include "dataplane/gate/roll.h"
#include "tests/support/rig.h"

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

static void day(struct rig *rig, enum day_change change)
{
	rig->gate->is_turn_open = false;
	assert_true(
		roll_write(rig->gate, change, 1000, "by hand", rig->gate->fold->midnight_wall_ns));
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000); /* the tick after the sweep */
}

static bool may_enter(const struct rig *rig)
{
	return client_may_enter(rig->gate, &rig->site.sessions[0]);
}

static void clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next(void **state)
{
	struct rig *rig = *state;
	uint32_t session = rig->site.sessions[0].id;
	day(rig, DAY_ENDS);
	assert_non_null(rig->gate->by_session[session]);
	day(rig, DAY_CLOSES);
	assert_null(rig->gate->by_session[session]);
	assert_false(may_enter(rig));
	day(rig, DAY_BEGINS);
	assert_true(may_enter(rig));
}

static void two_days_of_one_date_have_two_names(void **state)
{
	struct rig *rig = *state;
	char before[10];
	memcpy(before, rig->gate->soup_session, sizeof before);
	assert_memory_equal(before, "SL", 2);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		day(rig, change);
	assert_memory_equal(rig->gate->soup_session, "SM", 2);
	assert_memory_equal(rig->gate->soup_session + 2, before + 2, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next,
			open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			two_days_of_one_date_have_two_names, open_ready, close_rig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
