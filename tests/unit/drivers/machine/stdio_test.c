/* stdio_test.c - no file is opened under the number of an output that somebody closed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/machine/stdio.h"

/* In a child, which has closed the numbers of mask: 0 if all is so. */
static int held_without(unsigned mask)
{
	pid_t child = fork();
	if (child == 0) {
		char byte;
		for (int number = 0; number < 3; number++)
			if ((mask >> number & 1) != 0)
				close(number);
		stdio_hold();
		if (open("/dev/zero", O_RDWR) < 3)
			_exit(1);
		if ((mask & 1) != 0 && read(0, &byte, 1) != 0)
			_exit(2);
		for (int number = 1; number < 3; number++)
			if ((mask >> number & 1) != 0 &&
				(write(number, "x", 1) >= 0 || errno != EBADF))
				_exit(3);
		_exit(0);
	}
	int status = -1;
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void whatever_is_closed_its_number_is_nobody_elses(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 8; mask++)
		assert_int_equal(held_without(mask), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_closed_its_number_is_nobody_elses),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.stdio", tests, NULL, NULL);
}
