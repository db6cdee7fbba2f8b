/* doorstep.h - a door of the test's own in a directory of its own, and who may come to it.

   The gate behind it is played by the test: the regions are real, no stage runs. */
#ifndef SLUICE_TESTS_DOORSTEP_H
#define SLUICE_TESTS_DOORSTEP_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/plan/door.h"
#include "dataplane/shm/market.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

enum { VIEWER_UID = 60001, STRANGER_UID = 60002, OPERATOR_UID = 60003, SECURITY_UID = 60004 };

static struct account_config account = {.id = 17, .name = "alpha"};
static struct site_config site = {
	.name = "demo", .account_count = 1, .accounts = &account, .person_count = 3};
static struct dataplane_region *region;
static struct market_region *market;
static int region_fd, market_fd;
static struct door *door;

static inline struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%s", site.run_directory, name);
	return address;
}

static inline int set_up(void **state)
{
	(void)state;
	struct config_error error = {""};
	strcpy(site.run_directory, "/tmp/sluice-door-XXXXXX");
	assert_non_null(mkdtemp(site.run_directory));
	chmod(site.run_directory, 0755);
	site.persons[0] = (struct person_config){.uid = VIEWER_UID, .role = ROLE_VIEWER};
	site.persons[1] = (struct person_config){.uid = OPERATOR_UID, .role = ROLE_OPERATOR};
	site.persons[2] = (struct person_config){.uid = SECURITY_UID, .role = ROLE_SECURITY};
	region = region_create_dataplane(&region_fd, &site, &error);
	assert_non_null(region);
	market = market_create(&market_fd, &site, &error);
	assert_non_null(market);
	atomic_store(&region->gate.is_recovered, 1);
	door = door_open(&site, region, region_fd, market_fd, &error);
	if (!door)
		print_error("%s\n", error.text);
	return door ? 0 : -1;
}

/* The same with two gates. */
static inline int set_up_two(void **state)
{
	site.gate_count = 2;
	strcpy(site.gates[0].name, "east");
	strcpy(site.gates[1].name, "west");
	return set_up(state);
}

static inline int tear_down(void **state)
{
	(void)state;
	door_close(door);
	door = NULL;
	region_leave(region);
	region_leave(market);
	close(region_fd);
	close(market_fd);
	site.gate_count = 0;
	return rmdir(site.run_directory);
}

static inline int dial(void)
{
	struct sockaddr_un address = address_of(KILL_SOCKET_NAME);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static inline void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static inline void turn(unsigned count)
{
	while (count-- > 0)
		door_poll(door, clock_now_ns());
}

/* Everything the door has answered so far. */
static inline const char *hear(int fd)
{
	static char text[65536];
	size_t size = 0;
	ssize_t got;
	while ((got = recv(fd, text + size, sizeof text - 1 - size, MSG_DONTWAIT)) > 0)
		size += (size_t)got;
	text[size] = '\0';
	return text;
}

#define door_case(name)     cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define door_case_two(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)

#endif
