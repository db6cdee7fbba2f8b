#include "drivers/machine/clock.h"

#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

/* Both ends of the calibration are read this often and the reading that was disturbed least is
   kept, so that a core stolen by the host spoils a try and not the frequency. */
enum { CALIBRATION_TRIES = 64, CALIBRATION_NS = 20 * 1000 * 1000, READ_TRIES = 4 };

#define NS_PER_S 1000000000u

/* A day of cycles times a ratio does not fit 64 bits. */
__extension__ typedef unsigned __int128 wide;

/* Written by clock_start only; ratio_q32 0 means that clock_gettime is read instead. */
static struct {
	uint64_t ratio_q32; /* nanoseconds per cycle, 32 bits of fraction */
	uint64_t tsc_zero;  /* the TSC at zero_ns                         */
	uint64_t zero_ns;   /* CLOCK_MONOTONIC when the TSC was tsc_zero  */
	uint64_t hz;
	struct clock_reading begun;
} clock_tsc;

/* The same moment on two clocks. */
struct moment {
	uint64_t cycles;
	uint64_t ns;
	uint64_t width; /* in cycles */
};

static uint64_t clock_kernel_ns(clockid_t id)
{
	struct timespec t = {0};
	CHECK(clock_gettime(id, &t) == 0);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* The TSC once everything before it is done.  RDTSCP waits too, but a guest may hide it where the TSC is invariant. */
static uint64_t clock_tsc_settled(void)
{
	_mm_lfence();
	return __rdtsc();
}

static struct moment clock_moment(clockid_t id, int tries)
{
	struct moment best = {.width = UINT64_MAX};
	for (int i = 0; i < tries; i++) {
		uint64_t before = clock_tsc_settled();
		uint64_t ns = clock_kernel_ns(id);
		uint64_t width = clock_tsc_settled() - before;
		if (width < best.width)
			best = (struct moment){before + width / 2, ns, width};
	}
	return best;
}

static bool clock_tsc_is_invariant(void)
{
	unsigned int a, b, c, d;
	return __get_cpuid(0x80000007u, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
}

static struct clock_reading reading_of(struct moment moment)
{
	return (struct clock_reading){moment.cycles, moment.ns, clock_cycles_to_ns(moment.width)};
}

uint64_t clock_start(void)
{
	clock_tsc.ratio_q32 = 0;
	clock_tsc.hz = 0;
	if (!clock_tsc_is_invariant())
		return 0;
	struct moment from = clock_moment(CLOCK_MONOTONIC_RAW, CALIBRATION_TRIES);
	struct timespec pause = {.tv_nsec = CALIBRATION_NS};
	while (nanosleep(&pause, &pause) != 0)
		;
	struct moment to = clock_moment(CLOCK_MONOTONIC_RAW, CALIBRATION_TRIES);
	/* A TSC that stands still, or one of a frequency no machine has, is not believed. */
	if (to.cycles <= from.cycles || to.ns <= from.ns)
		return 0;
	wide ns = to.ns - from.ns;
	uint64_t cycles = to.cycles - from.cycles;
	uint64_t hz = (uint64_t)((wide)cycles * NS_PER_S / (uint64_t)ns);
	if (hz < 100000000u || hz > 20000000000u)
		return 0;
	struct moment zero = clock_moment(CLOCK_MONOTONIC, CALIBRATION_TRIES);
	clock_tsc.tsc_zero = zero.cycles;
	clock_tsc.zero_ns = zero.ns;
	clock_tsc.hz = hz;
	clock_tsc.ratio_q32 = (uint64_t)((ns << 32) / cycles);
	clock_tsc.begun = reading_of(to);
	return hz;
}

struct clock_reading clock_begun(void)
{
	return clock_tsc.ratio_q32 != 0 ? clock_tsc.begun : (struct clock_reading){0};
}

struct clock_reading clock_read(void)
{
	if (clock_tsc.ratio_q32 == 0)
		return (struct clock_reading){0};
	return reading_of(clock_moment(CLOCK_MONOTONIC_RAW, READ_TRIES));
}

struct clock_scale clock_scale(void)
{
	return (struct clock_scale){.ratio_q32 = clock_tsc.ratio_q32,
		.tsc_zero = clock_tsc.tsc_zero,
		.zero_ns = clock_tsc.zero_ns};
}

uint64_t clock_cycles_to_ns(uint64_t cycles)
{
	if (clock_tsc.ratio_q32 == 0)
		return cycles;
	return (uint64_t)(((wide)cycles * clock_tsc.ratio_q32) >> 32);
}

uint64_t clock_cycles(void)
{
	return clock_tsc.ratio_q32 != 0 ? __rdtsc() : clock_kernel_ns(CLOCK_MONOTONIC);
}

uint64_t clock_now_ns(void)
{
	/* Cores of one machine may disagree by some cycles; a thread that moves must not see it. */
	static _Thread_local uint64_t latest_ns;
	uint64_t now_ns;
	if (LIKELY(clock_tsc.ratio_q32 != 0)) {
		int64_t elapsed = (int64_t)(__rdtsc() - clock_tsc.tsc_zero);
		now_ns =
			clock_tsc.zero_ns + clock_cycles_to_ns(elapsed > 0 ? (uint64_t)elapsed : 0);
	} else {
		now_ns = clock_kernel_ns(CLOCK_MONOTONIC);
	}
	if (now_ns > latest_ns)
		latest_ns = now_ns;
	return latest_ns;
}

uint64_t clock_wall_ns(void)
{
	return clock_kernel_ns(CLOCK_REALTIME);
}
