/* feed.c - see feed.h. */
#include "dataplane/feed/feed.h"

#include <stdio.h>

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/channel.h"
#include "dataplane/feed/depth.h"
#include "dataplane/feed/inlet.h"
#include "dataplane/feed/mend.h"
#include "dataplane/feed/warm.h"
#include "dataplane/shm/word.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

#define PORT_STATS_PERIOD_NS (100ull * 1000 * 1000)
#define STREAM_LINGER_NS     (1000ull * 1000 * 1000) /* a connection that was dropped is gone by then */

/* So many frames early the first lines of a frame are asked for. */
enum { FRAMES_AHEAD = 4 };

struct feed {
	const struct site_config *site;
	struct dataplane_region *region;
	struct metrics *metrics; /* of this stage */
	uint8_t index;           /* of this stage among the feeds */
	struct channel *channels[CHANNEL_COUNT_MAX];
	struct channel *open; /* whose messages the batch holds */
	struct batch *batch;
	struct symbols symbols;
	struct state state;
	struct tape_writer tape;
	struct warm *warm; /* played once, by the first turn */
	bool is_warm;
	uint64_t now_ns;       /* of the last turn */
	struct stream *stream; /* for recovery; NULL: none    */
	uint64_t streamed_ns;  /* when it was last needed      */
	uint64_t stats_ns;
	const struct control_region *control; /* as the last turn saw it */
	uint64_t answered;                    /* number of the last question answered */
	struct inlet inlets[PORT_COUNT_MAX];  /* by port of the site */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic(const struct control_region *) attached;
};

/* feed_has tells whether a channel of the site is this stage's. */
static bool feed_has(const struct feed *feed, uint8_t channel)
{
	return feed->site->channels[channel].stage == feed->index;
}

/* line_plug hangs one line of a channel to its port; false: the port is not open, and error says so. */
static bool line_plug(struct feed *feed, struct port *const ports[], uint8_t channel,
	const struct line_config *line, uint8_t index, struct config_error *error)
{
	const struct site_config *site = feed->site;
	if (line->port >= site->port_count || ports[line->port] == NULL) {
		snprintf(error->text, sizeof error->text,
			"channel %s, line %c: found port number %u, expected one "
			"that is open; open it before the feed",
			site->channels[channel].name, 'A' + index, line->port);
		return false;
	}
	struct inlet *inlet = &feed->inlets[line->port];
	/* Answers to queries are spread by site and port, and by the host's address. */
	if (inlet->port == NULL)
		inlet_init(inlet, ports[line->port], &feed->region->ports[line->port],
			feed->metrics, site->hash[0] + line->port);
	inlet_add(inlet, line, channel, index);
	return true;
}

bool feed_plug(struct feed *feed, struct port *const ports[], struct config_error *error)
{
	const struct site_config *site = feed->site;
	for (uint8_t c = 0; c < site->channel_count; c++) {
		const struct channel_config *channel = &site->channels[c];
		if (!feed_has(feed, c))
			continue;
		for (uint8_t l = 0; l < channel->line_count; l++)
			if (!line_plug(feed, ports, c, &channel->lines[l], l, error))
				return false;
		for (uint8_t l = 0; l < channel->recovery.reply_count; l++)
			if (!line_plug(feed, ports, c, &channel->recovery.replies[l],
				    LINE_REQUESTED, error))
				return false;
	}
	for (uint32_t p = 0; p < site->port_count; p++)
		if (feed->inlets[p].port != NULL)
			inlet_listen(&feed->inlets[p]);
	return true;
}

struct feed *feed_take(const struct site_config *site, uint8_t stage,
	struct dataplane_region *region, struct market_region *market)
{
	struct feed *feed = memory_take("feed", sizeof *feed);
	feed->site = site;
	feed->region = region;
	feed->index = stage;
	feed->metrics = region_metrics(region, stage_of_feed(stage));
	symbols_init(&feed->symbols, site);
	feed->symbols.claims = region->claims;
	state_init(&feed->state, site, &feed->symbols, market);
	tape_join(&feed->tape, market, stage);
	feed->batch = memory_take("feed batch", sizeof *feed->batch);
	feed->warm = warm_open();
	for (uint8_t c = 0; c < site->channel_count; c++) {
		if (!feed_has(feed, c))
			continue;
		feed->channels[c] = memory_take("feed channel", sizeof *feed->channels[c]);
		channel_init(feed->channels[c], c, site, &feed->symbols, &feed->state,
			feed->metrics, market, feed->batch);
		feed->channels[c]->quotes.tape = &feed->tape;
	}
	return feed;
}

struct feed *feed_open_stage(const struct site_config *site, uint8_t stage,
	struct dataplane_region *region, struct market_region *market, struct port *const ports[],
	struct config_error *error)
{
	struct feed *feed = feed_take(site, stage, region, market);
	if (feed_plug(feed, ports, error))
		return feed;
	feed_close(feed);
	return NULL;
}

struct feed *feed_open(const struct site_config *site, struct dataplane_region *region,
	struct market_region *market, struct port *const ports[], struct config_error *error)
{
	return feed_open_stage(site, 0, region, market, ports, error);
}

void feed_close(struct feed *feed)
{
	for (uint32_t p = 0; p < feed->site->port_count; p++)
		if (feed->inlets[p].port != NULL)
			membership_leave(&feed->inlets[p].membership, feed->now_ns);
	for (uint8_t c = 0; c < feed->site->channel_count; c++) {
		if (feed->channels[c] == NULL)
			continue;
		channel_return(feed->channels[c]);
		memory_return(feed->channels[c], sizeof *feed->channels[c]);
	}
	memory_return(feed->batch, sizeof *feed->batch);
	warm_close(feed->warm);
	state_return(&feed->state);
	symbols_return(&feed->symbols);
	memory_return(feed, sizeof *feed);
}

void feed_recover_by(struct feed *feed, struct stream *stream,
	struct datagram *const datagrams[CHANNEL_COUNT_MAX])
{
	feed->stream = stream;
	for (uint8_t c = 0; c < feed->site->channel_count; c++) {
		if (feed->channels[c] == NULL)
			continue;
		recover_speak_by(&feed->channels[c]->recover, stream, datagrams[c]);
	}
}

/* streams_poll serves the connections that recovery has open; false: none is. */
static bool streams_poll(struct feed *feed, uint64_t now_ns)
{
	struct stream_event events[BURST_COUNT_MAX];
	for (uint8_t c = 0; c < feed->site->channel_count; c++)
		if (UNLIKELY(feed->channels[c] != NULL &&
			     recover_is_connected(&feed->channels[c]->recover)))
			feed->streamed_ns = now_ns;
	if (LIKELY(feed->streamed_ns == 0))
		return false;
	if (now_ns - feed->streamed_ns > STREAM_LINGER_NS)
		feed->streamed_ns = 0;
	uint32_t count = stream_poll(feed->stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++)
		for (uint8_t c = 0; c < feed->site->channel_count; c++)
			if (feed->channels[c] != NULL)
				recover_on_event(&feed->channels[c]->recover, &events[i], now_ns);
	return count != 0;
}

static void burst_flush(struct feed *feed, uint64_t now_ns)
{
	if (feed->open != NULL)
		channel_flush(feed->open, now_ns);
	feed->open = NULL;
}

/* stranger_count counts a frame that is none of ours at the line whose group it came to. */
static void stranger_count(struct feed *feed, const struct inlet *inlet)
{
	const struct line_key *key = inlet_stranger_of(inlet);
	if (key != NULL)
		word_add(&feed->channels[key->channel]->page->lines[key->line].strangers, 1);
}

/* frame_take hands a frame to its channel; false: it is of none. */
static bool frame_take(
	struct feed *feed, struct inlet *inlet, const struct packet *frame, uint64_t now_ns)
{
	struct net_udp udp;
	const struct line_key *key = inlet_look(inlet, frame, &udp, now_ns);
	if (UNLIKELY(key == NULL)) {
		stranger_count(feed, inlet);
		return false;
	}
	struct channel *channel = feed->channels[key->channel];
	if (feed->open != channel)
		burst_flush(feed, now_ns);
	feed->open = channel;
	struct channel_packet packet = {.payload = udp.payload,
		.end = frame->bytes + frame->size_bytes,
		.payload_bytes = udp.payload_bytes,
		.line = key->line};
	if (UNLIKELY(key->line == LINE_REQUESTED))
		mend_hear(channel, &packet, now_ns);
	else
		arrival_packet(channel, &packet, now_ns);
	return true;
}

/* burst_copy keeps the frames of a burst for control's capture. */
static void burst_copy(struct feed *feed, uint32_t port, const struct packet *packets,
	uint32_t count, uint32_t most_bytes, uint64_t now_ns)
{
	bool is_capture = feed->inlets[port].time_source == PORT_TIME_CAPTURE;
	for (uint32_t i = 0; i < count; i++) {
		const struct packet *packet = &packets[i];
		bool is_timed = packet->time_ns != 0 && !is_capture;
		struct frame_head head = {.now_ns = is_timed ? packet->time_ns : now_ns,
			.capture_ns = is_capture ? packet->time_ns : 0,
			.size_bytes = packet->size_bytes,
			.wire_bytes = packet->wire_bytes,
			.port = port};
		if (head.size_bytes > most_bytes)
			head.size_bytes = most_bytes;
		if (head.size_bytes > PACKET_BYTES_MAX)
			head.size_bytes = PACKET_BYTES_MAX;
		frames_put(&feed->region->frames[feed->index], &head, packet->bytes);
	}
}

/* burst_measure takes how long each frame of a burst was under way since the device saw it. */
static void burst_measure(
	struct metrics *metrics, const struct packet *packets, uint32_t count, uint64_t end_ns)
{
	for (uint32_t i = 0; i < count; i++)
		if (packets[i].time_ns != 0)
			histogram_add_many(&metrics->wire_ns,
				end_ns > packets[i].time_ns ? end_ns - packets[i].time_ns : 0, 1);
}

void feed_on_burst(struct feed *feed, uint32_t port, const struct packet *packets, uint32_t count,
	uint64_t now_ns)
{
	struct metrics *metrics = feed->metrics;
	uint64_t messages = metrics_get(metrics, METRIC_feed_messages), bytes = 0;
	uint64_t cycles = clock_cycles();
	uint32_t delivered = 0;
	tape_turn(&feed->tape, now_ns);
	uint32_t capture_bytes =
		feed->control == NULL
			? 0
			: atomic_load_explicit(&feed->control->capture_bytes, memory_order_relaxed);
	if (UNLIKELY(capture_bytes != 0))
		burst_copy(feed, port, packets, count, capture_bytes, now_ns);
	for (uint32_t i = 0; i < count; i++) {
		if (i + FRAMES_AHEAD < count) {
			__builtin_prefetch(packets[i + FRAMES_AHEAD].bytes);
			__builtin_prefetch(packets[i + FRAMES_AHEAD].bytes + CACHE_LINE_BYTES);
		}
		bytes += packets[i].size_bytes;
		delivered += frame_take(feed, &feed->inlets[port], &packets[i], now_ns);
	}
	burst_flush(feed, now_ns);
	tape_publish(&feed->tape);
	inlet_took(&feed->inlets[port], count, delivered, bytes);
	messages = metrics_get(metrics, METRIC_feed_messages) - messages;
	uint64_t took_ns = clock_cycles_to_ns(clock_cycles() - cycles);
	if (messages != 0)
		histogram_add_many(&metrics->packet_ns, took_ns / messages, messages);
	if (LIKELY(feed->inlets[port].time_source != PORT_TIME_HARDWARE))
		histogram_add_many(&metrics->wire_ns, took_ns, count);
	else
		burst_measure(metrics, packets, count, now_ns + took_ns);
}

/* inlets_ask sums what the ports lost; a device is asked rarely, because that is slow. */
static void inlets_ask(struct feed *feed, uint64_t now_ns)
{
	uint64_t missed = 0;
	feed->stats_ns = now_ns;
	for (uint32_t p = 0; p < feed->site->port_count; p++) {
		struct inlet *inlet = &feed->inlets[p];
		if (inlet->port == NULL)
			continue;
		inlet_ask(inlet);
		missed += port_page_get(inlet->page, PORT_WORD_missed) +
			  port_page_get(inlet->page, PORT_WORD_no_buffer);
	}
	metrics_set(feed->metrics, METRIC_feed_port_missed, missed);
}

void feed_attach(struct feed *feed, const struct control_region *control)
{
	atomic_store_explicit(&feed->attached, control, memory_order_release);
}

/* question_answer answers what control asks, once. */
static bool question_answer(struct feed *feed)
{
	const struct control_region *control =
		atomic_load_explicit(&feed->attached, memory_order_acquire);
	if (control != feed->control) {
		feed->control = control;
		feed->answered = 0;
	}
	if (control == NULL)
		return false;
	const struct mailbox_request *asked = &control->requests[stage_of_feed(feed->index)];
	uint64_t number = atomic_load_explicit(&asked->number, memory_order_acquire);
	if (number == feed->answered)
		return false;
	struct mailbox_request request;
	memcpy(&request, asked, sizeof request); /* control may already write the next one */
	feed->answered = number;
	struct mailbox_answer *answer = &feed->region->answers[stage_of_feed(feed->index)];
	depth_answer(&feed->symbols, feed->channels, &request, answer);
	atomic_store_explicit(&answer->number, number, memory_order_release);
	return true;
}

bool feed_poll(void *context, uint64_t now_ns)
{
	struct feed *feed = context;
	struct packet packets[BURST_COUNT_MAX];
	bool has_worked = false;
	if (UNLIKELY(!feed->is_warm)) {
		/* here, because it is this thread's core that shall be warm */
		warm_run(feed->warm, WARM_PACKETS);
		feed->is_warm = true;
	}
	feed->now_ns = now_ns;
	tape_turn(&feed->tape, now_ns);
	for (uint32_t p = 0; p < feed->site->port_count; p++) {
		struct inlet *inlet = &feed->inlets[p];
		if (inlet->port == NULL)
			continue;
		membership_turn(&inlet->membership, now_ns);
		uint32_t count = port_rx_burst(inlet->port, now_ns, packets, BURST_COUNT_MAX);
		if (count == 0)
			continue;
		feed_on_burst(feed, p, packets, count, now_ns);
		has_worked = true;
	}
	has_worked |= streams_poll(feed, now_ns);
	for (uint8_t c = 0; c < feed->site->channel_count; c++)
		if (feed->channels[c] != NULL)
			mend_expire(feed->channels[c], now_ns);
	tape_beat(&feed->tape);
	if (UNLIKELY(now_ns - feed->stats_ns >= PORT_STATS_PERIOD_NS))
		inlets_ask(feed, now_ns);
	return question_answer(feed) || has_worked;
}
