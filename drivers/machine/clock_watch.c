#include "drivers/machine/clock_watch.h"

void clock_watch_start(struct clock_watch *watch)
{
	*watch = (struct clock_watch){.last = clock_begun()};
}

/* How far a clock went; none goes back, and one that does went nowhere. */
static uint64_t gone(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

uint64_t clock_watch_feed(struct clock_watch *watch, struct clock_reading now)
{
	uint64_t own_ns = clock_cycles_to_ns(gone(watch->last.cycles, now.cycles));
	uint64_t kernel_ns = gone(watch->last.kernel_ns, now.kernel_ns);
	uint64_t apart_ns = own_ns > kernel_ns ? own_ns - kernel_ns : kernel_ns - own_ns;
	if (now.width_ns > CLOCK_WATCH_WIDTH_NS)
		return watch->strayed_ns;
	if (now.cycles < watch->last.cycles)
		apart_ns += clock_cycles_to_ns(watch->last.cycles - now.cycles);
	watch->last = now;
	if (apart_ns > CLOCK_WATCH_SLACK_NS + kernel_ns / 1000000 * CLOCK_WATCH_PPM)
		watch->strayed_ns = watch->strayed_ns < UINT64_MAX - apart_ns
					    ? watch->strayed_ns + apart_ns
					    : UINT64_MAX;
	return watch->strayed_ns;
}

uint64_t clock_watch_look(struct clock_watch *watch)
{
	return clock_watch_feed(watch, clock_read());
}
