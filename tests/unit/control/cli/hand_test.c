/* hand_test.c - what sluicectl sends where, what it prints, and how it exits: two sockets of the test's own
   stand for the door and for control. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/cli/hand.h"
#include "drivers/machine/local.h"

enum { DOOR, CONTROL, SOCKET_TOTAL };
static const char *const socket_names[SOCKET_TOTAL] = {"kill.sock", "control.sock"};

static char directory[64], heard[65536], printed[65536];
static int listeners[SOCKET_TOTAL];
static const char *_Atomic answers[SOCKET_TOTAL]; /* NULL: accepts and keeps silent */
static pthread_t thread;
static bool is_served;
static _Atomic bool is_ending;
static struct hand hand;

static pthread_mutex_t hearing = PTHREAD_MUTEX_INITIALIZER;

/* What was heard until now, as the serving thread wrote it before it answered. */
static const char *heard_text(void)
{
	pthread_mutex_lock(&hearing);
	pthread_mutex_unlock(&hearing);
	return heard;
}

/* Hears one request of a peer and answers it. */
static void serve(unsigned which, int peer)
{
	char line[8192];
	size_t size = 0;
	while (size + 1 < sizeof line && (size == 0 || line[size - 1] != '\n')) {
		ssize_t got = read(peer, line + size, 1);
		if (got <= 0)
			break;
		size++;
	}
	line[size] = '\0';
	pthread_mutex_lock(&hearing);
	size_t used = strlen(heard);
	snprintf(heard + used, sizeof heard - used, "%s:%s", which == DOOR ? "door" : "control",
		line);
	pthread_mutex_unlock(&hearing);
	if (answers[which] != NULL)
		(void)!write(peer, answers[which], strlen(answers[which]));
}

static void *run(void *context)
{
	int silent[64];
	unsigned silent_count = 0;
	while (!atomic_load(&is_ending)) {
		struct pollfd polls[SOCKET_TOTAL] = {{.fd = listeners[DOOR], .events = POLLIN},
			{.fd = listeners[CONTROL], .events = POLLIN}};
		poll(polls, SOCKET_TOTAL, 10);
		for (unsigned i = 0; i < SOCKET_TOTAL; i++) {
			int peer = listeners[i] >= 0
					   ? accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC)
					   : -1;
			if (peer < 0)
				continue;
			serve(i, peer);
			if (answers[i] == NULL && silent_count < 64)
				silent[silent_count++] = peer;
			else
				close(peer);
		}
	}
	while (silent_count > 0)
		close(silent[--silent_count]);
	return context;
}

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	snprintf(directory, sizeof directory, "/tmp/sluice-hand-XXXXXX");
	assert_non_null(mkdtemp(directory));
	heard[0] = printed[0] = '\0';
	listeners[DOOR] = listeners[CONTROL] = -1;
	answers[DOOR] = answers[CONTROL] = "000 done\n\n";
	atomic_store(&is_ending, false);
	return hand_open(&hand, NULL, directory, NULL, false, &error) ? 0 : 1;
}

static void serve_begin(bool has_door, bool has_control)
{
	struct config_error error;
	for (unsigned i = 0; i < SOCKET_TOTAL; i++) {
		if (i == DOOR ? has_door : has_control)
			listeners[i] =
				local_listen(directory, socket_names[i], SOCK_STREAM, 0600, &error);
	}
	assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
	is_served = true;
}

static int end(void **state)
{
	(void)state;
	atomic_store(&is_ending, true);
	if (is_served)
		pthread_join(thread, NULL);
	is_served = false;
	hand_close(&hand);
	for (unsigned i = 0; i < SOCKET_TOTAL; i++)
		local_close(listeners[i], directory, socket_names[i]);
	return rmdir(directory);
}

/* Runs words with what they print caught. */
static int say(const char *const *words, int count)
{
	char path[128];
	snprintf(path, sizeof path, "%s/printed", directory);
	fflush(stdout);
	int before = dup(STDOUT_FILENO),
	    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(file, STDOUT_FILENO);
	int status = hand_words(&hand, (char *const *)(uintptr_t)words, count);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	ssize_t size = pread(file, printed, sizeof printed - 1, 0);
	printed[size > 0 ? size : 0] = '\0';
	close(before);
	close(file);
	unlink(path);
	return status;
}

#define SAY(...)                                                                                   \
	say((const char *const[]){__VA_ARGS__},                                                    \
		(int)ARRAY_COUNT(((const char *const[]){__VA_ARGS__})))

static void a_stop_goes_to_the_door_first_and_to_control_too(void **state)
{
	(void)state;
	answers[DOOR] = "000 killed account 17\n\n";
	answers[CONTROL] = "001 it is so already\n\n";
	serve_begin(true, true);
	assert_int_equal(SAY("kill", "account", "17", "because", "it \"ran\"", "away; now"), 0);
	assert_string_equal(heard_text(),
		"door:kill account 17 because \"it \\\"ran\\\" away; now\"\n"
		"control:kill account 17 because \"it \\\"ran\\\" away; now\"\n");
	assert_string_equal(
		printed, "door     000 killed account 17\ncontrol  001 it is so already\n");
}

static void a_stop_works_with_control_silent(void **state)
{
	(void)state;
	answers[CONTROL] = NULL;
	serve_begin(true, true);
	assert_int_equal(SAY("kill", "firm"), 0);
	assert_non_null(strstr(printed, "door     000"));
	assert_non_null(strstr(printed, "control  850"));
}

static void a_stop_works_with_control_dead_or_the_door_absent(void **state)
{
	(void)state;
	serve_begin(true, false);
	assert_int_equal(SAY("halt", "firm"), 0);
	assert_non_null(strstr(printed, "control  850"));
}

static void without_a_door_controls_word_counts(void **state)
{
	(void)state;
	answers[CONTROL] = "402 role too low\n\n";
	serve_begin(false, true);
	assert_int_equal(SAY("kill", "firm"), 4);
	assert_non_null(strstr(printed, "door     850"));
}

static void nobody_there_is_a_failure(void **state)
{
	(void)state;
	serve_begin(false, false);
	assert_int_equal(SAY("kill", "firm"), 8);
	assert_int_equal(SAY("status"), 8);
	assert_non_null(strstr(printed, "850"));
}

static void unconfirmed_cancels_are_no_success(void **state)
{
	(void)state;
	answers[DOOR] = "822 not every cancel confirmed\n\n";
	serve_begin(true, true);
	assert_int_equal(SAY("kill", "firm"), 8);
}

static void the_exit_status_mirrors_the_class(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"000 x\n\n", "101 x\n\n", "404 x\n\n", "820 x\n\n", "910 x\n\n"};
	static const int statuses[] = {0, 0, 4, 8, 9};
	serve_begin(true, true);
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		answers[CONTROL] = texts[i];
		assert_int_equal(SAY("status"), statuses[i]);
		/* The page is the answer without the empty line. */
		assert_int_equal(strlen(printed), strlen(texts[i]) - 1);
	}
}

static void a_line_of_several_commands_is_sent_one_by_one(void **state)
{
	(void)state;
	serve_begin(true, true);
	assert_int_equal(SAY("status; show orders 17;"), 0);
	assert_string_equal(heard_text(), "control:status\ncontrol:show orders 17\n");
	assert_int_equal(SAY("status; \"open"), 9);
}

/* As of a variable that a script forgot to set. */
static void no_command_is_not_understood(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "  \t", ";", " ; ;"};
	serve_begin(true, true);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		assert_int_equal(SAY(lines[i]), 9);
		assert_non_null(strstr(printed, "910 found no command, expected one"));
	}
	assert_string_equal(heard_text(), "");
}

static void a_limits_file_travels_as_its_contents(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/l.yaml", directory);
	FILE *file = fopen(path, "w");
	fputs("firm: {}\n", file);
	fclose(file);
	answers[CONTROL] = "{\"code\":100,\"text\":\"2 differ\",\"rows\":[{\"line\":\"firm: "
			   "a\"},{\"line\":\"firm: b\"}]}\n";
	serve_begin(true, true);
	assert_int_equal(SAY("limits", "diff", path), 0);
	assert_non_null(strstr(heard_text(), "\"body\":\"firm: {}\\n\""));
	assert_string_equal(printed, "100 2 differ\nfirm: a\nfirm: b\n");
	/* What is restored is an epoch, whatever file has its name. */
	answers[CONTROL] = "000 done\n\n";
	assert_int_equal(SAY("limits", "restore", path), 0);
	assert_non_null(strstr(heard_text(), "control:limits restore "));
	unlink(path);
}

/* Cut short it could end behind a whole row, and be taken for another file. */
static void a_limits_file_that_is_too_long_is_not_sent(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/l.yaml", directory);
	FILE *file = fopen(path, "w");
	for (unsigned i = 0; i < 3 * 1024 * 1024 / 10; i++)
		fputs("firm: {}\n", file);
	fclose(file);
	answers[CONTROL] = "{\"code\":100,\"text\":\"2 differ\",\"rows\":[]}\n";
	serve_begin(true, true);
	assert_int_not_equal(SAY("limits", "load", path), 0);
	assert_non_null(strstr(printed, "found a file of more than "));
	assert_string_equal(heard_text(), "");
	assert_int_not_equal(SAY("what-if", "--limits", path, "day"), 0);
	assert_string_equal(heard_text(), "");
	unlink(path);
}

/* Where it is not sent, control would take its own file of that name for it. */
static void a_file_that_is_no_text_is_not_sent_and_no_other_is_meant(void **state)
{
	(void)state;
	static const char latin[] = "firm: {}\n# caf\xe9\n", zero[] = "firm: {}\n\0\n";
	char path[128], before[256];
	serve_begin(true, true);
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(directory), 0);
	for (unsigned i = 0; i < 2; i++) {
		FILE *file = fopen("limits.yaml", "w");
		fwrite(i == 0 ? latin : zero, 1, (i == 0 ? sizeof latin : sizeof zero) - 1, file);
		fclose(file);
		assert_int_equal(SAY("limits", "load", "limits.yaml", "because", "x"), 9);
		assert_non_null(
			strstr(printed, "900 limits.yaml:2:1: found a control character or"));
	}
	assert_int_equal(unlink("limits.yaml"), 0);
	assert_int_equal(mkdir("limits.yaml", 0700), 0);
	assert_int_equal(SAY("limits", "check", "limits.yaml"), 9);
	assert_non_null(strstr(printed, "913 limits.yaml:1:1: found a directory"));
	assert_int_equal(rmdir("limits.yaml"), 0);
	snprintf(path, sizeof path, "%s/limits.yaml/x", directory);
	assert_int_equal(SAY("limits", "check", path), 9);
	assert_string_equal(heard_text(), "");
	/* What is not here is control's to find. */
	assert_int_equal(SAY("limits", "check", "limits.yaml"), 0);
	assert_string_equal(heard_text(), "control:limits check limits.yaml\n");
	assert_int_equal(chdir(before), 0);
}

static void *pipe_fill(void *path)
{
	FILE *file = fopen(path, "w");
	fputs("firm: {}\n", file);
	fclose(file);
	return NULL;
}

/* sluicectl limits check <(generate) */
static void a_file_may_come_through_a_pipe(void **state)
{
	(void)state;
	char path[128];
	pthread_t writer;
	answers[CONTROL] = "{\"code\":0,\"text\":\"good\",\"rows\":[]}\n";
	serve_begin(true, true);
	snprintf(path, sizeof path, "%s/pipe", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&writer, NULL, pipe_fill, path), 0);
	assert_int_equal(SAY("limits", "check", path), 0);
	pthread_join(writer, NULL);
	assert_non_null(strstr(heard_text(), "\"body\":\"firm: {}\\n\""));
	unlink(path);
}

/* Control takes less of those whom it does not know, and says so before it has everything. */
static void what_was_not_taken_whole_is_answered_all_the_same(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/l.yaml", directory);
	FILE *file = fopen(path, "w");
	for (unsigned i = 0; i < 100000; i++)
		fputs("firm: {}\n", file);
	fclose(file);
	answers[CONTROL] = "{\"code\":901,\"text\":\"the request is too long\",\"rows\":[]}\n";
	serve_begin(true, true);
	assert_int_equal(SAY("limits", "check", path), 9);
	assert_string_equal(printed, "901 the request is too long\n");
	unlink(path);
}

static void nobody_there_is_told_as_json_whatever_the_path_is(void **state)
{
	struct client client;
	(void)state;
	client_init(&client, "/nowhere/a\"b\\c.sock");
	struct reply reply = client_exchange(&client, "status\n", 7, true, 100);
	json_t *object = json_loads(reply.bytes, 0, NULL);
	assert_non_null(object);
	assert_int_equal(json_integer_value(json_object_get(object, "code")), CODE_SOCKET_FAILED);
	assert_non_null(strstr(json_string_value(json_object_get(object, "text")), "a\"b\\c.sock"));
	json_decref(object);
	reply_free(&reply);
}

static void json_goes_in_and_out_as_json(void **state)
{
	(void)state;
	answers[CONTROL] = "{\"code\":402,\"text\":\"no\",\"rows\":[]}\n";
	hand.is_json = true;
	serve_begin(true, true);
	assert_int_equal(SAY("show", "orders"), 4);
	assert_string_equal(heard_text(), "control:{\"command\":[\"show\",\"orders\"]}\n");
	assert_string_equal(printed, answers[CONTROL]);
	answers[DOOR] = "000 killed\n\n";
	assert_int_equal(SAY("kill", "firm"), 0);
	json_t *object = json_loads(printed, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(object, "code")), 0);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(object, "door"), "text")),
		"killed");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(object, "control"), "code")),
		402);
	json_decref(object);
}

static void lines_for_machines_go_out_without_their_head(void **state)
{
	(void)state;
	answers[CONTROL] = "100 metrics\n# HELP a b\na 1\n\n";
	serve_begin(true, true);
	assert_int_equal(SAY("metrics"), 0);
	assert_string_equal(printed, "# HELP a b\na 1\n");
}

static void a_script_stops_at_its_first_failure(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/script", directory);
	FILE *file = fopen(path, "w");
	fputs("# a comment\n\nstatus\n'open quote\nhealth\n", file);
	fclose(file);
	serve_begin(true, true);
	assert_int_equal(hand_script(&hand, path), 9);
	assert_string_equal(heard_text(), "control:status\n");
	unlink(path);
	assert_int_equal(hand_script(&hand, path), 9);
}

static int script_run(const char *bytes, size_t size)
{
	char path[128];
	snprintf(path, sizeof path, "%s/script", directory);
	FILE *file = fopen(path, "w");
	fwrite(bytes, 1, size, file);
	fclose(file);
	int status = hand_script(&hand, path);
	unlink(path);
	return status;
}

/* What is behind a buffer's end of a comment, or of a command, is no command of its own. */
static void a_line_of_a_script_is_one_whole_however_long(void **state)
{
	(void)state;
	char line[6000];
	serve_begin(true, true);
	for (size_t at = 4080; at < 4110; at++) {
		memset(line, 'x', sizeof line);
		line[0] = '#';
		memcpy(line + at, " kill firm\n", 12);
		assert_int_equal(script_run(line, strlen(line)), 0);
	}
	memcpy(line, "resume firm because ", 20);
	assert_int_equal(script_run(line, strlen(line)), 9);
	assert_int_equal(script_run("halt account 1\0 7\n", 18), 9);
	assert_string_equal(heard_text(), "");
	assert_int_equal(script_run("status\r\nhealth", 14), 0);
	assert_string_equal(heard_text(), "control:status\ncontrol:health\n");
}

static void a_script_that_cannot_be_read_is_no_success(void **state)
{
	(void)state;
	serve_begin(true, true);
	assert_int_equal(hand_script(&hand, directory), 9);
}

static void top_without_a_terminal_is_one_frame_of_text(void **state)
{
	(void)state;
	answers[CONTROL] = "{\"code\":100,\"text\":\"site: "
			   "active\",\"rows\":[{\"metric\":\"sluice_gate_seconds\","
			   "\"labels\":\"quantile=\\\"0.5\\\"\",\"value\":\"0.000012300\"},{"
			   "\"reason\":\"KILLED\",\"refused\":7},"
			   "{\"metric\":\"sluice_limit_usage\",\"labels\":\"scope=\\\"firm\\\"\","
			   "\"value\":\"8\"},"
			   "{\"metric\":\"sluice_limit\",\"labels\":\"scope=\\\"firm\\\"\","
			   "\"value\":\"10\"}]}\n";
	serve_begin(true, true);
	assert_int_equal(SAY("top"), 0);
	assert_non_null(strstr(printed, "site: active"));
	assert_non_null(strstr(printed, "12.3"));
	assert_non_null(strstr(printed, "KILLED"));
	assert_non_null(strstr(printed, " 80 %  firm"));
}

static void the_journal_is_read_without_control_when_the_site_is_known(void **state)
{
	(void)state;
	struct request request = {.word_count = 2, .words = {"why", "7"}};
	assert_true(local_can(&request));
	request.words[0] = "journal";
	request.words[1] = "replay";
	assert_false(local_can(&request));
	serve_begin(false, false);
	hand.has_site = true;
	snprintf(hand.site.journal_directory, sizeof hand.site.journal_directory, "%s", directory);
	assert_int_equal(SAY("why", "7"), 4);
	assert_non_null(strstr(printed, "404 no decision on order 7"));
	assert_int_equal(SAY("why", "x"), 9);
	assert_int_equal(SAY("why", "0"), 9);
	assert_non_null(strstr(printed, "found \"0\", expected an order's number"));
	assert_int_equal(SAY("journal", "verify"), 0);
	assert_int_equal(SAY("journal", "export"), 0);
	snprintf(hand.site.journal_directory, sizeof hand.site.journal_directory, "%s/none",
		directory);
	assert_int_equal(SAY("journal", "verify"), 8);
	hand.has_site = false;
}

/* A person at a terminal: Tab completes, the command is sent, quit leaves. */
static void the_prompt_completes_and_sends(void **state)
{
	(void)state;
	static const char typed[] = "heal\t\nquit\n";
	char path[128], seen[4096];
	int terminal;
	serve_begin(true, true);
	fflush(NULL);
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (child == 0) {
		setenv("HOME", directory, 1);
		setenv("TERM", "dumb", 1);
		_exit(prompt_run(&hand));
	}
	assert_int_equal(write(terminal, typed, sizeof typed - 1), sizeof typed - 1);
	while (read(terminal, seen, sizeof seen) > 0)
		;
	int status = -1;
	waitpid(child, &status, 0);
	close(terminal);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* The prompt asks for the state before each line. */
	assert_string_equal(heard_text(), "control:{\"command\":[\"status\"]}\ncontrol:health\n"
					  "control:{\"command\":[\"status\"]}\n");
	snprintf(path, sizeof path, "%s/.sluicectl_history", directory);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_stop_goes_to_the_door_first_and_to_control_too),
		ONE(a_stop_works_with_control_silent),
		ONE(a_stop_works_with_control_dead_or_the_door_absent),
		ONE(without_a_door_controls_word_counts),
		ONE(nobody_there_is_a_failure),
		ONE(unconfirmed_cancels_are_no_success),
		ONE(the_exit_status_mirrors_the_class),
		ONE(a_line_of_several_commands_is_sent_one_by_one),
		ONE(no_command_is_not_understood),
		ONE(a_limits_file_travels_as_its_contents),
		ONE(a_limits_file_that_is_too_long_is_not_sent),
		ONE(a_file_that_is_no_text_is_not_sent_and_no_other_is_meant),
		ONE(a_file_may_come_through_a_pipe),
		ONE(what_was_not_taken_whole_is_answered_all_the_same),
		ONE(nobody_there_is_told_as_json_whatever_the_path_is),
		ONE(json_goes_in_and_out_as_json),
		ONE(lines_for_machines_go_out_without_their_head),
		ONE(a_script_stops_at_its_first_failure),
		ONE(a_line_of_a_script_is_one_whole_however_long),
		ONE(a_script_that_cannot_be_read_is_no_success),
		ONE(top_without_a_terminal_is_one_frame_of_text),
		ONE(the_prompt_completes_and_sends),
		ONE(the_journal_is_read_without_control_when_the_site_is_known),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.hand", tests, NULL, NULL);
}
