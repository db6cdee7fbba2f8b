/* Memory is zeroed, aligned, counted, and ends at the seal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASIDE_TAKES = 601, ASIDE_BYTES = 10 * 1024 * 1024 };

static const size_t sizes[] = {1, 127, 4095, 4096, 4097, 2 * 1024 * 1024 - 1, 2 * 1024 * 1024,
	2 * 1024 * 1024 + 1, 5 * 1024 * 1024};

static void every_byte_is_zero_and_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		uint8_t *p = memory_take("test", sizes[i]);
		assert_int_equal((uintptr_t)p % SHARED_ALIGN_BYTES, 0);
		for (size_t at = 0; at < sizes[i]; at++)
			if (p[at] != 0)
				fail_msg("byte %zu of %zu is %u", at, sizes[i], p[at]);
		memset(p, 0xff, sizes[i]);
		memory_return(p, sizes[i]);
	}
}

static void every_page_is_present_before_the_first_touch(void **state)
{
	(void)state;
	size_t size = 3 * 1024 * 1024;
	uint8_t *p = memory_take("test", size);
	unsigned char present[3 * 1024 * 1024 / 4096];
	assert_int_equal(mincore(p, size, present), 0);
	for (size_t i = 0; i < ARRAY_COUNT(present); i++)
		assert_true(present[i] & 1);
	memory_return(p, size);
}

static size_t pages_there(const uint8_t *from, size_t page_count)
{
	unsigned char there[4 * 1024 * 1024 / 4096];
	size_t sum = 0;
	assert_true(page_count <= sizeof there);
	assert_int_equal(mincore((void *)(uintptr_t)from, page_count * 4096, there), 0);
	for (size_t i = 0; i < page_count; i++)
		sum += there[i] & 1;
	return sum;
}

/* A table has room for the most there can be; a boot clears what its site uses. */
static void of_a_table_the_part_in_use_is_present_and_no_more(void **state)
{
	(void)state;
	const size_t page = 4096, size = 1000 * page;
	uint8_t *p = memory_take_part("test", size, 10 * page + 1);
	assert_int_equal(pages_there(p, 11), 11);
	assert_int_equal(pages_there(p, 1000), 11);
	memory_make("test", p + 20 * page + 100, page);
	assert_int_equal(pages_there(p + 20 * page, 2), 2);
	memory_make("test", p + 30 * page, page);
	memory_make("test", p + 40 * page, 0);
	assert_int_equal(pages_there(p, 1000), 14);
	p[size - 1] = 1;
	assert_int_equal(pages_there(p, 1000), 15);
	memory_return(p, size);
	p = memory_take_part("test", 3 << 20, 2 << 20); /* a huge page of it */
	assert_int_equal(pages_there(p, 512), 512);
	memory_return(p, 3 << 20);
}

static void what_is_taken_is_counted_and_what_is_returned_is_not(void **state)
{
	(void)state;
	size_t before = memory_taken_bytes();
	void *taken[ARRAY_COUNT(sizes)];
	size_t least = 0;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		taken[i] = memory_take("test", sizes[i]);
		least += sizes[i];
		assert_true(memory_taken_bytes() >= before + least);
	}
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
		memory_return(taken[i], sizes[i]);
	assert_int_equal(memory_taken_bytes(), before);
	memory_return(NULL, 1);
	assert_int_equal(memory_taken_bytes(), before);
}

static void nothing_taken_is_still_an_address(void **state)
{
	(void)state;
	void *p = memory_take("test", 0);
	assert_non_null(p);
	memory_return(p, 0);
}

static int refusal[2]; /* a pipe: what the log says of one */

static int status_of(void (*deed)(void))
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		fclose(stderr); /* the sentence is expected */
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		signal(SIGSEGV, SIG_DFL); /* else the child goes on with the tests behind this */
		deed();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static bool is_present(uint8_t *from, size_t size_bytes)
{
	unsigned char present[ASIDE_BYTES / 4096];
	assert_true(size_bytes <= ASIDE_BYTES);
	if (mincore(from, size_bytes, present) != 0)
		return false;
	for (size_t i = 0; i < size_bytes / 4096; i++)
		if (!(present[i] & 1))
			return false;
	return true;
}

/* More than wait at once, small ones and large ones, a large one last, written to and given back meanwhile; `settle` is how it is waited for. */
static void take_aside(void (*settle)(void))
{
	static uint8_t *taken[ASIDE_TAKES];
	aside_begin();
	for (size_t i = 0; i < ASIDE_TAKES; i++) {
		size_t size = i % 40 == 0 ? ASIDE_BYTES : 8192;
		taken[i] = memory_take("test", size);
		for (size_t at = i; at < size; at += 5000)
			taken[i][at] = (uint8_t)(i + 1);
		if (i % 7 == 3)
			memory_return(taken[i], size);
	}
	settle();
	for (size_t i = 0; i < ASIDE_TAKES; i++) {
		size_t size = i % 40 == 0 ? ASIDE_BYTES : 8192;
		if (i % 7 == 3)
			continue;
		if (!is_present(taken[i], size))
			_exit(3);
		for (size_t at = 0; at < size; at++)
			if (taken[i][at] !=
				(at >= i && (at - i) % 5000 == 0 ? (uint8_t)(i + 1) : 0))
				_exit(2);
	}
}

static void settle_aside(void)
{
	take_aside(memory_settle);
}

static void seal_aside(void)
{
	take_aside(memory_seal);
}

static void what_is_taken_aside_is_present_and_as_written_once_it_is_settled(void **state)
{
	(void)state;
	assert_int_equal(status_of(settle_aside), 0);
	assert_int_equal(status_of(seal_aside), 0);
}

/* Whether bytes become present before a long time is over. */
static bool comes(uint8_t *from, size_t size_bytes)
{
	const uint64_t until_ns = clock_now_ns() + UINT64_C(20000000000);
	while (!is_present(from, size_bytes) && clock_now_ns() < until_ns)
		sched_yield();
	return is_present(from, size_bytes);
}

/* Pages without a huge one: each is there by itself. */
static uint8_t *reserved(size_t size_bytes)
{
	uint8_t *from = memory_reserve("test", size_bytes);
	madvise(from, size_bytes, MADV_NOHUGEPAGE);
	return from;
}

static void make_later(void)
{
	enum { BYTES = 1 << 20 };
	aside_begin();
	uint8_t *kept = reserved(BYTES), *given = reserved(BYTES),
		*soon = memory_take("test", BYTES);
	memory_make_later("test", kept, BYTES);
	memory_make_later("test", given, BYTES);
	memory_settle();
	if (!is_present(soon, BYTES) || pages_there(kept, 256) != 0)
		_exit(2);
	kept[5000] = 7; /* whoever is there first makes the page himself */
	if (pages_there(kept, 256) != 1)
		_exit(3);
	memory_return(given, BYTES);
	memory_seal();
	if (!comes(kept, BYTES))
		_exit(5);
	for (size_t at = 0; at < BYTES; at++)
		if (kept[at] != (at == 5000 ? 7 : 0))
			_exit(4);
	memory_return(kept, BYTES);
}

/* Threads of a boot that has ended are at an old one's pages; the next begins with none of them. */
static void begin_again(void)
{
	enum { BYTES = 8 << 20 };
	uint8_t *kept = NULL;
	for (int i = 0; i < 20; i++) {
		aside_begin();
		kept = memory_reserve("test", BYTES);
		memory_make_later("test", kept, BYTES);
		if (aside_end() != 0)
			_exit(2);
		if (i % 2 == 0)
			memory_return(kept, BYTES);
	}
	if (!comes(kept, BYTES))
		_exit(3);
}

static void what_is_for_later_is_present_behind_the_seal_and_holds_up_nothing(void **state)
{
	(void)state;
	assert_int_equal(status_of(make_later), 0);
	assert_int_equal(status_of(begin_again), 0);
	uint8_t *at_once = reserved(4096);
	memory_make_later("test", at_once, 4096); /* no thread would do it */
	assert_true(is_present(at_once, 4096));
	memory_return(at_once, 4096);
}

static void refuse_later(void)
{
	uint8_t *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	aside_begin();
	if (dup2(refusal[1], STDERR_FILENO) < 0 || aside_make_later(nowhere, 4096) != 0)
		_exit(2);
	uint8_t *kept = memory_reserve("test", 4096);
	memory_make_later("test", kept, 4096);
	memory_seal();
	if (!comes(kept, 4096))
		_exit(4);
	char line[512] = "";
	if (read(refusal[0], line, sizeof line - 1) <= 0 || strstr(line, "behind the boot") == NULL)
		_exit(3);
}

static void what_could_not_be_made_present_later_is_told_and_the_process_goes_on(void **state)
{
	(void)state;
	assert_int_equal(pipe(refusal), 0);
	assert_int_equal(status_of(refuse_later), 0);
	close(refusal[0]);
	close(refusal[1]);
}

static void refuse_aside(void)
{
	uint8_t *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (aside_make(nowhere, 4096) == 0)
		_exit(3);
	aside_begin();
	if (aside_make(nowhere, 4096) != 0)
		_exit(2);
	memory_seal(); /* ends the process */
}

static void what_could_not_be_made_present_aside_ends_the_process_when_it_is_settled(void **state)
{
	(void)state;
	int status = status_of(refuse_aside);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

static void take_after_the_seal(void)
{
	memory_take("late", 1);
}

static void seal(void)
{
	memory_seal();
}

static void seal_then_take(void)
{
	memory_seal();
	take_after_the_seal();
}

static void seal_then_return(void)
{
	void *p = memory_take("early", 1);
	memory_seal();
	memory_return(p, 1);
}

static void take_more_than_there_is(void)
{
	memory_take("everything", SIZE_MAX / 2);
}

static void take_more_than_an_address_space(void)
{
	memory_take("much", (size_t)1 << 60);
}

static void a_take_after_the_seal_stops_the_process(void **state)
{
	(void)state;
	assert_int_equal(status_of(seal), 0);
	assert_int_equal(status_of(take_after_the_seal), 0);
	assert_int_equal(status_of(seal_then_return), 0);
	int status = status_of(seal_then_take);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_take_the_machine_cannot_serve_ends_the_process_orderly(void **state)
{
	(void)state;
	int status = status_of(take_more_than_there_is);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
	status = status_of(take_more_than_an_address_space);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_zero_and_ours),
		cmocka_unit_test(every_page_is_present_before_the_first_touch),
		cmocka_unit_test(of_a_table_the_part_in_use_is_present_and_no_more),
		cmocka_unit_test(what_is_taken_is_counted_and_what_is_returned_is_not),
		cmocka_unit_test(nothing_taken_is_still_an_address),
		cmocka_unit_test(what_is_taken_aside_is_present_and_as_written_once_it_is_settled),
		cmocka_unit_test(
			what_could_not_be_made_present_aside_ends_the_process_when_it_is_settled),
		cmocka_unit_test(what_is_for_later_is_present_behind_the_seal_and_holds_up_nothing),
		cmocka_unit_test(
			what_could_not_be_made_present_later_is_told_and_the_process_goes_on),
		cmocka_unit_test(a_take_after_the_seal_stops_the_process),
		cmocka_unit_test(a_take_the_machine_cannot_serve_ends_the_process_orderly),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.memory", tests, NULL, NULL);
}
