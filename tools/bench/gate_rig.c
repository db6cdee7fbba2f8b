#include "tools/bench/gate_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"

enum { RIG_WRITE_BYTES = 256 * 1024, RIG_SEGMENT_BYTES = 64 << 20 };

static const uint64_t second_ns = 1000000000ull;

/* The first client keeps the name that a remote one logs in with. */
static void rig_username(char *username, uint32_t session)
{
	memcpy(username, "BENCH", 6);
	if (session > 1)
		snprintf(username, 6, "B%04u", session % 10000);
}

static uint32_t rig_connection(uint32_t session)
{
	return session == 1 ? CLIENT : VENUE + session;
}

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

static uint32_t memory_out(uint8_t *packet, const struct ouch_out *out)
{
	uint8_t bytes[256];
	return soup_build(
		packet, SOUP_SEQUENCED, bytes, ouch50_build_out(bytes, sizeof bytes, out));
}

static const struct ouch_out rig_accepted = {
	.type = 'A', .side = 'B', .qty = 100, .price_e4 = 1000000, .order_state = 'L'};

/* The venue's word about the last order, for the next poll. */
static void memory_answer(struct memory_stream *m)
{
	struct ouch_out accepted = rig_accepted;
	const struct ouch_out canceled = {.type = 'C', .ref = m->last_ref, .qty = 100, .code = 'U'};
	accepted.ref = m->last_ref;
	for (uint32_t i = 0; i < 2; i++)
		m->events[m->event_count++] = (struct stream_event){.kind = STREAM_BYTES,
			.connection = VENUE,
			.bytes = m->answers[i],
			.size_bytes = memory_out(m->answers[i], i == 0 ? &accepted : &canceled)};
}

static bool memory_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct memory_stream *m = (struct memory_stream *)s;
	if (connection != VENUE) {
		m->client_messages++;
	} else if (bytes[2] == SOUP_UNSEQUENCED && size_bytes > 8 && bytes[3] == 'O') {
		if (m->when_out != NULL)
			m->when_out();
		m->sent_cycles = clock_cycles();
		m->venue_messages++;
		m->last_ref = load_be32(bytes + 4);
		if (m->is_answering)
			memory_answer(m);
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

static void gate_sessions(struct site_config *site, uint32_t count)
{
	site->session_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct session_config *session = &site->sessions[i];
		*session = (struct session_config){.id = i + 1,
			.default_account = i + 1,
			.default_strategy = i + 1,
			.replay_count = count == 1 ? 4096 : 64};
		rig_username(session->username, i + 1);
		memcpy(session->trader, "BENCH", 6);
	}
}

static void gate_site(
	struct site_config *site, uint32_t symbols, uint32_t accounts, uint32_t sessions)
{
	snprintf(site->name, sizeof site->name, "bench");
	site->kind = SITE_SIMULATION;
	site->venue_count = 1;
	site->venues[0].session_id = RIG_VENUE_SESSION;
	memcpy(site->venues[0].username, "BENCH", 6);
	site->venues[0].heartbeat_ns = site->venues[0].timeout_ns = 3600 * second_ns;
	gate_sessions(site, sessions);
	site->account_count = accounts;
	site->accounts = calloc(accounts, sizeof site->accounts[0]);
	for (uint32_t i = 0; i < accounts; i++) {
		struct account_config *account = &site->accounts[i];
		account->id = i + 1;
		account->approved_until_wall_ns = UINT64_MAX;
		snprintf(account->mpid, sizeof account->mpid, "A%03u", i % 1000);
		account->strategy_count = account->session_count = 1;
		account->strategies[0].id = i + 1;
		account->sessions[0] = i % sessions + 1;
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
			.stress_bps = 2000,
			.sector = 1};
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
				.value = limit_times_max((enum limit)i), .window_ns = 1000};
		if (limit_keys[i].unit == RATIO)
			row->limits[i] = (struct limit_value){
				.value = ORDER_TO_TRADE_MAX, .burst = UINT32_MAX};
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
		if (i == LIMIT_max_symbol_share || i == LIMIT_max_sector_share)
			row->limits[i].value = SHARE_BPS_WHOLE;
	}
}

static void gate_limits(struct gate_rig *b)
{
	struct limit_bank *bank = &b->control->banks[1];
	bank->epoch = 1;
	gate_limit_row(&bank->rows[bank->row_count++], SCOPE_FIRM, 0);
	for (uint32_t i = 0; i < b->site.session_count; i++)
		gate_limit_row(&bank->rows[bank->row_count++], SCOPE_SESSION, i + 1);
	for (uint32_t i = 0; i < b->site.account_count; i++)
		gate_limit_row(&bank->rows[bank->row_count++], SCOPE_ACCOUNT, i + 1);
	atomic_store(&b->control->limits_epoch, 1);
}

void rig_load(struct gate_rig *b)
{
	uint32_t epoch = atomic_load(&b->control->limits_epoch) + 1;
	struct limit_bank *bank = &b->control->banks[epoch % LIMIT_BANK_COUNT];
	const struct limit_bank *last = &b->control->banks[(epoch - 1) % LIMIT_BANK_COUNT];
	bool has_symbols = last->rows[last->row_count - 1].scope == SCOPE_SYMBOL;
	bank->row_count = last->row_count;
	for (uint32_t i = 0; i < last->row_count; i++) {
		gate_limit_row(&bank->rows[i], (enum scope)last->rows[i].scope, last->rows[i].id);
		bank->rows[i].symbol = last->rows[i].symbol;
	}
	for (uint32_t i = 0; !has_symbols && i < b->site.symbol_count; i++) {
		struct limit_row *row = &bank->rows[bank->row_count++];
		gate_limit_row(row, SCOPE_SYMBOL, 0);
		row->symbol = i;
	}
	/* Every limit but the flags is another than before. */
	for (uint32_t i = 0; i < bank->row_count; i++)
		for (uint32_t k = 0; k < LIMIT_COUNT; k++)
			if (bank->rows[i].limits[k].value > 1)
				bank->rows[i].limits[k].value -= epoch % 2;
	bank->epoch = epoch;
	atomic_store(&b->control->limits_epoch, epoch);
}

bool rig_is_loaded(const struct gate_rig *b)
{
	return atomic_load(&b->region->gate.limits_epoch_adopted) ==
	       atomic_load(&b->control->limits_epoch);
}

bool rig_flush(struct gate_rig *b)
{
	return journal_flush(b->journal);
}

static bool rig_journal_open(struct gate_rig *b, struct config_error *error)
{
	struct gate_writes writes = region_gate_writes(b->region, 0);
	if (b->journal_directory == NULL)
		return true;
	b->disk = disk_plain_open();
	b->journal = journal_open(b->disk, b->journal_directory, RIG_SEGMENT_BYTES, 0, b->site.hash,
		writes.journal, writes.metrics, 0, 0, second_ns * 86400, NULL, error);
	return b->journal != NULL;
}

/* What the journal stage would release; the link's memory is the bench's only disk. */
void rig_drain(struct gate_rig *b)
{
	struct link *link = &b->region->journal;
	if (b->journal != NULL) {
		if (atomic_load(&link->head) - atomic_load(&link->tail) >= RIG_WRITE_BYTES)
			rig_flush(b);
		return;
	}
	if (b->is_read) {
		while (atomic_load(&link->tail) != atomic_load(&link->head))
			__builtin_ia32_pause();
		return;
	}
	atomic_store(&link->tail, atomic_load(&link->head));
	atomic_store(&link->durable, atomic_load(&link->sequence));
}

void rig_step(struct gate_rig *b)
{
	b->now_ns += 2000;
	gate_poll(b->gate, b->now_ns);
	rig_drain(b);
}

static void rig_bytes(struct gate_rig *b, uint32_t connection, uint32_t size)
{
	b->memory.events[b->memory.event_count++] = (struct stream_event){.kind = STREAM_BYTES,
		.connection = connection,
		.bytes = b->memory.rx,
		.size_bytes = size};
}

static void gate_answer(struct gate_rig *b, const struct ouch_out *out)
{
	uint8_t bytes[256];
	uint32_t size = ouch50_build_out(bytes, sizeof bytes, out);
	rig_bytes(b, VENUE, soup_build(b->memory.rx, SOUP_SEQUENCED, bytes, size));
	rig_step(b);
}

static void gate_login(struct gate_rig *b)
{
	struct soup_login login = {.sequence = 1};
	for (uint32_t i = 0; i < 4; i++)
		b->now_ns += second_ns, rig_step(b);
	rig_bytes(b, VENUE, soup_build_login_accepted(b->memory.rx, "DAY", 1));
	rig_step(b);
	gate_answer(b, &(struct ouch_out){.type = 'Q', .ref = 1});
	if (b->is_remote)
		return;
	for (uint32_t i = 1; i <= b->site.session_count; i++) {
		rig_username(login.username, i);
		b->memory.events[b->memory.event_count++] = (struct stream_event){
			.kind = STREAM_OPENED, .connection = rig_connection(i), .listener = 1};
		rig_step(b);
		rig_bytes(b, rig_connection(i), soup_build_login_request(b->memory.rx, &login));
		rig_step(b);
	}
}

static void gate_market(struct gate_rig *b)
{
	struct top_prices prices = {
		.bid_e4 = 1000000, .ask_e4 = 1000200, .bid_qty = 100, .ask_qty = 100, .state = 'T'};
	for (uint32_t i = 0; i < b->site.symbol_count; i++)
		top_publish(&b->market->tops[i], &prices);
	atomic_store(&b->market->channels[0].heard_ns, b->now_ns);
}

void rig_memory_open(struct gate_rig *b)
{
	b->memory.stream.ops = &memory_ops;
}

void rig_site(struct gate_rig *b, uint32_t symbols, uint32_t accounts)
{
	gate_site(&b->site, symbols, accounts, b->session_count == 0 ? 1 : b->session_count);
}

bool rig_open(struct gate_rig *b, uint32_t symbols, uint32_t accounts)
{
	struct config_error error = {{0}};
	if (b->site.symbols == NULL)
		rig_site(b, symbols, accounts);
	rig_memory_open(b);
	b->region = region_create_dataplane(&b->region_fd, &b->site, &error);
	b->market = market_create(&b->market_fd, &b->site, &error);
	b->control = region_create_control(&b->control_fd, &b->site, &error);
	if (b->region == NULL || b->market == NULL || b->control == NULL) {
		fprintf(stderr, "sluice-bench: gate: %s\n", error.text);
		return false;
	}
	if (!rig_journal_open(b, &error)) {
		fprintf(stderr, "sluice-bench: gate: %s\n", error.text);
		return false;
	}
	b->gate = gate_open(
		&b->site, b->region, b->market, b->stream != NULL ? b->stream : &b->memory.stream);
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
	if (!gate_listen(b->gate, &error)) {
		fprintf(stderr, "sluice-bench: gate: %s\n", error.text);
		return false;
	}
	gate_login(b);
	for (uint32_t i = 0; i < LIMIT_ROW_COUNT_MAX && !rig_is_loaded(b); i++)
		rig_step(b);
	gate_market(b);
	return b->gate->fold->venues[0].is_ready &&
	       (b->is_remote || b->gate->by_session[b->site.session_count] != NULL);
}

void rig_close(struct gate_rig *b)
{
	gate_close(b->gate);
	journal_close(b->journal);
	if (b->disk != NULL)
		disk_close(b->disk);
	region_leave(b->region);
	region_leave(b->market);
	region_leave(b->control);
	close(b->region_fd);
	close(b->market_fd);
	close(b->control_fd);
	free(b->site.accounts);
	free(b->site.symbols);
}

uint32_t rig_order_build(struct gate_rig *b, uint64_t chance, bool is_known, uint8_t *packet)
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
	in.symbol = is_known ? b->site.symbols[(chance >> 20) % b->site.symbol_count].name
			     : symbol_pack("NOSUCH");
	memset(in.clordid, ' ', sizeof in.clordid);
	in.options.present = 1u << 2 | 1u << 24;
	in.options.value[2] = load_be32((const uint8_t *)b->site.accounts[account].mpid);
	in.options.value[24] = account + 1;
	return soup_build(
		packet, SOUP_UNSEQUENCED, bytes, ouch50_build_in(bytes, sizeof bytes, &in));
}

/* Who sends an order of this chance: a session of the account that it draws. */
static uint32_t rig_sender(const struct gate_rig *b, uint64_t chance)
{
	uint32_t account = (uint32_t)(chance >> 8) % b->site.account_count;
	return rig_connection(account % b->site.session_count + 1);
}

void rig_order(struct gate_rig *b, uint64_t chance)
{
	rig_burst(b, chance, 1);
}

void rig_burst(struct gate_rig *b, uint64_t chance, uint32_t count)
{
	uint32_t size = 0;
	for (uint32_t i = 0; i < count; i++) /* the same account, another symbol and quantity */
		size += rig_order_build(
			b, chance ^ (uint64_t)i << 24 ^ i, true, b->memory.rx + size);
	rig_bytes(b, rig_sender(b, chance), size);
}

/* The venue accepts and takes back, so that the tables stay as full as on a working day. */
void rig_finish(struct gate_rig *b, uint32_t ref)
{
	struct ouch_out accepted = rig_accepted;
	accepted.ref = ref;
	gate_answer(b, &accepted);
	gate_answer(b, &(struct ouch_out){.type = 'C', .ref = ref, .qty = 100, .code = 'U'});
}
