/* sluice.h - the market in shared memory, for a strategy on the same machine.

   This one header is all a strategy needs: C11 or C++17, Linux on x86-64, no library to link.  Through it a
   strategy reads, from memory that the appliance's feed writes and that nobody else can write:

     tops     the best bid and offer, last trade and state of every symbol, as they stand now
     tapes    every event as it happened, in order, one cache line each
     channels how old what stands there is

   The smallest strategy that is right:

     struct sluice s;
     struct sluice_tape tape;
     struct sluice_event events[32];
     if (sluice_open(&s, "/run/sluice", "quoter") != 0)
             return complain(s.error);
     uint32_t aapl = sluice_symbol(&s, "AAPL");
     sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
     for (uint64_t lost = 0;;) {
             size_t count = sluice_tape_read(&tape, events, 32);
             if (tape.lost != lost)      // we were too slow: events are missing before events[0]
                     lost = tape.lost, forget_everything_and_read_the_tops();
             for (size_t i = 0; i < count; i++)
                     if (events[i].symbol == aapl) ...
             if (count == 0 && !sluice_is_alive(&s))
                     break;
     }
     sluice_close(&s);

   The writer never waits for a reader and never looks at one: a reader costs the feed nothing, and nobody
   but the reader itself can make it miss something.  A reader that is too slow for a whole ring is
   overrun; it learns of it at its next read, and exactly how many events it lost (struct sluice_tape).

   Nothing here blocks.  sluice_open, sluice_is_alive and sluice_close make system calls; all else only reads
   memory and may be called as often as you like.  A struct sluice may be read by many threads; a
   struct sluice_tape belongs to one.

   Units      prices in 1/10,000 of the currency (price_e4: 163.02 is 1630200); sizes in shares; times in
              nanoseconds, those named _ns of sluice_now_ns's clock unless a comment says otherwise.
   Errors     a sentence in s->error: what was found, what was expected, what mends it.

   Orders pass through memory of their own, which belongs to one process: sluice_order.h.  Installed, it is a part of
   this file.

   Strict -std=c11 hides clock_gettime: include this header before any other or define _GNU_SOURCE. */
#ifndef SLUICE_H
#define SLUICE_H

#if !defined(_GNU_SOURCE) && !defined(_DEFAULT_SOURCE) && !defined(_POSIX_C_SOURCE)
#define _DEFAULT_SOURCE 1
#endif

#if !defined(__linux__) || !defined(__x86_64__)
#error "sluice.h: found another system, expected Linux on x86-64"
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
#include <time.h>
#include <unistd.h>

#include "drivers/stream/sluice_order.h"

#ifndef CLOCK_MONOTONIC
#error "sluice.h: found no clock_gettime, expected it: include sluice.h first or define _GNU_SOURCE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A dataplane speaks one version of this page.  Rows may grow at their end and new parts may come
   without a new version: what is read here is found through the map in the region, not by its place. */
#define SLUICE_ABI 1u

#define SLUICE_MAGIC       0x31544b4d434c53ull /* "SLCMKT1" */
#define SLUICE_SOCKET_NAME "market.sock"
#define SLUICE_NONE        UINT32_MAX /* no such symbol; on the tape: an event of the whole market */

/* ---- what lies in the shared memory ---------------------------------------------------------- */

/* What an event is: which of its fields mean something.  `order` is the venue's order reference. */
enum sluice_kind {
	SLUICE_ADD = 1, /* order, side, qty, price_e4; other: attribution (4 characters) or 0 */
	SLUICE_EXECUTE =
		2, /* a print: order, side and price_e4 of the resting order, qty; other: match */
	SLUICE_EXECUTE_AT =
		3, /* a print at price_e4; code Y or N: does it count as a trade; other: match  */
	SLUICE_REDUCE = 4,  /* order, qty taken away                                              */
	SLUICE_DELETE = 5,  /* order                                                              */
	SLUICE_REPLACE = 6, /* order is gone, other is the new one: qty, price_e4                 */
	SLUICE_TRADE =
		7, /* a print against an order nobody saw: side, qty, price_e4; other: match */
	SLUICE_CROSS =
		8, /* a print: order is its size in shares, price_e4, code: which cross; other: match */
	SLUICE_BREAK =
		9, /* the print with this match (other) never happened; symbol SLUICE_NONE: of whichever
	                     symbol of the channel, where the wire does not name it                */
	SLUICE_SYSTEM = 10, /* code: the phase of the venue's day                                 */
	SLUICE_DIRECTORY =
		11,        /* qty: round lot                                                     */
	SLUICE_STATE = 12, /* code: T trading, H halted, P paused, Q quotes only; other: reason  */
	SLUICE_OPERATIONAL =
		13, /* code: H halted on one market (side), T trading                   */
	SLUICE_SHORT_SALE =
		14,        /* code: 0 none, 1 and 2 restricted                                 */
	SLUICE_OTHER = 15, /* something else: type is the wire's own letter                      */
	SLUICE_LEVEL =
		16, /* side, price_e4: the level's whole size is now qty, 0: no such level  */
	SLUICE_MODIFY =
		17, /* order is now qty at price_e4; keeps its place only with SLUICE_FLAG_KEEPS_PRIORITY */
	SLUICE_CLEAR = 19, /* every order and level of the symbol is gone                      */
	SLUICE_CLEAR_ALL =
		20,           /* every order and level of the channel is gone                     */
	SLUICE_OFFICIAL = 21, /* price_e4; code: O opening, C closing, H halt, I IPO auction      */

	/* not the venue's word but the feed's */
	SLUICE_STALE =
		62, /* the symbol (SLUICE_NONE: the whole channel) lost messages: do not believe what was built from
	                      events until it is whole again */
	SLUICE_WHOLE =
		63, /* the symbol or channel is complete again: read its top and begin anew   */
};

enum sluice_flag {
	SLUICE_FLAG_MORE = 1, /* the venue's own event goes on: do not act on what is between */
	SLUICE_FLAG_KEEPS_PRIORITY = 2, /* of a modified order                                */
};

/* One event on a tape: a cache line.  Events with one recv_ns came in one burst of frames. */
struct sluice_event {
	uint64_t
		sequence; /*  0  its number on this tape, from 1 without holes                        */
	uint64_t
		recv_ns; /*  8  when the feed took the burst with its frame from the port: read before it
	                          was taken, so sluice_now_ns - recv_ns is never too small             */
	uint64_t
		exch_ns; /* 16  the venue's own time: since its midnight                              */
	uint64_t
		order; /* 24                                                                       */
	uint64_t
		other; /* 32                                                                       */
	int64_t price_e4; /* 40                                                                       */
	uint32_t qty; /* 48                                                                       */
	uint32_t
		symbol; /* 52  index, as sluice_symbol gives it                                      */
	uint8_t kind; /* 56  enum sluice_kind; skip what you do not know                           */
	uint8_t type; /* 57  the wire's own letter                                                 */
	uint8_t side; /* 58  0 buy, 1 sell                                                         */
	uint8_t code; /* 59  one character, by kind                                                */
	uint8_t channel; /* 60                                                                       */
	uint8_t flags; /* 61  enum sluice_flag                                                      */
	uint8_t reserved[2];
};

/* The best prices of a symbol, and what else is known of it now. */
struct sluice_top {
	uint32_t lock;          /* of the slot; 0 in every copy                                 */
	uint16_t close_minute;  /* of the feed's clock when close_e4 was made, modulo 2^16      */
	uint8_t short_sale;     /* Reg SHO: '0' none, '1' '2' price test; 0 not said            */
	uint8_t reserved;       /* 0                                                            */
	int64_t bid_e4, ask_e4; /* 0: that side is empty                                        */
	uint32_t bid_qty, ask_qty;
	int64_t last_e4;     /* last trade; 0: none                                             */
	uint64_t last_ns;    /* when it came                                                    */
	uint8_t state;       /* T trading, H halted, P paused, Q quotes only, 0 not said        */
	uint8_t channel;     /* index of its channel                                            */
	uint8_t operational; /* 1: halted on this market alone                                  */
	uint8_t stale;       /* 1: messages are missing; the prices may be wrong                */
	uint32_t close_e4;   /* official close of today; 0: none yet                            */
	uint32_t band_lower_e4, band_upper_e4; /* where the venue lets it trade; 0: not said    */
};

/* What stands about a symbol in the site's files. */
struct sluice_instrument {
	uint64_t
		name; /* eight characters, padded with spaces                                        */
	int64_t tick_e4,
		previous_close_e4; /* previous_close_e4 0: not stated                        */
	uint32_t lot, reserved;
};

/* Where a part of the region is: row i begins at offset_bytes + i * row_bytes. */
struct sluice_part {
	uint64_t offset_bytes;
	uint32_t row_bytes, count;
};
enum sluice_part_id {
	SLUICE_INSTRUMENTS = 0,
	SLUICE_TOPS = 1,
	SLUICE_CHANNELS = 2,
	SLUICE_TAPES = 3,
	SLUICE_PART_COUNT = 16,
};

/* The feed's clock, so that a reader tells the same time: ns = zero_ns + (TSC - tsc_zero) * ratio_q32 / 2^32;
   ratio_q32 0: it is CLOCK_MONOTONIC. */
struct sluice_clock {
	uint64_t ratio_q32, tsc_zero, zero_ns;
};

/* The region begins with this. */
struct sluice_map {
	uint64_t magic;
	uint32_t version, reserved;
	uint64_t layout_hash, size_bytes;
	uint64_t
		instance; /* of the process that made it: another one is another day's begin         */
	uint64_t pid, build_id, config_hash[2], started_wall_ns;
	uint8_t reserved2[48];
	uint32_t abi, part_count;
	struct sluice_clock clock;
	struct sluice_part parts[SLUICE_PART_COUNT];
};

/* A tape's own words. */
struct sluice_tape_page {
	uint64_t written; /* events written; moves once a burst                                  */
	uint64_t turns;   /* turns of its feed stage's loop: the heartbeat                       */
	uint8_t reserved
		[112]; /* what follows is written once and shares no line with what moves     */
	uint64_t
		offset_bytes; /* of the ring in the region                                           */
	uint64_t
		event_count; /* slots, a power of two; 0: nothing goes on this tape                 */
	uint64_t kinds; /* a bit per enum sluice_kind that goes on it                          */
};

/* What is said over the socket, both ways. */
struct sluice_hello {
	uint64_t magic;
	uint32_t abi;
	uint32_t
		wants; /* asked for; in the answer: given                                           */
	uint64_t pid;
	char text
		[232]; /* to the dataplane: who asks; from it: why it refuses, empty if it does not   */
};
#define SLUICE_WANTS_MARKET 1u
#define SLUICE_WANTS_ORDERS 2u /* not given here: orders have a socket of their own */

/* ---- opening ----------------------------------------------------------------------------------- */

struct sluice {
	const struct sluice_map
		*map; /* NULL: not open                                               */
	uint64_t size_bytes;
	struct sluice_part
		parts[SLUICE_PART_COUNT]; /* as they were checked at sluice_open            */
	struct sluice_clock clock;
	uint64_t instance;
	int socket;
	char error[512];
};

static inline const char *sluice_at(const struct sluice *s, unsigned part, uint32_t index)
{
	return (const char *)s->map + s->parts[part].offset_bytes +
	       (uint64_t)index * s->parts[part].row_bytes;
}

static inline const struct sluice_tape_page *sluice_page(const struct sluice *s, uint32_t tape)
{
	return (const struct sluice_tape_page *)(const void *)sluice_at(s, SLUICE_TAPES, tape);
}

/* sluice_tapes_check holds every tape's ring to the memory there is. */
static inline int sluice_tapes_check(struct sluice *s, uint64_t size_bytes)
{
	for (uint32_t i = 0; i < s->parts[SLUICE_TAPES].count; i++) {
		const struct sluice_tape_page *page = sluice_page(s, i);
		uint64_t count = page->event_count;
		if ((count & (count - 1)) == 0 && page->offset_bytes % 64 == 0 &&
			page->offset_bytes <= size_bytes &&
			count <= (size_bytes - page->offset_bytes) / sizeof(struct sluice_event))
			continue;
		snprintf(s->error, sizeof s->error,
			"sluice: found tape %u outside of the market's memory, expected it inside",
			i);
		return -1;
	}
	return 0;
}

/* sluice_adopt reads through memory that is mapped already, for a process that got the region another way;
   sluice_is_alive then knows nothing.  Returns 0; -1: s->error has why, nothing is open. */
static inline int sluice_adopt(struct sluice *s, const void *region, uint64_t size_bytes)
{
	static const uint32_t least[] = {sizeof(struct sluice_instrument),
		sizeof(struct sluice_top), sizeof(uint64_t), sizeof(struct sluice_tape_page)};
	const struct sluice_map *map = (const struct sluice_map *)region;
	s->map = NULL;
	s->socket = -1;
	if (size_bytes < sizeof *map || map->magic != SLUICE_MAGIC || map->abi != SLUICE_ABI ||
		map->size_bytes != size_bytes) {
		snprintf(s->error, sizeof s->error,
			"sluice: found %llu bytes of another kind or version, expected a market of "
			"abi %u: "
			"build the strategy with this appliance's sluice.h",
			(unsigned long long)size_bytes, SLUICE_ABI);
		return -1;
	}
	memcpy(s->parts, map->parts, sizeof s->parts);
	for (unsigned i = 0; i < sizeof least / sizeof least[0]; i++) {
		const struct sluice_part *part = &s->parts[i];
		if (part->row_bytes < least[i] || part->offset_bytes % 8 != 0 ||
			part->offset_bytes > size_bytes ||
			(uint64_t)part->row_bytes * part->count > size_bytes - part->offset_bytes) {
			snprintf(s->error, sizeof s->error,
				"sluice: found part %u outside of the market's memory, expected it "
				"inside",
				i);
			return -1;
		}
	}
	s->map = map;
	if (sluice_tapes_check(s, size_bytes) != 0) {
		s->map = NULL;
		return -1;
	}
	s->clock = map->clock;
	s->instance = map->instance;
	s->size_bytes = size_bytes;
	return 0;
}

/* sluice_ask says hello and takes the answer's descriptor.  -1: error has why. */
static inline int sluice_ask(struct sluice *s, const char *path, const char *name)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sluice_hello hello;
	struct timeval patience = {2, 0};
	struct iovec part = {&hello, sizeof hello};
	struct msghdr message;
	int fd = -1;
	memset(&hello, 0, sizeof hello);
	hello.magic = SLUICE_MAGIC;
	hello.abi = SLUICE_ABI;
	hello.wants = SLUICE_WANTS_MARKET;
	hello.pid = (uint64_t)getpid();
	strncpy(hello.text, name, sizeof hello.text - 1);
	memset(&message, 0, sizeof message);
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	setsockopt(s->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	/* A dataplane that refuses us may have closed already; its answer is there all the same. */
	ssize_t sent = send(s->socket, &hello, sizeof hello, MSG_NOSIGNAL);
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	ssize_t got = recvmsg(s->socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (head != NULL && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(head), sizeof fd);
	hello.text[sizeof hello.text - 1] = '\0';
	if (got == (ssize_t)sizeof hello && hello.text[0] == '\0' && fd >= 0)
		return fd;
	if (got == (ssize_t)sizeof hello && hello.text[0] != '\0')
		snprintf(s->error, sizeof s->error, "%s: refused: %s", path, hello.text);
	else
		snprintf(s->error, sizeof s->error,
			"%s: found %s, expected the market's memory: is it another version's "
			"dataplane?",
			path, sent < 0 || got < 0 ? strerror(errno) : "another answer");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* sluice_map_fd maps what the dataplane gave, read-only. */
static inline int sluice_map_fd(struct sluice *s, int fd)
{
	struct stat file;
	if (fstat(fd, &file) != 0 || file.st_size < (off_t)sizeof(struct sluice_map)) {
		snprintf(s->error, sizeof s->error,
			"sluice: found a descriptor of no use, expected the market's memory");
		return -1;
	}
	/* Populated now (MAP_POPULATE, which strict C hides), so that no page faults in the middle of the day. */
	void *region = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED | 0x8000, fd, 0);
	if (region == MAP_FAILED) {
		snprintf(s->error, sizeof s->error,
			"sluice: mmap found \"%s\", expected %lld bytes to read: see `ulimit -v`",
			strerror(errno), (long long)file.st_size);
		return -1;
	}
	int connection = s->socket, code = sluice_adopt(s, region, (uint64_t)file.st_size);
	s->socket = connection;
	if (code == 0)
		return 0;
	munmap(region, (size_t)file.st_size);
	return -1;
}

/* sluice_open asks the dataplane whose run directory this is for the market and maps it.  name says who
   asks (for its log).  Waits at most two seconds for the answer.  Returns 0; -1: s->error has why, nothing
   is open.  The dataplane gives the market to the uids of `market: readers` and of `people` in site.yaml. */
static inline int sluice_open(struct sluice *s, const char *run_directory, const char *name)
{
	struct sockaddr_un address;
	memset(s, 0, sizeof *s);
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	int size = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", run_directory,
		SLUICE_SOCKET_NAME);
	s->socket = size < (int)sizeof address.sun_path
			    ? socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)
			    : -1;
	if (s->socket < 0 ||
		connect(s->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
		snprintf(s->error, sizeof s->error,
			"%s: found \"%s\", expected a running sluice-dataplane behind this socket",
			address.sun_path,
			size < (int)sizeof address.sun_path ? strerror(errno) : "too long a path");
	} else {
		int fd = sluice_ask(s, address.sun_path, name);
		int good = fd >= 0 && sluice_map_fd(s, fd) == 0;
		if (fd >= 0)
			close(fd);
		if (good)
			return 0;
	}
	if (s->socket >= 0)
		close(s->socket);
	s->socket = -1;
	return -1;
}

/* sluice_close unmaps the market; tapes that read it may not be used any more. */
static inline void sluice_close(struct sluice *s)
{
	if (s->map != NULL)
		munmap((void *)(uintptr_t)s->map, s->size_bytes);
	if (s->socket >= 0)
		close(s->socket);
	s->map = NULL;
	s->socket = -1;
}

/* sluice_is_alive tells whether the dataplane that gave the memory is still there (one system call: ask when
   there is nothing else to do).  0: it is gone, for good; the memory stays readable and never changes
   again.  Close, and open again until the next one answers; its instance is another. */
static inline int sluice_is_alive(const struct sluice *s)
{
	char byte;
	ssize_t got = recv(s->socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

/* sluice_now_ns reads the feed's own clock.  It alone may be compared with recv_ns, last_ns and heard_ns;
   clock_gettime runs at another speed. */
static inline uint64_t sluice_now_ns(const struct sluice *s)
{
	if (s->clock.ratio_q32 != 0) {
		uint64_t cycles = __builtin_ia32_rdtsc() - s->clock.tsc_zero;
		/* cycles * ratio / 2^32 in two halves: 64 bits hold each */
		return s->clock.zero_ns + (cycles >> 32) * s->clock.ratio_q32 +
		       ((cycles & UINT32_MAX) * (s->clock.ratio_q32 & UINT32_MAX) >> 32) +
		       (cycles & UINT32_MAX) * (s->clock.ratio_q32 >> 32);
	}
	struct timespec t = {0, 0};
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- symbols and tops ---------------------------------------------------------------------------- */

/* sluice_instrument_of gives a symbol's row; NULL: no such index. */
static inline const struct sluice_instrument *sluice_instrument_of(
	const struct sluice *s, uint32_t symbol)
{
	if (symbol >= s->parts[SLUICE_INSTRUMENTS].count)
		return NULL;
	return (const struct sluice_instrument *)(const void *)sluice_at(
		s, SLUICE_INSTRUMENTS, symbol);
}

/* sluice_symbol finds the index of a symbol by name; SLUICE_NONE: the site does not list it.  It looks at
   every row: ask once, at the start.  The index holds for this instance. */
static inline uint32_t sluice_symbol(const struct sluice *s, const char *name)
{
	char padded[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
	size_t size = strlen(name);
	if (size == 0 || size > sizeof padded)
		return SLUICE_NONE;
	memcpy(padded, name, size);
	for (uint32_t i = 0; i < s->parts[SLUICE_INSTRUMENTS].count; i++)
		if (memcmp(&sluice_instrument_of(s, i)->name, padded, sizeof padded) == 0)
			return i;
	return SLUICE_NONE;
}

/* sluice_name writes a symbol's name without its padding; "?" for no such index. */
static inline void sluice_name(const struct sluice *s, uint32_t symbol, char name[9])
{
	const struct sluice_instrument *row = sluice_instrument_of(s, symbol);
	size_t size = 8;
	memcpy(name, "?", 2);
	if (row == NULL)
		return;
	memcpy(name, &row->name, 8);
	while (size > 0 && name[size - 1] == ' ')
		size--;
	name[size] = '\0';
}

/* sluice_top_read copies a symbol's top, whole.  Returns 1; 0: no such symbol, or the writer was in the way
   64 times, and then *top is zero, which is no price.  Look at top->stale, and at the channel's age, before
   you believe it. */
static inline int sluice_top_read(const struct sluice *s, uint32_t symbol, struct sluice_top *top)
{
	enum { WORDS = sizeof *top / sizeof(uint64_t) };
	memset(top, 0, sizeof *top);
	if (symbol >= s->parts[SLUICE_TOPS].count)
		return 0;
	const uint64_t *row = (const uint64_t *)(const void *)sluice_at(s, SLUICE_TOPS, symbol);
	const uint32_t *lock = (const uint32_t *)(const void *)row;
	for (int tries = 0; tries < 64; tries++) {
		uint64_t words[WORDS];
		uint32_t before = __atomic_load_n(lock, __ATOMIC_ACQUIRE);
		for (unsigned i = 0; i < WORDS; i++)
			words[i] = __atomic_load_n(&row[i], __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if ((before & 1) == 0 && __atomic_load_n(lock, __ATOMIC_RELAXED) == before) {
			memcpy(top, words, sizeof *top);
			top->lock = 0;
			return 1;
		}
	}
	return 0;
}

/* sluice_channel_age_ns tells how long ago a channel last proved that nothing is missing; UINT64_MAX: never,
   or it is broken now.  A quiet market is not stale: heartbeats count. */
static inline uint64_t sluice_channel_age_ns(
	const struct sluice *s, uint32_t channel, uint64_t now_ns)
{
	if (channel >= s->parts[SLUICE_CHANNELS].count)
		return UINT64_MAX;
	const uint64_t *heard =
		(const uint64_t *)(const void *)sluice_at(s, SLUICE_CHANNELS, channel);
	uint64_t heard_ns = __atomic_load_n(heard, __ATOMIC_ACQUIRE);
	if (heard_ns == 0)
		return UINT64_MAX;
	return now_ns > heard_ns ? now_ns - heard_ns : 0;
}

/* ---- tapes ---------------------------------------------------------------------------------------- */

/* One reader of one tape.  Always: next - first = read + lost. */
struct sluice_tape {
	const struct sluice_tape_page
		*page; /* NULL: there is no such tape; reads give 0             */
	const struct sluice_event *events;
	uint64_t mask;
	uint64_t
		first; /* where this reader began                                                     */
	uint64_t
		next; /* the event it reads next                                                     */
	uint64_t
		read; /* events it was given                                                         */
	uint64_t
		lost; /* events that were overwritten before it came                                 */
	uint64_t overruns; /* how often that happened                                       */
	uint64_t turns,
		turns_since_ns; /* sluice_silent_ns                                           */
};

enum sluice_from {
	SLUICE_OLDEST =
		0, /* as far back as is safe: half a ring                                      */
	SLUICE_NEWEST =
		1, /* what comes from now on                                                   */
};

/* A slot is being written: the number of what comes, with this bit. */
#define SLUICE_BUSY (1ull << 63)

/* sluice_tape_count tells how many tapes there are: one for each feed stage.  Between two tapes there is no
   order but recv_ns. */
static inline uint32_t sluice_tape_count(const struct sluice *s)
{
	return s->parts[SLUICE_TAPES].count;
}

/* sluice_tape_written tells how many events the writer has announced; it moves once a burst. */
static inline uint64_t sluice_tape_written(const struct sluice_tape *t)
{
	return __atomic_load_n(&t->page->written, __ATOMIC_ACQUIRE);
}

/* sluice_tape_join begins to read tape number `index`.  Returns 1; 0: there is none, or nothing goes on it. */
static inline int sluice_tape_join(
	struct sluice_tape *t, const struct sluice *s, uint32_t index, enum sluice_from from)
{
	memset(t, 0, sizeof *t);
	if (index >= sluice_tape_count(s) || sluice_page(s, index)->event_count == 0)
		return 0;
	t->page = sluice_page(s, index);
	t->events = (const struct sluice_event *)(const void *)((const char *)s->map +
								t->page->offset_bytes);
	t->mask = t->page->event_count - 1;
	uint64_t written = sluice_tape_written(t), half = (t->mask + 1) / 2;
	t->next = from == SLUICE_NEWEST || written <= half ? written + 1 : written - half + 1;
	if (from == SLUICE_OLDEST && written <= half)
		t->next = 1;
	t->first = t->next;
	return 1;
}

/* sluice_tape_overrun moves a reader that was overtaken to half a ring behind what it saw of the writer: far
   enough from being overtaken again at once, near enough to have lost no more than it must. */
static inline void sluice_tape_overrun(struct sluice_tape *t, uint64_t seen)
{
	uint64_t written = sluice_tape_written(t);
	uint64_t head = written > seen ? written : seen;
	uint64_t next = head - (t->mask + 1) / 2 + 1;
	t->lost += next - t->next;
	t->overruns++;
	t->next = next;
}

/* sluice_tape_copy copies the event that is next.  1: done; 0: not written yet; -1: overrun, *seen is what stands
   in its place. */
static inline int sluice_tape_copy(
	const struct sluice_tape *t, struct sluice_event *event, uint64_t *seen)
{
	enum { WORDS = sizeof *event / sizeof(uint64_t) };
	const uint64_t *slot = (const uint64_t *)(const void *)&t->events[t->next & t->mask];
	uint64_t words[WORDS];
	words[0] = __atomic_load_n(&slot[0], __ATOMIC_ACQUIRE);
	if (words[0] == t->next) {
		for (unsigned i = 1; i < WORDS; i++)
			words[i] = __atomic_load_n(&slot[i], __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		*seen = __atomic_load_n(&slot[0], __ATOMIC_RELAXED);
		if (*seen == t->next) {
			memcpy(event, words, sizeof *event);
			return 1;
		}
	} else {
		*seen = words[0];
	}
	/* what is being written over ours counts as not written */
	*seen = (*seen & SLUICE_BUSY) != 0 ? (*seen & ~SLUICE_BUSY) - 1 : *seen;
	return *seen >= t->next ? -1 : 0;
}

/* sluice_tape_read gives up to max events, in order, none twice, none torn; 0: nothing new.  The events of one
   call never have a hole between them: where some were lost, t->lost rises in the call whose events
   come behind the hole. */
static inline size_t sluice_tape_read(
	struct sluice_tape *t, struct sluice_event *events, size_t max)
{
	size_t count = 0;
	while (t->page != NULL && count < max) {
		uint64_t seen = 0;
		int found = sluice_tape_copy(t, &events[count], &seen);
		if (found > 0) {
			t->next++;
			t->read++;
			count++;
		} else if (found < 0 && count == 0) {
			sluice_tape_overrun(t, seen);
		} else {
			break;
		}
	}
	return count;
}

/* sluice_tape_skip passes over all that is there and waits for what comes; returns how many it passed over: they
   count as lost, because they were not read. */
static inline uint64_t sluice_tape_skip(struct sluice_tape *t)
{
	if (t->page == NULL)
		return 0;
	uint64_t written = sluice_tape_written(t);
	uint64_t skipped = written >= t->next ? written + 1 - t->next : 0;
	t->next += skipped;
	t->lost += skipped;
	return skipped;
}

/* sluice_silent_ns tells for how long the tape's feed stage has not turned, as far as this reader looked: the
   loop counts, and a count that stands is a feed that hangs although its process lives.  Call it now and
   then; the first call gives 0. */
static inline uint64_t sluice_silent_ns(struct sluice_tape *t, uint64_t now_ns)
{
	uint64_t turns = t->page == NULL ? 0 : __atomic_load_n(&t->page->turns, __ATOMIC_RELAXED);
	if (turns != t->turns || t->turns_since_ns == 0) {
		t->turns = turns;
		t->turns_since_ns = now_ns;
	}
	return now_ns > t->turns_since_ns ? now_ns - t->turns_since_ns : 0;
}

#ifdef __cplusplus
}
#endif

#endif
