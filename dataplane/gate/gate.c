#include "dataplane/gate/gate.h"

#include <sched.h>
#include <stdio.h>

#include "dataplane/fold/day.h"
#include "dataplane/fold/epochs.h"
#include "dataplane/gate/banks.h"
#include "dataplane/gate/client.h"
#include "dataplane/gate/clients.h"
#include "dataplane/gate/copylinks.h"
#include "dataplane/gate/kinds.h"
#include "dataplane/gate/marks.h"
#include "dataplane/gate/report.h"
#include "dataplane/gate/roll.h"
#include "dataplane/gate/start.h"
#include "dataplane/gate/trips.h"
#include "dataplane/gate/turn.h"
#include "dataplane/gate/venue.h"
#include "dataplane/gate/venues.h"
#include "dataplane/journal/journal.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

/* How long an order takes is asked in one turn of so many, a prime, so that no rhythm of orders and answers hides either: the
   clock costs 10 to 20 ns each time that it is read. */
enum { CLOCK_SAMPLE = 17 };

static void gate_client_dirty(void *context, uint32_t session)
{
	struct gate *gate = context;
	if (gate->is_dirty[session])
		return;
	gate->is_dirty[session] = true;
	gate->dirty[gate->dirty_count++] = session;
}

struct gate *gate_open(const struct site_config *site, struct dataplane_region *region,
	const struct market_region *market, struct stream *stream)
{
	struct gate *gate = memory_take("gate stage", sizeof *gate);
	gate->site = site;
	gate->region = region;
	struct gate_writes writes = region_gate_writes(region, site->gate);
	gate->metrics = writes.metrics;
	gate->page = writes.page;
	gate->journal = writes.journal;
	gate->market = market;
	gate->stream = stream;
	gate->read_wall_ns = clock_wall_ns;
	gate->connections = memory_take(
		"client connections", GATE_CONNECTION_MAX * sizeof gate->connections[0]);
	for (uint32_t i = 0; i < site->venue_count; i++) {
		enum order_protocol protocol = (enum order_protocol)site->venues[i].protocol;
		gate->venues[i].connection.place = i;
		gate->venues[i].connection.kind = kinds_for(protocol);
	}
	copylinks_open(gate);
	return gate;
}

void gate_close(struct gate *gate)
{
	if (gate->fold != NULL)
		fold_close(gate->fold);
	memory_return(gate->connections, GATE_CONNECTION_MAX * sizeof gate->connections[0]);
	memory_return(gate, sizeof *gate);
}

void gate_attach(struct gate *gate, const struct control_region *control)
{
	atomic_store_explicit(&gate->control, control, memory_order_release);
}

static void gate_watch_control(struct gate *gate)
{
	const struct control_region *control =
		atomic_load_explicit(&gate->control, memory_order_acquire);
	if (UNLIKELY(control != gate->control_seen)) {
		gate->control_seen = control;
		gate->stop_epoch[STOP_BY_CONTROL] = 0;
		/* Another board counts anew: nobody may take the old count for having been seen. */
		atomic_store(&gate->page->stop_epoch_seen[STOP_BY_CONTROL], 0);
		gate->bank_epoch = 0; /* bank_row stays: it tells that an epoch was half taken */
		gate->request_seen = 0;
		gate->heartbeat_seen = 0;
		gate->heartbeat_ns = 0; /* silent until it beats */
		atomic_store(&gate->page->control_instance,
			control == NULL ? 0 : control->header.instance);
	}
	uint64_t beat = region_heartbeat(control);
	if (beat != gate->heartbeat_seen) {
		gate->heartbeat_seen = beat;
		gate->heartbeat_ns = gate->now_ns;
	}
}

/* A reservation counts once its record is on the disk. */
static bool gate_take_reservation(struct gate *gate, uint32_t index, uint64_t durable)
{
	const struct gate_venue *venue = &gate->venues[index];
	if (durable < venue->ref_pending[0])
		return false;
	uint64_t up_to = venue->ref_pending[1];
	gate->reserving_mask &= ~(1u << index);
	gate_turn(gate);
	struct reserve_record *record = gate_input(gate, RECORD_RESERVED, sizeof *record);
	record->session = gate->site->venues[index].session_id;
	record->up_to = up_to;
	gate_commit(gate, record);
	return true;
}

static bool gate_take_reservations(struct gate *gate)
{
	if (LIKELY(gate->reserving_mask == 0))
		return false;
	uint64_t durable = atomic_load_explicit(&gate->journal->durable, memory_order_acquire);
	bool had_work = false;
	for (uint32_t left = gate->reserving_mask; left != 0; left &= left - 1)
		had_work |= gate_take_reservation(gate, (uint32_t)__builtin_ctz(left), durable);
	return had_work;
}

struct gate_stop_news {
	struct gate *gate;
	enum stop_writer writer;
	uint32_t taken;
	bool are_left; /* more than one turn has room for */
};

static void gate_stop_seen(
	void *context, uint32_t index, uint64_t word, const struct stop_change *change)
{
	struct gate_stop_news *news = context;
	struct gate *gate = news->gate;
	if (word == 0 || latches_has_seen(&gate->fold->latches, news->writer, index, word))
		return;
	if (news->taken == GATE_STOP_COUNT / STOP_BY_GATE) {
		news->are_left = true;
		return;
	}
	news->taken++;
	gate_turn(gate);
	struct stop_record *stop = gate_input(gate, RECORD_STOP, sizeof *stop);
	uint32_t id = 0;
	stop->scope = (uint8_t)stop_scope(index, &id);
	stop->id = id;
	stop->state = (uint8_t)stop_word_state(word);
	stop->writer = (uint8_t)news->writer;
	stop->stamp = stop_word_stamp(word);
	if (change != NULL) {
		stop->uid = change->uid;
		memcpy(stop->reason, change->reason, sizeof stop->reason);
	}
	gate_commit(gate, stop);
}

APART static bool gate_take_stops(struct gate *gate)
{
	const struct stop_board *boards[] = {
		gate->control_seen != NULL ? &gate->control_seen->stops : NULL,
		&gate->region->door_stops};
	bool has_news = false;
	for (uint32_t i = 0; i < ARRAY_COUNT(boards); i++) {
		if (boards[i] == NULL || atomic_load_explicit(&boards[i]->epoch,
						 memory_order_acquire) == gate->stop_epoch[i])
			continue;
		struct gate_stop_news news = {.gate = gate, .writer = (enum stop_writer)i};
		uint64_t epoch = stop_scan(boards[i], gate->stop_epoch[i], gate_stop_seen, &news);
		has_news = true;
		if (news.are_left)
			continue; /* the epoch stays news: route keeps looking at the words themselves */
		gate->stop_epoch[i] = epoch;
		atomic_store_explicit(
			&gate->page->stop_epoch_seen[i], gate->stop_epoch[i], memory_order_release);
	}
	return has_news;
}

static void gate_take_event(struct gate *gate, const struct stream_event *event)
{
	struct gate_venue *venue = venues_find(gate, event->connection);
	if (venue != NULL) {
		if (event->kind == STREAM_OPENED)
			venues_opened(gate, venue);
		else if (event->kind == STREAM_BYTES)
			venues_bytes(gate, venue, event->bytes, event->size_bytes);
		else
			venue_closed(gate, venue);
		return;
	}
	if (copylinks_event(gate, event))
		return;
	if (event->kind == STREAM_OPENED && event->listener != 0) {
		clients_opened(gate, event->connection);
		return;
	}
	struct gate_connection *connection = clients_find(gate, event->connection);
	if (connection == NULL)
		return;
	if (event->kind == STREAM_BYTES)
		clients_bytes(gate, connection, event->bytes, event->size_bytes);
	else if (event->kind == STREAM_CLOSED)
		client_closed(gate, connection);
}

static void gate_take_events(struct gate *gate, const struct stream_event *events, uint32_t count)
{
	gate->message_cycles = gate->turns_with_events++ % CLOCK_SAMPLE == 0 ? clock_cycles() : 0;
	for (uint32_t i = 0; i < count; i++)
		gate_take_event(gate, &events[i]);
	gate->message_cycles = 0;
}

/* What control looks at, a few times a second. */
static void gate_tell(struct gate *gate)
{
	struct gate_page *page = gate->page;
	atomic_store_explicit(
		&page->control_silent_ns, gate_control_silent_ns(gate), memory_order_relaxed);
	atomic_store_explicit(&page->venue_up_mask, gate_venue_up_mask(gate), memory_order_relaxed);
}

/* Timers are coarse: looking at every connection each turn would cost more than the orders do. */
static void gate_tick(struct gate *gate)
{
	static const uint64_t tick_ns = 1000 * 1000;
	if (LIKELY(gate->now_ns < gate->ticked_ns + tick_ns))
		return;
	gate->ticked_ns = gate->now_ns;
	gate_tell(gate);
	roll_tick(gate, gate->read_wall_ns());
	venues_tick(gate);
	copylinks_tick(gate);
	clients_tick(gate);
	report_tick(gate);
	marks_tick(gate);
	trips_tick(gate);
	if (fold_is_due(gate->fold, gate->now_ns + gate->time_offset_ns) && !gate->is_journal_full)
		gate_turn(gate);
}

/* A journal that failed never has room again, and clients who are kept out cannot cancel: the reserve is for the record
   that says so, and for the cancels of what they left. */
static void gate_close_full(struct gate *gate)
{
	const struct link *link = gate->journal;
	if (gate->is_closed || atomic_load_explicit(&link->failed, memory_order_acquire) == 0)
		return;
	gate->is_closed = true;
	gate_trip(gate, SCOPE_FIRM, 0, STATE_KILLED, "journal full, gate closed");
}

bool gate_poll(void *context, uint64_t now_ns)
{
	struct gate *gate = context;
	struct metrics *metrics = gate->metrics;
	gate->now_ns = now_ns;
	gate->is_turn_open = false;
	uint64_t room_bytes = link_room(&gate->writer);
	gate->is_journal_full = room_bytes < GATE_ROOM_BYTES;
	if (UNLIKELY(gate->is_journal_full))
		metrics_add(metrics, METRIC_gate_journal_full, 1);
	if (UNLIKELY(room_bytes < GATE_RESERVE_BYTES))
		return false;
	/* The streams first: what the venue's took since is no longer unsent when the turn looks. */
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream_poll(gate->stream, events, BURST_COUNT_MAX);
	gate_watch_control(gate);
	bool had_work = gate_take_reservations(gate);
	if (UNLIKELY(epochs_are_due(&gate->fold->epochs, gate->now_ns + gate->time_offset_ns)))
		gate_turn(gate);
	if (UNLIKELY(gate_has_stop_news(gate)))
		had_work |= gate_take_stops(gate);
	if (UNLIKELY(gate->is_journal_full)) {
		gate_close_full(gate);
		clients_drop_all(gate);
	} else {
		had_work |= banks_take(gate, count > 0);
	}
	if (count > 0)
		gate_take_events(gate, events, count);
	had_work |= report_poll(gate);
	gate_tick(gate);
	if (UNLIKELY(fold_may_need_turn(gate->fold)) &&
		fold_needs_turn(gate->fold, gate_venue_slow_mask(gate))) {
		gate_turn(gate);
		had_work = true;
	}
	gate_flush(gate);
	return had_work || count > 0;
}

struct gate_salvage {
	struct gate *gate;
	struct replay *replay;
};

/* A record that was published and did not reach the disk: written again under its own number. */
static bool gate_salvage_record(void *context, const struct record *record)
{
	struct gate_salvage *salvage = context;
	struct gate *gate = salvage->gate;
	while (link_room(&gate->writer) < RECORD_BYTES_MAX)
		sched_yield(); /* the journal stage is draining it */
	void *body = gate_input(gate, (enum record_type)record->type, record->body_bytes);
	memcpy(body, record_body(record), record->body_bytes);
	link_publish(&gate->writer);
	replay_record(salvage->replay, record, gate->writer.sequence);
	metrics_add(gate->metrics, METRIC_journal_salvaged, 1);
	return true;
}

void gate_recovered(struct gate *gate, struct replay *replay, const struct link *old,
	uint64_t build_id, const struct gate_time *time, const char *halt_reason)
{
	struct fold *fold = replay->fold;
	struct fold_out out = {.context = gate, .link = &gate->writer, .client = gate_client_dirty};
	const struct record *lacking;
	uint32_t position = 0;
	link_join(&gate->writer, gate->journal, replay->result.last_sequence);
	struct gate_salvage salvage = {gate, replay};
	if (old != NULL)
		journal_salvage(old, replay->result.last_sequence, gate_salvage_record, &salvage);
	while ((lacking = replay_pending(replay, &position)) != NULL) {
		void *body = gate_input(gate, (enum record_type)lacking->type, lacking->body_bytes);
		memcpy(body, record_body(lacking), lacking->body_bytes);
	}
	replay->fold = NULL;
	gate->fold = fold;
	fold->out = out;
	fold->metrics = gate->metrics;
	report_counted(gate, replay->metrics);
	fold->page = gate->page;
	gate->now_ns = time->now_ns;
	if (replay->result.last_now_ns >= gate->now_ns)
		gate->time_offset_ns = replay->result.last_now_ns + 1 - gate->now_ns;
	struct boot_record *boot = gate_input(gate, RECORD_BOOT, sizeof *boot);
	boot->build_id = build_id;
	memcpy(boot->config_hash, gate->site->hash, sizeof boot->config_hash);
	boot->wall_ns = time->wall_ns;
	boot->midnight_wall_ns = time->midnight_wall_ns;
	gate_commit(gate, boot);
	start_positions(gate);
	gate_turn(gate);
	if (halt_reason != NULL)
		gate_trip(gate, SCOPE_FIRM, 0, STATE_HALTED, halt_reason);
	link_publish(&gate->writer);
	report_recovered(gate);
}

bool gate_listen(struct gate *gate, struct config_error *error)
{
	day_soup_session(gate->fold, gate->soup_session);
	bool is_open = clients_listen(gate, error);
	atomic_store(&gate->page->is_recovered, is_open);
	return is_open;
}

void gate_stop(struct gate *gate, uint64_t now_ns)
{
	gate->now_ns = now_ns;
	gate->is_turn_open = false;
	clients_end_all(gate);
	venues_stop(gate);
	copylinks_stop(gate);
	gate_flush(gate);
	report_state_hash(gate);
	link_publish(&gate->writer);
}

static uint32_t gate_connection_count(const struct gate *gate)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++)
		count += gate->numbers[i] != CONNECTION_NONE;
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		count += gate->venues[i].connection.number != CONNECTION_NONE;
		count += gate->copylinks[i].connection.number != CONNECTION_NONE;
	}
	return count;
}

bool gate_leave(void *context, uint64_t now_ns)
{
	struct gate *gate = context;
	struct stream_event events[BURST_COUNT_MAX];
	if (!gate->is_over) {
		gate->is_over = true;
		gate->leaving_count = gate_connection_count(gate);
		gate_stop(gate, now_ns);
	}
	uint32_t count = stream_poll(gate->stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == STREAM_CLOSED && gate->leaving_count > 0)
			gate->leaving_count--;
		else if (events[i].kind == STREAM_OPENED)
			stream_shut(gate->stream, events[i].connection, true);
	}
	return gate->leaving_count > 0;
}
