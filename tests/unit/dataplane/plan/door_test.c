/* door_test.c - a kill that needs nobody else: acted on first, bounded under floods, told in time. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/dataplane/plan/doorstep.h"

/* The gate, played by the test: it sees the board and answers for its newest word. */
static void one_gate_latches(
	uint32_t index, uint64_t stamp, uint32_t id, uint32_t open, uint32_t confirmed)
{
	struct gate_page *gate = index == 0 ? &region->gate : &region->more_gates[index - 1].gate;
	uint64_t count = atomic_load(&gate->result_count), now_ns = clock_now_ns();
	struct stop_result *r = &gate->results[count % STOP_RESULT_COUNT];
	*r = (struct stop_result){.stamp = stamp,
		.writer = STOP_BY_DOOR,
		.scope = SCOPE_ACCOUNT,
		.state = STATE_KILLED,
		.id = id,
		.latch = 5,
		.seen_ns = now_ns,
		.open_count = open,
		.cancels_sent = open,
		.cancels_confirmed = confirmed,
		.sent_ns = now_ns,
		.done_ns = open == confirmed ? now_ns : 0};
	atomic_store(&gate->result_count, count + 1);
	atomic_store(&gate->stop_epoch_seen[STOP_BY_DOOR], atomic_load(&region->door_stops.epoch));
}

static void gate_latches(uint64_t stamp, uint32_t id, uint32_t open, uint32_t confirmed)
{
	one_gate_latches(0, stamp, id, open, confirmed);
}

static uint64_t word_of(enum scope scope, uint32_t id)
{
	return atomic_load(&region->door_stops.words[stop_index(scope, id)]);
}

static void a_kill_is_stored_before_anything_is_answered(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill account 17 because \"runaway\"\n");
	turn(2);
	uint64_t word = word_of(SCOPE_ACCOUNT, 17);
	assert_int_equal(stop_word_state(word), STATE_KILLED);
	assert_string_equal(region->door_stops.changes[0].reason, "runaway");
	assert_int_equal(region->door_stops.changes[0].uid, getuid());
	assert_string_equal(hear(fd), "");
	gate_latches(stop_word_stamp(word), 17, 3, 3);
	turn(2);
	const char *text = hear(fd);
	assert_int_equal(strncmp(text, "000 killed account 17: latched in ", 34), 0);
	assert_non_null(strstr(text, "latch 5, 3 orders open, 3 cancels sent in "));
	assert_non_null(strstr(text, "3 confirmed in "));
	assert_string_equal(text + strlen(text) - 5, " us\n\n");
	assert_int_equal(metrics_get(&region->metrics, METRIC_door_commands), 1);
	close(fd);
}

static void a_silent_gate_is_named(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill account alpha\n");
	turn(2);
	door_poll(door, clock_now_ns() + 1900000000ull);
	assert_string_equal(hear(fd), "");
	door_poll(door, clock_now_ns() + 2100000000ull);
	const char *text = hear(fd);
	assert_int_equal(strncmp(text, "810 gate silent: no gate latched the stop within", 48), 0);
	assert_non_null(strstr(text, "gate 0 (the gate stage does not turn"));
	assert_non_null(strstr(text, "account 17 (alpha)"));
	close(fd);
}

static void a_kill_is_told_when_every_gate_has_latched_it_with_what_they_cover_together(
	void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill firm because x\n");
	turn(2);
	uint64_t stamp = stop_word_stamp(word_of(SCOPE_FIRM, 0));
	one_gate_latches(0, stamp, 0, 3, 3);
	turn(2);
	assert_string_equal(hear(fd), "");
	one_gate_latches(1, stamp, 0, 4, 2);
	turn(2);
	assert_string_equal(hear(fd), "");
	one_gate_latches(1, stamp, 0, 4, 4);
	turn(2);
	assert_non_null(strstr(hear(fd), "7 orders open, 7 cancels sent in "));
	close(fd);
}

static void of_several_gates_the_silent_one_is_named(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill firm because x\n");
	turn(2);
	one_gate_latches(0, stop_word_stamp(word_of(SCOPE_FIRM, 0)), 0, 3, 3);
	turn(2);
	door_poll(door, clock_now_ns() + 2100000000ull);
	const char *text = hear(fd);
	assert_int_equal(
		strncmp(text, "810 gate silent: not every gate latched the stop within", 55), 0);
	assert_non_null(strstr(text, "gate west (the gate"));
	assert_null(strstr(text, "gate east"));
	close(fd);
}

static void a_silent_venue_is_named(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill account 17\n");
	turn(2);
	gate_latches(stop_word_stamp(word_of(SCOPE_ACCOUNT, 17)), 17, 3, 1);
	turn(2);
	assert_string_equal(hear(fd), "");
	door_poll(door, clock_now_ns() + 2100000000ull);
	const char *text = hear(fd);
	assert_int_equal(strncmp(text, "822 killed account 17, not every cancel", 39), 0);
	assert_non_null(strstr(text, "3 cancels sent, 1 confirmed"));
	assert_non_null(strstr(text, "silent: the venue"));
	close(fd);
}

static void a_kill_of_what_is_killed_says_so(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "halt account 17\n");
	turn(2);
	atomic_store(&region->gate.stop_epoch_seen[STOP_BY_DOOR], 1);
	turn(2);
	assert_string_equal(hear(fd), "");
	door_poll(door, clock_now_ns() + 30000000);
	assert_int_equal(strncmp(hear(fd), "001 account 17 is halted already", 32), 0);
	close(fd);
}

/* Writes the result of the stop whose stamp comes next, as a gate that is quicker than the door's turn. */
static void gate_latches_at_once(uint64_t latch)
{
	/* Behind a stamp of tomorrow the next one is known: it is one more. */
	uint64_t tomorrow_ns = clock_wall_ns() + 86400000000000ull;
	uint64_t stamp = stop_set(
		&region->door_stops, SCOPE_ACCOUNT, 18, STATE_ACTIVE, tomorrow_ns, getuid(), "");
	gate_latches(stamp + 1, 17, 0, 0);
	region->gate.results[0].latch = latch;
	region->gate.results[0].seen_ns = clock_now_ns() + 1000000000;
	atomic_fetch_add(&region->gate.stop_epoch_seen[STOP_BY_DOOR], 1);
}

static void a_gate_that_latches_within_the_doors_turn_took_no_time(void **state)
{
	(void)state;
	unsigned long long latched_us = 0;
	int fd = dial();
	say(fd, "kill account 17\n");
	gate_latches_at_once(5);
	turn(2);
	assert_int_equal(
		sscanf(hear(fd), "000 killed account 17: latched in %llu us", &latched_us), 1);
	assert_in_range(latched_us, 0, 1000000);
	close(fd);
}

static void a_result_without_a_latch_changed_nothing(void **state)
{
	(void)state;
	unsigned long long seen_us = 0;
	int fd = dial();
	say(fd, "kill account 17\n");
	gate_latches_at_once(0);
	turn(2);
	const char *text = hear(fd);
	assert_int_equal(strncmp(text, "001 account 17 is killed already", 32), 0);
	assert_int_equal(sscanf(strstr(text, "within"), "within %llu us", &seen_us), 1);
	assert_in_range(seen_us, 0, 1000000);
	close(fd);
}

static void a_weaker_word_does_not_hide_a_kill_that_nobody_saw(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "kill account 17; reduce-only account 17\n");
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_KILLED);
	assert_int_equal(atomic_load(&region->door_stops.epoch), 2);
	atomic_store(&region->gate.stop_epoch_seen[STOP_BY_DOOR], 2);
	say(fd, "halt account 17\n");
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_HALTED);
	close(fd);
}

static void many_lines_are_all_acted_on_at_once_and_answered_in_order(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "halt account 17\r\n\n  \nnonsense\nkill firm;status\nkill account 99");
	shutdown(fd, SHUT_WR); /* the last line has no end */
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_FIRM, 0)), STATE_KILLED);
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_HALTED);
	door_poll(door, clock_now_ns() + 3000000000ull);
	static const char *const codes[] = {"810 ", "910 ", "810 ", "100 ", "404 "};
	const char *at = hear(fd);
	for (unsigned i = 0; i < ARRAY_COUNT(codes); i++) {
		assert_int_equal(strncmp(at, codes[i], 4), 0);
		at = strstr(at, "\n\n");
		assert_non_null(at);
		at += 2;
	}
	assert_string_equal(at, "");
	char byte;
	assert_int_equal(recv(fd, &byte, 1, 0), 0); /* answered and hung up */
	close(fd);
}

static void a_line_without_end_or_too_long_stops_all_the_same(void **state)
{
	(void)state;
	char line[2000];
	int fd = dial();
	memset(line, 'x', sizeof line);
	memcpy(line, "kill account 17 because ", 24);
	memcpy(line + 1000, "; kill firm ; ", 14);
	line[sizeof line - 1] = '\n';
	assert_int_equal(send(fd, line, sizeof line, 0), sizeof line);
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_KILLED);
	assert_int_equal(word_of(SCOPE_FIRM, 0), 0); /* still inside the reason */
	assert_int_equal(atomic_load(&region->door_stops.epoch), 1);
	say(fd, "halt firm\n");
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_FIRM, 0)), STATE_HALTED);
	close(fd);
}

static void a_word_byte_by_byte_is_a_word(void **state)
{
	(void)state;
	int fd = dial();
	for (const char *p = "kill account 17\n"; *p; p++) {
		assert_int_equal(send(fd, p, 1, 0), 1);
		assert_int_equal(word_of(SCOPE_ACCOUNT, 17), 0);
		turn(1);
	}
	turn(1);
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_KILLED);
	close(fd);
}

static void status_shows_rows(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, "status\n");
	turn(2);
	const char *text = hear(fd);
	assert_int_equal(strncmp(text, "100 door of sluice-dataplane", 28), 0);
	assert_non_null(strstr(text, "\ngate recovered yes heartbeat 0"));
	assert_string_equal(text + strlen(text) - 2, "\n\n");
	assert_ptr_equal(strstr(text, "\n\n"), text + strlen(text) - 2);
	close(fd);
}

/* Runs in another process under another uid; what it exits with is the result. */
static int as_uid(uint32_t uid, const char *line, char *answer, size_t size)
{
	int pipes[2], status;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct sockaddr_un address = address_of(KILL_SOCKET_NAME);
		char text[1024];
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (setuid(uid) != 0 ||
			connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
			_exit(1);
		send(fd, line, strlen(line), MSG_NOSIGNAL);
		ssize_t got = recv(fd, text, sizeof text, 0);
		_exit(got > 0 && write(pipes[1], text, (size_t)got) == got ? 0 : 2);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		turn(1);
	close(pipes[1]);
	ssize_t got = read(pipes[0], answer, size - 1);
	answer[got > 0 ? got : 0] = '\0';
	close(pipes[0]);
	return WEXITSTATUS(status);
}

static void the_uid_decides_who_may_stop(void **state)
{
	(void)state;
	char answer[1024];
	struct sockaddr_un address = address_of(KILL_SOCKET_NAME);
	struct stat mode;
	assert_int_equal(stat(address.sun_path, &mode), 0);
	assert_int_equal(mode.st_mode & 07777, 0660);
	if (geteuid() != 0) {
		print_message("only root can speak as others\n");
		skip();
	}
	chmod(address.sun_path, 0666); /* past the file's mode: the door itself must decide */
	assert_int_equal(as_uid(STRANGER_UID, "kill firm\n", answer, sizeof answer), 0);
	assert_int_equal(strncmp(answer, "401 found uid 60002", 19), 0);
	assert_int_equal(as_uid(VIEWER_UID, "kill firm\n", answer, sizeof answer), 0);
	assert_int_equal(strncmp(answer, "402 found uid 60001", 19), 0);
	assert_int_equal(word_of(SCOPE_FIRM, 0), 0);
	assert_int_equal(metrics_get(&region->metrics, METRIC_door_refused), 2);
	assert_int_equal(as_uid(VIEWER_UID, "status\n", answer, sizeof answer), 0);
	assert_int_equal(strncmp(answer, "100 ", 4), 0);
	atomic_store(&region->gate.stop_epoch_seen[STOP_BY_DOOR], 1);
	assert_int_equal(as_uid(OPERATOR_UID, "kill firm\n", answer, sizeof answer), 0);
	assert_int_equal(strncmp(answer, "001 ", 4), 0);
	assert_int_equal(stop_word_state(word_of(SCOPE_FIRM, 0)), STATE_KILLED);
}

static void ten_thousand_connections_do_not_hold_up_a_kill(void **state)
{
	(void)state;
	enum { FLOOD = 10000, AT_ONCE = 500 };
	static int fds[AT_ONCE];
	for (unsigned i = 0; i < AT_ONCE; i++)
		fds[i] = -1;
	for (unsigned i = 0; i < FLOOD; i++) {
		int *fd = &fds[i % AT_ONCE];
		if (*fd >= 0)
			close(*fd);
		*fd = dial();
		if (i % 3 == 0)
			say(*fd, "garbage without end");
		if (i % 200 == 199)
			turn(1);
	}
	for (unsigned i = 0; i < AT_ONCE; i++) { /* and as many that wait in line */
		close(fds[i]);
		fds[i] = dial();
	}
	int fd = dial();
	say(fd, "kill account 17\n");
	uint64_t begin_ns = clock_now_ns();
	unsigned turns = 0;
	while (word_of(SCOPE_ACCOUNT, 17) == 0 && turns++ < 100)
		turn(1);
	uint64_t took_us = (clock_now_ns() - begin_ns) / 1000;
	assert_int_equal(stop_word_state(word_of(SCOPE_ACCOUNT, 17)), STATE_KILLED);
	assert_true(turns <= 4);
	print_message("behind 500 waiting connections a kill was stored in %lu us\n", took_us);
	gate_latches(stop_word_stamp(word_of(SCOPE_ACCOUNT, 17)), 17, 0, 0);
	turn(2);
	assert_int_equal(strncmp(hear(fd), "000 killed account 17", 21), 0);
	close(fd);
	for (unsigned i = 0; i < AT_ONCE; i++)
		close(fds[i]);
	turn(2);
}

static void a_caller_that_takes_no_answers_is_bounded(void **state)
{
	(void)state;
	int fd = dial();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (unsigned i = 0; i < 5000; i++) {
		send(fd, "status\n", 7, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (i % 100 == 0)
			turn(1);
	}
	int other = dial();
	say(other, "kill firm\n");
	turn(2);
	assert_int_equal(stop_word_state(word_of(SCOPE_FIRM, 0)), STATE_KILLED);
	close(other);
	close(fd);
	turn(2);
}

static void a_second_door_on_a_living_socket_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	assert_null(door_open(&site, region, region_fd, market_fd, &error));
	assert_non_null(strstr(error.text, "found a living process behind it"));
	int fd = dial(); /* and the first one still serves */
	say(fd, "status\n");
	turn(3);
	assert_int_equal(strncmp(hear(fd), "100 ", 4), 0);
	close(fd);
}

static void a_dead_processes_socket_is_replaced(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct sockaddr_un address = address_of(KILL_SOCKET_NAME);
	door_close(door);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd); /* died: the name stays */
	door = door_open(&site, region, region_fd, market_fd, &error);
	assert_non_null(door);
	fd = dial();
	close(fd);
}

int main(void)
{
	struct rlimit files = {4096, 4096};
	setrlimit(RLIMIT_NOFILE, &files);
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		door_case(a_kill_is_stored_before_anything_is_answered),
		door_case(a_silent_gate_is_named),
		door_case_two(
			a_kill_is_told_when_every_gate_has_latched_it_with_what_they_cover_together),
		door_case_two(of_several_gates_the_silent_one_is_named),
		door_case(a_silent_venue_is_named),
		door_case(a_kill_of_what_is_killed_says_so),
		door_case(a_gate_that_latches_within_the_doors_turn_took_no_time),
		door_case(a_result_without_a_latch_changed_nothing),
		door_case(a_weaker_word_does_not_hide_a_kill_that_nobody_saw),
		door_case(many_lines_are_all_acted_on_at_once_and_answered_in_order),
		door_case(a_line_without_end_or_too_long_stops_all_the_same),
		door_case(a_word_byte_by_byte_is_a_word),
		door_case(status_shows_rows),
		door_case(the_uid_decides_who_may_stop),
		door_case(ten_thousand_connections_do_not_hold_up_a_kill),
		door_case(a_caller_that_takes_no_answers_is_bounded),
		door_case(a_second_door_on_a_living_socket_is_refused),
		door_case(a_dead_processes_socket_is_replaced),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.plan.door", tests, NULL, NULL);
}
