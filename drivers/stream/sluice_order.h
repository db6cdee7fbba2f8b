/* sluice_order.h - an order session in shared memory, for a strategy on the same machine.

   What TCP is to a strategy elsewhere: bytes in order, both ways, of the order protocol that the site's session
   speaks (SoupBinTCP with OUCH).  Between a strategy and the gate there is then no kernel, no copy but one each
   way, and no system call: a message is in the gate's hands a cache line's way later.

     struct sluice_order o;
     if (sluice_order_open(&o, "/run/sluice/order.sock", "quoter") != 0)
             return complain(o.error);
     sluice_order_send(&o, login, sizeof login);
     for (;;) {
             int64_t size = sluice_order_receive(&o, bytes, sizeof bytes);
             if (size > 0)
                     cut_into_packets_and_act(bytes, size);
             else if (size < 0)
                     break;                         // over: o.error says why
             else if (now_and_then && !sluice_order_is_alive(&o))
                     break;                         // the dataplane is gone
     }
     sluice_order_close(&o);

   The memory is the appliance's: it makes it, seals its size and gives it to one process of a uid that site.yaml
   names (`gate: shm`).  Each way is a ring with one writer and one reader, each of whom keeps its own count
   and publishes it; what the other side publishes is checked before it is used, on both sides.  Whoever
   writes a count that cannot be is closed.

   A process that ends, however it ends, is noticed: its connection is over and, where the site says so, its
   orders are cancelled.  A process that lives and hangs is noticed too, if the site says how long it may:
   sluice_order_send, _receive and _beat move a word that the gate watches.

   Nothing here blocks but sluice_order_open (two seconds at most).  sluice_order_open, _is_alive and _close make
   system calls; all else only touches memory.  A struct sluice_order belongs to one thread.

   C11 or C++17, Linux on x86-64, nothing to link.
   Errors     a sentence in o->error: what was found, what was expected, what mends it. */
#ifndef SLUICE_ORDER_H
#define SLUICE_ORDER_H

#if !defined(_GNU_SOURCE) && !defined(_DEFAULT_SOURCE) && !defined(_POSIX_C_SOURCE)
#define _DEFAULT_SOURCE 1
#endif

#if !defined(__linux__) || !defined(__x86_64__)
#error "sluice_order.h: found another system, expected Linux on x86-64"
#endif

#include <errno.h>
#include <fcntl.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <sys/un.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_ORDER_ABI   1u
#define SLUICE_ORDER_MAGIC 0x3144524f434c53ull /* "SLCORD1" */

/* ---- what lies in the shared memory ---------------------------------------------------------- */

enum sluice_order_state {
	SLUICE_ORDER_OPEN = 1,
	SLUICE_ORDER_ENDED =
		2, /* the appliance sends no more; what stands in the ring is the rest */
	SLUICE_ORDER_RESET =
		3, /* it threw us out: `reason` is an errno                             */
};

/* The memory begins with this page; the ring to the appliance follows, then the ring from it.  What one side
   writes shares no pair of cache lines with what the other does, nor what moves with what stands. */
struct sluice_order_page {
	uint64_t magic; /* written once, by the appliance */
	uint32_t abi;
	uint32_t ring_bytes; /* of each way, a power of two */
	uint64_t size_bytes; /* of the whole memory         */
	uint64_t instance;   /* which connection this was   */
	uint8_t reserved0[96];

	uint64_t strategy_sent;  /* bytes the strategy ever wrote            */
	uint64_t strategy_ended; /* 1: it writes no more                     */
	uint8_t reserved1[112];
	uint64_t strategy_taken; /* bytes it ever read                       */
	uint64_t strategy_beat;  /* moves while it turns                     */
	uint8_t reserved2[112];
	uint64_t gate_sent;   /* bytes the appliance ever wrote           */
	uint64_t gate_state;  /* enum sluice_order_state                  */
	uint64_t gate_reason; /* of a reset                               */
	uint8_t reserved3[104];
	uint64_t gate_taken; /* bytes it ever read                       */
	uint64_t gate_beat;  /* moves a few times each millisecond at most */
	uint8_t reserved4[112];
	uint8_t reserved5[3456];
};

/* What is said over the socket, both ways. */
struct sluice_order_hello {
	uint64_t magic;
	uint32_t abi;
	uint32_t reserved;
	uint64_t instance; /* in the answer: of the memory that comes with it */
	char text[232];    /* who asks; in the answer why not, empty if it is given */
};

/* ---- one way: a ring of bytes with one writer and one reader ----------------------------------- */

/* A way as one of its two sides holds it.  `count` is the side's own word, kept here and never read back from shared
   memory; `seen` is what it last believed of the other's.  Always: what is between writer's and reader's count
   is at most the ring, and neither count ever goes back. */
struct sluice_order_way {
	uint8_t *bytes;
	uint64_t ring_bytes;
	uint64_t *own;         /* the word this side writes    */
	const uint64_t *other; /* the word the other one writes */
	uint64_t count, seen;
};

/* sluice_order_look reads the writer's view of the reader's word.  Returns the bytes not yet taken; -1: the
   word is none that a reader could write, and nothing is changed. */
static inline int64_t sluice_order_look(struct sluice_order_way *w)
{
	uint64_t taken = __atomic_load_n(w->other, __ATOMIC_ACQUIRE);
	if (w->count - taken > w->count - w->seen)
		return -1;
	w->seen = taken;
	return (int64_t)(w->count - taken);
}

/* sluice_order_put writes a message whole.  1: done; 0: there is no room for all of it, nothing is written; -1:
   the reader's word lies. */
static inline int sluice_order_put(struct sluice_order_way *w, const void *bytes, uint64_t size)
{
	const uint8_t *from = (const uint8_t *)bytes;
	if (size > w->ring_bytes - (w->count - w->seen)) {
		if (sluice_order_look(w) < 0)
			return -1;
		if (size > w->ring_bytes - (w->count - w->seen))
			return 0;
	}
	if (size == 0)
		return 1;
	uint64_t at = w->count & (w->ring_bytes - 1), first = w->ring_bytes - at;
	first = first < size ? first : size;
	memcpy(w->bytes + at, from, (size_t)first);
	memcpy(w->bytes, from + first, (size_t)(size - first));
	w->count += size;
	__atomic_store_n(w->own, w->count, __ATOMIC_RELEASE);
	return 1;
}

/* sluice_order_take copies up to max bytes out.  Returns how many, 0: there are none; -1: the writer's word is none
   that a writer could write.  What was copied can no longer be changed by the other side. */
static inline int64_t sluice_order_take(struct sluice_order_way *w, void *bytes, uint64_t max)
{
	uint8_t *to = (uint8_t *)bytes;
	uint64_t written = __atomic_load_n(w->other, __ATOMIC_ACQUIRE);
	uint64_t size = written - w->count;
	if (size == 0 && w->seen == w->count)
		return 0;
	if (size > w->ring_bytes || size < w->seen - w->count)
		return -1;
	w->seen = written;
	size = size < max ? size : max;
	uint64_t at = w->count & (w->ring_bytes - 1), first = w->ring_bytes - at;
	first = first < size ? first : size;
	memcpy(to, w->bytes + at, (size_t)first);
	memcpy(to + first, w->bytes, (size_t)(size - first));
	w->count += size;
	__atomic_store_n(w->own, w->count, __ATOMIC_RELEASE);
	return (int64_t)size;
}

/* ---- opening ----------------------------------------------------------------------------------- */

struct sluice_order {
	struct sluice_order_page *page; /* NULL: not open */
	uint64_t size_bytes, instance, beat;
	struct sluice_order_way out, in;
	int socket;
	char error[512];
};

/* sluice_order_ask connects to the appliance's socket and says who we are; the answer is taken by
   sluice_order_answer.  Does not wait.  0; -1: o->error has why, nothing is open. */
static inline int sluice_order_ask(struct sluice_order *o, const char *path, const char *name)
{
	struct sockaddr_un address;
	struct sluice_order_hello hello;
	const char *why = "too long a path";
	memset(o, 0, sizeof *o);
	memset(&address, 0, sizeof address);
	memset(&hello, 0, sizeof hello);
	address.sun_family = AF_UNIX;
	hello.magic = SLUICE_ORDER_MAGIC;
	hello.abi = SLUICE_ORDER_ABI;
	snprintf(hello.text, sizeof hello.text, "%s", name);
	int size = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	o->socket = -1;
	if (size < (int)sizeof address.sun_path) {
		o->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		/* An appliance that refuses us may have closed already; its answer is there all the same. */
		if (o->socket >= 0 &&
			connect(o->socket, (const struct sockaddr *)&address, sizeof address) ==
				0 &&
			(send(o->socket, &hello, sizeof hello, MSG_NOSIGNAL) > 0 || errno == EPIPE))
			return 0;
		why = strerror(errno);
	}
	snprintf(o->error, sizeof o->error,
		"%s: found \"%s\", expected a running sluice-dataplane with `gate: shm` behind "
		"this socket",
		address.sun_path, why);
	if (o->socket >= 0)
		close(o->socket);
	o->socket = -1;
	return -1;
}

static inline void sluice_order_way_set(struct sluice_order_way *w, uint8_t *bytes,
	uint64_t ring_bytes, uint64_t *own, const uint64_t *other)
{
	w->bytes = bytes;
	w->ring_bytes = ring_bytes;
	w->own = own;
	w->other = other;
	w->count = w->seen = 0;
}

/* sluice_order_map maps what the appliance gave and holds it to its bounds. */
static inline int sluice_order_map(struct sluice_order *o, int fd)
{
	struct stat file;
	memset(&file, 0, sizeof file);
	void *memory = MAP_FAILED;
	/* Populated now (MAP_POPULATE, which strict C hides): no page faults in the middle of the day. */
	if (fstat(fd, &file) == 0 && file.st_size >= (off_t)sizeof(struct sluice_order_page))
		memory = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE,
			MAP_SHARED | 0x8000, fd, 0);
	if (memory == MAP_FAILED) {
		snprintf(o->error, sizeof o->error,
			"sluice: found \"%s\" for %lld bytes, expected an order session's memory: "
			"see `ulimit -v`",
			strerror(errno), (long long)file.st_size);
		return -1;
	}
	struct sluice_order_page *page = (struct sluice_order_page *)memory;
	uint64_t ring = page->ring_bytes, size = (uint64_t)file.st_size;
	if (page->magic != SLUICE_ORDER_MAGIC || page->abi != SLUICE_ORDER_ABI || ring == 0 ||
		(ring & (ring - 1)) != 0 || size != sizeof *page + 2 * ring) {
		snprintf(o->error, sizeof o->error,
			"sluice: found %llu bytes of another kind or version, expected an order "
			"session of "
			"abi %u: build the strategy with this appliance's sluice.h",
			(unsigned long long)size, SLUICE_ORDER_ABI);
		munmap(memory, (size_t)size);
		return -1;
	}
	uint8_t *rings = (uint8_t *)memory + sizeof *page;
	sluice_order_way_set(&o->out, rings, ring, &page->strategy_sent, &page->gate_taken);
	sluice_order_way_set(&o->in, rings + ring, ring, &page->strategy_taken, &page->gate_sent);
	o->size_bytes = size;
	o->instance = page->instance;
	o->page = page;
	return 0;
}

/* sluice_order_answer takes the appliance's answer if it is there.  1: the session's memory is open; 0: not yet;
   -1: o->error has why, nothing is open. */
static inline int sluice_order_answer(struct sluice_order *o)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sluice_order_hello hello;
	struct iovec part = {&hello, sizeof hello};
	struct msghdr message;
	int fd = -1;
	memset(&hello, 0, sizeof hello);
	memset(&message, 0, sizeof message);
	memset(&control, 0, sizeof control);
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	ssize_t got = recvmsg(o->socket, &message, MSG_CMSG_CLOEXEC);
	if (got < 0 &&
		errno == ECONNRESET) /* closed before it read us: its answer stands behind that */
		got = recvmsg(o->socket, &message, MSG_CMSG_CLOEXEC);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	struct cmsghdr *head = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (head != NULL && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(head), sizeof fd);
	hello.text[sizeof hello.text - 1] = '\0';
	if (got == (ssize_t)sizeof hello && hello.text[0] != '\0')
		snprintf(o->error, sizeof o->error, "order session: refused: %s", hello.text);
	else if (got != (ssize_t)sizeof hello || fd < 0)
		snprintf(o->error, sizeof o->error,
			"order session: found %s, expected its memory: is it another version's "
			"dataplane?",
			got < 0 ? strerror(errno) : "another answer");
	else if (sluice_order_map(o, fd) == 0)
		got = 0;
	if (fd >= 0)
		close(fd);
	if (got == 0 && o->page != NULL)
		return 1;
	close(o->socket);
	o->socket = -1;
	return -1;
}

/* sluice_order_open opens an order session at the socket that site.yaml names (`gate: shm: socket`).  name says who
   asks, for the appliance's log.  0; -1: o->error has why, nothing is open. */
static inline int sluice_order_open(struct sluice_order *o, const char *path, const char *name)
{
	struct timeval patience = {2, 0};
	if (sluice_order_ask(o, path, name) != 0)
		return -1;
	/* From here on it is looked at by calls that never wait. */
	fcntl(o->socket, F_SETFL, 0);
	setsockopt(o->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	int found = sluice_order_answer(o);
	if (found != 0)
		return found > 0 ? 0 : -1;
	snprintf(o->error, sizeof o->error,
		"%s: found no answer within 2 s, expected one: does the dataplane turn?", path);
	close(o->socket);
	o->socket = -1;
	return -1;
}

/* ---- speaking ------------------------------------------------------------------------------------ */

/* sluice_order_beat shows that this process turns; send and receive do it by themselves. */
static inline void sluice_order_beat(struct sluice_order *o)
{
	if (o->page != NULL)
		__atomic_store_n(&o->page->strategy_beat, ++o->beat, __ATOMIC_RELAXED);
}

/* sluice_order_state_of tells whether the appliance still serves this session; 0: not open. */
static inline enum sluice_order_state sluice_order_state_of(const struct sluice_order *o)
{
	if (o->page == NULL)
		return (enum sluice_order_state)0;
	return (enum sluice_order_state)__atomic_load_n(&o->page->gate_state, __ATOMIC_ACQUIRE);
}

/* sluice_order_over says why nothing more comes. */
static inline int sluice_order_over(struct sluice_order *o)
{
	if (sluice_order_state_of(o) == SLUICE_ORDER_RESET)
		snprintf(o->error, sizeof o->error,
			"order session: found it ended by the appliance (\"%s\"): its log says why",
			strerror((int)o->page->gate_reason));
	else
		snprintf(o->error, sizeof o->error,
			"order session: found its end, expected no more bytes");
	return -1;
}

/* sluice_order_send hands over a message whole.  1: done; 0: no room for all of it now, nothing of it is sent; -1: the
   session is over. */
static inline int sluice_order_send(struct sluice_order *o, const void *bytes, size_t size)
{
	if (sluice_order_state_of(o) != SLUICE_ORDER_OPEN)
		return sluice_order_over(o);
	sluice_order_beat(o);
	int done = sluice_order_put(&o->out, bytes, size);
	return done < 0 ? sluice_order_over(o) : done;
}

/* sluice_order_unsent_bytes tells what the appliance has not taken yet. */
static inline uint64_t sluice_order_unsent_bytes(struct sluice_order *o)
{
	int64_t size = o->page == NULL ? 0 : sluice_order_look(&o->out);
	return size < 0 ? 0 : (uint64_t)size;
}

/* sluice_order_receive copies what has come, up to max bytes: pieces of the stream, not messages.  0: nothing now;
   -1: nothing more will come, o->error has why. */
static inline int64_t sluice_order_receive(struct sluice_order *o, void *bytes, size_t max)
{
	/* The state first: what was written before it changed is then seen by the look behind it. */
	enum sluice_order_state state = sluice_order_state_of(o);
	if (o->page == NULL)
		return sluice_order_over(o);
	sluice_order_beat(o);
	int64_t size = sluice_order_take(&o->in, bytes, max);
	if (size < 0 || (size == 0 && state != SLUICE_ORDER_OPEN))
		return sluice_order_over(o);
	return size;
}

/* sluice_order_is_alive tells whether the dataplane is still there (one system call: ask when there is nothing else to
   do).  0: it is gone, or has thrown us out; what it wrote stays readable. */
static inline int sluice_order_is_alive(const struct sluice_order *o)
{
	char byte;
	ssize_t got = recv(o->socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

/* sluice_order_end says that nothing more will be sent; receive until -1, then close. */
static inline void sluice_order_end(struct sluice_order *o)
{
	if (o->page != NULL)
		__atomic_store_n(&o->page->strategy_ended, 1, __ATOMIC_RELEASE);
}

/* sluice_order_close ends the session in order: what was sent is still taken, what was not received is lost. */
static inline void sluice_order_close(struct sluice_order *o)
{
	sluice_order_end(o);
	if (o->page != NULL)
		munmap(o->page, (size_t)o->size_bytes);
	if (o->socket >= 0)
		close(o->socket);
	o->page = NULL;
	o->socket = -1;
}

#ifdef __cplusplus
}
#endif

#endif
