/* stream_shm.h - order sessions of strategies on the same machine, through shared memory.

   A strategy connects to a Unix socket, the kernel says who it is (SO_PEERCRED), and if its uid is one of those
   given it gets a memory of two byte rings, made for it alone, by SCM_RIGHTS (sluice_order.h).  From then on
   bytes pass without the kernel; the socket carries nothing more, but its end is the peer's end.

   listen takes the socket's path for an address and connect the path of another process's; port means nothing.

   Nothing that a peer writes is believed.  A count is checked against what it may be before it is used, bytes are
   copied before anybody reads them, the memory's size is sealed, and this side's own counts are kept
   outside of it: a peer that lies is closed with EPROTO and named, and can spoil nobody's session but its
   own.  A memory is never given to a second peer.

   A peer's end is seen by its socket, by its process (a pidfd: also when a child still holds the socket), and, if
   silence_ns is set, by a beat that stands still although the process lives:

     ended in order, all taken -> 0      gone without a word -> ECONNRESET      lied  -> EPROTO
     beat stood for silence_ns -> ETIMEDOUT                                     refused (connect) -> EACCES

   What a peer had published before it went is handed out first.

   Owner      as stream.h says.  notes is read by another thread.
   Time       clock_now_ns, read once a poll.  Once a millisecond the driver looks at its sockets: one system
              call and one line of each session; all else is memory alone.  Letting one in makes and maps a memory,
              tens of microseconds, at most one in a look.
   Memory     no heap.  A session's rings are a memfd each, taken when it is let in: at most connection_max of
              4 KiB + 2 * ring_bytes.
   Errors     as stream.h says. */
#ifndef SLUICE_DRIVERS_STREAM_SHM_H
#define SLUICE_DRIVERS_STREAM_SHM_H

#include "drivers/stream/notes.h"
#include "drivers/stream/stream.h"

enum {
	STREAM_SHM_UID_MAX = 64,
	STREAM_SHM_OF_UID_MAX = 16, /* connections of one uid */
	STREAM_SHM_RING_BYTES_MIN = 4096,
	STREAM_SHM_RING_BYTES_MAX = 1 << 24,
};

struct stream_shm_config {
	uint32_t connection_max; /* 1 .. 1024 */
	uint32_t ring_bytes;     /* each way, a power of two */
	uint64_t silence_ns;     /* a beat that stands for longer is a dead peer; 0: nobody looks */
	uint32_t uid_count;
	uint32_t uids[STREAM_SHM_UID_MAX]; /* who may open a session; nobody else may */
};

/* What happened; never decreases.  Any thread may ask. */
struct stream_shm_counts {
	uint64_t opened, refused; /* sessions let in, and not */
	uint64_t lied;            /* closed: a count that cannot be */
	uint64_t died;            /* closed: gone without a word */
	uint64_t hung;            /* closed: the beat stood still */
};

/* stream_shm_open makes a driver without a socket; stream_listen and stream_connect give it some.  NULL: error has
   why. */
struct stream *stream_shm_open(const struct stream_shm_config *config, struct config_error *error);

void stream_shm_counts_of(const struct stream *stream, struct stream_shm_counts *counts);

/* stream_shm_notes gives what the driver has to say of those it refused and ended. */
struct notes *stream_shm_notes(struct stream *stream);

#endif
