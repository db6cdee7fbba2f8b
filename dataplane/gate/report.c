/* What an operator asked to see, written out at the end of a turn.  tidy: boot */
#include "dataplane/gate/report.h"

#include <errno.h>
#include <stdio.h>

#include "dataplane/gate/balance.h"
#include "dataplane/gate/conversion.h"
#include "dataplane/gate/report_rows.h"
#include "dataplane/gate/roll.h"
#include "dataplane/gate/turn.h"
#include "dataplane/gate/word.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/epochs.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/sweep.h"

/* Rows of the risk room are packed one to a mailbox row. */
static void report_positions(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	struct position_row rows[MAILBOX_ROW_COUNT];
	if (request->kind == REQUEST_HOLDINGS)
		answer->next = risk_holdings(
			fold->risk, request->cursor, rows, MAILBOX_ROW_COUNT, &answer->row_count);
	else
		answer->next = risk_positions(fold->risk, request->id, request->cursor, rows,
			MAILBOX_ROW_COUNT, &answer->row_count);
	for (uint32_t i = 0; i < answer->row_count; i++)
		memcpy(answer->rows[i], &rows[i], sizeof rows[i]);
}

/* A row of a limit that the site's file states; no epoch changes it and limits.def has no key for it. */
static struct usage_row report_site_row(uint8_t lane, const struct gate_gauge *site)
{
	return (struct usage_row){.scope = SCOPE_FIRM,
		.lane = lane,
		.key = LIMIT_COUNT,
		.symbol = SYMBOL_NONE,
		.usage = site->now,
		.peak = site->gauge.peak,
		.limit = site->limit};
}

/* The site's limits come first on the firm's first page. */
static void report_site(const struct gate *gate, struct mailbox_answer *answer)
{
	const struct usage_row rows[] = {report_site_row(LANE_CONTROL_SILENT, &gate->silence),
		report_site_row(LANE_JOURNAL_BEHIND, &gate->behind),
		report_site_row(LANE_CLOCK_IN_DOUBT, &gate->clock)};
	/* A site need not demand anything of its clock. */
	uint32_t count = ARRAY_COUNT(rows) - (gate->site->clock_max_offset_ns == 0);
	for (uint32_t i = 0; i < count; i++)
		memcpy(answer->rows[answer->row_count++], &rows[i], sizeof rows[i]);
	struct usage_row ages[CURRENCY_COUNT_MAX];
	count = conversion_usage(gate, ages);
	for (uint32_t i = 0; i < count; i++)
		memcpy(answer->rows[answer->row_count++], &ages[i], sizeof ages[i]);
}

/* Behind the rows of an account come its parents: the cursor counts them from here. */
#define PARENTS_BEGIN (UINT64_C(1) << 63)

static uint32_t report_parents(const struct fold *fold, const struct mailbox_request *request,
	struct usage_row *rows, uint64_t *next)
{
	uint32_t count;
	uint64_t on = parents_usage(&fold->parents, request->id, request->cursor - PARENTS_BEGIN,
		rows, MAILBOX_ROW_COUNT, &count);
	*next = on != 0 ? PARENTS_BEGIN + on : 0;
	return count;
}

/* Usage is told as of this poll, on the clock of turns: tokens come back without any turn. */
static void report_usage(const struct gate *gate, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	const struct fold *fold = gate->fold;
	struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	uint64_t now_ns = gate->now_ns + gate->time_offset_ns;
	if (now_ns < fold->turn.now_ns)
		now_ns = fold->turn.now_ns;
	if (request->id == 0 && request->cursor == 0)
		report_site(gate, answer);
	if (request->cursor >= PARENTS_BEGIN)
		count = report_parents(fold, request, rows, &answer->next);
	else
		answer->next = risk_usage(fold->risk, request->id, now_ns, request->cursor, rows,
			MAILBOX_ROW_COUNT - answer->row_count, &count);
	if (answer->next == 0 && request->cursor < PARENTS_BEGIN && request->id != 0 &&
		fold->parents.count > 0)
		answer->next = PARENTS_BEGIN;
	for (uint32_t i = 0; i < count; i++)
		memcpy(answer->rows[answer->row_count++], &rows[i], sizeof rows[i]);
}

static void report_effective(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	struct effective_row rows[LIMIT_BIND_COUNT];
	const struct effective_named named = {.account = request->id,
		.symbol = request->symbol,
		.strategy = request->strategy,
		.session = request->session};
	uint64_t count = risk_effective(fold->risk, &named, rows), at = request->cursor;
	for (; at < count && answer->row_count < MAILBOX_ROW_COUNT; at++)
		memcpy(answer->rows[answer->row_count++], &rows[at], sizeof rows[at]);
	answer->next = at < count ? at : 0;
}

static void report_stops(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	struct latch_row rows[MAILBOX_ROW_COUNT];
	answer->next = latches_rows(
		&fold->latches, request->cursor, rows, MAILBOX_ROW_COUNT, &answer->row_count);
	for (uint32_t i = 0; i < answer->row_count; i++)
		memcpy(answer->rows[i], &rows[i], sizeof rows[i]);
}

static void report_break(
	const struct fold *fold, const struct break_row *row, struct mismatch_row *out)
{
	memset(out, 0, sizeof *out);
	out->order_id = row->order_id;
	out->match = row->match;
	out->age_ns = fold->turn.now_ns - row->first_ns;
	for (uint32_t i = 0; i < ARRAY_COUNT(row->told); i++) {
		out->qty[i] = row->told[i].qty;
		out->price_sum[i] = row->told[i].price_sum;
		out->count[i] = row->told[i].count;
		out->side[i] = (uint8_t)row->told[i].side;
	}
	out->venue_ref = row->venue_ref;
	out->applied = row->applied;
	out->account = row->account;
	out->session = row->session;
	out->venue = row->venue;
	out->type = row->type;
	out->is_alarmed = row->is_alarmed;
	out->is_acknowledged = row->is_acknowledged;
	out->acknowledged_uid = row->acknowledged_uid;
	out->number = row->number;
	memcpy(out->seen_reason, row->acknowledged_reason, sizeof out->seen_reason);
}

/* The cursor counts rows, the oldest of each venue first: rows that go meanwhile may hide one until it is asked again. */
static void report_breaks(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	const struct fold *fold = gate->fold;
	uint64_t place = 0;
	gate_turn(gate); /* ages are as of now */
	for (uint32_t venue = 0; venue < gate->site->venue_count; venue++) {
		uint32_t at = fold->breaks.rows == NULL ? BREAK_NONE : fold->breaks.heads[venue];
		for (; at != BREAK_NONE; at = fold->breaks.rows[at].next) {
			if (place++ < request->cursor)
				continue;
			if (answer->row_count == MAILBOX_ROW_COUNT) {
				answer->next = place - 1;
				return;
			}
			report_break(fold, &fold->breaks.rows[at],
				(struct mismatch_row *)answer->rows[answer->row_count++]);
		}
	}
}

/* What is in force of a scope whose latch was released: a trip that stood under it. */
static void report_under(const struct fold *fold, const struct release_record *released,
	struct mailbox_answer *answer)
{
	struct latch_row row;
	uint32_t index = stop_index((enum scope)released->scope, released->id);
	if (answer->code != 0 || fold->latches.states[index] < STATE_REDUCE_ONLY)
		return;
	latches_rows(&fold->latches, index, &row, 1, &answer->row_count);
	memcpy(answer->rows[0], &row, sizeof row);
}

static int32_t report_release(struct gate *gate, const struct release_record *asked)
{
	uint32_t index = stop_index((enum scope)asked->scope, asked->id);
	if (index == UINT32_MAX)
		return EINVAL;
	if (gate->fold->latches.rows[index].number != asked->latch ||
		gate->fold->latches.states[index] == STATE_ACTIVE)
		return ESTALE;
	gate_turn(gate);
	struct release_record *release = gate_input(gate, RECORD_RELEASE, sizeof *release);
	*release = *asked;
	gate_commit(gate, release);
	return 0;
}

/* A term that is over is over before anybody confirms it. */
static int32_t report_limits(struct gate *gate, const struct limit_word_record *asked)
{
	const struct epochs *epochs = &gate->fold->epochs;
	if (asked->word != LIMITS_CONFIRMED && asked->word != LIMITS_UNDONE)
		return EINVAL;
	gate_turn(gate);
	if (epochs->now.term == LIMITS_STAY || epochs->now.epoch != asked->epoch)
		return ESTALE;
	struct limit_word_record *word = gate_input(gate, RECORD_LIMIT_WORD, sizeof *word);
	*word = *asked;
	gate_commit(gate, word);
	return 0;
}

static int32_t report_lease(struct gate *gate, const struct lease_record *asked)
{
	gate_turn(gate);
	int32_t code = leases_may(gate->fold, asked);
	if (code != 0)
		return code;
	struct lease_record *lease = gate_input(gate, RECORD_LEASE, sizeof *lease);
	*lease = *asked;
	gate_commit(gate, lease);
	return 0;
}

static void report_day(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	uint64_t wall_ns = gate->read_wall_ns();
	struct day_row row;
	if (request->id != 0)
		answer->code =
			roll_ask(gate, &request->release, (enum day_change)request->id, wall_ns);
	roll_show(gate, wall_ns, &row);
	memcpy(answer->rows[0], &row, sizeof row);
	answer->row_count = 1;
}

static void report_stack(struct gate *gate)
{
	struct stream_counts counts;
	const struct stack_config *stack = &gate->site->stack;
	if (!stack->is_used || !stream_get_counts(gate->stream, &counts))
		return;
	struct port_page *page = &gate->region->ports[stack->port];
	const struct port_stats *port = &counts.port;
	bool was_up = port_page_get(page, PORT_WORD_link_up) != 0;
	port_page_add(page, PORT_WORD_link_downs, was_up && port->link_up == 0);
	port_page_set(page, PORT_WORD_link_up, port->link_up != 0);
	/* A buffer that was lacking is one more that was lost before. */
	port_page_set(page, PORT_WORD_frames, counts.rx_frames - counts.rx_no_memory);
	port_page_set(page, PORT_WORD_bytes, counts.rx_bytes);
	port_page_set(page, PORT_WORD_delivered, counts.rx_taken);
	port_page_set(page, PORT_WORD_not_udp, counts.rx_not_ip);
	port_page_set(page, PORT_WORD_not_ours, counts.rx_not_ours);
	port_page_set(page, PORT_WORD_bad_frames, counts.rx_bad);
	port_page_set(page, PORT_WORD_no_buffer, port->rx_no_buffer + counts.rx_no_memory);
	port_page_set(page, PORT_WORD_missed, port->rx_missed);
	port_page_set(page, PORT_WORD_errors, port->rx_errors);
	port_page_set(page, PORT_WORD_fault_lost, port->fault_lost);
	port_page_set(page, PORT_WORD_fault_added, port->fault_duplicated);
	port_page_set(page, PORT_WORD_fault_spoilt, port->fault_spoilt);
	port_page_set(page, PORT_WORD_ring_used, port->ring_used);
	port_page_set(page, PORT_WORD_ring_size, port->ring_size);
	port_page_set(page, PORT_WORD_time_source, port->time_source);
	struct metrics *metrics = gate->metrics;
	metrics_set(metrics, METRIC_gate_connections_refused, counts.refused);
	metrics_set(metrics, METRIC_gate_stack_tx_frames, counts.tx_frames);
	metrics_set(metrics, METRIC_gate_stack_tx_refused, counts.tx_refused);
}

void report_state_hash(struct gate *gate)
{
	gate_turn(gate);
	struct state_hash_record *record = gate_input(gate, RECORD_STATE_HASH, sizeof *record);
	fold_hash(gate->fold, record->hash);
	record->turn = gate->fold->turn.turn;
	link_publish(&gate->writer);
}

static void report_hash(struct gate *gate, struct mailbox_answer *answer)
{
	struct state_hash_record row = {.turn = gate->fold->turn.turn};
	report_state_hash(gate);
	fold_hash(gate->fold, row.hash);
	memcpy(answer->rows[0], &row, sizeof row);
	answer->row_count = 1;
}

static void report_answer(
	struct gate *gate, const struct mailbox_request *request, struct mailbox_answer *answer)
{
	const struct fold *fold = gate->fold;
	switch (request->kind) {
	case REQUEST_ORDERS:
	case REQUEST_UNCERTAIN:
		report_orders(fold, request, answer);
		break;
	case REQUEST_POSITIONS:
	case REQUEST_HOLDINGS:
		report_positions(fold, request, answer);
		break;
	case REQUEST_SESSIONS:
		report_sessions(fold, request, answer);
		break;
	case REQUEST_USAGE:
		report_usage(gate, request, answer);
		break;
	case REQUEST_EFFECTIVE:
		report_effective(fold, request, answer);
		break;
	case REQUEST_RELEASE:
		answer->code = report_release(gate, &request->release);
		report_under(gate->fold, &request->release, answer);
		break;
	case REQUEST_LIMITS:
		answer->code = report_limits(gate, &request->limits);
		break;
	case REQUEST_LEASE:
		answer->code = report_lease(gate, &request->lease);
		break;
	case REQUEST_RESOLVE:
		answer->code = word_resolve(gate, &request->resolve);
		break;
	case REQUEST_ACKNOWLEDGE:
		answer->code = word_acknowledge(gate, &request->release);
		break;
	case REQUEST_STOPS:
		report_stops(fold, request, answer);
		break;
	case REQUEST_BREAKS:
		report_breaks(gate, request, answer);
		break;
	case REQUEST_DAY:
		report_day(gate, request, answer);
		break;
	case REQUEST_RATES:
		conversion_answer(gate, request, answer);
		break;
	case REQUEST_STATE_HASH:
		report_hash(gate, answer);
		break;
	default:
		answer->code = EINVAL;
		break;
	}
}

bool report_poll(struct gate *gate)
{
	if (gate->control_seen == NULL)
		return false;
	const struct mailbox_request *asked =
		&gate->control_seen->requests[stage_of_gate(gate->site->gate)];
	uint64_t number = atomic_load_explicit(&asked->number, memory_order_acquire);
	if (LIKELY(number == gate->request_seen))
		return false;
	gate->request_seen = number;
	/* Taken as a copy: control may already be writing the next question. */
	struct mailbox_request request;
	memcpy(&request, asked, sizeof request);
	if (request.instance != gate->region->header.instance) /* mailbox (2) */
		return false;
	struct mailbox_answer *answer = &gate->region->answers[stage_of_gate(gate->site->gate)];
	answer->code = 0;
	answer->row_count = 0;
	answer->next = 0;
	report_answer(gate, &request, answer);
	link_publish(&gate->writer); /* it may have opened the turn */
	answer->sequence = gate->writer.sequence;
	atomic_store_explicit(&answer->number, number, memory_order_release);
	return true;
}

static void report_gauge_set(struct gate_gauge *site, uint64_t limit)
{
	site->limit = (int64_t)(limit < INT64_MAX ? limit : INT64_MAX - 1);
	gauge_set(&site->gauge, site->limit, 0);
}

/* true: a mark was reached, and its row is in *row. */
static bool report_gauge(
	struct gate_gauge *site, uint8_t lane, uint64_t usage, struct usage_row *row)
{
	site->now = (int64_t)(usage < INT64_MAX ? usage : INT64_MAX);
	if (!gauge_feed(&site->gauge, site->now) ||
		!gauge_move(&site->gauge, site->limit, site->now))
		return false;
	*row = report_site_row(lane, site);
	return true;
}

/* Looks at what the site's own limits are about; returns how many marks were reached. */
static uint32_t report_site_events(struct gate *gate, struct usage_row *rows)
{
	uint64_t silent_ns = gate_control_silent_ns(gate);
	uint64_t off_ns = region_clock_off_ns(gate->control_seen);
	uint32_t count = 0;
	/* A control that never beat has no silence to measure. */
	if (silent_ns != UINT64_MAX)
		count += report_gauge(&gate->silence, LANE_CONTROL_SILENT, silent_ns, &rows[count]);
	count += report_gauge(
		&gate->behind, LANE_JOURNAL_BEHIND, gate_journal_behind(gate), &rows[count]);
	/* One that nobody speaks of is missing, and no mark; health says so. */
	gate->clock.now = INT64_MAX;
	if (off_ns != UINT64_MAX)
		count += report_gauge(&gate->clock, LANE_CLOCK_IN_DOUBT, off_ns, &rows[count]);
	return count + conversion_ages(gate, &rows[count]);
}

static void report_usage_events(struct gate *gate)
{
	struct usage_row rows[USAGE_EVENT_COUNT / 2];
	_Static_assert(
		ARRAY_COUNT(rows) > 3 + CURRENCY_COUNT_MAX, "the site's all at once, and more");
	struct gate_page *page = gate->page;
	uint64_t count = atomic_load_explicit(&page->usage_count, memory_order_relaxed);
	uint32_t fresh = report_site_events(gate, rows);
	fresh += risk_events(gate->fold->risk, rows + fresh, ARRAY_COUNT(rows) - fresh);
	for (uint32_t i = 0; i < fresh; i++)
		page->usage[(count + i) % USAGE_EVENT_COUNT] = rows[i];
	atomic_store_explicit(&page->usage_count, count + fresh, memory_order_release);
}

void report_counted(struct gate *gate, const struct metrics *counted)
{
	struct metrics *m = gate->metrics;
	for (unsigned i = 0; i < METRIC_COUNT; i++)
		metrics_add(m, (enum metric)i, metrics_get(counted, (enum metric)i));
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		atomic_fetch_add(&m->refused[lane], atomic_load(&counted->refused[lane]));
		atomic_fetch_add(&m->breached[lane], atomic_load(&counted->breached[lane]));
	}
}

void report_recovered(struct gate *gate)
{
	struct fold *fold = gate->fold;
	struct metrics *m = gate->metrics;
	struct gate_page *page = gate->page;
	metrics_set(m, METRIC_gate_orders_in, fold->orders_in);
	metrics_set(m, METRIC_gate_orders_passed, fold->orders_passed);
	metrics_set(m, METRIC_gate_orders_refused, fold->orders_refused);
	metrics_set(m, METRIC_gate_orders_ignored, fold->orders_ignored);
	metrics_set(m, METRIC_gate_sent, fold->orders_sent);
	metrics_set(m, METRIC_gate_withheld, fold->orders_withheld);
	metrics_set(m, METRIC_gate_acked, fold->orders_acked);
	metrics_set(m, METRIC_gate_unanswered, fold->orders_sent - fold->orders_acked);
	metrics_set(m, METRIC_gate_open_orders, fold->orders.open_count);
	sweep_tell_all(fold);
	day_tell(fold);
	life_tell_uncertain(fold);
	report_gauge_set(&gate->silence, gate->site->control_max_silence_ns);
	report_gauge_set(&gate->behind, gate->site->journal_max_behind);
	report_gauge_set(&gate->clock, gate->site->clock_max_offset_ns);
	conversion_recovered(gate);
	/* The process before told what filled in its days. */
	struct usage_row told[USAGE_EVENT_COUNT / 4];
	while (risk_events(fold->risk, told, ARRAY_COUNT(told)) > 0)
		;
	epochs_tell(fold);
	leases_tell(fold);
	atomic_store(&page->latch_count, fold->latches.stopped_count);
	atomic_store(&page->latched_state, fold->latches.states[0]);
}

void report_tick(struct gate *gate)
{
	const struct epochs *epochs = &gate->fold->epochs;
	uint64_t fold_ns = gate->now_ns + gate->time_offset_ns;
	atomic_store_explicit(
		&gate->page->limits_left_ns, epochs_left_ns(epochs, fold_ns), memory_order_relaxed);
	leases_tell_left(&epochs->leases, gate->page, fold_ns);
	report_usage_events(gate);
	report_stack(gate);
	balance_check(gate);
}
