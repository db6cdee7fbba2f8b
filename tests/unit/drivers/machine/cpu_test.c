/* The choice of kernels can be lowered and restored, never raised above the machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/cpu.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The choice is made once per process, so each environment gets a process of its own. */
static int isa_with_environment(const char *word)
{
	pid_t child = fork();
	if (child == 0) {
		if (word != NULL)
			setenv("SLUICE_ISA", word, 1);
		else
			unsetenv("SLUICE_ISA");
		_exit((int)cpu_isa());
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int first_of_flags(const char *flag)
{
	char line[16384];
	FILE *file = fopen("/proc/cpuinfo", "r");
	assert_non_null(file);
	int found = 0;
	while (fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, "flags", 5) != 0)
			continue;
		for (char *word = strtok(line, " \t\n"); word != NULL; word = strtok(NULL, " \t\n"))
			found |= strcmp(word, flag) == 0;
		break;
	}
	fclose(file);
	return found;
}

/* But for LZCNT (abm), which a guest's kernel may not tell where the processor does, and has it. */
static void the_kernel_sees_the_same_instructions(void **state)
{
	(void)state;
	int best = isa_with_environment(NULL);
	bool avx2 = first_of_flags("avx2") && first_of_flags("bmi1") && first_of_flags("bmi2");
	bool avx512 = avx2 && first_of_flags("avx512f") && first_of_flags("avx512bw") &&
		      first_of_flags("avx512vl") && first_of_flags("avx512dq") &&
		      first_of_flags("avx512vbmi") && first_of_flags("avx512_vbmi2");
	assert_int_equal(best, avx512 ? ISA_AVX512 : avx2 ? ISA_AVX2 : ISA_SCALAR);
}

static void the_environment_lowers_but_never_raises(void **state)
{
	(void)state;
	int best = isa_with_environment(NULL);
	assert_int_equal(isa_with_environment("scalar"), ISA_SCALAR);
	assert_int_equal(isa_with_environment("avx2"), best < ISA_AVX2 ? best : ISA_AVX2);
	assert_int_equal(isa_with_environment("avx512"), best);
	assert_int_equal(isa_with_environment(""), best);
}

static void a_misspelt_environment_means_scalar(void **state)
{
	(void)state;
	assert_int_equal(isa_with_environment("AVX2"), ISA_SCALAR);
	assert_int_equal(isa_with_environment("avx51"), ISA_SCALAR);
}

static void force_lowers_and_restores(void **state)
{
	(void)state;
	int best = isa_with_environment(NULL);
	for (int isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
		enum isa before = cpu_isa();
		assert_int_equal(cpu_isa_force((enum isa)isa), isa <= best);
		assert_int_equal(cpu_isa(), isa <= best ? (enum isa)isa : before);
	}
	assert_true(cpu_isa_force((enum isa)best));
	assert_int_equal(cpu_isa(), best);
	assert_false(cpu_isa_force(ISA_COUNT));
	assert_int_equal(cpu_isa(), best);
}

static void every_instruction_set_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(isa_name(ISA_SCALAR), "scalar");
	assert_string_equal(isa_name(ISA_AVX2), "avx2");
	assert_string_equal(isa_name(ISA_AVX512), "avx512");
	assert_string_equal(isa_name(ISA_COUNT), "unknown");
}

struct pinned {
	int core;
	bool is_pinned;
	int error;
	int core_count;
	char name[16];
};

static void *pin_and_tell(void *argument)
{
	struct pinned *p = argument;
	p->is_pinned = cpu_pin(p->core, "a-name-that-is-too-long");
	p->error = errno;
	cpu_set_t set;
	sched_getaffinity(0, sizeof set, &set);
	p->core_count = CPU_COUNT(&set);
	pthread_getname_np(pthread_self(), p->name, sizeof p->name);
	return NULL;
}

static struct pinned pin_a_thread(int core)
{
	struct pinned p = {.core = core};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, pin_and_tell, &p), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return p;
}

static void a_pinned_thread_has_one_core_and_a_name(void **state)
{
	(void)state;
	cpu_set_t set;
	assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
	int core = 0;
	while (!CPU_ISSET((unsigned int)core, &set))
		core++;
	struct pinned p = pin_a_thread(core);
	assert_true(p.is_pinned);
	assert_int_equal(p.core_count, 1);
	assert_string_equal(p.name, "a-name-that-is-");
}

static void core_minus_one_only_names(void **state)
{
	(void)state;
	cpu_set_t set;
	assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
	struct pinned p = pin_a_thread(-1);
	assert_true(p.is_pinned);
	assert_int_equal(p.core_count, CPU_COUNT(&set));
	assert_string_equal(p.name, "a-name-that-is-");
}

static void a_core_that_is_not_there_is_refused(void **state)
{
	(void)state;
	struct pinned p = pin_a_thread(CPU_SETSIZE);
	assert_false(p.is_pinned);
	assert_int_equal(p.error, EINVAL);
	assert_false(pin_a_thread(-2).is_pinned);
	assert_false(pin_a_thread(CPU_SETSIZE - 1).is_pinned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_sees_the_same_instructions),
		cmocka_unit_test(the_environment_lowers_but_never_raises),
		cmocka_unit_test(a_misspelt_environment_means_scalar),
		cmocka_unit_test(force_lowers_and_restores),
		cmocka_unit_test(every_instruction_set_has_a_name),
		cmocka_unit_test(a_pinned_thread_has_one_core_and_a_name),
		cmocka_unit_test(core_minus_one_only_names),
		cmocka_unit_test(a_core_that_is_not_there_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.cpu", tests, NULL, NULL);
}
