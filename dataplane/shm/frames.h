/* frames.h - packets as the ports brought them, for whoever captures: a ring that is written and never waited for.

   The feed writes a copy of every frame while control's capture word asks for it; control reads behind it
   and puts pcapng files on the disk.  The writer looks at no reader: a reader who is overrun learns it from
   the claim, which moves before the bytes under it do, and from the numbers of the frames that he missed.

   A frame is its head, its bytes, and zeros up to the next eight; it never wraps: a head with
   FRAME_PAD fills the end of the ring.

   Owner      one feed stage writes; readers keep their own place.
   Units      claimed and published count bytes since the ring began; position is count mod size.
   Time       now_ns is monotonic, the card's where it has one, else the turn's; capture_ns is a capture's own (0: none).
   Invariant  (1) published <= claimed <= published + the longest frame;
              (2) bytes between a reader's place and published are whole frames with rising numbers, as
                  long as claimed is at most FRAMES_BYTES ahead of the place. */
#ifndef SLUICE_SHM_FRAMES_H
#define SLUICE_SHM_FRAMES_H

#include <stdatomic.h>

#include "config/base.h"
#include "config/limits.h"

enum { FRAMES_BYTES = 2 * 1024 * 1024, FRAME_PAD = INT32_MAX };

struct frame_head {
	uint64_t sequence; /* of the frames of this ring, from 1; of a pad: the next one's */
	uint64_t now_ns, capture_ns;
	uint32_t size_bytes; /* bytes that follow; FRAME_PAD: skip to the ring's end      */
	uint32_t wire_bytes; /* as long as it was on the wire                             */
	uint32_t port;       /* of the site's ports                                       */
	uint32_t reserved;
};
_Static_assert(sizeof(struct frame_head) == 40, "five words");

struct frames {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t claimed;
	_Atomic uint64_t published;
	_Atomic uint64_t sequence; /* of the last frame published */
	_Alignas(SHARED_ALIGN_BYTES) uint64_t words[FRAMES_BYTES / 8];
};

/* frames_put copies one frame of at most PACKET_BYTES_MAX bytes; head->sequence is given here. */
void frames_put(struct frames *frames, const struct frame_head *head, const uint8_t *bytes);

/* A reader's place. */
struct frames_reader {
	const struct frames *frames;
	uint64_t at, sequence; /* place; number of the last frame seen */
	uint64_t lost;         /* frames overrun since frames_join     */
};

/* frames_join begins behind what is published now. */
void frames_join(struct frames_reader *reader, const struct frames *frames);

/* frames_take copies the next frame; bytes has room for PACKET_BYTES_MAX.  false: there is none now.  What
   the writer overran is counted in reader->lost when the frame behind it is taken. */
bool frames_take(struct frames_reader *reader, struct frame_head *head, uint8_t *bytes);

#endif
