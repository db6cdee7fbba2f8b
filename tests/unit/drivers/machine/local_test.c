/* local: names in a directory, the kernel's word on who is there, descriptors with a message. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/machine/local.h"

static char directory[] = "/tmp/sluice-local-XXXXXX";
static struct config_error error;
static int listener;

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/sluice-local-XXXXXX");
	error.text[0] = '\0';
	if (mkdtemp(directory) == NULL)
		return -1;
	listener = local_listen(directory, "door", SOCK_SEQPACKET, 0640, &error);
	return listener < 0;
}

static int tear_down(void **state)
{
	(void)state;
	local_close(listener, directory, "door");
	return rmdir(directory); /* the name is gone with its listener */
}

/* The number that the next descriptor will get: the same as before if nothing leaked. */
static int next_descriptor(void)
{
	int fd = dup(0);
	close(fd);
	return fd;
}

static int dial(struct local_peer *peer, int *served)
{
	int fd = local_connect(directory, "door", SOCK_SEQPACKET);
	assert_true(fd >= 0);
	*served = local_accept(listener, peer);
	assert_true(*served >= 0);
	return fd;
}

static void who_comes_is_known_by_the_kernels_word(void **state)
{
	(void)state;
	struct local_peer peer = {0};
	int served;
	assert_int_equal(local_accept(listener, &peer), -1);
	int fd = dial(&peer, &served);
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.pid, getpid());
	assert_true(fcntl(served, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(served, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(served);
}

static void a_name_has_its_mode_from_the_start(void **state)
{
	(void)state;
	char path[64];
	struct stat mode;
	snprintf(path, sizeof path, "%s/door", directory);
	assert_int_equal(stat(path, &mode), 0);
	assert_int_equal(mode.st_mode & 07777, 0640);
}

static void where_somebody_answers_nobody_else_may_listen(void **state)
{
	(void)state;
	int before = next_descriptor();
	assert_int_equal(local_listen(directory, "door", SOCK_SEQPACKET, 0640, &error), -1);
	assert_non_null(strstr(error.text, "/door: found a living process behind it"));
	assert_int_equal(next_descriptor(), before);
	close(listener); /* as a dead process leaves it: the name stays, and is replaced */
	assert_int_equal(local_connect(directory, "door", SOCK_SEQPACKET), -1);
	assert_int_equal(errno, ECONNREFUSED);
	listener = local_listen(directory, "door", SOCK_SEQPACKET, 0640, &error);
	assert_true(listener >= 0);
}

static void a_place_may_be_one_whole_path(void **state)
{
	(void)state;
	char path[64];
	snprintf(path, sizeof path, "%s/door", directory);
	int fd = local_connect(path, NULL, SOCK_SEQPACKET);
	assert_true(fd >= 0);
	close(fd);
}

static void a_place_that_is_too_long_or_absent_is_told(void **state)
{
	(void)state;
	char name[109];
	memset(name, 'x', sizeof name);
	/* 107 characters are the most that an address holds */
	name[107 - strlen(directory) - 1] = '\0';
	int longest = local_listen(directory, name, SOCK_STREAM, 0600, &error);
	assert_true(longest >= 0);
	local_close(longest, directory, name);
	name[107 - strlen(directory) - 1] = 'x';
	name[107 - strlen(directory)] = '\0';
	assert_int_equal(local_listen(directory, name, SOCK_STREAM, 0600, &error), -1);
	assert_non_null(strstr(error.text, "found a path too long, expected at most 107 bytes"));
	assert_int_equal(local_connect(directory, name, SOCK_STREAM), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(local_connect("", NULL, SOCK_STREAM), -1);
	assert_int_equal(
		local_listen("/tmp/there-is-no-such", "door", SOCK_STREAM, 0600, &error), -1);
	assert_non_null(strstr(error.text, "No such file or directory"));
	local_close(-1, directory, "door"); /* never opened: the name is another's and stays */
	int fd = local_connect(directory, "door", SOCK_SEQPACKET);
	assert_true(fd >= 0);
	close(fd);
}

static void descriptors_travel_with_a_message(void **state)
{
	(void)state;
	struct local_peer peer;
	char text[8];
	int served, got[2], pipes[2], fd = dial(&peer, &served);
	uint32_t count = 2;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(count, 0);
	assert_true(local_send(fd, "both", 5, pipes, 2));
	count = 2;
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), 5);
	assert_int_equal(count, 2);
	assert_string_equal(text, "both");
	assert_int_equal(write(got[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], text, 1), 1);
	assert_true(local_send(fd, "none", 5, NULL, 0));
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), 5);
	assert_int_equal(count, 0);
	close(fd);
	count = 2;
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), 0);
	assert_false(local_send(served, "gone", 5, NULL, 0));
	for (unsigned i = 0; i < 2; i++) {
		close(pipes[i]);
		close(got[i]);
	}
	close(served);
}

static void a_message_that_does_not_fit_leaks_no_descriptor(void **state)
{
	(void)state;
	struct local_peer peer;
	char text[8];
	int served, got[2], fd = dial(&peer, &served);
	int before = next_descriptor();
	uint32_t count = 2;
	assert_true(local_send(fd, "longer than that", 17, (int[]){0, 1}, 2));
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(next_descriptor(), before);
	count = 1; /* one more than was wanted */
	assert_true(local_send(fd, "two", 4, (int[]){0, 1}, 2));
	assert_int_equal(local_receive(served, text, sizeof text, got, &count), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(count, 0);
	assert_int_equal(next_descriptor(), before);
	close(fd);
	close(served);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(who_comes_is_known_by_the_kernels_word),
		ONE(a_name_has_its_mode_from_the_start),
		ONE(where_somebody_answers_nobody_else_may_listen),
		ONE(a_place_may_be_one_whole_path),
		ONE(a_place_that_is_too_long_or_absent_is_told),
		ONE(descriptors_travel_with_a_message),
		ONE(a_message_that_does_not_fit_leaks_no_descriptor),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.local", tests, NULL, NULL);
}
