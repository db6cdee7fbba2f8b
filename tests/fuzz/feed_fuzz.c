/* feed_fuzz.c - any packets on two lines in any order of time: nothing is read outside a frame, every packet
   and every message is accounted for, and what was published came from a whole packet.
   rooms: dataplane_feed

   An input is a script: a byte says what happens, the bytes behind it how.  Packets are made of well-formed
   messages most of the time, because arbitrary bytes would never pass the first header. */
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/channel.h"
#include "dataplane/feed/mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct site_config site;
static struct symbol_config symbol;
static struct market_region *market;
static struct metrics metrics;
static struct symbols symbols;
static struct batch batch;
static struct state state;
static struct channel channel;

struct script {
	const uint8_t *at, *end;
};

static uint8_t script_next(struct script *script)
{
	return script->at < script->end ? *script->at++ : 0;
}

static void site_fill(void)
{
	site.channel_count = 1;
	site.book_order_count = 256;
	site.channels[0].line_count = 2;
	site.channels[0].recovery.wait_ns = 2000000;
	symbol.name = symbol_pack("AAPL");
	site.symbols = &symbol;
	site.symbol_count = 1;
	market = mmap(
		NULL, sizeof *market, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (market == MAP_FAILED)
		abort();
	symbols_init(&symbols, &site);
	state_init(&state, &site, &symbols, market);
	channel_init(&channel, 0, &site, &symbols, &state, &metrics, market, &batch);
}

/* day_begin makes everything as channel_init left it, in the memory there is: taking it anew for every
   input would be most of the work. */
static void day_begin(void)
{
	channel_begin(&channel);
	memset(&metrics, 0, sizeof metrics);
	memset(&market->tops[0], 0, sizeof market->tops[0]);
	memset(&market->channel_facts[0], 0, sizeof market->channel_facts[0]);
	memset(&market->states[0], 0, sizeof market->states[0]);
	symbols.instruments[0] = (struct instrument){.channel = INSTRUMENT_NO_CHANNEL};
}

/* message_make writes a message with an order's or symbol's fields, or one of the rare ones as the script
   has them. */
static uint32_t message_make(struct script *script, uint8_t message[ITCH50_SIZE_MAX])
{
	uint8_t kind = script_next(script), order = script_next(script);
	struct event event = {.kind = kind % 16u,
		.locate = kind >> 6,
		.order = order,
		.other = order + 1u,
		.qty = order * 3u,
		.price_e4 = order * 100,
		.symbol = symbol.name,
		.side = kind >> 5 & 1,
		.code = 'Y'};
	if (event.kind != EVENT_OTHER)
		return itch50_encode(&event, message);
	message[0] = (uint8_t) "LVWKJINO"[order % 8];
	store_be16(message + 1, event.locate);
	for (uint32_t i = 3; i < itch50_size(message[0]); i++)
		message[i] = script_next(script);
	memcpy(message + (message[0] == 'L'          ? 15
				 : message[0] == 'I' ? 28
						     : 11),
		&symbol.name,
		itch50_size(message[0]) > 19 && message[0] != 'V' ? sizeof symbol.name : 0);
	return itch50_size(message[0]);
}

/* packet_make builds a packet from the script: number, how many messages of which kind, a spoilt byte. */
static uint32_t packet_make(struct script *script, uint8_t *payload, uint32_t room)
{
	static const char *const sessions[] = {"SESSION001", "SESSION002"};
	uint8_t shape = script_next(script);
	uint32_t size = mold64_begin(payload, sessions[shape >> 7], script_next(script));
	for (uint32_t i = 0; i < (shape & 15u); i++) {
		uint8_t message[ITCH50_SIZE_MAX];
		uint32_t message_size = message_make(script, message);
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

static void packet_send(struct script *script, uint64_t now_ns, uint8_t line)
{
	uint8_t payload[2048];
	uint32_t size = packet_make(script, payload, sizeof payload);
	uint8_t *exact = malloc(size);
	if (exact == NULL)
		abort();
	memcpy(exact, payload, size);
	struct channel_packet packet = {
		.payload = exact, .end = exact + size, .payload_bytes = size, .line = line};
	arrival_packet(&channel, &packet, now_ns);
	channel_flush(&channel, now_ns);
	free(exact);
}

static uint64_t counted(enum metric metric)
{
	return metrics_get(&metrics, metric);
}

static void conservation_check(uint64_t sent)
{
	const struct channel_state *page = &market->channels[0];
	uint64_t packets = counted(METRIC_feed_bad_mold) + counted(METRIC_feed_other_session) +
			   counted(METRIC_feed_heartbeats) + counted(METRIC_feed_end_of_session) +
			   counted(METRIC_feed_data_packets) + counted(METRIC_feed_unbelieved);
	uint64_t messages = counted(METRIC_feed_messages), held = 0;
	for (uint32_t i = 0; i < channel.gap.count; i++)
		held += channel.gap.packets[channel.gap.first + i].count;
	if (sent != packets || page->messages != messages ||
		page->next_sequence - 1 != messages + counted(METRIC_feed_lost) ||
		page->lines[0].messages + page->lines[1].messages !=
			messages + counted(METRIC_feed_duplicates) +
				counted(METRIC_feed_hold_full) + counted(METRIC_feed_superseded) +
				held)
		abort();
	if ((counted(METRIC_feed_gaps) != 0) && page->stale_since_ns == 0)
		abort();
	if (page->stale_since_ns != 0 && symbols.instruments[0].channel == 0 &&
		market->tops[0].prices.stale == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct script script = {bytes, bytes + size};
	uint64_t now_ns = 1, sent = 0;
	if (market == NULL)
		site_fill();
	day_begin();
	while (script.at < script.end) {
		uint8_t what = script_next(&script);
		if (what < 16) {
			now_ns += (uint64_t)what * 200000;
		} else {
			packet_send(&script, now_ns, what & 1);
			sent++;
		}
		mend_expire(&channel, now_ns);
		conservation_check(sent);
	}
	return 0;
}
