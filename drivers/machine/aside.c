#include "drivers/machine/aside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE_BYTES  ((size_t)4096)
#define HUGE_BYTES  ((size_t)2 * 1024 * 1024)
/* The kernel holds the list of mappings while it makes the pages that madvise asks for, and whoever maps or loads anything waits for
   the piece: a process that loads its ports' drivers maps a thousand times. */
#define PIECE_BYTES ((size_t)256 * 1024)

enum { ASIDE_COUNT = 256 }; /* that wait; one more is made present by who asks */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool is_begun, is_ending;
	uint32_t head, tail; /* done, asked for; head == tail: settled */
	int error;
	struct aside_range {
		uint8_t *from;
		size_t size_bytes;
		bool is_huge;
	} ranges[ASIDE_COUNT];
} aside = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* A write that changes nothing, whoever else writes; as an instruction, because a sanitizer takes it for a race. */
static void aside_touch(uint8_t *byte)
{
	__asm__ volatile("lock; orb $0, %0" : "+m"(*byte));
}

static int aside_piece(uint8_t *from, size_t size_bytes)
{
	if (madvise(from, size_bytes, MADV_POPULATE_WRITE) == 0)
		return 0;
	int error = errno;
	if (error != EINVAL || madvise(from, 0, MADV_POPULATE_WRITE) == 0)
		return error;
	/* Linux before 5.14 does not know the word. */
	for (size_t at = 0; at < size_bytes; at += PAGE_BYTES)
		aside_touch(from + at);
	return 0;
}

/* A page that is touched, from Linux 6.4 on, is made under the lock of its own mapping: a huge one, which takes as long as clearing it
   does, is there so before madvise is asked for the piece. */
static int aside_range(struct aside_range range)
{
	int error = 0;
	for (size_t at = 0; at < range.size_bytes && error == 0; at += PIECE_BYTES) {
		size_t left = range.size_bytes - at;
		if (range.is_huge && (uintptr_t)(range.from + at) % HUGE_BYTES == 0)
			aside_touch(range.from + at);
		error = aside_piece(range.from + at, left < PIECE_BYTES ? left : PIECE_BYTES);
	}
	return error;
}

static void *aside_thread(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&aside.lock);
	while (!aside.is_ending || aside.head != aside.tail) {
		if (aside.head == aside.tail) {
			pthread_cond_wait(&aside.changed, &aside.lock);
			continue;
		}
		struct aside_range range = aside.ranges[aside.head % ASIDE_COUNT];
		pthread_mutex_unlock(&aside.lock);
		int error = aside_range(range);
		pthread_mutex_lock(&aside.lock);
		aside.error = aside.error != 0 ? aside.error : error;
		aside.head++;
		pthread_cond_broadcast(&aside.changed);
	}
	pthread_mutex_unlock(&aside.lock);
	return NULL;
}

void aside_begin(void)
{
	sigset_t all, before;
	CHECK(!aside.is_begun);
	aside.is_ending = false;
	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	aside.is_begun = pthread_create(&aside.thread, NULL, aside_thread, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (aside.is_begun)
		pthread_setname_np(aside.thread, "sluice-aside");
}

static int aside_ask(struct aside_range range)
{
	pthread_mutex_lock(&aside.lock);
	bool is_asked = aside.is_begun && aside.tail - aside.head < ASIDE_COUNT;
	if (is_asked) {
		aside.ranges[aside.tail++ % ASIDE_COUNT] = range;
		pthread_cond_broadcast(&aside.changed);
	}
	pthread_mutex_unlock(&aside.lock);
	return is_asked ? 0 : aside_range(range);
}

int aside_make(void *from, size_t size_bytes)
{
	return aside_ask((struct aside_range){from, size_bytes, false});
}

int aside_make_huge(void *from, size_t size_bytes)
{
	return aside_ask((struct aside_range){from, size_bytes, true});
}

int aside_settle(void)
{
	pthread_mutex_lock(&aside.lock);
	while (aside.head != aside.tail)
		pthread_cond_wait(&aside.changed, &aside.lock);
	int error = aside.error;
	aside.error = 0;
	pthread_mutex_unlock(&aside.lock);
	return error;
}

int aside_end(void)
{
	pthread_mutex_lock(&aside.lock);
	bool was_begun = aside.is_begun;
	aside.is_begun = false;
	aside.is_ending = true;
	pthread_cond_broadcast(&aside.changed);
	pthread_mutex_unlock(&aside.lock);
	if (was_begun)
		CHECK(pthread_join(aside.thread, NULL) == 0);
	return aside_settle();
}
