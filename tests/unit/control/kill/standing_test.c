/* standing_test.c - a stop that nobody has taken yet outlives the control that was told it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/kill/standing.h"
#include "drivers/machine/log.h"

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;
static struct standing standing;
static struct config_error error;
static char directory[64];
static uint64_t now_ns;

static void control_starts(void)
{
	assert_true(plane_open(&plane, &site, &error));
	if (!standing_open(&standing, &plane, directory, &error))
		fail_msg("%s", error.text);
}

static void control_ends(void)
{
	standing_close(&standing);
	plane_close(&plane);
}

static int begin(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/dev/shm/sluice-standing-XXXXXX");
	assert_non_null(mkdtemp(directory));
	now_ns = 1;
	control_starts();
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[128];
	control_ends();
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

/* Turns until what was begun is on the disk, or was refused by it. */
static void settle(void)
{
	standing_turn(&standing, &plane, now_ns);
	while (standing.file != NULL) {
		sched_yield();
		standing_turn(&standing, &plane, now_ns);
	}
}

static void stop(enum scope scope, uint32_t id, enum trading_state state)
{
	stop_set(&plane.own->stops, scope, id, state, 1000, 1001, "it \"runs\" away");
}

static enum trading_state stands_at(enum scope scope, uint32_t id)
{
	return stop_word_state(atomic_load(&plane.own->stops.words[stop_index(scope, id)]));
}

static void dataplane_comes(void)
{
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	assert_non_null(other);
	plane.region = other;
	plane.is_attached = true;
}

static void a_stop_that_no_dataplane_took_stands_at_the_next_control(void **state)
{
	(void)state;
	stop(SCOPE_ACCOUNT, 18, STATE_KILLED);
	stop(SCOPE_FIRM, 0, STATE_HALTED);
	stop(SCOPE_SYMBOL, 7, STATE_HALTED);
	stop(SCOPE_SYMBOL, 7, STATE_ACTIVE);
	settle();
	control_ends();
	control_starts();
	assert_int_equal(stands_at(SCOPE_ACCOUNT, 18), STATE_KILLED);
	assert_int_equal(stands_at(SCOPE_FIRM, 0), STATE_HALTED);
	assert_int_equal(stands_at(SCOPE_SYMBOL, 7), STATE_ACTIVE);
	const struct stop_change *first = &plane.own->stops.changes[0];
	assert_int_equal(first->uid, 1001);
	assert_string_equal(first->reason, "it \"runs\" away");
	/* And at the one after that. */
	settle();
	control_ends();
	control_starts();
	assert_int_equal(stands_at(SCOPE_ACCOUNT, 18), STATE_KILLED);
}

static void what_every_gate_has_seen_waits_no_more(void **state)
{
	(void)state;
	stop(SCOPE_ACCOUNT, 18, STATE_KILLED);
	stop(SCOPE_VENUE, 1, STATE_REDUCE_ONLY);
	settle();
	dataplane_comes();
	settle();
	atomic_store(&other->gate.stop_epoch_seen[STOP_BY_CONTROL], 1);
	assert_true(standing_is_waiting(&plane));
	settle();
	assert_int_equal(standing.count, 2);
	atomic_store(&other->gate.stop_epoch_seen[STOP_BY_CONTROL], 2);
	assert_false(standing_is_waiting(&plane));
	settle();
	assert_int_equal(standing.count, 0);
	control_ends();
	control_starts();
	assert_int_equal(stands_at(SCOPE_ACCOUNT, 18), STATE_ACTIVE);
	assert_int_equal(atomic_load(&plane.own->stops.epoch), 0);
}

static void nothing_is_written_for_stops_that_are_taken_at_once(void **state)
{
	(void)state;
	dataplane_comes();
	settle();
	stop(SCOPE_FIRM, 0, STATE_KILLED);
	atomic_store(&other->gate.stop_epoch_seen[STOP_BY_CONTROL], 1);
	settle();
	assert_int_not_equal(access(standing.path, F_OK), 0);
}

static void a_disk_that_refuses_is_asked_again_later(void **state)
{
	(void)state;
	char aside[sizeof standing.path + 8];
	snprintf(aside, sizeof aside, "%s.new", standing.path);
	char command[sizeof aside + 8];
	snprintf(command, sizeof command, "mkdir %s", aside);
	assert_int_equal(system(command), 0);
	stop(SCOPE_FIRM, 0, STATE_KILLED);
	settle();
	assert_true(standing.has_failed);
	rmdir(aside);
	settle();
	assert_int_not_equal(access(standing.path, F_OK), 0);
	now_ns += STANDING_AGAIN_NS;
	settle();
	assert_false(standing.has_failed);
	assert_int_equal(access(standing.path, F_OK), 0);
}

static void a_file_that_means_nothing_keeps_control_from_starting(void **state)
{
	(void)state;
	static const char *const wrong[] = {"[", "{}",
		"[{\"scope\": 99, \"id\": 1, \"state\": 4, \"uid\": 0, \"because\": \"x\"}]",
		"[{\"scope\": 0, \"id\": 5, \"state\": 4, \"uid\": 0, \"because\": \"x\"}]",
		"[{\"scope\": 0, \"id\": 0, \"state\": 4, \"uid\": 0, \"because\": \"x\"}, 7]",
		"[{\"scope\": 0, \"id\": 0, \"state\": 4, \"uid\": 0}]"};
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++) {
		FILE *file = fopen(standing.path, "w");
		assert_non_null(file);
		fputs(wrong[i], file);
		fclose(file);
		struct standing next;
		assert_false(standing_open(&next, &plane, directory, &error));
		assert_non_null(strstr(error.text, "stops.waiting.json: found \""));
		assert_non_null(strstr(error.text, "expected the stops that waited"));
		assert_int_equal(atomic_load(&plane.own->stops.epoch), 0);
	}
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_stop_that_no_dataplane_took_stands_at_the_next_control),
		ONE(what_every_gate_has_seen_waits_no_more),
		ONE(nothing_is_written_for_stops_that_are_taken_at_once),
		ONE(a_disk_that_refuses_is_asked_again_later),
		ONE(a_file_that_means_nothing_keeps_control_from_starting),
	};
	return !!cmocka_run_group_tests_name("unit.control.kill.standing", tests, NULL, NULL);
}
