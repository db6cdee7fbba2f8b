/* shm.h - the inside of stream_shm: sessions as slots, and the door that lets them in.

   Private to this room.  shm.c has the slots, shm_door.c the socket, the hello and the memory, and stream_shm.c on both
   the verbs that a caller sees and the life of a session.

   Owner      the polling thread; open, listen and connect may come before it.
   Invariant  (1) what a slot has mapped is unmapped when its end was told, never before;
              (2) of shared memory only `other` words and ring bytes are read, each once before it is used;
              (3) a slot in use is in the list once. */
#ifndef SLUICE_DRIVERS_STREAM_SHM_INSIDE_H
#define SLUICE_DRIVERS_STREAM_SHM_INSIDE_H

#include "drivers/stream/sluice_order.h"
#include "drivers/stream/stream_shm.h"

#define SHM_LOOK_NS     1000000ull    /* how often sockets and beats are looked at */
#define SHM_PATIENCE_NS 2000000000ull /* for a hello, and for its answer */
#define SHM_NOTE_NS     1000000000ull /* refusals are told this often at most; all are counted */

enum { SHM_LISTENER_MAX = 4, SHM_ACCEPT_MAX = 4, SHM_READY_MAX = 32 };

/* A session's life.

     FREE -> GREETING (accepted, no hello yet) -> NEWS -> OPEN -> DRAINING (we shut) -> DYING -> FREE
     FREE -> ASKING (we connect) --------------> NEWS       \-> ENDING (the peer ended; what is queued
                                                                still goes)

   NEWS: open, and the caller has not been told.  DYING: over, and the caller has not been told. */
enum shm_phase {
	SHM_FREE = 0,
	SHM_GREETING,
	SHM_ASKING,
	SHM_NEWS,
	SHM_OPEN,
	SHM_DRAINING,
	SHM_ENDING,
	SHM_DYING,
};

struct shm_session {
	/* hot: every poll */
	struct sluice_order_way in, out;
	struct sluice_order_page *page; /* NULL: not mapped */
	uint32_t number, listener;
	uint8_t phase; /* enum shm_phase */
	bool is_ours;  /* accepted here: we are the appliance's side */
	bool is_gone;  /* its socket or its process ended */
	int32_t error;
	/* cold: looks and the door */
	int socket, process; /* -1: none */
	uint32_t uid, pid;
	uint64_t since_ns, beat, beat_ns, size_bytes;
	struct sluice_order order; /* of a connection that we make */
	uint8_t *rx; /* STREAM_EVENT_BYTES_MAX: what the caller reads until the next poll */
};

struct shm {
	struct stream stream;
	struct stream_shm_config config;
	uint32_t slot_mask, last_number, used_count, listener_count, turn;
	int epoll;
	uint64_t looked_ns, noted_ns, instance;
	struct shm_session *sessions;
	uint32_t *list; /* slots in use */
	struct {
		int fd;
		char path[PATH_BYTES];
	} listeners[SHM_LISTENER_MAX];
	struct stream_shm_counts counts;
	struct notes notes;
	size_t size_bytes;
};

/* shm_take gives a free slot the next number; NULL: all are in use. */
struct shm_session *shm_take(struct shm *shm, enum shm_phase phase, uint32_t listener);

/* shm_die keeps why a session is over until the caller is told, and tells the peer. */
void shm_die(struct shm *shm, struct shm_session *session, int32_t error);

/* shm_bury gives back what a session holds and frees its slot. */
void shm_bury(struct shm *shm, struct shm_session *session);

/* shm_door_listen opens a listening socket.  0: error has why. */
uint32_t shm_door_listen(struct shm *shm, const char *path, struct config_error *error);

/* shm_door_watch looks at what the sockets say: newcomers, hellos, ends. */
void shm_door_watch(struct shm *shm, uint64_t now_ns);

/* shm_door_watch_for has the session's socket watched; with is_pid, its process too. */
void shm_door_watch_for(struct shm *shm, struct shm_session *session, bool is_pid);

#endif
