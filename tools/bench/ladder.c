#include "tools/bench/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "dataplane/feed/feed.h"
#include "dataplane/wire/net.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"
#include "tools/pktgen/carrier.h"
#include "tools/pktgen/market.h"

#define GROUP_IP     0xE9360C6Fu /* 233.54.12.111; line B: the next */
#define PERIOD_NS    100000000ull
#define LINE_LAG_NS  2000ull
#define AWAY_NS      1000000ull /* a poll that comes so late was kept from the core */
#define SECOND_NS    1000000000ull
#define BLOCK_BYTES  (2 + ITCH50_SIZE_MAX)
#define SESSION_NAME "PKTGEN0001"

enum {
	PEAK_PER_S = 68000, /* the open of 30 January 2019 */
	BURST = 2000,       /* messages within a millisecond there */
	SYMBOLS = 500,
	HEAD_BYTES = 14 + 20 + 8, /* Ethernet, IPv4, UDP */
	UDP_PORT = 26477,
};

/* A packet of the day: the same on both lines but for the group it goes to. */
struct parcel {
	uint64_t at;    /* of its frame in the line's bytes */
	uint64_t first; /* number of its first message, from 0 */
	uint32_t frame_bytes;
};

struct day {
	struct parcel *parcels;
	uint64_t parcel_count, message_count, line_bytes;
	uint8_t *lines[LINE_COUNT_MAX];
	uint64_t names[SYMBOLS];
};

struct rung {
	const char *name;
	uint64_t rate_per_s;
	uint32_t burst;
};

struct ladder_port {
	struct port port;
	const struct day *day;
	const struct rung *rung;
	uint32_t line, ring_mask;
	uint64_t began_ns, next, until; /* next to arrive; all have at `until` */
	uint64_t head, tail;            /* arrived into the ring, taken from it */
	uint64_t missed, missed_away, polled_ns, away_ns;
	bool is_behind;
	uint32_t *ring;
};

/* due_ns tells when a message of a rung is due: evenly over a period, then its burst at the end. */
static uint64_t due_ns(const struct rung *rung, uint64_t message)
{
	uint64_t even = rung->rate_per_s * PERIOD_NS / SECOND_NS;
	uint64_t whole = even + rung->burst;
	uint64_t rest = message % whole;
	return message / whole * PERIOD_NS + (rest < even ? rest : even) * PERIOD_NS / even;
}

/* ladder_arrive lets come into the ring what was due; what finds no place is lost. */
static void ladder_arrive(struct ladder_port *p, uint64_t now_ns)
{
	/* Until it has caught up once, what is lost is lost because the core was taken away. */
	if (p->head == p->tail)
		p->is_behind = false;
	if (p->polled_ns != 0 && now_ns - p->polled_ns > AWAY_NS)
		p->is_behind = true;
	if (p->polled_ns != 0 && now_ns - p->polled_ns > p->away_ns)
		p->away_ns = now_ns - p->polled_ns;
	p->polled_ns = now_ns;
	while (p->next < p->until) {
		uint64_t at_ns = p->began_ns + p->line * LINE_LAG_NS +
				 due_ns(p->rung, p->day->parcels[p->next].first);
		if (at_ns > now_ns)
			return;
		if (p->head - p->tail > p->ring_mask) {
			p->missed++;
			p->missed_away += p->is_behind;
		} else {
			p->ring[p->head++ & p->ring_mask] = (uint32_t)p->next;
		}
		p->next++;
	}
}

static uint32_t ladder_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct ladder_port *p = (struct ladder_port *)port;
	uint32_t count = 0;
	ladder_arrive(p, now_ns);
	for (; count < max && p->tail < p->head; count++) {
		const struct parcel *parcel = &p->day->parcels[p->ring[p->tail++ & p->ring_mask]];
		packets[count] = (struct packet){
			.bytes = p->day->lines[p->line] + parcel->at,
			.size_bytes = parcel->frame_bytes,
			.wire_bytes = parcel->frame_bytes,
		};
	}
	return count;
}

static bool ladder_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)port, (void)bytes, (void)size_bytes;
	return true;
}

static void ladder_stats(struct port *port, struct port_stats *stats)
{
	const struct ladder_port *p = (const struct ladder_port *)port;
	*stats = (struct port_stats){.rx_packets = p->tail, .rx_missed = p->missed, .link_up = 1};
}

static void ladder_close(struct port *port)
{
	(void)port;
}

static const struct port_ops ladder_ops = {
	.rx_burst = ladder_rx_burst,
	.tx = ladder_tx,
	.stats = ladder_stats,
	.close = ladder_close,
};

/* day_seal makes frames of a payload, one a line, and counts the packet in. */
static void day_seal(struct day *day, uint8_t *payload, uint32_t size, uint64_t first)
{
	static const uint8_t source_mac[6] = {0x02, 0, 0, 0, 0, 0x01};
	struct parcel *parcel = &day->parcels[day->parcel_count++];
	*parcel = (struct parcel){.at = day->line_bytes, .first = first};
	for (uint32_t line = 0; line < LINE_COUNT_MAX; line++) {
		uint8_t target_mac[6];
		const struct net_udp udp = {.source_ip = 0x0A000001,
			.target_ip = GROUP_IP + line,
			.source_port = UDP_PORT,
			.target_port = UDP_PORT,
			.payload_bytes = size,
			.payload = payload};
		net_group_mac(udp.target_ip, target_mac);
		parcel->frame_bytes = net_build_udp(day->lines[line] + parcel->at,
			HEAD_BYTES + CARRIER_PAYLOAD_BYTES_MAX, source_mac, target_mac, &udp);
		CHECK(parcel->frame_bytes > 0);
	}
	day->line_bytes += parcel->frame_bytes;
}

/* day_fill makes packets as a real line has them: what happened at once travels together. */
static void day_fill(struct day *day, struct market *market)
{
	uint8_t payload[CARRIER_PAYLOAD_BYTES_MAX], message[ITCH50_SIZE_MAX];
	uint32_t size = 0, count = 0, message_bytes;
	uint64_t first = 0, first_ns = 0;
	while ((message_bytes = market_next(market, message)) != 0) {
		uint64_t time_ns = market_time_ns(market);
		uint32_t grown = 0;
		if (count > 0 && count < CARRIER_BURST_COUNT_MAX &&
			time_ns - first_ns <= CARRIER_BURST_NS)
			grown = mold64_append(
				payload, size, sizeof payload, message, (uint16_t)message_bytes);
		if (grown == 0) {
			if (count > 0)
				day_seal(day, payload, size, first);
			first = day->message_count;
			first_ns = time_ns;
			count = 0;
			grown = mold64_append(payload,
				mold64_begin(payload, SESSION_NAME, first + 1), sizeof payload,
				message, (uint16_t)message_bytes);
		}
		size = grown;
		count++;
		day->message_count++;
	}
	if (count > 0)
		day_seal(day, payload, size, first);
}

static size_t day_room_bytes(uint64_t message_count)
{
	return message_count * (HEAD_BYTES + MOLD64_HEADER_BYTES + BLOCK_BYTES) + HEAD_BYTES +
	       CARRIER_PAYLOAD_BYTES_MAX + ITCH50_READ_PAST_BYTES;
}

static bool day_open(struct day *day, uint64_t message_count)
{
	const struct market_options options = {message_count, SYMBOLS, 1};
	struct market *market = market_open(&options);
	if (market == NULL)
		return false;
	memset(day, 0, sizeof *day);
	day->parcels = memory_take("ladder packets", message_count * sizeof day->parcels[0]);
	for (uint32_t line = 0; line < LINE_COUNT_MAX; line++)
		day->lines[line] = memory_take("ladder frames", day_room_bytes(message_count));
	day_fill(day, market);
	for (uint32_t i = 0; i < SYMBOLS; i++)
		day->names[i] = market_symbol(market, i + 1)->name;
	market_close(market);
	return true;
}

/* What a rung came to. */
struct outcome {
	uint64_t messages, packets, took_ns, missed[LINE_COUNT_MAX], missed_away, lost, away_ns;
	bool is_whole; /* every message that a line brought was delivered */
};

struct ladder {
	const struct ladder_options *options;
	struct day day;
	struct site_config site;
	struct symbol_config symbols[SYMBOLS];
	struct dataplane_region *region;
	struct market_region *market;
	struct ladder_port ports[LINE_COUNT_MAX];
};

static void *ladder_map(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK(memory != MAP_FAILED);
	return memory;
}

static void ladder_site(struct ladder *l)
{
	struct channel_config *channel = &l->site.channels[0];
	l->site.port_count = LINE_COUNT_MAX;
	l->site.channel_count = 1;
	l->site.book_order_count = 1 << 20;
	snprintf(channel->name, sizeof channel->name, "ladder");
	channel->line_count = LINE_COUNT_MAX;
	for (uint8_t i = 0; i < LINE_COUNT_MAX; i++)
		channel->lines[i] = (struct line_config){
			.port = i, .group_ip = GROUP_IP + i, .udp_port = UDP_PORT};
	for (uint32_t i = 0; i < SYMBOLS; i++)
		l->symbols[i].name = l->day.names[i];
	l->site.symbols = l->symbols;
	l->site.symbol_count = SYMBOLS;
}

/* ladder_now_ns reads the ladder's clock: time goes on only while we run, as on a core of one's own, unless
   the options want it to go on all the same. */
static uint64_t ladder_now_ns(const struct ladder *l)
{
	struct timespec now;
	if (l->options->is_wall)
		return clock_now_ns();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* ladder_climb plays one rung into a fresh feed. */
static bool ladder_climb(
	struct ladder *l, const struct rung *rung, uint64_t rung_ns, struct outcome *outcome)
{
	struct port *ports[PORT_COUNT_MAX] = {NULL};
	struct config_error error;
	uint64_t wanted =
		(rung->rate_per_s + rung->burst * SECOND_NS / PERIOD_NS) * rung_ns / SECOND_NS;
	uint64_t until = 0;
	while (until < l->day.parcel_count && l->day.parcels[until].first < wanted)
		until++;
	memset(l->region, 0, sizeof *l->region);
	memset(l->market, 0, sizeof *l->market);
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++) {
		uint32_t *ring = l->ports[i].ring;
		l->ports[i] = (struct ladder_port){.port = {.ops = &ladder_ops},
			.day = &l->day,
			.rung = rung,
			.line = i,
			.ring_mask = l->options->ring_count - 1,
			.until = until,
			.ring = ring};
		ports[i] = &l->ports[i].port;
	}
	struct feed *feed = feed_open(&l->site, l->region, l->market, ports, &error);
	if (feed == NULL) {
		fprintf(stderr, "ladder: %s\n", error.text);
		return false;
	}
	uint64_t began_ns = ladder_now_ns(l) + 1000000, now_ns = began_ns;
	l->ports[0].began_ns = l->ports[1].began_ns = began_ns;
	while (l->ports[0].next < until || l->ports[1].next < until ||
		l->ports[0].tail < l->ports[0].head || l->ports[1].tail < l->ports[1].head) {
		now_ns = ladder_now_ns(l);
		feed_poll(feed, now_ns);
	}
	*outcome = (struct outcome){.packets = until,
		.took_ns = now_ns - began_ns,
		.messages = until < l->day.parcel_count ? l->day.parcels[until].first
							: l->day.message_count};
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++) {
		outcome->missed[i] = l->ports[i].missed;
		outcome->missed_away += l->ports[i].missed_away;
		if (l->ports[i].away_ns > outcome->away_ns)
			outcome->away_ns = l->ports[i].away_ns;
	}
	/* The ports are empty: what still waits for the other line is given up. */
	feed_poll(feed, now_ns + 10 * SECOND_NS);
	outcome->lost = metrics_get(&l->region->metrics, METRIC_feed_lost);
	uint64_t delivered = metrics_get(&l->region->metrics, METRIC_feed_messages);
	outcome->is_whole =
		outcome->missed[0] + outcome->missed[1] > 0 || delivered == outcome->messages;
	if (!outcome->is_whole)
		fprintf(stderr,
			"ladder: %s: found %" PRIu64 " messages delivered, expected %" PRIu64 "\n",
			rung->name, delivered, outcome->messages);
	feed_close(feed);
	return outcome->is_whole;
}

static void ladder_row(const struct rung *rung, const struct outcome *o)
{
	uint64_t missed = o->missed[0] + o->missed[1];
	printf("%-16s %10" PRIu64 " %10.0f %9" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
	       " %9.2f  %s\n",
		rung->name, rung->rate_per_s, (double)o->messages * 1e9 / (double)o->took_ns,
		o->packets, o->missed[0], o->missed[1], o->lost, (double)o->away_ns / 1e6,
		missed == 0                ? "-"
		: o->missed_away == missed ? "the ring, the machine was away"
					   : "the ring, the feed is full");
	fflush(stdout);
}

static const struct rung rungs[] = {
	{"baseline", PEAK_PER_S / 10, 0},
	{"normal", PEAK_PER_S / 2, 0},
	{"peak", PEAK_PER_S, BURST},
	{"twice the peak", 2 * PEAK_PER_S, BURST},
	{"stress 4 x", 4 * PEAK_PER_S, BURST},
	{"stress 8 x", 8 * PEAK_PER_S, BURST},
	{"stress 16 x", 16 * PEAK_PER_S, BURST},
	{"spike 30 x", 30 * PEAK_PER_S, BURST},
	{"stress 45 x", 45 * PEAK_PER_S, BURST},
	{"stress 64 x", 64 * PEAK_PER_S, BURST},
	{"stress 91 x", 91 * PEAK_PER_S, BURST},
	{"stress 128 x", 128 * PEAK_PER_S, BURST},
	{"stress 181 x", 181 * PEAK_PER_S, BURST},
	{"stress 256 x", 256 * PEAK_PER_S, BURST},
};

enum { SAFE_RUNGS = 4 }; /* up to twice the peak nothing may be lost */

/* ladder_all climbs until the feed itself is full; false: lost where nothing may be. */
static bool ladder_all(struct ladder *l)
{
	const struct rung *first = NULL;
	struct outcome o;
	bool is_good = true;
	for (size_t i = 0; i < ARRAY_COUNT(rungs); i++) {
		if (!ladder_climb(l, &rungs[i], l->options->rung_ns, &o))
			return false;
		ladder_row(&rungs[i], &o);
		uint64_t missed = o.missed[0] + o.missed[1];
		is_good &= i >= SAFE_RUNGS || missed == 0;
		if (missed > 0 && first == NULL)
			first = &rungs[i];
		if (missed > o.missed_away)
			break;
	}
	printf("first drop: %s\n", first == NULL ? "none" : first->name);
	if (l->options->endurance_ns > 0) {
		const struct rung endurance = {"endurance", PEAK_PER_S, BURST};
		uint64_t day_ns = l->day.message_count * SECOND_NS /
				  (PEAK_PER_S + BURST * SECOND_NS / PERIOD_NS);
		for (uint64_t left = l->options->endurance_ns; left > 0;) { /* day after day */
			uint64_t piece = left < day_ns ? left : day_ns;
			if (!ladder_climb(l, &endurance, piece, &o))
				return false;
			is_good &= o.missed[0] + o.missed[1] == 0;
			left -= piece;
		}
		ladder_row(&endurance, &o);
	}
	if (!is_good)
		fprintf(stderr, "ladder: found packets lost up to twice the peak, expected none; "
				"see the column `away ms` for a machine that was elsewhere\n");
	return is_good;
}

bool ladder_run(const struct ladder_options *options)
{
	static struct ladder ladder;
	memset(&ladder, 0, sizeof ladder);
	ladder.options = options;
	if (!day_open(&ladder.day, options->message_count)) {
		fputs("ladder: no memory for the market; ask for fewer --messages\n", stderr);
		return false;
	}
	ladder_site(&ladder);
	ladder.region = ladder_map(sizeof *ladder.region);
	ladder.market = ladder_map(sizeof *ladder.market);
	for (uint32_t i = 0; i < LINE_COUNT_MAX; i++)
		ladder.ports[i].ring = ladder_map(options->ring_count * sizeof(uint32_t));
	printf("%s clock; %" PRIu64 " messages in %" PRIu64
	       " packets a line, rings of %u packets, bursts of %d "
	       "messages at once from the peak on\n",
		options->is_wall ? "wall" : "thread", ladder.day.message_count,
		ladder.day.parcel_count, options->ring_count, BURST);
	printf("%-16s %10s %10s %9s %8s %8s %8s %9s  %s\n", "rung", "asked/s", "played/s",
		"packets", "missed A", "missed B", "lost", "away ms", "where");
	return ladder_all(&ladder);
}
