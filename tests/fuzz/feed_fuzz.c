/* feed_fuzz.c - any packets on two lines in any order of time: nothing is read outside a frame, every packet
   and every message is accounted for, and what was published came from a whole packet.
   rooms: dataplane_feed

   An input is a script: a byte says what happens, the bytes behind it how.  Packets are made of well-formed
   messages most of the time, because arbitrary bytes would never pass the first header. */
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/feed/feed.h"
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/mold64.h"
#include "dataplane/wire/net.h"
#include "drivers/port/port_sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct site_config site;
static struct symbol_config symbol;
static struct dataplane_region *region;
static struct port *ports[2];

struct script {
	const uint8_t *at, *end;
};

static uint8_t script_next(struct script *script)
{
	return script->at < script->end ? *script->at++ : 0;
}

static void site_fill(void)
{
	site.port_count = 2;
	site.channel_count = 1;
	site.book_order_count = 256;
	site.channels[0].line_count = 2;
	for (uint8_t l = 0; l < 2; l++)
		site.channels[0].lines[l] =
			(struct line_config){.port = l, .group_ip = 0xE9360C01, .udp_port = 26477};
	symbol.name = symbol_pack("AAPL");
	site.symbols = &symbol;
	site.symbol_count = 1;
	region = mmap(
		NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (region == MAP_FAILED)
		abort();
	ports[0] = port_sim_open("A");
	ports[1] = port_sim_open("B");
}

/* packet_make builds a packet from the script: number, how many messages of which kind, a spoilt byte. */
static uint32_t packet_make(struct script *script, uint8_t *payload, uint32_t room)
{
	static const char *const sessions[] = {"SESSION001", "SESSION002"};
	uint8_t shape = script_next(script);
	uint32_t size = mold64_begin(payload, sessions[shape >> 7], script_next(script));
	for (uint32_t i = 0; i < (shape & 15u); i++) {
		uint8_t kind = script_next(script), order = script_next(script);
		uint8_t message[ITCH50_SIZE_MAX];
		struct event event = {.kind = kind % 15u,
			.locate = kind >> 6,
			.order = order,
			.other = order + 1u,
			.qty = order * 3u,
			.price_e4 = order * 100,
			.symbol = symbol.name,
			.side = kind >> 5 & 1,
			.code = 'Y'};
		uint32_t message_size = itch50_encode(&event, message);
		uint32_t grown =
			mold64_append(payload, size, room, message, (uint16_t)message_size);
		if (grown == 0)
			break;
		size = grown;
	}
	if ((shape & 0x10) != 0)
		payload[script_next(script) % size] ^= script_next(script);
	if ((shape & 0x20) != 0)
		size -= script_next(script) % size;
	return size;
}

static void packet_send(struct script *script, struct feed *feed, uint64_t now_ns, uint32_t line)
{
	static const uint8_t mac[6] = {2};
	uint8_t payload[2048], frame[2048 + 64];
	struct net_udp udp = {.target_ip = 0xE9360C01, .target_port = 26477, .payload = payload};
	udp.payload_bytes = packet_make(script, payload, sizeof payload);
	uint32_t size = net_build_udp(frame, sizeof frame, mac, mac, &udp);
	uint8_t *exact = malloc(size);
	if (exact == NULL)
		abort();
	memcpy(exact, frame, size);
	struct packet packet = {.bytes = exact, .size_bytes = size, .wire_bytes = size};
	feed_on_burst(feed, line, &packet, 1, now_ns);
	free(exact);
}

static uint64_t counted(enum metric metric)
{
	return metrics_get(&region->metrics, metric);
}

static void conservation_check(void)
{
	const struct channel_state *page = &region->channels[0];
	uint64_t packets = counted(METRIC_feed_bad_mold) + counted(METRIC_feed_other_session) +
			   counted(METRIC_feed_heartbeats) + counted(METRIC_feed_end_of_session) +
			   counted(METRIC_feed_data_packets);
	uint64_t messages = counted(METRIC_feed_messages);
	if (counted(METRIC_feed_packets) != packets ||
		page->next_sequence - 1 != messages + counted(METRIC_feed_lost) ||
		page->messages != messages ||
		page->lines[0].messages + page->lines[1].messages <
			messages + counted(METRIC_feed_duplicates))
		abort();
	if (counted(METRIC_feed_gaps) != 0 && page->stale_since_ns == 0)
		abort();
	if (page->stale_since_ns != 0 && region->tops[0].prices.bid_e4 != 0 &&
		region->tops[0].prices.stale == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct script script = {bytes, bytes + size};
	struct config_error error;
	uint64_t now_ns = 1;
	if (region == NULL)
		site_fill();
	memset(&region->metrics, 0, sizeof region->metrics);
	memset(&region->channels[0], 0, sizeof region->channels[0]);
	memset(&region->tops[0], 0, sizeof region->tops[0]);
	struct feed *feed = feed_open(&site, region, ports, &error);
	if (feed == NULL)
		abort();
	while (script.at < script.end) {
		uint8_t what = script_next(&script);
		if (what < 16)
			now_ns += (uint64_t)what * 200000;
		else
			packet_send(&script, feed, now_ns, what & 1);
		feed_poll(feed, now_ns);
		conservation_check();
	}
	feed_close(feed);
	return 0;
}
