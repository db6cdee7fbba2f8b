/* overtaken_test.c - what was judged against limits that are no longer in force does not come in force. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/document.h"
#include "tests/unit/control/command/asking.h"

static _Atomic bool is_held;

/* The disk takes its time with the file of a trial while a test holds it. */
int fsync(int file)
{
	char link[64], path[512];
	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length > 0 ? length : 0] = '\0';
	while (strstr(path, "on-trial") != NULL && atomic_load(&is_held))
		sched_yield();
	return (int)syscall(SYS_fsync, file);
}

static char *quantity_of(const char *shares)
{
	char line[64];
	snprintf(line, sizeof line, "max_order_quantity: %s shares", shares);
	return strdup(limits_with("max_order_quantity: 10000 shares", line));
}

/* Whoever tightens is not kept waiting by a trial that is being written down, and the trial, which two persons agreed to over
   other limits, does not put the tightening aside. */
static void a_trial_puts_aside_no_tightening_that_came_while_it_was_written(void **state)
{
	(void)state;
	static const char line[] = "limits load --confirm-within 60s because x";
	char *looser = quantity_of("11000"), *tighter = quantity_of("5000"), error[160];
	struct server_hooks hooks = dispatch_hooks(&control);
	struct peer peer = {.uid = SECOND_UID, .socket = SOCKET_CONTROL};
	static struct request request;
	size_t used;
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, line, looser), CODE_SECOND_PERSON);
	atomic_store(&is_held, true);
	enum code code = request_line(&request, line, strlen(line), &used, error);
	request.body = request.body_space = looser;
	request.body_bytes = strlen(looser);
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	while (control.trial == NULL) {
		assert_int_equal(hooks.step(hooks.context, call, clock_now_ns()), CALL_WAITING);
		turn();
	}
	assert_int_equal(
		ask_with(ROOT, SOCKET_CONTROL, "limits load because danger", tighter), CODE_DONE);
	uint64_t tight = control.publishing.set->hash[0];
	atomic_store(&is_held, false);
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		turn();
	assert_int_equal(hooks.answer(call)->code, CODE_STATE_WRONG);
	assert_non_null(
		strstr(hooks.answer(call)->text, "nothing was changed: look at limits history and "
						 "limits diff, then load it again, both "
						 "persons"));
	hooks.end(hooks.context, call);
	assert_true(standin.own->gate.limits.now.hash[0] == tight);
	/* And nothing of it stays behind: the next trial is as any other. */
	turn();
	char *again = quantity_of("6000");
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, line, again), CODE_SECOND_PERSON);
	assert_int_equal(ask_with(SECOND_UID, SOCKET_CONTROL, line, again), CODE_DONE);
	free(again);
	free(tighter);
}

/* What stands behind the most that is read might be anything. */
static void a_file_longer_than_may_be_read_is_refused_whole(void **state)
{
	(void)state;
	char path[128];
	const char *good =
		limits_with("max_order_quantity: 10000 shares", "max_order_quantity: 9000 shares");
	snprintf(path, sizeof path, "%s/long.yaml", directory);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(good, file) >= 0);
	for (uint32_t at = (uint32_t)strlen(good); at < DOCUMENT_BYTES_MAX; at++)
		fputc(at % 80 == 0 ? '\n' : '#', file);
	fputs("\nthis is: [no limits file\n", file);
	fclose(file);
	assert_int_equal(ask(ROOT, "limits check long.yaml"), CODE_LIMITS_REFUSED);
	says("expected at most 33554432");
}

/* It would read for ever, and keep its place among the peers. */
static void a_pipe_is_no_limits_file_and_holds_nobody_up(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/pipe.yaml", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ask(ROOT, "limits check pipe.yaml"), CODE_LIMITS_REFUSED);
	says("pipe.yaml:1:1: found a directory, pipe or device, expected a file");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_trial_puts_aside_no_tightening_that_came_while_it_was_written),
		ONE(a_pipe_is_no_limits_file_and_holds_nobody_up),
		ONE(a_file_longer_than_may_be_read_is_refused_whole),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.overtaken", tests, NULL, NULL);
}
