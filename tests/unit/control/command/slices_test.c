/* slices_test.c - what is said of slices, who may move them, and what is refused; of gates that are not there yet. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

#define MOVE "slices move credit 1000.00 USD --from east --to west because \"west has more to do\""

/* The example with a gate for each of its accounts. */
static int begin_two(void **state)
{
	(void)state;
	char path[128], text[16384];
	log_set_floor(LOG_LEVEL_COUNT);
	site_make();
	snprintf(path, sizeof path, "%s/site.yaml", directory);
	FILE *file = fopen(path, "r");
	size_t size = fread(text, 1, sizeof text - 1, file);
	text[size] = '\0';
	fclose(file);
	char *listen = strstr(text, "gate:\n  listen: 127.0.0.1:25000\n");
	char *after = listen != NULL ? strchr(strchr(listen, '\n') + 1, '\n') + 1 : NULL;
	assert_non_null(after);
	file = fopen(path, "w");
	fprintf(file,
		"%.*s  - {name: second, session_id: 201, address: 127.0.0.1:26100, username: "
		"sluice, password: test-venue, heartbeat: 1 s, timeout: 15 "
		"s}\n\ngate:\n%s\ngates:\n"
		"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [17], venues: "
		"[exchange]}\n"
		"  - {name: west, listen: \"127.0.0.1:25010\", accounts: [18], venues: [second]}\n",
		(int)(listen - text), text, after);
	fclose(file);
	control_start();
	return 0;
}

static void one_gate_has_every_limit_whole(void **state)
{
	(void)state;
	assert_int_equal(look_as(WATCHER_UID, "show slices"), CODE_ROWS);
	says("of 1 gates, 0 amounts on their way; one gate has them whole");
	says("firm credit");
	says("firm order_rate burst");
	assert_int_equal(ask(ROOT, MOVE), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(ROOT, "slices settle because x"), CODE_ALREADY);
}

static void each_gate_is_to_have_its_part(void **state)
{
	(void)state;
	assert_int_equal(ask(WATCHER_UID, "show slices"), CODE_ROWS);
	says("21 limits of 2 gates, 0 amounts on their way; not every gate has its own yet");
	says("firm credit");
	says("2000000000.00 USD");
	says("1000000000.00 USD");
}

static void two_persons_move_and_one_gives_back(void **state)
{
	(void)state;
	assert_int_equal(look_as(ROOT, MOVE), CODE_VIEW_ONLY);
	assert_int_equal(ask(WATCHER_UID, MOVE), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(ROOT, MOVE), CODE_SECOND_PERSON);
	assert_int_equal(ask(ROOT, MOVE), CODE_SAME_PERSON);
	assert_int_equal(ask(SECOND_UID, MOVE), CODE_NOT_ADOPTED);
	says("move 1 of 1000.00 USD of firm credit is being cut at the giver");
	assert_int_equal(ask(WATCHER_UID, "show slices"), CODE_ROWS);
	says("999999000.00 USD");
	says("1 amounts on their way");
	assert_int_equal(ask(ROOT, "slices settle"), CODE_REASON_MISSING);
	assert_int_equal(ask(ROOT, "slices settle because enough"), CODE_DONE);
	says("1 amounts are given back");
	assert_int_equal(ask(WATCHER_UID, "metrics"), CODE_ROWS);
}

static void refused(const char *words, enum code code, const char *why)
{
	assert_int_equal(ask(ROOT, words), code);
	says(why);
}

static void what_cannot_be_moved_is_refused_by_name(void **state)
{
	(void)state;
	refused("slices move credit 1000.00 USD --from east --to west", CODE_REASON_MISSING,
		"found no reason");
	refused("slices move credit 1000.00 USD --from nord --to west because x", CODE_ARGUMENT_BAD,
		"found \"nord\", expected the name of a gate");
	refused("slices move credit 1000.00 USD --from east --to east because x", CODE_ARGUMENT_BAD,
		"another gate");
	refused("slices move credit 1000 shares --from east --to west because x", CODE_ARGUMENT_BAD,
		"USD");
	refused("slices move credit 1000.00 USD from east because x", CODE_ARGUMENT_BAD, "--from");
	refused("slices move credits 1000.00 USD --from east --to west because x",
		CODE_ARGUMENT_BAD, "the name of a limit");
	refused("slices move max_order_value 1.00 USD --from east --to west because x",
		CODE_ARGUMENT_BAD, "a limit that adds up over gates");
	refused("slices move credit 1000000000.01 USD --from east --to west because x",
		CODE_ARGUMENT_BAD,
		"expected at most the 1000000000.00 USD of firm credit that east");
	refused("slices move symbol CSCO max_long_position 1 shares --from east --to west because "
		"x",
		CODE_NOT_FOUND, "found no symbol CSCO max_long_position");
	refused("slices move symbol NONE order_rate 1 --from east --to west because x",
		CODE_NOT_FOUND, "NONE");
	refused("slices move order_rate 0 --from east --to west because x", CODE_ARGUMENT_BAD,
		"more than nothing");
	refused("slices move order_rate 10 burst 51 --from east --to west because x",
		CODE_ARGUMENT_BAD, "expected at most the 50 of firm order_rate burst");
	refused("slices move order_rate 10 burst 5 --from east --to west more because x",
		CODE_ARGUMENT_BAD, "nothing more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_gate_has_every_limit_whole, begin_alone, end_alone),
		cmocka_unit_test_setup_teardown(
			each_gate_is_to_have_its_part, begin_two, end_alone),
		cmocka_unit_test_setup_teardown(
			two_persons_move_and_one_gives_back, begin_two, end_alone),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_moved_is_refused_by_name, begin_two, end_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
