/* gate_rig.h - a gate on the bench: clients and one venue, all in memory, no control process, and a disk only where a bench
   wants the journal.

   Owner      one thread. */
#ifndef SLUICE_BENCH_GATE_RIG_H
#define SLUICE_BENCH_GATE_RIG_H

#include "dataplane/gate/gate.h"
#include "dataplane/journal/journal.h"

/* A stream of memory: one venue, and a client or many: that of session n has connection n + VENUE, the first CLIENT. */
enum {
	CLIENT = 1,
	VENUE = 2,
	RIG_VENUE_SESSION = SESSION_COUNT_MAX - 1,
	RIG_SESSION_MAX = RIG_VENUE_SESSION - 1
};

struct memory_stream {
	struct stream stream; /* first */
	struct stream_event events[8];
	uint32_t event_count;
	uint8_t rx[1 << 16];
	uint64_t venue_messages, client_messages;
	bool is_answering; /* the venue accepts by itself, and takes back */
	uint8_t answers[2][256];
	uint32_t last_ref;      /* UserRefNum of the last order the venue got */
	uint64_t sent_cycles;   /* when it got it */
	void (*when_out)(void); /* called when it got one; NULL: nobody asks */
};

struct gate_rig {
	struct site_config site;
	struct memory_stream memory;
	struct dataplane_region *region;
	struct market_region *market;
	struct control_region *control;
	int region_fd, market_fd, control_fd;
	struct stream *stream; /* the gate's; NULL: memory */
	bool is_remote;        /* the client comes by another stream */
	bool is_read; /* another thread takes what the gate journals: rig_drain waits until it has */
	uint32_t
		session_count; /* of clients, up to RIG_SESSION_MAX; 0: one.  Accounts are shared out among them */
	const char *journal_directory; /* where what the gate journals is written; NULL: nowhere */
	struct disk *disk;
	struct journal *journal;
	struct gate *gate;
	uint64_t now_ns, sequence;
	uint32_t client_ref;
};

/* rig_memory_open makes memory a stream before rig_open does, for a pair. */
void rig_memory_open(struct gate_rig *rig);

/* rig_site makes the site; rig_open does it where nobody did. */
void rig_site(struct gate_rig *rig, uint32_t symbols, uint32_t accounts);

/* rig_open boots the gate with limits in force, the venue ready and the client logged in.  false: told on standard
   error.  What stands in rig->stream, is_remote and in the site's addresses before is used. */
bool rig_open(struct gate_rig *rig, uint32_t symbols, uint32_t accounts);
void rig_close(struct gate_rig *rig);

/* rig_load offers the next epoch, with a row for each symbol and every limit changed a little; rig_is_loaded tells whether the gate has
   what was offered last. */
void rig_load(struct gate_rig *rig);
bool rig_is_loaded(const struct gate_rig *rig);

/* rig_flush writes all that the gate journaled.  false: the disk would not. */
bool rig_flush(struct gate_rig *rig);

/* rig_drain takes what the gate journaled; rig_step is a poll and a drain. */
void rig_drain(struct gate_rig *rig);
void rig_step(struct gate_rig *rig);

/* rig_order_build writes one order as a packet; rig_order has the client send one; rig_finish has the venue accept it and
   take it back. */
uint32_t rig_order_build(struct gate_rig *rig, uint64_t chance, bool is_known, uint8_t *packet);
void rig_order(struct gate_rig *rig, uint64_t chance);
void rig_burst(
	struct gate_rig *rig, uint64_t chance, uint32_t count); /* of one client, in one piece */
void rig_finish(struct gate_rig *rig, uint32_t ref);

#endif
