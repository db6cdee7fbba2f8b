/* refuse.h - the system refuses the n-th thing that a program asks of its files.

   The linker gives a test program these calls in the place of the system's (tests/CMakeLists.txt, test_refusing): open, openat,
   opendir, readdir, stat, fstat, access, pread, pwrite, pwritev2, fsync, fdatasync, ftruncate, posix_fallocate, flock, mkdir, rmdir, rename,
   unlink, close.  Each is counted while a refusal is in force.  The one that is refused does nothing at all and gives the errno; close alone
   gives its descriptor back all the same, as the kernel's does.

   A test walks every call of what it does: it begins with the first, and goes on as long as refuse_end tells that one was refused.

       for (uint64_t at = 1; is_refused; at++) {
               refuse(&(struct refusal){.at = at, .code = EIO});
               ... what is tried, what must come of it ...
               is_refused = refuse_end();
       }

   Owner      one thread.
   Errors     a readdir that is refused leaves errno, as one that has come to the end does not. */
#ifndef SLUICE_TESTS_SUPPORT_REFUSE_H
#define SLUICE_TESTS_SUPPORT_REFUSE_H

#include "config/base.h"

struct refusal {
	const char *call; /* only calls of this name count; NULL: all do                     */
	uint64_t at;      /* this one is refused, 1 is the next; 0: none is                  */
	bool is_for_ever; /* and so are all behind it                                        */
	int code;         /* the errno                                                       */
	bool is_short;    /* a read or write does all but the last byte instead of refusing  */
	void (*meanwhile)(void); /* called before the one at `at`, refused or not: what another
				    process does; code 0: then the call goes through      */
};

/* refuse puts a refusal in force and counts from here. */
void refuse(const struct refusal *refusal);

/* refuse_end lets everything through again.  Returns whether there was a call to refuse. */
bool refuse_end(void);

/* refuse_hurt tells whether one was refused that had work to do: any but a close. */
bool refuse_hurt(void);

/* refuse_count tells how many calls were counted since refuse, refuse_name which one was refused first. */
uint64_t refuse_count(void);
const char *refuse_name(void);

/* refuse_open_files counts the descriptors that this process has. */
unsigned refuse_open_files(void);

#endif
