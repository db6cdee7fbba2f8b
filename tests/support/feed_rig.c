/* feed_rig.c - see feed_rig.h. */
#include "tests/support/feed_rig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/wire/net.h"

#define GROUP_BASE 0xE9360C00u /* 233.54.12.0 + channel * 2 + line */
#define REPLY_BASE 0xE9360D00u /* the same, of lines that a proxy answers on */

enum { UDP_PORT = 26477, INTERFACE_IP = 0x0A000064 };

static const char rig_session[10] = "000010059B";

static void site_fill(struct feed_rig *rig, const char *session, uint8_t channel_count)
{
	struct site_config *site = &rig->site;
	site->port_count = 2;
	site->channel_count = channel_count;
	site->book_order_count = FEED_RIG_ORDER_COUNT;
	site->tape_event_count = FEED_RIG_TAPE_COUNT;
	site->tape_carries = TAPE_ALL;
	for (uint8_t c = 0; c < channel_count; c++) {
		struct channel_config *channel = &site->channels[c];
		snprintf(channel->name, sizeof channel->name, "channel%u", c);
		snprintf(channel->session, sizeof channel->session, "%s", session);
		channel->line_count = 2;
		channel->recovery.wait_ns = FEED_RIG_WAIT_NS;
		channel->recovery.hold_packets = FEED_RIG_HOLD_COUNT;
		for (uint8_t l = 0; l < 2; l++)
			channel->lines[l] = (struct line_config){.port = l,
				.group_ip = GROUP_BASE + c * 2u + l,
				.udp_port = UDP_PORT,
				.interface_ip = INTERFACE_IP};
	}
	rig->symbols[FEED_RIG_AAPL].name = symbol_pack("AAPL");
	rig->symbols[FEED_RIG_MSFT].name = symbol_pack("MSFT");
	site->symbols = rig->symbols;
	site->symbol_count = FEED_RIG_SYMBOL_COUNT;
}

struct feed_rig *feed_rig_open(const char *session, uint8_t channel_count)
{
	return feed_rig_open_edited(session, channel_count, NULL);
}

struct feed_rig *feed_rig_open_edited(
	const char *session, uint8_t channel_count, feed_rig_edit *edit)
{
	struct feed_rig *rig = calloc(1, sizeof *rig);
	struct config_error error = {0};
	assert_non_null(rig);
	site_fill(rig, session, channel_count);
	if (edit != NULL)
		edit(&rig->site);
	rig->region = mmap(NULL, sizeof *rig->region, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(rig->region, MAP_FAILED);
	rig->market = mmap(NULL, market_size_bytes(&rig->site), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(rig->market, MAP_FAILED);
	rig->market->header.magic = REGION_MAGIC_MARKET;
	rig->market->header.size_bytes = market_size_bytes(&rig->site);
	market_fill(rig->market, &rig->site);
	rig->ports[0] = port_sim_open("A");
	rig->ports[1] = port_sim_open("B");
	rig->now_ns = 1000000000;
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	assert_non_null(rig->feed);
	return rig;
}

void feed_rig_close(struct feed_rig *rig)
{
	feed_close(rig->feed);
	port_close(rig->ports[0]);
	port_close(rig->ports[1]);
	munmap(rig->region, sizeof *rig->region);
	munmap(rig->market, market_size_bytes(&rig->site));
	free(rig);
}

uint64_t feed_rig_say_bytes(struct feed_rig *rig, const void *bytes, uint32_t size_bytes)
{
	assert_true(rig->message_count < FEED_RIG_MESSAGE_COUNT && size_bytes <= ITCH50_SIZE_MAX);
	struct feed_rig_message *message = &rig->messages[rig->message_count++];
	message->size_bytes = size_bytes;
	memcpy(message->bytes, bytes, size_bytes);
	return rig->message_count;
}

uint64_t feed_rig_say(struct feed_rig *rig, const struct event *event)
{
	uint8_t bytes[ITCH50_SIZE_MAX];
	uint32_t size_bytes = itch50_encode(event, bytes);
	assert_int_not_equal(size_bytes, 0);
	return feed_rig_say_bytes(rig, bytes, size_bytes);
}

uint64_t feed_rig_add(struct feed_rig *rig, uint16_t locate, uint64_t order, enum side side,
	uint32_t qty, int64_t price_e4)
{
	struct event event = {.kind = EVENT_ADD,
		.type = 'A',
		.locate = locate,
		.order = order,
		.side = (uint8_t)side,
		.qty = qty,
		.price_e4 = price_e4,
		.symbol = symbol_pack(locate == 1   ? "AAPL"
				      : locate == 2 ? "MSFT"
						    : "ZZZZ")};
	return feed_rig_say(rig, &event);
}

uint32_t feed_rig_payload(const struct feed_rig *rig, const char session[10], uint64_t first,
	uint32_t count, uint8_t *payload, uint32_t room)
{
	uint32_t size = mold64_begin(payload, session, first);
	assert_true(first >= 1 && first - 1 + count <= rig->message_count);
	for (uint32_t i = 0; i < count; i++) {
		const struct feed_rig_message *message = &rig->messages[first - 1 + i];
		size = mold64_append(
			payload, size, room, message->bytes, (uint16_t)message->size_bytes);
		assert_int_not_equal(size, 0);
	}
	return size;
}

static uint32_t frame_build(uint32_t group_ip, const uint8_t *payload, uint32_t payload_bytes,
	uint8_t *frame, uint32_t room)
{
	static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 1};
	uint8_t target_mac[6];
	struct net_udp udp = {.source_ip = 0x0A000001,
		.target_ip = group_ip,
		.source_port = 40000,
		.target_port = UDP_PORT,
		.payload = payload,
		.payload_bytes = payload_bytes};
	net_group_mac(udp.target_ip, target_mac);
	uint32_t size = net_build_udp(frame, room, source_mac, target_mac, &udp);
	assert_int_not_equal(size, 0);
	return size;
}

uint32_t feed_rig_frame(uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes, uint8_t *frame, uint32_t room)
{
	return frame_build(GROUP_BASE + channel * 2u + line, payload, payload_bytes, frame, room);
}

struct line_config feed_rig_reply_line(uint8_t channel, uint8_t line)
{
	return (struct line_config){.port = line,
		.group_ip = REPLY_BASE + channel * 2u + line,
		.udp_port = UDP_PORT,
		.interface_ip = INTERFACE_IP};
}

void feed_rig_reply(struct feed_rig *rig, uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes)
{
	uint8_t frame[PACKET_BYTES_MAX];
	uint32_t size = frame_build(
		REPLY_BASE + channel * 2u + line, payload, payload_bytes, frame, sizeof frame);
	assert_true(port_sim_put(rig->ports[line], frame, size, 0));
}

void feed_rig_put(struct feed_rig *rig, uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes)
{
	uint8_t frame[PACKET_BYTES_MAX];
	uint32_t size = feed_rig_frame(channel, line, payload, payload_bytes, frame, sizeof frame);
	assert_true(port_sim_put(rig->ports[line], frame, size, 0));
}

void feed_rig_send(struct feed_rig *rig, uint32_t line, uint64_t first, uint32_t count)
{
	uint8_t payload[PACKET_BYTES_MAX - 64];
	uint32_t size = feed_rig_payload(rig, rig_session, first, count, payload, sizeof payload);
	feed_rig_put(rig, 0, line, payload, size);
}

void feed_rig_control(struct feed_rig *rig, uint32_t line, uint64_t next, uint16_t count)
{
	uint8_t payload[MOLD64_HEADER_BYTES];
	mold64_begin(payload, rig_session, next);
	store_be16(payload + 18, count);
	feed_rig_put(rig, 0, line, payload, sizeof payload);
}

uint64_t feed_rig_metric(const struct feed_rig *rig, enum metric metric)
{
	return metrics_get(&rig->region->metrics, metric);
}

struct top_prices feed_rig_top(const struct feed_rig *rig, uint32_t symbol)
{
	struct top_prices prices;
	assert_true(top_read(&rig->market->tops[symbol], &prices));
	return prices;
}

/* feed (1), channel (3) and (4): every packet is counted in one place and one place only; every message that
   came was delivered, was a duplicate, is held, or was dropped by name; every number is accounted for. */
void feed_rig_conserves(const struct feed_rig *rig)
{
	uint64_t came = 0, numbers = 0, delivered = 0;
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_packets),
		feed_rig_metric(rig, METRIC_feed_not_udp) +
			feed_rig_metric(rig, METRIC_feed_queries) +
			feed_rig_metric(rig, METRIC_feed_not_ours) +
			feed_rig_metric(rig, METRIC_feed_bad_frame) +
			feed_rig_metric(rig, METRIC_feed_fragments) +
			feed_rig_metric(rig, METRIC_feed_replies) +
			feed_rig_metric(rig, METRIC_feed_bad_mold) +
			feed_rig_metric(rig, METRIC_feed_other_session) +
			feed_rig_metric(rig, METRIC_feed_unbelieved) +
			feed_rig_metric(rig, METRIC_feed_heartbeats) +
			feed_rig_metric(rig, METRIC_feed_end_of_session) +
			feed_rig_metric(rig, METRIC_feed_data_packets));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers),
		feed_rig_metric(rig, METRIC_feed_answers_used) +
			feed_rig_metric(rig, METRIC_feed_answers_old) +
			feed_rig_metric(rig, METRIC_feed_answers_refused));
	for (uint8_t c = 0; c < rig->site.channel_count; c++) {
		const struct channel_state *page = &rig->market->channels[c];
		numbers += page->next_sequence - 1 + page->ended_numbers;
		delivered += page->messages;
		for (uint32_t l = 0; l <= LINE_REQUESTED; l++)
			came += page->lines[l].messages;
	}
	uint64_t messages = feed_rig_metric(rig, METRIC_feed_messages);
	assert_int_equal(messages, delivered);
	assert_int_equal(numbers, messages + feed_rig_metric(rig, METRIC_feed_lost) +
					  feed_rig_metric(rig, METRIC_feed_spared) -
					  feed_rig_metric(rig, METRIC_feed_rewound));
	uint64_t gone = messages + feed_rig_metric(rig, METRIC_feed_duplicates) +
			feed_rig_metric(rig, METRIC_feed_hold_full) +
			feed_rig_metric(rig, METRIC_feed_superseded);
	assert_true(came >= gone &&
		    (feed_rig_metric(rig, METRIC_feed_held_packets) != 0 || came == gone));
}

void feed_rig_poll(struct feed_rig *rig)
{
	while (feed_poll(rig->feed, rig->now_ns))
		;
	feed_rig_conserves(rig);
}

static struct feed_model_order *order_find(struct feed_model *model, uint64_t reference)
{
	for (uint32_t i = model->count; i > 0; i--)
		if (model->orders[i - 1].reference == reference)
			return &model->orders[i - 1];
	return NULL;
}

static void order_reduce(struct feed_model *model, uint64_t reference, uint32_t qty)
{
	struct feed_model_order *order = order_find(model, reference);
	if (order == NULL)
		return;
	order->qty = order->qty > qty ? order->qty - qty : 0;
	if (order->qty == 0)
		*order = model->orders[--model->count];
}

static void order_add(struct feed_model *model, const struct feed_model_order *order)
{
	assert_true(model->count < FEED_RIG_ORDER_COUNT);
	model->orders[model->count++] = *order;
}

void feed_model_apply(struct feed_model *model, const uint8_t *message)
{
	uint64_t reference = load_be64(message + 11);
	struct feed_model_order *old;
	struct feed_model_order order = {.locate = load_be16(message + 1)};
	switch (message[0]) {
	case 'A':
	case 'F':
		order.reference = reference;
		order.side = message[19] == 'S';
		order.qty = load_be32(message + 20);
		order.price_e4 = load_be32(message + 32);
		order_add(model, &order);
		break;
	case 'E':
	case 'C':
	case 'X':
		order_reduce(model, reference, load_be32(message + 19));
		break;
	case 'D':
		order_reduce(model, reference, UINT32_MAX);
		break;
	case 'U':
		old = order_find(model, reference);
		if (old == NULL)
			break;
		order = *old;
		order_reduce(model, reference, UINT32_MAX);
		order.reference = load_be64(message + 19);
		order.qty = load_be32(message + 27);
		order.price_e4 = load_be32(message + 31);
		order_add(model, &order);
		break;
	default:
		break;
	}
}

int64_t feed_model_best(
	const struct feed_model *model, uint16_t locate, enum side side, uint32_t *qty)
{
	int64_t best_e4 = 0;
	*qty = 0;
	for (uint32_t i = 0; i < model->count; i++) {
		const struct feed_model_order *order = &model->orders[i];
		if (order->locate != locate || order->side != side)
			continue;
		bool is_better =
			side == SIDE_BUY ? order->price_e4 > best_e4 : order->price_e4 < best_e4;
		if (best_e4 == 0 || is_better) {
			best_e4 = order->price_e4;
			*qty = 0;
		}
		if (order->price_e4 == best_e4)
			*qty += order->qty;
	}
	return best_e4;
}

void feed_rig_top_matches(const struct feed_rig *rig, uint32_t symbol,
	const struct feed_model *model, uint16_t locate)
{
	struct top_prices top = feed_rig_top(rig, symbol);
	uint32_t qty;
	assert_int_equal(top.bid_e4, feed_model_best(model, locate, SIDE_BUY, &qty));
	assert_int_equal(top.bid_qty, qty);
	assert_int_equal(top.ask_e4, feed_model_best(model, locate, SIDE_SELL, &qty));
	assert_int_equal(top.ask_qty, qty);
}
