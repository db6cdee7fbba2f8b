/* standin.h - a dataplane's letterbox without a dataplane: a real region, a real attach socket, and a
   thread that latches stops, adopts limits and answers questions as a gate would, or keeps silent.

   Owner      the test starts and stops it; its switches may be moved while it runs. */
#ifndef SLUICE_TESTS_STANDIN_H
#define SLUICE_TESTS_STANDIN_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/shm/market.h"
#include "drivers/machine/local.h"
#include "drivers/machine/clock.h"

enum { STANDIN_LATCH_COUNT = 16, STANDIN_ORDER_COUNT = 150, STANDIN_BREAK_COUNT = 8 };

/* A stage with nothing to do naps, so that those who wait two seconds for an answer take no core meanwhile. */
enum { STANDIN_NAP_NS = 100000 };

struct standin {
	struct dataplane_region *own;
	struct market_region *market;
	int own_fd, market_fd, listener, peer;
	const struct control_region *control;
	pthread_t thread;
	_Atomic uint32_t meetings;
	_Atomic bool is_ending;
	_Atomic bool is_silent;         /* neither latches nor answers; loops stand */
	_Atomic bool is_hushed;         /* and it has seen so */
	_Atomic bool is_unconfirmed;    /* latches and cancels, but the venue says nothing */
	_Atomic bool is_stale;          /* the next release finds another latch */
	_Atomic bool is_term_over;      /* limits on trial return to the former */
	_Atomic uint32_t open_count;    /* open orders a kill covers */
	_Atomic uint32_t salvage_count; /* regions of earlier dataplanes handed over */
	uint64_t stop_epoch, latch_last;
	struct latch_row latches[STANDIN_LATCH_COUNT];
	uint32_t latch_count;
	struct mismatch_row breaks[STANDIN_BREAK_COUNT]; /* set before anybody asks */
	uint32_t break_count;
	const struct position_row *positions; /* told two a page */
	uint32_t position_count;
	const struct session_row *sessions; /* every gate's */
	uint32_t session_count;
	const struct order_row *order; /* NULL, or the only one that is open */
	const struct usage_row *usage; /* NULL, or the only limit in use     */
	void (*asked)(void);           /* NULL, or called before they are told */
	struct day_row day;            /* set before anybody asks; ends and begins as it is asked */
	_Atomic int32_t day_code;      /* not 0: what every change is answered with */
	struct release_record day_asked;
	struct latch_row under; /* what is in force once a latch is released; all zero: nothing */
	struct rate_record rates[4]; /* taken so far, in order */
	uint32_t rate_count;
	_Atomic int32_t rate_code;    /* not 0: what every rate is answered with */
	struct order_row uncertain;   /* the one order that is; order_id 0: none */
	_Atomic int32_t lease_code;   /* not 0: what a lease is answered with */
	_Atomic int32_t resolve_code; /* what a word on it is answered with */
	struct resolve_record resolve_asked;
	_Atomic int32_t book_code;        /* what a question for a book is answered with */
	_Atomic uint32_t book_depth;      /* that was asked for last */
	struct release_record seen_asked; /* breaks ack, answered as a word on an order is */
	/* a second gate, silent unless it is there: latches what the first does, by numbers 100 higher */
	_Atomic bool is_second;
	_Atomic int32_t
		second_code; /* not 0: what its releases are answered with; below: nothing */
	struct latch_row second_latch;
	struct limit_word_record second_word; /* the last one */
};

/* Whoever asks does this before and behind a question, and the stand-in around its answer: the memory that carries both is
   mapped twice, and a thread sanitizer does not know that the two are one. */
static inline void standin_meet(struct standin *s)
{
	atomic_fetch_add(&s->meetings, 1);
}

static inline struct latch_row *standin_latch(struct standin *s, uint8_t scope, uint32_t id)
{
	for (uint32_t i = 0; i < s->latch_count; i++) {
		if (s->latches[i].scope == scope && s->latches[i].id == id)
			return &s->latches[i];
	}
	struct latch_row *row = &s->latches[s->latch_count++ % STANDIN_LATCH_COUNT];
	*row = (struct latch_row){.scope = scope, .id = id};
	return row;
}

static inline void standin_result(struct gate_page *gate, const struct stop_result *from)
{
	uint64_t count = atomic_load(&gate->result_count) + 1;
	struct stop_result *result = &gate->results[(count - 1) % STOP_RESULT_COUNT];
	atomic_fetch_add(&result->lock, 1);
	memcpy(&result->stamp, &from->stamp, sizeof *from - offsetof(struct stop_result, stamp));
	atomic_fetch_add(&result->lock, 1);
	atomic_store(&gate->result_count, count);
}

static inline void standin_second_stop(
	struct standin *s, const struct latch_row *row, const struct stop_result *first)
{
	struct stop_result result = *first;
	if (!atomic_load(&s->is_second))
		return;
	s->second_latch = *row;
	s->second_latch.latch = result.latch = row->latch + 100;
	standin_result(region_gate_writes(s->own, 1).page, &result);
}

static inline void standin_stop(
	void *context, uint32_t index, uint64_t word, const struct stop_change *change)
{
	struct standin *s = context;
	uint32_t id;
	enum scope scope = stop_scope(index, &id);
	struct latch_row *row = standin_latch(s, (uint8_t)scope, id);
	uint64_t now_ns = clock_now_ns();
	if (stop_word_state(word) <= row->state)
		return;
	row->state = (uint8_t)stop_word_state(word);
	row->latch = ++s->latch_last;
	row->uid = change->uid;
	row->since_wall_ns = clock_wall_ns();
	memcpy(row->reason, change->reason, sizeof row->reason);
	bool is_kill = row->state == STATE_KILLED, is_silent = atomic_load(&s->is_unconfirmed);
	uint32_t open = is_kill ? atomic_load(&s->open_count) : 0;
	const struct stop_result result = {.stamp = stop_word_stamp(word),
		.writer = STOP_BY_CONTROL,
		.scope = (uint8_t)scope,
		.state = row->state,
		.id = id,
		.latch = row->latch,
		.seen_ns = now_ns,
		.open_count = open,
		.cancels_sent = open,
		.sent_ns = now_ns + 5000,
		.cancels_confirmed = is_silent ? 0 : open,
		.done_ns = is_silent && open > 0 ? 0 : now_ns + 9000};
	standin_result(&s->own->gate, &result);
	standin_second_stop(s, row, &result);
	if (scope == SCOPE_FIRM)
		atomic_store(&s->own->gate.latched_state, row->state);
}

static inline int32_t standin_release(
	struct standin *s, const struct release_record *release, struct mailbox_answer *answer)
{
	struct latch_row *row = standin_latch(s, release->scope, release->id);
	if (row->latch != release->latch || row->state == STATE_ACTIVE || atomic_load(&s->is_stale))
		return ESTALE;
	row->state = s->under.state;
	if (s->under.state != STATE_ACTIVE)
		memcpy(answer->rows[answer->row_count++], &s->under, sizeof s->under);
	if (release->scope == SCOPE_FIRM)
		atomic_store(&s->own->gate.latched_state, row->state);
	return 0;
}

/* What is asked for continuously has no rows of the firm, which stand anywhere here. */
static inline bool standin_tells(
	const struct standin *s, const struct mailbox_request *request, uint64_t place)
{
	return (request->kind == REQUEST_POSITIONS || request->kind == REQUEST_HOLDINGS) &&
	       place < s->position_count;
}

static inline void standin_limits_lock(struct standin *s)
{
	atomic_fetch_add(&s->own->gate.limits.lock, 1);
}

static inline void standin_limits_end(struct standin *s, enum limits_end why, uint32_t uid)
{
	struct limits_page *page = &s->own->gate.limits;
	standin_limits_lock(s);
	page->ended = (struct limit_end_record){.epoch = page->now.epoch,
		.again = page->former.epoch,
		.why = (uint8_t)why,
		.uid = uid};
	page->end_count++;
	if (why == LIMITS_UNDONE || why == LIMITS_UNCONFIRMED)
		page->now = page->former;
	page->now.term = LIMITS_STAY;
	standin_limits_lock(s);
	atomic_store(&s->own->gate.limits_epoch_adopted, page->now.epoch);
}

static inline void standin_limits_take(struct standin *s)
{
	struct limits_page *page = &s->own->gate.limits;
	uint32_t epoch = atomic_load_explicit(&s->control->limits_epoch, memory_order_acquire);
	const struct limit_bank *bank = &s->control->banks[epoch % LIMIT_BANK_COUNT];
	if (epoch > page->taken) {
		if (page->now.term != LIMITS_STAY)
			standin_limits_end(s, LIMITS_REPLACED, bank->uid);
		standin_limits_lock(s);
		page->former = page->now;
		page->now = (struct limit_epoch_record){.epoch = epoch,
			.row_count = bank->row_count,
			.hash = {bank->hash[0], bank->hash[1]},
			.within_ns = bank->within_ns,
			.uid = bank->uid,
			.second_uid = bank->second_uid,
			.persons = bank->persons,
			.term = bank->term};
		page->taken = epoch;
		standin_limits_lock(s);
		standin_meet(s);
		atomic_store(&s->own->gate.limits_left_ns, bank->within_ns);
		atomic_store(&s->own->gate.limits_epoch_adopted, epoch);
	}
}

/* A gate's table of leases, by its numbers alone. */
static inline int32_t standin_lease(
	struct leases_page *page, const struct lease_record *asked, const struct limit_value *base)
{
	uint32_t i = 0;
	while (i < page->count && page->rows[i].lease.number != asked->number)
		i++;
	if (asked->word == LEASE_UNDONE ? i == page->count : asked->number <= page->last)
		return ESTALE;
	atomic_fetch_add(&page->lock, 1);
	if (asked->word == LEASE_UNDONE) {
		page->ends[page->end_count++ % LEASE_COUNT_MAX] = (struct lease_ended){
			.lease = page->rows[i].lease,
			.end = {.number = asked->number, .why = LIMITS_UNDONE, .uid = asked->uid}};
		page->rows[i] = page->rows[--page->count];
	} else {
		page->rows[page->count++] = (struct lease_row){.lease = *asked, .base = *base};
		page->last = asked->number;
	}
	atomic_fetch_add(&page->lock, 1);
	return 0;
}

/* The base is what the bank in force states. */
static inline int32_t standin_take_lease(struct standin *s, const struct lease_record *asked)
{
	struct limit_value base = {0};
	uint32_t epoch = s->own->gate.limits.now.epoch;
	const struct limit_bank *bank = &s->control->banks[epoch % LIMIT_BANK_COUNT];
	for (uint32_t i = 0; i < bank->row_count && asked->limit < LIMIT_COUNT; i++)
		if (bank->rows[i].scope == asked->scope && bank->rows[i].id == asked->id &&
			bank->rows[i].symbol == asked->symbol)
			base = bank->rows[i].limits[asked->limit];
	if (asked->word == LEASE_BEGINS)
		atomic_store(
			&s->own->gate.leases_left_ns[s->own->gate.leases.count], asked->within_ns);
	if (atomic_load(&s->lease_code) != 0)
		return atomic_load(&s->lease_code);
	return standin_lease(&s->own->gate.leases, asked, &base);
}

static inline int32_t standin_word(struct standin *s, const struct limit_word_record *word)
{
	const struct limits_page *page = &s->own->gate.limits;
	if (page->now.term == LIMITS_STAY || page->now.epoch != word->epoch)
		return ESTALE;
	standin_limits_end(s, (enum limits_end)word->word, word->uid);
	return 0;
}

static inline void standin_sessions(const struct standin *s, struct mailbox_answer *answer)
{
	for (uint32_t i = 0; i < s->session_count; i++)
		memcpy(answer->rows[answer->row_count++], &s->sessions[i], sizeof s->sessions[i]);
}

static inline void standin_rows(
	struct standin *s, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	if (request->kind == REQUEST_STOPS) {
		for (uint32_t i = 0; i < s->latch_count; i++) {
			if (s->latches[i].state >= STATE_REDUCE_ONLY)
				memcpy(answer->rows[answer->row_count++], &s->latches[i],
					sizeof s->latches[i]);
		}
	}
	if (request->kind == REQUEST_SESSIONS)
		standin_sessions(s, answer);
	if (request->kind == REQUEST_USAGE && s->usage != NULL)
		memcpy(answer->rows[answer->row_count++], s->usage, sizeof *s->usage);
	if (request->kind == REQUEST_ORDERS && s->order != NULL) {
		memcpy(answer->rows[answer->row_count++], s->order, sizeof *s->order);
		return;
	}
	for (uint32_t i = 0; request->kind == REQUEST_BREAKS && i < s->break_count; i++)
		memcpy(answer->rows[answer->row_count++], &s->breaks[i], sizeof s->breaks[i]);
	if (request->kind == REQUEST_POSITIONS && request->cursor == 0 && s->asked != NULL)
		s->asked();
	for (uint64_t i = request->cursor; standin_tells(s, request, i); i++) {
		if (answer->row_count == 2) {
			answer->next = i;
			return;
		}
		if (request->kind == REQUEST_HOLDINGS && s->positions[i].account == 0)
			continue;
		memcpy(answer->rows[answer->row_count++], &s->positions[i], sizeof s->positions[i]);
	}
	if (request->kind == REQUEST_UNCERTAIN && s->uncertain.order_id > request->cursor)
		memcpy(answer->rows[answer->row_count++], &s->uncertain, sizeof s->uncertain);
	/* Three pages of orders. */
	for (uint64_t i = request->cursor;
		request->kind == REQUEST_ORDERS && i < STANDIN_ORDER_COUNT; i++) {
		struct order_row row = {
			.order_id = i + 1, .account = 17, .price_e4 = 100000, .state_name = "open"};
		if (answer->row_count == MAILBOX_ROW_COUNT) {
			answer->next = i;
			return;
		}
		memcpy(answer->rows[answer->row_count++], &row, sizeof row);
	}
}

static inline int32_t standin_day(struct standin *s, const struct mailbox_request *request)
{
	int32_t code = atomic_load(&s->day_code);
	if (request->id == 0 || code != 0)
		return request->id == 0 ? 0 : code;
	s->day_asked = request->release;
	s->day.phase = request->id == DAY_ENDS ? DAY_ENDING : DAY_OPEN;
	s->day.count += request->id == DAY_BEGINS;
	s->day.uid = request->release.uid;
	memcpy(s->day.reason, request->release.reason, sizeof s->day.reason - 1);
	return 0;
}

static inline void standin_rates(
	struct standin *s, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	answer->code = request->rate.currency != 0 ? atomic_load(&s->rate_code) : 0;
	if (request->rate.currency != 0 && answer->code == 0)
		s->rates[s->rate_count++ % ARRAY_COUNT(s->rates)] = request->rate;
	for (uint32_t i = 0; i < 3; i++) {
		struct rate_row row = {.currency = i,
			.is_good = i != 2,
			.is_used = i == 1,
			.rate_e8 = i == 2 ? 0 : RATE_E8_ONE + i,
			.as_of_wall_ns = i == 1 ? UINT64_C(1548792000000000000) : 0,
			.max_age_ns = i * UINT64_C(3600000000000)};
		memcpy(answer->rows[answer->row_count++], &row, sizeof row);
	}
}

static inline int32_t standin_resolve(struct standin *s, const struct resolve_record *word)
{
	s->resolve_asked = *word;
	return atomic_load(&s->resolve_code);
}

static inline int32_t standin_seen(struct standin *s, const struct release_record *seen)
{
	s->seen_asked = *seen;
	return atomic_load(&s->resolve_code);
}

/* Books are empty. */
static inline int32_t standin_book(struct standin *s, const struct mailbox_request *request)
{
	atomic_store(&s->book_depth, request->id);
	return atomic_load(&s->book_code);
}

/* Order 77 stands behind 300 shares of 2 others. */
static inline void standin_ahead(
	struct standin *s, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	const struct ahead_row row = {.price_e4 = 10000,
		.qty_ahead = 300,
		.qty = 50,
		.orders_ahead = 2,
		.side = SIDE_SELL};
	answer->code = atomic_load(&s->book_code);
	if (answer->code == 0 && request->cursor != 77)
		answer->code = ESRCH;
	if (answer->code == 0)
		memcpy(answer->rows[answer->row_count++], &row, sizeof row);
}

static inline void standin_answer(struct standin *s, enum stage_id stage)
{
	const struct mailbox_request *request = &s->control->requests[stage];
	struct mailbox_answer *answer = &s->own->answers[stage];
	uint64_t number = atomic_load_explicit(&request->number, memory_order_acquire);
	if (number == atomic_load(&answer->number))
		return;
	standin_meet(s);
	answer->code = 0;
	answer->row_count = 0;
	answer->next = 0;
	if (request->kind == REQUEST_RELEASE)
		answer->code = standin_release(s, &request->release, answer);
	else if (request->kind == REQUEST_LIMITS)
		answer->code = standin_word(s, &request->limits);
	else if (request->kind == REQUEST_LEASE)
		answer->code = standin_take_lease(s, &request->lease);
	else if (request->kind == REQUEST_DAY)
		answer->code = standin_day(s, request);
	else if (request->kind == REQUEST_RATES)
		standin_rates(s, request, answer);
	else if (request->kind == REQUEST_RESOLVE)
		answer->code = standin_resolve(s, &request->resolve);
	else if (request->kind == REQUEST_ACKNOWLEDGE)
		answer->code = standin_seen(s, &request->release);
	else if (request->kind == REQUEST_BOOK)
		answer->code = standin_book(s, request);
	else if (request->kind == REQUEST_AHEAD)
		standin_ahead(s, request, answer);
	else
		standin_rows(s, request, answer);
	if (request->kind == REQUEST_DAY)
		memcpy(answer->rows[answer->row_count++], &s->day, sizeof s->day);
	answer->sequence = atomic_load(&s->own->journal.sequence);
	standin_meet(s);
	atomic_store_explicit(&answer->number, number, memory_order_release);
}

static inline int32_t standin_second_release(
	struct standin *s, const struct release_record *release)
{
	if (atomic_load(&s->second_code) != 0)
		return atomic_load(&s->second_code);
	if (s->second_latch.latch != release->latch)
		return ESTALE;
	s->second_latch.state = STATE_ACTIVE;
	return 0;
}

/* The second gate's stops, releases and words on limits; other questions it answers with nothing. */
static inline void standin_second_answer(struct standin *s)
{
	const struct mailbox_request *request = &s->control->requests[stage_of_gate(1)];
	struct mailbox_answer *answer = &s->own->answers[stage_of_gate(1)];
	uint64_t number = atomic_load_explicit(&request->number, memory_order_acquire);
	bool is_dumb = request->kind == REQUEST_RELEASE && atomic_load(&s->second_code) < 0;
	if (!atomic_load(&s->is_second) || number == atomic_load(&answer->number) || is_dumb)
		return;
	standin_meet(s);
	answer->code = 0;
	answer->row_count = 0;
	answer->next = 0;
	if (request->kind == REQUEST_RELEASE)
		answer->code = standin_second_release(s, &request->release);
	if (request->kind == REQUEST_LIMITS)
		s->second_word = request->limits;
	if (request->kind == REQUEST_SESSIONS)
		standin_sessions(s, answer);
	if (request->kind == REQUEST_STOPS && s->second_latch.state >= STATE_REDUCE_ONLY)
		memcpy(answer->rows[answer->row_count++], &s->second_latch, sizeof s->second_latch);
	standin_meet(s);
	atomic_store_explicit(&answer->number, number, memory_order_release);
}

static inline void standin_attach(struct standin *s)
{
	struct attach_message message;
	struct config_error error;
	int fds[2] = {-1, -1};
	if (s->peer < 0)
		s->peer = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s->peer < 0)
		return;
	int count = attach_receive(s->peer, &message, fds, 2);
	if (count < 0 && errno != EAGAIN) {
		close(s->peer);
		s->peer = -1;
		region_leave(s->control);
		s->control = NULL;
	}
	if (count < 1)
		return;
	s->control = region_join(fds[0], REGION_MAGIC_CONTROL, &error);
	s->stop_epoch = 0;
	close(fds[0]);
	if (count == 2) {
		atomic_fetch_add(&s->salvage_count, 1);
		close(fds[1]);
	}
	message = (struct attach_message){.magic = REGION_MAGIC_DATAPLANE,
		.version = REGION_VERSION,
		.layout_hash = region_layout_hash()};
	attach_send(s->peer, &message, (const int[]){s->own_fd, s->market_fd}, 2);
}

static inline void *standin_run(void *context)
{
	struct standin *s = context;
	while (!atomic_load(&s->is_ending)) {
		bool is_silent = atomic_load(&s->is_silent);
		standin_attach(s);
		if (!is_silent) {
			metrics_add(&s->own->metrics, METRIC_feed_loops, 1);
			metrics_add(&s->own->metrics, METRIC_gate_loops, 1);
			metrics_add(&s->own->metrics, METRIC_journal_loops, 1);
			metrics_add(&s->own->metrics, METRIC_door_loops, 1);
		}
		if (!is_silent && s->own->gate.limits.now.term != LIMITS_STAY &&
			atomic_exchange(&s->is_term_over, false))
			standin_limits_end(s, LIMITS_UNCONFIRMED, 0);
		if (s->control != NULL && !is_silent) {
			uint64_t epoch =
				stop_scan(&s->control->stops, s->stop_epoch, standin_stop, s);
			s->stop_epoch = epoch;
			atomic_store_explicit(&s->own->gate.stop_epoch_seen[STOP_BY_CONTROL], epoch,
				memory_order_release);
			if (atomic_load(&s->is_second))
				atomic_store_explicit(
					&region_gate_writes(s->own, 1)
						 .page->stop_epoch_seen[STOP_BY_CONTROL],
					epoch, memory_order_release);
			standin_limits_take(s);
			standin_answer(s, STAGE_GATE);
			standin_answer(s, STAGE_FEED);
		}
		if (s->control != NULL)
			standin_second_answer(s); /* though the first is silent */
		atomic_store(&s->is_hushed, is_silent);
		nanosleep(&(struct timespec){.tv_nsec = STANDIN_NAP_NS}, NULL);
	}
	return NULL;
}

/* standin_hush lets it answer nothing, nor look at anything, from here on; standin_speak lets it again. */
static inline void standin_hush(struct standin *s)
{
	atomic_store(&s->is_hushed, false);
	atomic_store(&s->is_silent, true);
	while (!atomic_load(&s->is_hushed))
		nanosleep(&(struct timespec){.tv_nsec = STANDIN_NAP_NS}, NULL);
}

static inline void standin_speak(struct standin *s)
{
	atomic_store(&s->is_silent, false);
}

/* standin_start serves <run>/attach.sock; adopted is the limits epoch its gate "recovered". */
static inline bool standin_start(
	struct standin *s, const struct site_config *site, uint32_t adopted)
{
	struct config_error error;
	memset(s, 0, sizeof *s);
	s->peer = -1;
	s->own = region_create_dataplane(&s->own_fd, site, &error);
	/* A short tape: its memory is taken and mapped anew for every test. */
	static struct site_config small;
	small = *site;
	small.tape_event_count = TAPE_EVENT_COUNT_MIN;
	s->market = market_create(&s->market_fd, &small, &error);
	s->listener =
		local_listen(site->run_directory, ATTACH_SOCKET_NAME, SOCK_SEQPACKET, 0600, &error);
	if (s->own == NULL || s->market == NULL || s->listener < 0)
		return false;
	atomic_store(&s->own->gate.limits_epoch_adopted, adopted);
	s->own->gate.limits.now =
		(struct limit_epoch_record){.epoch = adopted, .hash = {1, adopted}};
	s->own->gate.limits.taken = adopted;
	atomic_store(&s->own->gate.is_recovered, 1);
	atomic_store(&s->own->gate.venue_up_mask, 1);
	atomic_store(&s->market->channels[0].heard_ns, 1);
	return pthread_create(&s->thread, NULL, standin_run, s) == 0;
}

/* standin_kill ends it as a crash would: every descriptor closes at once. */
static inline void standin_kill(struct standin *s)
{
	atomic_store(&s->is_ending, true);
	pthread_join(s->thread, NULL);
	close(s->listener);
	if (s->peer >= 0)
		close(s->peer);
	close(s->own_fd);
	close(s->market_fd);
	region_leave(s->control);
	region_leave(s->own);
	region_leave(s->market);
}

#endif
