/* reel_test.c - a ring of capture files: bounded in size and number, numbers that go on, nothing of others
   removed, and a disk that refuses told by name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/capture/reel.h"

static struct site_config site;
static struct reel *reel;
static uint8_t frame[PACKET_BYTES_MAX];

static int begin(void **state)
{
	(void)state;
	memset(&site, 0, sizeof site);
	char directory[] = "/tmp/reel_test.XXXXXX";
	assert_non_null(mkdtemp(directory));
	snprintf(site.capture_directory, sizeof site.capture_directory, "%s/capture", directory);
	site.capture_file_bytes = 65536;
	site.capture_file_count = 3;
	site.port_count = 2;
	snprintf(site.ports[0].name, NAME_BYTES, "feed-a");
	snprintf(site.ports[1].name, NAME_BYTES, "feed-b");
	reel = calloc(1, sizeof *reel);
	assert_non_null(reel);
	reel_begin(reel, &site);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[PATH_BYTES + 16];
	reel_end(reel);
	free(reel);
	*strrchr(site.capture_directory, '/') = '\0';
	snprintf(command, sizeof command, "rm -r '%s'", site.capture_directory);
	return system(command) != 0;
}

static bool put(uint32_t size_bytes, uint64_t time_ns)
{
	struct pcapng_packet packet = {.bytes = frame,
		.time_ns = time_ns,
		.size_bytes = size_bytes,
		.wire_bytes = size_bytes,
		.interface = (uint32_t)time_ns % 2};
	return reel_put(reel, &packet);
}

static void path_in(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", site.capture_directory, name);
}

/* frames_in reads a file of ours and returns how many frames it holds; -1: not there. */
static int frames_in(const char *name)
{
	char path[PATH_BYTES + 64], error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	struct stat file;
	int count = 0, more;
	path_in(path, sizeof path, name);
	if (stat(path, &file) != 0)
		return -1;
	assert_true((uint64_t)file.st_size <= site.capture_file_bytes);
	pcap_t *capture = pcap_open_offline(path, error);
	assert_non_null(capture);
	while ((more = pcap_next_ex(capture, &head, &bytes)) == 1)
		count++;
	assert_int_equal(more, PCAP_ERROR_BREAK);
	pcap_close(capture);
	return count;
}

static void files_are_bounded_and_the_oldest_goes(void **state)
{
	(void)state;
	int total = 0;
	for (uint64_t i = 0; i < 400; i++)
		assert_true(put(1000, i));
	assert_true(reel_end(reel));
	assert_int_equal(reel->frames, 400);
	assert_int_equal(reel->files, 7); /* 62 frames of 1,032 bytes fill a file */
	assert_int_equal(frames_in("capture-000004.pcapng"), -1);
	for (int i = 5; i <= 7; i++) {
		char name[40];
		snprintf(name, sizeof name, "capture-%06d.pcapng", i);
		assert_true(frames_in(name) > 0);
		total += frames_in(name);
	}
	assert_int_equal(frames_in("capture-000008.pcapng"), -1);
	assert_int_equal(total, 400 - 4 * 63);
}

static void numbers_go_on_and_other_files_are_left_alone(void **state)
{
	(void)state;
	char path[PATH_BYTES + 64];
	static const char *const others[] = {"capture-1.pcap", "capture-.pcapng",
		"capture-5x.pcapng", "notes", "capture-99999999999999999999.pcapng"};
	mkdir(site.capture_directory, 0755);
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		path_in(path, sizeof path, others[i]);
		fclose(fopen(path, "w"));
	}
	path_in(path, sizeof path, "capture-000041.pcapng");
	fclose(fopen(path, "w"));
	assert_true(put(60, 1) && reel_end(reel));
	assert_int_equal(frames_in("capture-000042.pcapng"), 1);
	reel_begin(reel, &site);
	assert_true(put(60, 1) && put(60, 2) && reel_end(reel));
	assert_int_equal(frames_in("capture-000043.pcapng"), 2);
	reel_begin(reel, &site);
	assert_true(put(60, 1) && reel_end(reel));
	path_in(path, sizeof path, "capture-000041.pcapng");
	assert_int_not_equal(access(path, F_OK), 0);
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		path_in(path, sizeof path, others[i]);
		assert_int_equal(access(path, F_OK), 0);
	}
}

static void a_directory_that_cannot_be_is_told_by_name(void **state)
{
	(void)state;
	fclose(fopen(site.capture_directory, "w")); /* a file stands where it should be */
	assert_false(put(60, 1));
	assert_non_null(strstr(reel->trouble, site.capture_directory));
	assert_non_null(strstr(reel->trouble, "expected"));
	assert_int_equal(reel->frames, 0);
	assert_int_equal(unlink(site.capture_directory), 0);
}

static void a_full_disk_ends_it_with_a_sentence(void **state)
{
	(void)state;
	assert_true(put(60, 1));
	close(reel->file);
	reel->file = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(put(60, 2));
	assert_false(reel_flush(reel));
	assert_non_null(strstr(reel->trouble, "No space left"));
	assert_true(reel_flush(reel)); /* what failed is not written twice */
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(files_are_bounded_and_the_oldest_goes),
		ONE(numbers_go_on_and_other_files_are_left_alone),
		ONE(a_directory_that_cannot_be_is_told_by_name),
		ONE(a_full_disk_ends_it_with_a_sentence),
	};
	return !!cmocka_run_group_tests_name("unit.control.capture.reel", tests, NULL, NULL);
}
