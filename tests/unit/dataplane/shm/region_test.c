/* region_test.c - shared memory that nobody but its maker can write. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/shm/market.h"
#include "drivers/machine/clock.h"

static struct site_config site;

static void a_joined_region_shows_what_its_maker_writes(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd;
	site.hash[0] = 7;
	struct control_region *mine = region_create_control(&fd, &site, &error);
	assert_non_null(mine);
	const struct control_region *theirs = region_join(fd, REGION_MAGIC_CONTROL, &error);
	assert_non_null(theirs);
	assert_ptr_not_equal(mine, theirs);
	atomic_store(&mine->heartbeat, 5);
	mine->banks[1].rows[LIMIT_ROW_COUNT_MAX - 1].id = 9;
	assert_int_equal(atomic_load(&theirs->heartbeat), 5);
	assert_int_equal(theirs->banks[1].rows[LIMIT_ROW_COUNT_MAX - 1].id, 9);
	assert_int_equal(theirs->header.pid, getpid());
	assert_int_equal(theirs->header.config_hash[0], 7);
	assert_true(theirs->header.instance > 1500000000ull * 1000000000ull);
	region_leave(theirs);
	region_leave(mine);
	close(fd);
}

static void two_regions_of_one_process_are_told_apart(void **state)
{
	(void)state;
	struct config_error error = {""};
	int first_fd, second_fd;
	struct dataplane_region *first = region_create_dataplane(&first_fd, &site, &error);
	struct dataplane_region *second = region_create_dataplane(&second_fd, &site, &error);
	assert_true(second->header.instance > first->header.instance);
	region_leave(first);
	region_leave(second);
	close(first_fd);
	close(second_fd);
}

static void the_market_is_a_region_of_its_own_and_read_only_too(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd, other_fd;
	struct market_region *mine = market_create(&fd, &site, &error);
	struct dataplane_region *other = region_create_dataplane(&other_fd, &site, &error);
	const struct market_region *theirs = market_join(fd, &error);
	assert_non_null(theirs);
	struct top_prices prices = {.bid_e4 = 1630000, .bid_qty = 100};
	top_publish(&mine->tops[SYMBOL_COUNT_MAX - 1], &prices);
	prices = (struct top_prices){0};
	assert_true(top_read(&theirs->tops[SYMBOL_COUNT_MAX - 1], &prices));
	assert_int_equal(prices.bid_e4, 1630000);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(mprotect((void *)(uintptr_t)theirs, 4096, PROT_READ | PROT_WRITE), -1);
	assert_null(region_join(fd, REGION_MAGIC_DATAPLANE, &error));
	assert_null(market_join(other_fd, &error));
	region_leave(theirs);
	region_leave(mine);
	region_leave(other);
	close(fd);
	close(other_fd);
}

static void nobody_else_can_map_it_writable_or_cut_it(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd;
	struct dataplane_region *mine = region_create_dataplane(&fd, &site, &error);
	size_t size = sizeof *mine;
	assert_ptr_equal(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EPERM);
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR);
	if (again >= 0) {
		assert_ptr_equal(mmap(NULL, size, PROT_WRITE, MAP_SHARED, again, 0), MAP_FAILED);
		assert_int_equal(pwrite(again, "x", 1, 0), -1);
		close(again);
	}
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 4096), -1);
	assert_int_equal(ftruncate(fd, (off_t)size * 2), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	const void *theirs = region_join(fd, REGION_MAGIC_DATAPLANE, &error);
	assert_int_equal(mprotect((void *)(uintptr_t)theirs, 4096, PROT_READ | PROT_WRITE), -1);
	region_leave(theirs);
	region_leave(mine);
	close(fd);
}

static size_t pages_there(const void *from, size_t size)
{
	static unsigned char there[sizeof(struct control_region) / 4096 + 2];
	uintptr_t begin = (uintptr_t)from / 4096 * 4096,
		  end = ((uintptr_t)from + size + 4095) / 4096 * 4096;
	size_t sum = 0;
	assert_int_equal(mincore((void *)begin, end - begin, there), 0);
	for (size_t i = 0; i < (end - begin) / 4096; i++)
		sum += there[i] & 1;
	return sum;
}

/* Not instrumented: the thread sanitizer notes each read, and faults for its notes. */
__attribute__((no_sanitize("thread"))) static uint64_t rows_read(
	const struct control_region *region)
{
	uint64_t sum = 0;
	for (int i = 0; i < LIMIT_BANK_COUNT; i++)
		for (uint32_t row = 0; row < site_limit_rows(&site); row++)
			sum += region->banks[i].rows[row].stated + region->banks[i].epoch;
	return sum;
}

/* A limits file may have 16,384 rows, a small site a few: of either bank those are there before the gate looks. */
static void of_controls_banks_the_rows_that_a_site_may_state_are_there(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd;
	struct control_region *mine = region_create_control(&fd, &site, &error);
	const size_t used = site_limit_rows(&site) * sizeof mine->banks[0].rows[0];
	for (int i = 0; i < LIMIT_BANK_COUNT; i++) {
		size_t first = (uintptr_t)mine->banks[i].rows % 4096;
		assert_int_equal(
			pages_there(mine->banks[i].rows, used), (first + used + 4095) / 4096);
		assert_int_equal(pages_there(mine->banks[i].cuts, 4096 * 8), 1);
	}
	const size_t fixed = offsetof(struct control_region, banks);
	assert_true(pages_there(mine, sizeof *mine) <=
		    (fixed + LIMIT_BANK_COUNT * used) / 4096 + 4 * LIMIT_BANK_COUNT);
	const struct control_region *theirs = region_join(fd, REGION_MAGIC_CONTROL, &error);
	size_t before = pages_there(mine, sizeof *mine);
	region_read_control(theirs, &site);
	assert_int_equal(pages_there(mine, sizeof *mine), before);
	/* What the gate reads then, it reads without a fault. */
	struct rusage then, now;
	getrusage(RUSAGE_THREAD, &then);
	uint64_t sum = rows_read(theirs);
	getrusage(RUSAGE_THREAD, &now);
	assert_int_equal(sum, 0);
	assert_int_equal(now.ru_minflt, then.ru_minflt);
	region_leave(theirs);
	region_leave(mine);
	close(fd);
}

static void of_frames_those_of_feed_stages_that_there_are_are_there(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd;
	struct dataplane_region *mine = region_create_dataplane(&fd, &site, &error);
	const size_t there = offsetof(struct dataplane_region, frames) + sizeof mine->frames[0];
	assert_int_equal(pages_there(mine, there), (there + 4095) / 4096);
	assert_true(pages_there(&mine->frames[1], sizeof mine->frames[1]) <= 1);
	region_leave(mine);
	close(fd);
}

static void a_write_to_a_joined_region_ends_the_writer(void **state)
{
	(void)state;
	struct config_error error = {""};
	int fd, status;
	struct control_region *mine = region_create_control(&fd, &site, &error);
	const struct control_region *theirs = region_join(fd, REGION_MAGIC_CONTROL, &error);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile uint64_t *)(uintptr_t)&theirs->header.instance = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* An address sanitizer takes the signal and ends the process with its report instead. */
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != 0);
	region_leave(theirs);
	region_leave(mine);
	close(fd);
}

/* A memfd with the header of a dataplane region, changed by the caller before it is sealed. */
static int forge(size_t size, const struct region_header *header, int seals)
{
	int fd = memfd_create("forged", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (header)
		assert_int_equal(pwrite(fd, header, sizeof *header, 0), sizeof *header);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void assert_refused(int fd, const char *words)
{
	struct config_error error = {""};
	assert_null(region_join(fd, REGION_MAGIC_DATAPLANE, &error));
	if (!strstr(error.text, words))
		fail_msg("found \"%s\", expected it to say \"%s\"", error.text, words);
	assert_non_null(strstr(error.text, "expected"));
	close(fd);
}

static void a_region_of_another_kind_version_layout_or_size_is_refused(void **state)
{
	(void)state;
	const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	const size_t size = sizeof(struct dataplane_region);
	const struct region_header right = {.magic = REGION_MAGIC_DATAPLANE,
		.version = REGION_VERSION,
		.layout_hash = region_layout_hash(),
		.size_bytes = size};
	struct config_error error = {""};
	int fd = forge(size, &right, seals);
	const void *joined = region_join(fd, REGION_MAGIC_DATAPLANE, &error);
	assert_non_null(joined);
	region_leave(joined);
	close(fd);

	struct region_header wrong = right;
	wrong.magic = REGION_MAGIC_CONTROL;
	assert_refused(forge(size, &wrong, seals), "magic");
	wrong = right;
	wrong.version++;
	assert_refused(forge(size, &wrong, seals), "version");
	wrong = right;
	wrong.layout_hash ^= 1;
	assert_refused(forge(size, &wrong, seals), "layout");
	wrong = right;
	wrong.size_bytes++;
	assert_refused(forge(size, &wrong, seals), "size");
	assert_refused(forge(size - 1, &right, seals), "bytes");
	assert_refused(forge(size + 1, &right, seals), "bytes");
	assert_refused(forge(8, NULL, seals), "nothing");
	assert_refused(forge(size, &right, F_SEAL_FUTURE_WRITE | F_SEAL_GROW), "seals");
	assert_refused(forge(size, &right, F_SEAL_GROW | F_SEAL_SHRINK), "seals");
	assert_refused(open("/dev/null", O_RDWR), "seals");
}

static void descriptors_travel_with_a_message(void **state)
{
	(void)state;
	struct config_error error = {""};
	int pair[2], fd, previous_fd, got[4];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	struct control_region *region = region_create_control(&fd, &site, &error);
	struct dataplane_region *previous = region_create_dataplane(&previous_fd, &site, &error);
	struct attach_message in, out = {.magic = REGION_MAGIC_CONTROL, .pid = 5};
	assert_int_equal(attach_receive(pair[1], &in, got, 4), -1);
	assert_int_equal(errno, EAGAIN);
	assert_true(attach_send(pair[0], &out, (int[]){fd, previous_fd}, 2));
	assert_int_equal(attach_receive(pair[1], &in, got, 4), 2);
	assert_int_equal(in.pid, 5);
	assert_int_equal(in.fd_count, 2);
	const struct control_region *joined = region_join(got[0], REGION_MAGIC_CONTROL, &error);
	assert_int_equal(joined->header.instance, region->header.instance);
	region_leave(joined);
	close(got[0]);
	close(got[1]);
	assert_true(attach_send(pair[0], &out, NULL, 0));
	assert_int_equal(attach_receive(pair[1], &in, got, 4), 0);
	region_leave(region);
	region_leave(previous);
	close(fd);
	close(previous_fd);
	close(pair[0]);
	assert_int_equal(attach_receive(pair[1], &in, got, 4), -1);
	assert_int_equal(errno, ECONNRESET);
	close(pair[1]);
}

static void a_message_that_is_not_whole_leaks_no_descriptor(void **state)
{
	(void)state;
	int pair[2], got[1];
	struct attach_message message = {.magic = REGION_MAGIC_CONTROL};
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	int before = dup(0);
	close(before);
	assert_int_equal(send(pair[0], &message, 10, 0), 10);
	assert_int_equal(attach_receive(pair[1], &message, got, 1), -1);
	assert_int_equal(errno, EBADMSG);
	/* two descriptors for a receiver that wants one: refused, both closed */
	assert_true(attach_send(pair[0], &message, (int[]){0, 1}, 2));
	assert_int_equal(attach_receive(pair[1], &message, got, 1), -1);
	int after = dup(0);
	assert_int_equal(after, before);
	close(after);
	close(pair[0]);
	close(pair[1]);
}

static void connecting_to_nobody_says_so(void **state)
{
	(void)state;
	struct config_error error = {""};
	char path[300];
	assert_int_equal(attach_connect("/tmp/there-is-no-such-run-directory", &error), -1);
	assert_non_null(strstr(error.text, "expected a running sluice-dataplane"));
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(attach_connect(path, &error), -1);
	assert_non_null(strstr(error.text, "File name too long"));
}

static struct limits_page page;
static _Atomic bool has_begun;

/* A trial ends at a gate that loses its core over the page. */
static void *write_slowly(void *context)
{
	atomic_fetch_add(&page.lock, 1);
	page.ended.epoch = 2;
	atomic_store(&has_begun, true);
	/* Far less than its reader waits, however little of a core there is. */
	const uint64_t until_ns = clock_now_ns() + 5000000;
	while (clock_now_ns() < until_ns)
		sched_yield();
	page.now.epoch = 1;
	atomic_fetch_add(&page.lock, 1);
	return context;
}

static void a_page_is_taken_whole_though_its_gate_loses_its_core_over_it(void **state)
{
	(void)state;
	struct limits_page copy;
	pthread_t thread;
	page.now.epoch = 2;
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, NULL), 0);
	while (!atomic_load(&has_begun))
		sched_yield();
	limits_page_take(&page, &copy);
	pthread_join(thread, NULL);
	assert_int_equal(copy.ended.epoch, 2);
	assert_int_equal(copy.now.epoch, 1);
}

/* Who died over it does not come back. */
static void a_page_that_a_gate_died_over_is_taken_as_it_is(void **state)
{
	(void)state;
	struct limits_page copy;
	atomic_fetch_add(&page.lock, 1);
	page.now.epoch = 7;
	limits_page_take(&page, &copy);
	assert_int_equal(copy.now.epoch, 7);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_joined_region_shows_what_its_maker_writes),
		cmocka_unit_test(two_regions_of_one_process_are_told_apart),
		cmocka_unit_test(the_market_is_a_region_of_its_own_and_read_only_too),
		cmocka_unit_test(nobody_else_can_map_it_writable_or_cut_it),
		cmocka_unit_test(of_controls_banks_the_rows_that_a_site_may_state_are_there),
		cmocka_unit_test(of_frames_those_of_feed_stages_that_there_are_are_there),
		cmocka_unit_test(a_write_to_a_joined_region_ends_the_writer),
		cmocka_unit_test(a_region_of_another_kind_version_layout_or_size_is_refused),
		cmocka_unit_test(descriptors_travel_with_a_message),
		cmocka_unit_test(a_message_that_is_not_whole_leaks_no_descriptor),
		cmocka_unit_test(connecting_to_nobody_says_so),
		cmocka_unit_test(a_page_is_taken_whole_though_its_gate_loses_its_core_over_it),
		cmocka_unit_test(a_page_that_a_gate_died_over_is_taken_as_it_is),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.region", tests, NULL, NULL);
}
