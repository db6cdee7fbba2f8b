/* unit.h - the venue's market told once more, as one Cboe unit: PITCH on two lines of its own, with the unit's other doors.

   What the feed says in ITCH 5.0 is said in PITCH too, message by message, as far as PITCH knows it: orders by the same
   references, an order that replaces another as a delete and an add, times where the second changes.  Directories, system hours,
   crosses and short-sale words are left out.  Each line cuts packets of its own; what is said again for the gap request proxy
   goes out on the lines of gap responses (cboe.h).

   Owner      one thread.  Time: now_ns is monotonic.
   Invariant  (1) on each line message n is in exactly one packet, in order; a second without one brings a heartbeat. */
#ifndef SLUICE_EXCHANGE_UNIT_H
#define SLUICE_EXCHANGE_UNIT_H

#include "tools/exchange/cboe.h"
#include "tools/exchange/lines.h"
#include "tools/exchange/options.h"

struct unit {
	bool is_told; /* a line of it is open */
	struct pitch clock;
	struct lines lines, gaps;
	uint64_t next[LINE_COUNT_MAX]; /* by line: the first message it has not cut */
	uint64_t last_ns[LINE_COUNT_MAX];
	uint16_t gap_port, spin_port;
	struct cboe cboe;
};

/* unit_init begins without lines; unit_open opens those of the options, and the doors.  unit_close ends both. */
void unit_init(struct unit *unit, const struct options *options);
bool unit_open(struct unit *unit, const struct options *options, struct config_error *error);
void unit_close(struct unit *unit);

/* unit_hear takes what the feed says (a tape_ear). */
void unit_hear(void *unit, const uint8_t *message, uint32_t size_bytes);

/* unit_begin begins the day anew with message 1 and an empty market. */
void unit_begin(struct unit *unit);

/* unit_turn sends what is new and serves who missed something.  Returns true if it did anything. */
bool unit_turn(struct unit *unit, uint64_t now_ns);

#endif
