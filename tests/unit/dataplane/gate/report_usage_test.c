/* report_usage_test.c - no reason to refuse that counts something is without its usage: generated from rejects.def, so that a
   new one cannot forget it.

   What limits.def states is used up to each mark, limit by limit, in unit.dataplane.risk.usage, and told to the metrics in
   system.operator; here is whether the gate shows it, and the limits that no limits file states.
   rooms: dataplane_gate control_journal */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/journal/story.h"
#include "tests/support/rig.h"

enum { CLOCK_LIMIT_NS = 100000 };

static void demand_all(struct site_config *site)
{
	site->clock_max_offset_ns = CLOCK_LIMIT_NS;
	site->sessions[0].has_parents = 1;
}

static int open_ready(void **state)
{
	static const struct rig_hooks hooks = {.site = demand_all};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

/* Calls look for each row of usage, of the firm and of the account that trades. */
static void rows_look(struct rig *rig, void (*look)(const struct usage_row *row))
{
	static const uint32_t accounts[] = {0, RIG_ACCOUNT};
	for (uint32_t i = 0; i < ARRAY_COUNT(accounts); i++) {
		struct mailbox_request request = {.kind = REQUEST_USAGE, .id = accounts[i]};
		do {
			const struct mailbox_answer *answer = rig_ask(rig, &request);
			for (uint32_t at = 0; at < answer->row_count; at++) {
				struct usage_row row;
				memcpy(&row, answer->rows[at], sizeof row);
				look(&row);
			}
			request.cursor = answer->next;
		} while (request.cursor != 0);
	}
}

static uint64_t lanes_shown, lanes_without_key;
static struct usage_row clock_row;
static bool has_clock;

static void lane_look(const struct usage_row *row)
{
	if (row->lane == LANE_NONE)
		return;
	lanes_shown |= UINT64_C(1) << row->lane;
	if (row->key == LIMIT_COUNT)
		lanes_without_key |= UINT64_C(1) << row->lane;
	if (row->lane == LANE_CLOCK_IN_DOUBT)
		clock_row = *row, has_clock = true;
	/* A peak is never below what is used now. */
	assert_true(row->peak >= row->usage || row->usage == INT64_MAX);
}

static void every_reason_that_counts_something_shows_its_usage(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	memcpy(order.clordid, "417/1000      ", sizeof order.clordid);
	rig_pass_and_accept(rig, 0, &order);
	lanes_shown = lanes_without_key = 0;
	rows_look(rig, lane_look);
	for (uint8_t lane = 0; lane < LANE_COUNT; lane++)
		if (!lane_is_truth(lane) && (lanes_shown >> lane & 1) == 0)
			fail_msg("%s counts something and shows no usage", lane_name(lane));
}

/* Each of these has a test of its marks: here, gate_stops_test.c and fold/parents_test.c.  Whoever adds one adds its test. */
static void limits_that_no_file_states_are_these(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	memcpy(order.clordid, "417/1000      ", sizeof order.clordid);
	rig_pass_and_accept(rig, 0, &order);
	lanes_shown = lanes_without_key = 0;
	rows_look(rig, lane_look);
	assert_int_equal(lanes_without_key,
		UINT64_C(1) << LANE_CONTROL_SILENT | UINT64_C(1) << LANE_JOURNAL_BEHIND |
			UINT64_C(1) << LANE_CLOCK_IN_DOUBT | UINT64_C(1) << LANE_PARENT);
}

static uint32_t clock_marks(struct rig *rig, uint64_t off_ns)
{
	const struct gate_page *page = &rig->region->gate;
	uint32_t count = 0;
	rig->clock_off_ns = off_ns;
	rig_poll(rig, 2000000);
	for (uint64_t i = 0; i < atomic_load(&page->usage_count); i++)
		count += page->usage[i % USAGE_EVENT_COUNT].lane == LANE_CLOCK_IN_DOUBT;
	has_clock = false;
	rows_look(rig, lane_look);
	return count;
}

static void a_clock_that_goes_wrong_is_told_before_it_stops_trading(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(clock_marks(rig, CLOCK_LIMIT_NS / 2 - 1), 0);
	assert_int_equal(clock_marks(rig, CLOCK_LIMIT_NS / 2), 1);
	assert_int_equal(clock_marks(rig, CLOCK_LIMIT_NS * 8 / 10), 2);
	assert_int_equal(clock_row.scope, SCOPE_FIRM);
	assert_int_equal(clock_row.usage, CLOCK_LIMIT_NS * 8 / 10);
	assert_int_equal(clock_row.limit, CLOCK_LIMIT_NS);
	assert_int_equal(clock_marks(rig, CLOCK_LIMIT_NS), 3);
	/* Nobody says: that is no mark, and nothing is shown as nothing used. */
	assert_int_equal(clock_marks(rig, UINT64_MAX), 3);
	assert_int_equal(clock_row.usage, INT64_MAX);
	assert_int_equal(clock_row.peak, CLOCK_LIMIT_NS);
	assert_int_equal(clock_marks(rig, 0), 3);
	assert_int_equal(clock_row.usage, 0);
	assert_int_equal(clock_row.peak, CLOCK_LIMIT_NS);
}

static void a_clock_of_which_nothing_is_demanded_has_no_limit(void **state)
{
	(void)state;
	struct rig *rig = rig_open();
	rig_ready(rig);
	assert_int_equal(clock_marks(rig, 500), 0);
	assert_false(has_clock);
	rig_close(rig);
}

int main(void)
{
#define USAGE_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
	const struct CMUnitTest tests[] = {
		USAGE_TEST(every_reason_that_counts_something_shows_its_usage),
		USAGE_TEST(limits_that_no_file_states_are_these),
		USAGE_TEST(a_clock_that_goes_wrong_is_told_before_it_stops_trading),
		cmocka_unit_test(a_clock_of_which_nothing_is_demanded_has_no_limit),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.report_usage", tests, NULL, NULL);
}
