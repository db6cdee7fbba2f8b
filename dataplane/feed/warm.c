/* warm.c - see warm.h. */
#include "dataplane/feed/warm.h"

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/channel.h"
#include "drivers/machine/memory.h"

enum { WARM_ORDERS = 1024, WARM_TAPE = 64, WARM_MANY = 16, PAYLOAD_BYTES = 2048 };

/* One round of a symbol's life; `order` and `other` are numbers within the round. */
static const struct event flow[] = {
	{.kind = EVENT_ADD, .type = 'A', .order = 1, .price_e4 = 1000000, .qty = 100},
	{.kind = EVENT_ADD,
		.type = 'A',
		.order = 2,
		.side = SIDE_SELL,
		.price_e4 = 1000200,
		.qty = 100},
	{.kind = EVENT_ADD, .type = 'A', .order = 3, .price_e4 = 999900, .qty = 200},
	{.kind = EVENT_ADD,
		.type = 'A',
		.order = 4,
		.side = SIDE_SELL,
		.price_e4 = 1012345,
		.qty = 7},
	{.kind = EVENT_EXECUTE, .type = 'E', .order = 1, .qty = 40, .match = 1},
	{.kind = EVENT_REDUCE, .type = 'X', .order = 3, .qty = 50},
	{.kind = EVENT_REPLACE,
		.type = 'U',
		.order = 1,
		.other = 5,
		.price_e4 = 1000100,
		.qty = 80},
	{.kind = EVENT_EXECUTE_AT,
		.type = 'C',
		.order = 2,
		.qty = 10,
		.match = 2,
		.price_e4 = 1000200,
		.code = 'Y'},
	{.kind = EVENT_TRADE, .type = 'P', .qty = 10, .match = 3, .price_e4 = 1000150},
	{.kind = EVENT_DELETE, .type = 'D', .order = 5},
	{.kind = EVENT_ADD,
		.type = 'F',
		.order = 6,
		.side = SIDE_SELL,
		.price_e4 = 1000100,
		.qty = 300},
	{.kind = EVENT_REPLACE,
		.type = 'U',
		.order = 6,
		.other = 7,
		.price_e4 = 1000300,
		.qty = 300},
	{.kind = EVENT_DELETE, .type = 'D', .order = 3},
	{.kind = EVENT_EXECUTE, .type = 'E', .order = 2, .qty = 90, .match = 4},
	{.kind = EVENT_DELETE, .type = 'D', .order = 7},
	{.kind = EVENT_DELETE, .type = 'D', .order = 4},
};
_Static_assert(ARRAY_COUNT(flow) == WARM_MANY, "a packet of many messages is a round");

struct warm {
	struct site_config *site;
	struct symbol_config symbol;
	struct metrics *metrics;
	struct market_region *market;
	struct batch *batch;
	struct channel channel;
	struct symbols symbols;
	struct state state;
	struct tape_writer tape;
	uint64_t sequence;
	uint32_t at; /* in the flow */
	uint32_t payload_bytes;
	uint8_t payload[PAYLOAD_BYTES + ITCH50_READ_PAST_BYTES];
};

static const char warm_session[10] = "WARM      ";

static void site_fill(struct warm *warm)
{
	struct site_config *site = warm->site;
	warm->symbol.name = symbol_pack("WARM");
	site->symbols = &warm->symbol;
	site->symbol_count = 1;
	site->channel_count = 1;
	site->channels[0].line_count = 1;
	site->book_order_count = WARM_ORDERS;
	site->tape_event_count = WARM_TAPE;
	site->tape_carries = TAPE_ALL;
	memcpy(site->channels[0].session, warm_session, sizeof warm_session);
}

struct warm *warm_open(void)
{
	struct warm *warm = memory_take("feed warm", sizeof *warm);
	warm->site = memory_take("feed warm site", sizeof *warm->site);
	site_fill(warm);
	warm->metrics = memory_take("feed warm metrics", sizeof *warm->metrics);
	warm->market = memory_reserve("feed warm market", market_size_bytes(warm->site));
	CHECK(market_make(warm->market, warm->site) == 0);
	market_fill(warm->market, warm->site);
	warm->batch = memory_take("feed warm batch", sizeof *warm->batch);
	symbols_init(&warm->symbols, warm->site);
	state_init(&warm->state, warm->site, &warm->symbols, warm->market);
	tape_join(&warm->tape, warm->market, 0);
	channel_init(&warm->channel, 0, warm->site, &warm->symbols, &warm->state, warm->metrics,
		warm->market, warm->batch);
	warm->channel.quotes.tape = &warm->tape;
	warm->sequence = 1;
	return warm;
}

void warm_close(struct warm *warm)
{
	if (warm == NULL)
		return;
	channel_return(&warm->channel);
	state_return(&warm->state);
	symbols_return(&warm->symbols);
	memory_return(warm->batch, sizeof *warm->batch);
	memory_return(warm->market, market_size_bytes(warm->site));
	memory_return(warm->metrics, sizeof *warm->metrics);
	memory_return(warm->site, sizeof *warm->site);
	memory_return(warm, sizeof *warm);
}

void warm_make(struct warm *warm, uint32_t message_count)
{
	uint32_t size = mold64_begin(warm->payload, warm_session, warm->sequence);
	for (uint32_t i = 0; i < message_count; i++) {
		uint8_t message[ITCH50_SIZE_MAX];
		struct event event = flow[warm->at++ % ARRAY_COUNT(flow)];
		event.locate = 1;
		event.symbol = warm->symbol.name;
		event.exch_ns = warm->at;
		uint32_t bytes = itch50_encode(&event, message);
		CHECK(bytes != 0);
		size = mold64_append(warm->payload, size, PAYLOAD_BYTES, message, (uint16_t)bytes);
		CHECK(size != 0);
	}
	warm->sequence += message_count;
	warm->payload_bytes = size;
}

void warm_play(struct warm *warm)
{
	struct channel_packet packet = {.payload = warm->payload,
		.end = warm->payload + sizeof warm->payload,
		.payload_bytes = warm->payload_bytes};
	arrival_packet(&warm->channel, &packet, warm->at);
	channel_flush(&warm->channel, warm->at);
}

void warm_run(struct warm *warm, uint32_t packet_count)
{
	for (uint32_t i = 0; i < packet_count; i++) {
		warm_make(warm, i % WARM_MANY == 0 ? WARM_MANY : 1);
		warm_play(warm);
	}
}

uint64_t warm_messages(const struct warm *warm)
{
	return warm->channel.messages;
}
