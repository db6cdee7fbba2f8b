/* day_test.c - day show, end and begin: what is asked of the gate, by whom, and what is said of each of its answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/eastern.h"
#include "drivers/machine/clock.h"
#include "tests/unit/control/command/asking.h"

/* 29 January 2019, 20:00 in UTC. */
#define END_NS (UINT64_C(1548792000) * 1000000000)

static int begin_day(void **state)
{
	begin(state);
	standin.day = (struct day_row){.count = 1,
		.begin_wall_ns = END_NS - 3600 * UINT64_C(1000000000),
		.since_wall_ns = END_NS - 3600 * UINT64_C(1000000000),
		.open_orders = 3,
		.soup_session = {'S', 'L', '2', '0', '1', '9', '0', '1', '2', '9'}};
	return 0;
}

/* Two gates, of which the stand-in plays the first. */
static int begin_two(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	site_make();
	shell("sed -i -e '/^  listen: /d' -e 's/^gate:$/%s\\n\\n&/' %s/site.yaml",
		"  - {name: second, session_id: 201, address: \"127.0.0.1:26001\", username: "
		"sluice, "
		"password: test-two, firm: SLCE, heartbeat: 1 s, timeout: 15 s}",
		directory);
	shell("sed -i 's/^book: /gates:\\n%s\\n&/' %s/site.yaml",
		"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [17], venues: "
		"[exchange]}\\n"
		"  - {name: west, listen: \"127.0.0.1:25010\", accounts: [18], venues: "
		"[second]}\\n",
		directory);
	control_start();
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	return 0;
}

/* To end a day stops: whoever is silent holds up nobody else. */
static void a_day_is_ended_at_every_gate_though_the_first_is_silent(void **state)
{
	(void)state;
	const struct mailbox_request *asked = &control.plane.own->requests[stage_of_gate(1)];
	standin_hush(&standin);
	assert_int_equal(ask(OPERATOR_UID, "day end because x"), CODE_STAGE_SILENT);
	assert_int_equal(asked->kind, REQUEST_DAY);
	assert_int_equal(asked->id, DAY_ENDS);
	assert_string_equal(asked->release.reason, "x");
}

static void a_viewer_sees_how_the_day_stands_and_may_not_end_it(void **state)
{
	(void)state;
	assert_int_equal(look_as(WATCHER_UID, "day show"), CODE_ROWS);
	says("day 1 is open since 2019-01-29T19:00:00.000000Z by the journal: it ends by hand "
	     "alone: day end");
	says("SL20190129");
	standin.day.uid = DAY_BY_CALENDAR;
	standin.day.next_wall_ns = END_NS;
	assert_int_equal(look_as(WATCHER_UID, "day show"), CODE_ROWS);
	says("by the calendar: it ends 2019-01-29T20:00:00.000000Z");
	standin.day.is_next_half = 1;
	assert_int_equal(look_as(WATCHER_UID, "day show"), CODE_ROWS);
	says("it ends 2019-01-29T20:00:00.000000Z, a half day");
	standin.day.is_next_half = 0;
	standin.day.phase = DAY_CLOSED;
	assert_int_equal(look_as(WATCHER_UID, "day show"), CODE_ROWS);
	says("day 1 is closed");
	says("it begins 2019-01-29T20:00:00.000000Z");
	assert_int_equal(ask(WATCHER_UID, "day end because x"), CODE_ROLE_TOO_LOW);
	assert_int_equal(look_as(OPERATOR_UID, "day end because x"), CODE_VIEW_ONLY);
	assert_int_equal(standin.day.phase, DAY_CLOSED);
}

static void an_operator_ends_a_day_and_begins_another_with_a_reason(void **state)
{
	(void)state;
	assert_int_equal(
		ask(OPERATOR_UID, "day end because \"the venue closes early\""), CODE_DONE);
	says("day 1 is ending: nothing new passes, 3 open orders are cancelled");
	says("the venue closes early");
	assert_int_equal(standin.day_asked.uid, OPERATOR_UID);
	assert_string_equal(standin.day_asked.reason, "the venue closes early");
	assert_int_equal(ask(OPERATOR_UID, "day begin"), CODE_REASON_MISSING);
	says("found no reason, expected: day begin [because...]");
	assert_int_equal(standin.day.phase, DAY_ENDING);
	assert_int_equal(ask(OPERATOR_UID, "day begin because next"), CODE_DONE);
	says("day 2 is open, session SL20190129: clients log in anew, with numbers from one");
	assert_string_equal(standin.day_asked.reason, "next");
}

/* Where nothing looks at it meanwhile. */
static void day_is_closed_by(uint32_t uid)
{
	standin_hush(&standin);
	standin.day.phase = DAY_CLOSED;
	standin.day.uid = uid;
	standin_speak(&standin);
}

/* With a day loss limits, drawdown and credit begin anew: nobody doubles them by himself on one date. */
static void a_second_day_of_one_date_takes_two_persons(void **state)
{
	(void)state;
	standin.day.begin_wall_ns = clock_wall_ns();
	assert_int_equal(ask(OPERATOR_UID, "day begin because next"), CODE_ALREADY);
	says("day 1 is open already");
	assert_int_equal(ask(OPERATOR_UID, "day end because enough"), CODE_DONE);
	day_is_closed_by(OPERATOR_UID);
	assert_int_equal(ask(OPERATOR_UID, "day begin because next"), CODE_SECOND_PERSON);
	says("day 1 began today: profit and loss, credit and messages would count anew; noted for "
	     "operator");
	says("a second person with role operator who says: day begin");
	assert_int_equal(ask(OPERATOR_UID, "day begin because again"), CODE_SAME_PERSON);
	assert_int_equal(standin.day.phase, DAY_CLOSED);
	assert_int_equal(ask(SECOND_UID, "day begin because agreed"), CODE_DONE);
	says("day 2 is open");
	wait_audit("\"second\"", "day begin");
	/* What the calendar ended somebody may begin again, and so what began on another date. */
	day_is_closed_by(DAY_BY_CALENDAR);
	assert_int_equal(ask(OPERATOR_UID, "day begin because next"), CODE_DONE);
	day_is_closed_by(OPERATOR_UID);
	standin.day.begin_wall_ns = eastern_day_of(clock_wall_ns()).begin_ns - 1;
	assert_int_equal(ask(OPERATOR_UID, "day begin because next"), CODE_DONE);
}

static void what_the_gate_does_not_do_is_said_with_what_mends_it(void **state)
{
	(void)state;
	atomic_store(&standin.day_code, EALREADY);
	assert_int_equal(ask(OPERATOR_UID, "day begin because x"), CODE_ALREADY);
	says("day 1 is open already, since");
	atomic_store(&standin.day_code, EBUSY);
	standin.day.phase = DAY_ENDING;
	standin.day.next_wall_ns = END_NS;
	assert_int_equal(ask(OPERATOR_UID, "day begin because x"), CODE_STATE_WRONG);
	says("found day 1 ending with 3 orders open, expected it closed: it closes, at the latest "
	     "2019-01-29T20:00:00.000000Z; then repeat: day begin");
	day_is_closed_by(OPERATOR_UID);
	assert_int_equal(ask(OPERATOR_UID, "day begin because x"), CODE_STATE_WRONG);
	says("found day 1 closed and its last words on their way");
	standin_hush(&standin);
	assert_int_equal(ask(OPERATOR_UID, "day end"), CODE_STAGE_SILENT);
	standin_kill(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.plane.is_attached; i++)
		control_turn(&control, 1);
	assert_int_equal(ask(OPERATOR_UID, "day end"), CODE_PLANE_ABSENT);
	assert_true(standin_start(&standin, &control.site, 0));
}

static void a_day_that_is_not_open_is_seen_in_health_and_status(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "status"), CODE_ROWS);
	says("day");
	atomic_store(&standin.own->gate.day_phase, DAY_CLOSED);
	ask(OPERATOR_UID, "health");
	says("the gate's day is closed, expected open: day show says what comes next");
	ask(OPERATOR_UID, "status");
	says("closed");
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_day, end)
	const struct CMUnitTest tests[] = {
		ONE(a_viewer_sees_how_the_day_stands_and_may_not_end_it),
		ONE(an_operator_ends_a_day_and_begins_another_with_a_reason),
		ONE(a_second_day_of_one_date_takes_two_persons),
		ONE(what_the_gate_does_not_do_is_said_with_what_mends_it),
		ONE(a_day_that_is_not_open_is_seen_in_health_and_status),
		cmocka_unit_test_setup_teardown(
			a_day_is_ended_at_every_gate_though_the_first_is_silent, begin_two, end),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.day", tests, NULL, NULL);
}
