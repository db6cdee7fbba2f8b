#include "tools/bench/bench_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/gate/gate.h"
#include "drivers/machine/clock.h"

enum {
	GATE_SYMBOLS = 1000,
	GATE_ACCOUNTS = 64,
	GATE_ORDERS = 200000,
	GATE_WARM = 20000,
	GATE_OPEN = 512
};

static const uint64_t second_ns = 1000000000ull;

/* A stream of memory: one client, one venue. */
enum { CLIENT = 1, VENUE = 2 };

struct memory_stream {
	struct stream stream; /* first */
	struct stream_event events[4];
	uint32_t event_count;
	uint8_t rx[1 << 16];
	uint64_t venue_messages, client_messages;
	uint32_t last_ref; /* UserRefNum of the last order the venue got */
};

static uint32_t memory_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	(void)s, (void)address, (void)port, (void)error;
	return 1;
}

static uint32_t memory_connect(struct stream *s, const char *address, uint16_t port)
{
	struct memory_stream *m = (struct memory_stream *)s;
	(void)address, (void)port;
	m->events[m->event_count++] =
		(struct stream_event){.kind = STREAM_OPENED, .connection = VENUE};
	return VENUE;
}

static uint32_t memory_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct memory_stream *m = (struct memory_stream *)s;
	uint32_t count = m->event_count < max ? m->event_count : max;
	memcpy(events, m->events, count * sizeof events[0]);
	m->event_count = 0;
	return count;
}

static bool memory_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct memory_stream *m = (struct memory_stream *)s;
	if (connection == CLIENT) {
		m->client_messages++;
	} else if (bytes[2] == SOUP_UNSEQUENCED && size_bytes > 8 && bytes[3] == 'O') {
		m->venue_messages++;
		m->last_ref = load_be32(bytes + 4);
	}
	return true;
}

static uint32_t memory_unsent(struct stream *s, uint32_t connection)
{
	(void)s, (void)connection;
	return 0;
}

static void memory_shut(struct stream *s, uint32_t connection, bool reset)
{
	(void)s, (void)connection, (void)reset;
}

static uint16_t memory_port(struct stream *s, uint32_t listener)
{
	(void)s, (void)listener;
	return 1;
}

static void memory_close(struct stream *s)
{
	(void)s;
}

static const struct stream_ops memory_ops = {
	.listen = memory_listen,
	.connect = memory_connect,
	.poll = memory_poll,
	.send = memory_send,
	.unsent_bytes = memory_unsent,
	.shut = memory_shut,
	.listen_port = memory_port,
	.close = memory_close,
};

struct bench_gate {
	struct site_config site;
	struct memory_stream memory;
	struct dataplane_region *region;
	struct market_region *market;
	struct control_region *control;
	int region_fd, market_fd, control_fd;
	struct gate *gate;
	uint64_t now_ns, sequence;
	uint32_t client_ref;
};

static void gate_site(struct site_config *site, uint32_t symbols, uint32_t accounts)
{
	snprintf(site->name, sizeof site->name, "bench");
	site->kind = SITE_SIMULATION;
	site->venue_count = 1;
	site->venues[0].session_id = 200;
	memcpy(site->venues[0].username, "BENCH", 6);
	site->venues[0].heartbeat_ns = site->venues[0].timeout_ns = 3600 * second_ns;
	site->session_count = 1;
	site->sessions[0] = (struct session_config){
		.id = 1, .default_account = 1, .default_strategy = 1, .replay_count = 4096};
	memcpy(site->sessions[0].username, "BENCH", 6);
	memcpy(site->sessions[0].trader, "BENCH", 6);
	site->account_count = accounts;
	site->accounts = calloc(accounts, sizeof site->accounts[0]);
	for (uint32_t i = 0; i < accounts; i++) {
		struct account_config *account = &site->accounts[i];
		account->id = i + 1;
		account->approved_until_wall_ns = UINT64_MAX;
		snprintf(account->mpid, sizeof account->mpid, "A%03u", i % 1000);
		account->strategy_count = account->session_count = 1;
		account->strategies[0].id = i + 1;
		account->sessions[0] = 1;
	}
	site->symbol_count = symbols;
	site->symbols = calloc(symbols, sizeof site->symbols[0]);
	for (uint32_t i = 0; i < symbols; i++) {
		char name[9];
		snprintf(name, sizeof name, "S%05u", i % 100000);
		site->symbols[i] = (struct symbol_config){.name = symbol_pack(name),
			.tick_e4 = 100,
			.lot = 1,
			.adv_qty = 10000000,
			.outstanding_qty = 1000000000,
			.margin_bps = 5000,
			.stress_bps = 2000};
	}
	site->control_max_silence_ns = 3600 * second_ns;
	site->silent_policy = SILENT_HALTED;
	site->journal_max_behind = UINT32_MAX;
	site->client_heartbeat_ns = site->client_timeout_ns = 3600 * second_ns;
	site->cancels_per_turn = 32;
	site->own_order_count = 4096;
}

static void gate_limit_row(struct limit_row *row, enum scope scope, uint32_t id)
{
	limit_row_init(row, scope, id, SYMBOL_NONE);
	for (uint32_t i = 0; i < LIMIT_COUNT; i++) {
		if ((limit_keys[i].scopes & 1 << scope) == 0)
			continue;
		row->stated |= UINT64_C(1) << i;
		row->limits[i] = (struct limit_value){.value = 1000000000};
		if (limit_keys[i].unit == RATE)
			row->limits[i] = (struct limit_value){
				.value = SYMBOL_RATE_MAX, .window_ns = 1000, .burst = BURST_MAX};
		if (limit_keys[i].unit == COUNT)
			row->limits[i] = (struct limit_value){
				.value = DUPLICATE_TIMES_MAX, .window_ns = 1000};
		if (limit_keys[i].unit == WALK)
			row->limits[i] =
				(struct limit_value){.value = 5000, .window_ns = second_ns};
		if (limit_keys[i].unit == MONEY)
			row->limits[i].value = INT64_MAX / 4;
		if (limit_keys[i].unit == FLAG)
			row->limits[i].value = 1;
		if (limit_keys[i].unit == AGE)
			row->limits[i].value = INT64_MAX / 4;
		if (limit_keys[i].unit == BPS || limit_keys[i].unit == TICKS)
			row->limits[i].value = 5000;
	}
}

static void gate_limits(struct bench_gate *b)
{
	struct limit_bank *bank = &b->control->banks[1];
	bank->epoch = 1;
	gate_limit_row(&bank->rows[bank->row_count++], SCOPE_FIRM, 0);
	gate_limit_row(&bank->rows[bank->row_count++], SCOPE_SESSION, 1);
	for (uint32_t i = 0; i < b->site.account_count; i++)
		gate_limit_row(&bank->rows[bank->row_count++], SCOPE_ACCOUNT, i + 1);
	atomic_store(&b->control->limits_epoch, 1);
}

/* What the journal stage would release; the link's memory is the bench's only disk. */
static void gate_drain(struct bench_gate *b)
{
	struct link *link = &b->region->journal;
	atomic_store(&link->tail, atomic_load(&link->head));
	atomic_store(&link->durable, atomic_load(&link->sequence));
}

static void gate_step(struct bench_gate *b)
{
	b->now_ns += 2000;
	gate_poll(b->gate, b->now_ns);
	gate_drain(b);
}

static void gate_bytes(struct bench_gate *b, uint32_t connection, uint32_t size)
{
	b->memory.events[b->memory.event_count++] = (struct stream_event){.kind = STREAM_BYTES,
		.connection = connection,
		.bytes = b->memory.rx,
		.size_bytes = size};
}

static void gate_answer(struct bench_gate *b, const struct ouch_out *out)
{
	uint8_t bytes[256];
	uint32_t size = ouch50_build_out(bytes, sizeof bytes, out);
	gate_bytes(b, VENUE, soup_build(b->memory.rx, SOUP_SEQUENCED, bytes, size));
	gate_step(b);
}

static void gate_login(struct bench_gate *b)
{
	struct soup_login login = {.username = "BENCH", .sequence = 1};
	for (uint32_t i = 0; i < 4; i++)
		b->now_ns += second_ns, gate_step(b);
	gate_bytes(b, VENUE, soup_build_login_accepted(b->memory.rx, "DAY", 1));
	gate_step(b);
	gate_answer(b, &(struct ouch_out){.type = 'Q', .ref = 1});
	b->memory.events[b->memory.event_count++] =
		(struct stream_event){.kind = STREAM_OPENED, .connection = CLIENT, .listener = 1};
	gate_step(b);
	gate_bytes(b, CLIENT, soup_build_login_request(b->memory.rx, &login));
	gate_step(b);
}

static void gate_market(struct bench_gate *b)
{
	struct top_prices prices = {
		.bid_e4 = 1000000, .ask_e4 = 1000200, .bid_qty = 100, .ask_qty = 100, .state = 'T'};
	for (uint32_t i = 0; i < b->site.symbol_count; i++)
		top_publish(&b->market->tops[i], &prices);
	atomic_store(&b->market->channels[0].heard_ns, b->now_ns);
}

static bool gate_bench_open(struct bench_gate *b, uint32_t symbols, uint32_t accounts)
{
	struct config_error error = {{0}};
	gate_site(&b->site, symbols, accounts);
	b->memory.stream.ops = &memory_ops;
	b->region = region_create_dataplane(&b->region_fd, &b->site, &error);
	b->market = market_create(&b->market_fd, &b->site, &error);
	b->control = region_create_control(&b->control_fd, &b->site, &error);
	if (b->region == NULL || b->market == NULL || b->control == NULL) {
		fprintf(stderr, "sluice-bench: gate: %s\n", error.text);
		return false;
	}
	b->gate = gate_open(&b->site, b->region, b->market, &b->memory.stream);
	struct replay *replay = replay_open(&b->site);
	const struct gate_time time = {
		.now_ns = clock_now_ns(), .wall_ns = second_ns * 86400, .midnight_wall_ns = 0};
	gate_recovered(b->gate, replay, NULL, 0, &time, NULL);
	replay_close(replay);
	b->now_ns = clock_now_ns();
	atomic_store(&b->control->heartbeat, 1);
	atomic_store(&b->control->clock_off_ns, 1);
	gate_limits(b);
	gate_attach(b->gate, b->control);
	gate_listen(b->gate, &error);
	gate_login(b);
	gate_market(b);
	return b->gate->fold->venues[0].is_ready && b->gate->by_session[1] != NULL;
}

static void gate_bench_close(struct bench_gate *b)
{
	gate_close(b->gate);
	region_leave(b->region);
	region_leave(b->market);
	region_leave(b->control);
	close(b->region_fd);
	close(b->market_fd);
	close(b->control_fd);
	free(b->site.accounts);
	free(b->site.symbols);
}

static void gate_order(struct bench_gate *b, uint64_t chance)
{
	uint8_t bytes[256];
	uint32_t account = (uint32_t)(chance >> 8) % b->site.account_count;
	struct ouch_in in = {.type = 'O',
		.side = 'B',
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.ref = ++b->client_ref,
		.qty = 100 + (uint32_t)(chance & 63),
		.price_e4 = 1000000};
	in.symbol = b->site.symbols[(chance >> 20) % b->site.symbol_count].name;
	memset(in.clordid, ' ', sizeof in.clordid);
	in.options.present = 1u << 2 | 1u << 24;
	in.options.value[2] = load_be32((const uint8_t *)b->site.accounts[account].mpid);
	in.options.value[24] = account + 1;
	gate_bytes(b, CLIENT,
		soup_build(b->memory.rx, SOUP_UNSEQUENCED, bytes,
			ouch50_build_in(bytes, sizeof bytes, &in)));
}

/* The venue accepts and takes back, so that the tables stay as full as on a working day. */
static void gate_finish(struct bench_gate *b, uint32_t ref)
{
	struct ouch_out accepted = {.type = 'A',
		.ref = ref,
		.side = 'B',
		.qty = 100,
		.price_e4 = 1000000,
		.order_state = 'L'};
	gate_answer(b, &accepted);
	gate_answer(b, &(struct ouch_out){.type = 'C', .ref = ref, .qty = 100, .code = 'U'});
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static uint32_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 1000; i++) {
		uint64_t began = clock_cycles(), took = clock_cycles() - began;
		least = took < least ? took : least;
	}
	return (uint32_t)least;
}

static bool gate_measure(
	struct figures *figures, const char *work, uint32_t symbols, uint32_t accounts)
{
	struct bench_gate *b = calloc(1, sizeof *b);
	uint32_t *cycles = calloc(GATE_ORDERS, sizeof cycles[0]), cost = clock_cost();
	uint32_t open[GATE_OPEN] = {0};
	uint64_t chance = 88172645463325252ull;
	bool is_good = gate_bench_open(b, symbols, accounts);
	for (uint32_t i = 0; is_good && i < GATE_WARM + GATE_ORDERS; i++) {
		chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
		if (open[i % GATE_OPEN] != 0)
			gate_finish(b, open[i % GATE_OPEN]);
		gate_order(b, chance);
		atomic_store_explicit(
			&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
		b->now_ns += 2000;
		uint64_t began = clock_cycles();
		gate_poll(b->gate, b->now_ns);
		uint64_t took = clock_cycles() - began;
		gate_drain(b);
		open[i % GATE_OPEN] = b->memory.last_ref;
		if (i >= GATE_WARM)
			cycles[i - GATE_WARM] = (uint32_t)(took > cost ? took - cost : 0);
	}
	uint64_t expected = (uint64_t)GATE_WARM + GATE_ORDERS;
	if (!is_good || b->memory.venue_messages != expected) {
		fprintf(stderr,
			"sluice-bench: gate %s: found %llu orders at the venue, expected %llu\n",
			work, (unsigned long long)b->memory.venue_messages,
			(unsigned long long)expected);
		is_good = false;
	}
	qsort(cycles, GATE_ORDERS, sizeof cycles[0], by_size);
	static const struct {
		const char *name;
		uint32_t permille;
	} marks[] = {{"p50", 500}, {"p99", 990}};
	for (uint32_t i = 0; is_good && i < ARRAY_COUNT(marks); i++) {
		char name[FIGURE_NAME_BYTES];
		snprintf(name, sizeof name, "gate: bytes in to bytes out, %s, %s", work,
			marks[i].name);
		uint32_t at = cycles[(uint64_t)GATE_ORDERS * marks[i].permille / 1000];
		round_add(figures, name, "ns",
			(double)clock_cycles_to_ns((uint64_t)at * 1000) / 1000.0,
			"order: judge and commit, one symbol");
	}
	free(cycles);
	gate_bench_close(b);
	free(b);
	return is_good;
}

bool bench_gate_run(struct figures *figures)
{
	return gate_measure(figures, "hot", 1, 1) &&
	       gate_measure(figures, "wide", GATE_SYMBOLS, GATE_ACCOUNTS);
}
