/* gap.h - what is ahead of a hole, held while the hole may still be filled.

   A packet that is ahead is copied and kept in order of its first number; a heartbeat that is ahead
   leaves a mark: numbers below it exist.  What fills the hole - the other line, a request server, a
   snapshot - is the channel's concern (mend.h); the gap only keeps, in order, as much as the site gave
   it memory for.

        closed --(gap_hold, gap_expect)--> open --(gap_take .. nothing is ahead)--> closed
                                            |
                                            +--(gap_clear: given up, another session)--> closed

   Most packets of a feed are short, so there are two kinds of places: one of GAP_SMALL_BYTES for every
   packet, and for one in eight of them a place as long as a frame can be.

   Owner      one channel.
   Time       held_ns is the caller's now_ns, which never falls; the gap is as old as the oldest thing
              it holds.
   Invariant  (1) packets are in rising order of sequence; (2) a place is in use or free, never both;
              (3) every operation but the insertion of a packet that came late is of constant time. */
#ifndef SLUICE_FEED_GAP_H
#define SLUICE_FEED_GAP_H

#include "config/limits.h"
#include "dataplane/wire/itch50.h"

enum {
	GAP_SMALL_BYTES = 2048,                                      /* read past included */
	GAP_LARGE_BYTES = PACKET_BYTES_MAX + ITCH50_READ_PAST_BYTES, /* the same           */
	GAP_PACKETS_A_LARGE = 8,
};

struct gap_packet {
	uint64_t sequence, held_ns;
	uint64_t reach;    /* the highest end of this and of all that begin before it          */
	uint64_t since_ns; /* the earliest held_ns of this and of all that begin behind it     */
	const uint8_t *payload;
	uint32_t size_bytes;
	uint32_t count; /* whole messages in it */
	uint32_t place;
	uint8_t line;
};

struct gap {
	struct gap_packet
		*packets;      /* room for twice packet_max; in use: first .. first + count - 1 */
	uint32_t *free_places; /* small ones, then large ones                                   */
	uint8_t *bytes;
	uint32_t packet_max, large_max, first, count;
	uint32_t small_free, large_free;
	uint64_t held_bytes;
	uint64_t tail, tail_ns; /* numbers below tail exist; 0: nothing was said */
	uint8_t tail_line;
};

enum gap_verdict { GAP_HELD = 0, GAP_KNOWN, GAP_FULL };

/* gap_size_bytes tells how much memory gap_init wants for packet_max packets, 64 at least. */
size_t gap_size_bytes(uint32_t packet_max);

/* gap_init begins closed, in memory of the caller's. */
void gap_init(struct gap *gap, uint32_t packet_max, void *memory);

/* gap_hold copies packet->payload and keeps it (place, reach, since_ns and payload of what is given are not
   read later).  GAP_KNOWN: held packets have all its messages; GAP_FULL: no place; nothing is kept in either case. */
enum gap_verdict gap_hold(struct gap *gap, const struct gap_packet *packet);

/* gap_expect notes that the numbers below sequence exist; if they are no news against next, nothing.
   While one mark waits, a higher one does not make it younger. */
void gap_expect(struct gap *gap, uint64_t next, uint64_t sequence, uint8_t line, uint64_t now_ns);

/* gap_take gives the first held packet if it begins at or before next.  Its bytes stay as they are until
   the next gap_hold.  false: what is held, if anything, is still ahead. */
bool gap_take(struct gap *gap, uint64_t next, struct gap_packet *packet);

/* gap_clear forgets all that is held and known; returns how many messages were thrown away. */
uint64_t gap_clear(struct gap *gap);

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
