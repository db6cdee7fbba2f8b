/* sparse.c - memory of a test becomes present when it is first touched, a huge page at a time.

   The appliance has every page of its tables before the first order comes, some 300 MB of a gate.  A test opens a table for
   each of its sentences and touches little of it: nine tenths of the time of a rig went into pages that nobody looked at.
   The linker gives test programs these in the place of the system's and of aside.h's; what the memory holds (nothing) is the same.
   A page of a guest costs its host 10 to 30 us whatever its size, and clearing a huge one 250: what a test allocates at a time in
   megabytes is of huge pages too, under a sanitizer by its hook, else by GLIBC_TUNABLES (tests/CMakeLists.txt).
   A smaller table has a huge page for itself, of which the rest is poisoned: its pages too were made one by one.
   The tests of memory itself and of what is present of a region are linked without. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define POISON(from, size)   __asan_poison_memory_region(from, size)
#define UNPOISON(from, size) __asan_unpoison_memory_region(from, size)
#endif
#endif
#ifndef POISON
#define POISON(from, size)   ((void)(from), (void)(size))
#define UNPOISON(from, size) ((void)(from), (void)(size))
#endif

#define HUGE_BYTES ((uintptr_t)2 * 1024 * 1024)

enum {
	SMALL_BYTES_MIN = 128 * 1024, /* below, a few pages cost less than clearing a huge one */
	SMALL_COUNT = 1024 /* tables at a time; whoever comes then has pages as they are */
};

/* Where the small tables are; 0: nobody's place. */
static _Atomic uintptr_t small[SMALL_COUNT];

void *__real_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);
int __real_madvise(void *from, size_t size, int advice);
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);
int __wrap_madvise(void *from, size_t size, int advice);
int __real_munmap(void *from, size_t size);
int __wrap_munmap(void *from, size_t size);
int __wrap_aside_make(void *from, size_t size);
int __wrap_aside_make_huge(void *from, size_t size);
int __wrap_aside_make_later(void *from, size_t size);
void __sanitizer_malloc_hook(const volatile void *from, size_t size);

/* small_place swaps what stands at a place that holds `now`; false: there is none. */
static bool small_place(uintptr_t now, uintptr_t then)
{
	for (int i = 0; i < SMALL_COUNT; i++) {
		uintptr_t expected = now;
		if (atomic_load_explicit(&small[i], memory_order_relaxed) == now &&
			atomic_compare_exchange_strong(&small[i], &expected, then))
			return true;
	}
	return false;
}

/* A huge page of which the first size bytes are asked for; NULL: there is none. */
static void *small_map(size_t size)
{
	uint8_t *from = __real_mmap(
		NULL, 2 * HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (from == MAP_FAILED)
		return NULL;
	size_t lead = (HUGE_BYTES - (uintptr_t)from % HUGE_BYTES) % HUGE_BYTES;
	if (lead > 0)
		__real_munmap(from, lead);
	from += lead;
	__real_munmap(from + HUGE_BYTES, HUGE_BYTES - lead);
	if (!small_place(0, (uintptr_t)from)) {
		__real_munmap(from, HUGE_BYTES);
		return NULL;
	}
	__real_madvise(from, HUGE_BYTES, MADV_HUGEPAGE); /* advice: small pages serve as well */
	POISON(from + size, HUGE_BYTES - size);
	return from;
}

void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset)
{
	bool is_table = at == NULL && (flags & ~MAP_POPULATE) == (MAP_PRIVATE | MAP_ANONYMOUS) &&
			access == (PROT_READ | PROT_WRITE);
	if (is_table && size >= SMALL_BYTES_MIN && size < HUGE_BYTES && size % 4096 == 0) {
		void *from = small_map(size);
		if (from != NULL)
			return from;
	}
	return __real_mmap(at, size, access, flags & ~MAP_POPULATE, fd, offset);
}

int __wrap_munmap(void *from, size_t size)
{
	if ((uintptr_t)from % HUGE_BYTES != 0 || size >= HUGE_BYTES ||
		!small_place((uintptr_t)from, 0))
		return __real_munmap(from, size);
	UNPOISON(from, HUGE_BYTES);
	return __real_munmap(from, HUGE_BYTES);
}

int __wrap_madvise(void *from, size_t size, int advice)
{
	return advice == MADV_POPULATE_WRITE ? 0 : __real_madvise(from, size, advice);
}

int __wrap_aside_make(void *from, size_t size)
{
	(void)from, (void)size;
	return 0;
}

int __wrap_aside_make_huge(void *from, size_t size)
{
	(void)from, (void)size;
	return 0;
}

int __wrap_aside_make_later(void *from, size_t size)
{
	(void)from, (void)size;
	return 0;
}

/* Called by address sanitizer with what it has allocated and nobody has touched. */
void __sanitizer_malloc_hook(const volatile void *from, size_t size)
{
	uintptr_t first = ((uintptr_t)from + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	uintptr_t end = ((uintptr_t)from + size) & ~(HUGE_BYTES - 1);
	if (first < end)
		__real_madvise((void *)first, end - first,
			MADV_HUGEPAGE); /* advice: small pages serve as well */
}
