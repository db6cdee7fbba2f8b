/* guests_test.c - control processes at the attach socket: taken, refused with a sentence, bounded. */
#include "tests/unit/dataplane/plan/doorstep.h"

/* Control, played by the test: attaches and gets the dataplane's region, and the market beside it. */
static int attach(struct control_region *control, int control_fd, int previous_fd,
	struct attach_message *answer, int *fd)
{
	struct config_error error = {""};
	struct attach_message message = {.magic = REGION_MAGIC_CONTROL,
		.layout_hash = region_layout_hash(),
		.version = REGION_VERSION};
	(void)control;
	int socket = attach_connect(site.run_directory, &error);
	assert_true(socket >= 0);
	int fds[2] = {control_fd, previous_fd};
	assert_true(attach_send(socket, &message, fds, previous_fd >= 0 ? 2 : 1));
	turn(3);
	int got[2] = {-1, -1};
	int count = attach_receive(socket, answer, got, 2);
	assert_int_equal(count, answer->refusal[0] == '\0' ? 2 : 0);
	*fd = got[0];
	if (count == 2) {
		const struct market_region *theirs = market_join(got[1], &error);
		assert_non_null(theirs);
		assert_int_equal(theirs->header.instance, market->header.instance);
		region_leave(theirs);
		close(got[1]);
	}
	return socket;
}

static void regions_are_exchanged_and_the_newest_control_wins(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct attach_message answer;
	int fd, control_fd, second_fd, previous_fd;
	struct control_region *control = region_create_control(&control_fd, &site, &error);
	struct control_region *second = region_create_control(&second_fd, &site, &error);
	struct dataplane_region *previous = region_create_dataplane(&previous_fd, &site, &error);
	assert_null(door_control(door));
	int socket = attach(control, control_fd, -1, &answer, &fd);
	assert_string_equal(answer.refusal, "");
	const struct dataplane_region *ours = region_join(fd, REGION_MAGIC_DATAPLANE, &error);
	assert_int_equal(ours->header.instance, region->header.instance);
	assert_int_equal(door_control(door)->header.instance, control->header.instance);
	assert_null(door_previous(door));
	assert_int_equal(door_attach_count(door), 1);
	close(fd);
	close(socket); /* control dies: its region stays, its heartbeat stands */
	turn(3);
	const struct control_region *first = door_control(door);
	assert_int_equal(first->header.instance, control->header.instance);
	socket = attach(second, second_fd, previous_fd, &answer, &fd);
	assert_int_equal(door_control(door)->header.instance, second->header.instance);
	assert_int_equal(door_previous(door)->header.instance, previous->header.instance);
	assert_int_equal(first->header.instance, control->header.instance); /* still mapped */
	assert_int_equal(door_attach_count(door), 2);
	close(fd);
	close(socket);
	socket = attach(second, second_fd, region_fd, &answer, &fd); /* our own, handed back */
	assert_int_equal(door_previous(door)->header.instance, previous->header.instance);
	close(fd);
	close(socket);
	region_leave(ours);
	region_leave(control);
	region_leave(second);
	region_leave(previous);
	close(control_fd);
	close(second_fd);
	close(previous_fd);
}

static void a_wrong_control_is_refused_with_a_sentence(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct attach_message answer;
	const struct attach_message right = {.magic = REGION_MAGIC_CONTROL,
		.layout_hash = region_layout_hash(),
		.version = REGION_VERSION};
	for (unsigned i = 0; i < 5; i++) {
		struct attach_message message = right;
		int fd, sent = region_fd; /* a dataplane's region where control's is expected */
		if (i == 0)
			message.magic++;
		if (i == 1)
			message.version++;
		if (i == 2)
			message.layout_hash++;
		int socket = attach_connect(site.run_directory, &error);
		assert_true(attach_send(socket, &message, &sent, i == 3 ? 0 : 1));
		turn(3);
		assert_int_equal(attach_receive(socket, &answer, &fd, 1), 0);
		assert_non_null(strstr(answer.refusal, "found"));
		assert_non_null(strstr(answer.refusal, "expected"));
		close(socket);
	}
	assert_null(door_control(door));
	int socket = attach_connect(site.run_directory, &error);
	send(socket, "short", 5, 0);
	turn(3);
	assert_int_equal(recv(socket, &answer, sizeof answer, MSG_DONTWAIT), 0);
	close(socket);
}

static void a_flood_of_attaches_keeps_to_its_bounds(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct attach_message answer;
	int control_fd, fd, sockets[50];
	struct control_region *control = region_create_control(&control_fd, &site, &error);
	for (unsigned i = 0; i < ARRAY_COUNT(sockets); i++) {
		sockets[i] = attach_connect(site.run_directory, &error);
		assert_true(sockets[i] >= 0);
	}
	turn(20);
	int socket = attach(control, control_fd, -1, &answer, &fd);
	assert_string_equal(answer.refusal, "");
	close(fd);
	close(socket);
	for (unsigned i = 1; i < DOOR_REGION_COUNT; i++) {
		socket = attach(control, control_fd, -1, &answer, &fd);
		assert_string_equal(answer.refusal, "");
		close(fd);
		close(socket);
	}
	socket = attach(control, control_fd, -1, &answer, &fd);
	assert_non_null(strstr(answer.refusal, "too many attaches"));
	close(socket);
	for (unsigned i = 0; i < ARRAY_COUNT(sockets); i++)
		close(sockets[i]);
	region_leave(control);
	close(control_fd);
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		door_case(regions_are_exchanged_and_the_newest_control_wins),
		door_case(a_wrong_control_is_refused_with_a_sentence),
		door_case(a_flood_of_attaches_keeps_to_its_bounds),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.plan.guests", tests, NULL, NULL);
}
