#include "tools/bench/bench_flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/mold64.h"
#include "dataplane/wire/net.h"
#include "drivers/machine/memory.h"
#include "drivers/port/port_sim.h"

enum { FRAME_BYTES_MAX = 160, FLOW_ORDERS = 64 << 10, FLOW_GROUP_IP = 0x6F010101 };
enum { FLOW_UDP_PORT = 26477, FLOW_FILE_BYTES_MAX = 1 << 24 };

static const char flow_session[10] = "BENCH00001";

static void flow_site(struct flow *flow)
{
	struct site_config *site = &flow->site;
	*site = (struct site_config){.port_count = 1,
		.channel_count = 1,
		.book_order_count = FLOW_ORDERS,
		.symbol_count = 1,
		.symbols = &flow->symbol};
	flow->symbol.name =
		symbol_pack("AAPL    "); /* the analyser does not see where a name ends */
	struct channel_config *channel = &site->channels[0];
	snprintf(channel->session, sizeof channel->session, "%.10s", flow_session);
	channel->line_count = 1;
	channel->lines[0] =
		(struct line_config){.group_ip = FLOW_GROUP_IP, .udp_port = FLOW_UDP_PORT};
	flow->ports[0] = port_sim_open("bench");
	flow->region = memory_take("bench region", sizeof *flow->region);
}

uint32_t flow_message(const uint8_t *bytes, size_t left)
{
	uint32_t size = left > 2 ? load_be16(bytes) : 0;
	uint32_t known = left > 2 ? itch50_size(bytes[2]) : 0;
	return known != 0 && size >= known && size <= left - 2 ? size : 0;
}

static uint8_t *flow_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rbe");
	if (file == NULL) {
		fprintf(stderr, "%s: cannot be read: %s; name the flow with --aapl FILE\n", path,
			strerror(errno));
		return NULL;
	}
	uint8_t *bytes = malloc(FLOW_FILE_BYTES_MAX);
	CHECK(bytes != NULL);
	*size = fread(bytes, 1, FLOW_FILE_BYTES_MAX, file);
	fclose(file);
	return bytes;
}

static uint32_t flow_frame(uint8_t *frame, uint64_t sequence, const uint8_t *message, uint16_t size)
{
	static const uint8_t source[6] = {2, 0, 0, 0, 0, 1}, target[6] = {1, 0, 0x5E, 1, 1, 1};
	uint8_t payload[FRAME_BYTES_MAX];
	uint32_t used = mold64_begin(payload, flow_session, sequence);
	used = mold64_append(payload, used, sizeof payload, message, size);
	struct net_udp udp = {.source_ip = 0x0A000001,
		.target_ip = FLOW_GROUP_IP,
		.source_port = 40000,
		.target_port = FLOW_UDP_PORT,
		.payload = payload,
		.payload_bytes = used};
	uint32_t written = net_build_udp(frame, FRAME_BYTES_MAX, source, target, &udp);
	CHECK(used > 0 && written > 0);
	return written;
}

bool flow_load(struct flow *flow, const char *path)
{
	size_t size = 0, at = 0;
	memset(flow, 0, sizeof *flow);
	uint8_t *file = flow_read(path, &size);
	if (file == NULL)
		return false;
	flow_site(flow);
	flow->bytes = malloc(size / 12 * FRAME_BYTES_MAX + FRAME_BYTES_MAX);
	flow->frames = calloc(size / 12 + 1, sizeof *flow->frames);
	CHECK(flow->bytes != NULL && flow->frames != NULL);
	uint8_t *next = flow->bytes;
	for (uint32_t message; (message = flow_message(file + at, size - at)) != 0;) {
		/* What a newer message has behind those we know would not fit a frame, and nobody reads it. */
		uint16_t known = itch50_size(file[at + 2]);
		uint32_t bytes = flow_frame(next, flow->frame_count + 1, file + at + 2, known);
		flow->frames[flow->frame_count++] =
			(struct packet){.bytes = next, .size_bytes = bytes, .wire_bytes = bytes};
		next += bytes;
		at += 2u + message;
	}
	free(file);
	if (flow->frame_count == 0)
		fprintf(stderr, "%s: found no whole ITCH 5.0 message behind a 16-bit length\n",
			path);
	return flow->frame_count > 0;
}

void flow_begin(struct flow *flow, enum tape_carries carries)
{
	struct config_error error = {""};
	flow->site.tape_carries = (uint8_t)carries;
	flow->site.tape_event_count = carries == TAPE_NONE ? 0 : TAPE_EVENT_COUNT_DEFAULT;
	memset(&flow->region->metrics, 0, sizeof flow->region->metrics);
	flow->market = market_create(&flow->market_fd, &flow->site, &error);
	CHECK(flow->market != NULL);
	flow->feed = feed_open(&flow->site, flow->region, flow->market, flow->ports, &error);
	CHECK(flow->feed != NULL);
	CHECK(sluice_adopt(&flow->reader, flow->market, flow->market->header.size_bytes) == 0);
}

void flow_end(struct flow *flow)
{
	feed_close(flow->feed);
	region_leave(flow->market);
	close(flow->market_fd);
}

void flow_free(struct flow *flow)
{
	port_close(flow->ports[0]);
	memory_return(flow->region, sizeof *flow->region);
	free(flow->bytes);
	free(flow->frames);
}
