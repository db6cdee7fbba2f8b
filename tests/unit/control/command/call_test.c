/* call_test.c - the whole of control in one process: real regions, a stand-in for the dataplane, commands by
   several uids, and what each must do and say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "drivers/machine/local.h"
#include "tests/unit/control/command/asking.h"

static void a_kill_is_answered_with_times_and_counts(void **state)
{
	(void)state;
	atomic_store(&standin.open_count, 3);
	assert_int_equal(ask(OPERATOR_UID, "kill account 17 because \"run away\""), CODE_DONE);
	says("latched within");
	says("3 open orders covered");
	says("3 cancels sent, 3 confirmed, the last 9 us after the latch");
	uint64_t word = atomic_load(&control.plane.own->stops.words[stop_index(SCOPE_ACCOUNT, 17)]);
	assert_int_equal(stop_word_state(word), STATE_KILLED);
	assert_int_equal(ask(OPERATOR_UID, "show stops"), CODE_ROWS);
	says("run away");
	/* Again: nothing stricter is left to latch. */
	assert_int_equal(ask(OPERATOR_UID, "kill account 17"), CODE_ALREADY);
}

/* The same through the socket, where request and first step fall into one turn. */
static void a_kill_through_the_socket_is_not_called_late(void **state)
{
	(void)state;
	static const char line[] = "kill account 17 because x\n";
	char text[4096] = "";
	for (unsigned round = 0; round < 20; round++) {
		int fd = local_connect(control.site.run_directory, "control.sock", SOCK_STREAM);
		assert_int_equal(send(fd, line, sizeof line - 1, 0), sizeof line - 1);
		ssize_t size = 0;
		for (unsigned i = 0; i < PATIENT_TURNS && size <= 0; i++) {
			turn();
			size = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
		}
		close(fd);
		/* 000 the first time, 001 afterwards. */
		if (strncmp(text, "00", 2) != 0)
			fail_msg("%s", text);
	}
}

static void names_of_the_site_are_ids(void **state)
{
	(void)state;
	assert_int_equal(ask(ROOT, "halt account market-making because x"), CODE_DONE);
	assert_int_equal(ask(ROOT, "halt session quoter because x"), CODE_DONE);
	assert_int_equal(ask(ROOT, "halt symbol ZVZZT because x"), CODE_DONE);
	assert_int_equal(ask(ROOT, "halt venue exchange because x"), CODE_DONE);
	assert_int_equal(ask(ROOT, "halt firm because x"), CODE_DONE);
	assert_int_equal(ask(ROOT, "halt symbol NONE because x"), CODE_NOT_FOUND);
	assert_int_equal(ask(ROOT, "halt account 16 because x"), CODE_NOT_FOUND);
	assert_int_equal(ask(ROOT, "halt planet 3 because x"), CODE_ARGUMENT_BAD);
}

static void a_silent_gate_is_named_and_the_word_stands(void **state)
{
	(void)state;
	standin_hush(&standin);
	assert_int_equal(ask(ROOT, "kill firm because x"), CODE_NOT_LATCHED);
	says("silent for 2000 ms: gate");
	says("kill -9");
	assert_int_equal(
		stop_word_state(atomic_load(&control.plane.own->stops.words[0])), STATE_KILLED);
	assert_int_equal(ask(ROOT, "show orders"), CODE_STAGE_SILENT);
	says("gate silent");
	assert_int_equal(ask(ROOT, "status"), CODE_ROWS);
	says("silent");
	assert_int_equal(ask(ROOT, "health"), CODE_NOT_READY);
	says("loop stands");
	/* It wakes up: the word is latched, the question that was given up frees the mailbox. */
	standin_speak(&standin);
	for (unsigned i = 0;
		i < 200 && atomic_load(&standin.own->gate.latched_state) != STATE_KILLED; i++)
		turn();
	assert_int_equal(ask(ROOT, "show orders"), CODE_ROWS);
}

static void cancels_without_an_answer_are_not_called_done(void **state)
{
	(void)state;
	atomic_store(&standin.open_count, 2);
	atomic_store(&standin.is_unconfirmed, true);
	assert_int_equal(ask(ROOT, "kill account 17 because x"), CODE_UNCONFIRMED);
	says("2 cancels sent, 0 confirmed; silent: the venue, on 2 orders");
}

static void a_halt_is_resumed_by_one_person_with_a_reason(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "halt account 17 because x"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "resume account 17"), CODE_REASON_MISSING);
	assert_int_equal(ask(OPERATOR_UID, "rearm account 17 because x"), CODE_STATE_WRONG);
	assert_int_equal(ask(OPERATOR_UID, "resume account 17 because mended"), CODE_DONE);
	uint64_t word = atomic_load(&control.plane.own->stops.words[stop_index(SCOPE_ACCOUNT, 17)]);
	assert_int_equal(stop_word_state(word), STATE_ACTIVE);
	assert_int_equal(ask(OPERATOR_UID, "resume account 17 because again"), CODE_ALREADY);
}

static void a_kill_is_rearmed_by_two_persons_only(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "kill account 17 because x"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "resume account 17 because x"), CODE_STATE_WRONG);
	assert_int_equal(ask(OPERATOR_UID, "rearm account 17 because mended"), CODE_SECOND_PERSON);
	assert_int_equal(ask(OPERATOR_UID, "rearm account 17 because mended"), CODE_SAME_PERSON);
	says("operator");
	assert_int_equal(ask(WATCHER_UID, "rearm account 17 because mended"), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(SECOND_UID, "rearm account 17 because \"seen it\""), CODE_DONE);
	says("operator and second");
	assert_int_equal(ask(OPERATOR_UID, "show stops"), CODE_ROWS);
	says("0 scopes latched");
}

static void an_approval_is_bound_to_the_latch_it_saw(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "kill account 17 because x"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "rearm account 17 because x"), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, "rearm account 17 because x"), CODE_DONE);
	assert_int_equal(ask(OPERATOR_UID, "kill account 17 because again"), CODE_DONE);
	assert_int_equal(ask(SECOND_UID, "rearm account 17 because x"), CODE_SECOND_PERSON);
	atomic_store(&standin.is_stale, true);
	assert_int_equal(ask(OPERATOR_UID, "rearm account 17 because x"), CODE_LATCH_STALE);
	says("newer stop");
}

static void nobody_does_what_his_role_does_not_reach(void **state)
{
	(void)state;
	assert_int_equal(ask(STRANGER_UID, "status"), CODE_NO_ROLE);
	assert_int_equal(ask(WATCHER_UID, "status"), CODE_ROWS);
	assert_int_equal(ask(WATCHER_UID, "kill firm because x"), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(STRANGER_UID, "kill firm because x"), CODE_NO_ROLE);
	assert_int_equal(ask_with(ROOT, SOCKET_VIEW, "kill firm because x", NULL), CODE_VIEW_ONLY);
	assert_int_equal(ask_with(STRANGER_UID, SOCKET_VIEW, "status", NULL), CODE_ROWS);
	assert_int_equal(
		stop_word_state(atomic_load(&control.plane.own->stops.words[0])), STATE_ACTIVE);
}

static void pages_of_rows_come_as_one_answer(void **state)
{
	(void)state;
	assert_int_equal(ask(ROOT, "show orders"), CODE_ROWS);
	says("150 open orders");
	assert_int_equal(ask(ROOT, "show orders 17"), CODE_ROWS);
	assert_int_equal(ask(ROOT, "show orders 16"), CODE_NOT_FOUND);
}

static void tighter_limits_take_one_person_looser_ones_two(void **state)
{
	(void)state;
	const char *tighter =
		limits_with("max_order_quantity: 10000 shares", "max_order_quantity: 9000 shares");
	uint32_t before = control.publishing.epoch;
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits diff", tighter), CODE_ROWS);
	says("tighter");
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because x", tighter), CODE_DONE);
	assert_int_equal(control.publishing.epoch, before + 1);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load", tighter), CODE_ALREADY);
	assert_int_equal(atomic_load(&standin.own->gate.limits_epoch_adopted), before + 1);
	const char *looser =
		limits_with("max_order_quantity: 10000 shares", "max_order_quantity: 9500 shares");
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because y", looser),
		CODE_SECOND_PERSON);
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because y", looser), CODE_SAME_PERSON);
	assert_int_equal(control.publishing.epoch, before + 1);
	assert_int_equal(
		ask_with(SECOND_UID, SOCKET_CONTROL, "limits load because y", looser), CODE_DONE);
	says("1 looser, asked by root");
	assert_int_equal(control.publishing.epoch, before + 2);
}

/* What was judged against limits that are no longer in force is not loaded. */
static void a_load_that_was_overtaken_changes_nothing(void **state)
{
	(void)state;
	static char slow[65536];
	struct server_hooks hooks = dispatch_hooks(&control);
	struct peer peer = {.uid = ROOT, .socket = SOCKET_CONTROL};
	static struct request request;
	char error[160];
	size_t used;
	snprintf(slow, sizeof slow, "%s",
		limits_with("max_order_value: 1000000.00 USD", "max_order_value: 900000.00 USD"));
	request_line(&request, "limits load because slow", 24, &used, error);
	request.body = request.body_space = strdup(slow);
	request.body_bytes = strlen(slow);
	struct call *call = hooks.start(hooks.context, &peer, &request, CODE_DONE, "");
	const char *other = limits_with("10000 shares", "9000 shares");
	assert_int_equal(
		ask_with(SECOND_UID, SOCKET_CONTROL, "limits load because fast", other), CODE_DONE);
	uint32_t epoch = control.publishing.epoch;
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		turn();
	assert_int_equal(hooks.answer(call)->code, CODE_STATE_WRONG);
	hooks.end(hooks.context, call);
	assert_int_equal(control.publishing.epoch, epoch);
	/* What is kept for a restart is what is in force. */
	assert_int_equal(control.kept_hash[0], control.publishing.set->hash[0]);
}

static void wrong_limits_change_nothing(void **state)
{
	(void)state;
	uint32_t before = control.publishing.epoch;
	const char *wrong = limits_with("10000 shares", "10000 sheep");
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because x", wrong),
		CODE_LIMITS_REFUSED);
	says("expected");
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits check", wrong), CODE_LIMITS_REFUSED);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits check ../etc/passwd", NULL),
		CODE_ARGUMENT_BAD);
	/* What a load refuses is not good. */
	wrong = limits_with("\ndefaults:",
		"\nleases:\n  - {limit: collar, value: 501 bps, reason: r}\ndefaults:");
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits check", wrong), CODE_LIMITS_REFUSED);
	says("found 1 limits for a time");
	wrong = limits_with("  allow_buy: yes\n", "");
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits check", wrong), CODE_ROWS);
	says("allow_buy, which is stated by firm, account, symbol, symbol within account, is "
	     "stated for "
	     "any order by nobody: refuses");
	assert_int_equal(ask(ROOT, "limits check"), CODE_DONE);
	assert_int_equal(ask(ROOT, "limits check none.yaml"), CODE_LIMITS_REFUSED);
	assert_int_equal(control.publishing.epoch, before);
}

static struct call *view_start(const char *line)
{
	struct server_hooks hooks = dispatch_hooks(&control);
	struct peer peer = {.uid = STRANGER_UID, .socket = SOCKET_VIEW};
	static struct request request;
	char error[160];
	size_t used;
	enum code code = request_line(&request, line, strlen(line), &used, error);
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	assert_non_null(call);
	return call;
}

/* Anybody on the machine may look, and each file that is read takes memory and a thread. */
static void a_few_may_look_at_limits_files_at_once_and_a_load_waits_for_none(void **state)
{
	(void)state;
	static const char *const lines[] = {"limits check", "limits lint", "limits diff"};
	struct server_hooks hooks = dispatch_hooks(&control);
	struct call *calls[CONTROL_LOOK_COUNT_MAX];
	for (unsigned i = 0; i < CONTROL_LOOK_COUNT_MAX; i++)
		calls[i] = view_start(lines[i % ARRAY_COUNT(lines)]);
	for (unsigned i = 0; i < ARRAY_COUNT(lines); i++) {
		assert_int_equal(look(lines[i]), CODE_BUSY);
		says("4 limits files are being looked at");
	}
	const char *tighter = limits_with("10000 shares", "9000 shares");
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because x", tighter), CODE_DONE);
	for (unsigned i = 0; i < CONTROL_LOOK_COUNT_MAX; i++) {
		while (hooks.step(hooks.context, calls[i], clock_now_ns()) != CALL_DONE)
			turn();
		hooks.end(hooks.context, calls[i]);
	}
	assert_int_equal(control.look_count, 0);
	assert_int_equal(look("limits check"), CODE_DONE);
}

static void a_gate_that_does_not_adopt_is_told(void **state)
{
	(void)state;
	const char *tighter = limits_with("10000 shares", "9000 shares");
	standin_hush(&standin);
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because x", tighter), CODE_NOT_ADOPTED);
	standin_speak(&standin);
	wait_adopted();
}

static void a_restart_of_control_is_no_way_around_the_second_person(void **state)
{
	(void)state;
	const char *tighter = limits_with("10000 shares", "9000 shares");
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because x", tighter), CODE_DONE);
	uint32_t before = control.publishing.epoch;
	uint64_t hash = control.publishing.set->hash[0];
	control_close(&control);
	/* limits.yaml still says 10000, which is looser than what was in force. */
	control_start();
	wait_attached();
	wait_adopted();
	/* The gate has them: they are no new epoch. */
	assert_int_equal(control.publishing.epoch, before);
	assert_int_equal(control.publishing.set->hash[0], hash);
	assert_int_equal(ask(ROOT, "status"), CODE_ROWS);
	says("loosens 1 limits");
}

static void a_dead_dataplane_can_still_be_read_and_hands_its_region_on(void **state)
{
	(void)state;
	metrics_set(&standin.own->metrics, METRIC_gate_orders_in, 42);
	atomic_store(&standin.own->metrics.refused[LANE_KILLED], 7);
	standin_kill(&standin);
	for (unsigned i = 0; i < 1000 && control.plane.is_attached; i++)
		turn();
	assert_int_equal(ask(ROOT, "metrics"), CODE_ROWS);
	says("sluice_up 0");
	says("sluice_gate_orders_in_total 42");
	says("sluice_gate_refused_total{reason=\"KILLED\"} 7");
	assert_int_equal(ask(ROOT, "show rejects"), CODE_ROWS);
	says("7 orders refused by a dataplane that is gone");
	/* The gates alone know what is raised, and may have it still when they start again. */
	assert_int_equal(ask(ROOT, "limits leases"), CODE_PLANE_ABSENT);
	assert_int_equal(ask(ROOT, "show orders"), CODE_PLANE_ABSENT);
	assert_int_equal(ask(ROOT, "health"), CODE_NOT_READY);
	assert_int_equal(ask(ROOT, "status"), CODE_ROWS);
	says("absent");
	/* A stop is not lost: the next dataplane latches it. */
	assert_int_equal(ask(ROOT, "kill account 17 because x"), CODE_PLANE_ABSENT);
	uint32_t epoch = control.publishing.epoch;
	assert_true(standin_start(&standin, &control.site, epoch + 5));
	wait_attached();
	assert_int_equal(atomic_load(&standin.salvage_count), 1);
	wait_adopted();
	/* It had recovered a higher epoch: ours goes on above it. */
	assert_int_equal(control.publishing.epoch, epoch + 6);
	assert_int_equal(ask(ROOT, "show stops"), CODE_ROWS);
	says("killed");
}

static void the_heartbeat_moves_while_commands_wait(void **state)
{
	(void)state;
	uint64_t before = atomic_load(&control.plane.own->heartbeat);
	uint64_t began_ns = clock_now_ns();
	standin_hush(&standin);
	assert_int_equal(ask(ROOT, "kill firm because x"), CODE_NOT_LATCHED);
	uint64_t beats = atomic_load(&control.plane.own->heartbeat) - before;
	uint64_t expected = (clock_now_ns() - began_ns) / control.beat_interval_ns;
	assert_in_range(beats, expected / 2, expected + 1);
}

static void every_change_and_denial_is_in_the_audit(void **state)
{
	(void)state;
	char path[512], text[1 << 16] = "";
	ask(OPERATOR_UID, "kill account 17 because \"run away\"");
	ask(WATCHER_UID, "rearm account 17 because no");
	ask(OPERATOR_UID, "rearm account 17 because mended");
	ask(SECOND_UID, "rearm account 17 because seen");
	audit_close(control.audit);
	struct config_error error;
	control.audit = audit_open(control.site.journal_directory, &error);
	snprintf(path, sizeof path, "%s/audit.jsonl", control.site.journal_directory);
	FILE *file = fopen(path, "r");
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	const char *acted = strstr(text, "\"outcome\":\"acted\"");
	const char *denied = strstr(text, "\"outcome\":\"denied\"");
	const char *asked = strstr(text, "\"outcome\":\"asked\"");
	const char *about = strstr(text, "\"outcome\":\"about to act\"");
	assert_non_null(acted);
	assert_true(denied > acted && asked > denied && about > asked);
	assert_non_null(strstr(text, "\"because\":\"run away\""));
	assert_non_null(strstr(text, "\"person\":\"second\""));
}

static void looseness_waits_for_the_disk_and_a_full_one_refuses_it(void **state)
{
	(void)state;
	char path[512];
	struct config_error error;
	assert_int_equal(ask(ROOT, "halt account 17 because x"), CODE_DONE);
	audit_close(control.audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", control.site.journal_directory);
	unlink(path);
	assert_int_equal(symlink("/dev/full", path), 0);
	control.audit = audit_open(control.site.journal_directory, &error);
	assert_int_equal(ask(ROOT, "resume account 17 because x"), CODE_AUDIT_FAILED);
	says("nothing was loosened");
	/* Stopping needs no disk. */
	assert_int_equal(ask(ROOT, "kill account 17 because x"), CODE_DONE);
}

static void to_attach_closes_nothing_of_others(void **state)
{
	(void)state;
	/* A descriptor of 0 was never ours. */
	struct stat before, after;
	assert_int_equal(dup2(standin.own_fd, 0), 0);
	assert_int_equal(fstat(0, &before), 0);
	standin_kill(&standin);
	for (unsigned i = 0; i < 1000 && control.plane.is_attached; i++)
		turn();
	control_close(&control);
	control_start();
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	assert_int_equal(fstat(0, &after), 0);
	assert_true(after.st_ino == before.st_ino && after.st_dev == before.st_dev);
}

static void every_viewers_command_answers_something(void **state)
{
	(void)state;
	static const char *const lines[] = {"help", "help kill", "help codes", "status", "health",
		"metrics", "show feeds", "show ports", "show clock", "show book ZVZZT",
		"show sessions", "show venues", "show positions", "show limits",
		"show effective 17 ZVZZT", "show effective 17 ZVZZT --session 1",
		"show effective 17 ZVZZT --strategy x", "show rejects", "show stops", "show breaks",
		"show rates", "show fees", "day show", "orders uncertain", "limits diff",
		"limits history", "limits leases", "why 1", "why x", "journal verify",
		"journal export", "journal export x", "nonsense"};
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		unsigned code = ask_with(WATCHER_UID, SOCKET_VIEW, lines[i], NULL);
		assert_string_not_equal(code_sentence(code), "?");
	}
}

/* 0 is what the stories of all orders are kept by. */
static void no_order_has_the_number_0(void **state)
{
	(void)state;
	assert_int_equal(look("why 0"), CODE_ARGUMENT_BAD);
	says("found \"0\", expected an order's number");
}

static void a_capture_asks_the_feed_for_frames_until_it_is_stopped(void **state)
{
	(void)state;
	const struct control_region *own = control.plane.own;
	turn();
	assert_int_equal(atomic_load(&own->capture_bytes), 0);
	assert_int_equal(ask(WATCHER_UID, "capture start"), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(ROOT, "capture start 5x"), CODE_ARGUMENT_BAD);
	says("found \"5x\"");
	assert_int_equal(ask(ROOT, "capture start 0 s"), CODE_ARGUMENT_BAD);
	says("found \"0 s\", expected some time");
	assert_int_equal(ask(ROOT, "capture start 5 s more"), CODE_ARGUMENT_BAD);
	says("found \"5 s more\", expected nothing behind the duration");
	assert_int_equal(ask(ROOT, "capture stop"), CODE_ALREADY);
	says("no capture was under way");
	assert_int_equal(ask(ROOT, "capture start 10 min"), CODE_DONE);
	turn();
	assert_int_equal(atomic_load(&own->capture_bytes), PACKET_BYTES_MAX);
	assert_int_equal(ask(WATCHER_UID, "capture status"), CODE_ROWS);
	says("on");
	/* Another end would lose what somebody waits for. */
	assert_int_equal(ask(ROOT, "capture start 5s"), CODE_ALREADY);
	says("a capture is under way, for another 59");
	assert_int_equal(ask(ROOT, "capture stop"), CODE_DONE);
	turn();
	assert_int_equal(ask(ROOT, "capture start"), CODE_DONE);
	assert_int_equal(ask(ROOT, "capture start 5 s"), CODE_ALREADY);
	says("a capture is under way, until `capture stop`, and goes on so");
	assert_int_equal(ask(ROOT, "capture stop"), CODE_DONE);
	turn();
	assert_int_equal(atomic_load(&own->capture_bytes), 0);
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_kill_is_answered_with_times_and_counts),
		ONE(a_kill_through_the_socket_is_not_called_late),
		ONE(names_of_the_site_are_ids),
		ONE(a_silent_gate_is_named_and_the_word_stands),
		ONE(cancels_without_an_answer_are_not_called_done),
		ONE(a_halt_is_resumed_by_one_person_with_a_reason),
		ONE(a_kill_is_rearmed_by_two_persons_only),
		ONE(an_approval_is_bound_to_the_latch_it_saw),
		ONE(nobody_does_what_his_role_does_not_reach),
		ONE(pages_of_rows_come_as_one_answer),
		ONE(tighter_limits_take_one_person_looser_ones_two),
		ONE(a_load_that_was_overtaken_changes_nothing),
		ONE(wrong_limits_change_nothing),
		ONE(a_few_may_look_at_limits_files_at_once_and_a_load_waits_for_none),
		ONE(a_gate_that_does_not_adopt_is_told),
		ONE(a_restart_of_control_is_no_way_around_the_second_person),
		ONE(a_dead_dataplane_can_still_be_read_and_hands_its_region_on),
		ONE(the_heartbeat_moves_while_commands_wait),
		ONE(every_change_and_denial_is_in_the_audit),
		ONE(looseness_waits_for_the_disk_and_a_full_one_refuses_it),
		ONE(to_attach_closes_nothing_of_others),
		ONE(every_viewers_command_answers_something),
		ONE(no_order_has_the_number_0),
		ONE(a_capture_asks_the_feed_for_frames_until_it_is_stopped),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.call", tests, NULL, NULL);
}
