/* gate.h - the gate stage: sessions on one side, the venue on the other, the fold between.

   One poll is at most one turn.  The gate takes what came from its streams, what control and the door
   want, and the time; writes each as an input record, publishes it, applies it to the fold, and hands over
   what the fold decided, after reading the stop words once more.  Everything it knows of the outside
   stands in a record, so the journal alone rebuilds it.

   The room stands in layers, and a file calls only those above it in this list; what is of one connection stands above what
   hears them all:

      the state                   state session session_bytes
      an input                    turn
      the way out                 route
      one at the other end        client venue copylink
      how it speaks               session_fix_venue session_fix session_soup copylink_fix kinds
      all of them                 clients venues copylinks
      what it stops by itself     trips balance
      what it is told             start banks marks conversion word
      days                        hours roll
      what it answers             report_rows report
      the poll                    gate

   To read it: turn.c (what an input stands behind), client.c (a message and what follows it), route.c, then gate_poll.

   Owner      its stage's thread, after gate_recovered.
   Time       now_ns of the poll.
   Invariant  (1) no input is taken while the journal link lacks room for a whole turn; a reserve of it is
                  kept for stops, the venue's word and cancels: before it is touched the clients are let
                  go, so that a kill works and is written down while the disk hangs;
              (2) an order is handed over only after its receipt was published, after the stop boards were
                  read again, and only to a stream without unsent bytes of an earlier turn;
              (3) until the journal was replayed and control attached, no client is let in. */
#ifndef SLUICE_GATE_GATE_H
#define SLUICE_GATE_GATE_H

#include "dataplane/fold/replay.h"
#include "dataplane/gate/state.h"

enum {
	/* Of the link: more than one turn without clients can write.  The venue's shortest message is 21 bytes
	   and costs a record of 64; stops beyond what has room wait in their words for the next poll. */
	GATE_STOP_COUNT = 4096,
	GATE_RESERVE_BYTES = BURST_COUNT_MAX * STREAM_EVENT_BYTES_MAX * 4 + (1 << 20) +
			     GATE_STOP_COUNT * (sizeof(struct record) + sizeof(struct stop_record)),
	/* And with clients: a poll brings at most 32 events of STREAM_EVENT_BYTES_MAX; the most records a byte
	   can cost is 16 (a 12-byte cancel that is refused writes 192). */
	GATE_ROOM_BYTES = BURST_COUNT_MAX * STREAM_EVENT_BYTES_MAX * 16 + GATE_RESERVE_BYTES,
};

/* What the clocks say when a gate begins. */
struct gate_time {
	uint64_t now_ns;           /* monotonic, of the stage's own polls */
	uint64_t wall_ns;          /* since the epoch                     */
	uint64_t midnight_wall_ns; /* of the venue's day                  */
};

/* gate_open prepares a gate over a region and the market it judges by; nothing is recovered yet and no socket is open. */
struct gate *gate_open(const struct site_config *site, struct dataplane_region *region,
	const struct market_region *market, struct stream *stream);

/* gate_recovered takes the fold that replay rebuilt from the journal, writes what the journal lacks (unwritten
   outputs, BOOT) and halts the firm if halt_reason is not NULL.  old is the link of the process before, or
   NULL: records it published that are not in the journal are written again and applied.  The journal
   stage must be draining the region's link.  replay is left without its fold. */
void gate_recovered(struct gate *gate, struct replay *replay, const struct link *old,
	uint64_t build_id, const struct gate_time *time, const char *halt_reason);

/* gate_listen opens the client door and starts towards the venue; after gate_recovered. */
bool gate_listen(struct gate *gate, struct config_error *error);

/* gate_attach hands in the newest control region; may be called from the door's thread. */
void gate_attach(struct gate *gate, const struct control_region *control);

/* gate_poll is the stage's turn (stage_poll). */
bool gate_poll(void *gate, uint64_t now_ns);

/* gate_stop ends the day in order: says goodbye to the sessions and writes the state's hash. */
void gate_stop(struct gate *gate, uint64_t now_ns);

/* gate_leave is what the stage does instead of turns once it is to stop (stage_poll): gate_stop, and then it waits until what was
   said has left and the peers have closed.  Nothing is taken any more; false: nobody is there. */
bool gate_leave(void *gate, uint64_t now_ns);
void gate_close(struct gate *gate);

#endif
