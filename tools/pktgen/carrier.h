/* carrier.h - generated messages into files: the daily format, and packets as a line would bring them.

   A carrier writes any of three files: messages behind a 16-bit length (a daily file), and one capture
   for each of the lines A and B over UDP multicast, nanosecond timestamps: MoldUDP64 for ITCH 5.0, IEX-TP
   for DEEP and DEEP+, sequenced units for PITCH.  As on the real channel a packet holds one message, or a burst of
   up to 38 that happened at once; an end-of-session packet closes a capture, or a heartbeat where the protocol has none.
   Line B is a copy that arrives 2 us later.

   Owner      the generator.
   Errors     carrier_open and carrier_close say on standard error which file and why. */
#ifndef SLUICE_PKTGEN_CARRIER_H
#define SLUICE_PKTGEN_CARRIER_H

#include <stdio.h>

#include "config/config.h"

enum {
	CARRIER_PAYLOAD_BYTES_MAX = 1472,
	CARRIER_BURST_COUNT_MAX = 38,
	CARRIER_BURST_NS = 300, /* messages this close travel together */
};

/* Midnight of 30 January 2019 in New York. */
#define CARRIER_MIDNIGHT_NS (UINT64_C(1548824400) * 1000000000)

struct carrier {
	enum protocol protocol;
	uint64_t stream_offset; /* of IEX-TP */
	FILE *itch, *lines[2];
	char session[10];
	uint64_t sequence;          /* of the next message */
	uint64_t first_ns, last_ns; /* of the packet being filled */
	uint32_t payload_bytes, message_count;
	uint64_t packets;
	uint8_t payload[CARRIER_PAYLOAD_BYTES_MAX];
	bool is_failed;
};

/* carrier_open opens the files whose paths are not NULL; session is at most ten characters, and of MoldUDP64: IEX-TP's session
   is 1 on channel 1, PITCH is unit 1. */
bool carrier_open(struct carrier *carrier, enum protocol protocol, const char *itch,
	const char *line_a, const char *line_b, const char *session);

/* carrier_add takes the next message; time_ns counts from midnight. */
void carrier_add(
	struct carrier *carrier, const uint8_t *message, uint32_t size_bytes, uint64_t time_ns);

/* carrier_close writes what is left.  false: a file could not be written whole. */
bool carrier_close(struct carrier *carrier);

#endif
