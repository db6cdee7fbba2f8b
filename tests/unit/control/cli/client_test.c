/* client_test.c - a kept connection that is gone, before a request and behind it: two ends in one process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/cli/client.h"
#include "drivers/machine/local.h"

static const char request[] = "slices move\n", answer[] = "001 done\n\n";
static char directory[64], path[96];
static int listener;
static bool closes_behind; /* a request, and not behind its answer */
static unsigned heard;

/* true: a whole request came. */
static bool request_hear(int peer)
{
	char line[64];
	size_t size = 0;
	while (size == 0 || line[size - 1] != '\n') {
		ssize_t got = recv(peer, line + size, sizeof line - size, 0);
		if (got <= 0)
			return false;
		size += (size_t)got;
	}
	heard++;
	return true;
}

/* Answers the first request, and closes: behind its answer, or behind the second request, unanswered.  Then it waits whether that
   comes again. */
static void *serve(void *context)
{
	struct pollfd polled = {.fd = listener, .events = POLLIN};
	while (heard < 2 || (closes_behind && poll(&polled, 1, 300) > 0)) {
		int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		while (request_hear(peer)) {
			if (closes_behind && heard > 1)
				break;
			(void)!write(peer, answer, sizeof answer - 1);
			if (!closes_behind)
				break;
		}
		close(peer);
	}
	return context;
}

static int open_ends(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-client-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/a.sock", directory);
	struct config_error error;
	listener = local_listen(directory, "a.sock", SOCK_STREAM, 0600, &error);
	assert_true(listener >= 0);
	heard = 0;
	return 0;
}

static int close_ends(void **state)
{
	(void)state;
	close(listener);
	unlink(path);
	return rmdir(directory);
}

static unsigned exchange(struct client *client)
{
	struct reply reply = client_exchange(client, request, sizeof request - 1, false, 5000);
	unsigned code = reply.code;
	reply_free(&reply);
	return code;
}

static void begin(struct client *client, pthread_t *thread, bool is_closed_behind)
{
	closes_behind = is_closed_behind;
	client_init(client, path);
	assert_int_equal(pthread_create(thread, NULL, serve, NULL), 0);
	assert_int_equal(exchange(client), 1);
}

static void a_connection_that_was_closed_as_idle_is_made_anew(void **state)
{
	(void)state;
	pthread_t thread;
	struct client client;
	begin(&client, &thread, false);
	struct pollfd polled = {.fd = client.fd, .events = POLLIN};
	assert_int_equal(poll(&polled, 1, 5000), 1); /* it is closed */
	assert_int_equal(exchange(&client), 1);
	pthread_join(thread, NULL);
	assert_int_equal(heard, 2);
	client_close(&client);
}

/* It may have been done. */
static void a_request_that_was_heard_and_not_answered_is_not_sent_again(void **state)
{
	(void)state;
	pthread_t thread;
	struct client client;
	begin(&client, &thread, true);
	struct reply reply = client_exchange(&client, request, sizeof request - 1, false, 5000);
	pthread_join(thread, NULL);
	assert_int_equal(reply.code, CODE_SOCKET_FAILED);
	assert_non_null(strstr(reply.bytes, "it may have been done, look before you ask again\n"));
	assert_int_equal(heard, 2);
	reply_free(&reply);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define BOTH_ENDS(test) cmocka_unit_test_setup_teardown(test, open_ends, close_ends)
		BOTH_ENDS(a_connection_that_was_closed_as_idle_is_made_anew),
		BOTH_ENDS(a_request_that_was_heard_and_not_answered_is_not_sent_again),
	};
	return !!cmocka_run_group_tests_name("unit.control.cli.client", tests, NULL, NULL);
}
