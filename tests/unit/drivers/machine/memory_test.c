/* Memory is zeroed, aligned, counted, and ends at the seal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

static int status_of(void (*deed)(void))
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		fclose(stderr); /* the sentence is expected */
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		deed();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_zero_and_ours),
		cmocka_unit_test(every_page_is_present_before_the_first_touch),
		cmocka_unit_test(what_is_taken_is_counted_and_what_is_returned_is_not),
		cmocka_unit_test(nothing_taken_is_still_an_address),
		cmocka_unit_test(a_take_after_the_seal_stops_the_process),
		cmocka_unit_test(a_take_the_machine_cannot_serve_ends_the_process_orderly),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.memory", tests, NULL, NULL);
}
