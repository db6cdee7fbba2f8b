#include "drivers/machine/cpu.h"

#include "drivers/machine/log.h"

#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What the kernel saves when it switches threads: without it the registers are not ours to use. */
enum { XCR0_AVX = 0x06, XCR0_AVX512 = 0xe0 };

/* isa + 1, so that 0 means "not yet asked".  Any thread may be the first to ask; all find the same. */
static _Atomic unsigned int cpu_found, cpu_chosen;

static uint64_t cpu_saved_state(void)
{
	uint32_t low, high;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static bool has(unsigned int word, unsigned int bits)
{
	return (word & bits) == bits;
}

static enum isa cpu_detect(void)
{
	unsigned int a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bit_OSXSAVE | bit_AVX))
		return ISA_SCALAR;
	uint64_t saved = cpu_saved_state();
	if ((saved & XCR0_AVX) != XCR0_AVX)
		return ISA_SCALAR;
	if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || !has(c, bit_LZCNT))
		return ISA_SCALAR;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, bit_AVX2 | bit_BMI | bit_BMI2))
		return ISA_SCALAR;
	if ((saved & XCR0_AVX512) != XCR0_AVX512 ||
		!has(b, bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ) ||
		!has(c, bit_AVX512VBMI | bit_AVX512VBMI2))
		return ISA_AVX2;
	return ISA_AVX512;
}

static enum isa cpu_isa_found(void)
{
	unsigned int found = atomic_load_explicit(&cpu_found, memory_order_relaxed);
	if (found == 0) {
		found = (unsigned int)cpu_detect() + 1;
		atomic_store_explicit(&cpu_found, found, memory_order_relaxed);
	}
	return (enum isa)(found - 1);
}

static enum isa cpu_isa_wanted(enum isa best)
{
	const char *word = getenv("SLUICE_ISA");
	if (word == NULL || *word == '\0')
		return best;
	for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++)
		if (strcmp(word, isa_name(isa)) == 0)
			return isa < best ? isa : best;
	/* Whoever sets it wants less than the best; scalar is less than anything that was meant. */
	log_write(LOG_LEVEL_WARNING, "cpu",
		"SLUICE_ISA: found '%s', expected scalar, avx2 or avx512; scalar is used", word);
	return ISA_SCALAR;
}

enum isa cpu_isa(void)
{
	unsigned int chosen = atomic_load_explicit(&cpu_chosen, memory_order_relaxed);
	if (UNLIKELY(chosen == 0)) {
		chosen = (unsigned int)cpu_isa_wanted(cpu_isa_found()) + 1;
		atomic_store_explicit(&cpu_chosen, chosen, memory_order_relaxed);
	}
	return (enum isa)(chosen - 1);
}

bool cpu_isa_force(enum isa isa)
{
	if ((unsigned int)isa >= ISA_COUNT || isa > cpu_isa_found())
		return false;
	atomic_store_explicit(&cpu_chosen, (unsigned int)isa + 1, memory_order_relaxed);
	return true;
}

const char *isa_name(enum isa isa)
{
	static const char *const names[ISA_COUNT] = {"scalar", "avx2", "avx512"};
	return (unsigned int)isa < ISA_COUNT ? names[isa] : "unknown";
}

bool cpu_pin(int core, const char *thread_name)
{
	char name[16] = {0}; /* the kernel keeps 15 characters */
	strncpy(name, thread_name, sizeof name - 1);
	int error = pthread_setname_np(pthread_self(), name);
	if (error == 0 && core != -1) {
		if (core < 0 || core >= CPU_SETSIZE) {
			errno = EINVAL;
			return false;
		}
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((unsigned int)core, &set);
		error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
	}
	if (error != 0)
		errno = error;
	return error == 0;
}
