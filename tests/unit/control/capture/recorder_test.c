/* recorder_test.c - from a dataplane's frames to files: begun, ended by word and by time, over a dataplane's
   death, and its facts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pcap/pcap.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/capture/recorder.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

static struct site_config site;
static struct recorder *recorder;
static struct dataplane_region *region;
static int region_fd;
static char directory[64];

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	snprintf(directory, sizeof directory, "/tmp/capture_test.XXXXXX");
	memset(&site, 0, sizeof site);
	assert_non_null(mkdtemp(directory));
	snprintf(site.capture_directory, sizeof site.capture_directory, "%s", directory);
	site.capture_file_bytes = 1 << 20;
	site.capture_file_count = 4;
	site.port_count = 1;
	snprintf(site.ports[0].name, NAME_BYTES, "feed-a");
	region = region_create_dataplane(&region_fd, &site, &error);
	assert_non_null(region);
	recorder = recorder_open(&site);
	assert_non_null(recorder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[PATH_BYTES + 16];
	if (recorder != NULL)
		recorder_close(recorder);
	region_leave(region);
	close(region_fd);
	snprintf(command, sizeof command, "rm -r '%s'", directory);
	return system(command) != 0;
}

static void put(struct dataplane_region *to, uint32_t count)
{
	static const uint8_t frame[60] = {1, 2, 3};
	struct frame_head head = {.now_ns = clock_now_ns(), .size_bytes = 60, .wire_bytes = 60};
	for (uint32_t i = 0; i < count; i++)
		frames_put(&to->frames[0], &head, frame);
}

/* A frame now and then, for as long as somebody is waited for: who is asleep is not run over, and one file holds them. */
static void put_slowly(struct dataplane_region *to)
{
	static uint64_t last_ns;
	uint64_t now_ns = clock_now_ns();
	sched_yield();
	if (now_ns - last_ns < 1000000)
		return;
	last_ns = now_ns;
	put(to, 1);
}

/* The thread has begun when a frame put after the start arrives. */
static struct recorder_facts start_and_see(uint64_t until_ns)
{
	struct recorder_facts facts;
	recorder_start(recorder, until_ns);
	do {
		put_slowly(region);
		recorder_look(recorder, &facts);
	} while (facts.frames == 0);
	return facts;
}

static uint64_t frames_in(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	uint64_t count = 0;
	pcap_t *file = pcap_open_offline(path, error);
	assert_non_null(file);
	while (pcap_next_ex(file, &head, &bytes) == 1) {
		int64_t apart_s =
			(int64_t)head->ts.tv_sec - (int64_t)(clock_wall_ns() / 1000000000u);
		assert_true(apart_s >= -60 && apart_s <= 1); /* wall time */
		count++;
	}
	pcap_close(file);
	return count;
}

static void what_comes_between_start_and_stop_is_in_the_file(void **state)
{
	(void)state;
	recorder_attach(recorder, region_fd);
	put(region, 5); /* before the start: not wanted */
	start_and_see(UINT64_MAX);
	assert_true(recorder_turn(recorder, clock_now_ns()));
	put(region, 1000);
	recorder_stop(recorder);
	assert_false(recorder_turn(recorder, clock_now_ns()));
	uint64_t all = atomic_load(&region->frames[0].sequence);
	struct recorder_facts facts;
	do {
		sched_yield();
		recorder_look(recorder, &facts);
	} while (facts.frames < 1000);
	assert_true(facts.frames <= all - 5);
	assert_false(facts.is_on);
	assert_int_equal(facts.lost, 0);
	assert_int_equal(facts.files, 1);
	assert_string_equal(facts.trouble, "");
	recorder_close(recorder);
	recorder = NULL;
	uint64_t in_file = frames_in(facts.path);
	assert_true(in_file >= facts.frames && in_file >= 1000 && in_file <= all - 5);
}

static void frames_of_every_feed_stage_are_in_the_file(void **state)
{
	(void)state;
	static const uint8_t frame[60] = {1};
	struct frame_head head = {.now_ns = clock_now_ns(), .size_bytes = 60, .wire_bytes = 60};
	struct recorder_facts facts;
	recorder_attach(recorder, region_fd);
	uint64_t before = start_and_see(UINT64_MAX).frames;
	for (uint32_t stage = 1; stage < FEED_STAGE_COUNT_MAX; stage++)
		for (uint32_t i = 0; i < 1000; i++)
			frames_put(&region->frames[stage], &head, frame);
	do {
		sched_yield();
		recorder_look(recorder, &facts);
	} while (facts.frames < before + 3000);
	assert_int_equal(facts.lost, 0);
}

static void it_ends_by_itself_when_its_time_is_over(void **state)
{
	(void)state;
	struct recorder_facts facts;
	recorder_attach(recorder, region_fd);
	start_and_see(5000);
	assert_true(recorder_turn(recorder, 4999));
	assert_false(recorder_turn(recorder, 5000));
	recorder_look(recorder, &facts);
	assert_false(facts.is_on);
}

static void it_goes_on_with_the_next_dataplane(void **state)
{
	(void)state;
	struct config_error error;
	int next_fd;
	recorder_attach(recorder, region_fd);
	uint64_t before = start_and_see(UINT64_MAX).frames;
	struct dataplane_region *next = region_create_dataplane(&next_fd, &site, &error);
	assert_non_null(next);
	recorder_attach(recorder, next_fd);
	struct recorder_facts facts;
	do {
		put_slowly(next);
		recorder_look(recorder, &facts);
	} while (facts.frames < before + 100);
	assert_true(facts.is_on);
	assert_int_equal(facts.files, 1);
	recorder_attach(recorder, -1);
	recorder_close(recorder);
	recorder = NULL;
	region_leave(next);
	close(next_fd);
}

static void files_that_cannot_be_written_end_it_and_are_told(void **state)
{
	(void)state;
	struct recorder_facts facts;
	snprintf(site.capture_directory, sizeof site.capture_directory, "/dev/null/x");
	recorder_attach(recorder, region_fd);
	recorder_start(recorder, UINT64_MAX);
	do {
		put_slowly(region);
		recorder_look(recorder, &facts);
	} while (facts.is_on);
	assert_non_null(strstr(facts.trouble, "/dev/null/x"));
	assert_false(recorder_turn(recorder, clock_now_ns()));
}

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(what_comes_between_start_and_stop_is_in_the_file),
		ONE(frames_of_every_feed_stage_are_in_the_file),
		ONE(it_ends_by_itself_when_its_time_is_over),
		ONE(it_goes_on_with_the_next_dataplane),
		ONE(files_that_cannot_be_written_end_it_and_are_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.capture.recorder", tests, NULL, NULL);
}
