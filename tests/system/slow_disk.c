/* slow_disk.c - a disk under load for a process under test, loaded in front of liburing: its first write reaches the kernel only
   when so many milliseconds have passed as SLUICE_DISK_WAITS_MS says. */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct io_uring;

int io_uring_submit(struct io_uring *ring);

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int io_uring_submit(struct io_uring *ring)
{
	static int (*real)(struct io_uring * ring);
	static int64_t until_ms;
	const char *waits = getenv("SLUICE_DISK_WAITS_MS");
	if (real == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "io_uring_submit");
		until_ms = now_ms() + (waits == NULL ? 0 : atoll(waits));
	}
	return now_ms() < until_ms ? -EAGAIN : real(ring);
}
