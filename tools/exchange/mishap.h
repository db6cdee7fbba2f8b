/* mishap.h - what befalls the packets of one line on purpose: loss, duplicates, disorder, delay, silence.

   A packet goes through the mishaps in this order: a line that says nothing, loss, duplication,
   disorder, delay.  A seed decides, so that a day goes wrong the same way again.

       packet -> silent? -> lost? -> twice? -> held back behind the next ones? -> late? -> out

   Owner      one line of one thread.  Time: now_ns comes from the caller.
   Units      ppm of packets.
   Invariant  (1) taken + duplicated = out + dropped + muted + overflowed + waiting;
              (2) with disorder and delay off no packet overtakes another.
   Errors     more late packets than MISHAP_WAITING_MAX: the newest is lost and counted. */
#ifndef SLUICE_EXCHANGE_MISHAP_H
#define SLUICE_EXCHANGE_MISHAP_H

#include "config/base.h"

enum {
	MISHAP_PACKET_BYTES = 1472,
	MISHAP_WAITING_MAX = 1 << 17, /* late packets of a line: about 190 MB */
	MISHAP_BEHIND_MAX = 8,        /* packets held back for disorder       */
	MISHAP_PASS_MAX = 4,          /* so many packets overtake one at most */
	PPM = 1000000,
};

/* What a line says at all. */
enum mishap_voice { VOICE_ALL = 0, VOICE_HEARTBEATS, VOICE_NONE };

struct mishap_packet {
	uint64_t due_ns;
	uint32_t size_bytes, passes; /* passes: packets that still overtake it */
	uint8_t bytes[MISHAP_PACKET_BYTES];
};

/* Counts; never decrease. */
struct mishap_counts {
	uint64_t taken, out, dropped, muted, duplicated, reordered, delayed, overflowed;
};

typedef void mishap_out(void *context, const uint8_t *bytes, uint32_t size_bytes);

struct mishap {
	uint64_t random;
	uint8_t voice;      /* enum mishap_voice */
	uint64_t drop_next; /* so many packets are lost next */
	uint32_t drop_ppm, duplicate_ppm, reorder_ppm;
	uint64_t delay_ns;
	struct mishap_counts counts;
	struct mishap_packet behind[MISHAP_BEHIND_MAX];
	uint32_t behind_count;
	struct mishap_packet *late; /* a ring that grows to its bound */
	uint32_t late_room, late_head, late_count;
};

/* mishap_init lets everything pass. */
void mishap_init(struct mishap *m, uint64_t seed);
void mishap_free(struct mishap *m);

/* mishap_seed starts the dice anew. */
void mishap_seed(struct mishap *m, uint64_t seed);

/* mishap_calm turns every mishap off; what waits still comes. */
void mishap_calm(struct mishap *m);

/* mishap_take sends a packet on its way; what comes out now comes out by `out`. */
void mishap_take(struct mishap *m, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns,
	mishap_out *out, void *context);

/* mishap_due lets out what has waited long enough. */
void mishap_due(struct mishap *m, uint64_t now_ns, mishap_out *out, void *context);

/* mishap_waiting tells how many packets are held back or late. */
uint32_t mishap_waiting(const struct mishap *m);

#endif
