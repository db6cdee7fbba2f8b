/* ITCH, DEEP, DEEP+ and PITCH beside each other through one feed: each channel a market of its own, told on two lines that cut
   packets differently, lose and reorder by a seed.  What either line brought is in the books exactly; what both lost is
   stale and names no other channel; what both lost of IEX is asked for as IEX asks, what both lost of Cboe at its gap request
   proxy or fetched from its spin server, and the books are whole again.  For every seed of lines that both lose at will, and of
   servers that lose, refuse and break off, the books of each channel are exact or stale, never silently wrong.

   SLUICE_LOSS_SEEDS says how many seeds (600), SLUICE_SEED runs one alone.
   rooms: tools_pktgen tools_exchange dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "drivers/datagram/datagram_sim.h"
#include "drivers/stream/stream_sim.h"
#include "tests/support/feed_rig.h"
#include "tools/exchange/cboe.h"
#include "tools/pktgen/translate.h"

enum {
	CHANNELS = PROTOCOL_COUNT, /* channel c speaks protocol c */
	SYMBOLS = 6,               /* of each channel             */
	MADE = 2500,               /* messages of each market     */
	TOLD_MAX = 4 * MADE,
	WINDOW_MAX = 24,
	PAYLOAD_BYTES = 1400,
	UNIT = 7,
	SESSION = 1222443008,
	SEEDS = 600,
	CBOE_GAPS = 30000, /* TCP ports of its doors */
	CBOE_SPINS = 30001,
	CBOE_HISTORY = 1 << 16,
};

static const struct endpoint server_end = {0x0A000001, 26400}, client_end = {0x0A000064, 40000},
			     other_end = {0x0A000064, 40001};

/* What one venue tells of its day. */
struct venue {
	struct market *market;
	uint32_t count, sent; /* messages; 1 .. sent are told */
	struct translated told[TOLD_MAX];
};

struct rig {
	struct feed_rig *feed;
	struct venue venues[CHANNELS];
	struct symbol_config symbols[CHANNELS * SYMBOLS];
	uint64_t random;
	struct datagram *server; /* of IEX; NULL: none */
	uint32_t loss_percent;   /* of each packet of either line; 0: one line at least is whole */
	uint32_t requests;
	/* of Cboe; streams NULL: nobody serves */
	struct stream_sim_net *streams;
	struct stream *client;
	struct cboe cboe;
	uint32_t reply_loss_percent;
};

static struct rig rig;

static uint64_t draw(uint64_t below)
{
	rig.random ^= rig.random << 13;
	rig.random ^= rig.random >> 7;
	rig.random ^= rig.random << 17;
	return (rig.random >> 16) % below;
}

/* name_of gives each channel's instruments names of their own. */
static uint64_t name_of(uint32_t channel, uint32_t locate)
{
	char name[9];
	snprintf(name, sizeof name, "%c%u", "IDEP"[channel], locate);
	return symbol_pack(name);
}

static void venue_make(struct venue *venue, uint32_t channel, uint64_t seed)
{
	const struct market_options options = {MADE, SYMBOLS, seed * 16 + channel};
	struct translator *translator = NULL;
	uint8_t message[ITCH50_SIZE_MAX];
	uint32_t size;
	venue->market = market_open(&options);
	venue->count = venue->sent = 0;
	for (uint32_t locate = 1; locate <= SYMBOLS; locate++)
		((struct shadow_symbol *)(uintptr_t)market_symbol(venue->market, locate))->name =
			name_of(channel, locate);
	if (channel != PROTOCOL_ITCH50)
		translator = translator_open((enum protocol)channel, venue->market);
	while ((size = market_next(venue->market, message)) != 0) {
		struct translated *told = &venue->told[venue->count];
		assert_true(venue->count + TRANSLATE_COUNT_MAX <= TOLD_MAX);
		if (translator != NULL) {
			venue->count += translator_take(translator, message, size, told);
			continue;
		}
		told->size_bytes = size;
		memcpy(told->bytes, message, size);
		venue->count++;
	}
	translator_close(translator);
}

/* payload_make frames messages first .. first + count - 1 as the channel does; as many as fit. */
static uint32_t payload_make(uint32_t channel, uint32_t first, uint32_t count, uint8_t *payload)
{
	const struct iextp_header segment = {
		.protocol = channel == PROTOCOL_DEEP ? IEXTP_DEEP : IEXTP_DEEP_PLUS,
		.channel = 1,
		.session = SESSION,
		.sequence = first,
	};
	uint32_t size = channel == PROTOCOL_ITCH50 ? mold64_begin(payload, "000010059B", first)
			: channel == PROTOCOL_PITCH
				? pitch_unit_begin(payload, UNIT, pitch_unit_sequence(first))
				: iextp_begin(payload, &segment);
	for (uint32_t n = first; n < first + count; n++) {
		const struct translated *told = &rig.venues[channel].told[n - 1];
		uint16_t bytes = (uint16_t)told->size_bytes;
		uint32_t next =
			channel == PROTOCOL_ITCH50
				? mold64_append(payload, size, PAYLOAD_BYTES, told->bytes, bytes)
			: channel == PROTOCOL_PITCH
				? pitch_unit_append(
					  payload, size, PAYLOAD_BYTES, told->bytes, bytes)
				: iextp_append(payload, size, PAYLOAD_BYTES, told->bytes, bytes);
		if (next == 0)
			break;
		size = next;
	}
	return size;
}

static void put(uint32_t channel, uint32_t line, uint32_t first, uint32_t count)
{
	uint8_t payload[PAYLOAD_BYTES];
	feed_rig_put(rig.feed, (uint8_t)channel, line, payload,
		payload_make(channel, first, count, payload));
}

/* line_tell sends a window on one line in packets of its own cut, some of them lost, sometimes the last first. */
static void line_tell(
	uint32_t channel, uint32_t line, uint32_t first, uint32_t count, uint32_t loss_percent)
{
	uint32_t firsts[WINDOW_MAX], counts[WINDOW_MAX], packets = 0;
	for (uint32_t at = 0; at < count; at += counts[packets++]) {
		firsts[packets] = first + at;
		counts[packets] = 1 + (uint32_t)draw(12);
		if (counts[packets] > count - at)
			counts[packets] = count - at;
	}
	bool is_turned = draw(4) == 0;
	for (uint32_t i = 0; i < packets; i++) {
		uint32_t k = is_turned ? packets - 1 - i : i;
		if (draw(100) >= loss_percent)
			put(channel, line, firsts[k], counts[k]);
	}
}

/* window_tell tells the next messages of a channel: one line at least brings all of them, unless both lose. */
static void window_tell(uint32_t channel, bool is_lost)
{
	struct venue *venue = &rig.venues[channel];
	uint32_t count = 1 + (uint32_t)draw(WINDOW_MAX), left = venue->count - venue->sent;
	uint32_t lossy = (uint32_t)draw(2), before = (uint32_t)draw(2);
	count = count < left ? count : left;
	for (uint32_t i = 0; i < 2 && !is_lost; i++) {
		uint32_t line = i ^ before, percent = rig.loss_percent;
		if (percent == 0)
			percent = line == lossy ? 30 : 0;
		line_tell(channel, line, venue->sent + 1, count, percent);
	}
	venue->sent += count;
}

static void heartbeats(void)
{
	for (uint32_t channel = 0; channel < CHANNELS; channel++)
		put(channel, 0, rig.venues[channel].sent + 1, 0);
	feed_rig_poll(rig.feed);
}

static void edit(struct site_config *site)
{
	site->symbols = rig.symbols;
	site->symbol_count = CHANNELS * SYMBOLS;
	for (uint8_t channel = 0; channel < CHANNELS; channel++) {
		struct channel_config *config = &site->channels[channel];
		config->protocol = channel;
		config->has_number = channel != PROTOCOL_ITCH50;
		config->number = channel == PROTOCOL_PITCH ? UNIT : 1;
	}
}

/* cboe_asks makes a unit's recovery: the proxy, the spin server or both. */
static void cboe_asks(struct recovery_config *recovery, bool has_requests, bool has_snapshot)
{
	*recovery = (struct recovery_config){.is_configured = 1,
		.has_requests = has_requests,
		.has_snapshot = has_snapshot,
		.wait_ns = FEED_RIG_WAIT_NS,
		.hold_packets = FEED_RIG_HOLD_COUNT,
		.server_count = 1,
		.servers = {{0x0A000009, CBOE_GAPS}},
		.request_messages = 40,
		.request_reach = 1000,
		.requests_per_s = 1000,
		.request_tries = 4,
		.request_timeout_ns = 10000000,
		.request_within_ns = 1000000000,
		.request_sub_id = "0001",
		.request_username = "FIRM",
		.request_password = "secret",
		.reply_count = 2,
		.replies = {feed_rig_reply_line(PROTOCOL_PITCH, 0),
			feed_rig_reply_line(PROTOCOL_PITCH, 1)},
		.snapshot_address = "10.0.0.9",
		.snapshot_port = CBOE_SPINS,
		.snapshot_username = "FIRM",
		.snapshot_password = "secret",
		.snapshot_sub_id = "0001",
		.snapshot_tries = 3,
		.snapshot_timeout_ns = 50000000};
}

static void edit_proxies(struct site_config *site)
{
	edit(site);
	cboe_asks(&site->channels[PROTOCOL_PITCH].recovery, true, false);
}

static void edit_spins(struct site_config *site)
{
	edit(site);
	cboe_asks(&site->channels[PROTOCOL_PITCH].recovery, false, true);
}

static void edit_asks(struct site_config *site)
{
	edit(site);
	cboe_asks(&site->channels[PROTOCOL_PITCH].recovery, true, true);
	for (uint8_t channel = PROTOCOL_DEEP; channel <= PROTOCOL_DEEP_PLUS; channel++)
		site->channels[channel].recovery = (struct recovery_config){.is_configured = 1,
			.has_requests = 1,
			.wait_ns = FEED_RIG_WAIT_NS,
			.hold_packets = FEED_RIG_HOLD_COUNT,
			.server_count = 1,
			.servers = {{0x0A000001, 26400}},
			.request_messages = 40,
			.request_reach = 1000,
			.requests_per_s = 1000,
			.request_tries = 4,
			.request_timeout_ns = 10000000,
			.request_within_ns = 1000000000};
}

static void rig_begin(uint64_t seed, feed_rig_edit *how)
{
	rig.random = seed * 0x9E3779B97F4A7C15ull;
	for (uint32_t channel = 0; channel < CHANNELS; channel++) {
		for (uint32_t locate = 1; locate <= SYMBOLS; locate++)
			rig.symbols[channel * SYMBOLS + locate - 1].name = name_of(channel, locate);
		venue_make(&rig.venues[channel], channel, seed);
	}
	rig.feed = feed_rig_open_edited("", CHANNELS, how);
}

static void rig_end(void)
{
	feed_rig_close(rig.feed);
	for (uint32_t channel = 0; channel < CHANNELS; channel++)
		market_close(rig.venues[channel].market);
}

/* cboe_replies puts what the proxy says again on the lines of gap responses, some of it lost. */
static void cboe_replies(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	(void)context, (void)now_ns;
	if (draw(100) >= rig.reply_loss_percent)
		feed_rig_reply(rig.feed, PROTOCOL_PITCH, line, bytes, size_bytes);
}

/* cboe_begin opens Cboe's doors and gives the feed its way to them. */
static void cboe_begin(uint64_t seed, bool is_served, struct datagram *const datagrams[])
{
	struct config_error error;
	rig.streams = stream_sim_net_open(seed, 16, 1 << 20);
	rig.client = stream_sim_open(rig.streams);
	cboe_init(&rig.cboe, UNIT, CBOE_HISTORY, cboe_replies, NULL);
	rig.cboe.session_sub_id = "0001";
	rig.cboe.username = "FIRM";
	rig.cboe.password = "secret";
	rig.cboe.gaps = stream_sim_open(rig.streams);
	rig.cboe.spins = stream_sim_open(rig.streams);
	if (is_served) {
		assert_int_not_equal(
			stream_listen(rig.cboe.gaps, "10.0.0.9", CBOE_GAPS, &error), 0);
		assert_int_not_equal(
			stream_listen(rig.cboe.spins, "10.0.0.9", CBOE_SPINS, &error), 0);
	}
	feed_recover_by(rig.feed->feed, rig.client, datagrams);
}

static void cboe_end(void)
{
	stream_close(rig.cboe.gaps);
	stream_close(rig.cboe.spins);
	stream_close(rig.client);
	cboe_free(&rig.cboe);
	stream_sim_net_close(rig.streams);
	rig.streams = NULL;
	rig.reply_loss_percent = 0;
}

/* cboe_serve says what the unit has said since, and serves who asks. */
static void cboe_serve(void)
{
	const struct venue *venue = &rig.venues[PROTOCOL_PITCH];
	if (rig.streams == NULL)
		return;
	while (rig.cboe.history.next <= venue->sent) {
		const struct translated *told = &venue->told[rig.cboe.history.next - 1];
		cboe_say(&rig.cboe, told->bytes, told->size_bytes);
	}
	while (cboe_turn(&rig.cboe, rig.feed->now_ns))
		;
}

/* server_answer is IEX's request server: what is asked for, in segments to whoever asked. */
static void server_answer(void)
{
	struct datagram_packet request;
	cboe_serve();
	while (rig.server != NULL && datagram_receive(rig.server, &request, rig.feed->now_ns)) {
		struct iextp_header wanted;
		struct iextp_range range;
		uint8_t payload[PAYLOAD_BYTES];
		assert_int_equal(
			iextp_parse_request(request.bytes, request.size_bytes, &wanted, &range, 1),
			1);
		assert_int_equal(wanted.session, SESSION);
		assert_int_equal(wanted.channel, 1);
		uint32_t channel =
			wanted.protocol == IEXTP_DEEP ? PROTOCOL_DEEP : PROTOCOL_DEEP_PLUS;
		assert_true(range.last <= rig.venues[channel].sent);
		for (uint32_t first = (uint32_t)range.first; first <= range.last; first += 16) {
			uint32_t left = (uint32_t)range.last - first + 1;
			uint32_t size =
				payload_make(channel, first, left < 16 ? left : 16, payload);
			datagram_send(rig.server, &request.from, payload, size, rig.feed->now_ns);
		}
		rig.requests++;
	}
}

/* tell_all tells every day to its end, the channels mixed; one window of one channel both lines lose. */
static void tell_all(uint32_t lossy_channel, uint32_t lost_window)
{
	uint32_t told[CHANNELS] = {0};
	for (bool has_more = true; has_more;) {
		has_more = false;
		for (uint32_t channel = 0; channel < CHANNELS; channel++) {
			if (rig.venues[channel].sent == rig.venues[channel].count)
				continue;
			has_more = true;
			window_tell(channel,
				channel == lossy_channel && ++told[channel] == lost_window);
		}
		feed_rig_poll(rig.feed);
		server_answer();
		rig.feed->now_ns += 300000;
	}
	heartbeats();
}

static bool is_stale(uint32_t channel)
{
	bool is = feed_rig_top(rig.feed, channel * SYMBOLS).stale != 0;
	for (uint32_t i = 0; i < SYMBOLS; i++)
		assert_int_equal(feed_rig_top(rig.feed, channel * SYMBOLS + i).stale != 0, is);
	return is;
}

static void top_matches(uint32_t channel, uint32_t at)
{
	static const struct shadow_level none;
	struct top_prices top = feed_rig_top(rig.feed, channel * SYMBOLS + at);
	const struct shadow_symbol *symbol = market_symbol(rig.venues[channel].market, at + 1);
	const struct shadow_level *bid = shadow_best(symbol, SIDE_BUY);
	const struct shadow_level *ask = shadow_best(symbol, SIDE_SELL);
	bid = bid != NULL ? bid : &none;
	ask = ask != NULL ? ask : &none;
	assert_int_equal(top.bid_e4, bid->price_e4);
	assert_int_equal(top.bid_qty, bid->qty);
	assert_int_equal(top.ask_e4, ask->price_e4);
	assert_int_equal(top.ask_qty, ask->qty);
	assert_int_equal(top.state, 'T');
	assert_int_equal(top.channel, channel);
}

static void tops_match(uint32_t channel)
{
	assert_false(is_stale(channel));
	for (uint32_t i = 0; i < SYMBOLS; i++)
		top_matches(channel, i);
}

static void what_either_line_brought_is_exact_on_every_wire(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		rig_begin(seed, edit);
		tell_all(CHANNELS, 0);
		uint64_t messages = 0;
		for (uint32_t channel = 0; channel < CHANNELS; channel++) {
			tops_match(channel);
			messages += rig.venues[channel].count;
		}
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_messages), messages);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_lost), 0);
		assert_true(feed_rig_metric(rig.feed, METRIC_feed_duplicates) > messages / 2);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_unknown_order), 0);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_unknown_type), 0);
		rig_end();
	}
}

static void what_both_lines_lost_is_stale_on_its_channel_alone(void **state)
{
	(void)state;
	for (uint32_t lossy = 0; lossy < CHANNELS; lossy++) {
		rig_begin(20 + lossy, edit);
		tell_all(lossy, 30);
		rig.feed->now_ns += 10 * FEED_RIG_WAIT_NS;
		feed_rig_poll(rig.feed);
		for (uint32_t channel = 0; channel < CHANNELS; channel++)
			if (channel == lossy)
				assert_true(is_stale(channel));
			else
				tops_match(channel);
		assert_true(feed_rig_metric(rig.feed, METRIC_feed_lost) > 0);
		rig_end();
	}
}

static void what_iex_lost_is_asked_for_as_iex_asks_and_whole_again(void **state)
{
	(void)state;
	for (uint32_t lossy = PROTOCOL_DEEP; lossy <= PROTOCOL_DEEP_PLUS; lossy++) {
		struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
		rig_begin(40 + lossy, edit_asks);
		struct datagram_sim_net *net = datagram_sim_net_open(1);
		rig.server = datagram_sim_open(net, &server_end);
		rig.requests = 0;
		datagrams[lossy] = datagram_sim_open(net, &client_end);
		feed_recover_by(rig.feed->feed, NULL, datagrams);
		tell_all(lossy, 30);
		for (uint32_t ms = 0; ms < 100; ms++) {
			server_answer();
			feed_rig_poll(rig.feed);
			rig.feed->now_ns += 1000000;
		}
		heartbeats();
		assert_true(rig.requests > 0);
		for (uint32_t channel = 0; channel < CHANNELS; channel++)
			tops_match(channel);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_lost), 0);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_answers_refused), 0);
		datagram_close(rig.server);
		rig.server = NULL;
		datagram_close(datagrams[lossy]);
		rig_end();
		datagram_sim_net_close(net);
	}
}

/* settle gives everybody time to ask and to answer. */
static void settle(void)
{
	for (uint32_t ms = 0; ms < 100; ms++) {
		server_answer();
		feed_rig_poll(rig.feed);
		rig.feed->now_ns += 1000000;
	}
	heartbeats();
}

static void what_cboe_lost_is_asked_for_at_the_proxy_and_whole_again(void **state)
{
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	(void)state;
	for (uint64_t seed = 50; seed < 54; seed++) {
		rig_begin(seed, edit_proxies);
		cboe_begin(seed, true, datagrams);
		tell_all(PROTOCOL_PITCH, 30);
		settle();
		assert_true(rig.cboe.counts.accepted > 0);
		for (uint32_t channel = 0; channel < CHANNELS; channel++)
			tops_match(channel);
		const struct channel_state *page = &rig.feed->market->channels[PROTOCOL_PITCH];
		assert_int_equal(page->closed_by, RECOVERY_ASKING);
		assert_true(page->lines[LINE_REQUESTED].wins > 0);
		assert_int_equal(page->timeouts, 0);
		assert_int_equal(page->requests, rig.cboe.counts.requests);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_lost), 0);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_answers_refused), 0);
		rig_end();
		cboe_end();
	}
}

static void who_comes_late_to_cboe_is_given_a_spin_and_whole(void **state)
{
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	(void)state;
	for (uint64_t seed = 60; seed < 64; seed++) {
		rig_begin(seed, edit_spins);
		cboe_begin(seed, true, datagrams);
		rig.venues[PROTOCOL_PITCH].sent = 1000;
		tell_all(CHANNELS, 0);
		settle();
		assert_int_equal(rig.cboe.counts.spins, 1);
		for (uint32_t channel = 0; channel < CHANNELS; channel++)
			tops_match(channel);
		const struct channel_state *page = &rig.feed->market->channels[PROTOCOL_PITCH];
		assert_int_equal(page->closed_by, RECOVERY_SNAPSHOT);
		assert_true(page->spared >= 1000);
		assert_int_equal(feed_rig_metric(rig.feed, METRIC_feed_lost), 0);
		rig_end();
		cboe_end();
	}
}

static void a_spin_of_another_unit_makes_no_books(void **state)
{
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	(void)state;
	rig_begin(64, edit_spins);
	cboe_begin(64, true, datagrams);
	rig.cboe.unit = UNIT + 1;
	rig.venues[PROTOCOL_PITCH].sent = 1000;
	tell_all(CHANNELS, 0);
	settle();
	const struct channel_state *page = &rig.feed->market->channels[PROTOCOL_PITCH];
	assert_true(rig.cboe.counts.spins > 0);
	assert_int_equal(page->snapshots, 0);
	assert_int_equal(page->snapshot_trouble, SNAPSHOT_NONSENSE);
	assert_true(page->stale_reasons != 0);
	rig_end();
	cboe_end();
}

/* What became of the channels of all seeds. */
static struct {
	uint32_t exact, stale;
} ends[CHANNELS];

/* Whoever was never named has no state, by which every order is refused, and no price. */
static bool is_unheard(const struct top_prices *top)
{
	return top->state == 0 && (top->bid_e4 | top->ask_e4 | top->last_e4) == 0;
}

static bool tops_are_exact(uint32_t channel)
{
	uint32_t exact = 0;
	for (uint32_t i = 0; i < SYMBOLS; i++) {
		struct top_prices top = feed_rig_top(rig.feed, channel * SYMBOLS + i);
		if (top.stale != 0 || is_unheard(&top))
			continue;
		top_matches(channel, i);
		exact++;
	}
	return exact == SYMBOLS;
}

/* cboe_spoil makes Cboe's servers lose, refuse and break off, as they like. */
static void cboe_spoil(void)
{
	struct cboe *cboe = &rig.cboe;
	rig.reply_loss_percent = draw(2) == 0 ? 30 : 0;
	cboe->limits.packet_count = 1 + (uint32_t)draw(20);
	cboe->limits.reach = draw(3) == 0 ? 200 : 1000000;
	cboe->limits.per_s = draw(4) == 0 ? 3 : 320;
	cboe->limits.per_day = draw(8) == 0 ? 5 : 100000;
	cboe->deaf = draw(4) == 0 ? draw(6) : 0;
	cboe->refuse = draw(4) == 0 ? draw(6) : 0;
	cboe->cut_after = draw(4) == 0 ? 1 + draw(400) : 0;
}

/* lossy_seed plays a day of which both lines lose, that the feed may join late, with a request server of IEX that
   loses, too, or with none, and with Cboe's servers or without. */
static void lossy_seed(uint64_t seed)
{
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	const struct datagram_sim_rates rates = {
		.loss_ppm = 200000, .delay_ns_min = 1000, .delay_ns_max = 900000};
	rig_begin(seed, edit_asks);
	struct datagram_sim_net *net = datagram_sim_net_open(seed);
	datagram_sim_begin(net, seed, &rates);
	rig.server = draw(4) == 0 ? NULL : datagram_sim_open(net, &server_end);
	rig.loss_percent = 1 + (uint32_t)draw(draw(2) == 0 ? 3 : 30);
	datagrams[PROTOCOL_DEEP] = datagram_sim_open(net, &client_end);
	datagrams[PROTOCOL_DEEP_PLUS] = datagram_sim_open(net, &other_end);
	cboe_begin(seed, draw(4) != 0, datagrams);
	cboe_spoil();
	for (uint32_t channel = 0; channel < CHANNELS; channel++)
		rig.venues[channel].sent = draw(4) == 0 ? (uint32_t)draw(600) : 0;
	tell_all(CHANNELS, 0);
	settle();
	rig.feed->now_ns += 10 * FEED_RIG_WAIT_NS;
	feed_rig_poll(rig.feed);
	for (uint32_t channel = 0; channel < CHANNELS; channel++) {
		bool is_exact = tops_are_exact(channel);
		ends[channel].exact += is_exact;
		ends[channel].stale += !is_exact;
	}
	rig.loss_percent = 0;
	rig.server = NULL;
	rig_end();
	cboe_end();
	datagram_sim_net_close(net);
}

static void for_every_seed_books_are_exact_or_stale_on_every_wire(void **state)
{
	const char *count = getenv("SLUICE_LOSS_SEEDS"), *only = getenv("SLUICE_SEED");
	uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : SEEDS;
	(void)state;
	if (only != NULL)
		lossy_seed(strtoull(only, NULL, 10));
	for (uint64_t seed = 1; seed <= seeds && only == NULL; seed++)
		lossy_seed(seed);
	for (uint32_t channel = 0; channel < CHANNELS && only == NULL && seeds >= SEEDS;
		channel++) {
		print_message("channel %u: %u exact, %u stale\n", channel, ends[channel].exact,
			ends[channel].stale);
		assert_true(ends[channel].exact > seeds / 20);
		assert_true(ends[channel].stale > seeds / 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_either_line_brought_is_exact_on_every_wire),
		cmocka_unit_test(what_both_lines_lost_is_stale_on_its_channel_alone),
		cmocka_unit_test(what_iex_lost_is_asked_for_as_iex_asks_and_whole_again),
		cmocka_unit_test(what_cboe_lost_is_asked_for_at_the_proxy_and_whole_again),
		cmocka_unit_test(who_comes_late_to_cboe_is_given_a_spin_and_whole),
		cmocka_unit_test(a_spin_of_another_unit_makes_no_books),
		cmocka_unit_test(for_every_seed_books_are_exact_or_stale_on_every_wire),
	};
	return !!cmocka_run_group_tests_name("property.feed_venues", tests, NULL, NULL);
}
