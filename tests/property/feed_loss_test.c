/* A channel against everything a network and a venue can do to it, by a seed.

   Two lines through port_fault lose, repeat, delay and reorder; both together lose runs of messages, fall
   silent, start late, end, begin another session, or carry a packet from nowhere.  Request servers and the
   snapshot server are lossy, deaf, late, old, or lie.  After every step: whatever is not marked stale is
   exactly the book of a channel that lost nothing, at its own next number, and everything that came is
   accounted for.  At the end the books are whole and equal in full depth, or marked.

   SLUICE_LOSS_SEEDS says how many seeds (2,000), SLUICE_SEED runs one alone.
   rooms: dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/mend.h"
#include "drivers/port/port_fault.h"
#include "tests/support/venue_rig.h"

#define MS_NS UINT64_C(1000000)

enum {
	SEEDS = 2000,
	DAY_COUNT = 6,
	DAY_MESSAGES = 420,
	LOCATES = 2,
	SYMBOLS = 2,
	STEP_NS = 250 * 1000,
	SILENCE_MS = 100,
	/* Unmarked and behind the market no longer than this: silence, the wait, and what a line is late, which can
	   be as long as both are dead. */
	BEHIND_MS = SILENCE_MS + 80 + SILENCE_MS + 50,
	SETTLE_MS = 2500,
	BOOK_ORDERS = 1024,
};

/* What a symbol's top must be after each message. */
struct truth {
	int64_t bid_e4, ask_e4;
	uint32_t bid_qty, ask_qty;
	uint8_t state;
};

struct day {
	uint32_t count;
	struct feed_rig_message messages[DAY_MESSAGES];
	struct truth truths[DAY_MESSAGES + 1][SYMBOLS];
	struct feed_model final;
};

/* What a seed has drawn. */
struct plan {
	uint64_t seed;
	struct port_fault_rates faults[2];
	uint64_t skew_ns[2];
	uint64_t late_start;         /* messages before it were never sent      */
	uint64_t outage, outage_end; /* lost on both lines                      */
	uint64_t burst, burst_end;   /* lost on one                             */
	uint64_t burst_line;
	uint64_t rogue_at;    /* a packet from nowhere before this one   */
	uint64_t silence_at;  /* both lines are dead for a while         */
	uint64_t session_end; /* not 0: another session begins here      */
	bool has_end;         /* the day ends with an end of session     */
	bool is_helped;       /* servers answer well enough: it must end whole */
};

struct world {
	struct site_config site;
	struct symbol_config symbol_rows[SYMBOLS];
	struct feed_rig *rig; /* holds the day for the venue */
	struct venue_rig *venue;
	struct metrics *metrics;
	struct market_region *market;
	struct symbols symbols;
	struct state state;
	struct batch batch;
	struct channel channel;
	struct port *wires[2], *lines[2];
	struct day days[DAY_COUNT];
	const struct day *day;
	struct plan plan;
	uint64_t random, now_ns, sent[2];
	uint64_t joined_ns;
	uint64_t published_ns[DAY_MESSAGES + 1]; /* when the venue published each */
	uint64_t whole, stale, spun, asked;
};

static struct world *w;

static uint64_t any(uint64_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random * 0x2545F4914F6CDD1Du >> 11) % below;
}

static bool chance(uint32_t percent)
{
	return any(100) < percent;
}

static uint64_t name_of(uint16_t locate)
{
	static const char names[][9] = {"ZZZZ", "AAPL", "MSFT"};
	return symbol_pack(names[locate]);
}

/* day_say appends one message and what the tops are after it. */
static void day_say(struct day *day, const struct event *event)
{
	struct feed_rig_message *message = &day->messages[day->count++];
	message->size_bytes = itch50_encode(event, message->bytes);
	assert_int_not_equal(message->size_bytes, 0);
	feed_model_apply(&day->final, message->bytes);
	for (uint32_t s = 0; s < SYMBOLS; s++) {
		struct truth *truth = &day->truths[day->count][s];
		*truth = day->truths[day->count - 1][s];
		uint16_t locate = (uint16_t)(s + 1);
		truth->bid_e4 = feed_model_best(&day->final, locate, SIDE_BUY, &truth->bid_qty);
		truth->ask_e4 = feed_model_best(&day->final, locate, SIDE_SELL, &truth->ask_qty);
		if (event->kind == EVENT_STATE && event->locate == locate)
			truth->state = event->code;
		if (event->kind == EVENT_DIRECTORY && event->locate == locate)
			truth->state = 'H'; /* until a trading action */
	}
}

static void day_say_order(struct day *day, uint64_t *reference)
{
	struct feed_model *model = &day->final;
	uint64_t r = any(UINT32_MAX);
	struct event event = {.locate = (uint16_t)(1 + r % LOCATES)};
	if (model->count < 15 || r >> 4 & 1) {
		event.kind = EVENT_ADD;
		event.type = 'A';
		event.symbol = name_of(event.locate);
		event.order = (*reference)++;
		event.side = r >> 5 & 1;
		event.qty = (uint32_t)(r >> 6 & 255) + 1;
		event.price_e4 = 1000000 + (int64_t)(r >> 14 & 31) * 100 +
				 (event.side == SIDE_SELL ? 1600 : 0);
	} else {
		const struct feed_model_order *order = &model->orders[(r >> 8) % model->count];
		static const uint8_t kinds[] = {EVENT_EXECUTE, EVENT_REDUCE, EVENT_DELETE,
			EVENT_DELETE, EVENT_REPLACE, EVENT_EXECUTE_AT};
		event.kind = kinds[(r >> 16) % ARRAY_COUNT(kinds)];
		event.locate = order->locate;
		event.order = order->reference;
		event.qty = (uint32_t)(r >> 20) % order->qty + 1;
		event.match = r;
		event.code = 'Y';
		event.price_e4 = order->price_e4 + 100;
		if (event.kind == EVENT_REPLACE)
			event.other = (*reference)++;
	}
	day_say(day, &event);
}

static void day_write(struct day *day, uint64_t seed)
{
	uint64_t reference = 1;
	w->random = seed * 77 + 5;
	for (uint16_t locate = 1; locate <= LOCATES; locate++) {
		struct event listed = {.kind = EVENT_DIRECTORY,
			.locate = locate,
			.symbol = name_of(locate),
			.qty = 100,
			.code = 'P'};
		struct event trading = {.kind = EVENT_STATE,
			.locate = locate,
			.symbol = name_of(locate),
			.code = 'T'};
		day_say(day, &listed);
		day_say(day, &trading);
	}
	while (day->count < DAY_MESSAGES) {
		if (any(40) == 0) {
			uint16_t locate = (uint16_t)(1 + any(LOCATES));
			struct event event = {.kind = EVENT_STATE,
				.locate = locate,
				.symbol = name_of(locate),
				.code = any(2) ? 'T' : 'P'};
			day_say(day, &event);
		} else {
			day_say_order(day, &reference);
		}
	}
}

static void site_fill(struct site_config *site)
{
	site->kind = SITE_SIMULATION;
	site->channel_count = 1;
	site->book_order_count = BOOK_ORDERS;
	site->channels[0].line_count = 2;
	site->channels[0].is_session_adopted = 1;
	site->channels[0].max_silence_ns = SILENCE_MS * MS_NS;
	site->channels[0].recovery = venue_rig_recovery;
	for (uint16_t s = 0; s < SYMBOLS; s++)
		w->symbol_rows[s].name = name_of((uint16_t)(s + 1));
	site->symbols = w->symbol_rows;
	site->symbol_count = SYMBOLS;
}

static void *pages_take(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	return pages;
}

static int world_open(void **state)
{
	static const struct port_fault_rates calm;
	(void)state;
	w = pages_take(sizeof *w);
	w->metrics = pages_take(sizeof *w->metrics);
	w->market = pages_take(sizeof *w->market);
	site_fill(&w->site);
	w->rig = feed_rig_open("", 1);
	w->venue = venue_rig_open(w->rig);
	symbols_init(&w->symbols, &w->site);
	state_init(&w->state, &w->site, &w->symbols, w->market);
	channel_init(
		&w->channel, 0, &w->site, &w->symbols, &w->state, w->metrics, w->market, &w->batch);
	recover_speak_by(&w->channel.recover, w->venue->stream, w->venue->client);
	for (uint32_t line = 0; line < 2; line++) {
		w->wires[line] = port_sim_open("wire");
		w->lines[line] = port_fault_open(w->wires[line], &calm);
	}
	for (uint32_t i = 0; i < DAY_COUNT; i++)
		day_write(&w->days[i], i + 1);
	w->now_ns = 1000 * MS_NS;
	return 0;
}

static int world_close(void **state)
{
	(void)state;
	channel_return(&w->channel);
	state_return(&w->state);
	symbols_return(&w->symbols);
	venue_rig_close(w->venue);
	feed_rig_close(w->rig);
	for (uint32_t line = 0; line < 2; line++)
		port_close(w->lines[line]);
	munmap(w->metrics, sizeof *w->metrics);
	munmap(w->market, sizeof *w->market);
	munmap(w, sizeof *w);
	return 0;
}

static void faults_draw(struct plan *plan)
{
	static const uint32_t losses[] = {0, 0, 10000, 50000, 200000};
	static const uint32_t reorders[] = {0, 50000, 300000};
	static const uint32_t others[] = {0, 0, 50000};
	static const uint64_t skews_ns[] = {0, 0, 300 * 1000, 5 * MS_NS, 30 * MS_NS};
	for (uint32_t line = 0; line < 2; line++) {
		plan->faults[line] = (struct port_fault_rates){.seed = plan->seed * 2 + line,
			.loss_ppm = losses[any(ARRAY_COUNT(losses))],
			.reorder_ppm = reorders[any(ARRAY_COUNT(reorders))],
			.duplicate_ppm = others[any(ARRAY_COUNT(others))],
			.delay_ppm = others[any(ARRAY_COUNT(others))],
			.delay_ns = (1 + any(20)) * MS_NS};
		plan->skew_ns[line] = skews_ns[any(ARRAY_COUNT(skews_ns))];
	}
	if (chance(50)) {
		plan->outage = 1 + any(DAY_MESSAGES);
		plan->outage_end = plan->outage + 1 + any(chance(20) ? 300 : 40);
	}
	if (chance(30)) {
		plan->burst = 1 + any(DAY_MESSAGES);
		plan->burst_end = plan->burst + 1 + any(60);
		plan->burst_line = any(2);
	}
	if (chance(15))
		plan->late_start = 1 + any(DAY_MESSAGES - 20);
	if (chance(10))
		plan->rogue_at = 1 + any(DAY_MESSAGES);
	if (chance(10))
		plan->silence_at = 1 + any(DAY_MESSAGES);
	if (chance(10))
		plan->session_end = 20 + any(DAY_MESSAGES - 40);
	plan->has_end = chance(10);
}

/* The venue's doors: who answers, how well, and what lies. */
static void venue_draw(struct plan *plan)
{
	static const uint32_t losses[] = {0, 0, 50000, 400000};
	struct venue_rig *venue = w->venue;
	struct recovery_config *recovery = &w->site.channels[0].recovery;
	struct datagram_sim_rates rates = {.loss_ppm = losses[any(ARRAY_COUNT(losses))],
		.duplicate_ppm = chance(20) ? 100000 : 0,
		.delay_ns_max = any(8) * MS_NS};
	venue_rig_begin(venue, plan->seed, &rates);
	*recovery = venue_rig_recovery;
	recovery->has_requests = !chance(15);
	recovery->has_snapshot = !chance(15);
	recovery->is_configured = recovery->has_requests || recovery->has_snapshot;
	recovery->again_ns = chance(30) ? 200 * MS_NS : 0;
	recovery->request_tries = 8;
	recovery->snapshot_tries = 3;
	venue->answer_bytes = 200 + (uint32_t)any(1200);
	venue->is_deaf[0] = chance(20);
	venue->is_deaf[1] = chance(20);
	venue->is_of_other_session = chance(3);
	venue->is_absent = chance(5);
	venue->is_rejecting = chance(5);
	venue->is_endless = chance(3);
	venue->lag = chance(25) ? any(60) : 0;
	venue->lie = chance(3) ? (2 + any(5)) * ARBITER_BELIEVE_COUNT : 0;
	venue->cut_after_bytes = chance(8) ? 40 + any(3000) : 0;
	stream_sim_chunk(venue->streams, 0, 0);
	if (chance(50)) {
		uint32_t piece = 64 + (uint32_t)any(1000);
		stream_sim_chunk(venue->streams, piece, piece);
	}
	bool is_asked = recovery->has_requests && rates.loss_ppm <= 50000 && !venue->is_deaf[0] &&
			!venue->is_deaf[1] && !venue->is_of_other_session;
	bool is_spun = recovery->has_snapshot && !venue->is_absent && !venue->is_rejecting &&
		       !venue->is_endless && venue->lie == 0 && venue->cut_after_bytes == 0;
	plan->is_helped = is_spun && (is_asked || venue->lag == 0);
}

/* world_begin makes everything as channel_init left it, in the memory there is. */
static void world_begin(uint64_t seed)
{
	struct channel *channel = &w->channel;
	struct market_region *market = w->market;
	struct stream_event event;
	recover_end(&channel->recover);
	while (stream_poll(w->venue->stream, &event, 1) + stream_poll(w->venue->glimpse, &event, 1))
		;
	w->random = seed * 0x9E3779B97F4A7C15u + 1;
	w->plan = (struct plan){.seed = seed};
	faults_draw(&w->plan);
	venue_draw(&w->plan);
	w->day = &w->days[any(DAY_COUNT)];
	w->rig->message_count = w->day->count;
	memcpy(w->rig->messages, w->day->messages, sizeof w->day->messages);
	memcpy(w->venue->session, "SESSION001", sizeof w->venue->session);
	w->venue->published = 0;
	w->now_ns = 1000 * MS_NS + any(1000);
	w->rig->now_ns = w->joined_ns = w->now_ns;
	w->sent[0] = w->sent[1] = 0;
	for (uint32_t line = 0; line < 2; line++) {
		struct packet left[BURST_COUNT_MAX];
		while (port_rx_burst(w->wires[line], UINT64_MAX, left, BURST_COUNT_MAX) != 0)
			;
		port_fault_begin(w->lines[line], &w->plan.faults[line]);
	}
	channel_begin(channel);
	memset(&market->channel_facts[0], 0, sizeof market->channel_facts[0]);
	memset(w->metrics, 0, sizeof *w->metrics);
	for (uint32_t s = 0; s < SYMBOLS; s++) {
		w->symbols.instruments[s] = (struct instrument){.channel = INSTRUMENT_NO_CHANNEL};
		memset(&market->tops[s], 0, sizeof market->tops[s]);
		memset(&market->states[s], 0, sizeof market->states[s]);
	}
}

static void line_put(uint32_t line, const uint8_t *payload, uint32_t size_bytes)
{
	assert_true(port_sim_put(
		w->wires[line], payload, size_bytes, w->now_ns + w->plan.skew_ns[line]));
}

static bool is_lost(uint32_t line, uint64_t number)
{
	const struct plan *plan = &w->plan;
	return number < plan->late_start || (number >= plan->outage && number < plan->outage_end) ||
	       (line == plan->burst_line && number >= plan->burst && number < plan->burst_end);
}

/* line_say sends messages up to `last` on a line, cut as it likes. */
static void line_say(uint32_t line, uint64_t last)
{
	uint8_t payload[2048];
	while (w->sent[line] < last) {
		uint64_t first = w->sent[line] + 1;
		uint64_t count = 1 + any(5);
		count = first + count - 1 <= last ? count : last - first + 1;
		w->sent[line] += count;
		if (is_lost(line, first))
			continue;
		uint32_t size = feed_rig_payload(
			w->rig, w->venue->session, first, (uint32_t)count, payload, sizeof payload);
		line_put(line, payload, size);
	}
}

static void line_control(uint32_t line, uint16_t count)
{
	uint8_t payload[MOLD64_HEADER_BYTES];
	mold64_begin(payload, w->venue->session, w->venue->published + 1);
	store_be16(payload + 18, count);
	line_put(line, payload, sizeof payload);
}

static void rogue_put(void)
{
	uint8_t payload[256];
	uint32_t size = feed_rig_payload(w->rig, w->venue->session, 1, 2, payload, sizeof payload);
	store_be64(payload + 10,
		w->venue->published + ARBITER_BELIEVE_COUNT / 2 + any(2 * ARBITER_BELIEVE_COUNT));
	line_put((uint32_t)any(2), payload, size);
}

static void streams_poll(void)
{
	struct stream_event event;
	struct snapshot *snapshot = &w->channel.recover.snapshot;
	while (stream_poll(w->venue->stream, &event, 1) == 1)
		if (event.connection == snapshot->connection)
			snapshot_on_event(snapshot, &event, w->now_ns);
}

static uint64_t counted(enum metric metric)
{
	return metrics_get(w->metrics, metric);
}

static void conservation_holds(uint64_t packets)
{
	const struct channel *channel = &w->channel;
	const struct channel_state *page = channel->page;
	uint64_t came = 0, held = 0;
	for (uint32_t i = 0; i < channel->gap.count; i++)
		held += channel->gap.packets[channel->gap.first + i].count;
	for (uint32_t line = 0; line <= LINE_REQUESTED; line++)
		came += page->lines[line].messages;
	assert_int_equal(packets,
		counted(METRIC_feed_bad_mold) + counted(METRIC_feed_other_session) +
			counted(METRIC_feed_unbelieved) + counted(METRIC_feed_heartbeats) +
			counted(METRIC_feed_end_of_session) + counted(METRIC_feed_data_packets));
	assert_int_equal(came, counted(METRIC_feed_messages) + counted(METRIC_feed_duplicates) +
				       held + counted(METRIC_feed_hold_full) +
				       counted(METRIC_feed_superseded));
	assert_int_equal(channel->arbiter.next - 1 + page->ended_numbers,
		counted(METRIC_feed_messages) + counted(METRIC_feed_lost) +
			counted(METRIC_feed_spared) - counted(METRIC_feed_rewound));
	assert_int_equal(counted(METRIC_feed_answers),
		counted(METRIC_feed_answers_used) + counted(METRIC_feed_answers_old) +
			counted(METRIC_feed_answers_refused));
	assert_int_equal(counted(METRIC_feed_held_packets), channel->gap.count);
}

/* Whatever is not marked is right: the heart of it all. */
static void tops_are_right_or_marked(void)
{
	const struct channel *channel = &w->channel;
	uint64_t last = channel->arbiter.next - 1;
	for (uint32_t s = 0; s < SYMBOLS; s++) {
		struct top_prices top;
		assert_true(top_read(&w->market->tops[s], &top));
		if (w->symbols.instruments[s].channel == INSTRUMENT_NO_CHANNEL)
			continue;
		if (channel->stale_reasons != 0) {
			assert_int_equal(top.stale, 1);
			continue;
		}
		if (top.stale != 0) {
			/* Not named in this session yet. */
			assert_true(w->symbols.instruments[s].is_unnamed);
			continue;
		}
		assert_true(last <= w->day->count);
		const struct truth *truth = &w->day->truths[last][s];
		assert_int_equal(top.bid_e4, truth->bid_e4);
		assert_int_equal(top.ask_e4, truth->ask_e4);
		assert_int_equal(top.bid_qty, truth->bid_qty);
		assert_int_equal(top.ask_qty, truth->ask_qty);
		assert_int_equal(top.state, truth->state);
	}
	/* Never behind and unmarked for longer than silence would be noticed. */
	if (channel->current_ns == 0)
		w->joined_ns = w->now_ns;
	uint64_t since_ns = w->published_ns[last < w->venue->published ? last + 1 : 0];
	since_ns = since_ns > w->joined_ns ? since_ns : w->joined_ns;
	if (channel->stale_reasons == 0 && last < w->venue->published)
		if (w->now_ns - since_ns > BEHIND_MS * MS_NS)
			fail_msg("unmarked %lu ms behind at %lu of %lu, known %lu, state %u",
				(unsigned long)((w->now_ns - since_ns) / MS_NS),
				(unsigned long)last, (unsigned long)w->venue->published,
				(unsigned long)channel->known, channel->recover.state);
}

/* poll turns everything until nothing more happens now. */
static void poll(uint64_t *packets)
{
	struct packet burst[BURST_COUNT_MAX];
	w->rig->now_ns = w->now_ns;
	for (uint32_t turn = 0; turn < 6; turn++) {
		for (uint8_t line = 0; line < 2; line++) {
			uint32_t count =
				port_rx_burst(w->lines[line], w->now_ns, burst, BURST_COUNT_MAX);
			for (uint32_t i = 0; i < count; i++) {
				struct channel_packet packet = {.payload = burst[i].bytes,
					.end = burst[i].bytes + burst[i].size_bytes,
					.payload_bytes = burst[i].size_bytes,
					.line = line};
				arrival_packet(&w->channel, &packet, w->now_ns);
			}
			channel_flush(&w->channel, w->now_ns);
			*packets += count;
			turn = count != 0 ? 0 : turn;
		}
		streams_poll();
		mend_expire(&w->channel, w->now_ns);
		if (w->channel.recover.state != RECOVERY_NONE && venue_rig_turn(w->venue))
			turn = 0;
	}
	conservation_holds(*packets);
	tops_are_right_or_marked();
}

/* both_say passes ms with a control packet on both lines every 10 ms. */
static void both_say(uint64_t ms, uint16_t count, uint64_t *packets)
{
	for (uint64_t i = 0; i < ms; i += 2) {
		if (i % 10 == 0 && count != 1)
			for (uint32_t line = 0; line < 2; line++)
				line_control(line, count);
		w->now_ns += 2 * MS_NS;
		poll(packets);
	}
}

static void session_change(uint64_t *packets)
{
	both_say(60, MOLD64_END_OF_SESSION, packets);
	both_say(200, 1, packets);
	memcpy(w->venue->session, "SESSION002", sizeof w->venue->session);
	w->venue->published = 0;
	w->sent[0] = w->sent[1] = 0;
	w->plan.late_start = 0;
}

static void day_play(uint64_t *packets)
{
	while (w->venue->published < w->day->count) {
		w->published_ns[++w->venue->published] = w->now_ns;
		if (w->venue->published == w->plan.session_end) {
			w->plan.session_end = 0;
			session_change(packets);
			continue;
		}
		if (w->venue->published == w->plan.rogue_at)
			rogue_put();
		if (w->venue->published == w->plan.silence_at)
			both_say(SILENCE_MS + 50, 1, packets);
		for (uint32_t line = 0; line < 2; line++)
			if (chance(60) || w->venue->published == w->day->count)
				line_say(line, w->venue->published);
		w->now_ns += any(2 * STEP_NS);
		poll(packets);
	}
}

static void books_are_equal(void)
{
	struct feed_model *model = calloc(1, sizeof *model);
	struct book_level levels[256];
	assert_non_null(model);
	memcpy(model, &w->day->final, sizeof *model);
	assert_int_equal(counted(METRIC_feed_book_orders), model->count);
	for (uint16_t locate = 1; locate <= LOCATES; locate++)
		for (uint32_t side = 0; side < 2; side++) {
			uint32_t count = book_depth(w->channel.quotes.book, locate, (enum side)side,
				levels, ARRAY_COUNT(levels));
			for (uint32_t i = 0; i < count; i++) {
				uint32_t qty;
				assert_int_equal(levels[i].price_e4,
					feed_model_best(model, locate, (enum side)side, &qty));
				assert_int_equal(levels[i].qty, qty);
				for (uint32_t o = model->count; o-- > 0;)
					if (model->orders[o].locate == locate &&
						model->orders[o].side == side &&
						model->orders[o].price_e4 == levels[i].price_e4)
						model->orders[o] = model->orders[--model->count];
			}
		}
	assert_int_equal(model->count, 0);
	free(model);
}

static void seed_run(uint64_t seed)
{
	uint64_t packets = 0;
	world_begin(seed);
	day_play(&packets);
	both_say(SETTLE_MS, MOLD64_HEARTBEAT, &packets);
	if (w->plan.has_end)
		both_say(60, MOLD64_END_OF_SESSION, &packets);
	const struct channel *channel = &w->channel;
	uint64_t others = channel->stale_reasons & ~(uint64_t)STALE_ENDED;
	w->spun += counted(METRIC_feed_snapshots) != 0;
	w->asked += counted(METRIC_feed_answers_used) != 0;
	if (others != 0 || channel->arbiter.next != w->day->count + 1u) {
		if (channel->stale_reasons == 0)
			fail_msg("unmarked at %lu of %u, known %lu, state %u, session %.10s",
				(unsigned long)channel->arbiter.next, w->day->count,
				(unsigned long)channel->known, channel->recover.state,
				channel->arbiter.session);
		if (w->plan.is_helped)
			fail_msg("stale for %u although it was helped: next %lu, state %u",
				(unsigned)channel->stale_reasons,
				(unsigned long)channel->arbiter.next, channel->recover.state);
		w->stale++;
		return;
	}
	books_are_equal();
	w->whole++;
}

static void whatever_is_lost_books_are_right_or_marked(void **state)
{
	const char *count = getenv("SLUICE_LOSS_SEEDS"), *only = getenv("SLUICE_SEED");
	uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : SEEDS;
	(void)state;
	uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
	uint64_t last = only != NULL ? first : seeds;
	for (uint64_t seed = first; seed <= last; seed++) {
		w->plan.seed = seed;
		seed_run(seed);
	}
	print_message(
		"%lu seeds: %lu whole, %lu marked stale; %lu were helped by answers, %lu by a "
		"snapshot\n",
		(unsigned long)(last - first + 1), (unsigned long)w->whole, (unsigned long)w->stale,
		(unsigned long)w->asked, (unsigned long)w->spun);
	if (only == NULL && seeds >= SEEDS) {
		assert_true(w->whole > seeds / 2);
		assert_true(w->stale > seeds / 100);
		assert_true(w->asked > seeds / 10 && w->spun > seeds / 20);
	}
}

static int seed_told(void **state)
{
	/* Runs after a failure too. */
	print_message("the last seed was SLUICE_SEED=%lu\n", (unsigned long)w->plan.seed);
	return world_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			whatever_is_lost_books_are_right_or_marked, world_open, seed_told),
	};
	return !!cmocka_run_group_tests_name("property.feed_loss", tests, NULL, NULL);
}
