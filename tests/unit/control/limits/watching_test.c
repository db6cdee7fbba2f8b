/* watching_test.c - a limit that fills is told once at each mark. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/rejects.h"
#include "control/limits/watching.h"

static void marks_are_exact(void **state)
{
	(void)state;
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 49, .limit = 100}), 0);
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 50, .limit = 100}), 50);
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 79, .limit = 100}), 50);
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 80, .limit = 100}), 80);
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 99, .limit = 100}), 80);
	assert_int_equal(watching_percent(&(struct usage_row){.usage = 100, .limit = 100}), 100);
	assert_int_equal(
		watching_percent(&(struct usage_row){.usage = INT64_MAX, .limit = INT64_MAX}), 100);
}

/* A lane's limit has the lane's name, another its key's. */
static void every_limit_has_a_name(void **state)
{
	char name[WATCHING_NAME_BYTES];
	struct usage_row row = {.lane = LANE_COLLAR_WINDOW, .key = LIMIT_collar_window};
	(void)state;
	watching_name(&row, name);
	assert_string_equal(name, "COLLAR_WINDOW");
	row = (struct usage_row){.lane = LANE_NONE, .key = LIMIT_max_close_age};
	watching_name(&row, name);
	assert_string_equal(name, "MAX_CLOSE_AGE");
	row.key = LIMIT_COUNT;
	watching_name(&row, name);
	assert_string_equal(name, "NONE");
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		assert_true(strlen(limit_keys[i].key) < sizeof name);
}

static void events_are_written_once_and_losses_are_counted(void **state)
{
	char directory[] = "/tmp/sluice-watching-XXXXXX", path[64], text[16384];
	struct site_config site = {0};
	struct config_error error;
	struct plane plane = {.site = &site};
	struct watching watching = {0};
	int fd;
	(void)state;
	assert_non_null(mkdtemp(directory));
	struct audit *audit = audit_open(directory, &error);
	struct dataplane_region *region = region_create_dataplane(&fd, &site, &error);
	assert_non_null(audit);
	assert_non_null(region);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), 0);
	plane.region = region;
	region->gate.usage[0] = (struct usage_row){.scope = SCOPE_ACCOUNT,
		.lane = LANE_POSITION_LONG,
		.key = LIMIT_max_long_position,
		.id = 17,
		.symbol = 9,
		.usage = 80,
		.limit = 100};
	atomic_store(&region->gate.usage_count, 1);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), 1);
	assert_int_equal(watching_turn(&watching, &plane, audit, 2), 0);
	atomic_store(&region->gate.usage_count, USAGE_EVENT_COUNT + 3);
	assert_int_equal(watching_turn(&watching, &plane, audit, 3), USAGE_EVENT_COUNT);
	region->gate.trips[0] = (struct latch_row){.scope = SCOPE_ACCOUNT,
		.state = STATE_REDUCE_ONLY,
		.writer = STOP_BY_GATE,
		.id = 17,
		.latch = 4,
		.reason = "loss 101.00 above 100.00"};
	atomic_store(&region->gate.trip_count, 1);
	assert_int_equal(watching_turn(&watching, &plane, audit, 4), 1);
	assert_int_equal(watching_turn(&watching, &plane, audit, 5), 0);
	atomic_store(&region->gate.trip_count, TRIP_EVENT_COUNT + 2);
	assert_int_equal(watching_turn(&watching, &plane, audit, 6), TRIP_EVENT_COUNT);
	audit_close(audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	assert_non_null(strstr(text, "POSITION_LONG"));
	assert_non_null(strstr(text, "max_long_position"));
	assert_non_null(strstr(text, "\"percent\":80"));
	assert_non_null(strstr(text, "\"lost_before\":2"));
	assert_non_null(strstr(text, "\"event\":\"trip\""));
	assert_non_null(strstr(text, "\"because\":\"loss 101.00 above 100.00\""));
	assert_non_null(strstr(text, "\"lost_before\":1"));
	unlink(path);
	rmdir(directory);
	region_leave(region);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_exact),
		cmocka_unit_test(every_limit_has_a_name),
		cmocka_unit_test(events_are_written_once_and_losses_are_counted),
	};
	return !!cmocka_run_group_tests_name("unit.control.limits.watching", tests, NULL, NULL);
}
