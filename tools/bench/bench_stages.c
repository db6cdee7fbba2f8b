#include "tools/bench/bench_stages.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/feed/feed.h"
#include "dataplane/wire/net.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "drivers/machine/memory.h"
#include "tools/pktgen/market.h"

#define GROUP_IP 0xE9360C01u /* of channel 0; that of channel 1 is the next */

enum {
	CHANNELS = 2,
	SYMBOLS = 500,
	UDP_PORT = 26477,
	BOOK_ORDERS = 1 << 20,
	PACKET_MESSAGES = 10,
	PAYLOAD_BYTES = 20 + PACKET_MESSAGES * (2 + ITCH50_SIZE_MAX),
	HEAD_BYTES = 14 + 20 + 8,
};

/* A port that has all its frames in memory and gives them as fast as they are taken. */
struct reel {
	struct port port;
	uint8_t *bytes;
	size_t room_bytes, used_bytes, at;
	uint32_t *sizes;
	uint64_t frame_count, next, message_count;
};

struct stages {
	struct figures *figures;
	struct reel reels[CHANNELS];
	struct site_config site;
	struct symbol_config symbol;
	uint32_t stage_count;
	struct dataplane_region *region;
	struct market_region *market;
	struct feed *feeds[CHANNELS];
	uint64_t cpu_ns[CHANNELS];
	_Atomic uint32_t waiting;
	bool is_short;
};

static uint32_t reel_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct reel *reel = (struct reel *)port;
	uint32_t count = 0;
	(void)now_ns;
	for (; count < max && reel->next < reel->frame_count; count++) {
		uint32_t size = reel->sizes[reel->next++];
		packets[count] = (struct packet){
			.bytes = reel->bytes + reel->at, .size_bytes = size, .wire_bytes = size};
		reel->at += size;
	}
	return count;
}

static bool reel_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)port, (void)bytes, (void)size_bytes;
	return true;
}

static void reel_stats(struct port *port, struct port_stats *stats)
{
	*stats = (struct port_stats){.rx_packets = ((struct reel *)port)->next, .link_up = 1};
}

static const struct port_ops reel_ops = {
	.rx_burst = reel_rx_burst, .tx = reel_tx, .stats = reel_stats};

/* reel_frame wraps a payload that is full. */
static void reel_frame(struct reel *reel, uint32_t channel, const uint8_t *payload, uint32_t bytes)
{
	static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 1};
	uint8_t target_mac[6];
	struct net_udp udp = {.source_ip = 0x0A000001,
		.target_ip = GROUP_IP + channel,
		.source_port = 40000,
		.target_port = UDP_PORT,
		.payload = payload,
		.payload_bytes = bytes};
	net_group_mac(udp.target_ip, target_mac);
	uint32_t size = net_build_udp(reel->bytes + reel->used_bytes,
		(uint32_t)(HEAD_BYTES + bytes), source_mac, target_mac, &udp);
	CHECK(size != 0 && reel->used_bytes + size <= reel->room_bytes);
	reel->sizes[reel->frame_count++] = size;
	reel->used_bytes += size;
}

static bool reel_open(struct reel *reel, uint32_t channel, uint64_t message_count)
{
	const struct market_options options = {message_count, SYMBOLS, channel + 1};
	struct market *market = market_open(&options);
	uint8_t payload[PAYLOAD_BYTES], message[ITCH50_SIZE_MAX];
	uint32_t bytes = 0, in_packet = 0, size;
	if (market == NULL)
		return false;
	reel->port.ops = &reel_ops;
	reel->room_bytes = message_count * 45 + PACKET_BYTES_MAX;
	reel->bytes = memory_take("bench frames", reel->room_bytes);
	reel->sizes = memory_take("bench sizes", (message_count + 1) * sizeof *reel->sizes);
	while ((size = market_next(market, message)) != 0) {
		if (in_packet == 0)
			bytes = mold64_begin(payload, "PKTGEN0001", reel->message_count + 1);
		bytes = mold64_append(payload, bytes, sizeof payload, message, (uint16_t)size);
		reel->message_count++;
		if (++in_packet < PACKET_MESSAGES)
			continue;
		reel_frame(reel, channel, payload, bytes);
		in_packet = 0;
	}
	if (in_packet != 0)
		reel_frame(reel, channel, payload, bytes);
	market_close(market);
	return true;
}

static void reel_close(struct reel *reel, uint64_t message_count)
{
	memory_return(reel->bytes, reel->room_bytes);
	memory_return(reel->sizes, (message_count + 1) * sizeof *reel->sizes);
}

static void site_fill(struct stages *stages)
{
	struct site_config *site = &stages->site;
	stages->symbol.name = symbol_pack("ZVZZT");
	site->symbols = &stages->symbol;
	site->symbol_count = 1;
	site->port_count = site->channel_count = CHANNELS;
	site->book_order_count = BOOK_ORDERS;
	for (uint8_t c = 0; c < CHANNELS; c++) {
		site->channels[c].line_count = 1;
		site->channels[c].lines[0] = (struct line_config){
			.port = c, .group_ip = GROUP_IP + c, .udp_port = UDP_PORT};
	}
}

static void *region_take(size_t size)
{
	void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(region != MAP_FAILED);
	return region;
}

struct turner {
	struct stages *stages;
	uint32_t index;
};

/* stage_turns polls one stage until its ports are empty, and takes its CPU time. */
static void *stage_turns(void *context)
{
	struct turner *turner = context;
	struct stages *stages = turner->stages;
	struct feed *feed = stages->feeds[turner->index];
	if (stages->stage_count > 1)
		cpu_pin((int)turner->index, "bench");
	feed_poll(feed, clock_now_ns()); /* what is done once */
	atomic_fetch_add(&stages->waiting, 1);
	while (atomic_load(&stages->waiting) < stages->stage_count)
		sched_yield();
	uint64_t began_ns = round_cpu_ns();
	while (feed_poll(feed, clock_now_ns()))
		;
	stages->cpu_ns[turner->index] = round_cpu_ns() - began_ns;
	return NULL;
}

/* stages_once runs a whole day and returns the CPU time of the slowest stage, a message of all channels. */
static double stages_once(struct stages *stages)
{
	struct port *ports[CHANNELS];
	struct config_error error;
	struct turner turners[CHANNELS];
	pthread_t threads[CHANNELS];
	uint64_t messages = 0, slowest_ns = 0;
	size_t market_bytes;
	stages->site.feed_count = (uint8_t)stages->stage_count;
	stages->site.channels[1].stage = (uint8_t)(stages->stage_count - 1);
	market_bytes = market_size_bytes(&stages->site);
	stages->region = region_take(sizeof *stages->region);
	stages->market = region_take(market_bytes);
	market_fill(stages->market, &stages->site);
	atomic_store(&stages->waiting, 0);
	for (uint32_t c = 0; c < CHANNELS; c++) {
		stages->reels[c].next = stages->reels[c].at = 0;
		ports[c] = &stages->reels[c].port;
		messages += stages->reels[c].message_count;
	}
	for (uint32_t i = 0; i < stages->stage_count; i++) {
		stages->feeds[i] = feed_open_stage(
			&stages->site, (uint8_t)i, stages->region, stages->market, ports, &error);
		CHECK(stages->feeds[i] != NULL);
		turners[i] = (struct turner){stages, i};
	}
	for (uint32_t i = 0; i < stages->stage_count; i++)
		CHECK(pthread_create(&threads[i], NULL, stage_turns, &turners[i]) == 0);
	for (uint32_t i = 0; i < stages->stage_count; i++) {
		pthread_join(threads[i], NULL);
		slowest_ns = stages->cpu_ns[i] > slowest_ns ? stages->cpu_ns[i] : slowest_ns;
	}
	stages->is_short |= region_sum(stages->region, METRIC_feed_messages) != messages;
	for (uint32_t i = 0; i < stages->stage_count; i++)
		feed_close(stages->feeds[i]);
	munmap(stages->region, sizeof *stages->region);
	munmap(stages->market, market_bytes);
	return (double)slowest_ns / (double)messages;
}

static double one_stage(void *context)
{
	struct stages *stages = context;
	stages->stage_count = 1;
	return stages_once(stages);
}

static double two_stages(void *context)
{
	struct stages *stages = context;
	stages->stage_count = 2;
	return stages_once(stages);
}

bool bench_stages_run(struct figures *figures, uint64_t message_count)
{
	static struct stages stages;
	const char *one = "stages: two channels, one stage",
		   *two = "stages: two channels, two stages";
	const struct bench_case cases[] = {
		{one, NULL, one_stage, &stages}, {two, one, two_stages, &stages}};
	site_fill(&stages);
	for (uint32_t c = 0; c < CHANNELS; c++)
		if (!reel_open(&stages.reels[c], c, message_count))
			return false;
	round_run(figures, cases, ARRAY_COUNT(cases));
	/* The best rounds: neighbours of a shared machine only ever add. */
	double ratio = round_find(figures, one)->low / round_find(figures, two)->low;
	round_add(figures, "stages: messages a second, two over one", "x", ratio, NULL);
	for (uint32_t c = 0; c < CHANNELS; c++)
		reel_close(&stages.reels[c], message_count);
	if (stages.is_short)
		fprintf(stderr, "stages: found messages that were not delivered, expected all\n");
	return !stages.is_short;
}
