/* gap.h - what is ahead of a hole, held for a moment while the other line may fill it.

   A packet that is ahead is copied and kept in order of its first number; a heartbeat that is ahead
   leaves a mark: numbers below it exist.  If the missing messages come within GAP_HOLD_NS, nothing was
   lost; if they do not, or if more comes than can be held, the channel gives them up aloud.

        closed --(gap_hold, gap_expect)--> open --(gap_take .. nothing is ahead)--> closed
                                            |
                                            +--(too old, or full)--> the channel declares the loss

   Owner      one channel.
   Time       held_ns is the caller's now_ns; the gap is as old as the oldest thing it holds.
   Invariant  (1) packets are in rising order of sequence; (2) a slot is in use or free, never both. */
#ifndef SLUICE_FEED_GAP_H
#define SLUICE_FEED_GAP_H

#include "config/limits.h"
#include "dataplane/wire/itch50.h"

enum {
	GAP_PACKET_COUNT = 64,         /* held at once                                     */
	GAP_HOLD_NS = 2 * 1000 * 1000, /* the other line has this long                     */
	GAP_SLOT_BYTES = PACKET_BYTES_MAX + ITCH50_READ_PAST_BYTES,
	GAP_BYTES = GAP_PACKET_COUNT * GAP_SLOT_BYTES, /* what gap_init is given          */
};

struct gap_packet {
	uint64_t sequence, held_ns;
	const uint8_t *payload;
	uint32_t size_bytes;
	uint32_t count; /* whole messages in it */
	uint8_t line, slot;
};

struct gap {
	uint64_t free_slots; /* a bit per slot */
	uint8_t *bytes;
	uint32_t count;
	uint8_t tail_line;
	uint64_t tail, tail_ns; /* numbers below tail exist; 0: nothing was said */
	struct gap_packet packets[GAP_PACKET_COUNT];
};

enum gap_verdict { GAP_HELD = 0, GAP_KNOWN, GAP_FULL };

/* gap_init begins closed, with GAP_BYTES of the caller's memory. */
void gap_init(struct gap *gap, uint8_t *bytes);

/* gap_hold copies packet->payload and keeps it (slot and payload of what is given are not read later).
   GAP_KNOWN: a held packet has all its messages; GAP_FULL: no room; nothing is kept in either case. */
enum gap_verdict gap_hold(struct gap *gap, const struct gap_packet *packet);

/* gap_expect notes that the numbers below sequence exist; if they are no news against next, nothing.
   While one mark waits, a higher one does not make it younger. */
void gap_expect(struct gap *gap, uint64_t next, uint64_t sequence, uint8_t line, uint64_t now_ns);

/* gap_take gives the first held packet if it begins at or before next.  Its bytes stay as they are until
   the next gap_hold.  false: what is held, if anything, is still ahead. */
bool gap_take(struct gap *gap, uint64_t next, struct gap_packet *packet);

/* gap_is_open tells whether something ahead of next is held or known to exist. */
static inline bool gap_is_open(const struct gap *gap, uint64_t next)
{
	return gap->count != 0 || gap->tail > next;
}

/* Of an open gap: since when, which line showed it, and the number at which what we have goes on. */
uint64_t gap_since_ns(const struct gap *gap, uint64_t next);
uint8_t gap_shown_by(const struct gap *gap);
uint64_t gap_end(const struct gap *gap);

#endif
