/* sparse.c - memory of a test becomes present page by page, when it is first touched.

   The appliance has every page of its tables before the first order comes, some 300 MB of a gate.  A test opens a table for
   each of its sentences and touches little of it: nine tenths of the time of a rig went into pages that nobody looked at.
   The linker gives test programs these two in the place of the system's; what the memory holds (nothing) is the same.
   The tests of memory itself and of what is present of a region are linked without. */
#include <sys/mman.h>
#include <sys/types.h>

void *__real_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);
int __real_madvise(void *from, size_t size, int advice);
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);
int __wrap_madvise(void *from, size_t size, int advice);

void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset)
{
	return __real_mmap(at, size, access, flags & ~MAP_POPULATE, fd, offset);
}

int __wrap_madvise(void *from, size_t size, int advice)
{
	if (advice == MADV_POPULATE_WRITE || advice == MADV_HUGEPAGE)
		return 0;
	return __real_madvise(from, size, advice);
}
