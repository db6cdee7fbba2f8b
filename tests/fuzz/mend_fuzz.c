/* mend_fuzz.c - lines, request servers and a snapshot server that say anything: nothing is read outside what came,
   everything is accounted for, and no top is unmarked while something is known to be missing.
   rooms: dataplane_feed

   An input is a script: a byte says who speaks, the bytes behind it what.  Most of what is said is well formed,
   because arbitrary bytes would never get past a header. */
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct script {
	const uint8_t *at, *end;
};

static struct site_config site;
static struct symbol_config symbol;
static struct market_region *market;
static struct metrics metrics;
static struct symbols symbols;
static struct state state;
static struct batch batch;
static struct channel channel;
static struct datagram_packet answer; /* the one that waits; bytes NULL: none */
static uint32_t connections;

static uint8_t script_next(struct script *script)
{
	return script->at < script->end ? *script->at++ : 0;
}

static bool socket_send(struct datagram *d, const struct endpoint *to, const uint8_t *bytes,
	uint32_t size_bytes, uint64_t now_ns)
{
	(void)d, (void)to, (void)bytes, (void)now_ns;
	return size_bytes == MOLD64_HEADER_BYTES;
}

static bool socket_receive(struct datagram *d, struct datagram_packet *packet, uint64_t now_ns)
{
	(void)d, (void)now_ns;
	if (answer.bytes == NULL)
		return false;
	*packet = answer;
	answer.bytes = NULL;
	return true;
}

static uint32_t stream_to(struct stream *s, const char *address, uint16_t port)
{
	(void)s, (void)address, (void)port;
	return ++connections == 0 ? ++connections : connections;
}

static bool stream_take(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)s, (void)connection, (void)bytes;
	return size_bytes < 100;
}

static void stream_end(struct stream *s, uint32_t connection, bool reset)
{
	(void)s, (void)connection, (void)reset;
}

static const struct datagram_ops socket_ops = {.send = socket_send, .receive = socket_receive};
static const struct stream_ops stream_verbs = {
	.connect = stream_to, .send = stream_take, .shut = stream_end};
static struct datagram asking = {.ops = &socket_ops};
static struct stream spinning = {.ops = &stream_verbs};

static void site_fill(void)
{
	struct channel_config *config = &site.channels[0];
	site.channel_count = 1;
	site.book_order_count = 256;
	config->line_count = 2;
	config->is_session_adopted = 1;
	config->max_silence_ns = 50000000;
	config->recovery = (struct recovery_config){.is_configured = 1,
		.has_requests = 1,
		.has_snapshot = 1,
		.wait_ns = 2000000,
		.hold_packets = 64,
		.server_count = 1,
		.servers = {{1, 1}},
		.request_messages = 20,
		.request_reach = 100,
		.requests_per_s = 1000,
		.request_tries = 3,
		.request_timeout_ns = 5000000,
		.request_within_ns = 100000000,
		.snapshot_tries = 2,
		.snapshot_timeout_ns = 20000000,
		.again_ns = 30000000};
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
	recover_speak_by(&channel.recover, &spinning, &asking);
}

static void day_begin(void)
{
	channel_begin(&channel);
	answer.bytes = NULL;
	memset(&metrics, 0, sizeof metrics);
	memset(&market->tops[0], 0, sizeof market->tops[0]);
	memset(&market->channel_facts[0], 0, sizeof market->channel_facts[0]);
	memset(&market->states[0], 0, sizeof market->states[0]);
	symbols.instruments[0] = (struct instrument){.channel = INSTRUMENT_NO_CHANNEL};
}

static uint32_t message_make(struct script *script, uint8_t message[ITCH50_SIZE_MAX])
{
	uint8_t kind = script_next(script), order = script_next(script);
	struct event event = {.kind = kind % 15u,
		.locate = kind >> 6,
		.order = order,
		.other = order + 1u,
		.qty = order * 3u + 1,
		.price_e4 = order * 100 + 100,
		.symbol = symbol.name,
		.side = kind >> 5 & 1,
		.code = 'Y'};
	return itch50_encode(&event, message);
}

static uint32_t packet_make(struct script *script, uint8_t *payload, uint32_t room)
{
	static const char *const sessions[] = {"SESSION001", "SESSION002"};
	uint8_t shape = script_next(script);
	uint32_t size = mold64_begin(payload, sessions[shape >> 7], script_next(script));
	for (uint32_t i = 0; i < (shape & 15u); i++) {
		uint8_t message[ITCH50_SIZE_MAX];
		uint32_t grown = mold64_append(
			payload, size, room, message, (uint16_t)message_make(script, message));
		if (grown == 0)
			break;
		size = grown;
	}
	if ((shape & 0x40) != 0)
		store_be16(payload + 18, MOLD64_END_OF_SESSION);
	if ((shape & 0x10) != 0)
		payload[script_next(script) % size] ^= script_next(script);
	if ((shape & 0x20) != 0)
		size -= script_next(script) % size;
	return size;
}

/* exact_copy moves bytes to memory of their own, so that a step outside is seen. */
static uint8_t *exact_copy(const uint8_t *bytes, uint32_t size, uint32_t behind)
{
	uint8_t *copy = calloc(1, size + behind + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, bytes, size);
	return copy;
}

static void line_speaks(struct script *script, uint8_t line, uint64_t now_ns)
{
	uint8_t payload[2048];
	uint32_t size = packet_make(script, payload, sizeof payload);
	uint8_t *exact = exact_copy(payload, size, 0);
	struct channel_packet packet = {
		.payload = exact, .end = exact + size, .payload_bytes = size, .line = line};
	arrival_packet(&channel, &packet, now_ns);
	channel_flush(&channel, now_ns);
	free(exact);
}

static void server_speaks(struct script *script, uint64_t now_ns)
{
	uint8_t payload[2048];
	uint32_t size = packet_make(script, payload, sizeof payload);
	uint8_t *exact = exact_copy(payload, size, DATAGRAM_READ_PAST_BYTES);
	answer = (struct datagram_packet){
		.from = {1, script_next(script) % 8 != 7}, .bytes = exact, .size_bytes = size};
	mend_expire(&channel, now_ns);
	answer.bytes = NULL;
	free(exact);
}

static uint32_t soup_make(struct script *script, uint8_t *bytes)
{
	uint8_t message[ITCH50_SIZE_MAX], what = script_next(script);
	uint32_t size;
	switch (what % 8) {
	case 0:
		return soup_build_login_accepted(bytes, what < 16 ? "SESSION002" : "SESSION001", 1);
	case 1:
		return soup_build_login_rejected(bytes, 'A');
	case 2:
		memset(message, ' ', 21);
		message[0] = 'G';
		message[20] = (uint8_t)('0' + script_next(script) % 10);
		message[19] = (uint8_t)('0' + script_next(script) % 10);
		return soup_build(bytes, SOUP_SEQUENCED, message, 21);
	case 3:
		return soup_build(bytes, SOUP_SERVER_HEARTBEAT, NULL, 0);
	case 4:
		for (size = 0; size < what / 8u; size++)
			bytes[size] = script_next(script);
		return size;
	default:
		size = message_make(script, message);
		return soup_build(bytes, SOUP_SEQUENCED, message, size);
	}
}

static void snapshot_speaks(struct script *script, uint64_t now_ns)
{
	struct snapshot *snapshot = &channel.recover.snapshot;
	uint8_t bytes[256], what = script_next(script);
	struct stream_event event = {.connection = snapshot->connection};
	if (snapshot->connection == CONNECTION_NONE)
		return;
	event.kind = what % 16 == 0 ? STREAM_CLOSED : what % 16 <= 3 ? STREAM_OPENED : STREAM_BYTES;
	if (event.kind == STREAM_BYTES)
		event.size_bytes = soup_make(script, bytes);
	uint8_t *exact = exact_copy(bytes, event.size_bytes, 0);
	event.bytes = exact;
	snapshot_on_event(snapshot, &event, now_ns);
	free(exact);
}

static uint64_t counted(enum metric metric)
{
	return metrics_get(&metrics, metric);
}

static void all_is_accounted_for(uint64_t sent)
{
	const struct channel_state *page = &market->channels[0];
	uint64_t packets = counted(METRIC_feed_bad_mold) + counted(METRIC_feed_other_session) +
			   counted(METRIC_feed_heartbeats) + counted(METRIC_feed_end_of_session) +
			   counted(METRIC_feed_data_packets) + counted(METRIC_feed_unbelieved);
	uint64_t came = 0, held = 0;
	for (uint32_t i = 0; i < channel.gap.count; i++)
		held += channel.gap.packets[channel.gap.first + i].count;
	for (uint32_t line = 0; line <= LINE_REQUESTED; line++)
		came += page->lines[line].messages;
	if (sent != packets ||
		came != counted(METRIC_feed_messages) + counted(METRIC_feed_duplicates) + held +
				counted(METRIC_feed_hold_full) + counted(METRIC_feed_superseded) ||
		channel.arbiter.next - 1 + page->ended_numbers !=
			counted(METRIC_feed_messages) + counted(METRIC_feed_lost) +
				counted(METRIC_feed_spared) - counted(METRIC_feed_rewound) ||
		counted(METRIC_feed_answers) != counted(METRIC_feed_answers_used) +
							counted(METRIC_feed_answers_old) +
							counted(METRIC_feed_answers_refused))
		abort();
	if ((channel.stale_reasons != 0) != (page->stale_since_ns != 0) ||
		(channel.is_building && channel.stale_reasons == 0) ||
		(channel.is_lossy && (channel.stale_reasons & STALE_GAP) == 0))
		abort();
	if (page->stale_since_ns != 0 && symbols.instruments[0].channel == 0 &&
		market->tops[0].prices.stale == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct script script = {bytes, bytes + size};
	uint64_t now_ns = 1000, sent = 0;
	if (market == NULL)
		site_fill();
	day_begin();
	while (script.at < script.end) {
		uint8_t what = script_next(&script);
		if (what < 32) {
			now_ns += (uint64_t)what * 500000;
		} else if (what < 128) {
			line_speaks(&script, what & 1, now_ns);
			sent++;
		} else if (what < 176) {
			server_speaks(&script, now_ns);
		} else {
			snapshot_speaks(&script, now_ns);
		}
		mend_expire(&channel, now_ns);
		all_is_accounted_for(sent);
	}
	return 0;
}
