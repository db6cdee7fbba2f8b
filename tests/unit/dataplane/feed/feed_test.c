/* feed_test.c - from frames to tops: real order flow, faults by a seed, joins, channels beside each
   other. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/net.h"
#include "drivers/port/port_fault.h"
#include "tests/support/capture.h"
#include "tests/support/feed_rig.h"

static struct feed_rig *rig;
static struct feed_model *model;

static int rig_open_one(void **state)
{
	(void)state;
	rig = feed_rig_open("", 1);
	model = calloc(1, sizeof *model);
	return model == NULL;
}

static int rig_close_one(void **state)
{
	(void)state;
	feed_rig_close(rig);
	free(model);
	return 0;
}

/* aapl_say reads the real day into the rig; false: not here. */
static bool aapl_say(void)
{
	size_t size, used;
	uint8_t *file = capture_file("nasdaq_aapl/aapl_20190130.itch", &size);
	if (file == NULL)
		return false;
	for (size_t at = 0; at < size; at += used) {
		struct mold64_block block;
		assert_int_equal(itch50_split(file + at, size - at, &block, 1, &used), 1);
		feed_rig_say_bytes(rig, block.bytes, block.size_bytes);
	}
	free(file);
	return true;
}

static uint16_t aapl_locate(void)
{
	for (uint32_t i = 0; i < rig->message_count; i++)
		if (rig->messages[i].bytes[0] == 'A')
			return load_be16(rig->messages[i].bytes + 1);
	return 0;
}

static void real_order_flow_gives_the_books_an_honest_model_gives(void **state)
{
	(void)state;
	if (!aapl_say()) {
		print_message("no captures beside the repository: the AAPL flow not replayed\n");
		skip();
	}
	uint16_t locate = aapl_locate();
	assert_int_equal(rig->message_count, 10049);
	for (uint64_t n = 1; n <= rig->message_count;) {
		uint32_t count = (uint32_t)(n * 7 % 5 + 1),
			 left = rig->message_count + 1 - (uint32_t)n;
		count = count < left ? count : left;
		feed_rig_send(rig, n % 2, n, count);
		for (uint32_t i = 0; i < count; i++)
			feed_model_apply(model, rig->messages[n - 1 + i].bytes);
		feed_rig_poll(rig);
		feed_rig_top_matches(rig, FEED_RIG_AAPL, model, locate);
		n += count;
	}
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).stale, 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 10049);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), model->count);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_order), 0);
	assert_int_equal(rig->region->metrics.packet_ns.count, 10049);
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545F4914F6CDD1Du;
}

/* A day of two symbols: adds, executions, reductions, deletes and replaces of live orders. */
static void random_day(uint64_t seed, uint32_t count)
{
	struct feed_model *truth = calloc(1, sizeof *truth);
	uint64_t reference = 1;
	assert_non_null(truth);
	while (rig->message_count < count) {
		uint64_t r = random_next(&seed);
		uint32_t kind = r % 8;
		if (truth->count < 20 || kind < 3) {
			enum side side = r >> 8 & 1;
			int64_t price_e4 = 1000000 + (int64_t)(r >> 16 & 63) * 100 +
					   (side == SIDE_SELL ? 3200 : 0);
			feed_rig_add(rig, (uint16_t)(1 + (r >> 9 & 1)), reference++, side,
				(uint32_t)(r >> 24 & 511) + 1, price_e4);
		} else {
			const struct feed_model_order *order =
				&truth->orders[(r >> 32) % truth->count];
			struct event event = {.locate = order->locate,
				.order = order->reference,
				.qty = (uint32_t)(r >> 12) % order->qty + 1,
				.match = r >> 40};
			event.kind = kind == 3   ? EVENT_EXECUTE
				     : kind == 4 ? EVENT_REDUCE
				     : kind < 7  ? EVENT_DELETE
						 : EVENT_REPLACE;
			if (event.kind == EVENT_REPLACE) {
				event.other = reference++;
				event.price_e4 = order->price_e4 + 100;
			}
			feed_rig_say(rig, &event);
		}
		feed_model_apply(truth, rig->messages[rig->message_count - 1].bytes);
	}
	*model = *truth;
	free(truth);
}

/* What a line does to its packets: 1000 loses, 1000 repeats, 500 spoils of 65,536 each. */
static void line_send(uint32_t line, uint64_t first, uint32_t count, uint64_t *seed)
{
	uint8_t payload[4096], frame[4096 + 64];
	uint64_t r = random_next(seed);
	uint32_t dice = r & 0xFFFF;
	uint32_t size = feed_rig_payload(rig, "000010059B", first, count, payload, sizeof payload);
	size = feed_rig_frame(0, line, payload, size, frame, sizeof frame);
	if (dice < 1000)
		return;
	if (dice >= 2000 && dice < 2500)
		frame[(r >> 20) % size] ^= (uint8_t)(1u << (r >> 40 & 7));
	assert_true(port_sim_put(rig->ports[line], frame, size, 0));
	if (dice >= 1000 && dice < 2000)
		assert_true(port_sim_put(rig->ports[line], frame, size, 0));
}

static uint32_t cut_of(uint64_t n, uint32_t by)
{
	uint32_t count = (uint32_t)(n * 2654435761u >> 8) % by + 1;
	uint32_t left = rig->message_count + 1 - (uint32_t)n;
	return count < left ? count : left;
}

/* Both lines bring the day with faults of their own, B lagging behind A. */
static void faulty_lines(uint64_t seed)
{
	uint64_t a = 1, b = 1;
	while (b <= rig->message_count) {
		if (a <= rig->message_count) {
			uint32_t count = cut_of(a, 9);
			line_send(0, a, count, &seed);
			a += count;
		}
		if (a > b + 8 || a > rig->message_count) {
			uint32_t count = cut_of(b, 7);
			line_send(1, b, count, &seed);
			b += count;
		}
		rig->now_ns += 20000;
		feed_rig_poll(rig);
	}
	feed_rig_control(rig, 0, rig->message_count + 1, MOLD64_HEARTBEAT);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
}

/* A spoilt packet that still parses may bring a false message, a false number, or another session; so books are only
   compared where nothing was spoilt. Conservation is checked at every poll, whatever happens. */
static void packets_and_messages_are_conserved_under_faults(void **state)
{
	(void)state;
	uint64_t lost = 0, bad = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		random_day(seed * 77, 4000);
		faulty_lines(seed * 991);
		lost += feed_rig_metric(rig, METRIC_feed_lost);
		bad += feed_rig_metric(rig, METRIC_feed_bad_frame) +
		       feed_rig_metric(rig, METRIC_feed_bad_mold);
		bool is_stale = rig->market->channels[0].stale_since_ns != 0;
		assert_int_equal(
			is_stale, feed_rig_metric(rig, METRIC_feed_gaps) != 0 ||
					  feed_rig_metric(rig, METRIC_feed_bad_length) != 0);
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
	assert_true(lost > 0 && bad > 0);
}

static void losses_that_the_lines_do_not_share_cost_nothing(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		uint64_t dice = seed * 7919;
		random_day(seed * 131, 3000);
		for (uint64_t n = 1; n <= rig->message_count;) {
			uint32_t count = cut_of(n, 6);
			/* One of the two always arrives, in either order. */
			uint64_t r = random_next(&dice) >> 60 & 3;
			if (r != 0)
				feed_rig_send(rig, r == 3, n, count);
			if (r != 1)
				feed_rig_send(rig, r != 3, n, count);
			n += count;
			if (n % 5 == 0)
				feed_rig_poll(rig);
		}
		feed_rig_poll(rig);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 3000);
		assert_int_equal(rig->market->channels[0].stale_since_ns, 0);
		feed_rig_top_matches(rig, FEED_RIG_AAPL, model, 1);
		feed_rig_top_matches(rig, FEED_RIG_MSFT, model, 2);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), model->count);
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
}

/* The day over two bad wires: `ppm` of the packets of each are lost, late and doubled. */
static void bad_wires(uint64_t seed, uint32_t ppm)
{
	struct config_error error;
	struct port *wires[2];
	feed_close(rig->feed);
	for (uint32_t line = 0; line < 2; line++) {
		struct port_fault_rates rates = {.seed = seed * 2 + line,
			.loss_ppm = ppm,
			.reorder_ppm = ppm,
			.duplicate_ppm = ppm};
		wires[line] = port_fault_open(rig->ports[line], &rates);
	}
	rig->feed = feed_open(&rig->site, rig->region, rig->market, wires, &error);
	for (uint64_t n = 1; n <= rig->message_count;) {
		uint32_t count = cut_of(n, 6);
		feed_rig_send(rig, 0, n, count);
		feed_rig_send(rig, 1, n, count);
		n += count;
		rig->now_ns += 10000;
		feed_rig_poll(rig);
	}
	/* Heartbeats follow the day until one of them has come through. */
	for (uint32_t i = 0; i < 20; i++) {
		feed_rig_control(rig, i % 2, rig->message_count + 1, MOLD64_HEARTBEAT);
		rig->now_ns += FEED_RIG_WAIT_NS;
		feed_rig_poll(rig);
	}
	feed_close(rig->feed);
	for (uint32_t line = 0; line < 2; line++) {
		port_close(wires[line]);
		rig->ports[line] = port_sim_open("again");
	}
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
}

static void what_bad_wires_lose_is_filled_or_said_aloud(void **state)
{
	(void)state;
	const struct channel_state *page;
	uint32_t whole = 0, broken = 0;
	for (uint64_t seed = 1; seed <= 24; seed++) {
		random_day(seed * 313, 3000);
		/* Of losses apart from each other now and then two meet; of many, many. */
		bad_wires(seed, seed % 3 == 0 ? 100000 : 5000);
		page = &rig->market->channels[0];
		uint64_t lost = feed_rig_metric(rig, METRIC_feed_lost);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages) + lost, 3000);
		assert_int_equal(page->stale_since_ns != 0, lost != 0);
		if (lost == 0) {
			assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_order), 0);
			feed_rig_top_matches(rig, FEED_RIG_AAPL, model, 1);
			feed_rig_top_matches(rig, FEED_RIG_MSFT, model, 2);
			whole++;
		} else {
			assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).stale, 1);
			assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).stale, 1);
			broken++;
		}
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
	assert_true(whole >= 8 && broken >= 8);
}

/* The same packets, in bursts of any size, publish the same tops. */
static void the_size_of_bursts_changes_nothing(void **state)
{
	(void)state;
	struct top_prices first[2] = {0};
	for (uint32_t burst = 1; burst <= BURST_COUNT_MAX; burst += 31) {
		random_day(5, 3000);
		for (uint32_t n = 1; n <= 3000; n++) {
			feed_rig_send(rig, 0, n, 1);
			if (n % burst == 0)
				feed_rig_poll(rig);
		}
		feed_rig_poll(rig);
		for (uint32_t s = 0; s < 2; s++) {
			struct top_prices top = feed_rig_top(rig, s);
			if (burst == 1)
				first[s] = top;
			assert_memory_equal(&top, &first[s], sizeof top);
		}
		feed_rig_top_matches(rig, FEED_RIG_AAPL, model, 1);
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
}

static void put_frame(uint8_t *frame, uint32_t size)
{
	assert_true(port_sim_put(rig->ports[0], frame, size, 0));
}

static void header_seal(uint8_t *ip)
{
	uint32_t sum = 0;
	store_be16(ip + 10, 0);
	for (uint32_t i = 0; i < 20; i += 2)
		sum += load_be16(ip + i);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	store_be16(ip + 10, (uint16_t)~sum);
}

static void frames_of_no_channel_are_counted_by_kind(void **state)
{
	(void)state;
	uint8_t payload[64], frame[256];
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 10000);
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, 1, payload, sizeof payload);
	uint32_t frame_size = feed_rig_frame(7, 0, payload, size, frame, sizeof frame);
	put_frame(frame, frame_size); /* another group */
	frame_size = feed_rig_frame(0, 1, payload, size, frame, sizeof frame);
	put_frame(frame, frame_size); /* line B's group on A's port */
	frame_size = feed_rig_frame(0, 0, payload, size, frame, sizeof frame);
	frame[37]++;
	put_frame(frame, frame_size); /* another port */
	frame[37]--;
	frame[13] = 6;
	put_frame(frame, frame_size); /* ARP */
	frame[13] = 0;
	put_frame(frame, frame_size - 1); /* cut */
	frame[24]++;
	put_frame(frame, frame_size); /* checksum */
	frame[20] = 0x20;
	header_seal(frame + 14);
	put_frame(frame, frame_size); /* more fragments */
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_ours), 3);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_udp), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_frame), 2);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_fragments), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_packets), 7);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 0);
	uint8_t jumbo[1] = {0};
	struct packet packet = {.bytes = jumbo, .size_bytes = PACKET_BYTES_MAX + 1};
	feed_on_burst(rig->feed, 0, &packet, 1, rig->now_ns);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_packets), 8);
	assert_int_equal(
		feed_rig_metric(rig, METRIC_feed_bytes), 7 * frame_size - 1 + PACKET_BYTES_MAX + 1);
}

/* The decoder reads past a message; a frame that ends where its memory ends must not tempt it to. */
static void nothing_is_read_behind_a_frame(void **state)
{
	(void)state;
	random_day(9, 200);
	for (uint32_t n = 1; n <= 200; n++) {
		uint8_t payload[256], frame[512];
		uint32_t size = feed_rig_payload(rig, "000010059B", n, 1, payload, sizeof payload);
		size = feed_rig_frame(0, 0, payload, size, frame, sizeof frame);
		uint8_t *exact = malloc(size);
		assert_non_null(exact);
		memcpy(exact, frame, size);
		struct packet packet = {.bytes = exact, .size_bytes = size, .wire_bytes = size};
		feed_on_burst(rig->feed, 0, &packet, 1, rig->now_ns);
		free(exact);
	}
	feed_rig_top_matches(rig, FEED_RIG_AAPL, model, 1);
	feed_rig_top_matches(rig, FEED_RIG_MSFT, model, 2);
}

static uint32_t joins_sent(uint32_t line)
{
	struct packet packet;
	uint32_t count = 0;
	for (; port_sim_take_sent(rig->ports[line], &packet); count++) {
		assert_int_equal(packet.size_bytes, 54);
		assert_int_equal(packet.bytes[14 + 9], 2);
		assert_int_equal(load_be32(packet.bytes + 14 + 12), 0x0A000064);
		assert_int_equal(load_be32(packet.bytes + 50),
			0xE9360C00u + line + count % rig->site.channel_count * 2);
	}
	return count;
}

static void every_group_is_joined_at_start_and_each_minute(void **state)
{
	(void)state;
	rig_close_one(NULL);
	rig = feed_rig_open("", 2);
	model = calloc(1, sizeof *model);
	const uint64_t minute_ns = 60ull * 1000 * 1000 * 1000;
	feed_rig_poll(rig);
	for (uint32_t line = 0; line < 2; line++)
		assert_int_equal(joins_sent(line), 2);
	rig->now_ns += minute_ns - 1;
	feed_rig_poll(rig);
	assert_int_equal(joins_sent(0), 2); /* each is repeated once */
	rig->now_ns += 1;
	feed_rig_poll(rig);
	assert_int_equal(joins_sent(0), 2);
	assert_int_equal(joins_sent(1), 4);
}

static void a_query_of_the_network_is_counted_and_answered(void **state)
{
	(void)state;
	uint8_t frame[64] = {0x01, 0x00, 0x5E, 0, 0, 1};
	static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 9},
			     all_hosts[6] = {1, 0, 0x5E, 0, 0, 1};
	static const uint8_t query[12] = {0x11, 100, 0xEE, 0x9B}; /* version 3, ten seconds */
	uint8_t *ip = net_write_ethernet(frame, source_mac, all_hosts, false);
	memcpy(ip + 20, query, sizeof query);
	net_write_ipv4(ip, 20, 32, 2, 1, 0x0A000001, 0xE0000001);
	rig->now_ns += 2000000000;
	feed_rig_poll(rig);
	rig->now_ns += 2000000000;
	feed_rig_poll(rig);
	joins_sent(0);
	put_frame(frame, 46);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_queries), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_udp), 0);
	rig->now_ns += 10000000000;
	feed_rig_poll(rig);
	assert_int_equal(joins_sent(0), 1);
}

static void an_ipv6_group_carries_a_channel(void **state)
{
	(void)state;
	static const uint8_t group[16] = {0xFF, 0x3E, [15] = 1}, source[16] = {0xFD, [15] = 2};
	static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 9};
	uint8_t payload[256], frame[512], mac[6];
	struct config_error error;
	for (uint32_t has_source = 0; has_source < 2; has_source++) {
		rig_close_one(NULL);
		rig_open_one(NULL);
		feed_close(rig->feed);
		struct line_config *line = &rig->site.channels[0].lines[0];
		*line = (struct line_config){.is_ipv6 = 1, .udp_port = 26477};
		memcpy(line->group_ip6, group, sizeof group);
		if (has_source)
			memcpy(line->source_ip6, source, sizeof source);
		rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
		assert_non_null(rig->feed);
		feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1000000);
		feed_rig_add(rig, 1, 2, SIDE_SELL, 100, 1000100);
		uint32_t size = feed_rig_payload(rig, "000010059B", 1, 2, payload, sizeof payload);
		struct net_udp udp = {.source_ip6 = source,
			.target_ip6 = group,
			.target_port = 26477,
			.payload = payload,
			.payload_bytes = size};
		net_group6_mac(group, mac);
		put_frame(frame, net_build_udp(frame, sizeof frame, source_mac, mac, &udp));
		uint8_t other[16] = {0xFF, 0x3E, [15] = 3};
		udp.target_ip6 = other;
		put_frame(frame, net_build_udp(frame, sizeof frame, source_mac, mac, &udp));
		udp.target_ip6 = group;
		udp.source_ip6 = other;
		put_frame(frame, net_build_udp(frame, sizeof frame, source_mac, mac, &udp));
		udp.target_port = 1;
		put_frame(frame, net_build_udp(frame, sizeof frame, source_mac, mac, &udp));
		feed_rig_poll(rig);
		assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_e4, 1000000);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_data_packets), 2 - has_source);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_ours), 2 + has_source);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_strangers), has_source);
		assert_int_equal(rig->market->channels[0].lines[0].strangers, has_source);
	}
}

/* Where the site names the sender, what others send to the group is nothing to us, however well it is numbered. */
static void named_senders(struct site_config *site)
{
	site->channels[0].lines[0].source_ip = 0x0A000001;
}

static void a_packet_of_another_sender_a_little_ahead_makes_no_channel_stale(void **state)
{
	static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 1};
	uint8_t frame[256], payload[128], mac[6];
	(void)state;
	for (uint32_t has_source = 0; has_source < 2; has_source++) {
		rig_close_one(NULL);
		rig = feed_rig_open_edited("", 1, has_source ? named_senders : NULL);
		model = calloc(1, sizeof *model);
		for (uint64_t order = 1; order <= 6; order++)
			feed_rig_add(rig, 1, order, SIDE_BUY, 100, 1000000);
		feed_rig_send(rig, 0, 1, 2);
		feed_rig_poll(rig);
		uint32_t size = feed_rig_payload(rig, "000010059B", 6, 1, payload, sizeof payload);
		struct net_udp udp = {.source_ip = 0x0A000002,
			.target_ip = rig->site.channels[0].lines[0].group_ip,
			.target_port = rig->site.channels[0].lines[0].udp_port,
			.payload = payload,
			.payload_bytes = size};
		net_group_mac(udp.target_ip, mac);
		put_frame(frame, net_build_udp(frame, sizeof frame, source_mac, mac, &udp));
		feed_rig_poll(rig);
		rig->now_ns += 2 * FEED_RIG_WAIT_NS;
		feed_rig_poll(rig);
		/* Without a source nothing tells it from a loss. */
		assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).stale, !has_source);
		assert_int_equal(rig->market->channels[0].lines[0].strangers, has_source);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), has_source ? 0 : 3);
		feed_rig_send(rig, 0, 3, 3);
		feed_rig_poll(rig);
		assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), has_source ? 5 : 3);
	}
}

static void channels_keep_their_own_locates_and_an_instrument_has_one_channel(void **state)
{
	(void)state;
	uint8_t payload[256];
	rig_close_one(NULL);
	rig = feed_rig_open("", 2);
	model = calloc(1, sizeof *model);
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 10000); /* AAPL on channel 0 */
	feed_rig_send(rig, 0, 1, 1);
	/* Channel 1, in the same burst: locate 1 is MSFT there, and it trades AAPL too. */
	struct event add = {.kind = EVENT_ADD,
		.type = 'A',
		.locate = 1,
		.order = 11,
		.qty = 7,
		.price_e4 = 20000,
		.symbol = symbol_pack("MSFT")};
	rig->message_count = 0;
	feed_rig_say(rig, &add);
	add.locate = 2;
	add.order = 12;
	add.symbol = symbol_pack("AAPL");
	add.price_e4 = 90000;
	feed_rig_say(rig, &add);
	uint32_t size = feed_rig_payload(rig, "OTHERDAY01", 1, 2, payload, sizeof payload);
	feed_rig_put(rig, 1, 0, payload, size);
	feed_rig_poll(rig);
	struct top_prices aapl = feed_rig_top(rig, FEED_RIG_AAPL);
	struct top_prices msft = feed_rig_top(rig, FEED_RIG_MSFT);
	assert_int_equal(aapl.bid_e4, 10000);
	assert_int_equal(aapl.channel, 0);
	assert_int_equal(msft.bid_e4, 20000);
	assert_int_equal(msft.bid_qty, 7);
	assert_int_equal(msft.channel, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), 3);
	assert_int_equal(rig->market->channels[1].next_sequence, 3);
	/* A gap of one channel does not touch the other's instruments. */
	feed_rig_control(rig, 0, 9, MOLD64_HEARTBEAT);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).stale, 1);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).stale, 0);
}

static void a_named_source_keeps_others_out(void **state)
{
	(void)state;
	struct config_error error;
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 10000);
	feed_close(rig->feed);
	rig->site.channels[0].lines[0].source_ip = 0x0A000002;
	rig->site.channels[0].lines[1].source_ip = 0x0A000001;
	rig->site.channels[0].lines[1].group_ip = 0;
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	feed_rig_send(rig, 0, 1, 1);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_ours), 1);
	feed_rig_send(rig, 1, 1, 1);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 1);
}

static void a_line_without_its_port_is_refused_with_a_sentence(void **state)
{
	(void)state;
	struct config_error error = {0};
	struct port *const none[2] = {rig->ports[0], NULL};
	assert_null(feed_open(&rig->site, rig->region, rig->market, none, &error));
	assert_string_equal(error.text,
		"channel channel0, line B: found port number 1, expected one "
		"that is open; open it before the feed");
	rig->site.channels[0].lines[0].port = 2;
	assert_null(feed_open(&rig->site, rig->region, rig->market, rig->ports, &error));
}

static void what_the_ports_had_no_room_for_is_told(void **state)
{
	(void)state;
	struct port_stats stats;
	uint8_t frame[64] = {0};
	feed_rig_poll(rig);
	port_get_stats(rig->ports[0], &stats);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_port_missed),
		stats.rx_missed + stats.rx_no_buffer);
	put_frame(frame, sizeof frame);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_not_udp), 1);
}

#define FEED_TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_one, rig_close_one)

static void frames_are_copied_while_control_captures_and_the_books_do_not_care(void **state)
{
	(void)state;
	static struct control_region control;
	static uint8_t bytes[PACKET_BYTES_MAX];
	struct frames_reader reader;
	struct frame_head head;
	frames_join(&reader, &rig->region->frames[0]);
	feed_attach(rig->feed, &control);
	feed_rig_poll(rig);
	for (uint64_t i = 0; i < 3; i++)
		feed_rig_add(rig, 1, 100 + i, SIDE_BUY, 10, 1000000);
	feed_rig_send(rig, 0, 1, 1);
	feed_rig_poll(rig);
	assert_false(frames_take(&reader, &head, bytes));
	atomic_store(&control.capture_bytes, 50);
	feed_rig_send(rig, 0, 2, 1);
	feed_rig_send(rig, 1, 2, 1);
	feed_rig_poll(rig);
	for (uint32_t port = 0; port < 2; port++) {
		assert_true(frames_take(&reader, &head, bytes));
		assert_int_equal(head.port, port);
		assert_int_equal(head.size_bytes, 50); /* cut as asked */
		assert_true(head.wire_bytes > 50);
	}
	assert_false(frames_take(&reader, &head, bytes));
	atomic_store(&control.capture_bytes, 0);
	feed_rig_send(rig, 0, 3, 1);
	feed_rig_poll(rig);
	assert_false(frames_take(&reader, &head, bytes));
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_qty, 30);
	feed_attach(rig->feed, NULL);
	feed_rig_poll(rig);
}

static void play(const uint8_t *bytes, uint32_t size_bytes, uint64_t time_ns)
{
	const struct packet packet = {.bytes = bytes,
		.size_bytes = size_bytes,
		.wire_bytes = size_bytes,
		.time_ns = time_ns};
	feed_on_burst(rig->feed, 0, &packet, 1, rig->now_ns);
}

/* port_tells makes the first port say where its times come from, and waits until the feed has asked it. */
static void port_tells(enum port_time source)
{
	port_sim_set_time(rig->ports[0], source);
	rig->now_ns += UINT64_C(200000000);
	feed_rig_poll(rig);
}

static void a_copy_says_by_whose_clock_a_frame_came(void **state)
{
	(void)state;
	static struct control_region control;
	static uint8_t bytes[PACKET_BYTES_MAX], huge[PACKET_BYTES_MAX + 1];
	struct frames_reader reader;
	struct frame_head head;
	frames_join(&reader, &rig->region->frames[0]);
	feed_attach(rig->feed, &control);
	atomic_store(&control.capture_bytes, UINT32_MAX);
	port_tells(PORT_TIME_HARDWARE);
	play(huge, 60, rig->now_ns - 7);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.now_ns, rig->now_ns - 7);
	assert_int_equal(head.capture_ns, 0);
	assert_int_equal(head.size_bytes, 60);
	play(huge, 60, 0); /* one that the card did not time */
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.now_ns, rig->now_ns);
	port_tells(PORT_TIME_CAPTURE);
	play(huge, 60, 1234);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.now_ns, rig->now_ns);
	assert_int_equal(head.capture_ns, 1234);
	play(huge, sizeof huge, 1234);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.size_bytes, PACKET_BYTES_MAX);
	assert_int_equal(head.wire_bytes, sizeof huge);
	feed_attach(rig->feed, NULL);
	feed_rig_poll(rig);
}

static void by_the_cards_clock_a_frame_is_under_way_since_the_card_saw_it(void **state)
{
	(void)state;
	static const uint8_t frame[60];
	const struct histogram *wire = &rig->region->metrics.wire_ns;
	port_tells(PORT_TIME_HARDWARE);
	uint64_t count = wire->count, sum = wire->sum;
	play(frame, sizeof frame, rig->now_ns - 1000000000);
	assert_int_equal(wire->count, count + 1);
	assert_true(wire->sum - sum >= 1000000000);
	sum = wire->sum;
	play(frame, sizeof frame, rig->now_ns + UINT64_C(3600000000000)); /* a card ahead of us */
	assert_int_equal(wire->count, count + 2);
	assert_int_equal(wire->sum, sum);
	play(frame, sizeof frame, 0); /* not timed */
	assert_int_equal(wire->count, count + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(real_order_flow_gives_the_books_an_honest_model_gives),
		FEED_TEST(packets_and_messages_are_conserved_under_faults),
		FEED_TEST(losses_that_the_lines_do_not_share_cost_nothing),
		FEED_TEST(what_bad_wires_lose_is_filled_or_said_aloud),
		FEED_TEST(the_size_of_bursts_changes_nothing),
		FEED_TEST(frames_of_no_channel_are_counted_by_kind),
		FEED_TEST(nothing_is_read_behind_a_frame),
		FEED_TEST(a_query_of_the_network_is_counted_and_answered),
		FEED_TEST(an_ipv6_group_carries_a_channel),
		FEED_TEST(every_group_is_joined_at_start_and_each_minute),
		FEED_TEST(a_packet_of_another_sender_a_little_ahead_makes_no_channel_stale),
		FEED_TEST(channels_keep_their_own_locates_and_an_instrument_has_one_channel),
		FEED_TEST(a_named_source_keeps_others_out),
		FEED_TEST(a_line_without_its_port_is_refused_with_a_sentence),
		FEED_TEST(what_the_ports_had_no_room_for_is_told),
		FEED_TEST(frames_are_copied_while_control_captures_and_the_books_do_not_care),
		FEED_TEST(a_copy_says_by_whose_clock_a_frame_came),
		FEED_TEST(by_the_cards_clock_a_frame_is_under_way_since_the_card_saw_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.feed", tests, NULL, NULL);
}
