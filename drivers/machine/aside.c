#include "drivers/machine/aside.h"

#include "drivers/machine/log.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_BYTES  ((size_t)4096)
#define HUGE_BYTES  ((size_t)2 * 1024 * 1024)
/* The kernel holds the list of mappings while it makes the pages that madvise asks for, and whoever maps or loads anything waits for
   the piece: a process that loads its ports' drivers maps a thousand times. */
#define PIECE_BYTES ((size_t)256 * 1024)

/* What a thread takes at a time: several share what is large. */
#define SHARE_BYTES ((size_t)4 * 1024 * 1024)

enum {
	ASIDE_COUNT = 256, /* that wait; one more is made present by who asks */
	THREAD_COUNT_MAX = 4,
	NODE_COUNT_MAX = 1024,
	NICE_LEAST = 19,
};

struct aside_range {
	uint8_t *from;
	size_t size_bytes;
	bool is_huge;
};

struct aside_queue {
	uint32_t head, tail; /* taken whole, asked for */
	uint32_t busy_count; /* threads with a share in hand; none, and head == tail: settled */
	struct aside_range ranges[ASIDE_COUNT];
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint32_t thread_count; /* that one may ask */
	uint32_t alive_count;
	unsigned int node; /* of who began: its memory is where it would have been */
	bool is_ending;
	int error;
	struct aside_queue now, later;
	struct aside_range
		hands[THREAD_COUNT_MAX]; /* what each thread is at; of no bytes: nothing */
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

static bool queue_is_empty(const struct aside_queue *queue)
{
	return queue->head == queue->tail;
}

/* aside_share takes the next share of what was asked for longest ago; there is one. */
static struct aside_range aside_share(struct aside_queue *queue)
{
	struct aside_range *range = &queue->ranges[queue->head % ASIDE_COUNT], share = *range;
	if (share.size_bytes > SHARE_BYTES)
		share.size_bytes = SHARE_BYTES;
	range->from += share.size_bytes;
	range->size_bytes -= share.size_bytes;
	queue->head += range->size_bytes == 0;
	return share;
}

/* aside_work makes a share present; the lock is held before and behind, not meanwhile. */
static int aside_work(struct aside_queue *queue, struct aside_range *hand)
{
	struct aside_range share = *hand = aside_share(queue);
	queue->busy_count++;
	pthread_mutex_unlock(&aside.lock);
	int error = aside_range(share);
	pthread_mutex_lock(&aside.lock);
	queue->busy_count--;
	*hand = (struct aside_range){0};
	pthread_cond_broadcast(&aside.changed);
	return error;
}

static void aside_work_now(struct aside_range *hand)
{
	while (!aside.is_ending || !queue_is_empty(&aside.now)) {
		if (queue_is_empty(&aside.now)) {
			pthread_cond_wait(&aside.changed, &aside.lock);
			continue;
		}
		int error = aside_work(&aside.now, hand);
		aside.error = aside.error != 0 ? aside.error : error;
	}
}

/* Behind the boot everybody else goes first. */
static void aside_work_later(struct aside_range *hand)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE_LEAST);
	while (!queue_is_empty(&aside.later)) {
		int error = aside_work(&aside.later, hand);
		if (error != 0)
			log_write(LOG_LEVEL_WARNING, "memory",
				"tables for a later hour: found \"%s\" behind the boot, expected "
				"their pages; each is made when it is used, and its user waits: "
				"give the machine more memory or lower the tables' sizes in the "
				"site's file",
				strerror(error));
	}
}

static void *aside_thread(void *argument)
{
	struct aside_range *hand = argument;
	unsigned long nodes[NODE_COUNT_MAX / 64] = {0};
	nodes[aside.node / 64 % ARRAY_COUNT(nodes)] = 1ul << aside.node % 64;
	/* Advice: refused, pages come from wherever the kernel takes them. */
	syscall(SYS_set_mempolicy, MPOL_PREFERRED, nodes, (unsigned long)NODE_COUNT_MAX);
	pthread_mutex_lock(&aside.lock);
	aside_work_now(hand);
	aside_work_later(hand);
	aside.alive_count--;
	pthread_cond_broadcast(&aside.changed);
	pthread_mutex_unlock(&aside.lock);
	return NULL;
}

/* As many as there are cores for us, within reason: memory is slower than a few of them. */
static uint32_t aside_thread_count(void)
{
	cpu_set_t cores;
	CPU_ZERO(&cores);
	int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
	return count < THREAD_COUNT_MAX ? (uint32_t)count : THREAD_COUNT_MAX;
}

/* Of a process that began before: tests. */
static void aside_wait_for_ends(void)
{
	aside_drop(NULL, SIZE_MAX);
	pthread_mutex_lock(&aside.lock);
	while (aside.alive_count > 0)
		pthread_cond_wait(&aside.changed, &aside.lock);
	pthread_mutex_unlock(&aside.lock);
}

void aside_begin(void)
{
	sigset_t all, before;
	pthread_t thread;
	CHECK(aside.thread_count == 0);
	aside_wait_for_ends();
	aside.is_ending = false;
	aside.node = 0;
	getcpu(NULL, &aside.node);
	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&aside.lock);
	uint32_t count = 0, wanted = aside_thread_count();
	while (count < wanted &&
		pthread_create(&thread, NULL, aside_thread, &aside.hands[count]) == 0) {
		pthread_setname_np(thread, "sluice-aside");
		CHECK(pthread_detach(thread) == 0);
		count++;
	}
	aside.thread_count = aside.alive_count = count;
	pthread_mutex_unlock(&aside.lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int aside_ask(struct aside_queue *queue, struct aside_range range)
{
	pthread_mutex_lock(&aside.lock);
	bool is_asked = aside.thread_count > 0 && queue->tail - queue->head < ASIDE_COUNT;
	if (is_asked) {
		queue->ranges[queue->tail++ % ASIDE_COUNT] = range;
		pthread_cond_broadcast(&aside.changed);
	}
	pthread_mutex_unlock(&aside.lock);
	return is_asked ? 0 : aside_range(range);
}

int aside_make(void *from, size_t size_bytes)
{
	return aside_ask(&aside.now, (struct aside_range){from, size_bytes, false});
}

int aside_make_huge(void *from, size_t size_bytes)
{
	return aside_ask(&aside.now, (struct aside_range){from, size_bytes, true});
}

int aside_make_later(void *from, size_t size_bytes)
{
	return aside_ask(&aside.later, (struct aside_range){from, size_bytes, true});
}

int aside_settle(void)
{
	pthread_mutex_lock(&aside.lock);
	while (!queue_is_empty(&aside.now) || aside.now.busy_count > 0)
		pthread_cond_wait(&aside.changed, &aside.lock);
	int error = aside.error;
	aside.error = 0;
	pthread_mutex_unlock(&aside.lock);
	return error;
}

int aside_end(void)
{
	pthread_mutex_lock(&aside.lock);
	aside.thread_count = 0;
	aside.is_ending = true;
	pthread_cond_broadcast(&aside.changed);
	pthread_mutex_unlock(&aside.lock);
	return aside_settle();
}

static bool range_meets(const struct aside_range *range, const uint8_t *from, size_t size_bytes)
{
	uintptr_t begin = (uintptr_t)range->from, of = (uintptr_t)from;
	return begin < of ? of - begin < range->size_bytes : begin - of < size_bytes;
}

static bool aside_is_at(const uint8_t *from, size_t size_bytes)
{
	bool is_at = false;
	for (uint32_t i = 0; i < THREAD_COUNT_MAX; i++)
		is_at |= aside.hands[i].size_bytes > 0 &&
			 range_meets(&aside.hands[i], from, size_bytes);
	return is_at;
}

void aside_drop(const void *from, size_t size_bytes)
{
	struct aside_queue *queue = &aside.later;
	pthread_mutex_lock(&aside.lock);
	for (uint32_t i = queue->head; i != queue->tail; i++) {
		struct aside_range *range = &queue->ranges[i % ASIDE_COUNT];
		if (range_meets(range, from, size_bytes))
			range->size_bytes = 0;
	}
	while (aside_is_at(from, size_bytes))
		pthread_cond_wait(&aside.changed, &aside.lock);
	pthread_mutex_unlock(&aside.lock);
}
