/* server_test.c - real sockets, real peers: frames in pieces, garbage, floods, reserved places, slow readers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/machine/local.h"
#include "control/socket/server.h"
#include "drivers/machine/clock.h"

/* A call that answers with its first word; "wait" never ends by itself, "large" has many rows. */
struct call {
	struct answer answer;
	bool is_waiting;
};

static struct server *server;
static char directory[64];
static unsigned stops;
static char first[32]; /* word that was started since it was emptied */
static bool is_released;

static struct call *start(void *context, const struct peer *peer, struct request *request,
	enum code code, const char *error)
{
	(void)context;
	struct call *call = calloc(1, sizeof *call);
	answer_init(&call->answer, request->is_json);
	answer_code(&call->answer, code, "%s", code != CODE_DONE ? error : request->words[0]);
	if (code == CODE_DONE && strcmp(request->words[0], "wait") == 0)
		call->is_waiting = true;
	if (code == CODE_DONE && strcmp(request->words[0], "uid") == 0)
		answer_code(&call->answer, CODE_DONE, "%u", peer->uid);
	for (int i = 0; code == CODE_DONE && strcmp(request->words[0], "large") == 0 &&
			i < ANSWER_ROW_COUNT_MAX;
		i++)
		answer_line(&call->answer, "%060d", i);
	if (code == CODE_DONE && first[0] == '\0')
		snprintf(first, sizeof first, "%s", request->words[0]);
	stops += code == CODE_DONE && grammar_is_stop(request->words[0]);
	request_free(request);
	return call;
}

static enum call_progress step(void *context, struct call *call, uint64_t now_ns)
{
	(void)context;
	(void)now_ns;
	return call->is_waiting && !is_released ? CALL_WAITING : CALL_DONE;
}

static const struct answer *answer_of(const struct call *call)
{
	return &call->answer;
}

static void end(void *context, struct call *call)
{
	(void)context;
	answer_free(&call->answer);
	free(call);
}

static bool is_known(void *context, uint32_t uid)
{
	(void)context;
	return uid == geteuid();
}

static const struct server_hooks hooks = {NULL, start, step, answer_of, end, is_known};

static int open_server(void **state)
{
	(void)state;
	struct config_error error;
	snprintf(directory, sizeof directory, "/tmp/sluice-server-XXXXXX");
	assert_non_null(mkdtemp(directory));
	stops = 0;
	is_released = false;
	server = server_open(directory, &hooks, &error);
	return server == NULL;
}

static int close_server(void **state)
{
	(void)state;
	server_close(server);
	return rmdir(directory); /* the sockets are gone */
}

static void turns(unsigned count)
{
	static struct pollfd polls[PEER_TOTAL_COUNT + 2];
	for (unsigned i = 0; i < count; i++) {
		int timeout_ms = 0;
		uint32_t used = server_polls(server, polls, &timeout_ms);
		poll(polls, used, 0);
		server_turn(server, polls, used, clock_now_ns());
	}
}

static int peer_connect(const char *name)
{
	int fd = local_connect(directory, name, SOCK_STREAM);
	assert_true(fd >= 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What has come back after some turns; -1 at the end of the connection. */
static ssize_t hear(int fd, char *text, size_t size)
{
	turns(4);
	ssize_t got = recv(fd, text, size - 1, MSG_DONTWAIT);
	text[got > 0 ? got : 0] = '\0';
	return got == 0 ? -1 : got < 0 ? 0 : got;
}

static void a_request_in_pieces_is_one_request(void **state)
{
	(void)state;
	char text[256];
	int fd = peer_connect("control.sock");
	say(fd, "sta");
	assert_int_equal(hear(fd, text, sizeof text), 0);
	say(fd, "tus\n");
	hear(fd, text, sizeof text);
	assert_string_equal(text, "000 status\n\n");
	say(fd, "{\"command\":\n");
	assert_int_equal(hear(fd, text, sizeof text), 0);
	say(fd, "\"health\"}");
	hear(fd, text, sizeof text);
	assert_string_equal(text, "{\"code\":0,\"text\":\"health\",\"rows\":[]}\n");
	close(fd);
}

static void each_command_of_a_line_has_its_answer(void **state)
{
	(void)state;
	char text[256];
	int fd = peer_connect("view.sock");
	say(fd, "a; b;c\n\n  \nd\n");
	turns(8);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "000 a\n\n000 b\n\n000 c\n\n000 d\n\n");
	close(fd);
}

static void a_peer_that_only_half_closes_gets_its_answers(void **state)
{
	(void)state;
	char text[256];
	int fd = peer_connect("control.sock");
	say(fd, "a; b\nlast without newline");
	shutdown(fd, SHUT_WR);
	turns(8);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "000 a\n\n000 b\n\n000 last\n\n");
	assert_int_equal(hear(fd, text, sizeof text), -1);
	close(fd);
	assert_int_equal(server_counts(server)->open, 0);
}

static void an_object_that_ends_with_its_peer_is_answered(void **state)
{
	(void)state;
	char text[256];
	int fd = peer_connect("control.sock");
	say(fd, "{\"command\":\"status\"");
	shutdown(fd, SHUT_WR);
	hear(fd, text, sizeof text);
	assert_string_equal(text, "{\"code\":903,\"text\":\"the object is not closed, and nothing "
				  "follows\",\"rows\":[]}\n");
	assert_int_equal(hear(fd, text, sizeof text), -1);
	close(fd);
	fd = peer_connect("control.sock");
	for (unsigned i = 0; i < 33; i++)
		say(fd, "{\"a\":[");
	hear(fd, text, sizeof text);
	assert_non_null(
		strstr(text, "{\"code\":903,\"text\":\"found an object of more than 64 parts"));
	assert_int_equal(hear(fd, text, sizeof text), -1);
	close(fd);
	assert_int_equal(server_counts(server)->open, 0);
}

static void garbage_is_answered_and_the_rest_goes_on(void **state)
{
	(void)state;
	char text[256];
	int fd = peer_connect("control.sock");
	assert_int_equal(send(fd, "a\0b\n\xff\xfe\nok\n", 10, 0), 10);
	turns(4);
	hear(fd, text, sizeof text);
	assert_int_equal(strncmp(text, "900 ", 4), 0);
	assert_non_null(strstr(text, "\n\n900 "));
	assert_non_null(strstr(text, "\n\n000 ok\n\n"));
	close(fd);
}

static void an_oversize_line_is_answered_and_closed(void **state)
{
	(void)state;
	char text[256];
	static char large[REQUEST_LINE_BYTES_MAX + 100];
	memset(large, 'a', sizeof large - 1);
	int fd = peer_connect("control.sock");
	say(fd, large);
	hear(fd, text, sizeof text);
	assert_int_equal(strncmp(text, "901 ", 4), 0);
	assert_int_equal(hear(fd, text, sizeof text), -1);
	close(fd);
}

static void a_waiting_call_outlives_its_peer_and_costs_nothing(void **state)
{
	(void)state;
	int fd = peer_connect("control.sock");
	say(fd, "wait\n");
	turns(3);
	close(fd);
	turns(3);
	assert_int_equal(server_counts(server)->open, 1);
	static struct pollfd polls[PEER_TOTAL_COUNT + 2];
	int timeout_ms = 100;
	/* The peer that hung up does not wake us. */
	assert_int_equal(server_polls(server, polls, &timeout_ms), 2);
	assert_int_equal(timeout_ms, 1);
	is_released = true;
	turns(3);
	assert_int_equal(server_counts(server)->open, 0);
}

static void when_all_places_are_taken_a_kill_still_comes_through(void **state)
{
	(void)state;
	static int fds[PEER_COUNT_MAX + 200];
	char text[256];
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = peer_connect("control.sock");
		if (i % 50 == 0)
			turns(1);
	}
	turns(8);
	assert_int_equal(server_counts(server)->open, PEER_TOTAL_COUNT);
	int fd = peer_connect("control.sock");
	say(fd, "status\n");
	hear(fd, text, sizeof text);
	assert_int_equal(strncmp(text, "451 ", 4), 0);
	close(fd);
	/* More at once than there are reserved places, all with something to say; then a kill. */
	static int more[2 * PEER_RESERVED_COUNT];
	for (unsigned i = 0; i < ARRAY_COUNT(more); i++) {
		more[i] = peer_connect("control.sock");
		say(more[i], i % 2 == 0 ? "status\n" : "{\"command\":");
	}
	fd = peer_connect("control.sock");
	say(fd, "kill firm because flood\n");
	hear(fd, text, sizeof text);
	assert_string_equal(text, "000 kill\n\n");
	close(fd);
	fd = peer_connect("control.sock");
	say(fd, "{\"command\":\"kill firm\"}");
	hear(fd, text, sizeof text);
	assert_non_null(strstr(text, "\"code\":0"));
	close(fd);
	assert_int_equal(stops, 2);
	for (unsigned i = 0; i < ARRAY_COUNT(more); i++)
		close(more[i]);
	/* The view socket has no reserved places: it says so. */
	fd = peer_connect("view.sock");
	hear(fd, text, sizeof text);
	assert_int_equal(strncmp(text, "450 ", 4), 0);
	close(fd);
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++)
		close(fds[i]);
	turns(4);
	assert_int_equal(server_counts(server)->open, 0);
}

/* Anybody may look, so however many do, who may change something finds a place. */
static void those_who_look_leave_places_to_those_who_act(void **state)
{
	(void)state;
	static int fds[PEER_COUNT_MAX];
	char text[256];
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = peer_connect("view.sock");
		say(fds[i], "{"); /* and goes on by a byte now and then */
		if (i % 50 == 0)
			turns(1);
	}
	turns(8);
	assert_int_equal(server_counts(server)->open, PEER_VIEWER_COUNT_MAX);
	int fd = peer_connect("control.sock");
	say(fd, "resume firm\n");
	/* A turn serves as many as its time allows. */
	for (unsigned i = 0; i < 1000 && hear(fd, text, sizeof text) == 0; i++)
		;
	assert_string_equal(text, "000 resume\n\n");
	close(fd);
	hear(fds[PEER_COUNT_MAX - 1], text, sizeof text);
	assert_int_equal(strncmp(text, "450 ", 4), 0);
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++)
		close(fds[i]);
	for (unsigned i = 0; i < 1000 && server_counts(server)->open > 0; i++)
		turns(1);
	assert_int_equal(server_counts(server)->open, 0);
}

static void a_kill_in_a_flood_of_requests_is_served_in_the_first_turn(void **state)
{
	(void)state;
	static int fds[200];
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = peer_connect("control.sock");
		say(fds[i], "a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a\n");
	}
	turns(4);
	int fd = peer_connect("control.sock");
	turns(1);
	static const char *const kills[] = {"kill firm\n", "{\"command\":\"kill firm\"}",
		"{\"command\":[\"kill\",\"firm\"]}\n",
		"\n { \"command\" : [ \"halt\", \"firm\" ] }", "'reduce-only' firm\n"};
	for (unsigned i = 0; i < ARRAY_COUNT(kills); i++) {
		int other = peer_connect("control.sock");
		turns(1);
		say(other, kills[i]);
		first[0] = '\0';
		turns(1);
		assert_int_equal(stops, i + 1);
		assert_true(strcmp(first, "kill") == 0 || strcmp(first, "halt") == 0 ||
			    strcmp(first, "reduce-only") == 0);
		close(other);
	}
	close(fd);
	for (unsigned i = 0; i < ARRAY_COUNT(fds); i++)
		close(fds[i]);
}

static void a_large_answer_goes_out_in_pieces(void **state)
{
	(void)state;
	static char text[2000000];
	size_t size = 0;
	int fd = peer_connect("control.sock");
	say(fd, "large\n");
	for (unsigned i = 0; i < 10000 && (size < 2 || memcmp(text + size - 2, "\n\n", 2) != 0);
		i++) {
		turns(1);
		ssize_t got = recv(fd, text + size, sizeof text - size, MSG_DONTWAIT);
		size += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(size, strlen("000 large\n") + ANSWER_ROW_COUNT_MAX * 61 + 1);
	close(fd);
}

static void the_peers_uid_comes_from_the_kernel(void **state)
{
	(void)state;
	char text[64], expected[64];
	int fd = peer_connect("control.sock");
	say(fd, "uid\n");
	hear(fd, text, sizeof text);
	snprintf(expected, sizeof expected, "000 %u\n\n", geteuid());
	assert_string_equal(text, expected);
	close(fd);
}

static void the_sockets_have_their_permissions_and_are_not_taken_from_another(void **state)
{
	(void)state;
	char path[128];
	struct stat file;
	struct config_error error;
	snprintf(path, sizeof path, "%s/control.sock", directory);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0660);
	snprintf(path, sizeof path, "%s/view.sock", directory);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0666);
	assert_null(server_open(directory, &hooks, &error));
	assert_non_null(strstr(error.text, "a living process"));
	/* What it had found is still there. */
	assert_int_equal(stat(path, &file), 0);
}

int main(void)
{
	clock_start();
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_server, close_server)
	const struct CMUnitTest tests[] = {
		ONE(a_request_in_pieces_is_one_request),
		ONE(each_command_of_a_line_has_its_answer),
		ONE(a_peer_that_only_half_closes_gets_its_answers),
		ONE(an_object_that_ends_with_its_peer_is_answered),
		ONE(garbage_is_answered_and_the_rest_goes_on),
		ONE(an_oversize_line_is_answered_and_closed),
		ONE(a_waiting_call_outlives_its_peer_and_costs_nothing),
		ONE(when_all_places_are_taken_a_kill_still_comes_through),
		ONE(those_who_look_leave_places_to_those_who_act),
		ONE(a_kill_in_a_flood_of_requests_is_served_in_the_first_turn),
		ONE(a_large_answer_goes_out_in_pieces),
		ONE(the_peers_uid_comes_from_the_kernel),
		ONE(the_sockets_have_their_permissions_and_are_not_taken_from_another),
	};
	return !!cmocka_run_group_tests_name("unit.control.socket.server", tests, NULL, NULL);
}
