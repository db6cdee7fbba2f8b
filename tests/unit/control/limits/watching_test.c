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
	static struct site_config named;
	char name[WATCHING_NAME_BYTES];
	struct usage_row row = {.lane = LANE_COLLAR_WINDOW, .key = LIMIT_collar_window};
	(void)state;
	watching_name(&named, &row, name);
	assert_string_equal(name, "COLLAR_WINDOW");
	row = (struct usage_row){.lane = LANE_NONE, .key = LIMIT_max_close_age};
	watching_name(&named, &row, name);
	assert_string_equal(name, "MAX_CLOSE_AGE");
	row.key = LIMIT_COUNT;
	watching_name(&named, &row, name);
	assert_string_equal(name, "RATE_AGE");
	named.currency_count = 2;
	snprintf(named.currencies[1].name, sizeof named.currencies[1].name, "EUR");
	row.id = 1;
	watching_name(&named, &row, name);
	assert_string_equal(name, "RATE_AGE EUR");
	row = (struct usage_row){.lane = LANE_PARENT, .key = LIMIT_COUNT, .parent = UINT32_MAX};
	watching_name(&named, &row, name);
	assert_string_equal(name, "PARENT 4294967295");
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		assert_true(strlen(limit_keys[i].key) < sizeof name);
}

static void a_forecast_is_told_in_hours_minutes_and_seconds(void **state)
{
	static const struct {
		uint64_t forecast_ns;
		const char *text;
	} cases[] = {{0, "now"}, {1, "in 0:00:00"}, {59999999999, "in 0:00:59"},
		{3725000000000, "in 1:02:05"}, {UINT64_MAX - 1, "in 5124095:34:33"},
		{UINT64_MAX, "not at this pace"}};
	struct usage_row row = {.forecast_ns = 5};
	char text[WATCHING_FORECAST_BYTES];
	(void)state;
	watching_forecast(&row, text);
	assert_string_equal(text, "-");
	row.flags = USAGE_HAS_FORECAST;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		row.forecast_ns = cases[i].forecast_ns;
		watching_forecast(&row, text);
		assert_string_equal(text, cases[i].text);
	}
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
	assert_non_null(strstr(text, "\"used\":80,\"of\":100,\"unit\":\"shares\",\"percent\":80"));
	assert_non_null(strstr(text, "\"lost_before\":2"));
	assert_non_null(strstr(text, "\"event\":\"trip\""));
	assert_non_null(strstr(text, "\"because\":\"loss 101.00 above 100.00\""));
	assert_non_null(strstr(text, "\"lost_before\":1"));
	unlink(path);
	rmdir(directory);
	region_leave(region);
	close(fd);
}

/* Numbers stand in the audit as the gate counts them: who reads one must know what of. */
static void every_number_has_its_unit(void **state)
{
	static const struct {
		struct usage_row row;
		const char *unit;
	} rows[] = {
		{{.key = LIMIT_credit, .lane = LANE_CREDIT}, "1e-4 USD"},
		{{.key = LIMIT_max_bbo_age, .lane = LANE_NONE}, "ns"},
		{{.key = LIMIT_order_rate, .lane = LANE_NONE}, "orders"},
		{{.key = LIMIT_collar, .lane = LANE_PRICE_COLLAR}, "bps"},
		{{.key = LIMIT_COUNT, .lane = LANE_CLOCK_IN_DOUBT}, "ns"},
		{{.key = LIMIT_COUNT, .lane = LANE_PARENT}, "shares"},
		{{.key = LIMIT_COUNT, .lane = LANE_JOURNAL_BEHIND}, "records"},
	};
	(void)state;
	char text[WATCHING_UNIT_BYTES];
	static struct site_config site = {.currency_count = 1, .currencies = {{.name = "USD"}}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(watching_unit(&site, &rows[i].row, text), rows[i].unit);
}

/* What the ring lost is counted apart, and another dataplane's events are added.  What was told before control began is none of
   its. */
static void each_mark_is_counted_by_its_limit(void **state)
{
	char directory[] = "/tmp/sluice-watching-XXXXXX", path[64];
	struct site_config site = {0};
	struct config_error error;
	struct plane plane = {.site = &site};
	static struct watching watching;
	const struct usage_marks *marks = &watching.marks[0];
	int fd;
	(void)state;
	assert_non_null(mkdtemp(directory));
	struct audit *audit = audit_open(directory, &error);
	struct dataplane_region *region = region_create_dataplane(&fd, &site, &error);
	assert_non_null(audit);
	assert_non_null(region);
	plane.region = region;
	region->gate.usage[0] = (struct usage_row){
		.lane = LANE_CREDIT, .key = LIMIT_credit, .usage = 80, .limit = 100};
	atomic_store(&region->gate.usage_count, USAGE_EVENT_COUNT + 9);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), USAGE_EVENT_COUNT);
	assert_int_equal(marks->told[LANE_CREDIT][1], 0);
	assert_int_equal(marks->lost, 0);
	region->gate.usage[(USAGE_EVENT_COUNT + 9) % USAGE_EVENT_COUNT] = region->gate.usage[0];
	atomic_store(&region->gate.usage_count, USAGE_EVENT_COUNT + 10);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), 1);
	assert_int_equal(marks->told[LANE_CREDIT][1], 1);
	region->header.instance++;
	region->gate.usage[0].usage = 100;
	region->gate.usage[1] = (struct usage_row){
		.lane = LANE_NONE, .key = LIMIT_max_bbo_age, .usage = 50, .limit = 100};
	region->gate.usage[2] = (struct usage_row){
		.lane = LANE_NONE, .key = LIMIT_COUNT, .usage = 79, .limit = 100};
	region->gate.usage[3] = (struct usage_row){.lane = LANE_CREDIT, .usage = 49, .limit = 100};
	atomic_store(&region->gate.usage_count, 4);
	assert_int_equal(watching_turn(&watching, &plane, audit, 2), 4);
	assert_int_equal(marks->told[LANE_CREDIT][0], 0);
	assert_int_equal(marks->told[LANE_CREDIT][1], 1);
	assert_int_equal(marks->told[LANE_CREDIT][2], 1);
	assert_int_equal(marks->told[LANE_COUNT + LIMIT_max_bbo_age][0], 1);
	assert_int_equal(marks->told[LANE_COUNT + LIMIT_COUNT][0], 1);
	assert_int_equal(marks->lost, 0);
	atomic_store(&region->gate.usage_count, 4 + USAGE_EVENT_COUNT + 3);
	assert_int_equal(watching_turn(&watching, &plane, audit, 3), USAGE_EVENT_COUNT);
	assert_int_equal(marks->lost, 3);
	audit_close(audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	unlink(path);
	rmdir(directory);
	region_leave(region);
	close(fd);
}

/* Takes the trips out of what was written: their latches, and how many were lost before each. */
static unsigned trips_written(const char *path, unsigned *latches, unsigned *lost, unsigned max)
{
	char line[1024];
	unsigned count = 0;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		json_t *object = json_loads(line, 0, NULL);
		assert_non_null(object);
		const char *event = json_string_value(json_object_get(object, "event"));
		if (event != NULL && strcmp(event, "trip") == 0 && count < max) {
			latches[count] =
				(unsigned)json_integer_value(json_object_get(object, "latch"));
			lost[count++] = (unsigned)json_integer_value(
				json_object_get(object, "lost_before"));
		}
		json_decref(object);
	}
	fclose(file);
	return count;
}

/* A trip is written behind a flood that leaves out the rest, in order, and of the next dataplane from its first. */
static void no_trip_is_left_out_but_those_that_the_ring_lost(void **state)
{
	char directory[] = "/tmp/sluice-watching-XXXXXX", path[64];
	struct site_config site = {0};
	struct config_error error;
	struct plane plane = {.site = &site};
	struct watching watching = {0};
	unsigned latches[64], lost[64], last = TRIP_EVENT_COUNT + 2;
	int fd;
	(void)state;
	assert_non_null(mkdtemp(directory));
	struct audit *audit = audit_open(directory, &error);
	struct dataplane_region *region = region_create_dataplane(&fd, &site, &error);
	assert_non_null(audit);
	assert_non_null(region);
	plane.region = region;
	for (unsigned i = 1; i * USAGE_EVENT_COUNT < 2 * AUDIT_MINOR_RATE_PER_S; i++) {
		atomic_store(&region->gate.usage_count, i * USAGE_EVENT_COUNT);
		assert_int_equal(watching_turn(&watching, &plane, audit, 1), USAGE_EVENT_COUNT);
	}
	for (unsigned n = 0; n < last; n++)
		region->gate.trips[n % TRIP_EVENT_COUNT] = (struct latch_row){.latch = n};
	atomic_store(&region->gate.trip_count, last);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), TRIP_EVENT_COUNT);
	region->header.instance++;
	region->gate.trips[0] = (struct latch_row){.latch = 900};
	atomic_store(&region->gate.trip_count, 1);
	atomic_store(&region->gate.usage_count, 2);
	assert_int_equal(watching_turn(&watching, &plane, audit, 1), 3);
	audit_close(audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	assert_int_equal(
		trips_written(path, latches, lost, ARRAY_COUNT(latches)), TRIP_EVENT_COUNT + 1);
	for (unsigned i = 0; i < TRIP_EVENT_COUNT; i++) {
		assert_int_equal(latches[i], i + 2);
		assert_int_equal(lost[i], i == 0 ? 2 : 0);
	}
	assert_int_equal(latches[TRIP_EVENT_COUNT], 900);
	assert_int_equal(lost[TRIP_EVENT_COUNT], 0);
	unlink(path);
	rmdir(directory);
	region_leave(region);
	close(fd);
}

/* lines_with counts the lines of a file that have both words. */
static unsigned lines_with(const char *path, const char *word, const char *other)
{
	char line[1024];
	unsigned count = 0;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		count += strstr(line, word) != NULL && strstr(line, other) != NULL;
	fclose(file);
	return count;
}

/* Control that starts anew finds what the gate told the one before it: neither lost nor news. */
static void what_was_told_before_control_began_is_marked_and_nothing_of_it_is_lost(void **state)
{
	char directory[] = "/tmp/sluice-watching-XXXXXX", path[64];
	struct site_config site = {0};
	struct config_error error;
	struct plane plane = {.site = &site};
	struct watching first = {0}, second = {0};
	int fd;
	(void)state;
	assert_non_null(mkdtemp(directory));
	struct audit *audit = audit_open(directory, &error);
	struct dataplane_region *region = region_create_dataplane(&fd, &site, &error);
	assert_non_null(audit);
	assert_non_null(region);
	plane.region = region;
	assert_int_equal(watching_turn(&first, &plane, audit, 1), 0);
	for (unsigned i = 0; i < USAGE_EVENT_COUNT; i++)
		region->gate.usage[i] = (struct usage_row){
			.lane = LANE_CREDIT, .key = LIMIT_credit, .usage = 80, .limit = 100};
	region->gate.trips[0] =
		(struct latch_row){.latch = 4, .since_wall_ns = 1700000000ull * 1000000000};
	atomic_store(&region->gate.usage_count, 1);
	atomic_store(&region->gate.trip_count, 1);
	assert_int_equal(watching_turn(&first, &plane, audit, 2), 2);
	atomic_store(&region->gate.usage_count, USAGE_EVENT_COUNT + 3);
	atomic_store(&region->gate.trip_count, TRIP_EVENT_COUNT + 3);
	assert_int_equal(
		watching_turn(&first, &plane, audit, 3), USAGE_EVENT_COUNT + TRIP_EVENT_COUNT);
	assert_int_equal(
		watching_turn(&second, &plane, audit, 4), USAGE_EVENT_COUNT + TRIP_EVENT_COUNT);
	atomic_store(&region->gate.usage_count, USAGE_EVENT_COUNT + 4);
	atomic_store(&region->gate.trip_count, TRIP_EVENT_COUNT + 4);
	assert_int_equal(watching_turn(&second, &plane, audit, 5), 2);
	audit_close(audit);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	assert_int_equal(lines_with(path, "\"event\"", "\"before_control\":true"),
		USAGE_EVENT_COUNT + TRIP_EVENT_COUNT);
	/* What the first control itself was too slow for is lost, and of that the second knows nothing. */
	assert_int_equal(lines_with(path, "\"usage\"", "\"lost_before\""), 1);
	assert_int_equal(lines_with(path, "\"trip\"", "\"lost_before\""), 1);
	assert_int_equal(lines_with(path, "\"before_control\"", "\"lost_before\""), 0);
	/* A trip that is told again is told with the time at which it was. */
	assert_in_range(lines_with(path, "\"trip\"", "\"since\":\"2023-11-14T22:13:20"), 1, 3);
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
		cmocka_unit_test(every_number_has_its_unit),
		cmocka_unit_test(a_forecast_is_told_in_hours_minutes_and_seconds),
		cmocka_unit_test(events_are_written_once_and_losses_are_counted),
		cmocka_unit_test(
			what_was_told_before_control_began_is_marked_and_nothing_of_it_is_lost),
		cmocka_unit_test(each_mark_is_counted_by_its_limit),
		cmocka_unit_test(no_trip_is_left_out_but_those_that_the_ring_lost),
	};
	return !!cmocka_run_group_tests_name("unit.control.limits.watching", tests, NULL, NULL);
}
