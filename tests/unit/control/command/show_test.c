/* show_test.c - what a gate answered row by row, as it is shown: whose it is, and in which words.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/shm/mark.h"
#include "tests/unit/control/command/asking.h"

static const struct session_row sessions[] = {
	{.id = 1, .name = "client", .peer = SESSION_PEER_CLIENT},
	{.id = 200, .name = "exchange", .peer = SESSION_PEER_VENUE},
	{.id = 2, .name = "listener", .peer = SESSION_PEER_LISTENER}};

static int begin_both(void **state)
{
	begin_gates(state);
	standin.sessions = sessions;
	standin.session_count = ARRAY_COUNT(sessions);
	atomic_store(&standin.is_second, true);
	return 0;
}

/* Rows of clients come before and behind those of venues. */
static void a_row_that_is_passed_over_names_no_gate_of_another(void **state)
{
	(void)state;
	assert_int_equal(look("{\"command\": \"show venues\"}"), CODE_ROWS);
	const char *east = strstr(answer_text, "\"gate\":\"east\"");
	const char *west = strstr(answer_text, "\"gate\":\"west\"");
	assert_non_null(east);
	assert_non_null(west);
	assert_true(east < west);
	says("2 venues");
}

/* Reg SHO. */
static void an_order_is_shown_with_its_mark(void **state)
{
	static const struct {
		uint8_t wire_side;
		const char *side;
	} rows[] = {{'B', "\"side\":\"buy\""}, {'S', "\"side\":\"sell\""},
		{'T', "\"side\":\"sell-short\""}, {'E', "\"side\":\"sell-short-exempt\""}};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct order_row row = {.order_id = 7, .account = 17, .state_name = "open"};
		row.side = mark_row(
			rows[i].wire_side == 'B' ? SIDE_BUY : SIDE_SELL, rows[i].wire_side);
		standin.order = &row;
		standin.uncertain = row;
		assert_int_equal(look("{\"command\": \"show orders\"}"), CODE_ROWS);
		says(rows[i].side);
		assert_int_equal(look("{\"command\": \"orders uncertain\"}"), CODE_ROWS);
		says(rows[i].side);
	}
	standin.order = NULL;
	standin.uncertain.order_id = 0;
}

/* What nobody states, and nobody need, is no part of anything. */
static void a_limit_that_nobody_states_has_no_percent(void **state)
{
	struct usage_row row = {.scope = SCOPE_ACCOUNT,
		.id = 17,
		.symbol = SYMBOL_NONE,
		.lane = LANE_POSITION_LONG,
		.key = LIMIT_max_long_position,
		.usage = 5000,
		.peak = 5000,
		.limit = INT64_MIN};
	(void)state;
	standin.usage = &row;
	assert_int_equal(look("{\"command\": \"show limits\"}"), CODE_ROWS);
	says("\"limit\":\"none stated\",\"percent\":\"-\"");
	row.flags = USAGE_LACKS_RATE;
	look("{\"command\": \"show limits\"}");
	says("\"limit\":\"refuses: no rate\",\"percent\":999");
	row.flags = 0;
	row.limit = 7685;
	look("{\"command\": \"show limits\"}");
	says("\"percent\":66"); /* 65.06 */
	standin.usage = NULL;
}

static void a_session_of_another_gate_has_no_limits_there(void **state)
{
	(void)state;
	struct session_config *session = &control.site.sessions[1];
	session->gate = 1;
	char line[80];
	snprintf(line, sizeof line, "show effective 17 AAPL --session %u", session->id);
	assert_int_equal(look(line), CODE_ARGUMENT_BAD);
	says("which logs in at gate west, expected one of gate east, which account 17 is of");
	session->gate = 0;
	assert_int_equal(look(line), CODE_ROWS);
	assert_int_equal(look("show effective 17 AAPL"), CODE_ROWS);
}

#define ONE(test)  cmocka_unit_test_setup_teardown(test, begin, end)
#define BOTH(test) cmocka_unit_test_setup_teardown(test, begin_both, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(an_order_is_shown_with_its_mark),
		ONE(a_limit_that_nobody_states_has_no_percent),
		BOTH(a_session_of_another_gate_has_no_limits_there),
		BOTH(a_row_that_is_passed_over_names_no_gate_of_another),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.show", tests, NULL, NULL);
}
