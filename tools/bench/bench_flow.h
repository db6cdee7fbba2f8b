/* bench_flow.h - the real flow as frames through a whole feed stage, over a market in shared memory.

   Owner      the bench. */
#ifndef SLUICE_BENCH_FLOW_H
#define SLUICE_BENCH_FLOW_H

#include "dataplane/feed/feed.h"
#include "dataplane/shm/tape.h"

struct flow {
	struct site_config site;
	struct symbol_config symbol;
	struct port *ports[PORT_COUNT_MAX];
	struct dataplane_region *region;
	struct market_region *market;
	struct feed *feed;
	int market_fd;
	struct sluice reader;
	uint8_t *bytes; /* all frames, one after the other */
	struct packet *frames;
	uint32_t frame_count;
};

/* flow_message gives the size of the whole message of a known type that stands behind a 16-bit length, 0: there is none. */
uint32_t flow_message(const uint8_t *bytes, size_t left);

/* flow_load makes a frame of each message of an ITCH file.  false: it says why on standard error. */
bool flow_load(struct flow *flow, const char *path);

/* flow_begin opens a fresh feed whose tape carries this; flow_end closes it. */
void flow_begin(struct flow *flow, enum tape_carries carries);
void flow_end(struct flow *flow);

void flow_free(struct flow *flow);

#endif
