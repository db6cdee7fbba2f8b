/* rooms: dataplane_gate */
#include "tests/support/rig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

static const uint64_t second_ns = 1000000000ull;

static void rig_site_client(struct site_config *site, uint32_t index)
{
	struct session_config *session = &site->sessions[index];
	session->id = index + 1;
	snprintf(session->name, sizeof session->name, "client%u", index + 1);
	snprintf(session->username, sizeof session->username, "USER%u", index + 1);
	snprintf(session->password, sizeof session->password, "PASS%u", index + 1);
	snprintf(session->trader, sizeof session->trader, "TRADER%u", index + 1);
	session->default_account = index == 0 ? RIG_ACCOUNT : RIG_OTHER_ACCOUNT;
	session->default_strategy = index == 0 ? RIG_STRATEGY : RIG_OTHER_STRATEGY;
	session->replay_count = 1024;
}

static void rig_site_account(struct site_config *site, uint32_t index)
{
	struct account_config *account = &site->accounts[index];
	account->id = index == 0 ? RIG_ACCOUNT : RIG_OTHER_ACCOUNT;
	snprintf(account->name, sizeof account->name, "account%u", account->id);
	snprintf(account->mpid, sizeof account->mpid, "AC%u", account->id);
	account->approved_until_wall_ns = UINT64_MAX;
	account->strategy_count = 1;
	account->strategies[0].id = index == 0 ? RIG_STRATEGY : RIG_OTHER_STRATEGY;
	account->session_count = 2;
	account->sessions[0] = 1;
	account->sessions[1] = 2;
}

static void rig_site(struct site_config *site)
{
	snprintf(site->name, sizeof site->name, "rig");
	site->kind = SITE_SIMULATION;
	site->hash[0] = 0x5155;
	site->venue_count = 1;
	site->venues[0].session_id = 200;
	snprintf(site->venues[0].name, sizeof site->venues[0].name, "XSIM");
	snprintf(site->venues[0].address, sizeof site->venues[0].address, "127.0.0.1");
	site->venues[0].tcp_port = 26000;
	memcpy(site->venues[0].username, "GATE", 5);
	memcpy(site->venues[0].password, "SECRET", 7);
	memcpy(site->venues[0].firm, "FIRM", 5);
	site->venues[0].heartbeat_ns = second_ns;
	site->venues[0].timeout_ns = 15 * second_ns;
	site->venues[0].login_tries = 3;
	site->venues[1] = site->venues[0];
	site->venues[1].session_id = 201;
	snprintf(site->venues[1].name, sizeof site->venues[1].name, "XTWO");
	site->venues[1].tcp_port = 26001;
	memcpy(site->venues[1].firm, "FTWO", 5);
	snprintf(site->listen_address, sizeof site->listen_address, "127.0.0.1");
	site->listen_port = 25000;
	site->session_count = RIG_CLIENT_COUNT;
	site->account_count = 2;
	site->accounts = calloc(2, sizeof site->accounts[0]);
	for (uint32_t i = 0; i < 2; i++) {
		rig_site_client(site, i);
		rig_site_account(site, i);
	}
	site->symbol_count = 2;
	site->symbols = calloc(2, sizeof site->symbols[0]);
	site->symbols[0] = (struct symbol_config){.name = symbol_pack("AAPL"),
		.tick_e4 = 100,
		.lot = 1,
		.adv_qty = SYMBOL_SHARES_MAX,
		.outstanding_qty = SYMBOL_SHARES_MAX,
		.margin_bps = 5000,
		.stress_bps = 2000,
		.sector = 1};
	site->symbols[1] = (struct symbol_config){.name = symbol_pack("ZVZZT"),
		.tick_e4 = 100,
		.lot = 100,
		.adv_qty = SYMBOL_SHARES_MAX,
		.outstanding_qty = SYMBOL_SHARES_MAX,
		.margin_bps = 5000,
		.stress_bps = 2000,
		.sector = 1};
	site->channel_count = 1;
	site->channels[0].max_silence_ns = 5 * second_ns;
	site->silent_policy = SILENT_HALTED;
	site->control_max_silence_ns = second_ns;
	site->journal_max_behind = 60;
	site->client_heartbeat_ns = second_ns;
	site->client_timeout_ns = 15 * second_ns;
	site->cancels_per_turn = 4;
	site->close_after_ns = 30 * second_ns;
	site->own_order_count = 1024;
}

/* What the journal stage would do: everything published is kept, and durable unless the test says not. */
static void rig_drain(struct rig *rig)
{
	struct link *link = &rig->region->journal;
	if (rig->is_link_stuck)
		return;
	uint64_t position = atomic_load(&link->tail);
	const struct record *record;
	while ((record = link_peek(link, &position)) != NULL) {
		assert_true(rig->record_bytes + record->size_bytes <= RIG_RECORD_BYTES);
		memcpy(rig->records + rig->record_bytes, record, record->size_bytes);
		rig->record_bytes += record->size_bytes;
	}
	link_release(link, position);
	if (!rig->is_journal_stuck)
		atomic_store(&link->durable, atomic_load(&link->sequence));
}

/* Runs every record kept so far through a fold of its own. */
static struct replay *rig_replay(struct rig *rig)
{
	struct replay *replay = replay_open(&rig->site);
	uint64_t sequence = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		replay_record(replay, record, ++sequence);
		assert_int_equal((uint32_t)sequence, record->sequence);
		at += record->size_bytes;
	}
	return replay;
}

static void rig_boot(struct rig *rig, const struct link *old, bool is_first)
{
	struct config_error error = {{0}};
	rig->region = region_create_dataplane(&rig->region_fd, &rig->site, &error);
	assert_non_null(rig->region);
	rig->market = market_create(&rig->market_fd, &rig->site, &error);
	assert_non_null(rig->market);
	rig->gate_stream = stream_sim_open(rig->net);
	if (rig->hooks != NULL && rig->hooks->wrap != NULL)
		rig->gate_stream = rig->hooks->wrap(rig->gate_stream);
	rig->gate = gate_open(&rig->site, rig->region, rig->market, rig->gate_stream);
	assert_non_null(rig->gate);
	if (rig->hooks != NULL && rig->hooks->wall_ns != NULL)
		rig->gate->read_wall_ns = rig->hooks->wall_ns;
	struct replay *replay = rig_replay(rig);
	assert_int_equal(replay->result.differences, 0);
	const uint64_t wall_ns = 1548858600ull * second_ns; /* 30 Jan 2019, 09:30 New York */
	const struct gate_time time = {.now_ns = rig->now_ns,
		.wall_ns = wall_ns,
		.midnight_wall_ns = wall_ns - 34200 * second_ns};
	gate_recovered(rig->gate, replay, old, 1, &time, NULL);
	replay_close(replay);
	gate_attach(rig->gate, rig->control);
	assert_true(gate_listen(rig->gate, &error));
	rig->gate->now_ns = rig->now_ns;
	(void)is_first;
	rig_drain(rig);
}

struct rig *rig_open(void)
{
	return rig_open_with(NULL, NULL);
}

struct rig *rig_open_with(const struct rig_hooks *hooks, void *context)
{
	struct config_error error = {{0}};
	/* taken like tables: of a megabyte that is allocated a sanitizer writes down every byte, and there are 80 of them */
	struct rig *rig = memory_take("rig", sizeof *rig);
	rig->hooks = hooks;
	rig->context = context;
	rig_site(&rig->site);
	if (hooks != NULL && hooks->site != NULL)
		hooks->site(&rig->site);
	rig->records = memory_take("rig", RIG_RECORD_BYTES);
	rig->told = memory_take("rig", RIG_TOLD_COUNT * sizeof *rig->told);
	rig->now_ns = clock_now_ns() + second_ns;
	rig->net = stream_sim_net_open(1, 64, 1 << 16);
	rig->peer_stream = stream_sim_open(rig->net);
	rig->control = region_create_control(&rig->control_fd, &rig->site, &error);
	assert_non_null(rig->control);
	rig->venue_session = rig->second.session = "DAY1";
	rig->second.next_reference = 1;
	rig->venue_listener = stream_listen(rig->peer_stream, "127.0.0.1", 26000, &error);
	assert_true(rig->venue_listener != 0);
	rig_boot(rig, NULL, true);
	return rig;
}

static void rig_end_gate(struct rig *rig)
{
	gate_close(rig->gate);
	stream_close(rig->gate_stream);
}

void rig_close(struct rig *rig)
{
	uint64_t live[2];
	gate_flush(rig->gate);
	rig_drain(rig);
	fold_hash(rig->gate->fold, live);
	struct replay *replay = rig_replay(rig);
	uint64_t again[2];
	fold_hash(replay->fold, again);
	if (replay->result.differences != 0)
		print_error("%s\n", replay->result.first_difference);
	assert_int_equal(replay->result.differences, 0);
	assert_memory_equal(live, again, sizeof live);
	replay_close(replay);
	rig_end_gate(rig);
	stream_close(rig->peer_stream);
	stream_sim_net_close(rig->net);
	region_leave(rig->region);
	region_leave(rig->market);
	region_leave(rig->control);
	close(rig->region_fd);
	close(rig->market_fd);
	close(rig->control_fd);
	free(rig->site.accounts);
	free(rig->site.symbols);
	memory_return(rig->records, RIG_RECORD_BYTES);
	memory_return(rig->told, RIG_TOLD_COUNT * sizeof *rig->told);
	memory_return(rig, sizeof *rig);
}

void rig_poll(struct rig *rig, uint64_t ns)
{
	if (rig->is_polling)
		return;
	rig->is_polling = true;
	rig->now_ns += ns;
	if (!rig->is_control_silent)
		atomic_fetch_add(&rig->control->heartbeat, 1);
	atomic_store(&rig->control->clock_off_ns, rig->clock_off_ns + 1);
	const struct rig_hooks *hooks = rig->hooks;
	for (uint32_t quiet = 0; quiet < 4;) {
		bool had_work = hooks != NULL && hooks->turn != NULL
					? hooks->turn(rig)
					: gate_poll(rig->gate, rig->now_ns);
		rig_drain(rig);
		had_work |= rig_poll_peers(rig);
		had_work |= hooks != NULL && hooks->others != NULL && hooks->others(rig);
		quiet = had_work ? 0 : quiet + 1;
	}
	rig->is_polling = false;
}

void rig_restart(struct rig *rig, bool with_region)
{
	struct dataplane_region *old = rig->region;
	int old_fd = rig->region_fd;
	rig_end_gate(rig);
	region_leave(rig->market);
	close(rig->market_fd);
	rig->venue.connection = CONNECTION_NONE;
	rig->venue.rx_bytes = 0;
	rig->venue.is_up = false;
	rig->second.peer.connection = CONNECTION_NONE;
	rig->second.peer.rx_bytes = 0;
	rig->second.peer.is_up = false;
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		rig->clients[i].connection = CONNECTION_NONE;
		rig->clients[i].rx_bytes = 0;
		rig->clients[i].is_up = false;
	}
	rig_poll_peers(rig);
	rig_boot(rig, with_region ? &old->journal : NULL, false);
	region_leave(old);
	close(old_fd);
}

void rig_market(struct rig *rig, uint32_t symbol, int64_t bid_e4, int64_t ask_e4)
{
	struct top_prices prices = {.bid_e4 = bid_e4,
		.ask_e4 = ask_e4,
		.bid_qty = 500,
		.ask_qty = 500,
		.state = 'T',
		.short_sale = '0'};
	top_publish(&rig->market->tops[symbol], &prices);
	atomic_store(&rig->market->channels[0].heard_ns, rig->now_ns);
}

static void rig_row(struct limit_row *row, enum scope scope, uint32_t id, uint32_t account,
	void (*change)(struct limit_row *row, uint32_t account))
{
	limit_row_init(row, scope, id, SYMBOL_NONE);
	for (uint32_t i = 0; i < LIMIT_COUNT; i++) {
		if ((limit_keys[i].scopes & 1 << scope) == 0)
			continue;
		row->stated |= UINT64_C(1) << i;
		row->limits[i].value = 1000000000;
		if (limit_keys[i].unit == RATE || limit_keys[i].unit == COUNT ||
			limit_keys[i].unit == WALK) {
			row->limits[i].value = 500;
			row->limits[i].window_ns = second_ns;
			row->limits[i].burst = limit_keys[i].unit == RATE ? 500 : 0;
		}
		if (limit_keys[i].unit == COUNT)
			row->limits[i].value = limit_times_max((enum limit)i);
		if (limit_keys[i].unit == RATIO)
			row->limits[i] = (struct limit_value){.value = 1000, .burst = UINT32_MAX};
		if (limit_keys[i].unit == MONEY)
			row->limits[i].value = 1000000000000;
		if (limit_keys[i].unit == BPS || limit_keys[i].unit == TICKS ||
			limit_keys[i].unit == WALK)
			row->limits[i].value = 1000;
		if (i == LIMIT_max_slicing)
			row->limits[i] =
				(struct limit_value){.value = SLICING_BPS_MAX, .window_ns = 1};
		if (i == LIMIT_max_leverage || i == LIMIT_max_stress_share ||
			i == LIMIT_max_symbol_share || i == LIMIT_max_sector_share)
			row->limits[i].value = SHARE_BPS_MAX;
		if (limit_keys[i].unit == FLAG)
			row->limits[i].value = 1;
		if (limit_keys[i].unit == AGE)
			row->limits[i].value = (int64_t)(3600 * second_ns);
	}
	if (change != NULL)
		change(row, account);
}

void rig_limits(struct rig *rig, void (*change)(struct limit_row *row, uint32_t account))
{
	rig_limits_more(rig, change, NULL);
}

void rig_limits_more(struct rig *rig, void (*change)(struct limit_row *row, uint32_t account),
	void (*fill)(struct limit_row *row))
{
	uint32_t epoch = atomic_load(&rig->control->limits_epoch) + 1;
	struct limit_bank *bank = &rig->control->banks[epoch % LIMIT_BANK_COUNT];
	bank->epoch = epoch;
	bank->hash[0] = epoch * 77;
	bank->row_count = 5;
	rig_row(&bank->rows[0], SCOPE_FIRM, 0, 0, change);
	rig_row(&bank->rows[1], SCOPE_ACCOUNT, RIG_ACCOUNT, RIG_ACCOUNT, change);
	rig_row(&bank->rows[2], SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, RIG_OTHER_ACCOUNT, change);
	rig_row(&bank->rows[3], SCOPE_SESSION, 1, 0, change);
	rig_row(&bank->rows[4], SCOPE_SESSION, 2, 0, change);
	if (fill != NULL)
		fill(&bank->rows[bank->row_count++]);
	atomic_store(&rig->control->limits_epoch, epoch);
	rig_poll(rig, 1000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), epoch);
}

void rig_venue_up(struct rig *rig)
{
	for (uint32_t i = 0; i < 8 && !rig->gate->fold->venues[0].is_ready; i++)
		rig_poll(rig, 3 * second_ns);
	assert_true(rig->gate->fold->venues[0].is_ready);
}

void rig_venue_cut(struct rig *rig)
{
	stream_shut(rig->peer_stream, rig->venue.connection, true);
	rig->venue.connection = CONNECTION_NONE;
	rig->venue.is_up = false;
	rig->venue.rx_bytes = 0;
	rig_poll(rig, 1000);
}

void rig_two_venues(struct rig *rig)
{
	struct config_error error = {{0}};
	rig->second.listener = stream_listen(rig->peer_stream, "127.0.0.1", 26001, &error);
	assert_true(rig->second.listener != 0);
	rig->site.venue_count = 2;
	rig->site.route_count = 2;
	rig->site.routes[0] = (struct route_config){.has_symbols = 1, .venue = 1};
	rig->site.routes[1] = (struct route_config){.venue = 0};
	rig->site.symbols[RIG_ZVZZT].routes = 1;
	rig_restart(rig, false);
}

void rig_second_up(struct rig *rig)
{
	for (uint32_t i = 0; i < 8 && !rig->gate->fold->venues[1].is_ready; i++)
		rig_poll(rig, 3 * second_ns);
	assert_true(rig->gate->fold->venues[1].is_ready);
}

void rig_second_cut(struct rig *rig)
{
	stream_shut(rig->peer_stream, rig->second.peer.connection, true);
	rig->second.peer.connection = CONNECTION_NONE;
	rig->second.peer.is_up = false;
	rig->second.peer.rx_bytes = 0;
	rig_poll(rig, 1000);
}

void rig_venue_day(struct rig *rig, const char *session)
{
	rig_put(rig, &rig->venue, SOUP_END_OF_SESSION, NULL, 0);
	rig->venue.is_up = false;
	rig->venue.sequence = 0;
	rig->venue_session = session;
	rig->next_reference = 1;
	rig_poll(rig, 1000);
}

void rig_client_up(struct rig *rig, uint32_t client)
{
	struct rig_peer *peer = &rig->clients[client];
	struct soup_login login = {.sequence = peer->sequence + 1};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	memcpy(login.username, rig->site.sessions[client].username, sizeof login.username);
	memcpy(login.password, rig->site.sessions[client].password, sizeof login.password);
	peer->connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig_poll(rig, 1000);
	assert_true(stream_send(rig->peer_stream, peer->connection, packet,
		soup_build_login_request(packet, &login)));
	rig_poll(rig, 1000);
	assert_true(peer->is_up);
}

void rig_ready(struct rig *rig)
{
	rig->next_reference = 1;
	rig_limits(rig, NULL);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_client_up(rig, 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
}

int rig_setup(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

int rig_teardown(void **state)
{
	rig_close(*state);
	return 0;
}
